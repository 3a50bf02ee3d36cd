"""How events lie in the journal: notes in a fixed width, everything else in msgpack.

Three hours of twenty players are close to a million notes and movements. In a fixed width they
can be read as one numpy array, with no Python object each.
"""

from __future__ import annotations

import struct

import msgspec
import numpy as np
import numpy.typing as npt

from jamroom.session.events import (
    AnyEvent,
    Bent,
    Controlled,
    Leaned,
    Played,
    Released,
)

PLAYED, RELEASED, BENT, LEANED, CONTROLLED = range(1, 6)
"""Codes in the field `what` of PERFORMANCE_DTYPE."""

PERFORMANCE_KINDS = ("Played", "Released", "Bent", "Leaned", "Controlled")

PERFORMANCE_DTYPE = np.dtype(
    [
        ("at", "<i8"),
        ("frame", "<i8"),
        ("cents", "<f8"),
        ("seat", "<i2"),
        ("key", "<i2"),
        ("note", "<i2"),  # or the controller's number
        ("value", "<i2"),  # velocity, pressure or the controller's value
        ("what", "u1"),
    ]
)
"""One performance event, packed: 33 bytes, little-endian, no padding."""

PerformanceArray = npt.NDArray[np.void]

_ROW = struct.Struct("<qqdhhhhB")
_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[AnyEvent] = msgspec.msgpack.Decoder(AnyEvent)


class UnpackError(ValueError):
    """A row of the journal does not hold an event this jamroom knows."""


def kind_of(event: AnyEvent) -> str:
    """The event's name as the journal's column `kind` has it."""
    return type(event).__name__


def pack_event(at: int, event: AnyEvent) -> bytes:
    """An event as a row's body. Raises ValueError for numbers no instrument can send."""
    try:
        match event:
            case Played(frame, seat, key, note, cents, velocity):
                return _ROW.pack(at, frame, cents, seat, key, note, velocity, PLAYED)
            case Released(frame, seat, key, note, velocity):
                return _ROW.pack(at, frame, 0.0, seat, key, note, velocity, RELEASED)
            case Bent(frame, seat, cents, key):
                return _ROW.pack(at, frame, cents, seat, key, -1, 0, BENT)
            case Leaned(frame, seat, key, pressure):
                return _ROW.pack(at, frame, 0.0, seat, key, -1, pressure, LEANED)
            case Controlled(frame, seat, controller, value):
                return _ROW.pack(at, frame, 0.0, seat, -1, controller, value, CONTROLLED)
            case _:
                return _encoder.encode(event)
    except (struct.error, OverflowError) as error:
        # Its name only: this may be logged, and logs hold nothing that anybody played.
        raise ValueError(f"an event of kind {kind_of(event)} cannot be kept") from error


def unpack_event(kind: str, body: bytes) -> AnyEvent:
    """The event of a row. Raises UnpackError."""
    if kind not in PERFORMANCE_KINDS:
        try:
            return _decoder.decode(body)
        except msgspec.DecodeError as error:
            raise UnpackError(f"an event of kind {kind!r} is broken: {error}") from error
    try:
        _, frame, cents, seat, key, note, value, what = _ROW.unpack(body)
    except struct.error as error:
        raise UnpackError(f"an event of kind {kind!r} is broken: {error}") from error
    return _performance(frame, cents, seat, key, note, value, what)


def _performance(
    frame: int, cents: float, seat: int, key: int, note: int, value: int, what: int
) -> AnyEvent:
    match what:
        case 1:
            return Played(frame, seat, key, note, cents, value)
        case 2:
            return Released(frame, seat, key, note, value)
        case 3:
            return Bent(frame, seat, cents, key)
        case 4:
            return Leaned(frame, seat, key, value)
        case 5:
            return Controlled(frame, seat, note, value)
    raise UnpackError(f"no performance event has the code {what}")


def performance_array(bodies: list[bytes]) -> PerformanceArray:
    """Bodies of performance rows as one array of PERFORMANCE_DTYPE. Raises UnpackError."""
    joined = b"".join(bodies)
    if len(joined) != len(bodies) * _ROW.size:
        raise UnpackError("a performance event has not its fixed width")
    return np.frombuffer(joined, dtype=PERFORMANCE_DTYPE)
