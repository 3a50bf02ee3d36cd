"""What the microphone heard lately, by the room's frames.

A ring of five minutes, in memory only. A host writes into it, stamped with the room's frame; loops
are cut out of it afterwards, so recording and *keep that* are the same for sound as for notes.

A player plays to what they hear, which left the room a little while ago, and what they play comes
in a little later still: what belongs to frame F of the music lies `delay_frames` later in the ring.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from jamroom.engine.base import Block

REMEMBERED_S = 300.0
"""64 bars of 4/4 at 60 bpm are 256 s: the longest loop, and something to spare."""
MOST_OFFSET_MS = 500.0

_LOUDEST = 4.0  # what no microphone brings


class Microphone:
    """Mono, float32. Written by one host thread; anybody may read at any time.

    `room_frame` says with which frame the room's next block begins. `round_trip_frames` is set by
    the host: from the room to the ear and from the mouth back to the room, as its driver tells it.
    `offset_ms` is what people add to it by ear: more, when loops from the microphone come late.
    """

    def __init__(self, sample_rate: int, seconds: float = REMEMBERED_S) -> None:
        self.sample_rate = sample_rate
        self.room_frame: Callable[[], int] = lambda: 0
        self.round_trip_frames = 0
        self.offset_ms = 0.0
        # Zeros cost no memory until they are written to.
        self._ring: Block = np.zeros(math.ceil(seconds * sample_rate), np.float32)
        self._end = self._begin = 0

    @property
    def end(self) -> int:
        """The ring's frame after the last that came in."""
        return self._end

    @property
    def oldest(self) -> int:
        """The oldest of the ring's frames that is still there."""
        return max(self._begin, self._end - len(self._ring))

    @property
    def delay_frames(self) -> int:
        """How much later than the music a sound that belongs to it lies in the ring."""
        offset_ms = min(MOST_OFFSET_MS, max(-MOST_OFFSET_MS, self.offset_ms))
        return self.round_trip_frames + round(offset_ms * self.sample_rate / 1000.0)

    def hear(self, samples: Block, frame: int) -> None:
        """Take in what came while the room was at `frame`; what was missed since is silence.

        Hosts call this once a period, before they ask for the period's sound. NaN and infinity
        are silence, so that one wrong period of a driver cannot stay in a loop.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            power = float(samples @ samples)
        if not math.isfinite(power):
            samples = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0)
            samples = np.clip(samples, -_LOUDEST, _LOUDEST)
        if self._begin == self._end or abs(frame - self._end) >= len(self._ring):
            self._begin = self._end = frame
        elif frame > self._end:
            self._write(np.zeros(frame - self._end, np.float32))
        self._end = frame  # a clock that slipped back says the last frames again
        self._write(samples)

    def _write(self, samples: Block) -> None:
        ring, at = self._ring, self._end % len(self._ring)
        first = min(len(samples), len(ring) - at)
        ring[at : at + first] = samples[:first]
        ring[: len(samples) - first] = samples[first:]
        self._end += len(samples)

    def read(self, frame: int, count: int) -> Block:
        """`count` frames of the ring from `frame` on; what is not there (any more) is silence.

        A view where possible: copy it before the room goes on.
        """
        ring, size = self._ring, len(self._ring)
        if frame >= self.oldest and frame + count <= self._end:
            at = frame % size
            if at + count <= size:
                return ring[at : at + count]
            return np.concatenate((ring[at:], ring[: at + count - size]))
        out: Block = np.zeros(count, np.float32)
        begin, end = max(frame, self.oldest), min(frame + count, self._end)
        if begin < end:
            out[begin - frame : end - frame] = self.read(begin, end - begin)
        return out

    def forget(self) -> None:
        """Forget everything that was heard: after the microphone was switched off."""
        self._begin = self._end
        self._ring = np.zeros_like(self._ring)
