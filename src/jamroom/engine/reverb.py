"""The room's own air: a small, gentle reverberation that makes dry electronics sit together.

A feedback delay network (J.-M. Jot, 1991) of sixteen lines behind a velvet-noise burst of early
reflections. Every delay is longer than a block, so a whole block is a few matrix products and
costs a percent or two of a core. It has no randomness at run time: equal input, equal output.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES

_Floats = npt.NDArray[np.float32]

RING_S = 1.3
"""Time to fall by 60 dB."""

_LINES = 16
_EARLY_TAPS = 12  # for each of: left, right, into the network
_SHORTEST_S, _LONGEST_S = 0.019, 0.061
_EARLY_S = 0.030
_HIGHS = 0.25  # share of the highs lost at each pass, as the weight of the neighbours
_NEIGHBOURS, _ITSELF = np.float32(_HIGHS / 2.0), np.float32(1.0 - _HIGHS)
_SILENT = 1e-12  # power of a block
_INAUDIBLE = 1e-6


class Reverb:
    """One mono send in, two channels out; all blocks have `frames` frames, a power of two."""

    def __init__(self, sample_rate: int, frames: int = BLOCK_FRAMES) -> None:
        rng = np.random.default_rng(11)
        spread = np.linspace(0.0, 1.0, _LINES) + rng.uniform(-0.02, 0.02, _LINES)
        seconds = _SHORTEST_S * (_LONGEST_S / _SHORTEST_S) ** np.clip(spread, 0.0, 1.0)
        delays = np.array([_prime_from(max(int(s * sample_rate), frames + 3)) for s in seconds])
        self._size = 1 << int(np.ceil(np.log2(delays.max() + 2 * frames + 2)))
        keep = 10.0 ** (-3.0 * delays / (RING_S * sample_rate))
        hadamard = np.array([[1.0]])
        while hadamard.shape[0] < _LINES:
            hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
        self._feedback = (hadamard / np.sqrt(_LINES) * keep).astype(np.float32)
        signs = rng.choice((-1.0, 1.0), (2, _LINES))
        self._listen = (signs / np.sqrt(_LINES)).astype(np.float32)
        self._inject = rng.choice((-1.0, 1.0), (_LINES, 1)).astype(np.float32)
        self._early = _velvet_weights(rng)
        taps = _velvet_taps(rng, int(_EARLY_S * sample_rate))
        # Row 0 of the memory is what was sent, the others are the lines. Where a block reads is
        # worked out beforehand for every place the block may have in the memory.
        block = np.arange(frames)
        wide = np.arange(-1, frames + 1)  # damping looks at a frame's neighbours
        rows = self._size * np.arange(1, _LINES + 1)[:, None]
        self._read_at = [
            np.concatenate(
                [
                    (((block + at) - taps[:, None]) % self._size).ravel(),
                    (((wide + at) - delays[:, None]) % self._size + rows).ravel(),
                ]
            )
            for at in range(0, self._size, frames)
        ]
        self._memory = np.zeros((_LINES + 1, self._size), dtype=np.float32)
        self._flat = self._memory.reshape(-1)
        self._read = np.empty(self._read_at[0].size, dtype=np.float32)
        self._tapped = self._read[: taps.size * frames].reshape(taps.size, frames)
        self._heard = self._read[taps.size * frames :].reshape(_LINES, wide.size)
        self._damped = np.empty((_LINES, frames), dtype=np.float32)
        self._silence = np.zeros((frames, 2), dtype=np.float32)
        self._frames = frames
        self._block = 0
        self._asleep = self._calm = True

    @property
    def asleep(self) -> bool:
        """True when nothing rings: silence in is silence out."""
        return self._asleep

    def reset(self) -> None:
        """Forget everything: silence from here."""
        self._memory[:] = 0.0
        self._asleep = True

    def process(self, send: _Floats) -> _Floats:
        """The room's answer to a block of the send, shape (frames, 2)."""
        self._block = (self._block + 1) % len(self._read_at)
        if float(np.vdot(send, send)) > _SILENT:
            self._asleep = self._calm = False
        elif self._asleep:
            return self._silence
        at = self._block * self._frames
        self._memory[0, at : at + self._frames] = send
        np.take(self._flat, self._read_at[self._block], out=self._read, mode="clip")
        early = self._early @ self._tapped
        late = self._darker()
        self._memory[1:, at : at + self._frames] = self._feedback @ late
        self._memory[1:, at : at + self._frames] += self._inject * early[2]
        if self._block == 0:
            if self._calm and float(np.abs(self._flat).max()) < _INAUDIBLE:
                self.reset()
            self._calm = True  # until something is sent again
        return np.asarray((early[:2] + self._listen @ late).T)

    def _darker(self) -> _Floats:
        """Each frame with a little of its neighbours: highs die sooner, as in any real room."""
        heard, damped = self._heard, self._damped
        np.add(heard[:, :-2], heard[:, 2:], out=damped)
        damped *= _NEIGHBOURS
        damped += _ITSELF * heard[:, 1:-1]
        return damped


def _velvet_taps(rng: np.random.Generator, longest: int) -> npt.NDArray[np.int64]:
    """One tap at a random place in each of equal stretches, for each of three outputs."""
    edges = np.linspace(64, longest, _EARLY_TAPS + 1)
    return np.concatenate([rng.uniform(edges[:-1], edges[1:]).astype(np.int64) for _ in range(3)])


def _velvet_weights(rng: np.random.Generator) -> _Floats:
    weights = np.zeros((3, 3 * _EARLY_TAPS), dtype=np.float32)
    fall = 10.0 ** (-np.linspace(0.0, 9.0, _EARLY_TAPS) / 20.0)
    for row in range(3):
        signs = rng.choice((-1.0, 1.0), _EARLY_TAPS)
        loud = np.sqrt(np.sum(fall**2))
        share = 0.4 if row < 2 else 0.35
        weights[row, row * _EARLY_TAPS : (row + 1) * _EARLY_TAPS] = share * signs * fall / loud
    return weights


def _prime_from(number: int) -> int:
    while any(number % d == 0 for d in range(2, int(number**0.5) + 1)):
        number += 1
    return number
