"""Places: shared keyboards, changing seats, badges, switches, buttons, the lock, per-key bends."""

from __future__ import annotations

import contextlib
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script

from jamroom.session import events as ev
from jamroom.session.arriving import MICROPHONE, SECOND_KEY
from jamroom.session.badges import BADGES
from jamroom.session.decide import Habits, Refusal, decide
from jamroom.session.effects import SoundBend, SoundOff, SoundOn
from jamroom.session.inputs import Bend, Button, ClockBeat, Control, InputGone, KeyDown, KeyUp, Lean
from jamroom.session.state import Seat

LONG = "midi:Long keyboard"


def shared(script: Script, *lowest: int) -> None:
    script.tell(ev.KeyboardSplit(script.state.frame, LONG, lowest))


def press(script: Script, key: int, input_id: str = LONG) -> None:
    script.tell(KeyDown(script.state.frame, input_id, key, 90))


def lift(script: Script, key: int, input_id: str = LONG) -> None:
    script.tell(KeyUp(script.state.frame, input_id, key, 64))


def seat_of_last_note(script: Script) -> Seat:
    last = [e for e in script.effects if isinstance(e, SoundOn)][-1]
    return script.state.seats[last.seat]


def test_three_players_share_one_keyboard(script: Script) -> None:
    shared(script, 48, 72)
    for key in (40, 60, 80):
        press(script, key)
    inputs = {seat.input for seat in script.state.seats.values()}
    assert inputs == {LONG, f"{LONG}/2", f"{LONG}/3"}
    assert len({seat.badge for seat in script.state.seats.values()}) == 3


def test_a_key_held_while_the_border_moves_is_ended_by_its_own_release(script: Script) -> None:
    press(script, 60)
    shared(script, 50)
    press(script, 62)
    lift(script, 60)
    lift(script, 62)
    assert not script.state.sounding
    assert not script.state.held


def test_pedal_and_unplugging_are_for_everybody_at_the_keyboard(script: Script) -> None:
    shared(script, 60)
    press(script, 50)
    press(script, 70)
    script.tell(Control(script.state.frame, LONG, 64, 127))
    assert script.state.pedals == [0, 1]
    script.tell(InputGone(script.state.frame, LONG))
    assert not script.state.sounding
    assert not script.state.pedals
    assert not any(seat.present for seat in script.state.seats.values())


def test_joining_again_gives_all_keys_to_the_first_player(script: Script) -> None:
    shared(script, 60)
    press(script, 70)
    first = seat_of_last_note(script)
    lift(script, 70)
    shared(script)
    press(script, 70)
    assert seat_of_last_note(script).input == LONG
    assert not script.state.seats[first.id].present


@pytest.mark.parametrize("lowest", [(10, 20, 30, 40), (0,), (128,), (-1,)])
def test_a_keyboard_has_room_for_four(script: Script, lowest: tuple[int, ...]) -> None:
    with pytest.raises(Refusal):
        shared(script, *lowest)


# -- changing places -------------------------------------------------------------------------


def two_players(script: Script) -> None:
    press(script, 60, "midi:One")
    press(script, 60, "midi:Two")


def test_swapping_moves_badges_sounds_and_loops_and_strands_no_note(script: Script) -> None:
    two_players(script)
    script.tell(ev.PatchChosen(script.state.frame, 0, "choir"))
    script.tell(ev.SeatsSwapped(script.state.frame, 0, 1))
    assert not script.state.sounding
    press(script, 60, "midi:Two")
    assert seat_of_last_note(script).patch == "choir"
    lift(script, 60, "midi:Two")
    lift(script, 60, "midi:One")
    assert not script.state.sounding


def test_moving_to_a_taken_input_gives_the_other_the_old_one(script: Script) -> None:
    two_players(script)
    script.tell(ev.InputChosen(script.state.frame, 0, "midi:Two"))
    assert [script.state.seats[n].input for n in (0, 1)] == ["midi:Two", "midi:One"]
    assert not script.state.sounding


def test_moving_to_a_free_input(script: Script) -> None:
    two_players(script)
    script.tell(ev.InputChosen(script.state.frame, 0, "midi:Three"))
    press(script, 60, "midi:Three")
    assert seat_of_last_note(script).id == 0
    press(script, 60, "midi:One")
    assert seat_of_last_note(script).id == 2


def test_a_badge_is_worn_once(script: Script) -> None:
    two_players(script)
    worn = script.state.seats[1].badge
    free = next(b.name for b in BADGES if b.name not in {script.state.seats[0].badge, worn})
    script.tell(ev.BadgeChosen(script.state.frame, 0, free))
    assert script.state.seats[0].badge == free
    for badge in (worn, "no such bird"):
        with pytest.raises(Refusal):
            script.tell(ev.BadgeChosen(script.state.frame, 0, badge))
    press(script, 60, "midi:Three")
    badges = [seat.badge for seat in script.state.seats.values()]
    assert len(set(badges)) == 3


