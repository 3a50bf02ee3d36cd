"""A voice: one chain of pyo objects, built once and used for ever.

A voice is built before the music starts, because building pyo objects inside a block would miss
its deadline. At a note it is given numbers and switched on; when its tail has ended it is emptied
and switched off, and then costs nothing. Every chain ends alike: an envelope that only ever moves
in ramps (so nothing clicks, whatever interrupts it), then a delay of 0 to 63 samples that puts the
onset on its exact sample.

The chains are made of pyo's `..._base` objects, the C objects inside its Python classes: they are
built and set several times faster, and come without the input faders that the classes add.
"""

from __future__ import annotations

from typing import Any, Protocol

import msgspec

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.patches import Patch, Stroke
from jamroom.engine.pyo_import import pyo

_CUT_TO = 1e-7  # not zero: a ramp that already goes to zero must notice a faster one


class Note(msgspec.Struct, frozen=True, gc=False):
    """What a voice needs to know to begin."""

    note: int
    hz: float
    velocity: int
    bus: int
    offset: int


class Loop(msgspec.Struct, frozen=True):
    """A table that a sustained voice reads: reading it at `rate_hz` sounds `pitch_hz`."""

    table: Any
    pitch_hz: float
    rate_hz: float


class Take(msgspec.Struct, frozen=True):
    """A computed stroke."""

    table: Any
    seconds: float


class Ready(msgspec.Struct, frozen=True):
    """A patch with its tables computed."""

    patch: Patch
    gain: float
    loops: dict[int, Loop]  # sustained: by zone note
    plucks: dict[int, Any]  # plucked: tables by number of partials
    strokes: dict[int, tuple[Stroke, tuple[Take, ...]]]  # percussion: by note, with its takes


class Voice(Protocol):
    """One chain; times are in seconds.

    `moving` says that it wants `tick`; `speaks_s` is how long a note needs until it is heard, so
    that the shortest tap still makes one; `level` and `tau_s` tell how audible it still is.
    """

    bus: int
    level: float
    tau_s: float
    speaks_s: float
    moving: bool
    flush_blocks: int

    def start(self, ready: Ready, note: Note) -> float:
        """Begin a note; returns the seconds until it has died away by itself (inf: held)."""

    def let_go(self) -> float | None:
        """The key is up: seconds until silence, or None if it rings on by itself."""

    def tick(self, age_s: float) -> None:
        """Move what moves slowly: vibrato, sweep, pressure."""

    def bend(self, cents: float) -> None:
        """Bend to `cents` from where the note began."""

    def press(self, amount: float) -> None:
        """Pressure, 0 to 1."""

    def cut(self, seconds: float) -> None:
        """Fade to silence whatever is going on."""

    def flush(self) -> None:
        """The sound is over: empty filters and loops, in `flush_blocks` blocks."""

    def stop(self) -> None:
        """Switch off."""


class Chain:
    """What all voices share: the envelope, the last delay, and switching on and off.

    Subclasses build their objects with `part` and end with `finish`.
    """

    flush_blocks = 3

    def __init__(self) -> None:
        self.bus = 0
        self.level = 0.0
        self.tau_s = 1.0
        self.speaks_s = 0.0
        self.moving = False
        self._parts: list[Any] = []  # a pyo object that nobody holds falls silent
        self.envelope = self.part(pyo.SigTo_base(0.0, 0.0, 0.0))

    def part(self, thing: Any) -> Any:
        """Hold a pyo object; all that is held is switched on and off together."""
        self._parts.append(thing)
        return thing

    def finish(self, last: Any, mul: Any, sample_rate: int) -> None:
        """End the chain with the delay; `mul` is a pyo signal that scales what comes out."""
        self._sample_s = 1.0 / sample_rate
        longest_s = (BLOCK_FRAMES + 1) / sample_rate
        self._out = self.part(pyo.SDelay_base(last, 0.0, longest_s, mul=mul))
        self.stop()

    def begin(self, note: Note, attack_s: float) -> None:
        """Switch on: from the next block, `note.offset` frames late, on the bus of the note."""
        self.bus = note.bus
        self.ramp(1.0, attack_s)
        # Half a sample more: pyo cuts the fraction off.
        self._out.setDelay((note.offset + 0.5) * self._sample_s if note.offset else 0.0)
        for part in self._parts:
            part.play()
        self._out.out(note.bus)

    def ramp(self, to: float, seconds: float) -> None:
        """Move the envelope from where it stands; most chains use it twice, so it sounds curved."""
        self.envelope.setTime(seconds)
        self.envelope.setValue(to)

    def cut(self, seconds: float) -> None:
        """Fade to silence whatever is going on."""
        self.ramp(_CUT_TO, seconds)

    def flush(self) -> None:
        """The sound is over: let filters run empty."""
        self.ramp(0.0, 0.0)

    def stop(self) -> None:
        """Switch every object off; idle voices cost nothing."""
        for part in self._parts:
            part.stop()

    def tick(self, age_s: float) -> None:
        """Nothing moves here unless a kind says so."""

    def bend(self, cents: float) -> None:
        """Drums have no pitch to bend."""

    def press(self, amount: float) -> None:
        """What was struck is out of reach."""


def nearest_stroke(ready: Ready, note: int) -> tuple[Stroke, tuple[Take, ...]]:
    """The stroke a note plays: its own, else that of the nearest note that has one."""
    found = ready.strokes.get(note)
    if found is None:
        found = ready.strokes[min(ready.strokes, key=lambda other: (abs(other - note), other))]
    return found
