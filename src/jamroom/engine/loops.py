"""Endless loops: what held sounds read, from pads and voices to rain and surf.

Each zone of the keyboard has a loop of its own, so that a throat or a wooden box stays the same
size wherever the note is. Loops have no seam: their spectra are made, not their ends joined.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from jamroom.engine.patches import amplitude
from jamroom.engine.sounds import Band, Drops, Sustained, Texture
from jamroom.engine.tables import Wave, hz, size

LONG_LOOP_FRAMES, LOOP_FRAMES = 65536, 32768  # low notes need finer bins
TEXTURE_FRAMES = 262144
CYCLE_FRAMES = 2048
ZONE_SEMITONES = 8
ZONE_NOTES = tuple(range(28, 104, ZONE_SEMITONES))
"""Notes at which loops are computed; a note plays the nearest one, a little faster or slower."""

TEXTURE_NOTE = 60
"""The note at which a texture is heard as its patch describes it."""

_HIGHEST_HZ = 16000.0
_FINE_BELOW_NOTE = 52


def zone_of(note: float) -> int:
    """The zone note nearest to a note."""
    nearest = ZONE_NOTES[0] + ZONE_SEMITONES * round((note - ZONE_NOTES[0]) / ZONE_SEMITONES)
    return min(ZONE_NOTES[-1], max(ZONE_NOTES[0], nearest))


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
        spectrum[bins] += level * shape / size(shape)
    if sound.breath_db > -80.0:
        _add_breath(spectrum, sound, sample_rate / frames)
    spectrum *= 0.2 * frames / (math.sqrt(2.0) * size(spectrum))
    turned = spectrum * (_random_phases(note, spectrum.size) if wide else np.complex64(-1j))
    return np.fft.irfft(turned, frames).astype(np.float32), pitch_hz, cycles


def _random_phases(note: int, count: int) -> npt.NDArray[np.complex64]:
    return _phases()[977 * note : 977 * note + count]


@lru_cache(maxsize=1)
def _phases() -> npt.NDArray[np.complex64]:
    count = max(LONG_LOOP_FRAMES // 2 + 128 * 977, TEXTURE_FRAMES // 2 + 1)
    turns = np.random.default_rng(5).random(count, dtype=np.float32)
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
        if ratio <= len(sound.levels_db):
            level_db = sound.levels_db[int(ratio) - 1]
        else:
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
    total = size(spectrum)
    spectrum[bins] += level * (amplitude(sound.breath_db) * total / size(level))


def texture_loop(sound: Texture, sample_rate: int) -> Wave:
    """A seamless loop of noise and drops, RMS 0.2, as it is at middle C."""
    frames = TEXTURE_FRAMES
    rng = np.random.default_rng(11)
    wave = np.zeros(frames, dtype=np.float32)
    if sound.bands:
        freq = np.fft.rfftfreq(frames, 1.0 / sample_rate).astype(np.float32) + np.float32(1e-3)
        spectrum = np.zeros(freq.size, dtype=np.float32)
        for band in sound.bands:
            np.hypot(spectrum, _band(band, freq), out=spectrum)
        wave += np.fft.irfft(spectrum * _random_phases(0, freq.size), frames).astype(np.float32)
    for drops in sound.drops:
        wave += _falling(drops, rng, sample_rate)
    wave *= np.float32(0.2 * math.sqrt(frames) / max(size(wave), 1e-9))
    return wave


def _band(band: Band, freq: Wave) -> Wave:
    # Second-order slopes on both sides: a hard-edged band whistles.
    below, above = (band.low_hz / freq) ** 2, (freq / band.high_hz) ** 2
    shape: Wave = np.reciprocal((1.0 + below * below) * (1.0 + above * above)).astype(np.float32)
    shape *= np.float32(amplitude(band.level_db) * freq.size / size(shape))
    return shape


def _falling(drops: Drops, rng: np.random.Generator, sample_rate: int) -> Wave:
    """Drops of all sizes at random moments; what rings over the end goes on at the beginning."""
    frames = TEXTURE_FRAMES
    wave = np.zeros(frames, dtype=np.float32)
    ring_s = drops.ring_ms / 1000.0
    at_s = np.arange(int(ring_s * sample_rate), dtype=np.float32) / np.float32(sample_rate)
    shape = np.exp(at_s * np.float32(-6.9 / ring_s)) * np.minimum(at_s / np.float32(0.0008), 1.0)
    slide = at_s + np.float32(2.0 ** (drops.rise_semitones / 12.0) - 1.0) * at_s**2 / (2.0 * ring_s)
    for _ in range(max(1, round(drops.per_s * frames / sample_rate))):
        if drops.ratios:
            pitch_hz = hz(TEXTURE_NOTE) * drops.ratios[int(rng.integers(len(drops.ratios)))]
        else:
            pitch_hz = drops.low_hz * (drops.high_hz / drops.low_hz) ** rng.random()
        level = rng.random() ** 2
        ping = np.sin(slide * np.float32(2.0 * np.pi * pitch_hz)) * shape * np.float32(level)
        start = int(rng.integers(frames))
        first = min(ping.size, frames - start)
        wave[start : start + first] += ping[:first]
        wave[: ping.size - first] += ping[first:]
    wave *= np.float32(amplitude(drops.level_db) * math.sqrt(frames) / max(size(wave), 1e-9))
    return wave
