from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.music.palette import (
    Palette,
    Tone,
    contains,
    degree_tone,
    describe,
    fold,
    nearest,
    palette_from_text,
    pitch_cents,
    tone_at,
)
from jamroom.music.scales import SCALES

PALETTES = st.builds(Palette, st.integers(0, 11), st.sampled_from(sorted(SCALES)))
NOTES = st.integers(0, 127)


def test_degrees_of_d_dorian() -> None:
    palette = Palette(2, "dorian")
    assert [degree_tone(palette, d).note for d in range(8)] == [50, 52, 53, 55, 57, 59, 60, 62]
    assert degree_tone(palette, -1) == Tone(48, 0.0)
    assert degree_tone(palette, 0, lowest_root=51) == Tone(62, 0.0)


def test_quarter_tones_are_the_lower_note_plus_fifty() -> None:
    assert degree_tone(Palette(0, "rast"), 2) == Tone(51, 50.0)
    assert tone_at(6349.0) == Tone(63, 49.0)
    assert tone_at(6350.0) == Tone(63, 50.0)
    assert tone_at(6351.0) == Tone(64, -49.0)


@given(st.integers(-24000, 24000))
def test_tone_at_splits_and_joins(cents: int) -> None:
    tone = tone_at(float(cents))
    assert -50.0 < tone.cents <= 50.0
    assert pitch_cents(tone) == cents


@given(PALETTES, st.integers(-60, 60), st.integers(0, 100))
def test_degrees_rise_repeat_and_belong(palette: Palette, degree: int, lowest: int) -> None:
    tone = degree_tone(palette, degree, lowest)
    assert contains(palette, *tone)
    assert pitch_cents(degree_tone(palette, degree + 1, lowest)) > pitch_cents(tone)
    octave_up = degree_tone(palette, degree + len(SCALES[palette.scale].cents), lowest)
    assert octave_up == Tone(tone.note + 12, tone.cents)
    root = degree_tone(palette, 0, lowest).note
    assert lowest <= root < lowest + 12
    assert root % 12 == palette.root


def test_contains_knows_quarter_tones() -> None:
    rast = Palette(0, "rast")
    assert contains(rast, 63, 50.0)
    assert contains(rast, 64, -50.0)
    assert not contains(rast, 64)
    assert not contains(rast, 63)
    assert contains(rast, 0) and contains(rast, 127)
    # A hair below the root is the root, across the octave's seam too.
    assert contains(rast, 59, 99.5)
    assert not contains(rast, 59, 98.0)


@given(PALETTES, NOTES)
def test_nearest_is_nearest(palette: Palette, note: int) -> None:
    found = nearest(palette, note)
    assert 0 <= found.note <= 127
    assert contains(palette, *found)
    every = (degree_tone(palette, degree, 0) for degree in range(-12, 140))
    playable = [tone for tone in every if 0 <= tone.note <= 127]
    best = min(abs(pitch_cents(tone) - note * 100.0) for tone in playable)
    assert abs(pitch_cents(found) - note * 100.0) == best


def test_nearest_of_two_is_the_lower() -> None:
    assert nearest(Palette(0, "major"), 61) == Tone(60, 0.0)
    assert nearest(Palette(0, "rast"), 64) == Tone(63, 50.0)
    assert nearest(Palette(0, "major"), 64) == Tone(64, 0.0)


@given(st.integers(-200, 300), st.integers(0, 60), st.integers(11, 67))
def test_fold_moves_by_as_few_octaves_as_it_can(note: int, lowest: int, span: int) -> None:
    highest = lowest + span
    folded = fold(Tone(note, 25.0), lowest, highest)
    assert lowest <= folded.note <= highest
    assert (folded.note - note) % 12 == 0
    assert folded.cents == 25.0
    if folded.note > note:
        assert folded.note - 12 < lowest
    elif folded.note < note:
        assert folded.note + 12 > highest


@given(PALETTES)
def test_descriptions_round_trip(palette: Palette) -> None:
    assert palette_from_text(describe(palette)) == palette
    assert palette_from_text(f"  {describe(palette).upper()} ") == palette


def test_descriptions() -> None:
    assert describe(Palette(2, "dorian")) == "D dorian"
    assert describe(Palette(10, "major pentatonic")) == "Bb major pentatonic"
    assert describe(Palette(6, "minor")) == "F# minor"


@pytest.mark.parametrize("text", ["", "D", "H major", "D sunny"])
def test_texts_that_are_no_palette(text: str) -> None:
    with pytest.raises(ValueError, match=r"there is no scale|no note name"):
        palette_from_text(text)


@pytest.mark.parametrize(("root", "scale"), [(12, "major"), (-1, "major"), (0, "Major")])
def test_no_such_palette(root: int, scale: str) -> None:
    with pytest.raises(ValueError, match=r"is no root|there is no scale"):
        Palette(root, scale)


@given(PALETTES)
def test_palettes_survive_msgpack_and_hash(palette: Palette) -> None:
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(palette), type=Palette)
    assert {again: 1}[palette] == 1
