"""The palette: which notes fit, just now, in this room.

A palette is a root and a scale. Scale degrees are counted from 0 and go on through the octaves in
both directions.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import msgspec

from jamroom.music.pitch import (
    HIGHEST_NOTE,
    LOWEST_NOTE,
    name_of_pitch_class,
    pitch_class_of_name,
)
from jamroom.music.scales import scale_named

# Finer than anybody tunes by ear, coarser than any rounding on the way.
_SAME_CENTS = 1.0

# Roots that are mostly written with a flat: Eb, Ab, Bb.
_FLAT_ROOTS = frozenset({3, 8, 10})


class Tone(NamedTuple):
    """A pitch: the nearest MIDI note, and cents added to it, above -50 and up to 50.

    A quarter tone is always the lower note plus 50: half-flat E is (63, 50.0), never (64, -50.0).
    """

    note: int
    cents: float


class Palette(msgspec.Struct, frozen=True):
    """Root (pitch class, 0 is C) and scale id. Raises ValueError for what is no palette."""

    root: int
    scale: str

    def __post_init__(self) -> None:
        if not 0 <= self.root < 12:
            raise ValueError(f"{self.root} is no root: C is 0, C# is 1, and so on up to B, 11")
        scale_named(self.scale)


def tone_at(cents_above_zero: float) -> Tone:
    """The tone that many cents above MIDI note 0 (note 60 is 6000.0)."""
    note = math.ceil(cents_above_zero / 100.0 - 0.5)
    return Tone(note, cents_above_zero - note * 100.0)


def pitch_cents(tone: Tone) -> float:
    """Cents above MIDI note 0, for comparing pitches; `tone_at` turns it back."""
    return tone.note * 100.0 + tone.cents


def root_at_or_above(palette: Palette, note: int) -> int:
    """The lowest MIDI note, from `note` upwards, that is the palette's root."""
    return note + (palette.root - note) % 12


def degree_tone(palette: Palette, degree: int, lowest_root: int = 48) -> Tone:
    """Tone of a scale degree; degree 0 is the first root at or above `lowest_root`.

    Any integer is a degree, so the note may lie outside MIDI's range; `fold` brings it back.
    """
    steps = scale_named(palette.scale).cents
    octave, step = divmod(degree, len(steps))
    root = root_at_or_above(palette, lowest_root)
    return tone_at(root * 100.0 + octave * 1200.0 + steps[step])


def fold(tone: Tone, lowest: int, highest: int) -> Tone:
    """The same pitch class, moved by as few octaves as bring its note into lowest..highest.

    The range must hold at least twelve notes.
    """
    if tone.note > highest:
        return Tone(tone.note - 12 * -((highest - tone.note) // 12), tone.cents)
    if tone.note < lowest:
        return Tone(tone.note + 12 * -((tone.note - lowest) // 12), tone.cents)
    return tone


def contains(palette: Palette, note: int, cents: float = 0.0) -> bool:
    """Whether this pitch, in any octave, is in the palette to within a cent."""
    above_root = (note - palette.root) * 100.0 + cents
    return any(
        abs((above_root - step + 600.0) % 1200.0 - 600.0) <= _SAME_CENTS
        for step in scale_named(palette.scale).cents
    )


def nearest(palette: Palette, note: int) -> Tone:
    """The palette's tone nearest to a MIDI note, within MIDI's range; of two, the lower."""
    steps = scale_named(palette.scale).cents
    octave_root = palette.root + 12 * ((note - palette.root) // 12)
    candidates = (
        tone_at((octave_root + 12 * octave) * 100.0 + step) for octave in (0, 1) for step in steps
    )
    playable = [tone for tone in candidates if LOWEST_NOTE <= tone.note <= HIGHEST_NOTE]
    return min(playable, key=lambda tone: (abs(pitch_cents(tone) - note * 100.0), tone))


def describe(palette: Palette) -> str:
    """ "D dorian": the root as it is mostly written, and the scale's id."""
    return f"{name_of_pitch_class(palette.root, palette.root in _FLAT_ROOTS)} {palette.scale}"


def palette_from_text(text: str) -> Palette:
    """Read what `describe` writes, in any case. Raises ValueError with what would do."""
    root, _, scale = text.strip().partition(" ")
    return Palette(pitch_class_of_name(root), " ".join(scale.lower().split()))
