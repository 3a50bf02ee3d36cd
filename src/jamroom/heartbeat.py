"""The heartbeat of a process: a stamp and a word in shared memory, read by the supervisor.

No call into the system on the side that beats: a stopped or hung process simply falls behind. The
word tells starting, playing and closing apart, so that none is taken for another.
"""

from __future__ import annotations

import mmap
import struct
from pathlib import Path
from typing import Literal

_STAMP = struct.Struct("<q")
Word = Literal["starting", "playing", "closing"]
_WORDS: tuple[Word, ...] = ("starting", "playing", "closing")
_SIZE = _STAMP.size + 1


class Heartbeat:
    """One small file, mapped by both sides."""

    def __init__(self, path: Path) -> None:
        if not path.exists() or path.stat().st_size < _SIZE:
            path.write_bytes(bytes(_SIZE))
        with path.open("r+b") as file:
            self._memory = mmap.mmap(file.fileno(), _SIZE)

    def beat(self, now_ns: int) -> None:
        """I am alive at `now_ns` (monotonic)."""
        _STAMP.pack_into(self._memory, 0, now_ns)

    def last_ns(self) -> int:
        """When it last beat; 0 if it never did."""
        return int(_STAMP.unpack_from(self._memory)[0])

    def say(self, word: Word) -> None:
        """What I am doing from now on."""
        self._memory[_STAMP.size] = _WORDS.index(word)

    def word(self) -> Word:
        """What it is doing."""
        return _WORDS[min(self._memory[_STAMP.size], len(_WORDS) - 1)]


class Pulse:
    """Looks at a heartbeat, again and again: has it begun, and has it stopped?

    It counts looks, not seconds: on a machine so busy that the watcher hardly runs, the watched
    one gets the longer time that it needs.
    """

    def __init__(self, heart: Heartbeat, still_looks: int) -> None:
        self._heart = heart
        self._most_still = still_looks
        self._last_ns = heart.last_ns()
        self._still = 0
        self.began = False

    def look(self) -> None:
        """Look once."""
        stamp_ns = self._heart.last_ns()
        self._still += 1
        if stamp_ns != self._last_ns:
            self._last_ns, self._still, self.began = stamp_ns, 0, True

    @property
    def stopped(self) -> bool:
        """It beat, and has not for too many looks."""
        return self.began and self._still >= self._most_still
