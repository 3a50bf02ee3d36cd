"""Loops at another tempo: exact in length, onsets where they belong, pitch as it should be."""

from __future__ import annotations

import numpy as np
import pytest

from jamroom.engine.base import Block
from jamroom.engine.stretching import Stretcher, StretchError, at_length, closed, seam_frames

RATE = 48_000
LOOP = 4 * RATE
SEAM = seam_frames(RATE)
BEAT = RATE // 2


def strokes(frames: int, every: int) -> Block:
    """A short stroke on each beat, the first a little after the loop's start."""
    out = np.zeros(frames + SEAM, np.float32)
    ring = np.arange(4000, dtype=np.float32)
    stroke = 0.6 * np.exp(-ring / 300) * np.sin(ring * 2 * np.pi * 900 / RATE)
    for at in range(every // 2, frames - len(stroke), every):
        out[at : at + len(stroke)] += stroke
    return out


def tone(frames: int) -> Block:
    turn = 2 * np.pi * 220 * np.arange(frames + SEAM) / RATE
    return (0.4 * np.sin(turn)).astype(np.float32)


@pytest.mark.parametrize("bpm", [60, 96, 119, 121.7, 150, 200])
@pytest.mark.parametrize("way", ["stretch", "repitch"])
def test_lengths_are_exact_and_onsets_stand_where_they_belong(bpm: float, way: str) -> None:
    frames = round(LOOP * 120 / bpm)
    made = at_length(strokes(LOOP, BEAT), LOOP, frames, RATE, way)  # type: ignore[arg-type]
    assert len(made) == frames + SEAM
    loud = np.abs(made)
    for beat in range(7):
        due = round((BEAT // 2 + beat * BEAT) * frames / LOOP)
        around = loud[due - 2000 : due + 2000]
        onset = int(np.flatnonzero(around > 0.3 * around.max())[0]) - 2000
        assert abs(onset) < 0.004 * RATE


def test_stretching_keeps_the_pitch_and_repitching_does_not() -> None:
    frames = round(LOOP * 1.25)
    for way, pitch_hz in (("stretch", 220.0), ("repitch", 176.0)):
        made = at_length(tone(LOOP), LOOP, frames, RATE, way)  # type: ignore[arg-type]
        spectrum = np.abs(np.fft.rfft(made[:RATE] * np.hanning(RATE)))
        assert abs(int(spectrum.argmax()) - pitch_hz) <= 1


@pytest.mark.parametrize("way", ["stretch", "repitch"])
@pytest.mark.parametrize("frames", [LOOP - 12_345, LOOP + 23_456])
def test_the_seam_of_a_new_length_has_no_step(way: str, frames: int) -> None:
    made = at_length(tone(LOOP), LOOP, frames, RATE, way)  # type: ignore[arg-type]
    loop = closed(made, frames)
    steps = np.abs(np.diff(np.concatenate((loop, loop))))
    assert steps[frames - 500 : frames + 500].max() < 2.0 * np.percentile(steps, 99)


def test_the_same_loop_is_stretched_to_the_same_samples() -> None:
    one, other = (at_length(strokes(LOOP, BEAT), LOOP, 180_000, RATE, "stretch") for _ in "ab")
    assert np.array_equal(one, other)


def test_another_process_makes_the_same_and_a_dead_one_is_replaced() -> None:
    stretcher = Stretcher()
    samples = strokes(LOOP, BEAT)
    expected = at_length(samples, LOOP, 180_000, RATE, "stretch")
    got = stretcher.at_length(samples, LOOP, 180_000, RATE, "stretch")
    assert np.array_equal(got, expected)
    with pytest.raises(StretchError):
        stretcher.at_length(samples, LOOP, -1, RATE, "stretch")  # it ends for such a job
    again = stretcher.at_length(samples, LOOP, 180_000, RATE, "repitch")
    assert len(again) == 180_000 + SEAM
    stretcher.close()
    stretcher.close()
