"""Where a running room meets its consoles: sockets and heartbeat, in a directory of its own."""

from __future__ import annotations

import hashlib
import os
import socket
import tempfile
from pathlib import Path

ROOM_SOCKET = "room.sock"
RECORDER_SOCKET = "recorder.sock"
HEARTBEAT = "heartbeat"
RECORDER_HEARTBEAT = "recorder-heartbeat"
LONGEST_SOCKET_BYTES = 107
"""Linux: sockaddr_un holds 108 bytes, of which one ends the path."""
NAMES = "midi-names"
BEGAN = "began"
"""When performed files began (monotonic ns), for a room that takes over in the middle."""


def runtime_dir(journal: Path) -> Path:
    """The directory of the room that has this journal open; only its owner may enter.

    Raises OSError, in plain words, when there is no place for it or somebody else owns it.
    """
    name = hashlib.sha256(os.fsencode(journal.resolve())).hexdigest()[:12]
    given = os.environ.get("XDG_RUNTIME_DIR")
    bases = [Path(given)] if given else []
    for base in (*bases, Path(tempfile.gettempdir())):
        ours = base / f"jamroom-{os.getuid()}"
        if os.access(base, os.W_OK | os.X_OK) and _fits(ours / name):
            _own(ours)
            return _own(ours / name)
    raise OSError(
        f"There is no place for the room's sockets: the path of {tempfile.gettempdir()} is too"
        " long, or nothing may be written there. Set TMPDIR to a folder with a short path."
    )


def _fits(directory: Path) -> bool:
    return len(os.fsencode(directory / RECORDER_SOCKET)) <= LONGEST_SOCKET_BYTES


def _own(path: Path) -> Path:
    path.mkdir(mode=0o700, exist_ok=True)
    if path.is_symlink() or path.stat().st_uid != os.getuid():
        raise PermissionError(f"{path} belongs to somebody else; remove it and start again")
    path.chmod(0o700)
    return path


def ring(path: Path) -> socket.socket:
    """A connection to whoever listens at `path`. Raises OSError if nobody does."""
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        line.connect(str(path))
    except OSError:
        line.close()
        raise
    return line


def room_is_open(directory: Path) -> bool:
    """Whether a room answers there."""
    try:
        ring(directory / ROOM_SOCKET).close()
    except OSError:
        return False
    return True
