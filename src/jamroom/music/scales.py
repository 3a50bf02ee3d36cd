"""Scales, as data: cents above the root for each degree within the octave.

A scale here is only a set of pitches to play with, in equal-tempered or quarter-tone steps. A
maqam or a raga is far more (phrases, weight of the notes, ways up and down, ornament, mood); where
a name is borrowed from such a tradition, the entry says so and says what was left out.

A scale of somebody's own carries its tuning in its id, "scl:just major:203.91,...,1200", so that a
journal can be read where the file it came from is not. The last number is the period.
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import pairwise

import msgspec

OCTAVE_CENTS = 1200.0
OWN_PREFIX = "scl:"
"""What an id that carries its own tuning begins with."""
MOST_DEGREES = 128
SHORTEST_PERIOD_CENTS, LONGEST_PERIOD_CENTS = 20.0, 4800.0
LONGEST_LABEL = 40
_LONGEST_ID = 4096
_DECIMALS = 5  # of a cent; enough for any ratio to come back exactly as it was kept


class Scale(msgspec.Struct, frozen=True):
    """A set of pitches within the octave, or within another period after which it starts anew.

    `name` is the stable id kept in journals; `label` is for people; `cents` rises from 0.0 and
    stays below the period; `tradition` says in one line where the scale is at home.
    """

    name: str
    label: str
    cents: tuple[float, ...]
    tradition: str
    period_cents: float = OCTAVE_CENTS

    def __post_init__(self) -> None:
        steps = (*self.cents, self.period_cents)
        rising = all(low < high for low, high in pairwise(steps))
        # NaN is not below anything, so it does not rise.
        if not self.cents or self.cents[0] != 0.0 or not rising:
            raise ValueError(
                f"the scale {self.name!r} must rise from 0.0 and stay below"
                f" {self.period_cents:g} cents"
            )
        if not SHORTEST_PERIOD_CENTS <= self.period_cents <= LONGEST_PERIOD_CENTS:
            raise ValueError(
                f"the scale {self.name!r} starts anew after {self.period_cents:g} cents; allowed"
                f" are {SHORTEST_PERIOD_CENTS:g} to {LONGEST_PERIOD_CENTS:g}"
            )
        if len(self.cents) > MOST_DEGREES:
            raise ValueError(
                f"the scale {self.name!r} has {len(self.cents)} degrees; allowed are 1 to"
                f" {MOST_DEGREES}"
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
    """The scale with this id, which may carry its own tuning (`own_scale`).

    Raises ValueError, listing the scales there are, or saying what is wrong with the tuning.
    """
    found = SCALES.get(name)
    if found is not None:
        return found
    if name.startswith(OWN_PREFIX):
        return _scale_of_id(name)
    raise ValueError(f"there is no scale {name!r}; there are: {', '.join(SCALES)}")


def own_scale(
    label: str,
    cents: tuple[float, ...],
    period_cents: float,
    tradition: str = "somebody's own tuning",
) -> Scale:
    """A scale that is not in the list; its name is the id that `scale_named` reads again.

    Steps are rounded as the id keeps them, so that both are the same scale. Raises ValueError for
    what is no scale.
    """
    label = _plain(label)
    kept = tuple(round(step, _DECIMALS) for step in cents)
    period_cents = round(period_cents, _DECIMALS)
    numbers = ",".join(_shortest(step) for step in (*kept[1:], period_cents))
    return Scale(f"{OWN_PREFIX}{label}:{numbers}", label, kept, tradition, period_cents)


@lru_cache(maxsize=256)
def _scale_of_id(name: str) -> Scale:
    label, _, numbers = name.removeprefix(OWN_PREFIX).rpartition(":")
    shown = f"{name[:40]}..." if len(name) > 40 else name
    try:
        if len(name) > _LONGEST_ID:
            raise ValueError
        steps = [float(number) for number in numbers.split(",")]
    except ValueError:
        raise ValueError(
            f"{shown!r} is no scale: after its label it needs cents with commas, the period last"
        ) from None
    if not all(map(math.isfinite, steps)):
        raise ValueError(f"{shown!r} is no scale: its cents must be finite numbers")
    scale = own_scale(label, (0.0, *steps[:-1]), steps[-1])
    # One tuning, one id: only the name as it was given is known to journals and palettes.
    return msgspec.structs.replace(scale, name=name)


def _plain(label: str) -> str:
    """A label that fits into an id and on a line."""
    readable = "".join(one if one.isprintable() and one != ":" else " " for one in label)
    return " ".join(readable.split())[:LONGEST_LABEL].rstrip() or "own scale"


def _shortest(cents: float) -> str:
    return f"{cents:.{_DECIMALS}f}".rstrip("0").rstrip(".")
