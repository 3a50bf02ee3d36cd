"""The echo: on time, from side to side, darker each time, and never more than was sent."""

from __future__ import annotations

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from measuring import RATE, roughest

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.echo import LONGEST_S, SHORTEST_S, Echo

Floats = npt.NDArray[np.float32]


def through(echo: Echo, sent: Floats, frames: int = BLOCK_FRAMES) -> Floats:
    """What comes back for a whole stretch of the send."""
    blocks = sent.reshape(-1, frames)
    return np.concatenate([echo.process(block).copy() for block in blocks])


def click(seconds: float, at: int = 0) -> Floats:
    sent = np.zeros(int(seconds * RATE) // 256 * 256, dtype=np.float32)
    sent[at] = 1.0
    return sent


def tone(seconds: float, hz: float = 300.0, level: float = 0.1) -> Floats:
    frames = np.arange(int(seconds * RATE) // 256 * 256)
    return (level * np.sin(2 * np.pi * hz * frames / RATE)).astype(np.float32)


@pytest.mark.parametrize("frames", [64, 256])
@pytest.mark.parametrize("seconds", [SHORTEST_S, 0.1234567, 0.5, 0.9])
@pytest.mark.parametrize("at", [0, 63, 700])
def test_repeats_come_at_their_time_and_fade(seconds: float, at: int, frames: int) -> None:
    echo = Echo(RATE, frames)
    echo.set(seconds, 0.5)
    delay = round(seconds * RATE)
    heard = through(echo, click(4.5 * seconds + 0.05, at), frames)
    assert not heard[: at + delay].any()
    energy = [
        float((heard[at + k * delay : at + (k + 1) * delay].astype(np.float64) ** 2).sum())
        for k in range(1, 5)
    ]
    for k in range(1, 5):
        part = np.abs(heard[at + k * delay : at + k * delay + 40]).sum(axis=1)
        assert np.argmax(part) <= k + 1  # the filters are a frame or two late
    for before, after in itertools.pairwise(energy):
        assert 0.02 * before < after < 0.26 * before  # half as high at most


def test_repeats_go_from_side_to_side() -> None:
    echo = Echo(RATE)
    echo.set(0.25, 0.6)
    heard = through(echo, click(1.3)).astype(np.float64)
    power = [(heard[int(k * 0.25 * RATE) :][:9600] ** 2).sum(axis=0) for k in range(1, 5)]
    sides_db = [10 * math.log10(left / right) for left, right in power]
    assert [side > 0 for side in sides_db] == [True, False, True, False]
    assert all(6.0 < abs(side) < 20.0 for side in sides_db)  # softly: never on one side alone


def test_low_and_high_ends_are_lost_on_the_way() -> None:
    levels = {}
    for hz in (60.0, 700.0, 9000.0):
        echo = Echo(RATE)
        echo.set(0.1, 0.0)
        levels[hz] = through(echo, tone(1.0, hz))[RATE // 2 :].std()
    assert levels[60.0] < 0.5 * levels[700.0]
    assert levels[9000.0] < 0.6 * levels[700.0]


@pytest.mark.parametrize("seconds", [SHORTEST_S, 0.31, LONGEST_S])
@pytest.mark.parametrize("hz", [40.0, 1000.0, 1 / SHORTEST_S * 50, 15_000.0])
def test_it_never_builds_up(seconds: float, hz: float) -> None:
    echo = Echo(RATE)
    echo.set(seconds, 5.0)  # 0.8 is all it takes
    heard = through(echo, tone(max(1.0, 3 * seconds), hz, level=1.0))
    heard = np.concatenate([heard, through(echo, tone(0.5, hz, level=60.0))])
    assert np.isfinite(heard).all()
    assert np.abs(heard).max() < 2.0


def test_it_falls_asleep_and_wakes_without_what_was_before() -> None:
    echo = Echo(RATE)
    echo.set(0.2, 0.8)
    through(echo, tone(0.5))
    assert not echo.asleep
    blocks = 0
    while not echo.asleep:
        echo.process(np.zeros(BLOCK_FRAMES, dtype=np.float32))
        blocks += 1
        assert blocks * BLOCK_FRAMES < 30 * RATE
    echo.set(2.0, 0.8)
    heard = through(echo, click(1.99))
    assert not heard.any()


def test_a_new_time_is_faded_to_without_a_click_or_a_shriek() -> None:
    echo = Echo(RATE)
    echo.set(0.4, 0.3)
    sent = tone(4.0).reshape(-1, BLOCK_FRAMES)
    plain = through(echo, sent[:1000].reshape(-1))
    heard = []
    for number, block in enumerate(sent[1000:]):
        if number % 3 == 0:  # a tempo that is turned slowly
            echo.set(0.4 + 0.0004 * number, 0.3)
        heard.append(echo.process(block).copy())
    moved = np.concatenate(heard)[:, 0]
    assert roughest(moved) < 2.0 * roughest(plain[RATE // 2 :, 0])
    spectrum = np.abs(np.fft.rfft(moved * np.hanning(moved.size))) ** 2
    hz = np.fft.rfftfreq(moved.size, 1 / RATE)
    assert spectrum[(hz < 250) | (hz > 350)].sum() < 0.01 * spectrum.sum()


def test_a_time_that_is_too_long_stays_on_the_beat() -> None:
    echo = Echo(RATE)
    echo.set(2.5 * LONGEST_S, 0.0)
    heard = np.abs(through(echo, click(LONGEST_S))).sum(axis=1)
    assert np.argmax(heard) == pytest.approx(0.625 * LONGEST_S * RATE, abs=3)
    for wild in (math.inf, -1.0, 0.0):
        echo.set(wild, wild)
        assert np.isfinite(through(echo, click(0.1))).all()
