"""Starts the room and its recorder, watches them, and brings back whichever dies.

A room that dies or hangs is found by its heartbeat within 300 ms; a second room process has
everything loaded already and takes over: it asks the recorder for the session and sounds again
with the same loops in phase. The recorder's death is not heard at all.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from jamroom.heartbeat import Heartbeat, Pulse
from jamroom.places import BEGAN, HEARTBEAT, RECORDER_HEARTBEAT, RECORDER_SOCKET

WATCH_S = 0.02
ROOM_LOOKS = 12
"""Looks without a heartbeat before a room counts as hung: 240 ms."""
RECORDER_LOOKS = 250
"""The same for the recorder: 5 s. Nobody hears it, and a disk may be slow."""
START_S = 30.0
TAKE_OVER_S = 5.0
CLOSE_S = 15.0
SPARE_AFTER_S = 1.5
MOST_DEATHS = 5
DEATHS_WITHIN_S = 30.0

CLOSED, CANNOT_OPEN, NOT_ALL_KEPT = 0, 2, 3
"""Exit codes of a room that ended by itself; a recorder uses CANNOT_OPEN too."""


def python(module: str, *arguments: str) -> list[str]:
    """The command for one of our processes. -P: what lies in this folder is not imported."""
    return [sys.executable, "-P", "-m", module, *arguments]


class Child:
    """A process whose life hangs on a pipe: when the launcher goes, it hears the pipe close.

    In a session of its own, so that Ctrl+C in the terminal goes to the console alone.
    """

    def __init__(self, command: Sequence[str], log: IO[bytes]) -> None:
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=log,
            stderr=log,
            start_new_session=True,
            # Our products are small: BLAS threads would only spin beside the block.
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
        )

    def say(self, word: bytes) -> None:
        """Write to its standard input; a dead child does not mind."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.write(word)
            self.process.stdin.flush()

    def hang_up(self) -> None:
        """Close the pipe: it ends in good order."""
        with contextlib.suppress(OSError):
            assert self.process.stdin is not None
            self.process.stdin.close()

    def kill(self) -> None:
        """SIGKILL: also for one that is stopped."""
        self.process.kill()
        self.process.wait()
        self.hang_up()

    def wait(self, patience_s: float) -> int | None:
        """Its exit code, or None if it is still there."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(patience_s)
        return None


class Deaths:
    """Counts deaths: too many in a short time mean that starting again does not help."""

    def __init__(self) -> None:
        self.count = 0
        self._times: list[float] = []

    def note(self) -> bool:
        """One more; true if that is too often."""
        now = time.monotonic()
        self.count += 1
        self._times = [t for t in self._times if now - t < DEATHS_WITHIN_S] + [now]
        return len(self._times) > MOST_DEATHS


class Supervisor:
    """One room, its recorder (unless nothing is kept) and a room in waiting.

    | the room                      | what is done                                         |
    | ----------------------------- | ---------------------------------------------------- |
    | ended by itself               | closed; `trouble` says what went wrong, if anything   |
    | died, or its heart stopped    | the room in waiting takes over                       |
    | says "closing"                | it has CLOSE_S; it is not replaced                    |
    | does not come to play         | replaced after START_S, or TAKE_OVER_S without a beat |
    | died too often                | closed, with its last words as trouble               |
    """

    def __init__(
        self, directory: Path, room_arguments: Sequence[str], journal: Path | None
    ) -> None:
        self.directory = directory
        self.trouble = ""
        self.closed = threading.Event()
        self._arguments = [*room_arguments, "--dir", str(directory)]
        self._journal = journal
        self._log = (directory / "log").open("wb")
        for left in (HEARTBEAT, RECORDER_HEARTBEAT, BEGAN):
            (directory / left).unlink(missing_ok=True)
        self._heart = Heartbeat(directory / HEARTBEAT)
        self._recorder_heart = Heartbeat(directory / RECORDER_HEARTBEAT)
        self._room: Child | None = None
        self._spare: Child | None = None
        self._recorder: Child | None = None
        self._pulse = Pulse(self._heart, ROOM_LOOKS)
        self._recorder_pulse = Pulse(self._recorder_heart, RECORDER_LOOKS)
        self._since_s = time.monotonic()
        self._patience_s = START_S
        self._room_deaths, self._recorder_deaths = Deaths(), Deaths()
        self._thread = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self._stopping = threading.Event()

    def start(self) -> None:
        """Start everything and begin to watch."""
        self._start_recorder()
        self._room = self._new_room(standby=False)
        self._thread.start()

    def wait_until_playing(self) -> bool:
        """True once the room's blocks run; False if it cannot be opened (see `trouble`)."""
        until = time.monotonic() + START_S
        while time.monotonic() < until and not self.closed.is_set():
            if self._heart.word() == "playing":
                return True
            time.sleep(0.005)
        return False

    def stop(self) -> None:
        """Close room, then recorder, in good order; kill what does not go."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()
        for child in (self._spare, self._room, self._recorder):
            if child is not None:
                child.hang_up()
        for child in (self._spare, self._room, self._recorder):
            if child is not None and child.wait(CLOSE_S) is None:
                child.kill()
        if self._room is not None and self._room.process.returncode == NOT_ALL_KEPT:
            self.trouble = self.last_words()
        self._log.close()
        if not self.trouble:  # else the log tells more
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def restarts(self) -> int:
        """How often a room was replaced."""
        return self._room_deaths.count

    @property
    def room_pid(self) -> int:
        """Process number of the room that plays now."""
        return self._room.process.pid if self._room else 0

    @property
    def recorder_pid(self) -> int:
        """Process number of the recorder; 0 without one."""
        return self._recorder.process.pid if self._recorder else 0

    def last_words(self) -> str:
        """The last line that a process of the room wrote."""
        with contextlib.suppress(OSError):
            lines = (self.directory / "log").read_text("utf-8", "replace").strip().splitlines()
            return lines[-1] if lines else ""
        return ""

    # -- the room ----------------------------------------------------------------------------

    def _new_room(self, standby: bool) -> Child:
        extra = ["--standby"] if standby else []
        return Child(python("jamroom.room_process", *self._arguments, *extra), self._log)

    def _watch(self) -> None:
        while not self._stopping.wait(WATCH_S) and not self.closed.is_set():
            self._mind_room()
            self._mind_recorder()
            self._mind_spare()

    def _mind_room(self) -> None:
        assert self._room is not None
        self._pulse.look()
        code = self._room.process.poll()
        closing = self._heart.word() == "closing"
        if code in (CLOSED, CANNOT_OPEN, NOT_ALL_KEPT) or (closing and code is not None):
            self._give_up("" if code == CLOSED else self.last_words())
        elif code is not None or (not closing and self._is_lost()):
            self._replace_room()

    def _is_lost(self) -> bool:
        if self._heart.word() == "playing":
            return self._pulse.stopped
        age_s = time.monotonic() - self._since_s
        return age_s > START_S or (age_s > self._patience_s and not self._pulse.began)

    def _replace_room(self) -> None:
        assert self._room is not None
        self._room.kill()
        if self._room_deaths.note():
            words = self.last_words()
            self._give_up(f"The room died {MOST_DEATHS + 1} times and is closed. {words}".strip())
            return
        spare, self._spare = self._spare, None
        self._heart.say("starting")
        self._pulse = Pulse(self._heart, ROOM_LOOKS)
        self._since_s = time.monotonic()
        if spare is not None and spare.process.poll() is None:
            self._room, self._patience_s = spare, TAKE_OVER_S
            spare.say(b"g")
        else:
            self._room, self._patience_s = self._new_room(standby=False), START_S

    def _give_up(self, trouble: str) -> None:
        self.trouble = self.trouble or trouble
        self.closed.set()

    def _mind_spare(self) -> None:
        if self._spare is not None and self._spare.process.poll() is not None:
            self._spare.hang_up()
            self._spare = None
        quiet = time.monotonic() - self._since_s > SPARE_AFTER_S
        if self._spare is None and quiet and self._heart.word() == "playing":
            self._since_s = time.monotonic()  # one that dies at once is not made again at once
            self._spare = self._new_room(standby=True)

    # -- the recorder ------------------------------------------------------------------------

    def _start_recorder(self) -> None:
        if self._journal is None:
            return
        command = python(
            "jamroom.capture.recorder",
            f"--socket={self.directory / RECORDER_SOCKET}",
            f"--journal={self._journal}",
            f"--heartbeat={self.directory / RECORDER_HEARTBEAT}",
            f"--patience={CLOSE_S}",  # a room that is just closing may still hold the session
            "--create",
        )
        self._recorder = Child(command, self._log)
        self._recorder_pulse = Pulse(self._recorder_heart, RECORDER_LOOKS)

    def _mind_recorder(self) -> None:
        if self._recorder is None:
            return
        self._recorder_pulse.look()
        if self._recorder_pulse.stopped:
            self._recorder.kill()
        code = self._recorder.process.poll()
        if code is None:
            return
        self._recorder.hang_up()
        if code != CANNOT_OPEN and not self._recorder_deaths.note():
            self._start_recorder()
            return
        self._recorder = None
        self.trouble = self.last_words() or "The recorder ended again and again."
        if self._heart.word() == "starting":  # without its past there is no session to open
            self.closed.set()
