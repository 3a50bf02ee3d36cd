"""Everything that can happen in a session, as frozen facts.

An event is what the journal keeps and what the state is folded from. Its `frame` is when it
happened (for a key: when the driver saw it), in samples of the session's clock. Notes in events
are resolved: they hold the pitch that sounded, so a journal can be read without any keymap.

Consoles ask for things by sending the very same structs with `frame = NOW`; the room checks them
(`decide.py`), stamps them, and they become facts.
"""

from __future__ import annotations

from typing import Literal

import msgspec

NOW = -1
"""Frame of a request that nobody has stamped yet."""

EVERYBODY = -1
"""Seat number that stands for all seats."""

Consent = Literal["undecided", "play", "keep", "share"]
Quantise = Literal["off", "beat", "bar", "loop"]


class Event(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """A fact at a frame."""

    frame: int


# -- what hands do ---------------------------------------------------------------------------


class Played(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A note began. `key` is the physical key; `cents` is added to the MIDI note."""

    seat: int
    key: int
    note: int
    cents: float
    velocity: int


class Released(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A note ended: the one this key began, whatever the keymap says by now."""

    seat: int
    key: int
    note: int
    velocity: int


class Bent(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat's pitch wheel stands at `cents` from its middle."""

    seat: int
    cents: float


class Leaned(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Pressure after the strike, 0 to 127; `key` is -1 for the whole seat."""

    seat: int
    key: int
    pressure: int


class Controlled(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A MIDI controller of the seat stands at `value` (0 to 127). 64 is the sustain pedal."""

    seat: int
    controller: int
    value: int


# -- seats -----------------------------------------------------------------------------------


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


# -- loops -----------------------------------------------------------------------------------


class LayerPressed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The layer's one button: what it does depends on the layer's phase."""

    seat: int
    slot: int


class LayerOverdubbed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The layer's second button: start or stop adding to it."""

    seat: int
    slot: int


class LayerCleared(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Empty the layer. Can be undone."""

    seat: int
    slot: int


class LayerUndone(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Take back the layer's last change, its first take included."""

    seat: int
    slot: int


class LayerRedone(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Bring back what was undone last."""

    seat: int
    slot: int


class Kept(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Keep that: the last `bars` bars of a seat (or EVERYBODY) become layers."""

    seat: int
    bars: int


# -- the room --------------------------------------------------------------------------------


class Opened(Event, frozen=True, tag=True, array_like=True, gc=False):
    """First event of a session. Wall time is kept once, as an anchor; music never uses it."""

    wall_s: float
    sample_rate: int
    bpm: float
    pulses: int
    unit: int
    root: int
    scale: str
    loop_bars: int
    consent: Consent


class Resumed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The room came back. `carry_on` is true after a crash: the loops go on in phase.

    Otherwise the session was opened again: its loops wait, muted, to be started by hand.
    """

    sample_rate: int
    carry_on: bool


class Closed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The room was closed in good order."""


class PaletteChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Root (pitch class, 0 is C) and scale name, from the next downbeat on."""

    root: int
    scale: str


class TempoChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Quarter notes a minute, from the next downbeat on."""

    bpm: float


class TempoTapped(Event, frozen=True, tag=True, array_like=True, gc=False):
    """One tap of somebody who shows the tempo."""


class MeterChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Time signature, from the next downbeat on."""

    pulses: int
    unit: int


class LoopBarsChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """How many bars a new layer has, and how many *keep that* reaches back."""

    bars: int


class QuantiseChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Where launches and mutes take effect."""

    quantise: Quantise


class Panicked(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Everything silent at once: all notes end and all layers are muted."""


class Marked(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Somebody marked this moment; the text may be empty."""

    text: str


Performance = Played | Released | Bent | Leaned | Controlled

SeatEvent = (
    SeatTaken
    | SeatLeft
    | PatchChosen
    | KeymapChosen
    | OctaveChosen
    | LevelChosen
    | ConsentChosen
    | LayerPressed
    | LayerOverdubbed
    | LayerCleared
    | LayerUndone
    | LayerRedone
    | Kept
)

RoomEvent = (
    Opened
    | Resumed
    | Closed
    | PaletteChosen
    | TempoChosen
    | TempoTapped
    | MeterChosen
    | LoopBarsChosen
    | QuantiseChosen
    | Panicked
    | Marked
)

AnyEvent = Performance | SeatEvent | RoomEvent

# What a console may ask for. Opening, closing and sitting down are the room's own.
Request = (
    PatchChosen
    | KeymapChosen
    | OctaveChosen
    | LevelChosen
    | ConsentChosen
    | LayerPressed
    | LayerOverdubbed
    | LayerCleared
    | LayerUndone
    | LayerRedone
    | Kept
    | PaletteChosen
    | TempoChosen
    | TempoTapped
    | MeterChosen
    | LoopBarsChosen
    | QuantiseChosen
    | Panicked
    | Marked
)


def seat_of(event: AnyEvent) -> int | None:
    """The seat whose hands or choice this event is, or None for the room's own."""
    return getattr(event, "seat", None)
