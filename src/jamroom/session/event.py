"""What every event is."""

from __future__ import annotations

from typing import Literal

import msgspec

NOW = -1
"""Frame of a request that nobody has stamped yet."""

EVERYBODY = -1
"""Seat number that stands for all seats."""

Consent = Literal["undecided", "play", "keep", "share"]
Quantise = Literal["off", "beat", "bar", "loop"]


class Event(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """A fact at a frame."""

    frame: int
