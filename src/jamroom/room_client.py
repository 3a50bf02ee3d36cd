"""A plain client of the room's socket, for whatever is not a full-screen console."""

from __future__ import annotations

import contextlib
import select
import time
from collections import deque
from pathlib import Path
from typing import Self

import msgspec

from jamroom import __version__
from jamroom.messages import (
    Farewell,
    Hello,
    Refused,
    Snapshot,
    ToConsole,
    ToRoom,
    Unframer,
    frame_message,
)
from jamroom.places import ring

_READ_BYTES = 1 << 16
_decoder: msgspec.msgpack.Decoder[Snapshot | Refused | Farewell] = msgspec.msgpack.Decoder(
    ToConsole
)


class RoomClient:
    """Speaks with a room. Raises OSError where the room is gone."""

    def __init__(self, path: Path) -> None:
        self._socket = ring(path)
        self._unframer = Unframer()
        self._ready: deque[Snapshot | Refused | Farewell] = deque()
        self.say(Hello(__version__))

    def say(self, message: ToRoom) -> None:
        """Send one message."""
        self._socket.sendall(frame_message(message))

    def next_message(self, timeout_s: float) -> Snapshot | Refused | Farewell | None:
        """The next message, or None if none comes in time."""
        until = time.monotonic() + timeout_s
        while not self._ready:
            left = until - time.monotonic()
            if left <= 0 or not select.select([self._socket], [], [], left)[0]:
                return None
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionError("the room hung up")
            self._ready.extend(_decoder.decode(body) for body in self._unframer.feed(data))
        return self._ready.popleft()

    def latest(self, timeout_s: float = 1.0) -> Snapshot | Farewell | None:
        """The newest snapshot, throwing older ones away; a farewell comes first."""
        newest: Snapshot | None = None
        message = self.next_message(timeout_s)
        while message is not None:
            if isinstance(message, Farewell):
                return message
            if isinstance(message, Snapshot):
                newest = message
            message = self.next_message(0.0) if self._ready else None
        return newest

    def close(self) -> None:
        """Hang up."""
        with contextlib.suppress(OSError):
            self._socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
