"""The recorder process: it alone writes the journal, so no disk ever holds up the room.

    python -m jamroom.capture.recorder --socket PATH --journal PATH [--create]

It listens on a Unix socket. The room connects, is told what is remembered (`Memory`), sends
batches, and is told what it may forget (`Ack`). Either side may die and come back: a room that
starts anew gets the folded session; a recorder that starts anew gets everything sent again that
was not acknowledged. It ends on SIGTERM, or when its standard input is a pipe that closes
(the launcher is gone). The room hears of that at the same moment and still has its last words to
say, so the recorder goes on until the room has hung up and everything is committed.

Exit codes: 0 ended in good order, 1 something could not be written at the end, 2 the journal
cannot be used (starting it again will not help).
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import stat
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec

from jamroom.capture.boot import boot_id
from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.locking import SessionLock
from jamroom.capture.shadow import Shadow, Ticket
from jamroom.capture.writer import Writer
from jamroom.heartbeat import Heartbeat
from jamroom.messages import Ack, Batch, Unframer, frame_message

COMMIT_S = 0.05
TROUBLE_S = 1.0
LONGEST_END_S = 10.0
"""How long ending may take in all; the supervisor kills after 12 s."""
LAST_TRY_S = 2.0
"""How much of that is kept for the last commit, whatever the room does."""
FAREWELL_S = 0.25
_READ_BYTES = 1 << 18

_log = logging.getLogger(__name__)


class Recorder:
    """One journal, one socket, at most one room at a time."""

    def __init__(self, journal: Journal, socket_path: Path, heart: Heartbeat | None = None) -> None:
        self._socket_path = socket_path
        self._heart = heart
        self._shadow = Shadow(journal, boot_id())
        self._loop = asyncio.get_running_loop()
        self._writer = Writer(journal, self._from_writer_done, self._from_writer_trouble)
        self._room: asyncio.StreamWriter | None = None
        self._left = asyncio.Event()
        self._left.set()
        self._trouble = ""
        self._told_at_s = 0.0
        self._end_by_s: float | None = None

    async def run(self) -> int:
        """Serve rooms until told to end; the exit code."""
        self._writer.start()
        self._end_on_signals()
        self._socket_path.unlink(missing_ok=True)
        server = await asyncio.start_unix_server(self._serve, self._socket_path)
        self._socket_path.chmod(0o600)
        try:
            while not self._over():
                self._tick()
                await asyncio.sleep(COMMIT_S)
        finally:
            server.close()
            self._socket_path.unlink(missing_ok=True)
        return await self._finish()

    # -- ending ------------------------------------------------------------------------------

    def end(self) -> None:
        """Hear the room out, commit, and let `run` return."""
        if self._end_by_s is None:
            self._end_by_s = self._loop.time() + LONGEST_END_S

    def _over(self) -> bool:
        if self._end_by_s is None:
            return False
        return self._room is None or self._loop.time() >= self._end_by_s - LAST_TRY_S

    def _end_on_signals(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self.end)
        if _is_pipe(0):
            self._loop.add_reader(0, self._read_stdin)

    def _read_stdin(self) -> None:
        if not os.read(0, 4096):
            self._loop.remove_reader(0)
            self.end()

    async def _finish(self) -> int:
        self._submit(at_once=True)
        self._writer.end()
        left_s = (self._end_by_s or 0.0) - self._loop.time()
        await asyncio.to_thread(self._writer.join, max(LAST_TRY_S, left_s))
        lost = self._writer.waiting()
        if lost:
            _log.error("%d events could not be written: %s", lost, self._trouble)
        if self._room is not None:
            self._acknowledge()
            self._room.close()
        return 1 if lost else 0

    # -- the room ----------------------------------------------------------------------------

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        unframer = Unframer()
        try:
            await self._see_off_the_last_room()
            self._room = writer
            self._left.clear()
            self._submit(at_once=True)
            self._send(self._shadow.memory(time.monotonic_ns()))
            while data := await reader.read(_READ_BYTES):
                for body in unframer.feed(data):
                    self._shadow.receive(msgspec.msgpack.decode(body, type=Batch))
        except (ValueError, msgspec.MsgspecError) as error:
            _log.error("the room said something that is no batch and was let go: %s", error)
        except JournalError as error:
            _log.error("the session could not be read again: %s", error)
        except (ConnectionError, asyncio.CancelledError):
            pass  # it hung up, or the recorder has ended
        finally:
            if self._room is writer:
                self._room = None
                self._left.set()
            self._submit(at_once=True)
            writer.close()

    async def _see_off_the_last_room(self) -> None:
        # What a room sent before it died may still lie in its socket: it belongs to the memory.
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._left.wait(), FAREWELL_S)
        if self._room is not None:
            self._room.close()

    def _send(self, message: msgspec.Struct) -> None:
        if self._room is not None and not self._room.is_closing():
            self._room.write(frame_message(message))

    def _acknowledge(self) -> None:
        run = self._shadow.run
        self._told_at_s = self._loop.time()
        if run:
            self._send(Ack(run, self._shadow.done_n(run), self._trouble))

    # -- the writer --------------------------------------------------------------------------

    def _tick(self) -> None:
        if not self._writer.is_alive():
            raise RuntimeError("the writer ended unexpectedly")
        if self._heart:
            self._heart.beat(time.monotonic_ns())
        self._submit()
        if self._trouble and self._loop.time() - self._told_at_s >= TROUBLE_S:
            self._acknowledge()

    def _submit(self, at_once: bool = False) -> None:
        ticket = self._shadow.ticket(at_once)
        if ticket is not None:
            self._writer.submit(ticket)

    def _from_writer_done(self, tickets: Sequence[Ticket]) -> None:
        self._loop.call_soon_threadsafe(self._done, tickets)

    def _done(self, tickets: Sequence[Ticket]) -> None:
        self._trouble = ""
        for ticket in tickets:
            self._shadow.done(ticket)
        self._acknowledge()

    def _from_writer_trouble(self, text: str) -> None:
        self._loop.call_soon_threadsafe(self._in_trouble, text)

    def _in_trouble(self, text: str) -> None:
        if text != self._trouble:
            _log.error("%s Everything is held in memory until it can be written.", text)
        self._trouble = text
        self._acknowledge()


def _is_pipe(descriptor: int) -> bool:
    try:
        mode = os.fstat(descriptor).st_mode
    except OSError:
        return False
    return stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode)


def open_journal(path: Path, create: bool) -> Journal:
    """Open the session's journal for writing; with `create`, make it if it is not there."""
    if create and not path.exists():
        return Journal.create(path)
    return Journal.open(path, write=True)


async def _record(journal: Journal, given: argparse.Namespace) -> int:
    heart = Heartbeat(given.heartbeat) if given.heartbeat else None
    return await Recorder(journal, given.socket, heart).run()


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the recorder; the exit code."""
    parser = argparse.ArgumentParser(prog="jamroom.capture.recorder")
    parser.add_argument("--socket", type=Path, required=True)
    parser.add_argument("--journal", type=Path, required=True)
    parser.add_argument("--create", action="store_true")
    parser.add_argument("--heartbeat", type=Path, help="file to beat in, for whoever watches")
    parser.add_argument("--patience", type=float, default=0.0, help="seconds to wait for the lock")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="recorder: %(message)s")
    os.umask(0o077)
    try:
        with (
            SessionLock(given.journal, given.patience),
            open_journal(given.journal, given.create) as journal,
        ):
            return asyncio.run(_record(journal, given))
    except JournalError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
