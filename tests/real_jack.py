"""A real JACK server with the dummy driver, and patience for real things."""

from __future__ import annotations

import fcntl
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import jack


def _own_name() -> tuple[str, IO[bytes]]:
    """A server name nobody else's tests use now, and the lock that says so.

    JACK has places for eight servers, and one that was killed keeps its place until a server of
    the same name comes: so the names are few, and used again.
    """
    for number in range(1, 5):
        name = f"jamroom-test-{os.getuid()}-{number}"
        lock = Path(tempfile.gettempdir(), f"{name}.lock").open("wb")  # noqa: SIM115
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            lock.close()
            continue
        return name, lock
    raise RuntimeError("four runs of the tests are under way already")


# Never the server of whoever runs the tests. libjack reads this when a client is opened.
os.environ["JACK_DEFAULT_SERVER"], _LOCK = _own_name()
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"
os.environ["JACK_NO_START_SERVER"] = "1"

PATIENCE_S = 20.0


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something real (a process, a port) to happen; fail after a generous while."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s in vain: {what}"
        time.sleep(0.01)


def end_in_peace(client: jack.Client, process: Callable[[int], None]) -> Callable[[], None]:
    """Have a client call `process`; what is returned ends that and closes the client.

    libjack ends the thread that calls by force, and if it waits for the interpreter's lock just
    then, nobody gets that again. So it is asked to end by itself.
    """
    import jack  # not on every machine

    leaving = threading.Event()
    thread = 0

    def call(frames: int) -> None:
        nonlocal thread
        thread = threading.get_native_id()
        if leaving.is_set():
            raise jack.CallbackExit
        process(frames)

    def end() -> None:
        leaving.set()
        deadline = time.monotonic() + 1.0
        while Path(f"/proc/self/task/{thread}").exists() and time.monotonic() < deadline:
            time.sleep(0.002)
        client.close()

    client.set_process_callback(call)
    return end


class JackServer:
    """jackd with a dummy card: two playback ports, 48 kHz, 128 frames, in real time."""

    def __init__(self) -> None:
        self.name = os.environ["JACK_DEFAULT_SERVER"]
        self._jackd: subprocess.Popen[bytes] | None = None
        self._said = ""

    def up(self) -> None:
        """Start it unless it runs; returns when it takes clients."""
        if self._jackd is not None and self._jackd.poll() is not None:
            self._jackd = None  # it has crashed
        if self._jackd is None:
            try:
                until(self._starts, "jackd to take clients")
            except AssertionError as error:
                raise AssertionError(f"{error}; it said:\n{self._said}") from None

    def _starts(self) -> bool:
        # In real time where the machine allows it (jackd goes on without where it does not):
        # otherwise a client that is late loses its MIDI, and these machines are busy.
        driver = ("-d", "dummy", "-r", "48000", "-p", "128")
        words = tempfile.TemporaryFile()  # noqa: SIM115
        jackd = subprocess.Popen(
            ("jackd", "-n", self.name, "-R", *driver), stdout=words, stderr=words
        )
        # Another process asks: a refused client would stay in this one's libjack.
        ask = ("jack_wait", "-s", self.name, "-w", "-t", "5")
        asked = subprocess.run(ask, capture_output=True, check=False)
        if asked.returncode == 0 and jackd.poll() is None:
            self._jackd = jackd
            words.close()
            return True
        jackd.terminate()  # killed, it would keep one of the eight places for servers
        jackd.wait()
        words.seek(0)
        self._said = (words.read() + asked.stdout + asked.stderr).decode(errors="replace")
        words.close()
        return False

    def kill(self) -> None:
        """As if the power of the sound card had gone."""
        if self._jackd is not None:
            self._jackd.kill()
            self._jackd.wait()
            self._jackd = None

    def down(self) -> None:
        """End it in good order."""
        if self._jackd is not None:
            self._jackd.terminate()
            self._jackd.wait()
            self._jackd = None
