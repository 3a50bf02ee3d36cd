"""Recursive filters, worked out for a whole block as one matrix product.

A linear filter's outputs and next state are a matrix times its state and inputs. NumPy has no
cheap recursion from sample to sample, but a product of 70 by 70 numbers costs two microseconds.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES

_Real = npt.NDArray[np.floating]


class Biquad(NamedTuple):
    """A second-order section; a0 is 1."""

    b0: float
    b1: float
    b2: float
    a1: float
    a2: float


class BlockFilter:
    """A chain of second-order sections over blocks of shape (frames, channels)."""

    def __init__(
        self,
        sections: Sequence[Biquad],
        channels: int,
        frames: int = BLOCK_FRAMES,
        dtype: type[np.float32] | type[np.float64] = np.float32,
    ) -> None:
        self._states = 2 * len(sections)
        self._matrix = _matrix_of(sections, frames).astype(dtype)
        size = self._states + frames
        self._given: _Real = np.zeros((size, channels), dtype)
        self._made: _Real = np.zeros((size, channels), dtype)

    def reset(self) -> None:
        """Forget what came before."""
        self._given[: self._states] = 0.0

    def process(self, block: _Real) -> _Real:
        """The filtered block; valid until the next call."""
        states = self._states
        self._given[states:] = block
        np.matmul(self._matrix, self._given, out=self._made)
        self._given[:states] = self._made[:states]
        return self._made[states:]


def low_cut(cutoff_hz: float, sample_rate: int) -> Biquad:
    """A first-order high-pass; nowhere is more than 0 dB."""
    r = math.exp(-2.0 * math.pi * cutoff_hz / sample_rate)
    gain = (1.0 + r) / 2.0
    return Biquad(gain, -gain, 0.0, -r, 0.0)


def high_cut(cutoff_hz: float, sample_rate: int) -> Biquad:
    """A first-order low-pass; nowhere is more than 0 dB."""
    r = math.exp(-2.0 * math.pi * cutoff_hz / sample_rate)
    return Biquad(1.0 - r, 0.0, 0.0, -r, 0.0)


def _matrix_of(sections: Sequence[Biquad], frames: int) -> npt.NDArray[np.float64]:
    """Column by column: what one state, or one sample, of size 1 makes of the block after it.

    Rows and columns: the states first (direct form II, transposed), then the frames.
    """
    states = 2 * len(sections)
    size = states + frames
    made = np.eye(size)
    memory, signal = made[:states].copy(), made[states:].copy()
    for frame in range(frames):
        x = signal[frame]
        for index, (b0, b1, b2, a1, a2) in enumerate(sections):
            first, second = memory[2 * index], memory[2 * index + 1]
            y = b0 * x + first
            memory[2 * index] = b1 * x - a1 * y + second
            memory[2 * index + 1] = b2 * x - a2 * y
            x = y
        signal[frame] = x
    return np.concatenate([memory, signal])
