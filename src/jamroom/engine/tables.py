"""Waveforms computed once, when the engine is built: pad loops, plucks, drum strokes.

Everything here is numpy in, numpy out, and seeded: the same patch gives the same samples on every
machine and every start.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from jamroom.engine.patches import Mode, Plucked, Rustle, Stroke, Sustained, amplitude

Wave = npt.NDArray[np.float64]

LOOP_FRAMES = 65536
CYCLE_FRAMES = 2048
ZONE_SEMITONES = 8
ZONE_NOTES = tuple(range(28, 104, ZONE_SEMITONES))
"""Notes at which loops are computed; a note plays the nearest one, a little faster or slower."""

_TAU_OF_T60 = 1.0 / math.log(1000.0)
_HIGHEST_HZ = 16000.0


def hz(note: float, a4_hz: float = 440.0) -> float:
    """Frequency of a MIDI note, fractions allowed (engine-side, so that bends stay cheap)."""
    return float(a4_hz * 2.0 ** ((note - 69.0) / 12.0))


def strike_pulse() -> Wave:
    """The push of a beater: a raised cosine whose mean is 0.5."""
    return np.asarray(0.5 - 0.5 * np.cos(np.linspace(0.0, 2.0 * np.pi, 513)), dtype=np.float64)


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
    return _levelled(np.fft.irfft(spectrum, 1024), 0.25)


def sustained_loop(sound: Sustained, note: int, sample_rate: int) -> tuple[Wave, float]:
    """An endless loop for notes near `note`, RMS 0.2, and the pitch it has at normal speed, in Hz.

    Each partial is a narrow band of random phases, after N. O. Paul's PADsynth algorithm (2006):
    as wide as a section of players, and without any seam. Width 0 gives one plain cycle.
    """
    wide = sound.width_cents > 0.0 or sound.breath_db > -80.0
    frames = LOOP_FRAMES if wide else CYCLE_FRAMES
    cycles = max(1, round(hz(note) * frames / sample_rate)) if wide else 1
    pitch_hz = cycles * sample_rate / frames if wide else hz(note)
    rng = np.random.default_rng(note)
    spectrum = np.zeros(frames // 2 + 1, dtype=np.complex128)
    for ratio, level in _partials(sound, pitch_hz):
        centre = ratio * cycles
        spread = centre * (2.0 ** (sound.width_cents / 1200.0) - 1.0)
        low, high = math.floor(centre - 3 * spread), math.ceil(centre + 3 * spread)
        bins = np.arange(max(1, low), min(spectrum.size - 1, high) + 1)
        shape = np.exp(-(((bins - centre) / max(spread, 0.35)) ** 2))
        phases = np.exp(1j * rng.uniform(0.0, 2.0 * np.pi, bins.size)) if wide else -1j
        spectrum[bins] += level * shape / math.sqrt(float(np.sum(shape**2))) * phases
    if sound.breath_db > -80.0:
        _add_breath(spectrum, sound, rng, sample_rate / frames)
    return _levelled(np.fft.irfft(spectrum, frames), 0.2), pitch_hz


def _partials(sound: Sustained, pitch_hz: float) -> list[tuple[float, float]]:
    found = []
    if sound.octave_below_db > -80.0:
        found.append((0.5, amplitude(sound.octave_below_db)))
    for k in range(1, sound.partials + 1):
        if k > 1 and k * pitch_hz > _HIGHEST_HZ:
            break
        level_db = -sound.slope_db * math.log2(k) + (sound.even_db if k % 2 == 0 else 0.0)
        found.append((float(k), amplitude(level_db) * _throat(sound, k * pitch_hz)))
    return found


def _throat(sound: Sustained, at_hz: float) -> float:
    if not sound.formants:
        return 1.0
    bands = (
        amplitude(f.level_db) / (1.0 + ((at_hz - f.hz) / f.width_hz) ** 2) for f in sound.formants
    )
    return 0.02 + sum(bands)


def _add_breath(
    spectrum: npt.NDArray[np.complex128], sound: Sustained, rng: np.random.Generator, bin_hz: float
) -> None:
    bins = np.arange(int(300.0 / bin_hz), int(9000.0 / bin_hz))
    level = np.array([_throat(sound, b * bin_hz) for b in bins[::64]]).repeat(64)[: bins.size]
    total = math.sqrt(float(np.sum(np.abs(spectrum) ** 2)))
    level *= amplitude(sound.breath_db) * total / math.sqrt(float(np.sum(level**2)))
    spectrum[bins] += level * np.exp(1j * rng.uniform(0.0, 2.0 * np.pi, bins.size))


def _levelled(wave: Wave, rms: float) -> Wave:
    return wave * (rms / math.sqrt(float(np.mean(wave**2))))


def stroke_wave(stroke: Stroke, seed: int, sample_rate: int) -> Wave:
    """One stroke, with silence at its end; peak near 0.5 times the level the patch gives it."""
    seconds = max(
        [0.02]
        + [m.ring_ms / 1000.0 * 1.2 for m in stroke.modes]
        + [
            (r.attack_ms + r.ring_ms * 1.2 + r.spread_ms * (r.bursts - 1)) / 1000.0
            for r in stroke.rustles
        ]
    )
    frames = int(seconds * sample_rate)
    at_s = np.arange(frames) / sample_rate
    rng = np.random.default_rng(seed)
    wave = np.zeros(frames)
    for mode in stroke.modes:
        wave += _mode_wave(mode, at_s)
    for rustle in stroke.rustles:
        wave += _rustle_wave(rustle, at_s, rng, sample_rate)
    wave *= amplitude(stroke.level_db)
    fade = min(frames, int(0.008 * sample_rate))
    wave[-fade:] *= np.linspace(1.0, 0.0, fade)
    return wave


def _mode_wave(mode: Mode, at_s: Wave) -> Wave:
    ring_s = mode.ring_ms / 1000.0
    high = 2.0 ** (mode.fall_semitones / 12.0) - 1.0
    settle_s = 0.025  # a skin's tension is back to rest within about two of its periods
    turns = mode.hz * (at_s + high * settle_s * (1.0 - np.exp(-at_s / settle_s)))
    ring = np.exp(-at_s / (ring_s * _TAU_OF_T60))
    onset = np.minimum(1.0, at_s * mode.hz * 4.0)  # a quarter period: no click before the tone
    return np.asarray(
        amplitude(mode.level_db) * 0.5 * onset * ring * np.sin(2.0 * np.pi * turns),
        dtype=np.float64,
    )


def _rustle_wave(
    rustle: Rustle, at_s: Wave, rng: np.random.Generator, sample_rate: int
) -> Wave:
    grains = rng.standard_normal(at_s.size)
    if rustle.grains_per_s > 0.0:
        grains *= rng.random(at_s.size) < rustle.grains_per_s / sample_rate
    spectrum = np.fft.rfft(grains)
    freq = np.fft.rfftfreq(at_s.size, 1.0 / sample_rate) + 1e-9
    # Second-order slopes on both sides: a hard-edged band whistles.
    spectrum *= 1.0 / (1.0 + (rustle.low_hz / freq) ** 4) / (1.0 + (freq / rustle.high_hz) ** 4)
    noise = np.fft.irfft(spectrum, at_s.size)
    shape = np.zeros(at_s.size)
    for burst in range(rustle.bursts):
        t = at_s - burst * rustle.spread_ms / 1000.0
        rise = np.clip(t / (rustle.attack_ms / 1000.0), 0.0, 1.0)
        last = burst == rustle.bursts - 1
        ring_s = rustle.ring_ms / 1000.0 if last else min(rustle.ring_ms, rustle.spread_ms) / 1000.0
        fall = np.exp(-np.maximum(0.0, t - rustle.attack_ms / 1000.0) / (ring_s * _TAU_OF_T60))
        shape = np.maximum(shape, rise * fall)
    loud = float(np.sqrt(np.mean(noise**2))) + 1e-12
    return np.asarray(
        amplitude(rustle.level_db) * 0.16 * noise / loud * shape, dtype=np.float64
    )
