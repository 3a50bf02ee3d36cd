"""Clock out computed from a tempo map, and clock in followed through jitter, gaps and ramps."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jamroom.clocks import TempoMap, frame_at_beat, tempo_map_of, with_change
from jamroom.devices.midi_clock import CONTINUE, START, STOP, TICK, ClockOut
from jamroom.devices.midi_follow import ClockTracker
from jamroom.music.meter import Meter
from jamroom.session.inputs import ClockBeat

RATE = 48_000
MS = 1_000_000
PAD = "midi:pad"
Timed = tuple[int, bytes]


def ns_at(frame: float) -> float:
    return 5_000_000_000 + frame * 1e9 / RATE


def run(
    clock: ClockOut, tempo_map: TempoMap, until_ns: int, step_ns: int = 1_333_333
) -> list[Timed]:
    out: list[Timed] = []
    now_ns = round(ns_at(0))
    while now_ns < until_ns:
        out += clock.due(lambda beat: frame_at_beat(tempo_map, beat), ns_at, now_ns)
        now_ns += step_ns
    return out


# -- out -------------------------------------------------------------------------------------


def test_ticks_fall_on_their_beats_and_start_comes_just_before_the_first() -> None:
    clock = ClockOut()
    clock.begin(4.0)
    sent = run(clock, tempo_map_of(120.0, Meter(), RATE), round(ns_at(RATE * 4)))
    assert sent[0] == (round(ns_at(RATE * 2)) - MS, START)
    assert [message for _, message in sent[1:]] == [TICK] * (len(sent) - 1)
    assert [at_ns for at_ns, _ in sent[1::24]][:4] == [
        round(ns_at(RATE * 2 + n * RATE // 2)) for n in range(4)
    ]


def test_a_tempo_change_at_a_bar_line_is_exact_on_both_sides() -> None:
    tempo_map = with_change(tempo_map_of(100.0, Meter(), RATE), 8.0, 57.0, Meter())
    clock = ClockOut()
    clock.begin(0.0)
    ticks = [
        at_ns
        for at_ns, message in run(clock, tempo_map, round(ns_at(RATE * 12)))
        if message == TICK
    ]
    wanted = [round(ns_at(frame_at_beat(tempo_map, n / 24))) for n in range(len(ticks))]
    assert ticks == wanted
    assert len(ticks) > 24 * 12


@given(st.lists(st.integers(500_000, 30_000_000), min_size=1, max_size=8), st.floats(20, 300))
@settings(max_examples=40, deadline=None)
def test_however_time_is_cut_every_tick_is_sent_once_at_its_moment(
    steps: list[int], bpm: float
) -> None:
    tempo_map = tempo_map_of(bpm, Meter(), RATE)
    clock, now_ns, sent = ClockOut(), round(ns_at(0)), []
    clock.begin(0.0)
    for step_ns in steps * 6:
        sent += clock.due(lambda beat: frame_at_beat(tempo_map, beat), ns_at, now_ns)
        now_ns += step_ns
    ticks = [at_ns for at_ns, message in sent if message == TICK]
    assert ticks == [round(ns_at(frame_at_beat(tempo_map, n / 24))) for n in range(len(ticks))]


def test_after_standing_still_it_says_where_it_is_instead_of_a_burst() -> None:
    tempo_map = tempo_map_of(120.0, Meter(), RATE)
    clock = ClockOut()
    clock.begin(0.0)
    run(clock, tempo_map, round(ns_at(RATE)))
    later_ns = round(ns_at(RATE * 100.3))  # beat 200.6
    sent: list[Timed] = []
    while not sent:
        sent = clock.due(lambda beat: frame_at_beat(tempo_map, beat), ns_at, later_ns)
        later_ns += MS
    assert [message for _, message in sent] == [bytes((0xF2, 803 & 127, 803 >> 7)), CONTINUE, TICK]
    assert sent[-1][0] == round(ns_at(frame_at_beat(tempo_map, 803 / 4)))


def test_joining_in_the_middle_of_a_song_and_stopping() -> None:
    tempo_map = tempo_map_of(120.0, Meter(), RATE)
    clock = ClockOut()
    clock.begin(2.0, song_beat=10.0)
    sent = run(clock, tempo_map, round(ns_at(RATE * 2)))
    assert [message for _, message in sent[:3]] == [bytes((0xF2, 40, 0)), CONTINUE, TICK]
    assert clock.end(0) == [(sent[-1][0], STOP)]
    assert clock.end(0) == []
    assert run(clock, tempo_map, round(ns_at(RATE * 4))) == []


# -- in --------------------------------------------------------------------------------------


def ticks_of(bpm_at: Callable[[int], float], count: int, begin_ns: int = 10**12) -> list[int]:
    times, at_ns = [], float(begin_ns)
    for number in range(count):
        times.append(round(at_ns))
        at_ns += 60e9 / (24 * bpm_at(number))
    return times


def feed(tracker: ClockTracker, times: Iterable[int]) -> list[tuple[int, ClockBeat]]:
    told = (tracker.feed(at_ns, TICK) for at_ns in times)
    return [beat for beat in told if beat]


def jittered(times: list[int], jitter_ms: float, seed: int) -> list[int]:
    """Late by anything up to that, as drivers are; never before the tick before."""
    chance = random.Random(seed)
    out: list[int] = []
    for at_ns in times:
        out.append(max(at_ns + round(chance.random() * jitter_ms * MS), out[-1] if out else 0))
    return out


def test_an_exact_clock_is_told_exactly() -> None:
    tracker = ClockTracker(PAD)
    times = ticks_of(lambda _: 120.0, 24 * 6)
    tracker.feed(times[0] - MS, START)
    told = feed(tracker, times)
    assert [beat.beat for _, beat in told] == [0, 1, 2, 3, 4, 5]
    assert all(abs(beat.bpm - 120.0) < 1e-3 for _, beat in told)
    assert all(abs(at_ns - times[24 * n]) < 1000 for n, (at_ns, _) in enumerate(told))


@given(st.floats(40, 260), st.floats(0, 6), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_jitter_hardly_shows(bpm: float, jitter_ms: float, seed: int) -> None:
    tracker = ClockTracker(PAD)
    times = ticks_of(lambda _: bpm, 24 * 12)
    tracker.feed(times[0] - MS, START)
    told = feed(tracker, jittered(times, jitter_ms, seed))
    assert [beat.beat for _, beat in told] == list(range(12))
    settled = told[5:]
    assert all(
        abs(beat.bpm / bpm - 1) < 0.002 + 0.0012 * jitter_ms * bpm / 60 for _, beat in settled
    )
    for at_ns, beat in settled:
        assert (
            abs(at_ns - times[24 * beat.beat] - jitter_ms * MS / 2) < (0.1 + 0.6 * jitter_ms) * MS
        )


@given(st.floats(60, 180), st.integers(150, 230), st.integers(1, 10), st.integers(0, 10**6))
@settings(max_examples=60, deadline=None)
def test_ticks_that_were_lost_move_no_beat(bpm: float, at: int, lost: int, seed: int) -> None:
    tracker = ClockTracker(PAD)
    times = ticks_of(lambda _: bpm, 24 * 14)
    tracker.feed(times[0] - MS, START)
    came = jittered(times, 2.0, seed)
    told = feed(tracker, came[:at] + came[at + lost :])
    late = [beat.beat for _, beat in told if beat.beat * 24 > at + lost + 24]
    assert late == [n for n in range(14) if n * 24 > at + lost + 24]
    for at_ns, beat in told[-3:]:
        assert abs(at_ns - times[24 * beat.beat]) < 4 * MS
        assert abs(beat.bpm / bpm - 1) < 0.01


@pytest.mark.parametrize(("begin", "end"), [(100.0, 140.0), (140.0, 90.0)])
def test_a_ramp_is_followed_within_two_percent(begin: float, end: float) -> None:
    def bpm_at(number: int) -> float:
        return begin + (end - begin) * min(1.0, max(0.0, (number - 192) / 384))

    tracker = ClockTracker(PAD)
    times = ticks_of(bpm_at, 24 * 32)
    told = feed(tracker, jittered(times, 1.0, 7))
    assert [beat.beat for _, beat in told] == list(range(32))
    assert all(abs(beat.bpm / bpm_at(24 * beat.beat) - 1) < 0.02 for _, beat in told[4:])
    assert abs(told[-1][1].bpm / end - 1) < 0.002


@pytest.mark.parametrize("after", [60.0, 80.0, 200.0, 240.0])
def test_a_jump_of_tempo_is_no_lost_tick(after: float) -> None:
    tracker = ClockTracker(PAD)
    times = ticks_of(lambda number: 120.0 if number < 240 else after, 24 * 18)
    told = feed(tracker, jittered(times, 1.0, 3))
    assert [beat.beat for _, beat in told] == list(range(18))
    assert abs(told[-1][1].bpm / after - 1) < 0.005


def test_start_stop_continue_and_position_are_honoured() -> None:
    tracker = ClockTracker(PAD)
    times = ticks_of(lambda _: 120.0, 24 * 12)
    assert [b.beat for _, b in feed(tracker, times[:30])] == [0, 1]
    tracker.feed(times[30] - MS, START)
    assert [b.beat for _, b in feed(tracker, times[30:100])] == [0, 1, 2]
    assert tracker.sends(times[99])
    tracker.feed(times[100] - MS, STOP)
    assert feed(tracker, times[100:140]) == []
    assert not tracker.sends(times[139])
    tracker.feed(times[140] - MS, CONTINUE)  # 70 ticks after its start, 2 short of beat 3
    told = feed(tracker, times[140:170])
    assert [b.beat for _, b in told] == [3, 4]
    assert abs(told[0][0] - times[142]) < MS
    tracker.feed(times[170] - MS, bytes((0xF2, 16, 0)))
    assert [b.beat for _, b in feed(tracker, times[170:200])] == [4, 5]


def test_a_clock_that_falls_silent_has_stopped_and_begins_anew() -> None:
    tracker = ClockTracker(PAD)
    times = ticks_of(lambda _: 120.0, 60)
    feed(tracker, times)
    assert tracker.sends(times[-1] + 100 * MS)
    assert not tracker.sends(times[-1] + 600 * MS)
    again = ticks_of(lambda _: 80.0, 60, times[-1] + 5000 * MS)
    told = feed(tracker, again)
    assert abs(told[-1][1].bpm - 80.0) < 0.1


def test_without_any_clock_there_is_none() -> None:
    tracker = ClockTracker(PAD)
    assert not tracker.sends(10**12)
    assert tracker.bpm == 0.0
    assert tracker.feed(1, START) is None
    assert not tracker.sends(2)


@given(st.lists(st.tuples(st.integers(0, 10**11), st.binary(min_size=1, max_size=3)), max_size=200))
@settings(max_examples=60, deadline=None)
def test_nothing_that_is_fed_raises(messages: list[tuple[int, bytes]]) -> None:
    tracker = ClockTracker(PAD)
    for at_ns, message in messages:
        tracker.feed(at_ns, bytes((0xF8 | message[0] & 7,)) if len(message) == 1 else message)
