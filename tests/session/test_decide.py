"""Requests are checked; hostile ones are refused in words, and nothing else is raised."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script

from jamroom.music.keymaps import KEYMAPS
from jamroom.session import events as ev
from jamroom.session.badges import BADGES
from jamroom.session.decide import Habits, Refusal, decide
from jamroom.session.inputs import AnyInput, Bend, Control, KeyDown, KeyUp, Lean
from jamroom.session.state import (
    State,
)
from jamroom.session.stored import encode_state


def one_seat() -> Script:
    script = Script()
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR)
    return script


@pytest.mark.parametrize(
    "request_",
    [
        ev.TempoChosen(1, math.nan),
        ev.TempoChosen(1, math.inf),
        ev.TempoChosen(1, 0.0),
        ev.TempoChosen(1, 1e308),
        ev.MeterChosen(1, 0, 4),
        ev.MeterChosen(1, 4, 3),
        ev.PaletteChosen(1, 12, "major"),
        ev.PaletteChosen(1, -1, "major"),
        ev.PaletteChosen(1, 0, "no such scale"),
        ev.LoopBarsChosen(1, 0),
        ev.LoopBarsChosen(1, 10**9),
        ev.Kept(1, 0, 3),
        ev.Kept(1, ev.EVERYBODY, -1),
        ev.KeymapChosen(1, 0, "no such keymap"),
        ev.LayerPressed(1, 0, 99),
        ev.LayerPressed(1, 0, -1),
        ev.LayerUndone(1, 0, 8),
        ev.LayerPressed(1, 12_345, 0),
        ev.LayerPressed(1, -2, 0),
        ev.Kept(1, 12_345, 2),
        ev.ConsentChosen(1, 12_345, "keep"),
    ]
    + [kind(1, ev.EVERYBODY, 7) for kind in (ev.LayerPressed, ev.LayerOverdubbed, ev.LayerCleared)]
    + [kind(1, ev.EVERYBODY, 7) for kind in (ev.LayerUndone, ev.LayerRedone, ev.OctaveChosen)]
    + [kind(1, ev.EVERYBODY, "ladder") for kind in (ev.KeymapChosen, ev.PatchChosen)],
    ids=repr,
)
def test_what_cannot_be_is_refused_and_changes_nothing(request_: ev.AnyEvent):
    state = one_seat().state
    before = encode_state(state)
    with pytest.raises(Refusal) as refusal:
        decide(state, request_)
    assert len(str(refusal.value)) > 10
    assert encode_state(state) == before


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        (ev.LevelChosen(1, 0, 99.0), ev.LevelChosen(1, 0, 6.0)),
        (ev.LevelChosen(1, 0, -math.inf), ev.LevelChosen(1, 0, 0.0)),
        (ev.LevelChosen(1, 0, math.nan), ev.LevelChosen(1, 0, 0.0)),
        (ev.LevelChosen(1, ev.EVERYBODY, 6.0), ev.LevelChosen(1, ev.EVERYBODY, 0.0)),
        (ev.OctaveChosen(1, 0, 10**12), ev.OctaveChosen(1, 0, 3)),
        (ev.Marked(1, "x" * 999), ev.Marked(1, "x" * 200)),
    ],
    ids=repr,
)
def test_numbers_out_of_range_come_to_the_nearest_sense(asked: ev.AnyEvent, got: ev.AnyEvent):
    assert decide(one_seat().state, asked) == (got,)


def test_inputs_are_brought_into_range():
    state = one_seat().state
    assert decide(state, KeyDown(BAR, "play:0", 60, 999))[-1].velocity == 127
    assert decide(state, KeyDown(BAR, "play:0", 60, 0))[-1].velocity == 1
    assert decide(state, Bend(BAR, "play:0", 7.0)) == (ev.Bent(BAR, 0, 200.0),)
    assert decide(state, Bend(BAR, "play:0", math.nan))[0].cents in (-200.0, 0.0, 200.0)
    assert decide(state, Control(BAR, "play:0", 999, -5)) == (ev.Controlled(BAR, 0, 127, 0),)
    assert decide(state, Lean(BAR, "play:0", -1, 500)) == (ev.Leaned(BAR, 0, -1, 127),)


@pytest.mark.parametrize(
    ("input_name", "keymap"),
    [
        ("midi:Launchpad Mini", "ladder"),
        ("midi:Grand Piano", "white"),
        ("midi:SamplePad Drums", "drums"),
        ("keys:low", "ladder"),
        ("play:etude.mid#2", "free"),
    ],
)
def test_an_input_gets_the_keymap_that_suits_it(input_name: str, keymap: str):
    script = Script()
    script.tell(KeyDown(10, input_name, 40, 100))
    assert script.state.seats[0].keymap == keymap


def test_drums_get_the_drum_patch_and_players_different_ones():
    script, habits = Script(), Habits(("a", "b"), "boom")
    for n, name in enumerate(("midi:one", "midi:drums", "midi:two", "midi:three")):
        for event in decide(script.state, KeyDown(n, name, 40, 100), habits):
            script.session.fold(n, event)
    assert [seat.patch for seat in script.state.seats.values()] == ["a", "boom", "b", "a"]


def test_seat_numbers_begin_where_the_room_says():
    event = decide(State(Script().state.tempo_map), KeyDown(1, "x", 40, 1), Habits(first_seat=7))[0]
    assert (event.seat, event.badge) == (7, BADGES[7].name)


def test_somebody_who_comes_back_gets_the_same_seat_and_settings():
    script = one_seat()
    script.tell(ev.KeymapChosen(BAR + 1, 0, "chords"))
    script.unplug(BAR + 2)
    script.down(BAR + 3, 40)
    assert list(script.state.seats) == [0]
    assert script.state.seats[0].present
    assert script.state.seats[0].keymap == "chords"


def test_a_second_unplug_says_nothing():
    script = one_seat()
    script.unplug(BAR + 2)
    told = len(script.journal)
    script.unplug(BAR + 3)
    assert len(script.journal) == told


# -- anything at all -------------------------------------------------------------------------

huge = st.integers(-(2**63), 2**63 - 1)
seats = st.sampled_from((-1, 0, 0, 0, 1)) | huge
slots = st.integers(0, 7) | huge
any_float = st.floats()
words = st.sampled_from((*KEYMAPS, "major", "hijaz", "")) | st.text(max_size=5)
consents = st.sampled_from(("undecided", "play", "keep", "share"))

hostile_requests = st.one_of(
    st.builds(ev.PatchChosen, huge, seats, words),
    st.builds(ev.KeymapChosen, huge, seats, words),
    st.builds(ev.OctaveChosen, huge, seats, huge),
    st.builds(ev.LevelChosen, huge, seats, any_float),
    st.builds(ev.ConsentChosen, huge, seats, consents),
    *(
        st.builds(kind, huge, seats, slots)
        for kind in (ev.LayerPressed, ev.LayerOverdubbed, ev.LayerCleared)
    ),
    *(st.builds(kind, huge, seats, slots) for kind in (ev.LayerUndone, ev.LayerRedone)),
    st.builds(ev.Kept, huge, seats, st.sampled_from((1, 2, 4, 8)) | huge),
    st.builds(ev.PaletteChosen, huge, st.integers(0, 11) | huge, words),
    st.builds(ev.TempoChosen, huge, any_float),
    st.builds(ev.TempoTapped, huge),
    st.builds(ev.MeterChosen, huge, huge | st.integers(1, 16), huge | st.sampled_from((4, 8))),
    st.builds(ev.LoopBarsChosen, huge, huge),
    st.builds(ev.QuantiseChosen, huge, st.sampled_from(("off", "beat", "bar", "loop"))),
    st.builds(ev.Panicked, huge),
    st.builds(ev.Marked, huge, st.text()),
)
names = st.sampled_from(("play:0", "keys:low", "midi:a drum", ""))
hostile_inputs = st.one_of(
    st.builds(KeyDown, huge, names, huge, huge),
    st.builds(KeyUp, huge, names, huge, huge),
    st.builds(Bend, huge, names, any_float),
    st.builds(Lean, huge, names, huge, huge),
    st.builds(Control, huge, names, huge, huge),
)


@given(st.lists(hostile_requests | hostile_inputs, max_size=12))
def test_nothing_but_a_refusal_is_ever_raised(told: list[AnyInput | ev.AnyEvent]):
    """However wrong the stamps and numbers are; what was decided is then taken in."""
    script = one_seat()
    for n, request in enumerate(told):
        at = BAR + n * 1000
        try:
            events = decide(script.state, request)
        except Refusal:
            continue
        for event in events:
            script.session.fold(at, event)
    script.session.advance(BAR + 20_000)
