"""The wire to the room: connect, say hello, read, and come back by itself when the room was away.

A console may wait for a room that does not exist yet; it may lose it at any time. Neither is an
error here: `link_up` and `link_down` say how it stands.
"""

from __future__ import annotations

import asyncio
import socket
import threading
from pathlib import Path
from typing import Protocol

import msgspec

from jamroom import __version__
from jamroom.messages import (
    Hello,
    ToConsole,
    ToRoom,
    Unframer,
    frame_message,
)
from jamroom.views import Snapshot

RETRY_S = 0.1
SILENCE_S = 2.0  # a living room speaks 30 times a second
_READ_BYTES = 1 << 18


class Listener(Protocol):
    """Who is told what the room says."""

    def heard(self, message: ToConsole) -> None:
        """A message came; of several waiting snapshots only the newest is told."""

    def link_up(self) -> None:
        """The room is there."""

    def link_down(self, why: str) -> None:
        """The room is away; `why` is a line for people, "" when nothing more is known."""


class Link:
    """One console's connection to the room at a Unix socket."""

    def __init__(self, path: Path, listener: Listener) -> None:
        self.path = path
        self._listener = listener
        self._socket: socket.socket | None = None
        self._sending = threading.Lock()
        self._decoder = msgspec.msgpack.Decoder(ToConsole)

    @property
    def up(self) -> bool:
        """Whether the room is there now."""
        return self._socket is not None

    async def run(self) -> None:
        """Stay connected until cancelled."""
        while True:
            why = await self._visit()
            self._listener.link_down(why)
            await asyncio.sleep(RETRY_S)

    def send(self, message: ToRoom) -> bool:
        """Hand a message to the room, from any thread; False when the room is away.

        Nothing is queued for later: what was meant for one moment must not happen at another.
        """
        data = frame_message(message)
        with self._sending:
            wire = self._socket
            if wire is None:
                return False
            try:
                if wire.send(data) == len(data):
                    return True
                wire.shutdown(socket.SHUT_RDWR)  # half a message is none: begin anew
            except OSError:  # it hung up, or has read nothing for so long that the wire is full
                pass
            return False

    async def _visit(self) -> str:
        """One connection from hello to its end; returns why it ended."""
        wire = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        wire.setblocking(False)
        try:
            await asyncio.get_running_loop().sock_connect(wire, str(self.path))
            reader, writer = await asyncio.open_unix_connection(sock=wire)
        except OSError:
            wire.close()
            return ""
        try:
            self._socket = wire
            self.send(Hello(version=__version__))
            self._listener.link_up()
            await self._listen(reader)
        except TimeoutError:
            return "the room does not answer"
        except OSError:
            return ""
        except (ValueError, msgspec.DecodeError):
            return "the room speaks another version of jamroom: close this window, open it again"
        finally:
            with self._sending:
                self._socket = None
            writer.close()
        return ""

    async def _listen(self, reader: asyncio.StreamReader) -> None:
        unframer = Unframer()
        while data := await asyncio.wait_for(reader.read(_READ_BYTES), SILENCE_S):
            newest: Snapshot | None = None
            for body in unframer.feed(data):
                message = self._decoder.decode(body)
                if isinstance(message, Snapshot):
                    newest = message
                else:
                    self._listener.heard(message)
            if newest is not None:
                self._listener.heard(newest)
