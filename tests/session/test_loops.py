"""The layer's buttons, to the frame."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, LATE, Script, notes_of

from jamroom.session import events as ev
from jamroom.session.effects import Mark, Notice, SoundBend, SoundOn
from jamroom.session.inputs import KeyDown, KeyUp
from jamroom.session.state import part_of


def recorded(script: Script) -> Script:
    """One bar with a note on its second beat, recorded in bar 1, playing from bar 2 on."""
    script.note(100, 200, 48)
    script.press(BAR - BEAT)
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.advance(2 * BAR + 1)
    assert script.layer().phase == "playing"
    return script


def test_a_press_arms_and_the_next_bar_records_and_closes_by_itself(script: Script):
    script.note(100, 200)
    script.press(BAR // 2)
    assert script.layer().phase == "armed"
    script.advance(BAR)
    assert script.layer().phase == "armed", "a bar line comes with its own frame"
    script.advance(BAR + 1)
    assert script.layer().phase == "recording"
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.advance(2 * BAR + 1)
    assert script.layer().phase == "playing"
    assert script.loop() == [(1.0, 1.0, 60)]
    script.advance(4 * BAR)
    assert script.played() == [
        (2 * BAR + BEAT, 2 * BAR + 2 * BEAT, 60),
        (3 * BAR + BEAT, 3 * BAR + 2 * BEAT, 60),
    ]


@pytest.mark.parametrize(("late", "begins"), [(0, 1), (1, 1), (LATE, 1), (LATE + 1, 2)])
def test_a_press_up_to_120_ms_late_still_records_this_bar(script: Script, late: int, begins: int):
    script.note(100, 200, 48)
    script.down(BAR + 1)
    script.press(BAR + late) if late else script.tell(ev.LayerPressed(BAR, 0, 0), at=BAR + 1)
    assert script.layer().phase == ("recording" if begins == 1 else "armed")
    script.up(BAR + BEAT)
    script.advance((begins + 1) * BAR + 1)
    if begins == 1:
        assert script.loop() == [(0.0, 1.0, 60)]
    else:
        assert script.loop() == []


def test_press_while_armed_cancels(script: Script):
    script.note(100, 200)
    script.press(BEAT)
    script.press(2 * BEAT)
    assert script.layer().phase == "empty"
    script.note(BAR + 10, BAR + BEAT)
    script.advance(3 * BAR)
    assert script.layer().phase == "empty"
    assert not script.loop()


def test_a_take_in_which_nothing_was_played_stays_empty_and_says_so(script: Script):
    script.note(100, 200)
    script.press(BEAT)
    script.advance(2 * BAR + 1)
    assert script.layer().phase == "empty"
    assert "Nothing was played" in script.told(Notice)[-1].text


def test_a_press_while_recording_closes_at_the_next_bar(script: Script):
    script.note(100, 200)
    script.tell(ev.LoopBarsChosen(300, 4))
    script.press(BEAT)
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.press(2 * BAR - BEAT)
    assert script.layer().phase == "recording"
    script.advance(2 * BAR + 1)
    assert script.layer().phase == "playing"
    assert (script.layer().content.bars, script.layer().content.length_beats) == (1, 4.0)


def test_a_press_just_after_the_line_closes_there_and_the_downbeat_is_not_lost(script: Script):
    script.note(100, 200)
    script.tell(ev.LoopBarsChosen(300, 4))
    script.press(BEAT)
    script.note(BAR, BAR + BEAT)
    script.note(BAR + 2 * BEAT, BAR + 3 * BEAT, 67)
    late = 2 * BAR + 2000
    script.press(late)
    assert script.layer().content.length_beats == 4.0
    script.advance(3 * BAR)
    assert script.played() == [
        (late, 2 * BAR + BEAT, 60),
        (2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 67),
    ]


def test_a_late_close_does_not_double_the_note_that_is_still_held(script: Script):
    script.note(100, 200)
    script.tell(ev.LoopBarsChosen(300, 4))
    script.press(BEAT)
    script.down(BAR + 3 * BEAT)
    script.press(2 * BAR + 2000)
    assert script.played() == []
    script.up(2 * BAR + BEAT)
    script.advance(4 * BAR)
    assert script.played() == [
        (2 * BAR + 3 * BEAT, 3 * BAR + BEAT, 60),
        (3 * BAR + 3 * BEAT, -1, 60),
    ]


@pytest.mark.parametrize("late", [1, 300, LATE])
def test_a_late_mute_is_at_once_and_a_late_launch_catches_up(script: Script, late: int):
    recorded(script)
    script.press(3 * BAR + late)
    assert script.layer().phase == "muted"
    script.note(3 * BAR + LATE + 10, 3 * BAR + LATE + 20, 48)
    script.press(4 * BAR + late)
    assert script.layer().phase == "playing"
    script.advance(5 * BAR)
    assert [n[0] for n in script.played()] == [2 * BAR + BEAT, 4 * BAR + BEAT]


def test_a_launch_after_its_downbeat_takes_up_the_note_that_began_there(script: Script):
    script.note(BAR, BAR + 2 * BEAT)
    script.keep(2 * BAR)
    script.press(2 * BAR + 10)  # mutes at once
    script.press(3 * BAR + 4000)
    assert script.played(since=3 * BAR) == [(3 * BAR + 4000, -1, 60)]
    script.advance(4 * BAR)
    assert script.played(since=3 * BAR) == [(3 * BAR + 4000, 3 * BAR + 2 * BEAT, 60)]


def test_mute_and_launch_wait_for_the_bar(script: Script):
    recorded(script)
    script.press(2 * BAR + 3 * BEAT)
    assert script.layer().change == "mute"
    script.advance(3 * BAR + 1)
    assert script.layer().phase == "muted"
    script.press(3 * BAR + BEAT)
    script.advance(5 * BAR)
    assert [n[0] for n in script.played()] == [2 * BAR + BEAT, 4 * BAR + BEAT]
    kinds = [m.kind for m in script.told(Mark) if m.kind in ("take", "launch", "stop")]
    assert kinds == ["take", "stop", "launch"]


def test_muting_ends_the_note_that_sounds(script: Script):
    script.note(BAR + 3 * BEAT, 2 * BAR + 2 * BEAT)
    script.keep(2 * BAR + 2 * BEAT)
    script.press(3 * BAR - BEAT // 2)
    script.advance(5 * BAR)
    assert script.played() == [(2 * BAR + 3 * BEAT, 3 * BAR, 60)]


def test_a_second_press_takes_back_what_was_queued(script: Script):
    recorded(script)
    script.press(2 * BAR + BEAT)
    script.press(2 * BAR + 2 * BEAT)
    assert (script.layer().change, script.layer().phase) == ("", "playing")
    script.press(2 * BAR + 3 * BEAT)
    assert script.layer().change == "mute"
    script.advance(4 * BAR)
    assert script.layer().phase == "muted"
    assert len([m for m in script.told(Mark) if m.kind == "stop"]) == 1


def test_loops_are_in_phase_with_bar_zero_however_they_are_launched(script: Script):
    script.tell(ev.LoopBarsChosen(0, 2))
    script.note(BAR + BEAT, BAR + BEAT + 2400)
    script.keep(2 * BAR + 10, bars=2)
    script.press(2 * BAR + 20)
    script.press(3 * BAR + 100)
    script.advance(7 * BAR)
    assert [n[0] for n in script.played()] == [3 * BAR + BEAT, 5 * BAR + BEAT]


def test_a_note_seen_before_the_loop_closed_but_told_after_is_in_it(script: Script):
    script.note(100, 200, 48)
    script.press(BEAT)
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.advance(2 * BAR + 64)
    for key in (65, 69):  # two fingers at once
        script.tell(KeyDown(2 * BAR - 20, "play:0", key, 100), at=2 * BAR + 64)
    script.up(2 * BAR + BEAT, 65)
    script.up(2 * BAR + BEAT, 69)
    assert [n[2] for n in script.loop()] == [60, 65, 69]
    script.advance(4 * BAR)
    assert [n[:1] + n[2:] for n in script.played()] == [
        (2 * BAR + BEAT, 60),
        (3 * BAR - 20, 65),
        (3 * BAR - 20, 69),
        (3 * BAR + BEAT, 60),
        (4 * BAR - 20, 65),
        (4 * BAR - 20, 69),
    ]


def test_who_anticipates_every_downbeat_hears_it_once_even_when_told_late(script: Script):
    script.note(100, 200, 48)
    script.press(BEAT)
    script.note(BAR - 20, BAR + BEAT)
    script.advance(2 * BAR + 64)
    script.tell(KeyDown(2 * BAR - 20, "play:0", 60, 100), at=2 * BAR + 64)
    assert [n[0] for n in script.loop()] == [0.0]


def test_clear_empties_and_undo_brings_back(script: Script):
    recorded(script)
    script.tell(ev.LayerCleared(2 * BAR + BEAT + 100, 0, 0))
    assert script.layer().phase == "empty"
    assert script.played() == [(2 * BAR + BEAT, 2 * BAR + BEAT + 100, 60)]
    script.advance(3 * BAR + 10)
    script.undo(3 * BAR + 20)
    assert script.layer().phase == "playing"
    script.advance(4 * BAR)
    assert script.played(since=3 * BAR) == [(3 * BAR + BEAT, 3 * BAR + 2 * BEAT, 60)]


def test_a_seat_that_left_leaves_its_loops(script: Script):
    recorded(script)
    script.unplug(2 * BAR + 10)
    script.advance(5 * BAR)
    assert len(script.played()) == 3


def test_a_room_that_was_closed_comes_back_with_its_loops_waiting(script: Script):
    recorded(script)
    script.tell(ev.Resumed(2 * BAR + 10, 48_000, carry_on=False))
    assert script.layer().phase == "muted"
    script.advance(4 * BAR)
    assert not script.played()


def test_a_room_opened_again_is_empty_until_somebody_touches_something(script: Script):
    inputs = ("keys:low", "keys:high", "play:0")
    for number, name in enumerate(inputs):
        script.tell(KeyDown(100 + number * 20, name, 1, 100))
        script.tell(KeyUp(110 + number * 20, name, 1, 64))
    script.tell(ev.Closed(BAR))
    script.tell(ev.Resumed(BAR + 10, 48_000, carry_on=False))
    assert [seat.present for seat in script.state.seats.values()] == [False] * 3
    for number, name in enumerate(inputs):
        script.tell(KeyDown(BAR + 100 + number, name, 1, 100))
        assert isinstance(script.journal[-2][1], ev.SeatTaken)
        assert script.state.seats[number].present
        assert script.told(SoundOn)[-1].seat == number
    assert list(script.state.seats) == [0, 1, 2]


def test_after_a_crash_everybody_is_still_there(script: Script):
    recorded(script)
    script.tell(ev.Resumed(2 * BAR + 10, 48_000, carry_on=True))
    assert script.state.seats[0].present


def test_closing_the_room_ends_every_sound_and_loses_nothing(script: Script):
    recorded(script)
    script.down(2 * BAR + BEAT + 5, 72)
    script.tell(ev.Closed(2 * BAR + BEAT + 10))
    script.advance(4 * BAR)
    assert {n[1] for n in notes_of(script.effects)[-2:]} == {2 * BAR + BEAT + 10}
    assert (script.layer().phase, script.loop()) == ("muted", [(1.0, 1.0, 60)])


def test_a_room_that_crashed_comes_back_with_its_loops_in_phase(script: Script):
    recorded(script)
    script.tell(ev.Resumed(2 * BAR + 10, 48_000, carry_on=True))
    script.advance(4 * BAR)
    assert [n[0] for n in script.played()] == [2 * BAR + BEAT, 3 * BAR + BEAT]


def test_a_crash_straightens_the_hand_and_not_the_loop_that_goes_on(script: Script):
    script.bend(100, 0.0)
    script.note(100, 200, 48)
    script.bend(BEAT, 0.5)
    script.note(2 * BEAT, 2 * BEAT + 100)
    script.keep(BAR + 10)
    script.advance(BAR + BEAT + 10)
    bends = script.state.bends
    assert (bends[part_of(0)], bends[part_of(0, 0)]) == (100.0, 100.0)
    script.tell(ev.Resumed(BAR + BEAT + 100, 48_000, carry_on=True))
    assert part_of(0) not in script.state.bends
    script.advance(2 * BAR)
    (bend,) = (b for b in script.told(SoundBend) if b.frame == BAR + 2 * BEAT)
    assert bend.cents == 100.0
    script.tell(ev.Panicked(2 * BAR + BEAT + 100))
    assert not script.state.bends


def test_another_sample_rate_after_a_crash_leaves_the_loop_on_its_beat(script: Script):
    recorded(script)
    script.tell(ev.Resumed(2 * BAR + 10, 44_100, carry_on=True))
    script.advance(5 * BAR)
    at = 3 * BAR + 22_050
    assert [n[0] for n in script.played()] == [2 * BAR + BEAT, at, at + 4 * 22_050]


def test_a_full_length_note_ends_before_it_begins_again(script: Script):
    """At 97 bpm beats are no round floats; by frame and by order, off comes first."""
    script = Script(ev.Opened(0, 0.0, 48_000, 97.3, 7, 8, 2, "dorian", 1, "keep"))
    bar = round(48_000 * 60 / 97.3 * 3.5)
    script.down(bar // 3)
    script.keep(bar + 10)
    script.advance(200 * bar)
    sounds = [e for e in script.effects if getattr(e, "layer", -1) == 0]
    kinds = [type(e).__name__ for e in sounds]
    assert len(kinds) > 390
    assert kinds == ["SoundOn", "SoundOff"] * (len(kinds) // 2) + ["SoundOn"] * (len(kinds) % 2)
