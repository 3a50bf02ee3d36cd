from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.music.chords import chord_degrees, chord_tones
from jamroom.music.palette import Palette, contains, pitch_cents
from jamroom.music.pitch import name_of_pitch_class
from jamroom.music.scales import SCALES

PALETTES = st.builds(Palette, st.integers(0, 11), st.sampled_from(sorted(SCALES)))


def _spelled(scale: str, count: int) -> list[str]:
    palette = Palette(0, scale)
    chords = (chord_tones(palette, degree) for degree in range(count))
    return ["".join(name_of_pitch_class(t.note, True) for t in chord) for chord in chords]


def test_major_stacks_thirds() -> None:
    assert _spelled("major", 8) == ["CEG", "DFA", "EGB", "FAC", "GBD", "ACE", "BDF", "CEG"]


def test_pentatonic_chords_are_the_documented_ones() -> None:
    assert _spelled("major pentatonic", 5) == ["CEG", "DGA", "EGC", "GCD", "ACE"]


def test_quarter_tone_chords_keep_the_neutral_third() -> None:
    first = chord_tones(Palette(0, "rast"), 0)
    assert [pitch_cents(tone) - 4800.0 for tone in first] == [0.0, 350.0, 700.0]


@pytest.mark.parametrize("scale", ["major pentatonic", "minor pentatonic", "blues", "in-sen"])
def test_five_and_six_note_chords_have_no_tritone_or_semitone_from_the_bass(scale: str) -> None:
    for degree in range(len(SCALES[scale].cents)):
        bass, *others = chord_tones(Palette(0, scale), degree)
        intervals = {pitch_cents(tone) - pitch_cents(bass) for tone in others}
        assert not intervals & {100.0, 600.0, 1100.0}


@given(PALETTES, st.integers(-40, 100))
def test_chords_rise_belong_and_stay_closer_than_an_octave(palette: Palette, degree: int) -> None:
    tones = chord_tones(palette, degree)
    pitches = [pitch_cents(tone) for tone in tones]
    assert pitches == sorted(set(pitches))
    assert len(tones) == 3
    assert pitches[-1] - pitches[0] < 1200.0
    assert all(contains(palette, *tone) for tone in tones)
    assert chord_degrees(palette.scale, degree)[0] == degree


def test_no_such_scale() -> None:
    with pytest.raises(ValueError, match="there is no scale"):
        chord_degrees("klingon", 0)
