"""From a command to a running room: supervisor, console or headless, and a good end."""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from jamroom.capture.consent import Consents
from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.sessions import loops_folder
from jamroom.headless import Headless
from jamroom.messages import Goodbye
from jamroom.places import ROOM_SOCKET, room_is_open, runtime_dir
from jamroom.room_client import RoomClient
from jamroom.session.events import Consent
from jamroom.supervisor import Supervisor, python
from jamroom.views import Snapshot

CLOSED, NO_TERMINAL, TERMINAL_GONE, LEFT = 0, 2, 3, 4
"""How a console ends: the room closed; there was no terminal; it vanished; somebody left it."""
MOST_CONSOLES = 5
DEAF_S = 15 * 60
"""A room without any window closes when nobody has played for so long."""
_LOOK_S = 0.1
_FAREWELL_S = 4.0
_OPENING_S = 30.0


class LaunchError(Exception):
    """The room cannot be opened; the text says why and what to do."""


def open_room(session: str, journal: Path | None, given: argparse.Namespace, keep: str) -> int:
    """Run a room until it is closed. `journal` is None for a demo. Returns the exit code."""
    if not given.headless and not sys.stdin.isatty():
        raise LaunchError(
            "There is no terminal here to draw on. Add --headless, or use a terminal."
        )
    directory = runtime_dir(journal or Path(f"demo-{os.getpid()}"))
    with directory.with_suffix(".lock").open("wb") as lock:
        if not _ours(lock):
            return _join(session, journal, directory, given)
        supervisor = Supervisor(directory, _arguments(session, journal, given, keep), journal)
        try:
            code = _supervise(supervisor, given)
        finally:
            supervisor.stop()
        if supervisor.trouble:
            raise LaunchError(supervisor.trouble)
        if journal is not None:
            _say_what_is_kept(session, journal)
    return code


def _say_what_is_kept(session: str, journal: Path) -> None:
    """The next step; a session of which nothing was to be kept is not even listed."""
    with contextlib.suppress(OSError, JournalError):  # the window may be gone
        agreed = _say_how_to_take_it_home(session, journal)
        if agreed in ("play", "undecided"):
            journal.unlink()
            print("Nothing was kept.")


def _say_how_to_take_it_home(session: str, journal: Path) -> Consent | None:
    """Print it when there is something to take; else what was agreed, where that is known."""
    with contextlib.suppress(OSError, JournalError):
        with Journal.open(journal) as opened:
            anybody = bool(opened.badges())
            agreed = Consents(entry.event for entry in opened.choices()).default
        if not anybody:
            return agreed
        program = "jamroom" if shutil.which("jamroom") else os.path.relpath(sys.argv[0])
        print(f'Kept as "{session}". To take it home:')
        print(f'  {program} export "{session}" --to "{session}.mid"   (or .wav, or .flac)')
    return None


