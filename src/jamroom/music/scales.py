"""Scales, as data: cents above the root for each degree within the octave.

A scale here is only a set of pitches to play with, in equal-tempered or quarter-tone steps. A
maqam or a raga is far more (phrases, weight of the notes, ways up and down, ornament, mood); where
a name is borrowed from such a tradition, the entry says so and says what was left out.
"""

from __future__ import annotations

import msgspec


class Scale(msgspec.Struct, frozen=True):
    """A set of pitches within the octave.

    `name` is the stable lowercase id kept in journals; `label` is for people; `cents` rises from
    0.0 and stays below 1200; `tradition` says in one line where the scale is at home.
    """

    name: str
    label: str
    cents: tuple[float, ...]
    tradition: str

    def __post_init__(self) -> None:
        rising = all(low < high for low, high in zip(self.cents, self.cents[1:], strict=False))
        if not self.cents or self.cents[0] != 0.0 or not rising or self.cents[-1] >= 1200.0:
            raise ValueError(
                f"the scale {self.name!r} must rise from 0.0 and stay below 1200 cents"
            )


def _scale(name: str, label: str, tradition: str, *cents: int) -> Scale:
    return Scale(name, label, tuple(float(step) for step in cents), tradition)


_CHURCH = "European church mode; also at home in folk music and jazz"
_WESTERN = "Western European"

# Quarter tones follow the 24-step notation of modern Arabic theory; living intonation differs from
# region to region and singer to singer. Maqamat as set out by J. Farraj and S. Abu Shumays (Inside
# Arabic Music, Oxford University Press 2019; maqamworld.com), one form of each: Rast with Rast on
# the fifth, Bayati and Hijaz with Nahawand on the fourth, Saba with Ajam on the sixth (see also
# en.wikipedia.org/wiki/Saba_(music): its fourth is sung a little sharper than it is written).
# Bhairav: Sa, flat Re, Ga, Ma, Pa, flat Dha, Ni (J. Bor, ed., The Raga Guide, Nimbus 1999;
# en.wikipedia.org/wiki/Bhairav_(raga)).
# In-sen: koto tuning with roots in shamisen music (en.wikipedia.org/wiki/Insen_scale).
_ALL = (
    _scale("major", "major", _WESTERN, 0, 200, 400, 500, 700, 900, 1100),
    _scale("minor", "minor", _WESTERN, 0, 200, 300, 500, 700, 800, 1000),
    _scale("dorian", "dorian", _CHURCH, 0, 200, 300, 500, 700, 900, 1000),
    _scale("phrygian", "phrygian", _CHURCH, 0, 100, 300, 500, 700, 800, 1000),
    _scale("lydian", "lydian", _CHURCH, 0, 200, 400, 600, 700, 900, 1100),
    _scale("mixolydian", "mixolydian", _CHURCH, 0, 200, 400, 500, 700, 900, 1000),
    _scale("locrian", "locrian", _CHURCH, 0, 100, 300, 500, 600, 800, 1000),
    _scale(
        "major pentatonic",
        "major pentatonic (five notes, bright)",
        "many peoples of the world, each in its own way",
        *(0, 200, 400, 700, 900),
    ),
    _scale(
        "minor pentatonic",
        "minor pentatonic (five notes, earthy)",
        "many peoples of the world, each in its own way",
        *(0, 300, 500, 700, 1000),
    ),
    _scale("blues", "blues", "African American", 0, 300, 500, 600, 700, 1000),
    _scale("harmonic minor", "harmonic minor", _WESTERN, 0, 200, 300, 500, 700, 800, 1100),
    _scale("hijaz", "Hijaz", "Arabic maqam", 0, 100, 400, 500, 700, 800, 1000),
    _scale("rast", "Rast", "Arabic maqam, with quarter tones", 0, 200, 350, 500, 700, 900, 1050),
    _scale(
        "bayati", "Bayati", "Arabic maqam, with quarter tones", 0, 150, 300, 500, 700, 800, 1000
    ),
    _scale("saba", "Saba", "Arabic maqam, with quarter tones", 0, 150, 300, 400, 700, 800, 1000),
    _scale(
        "bhairav",
        "Bhairav",
        "Hindustani (North Indian) raga, sung at daybreak; its seven tones",
        *(0, 100, 400, 500, 700, 800, 1100),
    ),
    _scale("in-sen", "In-sen", "Japanese, played on koto and shamisen", 0, 100, 500, 700, 1000),
    _scale("whole tone", "whole tone", "French, about 1900", 0, 200, 400, 600, 800, 1000),
    _scale("chromatic", "free (every note)", "everybody's", *range(0, 1200, 100)),
)

SCALES: dict[str, Scale] = {scale.name: scale for scale in _ALL}
"""Every scale by its name, in the order in which people are offered them."""


def scale_named(name: str) -> Scale:
    """The scale with this id. Raises ValueError, listing the scales there are."""
    try:
        return SCALES[name]
    except KeyError:
        raise ValueError(f"there is no scale {name!r}; there are: {', '.join(SCALES)}") from None
