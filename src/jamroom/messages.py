"""What crosses the socket between the room, its consoles and its recorder.

Messages are msgspec structs in msgpack, each behind its length (four bytes, big-endian). Never
pickle: a message is data, and a broken one is one clear error.
"""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

from jamroom.session.events import AnyEvent, AudioTempo, Consent, Quantise, Request

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_HEADER = struct.Struct(">I")

LayerPhase = Literal["empty", "armed", "recording", "playing", "muted", "overdubbing"]


# -- console to room -------------------------------------------------------------------------


class Hello(msgspec.Struct, frozen=True, tag=True):
    """First word of a console."""

    version: str


class Ask(msgspec.Struct, frozen=True, tag=True):
    """A console asks for something; the room stamps it."""

    request: Request


class Strike(msgspec.Struct, frozen=True, tag=True):
    """A terminal key was struck. `held` says that a Lift will tell when it comes up."""

    row: Literal["low", "high"]
    key: int
    held: bool = False


class Gate(msgspec.Struct, frozen=True, tag=True):
    """How terminal notes end: after a fixed length in seconds, or at the next press (latch)."""

    latch: bool
    length_s: float


class KeysAway(msgspec.Struct, frozen=True, tag=True):
    """The console lost the keyboard: end what its keys began."""


class Lift(msgspec.Struct, frozen=True, tag=True):
    """A struck terminal key came up: only terminals that tell of it send this."""

    row: Literal["low", "high"]
    key: int


class Learn(msgspec.Struct, frozen=True, tag=True):
    """Learn the pads of an input, which are then pressed in order; "" ends it and keeps them."""

    input: str


class Goodbye(msgspec.Struct, frozen=True, tag=True):
    """Close the room in good order (all consoles)."""


ToRoom = Hello | Ask | Strike | Lift | Gate | KeysAway | Learn | Goodbye


# -- room to console -------------------------------------------------------------------------


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
    patches: tuple[str, ...]
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
    microphone: bool = False
    microphone_dbfs: float = -120.0  # its level; -120 when off
    audio_tempo: AudioTempo = "stretch"
    clock: str = ""  # one line: whose clock the room keeps, "" for its own
    clock_input: str = ""
    outputs: tuple[str, ...] = ()  # what takes MIDI, by id
    clock_outputs: tuple[str, ...] = ()  # those of them that get the room's clock
    learning: str = ""  # one line while an input is being learned, else ""


class Refused(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The room would not do it, and why, in one line."""

    text: str


class Farewell(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The room is closing in good order."""

    text: str


ToConsole = Snapshot | Catalogue | Refused | Farewell


# -- room and recorder -----------------------------------------------------------------------


class Recorded(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """An event as the journal keeps it: `n` counts a room run's events from 1.

    `at` is the frame the room had reached when it took the event; folding is done at `at`.
    """

    n: int
    at: int
    event: AnyEvent


class Batch(msgspec.Struct, frozen=True, tag=True):
    """What happened since the last batch, and where the room's clock stands."""

    run: str
    frame: int
    monotonic_ns: int
    records: tuple[Recorded, ...]


class Memory(msgspec.Struct, frozen=True, tag=True):
    """First word of the recorder: the session so far, for a room that starts.

    `state` is the folded state (msgpack of session.state.State), empty for a new session.
    `frame` and `monotonic_ns` say where a living room's clock last stood (0 if none did).
    """

    session: str
    state: bytes
    frame: int
    monotonic_ns: int
    carry_on: bool
    last_n: int  # last n already held of the run named in `run`
    run: str


class Ack(msgspec.Struct, frozen=True, tag=True):
    """Everything up to `n` is on disk, or was deliberately not kept."""

    run: str
    n: int
    trouble: str  # "" when all is well, else one line


ToRecorder = Batch
FromRecorder = Memory | Ack


# -- framing ---------------------------------------------------------------------------------

_encoder = msgspec.msgpack.Encoder()


def frame_message(message: msgspec.Struct) -> bytes:
    """A message as it goes over the socket: its length, then msgpack."""
    body = _encoder.encode(message)
    return _HEADER.pack(len(body)) + body


class Unframer:
    """Cuts a byte stream into message bodies.

    Raises ValueError when a length is beyond MAX_MESSAGE_BYTES: the peer is not ours.
    """

    def __init__(self) -> None:
        self._pending = bytearray()

    def feed(self, data: bytes) -> list[bytes]:
        """Bodies that `data` completes."""
        self._pending += data
        bodies = []
        while len(self._pending) >= _HEADER.size:
            (length,) = _HEADER.unpack_from(self._pending)
            if length > MAX_MESSAGE_BYTES:
                raise ValueError(f"a message of {length} bytes is not one of ours")
            if len(self._pending) < _HEADER.size + length:
                break
            bodies.append(bytes(self._pending[_HEADER.size : _HEADER.size + length]))
            del self._pending[: _HEADER.size + length]
        return bodies
