"""Asking the terminal about itself, without ever hanging or leaving anything on the screen.

For a third of a second at most (a second over ssh) the terminal neither echoes nor waits for
lines; signals are put off until it is as before. Nothing here waits for output to drain: a
terminal stopped with Ctrl-S would keep us. What is typed meanwhile is lost.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import stat
import sys
import termios
import time
from collections.abc import Iterator

from jamroom.doctor.terminal_replies import Replies, all_answered, parse_replies

PATIENCE_S = 0.3
FAR_PATIENCE_S = 1.0
"""Over a network: answers that come after we left would be typed into the shell."""

_PUT_OFF = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGTSTP)
_LFLAG = 3
_CC = 6


class NotAsked(Exception):
    """The terminal was not asked; the text says why, to follow "not asked: "."""


def terminal_size() -> tuple[int, int]:
    """Columns and lines of the terminal. Raises NotAsked when there is none."""
    descriptor = _open_terminal()
    try:
        size = os.get_terminal_size(descriptor)
    finally:
        os.close(descriptor)
    return size.columns, size.lines


def ask_terminal(asked: bytes, patience_s: float = PATIENCE_S) -> Replies:
    """What the terminal answers to `terminal_replies.questions`. Raises NotAsked."""
    _check_output()
    descriptor = _open_terminal()
    try:
        if os.tcgetpgrp(descriptor) != os.getpgrp():
            raise NotAsked("running in the background")
        with _quiet_terminal(descriptor):
            received = _exchange(descriptor, asked, patience_s)
    except (OSError, termios.error) as error:
        raise NotAsked(f"the terminal would not be asked ({error})") from None
    finally:
        os.close(descriptor)
    return parse_replies(received)


def _check_output() -> None:
    # The reader of a pipe may be a pager, and would get the answers as if they were typed.
    try:
        mode = os.fstat(sys.stdout.fileno()).st_mode
    except (OSError, ValueError):
        return
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        raise NotAsked("the output goes into a pipe")
    if os.environ.get("TERM", "dumb") in ("", "dumb"):
        raise NotAsked("TERM says that it understands nothing (dumb or not set)")


def _open_terminal() -> int:
    try:
        return os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        raise NotAsked("no terminal here") from None


@contextlib.contextmanager
def _quiet_terminal(descriptor: int) -> Iterator[None]:
    before = termios.tcgetattr(descriptor)
    quiet = termios.tcgetattr(descriptor)
    quiet[_LFLAG] &= ~(termios.ECHO | termios.ICANON)
    quiet[_CC][termios.VMIN], quiet[_CC][termios.VTIME] = 0, 0
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, _PUT_OFF)
    try:
        termios.tcsetattr(descriptor, termios.TCSANOW, quiet)
        yield
    finally:
        try:
            termios.tcflush(descriptor, termios.TCIFLUSH)
            termios.tcsetattr(descriptor, termios.TCSANOW, before)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def _exchange(descriptor: int, asked: bytes, patience_s: float) -> bytes:
    until = time.monotonic() + patience_s
    unsaid = asked
    received = b""
    while not all_answered(received):
        left_s = until - time.monotonic()
        if left_s <= 0:
            break
        can_read, can_write, _ = select.select(
            [descriptor], [descriptor] if unsaid else [], [], left_s
        )
        with contextlib.suppress(BlockingIOError):
            if can_write:
                unsaid = unsaid[os.write(descriptor, unsaid) :]
            if can_read:
                received += _heard(descriptor)
    return received


def _heard(descriptor: int) -> bytes:
    data = os.read(descriptor, 4096)
    if not data:
        raise OSError("it hung up")
    return data
