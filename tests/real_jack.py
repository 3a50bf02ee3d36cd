"""A real JACK server with the dummy driver, and patience for real things."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable

# Never the server of whoever runs the tests. libjack reads this when a client is opened.
os.environ["JACK_DEFAULT_SERVER"] = f"jamroom-test-{os.getpid()}"
os.environ["JACK_NO_AUDIO_RESERVATION"] = "1"
os.environ["JACK_NO_START_SERVER"] = "1"

PATIENCE_S = 20.0


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something real (a process, a port) to happen; fail after a generous while."""
    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited {PATIENCE_S:.0f} s in vain: {what}"
        time.sleep(0.01)


class JackServer:
    """jackd with a dummy card: two playback ports, 48 kHz, 128 frames, in real time."""

    def __init__(self) -> None:
        self.name = os.environ["JACK_DEFAULT_SERVER"]
        self._jackd: subprocess.Popen[bytes] | None = None

    def up(self) -> None:
        """Start it unless it runs; returns when it takes clients."""
        if self._jackd is None:
            until(self._starts, "jackd to take clients")

    def _starts(self) -> bool:
        driver = ("-d", "dummy", "-r", "48000", "-p", "128")
        jackd = subprocess.Popen(
            ("jackd", "-n", self.name, "-r", *driver),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Another process asks: a refused client would stay in this one's libjack.
        ask = ("jack_wait", "-s", self.name, "-w", "-t", "5")
        asked = subprocess.run(ask, capture_output=True, check=False)
        if asked.returncode == 0 and jackd.poll() is None:
            self._jackd = jackd
            return True
        jackd.terminate()  # killed, it would keep one of the eight places for servers
        jackd.wait()
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
