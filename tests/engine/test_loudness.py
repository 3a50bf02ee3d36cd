"""The loudness meter against the numbers that the standards give."""

from __future__ import annotations

import numpy as np
import pytest
from measuring import loudness_lufs

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.loudness import LoudnessMeter, k_weighting
from jamroom.engine.mixer import Mixer

RATES = (44_100, 48_000, 96_000)


def measured(rate: int, left: float, right: float, hz: float, seconds: float = 3.5) -> float:
    """Short-term loudness of a sine; levels in dBFS."""
    meter = LoudnessMeter(rate)
    frames = np.arange(int(seconds * rate) // BLOCK_FRAMES * BLOCK_FRAMES)
    wave = np.sin(2 * np.pi * hz * frames / rate)[:, None] * 10 ** (np.array([left, right]) / 20)
    for block in wave.astype(np.float32).reshape(-1, BLOCK_FRAMES, 2):
        meter.measure(block)
    return meter.short_term_lufs


def test_the_coefficients_are_those_of_the_standard() -> None:
    shelf, cut = k_weighting(48_000)  # BS.1770-4, tables 1 and 2
    assert shelf == pytest.approx(
        (1.53512485958697, -2.69169618940638, 1.19839281085285, -1.69065929318241, 0.73248077421585)
    )
    assert cut == pytest.approx((1.0, -2.0, 1.0, -1.99004745483398, 0.99007225036621))


@pytest.mark.parametrize("rate", RATES)
def test_a_sine_of_997_hz_in_one_channel_is_at_3_01_below_its_level(rate: int) -> None:
    assert measured(rate, 0.0, -300.0, 997.0) == pytest.approx(-3.01, abs=0.02)
    assert measured(rate, -300.0, -20.0, 997.0) == pytest.approx(-23.01, abs=0.02)


@pytest.mark.parametrize("level", [-23.0, -33.0, -40.0])
def test_ebu_tech_3341_stereo_sine(level: float) -> None:
    assert measured(48_000, level, level, 1000.0) == pytest.approx(level, abs=0.1)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hz", [40.0, 100.0, 400.0, 2000.0, 8000.0])
def test_other_rates_measure_the_same(rate: int, hz: float) -> None:
    assert measured(rate, -20.0, -20.0, hz) == pytest.approx(
        measured(48_000, -20.0, -20.0, hz), abs=0.1
    )


def test_music_measures_as_by_another_way() -> None:
    rng = np.random.default_rng(5)
    noise = rng.normal(0.0, 0.05, 4 * 48_000).astype(np.float32)
    meter = LoudnessMeter(48_000)
    for block in noise.reshape(-1, BLOCK_FRAMES):
        meter.measure(np.column_stack([block, np.zeros_like(block)]))
    assert meter.short_term_lufs == pytest.approx(loudness_lufs(noise[48_000:]), abs=0.1)


def test_it_looks_back_three_seconds() -> None:
    meter = LoudnessMeter(48_000)
    assert meter.short_term_lufs == -120.0
    loud = np.full((BLOCK_FRAMES, 2), 0.1, dtype=np.float32)
    loud[::2] *= -1
    meter.measure(loud)
    for _ in range(3 * 48_000 // BLOCK_FRAMES - 1):
        meter.rest()
    assert meter.short_term_lufs > -70.0
    meter.rest()
    assert meter.short_term_lufs == -120.0


def test_the_mixer_measures_what_is_heard() -> None:
    mixer = Mixer(48_000)
    mixer.set_send(0, -90.0)
    frames = np.arange(4 * 48_000)
    wave = (0.1 * np.sin(2 * np.pi * 1000.0 * frames / 48_000)).astype(np.float32)
    block: Block = np.zeros((BLOCK_FRAMES, BUSES), dtype=np.float32)
    for part in wave.reshape(-1, BLOCK_FRAMES):
        block[:, 0] = part
        mixer.mix(block)
    assert mixer.loudness_lufs == pytest.approx(-20.0, abs=0.1)
    mixer.set_room_level(-12.0)
    for part in wave.reshape(-1, BLOCK_FRAMES):
        block[:, 0] = part
        mixer.mix(block)
    assert mixer.loudness_lufs == pytest.approx(-32.0, abs=0.1)
