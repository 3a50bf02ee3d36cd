"""Where a loop meets itself: early notes, held notes, pedals, bends."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script

from jamroom.session.effects import SoundBend
from jamroom.session.state import LoopTurn


@pytest.fixture
def recording(script: Script) -> Script:
    """Armed for bar 1."""
    script.note(100, 200, 48)
    script.press(BEAT)
    return script


def test_a_note_a_sixteenth_early_belongs_to_the_start(recording: Script):
    recording.note(BAR - BEAT // 4, BAR + BEAT)
    recording.advance(2 * BAR + 1)
    assert recording.loop() == [(0.0, 1.25, 60)]


def test_a_note_earlier_than_that_does_not(recording: Script):
    recording.note(BAR - BEAT // 4 - 2, BAR + BEAT)
    recording.note(BAR + BEAT, BAR + 2 * BEAT, 64)
    recording.advance(2 * BAR + 1)
    assert recording.loop() == [(1.0, 1.0, 64)]


def test_who_anticipates_every_downbeat_hears_it_once(recording: Script):
    recording.note(BAR - 1000, BAR + BEAT)
    recording.note(2 * BAR - 1000, 2 * BAR + BEAT)
    recording.advance(2 * BAR + BEAT + 1)
    assert [n[0] for n in recording.loop()] == [0.0]


def test_an_upbeat_of_its_own_stays_at_the_end(recording: Script):
    recording.note(BAR + 100, BAR + BEAT)
    recording.note(2 * BAR - 2400, 2 * BAR - 1200)
    recording.advance(2 * BAR + 1)
    assert [n[0] for n in recording.loop()] == [pytest.approx(100 / BEAT, abs=1e-4), 3.9]


def test_a_note_held_over_the_seam_ends_at_its_release_wrapped(recording: Script):
    recording.note(BAR + 3 * BEAT, 2 * BAR + 2 * BEAT)
    assert recording.loop() == [(3.0, 3.0, 60)]
    recording.advance(5 * BAR)
    assert recording.played() == [
        (2 * BAR + 3 * BEAT, 3 * BAR + 2 * BEAT, 60),
        (3 * BAR + 3 * BEAT, 4 * BAR + 2 * BEAT, 60),
        (4 * BAR + 3 * BEAT, -1, 60),
    ]


def test_a_note_held_for_ever_is_as_long_as_the_loop(recording: Script):
    recording.down(BAR + BEAT)
    recording.up(9 * BAR)
    assert recording.loop() == [(1.0, 4.0, 60)]
    assert all(off - on == BAR for on, off, _ in recording.played() if off >= 0)


def test_the_pedal_makes_notes_as_long_as_they_sounded(recording: Script):
    recording.pedal(BAR, True)
    recording.note(BAR + BEAT, BAR + BEAT + 1000)
    recording.pedal(BAR + 3 * BEAT, False)
    recording.advance(2 * BAR + 1)
    assert recording.loop() == [(1.0, 2.0, 60)]


def test_a_pedal_held_over_the_seam_wraps_too(recording: Script):
    recording.pedal(BAR, True)
    recording.note(BAR + 3 * BEAT, BAR + 3 * BEAT + 1000)
    recording.pedal(2 * BAR + BEAT, False)
    assert recording.loop() == [(3.0, 2.0, 60)]


def test_a_length_that_settles_later_settles_in_every_take(recording: Script):
    recording.down(BAR + 3 * BEAT)
    recording.advance(2 * BAR + 1)
    recording.dub(2 * BAR + 10)
    recording.note(2 * BAR + BEAT, 2 * BAR + 2 * BEAT, 72)
    recording.dub(2 * BAR + 2 * BEAT + 10)
    recording.up(2 * BAR + 3 * BEAT)
    assert recording.loop() == [(1.0, 1.0, 72), (3.0, 4.0, 60)]
    recording.undo(2 * BAR + 3 * BEAT + 10)
    assert recording.loop() == [(3.0, 4.0, 60)]


def test_the_bend_is_restored_at_the_seam(recording: Script):
    recording.bend(BEAT + 10, 0.5)
    recording.note(BAR + BEAT, BAR + 2 * BEAT)
    recording.bend(BAR + 3 * BEAT, -1.0)
    recording.advance(2 * BAR + 1)
    assert recording.layer().content.turns == (
        LoopTurn(0.0, "bend", 100.0),
        LoopTurn(3.0, "bend", -200.0),
    )
    recording.bend(2 * BAR + 2, 0.0)
    recording.advance(4 * BAR)
    bends = [b for b in recording.told(SoundBend) if b.frame > 2 * BAR + 2]
    assert [(b.frame, b.cents) for b in bends] == [
        (2 * BAR + BEAT, 100.0),
        (3 * BAR + BEAT, 100.0),
    ]


def test_a_stroke_of_no_length_still_sounds(recording: Script):
    recording.note(BAR + BEAT, BAR + BEAT)
    recording.advance(3 * BAR)
    assert recording.played() == [(2 * BAR + BEAT, 2 * BAR + BEAT + BEAT // 64, 60)]


def test_the_next_downbeat_played_early_is_no_flam_at_the_seam(recording: Script):
    """On time at the start, ten milliseconds early on the downbeat after: once a pass."""
    recording.note(BAR + 100, BAR + BEAT // 2)
    recording.note(2 * BAR - 480, 2 * BAR + BEAT // 2)
    recording.advance(2 * BAR + 64)
    assert len(recording.loop()) == 1


def test_a_last_sixteenth_is_no_downbeat(recording: Script):
    recording.note(BAR + 100, BAR + BEAT // 2)
    recording.note(2 * BAR - BEAT // 4, 2 * BAR - BEAT // 8)
    recording.advance(2 * BAR + 64)
    assert len(recording.loop()) == 2