def test_the_microphone_sits_down_when_it_is_switched_on(script: Script) -> None:
    script.tell(ev.MicrophoneSwitched(script.state.frame, True))
    (seat,) = script.state.seats.values()
    assert (seat.input, seat.present) == (MICROPHONE, True)
    press(script, 60)
    with pytest.raises(Refusal):
        script.tell(ev.InputChosen(script.state.frame, seat.id, LONG))
    with pytest.raises(Refusal):
        script.tell(ev.InputChosen(script.state.frame, 1, MICROPHONE))
    script.tell(ev.MicrophoneSwitched(script.state.frame, False))
    assert not script.state.seats[seat.id].present
    script.tell(ev.MicrophoneSwitched(script.state.frame, True))
    assert [s.input for s in script.state.seats.values()].count(MICROPHONE) == 1


# -- hands -----------------------------------------------------------------------------------


def test_one_switch_walks_through_the_palette(script: Script) -> None:
    habits = Habits(keymaps={"midi:Switch": "walk"})
    for _ in range(40):
        down = KeyDown(script.state.frame, "midi:Switch", 36, 90)
        for event in decide(script.state, down, habits):
            script.effects += script.session.fold(script.state.frame, event)
        lift(script, 36, "midi:Switch")
    notes = [e.note for e in script.effects if isinstance(e, SoundOn)]
    assert len(notes) == 40
    assert len(set(notes)) > 5
    assert max(abs(a - b) for a, b in pairwise(notes)) <= 12
    assert not script.state.sounding


def test_keys_of_an_mpe_instrument_bend_one_by_one_on_top_of_the_wheel(script: Script) -> None:
    press(script, 60)
    press(script, 64)
    low, high = (e.voice for e in script.effects if isinstance(e, SoundOn))
    script.tell(Bend(script.state.frame, LONG, 0.5, key=60, reach_cents=4800.0))
    script.tell(Bend(script.state.frame, LONG, 1.0))
    bends = [(e.voice, e.cents) for e in script.effects if isinstance(e, SoundBend)]
    assert bends == [(low, 2400.0), (low, 2600.0), (high, 200.0)]
    lift(script, 60)
    assert not script.state.key_bends
    script.tell(Bend(script.state.frame, LONG, 0.5, key=60, reach_cents=4800.0))
    script.tell(Lean(script.state.frame, LONG, 60, 100))
    assert len([e for e in script.effects if isinstance(e, SoundBend)]) == 3


def test_the_same_note_twice_on_an_mpe_instrument_ends_one_by_one(script: Script) -> None:
    press(script, 60)
    press(script, 60 + 128)
    one, two = (e for e in script.effects if isinstance(e, SoundOn))
    assert one.note == two.note
    lift(script, 60)
    assert [e.voice for e in script.effects if isinstance(e, SoundOff)] == [one.voice]
    lift(script, 60 + 128)
    assert not script.state.sounding


# -- buttons, the clock, the lock ------------------------------------------------------------


def button(script: Script, name: str, slot: int = -1) -> None:
    script.tell(Button(script.state.frame, LONG, name, slot))  # type: ignore[arg-type]


def test_buttons_are_requests_of_the_player_at_that_controller(script: Script) -> None:
    button(script, "layer", 2)
    assert not script.state.layers
    press(script, 60)
    button(script, "layer", 2)
    assert script.state.layers[2].phase == "recording"
    button(script, "octave up")
    assert script.state.seats[0].octave == 1
    button(script, "softer")
    assert script.state.room_level_db == -3.0
    button(script, "silence")
    assert not script.state.sounding


def test_only_the_clock_in_charge_is_heard(script: Script) -> None:
    beat = ClockBeat(script.state.frame, "midi:Clock", 0, 100.0)
    assert decide(script.state, beat) == ()
    script.state.clock_input = "midi:Clock"
    assert decide(script.state, beat) == (ev.ClockHeard(beat.frame, 0, 100.0),)
    with pytest.raises(Refusal, match="Clock"):
        decide(script.state, ev.TempoChosen(1, 120.0))


