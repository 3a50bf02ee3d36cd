"""The first loop, played freely, gives the tempo; its ends are exact to the frame."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room_script import BAR, Script, as_journalled, opened

from jamroom.clocks import beat_at_frame, beat_of_bar, frame_at_beat
from jamroom.session import events as ev
from jamroom.session.decide import Refusal
from jamroom.session.effects import Effect, Mark, MixChanged, Notice, SoundOn
from jamroom.session.free_loop import BARS, bars_for
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state


@pytest.fixture
def free(script: Script) -> Script:
    script.note(10, 20, 48)
    script.tell(ev.FreeLoopChosen(100, True))
    return script


def play_freely(script: Script, first: int, last: int) -> None:
    """Press, a note exactly on the press, one in the middle, press."""
    script.press(first)
    script.note(first, first + 900, 60)
    script.note((first + last) // 2, (first + last) // 2 + 900, 64)
    script.press(last)


def test_the_loop_goes_from_press_to_press_to_the_frame(free: Script):
    first, last = BAR + 1234, BAR + 1234 + 150_001  # 3.125 s: nearer to 120 than one bar at 76.8
    play_freely(free, first, last)
    layer, tempo = free.layer(), free.state.tempo_map.last
    assert (layer.phase, layer.content.bars, layer.content.length_beats) == ("playing", 2, 8.0)
    assert tempo.bpm == pytest.approx(153.6, abs=0.01)
    assert (tempo.frame, tempo.beat, tempo.bar) == (first, layer.content.anchor_beat, 1)
    assert "2 bars at 153.6" in free.told(Notice)[-1].text
    free.advance(last + 30 * 150_001)
    starts = [on for on, _, note in free.played() if note == 60]
    assert starts == [last + k * 150_001 for k in range(30)]


def test_no_bar_is_partial_and_every_bar_line_is_counted(free: Script):
    first, last = 3 * BAR + 70_000, 3 * BAR + 70_000 + 192_500
    play_freely(free, first, last)
    tempo_map = free.state.tempo_map
    for before, after in zip(tempo_map.segments, tempo_map.segments[1:], strict=False):
        bars = (after.beat - before.beat) / before.meter.beats_per_bar
        assert bars == after.bar - before.bar
        assert frame_at_beat(tempo_map, after.beat) == after.frame
        assert beat_at_frame(tempo_map, after.frame - 1) < after.beat
    assert frame_at_beat(tempo_map, beat_of_bar(tempo_map, 4)) == first
    assert frame_at_beat(tempo_map, beat_of_bar(tempo_map, 4 + free.layer().content.bars)) == last


@pytest.mark.parametrize("first", [BAR, BAR + 1, BAR + 40_000, BAR + 60_000, 150, 50_000])
def test_wherever_the_first_press_is_a_bar_line_falls_on_it(free: Script, first: int):
    play_freely(free, first, first + 101_003)
    tempo_map = free.state.tempo_map
    assert tempo_map.last.frame == first
    assert all(s.bpm > 0 for s in tempo_map.segments)
    assert [s.frame for s in tempo_map.segments] == sorted({s.frame for s in tempo_map.segments})
    free.advance(first + 4 * 101_003)
    starts = [on for on, _, note in free.played() if note == 60]
    assert starts == [first + k * 101_003 for k in range(1, 4)]


@settings(max_examples=40)
@given(st.integers(200, 300_000), st.integers(58_000, 4_000_000), st.integers(0, 5000))
def test_the_start_is_exact_over_many_passes(first: int, length: int, lag: int):
    script = Script()
    script.note(10, 20, 48)
    script.tell(ev.FreeLoopChosen(100, True))
    script.press(first)
    script.note(first, first + 9000, 60)
    script.tell(ev.LayerPressed(first + length, 0, 0), at=first + length + lag)
    script.advance(first + 26 * length)
    starts = [on for on, _, _ in script.played()]
    # The first pass, if it was told late, is caught up with at once.
    caught_up = starts[0] if lag else first + length
    assert starts == [caught_up, *(first + k * length for k in range(2, 26))][: len(starts)]
    assert len(starts) == 25
    assert 50.0 <= script.state.tempo_map.last.bpm <= 200.0


@pytest.mark.parametrize(
    ("seconds", "room_bpm", "bars"),
    [
        (4.0, 90.0, 2),  # 120, rather than 60
        (3.0, 90.0, 1),  # 80
        (3.0, 160.0, 2),  # 160 in a fast room
        (1.3, 90.0, 1),  # 185: all there is
        (20.0, 90.0, 8),  # 96
        (60.0, 90.0, 16),  # 64
        (250.0, 60.0, 64),
    ],
)
def test_how_many_bars_it_is(seconds: float, room_bpm: float, bars: int):
    assert bars_for(seconds, 4.0, room_bpm) == bars


@given(st.floats(1.2, 300.0), st.floats(20, 300), st.sampled_from((3.0, 3.5, 4.0)))
def test_the_tempo_lies_between_50_and_200_where_it_can(seconds: float, room: float, bar: float):
    bpm = bars_for(seconds, bar, room) * bar * 60.0 / seconds
    possible = [n * bar * 60.0 / seconds for n in BARS]
    if any(50.0 <= one <= 200.0 for one in possible):
        assert 50.0 - 1e-6 <= bpm <= 200.0 + 1e-6


def test_a_loop_too_short_for_a_bar_goes_on_to_the_end_of_it(free: Script):
    free.press(BAR)
    free.note(BAR, BAR + 100, 60)
    free.press(BAR + 10_000)
    assert free.layer().phase == "recording"
    free.note(BAR + 30_000, BAR + 30_100, 64)
    free.advance(BAR + 57_601)
    assert free.layer().phase == "playing"
    assert free.state.tempo_map.last.bpm == pytest.approx(200.0)
    free.advance(BAR + 2 * 57_600)
    assert [(on - BAR - 57_600, note) for on, _, note in free.played()] == [(0, 60), (30_000, 64)]


def test_a_free_loop_may_be_long_but_not_for_ever(free: Script):
    free.press(BAR)
    for second in range(270):
        free.note(BAR + second * 48_000, BAR + second * 48_000 + 100, 60)
    free.press(BAR + 270 * 48_000)
    assert len(free.loop()) == 270, "all of it, however long"
    assert free.layer().content.bars == 64
    free.tell(ev.LayerCleared(BAR + 271 * 48_000, 0, 0))
    free.press(BAR + 272 * 48_000)
    free.note(BAR + 273 * 48_000, BAR + 274 * 48_000)
    free.advance(BAR + 560 * 48_000)
    assert free.layer().phase == "empty"
    assert "too long" in free.told(Notice)[-1].text


def test_nothing_played_leaves_the_tempo_alone(free: Script):
    free.press(BAR)
    free.press(2 * BAR + 333)
    assert free.layer().phase == "empty"
    assert free.state.tempo_map.last.bpm == 120.0
    assert "Nothing was played" in free.told(Notice)[-1].text


def test_cancelled_by_undo_and_by_everything_off(free: Script):
    free.press(BAR)
    free.note(BAR + 10, BAR + 20)
    free.undo(2 * BAR)
    assert free.layer().phase == "empty"
    free.press(2 * BAR + 50)
    assert free.layer().phase == "recording"
    free.tell(ev.AllStopped(3 * BAR))
    free.advance(20 * BAR)
    assert free.layer().phase == "empty"
    assert free.state.tempo_map.last.bpm == 120.0


def test_others_wait_their_turn_and_then_lie_on_its_grid(free: Script):
    free.note(150, 160, 48, seat=1)
    first, last = BAR + 5000, BAR + 105_000
    free.press(first)
    free.note(first, first + 900, 60)
    with pytest.raises(Refusal, match="gives the tempo"):
        free.press(first + 20_000, seat=1)
    assert free.layer(1).phase == "empty"
    with pytest.raises(Refusal, match="gives the tempo"):
        free.keep(first + 21_000, seat=1)
    free.press(last)
    free.press(last + 60_000, seat=1)
    free.note(last + 100_000, last + 100_900, 67, seat=1)
    free.advance(last + 300_000)
    assert free.layer(1).content.anchor_beat == free.layer().content.anchor_beat + 8.0
    assert [on for on, _, _ in free.played(1)] == [last + 200_000]


def test_only_the_first_loop_is_free(free: Script):
    play_freely(free, BAR + 500, BAR + 100_500)
    before = free.state.tempo_map
    free.press(2 * BAR + 30_000, slot=1)
    assert free.layer(0, 1).phase == "armed"
    free.undo(2 * BAR + 30_001, slot=1)
    free.tell(ev.LayerCleared(2 * BAR + 40_000, 0, 0))
    assert free.state.tempo_map is before
    play_freely(free, 5 * BAR, 5 * BAR + 80_000)
    assert free.state.tempo_map.last.frame == 5 * BAR, "nothing is held, so it is the first again"


def test_with_another_clock_in_charge_loops_are_ordinary(free: Script):
    free.tell(ev.ClockChosen(200, "midi:clock"))
    free.press(BAR)
    assert free.layer().phase in ("armed", "recording")
    assert free.layer().bars == 1


def test_a_note_a_sixteenth_early_belongs_to_it(free: Script):
    free.down(BAR - 3000, 60)
    free.press(BAR)
    free.up(BAR + 5000, 60)
    free.note(BAR + 50_000, BAR + 51_000, 64)
    free.press(BAR + 100_000)
    assert [(start, note) for start, _, note in free.loop()] == [(0.0, 60), (2.0, 64)]


def test_what_was_played_before_keeps_its_frames(free: Script):
    free.note(BAR + 30_000, BAR + 31_000, 70)
    free.down(BAR + 80_000, 71)
    play_freely(free, BAR + 90_000, BAR + 190_000)
    free.up(2 * BAR + 150_000, 71)
    tempo_map = free.state.tempo_map
    notes = {n.note: n for n in free.state.past[0].notes}
    assert frame_at_beat(tempo_map, notes[70].start_beat) == BAR + 30_000
    assert frame_at_beat(tempo_map, notes[71].start_beat) == BAR + 80_000
    assert frame_at_beat(tempo_map, notes[71].end_beat or 0.0) == 2 * BAR + 150_000


def test_palette_and_recall_still_come_on_a_bar_line(free: Script):
    free.tell(ev.PaletteChosen(BAR - 10, 2, "major"))
    free.press(BAR + 10_000)
    free.note(BAR + 10_000, BAR + 11_000, 60)
    free.tell(ev.PaletteChosen(BAR + 95_000, 7, "hijaz"))
    free.press(BAR + 95_500)
    beat = free.state.next_palette_beat
    assert beat % 4.0 == 0.0
    free.advance(frame_at_beat(free.state.tempo_map, beat) + 1)
    assert free.state.palette.scale == "hijaz"


def test_the_tempo_is_marked_once_and_the_echo_told(free: Script):
    play_freely(free, BAR + 500, BAR + 100_500)
    free.session = Session(decode_state(encode_state(free.state)))
    free.advance(10 * BAR)
    marks = [m.text for m in free.told(Mark) if m.kind == "tempo"]
    assert marks == ["120 bpm, 4/4", "115.2 bpm, 4/4"]
    assert MixChanged(BAR + 100_500, -1) in free.effects


def test_a_journal_without_the_player_of_the_first_loop_has_its_tempo(free: Script):
    """Whoever wants nothing kept: the others' loops must stay where they were."""
    free.note(150, 160, 48, seat=1)
    play_freely(free, BAR + 5000, BAR + 105_000)
    free.press(BAR + 180_000, seat=1)
    free.note(BAR + 210_000, BAR + 211_000, 67, seat=1)
    free.advance(10 * BAR)
    session, effects = Session(), []
    for at, event in free.journal:
        if ev.seat_of(event) != 0:
            effects += session.fold(at, as_journalled(event))
    effects += session.advance(10 * BAR)
    assert session.state.tempo_map == free.state.tempo_map
    ons = [e for e in free.told(SoundOn) if e.seat == 1]
    assert len(ons) > 4
    others = [e for e in effects if isinstance(e, SoundOn)]
    assert [(e.frame, e.note) for e in others] == [(e.frame, e.note) for e in ons]


