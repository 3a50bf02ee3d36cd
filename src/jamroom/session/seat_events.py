"""Who sits where, with which sound, and what may be kept of them."""

from __future__ import annotations

from typing import Literal

from jamroom.session.event import Consent, Event

Send = Literal["room", "echo"]


class SeatTaken(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Somebody touched a free input: a badge sits down (or comes back to its seat)."""

    seat: int
    badge: str
    input: str
    patch: str
    keymap: str


class SeatLeft(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The input went away. Its notes end; its loops go on."""

    seat: int


class PatchChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat plays another sound from its next note on."""

    seat: int
    patch: str


class KeymapChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat's keys mean other notes from the next press on."""

    seat: int
    keymap: str


class OctaveChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat's keys lie `octave` octaves higher (or lower) from the next press on."""

    seat: int
    octave: int


class LevelChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Level of a seat, or of the room for EVERYBODY, in dB (0 is the patch's own level)."""

    seat: int
    level_db: float


class ConsentChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """What may be kept of a seat; EVERYBODY sets the session's default."""

    seat: int
    consent: Consent


class PanChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Where the seat is heard: -1 is left, 1 is right."""

    seat: int
    pan: float


class SendChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """How much of the seat goes to the room's air or to the echo, in dB; -80 is nothing."""

    seat: int
    effect: Send
    send_db: float


class BadgeChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat goes by another badge from now on."""

    seat: int
    badge: str


class InputChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat is played from another input. Who sat there before gets the seat's old one."""

    seat: int
    input: str


class SeatsSwapped(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Two players change places: each plays the other's input, with their own sound and loops."""

    seat: int
    other: int
