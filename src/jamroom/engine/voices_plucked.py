"""Plucked voices: one period of a pluck, loaded into a tuned loop."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.patches import amplitude, between, touch
from jamroom.engine.pyo_import import pyo
from jamroom.engine.ready import Ready
from jamroom.engine.sounds import Plucked
from jamroom.engine.voice_chain import (
    MIDDLE_C_HZ,
    TAIL_T60,
    TAU_OF_T60,
    TOUCH_GAINS,
    Note,
    Rattle,
    Tuned,
    run_empty,
)

PLUCK_PARTIALS = (6, 12, 24, 48, 96, 192)
"""How many partials there are plucks with; a note takes the richest one it has room for."""

_LOWEST_STRING_HZ = 25.0
_BRIGHTEST_HZ = 16000.0


class _Recipe(msgspec.Struct, frozen=True):
    """What a string is set to for one pitch of a patch."""

    table: Any
    ring_s: float
    track: float  # how much brighter than at middle C


class PluckedVoice(Tuned):
    """Velocity is how bright the pluck is; the tone settles as it rings."""

    def __init__(self, period: Any, sample_rate: int) -> None:
        super().__init__(sample_rate)
        self._rate = sample_rate
        self._pluck = self.part(pyo.TableRead_base(period, 220.0, 0, 4))
        self._string = self.part(pyo.Waveguide_base(self._pluck, 220.0, 1.0, _LOWEST_STRING_HZ))
        # The loop speaks one period late; the pluck itself fills that period.
        both = self.part(pyo.Mix_base([self._pluck, self._string]))
        self._tone = self.part(pyo.ButLP_base(both, 2000.0, mul=self.envelope))
        self._body = [pyo.Resonx_base(self._tone, 200.0, 4.0, 1, mul=0.0) for _ in range(2)]
        self._bodies = 2
        self._rattle = Rattle([self._tone])
        mix = self.part(pyo.Mix_base([self._tone, *self._body, self._rattle.out]))
        self.flush_blocks = 4 + math.ceil(sample_rate / _LOWEST_STRING_HZ / BLOCK_FRAMES)
        self._of: Ready | None = None
        self._hz = 220.0
        self._damp_s = 0.1
        self._cutoffs = (700.0, 5000.0, 0.5)
        self._settling = False
        self.finish(mix, self.envelope)

    def start(self, ready: Ready, note: Note) -> float:
        """Pluck."""
        sound = ready.patch.sound
        assert isinstance(sound, Plucked)
        recipe = ready.recipe(note.hz, self._work_out)
        if ready is not self._of:
            self._take_body(ready, sound)
        self.level = ready.gain * TOUCH_GAINS[note.velocity]
        self.tau_s = recipe.ring_s * TAU_OF_T60
        hz = self._hz = max(note.hz, _LOWEST_STRING_HZ)
        self._pluck.setTable(recipe.table)
        self._pluck.setFreq(hz)
        self._pluck.setMul(self.level)
        self._string.setFreq(hz)
        self._string.setDur(recipe.ring_s * 2.0 / 3.0)  # pyo counts to -40 dB
        self._brighten(sound, between(sound.bright_hz, touch(note.velocity)), recipe.track)
        self.attune(sound.glide, sound.lean_cents)
        if self.moving:
            super().tick(0.0)
        self.moving = True
        self._rattle.begin(sound.buzz)
        for part in self._body[: self._bodies]:
            part.play()
        self.begin(note, 0.0)
        return recipe.ring_s * TAIL_T60

    def _brighten(self, sound: Plucked, bright_hz: float, track: float) -> None:
        top = min(bright_hz * track, _BRIGHTEST_HZ)
        self._cutoffs = (min(top, sound.dark_hz * track), top, sound.darken_s)
        self._tone.setFreq(min(max(top, self._hz * 1.5), self._top_hz))
        self._settling = True

    def _take_body(self, ready: Ready, sound: Plucked) -> None:
        self._of = ready
        for part, body in zip(self._body, sound.body, strict=False):
            part.setFreq(body.hz)
            part.setQ(body.sharpness)
            part.setMul(amplitude(body.level_db))
        self._bodies = len(sound.body)
        self._damp_s = sound.damp_s

    def _work_out(self, ready: Ready, hz: float) -> _Recipe:
        sound = ready.patch.sound
        assert isinstance(sound, Plucked)
        hz = max(hz, _LOWEST_STRING_HZ)
        room_for = 0.4 * self._rate / hz
        fitting = [count for count in PLUCK_PARTIALS if count <= room_for]
        octaves = math.log2(hz / MIDDLE_C_HZ)
        return _Recipe(
            table=ready.tables.at(max(fitting, default=PLUCK_PARTIALS[0])),
            ring_s=sound.ring_s * sound.ring_per_octave**octaves,
            track=math.sqrt(max(0.5, hz / MIDDLE_C_HZ)),
        )

    def tick(self, age_s: float) -> None:
        """Highs die first, the more so as the string rings on."""
        if self._settling:
            dark, bright, tau_s = self._cutoffs
            share = math.exp(-age_s / tau_s)
            cutoff = max(dark + (bright - dark) * share, self._hz * 1.5)
            self._tone.setFreq(min(cutoff, self._top_hz))
            self._settling = share > 0.01
        if self._glide is not None or self._pressure or self._leaned > 0.001:
            super().tick(age_s)
        else:
            self.moving = self._settling

    def let_go(self) -> float | None:
        """A finger on the string."""
        self.ramp(0.0, self._damp_s)
        return self._damp_s

    def bend(self, cents: float) -> None:
        """Pull the string aside."""
        self._bend_cents = cents
        self.retune(cents)

    def retune(self, cents: float) -> None:
        """Make the string shorter or longer."""
        hz = self._hz * 2.0 ** (cents / 1200.0)
        self._string.setFreq(min(max(_LOWEST_STRING_HZ, hz), self._top_hz))

    def flush(self) -> None:
        """Run the loop empty: all of its memory must pass by once."""
        super().flush()
        self._string.setDur(0.001)
        for part in self._body[: self._bodies]:
            run_empty(part)
        self._rattle.flush()
        self._of = None

    def stop(self) -> None:
        """Switch off, the rattle too."""
        super().stop()
        self._rattle.stop()
        for part in self._body[: self._bodies]:
            part.stop()