@given(st.lists(st.integers(0, 12 * BAR), max_size=30), st.integers(0, 2 * BAR))
def test_however_time_is_cut_it_is_the_same(cuts: list[int], first: int):
    script = Script(opened(0, 97.3, 3, 4))
    script.note(10, 20, 48)
    script.tell(ev.FreeLoopChosen(30, True))
    play_freely(script, first + 1000, first + 170_000)
    script.tell(ev.TempoChosen(first + 180_000, 140.0))
    script.note(first + 190_000, first + 200_000, 70, seat=1)
    script.tell(ev.Kept(first + 400_000, ev.EVERYBODY, 1))
    script.advance(12 * BAR)
    session, effects = Session(), []
    journal, rest = list(script.journal), sorted(cuts)
    for at, event in journal:
        while rest and rest[0] <= at:
            effects += cut_at(session, rest.pop(0))
            session = Session(decode_state(encode_state(session.state)))
        effects += session.fold(at, as_journalled(event))
    for frame in [*rest, 12 * BAR]:
        effects += cut_at(session, frame)
    assert effects == script.effects
    assert encode_state(session.state) == encode_state(script.state)


def cut_at(session: Session, frame: int) -> list[Effect]:
    return session.advance(max(frame, session.state.frame))


def test_a_thousand_launches_start_on_the_frame(free: Script):
    """Mute and play by the bar, a thousand times; every start is where the first press says."""
    first, length = BAR + 777, 96_331
    free.press(first)
    free.note(first, first + 900, 60)
    free.press(first + length)
    for n in range(1000):
        now = first + (2 * n + 2) * length
        free.press(now - 9000)
        free.press(now + length - 9000)
    free.advance(first + 2002 * length)
    starts = {e.frame for e in free.told(SoundOn) if e.layer == 0}
    assert len(starts) == 1001
    assert {(frame - first) % length for frame in starts} == {0}
