"""Drum strokes as waveforms: ringing skins and blocks, rustling seeds and hands."""

from __future__ import annotations

import math

import numpy as np

from jamroom.engine.patches import amplitude
from jamroom.engine.sounds import Mode, Rustle, Stroke
from jamroom.engine.tables import Wave, size

_TAU_OF_T60 = 1.0 / math.log(1000.0)
_PEAK = 0.5
_TAIL = 1.1  # of the time to fall by 60 dB; a fade of 8 ms does the rest


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
    loud = size(noise) / math.sqrt(frames) + 1e-12
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
