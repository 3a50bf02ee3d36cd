"""First touches: which seat a free input becomes, and what lies on it.

No dialog: a first touch makes a seat, with a badge, a sound and a keymap that suit the device.
One input may be several places: a split keyboard's second player sits at "midi:Name/2".
"""

from __future__ import annotations

import msgspec

from jamroom.session import events as ev
from jamroom.session.badges import BADGES
from jamroom.session.inputs import KeyDown
from jamroom.session.state import Seat, State

MOST_PLAYERS = 4
"""That may share one keyboard."""
SECOND_KEY = 128
"""Keys from here on are a second note of a number that is held already (MPE channels)."""
MICROPHONE = "mic:1"
MICROPHONE_PATCH = "microphone"

_PAD_WORDS = ("pad", "apc", "mpd", "beatstep", "maschine", "grid", "keys:")
_DRUM_WORDS = ("drum", "perc")


class Habits(msgspec.Struct, frozen=True):
    """What a new seat gets when nobody said anything.

    `keymaps` holds, by input, what a controller's profile says its pads are for; whoever knows
    the controllers fills it while the room runs.
    """

    patches: tuple[str, ...] = ("mallet", "string", "pad", "bass", "choir")
    drum_patch: str = "frame-drum"
    first_seat: int = 0
    keymaps: dict[str, str] = {}


def seats_at(state: State, input_id: str) -> list[Seat]:
    """The seats of an input, those of a split keyboard's other players included."""
    places = places_at(input_id, MOST_PLAYERS)
    return [seat for seat in state.seats.values() if seat.input in places]


def places_at(input_id: str, players: int) -> list[str]:
    """The places of an input that so many share."""
    return [input_id, *(_part_of(input_id, player) for player in range(2, players + 1))]


def place_of(state: State, input_id: str, key: int) -> str:
    """The place that a key belongs to: the input itself, or another player's part of it."""
    note = key % SECOND_KEY
    player = sum(note >= lowest for lowest in state.splits.get(input_id, ()))
    return _part_of(input_id, player + 1) if player else input_id


def _part_of(input_id: str, player: int) -> str:
    return f"{input_id}/{player}"


def seat_in(state: State, place: str) -> Seat | None:
    """Whoever has this place, present or not."""
    return next((s for s in state.seats.values() if s.input == place), None)


def sit_down(state: State, heard: KeyDown, place: str, habits: Habits) -> Seat:
    """The seat that a first touch makes: a badge that is free, a sound that is not there yet."""
    number = max((habits.first_seat - 1, *state.seats)) + 1
    name = heard.input.lower()
    keymap = habits.keymaps.get(heard.input) or _first_keymap(name)
    melodic = sum(s.keymap != "drums" and s.input != MICROPHONE for s in state.seats.values())
    patch = habits.patches[melodic % len(habits.patches)]
    if keymap == "drums":
        patch = habits.drum_patch
    return Seat(number, free_badge(state, number), place, patch, keymap)


def microphone_seat(state: State, habits: Habits) -> Seat:
    """The seat of the microphone: the one it had, or a new one."""
    known = seat_in(state, MICROPHONE)
    if known is not None:
        return known
    number = max((habits.first_seat - 1, *state.seats)) + 1
    return Seat(number, free_badge(state, number), MICROPHONE, MICROPHONE_PATCH, "free")


def free_badge(state: State, number: int) -> str:
    """The badge of a seat's number, or the next that nobody wears."""
    worn = {seat.badge for seat in state.seats.values()}
    names = [BADGES[(number + i) % len(BADGES)].name for i in range(len(BADGES))]
    return next((name for name in names if name not in worn), names[0])


def taken(seat: Seat, frame: int) -> ev.SeatTaken:
    """The fact that somebody sits there."""
    return ev.SeatTaken(frame, seat.id, seat.badge, seat.input, seat.patch, seat.keymap)


def _first_keymap(input_name: str) -> str:
    if any(word in input_name for word in _DRUM_WORDS):
        return "drums"
    if input_name.startswith("play:"):
        return "free"
    return "ladder" if any(word in input_name for word in _PAD_WORDS) else "white"