def _ours(lock: IO[bytes]) -> bool:
    """Whether this launcher is the one that opens the room. The lock goes with the process."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _arguments(
    session: str, journal: Path | None, given: argparse.Namespace, keep: str
) -> list[str]:
    arguments = [f"--session={session}", f"--host={given.host}", f"--keep={keep}"]
    arguments += [f"--play={path.resolve()}" for path in given.play]
    if journal is None:
        arguments.append(f"--demo={given.demo_journal}")
    else:
        arguments.append(f"--loops={loops_folder(journal)}")
        arguments.append(f"--mic-ms={given.mic_ms:g}")
    return arguments


def _join(session: str, journal: Path | None, directory: Path, given: argparse.Namespace) -> int:
    """Another launcher has the room: this becomes one more window of it."""
    if given.play:
        raise LaunchError(f"{session} is open already. Close it first, then --play will work.")
    until = time.monotonic() + _OPENING_S
    while not room_is_open(directory):
        if time.monotonic() > until:
            raise LaunchError(f"{session} is open in another jamroom that does not answer.")
        time.sleep(_LOOK_S)
    print(f"{session} is open already: this is another window of it.")
    if given.headless:
        return Headless(directory, given.seconds, owner=None).run()
    code = run_console(directory, threading.Event())
    if code == CLOSED and journal is not None:
        _say_how_to_take_it_home(session, journal)
    return code


def _supervise(supervisor: Supervisor, given: argparse.Namespace) -> int:
    supervisor.start()
    if not supervisor.wait_until_playing():
        raise LaunchError(supervisor.trouble or supervisor.last_words() or "the room did not start")
    if given.headless:
        return Headless(supervisor.directory, given.seconds, owner=supervisor.closed).run()
    timer = threading.Timer(given.seconds or 0.0, close_room, [supervisor.directory])
    timer.daemon = True
    if given.seconds:
        timer.start()
    with _hangups_ignored():
        code = run_console(supervisor.directory, supervisor.closed)
        if code in (TERMINAL_GONE, LEFT):
            _go_on_unseen(supervisor)
    return 0 if code in (TERMINAL_GONE, LEFT) else code


@contextlib.contextmanager
def _hangups_ignored() -> Iterator[None]:
    """A window that is closed by mistake must not stop a room full of people."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)


def _go_on_unseen(supervisor: Supervisor) -> None:
    """The window is gone, the music is not: `jamroom` in any terminal shows it again.

    A room that nobody has played in for DEAF_S is closed.
    """
    while not supervisor.closed.wait(5.0):
        with contextlib.suppress(OSError), RoomClient(supervisor.directory / ROOM_SOCKET) as room:
            shown = room.latest(2.0)
            if isinstance(shown, Snapshot) and _deaf(shown):
                close_room(supervisor.directory)


def _deaf(shown: Snapshot) -> bool:
    quiet_s = min((seat.played_ago_s for seat in shown.seats), default=DEAF_S + 1.0)
    return quiet_s > DEAF_S


def run_console(directory: Path, closed: threading.Event) -> int:
    """Show the console; one that crashed is shown again, and nothing was missed meanwhile."""
    command = python("jamroom.tui", f"--socket={directory / ROOM_SOCKET}")
    for _ in range(MOST_CONSOLES):
        with _interrupts_ignored():
            code = _watched(subprocess.Popen(command), closed)
        if code in (CLOSED, NO_TERMINAL, LEFT) or closed.is_set():
            return code if code in (NO_TERMINAL, LEFT) else CLOSED
        if not _terminal_there():
            return TERMINAL_GONE
        _mend_terminal()
    print("The console ended five times. The room goes on; `jamroom` opens another window.")
    return LEFT


def _watched(console: subprocess.Popen[bytes], closed: threading.Event) -> int:
    """Wait for the console to end. When the room is closed for good it has a moment for that."""
    while console.poll() is None:
        if closed.wait(_LOOK_S):
            try:
                return console.wait(_FAREWELL_S)
            except subprocess.TimeoutExpired:
                console.terminate()
                console.wait()
                _mend_terminal()
    return console.returncode


def _terminal_there() -> bool:
    return os.isatty(0) and os.isatty(1)


def close_room(directory: Path) -> None:
    """Ask a room to close; nothing happens if there is none."""
    with contextlib.suppress(OSError), RoomClient(directory / ROOM_SOCKET) as client:
        client.say(Goodbye())
        while client.next_message(5.0) is not None:
            pass  # hanging up with something unread could swallow the word


def _mend_terminal() -> None:
    # What a killed full-screen program leaves behind: mouse reports, the other screen, no echo.
    with contextlib.suppress(OSError):
        sys.stdout.write(
            "\x1b[?1000;1002;1003;1006;1015;2004;1004l\x1b[<u\x1b[?1049l\x1b[?25h\x1b[0m"
        )
        sys.stdout.flush()
        subprocess.call(["stty", "sane"])


@contextlib.contextmanager
def _interrupts_ignored() -> Iterator[None]:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
