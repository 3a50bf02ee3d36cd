"""A terminal for tests: the master side of a real pty, which speaks kitty's protocol or does not.

It keeps the stacks of flags as the protocol says, main screen and alternate screen apart, so a
test can see what a console leaves behind. https://sw.kovidgoyal.net/kitty/keyboard-protocol/
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

_ASKED = re.compile(
    rb"\x1b\[(?:\?(?P<query>u)|>(?P<push>\d+)u|=(?P<set>\d+);1u|<(?P<pop>\d*)u"
    rb"|\?1049(?P<alt>[hl]))"
)


class KittyTerminal:
    """Starts `python -m jamroom.tui` in itself. `speaks` is the flags it can, 0 for none."""

    def __init__(self, socket: Path, home: Path, speaks: int = 31) -> None:
        self.speaks = speaks
        self.stacks: dict[bool, list[int]] = {False: [0], True: [0]}
        self.alternate = False
        self.seen = b""
        self._unread = b""
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        env = {**os.environ, "TERM": "xterm-kitty", "JAMROOM_HOME": str(home), "LC_ALL": "C.UTF-8"}
        env.pop("TEXTUAL_DISABLE_KITTY_KEY", None)
        self.process = subprocess.Popen(
            [sys.executable, "-m", "jamroom.tui", "--socket", str(socket)],
            stdin=slave, stdout=slave, stderr=slave, env=env, close_fds=True,
            preexec_fn=_own_terminal,
        )  # fmt: skip
        os.close(slave)
        asyncio.get_running_loop().add_reader(self._master, self._hear)

    @property
    def flags(self) -> int:
        """What the keyboard tells now."""
        return self.stacks[self.alternate][-1]

    def _hear(self) -> None:
        try:
            data = os.read(self._master, 65536)
        except OSError:  # the console is gone
            asyncio.get_running_loop().remove_reader(self._master)
            return
        self.seen += data
        self._unread += data
        end = 0
        for match in _ASKED.finditer(self._unread):
            end = match.end()
            self._obey(match)
        self._unread = self._unread[end:][-40:]

    def _obey(self, match: re.Match[bytes]) -> None:
        if match["alt"]:
            self.alternate = match["alt"] == b"h"
        stack = self.stacks[self.alternate]
        if not self.speaks:
            return
        if match["query"]:
            self.send(f"\x1b[?{self.flags}u")
        elif match["push"]:
            stack.append(int(match["push"]) & self.speaks)
        elif match["set"]:
            stack[-1] = int(match["set"]) & self.speaks
        elif match["pop"] is not None:
            del stack[-int(match["pop"] or 1) :]
            stack[:] = stack or [0]

    def send(self, data: str | bytes) -> None:
        """Bytes, as if from the keyboard."""
        os.write(self._master, data.encode() if isinstance(data, str) else data)

    def shows(self, words: str) -> bool:
        """Whether these words were drawn lately (in one piece)."""
        return words.encode() in self.seen

    def close(self) -> None:
        """Take the terminal away."""
        with contextlib.suppress(ValueError, OSError):
            asyncio.get_running_loop().remove_reader(self._master)
        self.process.terminate()
        self.process.wait(20)
        os.close(self._master)


def _own_terminal() -> None:
    os.setsid()
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
