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
_SILENT = 1e-7


class Reverb:
    """One mono send in, two channels out; blocks of BLOCK_FRAMES."""

    def __init__(self, sample_rate: int) -> None:
        rng = np.random.default_rng(11)
        spread = np.linspace(0.0, 1.0, _LINES) + rng.uniform(-0.02, 0.02, _LINES)
        seconds = _SHORTEST_S * (_LONGEST_S / _SHORTEST_S) ** np.clip(spread, 0.0, 1.0)
        delays = np.array([_prime_from(int(s * sample_rate)) for s in seconds])
        self._size = 1 << int(np.ceil(np.log2(delays.max() + 2 * BLOCK_FRAMES + 2)))
        keep = 10.0 ** (-3.0 * delays / (RING_S * sample_rate))
        hadamard = np.array([[1.0]])
        while hadamard.shape[0] < _LINES:
            hadamard = np.block([[hadamard, hadamard], [hadamard, -hadamard]])
        self._feedback = (hadamard / np.sqrt(_LINES) * keep).astype(np.float32)
        signs = rng.choice((-1.0, 1.0), (2, _LINES))
        self._listen = (signs / np.sqrt(_LINES)).astype(np.float32)
        self._inject = rng.choice((-1.0, 1.0), (_LINES, 1)).astype(np.float32)
        self._early = _velvet_weights(rng)
        # One more frame at both ends of a line's block: the damping looks at neighbours.
        frames = np.arange(-1, BLOCK_FRAMES + 1)
        self._line_base = self._size * np.arange(_LINES)[:, None]
        self._line_frame = frames - delays[:, None]
        taps = _velvet_taps(rng, int(_EARLY_S * sample_rate))
        self._tap_frame = np.arange(BLOCK_FRAMES) - taps[:, None]
        self._line_index = np.empty_like(self._line_frame)
        self._tap_index = np.empty_like(self._tap_frame)
        self._lines = np.zeros((_LINES, self._size), dtype=np.float32)
        self._sent = np.zeros(self._size, dtype=np.float32)
        self._read = np.empty((_LINES, BLOCK_FRAMES + 2), dtype=np.float32)
        self._tapped = np.empty((taps.size, BLOCK_FRAMES), dtype=np.float32)
        self._silence = np.zeros((BLOCK_FRAMES, 2), dtype=np.float32)
        self._at = 0
        self._quiet_blocks = self._size  # nothing in the lines yet

    def reset(self) -> None:
        """Forget everything: silence from here."""
        self._lines[:] = 0.0
        self._sent[:] = 0.0
        self._quiet_blocks = self._size

    def process(self, send: _Floats) -> _Floats:
        """The room's answer to a block of the send, shape (BLOCK_FRAMES, 2)."""
        at, mask = self._at, self._size - 1
        self._at = (at + BLOCK_FRAMES) & mask
        heard = bool(np.max(np.abs(send)) > _SILENT)
        if not heard and self._quiet_blocks * BLOCK_FRAMES >= self._size:
            return self._silence
        self._sent[at : at + BLOCK_FRAMES] = send
        np.add(self._tap_frame, at, out=self._tap_index)
        np.bitwise_and(self._tap_index, mask, out=self._tap_index)
        np.take(self._sent, self._tap_index, out=self._tapped, mode="clip")
        early = self._early @ self._tapped
        np.add(self._line_frame, at, out=self._line_index)
        np.bitwise_and(self._line_index, mask, out=self._line_index)
        np.add(self._line_index, self._line_base, out=self._line_index)
        np.take(self._lines.reshape(-1), self._line_index, out=self._read, mode="clip")
        late = self._read[:, :-2] + self._read[:, 2:]
        late *= np.float32(_HIGHS / 2.0)
        late += self._read[:, 1:-1] * np.float32(1.0 - _HIGHS)
        into = self._feedback @ late
        into += self._inject * early[2]
        self._lines[:, at : at + BLOCK_FRAMES] = into
        quiet = not heard and bool(np.max(np.abs(late)) < _SILENT)
        self._quiet_blocks = self._quiet_blocks + 1 if quiet else 0
        if quiet and self._quiet_blocks * BLOCK_FRAMES >= self._size:
            self.reset()
        return np.asarray((early[:2] + self._listen @ late).T)


def _velvet_taps(rng: np.random.Generator, longest: int) -> npt.NDArray[np.int64]:
    """One tap at a random place in each of equal stretches, for each of three outputs."""
    edges = np.linspace(64, longest, _EARLY_TAPS + 1)
    return np.concatenate(
        [rng.uniform(edges[:-1], edges[1:]).astype(np.int64) for _ in range(3)]
    )


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
    number = max(number, BLOCK_FRAMES + 3)
    while any(number % d == 0 for d in range(2, int(number**0.5) + 1)):
        number += 1
    return number
