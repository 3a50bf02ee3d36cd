"""Waveforms computed once, when the engine is built: pad loops, plucks, drum strokes.

Everything here is numpy in, numpy out, and seeded: the same patch gives the same samples on every
machine and every start.
"""

from __future__ import annotations

import math
from functools import lru_cache

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
_PEAK = 0.5


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


def sustained_loop(sound: Sustained, note: int, sample_rate: int) -> tuple[Wave, float, int]:
    """An endless loop for notes near `note`, RMS 0.2; its pitch in Hz; how many cycles it holds.

    Each partial is a narrow band of random phases, after N. O. Paul's PADsynth algorithm (2006):
    as wide as a section of players, and without any seam. Width 0 gives one plain cycle.
    """
    wide = sound.width_cents > 0.0 or sound.breath_db > -80.0
    frames = LOOP_FRAMES if wide else CYCLE_FRAMES
    cycles = max(1, round(hz(note) * frames / sample_rate)) if wide else 1
    pitch_hz = cycles * sample_rate / frames if wide else hz(note)
    spectrum = np.zeros(frames // 2 + 1)
    for ratio, level in _partials(sound, pitch_hz):
        centre = ratio * cycles
        # The lowest partials stay narrow: they carry the pitch, and must not come and go.
        share = min(1.0, max(0.0, ratio - 1.0) / 3.0)
        spread = max(share * centre * (2.0 ** (sound.width_cents / 1200.0) - 1.0), 0.3)
        low, high = math.floor(centre - 3 * spread), math.ceil(centre + 3 * spread)
        bins = np.arange(max(1, low), min(spectrum.size - 1, high) + 1)
        shape = np.exp(-(((bins - centre) / spread) ** 2))
        spectrum[bins] += level * shape / math.sqrt(float(shape @ shape))
    if sound.breath_db > -80.0:
        _add_breath(spectrum, sound, sample_rate / frames)
    phases = np.roll(_random_phases(), 977 * note) if wide else np.complex64(-1j)
    wave = np.fft.irfft(spectrum.astype(np.float32) * phases, frames)
    return _levelled(wave, 0.2), pitch_hz, cycles


@lru_cache(maxsize=1)
def _random_phases() -> npt.NDArray[np.complex64]:
    turns = np.random.default_rng(5).random(LOOP_FRAMES // 2 + 1, dtype=np.float32)
    return np.exp(np.complex64(2j * np.pi) * turns)


def _partials(sound: Sustained, pitch_hz: float) -> list[tuple[float, float]]:
    k = np.arange(1, sound.partials + 1)
    k = k[(k == 1) | (k * pitch_hz < _HIGHEST_HZ)]
    level_db = -sound.slope_db * np.log2(k) + np.where(k % 2 == 0, sound.even_db, 0.0)
    levels = 10.0 ** (level_db / 20.0) * _throat(sound, k * pitch_hz)
    found = list(zip(k.astype(float).tolist(), levels.tolist(), strict=True))
    if sound.octave_below_db > -80.0:
        found.append((0.5, amplitude(sound.octave_below_db)))
    return found


def _throat(sound: Sustained, at_hz: Wave) -> Wave:
    if not sound.formants:
        return np.ones(at_hz.size)
    favour = np.full(at_hz.size, 0.02)
    for band in sound.formants:
        favour += amplitude(band.level_db) / (1.0 + ((at_hz - band.hz) / band.width_hz) ** 2)
    return favour


def _add_breath(spectrum: Wave, sound: Sustained, bin_hz: float) -> None:
    bins = np.arange(int(300.0 / bin_hz), int(9000.0 / bin_hz))
    grid = np.linspace(300.0, 9000.0, 200)
    level = np.interp(bins * bin_hz, grid, _throat(sound, grid))
    total = math.sqrt(float(spectrum @ spectrum))
    spectrum[bins] += level * (amplitude(sound.breath_db) * total / math.sqrt(float(level @ level)))


def _levelled(wave: Wave, rms: float) -> Wave:
    loud = math.sqrt(float(wave.ravel() @ wave.ravel()) / wave.size)
    return np.asarray(wave * (rms / loud), dtype=np.float64)


def stroke_waves(stroke: Stroke, takes: int, seed: int, sample_rate: int) -> list[Wave]:
    """Takes of one stroke that differ in their noise, each ending in silence; peak near 0.5."""
    rings_s = [mode.ring_ms / 1000.0 * 1.2 for mode in stroke.modes]
    rings_s += [_rustle_s(rustle) for rustle in stroke.rustles]
    # Lengths the FFT is quick at.
    frames = -(-int(max(0.02, *rings_s) * sample_rate) // 1024) * 1024
    ringing = np.zeros(frames)
    for mode in stroke.modes:
        wave = _mode_wave(mode, sample_rate)
        ringing[: wave.size] += wave[:frames]
    waves = []
    for take in range(takes):
        rng = np.random.default_rng(seed + take)
        wave = ringing.copy()
        for rustle in stroke.rustles:
            noise = _rustle_wave(rustle, rng, sample_rate)
            wave[: noise.size] += noise[:frames]
        wave = _PEAK * np.tanh(wave / _PEAK)  # single grains must not stick out
        fade = int(0.008 * sample_rate)
        wave[-fade:] *= np.linspace(1.0, 0.0, fade)
        waves.append(wave * amplitude(stroke.level_db))
    return waves


def _rustle_s(rustle: Rustle) -> float:
    return (
        rustle.attack_ms + rustle.ring_ms * 1.2 + rustle.spread_ms * (rustle.bursts - 1)
    ) / 1000.0


def _mode_wave(mode: Mode, sample_rate: int) -> Wave:
    ring_s = mode.ring_ms / 1000.0
    at_s = np.arange(int(ring_s * 1.2 * sample_rate)) / sample_rate
    high = 2.0 ** (mode.fall_semitones / 12.0) - 1.0
    settle_s = 0.025  # a skin's tension is back to rest within about two of its periods
    turns = mode.hz * (at_s + high * settle_s * (1.0 - np.exp(-at_s / settle_s)))
    ring = np.exp(-at_s / (ring_s * _TAU_OF_T60))
    onset = np.minimum(1.0, at_s * mode.hz * 4.0)  # a quarter period: no click before the tone
    return np.asarray(
        amplitude(mode.level_db) * 0.5 * onset * ring * np.sin(2.0 * np.pi * turns),
        dtype=np.float64,
    )


def _rustle_wave(rustle: Rustle, rng: np.random.Generator, sample_rate: int) -> Wave:
    frames = -(-int(max(0.02, _rustle_s(rustle)) * sample_rate) // 1024) * 1024
    at_s = np.arange(frames) / sample_rate
    grains = rng.standard_normal(at_s.size)
    if rustle.grains_per_s > 0.0:
        grains *= rng.random(at_s.size) < rustle.grains_per_s / sample_rate
    spectrum = np.fft.rfft(grains)
    freq = np.fft.rfftfreq(at_s.size, 1.0 / sample_rate) + 1e-9
    # Second-order slopes on both sides: a hard-edged band whistles.
    below, above = (rustle.low_hz / freq) ** 2, (freq / rustle.high_hz) ** 2
    spectrum /= (1.0 + below * below) * (1.0 + above * above)
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
