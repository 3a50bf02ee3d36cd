"""Somebody else keeps the clock: the room's bar lines come to lie on its downbeats."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room_script import BAR, Script, as_journalled, opened

from jamroom.clocks import bar_at_frame, beat_of_bar, frame_at_beat
from jamroom.music.meter import Meter
from jamroom.session import events as ev
from jamroom.session.effects import Mark, MixChanged, SoundOn
from jamroom.session.following import MOST_SEGMENTS, thinned
from jamroom.session.step import Session
from jamroom.session.stored import encode_state

RATE = 48_000
MS = RATE / 1000


def constant(bpm: float, begin: float = 5_000.0) -> Callable[[int], float]:
    """Frame of each beat of a clock."""
    return lambda beat: begin + beat * RATE * 60.0 / bpm


def follow(
    script: Script,
    clock: Callable[[int], float],
    beats: int,
    jitter_ms: float = 0.0,
    seed: int = 1,
    word: float = 0.0,
) -> list[float]:
    """Let the clock be heard; how far each bar line lay from a downbeat, in milliseconds.

    `word` is by how much the clock's own word for its tempo is off, as a part of it.
    """
    chance = random.Random(seed)
    script.tell(ev.ClockChosen(script.state.frame, "midi:clock"))
    for beat in range(beats):
        frame = round(clock(beat) + chance.uniform(-jitter_ms, jitter_ms) * MS)
        bpm = RATE * 60.0 / (clock(beat + 1) - clock(beat))
        bpm *= 1 + chance.uniform(-word, word)
        frame = max(frame, script.state.frame)
        script.tell(ev.ClockHeard(frame, beat, bpm))
    pulses = script.state.tempo_map.last.meter.pulses
    downbeats = [clock(beat) for beat in range(0, beats, pulses)]
    lines = []
    for bar in range(1, bar_at_frame(script.state.tempo_map, script.state.frame).bar + 1):
        line = frame_at_beat(script.state.tempo_map, beat_of_bar(script.state.tempo_map, bar))
        lines.append(min((line - down for down in downbeats), key=abs) / MS)
    return lines


@settings(max_examples=30)
@given(
    st.floats(50, 200),
    st.floats(50, 200),
    st.integers(0, 3 * BAR),
    st.sampled_from((3, 4)),
    st.integers(0, 1000),
)
def test_bar_lines_come_onto_the_downbeats_and_stay(
    own_bpm: float, bpm: float, begin: int, pulses: int, seed: int
):
    script = Script(opened(0, own_bpm, pulses, 4))
    off = follow(script, constant(bpm, begin), 200, jitter_ms=3.0, seed=seed, word=0.001)
    # The bars before the clock was heard, and a few to meet it.
    heard_at = bar_at_frame(script.state.tempo_map, begin).bar
    assert len(off) > heard_at + 30
    assert max(abs(ms) for ms in off[heard_at + 5 :]) <= 5.0


def test_a_steady_clock_is_met_in_the_first_bar_that_can_be_bent(script: Script):
    off = follow(script, constant(100.0, 30_000), 60)
    assert max(abs(ms) for ms in off[2:]) < 2.1
    assert len(script.state.tempo_map.segments) < 8, "and then let alone"


def test_a_clock_that_speeds_up_is_followed(script: Script):
    """From 100 to 140 in 64 bars: well over half a beat a minute in every bar."""
    frames, bpm = [30_000.0], 100.0
    for _ in range(300):
        frames.append(frames[-1] + RATE * 60 / bpm)
        bpm = min(140.0, bpm + 40 / 256)
    off = follow(script, lambda beat: frames[beat], 300, jitter_ms=1.0)
    assert max(abs(ms) for ms in off[6:]) < 10.0
    assert max(abs(ms) for ms in off[-4:]) < 5.0


def test_a_jump_of_tempo_is_followed_within_a_few_bars(script: Script):
    def clock(beat: int) -> float:
        return beat * 24_000.0 if beat < 80 else 80 * 24_000 + (beat - 80) * 20_000.0

    off = follow(script, clock, 160, jitter_ms=3.0)
    assert max(abs(ms) for ms in off[4:19]) <= 5.0
    assert max(abs(ms) for ms in off[27:]) <= 5.0


def test_once_locked_no_bar_is_bent_by_more_than_eight_percent(script: Script):
    follow(script, constant(120.0, 0), 40)
    assert script.state.clock_locked
    now = script.state.frame
    # Half a beat late from one quarter note to the next: a fault of the clock.
    for beat in range(40, 120):
        frame = 40 * 24_000 + 11_000 + (beat - 40) * 24_000
        script.tell(ev.ClockHeard(frame, beat, 120.0))
    later = [s.bpm for s in script.state.tempo_map.segments if s.frame >= now]
    assert all(120 / 1.081 <= bpm <= 120 * 1.081 for bpm in later)
    line = frame_at_beat(script.state.tempo_map, beat_of_bar(script.state.tempo_map, 28))
    assert abs((line - 11_000) % BAR) < 150


def test_a_clock_that_starts_over_is_met_anew(script: Script):
    follow(script, constant(120.0, 0), 42)
    begin = script.state.frame + 60_000
    off = follow(script, constant(120.0, begin), 60)
    assert max(abs(ms) for ms in off[-10:]) < 2.1


def test_loops_lie_on_the_downbeats_too(script: Script):
    script.note(0, 9000, 60)
    script.keep(BAR + 1)
    follow(script, constant(110.0, BAR + 50_000), 80)
    ons = [e.frame for e in script.told(SoundOn) if e.layer == 0][-10:]
    clock = constant(110.0, BAR + 50_000)
    downbeats = [clock(beat) for beat in range(0, 80, 4)]
    assert all(min(abs(on - down) for down in downbeats) < 2.1 * MS for on in ons)


def test_markers_only_when_the_tempo_really_changes(script: Script):
    follow(script, constant(100.0, 30_000), 200, jitter_ms=3.0, word=0.003)
    marks = [m.text for m in script.told(Mark) if m.kind == "tempo"]
    assert len(marks) == 2
    assert float(marks[-1].split()[0]) == pytest.approx(100.0, rel=0.01)
    assert sum(e.seat == -1 for e in script.told(MixChanged)) == 2


def test_a_clock_nobody_chose_is_not_followed(script: Script):
    for beat in range(20):
        script.tell(ev.ClockHeard(beat * 30_000, beat, 96.0))
    assert script.state.tempo_map.last.bpm == 120.0
    script.tell(ev.ClockChosen(30 * 30_000, "midi:clock"))
    script.session.fold(31 * 30_000, ev.ClockHeard(31 * 30_000, 0, float("nan")))
    assert script.state.tempo_map.last.bpm == 120.0


def test_the_rooms_own_clock_again_keeps_the_tempo(script: Script):
    follow(script, constant(100.0, 0), 40)
    script.tell(ev.ClockChosen(script.state.frame, ""))
    bpm = script.state.tempo_map.last.bpm
    script.tell(ev.ClockHeard(script.state.frame + 10, 3, 60.0))
    assert script.state.tempo_map.last.bpm == bpm == pytest.approx(100.0, rel=0.002)


def test_eight_hours_of_a_wavering_clock_keep_the_map_small():
    """By the fold itself: 14,400 bars whose tempo goes up and down by two percent."""
    session, chance, frame = Session(), random.Random(3), 0.0
    session.fold(0, opened())
    session.fold(0, ev.ClockChosen(0, "midi:clock"))
    sizes = []
    for beat in range(14_400):  # two of the eight hours are enough to see it
        bpm = 120.0 + 2.4 * ((beat // 64 % 9) - 4) / 4
        at = max(session.state.frame, round(frame + chance.uniform(-3, 3) * MS))
        session.fold(at, ev.ClockHeard(at, beat, bpm))
        sizes.append(len(session.state.tempo_map.segments))
        frame += RATE * 60.0 / bpm
    assert max(sizes) <= MOST_SEGMENTS + 1
    assert len(encode_state(session.state)) < 100_000
    lines = [s.frame for s in session.state.tempo_map.segments]
    assert lines == sorted(set(lines))


def test_thinning_moves_no_line_that_is_left(script: Script):
    follow(script, constant(100.0, 0), 30)
    tempo_map = script.state.tempo_map
    for n in range(MOST_SEGMENTS + 5):
        line = tempo_map.last.beat + 4.0
        last = tempo_map.last
        segment = type(last)(
            frame_at_beat(tempo_map, line), line, last.bar + 1, 100.0 + n % 3 / 50, Meter(), RATE
        )
        tempo_map = type(tempo_map)((*tempo_map.segments, segment))
    thin = thinned(tempo_map, tempo_map.last.beat)
    assert len(thin.segments) <= MOST_SEGMENTS * 3 // 4
    assert thin.last == tempo_map.last
    for segment in thin.segments:
        assert frame_at_beat(tempo_map, segment.beat) == segment.frame
        assert beat_of_bar(tempo_map, segment.bar) == segment.beat
        before = frame_at_beat(thin, segment.beat - 1e-6)
        assert segment.frame - 2 <= before <= segment.frame


def test_replayed_it_is_the_same(script: Script):
    script.note(0, 9000, 60)
    script.keep(BAR + 1)
    follow(script, constant(117.0, BAR + 50_000), 80, jitter_ms=3.0)
    session = Session()
    effects = [e for at, event in script.journal for e in session.fold(at, as_journalled(event))]
    assert effects == script.effects
    assert encode_state(session.state) == encode_state(script.state)
