"""Half, double, reverse, shift, transpose, follow, tighten: a loop otherwise, and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script, notes_of

from jamroom.music.palette import Palette
from jamroom.session import events as ev
from jamroom.session.effects import Notice, SoundBend, SoundPressure
from jamroom.session.hearing import heard
from jamroom.session.line import TRIPLET_BEATS, grid_of, line_of, timed
from jamroom.session.shapes import Unshaped, shaped
from jamroom.session.state import Clip, Content, LoopNote, LoopTurn

D_DORIAN = Palette(2, "dorian")
Heard = list[tuple[float, int]]
"""(beat in the bar, note)"""


@pytest.fixture
def loop(script: Script) -> Script:
    """One bar with D4 on beat 0, F4 on beat 1.5 and A4 on beat 3; plays from bar 1 on."""
    script.note(0, BEAT // 2, 62)
    script.note(3 * BEAT // 2, 2 * BEAT, 65)
    script.note(3 * BEAT, 3 * BEAT + BEAT // 2, 69)
    script.keep(BAR + 1)
    return script


def shape(script: Script, frame: int, how: ev.Shaping, amount: float = 0.0) -> None:
    script.tell(ev.LayerShaped(frame, 0, 0, how, amount))


def bar(script: Script, number: int, bars: int = 1) -> Heard:
    """What layer 0 begins in a bar."""
    script.advance((number + bars) * BAR - 50)  # time for a shape before the next
    first, last = number * BAR, (number + bars) * BAR
    played = [(on, note) for on, _, note in script.played() if first <= on < last]
    return [(round((on - first) / BEAT, 3), note) for on, note in played]


PLAIN = [(0.0, 62), (1.5, 65), (3.0, 69)]


@pytest.mark.parametrize(
    ("how", "amount", "sounds"),
    [
        ("shift", 1.0, [(0.0, 69), (1.0, 62), (2.5, 65)]),
        ("shift", -1.0, [(0.5, 65), (2.0, 69), (3.0, 62)]),
        ("shift", 9.0, [(0.0, 69), (1.0, 62), (2.5, 65)]),
        ("reverse", 0.0, [(0.0, 62), (1.0, 69), (2.5, 65)]),
        ("transpose", 1.0, [(0.0, 64), (1.5, 67), (3.0, 71)]),
        ("transpose", -7.0, [(0.0, 50), (1.5, 53), (3.0, 57)]),
        ("half", 0.0, [(0.0, 62), (1.5, 65), (2.0, 62), (3.5, 65)]),
    ],
)
def test_a_shape_sounds_from_the_next_note_on_and_undo_brings_the_loop_back(
    loop: Script, how: ev.Shaping, amount: float, sounds: Heard
):
    shape(loop, 2 * BAR - 20, how, amount)
    assert bar(loop, 2) == sounds
    loop.undo(3 * BAR - 20)
    assert bar(loop, 3) == PLAIN
    loop.redo(4 * BAR - 20)
    assert bar(loop, 4) == sounds


def test_double_is_twice_as_long_with_the_notes_twice_and_can_be_played_onto(loop: Script):
    shape(loop, 2 * BAR - 20, "double")
    assert loop.layer().content.length_beats == 8.0
    assert loop.layer().content.bars == 2
    assert bar(loop, 2) == bar(loop, 3) == PLAIN
    loop.dub(4 * BAR + 10)
    loop.note(5 * BAR + 2 * BEAT, 5 * BAR + 3 * BEAT, 74)
    loop.dub(6 * BAR - 20)
    assert bar(loop, 6) == PLAIN
    assert bar(loop, 7) == [*PLAIN[:2], (2.0, 74), PLAIN[2]]


def test_half_of_the_shortest_and_double_of_the_longest_are_refused_in_words(loop: Script):
    for n in range(4):
        shape(loop, 2 * BAR + n, "half")
    assert loop.layer().content.length_beats == 1.0
    assert "as short as a loop can be" in loop.told(Notice)[-1].text
    for n in range(9):
        loop.advance(3 * BAR + n)
        shape(loop, 3 * BAR + n, "double")
    assert loop.layer().content.bars == 64
    assert "64 bars" in loop.told(Notice)[-1].text


def test_half_with_nothing_in_it_is_refused(script: Script):
    script.note(3 * BEAT, 3 * BEAT + 100)
    script.keep(BAR + 1)
    shape(script, BAR + 10, "half")
    assert "nothing in the first half" in script.told(Notice)[-1].text
    assert len(script.layer().takes) == 1


def test_shift_then_reverse_reverses_what_is_heard(loop: Script):
    shape(loop, 2 * BAR - 40, "shift", 1.0)
    shape(loop, 2 * BAR - 20, "reverse")
    assert bar(loop, 2) == [(0.0, 69), (1.5, 65), (3.0, 62)]


@given(
    st.lists(st.tuples(st.floats(0, 3.99), st.floats(0.02, 4.0), st.integers(20, 100)), min_size=1),
    st.lists(st.sampled_from((1.0, -0.5, 0.25, 3.0)), max_size=4),
)
def test_shift_and_back_and_reverse_twice_are_the_loop_again(
    spots: list[tuple[float, float, int]], shifts: list[float]
):
    notes = [LoopNote(a, long, note, 0.0, 90, n) for n, (a, long, note) in enumerate(spots)]
    take = Content(1, 4.0, 0.0, tuple(sorted(notes, key=lambda n: n.start_beat)), palette=D_DORIAN)
    there = take
    for amount in shifts:
        there = shaped(shaped(there, "shift", amount, D_DORIAN), "reverse", 0.0, D_DORIAN)
    for amount in reversed(shifts):
        there = shaped(shaped(there, "reverse", 0.0, D_DORIAN), "shift", -amount, D_DORIAN)
    assert there.notes is take.notes, "what was played is never touched"
    assert not there.reverse
    assert min(there.shift_beats, 4.0 - there.shift_beats) == pytest.approx(0.0, abs=1e-9)


@given(
    st.lists(st.tuples(st.floats(0, 3.499), st.floats(0.02, 3.5)), min_size=1, max_size=12),
    st.floats(0, 1),
    st.booleans(),
    st.floats(0, 3.499),
)
def test_a_shaped_line_is_in_order_and_within_the_loop(
    spots: list[tuple[float, float]], tighten: float, reverse: bool, shift: float
):
    notes = tuple(
        LoopNote(start, long, 60, 0.0, 90, n + 1) for n, (start, long) in enumerate(sorted(spots))
    )
    turns = (LoopTurn(0.0, "bend", 5.0), LoopTurn(1.0, "bend", 9.0), LoopTurn(2.0, "bend", 1.0, 1))
    take = Content(1, 3.5, 0.0, notes, turns, 1, shift, reverse, tighten)
    line = line_of(take)
    starts = [item.start_beat for item in line]
    assert starts == sorted(starts)
    assert all(0.0 <= start < 3.5 for start in starts)
    lengths = sorted(i.what.length_beats for i in line if isinstance(i.what, LoopNote))
    assert lengths == sorted(n.length_beats for n in notes)


def test_tightening_moves_onsets_to_the_nearest_sixteenth_as_far_as_is_said(script: Script):
    script.note(BEAT + 2400, 2 * BEAT, 62)
    script.note(3 * BEAT - 1200, 3 * BEAT, 65)
    script.note(BAR - 240, BAR - 100, 69)
    script.keep(BAR + 1)
    shape(script, 2 * BAR - 20, "tighten", 0.5)
    assert bar(script, 2) == [(1.05, 62), (2.975, 65), (3.995, 69)]
    shape(script, 3 * BAR - 20, "tighten", 1.0)
    assert bar(script, 3)[-2:] == [(1.0, 62), (3.0, 65)]
    assert bar(script, 4) == [(0.0, 69), (1.0, 62), (3.0, 65)]
    shape(script, 5 * BAR - 20, "tighten", 0.0)
    assert bar(script, 5) == [(1.1, 62), (2.95, 65), (3.99, 69)]


def test_a_shuffle_is_tightened_to_triplets():
    shuffle = [0.01, 0.66, 1.0, 1.68, 2.02, 2.65, 2.99, 3.66]
    notes = tuple(LoopNote(beat, 0.2, 60, 0.0, 90, n) for n, beat in enumerate(shuffle))
    take = Content(1, 4.0, 0.0, notes, tighten=1.0)
    assert grid_of(take) == TRIPLET_BEATS
    assert [round(n.start_beat * 3) for n in timed(take)[0]] == [0, 2, 3, 5, 6, 8, 9, 11]


def test_nothing_sticks_and_nothing_is_cut_when_a_sounding_loop_is_shaped(script: Script):
    script.note(BEAT, 3 * BEAT, 62)
    script.keep(BAR + 1)
    now = BAR + 2 * BEAT  # in the middle of the note
    for n, (how, amount) in enumerate((("shift", 0.5), ("reverse", 0.0), ("transpose", 3.0))):
        shape(script, now + n, how, amount)
    script.press(3 * BAR - 10)
    script.advance(6 * BAR)
    notes = [n for n in notes_of(script.effects) if n[3] == 0]
    assert notes[0][:2] == (BAR + BEAT, BAR + 3 * BEAT)
    assert all(off >= 0 for _, off, _, _ in notes)


def test_an_overdub_onto_a_shaped_loop_sounds_where_it_was_played(loop: Script):
    for n, (how, amount) in enumerate((("reverse", 0.0), ("shift", 1.0), ("transpose", 1.0))):
        shape(loop, BAR + 100 + n, how, amount)
    before = bar(loop, 2)
    loop.dub(3 * BAR + 10)
    loop.note(3 * BAR + 2 * BEAT + 600, 3 * BAR + 3 * BEAT, 76)
    loop.dub(4 * BAR - 20)
    assert bar(loop, 4) == sorted([*before, (2.025, 76)])
    loop.undo(5 * BAR - 20)
    assert bar(loop, 5) == before
    for n in range(3):
        loop.undo(6 * BAR - 20 + n)
    assert bar(loop, 6) == PLAIN


def test_an_overdub_onto_a_loop_that_follows_goes_on_to_follow(loop: Script):
    shape(loop, BAR + 100, "follow", 1.0)
    loop.tell(ev.PaletteChosen(BAR + 200, 4, "dorian"))
    loop.dub(2 * BAR + 10)
    loop.note(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 76)
    loop.dub(3 * BAR - 20)
    assert bar(loop, 3) == [(0.0, 64), (1.5, 67), (2.0, 76), (3.0, 71)]
    loop.tell(ev.PaletteChosen(4 * BAR - 20, 2, "dorian"))
    assert bar(loop, 4) == [(0.0, 62), (1.5, 65), (2.0, 74), (3.0, 69)]


def test_shaping_ends_an_overdub_and_keeps_what_it_brought(loop: Script):
    loop.dub(2 * BAR + 10)
    loop.note(2 * BAR + 2 * BEAT, 2 * BAR + 2 * BEAT + 100, 76)
    shape(loop, 3 * BAR - 20, "shift", 1.0)
    assert loop.layer().phase == "playing"
    assert bar(loop, 3) == [(0.0, 69), (1.0, 62), (2.5, 65), (3.0, 76)]


def test_drums_and_empty_layers_are_left_alone(script: Script):
    script.note(0, 100, 62)
    script.keep(BAR + 1)
    script.tell(ev.KeymapChosen(BAR + 2, 0, "drums"))
    shape(script, BAR + 3, "transpose", 2.0)
    assert "Drums keep their places" in script.told(Notice)[-1].text
    assert len(script.layer().takes) == 1
    script.session.fold(BAR + 4, ev.LayerShaped(BAR + 4, 0, 5, "reverse", 0.0))
    assert script.layer(0, 5).content.empty


def test_recorded_sound_is_not_shaped():
    sung = Content(1, 4.0, clip=Clip(1, 96_000, 120.0))
    with pytest.raises(Unshaped, match="sound stays as it was"):
        shaped(sung, "reverse", 0.0, D_DORIAN)


def test_a_bend_goes_with_the_note_it_was_played_on(script: Script):
    script.note(0, BEAT // 2, 60)
    script.bend(BEAT - 200, 0.5)
    script.note(BEAT, 2 * BEAT, 62)
    script.bend(2 * BEAT + 100, 0.0)
    script.note(3 * BEAT, 3 * BEAT + 100, 64)
    script.keep(BAR + 1)
    shape(script, 2 * BAR - 20, "shift", 1.0)
    script.advance(3 * BAR - 50)
    bends = [(e.frame, e.cents) for e in script.told(SoundBend) if e.frame >= 2 * BAR]
    ons = {frame: note for frame, _, note in script.played(since=2 * BAR)}
    assert ons == {2 * BAR: 64, 2 * BAR + BEAT: 60, 2 * BAR + 2 * BEAT: 62}
    assert bends == [(2 * BAR + 2 * BEAT, 100.0)]
    shape(script, 3 * BAR - 10, "reverse")
    script.advance(4 * BAR)
    ons = {frame: note for frame, _, note in script.played(since=3 * BAR)}
    assert ons == {3 * BAR: 64, 3 * BAR + 2 * BEAT: 62, 3 * BAR + 3 * BEAT: 60}
    bends = [(e.frame, e.cents) for e in script.told(SoundBend) if e.frame >= 3 * BAR]
    assert bends == [(3 * BAR + 2 * BEAT, 100.0)]


def test_a_key_that_bends_alone_bends_its_own_note_of_the_loop(script: Script):
    script.down(BEAT, 60)
    script.down(BEAT, 67)
    script.tell(ev.Bent(BEAT + 2400, 0, 30.0, 60))
    script.tell(ev.Leaned(BEAT + 4800, 0, 67, 127))
    script.up(2 * BEAT, 60)
    script.up(2 * BEAT, 67)
    script.keep(BAR + 1)
    for how, start in (("", 1.0), ("shift", 2.0), ("double", 2.0)):
        now = script.state.frame
        if how:
            shape(script, now, how, 1.0)
        first = -(-now // BAR) * BAR
        script.advance(first + BAR)
        on = first + round(start * BEAT)
        voices = {e.voice: e.note for e in script.effects if hasattr(e, "note") and e.frame == on}
        bends = [e for e in script.told(SoundBend) if e.voice in voices]
        leans = [e for e in script.told(SoundPressure) if e.voice in voices]
        assert [(voices[e.voice], e.frame - on, e.cents) for e in bends] == [(60, 2400, 30.0)]
        assert [(voices[e.voice], e.frame - on, e.amount) for e in leans] == [(67, 4800, 1.0)]
    script.advance(script.state.frame + BAR)
    assert not script.state.key_bends


def test_the_wheel_and_a_keys_own_bend_add_up_in_the_loop_too(script: Script):
    script.down(BEAT, 60)
    script.tell(ev.Bent(BEAT + 2400, 0, 30.0, 60))
    script.bend(BEAT + 4800, 0.5)
    script.up(2 * BEAT, 60)
    script.bend(2 * BEAT + 10, 0.0)
    script.keep(BAR + 1)
    script.advance(2 * BAR)
    bends = [(e.frame - BAR - BEAT, e.cents) for e in script.told(SoundBend) if e.frame > BAR]
    assert bends == [(2400, 30.0), (4800, 130.0)]


def test_what_is_heard_of_an_unshaped_loop_is_the_loop():
    take = Content(1, 4.0, 0.0, (LoopNote(0.0, 1.0, 60, 0.0, 90, 1),), palette=D_DORIAN)
    assert heard(take, Palette(5, "major")) is take
    assert shaped(take, "tighten", float("nan"), D_DORIAN) == take
    with pytest.raises(Unshaped, match="first half"):
        late = Content(1, 4.0, 0.0, (LoopNote(3.0, 1.0, 60, 0.0, 90, 1),), palette=D_DORIAN)
        shaped(late, "half", 0.0, D_DORIAN)
