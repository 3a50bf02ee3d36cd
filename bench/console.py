"""Programs in a terminal of 160 x 45 that nobody looks at: the real console, the real command."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jamroom.places import ROOM_SOCKET
from jamroom.supervisor import python

SIZE = (160, 45)
_WORDS = b"dorian"
"""The key of a new room: when it has been drawn, the picture is there."""


class Shown:
    """The process, how many bytes it has drawn, and whether the room is to be seen."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.drawn_bytes = 0
        self.picture = threading.Event()


@contextlib.contextmanager
def console(directory: Path) -> Iterator[Shown]:
    """Attach a console to a room."""
    command = python("jamroom.tui", "--socket", str(directory / ROOM_SOCKET))
    with in_terminal(command, {}) as shown:
        yield shown


@contextlib.contextmanager
def in_terminal(command: Sequence[str], environment: Mapping[str, str]) -> Iterator[Shown]:
    """Run a command in a terminal; it ends with the block."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(
        command,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**os.environ, **terminal, **environment},
        start_new_session=True,
    )
    os.close(theirs)
    shown = Shown(process)
    reader = threading.Thread(target=_read, args=(ours, shown), daemon=True)
    reader.start()
    try:
        yield shown
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(2)
        os.close(ours)


def _read(descriptor: int, shown: Shown) -> None:
    last = b""
    with contextlib.suppress(OSError):
        while data := os.read(descriptor, 65_536):
            shown.drawn_bytes += len(data)
            if not shown.picture.is_set():
                last = last[-65_536:] + data
                if _WORDS in last:
                    shown.picture.set()
