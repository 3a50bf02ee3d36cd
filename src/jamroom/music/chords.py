"""Chords that fit: three tones of the palette on any scale degree.

Scales of seven notes stack thirds, as hymn books and song books do. In other scales every second
note would be a third here and a fourth there, so the tones are chosen by their sound: the one
nearest to a third above the bass (of two, the wider, so a suspended fourth rather than a second),
then the one nearest to a fifth, keeping away from the tritone. In C major pentatonic that makes
C-E-G, D-G-A, E-G-C, G-C-D and A-C-E: two suspensions, an inversion, and nothing that rubs.
A scale with too few notes for three tones within an octave gives the ones it has.
"""

from __future__ import annotations

from functools import lru_cache

from jamroom.music.palette import Palette, Tone, degree_tone
from jamroom.music.scales import OCTAVE_CENTS, Scale, scale_named

# A third as far from minor as from major.
_THIRD_CENTS = 350.0
_FIFTH_CENTS = 700.0
_TRITONE_CENTS = 600.0
_TRITONE_MALUS_CENTS = 150.0


def _cents_at(scale: Scale, degree: int) -> float:
    periods, step = divmod(degree, len(scale.cents))
    return periods * scale.period_cents + scale.cents[step]


def _within_an_octave(scale: Scale, step: int) -> dict[int, float]:
    """Cents from the bass to the degrees above it, by how many degrees they are up."""
    found: dict[int, float] = {}
    up = 1
    while (interval := _cents_at(scale, step + up) - scale.cents[step]) < OCTAVE_CENTS:
        found[up] = interval
        up += 1
    return found


def _fifth_distance(interval: float) -> float:
    malus = _TRITONE_MALUS_CENTS if interval == _TRITONE_CENTS else 0.0
    return abs(interval - _FIFTH_CENTS) + malus


@lru_cache(maxsize=512)
def _shape(name: str, step: int) -> tuple[int, int]:
    """Degrees from the bass up to the chord's second and third tone."""
    scale = scale_named(name)
    if len(scale.cents) == 7 and scale.period_cents == OCTAVE_CENTS:
        return 2, 4
    intervals = _within_an_octave(scale, step)
    if not intervals:
        return 0, 0
    third = min(intervals, key=lambda up: (abs(intervals[up] - _THIRD_CENTS), -up))
    above = [up for up in intervals if up > third]
    if not above:
        return third, third
    fifth = min(above, key=lambda up: (_fifth_distance(intervals[up]), -up))
    return third, fifth


def chord_degrees(scale: str, degree: int) -> tuple[int, int, int]:
    """Scale degrees of the chord whose bass is `degree`, rising. Raises ValueError for no scale.

    A degree that stands for two tones is named twice.
    """
    second, third = _shape(scale, degree % len(scale_named(scale).cents))
    return degree, degree + second, degree + third


def chord_tones(palette: Palette, degree: int, lowest_root: int = 48) -> tuple[Tone, ...]:
    """Tones of that chord, rising from its bass; all are in the palette.

    Degree 0 is the first root at or above `lowest_root`. Notes may lie outside MIDI's range.
    """
    degrees = dict.fromkeys(chord_degrees(palette.scale, degree))
    return tuple(degree_tone(palette, each, lowest_root) for each in degrees)
