"""What an input or a request comes to: checked, resolved, stamped events. Reads the state only.

Here a key becomes the notes that sound (keymap and palette at this moment), a first touch becomes
a seat, and a console's wish becomes a fact or a refusal. What was decided stands in the journal,
so a replay needs neither keymaps nor devices.
"""

from __future__ import annotations

from typing import assert_never

from jamroom.music.keymaps import tones_for
from jamroom.session import events as ev
from jamroom.session.allowing import Refusal, allow, seven_bits
from jamroom.session.arriving import (
    SECOND_KEY,
    Habits,
    place_of,
    seat_in,
    seats_at,
    sit_down,
    taken,
)
from jamroom.session.buttons import requests_of
from jamroom.session.inputs import (
    AnyInput,
    Bend,
    Button,
    ClockBeat,
    Control,
    InputGone,
    KeyDown,
    KeyUp,
    Lean,
)
from jamroom.session.letting_go import at_rest, hands_off, let_go
from jamroom.session.state import Seat, State, hold_of
from jamroom.session.walking import step_of

__all__ = ["Habits", "Refusal", "decide"]

ALL_OFF = (120, 123, 124, 125, 126, 127)
"""Controllers that end every note: all sound off, all notes off, and the four modes."""
RESET = 121
"""The controller that puts pedal and wheel back to rest."""


def decide(
    state: State, request: AnyInput | ev.AnyEvent, habits: Habits | None = None
) -> tuple[ev.AnyEvent, ...]:
    """The events that an input, or a stamped request, comes to.

    Raises Refusal when a console, or a controller's button, asks for what cannot be.
    """
    habits = habits or Habits()
    if isinstance(request, ev.Event):
        return allow(state, request, habits)
    if isinstance(request, KeyDown):
        return _press(state, request, habits)
    if isinstance(request, Button):
        asked = requests_of(state, request)
        return tuple(event for one in asked for event in allow(state, one, habits))
    if isinstance(request, ClockBeat):
        in_charge = request.input == state.clock_input
        return (ev.ClockHeard(request.frame, request.beat, request.bpm),) if in_charge else ()
    seats = seats_at(state, request.input)
    return tuple(event for seat in seats for event in _hear(state, seat, request))


def _press(state: State, heard: KeyDown, habits: Habits) -> tuple[ev.AnyEvent, ...]:
    place = place_of(state, heard.input, heard.key)
    seat = seat_in(state, place)
    arrival: tuple[ev.AnyEvent, ...] = ()
    if seat is None or not seat.present:
        seat = seat or sit_down(state, heard, place, habits)
        arrival = (taken(seat, heard.frame),)
    again = let_go(state, seat.id, heard.key, heard.frame, 64)
    velocity = max(1, seven_bits(heard.velocity))
    notes = (
        ev.Played(heard.frame, seat.id, heard.key, tone.note, tone.cents, velocity)
        for tone in tones_for(seat.keymap, state.palette, *_key_and_octave(state, seat, heard.key))
    )
    return (*arrival, *again, *notes)


def _key_and_octave(state: State, seat: Seat, key: int) -> tuple[int, int]:
    octave = seat.octave + (1 if seat.input == "keys:high" else 0)
    if seat.keymap == "walk":
        return step_of(state.walks.get(seat.id, 0)), octave
    return key % SECOND_KEY, octave


def _hear(
    state: State,
    seat: Seat,
    heard: KeyUp | Bend | Lean | Control | InputGone,
) -> tuple[ev.AnyEvent, ...]:
    if isinstance(heard, KeyUp):
        return let_go(state, seat.id, heard.key, heard.frame, heard.velocity)
    if isinstance(heard, Bend):
        if heard.key >= 0 and hold_of(seat.id, heard.key) not in state.held:
            return ()
        cents = round(min(1.0, max(-1.0, heard.amount)) * heard.reach_cents, 3)
        return (ev.Bent(heard.frame, seat.id, cents, heard.key),)
    if isinstance(heard, Lean):
        if heard.key >= 0 and hold_of(seat.id, heard.key) not in state.held:
            return ()
        return (ev.Leaned(heard.frame, seat.id, heard.key, seven_bits(heard.pressure)),)
    if isinstance(heard, Control):
        return _turn(state, seat.id, heard)
    if isinstance(heard, InputGone):
        # Without a key a seat is not taken, but a pedal may be down on it.
        left = (ev.SeatLeft(heard.frame, seat.id),) if seat.present else ()
        return (*hands_off(state, seat.id, heard.frame), *left)
    assert_never(heard)


def _turn(state: State, seat: int, heard: Control) -> tuple[ev.AnyEvent, ...]:
    controller, value = seven_bits(heard.controller), seven_bits(heard.value)
    before: tuple[ev.AnyEvent, ...] = ()
    if controller in ALL_OFF:
        before = hands_off(state, seat, heard.frame)
    elif controller == RESET:
        before = at_rest(state, seat, heard.frame)
    return (*before, ev.Controlled(heard.frame, seat, controller, value))
