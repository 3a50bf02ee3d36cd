"""Tempo and metre change at bar lines, and loops stay on their beats."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script, opened

from jamroom.clocks import bar_at_frame
from jamroom.session import events as ev
from jamroom.session.effects import Mark


def tempo_marks(script: Script) -> list[tuple[int, str]]:
    return [(m.frame, m.text) for m in script.told(Mark) if m.kind == "tempo"]


def test_the_opening_tempo_is_marked_once(script: Script):
    script.advance(BAR)
    assert tempo_marks(script) == [(0, "120 bpm, 4/4")]


def test_a_session_may_open_at_any_frame():
    script = Script(opened(frame=10_000, bpm=60.0))
    script.advance(50_000)
    assert tempo_marks(script) == [(10_000, "60 bpm, 4/4")]
    assert bar_at_frame(script.state.tempo_map, 10_000 + 4 * 48_000).bar == 1


def test_a_tempo_begins_at_the_next_bar_line(script: Script):
    script.tell(ev.TempoChosen(BEAT, 60.0))
    script.tell(ev.TempoChosen(2 * BEAT, 240.0))
    script.advance(4 * BAR)
    assert tempo_marks(script)[1:] == [(BAR, "240 bpm, 4/4")]


def test_a_tempo_that_stays_is_no_change(script: Script):
    script.tell(ev.TempoChosen(BEAT, 60.0))
    script.tell(ev.TempoChosen(2 * BEAT, 120.0))
    script.advance(3 * BAR)
    script.tell(ev.Resumed(3 * BAR, 44_100, carry_on=True))
    script.advance(6 * BAR)
    assert tempo_marks(script) == [(0, "120 bpm, 4/4")]


@pytest.mark.parametrize(
    "choice", [ev.TempoChosen(BEAT + 20, 60.0), ev.MeterChosen(BEAT + 20, 3, 4)], ids=repr
)
def test_another_sample_rate_survives_a_change_in_the_same_bar(script: Script, choice: ev.AnyEvent):
    script.tell(ev.Resumed(BEAT, 44_100, carry_on=True))
    script.tell(choice)
    script.advance(2 * BAR)
    last = script.state.tempo_map.last
    assert (last.frame, last.sample_rate) == (BAR, 44_100)
    assert (last.bpm, last.meter.pulses) in ((60.0, 4), (120.0, 3))


def test_loops_follow_the_tempo(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR)
    script.tell(ev.TempoChosen(BAR + 100, 60.0))
    script.advance(2 * BAR + 8 * 2 * BEAT)
    assert script.played() == [
        (BAR + BEAT, BAR + 2 * BEAT, 60),
        (2 * BAR + 2 * BEAT, 2 * BAR + 4 * BEAT, 60),
        (4 * BAR + 2 * BEAT, 4 * BAR + 4 * BEAT, 60),
    ]


def test_tempo_and_metre_in_one_bar_are_one_change(script: Script):
    script.tell(ev.TempoChosen(BEAT, 60.0))
    script.tell(ev.MeterChosen(2 * BEAT, 7, 8))
    script.advance(2 * BAR)
    assert tempo_marks(script)[1:] == [(BAR, "60 bpm, 7/8")]


def test_four_taps_give_the_tempo(script: Script):
    for n in range(4):
        script.tell(ev.TempoTapped(1000 + n * 32_000))
    script.advance(3 * BAR)
    assert tempo_marks(script)[-1][1] == "90 bpm, 4/4"


def test_uneven_taps_are_fitted_by_a_line(script: Script):
    for n, wobble in enumerate((0, 700, -900, 400, -300, 500, -600, 200)):
        script.tell(ev.TempoTapped(1000 + n * 32_000 + wobble))
    assert script.state.tempo_map.last.bpm == pytest.approx(90.0, rel=0.005)


def test_a_pause_begins_a_new_count(script: Script):
    for frame in (0, 24_000, 48_000, 48_000 + 130_000):
        script.tell(ev.TempoTapped(1 + frame))
    assert script.state.tempo_map.last.bpm == 120.0
    assert len(script.state.taps) == 1


def test_taps_of_one_moment_do_no_harm(script: Script):
    for _ in range(12):
        script.tell(ev.TempoTapped(5000))
    assert script.state.tempo_map.last.bpm == 120.0


@pytest.mark.parametrize(("pulses", "unit", "bpm"), [(6, 8, 135.0), (7, 8, 45.0), (3, 4, 90.0)])
def test_a_tap_is_what_is_felt(pulses: int, unit: int, bpm: float):
    script = Script(opened(pulses=pulses, unit=unit))
    for n in range(8):
        script.tell(ev.TempoTapped(1000 + n * 32_000))
    assert script.state.tempo_map.last.bpm == pytest.approx(bpm)


def test_another_tempo_while_recording_leaves_the_loop_whole(script: Script):
    script.tell(ev.LoopBarsChosen(0, 2))
    script.note(100, 200, 48)
    script.press(BEAT)
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.tell(ev.TempoChosen(BAR + 2 * BEAT, 60.0))
    script.note(2 * BAR + 2 * BEAT, 2 * BAR + 4 * BEAT, 62)
    script.advance(4 * BAR + 1)
    assert script.loop() == [(1.0, 1.0, 60), (5.0, 1.0, 62)]
    assert script.layer().content.length_beats == 8.0
