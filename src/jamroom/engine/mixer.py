"""From 32 mono buses to two channels that are never suddenly loud.

Levels and pans move in ramps; the room answers softly; a DC block, a limiter and a clamp stand
last. Whatever comes in (NaN, infinities, +700 dB), every sample that leaves is finite and under
the ceiling. A bus that brings such things is silenced for that block and named in
`poisoned_buses`, so that the engine can be told to recover.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.reverb import Reverb

STANDARD_CEILING_DBFS = -6.0
HOSPITAL_CEILING_DBFS = -12.0

_SILENT_DB = -80.0  # this and anything below is silence
_LOUDEST_DB = 6.0
_SEND_DB = -10.0
_SMOOTH_S = 0.02
_FADE_IN_S = 0.4
_FADE_OUT_S = 0.03
_RELEASE_S = 0.25
_KNEE = 0.75  # share of the ceiling above which the knee bends
_DC_HZ = 8.0
_SEND_LOW_CUT_HZ = 140.0
_PEAK_FALL_DB_PER_S = 24.0
_POISON = 64.0  # +36 dBFS on one bus is no music
_TINY = 1e-15  # below it numbers become denormal, and slow
_SURELY_WELL = _POISON**2

_Floats = npt.NDArray[np.float32]


class Mixer:
    """One call of `mix` a block. Called from one thread only."""

    def __init__(self, sample_rate: int, ceiling_dbfs: float = STANDARD_CEILING_DBFS) -> None:
        self._block_s = BLOCK_FRAMES / sample_rate
        self._ceiling = _under(10.0 ** (ceiling_dbfs / 20.0))
        self._level_db = np.zeros(BUSES)
        self._send_db = np.full(BUSES, _SEND_DB)
        self._pan = np.array([_seat_pan(bus) for bus in range(BUSES)])
        # Columns: left, right, send to the room.
        self._gain = np.stack([self._goal_of(bus) for bus in range(BUSES)])
        self._goal = self._gain.copy()
        self._step = np.zeros_like(self._gain)
        self._ramp_blocks = np.zeros(BUSES, dtype=np.int64)
        self._moving = 0  # blocks until every ramp has ended
        self._ramp = np.linspace(0.0, 1.0, BLOCK_FRAMES + 1, dtype=np.float32)[1:, None]
        self._room, self._room_goal, self._room_step = 1.0, 1.0, 0.0
        self._fade, self._fade_step = 0.0, self._block_s / _FADE_IN_S
        self._limit = 1.0
        self._release = 1.0 - math.exp(-self._block_s / _RELEASE_S)
        self._reverb = Reverb(sample_rate)
        self._dc_block = _LowCut(_DC_HZ, sample_rate, channels=2)
        self._send_cut = _LowCut(_SEND_LOW_CUT_HZ, sample_rate, channels=1)
        self._peak = 0.0
        self._peak_fall = 10.0 ** (-_PEAK_FALL_DB_PER_S * self._block_s / 20.0)
        self._poisoned: tuple[int, ...] = ()

    # -- what people set ----------------------------------------------------------------------

    def set_level(self, bus: int, level_db: float) -> None:
        """Level of a bus: -80 dB or less is silence, at most +6. NaN changes nothing."""
        if not math.isnan(level_db):
            self._level_db[bus] = min(_LOUDEST_DB, max(_SILENT_DB, level_db))
            self._aim(bus)

    def set_pan(self, bus: int, pan: float) -> None:
        """Place of a bus: -1 is left, 1 is right. NaN changes nothing."""
        if not math.isnan(pan):
            self._pan[bus] = min(1.0, max(-1.0, pan))
            self._aim(bus)

    def set_send(self, bus: int, send_db: float) -> None:
        """How much of a bus goes into the room's air; -80 dB or less is none."""
        if not math.isnan(send_db):
            self._send_db[bus] = min(0.0, max(_SILENT_DB, send_db))
            self._aim(bus)

    def set_room_level(self, level_db: float) -> None:
        """Level of everything: -80 dB or less is silence, at most +6. NaN changes nothing."""
        if math.isnan(level_db):
            return
        self._room_goal = _factor(min(_LOUDEST_DB, max(_SILENT_DB, level_db)))
        up = self._room < 1e-3 < self._room_goal
        seconds = _FADE_IN_S if up else _SMOOTH_S
        self._room_step = (self._room_goal - self._room) * self._block_s / seconds

    def fade_from_silence(self) -> None:
        """Start at nothing and come in over 400 ms: after a restart or when a host comes back."""
        self._fade, self._fade_step = 0.0, self._block_s / _FADE_IN_S

    def silence(self) -> None:
        """Fade everything to nothing within 50 ms, empty the room's air, then fade in again."""
        self._fade_step = -self._block_s / _FADE_OUT_S

    # -- what people read ---------------------------------------------------------------------

    @property
    def peak_dbfs(self) -> float:
        """The meter: the highest peak, falling 24 dB a second; -120 when silent."""
        return 20.0 * math.log10(max(self._peak, 1e-6))

    @property
    def ceiling(self) -> float:
        """No sample leaves with a larger magnitude."""
        return self._ceiling

    @property
    def poisoned_buses(self) -> tuple[int, ...]:
        """Buses of the last block that held NaN, infinity or absurd levels and were silenced."""
        return self._poisoned

    # -- the block ----------------------------------------------------------------------------

    def mix(self, block: Block) -> _Floats:
        """Two channels, shape (BLOCK_FRAMES, 2), from a block of shape (BLOCK_FRAMES, BUSES)."""
        block = self._healthy(block)
        both = block @ self._gain
        if self._moving:
            self._gain = self._next_gain()
            both += self._ramp * (block @ self._gain - both)
        cut = self._send_cut.process(both[:, 2:])
        wet = self._reverb.process(cut[:, 0])
        mixed = self._dc_block.process(both[:, :2] + wet)
        return self._limited(self._master(mixed))

    def _healthy(self, block: Block) -> Block:
        flat = block.reshape(-1)
        with np.errstate(invalid="ignore", over="ignore"):
            if float(flat @ flat) < _SURELY_WELL:  # false for NaN
                self._poisoned = ()
                return block
            loudest = np.abs(block).max(axis=0)
            ill = ~(loudest < _POISON)
        if not ill.any():
            self._poisoned = ()
            return block
        self._poisoned = tuple(int(bus) for bus in np.flatnonzero(ill))
        return np.where(ill, np.float32(0.0), block)

    def _next_gain(self) -> _Floats:
        moving = self._ramp_blocks > 0
        self._ramp_blocks[moving] -= 1
        self._moving -= 1
        gain = self._gain + self._step * moving[:, None]
        there = self._ramp_blocks == 0
        gain[there] = self._goal[there]
        return gain

    def _master(self, mixed: _Floats) -> _Floats:
        room, fade = self._room, self._fade
        if self._room_step:
            near = abs(self._room_goal - room) <= abs(self._room_step)
            self._room = self._room_goal if near else room + self._room_step
            self._room_step = 0.0 if near else self._room_step
        if self._fade_step:
            self._fade = min(1.0, max(0.0, fade + self._fade_step))
        before, after = room * fade * fade, self._room * self._fade * self._fade
        if self._fade == 0.0 and self._fade_step < 0.0:
            self._reverb.reset()
            self._fade_step = self._block_s / _FADE_IN_S
        elif self._fade == 1.0:
            self._fade_step = 0.0
        if before == after:
            return mixed if after == 1.0 else mixed * np.float32(after)
        return mixed * (np.float32(before) + self._ramp * np.float32(after - before))

    def _limited(self, mixed: _Floats) -> _Floats:
        """A limiter that acts within one block, a soft knee for what slips by, and a clamp."""
        peak = float(np.abs(mixed).max())
        knee = self._ceiling * _KNEE
        wanted = min(1.0, knee * 1.15 / peak) if peak > 0.0 else 1.0
        before = self._limit
        self._limit = min(wanted, before + (1.0 - before) * self._release)
        if self._limit > 0.9999:
            self._limit = 1.0
        if before == self._limit == 1.0 and peak <= knee:
            self._peak = max(peak, self._peak * self._peak_fall)
            return mixed
        if before < 1.0 or self._limit < 1.0:
            down = np.float32(before) + self._ramp * np.float32(self._limit - before)
            mixed = mixed * down
        if peak * before > knee:
            size = np.abs(mixed)
            room = self._ceiling - knee
            bent = knee + room * np.tanh((size - knee) / room)
            mixed = np.where(size > knee, np.copysign(bent, mixed), mixed).astype(np.float32)
        out = np.clip(mixed, -self._ceiling, self._ceiling)
        sure = float(np.abs(out).max())
        if not sure <= self._ceiling:  # also true for NaN, which a clamp lets pass
            out = self._start_afresh()
            sure = 0.0
        self._peak = max(sure, self._peak * self._peak_fall)
        return out

    def _start_afresh(self) -> _Floats:
        self._reverb.reset()
        self._dc_block.reset()
        self._send_cut.reset()
        self._limit = 1.0
        self.fade_from_silence()
        return np.zeros((BLOCK_FRAMES, 2), dtype=np.float32)

    def _aim(self, bus: int) -> None:
        goal = self._goal_of(bus)
        up = float(self._gain[bus, :2].max()) < 1e-3 < float(goal[:2].max())
        blocks = max(1, math.ceil((_FADE_IN_S if up else _SMOOTH_S) / self._block_s))
        self._goal[bus] = goal
        self._step[bus] = (goal - self._gain[bus]) / blocks
        self._ramp_blocks[bus] = blocks
        self._moving = max(self._moving, blocks)

    def _goal_of(self, bus: int) -> _Floats:
        level = _factor(float(self._level_db[bus]))
        angle = (float(self._pan[bus]) + 1.0) * math.pi / 4.0
        send = _factor(float(self._send_db[bus]))
        middle = math.sqrt(2.0)  # the middle is 0 dB on both sides
        return np.array(
            [level * math.cos(angle) * middle, level * math.sin(angle) * middle, level * send],
            dtype=np.float32,
        )


