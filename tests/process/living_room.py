"""A real room for tests: supervisor, room and recorder as processes, on the null host."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from jamroom.messages import (
    Ask,
    Farewell,
    Goodbye,
    Strike,
)
from jamroom.places import ROOM_SOCKET, runtime_dir
from jamroom.room_client import RoomClient
from jamroom.session.events import Request
from jamroom.supervisor import Supervisor
from jamroom.views import Snapshot

PATIENCE_S = 30.0
T = TypeVar("T")


def wait_for(look: Callable[[], T | None], what: str, patience_s: float = PATIENCE_S) -> T:
    """Look until something is there; fail loudly when it never comes."""
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        try:
            found = look()
        except OSError:
            found = None
        if found:
            return found
        time.sleep(0.01)
    raise AssertionError(f"never happened: {what}")


class LivingRoom:
    def __init__(self, journal: Path, *arguments: str, keep: str = "keep") -> None:
        self.journal = journal
        self.directory = runtime_dir(journal)
        self.supervisor = Supervisor(
            self.directory,
            ["--session", "test", "--host", "null", "--keep", keep, *arguments],
            journal,
        )
        self.client: RoomClient | None = None
        self._lock: IO[bytes] | None = None

    def open(self) -> None:
        # The lock that a launcher holds while its room is open.
        self._lock = self.directory.with_suffix(".lock").open("wb")
        fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        self.supervisor.start()
        assert self.supervisor.wait_until_playing(), self.supervisor.last_words()
        self.ring()

    def ring(self) -> Snapshot:
        """A new connection, and what it shows."""

        def connect() -> Snapshot | None:
            if self.client:
                self.client.close()
            self.client = RoomClient(self.directory / ROOM_SOCKET)
            shown = self.client.latest(2.0)
            return shown if isinstance(shown, Snapshot) else None

        return wait_for(connect, "a console gets a snapshot")

    def see(self, wanted: Callable[[Snapshot], bool], what: str) -> Snapshot:
        """Wait until a snapshot shows it; like a console, it calls anew."""
        last = ""

        def look() -> Snapshot | None:
            nonlocal last
            assert self.client is not None
            try:
                shown: Snapshot | Farewell | None = self.client.latest(0.5)
            except OSError:
                shown = self.ring()
            if isinstance(shown, Snapshot):
                last = f"{shown.midi}; {[(seat.seat, seat.present) for seat in shown.seats]}"
                return shown if wanted(shown) else None
            return None

        try:
            return wait_for(look, what)
        except AssertionError as error:
            raise AssertionError(f"{error}; {self.supervisor.restarts} restarts; {last}") from None

    def now(self) -> Snapshot:
        return self.see(lambda _: True, "a snapshot")

    def ask(self, request: Request) -> None:
        assert self.client is not None
        self.client.say(Ask(request))

    def strike(self, *keys: int, gap_s: float = 0.08) -> None:
        assert self.client is not None
        for key in keys:
            self.client.say(Strike("low", key))
            time.sleep(gap_s)

    def wait_bars(self, bars: int) -> None:
        """Wait in the room's own time."""
        bar = self.now().bar + bars
        self.see(lambda shown: shown.bar >= bar, f"bar {bar}")

    def kill(self, pid: int, number: int = signal.SIGKILL) -> None:
        os.kill(pid, number)

    def close(self) -> None:
        if self.client:
            try:
                self.client.say(Goodbye())
                wait_for(self._farewell, "the room says farewell", 20.0)
            except (OSError, AssertionError):
                pass
            self.client.close()
        self.supervisor.stop()
        if self._lock:
            self._lock.close()

    def _farewell(self) -> bool:
        assert self.client is not None
        return isinstance(self.client.latest(1.0), Farewell)
