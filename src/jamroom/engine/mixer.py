"""From 32 mono buses to two channels that are never suddenly loud.

Levels, pans and sends move in ramps; the room answers softly, the echo on the beat; a DC block, a
limiter and a clamp stand last. Whatever comes in (NaN, infinities, +700 dB), every sample that
leaves is finite and under the ceiling. A bus that brings such things is silenced for that block
and named in `poisoned_buses`, so that the engine can be told to recover.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES, Block
from jamroom.engine.block_filter import BlockFilter, low_cut
from jamroom.engine.echo import Echo
from jamroom.engine.faders import FADE_IN_S, LOUDEST_DB, SILENT_DB, Faders, gain_of, ramp_of, ramp_s
from jamroom.engine.limiter import Limiter
from jamroom.engine.loudness import LoudnessMeter
from jamroom.engine.reverb import Reverb

STANDARD_CEILING_DBFS = -6.0
HOSPITAL_CEILING_DBFS = -12.0

_FADE_OUT_S = 0.03
_DC_HZ = 8.0
_SEND_LOW_CUT_HZ = 140.0
_PEAK_FALL_DB_PER_S = 24.0
_POISON = 64.0  # +36 dBFS on one bus is no music
_SURELY_WELL = _POISON**2
_INAUDIBLE = 1e-7

_Floats = npt.NDArray[np.float32]


class Mixer:
    """One call of `mix` a block. Called from one thread only; any thread may read the meters."""

    def __init__(
        self,
        sample_rate: int,
        ceiling_dbfs: float = STANDARD_CEILING_DBFS,
        frames: int = BLOCK_FRAMES,
    ) -> None:
        """`frames`, some BLOCK_FRAMES, is how much is mixed at a time: more costs less."""
        self._block_s = frames / sample_rate
        self._faders = Faders(sample_rate, frames)
        self._ramp = ramp_of(frames)
        self._room, self._room_goal, self._room_step = 1.0, 1.0, 0.0
        self._fade, self._fade_step = 0.0, self._block_s / FADE_IN_S
        self._reverb = Reverb(sample_rate, frames)
        self._echo = Echo(sample_rate, frames)
        self._send_cut = BlockFilter([low_cut(_SEND_LOW_CUT_HZ, sample_rate)], 1, frames)
        self._dc_block = BlockFilter([low_cut(_DC_HZ, sample_rate)], 2, frames)
        self._limiter = Limiter(sample_rate, ceiling_dbfs)
        self._loudness = LoudnessMeter(sample_rate, frames)
        self._silence = np.zeros((frames, 2), dtype=np.float32)
        self._resting = True  # nothing rings in any filter
        self._peak = 0.0
        self._peak_fall = 10.0 ** (-_PEAK_FALL_DB_PER_S * self._block_s / 20.0)
        self._poisoned: tuple[int, ...] = ()

    # -- what people set ----------------------------------------------------------------------

    def set_level(self, bus: int, level_db: float) -> None:
        """Level of a bus: -80 dB or less is silence, at most +6. NaN changes nothing."""
        self._faders.set_level(bus, level_db)

    def set_pan(self, bus: int, pan: float) -> None:
        """Place of a bus: -1 is left, 1 is right. NaN changes nothing."""
        self._faders.set_pan(bus, pan)

    def set_send(self, bus: int, send_db: float) -> None:
        """How much of a bus goes into the room's air; -80 dB or less is none."""
        self._faders.set_room_send(bus, send_db)

    def set_echo_send(self, bus: int, send_db: float) -> None:
        """How much of a bus goes into the echo; -80 dB or less is none. NaN changes nothing."""
        self._faders.set_echo_send(bus, send_db)

    def set_echo(self, seconds: float, feedback: float) -> None:
        """Time between repeats, and how much comes back each time (0 to 0.8).

        May be set as often as one likes: a new time is faded to. NaN changes nothing.
        """
        if not (math.isnan(seconds) or math.isnan(feedback)):
            self._echo.set(seconds, feedback)

    def set_ceiling(self, ceiling_dbfs: float) -> None:
        """What no sample may exceed, -24 to -6 dBFS; moves there at 24 dB a second."""
        if not math.isnan(ceiling_dbfs):
            self._limiter.set_ceiling(ceiling_dbfs)

    def set_room_level(self, level_db: float) -> None:
        """Level of everything: -80 dB or less is silence, at most +6. NaN changes nothing."""
        if math.isnan(level_db):
            return
        goal = gain_of(min(LOUDEST_DB, max(SILENT_DB, level_db)))
        if goal != self._room_goal:
            self._room_goal = goal
            self._room_step = (goal - self._room) * self._block_s / ramp_s(self._room, goal)

    def fade_from_silence(self) -> None:
        """Start at nothing and come in over 400 ms: after a restart or when a host comes back."""
        self._fade, self._fade_step = 0.0, self._block_s / FADE_IN_S

    def silence(self) -> None:
        """Fade everything to nothing within 50 ms, empty room and echo, then fade in again."""
        self._fade_step = -self._block_s / _FADE_OUT_S

    # -- what people read ---------------------------------------------------------------------

    @property
    def peak_dbfs(self) -> float:
        """The meter: the highest peak, falling 24 dB a second; -120 when silent."""
        return 20.0 * math.log10(max(self._peak, 1e-6))

    @property
    def loudness_lufs(self) -> float:
        """Loudness of the last three seconds (ITU-R BS.1770-4, short-term); -120 when silent."""
        return self._loudness.short_term_lufs

    @property
    def ceiling(self) -> float:
        """No sample of the last block had a larger magnitude."""
        return self._limiter.ceiling

    @property
    def poisoned_buses(self) -> tuple[int, ...]:
        """Buses of the last block that held NaN, infinity or absurd levels and were silenced."""
        return self._poisoned

    # -- the block ----------------------------------------------------------------------------

    def mix(self, block: Block) -> _Floats:
        """Two channels, shape (frames, 2), from a block of shape (frames, BUSES).

        What is returned may be the same array again and again: it is to be read, not changed.
        """
        flat = block.reshape(-1)
        power = float(np.vdot(flat, flat))  # unlike @, it never warns
        if power == 0.0 and self._resting:
            return self._rest()
        self._resting = False
        block = self._healthy(block, power)
        sums = self._faders.sums(block)
        air = self._reverb.process(self._send_cut.process(sums[:, 2:3])[:, 0])
        mixed = sums[:, :2] + air
        mixed += self._echo.process(sums[:, 3])
        out = self._heard(self._master(self._dc_block.process(mixed)))
        if power == 0.0:
            self._try_to_rest(out)
        return out

    def _healthy(self, block: Block, power: float) -> Block:
        if power < _SURELY_WELL:  # false for NaN
            self._poisoned = ()
            return block
        with np.errstate(invalid="ignore", over="ignore"):
            ill = ~(np.abs(block).max(axis=0) < _POISON)
        self._poisoned = tuple(int(bus) for bus in np.flatnonzero(ill))
        return np.where(ill, np.float32(0.0), block) if self._poisoned else block

    def _master(self, mixed: _Floats) -> _Floats:
        before, after = self._move_master()
        if before == after:
            return mixed if after == 1.0 else mixed * np.float32(after)
        return mixed * (np.float32(before) + self._ramp * np.float32(after - before))

    def _move_master(self) -> tuple[float, float]:
        """The level of everything at the beginning and at the end of this block."""
        room, fade = self._room, self._fade
        if self._room_step:
            near = abs(self._room_goal - room) <= abs(self._room_step)
            self._room = self._room_goal if near else room + self._room_step
            self._room_step = 0.0 if near else self._room_step
        if self._fade_step:
            self._fade = min(1.0, max(0.0, fade + self._fade_step))
        levels = room * fade * fade, self._room * self._fade * self._fade
        if self._fade == 0.0 and self._fade_step < 0.0:
            self._empty()
            self._fade_step = self._block_s / FADE_IN_S
        elif self._fade == 1.0:
            self._fade_step = 0.0
        return levels

    def _heard(self, mixed: _Floats) -> _Floats:
        """What people hear of it: under the ceiling, and finite beyond all doubt."""
        peak = _peak_of(mixed)
        out = self._limiter.process(mixed, peak)
        if out is not mixed:
            peak = _peak_of(out)
        if not peak <= self._limiter.ceiling:  # also true for NaN, which a clamp lets pass
            out, peak = self._start_afresh(), 0.0
        self._peak = max(peak, self._peak * self._peak_fall)
        self._measure(out)
        return out

    def _measure(self, out: _Floats) -> None:
        self._loudness.measure(out)

    # -- silence ------------------------------------------------------------------------------

    def _try_to_rest(self, out: _Floats) -> None:
        """Rest when nothing came in, nothing rings, and nothing that is left can be heard."""
        if self._reverb.asleep and self._echo.asleep and _peak_of(out) < _INAUDIBLE:
            self._send_cut.reset()
            self._dc_block.reset()
            self._resting = True

    def _rest(self) -> _Floats:
        self._poisoned = ()
        self._faders.rest()
        self._move_master()
        self._limiter.rest()
        self._loudness.rest()
        self._peak *= self._peak_fall
        return self._silence

    def _empty(self) -> None:
        self._reverb.reset()
        self._echo.reset()

    def _start_afresh(self) -> _Floats:
        self._empty()
        self._dc_block.reset()
        self._send_cut.reset()
        self._limiter.reset()
        self.fade_from_silence()
        return self._silence


def _peak_of(wave: _Floats) -> float:
    return float(np.abs(wave).max())
