"""One end of a line between our processes: messages out, whole messages in."""

from __future__ import annotations

import contextlib
import select
import time
from collections import deque
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from jamroom.messages import Unframer, frame_message
from jamroom.places import ring

Heard = TypeVar("Heard")

_READ_BYTES = 1 << 16


class Wire(Generic[Heard]):
    """A connection to a socket of ours. Raises OSError or ValueError when it breaks."""

    def __init__(
        self,
        path: Path,
        decoder: msgspec.msgpack.Decoder[Heard],
        send_patience_s: float | None = None,
    ) -> None:
        """Ring at `path`. A peer that takes nothing for `send_patience_s` counts as gone."""
        self._socket = ring(path)
        self._socket.settimeout(send_patience_s)
        self._decoder = decoder
        self._unframer = Unframer()
        self._ready: deque[bytes] = deque()

    def send(self, message: msgspec.Struct) -> None:
        """Send a message whole."""
        self._socket.sendall(frame_message(message))

    @property
    def more(self) -> bool:
        """True when a message is here already."""
        return bool(self._ready)

    def receive(self, timeout_s: float) -> Heard | None:
        """The next message, or None if none came in time. Raises OSError when the line is dead."""
        until = time.monotonic() + timeout_s
        while not self._ready:
            left = max(0.0, until - time.monotonic())
            if not select.select([self._socket], [], [], left)[0]:
                return None
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionError("the other end hung up")
            self._ready.extend(self._unframer.feed(data))
        return self._decoder.decode(self._ready.popleft())

    def close(self) -> None:
        """Hang up. Never raises."""
        with contextlib.suppress(OSError):
            self._socket.close()
