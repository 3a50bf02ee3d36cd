"""How loud a preset is to an ear, so that every font sits in the mix like jamroom's own patches.

Fonts differ by 20 dB from sound to sound, so nobody can write the levels down beforehand: each
preset plays a phrase as a person would, and is measured as ITU-R BS.1770-4 says, gates included.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from jamroom.engine.loudness import k_weighting

TARGET_LUFS = -28.0
"""What jamroom's own patches measure, by the same phrase at velocity 90, on one bus."""
VELOCITY = 90
BEAT_S = 0.5
PHRASE = (60, 64, 67, 72, 69, 64, 62, 60)
DRUM_PHRASE = (36, 42, 38, 42, 36, 36, 38, 46)
SILENT_LUFS = -70.0

_WINDOW_S, _HOP_S = 0.4, 0.1
_HELD_SHARE = 0.8  # of a beat

Wave = npt.NDArray[np.float32]


def phrase_wave(
    begin: Callable[[int], None],
    end: Callable[[int], None],
    render: Callable[[int], Wave],
    notes: tuple[int, ...],
    beat_s: float,
    sample_rate: int,
) -> Wave:
    """The sound of a phrase: `begin` and `end` a note, `render` so many frames of it."""
    held = round(_HELD_SHARE * beat_s * sample_rate)
    rest = round(beat_s * sample_rate) - held
    parts = []
    for note in notes:
        begin(note)
        parts.append(render(held))
        end(note)
        parts.append(render(rest))
    parts.append(render(round(0.5 * sample_rate)))
    return np.concatenate(parts)


def loudness_lufs(wave: Wave, sample_rate: int) -> float:
    """Integrated loudness of one channel; SILENT_LUFS when there is nothing to hear."""
    size, hop = round(_WINDOW_S * sample_rate), round(_HOP_S * sample_rate)
    weights = _weights(size, sample_rate)
    # Parseval: the power of a filtered stretch, without filtering it. One short transform at a
    # time, because a long one would keep the interpreter from the block that sounds meanwhile.
    powers = np.array(
        [
            float(np.abs(np.fft.rfft(wave[at : at + size])) ** 2 @ weights)
            for at in range(0, len(wave) - size + 1, hop)
        ]
    )
    heard = powers[powers > _power(SILENT_LUFS)]
    if heard.size == 0:
        return SILENT_LUFS
    gated = heard[heard > heard.mean() / 10.0]
    return -0.691 + 10.0 * math.log10(float(gated.mean()))


def _power(lufs: float) -> float:
    return float(10.0 ** ((lufs + 0.691) / 10.0))


def _weights(size: int, sample_rate: int) -> npt.NDArray[np.float64]:
    """What each line of a real transform adds to the mean square after K-weighting."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones_like(z)
    for one in k_weighting(sample_rate):
        response *= (one.b0 + one.b1 * z + one.b2 * z**2) / (1.0 + one.a1 * z + one.a2 * z**2)
    share = np.full(len(z), 2.0)
    share[0] = 1.0
    if size % 2 == 0:
        share[-1] = 1.0
    weights: npt.NDArray[np.float64] = np.abs(response) ** 2 * share / size**2
    return weights
