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

from jamroom.heartbeat import Heartbeat
from jamroom.places import BEGAN, HEARTBEAT, RECORDER_SOCKET

WATCH_S = 0.02
HUNG_LOOKS = 12
"""Looks without a heartbeat before a room counts as hung: 240 ms, or longer on a machine so busy
that the supervisor itself hardly runs."""
START_S = 30.0
CLOSE_S = 12.0
SPARE_AFTER_S = 1.5
MOST_RESTARTS = 5
RESTARTS_WITHIN_S = 30.0
CANNOT_OPEN = 2


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


class Pulse:
    """Looks at a heartbeat: has it begun, and has it stopped?"""

    def __init__(self, heart: Heartbeat) -> None:
        self._heart = heart
        self._last_ns = heart.last_ns()
        self._still_looks = 0
        self._began_s = 0.0
        self._since_s = time.monotonic()

    def look(self) -> None:
        """Look once."""
        stamp_ns = self._heart.last_ns()
        self._still_looks += 1
        if stamp_ns != self._last_ns:
            self._last_ns, self._still_looks = stamp_ns, 0
            self._began_s = self._began_s or time.monotonic()

    def stopped(self) -> bool:
        """It beat and stopped, or it never began in all the time it had."""
        if self._began_s:
            return self._still_looks >= HUNG_LOOKS
        return time.monotonic() - self._since_s > START_S

    def age_s(self) -> float:
        """Seconds since it began; 0 if it did not."""
        return time.monotonic() - self._began_s if self._began_s else 0.0


class Supervisor:
    """One room, its recorder (unless nothing is kept) and a room in waiting."""

    def __init__(
        self, directory: Path, room_arguments: Sequence[str], journal: Path | None
    ) -> None:
        self.directory = directory
        self.trouble = ""
        self.restarts = 0
        self.closed = threading.Event()
        self._arguments = [*room_arguments, "--dir", str(directory)]
        self._journal = journal
        self._log = (directory / "log").open("wb")
        for left in (HEARTBEAT, BEGAN):
            (directory / left).unlink(missing_ok=True)
        self._heart = Heartbeat(directory / HEARTBEAT)
        self._recorder: Child | None = None
        self._room: Child | None = None
        self._spare: Child | None = None
        self._deaths: list[float] = []
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
            if self._heart.last_ns():
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
                if child.wait(CLOSE_S) is None:
                    child.kill()
        self._log.close()
        if not self.trouble:  # else the log tells more
            shutil.rmtree(self.directory, ignore_errors=True)

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

    # -- children --------------------------------------------------------------------------

    def _start_recorder(self) -> None:
        if self._journal is None:
            return
        socket = str(self.directory / RECORDER_SOCKET)
        command = python(
            "jamroom.capture.recorder",
            *("--socket", socket),
            *("--journal", str(self._journal)),
            "--create",
        )
        self._recorder = Child(command, self._log)

    def _new_room(self, standby: bool) -> Child:
        extra = ["--standby"] if standby else []
        return Child(python("jamroom.room_process", *self._arguments, *extra), self._log)

    def _replace_room(self) -> None:
        assert self._room is not None
        self._room.kill()
        self._deaths.append(time.monotonic())
        self.restarts += 1
        spare, self._spare = self._spare, None
        if spare is not None and spare.process.poll() is None:
            self._room = spare
            spare.say(b"g")
        else:
            self._room = self._new_room(standby=False)

    # -- watching --------------------------------------------------------------------------

    def _watch(self) -> None:
        pulse = Pulse(self._heart)
        while not self._stopping.wait(WATCH_S):
            assert self._room is not None
            pulse.look()
            code = self._room.process.poll()
            if code in (0, CANNOT_OPEN) or (self._room_lost(code, pulse) and self._too_often()):
                self._give_up(code or 0)
                return
            if self._room_lost(code, pulse):
                self._replace_room()
                pulse = Pulse(self._heart)
            self._mind_recorder()
            self._mind_spare(pulse.age_s() > SPARE_AFTER_S)

    @staticmethod
    def _room_lost(code: int | None, pulse: Pulse) -> bool:
        return code is not None or pulse.stopped()

    def _give_up(self, code: int) -> None:
        if code or self._too_often():
            self.trouble = self.last_words() or "the room cannot be opened"
        self.closed.set()

    def _too_often(self) -> bool:
        now = time.monotonic()
        self._deaths = [t for t in self._deaths if now - t < RESTARTS_WITHIN_S]
        return len(self._deaths) >= MOST_RESTARTS

    def _mind_recorder(self) -> None:
        if self._recorder is None or self._recorder.process.poll() is None:
            return
        self._recorder.hang_up()
        if self._recorder.process.returncode == CANNOT_OPEN:
            self.trouble = self.last_words()
            self._recorder = None
        else:
            self._start_recorder()

    def _mind_spare(self, wanted: bool) -> None:
        if self._spare is not None and self._spare.process.poll() is not None:
            self._spare.hang_up()
            self._spare = None
        if wanted and self._spare is None:
            self._spare = self._new_room(standby=True)
