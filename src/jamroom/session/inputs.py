"""What devices say, before the session knows whose it is or what it means.

`input` identifies the place to play and survives unplugging: "midi:Launchpad Mini", "keys:low",
"play:etude.mid#2". Keys are numbered as the device numbers them (MIDI note numbers for MIDI).
"""

from __future__ import annotations

from typing import Literal

import msgspec

ButtonName = Literal[
    "layer",
    "overdub",
    "undo",
    "redo",
    "clear",
    "solo",
    "group",
    "keep",
    "keep all",
    "play all",
    "stop all",
    "octave up",
    "octave down",
    "tap",
    "silence",
    "softer",
    "louder",
]
"""What a button of a controller can ask for. The first six and "group" are of a slot."""


class Input(msgspec.Struct, frozen=True, gc=False):
    """Something a device reported at a frame."""

    frame: int
    input: str


class KeyDown(Input, frozen=True, gc=False):
    """A pad or key went down; velocity 1 to 127."""

    key: int
    velocity: int


class KeyUp(Input, frozen=True, gc=False):
    """A pad or key came up."""

    key: int
    velocity: int


class Bend(Input, frozen=True, gc=False):
    """Pitch wheel, -1 to 1, where 1 is `reach_cents`; with a key, of that key alone (MPE)."""

    amount: float
    key: int = -1
    reach_cents: float = 200.0


class Lean(Input, frozen=True, gc=False):
    """Aftertouch 0 to 127; key is -1 for channel pressure."""

    key: int
    pressure: int


class Control(Input, frozen=True, gc=False):
    """MIDI controller, value 0 to 127."""

    controller: int
    value: int


class Button(Input, frozen=True, gc=False):
    """A button that plays no note: `name` says what it asks for, `slot` of which layer."""

    name: ButtonName
    slot: int = -1


class ClockBeat(Input, frozen=True, gc=False):
    """A MIDI clock reached a quarter note: number `beat` since its start, at `bpm`, smoothed."""

    beat: int
    bpm: float


class InputGone(Input, frozen=True, gc=False):
    """The device was unplugged, or its owner left."""


AnyInput = KeyDown | KeyUp | Bend | Lean | Control | Button | ClockBeat | InputGone
