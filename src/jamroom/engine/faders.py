"""The faders of the mix: level, place and two sends for each bus, always moved in ramps.

A fader that rises goes as slowly as a fade-in from silence does (0 to 1 in 400 ms), however often
it is set on the way; all other moves take 20 ms.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block

SILENT_DB = -80.0
"""This and anything below is silence."""
LOUDEST_DB = 6.0
FADE_IN_S = 0.4

_ROOM_SEND_DB = -10.0
_SMOOTH_S = 0.02

_Floats = npt.NDArray[np.float32]


class Faders:
    """From BUSES mono buses to four sums: left, right, send to the room's air, send to the echo."""

    def __init__(self, sample_rate: int, frames: int = BLOCK_FRAMES) -> None:
        self._block_s = frames / sample_rate
        self._level_db = np.zeros(BUSES)
        self._pan = np.array([_seat_pan(bus) for bus in range(BUSES)])
        self._room_db = np.full(BUSES, _ROOM_SEND_DB)
        self._echo_db = np.full(BUSES, SILENT_DB)
        self._gain = np.stack([self._goal_of(bus) for bus in range(BUSES)])
        self._goal = self._gain.copy()
        self._step = np.zeros_like(self._gain)
        self._ramp_blocks = np.zeros(BUSES, dtype=np.int64)
        self._moving = 0  # blocks until every ramp has ended
        self._ramp = ramp_of(frames)

    def set_level(self, bus: int, level_db: float) -> None:
        """Level of a bus: -80 dB or less is silence, at most +6. NaN changes nothing."""
        if not math.isnan(level_db):
            self._level_db[bus] = min(LOUDEST_DB, max(SILENT_DB, level_db))
            self._aim(bus)

    def set_pan(self, bus: int, pan: float) -> None:
        """Place of a bus: -1 is left, 1 is right, with equal power. NaN changes nothing."""
        if not math.isnan(pan):
            self._pan[bus] = min(1.0, max(-1.0, pan))
            self._aim(bus)

    def set_room_send(self, bus: int, send_db: float) -> None:
        """How much of a bus goes into the room's air; -80 dB or less is none."""
        if not math.isnan(send_db):
            self._room_db[bus] = min(0.0, max(SILENT_DB, send_db))
            self._aim(bus)

    def set_echo_send(self, bus: int, send_db: float) -> None:
        """How much of a bus goes into the echo; -80 dB or less is none."""
        if not math.isnan(send_db):
            self._echo_db[bus] = min(0.0, max(SILENT_DB, send_db))
            self._aim(bus)

    def sums(self, block: Block) -> _Floats:
        """The four sums of a block, shape (frames, 4)."""
        sums = block @ self._gain
        if self._moving:
            self._move()
            sums += self._ramp * (block @ self._gain - sums)
        return sums

    def rest(self) -> None:
        """Time for a block goes by in which nothing is sent."""
        if self._moving:
            self._move()

    def _move(self) -> None:
        moving = self._ramp_blocks > 0
        self._ramp_blocks[moving] -= 1
        self._moving -= 1
        self._gain = self._gain + self._step * moving[:, None]
        there = self._ramp_blocks == 0
        self._gain[there] = self._goal[there]

    def _aim(self, bus: int) -> None:
        goal = self._goal_of(bus)
        if np.array_equal(goal, self._goal[bus]):
            return
        now, then = (float(np.hypot(*gain[:2])) for gain in (self._gain[bus], goal))
        blocks = max(1, math.ceil(ramp_s(now, then) / self._block_s))
        self._goal[bus] = goal
        self._step[bus] = (goal - self._gain[bus]) / blocks
        self._ramp_blocks[bus] = blocks
        self._moving = max(self._moving, blocks)

    def _goal_of(self, bus: int) -> _Floats:
        level = gain_of(float(self._level_db[bus]))
        angle = (float(self._pan[bus]) + 1.0) * math.pi / 4.0
        middle = math.sqrt(2.0)  # the middle is 0 dB on both sides
        return np.array(
            [
                level * math.cos(angle) * middle,
                level * math.sin(angle) * middle,
                level * gain_of(float(self._room_db[bus])),
                level * gain_of(float(self._echo_db[bus])),
            ],
            dtype=np.float32,
        )


def gain_of(level_db: float) -> float:
    """The factor of a level; SILENT_DB and less is nothing."""
    return 0.0 if level_db <= SILENT_DB else 10.0 ** (level_db / 20.0)


def ramp_s(now: float, then: float) -> float:
    """How long a fader takes from one gain to another."""
    rise = max(0.0, 1.0 - now / then) if then > 0.0 else 0.0
    return max(_SMOOTH_S, FADE_IN_S * rise)


def ramp_of(frames: int) -> _Floats:
    """From above 0 to 1 in a block, shape (frames, 1)."""
    return np.linspace(0.0, 1.0, frames + 1, dtype=np.float32)[1:, None]


def _seat_pan(bus: int) -> float:
    """Where a bus sits unless told: the first in the middle, the others around it, never far."""
    turn = (bus * 0.618034) % 1.0  # the golden ratio spreads any number of them evenly
    return 0.0 if bus == 0 else (turn - 0.5) * 1.1
