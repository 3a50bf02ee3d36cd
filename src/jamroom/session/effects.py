"""What the session wants done. The room carries it out; a replay collects it.

A `voice` is a number for one sounding note, unique in a session. Every SoundOn has exactly one
SoundOff with the same voice, at the same frame or later, unless a SilenceAll came between.
"""

from __future__ import annotations

import msgspec


class SoundOn(msgspec.Struct, frozen=True, gc=False):
    """Begin a note. `layer` is -1 for live hands, else the id of the layer that plays it."""

    frame: int
    voice: int
    seat: int
    layer: int
    patch: str
    note: int
    cents: float
    velocity: int


class SoundOff(msgspec.Struct, frozen=True, gc=False):
    """End a note."""

    frame: int
    voice: int
    seat: int
    layer: int


class SoundBend(msgspec.Struct, frozen=True, gc=False):
    """Bend a sounding note to `cents` from where it began."""

    frame: int
    voice: int
    cents: float


class SoundPressure(msgspec.Struct, frozen=True, gc=False):
    """Pressure on a sounding note, 0 to 1."""

    frame: int
    voice: int
    amount: float


class SilenceAll(msgspec.Struct, frozen=True, gc=False):
    """End every sound within 50 ms."""

    frame: int


class LevelChanged(msgspec.Struct, frozen=True, gc=False):
    """Level of a seat's bus, or of the room for seat -1, in dB."""

    frame: int
    seat: int
    level_db: float


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A moment worth a marker in an export: kind is launch, stop, take, palette, tempo, moment."""

    frame: int
    kind: str
    text: str
    seat: int


class Notice(msgspec.Struct, frozen=True, gc=False):
    """One line for the console, in the room's words."""

    frame: int
    text: str


Effect = SoundOn | SoundOff | SoundBend | SoundPressure | SilenceAll | LevelChanged | Mark | Notice