class _LowCut:
    """A first-order high-pass, worked out for a whole block as one matrix product.

    y[n] = x[n] - x[n-1] + r y[n-1]; `_from_input` is its impulse response as a triangle.
    """

    def __init__(self, cutoff_hz: float, sample_rate: int, channels: int) -> None:
        r = math.exp(-2.0 * math.pi * cutoff_hz / sample_rate)
        n = np.arange(BLOCK_FRAMES)
        lag = n[:, None] - n[None, :]
        response = np.where(lag == 0, 1.0, (r - 1.0) * r ** np.maximum(lag - 1, 0).astype(float))
        self._from_input = np.where(lag >= 0, response, 0.0).astype(np.float32)
        self._from_past = (r ** n.astype(float))[:, None].astype(np.float32)
        self._r = np.float32(r)
        self._past = np.zeros((1, channels), dtype=np.float32)

    def reset(self) -> None:
        self._past[:] = 0.0

    def process(self, block: _Floats) -> _Floats:
        out = self._from_input @ block
        out += self._from_past * self._past
        self._past = self._r * out[-1:] - block[-1:]
        self._past[np.abs(self._past) < _TINY] = 0.0
        return np.asarray(out)


def _factor(level_db: float) -> float:
    return 0.0 if level_db <= _SILENT_DB else 10.0 ** (level_db / 20.0)


def _under(limit: float) -> float:
    """The largest 32-bit float that is not above `limit`."""
    rounded = np.float32(limit)
    return float(rounded if float(rounded) <= limit else np.nextafter(rounded, np.float32(0.0)))


def _seat_pan(bus: int) -> float:
    """Where a bus sits unless told: the first in the middle, the others around it, never far."""
    turn = (bus * 0.618034) % 1.0  # the golden ratio spreads any number of them evenly
    return 0.0 if bus == 0 else (turn - 0.5) * 1.1
