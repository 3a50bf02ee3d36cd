"""What crosses the socket between the room, its consoles and its recorder.

Messages are msgspec structs in msgpack, each behind its length (four bytes, big-endian). Never
pickle: a message is data, and a broken one is one clear error.
"""

from __future__ import annotations

import struct
from typing import Literal

import msgspec

from jamroom.session.events import AnyEvent, Request
from jamroom.views import Catalogue, Snapshot

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
_HEADER = struct.Struct(">I")


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
