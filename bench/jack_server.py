"""A JACK server of our own with the dummy driver: its name is unique, and it never outlives us."""

from __future__ import annotations

import contextlib
import fcntl
import importlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

SAMPLE_RATE = 48_000
_START_S = 15.0
_END_S = 15.0  # a jackd that is killed leaves its place taken
_NAMES = 3
_PRIORITY = 20
_NO_START = (
    "a jackd that starts (it ended at once; when eight servers were killed rather than closed, it"
    " takes no more until /dev/shm/jack* is removed)"
)


class Missing(Exception):
    """Something that a measurement needs is not installed; the text says what to install."""


def jack_module() -> ModuleType:
    """The Python package `jack`, silenced. Raises Missing."""
    try:
        jack: ModuleType = importlib.import_module("jack")
    except (ImportError, OSError):
        raise Missing("needs libjack and the Python package JACK-Client (extra: dev)") from None
    jack.set_error_function(lambda _: None)
    jack.set_info_function(lambda _: None)
    return jack


@contextlib.contextmanager
def jack_server(
    period_frames: int, real_time: bool = False, patient: bool = False
) -> Iterator[str]:
    """Run `jackd -d dummy`; gives the server's name, which children find in the environment.

    With `real_time` the audio threads of server and clients get real-time priority. A `patient`
    server (-S) waits for whoever is late; others go on without them, and without their MIDI.
    """
    if shutil.which("jackd") is None:
        raise Missing("needs jackd: apt install jackd2")
    jack = jack_module()
    priority = ["-R", "-P", str(_PRIORITY)] if real_time else ["-r"]
    waits = ["-S"] if patient else []
    driver = ["-d", "dummy", "-r", str(SAMPLE_RATE), "-p", str(period_frames)]
    before = os.environ.get("JACK_DEFAULT_SERVER")
    with (
        _own_name() as name,
        running(["jackd", "-n", name, *priority, *waits, *driver]) as server,
    ):
        os.environ["JACK_DEFAULT_SERVER"] = name
        try:
            _wait_until_answering(jack, name, server)
            yield name
        finally:
            if before is None:
                del os.environ["JACK_DEFAULT_SERVER"]
            else:
                os.environ["JACK_DEFAULT_SERVER"] = before


@contextlib.contextmanager
def _own_name() -> Iterator[str]:
    """A server's name that no other run uses now.

    JACK has places for eight servers, and one that was killed keeps its place until a server of
    the same name comes: so the names are few, and used again.
    """
    for number in range(1, _NAMES + 1):
        name = f"jamroom-bench-{os.getuid()}-{number}"
        with Path(tempfile.gettempdir(), f"{name}.lock").open("wb") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                continue
            yield name
            return
    raise Missing(f"a moment when fewer than {_NAMES} runs of this are under way")


def _wait_until_answering(jack: ModuleType, name: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + _START_S
    while True:
        try:
            jack.Client("hello", no_start_server=True, servername=name).close()
            return
        except jack.JackOpenError:
            if server.poll() is not None:
                raise Missing(_NO_START) from None
            if time.monotonic() > until:
                raise Missing("a jackd that answers (this one did not within 15 s)") from None
            time.sleep(0.05)


@contextlib.contextmanager
def running(command: list[str]) -> Iterator[subprocess.Popen[bytes]]:
    """A process that ends with the block, whatever happens; it says nothing."""
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.close()
        process.terminate()
        try:
            process.wait(_END_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def may_real_time() -> bool:
    """Whether we may have real-time priority here."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(_PRIORITY))
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))
    except (OSError, AttributeError):
        return False
    return True
