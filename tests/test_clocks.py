"""Frames, beats and bars: exact over any length, any tempo and metre."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.clocks import (
    MAX_BPM,
    MIN_BPM,
    OfflineClock,
    TempoMap,
    bar_at_frame,
    bar_line_after,
    bar_line_before,
    beat_at_frame,
    beat_of_bar,
    clamp_bpm,
    frame_at_beat,
    segment_at_frame,
    tempo_map_of,
    with_change,
)
from jamroom.music.meter import Meter, meter_from_text

EIGHT_HOURS = 8 * 3600 * 48_000
meters = st.builds(Meter, st.integers(1, 16), st.sampled_from((2, 4, 8, 16)))
rates = st.sampled_from((44_100, 48_000, 96_000))
bpms = st.floats(MIN_BPM, MAX_BPM)


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    """Up to eight changes, each on a bar line of what was before."""
    tempo_map = tempo_map_of(draw(bpms), draw(meters), draw(rates), draw(st.integers(0, 10**6)))
    for _ in range(draw(st.integers(0, 8))):
        line = beat_of_bar(tempo_map, tempo_map.last.bar + draw(st.integers(1, 400)))
        rate = draw(st.none() | rates)
        tempo_map = with_change(tempo_map, line, draw(bpms), draw(meters), rate)
    return tempo_map


@given(tempo_maps(), st.integers(0, EIGHT_HOURS))
def test_a_frame_comes_back_from_its_beat(tempo_map: TempoMap, frame: int):
    assert frame_at_beat(tempo_map, beat_at_frame(tempo_map, frame)) == frame


@given(tempo_maps(), st.lists(st.integers(0, EIGHT_HOURS), min_size=2, max_size=20))
def test_beats_go_up_with_frames(tempo_map: TempoMap, frames: list[int]):
    frames = sorted({*frames, *(f + 1 for f in frames), *(s.frame for s in tempo_map.segments)})
    beats = [beat_at_frame(tempo_map, frame) for frame in frames]
    assert all(a < b for a, b in pairwise(beats))


@given(tempo_maps(), st.integers(0, 4000))
def test_a_bar_lines_own_frame_begins_its_bar(tempo_map: TempoMap, bar: int):
    beat = beat_of_bar(tempo_map, bar)
    frame = frame_at_beat(tempo_map, beat)
    assert bar_at_frame(tempo_map, frame).bar == bar
    assert bar_at_frame(tempo_map, frame - 1).bar == bar - 1
    assert bar_at_frame(tempo_map, frame).beat_in_bar == pytest.approx(0.0, abs=0.01)
    assert bar_line_before(tempo_map, frame) == beat
    assert bar_line_after(tempo_map, frame - 1) == beat


@given(tempo_maps(), st.integers(0, EIGHT_HOURS))
def test_bar_lines_stand_on_both_sides_of_a_frame(tempo_map: TempoMap, frame: int):
    frame += tempo_map.segments[0].frame
    before, after = bar_line_before(tempo_map, frame), bar_line_after(tempo_map, frame)
    assert frame_at_beat(tempo_map, before) <= frame < frame_at_beat(tempo_map, after)
    length = segment_at_frame(tempo_map, frame).meter.beats_per_bar
    assert after - before == pytest.approx(length)
    assert 0.0 <= bar_at_frame(tempo_map, frame).beat_in_bar <= length


@given(bpms, meters, rates, st.integers(0, 60_000))
def test_no_drift_against_exact_arithmetic(bpm: float, meter: Meter, rate: int, bar: int):
    tempo_map = tempo_map_of(bpm, meter, rate)
    exact = bar * Fraction(meter.pulses * 4, meter.unit) * rate * 60 / Fraction(bpm)
    assert abs(frame_at_beat(tempo_map, beat_of_bar(tempo_map, bar)) - exact) <= Fraction(
        500_001, 10**6
    )


def test_a_bar_line_between_two_frames_belongs_to_one_of_them_everywhere():
    """7/8 at 80 bpm and 44.1 kHz is 115,762.5 frames: half of the lines are ties."""
    tempo_map = tempo_map_of(80.0, Meter(7, 8), 44_100)
    for bar in range(1, 50):
        frame = frame_at_beat(tempo_map, beat_of_bar(tempo_map, bar))
        assert bar_at_frame(tempo_map, frame - 1).bar == bar - 1
        assert bar_at_frame(tempo_map, frame).bar == bar


def test_seven_eight_after_four_four():
    tempo_map = tempo_map_of(120.0, Meter(4, 4), 48_000)
    tempo_map = with_change(tempo_map, 8.0, 60.0, Meter(7, 8))
    assert [beat_of_bar(tempo_map, bar) for bar in range(5)] == [0.0, 4.0, 8.0, 11.5, 15.0]
    assert frame_at_beat(tempo_map, 11.5) == 8 * 24_000 + round(3.5 * 48_000)
    where = bar_at_frame(tempo_map, 8 * 24_000 + 4 * 48_000)
    assert (where.bar, where.beat_in_bar, str(where.meter)) == (3, 0.5, "7/8")


def test_a_change_replaces_what_was_said_about_that_time():
    tempo_map = tempo_map_of(120.0, Meter(), 48_000)
    tempo_map = with_change(tempo_map, 8.0, 60.0, Meter())
    tempo_map = with_change(tempo_map, 8.0, 90.0, Meter(3, 4))
    tempo_map = with_change(tempo_map, 4.0, 100.0, Meter())
    assert [(s.beat, s.bpm) for s in tempo_map.segments] == [(0.0, 120.0), (4.0, 100.0)]


def test_before_the_beginning_time_goes_on_backwards():
    tempo_map = tempo_map_of(120.0, Meter(), 48_000, frame=96_000)
    assert beat_at_frame(tempo_map, 0) == -4.0
    assert frame_at_beat(tempo_map, -4.0) == 0
    assert bar_at_frame(tempo_map, 0).bar == -1


@pytest.mark.parametrize(
    ("asked", "got"),
    [(0.0, 20.0), (1e9, 300.0), (math.nan, 90.0), (math.inf, 90.0), (97.3, 97.3)],
)
def test_tempi_are_kept_playable(asked: float, got: float):
    assert clamp_bpm(asked) == got


def test_the_offline_clock_calls_every_block_once_and_never_waits():
    clock, blocks = OfflineClock(64, 128), []
    clock.run(blocks.append, 300)
    clock.run(blocks.append, 400)
    assert blocks == [128, 192, 256, 320, 384]


@pytest.mark.parametrize(
    ("text", "beats", "groups"),
    [
        ("4/4", 4.0, (1, 1, 1, 1)),
        ("6/8", 3.0, (3, 3)),
        (" 7/8 ", 3.5, (2, 2, 3)),
        ("5/8", 2.5, (3, 2)),
        ("10/16", 2.5, (2, 2, 2, 2, 2)),
    ],
)
def test_metres(text: str, beats: float, groups: tuple[int, ...]):
    meter = meter_from_text(text)
    assert (meter.beats_per_bar, meter.groups) == (beats, groups)
    assert sum(groups) == meter.pulses
    assert str(meter) == text.strip()


@pytest.mark.parametrize("text", ["", "4", "4/3", "0/4", "17/8", "a/b", "4/4/4"])
def test_what_is_no_metre_is_said_kindly(text: str):
    with pytest.raises(ValueError, match="is no metre: try 4/4"):
        meter_from_text(text)
