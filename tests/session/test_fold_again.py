"""The same events give the same state, byte for byte, however time is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script, as_journalled, notes_of

from jamroom.session import events as ev
from jamroom.session.effects import Effect, SoundOn
from jamroom.session.inputs import Lean
from jamroom.session.state import (
    new_state,
)
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state, without_seats

END = 14 * BAR


def evening() -> Script:
    """A little of everything: loops, overdubs, bends, pedals, tempo, metre, palette, a crash."""
    script = Script()
    script.note(100, 9_000, 50)
    script.press(BEAT)
    script.bend(2 * BEAT, 0.3)
    script.note(BAR - 2000, BAR + BEAT)
    script.pedal(BAR + BEAT + 5, True)
    script.note(BAR + 3 * BEAT + 7, 2 * BAR - 9, 64)
    script.pedal(2 * BAR + 700, False)
    script.dub(2 * BAR + 800)
    script.note(2 * BAR + 11_111, 2 * BAR + 33_333, 67)
    script.tell(Lean(2 * BAR + 40_000, "play:0", -1, 90))
    script.dub(3 * BAR + 500)
    script.note(3 * BAR + 600, 3 * BAR + BEAT, 40, seat=1)
    script.tell(ev.TempoChosen(3 * BAR + 2 * BEAT, 97.3))
    script.tell(ev.PaletteChosen(3 * BAR + 2 * BEAT, 7, "hijaz"))
    script.tell(ev.Kept(4 * BAR + 3000, ev.EVERYBODY, 2))
    script.tell(ev.MeterChosen(5 * BAR, 7, 8))
    script.press(6 * BAR, slot=1)
    script.undo(6 * BAR + 100)
    script.redo(6 * BAR + 5000)
    script.unplug(7 * BAR, 1)
    script.tell(ev.Resumed(8 * BAR, 44_100, carry_on=True))
    script.down(9 * BAR, 71)
    script.keep(10 * BAR, bars=4)
    script.up(11 * BAR, 71)
    script.advance(END)
    return script


EVENING = evening()


def perform(session: Session, cuts: list[int]) -> list[Effect]:
    """The evening's journal as the disk gives it back, with time cut at some frames too."""
    effects: list[Effect] = []
    steps = [(at, n, event) for n, (at, event) in enumerate(EVENING.journal)]
    rest = sorted(frame for frame in cuts if frame > session.state.frame)
    for at, _, event in steps:
        if at < session.state.frame:
            continue
        while rest and rest[0] <= at:
            effects += session.advance(rest.pop(0))
        effects += session.fold(at, as_journalled(event))
    for frame in [*rest, END]:
        effects += session.advance(frame)
    return effects


def test_the_evening_is_worth_the_name():
    notes = notes_of(EVENING.effects)
    assert len(notes) > 40
    assert {layer for *_, layer in notes} >= {-1, 0, 1, 8}


def test_replay_in_one_jump_equals_live():
    session = Session()
    assert perform(session, []) == EVENING.effects
    assert encode_state(session.state) == encode_state(EVENING.state)


def test_replay_in_blocks_of_64_equals_live():
    session = Session()
    assert perform(session, list(range(0, END, 64))) == EVENING.effects
    assert encode_state(session.state) == encode_state(EVENING.state)


@given(st.lists(st.integers(0, END), max_size=60))
def test_however_time_is_cut(cuts: list[int]):
    session = Session()
    assert perform(session, cuts) == EVENING.effects
    assert encode_state(session.state) == encode_state(EVENING.state)


def test_a_session_restarted_between_any_two_events_goes_on_the_same():
    session, effects = Session(), []
    for at, event in EVENING.journal:
        effects += session.advance(at)
        session = Session(decode_state(encode_state(session.state)))
        effects += session.fold(at, as_journalled(event))
        session = Session(decode_state(encode_state(session.state)))
    effects += session.advance(END)
    assert effects == EVENING.effects
    assert encode_state(session.state) == encode_state(EVENING.state)


def test_restarted_every_few_milliseconds():
    session, effects = Session(), []
    journal = list(EVENING.journal)
    for frame in range(0, END, 1500):
        while journal and journal[0][0] < frame:
            at, event = journal.pop(0)
            effects += session.fold(at, event)
        effects += session.advance(frame)
        session = Session(decode_state(encode_state(session.state)))
    effects += session.advance(END)
    assert effects == EVENING.effects


def test_a_state_comes_back_as_the_same_bytes():
    data = encode_state(EVENING.state)
    assert encode_state(decode_state(data)) == data


@pytest.mark.parametrize("data", [b"", b"\x80", b"nonsense", encode_state(new_state())[:-3]])
def test_what_is_no_state_is_a_value_error(data: bytes):
    with pytest.raises(ValueError, match="no session state"):
        decode_state(data)


def test_a_state_of_another_version_is_a_value_error():
    state = new_state()
    state.version = 99
    with pytest.raises(ValueError, match="version 99"):
        decode_state(encode_state(state))


def test_who_wants_nothing_kept_is_nowhere_in_what_is_written():
    script = Script()
    script.bend(1, 0.1)
    for seat in (0, 1):
        script.down(BEAT + seat * 3, 60 + seat, seat=seat)
        script.bend(BEAT + seat * 3 + 1, 0.5, seat=seat)
        script.pedal(BEAT + seat * 3 + 2, True, seat=seat)
    script.tell(ev.Kept(BAR + 10, ev.EVERYBODY, 1))
    script.advance(BAR + 2 * BEAT)
    left = without_seats(script.state, {0})
    assert set(left.seats) == set(left.past) == set(left.last_played) == {1}
    assert {layer.seat for layer in left.layers.values()} == {1}
    assert {s.seat for s in left.sounding.values()} == {1}
    assert (left.pedals, len(left.held), len(left.hanging)) == ([1], 1, 1)
    assert b"play:0" not in encode_state(left)
    assert set(script.state.seats) == {0, 1}, "the room itself goes on with everybody"
    # What is left plays on.
    session = Session(left)
    on = [e for e in session.advance(3 * BAR) if isinstance(e, SoundOn)]
    assert [(e.frame, e.layer, e.note) for e in on] == [(2 * BAR + BEAT + 3, 8, 61)]


def test_a_journal_without_somebody_can_still_be_folded():
    session = Session()
    for at, event in EVENING.journal:
        if ev.seat_of(event) != 0:
            session.fold(at, event)
    assert set(session.state.seats) == {1}
    session.advance(END)


def test_a_journal_in_which_somebody_was_never_seated_can_still_be_folded():
    session = Session()
    for at, event in EVENING.journal:
        if not isinstance(event, ev.SeatTaken):
            session.fold(at, event)
    session.advance(END)
