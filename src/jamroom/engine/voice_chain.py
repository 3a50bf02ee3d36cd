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

import math
from typing import Any, Protocol

import msgspec

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.patches import amplitude, touch_gain
from jamroom.engine.pyo_import import pyo
from jamroom.engine.ready import Ready
from jamroom.engine.sounds import Buzz, Glide

TAIL_T60 = 1.25
"""A tail is cut after this many of its 60 dB ring times: -75 dB, under any room's noise."""

TAU_OF_T60 = 1.0 / math.log(1000.0)
MIDDLE_C_HZ = 261.63
HIGHEST_SHARE = 0.4
"""Of the sample rate: no frequency given to pyo is higher."""

TOUCH_GAINS = tuple(touch_gain(velocity) for velocity in range(128))
"""The factor that each velocity gives."""

_CUT_TO = 1e-7  # not zero: a ramp that already goes to zero must notice a faster one
_LEAN_HZ = 5.3


class Note(msgspec.Struct, frozen=True, gc=False):
    """What a voice needs to know to begin."""

    note: int
    hz: float
    velocity: int
    bus: int
    offset: int


class Voice(Protocol):
    """One chain; times are in seconds.

    `moving` says that it wants `tick`; `speaks_s` is how long a note needs until it is heard, so
    that the shortest tap still makes one; `settles_s` is when `settle` is due (0: never);
    `level` and `tau_s` tell how audible it still is.
    """

    bus: int
    level: float
    tau_s: float
    speaks_s: float
    settles_s: float
    moving: bool
    flush_blocks: int

    def start(self, ready: Ready, note: Note) -> float:
        """Begin a note; returns the seconds until it has died away by itself (inf: held)."""

    def settle(self) -> None:
        """The attack is over."""

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

    def __init__(self, sample_rate: int) -> None:
        self.bus = 0
        self.level = 0.0
        self.tau_s = 1.0
        self.speaks_s = 0.0
        self.settles_s = 0.0
        self.moving = False
        self._top_hz = HIGHEST_SHARE * sample_rate
        self._sample_s = 1.0 / sample_rate
        self._offset = 0
        self._parts: list[Any] = []  # a pyo object that nobody holds falls silent
        self.envelope = self.part(pyo.SigTo_base(0.0, 0.0, 0.0))

    def part(self, thing: Any) -> Any:
        """Hold a pyo object; all that is held is switched on and off together."""
        self._parts.append(thing)
        return thing

    def finish(self, last: Any, mul: Any) -> None:
        """End the chain with the delay; `mul` is a pyo signal that scales what comes out."""
        longest_s = (BLOCK_FRAMES + 1) * self._sample_s
        self._out = pyo.SDelay_base(last, 0.0, longest_s, mul=mul)
        self._plays = [part.play for part in self._parts]
        self._stops = [part.stop for part in (*self._parts, self._out)]
        self._set_time, self._set_value = self.envelope.setTime, self.envelope.setValue
        self._to_bus = self._out.out
        self.stop()

    def begin(self, note: Note, attack_s: float) -> None:
        """Switch on: from the next block, `note.offset` frames late, on the bus of the note."""
        self.bus = note.bus
        self._set_time(attack_s)
        self._set_value(1.0)
        if note.offset != self._offset:
            self._offset = note.offset
            # Half a sample more: pyo cuts the fraction off.
            self._out.setDelay((note.offset + 0.5) * self._sample_s if note.offset else 0.0)
        for play in self._plays:
            play()
        self._to_bus(note.bus)

    def ramp(self, to: float, seconds: float) -> None:
        """Move the envelope from where it stands; most chains use it twice, so it sounds curved."""
        self._set_time(seconds)
        self._set_value(to)

    def settle(self) -> None:
        """Only what is held has something to settle to."""

    def cut(self, seconds: float) -> None:
        """Fade to silence whatever is going on."""
        self.ramp(_CUT_TO, seconds)

    def flush(self) -> None:
        """The sound is over: let filters run empty."""
        self.ramp(0.0, 0.0)

    def stop(self) -> None:
        """Switch every object off; idle voices cost nothing."""
        for stop in self._stops:
            stop()


class Tuned(Chain):
    """What struck and plucked things share: bends, glides, and a waver for who leans on a key."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__(sample_rate)
        self._glide: Glide | None = None
        self._lean_cents = 0.0
        self._bend_cents = self._pressure = self._leaned = 0.0

    def attune(self, glide: Glide | None, lean_cents: float) -> None:
        """Begin a note: in tune but for its glide, and not leaned on."""
        self._glide = glide
        self._lean_cents = lean_cents
        self._bend_cents = self._pressure = self._leaned = 0.0
        self.moving = glide is not None

    def retune(self, cents: float) -> None:
        """Sound `cents` beside the note. Each kind does it in its own way."""
        raise NotImplementedError

    def bend(self, cents: float) -> None:
        """Bend to `cents` from where the note began."""
        self._bend_cents = cents
        if not self.moving:
            self.retune(cents)

    def press(self, amount: float) -> None:
        """Lean: the pitch wavers, as a finger rocks on a string."""
        self._pressure = amount
        self.moving = True

    def tick(self, age_s: float) -> None:
        """Glide and waver, some hundred times a second."""
        self._leaned += 0.1 * (self._pressure - self._leaned)
        cents = self._bend_cents
        if self._glide is not None:
            cents += glide_cents(self._glide, age_s)
        if self._leaned > 0.001:
            waver = math.sin(2.0 * math.pi * _LEAN_HZ * age_s)
            cents += self._lean_cents * self._leaned * waver
        self.retune(cents)


def glide_cents(glide: Glide, age_s: float) -> float:
    """How far beside its note a gliding pitch is at some age, in cents."""
    since_s = max(0.0, age_s - glide.after_s)
    return 100.0 * glide.semitones * math.exp(-since_s / glide.settle_s)


def run_empty(resonance: Any) -> None:
    """Make a pyo resonance so wide and high that it forgets what it heard within a block."""
    resonance.setFreq(4000.0)
    resonance.setQ(0.5)


class Rattle:
    """A buzz beside a chain: made only when a patch wants it, from a signal that the chain has."""

    def __init__(self, sources: list[Any]) -> None:
        self._sum = pyo.Mix_base(sources)
        self._bent = pyo.Disto_base(self._sum, 0.9, 0.0)
        self.out = pyo.Resonx_base(self._bent, 1800.0, 1.0, 1, mul=0.0)
        self._on = True
        self.stop()

    def begin(self, buzz: Buzz | None) -> None:
        """Switch on, if the patch buzzes at all."""
        if buzz is None:
            return
        self._bent.setDrive(buzz.drive)
        self.out.setFreq(buzz.hz)
        self.out.setQ(buzz.sharpness)
        self.out.setMul(amplitude(buzz.level_db))
        for part in (self._sum, self._bent, self.out):
            part.play()
        self._on = True

    def flush(self) -> None:
        """Let the resonance run empty at once; its chain is closed."""
        if self._on:
            run_empty(self.out)

    def stop(self) -> None:
        """Switch off; nothing to do if it was not on."""
        if self._on:
            self._on = False
            for part in (self._sum, self._bent, self.out):
                part.stop()
