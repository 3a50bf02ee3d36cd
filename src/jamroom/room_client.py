"""A plain client of the room's socket, for whatever is not a full-screen console."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Self

import msgspec

from jamroom import __version__
from jamroom.messages import (
    Farewell,
    Hello,
    Refused,
    ToConsole,
    ToRoom,
)
from jamroom.views import Catalogue, Snapshot
from jamroom.wire import Wire

_decoder: msgspec.msgpack.Decoder[Snapshot | Catalogue | Refused | Farewell] = (
    msgspec.msgpack.Decoder(ToConsole)
)


class RoomClient:
    """Speaks with a room. Raises OSError where the room is gone.

    `catalogue` is what the room last said there is to choose from.
    """

    def __init__(self, path: Path) -> None:
        self._wire = Wire(path, _decoder)
        self.catalogue: Catalogue | None = None
        self.say(Hello(__version__))

    def say(self, message: ToRoom) -> None:
        """Send one message."""
        self._wire.send(message)

    def next_message(self, timeout_s: float) -> Snapshot | Refused | Farewell | None:
        """The next message, or None if none comes in time."""
        until = time.monotonic() + timeout_s
        while True:
            message = self._wire.receive(max(0.0, until - time.monotonic()))
            if not isinstance(message, Catalogue):
                return message
            self.catalogue = message

    def latest(self, timeout_s: float = 1.0) -> Snapshot | Farewell | None:
        """The newest snapshot, throwing older ones away; a farewell comes first."""
        newest: Snapshot | None = None
        message = self.next_message(timeout_s)
        while message is not None:
            if isinstance(message, Farewell):
                return message
            if isinstance(message, Snapshot):
                newest = message
            message = self.next_message(0.0) if self._wire.more else None
        return newest

    def close(self) -> None:
        """Hang up."""
        self._wire.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
