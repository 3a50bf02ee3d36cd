from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.music.keymaps import KEYMAPS, pad_index, tones_for
from jamroom.music.palette import Palette, Tone, contains, degree_tone, nearest, pitch_cents
from jamroom.music.scales import SCALES

PALETTES = st.builds(Palette, st.integers(0, 11), st.sampled_from(sorted(SCALES)))
KEYS = st.integers(0, 127)
OCTAVES = st.integers(-4, 4)
C_MAJOR = Palette(0, "major")
WHITE = frozenset({0, 2, 4, 5, 7, 9, 11})


def _notes(keymap: str, palette: Palette, keys: range, octave: int = 0) -> list[int]:
    return [tones_for(keymap, palette, key, octave)[0].note for key in keys]


def test_they_have_words_for_people() -> None:
    assert list(KEYMAPS) == ["ladder", "white", "chords", "drums", "walk", "free"]
    for name, keymap in KEYMAPS.items():
        assert keymap.name == name
        assert keymap.label
        assert keymap.sentence.endswith(".")


@given(st.sampled_from(sorted(KEYMAPS)), PALETTES, KEYS, OCTAVES)
def test_every_key_sounds_something_playable(
    keymap: str, palette: Palette, key: int, octave: int
) -> None:
    tones = tones_for(keymap, palette, key, octave)
    assert len(tones) == (3 if keymap == "chords" else 1)
    assert [pitch_cents(t) for t in tones] == sorted({pitch_cents(t) for t in tones})
    for tone in tones:
        assert 0 <= tone.note <= 127
        assert -50.0 < tone.cents <= 50.0


@given(st.sampled_from(["ladder", "white", "chords"]), PALETTES, KEYS, OCTAVES)
def test_what_fits_fits(keymap: str, palette: Palette, key: int, octave: int) -> None:
    assert all(contains(palette, *tone) for tone in tones_for(keymap, palette, key, octave))


@given(PALETTES, st.integers(0, 126), OCTAVES)
def test_ladder_climbs_wherever_it_is_not_folded(palette: Palette, key: int, octave: int) -> None:
    if key == 15:  # the last counted pad; the next key is a MIDI note
        return
    low, high = (degree_tone(palette, pad_index(k)) for k in (key, key + 1))
    if low.note + 12 * octave >= 30 and high.note + 12 * octave <= 100:
        first, second = (tones_for("ladder", palette, k, octave)[0] for k in (key, key + 1))
        assert pitch_cents(second) > pitch_cents(first)
        assert first == Tone(low.note + 12 * octave, low.cents)


@pytest.mark.parametrize("scale", sorted(SCALES))
def test_sixteen_pads_climb_without_a_fold(scale: str) -> None:
    for root in range(12):
        palette = Palette(root, scale)
        for keys in (range(16), range(36, 52)):
            pitches = [pitch_cents(tones_for("ladder", palette, key)[0]) for key in keys]
            assert all(low < high for low, high in pairwise(pitches))


@given(PALETTES, st.integers(0, 15))
def test_pads_counted_and_pads_by_midi_number_agree(palette: Palette, pad: int) -> None:
    for keymap in ("ladder", "chords"):
        assert tones_for(keymap, palette, pad) == tones_for(keymap, palette, pad + 36)
    assert tones_for("white", palette, pad) == tones_for("ladder", palette, pad)


def test_ladder_plays_the_scale() -> None:
    assert _notes("ladder", Palette(2, "dorian"), range(8)) == [50, 52, 53, 55, 57, 59, 60, 62]
    assert _notes("ladder", Palette(2, "dorian"), range(36, 39), 1) == [62, 64, 65]
    assert tones_for("ladder", Palette(0, "rast"), 2) == (Tone(51, 50.0),)


def test_white_keys_in_c_major_are_the_piano() -> None:
    for key in range(21, 109):
        if key % 12 in WHITE:
            assert tones_for("white", C_MAJOR, key) == (Tone(key, 0.0),)
        else:
            assert tones_for("white", C_MAJOR, key) == (nearest(C_MAJOR, key),)


def test_middle_c_is_the_root_nearest_to_it() -> None:
    middles = [tones_for("white", Palette(root, "minor"), 60)[0].note for root in range(12)]
    assert middles == [60, 61, 62, 63, 64, 65, 54, 55, 56, 57, 58, 59]


def test_black_key_plays_the_minor_third_where_it_would_lie() -> None:
    assert tones_for("white", Palette(0, "minor"), 63) == (Tone(63, 0.0),)
    assert tones_for("white", Palette(2, "minor"), 63) == (Tone(65, 0.0),)


@given(PALETTES.filter(lambda p: len(SCALES[p.scale].cents) == 7), st.integers(21, 107))
def test_a_whole_piano_never_falls_and_its_white_keys_climb(palette: Palette, key: int) -> None:
    here, above = (pitch_cents(tones_for("white", palette, k)[0]) for k in (key, key + 1))
    assert above >= here
    next_white = key + 1 if (key + 1) % 12 in WHITE else key + 2
    if key % 12 in WHITE and next_white <= 108:
        assert pitch_cents(tones_for("white", palette, next_white)[0]) > here


@given(PALETTES, st.integers(48, 83))
def test_four_octaves_of_keys_never_fall_in_any_scale(palette: Palette, key: int) -> None:
    here, above = (pitch_cents(tones_for("white", palette, k)[0]) for k in (key, key + 1))
    assert above >= here


@given(st.integers(0, 11), st.integers(16, 127))
def test_every_note_palette_leaves_the_keyboard_alone(root: int, key: int) -> None:
    assert tones_for("white", Palette(root, "chromatic"), key) == (Tone(key, 0.0),)


def test_chord_pads_climb_and_stay_below_the_ladders_top() -> None:
    for scale in SCALES:
        for root in range(12):
            palette = Palette(root, scale)
            basses = [pitch_cents(tones_for("chords", palette, pad)[0]) for pad in range(12)]
            assert all(low < high for low, high in pairwise(basses))
            assert all(
                tones_for("chords", palette, key, octave)[-1].note <= 100
                for key in range(128)
                for octave in (-4, 0, 4)
            )


def test_drums() -> None:
    kit = _notes("drums", C_MAJOR, range(16))
    assert kit[:3] == [36, 38, 42]
    assert len(set(kit)) == 16
    assert _notes("drums", C_MAJOR, range(35, 60)) == list(range(35, 60))
    assert all(35 <= note < 60 for note in _notes("drums", C_MAJOR, range(128)))


@given(PALETTES, KEYS, OCTAVES)
def test_drums_know_no_palette_and_no_octave(palette: Palette, key: int, octave: int) -> None:
    assert tones_for("drums", palette, key, octave) == tones_for("drums", C_MAJOR, key)


def test_free_keys_are_themselves() -> None:
    assert _notes("free", Palette(2, "dorian"), range(16, 128)) == list(range(16, 128))
    assert _notes("free", Palette(2, "dorian"), range(16)) == list(range(50, 66))
    assert _notes("free", C_MAJOR, range(60, 62), -2) == [36, 37]
    assert _notes("free", C_MAJOR, range(126, 128), 4) == [126, 127]


def test_no_such_keymap() -> None:
    with pytest.raises(ValueError, match="ladder"):
        tones_for("theremin", C_MAJOR, 0)
