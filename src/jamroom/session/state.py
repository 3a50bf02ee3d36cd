"""The state of a session: a fold over its events, nothing else.

One owner changes it (`step.Session`). Seats, layers and what layers hold are frozen and replaced
whole, so a console may look at them from another thread, and undo is keeping the old value.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from jamroom.clocks import TempoMap, tempo_map_of
from jamroom.music.meter import Meter
from jamroom.music.palette import Palette
from jamroom.session.event import Consent, Quantise
from jamroom.session.room_events import AudioTempo

STATE_VERSION = 1
SLOTS = 8
"""Layers a seat may have."""

Phase = Literal["empty", "armed", "recording", "playing", "muted", "overdubbing"]
Change = Literal["", "record", "close", "play", "mute"]
LIVE = -1
"""Layer number of notes that hands are playing."""


class Seat(msgspec.Struct, frozen=True):
    """One place to play, and the badge that sits there."""

    id: int
    badge: str
    input: str
    patch: str
    keymap: str
    octave: int = 0
    level_db: float = 0.0
    consent: Consent = "undecided"
    present: bool = True
    pan: float | None = None  # None: where the mixer puts it
    room_send_db: float = -10.0
    echo_send_db: float = -80.0


class LoopNote(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A note of a loop: 0 <= start_beat < length of the loop, 0 < length_beats <= the same.

    `origin` is the voice of the live note it was captured from.
    """

    start_beat: float
    length_beats: float
    note: int
    cents: float
    velocity: int
    origin: int


