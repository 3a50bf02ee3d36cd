"""What concerns the whole room."""

from __future__ import annotations

from typing import Literal

from jamroom.session.event import Consent, Event, Quantise

AudioTempo = Literal["stretch", "repitch", "wait"]


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


class LockChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The performance lock: while it is on, nothing that could destroy something is done."""

    locked: bool


class FreeLoopChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Whether the room's first loop is recorded freely and its length sets the tempo."""

    free: bool


class FreeLoopClosed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The free first loop, begun on `first_beat`, ended at this frame and is so many bars.

    It gives the tempo, so it concerns all, whoever played it and whatever of theirs is kept.
    """

    first_beat: float
    bars: int


class KeyboardSplit(Event, frozen=True, tag=True, array_like=True, gc=False):
    """One keyboard for several players: each of `lowest` is the lowest key of the next player.

    Empty: one player again. Players after the first have inputs of their own, "midi:Name/2".
    """

    input: str
    lowest: tuple[int, ...]


class EchoChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The echo comes back after so many beats, `feedback` (0 to 0.8) of it each time."""

    beats: float
    feedback: float


class CeilingChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """No sample leaves the mixer above this: -6 dBFS as a rule, -12 in a hospital."""

    ceiling_dbfs: float


class MicrophoneSwitched(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The microphone is heard by the room, or not. Off whenever a room opens."""

    on: bool


class AudioTempoChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """What sound loops do at another tempo than their own: stretch, repitch, or wait for it."""

    how: AudioTempo


class ClockChosen(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Whose clock the room keeps: its own, or that of a MIDI input ("" is its own)."""

    input: str


class ClockSent(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Whether a MIDI output gets the room's clock."""

    output: str
    on: bool


class ClockHeard(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The clock in charge was on quarter note `beat` (0 is a downbeat) at this frame, at `bpm`."""

    beat: int
    bpm: float
