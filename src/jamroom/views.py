"""What consoles draw: the room as it stands, in frozen values.

They cross the sockets as `messages` do. A console needs nothing else to draw itself anew.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from jamroom.session.events import AudioTempo, Consent, Quantise

LayerPhase = Literal["empty", "armed", "recording", "playing", "muted", "overdubbing"]


class LayerView(msgspec.Struct, frozen=True, array_like=True):
    """A layer as a console draws it. `next_press` says what its button does next."""

    slot: int
    phase: LayerPhase
    next_press: str
    bars: int
    notes: int
    position: float  # 0 to 1 through the loop (or the take being recorded)
    waits_beats: float  # beats until a queued change takes effect; 0 when none is queued
    queued: str  # what is queued: "", "play", "mute", "record", "close"
    can_undo: bool
    can_redo: bool
    group: int = 0
    solo: bool = False
    unheard: bool = False  # it plays, but another layer is solo
    audio: bool = False  # recorded sound; `notes` is 0
    shaping: str = ""  # how it sounds otherwise than played: "reversed, 1 beat later, follows"


class SeatView(msgspec.Struct, frozen=True, array_like=True):
    """A player's row."""

    seat: int
    badge: str
    input: str  # for people: "Launchpad Mini", "keys, low row"
    present: bool
    patch: str
    keymap: str
    octave: int
    level_db: float
    consent: Consent
    notes_on: int  # keys held now
    played_ago_s: float  # seconds since the last note; large when never
    layers: tuple[LayerView, ...]  # slots in use, in order; unused slots are left out
    input_id: str = ""
    sound: str = ""  # the patch's label
    pan: float = 0.0
    room_send_db: float = -10.0
    echo_send_db: float = -80.0


class SceneView(msgspec.Struct, frozen=True, array_like=True):
    """A moment one can go back to; the newest last. `name` is "" for those kept by themselves."""

    scene: int
    name: str
    bar: int  # counted from 1
    layers: int  # how many play in it
    playing: bool  # what plays now is just this
    comes: bool  # asked for, at the next bar


class InputView(msgspec.Struct, frozen=True, array_like=True):
    """Something to play on that is plugged in, whether somebody sits there or not."""

    input: str
    label: str
    seat: int  # -1: nobody
    players: int  # how many share it
    lights: bool
    lowest: tuple[int, ...] = ()  # where it is shared: the lowest key of each further player


class PatchView(msgspec.Struct, frozen=True, array_like=True):
    """A sound to choose. `family` groups them in lists: "mallets", "drums", "SoundFont"."""

    name: str
    label: str
    family: str
    sentence: str


class Catalogue(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """What there is to choose from; sent at first and whenever it changes."""

    patches: tuple[PatchView, ...]
    scales: tuple[tuple[str, str, str], ...]  # id, label, where it is at home


class PaletteView(msgspec.Struct, frozen=True, array_like=True):
    """The room's harmony: pitch class of the root, and the scale's name."""

    root: int
    scale: str


class Snapshot(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """All a console needs to draw the room; sent 30 times a second at most."""

    session: str
    frame: int
    sample_rate: int
    bar: int  # counted from 1
    pulse: int  # counted from 1 within the bar
    pulse_phase: float  # 0 to 1 through the pulse
    bpm: float
    next_bpm: float  # what is asked for the next bar; equal to bpm when nothing is
    pulses: int
    unit: int
    palette: PaletteView
    next_palette: PaletteView | None
    next_palette_in_beats: float
    seats: tuple[SeatView, ...]
    loop_bars: int
    quantise: Quantise
    room_level_db: float
    peak_dbfs: float
    keeping: Consent  # the session's default
    recorder: Literal["writing", "behind", "failing", "away"]
    latch: bool
    gate_s: float
    host: str  # one line: what carries the sound
    midi: str  # one line: what MIDI there is
    missed: int  # deadlines of ours missed since the start
    notices: tuple[str, ...]  # the last few, oldest first
    demo: bool
    scenes: tuple[SceneView, ...] = ()
    inputs: tuple[InputView, ...] = ()
    locked: bool = False
    free_loop: bool = False
    loudness_lufs: float = -120.0  # of the last 3 seconds; -120 is silence
    ceiling_dbfs: float = -6.0
    echo_beats: float = 0.75
    echo_feedback: float = 0.35
    microphone: bool = False
    microphone_dbfs: float = -120.0  # its level; -120 when off
    audio_tempo: AudioTempo = "stretch"
    clock: str = ""  # one line: whose clock the room keeps, "" for its own
    clock_input: str = ""
    outputs: tuple[str, ...] = ()  # what takes MIDI, by id
    clock_outputs: tuple[str, ...] = ()  # those of them that get the room's clock
    learning: str = ""  # one line while an input is being learned, else ""
