"""One recorded loop: its samples, and where they come from until they are all there.

A loop must sound in the very block in which it is closed, while its end is still on its way through
the driver. So a clip is read out of the microphone's ring, frame by frame, until a worker has
copied it; nothing in a block waits or allocates more than the block.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jamroom.engine.base import Block
from jamroom.engine.microphone import Microphone
from jamroom.engine.stretching import fade_in, seam_frames

NEAR_FRAMES = 2
"""Lengths this near are the same: a pass of 96.3 bpm has now a frame more, now a frame less."""


class Origin(NamedTuple):
    """Where a clip is cut from: `length` frames of the ring, `at` frames into `onto`."""

    microphone: Microphone
    ring_frame: int
    length: int
    at: int = 0
    onto: ClipSound | None = None


class ClipSound:
    """A clip of exactly `frames` frames, and some milliseconds after them for the seam."""

    def __init__(
        self,
        number: int,
        frames: int,
        sample_rate: int,
        origin: Origin | None = None,
        samples: Block | None = None,
    ) -> None:
        self.number = number
        self.frames = frames
        self.sample_rate = sample_rate
        self.seam = seam_frames(sample_rate)
        self.origin = origin
        self.samples: Block | None = None
        self.head: Block | None = None
        self._rise = fade_in(self.seam)
        if samples is not None:
            self.complete(samples)

    def complete(self, samples: Block) -> None:
        """All of it is there: float32, shape (frames + seam,). `head` is its start in a seam."""
        if 2 * self.seam <= len(samples):
            beyond = samples[self.frames : self.frames + self.seam]
            self.head = samples[: self.seam] * self._rise + beyond * self._rise[::-1]
        self.samples = samples
        self.origin = None

    @property
    def size(self) -> int:
        """Bytes of it."""
        return 4 * (self.frames + self.seam)

    @property
    def arrived(self) -> bool:
        """True when all of it has come in at the microphone."""
        if self.origin is None:
            return True
        return self.origin.microphone.end >= self.origin.ring_frame + self.origin.length + self.seam

    def read(self, at: int, count: int) -> Block:
        """`count` of its frames from `at` on (0 <= at, at + count <= frames + seam).

        May be a view of what the room goes on to use: add it to something, don't keep it.
        """
        if self.samples is not None:
            return self.samples[at : at + count]
        origin = self.origin
        if origin is None:
            return np.zeros(count, np.float32)
        if origin.onto is None:
            return origin.microphone.read(origin.ring_frame + at, count)
        out = origin.onto.read(at, count).copy()
        self._lay_over(out, at, origin)
        return out

    def _lay_over(self, out: Block, at: int, origin: Origin) -> None:
        """Add what was overdubbed to `out`, which holds the frames of the old clip from `at` on.

        At the loop's own ends the player crossfades; elsewhere a new sound comes and goes softly.
        """
        seam = self.seam
        from_start = origin.at <= NEAR_FRAMES
        to_end = origin.at + origin.length >= self.frames - NEAR_FRAMES
        first, last = origin.at, min(self.frames + seam, origin.at + origin.length + seam)
        begin, end = max(at, first), min(at + len(out), last)
        if begin >= end:
            return
        new = origin.microphone.read(origin.ring_frame + begin - first, end - begin)
        if not from_start and begin < first + seam:
            new = new * _part(self._rise, begin - first, end - first)
        if not to_end and end > last - seam:
            fall = _part(self._rise, last - end, last - begin)
            new = new * fall[::-1]
        out[begin - at : end - at] += new


def _part(rise: Block, begin: int, end: int) -> Block:
    """Frames `begin` to `end` of a rise that stays at 1 when it is over."""
    part: Block = np.ones(end - begin, np.float32)
    rising = rise[begin:end]
    part[: len(rising)] = rising
    return part
