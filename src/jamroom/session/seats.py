"""Who sits where: taking a seat, leaving it, changing places, and how a seat is heard.

A change of input moves no sounding note: `decide` has released what the hands held before.
"""

from __future__ import annotations

import msgspec

from jamroom.session import events as ev
from jamroom.session.arriving import places_at, seats_at
from jamroom.session.core import Core
from jamroom.session.effects import MixChanged
from jamroom.session.state import Seat


def take_seat(core: Core, event: ev.SeatTaken) -> None:
    """A badge sits down, or comes back to its seat."""
    state = core.state
    known = state.seats.get(event.seat)
    if known is not None:
        seat = msgspec.structs.replace(known, input=event.input, present=True)
    else:
        seat = Seat(event.seat, event.badge, event.input, event.patch, event.keymap)
    state.seats[event.seat] = seat
    core.effects.append(MixChanged(state.frame, seat.id))


def leave_seat(core: Core, event: ev.SeatLeft) -> None:
    """The input went away; its loops go on."""
    change_seat(core, event.seat, present=False)


def change_seat(core: Core, number: int, **changes: object) -> None:
    """Give a seat other values for some fields."""
    # A seat whose player wanted nothing kept is missing when the journal is folded again.
    if seat := core.state.seats.get(number):
        core.state.seats[number] = msgspec.structs.replace(seat, **changes)


def choose_patch(core: Core, event: ev.PatchChosen) -> None:
    """Another sound, from the next note on."""
    change_seat(core, event.seat, patch=event.patch)


def choose_keymap(core: Core, event: ev.KeymapChosen) -> None:
    """Other notes on the keys, from the next press on."""
    change_seat(core, event.seat, keymap=event.keymap)


def choose_octave(core: Core, event: ev.OctaveChosen) -> None:
    """Higher or lower, from the next press on."""
    change_seat(core, event.seat, octave=event.octave)


def choose_badge(core: Core, event: ev.BadgeChosen) -> None:
    """The same player under another badge."""
    change_seat(core, event.seat, badge=event.badge)


def choose_consent(core: Core, event: ev.ConsentChosen) -> None:
    """What may be kept of one player, or of all who have not said otherwise."""
    if event.seat == ev.EVERYBODY:
        core.state.consent = event.consent
    else:
        change_seat(core, event.seat, consent=event.consent)


# -- who plays on what -----------------------------------------------------------------------


def choose_input(core: Core, event: ev.InputChosen) -> None:
    """Play from another input. Whoever had it gets the seat's old one, so nobody is left out."""
    state = core.state
    seat = state.seats.get(event.seat)
    if seat is None or seat.input == event.input:
        return
    for other in list(state.seats.values()):
        if other.input == event.input:
            change_seat(core, other.id, input=seat.input, present=other.present and seat.present)
    change_seat(core, event.seat, input=event.input, present=True)


def swap_seats(core: Core, event: ev.SeatsSwapped) -> None:
    """Two players change places, each with their own sound and loops."""
    one, other = core.state.seats.get(event.seat), core.state.seats.get(event.other)
    if one is None or other is None:
        return
    change_seat(core, one.id, input=other.input, present=other.present)
    change_seat(core, other.id, input=one.input, present=one.present)


def split_keyboard(core: Core, event: ev.KeyboardSplit) -> None:
    """One keyboard for several players, or for one again."""
    if event.lowest:
        core.state.splits[event.input] = event.lowest
    else:
        core.state.splits.pop(event.input, None)
    left = places_at(event.input, 1 + len(event.lowest))
    for seat in seats_at(core.state, event.input):
        if seat.input not in left:
            change_seat(core, seat.id, present=False)


# -- how it is heard -------------------------------------------------------------------------


def choose_level(core: Core, event: ev.LevelChosen) -> None:
    """Level of one player or of the room."""
    if event.seat == ev.EVERYBODY:
        core.state.room_level_db = event.level_db
    else:
        change_seat(core, event.seat, level_db=event.level_db)
    core.effects.append(MixChanged(core.state.frame, event.seat))


def choose_pan(core: Core, event: ev.PanChosen) -> None:
    """Left or right."""
    change_seat(core, event.seat, pan=event.pan)
    core.effects.append(MixChanged(core.state.frame, event.seat))


def choose_send(core: Core, event: ev.SendChosen) -> None:
    """How much goes to the room's air or to the echo."""
    if event.effect == "room":
        change_seat(core, event.seat, room_send_db=event.send_db)
    else:
        change_seat(core, event.seat, echo_send_db=event.send_db)
    core.effects.append(MixChanged(core.state.frame, event.seat))
