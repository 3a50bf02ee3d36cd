"""The echo: what was sent comes back on the beat, a little softer and darker each time.

Repeats move softly from side to side. They are held in two lines: their middle, and their
side, whose sign turns at every repeat. Low and high ends are cut before each repeat, and what
is written never exceeds full scale, so nothing can build up. A new time is faded to, never
glided to: a gliding delay would bend the pitch of everything in it.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.block_filter import BlockFilter, high_cut, low_cut
from jamroom.engine.faders import ramp_of

SHORTEST_S, LONGEST_S = 0.06, 4.0
MOST_FEEDBACK = 0.8

_LOW_CUT_HZ, _HIGH_CUT_HZ = 180.0, 3_800.0
_WIDTH = 0.65  # 0: all repeats in the middle; 1: each quite on one side
_FADE_FRAMES = 3072  # from one time to another: 64 ms at 48 kHz
_FEEDBACK_STEP = 0.02 / 64  # of feedback, a frame
_INAUDIBLE = 1e-12  # power of a block: below -135 dBFS
_FULL = 1.0

_Floats = npt.NDArray[np.float32]


class Echo:
    """One mono send in, two channels out; all blocks have `frames` frames."""

    def __init__(self, sample_rate: int, frames: int = BLOCK_FRAMES) -> None:
        self._rate = sample_rate
        self._frames = frames
        self._size = (math.ceil(LONGEST_S * sample_rate / frames) + 2) * frames
        # The first block is kept again behind the last: a block can be read across the end.
        self._memory = np.zeros((self._size + frames, 2), dtype=np.float32)
        self._filter = BlockFilter(
            [low_cut(_LOW_CUT_HZ, sample_rate), high_cut(_HIGH_CUT_HZ, sample_rate)], 2, frames
        )
        self._at = 0
        self._written = 0  # frames since the memory was last empty
        self._last_loud = 0  # frames since something was written that can be heard
        self._delay = self._next = self._goal = round(0.5 * sample_rate)
        self._fade = 0  # frames left until `_next` has taken over from `_delay`
        self._feedback = self._feedback_goal = 0.35
        self._turn = np.array([1.0, -1.0], dtype=np.float32)
        loud = (1.0 + _WIDTH**2) ** -0.5
        self._spread = np.array([[loud, loud], [loud * _WIDTH, -loud * _WIDTH]], dtype=np.float32)
        self._ramp = ramp_of(frames)
        self._silence = np.zeros((frames, 2), dtype=np.float32)

    @property
    def asleep(self) -> bool:
        """True when nothing is in it: silence in is silence out."""
        return self._written == 0

    def set(self, seconds: float, feedback: float) -> None:
        """Repeat after `seconds`, `feedback` of it each time; out of range is brought into it.

        A time too long for the memory is halved until it fits, so it stays on the beat.
        """
        seconds = min(16.0 * LONGEST_S, max(SHORTEST_S, seconds))
        while seconds > LONGEST_S:
            seconds /= 2.0
        self._goal = round(seconds * self._rate)
        self._feedback_goal = min(MOST_FEEDBACK, max(0.0, feedback))
        if self.asleep:
            self._delay = self._next = self._goal
            self._feedback, self._fade = self._feedback_goal, 0

    def reset(self) -> None:
        """Forget everything: silence from here."""
        self._written = self._last_loud = 0
        self._filter.reset()

    def process(self, send: _Floats) -> _Floats:
        """The repeats that fall into this block, shape (frames, 2)."""
        sent = float(send.dot(send)) > _INAUDIBLE
        if self.asleep:
            if not sent:
                return self._silence
            self._write(self._silence, False)  # a repeat may begin within a block
        heard = self._heard()
        given = heard * (self._turn * self._loop_gain())
        given += send[:, None]
        filtered = self._filter.process(given)
        flat = filtered.reshape(-1)
        power = float(flat.dot(flat))
        if not power < _FULL:  # only then can a sample be too large; also true for NaN
            np.nan_to_num(np.clip(filtered, -_FULL, _FULL, out=filtered), copy=False)
        self._write(filtered, power > _INAUDIBLE)
        return heard @ self._spread

    def _heard(self) -> _Floats:
        if not self._fade and self._delay != self._goal:
            self._next, self._fade = self._goal, _FADE_FRAMES
        heard = self._read(self._delay)
        if self._fade:
            gone = np.float32(_FADE_FRAMES - self._fade)
            share = (gone + self._ramp * np.float32(self._frames)) / np.float32(_FADE_FRAMES)
            heard = heard + share * (self._read(self._next) - heard)
            self._fade -= self._frames
            if not self._fade:
                self._delay = self._next
        return heard

    def _read(self, delay: int) -> _Floats:
        if self._written < delay:  # older than all that was written
            return self._silence
        start = (self._at - delay) % self._size
        return self._memory[start : start + self._frames]

    def _loop_gain(self) -> _Floats | np.float32:
        before = self._feedback
        if before == self._feedback_goal:
            return np.float32(before)
        most = _FEEDBACK_STEP * self._frames
        way = self._feedback_goal - before
        close = abs(way) <= most
        self._feedback = self._feedback_goal if close else before + math.copysign(most, way)
        return np.float32(before) + self._ramp * np.float32(self._feedback - before)

    def _write(self, block: _Floats, loud: bool) -> None:
        memory, at = self._memory, self._at
        memory[at : at + self._frames] = block if loud else 0.0
        if at == 0:
            memory[self._size :] = memory[: self._frames]
        self._at = (at + self._frames) % self._size
        self._written = min(self._size, self._written + self._frames)
        self._last_loud = 0 if loud else self._last_loud + self._frames
        if self._last_loud > max(self._delay, self._next, self._goal) + self._frames:
            self.reset()
