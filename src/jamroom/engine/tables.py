"""Waveforms computed once, when the engine is built: pad loops, plucks, drum strokes.

Everything here is numpy in, numpy out, and seeded: the same patch gives the same samples on every
machine and every start.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from jamroom.engine.patches import Mode, Plucked, Rustle, Stroke, Sustained, amplitude

Wave = npt.NDArray[np.float32]

LONG_LOOP_FRAMES, LOOP_FRAMES = 65536, 32768  # low notes need finer bins
CYCLE_FRAMES = 2048
ZONE_SEMITONES = 8
ZONE_NOTES = tuple(range(28, 104, ZONE_SEMITONES))
"""Notes at which loops are computed; a note plays the nearest one, a little faster or slower."""

_TAU_OF_T60 = 1.0 / math.log(1000.0)
_HIGHEST_HZ = 16000.0
_PEAK = 0.5
_TAIL = 1.1  # of the time to fall by 60 dB; a fade of 8 ms does the rest
_FINE_BELOW_NOTE = 52


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
    return (wave * (0.25 * math.sqrt(wave.size) / _size(wave))).astype(np.float32)


def sustained_loop(sound: Sustained, note: int, sample_rate: int) -> tuple[Wave, float, int]:
    """An endless loop for notes near `note`, RMS 0.2; its pitch in Hz; how many cycles it holds.

    Each partial is a narrow band of random phases, after N. O. Paul's PADsynth algorithm (2006):
    as wide as a section of players, and without any seam. Width 0 gives one plain cycle.
    """
    wide = sound.width_cents > 0.0 or sound.breath_db > -80.0
    frames = CYCLE_FRAMES
    if wide:
        frames = LONG_LOOP_FRAMES if note < _FINE_BELOW_NOTE else LOOP_FRAMES
    cycles = max(1, round(hz(note) * frames / sample_rate)) if wide else 1
    pitch_hz = cycles * sample_rate / frames if wide else hz(note)
    spectrum = np.zeros(frames // 2 + 1, dtype=np.float32)
    for ratio, level in _partials(sound, pitch_hz):
        centre = ratio * cycles
        # The lowest partials stay narrow: they carry the pitch, and must not come and go.
        share = min(1.0, max(0.0, ratio - 2.0) / 3.0)
        spread = max(share * centre * (2.0 ** (sound.width_cents / 1200.0) - 1.0), 0.3)
        low, high = math.floor(centre - 3 * spread), math.ceil(centre + 3 * spread)
        bins = np.arange(max(1, low), min(spectrum.size - 1, high) + 1)
        shape = np.exp(-(((bins - centre) / spread) ** 2))
        spectrum[bins] += level * shape / _size(shape)
    if sound.breath_db > -80.0:
        _add_breath(spectrum, sound, sample_rate / frames)
    spectrum *= 0.2 * frames / (math.sqrt(2.0) * _size(spectrum))
    turned = spectrum * (_random_phases(note, spectrum.size) if wide else np.complex64(-1j))
    return np.fft.irfft(turned, frames).astype(np.float32), pitch_hz, cycles


def _size(vector: npt.NDArray[Any]) -> float:
    """Root of the sum of squares. Not a BLAS dot: long ones start threads, and then wait."""
    return math.sqrt(float(np.sum(vector * vector)))


def _random_phases(note: int, count: int) -> npt.NDArray[np.complex64]:
    return _phases()[977 * note : 977 * note + count]


@lru_cache(maxsize=1)
def _phases() -> npt.NDArray[np.complex64]:
    turns = np.random.default_rng(5).random(LONG_LOOP_FRAMES // 2 + 128 * 977, dtype=np.float32)
    turns *= np.float32(2.0 * np.pi)
    phases = np.empty(turns.size, dtype=np.complex64)
    np.cos(turns, out=phases.real)
    np.sin(turns, out=phases.imag)
    return phases


def _partials(sound: Sustained, pitch_hz: float) -> list[tuple[float, float]]:
    """Ratio and level of each partial that the pitch leaves room for."""
    ratios = [1.0, *(float(k) for k in range(2, sound.partials + 1) if k * pitch_hz < _HIGHEST_HZ)]
    found = []
    for ratio in ratios:
        level_db = -sound.slope_db * math.log2(ratio) + (0.0 if ratio % 2 else sound.even_db)
        found.append((ratio, amplitude(level_db) * _throat(sound, ratio * pitch_hz)))
    if sound.octave_below_db > -80.0:
        found.append((0.5, amplitude(sound.octave_below_db)))
    return found


def _throat(sound: Sustained, at_hz: float) -> float:
    if not sound.formants:
        return 1.0
    return 0.02 + sum(
        amplitude(band.level_db) / (1.0 + ((at_hz - band.hz) / band.width_hz) ** 2)
        for band in sound.formants
    )


def _add_breath(spectrum: Wave, sound: Sustained, bin_hz: float) -> None:
    bins = np.arange(int(300.0 / bin_hz), int(9000.0 / bin_hz))
    grid = np.linspace(300.0, 9000.0, 200)
    level = np.interp(bins * bin_hz, grid, [_throat(sound, at_hz) for at_hz in grid])
    total = _size(spectrum)
    spectrum[bins] += level * (amplitude(sound.breath_db) * total / _size(level))


def stroke_waves(stroke: Stroke, takes: int, seed: int, sample_rate: int) -> list[Wave]:
    """Takes of one stroke that differ in their noise, each ending in silence; peak near 0.5."""
    rings_s = [mode.ring_ms / 1000.0 * _TAIL for mode in stroke.modes]
    rings_s += [_rustle_s(rustle) for rustle in stroke.rustles]
    frames = _quick_length(max(rings_s), sample_rate)
    ringing = np.zeros(frames, dtype=np.float32)
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
        wave[-fade:] *= np.linspace(1.0, 0.0, fade, dtype=np.float32)
        waves.append(wave * np.float32(amplitude(stroke.level_db)))
    return waves


def _rustle_s(rustle: Rustle) -> float:
    return (
        rustle.attack_ms + rustle.ring_ms * _TAIL + rustle.spread_ms * (rustle.bursts - 1)
    ) / 1000.0


def _mode_wave(mode: Mode, sample_rate: int) -> Wave:
    ring_s = mode.ring_ms / 1000.0
    at_s = _seconds(int(ring_s * _TAIL * sample_rate), sample_rate)
    wave = at_s.copy()
    if mode.fall_semitones:
        settle_s = 0.025  # a skin's tension is back to rest within about two of its periods
        high = 2.0 ** (mode.fall_semitones / 12.0) - 1.0
        wave += np.float32(high * settle_s) * (1.0 - np.exp(at_s / np.float32(-settle_s)))
    np.sin(wave * np.float32(2.0 * np.pi * mode.hz), out=wave)
    wave *= np.exp(at_s * np.float32(-1.0 / (ring_s * _TAU_OF_T60)))
    quarter = min(wave.size, math.ceil(0.25 / mode.hz * sample_rate))
    wave[:quarter] *= np.linspace(0.0, 1.0, quarter, dtype=np.float32)  # no click before the tone
    wave *= np.float32(0.5 * amplitude(mode.level_db))
    return wave


def _rustle_wave(rustle: Rustle, rng: np.random.Generator, sample_rate: int) -> Wave:
    frames = _quick_length(_rustle_s(rustle), sample_rate)
    noise = rng.standard_normal(frames, dtype=np.float32)
    if rustle.grains_per_s > 0.0:
        noise *= rng.random(frames, dtype=np.float32) < rustle.grains_per_s / sample_rate
    freq = np.fft.rfftfreq(frames, 1.0 / sample_rate).astype(np.float32) + np.float32(1e-3)
    # Second-order slopes on both sides: a hard-edged band whistles.
    below, above = (rustle.low_hz / freq) ** 2, (freq / rustle.high_hz) ** 2
    spectrum = np.fft.rfft(noise)
    spectrum /= (1.0 + below * below) * (1.0 + above * above)
    noise = np.fft.irfft(spectrum, frames).astype(np.float32)
    loud = _size(noise) / math.sqrt(frames) + 1e-12
    noise *= np.float32(0.16 * amplitude(rustle.level_db) / loud)
    noise *= _rustle_shape(rustle, _seconds(frames, sample_rate))
    return noise


def _rustle_shape(rustle: Rustle, at_s: Wave) -> Wave:
    attack_s, spread_s = rustle.attack_ms / 1000.0, rustle.spread_ms / 1000.0
    shape = np.zeros(at_s.size, dtype=np.float32)
    for burst in range(rustle.bursts):
        ring_s = rustle.ring_ms / 1000.0
        if burst < rustle.bursts - 1:
            ring_s = min(ring_s, spread_s)
        since = at_s - np.float32(burst * spread_s)
        rise = np.clip(since * np.float32(1.0 / attack_s), 0.0, 1.0)
        since -= np.float32(attack_s)
        np.maximum(since, 0.0, out=since)
        since *= np.float32(-1.0 / (ring_s * _TAU_OF_T60))
        np.maximum(shape, rise * np.exp(since), out=shape)
    return shape


def _seconds(frames: int, sample_rate: int) -> Wave:
    return np.arange(frames, dtype=np.float32) * np.float32(1.0 / sample_rate)


def _quick_length(seconds: float, sample_rate: int) -> int:
    """At least so many seconds, in frames, and a length that the FFT is quick at."""
    return -(-int(max(0.02, seconds) * sample_rate) // 1024) * 1024
