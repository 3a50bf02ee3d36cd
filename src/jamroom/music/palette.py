"""The palette: which notes fit, just now, in this room.

A palette is a root and a scale. Scale degrees are counted from 0 and go on through the octaves in
both directions. A scale with another period than the octave has one place where it lies, whoever
plays it: degree 0 is on the root in the octave from C3, and whole periods up and down from there.
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
from jamroom.music.scales import OCTAVE_CENTS, OWN_PREFIX, scale_named

# Finer than anybody tunes by ear, coarser than any rounding on the way.
_SAME_CENTS = 1.0

# Degree 0 of scales with another period than the octave is near this note.
_HOME_NOTE = 48

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


def period_of(palette: Palette) -> float:
    """Cents after which the palette's notes come again: 1200.0 in all but a few tunings."""
    return scale_named(palette.scale).period_cents


def degree_tone(palette: Palette, degree: int, lowest_root: int = 48) -> Tone:
    """Tone of a scale degree; degree 0 is the first root at or above `lowest_root`.

    Any integer is a degree, so the note may lie outside MIDI's range; `fold` brings it back. With
    another period than the octave, "root" means degree 0 of any period.
    """
    scale = scale_named(palette.scale)
    periods, step = divmod(degree, len(scale.cents))
    root = _root_cents(palette, lowest_root, scale.period_cents)
    return tone_at(root + periods * scale.period_cents + scale.cents[step])


def _root_cents(palette: Palette, lowest: int, period_cents: float) -> float:
    """Where the first period at or above a note begins, in cents above MIDI note 0."""
    if period_cents == OCTAVE_CENTS:
        return root_at_or_above(palette, lowest) * 100.0
    home = root_at_or_above(palette, _HOME_NOTE) * 100.0
    periods = math.ceil((lowest * 100.0 - home - _SAME_CENTS) / period_cents)
    return home + periods * period_cents


def raised(tone: Tone, periods: int, period_cents: float = OCTAVE_CENTS) -> Tone:
    """The same degree, so many octaves (or other periods) higher."""
    if period_cents == OCTAVE_CENTS:
        return Tone(tone.note + 12 * periods, tone.cents)
    return tone_at(pitch_cents(tone) + periods * period_cents)


def fold(tone: Tone, lowest: int, highest: int, period_cents: float = OCTAVE_CENTS) -> Tone:
    """The same degree, moved by as few octaves as bring its note into lowest..highest.

    The range must hold at least twelve notes, or one more than `period_cents` has.
    """
    if period_cents == OCTAVE_CENTS:
        if tone.note > highest:
            return Tone(tone.note - 12 * -((highest - tone.note) // 12), tone.cents)
        if tone.note < lowest:
            return Tone(tone.note + 12 * -((tone.note - lowest) // 12), tone.cents)
        return tone
    while tone.note > highest:
        tone = raised(tone, -1, period_cents)
    while tone.note < lowest:
        tone = raised(tone, 1, period_cents)
    return tone


def contains(palette: Palette, note: int, cents: float = 0.0) -> bool:
    """Whether this pitch, in any octave, is in the palette to within a cent."""
    scale = scale_named(palette.scale)
    period = scale.period_cents
    above_root = (note - root_at_or_above(palette, _HOME_NOTE)) * 100.0 + cents
    return any(
        abs((above_root - step + period / 2) % period - period / 2) <= _SAME_CENTS
        for step in scale.cents
    )


def nearest(palette: Palette, note: int) -> Tone:
    """The palette's tone nearest to a MIDI note, within MIDI's range; of two, the lower."""
    scale = scale_named(palette.scale)
    home = root_at_or_above(palette, _HOME_NOTE) * 100.0
    below = home + (note * 100.0 - home) // scale.period_cents * scale.period_cents
    candidates = (
        tone_at(root + step) for root in (below, below + scale.period_cents) for step in scale.cents
    )
    playable = [tone for tone in candidates if LOWEST_NOTE <= tone.note <= HIGHEST_NOTE]
    return min(playable, key=lambda tone: (abs(pitch_cents(tone) - note * 100.0), tone))


def describe(palette: Palette) -> str:
    """ "D dorian": the root as it is mostly written, and the scale's id.

    A tuning of somebody's own is called by its label: its id is a row of numbers.
    """
    root = name_of_pitch_class(palette.root, palette.root in _FLAT_ROOTS)
    if palette.scale.startswith(OWN_PREFIX):
        return f"{root} {scale_named(palette.scale).label}"
    return f"{root} {palette.scale}"


def palette_from_text(text: str) -> Palette:
    """Read what `describe` writes, in any case, or a root and "scl:...".

    Raises ValueError with what would do.
    """
    root, _, scale = text.strip().partition(" ")
    scale = " ".join(scale.split())
    own = scale.lower().startswith(OWN_PREFIX)
    return Palette(pitch_class_of_name(root), scale if own else scale.lower())