class LoopTurn(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A movement of bend (in cents) or pressure (0 to 1) at a beat of the loop."""

    start_beat: float
    kind: Literal["bend", "pressure"]
    value: float
    origin: int = 0  # 0: of the whole layer, else of the note that came from this voice


class Clip(msgspec.Struct, frozen=True, array_like=True):
    """Recorded sound of a layer; the samples are the engine's. `frames` is its length."""

    id: int
    frames: int
    bpm: float


class Content(msgspec.Struct, frozen=True):
    """One take of a layer: how long it is, where its passes begin, and what sounds in it.

    Pass k begins at anchor_beat + k * length_beats. Notes and turns are in order of start_beat.
    They stay as they were played; the fields from `shift_beats` on say how they are to sound.
    `id` is unique in a session and names this content in scenes; it hangs on what its layer was
    given before, and on no other layer. With a `clip` there are no notes.
    """

    bars: int = 0
    length_beats: float = 0.0
    anchor_beat: float = 0.0
    notes: tuple[LoopNote, ...] = ()
    turns: tuple[LoopTurn, ...] = ()
    id: int = 0
    shift_beats: float = 0.0
    reverse: bool = False
    tighten: float = 0.0  # 0 to 1
    degrees: int = 0
    follow: bool = False
    palette: Palette | None = None  # the one it was played in
    clip: Clip | None = None
    remade: bool = False  # halved or doubled: its length is not that of what was played

    @property
    def empty(self) -> bool:
        """True when there is nothing to hear in it."""
        return not self.notes and self.clip is None


class Layer(msgspec.Struct, frozen=True):
    """One loop of a seat. `takes[cursor - 1]` is what it holds; cursor 0 is empty.

    `change` is what is queued for `change_beat`. While a take is armed or being recorded,
    `bars` and `record_beat` say how long it will be and where it begins.
    """

    seat: int
    slot: int
    phase: Phase = "empty"
    takes: tuple[Content, ...] = ()
    cursor: int = 0
    change: Change = ""
    change_beat: float = 0.0
    bars: int = 0
    record_beat: float = 0.0
    dub_beat: float = 0.0  # where the running overdub began to listen
    dub_end: float = 0.0  # where the pass it adds to will end
    dub_took: bool = False  # it has brought something: the take at the cursor is its own
    rests: bool = False  # empty, and what was undone or cleared was muted
    group: int = 0
    stops: bool = False  # the take being recorded is to rest when it closes

    @property
    def id(self) -> int:
        """Number of this layer in the session."""
        return layer_id(self.seat, self.slot)

    @property
    def content(self) -> Content:
        """What it holds now."""
        return self.takes[self.cursor - 1] if self.cursor else Content()

    @property
    def sounds(self) -> bool:
        """True when its notes are being played."""
        return self.phase in ("playing", "overdubbing")


class PastNote(msgspec.Struct, array_like=True):
    """A note somebody played lately. `end_beat` is None while it sounds."""

    origin: int
    start_beat: float
    end_beat: float | None
    note: int
    cents: float
    velocity: int


class Scene(msgspec.Struct, frozen=True, array_like=True):
    """What played at a moment: the content's id for each layer that sounded.

    `name` is "" for those that are kept by themselves; only a few of them are remembered.
    """

    id: int
    name: str
    at_beat: float
    layers: dict[int, int]


class Past(msgspec.Struct):
    """What a seat played lately, in order: enough for the longest *keep that*."""

    notes: list[PastNote] = []
    turns: list[LoopTurn] = []  # start_beat is the session's beat here


class PlannedKeep(msgspec.Struct, frozen=True, array_like=True):
    """A *keep that* which waits for its bar line."""

    at_beat: float
    first_bar: int
    seat: int
    bars: int
    rests: bool = False  # what it makes does not play at once


class Sounding(msgspec.Struct, array_like=True, gc=False):
    """A note that is on. `off_beat` is None for hands; `pedal` when only the pedal holds it."""

    seat: int
    layer: int
    key: int
    note: int
    off_beat: float | None = None
    pedal: bool = False
    origin: int = 0  # of a layer's note: the voice it was captured from


class State(msgspec.Struct):
    """Everything a session is at `frame`."""

    tempo_map: TempoMap
    version: int = STATE_VERSION
    frame: int = 0
    opened: bool = False
    consent: Consent = "undecided"
    palette: Palette = Palette(2, "dorian")
    next_palette: Palette | None = None
    next_palette_beat: float = 0.0
    loop_bars: int = 2
    quantise: Quantise = "bar"
    room_level_db: float = 0.0
    seats: dict[int, Seat] = {}
    layers: dict[int, Layer] = {}
    held: dict[int, tuple[int, ...]] = {}  # hold_of(seat, key) -> voices it began
    sounding: dict[int, Sounding] = {}  # voice -> what is on
    pedals: list[int] = []  # seats whose sustain pedal is down
    bends: dict[int, float] = {}  # part_of(seat, layer) -> cents from the middle
    past: dict[int, Past] = {}
    hanging: dict[int, float] = {}  # origin -> onset beat of captured notes still held
    taps: list[int] = []
    keeps: list[PlannedKeep] = []
    tempo_mark_beat: float = -1.0  # the tempo change that was marked last
    last_played: dict[int, int] = {}  # seat -> frame
    next_voice: int = 1
    next_clip: int = 1
    scenes: list[Scene] = []
    next_scene: int = 1
    recalled_scene: int = 0  # the one that comes at recall_beat; 0 when none does
    recall_beat: float = 0.0
    recalled_layers: dict[int, int] = {}  # layer -> take, as in a scene
    solos: list[int] = []  # layer ids; while there are any, other layers are not heard
    locked: bool = False
    free_loop: bool = False
    splits: dict[str, tuple[int, ...]] = {}
    echo_beats: float = 0.75
    echo_feedback: float = 0.35
    ceiling_dbfs: float = -6.0
    microphone: bool = False
    microphone_since: int = 0  # the frame of its switching on: nothing of before is kept
    audio_tempo: AudioTempo = "stretch"
    clock_input: str = ""
    clock_outputs: list[str] = []
    key_bends: dict[int, float] = {}  # voice -> cents of its own key's bend, on top of the wheel
    walks: dict[int, int] = {}  # seat -> notes it has played with the keymap "walk"
    past_palettes: list[tuple[float, Palette]] = []  # since which beat, and which; the last few
    clock_heard: list[tuple[int, int]] = []  # (frame, beat) of the clock in charge, lately
    clock_locked: bool = False  # bar lines fall on that clock's
    marked_bpm: float = 0.0  # the tempo that was marked last
    made_takes: dict[int, int] = {}  # layer -> takes it was ever given


def layer_id(seat: int, slot: int) -> int:
    """Number of a layer; also tells its seat and slot."""
    return seat * SLOTS + slot


def hold_of(seat: int, key: int) -> int:
    """One number for a physical key of a seat."""
    return seat * 256 + (key & 0xFF)


def new_state() -> State:
    """A session before its first event."""
    return State(tempo_map=tempo_map_of(90.0, Meter(), 48_000))


def part_of(seat: int, layer: int = LIVE) -> int:
    """One number for what bends together: a seat's hands, or one of its layers."""
    return seat * (SLOTS + 1) + (0 if layer == LIVE else layer % SLOTS + 1)


def is_live(part: int) -> bool:
    """True for the number of a seat's hands, False for that of a layer."""
    return part % (SLOTS + 1) == 0
