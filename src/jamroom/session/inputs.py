"""What devices say, before the session knows whose it is or what it means.

`input` identifies the place to play and survives unplugging: "midi:Launchpad Mini", "keys:low",
"play:etude.mid#2". Keys are numbered as the device numbers them (MIDI note numbers for MIDI).
"""

from __future__ import annotations

import msgspec


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
    """Pitch wheel, -1 to 1."""

    amount: float


class Lean(Input, frozen=True, gc=False):
    """Aftertouch 0 to 127; key is -1 for channel pressure."""

    key: int
    pressure: int


class Control(Input, frozen=True, gc=False):
    """MIDI controller, value 0 to 127."""

    controller: int
    value: int


class InputGone(Input, frozen=True, gc=False):
    """The device was unplugged, or its owner left."""


AnyInput = KeyDown | KeyUp | Bend | Lean | Control | InputGone
