"""What an ear would tell: pitch, loudness, brightness, clicks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jamroom.engine.pyo_graph import PyoEngine

RATE = 48000
Floats = npt.NDArray[np.floating]


def run(engine: PyoEngine, blocks: int, bus: int = 0) -> Floats:
    """Render blocks and keep one bus."""
    return np.concatenate([engine.render()[:, bus].copy() for _ in range(blocks)])


def quiet(engine: PyoEngine) -> None:
    """End everything and wait until all voices are back."""
    engine.silence()
    for _ in range(100):
        engine.render()
    assert engine.sounding() == 0


def pitch_cents_from(wave: Floats, hz: float, rate: int = RATE) -> float:
    """How far the strongest line near `hz` lies from it, in cents."""
    size = 4 * wave.size
    spectrum = np.abs(np.fft.rfft(np.hanning(wave.size) * wave, size))
    freq = np.fft.rfftfreq(size, 1.0 / rate)
    near = np.flatnonzero((freq > hz * 0.95) & (freq < hz * 1.05))
    top = near[np.argmax(spectrum[near])]
    a, b, c = np.log(spectrum[top - 1 : top + 2])
    found = (top + 0.5 * (a - c) / (a - 2 * b + c)) * rate / size
    return float(1200.0 * np.log2(found / hz))


def centre_hz(wave: Floats) -> float:
    """The centre of gravity of the spectrum: brightness in one number."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    freq = np.fft.rfftfreq(wave.size, 1.0 / RATE)
    return float(np.sum(power * freq) / np.sum(power))


def loudness_lufs(wave: Floats) -> float:
    """Integrated loudness of one channel by ITU-R BS.1770-5 (48 kHz coefficients)."""
    size = 2 * wave.size
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    shelf = (1.53512485958697 - 2.69169618940638 * z + 1.19839281085285 * z**2) / (
        1 - 1.69065929318241 * z + 0.73248077421585 * z**2
    )
    high = (1 - 2 * z + z**2) / (1 - 1.99004745483398 * z + 0.99007225036621 * z**2)
    weighted = np.fft.irfft(np.fft.rfft(wave, size) * shelf * high, size)[: wave.size]
    long, hop = int(0.4 * RATE), int(0.1 * RATE)
    power = np.array(
        [np.mean(weighted[at : at + long] ** 2) for at in range(0, wave.size - long, hop)]
    )
    level = -0.691 + 10 * np.log10(power + 1e-15)
    heard = level > -70.0
    gate = -0.691 + 10 * np.log10(power[heard].mean()) - 10.0
    return float(-0.691 + 10 * np.log10(power[heard & (level > gate)].mean()))


def roughest(wave: Floats) -> float:
    """The sharpest corner in a stretch of sound: a click is a corner the tone does not have."""
    return float(np.abs(np.diff(wave.astype(np.float64), 2)).max())
