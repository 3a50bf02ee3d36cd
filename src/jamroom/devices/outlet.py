"""The room's end of the pipe to the MIDI ports: a write that never waits.

Notes leave from inside the audio block. The pipe holds more than a thousand of them; when it is
full all the same (the process at its other end hangs), what is sent waits here, within bounds.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque

MOST_WAITING = 1024


class Outlet:
    """Frames into a pipe, whole and in order, from any thread.

    While one thread writes, another's frame is put behind and goes with the first one's next
    write: nobody waits for a lock. `dropped` counts frames there was no place for; those that
    must not be lost (note offs) have twice the place.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self._fd = -1
        self._waiting: deque[bytes] = deque()
        self._busy = threading.Lock()
        self._rest = b""

    def open(self, fd: int) -> None:
        """Write into a copy of this file descriptor from now on."""
        with self._busy:
            self._fd = os.dup(fd)
            os.set_blocking(self._fd, False)

    def close(self) -> None:
        """Write no more; what waits is lost with whoever was to get it."""
        with self._busy:
            if self._fd >= 0:
                os.close(self._fd)
            self._fd = -1
            self._waiting.clear()
            self._rest = b""

    def put(self, frame: bytes, needed: bool) -> bool:
        """Send a frame, or have it wait. False when it was dropped, or nobody is there."""
        if self._fd < 0:
            return False
        if len(self._waiting) >= (2 * MOST_WAITING if needed else MOST_WAITING):
            self.dropped += 1
            self.flush()
            return False
        self._waiting.append(frame)
        self.flush()
        return True

    def flush(self) -> None:
        """Write what waits, as far as the pipe takes it."""
        while self._waiting or self._rest:
            if not self._busy.acquire(blocking=False):
                return  # whoever writes sees ours when it is done
            try:
                full = self._write()
            finally:
                self._busy.release()
            if full:
                return

    def _write(self) -> bool:
        """Whether the pipe is full, or gone."""
        if self._fd < 0:
            return True
        with contextlib.suppress(BlockingIOError, BrokenPipeError):
            while self._rest or self._waiting:
                if not self._rest:
                    self._rest = self._waiting.popleft()
                self._rest = self._rest[os.write(self._fd, self._rest) :]
            return False
        return True
