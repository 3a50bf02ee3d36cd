"""A JACK server with the dummy driver, for tests that need a real one."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

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
        if self._jackd is not None:
            return
        driver = ("-d", "dummy", "-r", "48000", "-p", "128")
        self._jackd = subprocess.Popen(
            ("jackd", "-n", self.name, "-r", *driver),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        # Another process asks: a refused client would stay in this one's libjack.
        ask = ("jack_wait", "-s", self.name, "-w", "-t", str(round(PATIENCE_S)))
        subprocess.run(ask, check=True, capture_output=True)

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


@pytest.fixture(scope="session")
def jackd() -> Iterator[JackServer]:
    """The server of the whole run; it is started by the first test that needs it."""
    if shutil.which("jackd") is None or shutil.which("jack_wait") is None:
        pytest.skip("jackd is missing (on Debian and Ubuntu: apt install jackd2)")
    server = JackServer()
    yield server
    server.down()


@pytest.fixture
def jack_server(jackd: JackServer) -> JackServer:
    """A JACK server that runs, whatever the test before did to it."""
    jackd.up()
    return jackd


@pytest.fixture
def no_jack_server(jackd: JackServer) -> JackServer:
    """A machine whose JACK server does not run (yet: `up` starts it)."""
    jackd.down()
    return jackd
