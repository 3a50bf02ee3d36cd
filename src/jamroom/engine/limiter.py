"""The last word: no sample leaves above the ceiling, whatever comes in."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.faders import ramp_of

SOFTEST_CEILING_DBFS, LOUDEST_CEILING_DBFS = -24.0, -6.0

_RELEASE_S = 0.25
_KNEE = 0.75  # share of the ceiling above which the knee bends
_CEILING_DB_PER_S = 24.0

_Floats = npt.NDArray[np.float32]


class Limiter:
    """Turns down within one block, bends what slips by, and clamps the rest."""

    def __init__(self, sample_rate: int, ceiling_dbfs: float) -> None:
        block_s = BLOCK_FRAMES / sample_rate
        self.ceiling = self._goal = _ceiling_of(ceiling_dbfs)
        self._glide = 10.0 ** (_CEILING_DB_PER_S * block_s / 20.0)
        self._gain = 1.0
        self._release = 1.0 - math.exp(-block_s / _RELEASE_S)
        self._ramp = ramp_of(BLOCK_FRAMES)

    def set_ceiling(self, ceiling_dbfs: float) -> None:
        """Where the ceiling is to be, -24 to -6 dBFS: it moves there at 24 dB a second."""
        self._goal = _ceiling_of(ceiling_dbfs)

    def rest(self) -> None:
        """BLOCK_FRAMES of silence go by."""
        self._turn_down_for(0.0)

    def reset(self) -> None:
        """Let go at once: what comes next is silence."""
        self._gain = 1.0

    def process(self, mixed: _Floats, peak: float) -> _Floats:
        """The block under the ceiling; `peak` is its largest magnitude. NaN may pass.

        It has one or more BLOCK_FRAMES frames; each such part is turned down by itself.
        """
        if self._gain == 1.0 and self.ceiling == self._goal and peak <= self.ceiling * _KNEE:
            return mixed
        parts = len(mixed) // BLOCK_FRAMES
        peaks = [peak] if parts == 1 else np.abs(mixed).reshape(parts, -1).max(axis=1).tolist()
        before = [self._turn_down_for(part) for part in peaks]
        gains = np.array([*before, self._gain], dtype=np.float32)
        if not (gains == 1.0).all():
            down = gains[:-1] + self._ramp * (gains[1:] - gains[:-1])
            mixed = mixed * down.T.reshape(-1, 1)
        knee = self.ceiling * _KNEE
        if max(part * gain for part, gain in zip(peaks, before, strict=True)) > knee:
            size = np.abs(mixed)
            room = self.ceiling - knee
            bent = knee + room * np.tanh((size - knee) / room)
            mixed = np.where(size > knee, np.copysign(bent, mixed), mixed).astype(np.float32)
        return np.clip(mixed, -self.ceiling, self.ceiling)

    def _turn_down_for(self, peak: float) -> float:
        """Carry ceiling and gain on by a block; returns the gain before it."""
        if self.ceiling > self._goal:
            self.ceiling = max(self._goal, _under(self.ceiling / self._glide))
        elif self.ceiling < self._goal:
            self.ceiling = min(self._goal, _under(self.ceiling * self._glide))
        knee = self.ceiling * _KNEE
        before = self._gain
        wanted = min(1.0, knee * 1.15 / peak) if peak > 0.0 else 1.0
        self._gain = min(wanted, before + (1.0 - before) * self._release)
        if self._gain > 0.9999:
            self._gain = 1.0
        return before


def _ceiling_of(dbfs: float) -> float:
    """The largest 32-bit float that is not above a level."""
    return _under(10.0 ** (min(LOUDEST_CEILING_DBFS, max(SOFTEST_CEILING_DBFS, dbfs)) / 20.0))


def _under(limit: float) -> float:
    rounded = np.float32(limit)
    return float(rounded if float(rounded) <= limit else np.nextafter(rounded, np.float32(0.0)))
