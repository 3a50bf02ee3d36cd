"""Keymaps in tunings of somebody's own: everything playable, everything in the palette."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.music.keymaps import tones_for
from jamroom.music.palette import Palette, contains, pitch_cents
from jamroom.music.scales import SCALES, own_scale
from jamroom.scale_files import load_scales

SHIPPED = load_scales(Path(__file__).parents[2] / "scales")[0]
ODD = (own_scale("one", (0.0,), 4800.0), own_scale("tiny", (0.0, 7.0), 20.0))


@given(
    st.sampled_from(["ladder", "white", "chords"]),
    st.sampled_from([*SHIPPED, *ODD]),
    st.integers(0, 11),
    st.integers(0, 127),
    st.integers(-4, 4),
)
def test_every_key_sounds_and_belongs(keymap: str, scale, root: int, key: int, octave: int) -> None:  # type: ignore[no-untyped-def]
    palette = Palette(root, scale.name)
    for tone in tones_for(keymap, palette, key, octave):
        assert 0 <= tone.note <= 127
        assert contains(palette, *tone)


def test_a_keyboard_of_twelve_tuned_keys() -> None:
    meantone = next(scale for scale in SHIPPED if len(scale.cents) == 12)
    for key in range(24, 97):
        (tone,) = tones_for("white", Palette(2, meantone.name), key)
        assert pitch_cents(tone) == pytest.approx(key * 100.0, abs=30.0)
        assert pitch_cents(tone) - 200.0 - meantone.cents[(key - 2) % 12] == pytest.approx(
            (key - 2) // 12 * 1200.0
        )


def test_octave_shift_moves_a_twelfth_in_bohlen_pierce() -> None:
    bohlen = next(scale for scale in SHIPPED if scale.period_cents > 1300.0)
    palette = Palette(0, bohlen.name)
    (low,), (high,) = (tones_for("ladder", palette, 3, octave) for octave in (0, 1))
    assert pitch_cents(high) - pitch_cents(low) == pytest.approx(1901.955)


def test_listed_scales_sound_as_ever_when_their_tuning_is_in_their_id() -> None:
    for scale in SCALES.values():
        own = own_scale(scale.label, scale.cents, 1200.0)
        for keymap in ("ladder", "white", "chords"):
            for key in range(0, 128, 3):
                ours = tones_for(keymap, Palette(5, own.name), key, 1)
                assert ours == tones_for(keymap, Palette(5, scale.name), key, 1)
