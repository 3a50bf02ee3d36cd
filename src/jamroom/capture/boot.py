"""Which boot of the machine this is: monotonic clocks can only be compared within one."""

from __future__ import annotations

import time
from pathlib import Path

_LINUX = Path("/proc/sys/kernel/random/boot_id")


def boot_id() -> str:
    """A text that stays the same until the machine starts again.

    Where the system does not name its boots, the wall time of the boot stands in for it, to the
    minute: a wall clock that was moved meanwhile only costs the carrying on, never the music.
    """
    try:
        return _LINUX.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError):
        return f"boot at minute {round((time.time() - time.monotonic()) / 60)}"
