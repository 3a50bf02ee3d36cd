"""Patches: what a sound is made of, as data a musician can read and change.

A patch is one TOML file. Its `[sound]` names one of the ways to make sound of `sounds.py` (an
allow-list) and gives it numbers; every number has a range, checked here, and nothing in the file
is ever run. A file that is wrong costs only itself.
"""

from __future__ import annotations

import math
from typing import Annotated, Literal

from msgspec import Meta

from jamroom.engine.sounds import Data, Sound, Text

Sentence = Annotated[str, Meta(max_length=160)]
Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,23}$")]
GainDb = Annotated[float, Meta(ge=-40.0, le=24.0)]

Family = Literal[
    "mallets",
    "bells",
    "plucked",
    "bowed and blown",
    "voices",
    "organ",
    "bass",
    "drums",
    "textures",
    "others",
]
"""How sounds are grouped where people choose them, in this order."""


class Patch(Data, frozen=True, kw_only=True):
    """One sound: its name in files and messages, its label and sentence for people."""

    name: Slug
    label: Text
    family: Family = "others"
    sentence: Sentence = ""
    """Where it helps, for a facilitator who chooses: soft enough for a ward, carries in a hall."""
    order: int = 100
    """Where it stands when a person browses: low numbers first."""
    gain_db: GainDb = 0.0
    """Evens patches out: all of them are equally loud at velocity 90."""
    sound: Sound


def amplitude(db: float) -> float:
    """A level in dB as a factor."""
    return float(10.0 ** (db / 20.0))


def touch(velocity: int) -> float:
    """Velocity (1 to 127) as 0 to 1, bent so that shy hands are heard. Out of range is clamped."""
    return min(127, max(1, velocity)) / 127.0


def touch_gain(velocity: int) -> float:
    """The factor a velocity gives: 1 at 127, -4 dB at 90, -15 dB at 30, never below -30 dB."""
    return float((0.1 + 0.9 * touch(velocity)) ** 1.5)


def between(pair: tuple[float, float], where: float) -> float:
    """The value `where` (0 to 1) of the way from soft to hard, in equal ratios."""
    soft, hard = pair
    return float(soft * (hard / soft) ** where)


def finite(value: float, low: float, high: float, otherwise: float = 0.0) -> float:
    """`value` within its limits; NaN and infinities become `otherwise`."""
    return min(high, max(low, value)) if math.isfinite(value) else otherwise
