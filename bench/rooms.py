"""A real room (room, recorder, room in waiting) in a temporary directory, for one measurement."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from jamroom.messages import Farewell
from jamroom.places import ROOM_SOCKET
from jamroom.room_client import RoomClient
from jamroom.supervisor import Child, Supervisor, python
from jamroom.views import Snapshot

_PATIENCE_S = 20.0
REPOSITORY = Path(__file__).parent.parent


class TimedSupervisor(Supervisor):
    """Runs rooms whose blocks are timed (bench.timed_room); everything else is the same."""

    def _new_room(self, standby: bool) -> Child:
        extra = ["--standby"] if standby else []
        return Child(python("bench.timed_room", *self._arguments, *extra), self._log)


class OpenRoom:
    """A room that plays. `directory` holds its sockets, `journal` its file."""

    def __init__(self, directory: Path, journal: Path, supervisor: Supervisor) -> None:
        self.directory = directory
        self.journal = journal
        self.supervisor = supervisor

    def client(self, patience_s: float = _PATIENCE_S) -> RoomClient:
        """A connection to the room, as soon as it answers."""
        until = time.monotonic() + patience_s
        while True:
            try:
                return RoomClient(self.directory / ROOM_SOCKET)
            except OSError:
                if time.monotonic() > until:
                    raise TimeoutError(f"the room does not answer: {self._words()}") from None
                time.sleep(0.002)

    def _words(self) -> str:
        return self.supervisor.trouble or self.supervisor.last_words()


@contextlib.contextmanager
def open_room(
    host: str, plays: Sequence[Path] = (), timings: Path | None = None
) -> Iterator[OpenRoom]:
    """Run a room; with `timings`, one that writes how long its blocks took to that file."""
    with tempfile.TemporaryDirectory(prefix="jrb-") as folder, _found_by_children(timings):
        directory, journal = Path(folder) / "run", Path(folder) / "bench.jam"
        directory.mkdir(mode=0o700)
        arguments = ["--session", "bench", "--host", host]
        for path in plays:
            arguments += ["--play", str(path)]
        kind = TimedSupervisor if timings else Supervisor
        supervisor = kind(directory, arguments, journal)
        try:
            supervisor.start()
            if not supervisor.wait_until_playing():
                raise TimeoutError(f"the room did not start: {supervisor.last_words()}")
            yield OpenRoom(directory, journal, supervisor)
        finally:
            supervisor.stop()


@contextlib.contextmanager
def _found_by_children(timings: Path | None) -> Iterator[None]:
    """Let the room's processes import `bench`, and tell them where timings go."""
    before = dict(os.environ)
    if timings:
        paths = [str(REPOSITORY), *filter(None, [before.get("PYTHONPATH")])]
        os.environ["PYTHONPATH"] = os.pathsep.join(paths)
        os.environ["JAMROOM_BENCH_TIMINGS"] = str(timings)
    try:
        yield
    finally:
        for name in ("PYTHONPATH", "JAMROOM_BENCH_TIMINGS"):
            if name in before:
                os.environ[name] = before[name]
            else:
                os.environ.pop(name, None)


def wait_for(
    client: RoomClient, seen: Callable[[Snapshot], bool], patience_s: float = _PATIENCE_S
) -> Snapshot:
    """The first snapshot in which something is to be seen. Raises TimeoutError."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        message = client.next_message(0.5)
        if isinstance(message, Farewell):
            raise TimeoutError(f"the room closed: {message.text}")
        if isinstance(message, Snapshot) and seen(message):
            return message
    raise TimeoutError("what the measurement waits for did not come to be")


def newest(room: OpenRoom) -> Snapshot:
    """The room as it stands now. Raises TimeoutError when it has gone.

    On a line of its own: snapshots that nobody read for a while are old ones.
    """
    with room.client() as client:
        now = client.next_message(5.0)
    if not isinstance(now, Snapshot):
        raise TimeoutError("the room has gone")
    return now
