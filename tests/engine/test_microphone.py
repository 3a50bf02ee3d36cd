"""The microphone's memory, and the watch on its loop through the loudspeakers."""

from __future__ import annotations

import numpy as np
import pytest

from jamroom.engine.base import BLOCK_FRAMES, Block
from jamroom.engine.howl import HowlWatch
from jamroom.engine.microphone import Microphone

RATE = 48_000


def counting(begin: int, count: int) -> Block:
    return np.arange(begin, begin + count, dtype=np.float32)


@pytest.mark.parametrize("period", [1, 64, 441, 1024])
def test_the_ring_holds_the_last_of_what_came(period: int) -> None:
    microphone = Microphone(1000, seconds=5.0)
    for at in range(0, 12_000, period):
        microphone.hear(counting(at, period), at)
    end = microphone.end
    assert microphone.oldest == end - 5000
    assert np.array_equal(microphone.read(end - 5000, 5000), counting(end - 5000, 5000))
    assert np.array_equal(microphone.read(end - 777, 64), counting(end - 777, 64))


def test_what_is_not_there_is_silence() -> None:
    microphone = Microphone(1000, seconds=1.0)
    microphone.hear(counting(1, 100), 500)
    heard = microphone.read(450, 300)
    assert not heard[:50].any()
    assert np.array_equal(heard[50:150], counting(1, 100))
    assert not heard[150:].any()
    assert not microphone.read(10_000, 64).any()


def test_what_a_card_left_out_is_silence_and_the_rest_in_its_place() -> None:
    microphone = Microphone(1000, seconds=5.0)
    microphone.hear(counting(1, 128), 0)
    microphone.hear(counting(1, 128), 384)
    assert not microphone.read(128, 256).any()
    assert np.array_equal(microphone.read(384, 128), counting(1, 128))


def test_a_room_that_jumps_ahead_begins_anew() -> None:
    microphone = Microphone(1000, seconds=1.0)
    microphone.hear(counting(1, 128), 0)
    microphone.hear(counting(1, 128), 100_000)
    assert microphone.oldest == 100_000
    assert microphone.end == 100_128


def test_a_wrong_period_of_a_driver_is_silence() -> None:
    microphone = Microphone(1000, seconds=1.0)
    microphone.hear(np.array([0.5, np.nan, np.inf, -np.inf, 0.25, 1e30], np.float32), 0)
    assert microphone.read(0, 6).tolist() == [0.5, 0.0, 0.0, 0.0, 0.25, 4.0]


def test_forgetting_leaves_nothing() -> None:
    microphone = Microphone(1000, seconds=1.0)
    microphone.hear(counting(1, 500), 0)
    microphone.forget()
    assert not microphone.read(0, 500).any()
    microphone.hear(counting(1, 10), 700)
    assert not microphone.read(0, 700).any()


def test_the_offset_has_bounds() -> None:
    microphone = Microphone(RATE)
    microphone.round_trip_frames = 100
    microphone.offset_ms = 10.0
    assert microphone.delay_frames == 580
    microphone.offset_ms = 10_000.0
    assert microphone.delay_frames == 100 + RATE // 2


# -- howling ---------------------------------------------------------------------------------


def howls(heard: Block, played: Block) -> int:
    """How often the watch cries when this is heard and that is played."""
    microphone = Microphone(RATE, seconds=2.0)
    watch = HowlWatch(microphone)
    cries = 0
    for at in range(0, len(heard) - BLOCK_FRAMES, BLOCK_FRAMES):
        microphone.hear(heard[at : at + BLOCK_FRAMES], at)
        mono = played[at : at + BLOCK_FRAMES]
        cries += watch.hears(np.column_stack((mono, mono)))
    return cries


def growing(hz: float, from_db: float, to_db: float, seconds: float) -> Block:
    count = round(seconds * RATE)
    level = 10 ** (np.linspace(from_db, to_db, count) / 20)
    hiss = np.random.default_rng(3).standard_normal(count) * 1e-4
    return (level * np.sin(2 * np.pi * hz * np.arange(count) / RATE) + hiss).astype(np.float32)


@pytest.mark.parametrize("hz", [300.0, 1000.0, 2730.0, 6001.0])
def test_a_howl_is_heard_within_half_a_second_of_being_loud(hz: float) -> None:
    howl = growing(hz, -60.0, -6.0, 1.6)
    assert howls(howl, howl * 0.5) >= 1
    audible = round(RATE * 1.6 * 24 / 54)  # -36 dBFS
    soon = audible + RATE // 2
    assert howls(howl[:soon], howl[:soon]) == 1


def test_a_steady_tone_is_no_howl() -> None:
    tone = growing(440.0, -12.0, -12.0, 3.0)
    assert howls(tone, tone) == 0


def test_a_crescendo_that_the_room_does_not_play_is_no_howl() -> None:
    sung = growing(440.0, -50.0, -6.0, 2.0)
    hiss = (np.random.default_rng(1).standard_normal(len(sung)) * 0.05).astype(np.float32)
    assert howls(sung, hiss) == 0
    assert howls(sung, growing(660.0, -50.0, -6.0, 2.0)) == 0


def test_a_chord_that_grows_is_no_howl() -> None:
    chord = sum(growing(hz, -50.0, -16.0, 2.0) for hz in (220.0, 277.0, 330.0, 440.0))
    assert isinstance(chord, np.ndarray)
    assert howls(chord, chord) == 0


def test_noise_and_silence_are_no_howl() -> None:
    hiss = (np.random.default_rng(2).standard_normal(3 * RATE) * 0.2).astype(np.float32)
    assert howls(hiss, hiss) == 0
    assert howls(np.zeros(RATE, np.float32), np.zeros(RATE, np.float32)) == 0
