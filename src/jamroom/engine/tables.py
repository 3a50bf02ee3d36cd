"""Waveforms computed once for each patch: a beater's push, a pluck; what all tables share.

Everything in `tables`, `loops` and `strokes` is numpy in, numpy out, and seeded: the same patch
gives the same samples on every machine and every start.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.fft
import numpy.random  # numpy would load both when first used, and that may be inside a block
import numpy.typing as npt

from jamroom.engine.sounds import Plucked

Wave = npt.NDArray[np.float32]


def hz(note: float, a4_hz: float = 440.0) -> float:
    """Frequency of a MIDI note, fractions allowed (engine-side, so that bends stay cheap)."""
    return float(a4_hz * 2.0 ** ((note - 69.0) / 12.0))


def strike_pulse() -> Wave:
    """The push of a beater: a raised cosine whose mean is 0.5."""
    return (0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, 513)[:-1])).astype(np.float32)


def pluck_period(sound: Plucked, partials: int) -> Wave:
    """One period of a plucked string, RMS 0.25, with as many partials as the pitch can carry.

    A string pulled aside at a share p of its length has partials in proportion to sin(k pi p).
    """
    k = np.arange(1, max(2, partials + 1))
    level = np.abs(np.sin(np.pi * k * sound.pluck_at)) + 1e-3
    level *= 10.0 ** (-sound.softness_db * np.log2(k) / 20.0)
    turns = np.random.default_rng(7).uniform(-np.pi, np.pi, k.size) * sound.roughness
    spectrum = np.zeros(1024 // 2 + 1, dtype=np.complex128)
    spectrum[k] = level * np.exp(1j * (turns - np.pi / 2))
    wave = np.fft.irfft(spectrum, 1024)
    return (wave * (0.25 * math.sqrt(wave.size) / size(wave))).astype(np.float32)


def size(vector: npt.NDArray[Any]) -> float:
    """Root of the sum of squares. Not a BLAS dot: long ones start threads, and then wait."""
    return math.sqrt(float(np.sum(vector * vector)))
