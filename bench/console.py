"""A real console (`python -m jamroom.tui`) in a terminal of 160 x 45 that nobody looks at."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from pathlib import Path

from jamroom.places import ROOM_SOCKET
from jamroom.supervisor import python

SIZE = (160, 45)


class Console:
    """The process, and how many bytes it has drawn."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.drawn_bytes = 0
        self.picture = threading.Event()
        """Set once the name of the room's key has been drawn: the first whole picture."""


@contextlib.contextmanager
def console(directory: Path, words: bytes = b"dorian") -> Iterator[Console]:
    """Attach a console to a room; `words` tell that it has drawn the room."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", SIZE[1], SIZE[0], 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
    process = subprocess.Popen(
        python("jamroom.tui", "--socket", str(directory / ROOM_SOCKET)),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env=environment,
        start_new_session=True,
    )
    os.close(theirs)
    shown = Console(process)
    reader = threading.Thread(target=_read, args=(ours, shown, words), daemon=True)
    reader.start()
    try:
        yield shown
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        reader.join(2)
        os.close(ours)


def _read(descriptor: int, shown: Console, words: bytes) -> None:
    last = b""
    with contextlib.suppress(OSError):
        while data := os.read(descriptor, 65_536):
            shown.drawn_bytes += len(data)
            if not shown.picture.is_set():
                last = last[-65_536:] + data
                if words in last:
                    shown.picture.set()
