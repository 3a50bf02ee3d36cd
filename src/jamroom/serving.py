"""The room's door for consoles: a Unix socket; requests in, snapshots out.

Runs in the room process's main thread, on asyncio, and never waits for a console: one that reads
too slowly is shown less often, one that talks nonsense is let go.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from jamroom.messages import (
    Ask,
    Farewell,
    Gate,
    Goodbye,
    Hello,
    KeysAway,
    Learn,
    Lift,
    Refused,
    Strike,
    ToRoom,
    Unframer,
    frame_message,
)
from jamroom.room import Room
from jamroom.views import Catalogue, Snapshot

SNAPSHOTS_PER_S = 30
_SLOW_BYTES = 1 << 18
_READ_BYTES = 1 << 16
_decoder: msgspec.msgpack.Decoder[ToRoom] = msgspec.msgpack.Decoder(ToRoom)


class ConsoleServer:
    """Serves any number of consoles of one room."""

    def __init__(
        self,
        room: Room,
        take_snapshot: Callable[[], Snapshot],
        catalogue: Callable[[], Catalogue],
        learn: Callable[[str], None],
    ) -> None:
        """`catalogue` gives the same object until something in it changes."""
        self.asked_to_close = asyncio.Event()
        self._room = room
        self._take_snapshot = take_snapshot
        self._catalogue = catalogue
        self._learn = learn
        self._path = Path()
        self._consoles: dict[asyncio.StreamWriter, Catalogue | None] = {}  # what each was told of
        self._server: asyncio.Server | None = None
        self._drawing: asyncio.Task[None] | None = None

    async def open(self, path: Path) -> None:
        """Listen at `path`, in a directory that only its owner may enter."""
        self._path = path
        path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, path)
        path.chmod(0o600)
        self._drawing = asyncio.create_task(self._draw())

    def take_nobody(self) -> None:
        """Let no new console in: whoever rings from now on opens the room anew."""
        if self._server:
            self._server.close()
            self._path.unlink(missing_ok=True)

    async def close(self, farewell: str) -> None:
        """Say goodbye to every console."""
        if self._drawing:
            self._drawing.cancel()
        for console in list(self._consoles):
            console.write(frame_message(Farewell(farewell)))
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(console.drain(), 0.2)
            console.close()
        self.take_nobody()

    async def _draw(self) -> None:
        while True:
            await asyncio.sleep(1 / SNAPSHOTS_PER_S)
            ready = [c for c in self._consoles if _keeps_up(c)]
            if ready:
                data = frame_message(self._take_snapshot())
                for console in ready:
                    self._tell_catalogue(console)
                    console.write(data)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._consoles[writer] = None
        unframer, struck = Unframer(), False
        try:
            while data := await reader.read(_READ_BYTES):
                for body in unframer.feed(data):
                    message = _decoder.decode(body)
                    struck = struck or isinstance(message, Strike)
                    self._take(message, writer)
        except (ValueError, msgspec.MsgspecError) as error:
            writer.write(frame_message(Refused(f"The room did not understand that: {error}")))
        except (ConnectionError, asyncio.CancelledError):
            pass  # it hung up, or the room is closing
        finally:
            self._consoles.pop(writer, None)
            if struck:  # what its keys began must not ring for ever because it was closed
                self._room.hear(time.monotonic_ns(), KeysAway())
            writer.close()

    def _take(self, message: ToRoom, writer: asyncio.StreamWriter) -> None:
        now_ns = time.monotonic_ns()
        match message:
            case Ask(request):
                self._room.hear(now_ns, request)
            case Strike() | Lift() | Gate() | KeysAway():
                self._room.hear(now_ns, message)
            case Learn(input_id):
                self._learn(input_id)
            case Goodbye():
                self.asked_to_close.set()
            case Hello() if _keeps_up(writer):
                self._tell_catalogue(writer)
                writer.write(frame_message(self._take_snapshot()))

    def _tell_catalogue(self, console: asyncio.StreamWriter) -> None:
        """What there is to choose from: at first, and when it has changed."""
        catalogue = self._catalogue()
        if self._consoles.get(console) is not catalogue:
            self._consoles[console] = catalogue
            console.write(frame_message(catalogue))


def _keeps_up(console: asyncio.StreamWriter) -> bool:
    return not console.is_closing() and console.transport.get_write_buffer_size() < _SLOW_BYTES
