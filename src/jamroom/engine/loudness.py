"""How loud the room is to an ear: short-term loudness by ITU-R BS.1770-4 (10/2015), annex 1.

Two channels are K-weighted (a shelf for the head, a high-pass for the ear), squared and averaged
over the last three seconds (EBU Tech 3341: "short-term"), without a gate.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.block_filter import Biquad, BlockFilter

WINDOW_S = 3.0
SILENT_LUFS = -120.0

_OFFSET_DB = -0.691
_CALM = 1e-15  # power of a block: -150 dB

# The standard prints coefficients for 48 kHz only. These are the analogue filters whose bilinear
# transforms they are, so that other rates measure the same; a test compares them with its tables.
_SHELF_HZ, _SHELF_DB, _SHELF_Q = 1681.974450955533, 3.999843853973347, 0.7071752369554196
_SHELF_MIDDLE = 0.4996667741545416  # exponent of the gain at the shelf's own frequency
_CUT_HZ, _CUT_Q = 38.13547087602444, 0.5003270373238773


class LoudnessMeter:
    """Measures every block it is shown; two channels, `frames` frames each."""

    def __init__(self, sample_rate: int, frames: int = BLOCK_FRAMES) -> None:
        self._weighting = BlockFilter(k_weighting(sample_rate), 2, frames, np.float64)
        self._power = np.zeros(round(WINDOW_S * sample_rate / frames))
        self._frames = frames
        self._place = 0
        self._calm = True

    def measure(self, block: npt.NDArray[np.float32]) -> None:
        """Take in a block that is heard, shape (frames, 2)."""
        weighted = self._weighting.process(block).reshape(-1)
        self._note(float(weighted @ weighted))

    def rest(self) -> None:
        """Take in a block of silence."""
        self._weighting.reset()
        self._note(0.0)

    def _note(self, power: float) -> None:
        self._power[self._place] = power if power > _CALM else 0.0
        self._place = (self._place + 1) % len(self._power)

    @property
    def short_term_lufs(self) -> float:
        """Loudness of the last three seconds; -120 when silent. Any thread may ask."""
        mean = float(self._power.sum()) / (len(self._power) * self._frames)
        return max(SILENT_LUFS, _OFFSET_DB + 10.0 * math.log10(max(mean, 1e-13)))


def k_weighting(sample_rate: int) -> tuple[Biquad, Biquad]:
    """The standard's two filters, in its order, for any sample rate."""
    k = math.tan(math.pi * _SHELF_HZ / sample_rate)
    high = 10.0 ** (_SHELF_DB / 20.0)
    middle = high**_SHELF_MIDDLE
    norm = 1.0 + k / _SHELF_Q + k * k
    shelf = Biquad(
        (high + middle * k / _SHELF_Q + k * k) / norm,
        2.0 * (k * k - high) / norm,
        (high - middle * k / _SHELF_Q + k * k) / norm,
        2.0 * (k * k - 1.0) / norm,
        (1.0 - k / _SHELF_Q + k * k) / norm,
    )
    # The standard's numerator is 1, -2, 1, and its offset of -0.691 dB counts on that; at another
    # rate it is scaled so that the filter lets through as much as at 48 kHz.
    k, norm = _cut_norm(sample_rate)
    pass_gain = _cut_norm(48_000)[1] / norm
    cut = Biquad(
        pass_gain,
        -2.0 * pass_gain,
        pass_gain,
        2.0 * (k * k - 1.0) / norm,
        (1.0 - k / _CUT_Q + k * k) / norm,
    )
    return shelf, cut


def _cut_norm(sample_rate: int) -> tuple[float, float]:
    k = math.tan(math.pi * _CUT_HZ / sample_rate)
    return k, 1.0 + k / _CUT_Q + k * k
