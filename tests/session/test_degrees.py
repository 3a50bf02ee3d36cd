"""Notes that follow the palette, degree by degree."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script

from jamroom.music.palette import Palette, contains, degree_tone, pitch_cents
from jamroom.session import events as ev
from jamroom.session.degrees import moved_tone
from jamroom.session.effects import SoundBend

D_DORIAN = Palette(2, "dorian")
sevens = st.builds(
    Palette, st.integers(0, 11), st.sampled_from(("dorian", "major", "hijaz", "rast", "bhairav"))
)
anything = st.builds(
    Palette,
    st.integers(0, 11),
    st.sampled_from(("dorian", "rast", "major pentatonic", "in-sen", "whole tone", "chromatic")),
)


@pytest.mark.parametrize(
    ("note", "now", "sounds"),
    [
        (62, Palette(4, "dorian"), (64, 0.0)),  # the root goes with the root
        (65, Palette(2, "major"), (66, 0.0)),  # the third becomes major
        (62, Palette(9, "dorian"), (57, 0.0)),  # the nearer way to A is down
        (62, Palette(7, "dorian"), (67, 0.0)),  # and to G up
        (65, Palette(2, "rast"), (65, 50.0)),  # a quarter tone is what it is
        (66, Palette(4, "dorian"), (68, 0.0)),  # a semitone under the fourth it stays
        (61, Palette(2, "major"), (61, 0.0)),  # and a leading note leads to the root
        (71, Palette(2, "minor pentatonic"), (72, 0.0)),  # no sixth there: the nearest
        (127, Palette(8, "dorian"), (121, 0.0)),  # nothing leaves MIDI's range
    ],
)
def test_where_a_note_goes(note: int, now: Palette, sounds: tuple[int, float]):
    assert moved_tone(note, 0.0, 0, D_DORIAN, now) == sounds


@given(anything, st.integers(0, 127), st.floats(-49, 50))
def test_at_home_a_note_is_itself_to_the_last_bit(home: Palette, note: int, cents: float):
    assert moved_tone(note, cents, 0, home, home) == (note, cents)


@given(sevens, sevens, st.integers(-14, 21), st.integers(-7, 7))
def test_a_degree_becomes_the_same_degree(was: Palette, now: Palette, degree: int, up: int):
    tone = degree_tone(was, degree)
    moved = moved_tone(tone.note, tone.cents, up, was, now)
    assert contains(now, *moved)
    root = (now.root - was.root + 5) % 12 - 5
    steps = pitch_cents(degree_tone(now, degree + up, 48)) - pitch_cents(degree_tone(now, 0, 48))
    height = pitch_cents(degree_tone(was, 0)) + root * 100 + steps
    assert pitch_cents(moved) == pytest.approx(height)


@given(anything, anything, st.integers(-10, 20))
def test_a_note_of_any_palette_is_one_of_any_other(was: Palette, now: Palette, degree: int):
    tone = degree_tone(was, degree)
    moved = moved_tone(tone.note, tone.cents, 0, was, now)
    assert contains(now, *moved)
    assert abs(pitch_cents(moved) - pitch_cents(tone)) <= 1000


def test_a_loop_that_follows_is_in_the_new_palette_from_its_downbeat_on(script: Script):
    script.note(0, 100, 62)
    script.note(2 * BEAT, BAR - 1, 65)
    script.keep(BAR + 1)
    script.tell(ev.LayerShaped(BAR + 2, 0, 0, "follow", 1.0))
    script.tell(ev.PaletteChosen(BAR + BEAT, 4, "major"))
    script.advance(3 * BAR)
    script.tell(ev.LayerShaped(3 * BAR, 0, 0, "follow", 0.0))
    script.advance(4 * BAR)
    assert [(on - BAR, note) for on, _, note in script.played(since=BAR + 2)] == [
        (2 * BEAT, 65),
        (BAR, 64),
        (BAR + 2 * BEAT, 68),
        (2 * BAR, 62),
        (2 * BAR + 2 * BEAT, 65),
    ]


def test_a_held_note_never_bends(script: Script):
    script.note(3 * BEAT, BAR + 2 * BEAT, 65)
    script.tell(ev.Kept(BAR + 2 * BEAT + 1, 0, 1))
    script.tell(ev.LayerShaped(2 * BAR + 2, 0, 0, "follow", 1.0))
    script.tell(ev.PaletteChosen(3 * BAR - 10, 4, "major"))
    script.advance(4 * BAR)
    assert not script.told(SoundBend)
    lengths = {off - on for on, off, _ in script.played(since=2 * BAR) if off >= 0}
    assert lengths == {3 * BEAT}


def test_a_take_is_of_the_palette_in_which_it_was_played(script: Script):
    script.note(100, 200, 62)
    script.press(BEAT)
    script.note(BAR + BEAT, BAR + 2 * BEAT, 62)
    script.tell(ev.PaletteChosen(2 * BAR - 10, 7, "hijaz"))
    script.advance(2 * BAR + 1)
    assert script.state.palette == Palette(7, "hijaz")
    assert script.layer().content.palette == D_DORIAN
    script.note(2 * BAR + BEAT, 2 * BAR + 2 * BEAT, 62)
    script.keep(3 * BAR + 1)
    assert script.layer(0, 1).content.palette == Palette(7, "hijaz")


def test_transposed_by_degrees_a_loop_stays_in_its_palette(script: Script):
    script.note(0, 100, 62)
    script.keep(BAR + 1)
    for n in range(4):
        script.tell(ev.LayerShaped(BAR + 2 + n, 0, 0, "transpose", 1.0))
    script.tell(ev.PaletteChosen(BAR + BEAT, 4, "major"))
    script.advance(3 * BAR)
    assert {note for _, _, note in script.played(since=BAR + 2)} == {69}