def test_the_lock_refuses_what_could_lose_something(script: Script) -> None:
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR)
    script.tell(ev.LockChosen(script.state.frame, True))
    now = script.state.frame
    for request in (
        ev.LayerCleared(now, 0, 0),
        ev.LayerUndone(now, 0, 0),
        ev.LayerOverdubbed(now, 0, 0),
        ev.LayerShaped(now, 0, 0, "reverse", 0.0),
    ):
        with pytest.raises(Refusal, match="lock"):
            decide(script.state, request)
    for allowed in (ev.Panicked(now), ev.LayerPressed(now, 0, 0), ev.LayerOverdubbed(now, 0, 5)):
        assert decide(script.state, allowed)
    script.tell(ev.LockChosen(now, False))
    assert decide(script.state, ev.LayerCleared(now, 0, 0))


@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("down"), st.integers(0, 127)),
            st.tuples(st.just("up"), st.integers(0, 127)),
            st.tuples(st.just("split"), st.lists(st.integers(1, 127), max_size=3)),
            st.tuples(st.just("swap"), st.integers(0, 3)),
            st.tuples(st.just("move"), st.sampled_from([LONG, f"{LONG}/2", "midi:Other"])),
        ),
        max_size=40,
    )
)
def test_whatever_happens_to_places_every_note_can_be_ended(
    steps: list[tuple[str, object]],
) -> None:
    script = Script()
    for what, value in steps:
        now = script.state.frame + 100
        script.advance(now)
        if what == "down":
            script.tell(KeyDown(now, LONG, value, 90))  # type: ignore[arg-type]
        elif what == "up":
            script.tell(KeyUp(now, LONG, value, 64))  # type: ignore[arg-type]
        elif what == "split":
            script.tell(ev.KeyboardSplit(now, LONG, tuple(value)))  # type: ignore[arg-type]
        elif what == "swap" and {0, value} <= set(script.state.seats):
            script.tell(ev.SeatsSwapped(now, 0, value))  # type: ignore[arg-type]
        elif what == "move" and 0 in script.state.seats:
            script.tell(ev.InputChosen(now, 0, value))  # type: ignore[arg-type]
    for input_id in (LONG, "midi:Other"):
        script.tell(InputGone(script.state.frame, input_id))
    assert not script.state.sounding
    assert not script.state.held
    places = [seat.input for seat in script.state.seats.values()]
    assert len(set(places)) == len(places)


def test_the_same_note_on_a_second_channel_belongs_to_the_same_player(script: Script) -> None:
    shared(script, 60)
    press(script, 40)
    press(script, 40 + SECOND_KEY)  # MPE: that note again while it is held
    assert {seat.input for seat in script.state.seats.values()} == {LONG}
    press(script, 70 + SECOND_KEY)
    assert seat_of_last_note(script).input == f"{LONG}/2"


def test_who_has_no_keys_left_is_not_there(script: Script) -> None:
    shared(script, 48, 72)
    for key in (40, 60, 80):
        press(script, key)
    shared(script, 60)
    there = {seat.input: seat.present for seat in script.state.seats.values()}
    assert there == {LONG: True, f"{LONG}/2": True, f"{LONG}/3": False}
    lift(script, 80)
    assert len(script.state.sounding) == 2


def test_the_microphone_changes_places_with_nobody(script: Script) -> None:
    press(script, 60)
    script.tell(ev.MicrophoneSwitched(0, True))
    mine, other = sorted(script.state.seats)
    for request in (
        ev.SeatsSwapped(0, mine, other),
        ev.SeatsSwapped(0, other, mine),
        ev.InputChosen(0, mine, "mic:2"),
    ):
        with pytest.raises(Refusal, match="microphone"):
            script.tell(request)
    assert script.state.seats[other].input == MICROPHONE


def test_names_that_consoles_send_do_not_fill_the_memory(script: Script) -> None:
    press(script, 60)
    long = "midi:" + "x" * 1000
    for request in (
        ev.PatchChosen(0, 0, long),
        ev.InputChosen(0, 0, long),
        ev.KeyboardSplit(0, long, (60,)),
        ev.ClockChosen(0, long),
        ev.ClockSent(0, long, True),
    ):
        with pytest.raises(Refusal):
            script.tell(request)
    for number in range(200):
        for request in (
            ev.ClockSent(0, f"midi:{number}", True),
            ev.KeyboardSplit(0, f"midi:{number}", (60,)),
        ):
            with contextlib.suppress(Refusal):
                script.tell(request)
    assert len(script.state.clock_outputs) == len(script.state.splits) == 64
    script.tell(ev.ClockSent(0, "midi:3", False))
    script.tell(ev.ClockSent(0, "midi:300", True))


def test_the_first_loop_cannot_set_the_tempo_where_there_are_loops(script: Script) -> None:
    assert decide(script.state, ev.FreeLoopChosen(script.state.frame, True))
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR)
    with pytest.raises(Refusal, match="loops already"):
        decide(script.state, ev.FreeLoopChosen(script.state.frame, True))
    assert decide(script.state, ev.FreeLoopChosen(script.state.frame, False))
