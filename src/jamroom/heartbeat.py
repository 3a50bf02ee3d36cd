"""The room's heartbeat: eight bytes in shared memory, written once a block, read by the supervisor.

No call into the system on the room's side: a stopped or hung room simply falls behind.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path

_STAMP = struct.Struct("<q")


class Heartbeat:
    """One file of eight bytes, mapped by both sides."""

    def __init__(self, path: Path) -> None:
        if not path.exists() or path.stat().st_size < _STAMP.size:
            path.write_bytes(bytes(_STAMP.size))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _STAMP.size)

    def beat(self, now_ns: int) -> None:
        """I am alive at `now_ns` (monotonic)."""
        _STAMP.pack_into(self._memory, 0, now_ns)

    def last_ns(self) -> int:
        """When it last beat; 0 if it never did."""
        return int(_STAMP.unpack_from(self._memory)[0])
