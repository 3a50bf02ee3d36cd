"""The events that take hands off: a key's release, a whole seat's, pedal and wheel at rest."""

from __future__ import annotations

from jamroom.session import events as ev
from jamroom.session.hands import PEDAL_DOWN, SUSTAIN
from jamroom.session.state import State, hold_of, part_of


def let_go(state: State, seat: int, key: int, frame: int, velocity: int) -> tuple[ev.AnyEvent, ...]:
    """End what a key began, whatever the key would mean by now."""
    voices = state.held.get(hold_of(seat, key), ())
    return tuple(
        ev.Released(frame, seat, key, state.sounding[v].note, velocity)
        for v in voices
        if v in state.sounding
    )


def hands_off(state: State, seat: int, frame: int) -> tuple[ev.AnyEvent, ...]:
    """End all that a seat holds, pedal and wheel included."""
    keys = sorted({h % 256 for h in state.held if h // 256 == seat})
    offs = (e for key in keys for e in let_go(state, seat, key, frame, 64))
    return (*offs, *at_rest(state, seat, frame))


def at_rest(state: State, seat: int, frame: int) -> tuple[ev.AnyEvent, ...]:
    """Pedal up and wheel in the middle, where they are not."""
    offs: list[ev.AnyEvent] = []
    if seat in state.pedals:
        offs.append(ev.Controlled(frame, seat, SUSTAIN, PEDAL_DOWN - 64))
    if state.bends.get(part_of(seat)):
        offs.append(ev.Bent(frame, seat, 0.0))
    return tuple(offs)
