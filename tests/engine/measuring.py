"""What an ear would tell: pitch, loudness, brightness, clicks."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jamroom.engine.patches import Patch
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.engine.sounds import Held, Percussion

RATE = 48000
Floats = npt.NDArray[np.floating]


def run(engine: PyoEngine, blocks: int, bus: int = 0) -> Floats:
    """Render blocks and keep one bus."""
    return np.concatenate([engine.render()[:, bus].copy() for _ in range(blocks)])


def quiet(engine: PyoEngine) -> None:
    """End everything and wait until all voices are back."""
    engine.silence()
    for _ in range(70):  # 30 ms to fade, and the memory of the lowest string
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


def overtones_db(wave: Floats, above_hz: float) -> float:
    """Power above a frequency, compared to all of it: what an ear calls bright."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    freq = np.fft.rfftfreq(wave.size, 1.0 / RATE)
    return float(10.0 * np.log10(np.sum(power[freq > above_hz]) / np.sum(power) + 1e-12))


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


MIDDLE = {"bass": 36, "pluck-bass": 36, "gong": 43, "bowl": 55, "bells": 72, "drone": 48}
"""Where a patch is at home, if not around middle C."""


def phrase(engine: PyoEngine, patch: Patch) -> Floats:
    """Four seconds as a person would play them on this sound, at velocity 90, and their tail."""
    beat_blocks, steps = 375, (0, 4, 7, 12, 9, 4, 2, 0)
    notes = [MIDDLE.get(patch.name, 60) + step for step in steps]
    if isinstance(patch.sound, Percussion):
        beat_blocks, notes = 187, [36, 42, 38, 42, 36, 36, 38, 46] * 2
    elif isinstance(patch.sound, Held) and patch.family == "textures":
        beat_blocks, notes = 1500, notes[:2]
    parts = []
    for voice, note in enumerate(notes):
        engine.note_on(voice, 0, patch.name, note, 0.0, 90, 0)
        parts.append(run(engine, beat_blocks * 4 // 5))
        engine.note_off(voice, 0)
        parts.append(run(engine, beat_blocks - beat_blocks * 4 // 5))
    parts.append(run(engine, 375))
    quiet(engine)
    return np.concatenate(parts)
