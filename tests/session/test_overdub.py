"""Overdub: one gesture is one take, whatever it brings and however long it is left on."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script

from jamroom.session import events as ev
from jamroom.session.effects import Notice
from jamroom.session.history import MOST_LOOP_NOTES
from jamroom.session.inputs import KeyDown
from jamroom.session.stored import encode_state
from jamroom.session.takes import MOST_TAKES


def recorded(script: Script) -> Script:
    """One bar with a note on its second beat, kept; it plays from bar 2 on."""
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.keep(2 * BAR + 10)
    return script


def test_overdub_adds_and_sounds_from_the_next_pass(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.note(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 72)
    script.advance(3 * BAR + 1)
    assert script.loop() == [(1.0, 1.0, 60), (2.0, 1.0, 72)]
    assert script.layer().phase == "overdubbing"
    script.dub(3 * BAR + 10)
    assert script.layer().phase == "playing"
    script.advance(4 * BAR)
    assert [(n[0], n[2]) for n in script.played(since=3 * BAR)] == [
        (3 * BAR + BEAT, 60),
        (3 * BAR + 2 * BEAT, 72),
    ]


def test_overdub_on_a_muted_layer_lets_it_sound(script: Script):
    recorded(script)
    script.press(3 * BAR)
    script.advance(3 * BAR + 1)
    script.dub(3 * BAR + 10)
    script.advance(4 * BAR)
    assert script.layer().phase == "overdubbing"
    assert script.played(since=3 * BAR) == [(3 * BAR + BEAT, 3 * BAR + 2 * BEAT, 60)]


def test_an_overdub_told_after_its_pass_ended_keeps_notes_inside_the_loop(script: Script):
    recorded(script)
    script.tell(ev.LayerOverdubbed(3 * BAR - 50, 0, 0), at=3 * BAR + 30)
    script.note(3 * BAR + 2 * BEAT, 3 * BAR + 3 * BEAT, 72)
    script.dub(4 * BAR + 10)
    assert script.loop() == [(1.0, 1.0, 60), (2.0, 1.0, 72)]
    script.advance(6 * BAR)
    assert [n[0] for n in script.played(since=4 * BAR) if n[2] == 72] == [
        4 * BAR + 2 * BEAT,
        5 * BAR + 2 * BEAT,
    ]


def test_a_note_seen_before_an_overdubs_pass_ended_but_told_after_is_in_it(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.advance(3 * BAR + 64)
    script.tell(KeyDown(3 * BAR - 20, "play:0", 72, 100), at=3 * BAR + 64)
    script.up(3 * BAR + BEAT, 72)
    script.dub(4 * BAR + 100)
    assert script.loop() == [(1.0, 1.0, 60), (3.9992, 1.0008, 72)]


def test_an_overdub_is_one_undo_however_many_passes_it_takes(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.note(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 72)
    script.note(3 * BAR + 3 * BEAT, 3 * BAR + 3 * BEAT + 2400, 74)
    script.dub(5 * BAR + 100)
    script.dub(5 * BAR + 200)
    script.note(5 * BAR + 2 * BEAT, 5 * BAR + 3 * BEAT, 76)
    script.dub(6 * BAR + 100)
    assert sorted(n[2] for n in script.loop()) == [60, 72, 74, 76]
    script.undo(6 * BAR + 200)
    assert [n[2] for n in script.loop()] == [60, 72, 74]
    script.undo(6 * BAR + 300)
    assert [n[2] for n in script.loop()] == [60]
    script.redo(6 * BAR + 400)
    assert [n[2] for n in script.loop()] == [60, 72, 74]


def test_undo_while_overdubbing_takes_back_the_gesture_and_ends_it(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.note(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 72)
    script.note(3 * BAR + 2 * BEAT + 2400, 3 * BAR + 3 * BEAT, 74)
    script.undo(3 * BAR + 3 * BEAT + 10)
    assert (script.layer().phase, [n[2] for n in script.loop()]) == ("playing", [60])
    script.note(4 * BAR + 2 * BEAT, 4 * BAR + 3 * BEAT, 76)
    script.redo(5 * BAR + 10)
    assert [n[2] for n in script.loop()] == [60, 72, 74]


def test_undo_of_an_overdub_that_brought_nothing_leaves_the_take_before(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.note(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 72)
    script.dub(3 * BAR + 100)
    script.dub(3 * BAR + 200)
    script.undo(4 * BAR + 200)
    assert (script.layer().phase, script.layer().cursor) == ("playing", 2)


def test_a_note_told_late_goes_with_its_gesture(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.advance(3 * BAR + 64)
    script.tell(KeyDown(3 * BAR - 20, "play:0", 72, 100), at=3 * BAR + 64)
    script.up(3 * BAR + BEAT, 72)
    assert [n[2] for n in script.loop()] == [60, 72]
    script.undo(3 * BAR + 2 * BEAT)
    assert [n[2] for n in script.loop()] == [60]


@pytest.mark.parametrize(("velocity", "stays"), [(99, 100), (100, 100), (101, 101)])
@pytest.mark.parametrize("apart", [-BEAT // 64, 0, BEAT // 64])
def test_the_same_note_again_replaces_it_and_the_louder_stays(
    script: Script, apart: int, velocity: int, stays: int
):
    recorded(script)
    script.dub(2 * BAR + 100)
    begin = 2 * BAR + BEAT + apart
    script.down(begin, 60, velocity)
    script.up(begin + 2 * BEAT, 60)
    script.dub(3 * BAR + 100)
    (note,) = script.layer().content.notes
    assert note.velocity == stays
    assert note.length_beats == (1.0 if velocity < 100 else 2.0)
    assert script.layer().cursor == (1 if velocity < 100 else 2)


def test_the_same_note_on_both_sides_of_the_seam_is_one(script: Script):
    script.note(BAR, BAR + BEAT)
    script.keep(2 * BAR + 10)
    script.dub(2 * BAR + 100)
    script.note(3 * BAR - 300, 3 * BAR + 300)
    script.dub(3 * BAR + 1000)
    assert len(script.loop()) == 1


def test_what_is_further_apart_or_of_another_pitch_is_added(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    script.tell(ev.Played(2 * BAR + BEAT, 0, 1, 60, 50.0, 100))
    script.tell(ev.Released(2 * BAR + BEAT + 200, 0, 1, 60, 64))
    script.note(2 * BAR + BEAT + BEAT // 64 + 2, 2 * BAR + 2 * BEAT)
    script.dub(3 * BAR + 100)
    assert [(n.note, n.cents) for n in script.layer().content.notes] == [
        (60, 0.0),
        (60, 50.0),
        (60, 0.0),
    ]


def test_an_overdub_left_on_for_half_an_hour_grows_with_what_is_played(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    sizes = {}
    for bar in range(2, 902):
        for eighth in range(8):
            begin = bar * BAR + eighth * BEAT // 2 + (bar * 37) % 100  # nobody is exact
            script.note(begin + 200, begin + 4000, 48 + eighth)
        sizes[bar] = len(encode_state(script.state))
    assert len(script.layer().takes) == 2
    assert len(script.loop()) == 9
    # What is remembered for *keep that* reaches 64 bars back, and is tidied now and then.
    early, late = (max(sizes[bar] for bar in bars) for bars in (range(130, 330), range(700, 902)))
    assert late < early + 1000


CHORD = range(20, 120)


def fill(script: Script, bar: int, chords: int) -> None:
    """That many chords of a hundred notes, a 32nd apart, from just after a bar line on."""
    for number in range(chords):
        begin = bar * BAR + 1000 + number * BEAT // 8
        for key in CHORD:
            script.down(begin, key)
        for key in CHORD:
            script.up(begin + 1000, key)


def full_notices(script: Script) -> int:
    return sum(
        f"full with {MOST_LOOP_NOTES} notes" in notice.text for notice in script.told(Notice)
    )


def test_a_take_holds_no_more_than_its_bound_and_says_so_once(script: Script):
    recorded(script)
    script.dub(2 * BAR + 100)
    fill(script, 2, 6)
    fill(script, 3, 3)  # the same again: nothing to add
    script.advance(4 * BAR + 1)
    assert (len(script.loop()), full_notices(script)) == (601, 0)
    fill(script, 4, 24)
    fill(script, 5, 24)
    script.dub(6 * BAR + 100)
    notes = script.layer().content.notes
    starts = {round((n.start_beat - 1000 / BEAT) * 8) for n in notes if n.note != 60}
    assert starts == set(range(21)), "the last chord came too late"
    assert (len(notes), full_notices(script)) == (MOST_LOOP_NOTES, 1)


def test_an_overdub_of_a_full_take_is_told_so_and_changes_nothing(script: Script):
    fill(script, 0, 21)
    script.keep(BAR + 10)
    notes = script.layer().content.notes
    assert (len(notes), full_notices(script)) == (MOST_LOOP_NOTES, 1)
    script.dub(BAR + 100)
    assert full_notices(script) == 2
    script.note(BAR + 3 * BEAT + 5000, BAR + 3 * BEAT + 6000)
    script.dub(2 * BAR + 100)
    assert (script.layer().content.notes, script.layer().cursor) == (notes, 1)
    assert full_notices(script) == 2


def test_a_layer_forgets_its_oldest_takes(script: Script):
    recorded(script)
    for bar in range(2, 72):
        script.dub(bar * BAR + 100)
        script.note(bar * BAR + 2 * BEAT, bar * BAR + 3 * BEAT, bar)
        script.dub(bar * BAR + 3 * BEAT + 100)
    assert (len(script.layer().takes), script.layer().cursor) == (MOST_TAKES, MOST_TAKES)
    before, now = script.layer(), 72 * BAR
    for n in range(MOST_TAKES - 1):
        script.undo(now + n)
    assert len(script.loop()) == 72 - MOST_TAKES
    script.undo(now + 100)
    assert script.layer().phase == "empty"
    for n in range(MOST_TAKES):
        script.redo(now + 200 + n)
    assert script.layer().content == before.content
