"""From a command to a running room: supervisor, console or headless, and a good end."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

from jamroom.headless import Headless
from jamroom.messages import Goodbye
from jamroom.places import ROOM_SOCKET, room_is_open, runtime_dir
from jamroom.room_client import RoomClient
from jamroom.supervisor import Supervisor, python

_MOST_CONSOLES = 5
_NO_TERMINAL = 2  # the console said why; asking again would not help


class LaunchError(Exception):
    """The room cannot be opened; the text says why and what to do."""


def open_room(session: str, journal: Path | None, given: argparse.Namespace, keep: str) -> int:
    """Run a room until it is closed. `journal` is None for a demo. Returns the exit code."""
    directory = runtime_dir(journal or Path(f"demo-{os.getpid()}"))
    if room_is_open(directory):
        print(f"{session} is open already: this is another console of it.")
        return run_console(directory)
    if not given.headless and not sys.stdin.isatty():
        raise LaunchError(
            "There is no terminal here to draw on. Add --headless, or use a terminal."
        )
    arguments = ["--session", session, "--host", given.host, "--keep", keep]
    for path in given.play:
        arguments += ["--play", str(path.resolve())]
    if journal is None:
        arguments += ["--demo", str(given.demo_journal)]
    supervisor = Supervisor(directory, arguments, journal)
    try:
        return _supervise(supervisor, given)
    finally:
        supervisor.stop()


def _supervise(supervisor: Supervisor, given: argparse.Namespace) -> int:
    supervisor.start()
    if not supervisor.wait_until_playing():
        raise LaunchError(supervisor.trouble or supervisor.last_words() or "the room did not start")
    if given.headless:
        code = Headless(supervisor.directory, given.seconds).run()
    else:
        timer = threading.Timer(given.seconds or 0.0, close_room, [supervisor.directory])
        timer.daemon = True
        if given.seconds:
            timer.start()
        code = run_console(supervisor.directory)
    if supervisor.trouble:
        print(supervisor.trouble, file=sys.stderr)
        return 1
    return code


def run_console(directory: Path) -> int:
    """Show the console; one that crashed is shown again, and nothing was missed meanwhile."""
    command = python("jamroom.tui", "--socket", str(directory / ROOM_SOCKET))
    for _ in range(_MOST_CONSOLES):
        with _no_interrupts():
            code = subprocess.call(command)
        if code in (0, _NO_TERMINAL) or not room_is_open(directory):
            return code if code == _NO_TERMINAL else 0
        _mend_terminal()
    print("The console ended five times; the room is closed. Nothing played is lost.")
    return 1


def close_room(directory: Path) -> None:
    """Ask a room to close; nothing happens if there is none."""
    with contextlib.suppress(OSError), RoomClient(directory / ROOM_SOCKET) as client:
        client.say(Goodbye())
        while client.next_message(5.0) is not None:
            pass  # hanging up with something unread could swallow the word


def _mend_terminal() -> None:
    # What a killed full-screen program leaves behind: mouse reports, the other screen, no echo.
    sys.stdout.write("\x1b[?1000;1002;1003;1006;1015;2004;1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m")
    sys.stdout.flush()
    with contextlib.suppress(OSError):
        subprocess.call(["stty", "sane"])


@contextlib.contextmanager
def _no_interrupts() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
