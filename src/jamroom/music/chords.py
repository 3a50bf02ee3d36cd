"""Chords that fit: three tones of the palette on any scale degree.

Scales of seven notes stack thirds, as hymn books and song books do. In other scales every second
note would be a third here and a fourth there, so the tones are chosen by their sound: the one
nearest to a third above the bass (of two, the wider, so a suspended fourth rather than a second),
then the one nearest to a fifth, keeping away from the tritone. In C major pentatonic that makes
C-E-G, D-G-A, E-G-C, G-C-D and A-C-E: two suspensions, an inversion, and nothing that rubs.
"""

from __future__ import annotations

from functools import lru_cache

from jamroom.music.palette import Palette, Tone, degree_tone
from jamroom.music.scales import Scale, scale_named

# A third as far from minor as from major.
_THIRD_CENTS = 350.0
_FIFTH_CENTS = 700.0
_TRITONE_CENTS = 600.0
_TRITONE_MALUS_CENTS = 150.0


def _cents_at(scale: Scale, degree: int) -> float:
    octave, step = divmod(degree, len(scale.cents))
    return octave * 1200.0 + scale.cents[step]


def _fifth_distance(interval: float) -> float:
    malus = _TRITONE_MALUS_CENTS if interval == _TRITONE_CENTS else 0.0
    return abs(interval - _FIFTH_CENTS) + malus


@lru_cache(maxsize=512)
def _shape(name: str, step: int) -> tuple[int, int]:
    """Degrees from the bass up to the chord's second and third tone."""
    scale = scale_named(name)
    if len(scale.cents) == 7:
        return 2, 4
    bass = scale.cents[step]
    intervals = {up: _cents_at(scale, step + up) - bass for up in range(1, len(scale.cents))}
    third = min(intervals, key=lambda up: (abs(intervals[up] - _THIRD_CENTS), -up))
    above = [up for up in intervals if up > third]
    fifth = min(above, key=lambda up: (_fifth_distance(intervals[up]), -up))
    return third, fifth


def chord_degrees(scale: str, degree: int) -> tuple[int, int, int]:
    """Scale degrees of the chord whose bass is `degree`, rising. Raises ValueError for no scale."""
    second, third = _shape(scale, degree % len(scale_named(scale).cents))
    return degree, degree + second, degree + third


def chord_tones(palette: Palette, degree: int, lowest_root: int = 48) -> tuple[Tone, ...]:
    """Tones of that chord, rising from its bass; all are in the palette.

    Degree 0 is the first root at or above `lowest_root`. Notes may lie outside MIDI's range.
    """
    degrees = chord_degrees(palette.scale, degree)
    return tuple(degree_tone(palette, each, lowest_root) for each in degrees)
