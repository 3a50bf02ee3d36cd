"""Keep that: loops out of what was just played, never armed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script

from jamroom.session import events as ev
from jamroom.session.effects import Notice
from jamroom.session.inputs import KeyDown, KeyUp
from jamroom.session.state import (
    SLOTS,
)
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state


def test_the_last_whole_bar_becomes_a_layer_that_plays_at_once(script: Script):
    script.note(BEAT, 2 * BEAT, 55)  # bar 0: not asked for
    script.note(BAR + BEAT, BAR + 2 * BEAT, 60)
    script.note(2 * BAR + 100, 2 * BAR + 200, 72)  # after the bar line: not in it either
    script.keep(2 * BAR + 2000)
    assert script.loop() == [(1.0, 1.0, 60)]
    assert script.layer().content.anchor_beat == 4.0
    script.advance(4 * BAR)
    assert [n[0] for n in script.played()] == [2 * BAR + BEAT, 3 * BAR + BEAT]


@pytest.mark.parametrize("bars", [1, 2, 4, 8])
def test_it_reaches_back_as_many_bars_as_asked(script: Script, bars: int):
    for bar in range(10):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT, 48 + bar)
    script.keep(10 * BAR + BEAT, bars=bars)
    assert script.layer().content.length_beats == 4.0 * bars
    assert script.loop() == [(4.0 * n + 1.0, 1.0, 58 - bars + n) for n in range(bars)]
    assert script.layer().content.anchor_beat == 4.0 * (10 - bars)


def test_more_bars_than_the_session_has_begin_before_it(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10, bars=4)
    assert script.loop() == [(13.0, 1.0, 60)]
    script.advance(9 * BAR)
    assert [n[0] for n in script.played()] == [4 * BAR + BEAT, 8 * BAR + BEAT]


def test_an_early_note_belongs_to_the_start(script: Script):
    script.note(BAR - 3000, BAR + BEAT)
    script.keep(2 * BAR + 10)
    assert script.loop() == [(0.0, 1.125, 60)]


def test_a_note_that_is_held_now_is_taken_and_settles(script: Script):
    script.down(BAR + 3 * BEAT)
    script.keep(2 * BAR + 10)
    script.up(2 * BAR + BEAT)
    assert script.loop() == [(3.0, 2.0, 60)]


def test_never_longer_than_the_loop(script: Script):
    script.down(BEAT // 2)
    script.keep(BAR + 10)
    script.up(6 * BAR)
    assert script.loop() == [(0.5, 4.0, 60)]


def test_the_pedal_counts_as_length(script: Script):
    script.down(1)
    script.pedal(10, True)
    script.up(BEAT)
    script.note(2 * BEAT, 2 * BEAT + 100, 64)
    script.pedal(4 * BEAT - 100, False)
    script.keep(BAR + 10)
    assert [n[2] for n in script.loop()] == [60, 64]
    assert [n[1] for n in script.loop()] == pytest.approx([4.0, 2.0], abs=0.01)


def test_it_is_aligned_to_bars_after_a_change_of_metre(script: Script):
    script.note(100, 200)
    script.tell(ev.MeterChosen(300, 7, 8))
    seven = 7 * BEAT // 2
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.keep(BAR + seven + 10)
    assert (script.layer().content.length_beats, script.loop()) == (3.5, [(1.0, 1.0, 60)])
    script.advance(BAR + 3 * seven)
    assert [n[0] for n in script.played()] == [BAR + seven + BEAT, BAR + 2 * seven + BEAT]


def test_everybody(script: Script):
    for seat in range(3):
        script.note(BEAT * (seat + 1), BEAT * (seat + 1) + 2400, seat=seat)
    script.note(BAR + 10, BAR + 20, seat=1)
    script.tell(ev.Kept(BAR + 100, ev.EVERYBODY, 1))
    assert [script.loop(seat)[0][0] for seat in range(3)] == [1.0, 2.0, 3.0]
    assert all(script.layer(seat).phase == "playing" for seat in range(3))


def test_each_keep_goes_into_the_next_free_layer_until_there_is_none(script: Script):
    for bar in range(SLOTS + 1):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT, 40 + bar)
        script.keep((bar + 1) * BAR + 10)
    assert [script.loop(0, slot)[0][2] for slot in range(SLOTS)] == list(range(40, 48))
    assert "in use" in script.told(Notice)[-1].text


def test_a_keep_spares_what_could_be_brought_back_while_it_can(script: Script):
    for bar in range(2):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT, 40 + bar)
        script.keep((bar + 1) * BAR + 10)
    script.undo(2 * BAR + 20)
    script.tell(ev.LayerCleared(2 * BAR + 30, 0, 1))
    for bar in range(2, SLOTS + 1):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT, 40 + bar)
        script.keep((bar + 1) * BAR + 10)
    # The last one found no untouched layer any more.
    kept = [[n[2] for n in script.loop(0, slot)] for slot in range(SLOTS)]
    assert kept == [[48], [], *([40 + n] for n in range(2, SLOTS))]
    script.undo((SLOTS + 1) * BAR + 20, slot=1)
    assert [n[2] for n in script.loop(0, 1)] == [41]


def test_a_full_seat_is_not_told_that_nobody_played(script: Script):
    for bar in range(SLOTS + 1):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT)
        script.keep((bar + 1) * BAR + 10)
    assert not any("Nobody" in notice.text for notice in script.told(Notice))


def test_silence_is_said(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(3 * BAR)
    assert "nothing to keep" in script.told(Notice)[-1].text
    assert not script.state.layers


def test_what_others_did_is_not_taken(script: Script):
    script.note(BEAT, 2 * BEAT, 60, seat=0)
    script.note(2 * BEAT, 3 * BEAT, 72, seat=1)
    script.keep(BAR + 10, seat=1)
    assert (script.loop(0), script.loop(1)) == ([], [(2.0, 1.0, 72)])


def test_loops_are_not_kept_again(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10)
    script.keep(3 * BAR + 10)
    assert not script.loop(0, 1)


def test_a_note_seen_before_the_bar_line_and_told_after_the_keep_is_in_it(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 30)
    script.tell(KeyDown(BAR - 30, "play:0", 72, 100), at=BAR + 40)
    script.up(BAR + 4000, 72)
    assert [n[2] for n in script.loop()] == [60, 72]


@given(
    notes=st.lists(
        st.tuples(st.integers(0, 4 * BAR - 1), st.integers(0, 5 * BAR)), min_size=1, max_size=12
    ),
    bars=st.sampled_from((1, 2)),
    lag=st.sampled_from((0, 50, 1000)),
)
def test_it_is_exactly_what_was_played(notes: list[tuple[int, int]], bars: int, lag: int):
    """Whatever is played and however late it is told, on a key of its own for each note."""
    script, line = Script(), 3 * BAR
    told = [(line + 500, 0, 0)]
    for number, (begin, length) in enumerate(notes):
        told += [(begin + lag, 1, number), (begin + length + lag + 1, 2, number)]
    for at, what, number in sorted(told):
        if what == 0:
            if 0 in script.state.seats:
                script.keep(at, bars=bars)
        elif what == 1:
            script.tell(KeyDown(at - lag, "play:0", 40 + number, 100), at=at)
        else:
            script.tell(KeyUp(at - lag, "play:0", 40 + number, 64), at=at)
    from_frame = line - bars * BAR
    expected = [
        (max(0, begin - from_frame), min(max(length + 1, BEAT // 64), bars * BAR), 40 + number)
        for number, (begin, length) in enumerate(notes)
        if from_frame - BEAT // 4 <= begin < line
    ]
    kept = [
        (round(n.start_beat * BEAT), round(n.length_beats * BEAT), n.note)
        for n in script.layer().content.notes
    ]
    if kept or all(begin + lag <= line + 500 for begin, _ in notes):
        assert sorted(kept) == sorted(expected)


def test_who_asks_late_in_a_bar_means_that_bar_too(script: Script):
    """The phrase is over, its bar not quite: it is kept when the bar line comes."""
    script.note(BAR + 100, BAR + BEAT, 60)
    script.note(BAR + 2 * BEAT, BAR + 3 * BEAT, 64)
    script.keep(2 * BAR - BEAT // 2)
    assert script.loop() == []
    script.advance(2 * BAR + 64)
    assert [(round(start), note) for start, _, note in script.loop()] == [(0, 60), (2, 64)]
    assert script.layer().phase == "playing"


def test_who_asks_early_in_a_bar_means_the_bars_before(script: Script):
    script.note(BAR + 100, BAR + BEAT, 60)
    script.note(2 * BAR + 100, 2 * BAR + BEAT, 64)
    script.keep(2 * BAR + BEAT)
    assert [note for _, _, note in script.loop()] == [60]


def test_the_first_bar_of_all_is_kept_at_its_end(script: Script):
    script.note(100, BEAT, 60)
    script.keep(BEAT + 100)
    script.advance(BAR + 64)
    assert [note for _, _, note in script.loop()] == [60]


def test_a_key_that_repeats_stacks_no_copies(script: Script):
    script.note(BAR + 100, BAR + BEAT, 60)
    for press in range(10):
        script.keep(2 * BAR + 1000 + press * 100)
    script.advance(3 * BAR)
    assert len(script.state.layers) == 1
    script.note(3 * BAR + 100, 3 * BAR + BEAT, 60)
    for press in range(10):
        script.keep(4 * BAR - BEAT + press * 100)
    script.advance(5 * BAR)
    assert len(script.state.layers) == 2
    assert any("kept already" in notice.text for notice in script.told(Notice))


def test_a_planned_keep_survives_a_restart(script: Script):
    script.note(BAR + 100, BAR + BEAT, 60)
    script.keep(2 * BAR - BEAT)
    again = Session(decode_state(encode_state(script.state)))
    again.advance(2 * BAR + 64)
    assert [n.note for n in again.state.layers[0].content.notes] == [60]
