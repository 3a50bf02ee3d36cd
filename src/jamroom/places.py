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
BEGAN = "began"
"""When performed files began (monotonic ns), for a room that takes over in the middle."""


def runtime_dir(journal: Path) -> Path:
    """The directory of the room that has this journal open; only its owner may enter.

    Short, because a Unix socket's path may not be longer than 107 bytes. Raises PermissionError
    when somebody else owns it.
    """
    base = Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir())
    if not os.access(base, os.W_OK):
        base = Path(tempfile.gettempdir())
    ours = _own(base / f"jamroom-{os.getuid()}")
    return _own(ours / hashlib.sha256(str(journal.resolve()).encode()).hexdigest()[:12])


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
