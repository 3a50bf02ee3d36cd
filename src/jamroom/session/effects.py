"""What the session wants done. The room carries it out; a replay collects it.

A `voice` is a number for one sounding note, unique in a session. Every SoundOn has exactly one
SoundOff with the same voice, at the same frame or later, unless a SilenceAll came between.
"""

from __future__ import annotations

import msgspec

from jamroom.session.room_events import AudioTempo


class SoundOn(msgspec.Struct, frozen=True, gc=False):
    """Begin a note. `layer` is -1 for live hands, else the id of the layer that plays it."""

    frame: int
    voice: int
    seat: int
    layer: int
    patch: str
    note: int
    cents: float
    velocity: int


class SoundOff(msgspec.Struct, frozen=True, gc=False):
    """End a note."""

    frame: int
    voice: int
    seat: int
    layer: int


class SoundBend(msgspec.Struct, frozen=True, gc=False):
    """Bend a sounding note to `cents` from where it began.

    `own_cents` of it is the note's own; the rest it shares with all of its hand or layer.
    """

    frame: int
    voice: int
    cents: float
    own_cents: float = 0.0


class SoundPressure(msgspec.Struct, frozen=True, gc=False):
    """Pressure on a sounding note, 0 to 1; `own` when it is on no other of its hand or layer."""

    frame: int
    voice: int
    amount: float
    own: bool = False


class SilenceAll(msgspec.Struct, frozen=True, gc=False):
    """End every sound within 50 ms."""

    frame: int


class MixChanged(msgspec.Struct, frozen=True, gc=False):
    """A level, pan or send of a seat is another now, or for seat -1 something of the whole mix.

    The values are in the state: whoever mixes reads them all from there.
    """

    frame: int
    seat: int


class ClipTaken(msgspec.Struct, frozen=True, gc=False):
    """Sound that came in at the microphone from one frame to another becomes clip `clip`.

    With `onto` it is laid over that clip (an overdub), `at_frame` frames into it.
    """

    frame: int
    clip: int
    from_frame: int
    to_frame: int
    onto: int = 0
    at_frame: int = 0


class ClipOn(msgspec.Struct, frozen=True, gc=False):
    """Begin a pass of a clip, `skip` frames into the pass; it takes the place of the layer's last.

    One voice plays all passes of a layer, from its first ClipOn to its SoundOff.

    `frames` is how long the pass is now, `own_frames` how long it was when it was recorded: if
    they differ, the tempo did. `how` says what to do then. Ended by SoundOff or the next ClipOn.
    """

    frame: int
    voice: int
    seat: int
    layer: int
    clip: int
    skip: int
    frames: int
    own_frames: int
    how: AudioTempo


class Mark(msgspec.Struct, frozen=True, gc=False):
    """A moment worth a marker in an export: kind is launch, stop, take, palette, tempo, moment."""

    frame: int
    kind: str
    text: str
    seat: int


class Notice(msgspec.Struct, frozen=True, gc=False):
    """One line for the console, in the room's words."""

    frame: int
    text: str


Effect = (
    SoundOn
    | SoundOff
    | SoundBend
    | SoundPressure
    | SilenceAll
    | MixChanged
    | ClipTaken
    | ClipOn
    | Mark
    | Notice
)
