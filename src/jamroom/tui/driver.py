"""The terminal's keys, heard before the screen is drawn; and the end when the terminal is gone.

Textual reads the terminal in a thread of its own and hands keys to the loop that also draws. A
playing key would wait there for up to a whole frame of drawing, so it is sent to the room from
the reading thread; every other key takes the ordinary way.

A terminal may go without a hangup (a dropped ssh or su). Then reading returns nothing, at once
and for ever, and the loop that draws blocks on writing; so a thread of its own looks for it.
"""

from __future__ import annotations

import errno
import os
import sys
import threading
from typing import NoReturn, Protocol, runtime_checkable

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

GIL_SWITCH_S = 0.0005
"""How long drawing may keep the interpreter while a key waits (Python's own choice is 5 ms)."""

TERMINAL_GONE = 3
"""Exit code of a console that lost its terminal."""

_LOOK_EVERY_S = 1.0


@runtime_checkable
class Strikes(Protocol):
    """An app that takes playing keys from any thread."""

    def strike_now(self, key: str) -> bool:
        """Play a key (Textual's name of it); False when it is not a playing key just now."""


class PlayingDriver(LinuxDriver):
    """Textual's driver for terminals, with a short way for the keys that play."""

    def start_application_mode(self) -> None:
        """Begin, and from now on look whether the terminal is still there."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()

    def _watch(self) -> None:
        while not self.exit_event.wait(_LOOK_EVERY_S):
            if not os.isatty(self.fileno):
                _leave()

    def run_input_thread(self) -> None:
        """Read keys; a terminal that cannot be read any more is gone."""
        try:
            super().run_input_thread()
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            _leave()

    def process_message(self, message: Message) -> None:
        """Runs in the reading thread. A key that was played goes no further."""
        app = self._app
        if isinstance(message, Key) and isinstance(app, Strikes) and app.strike_now(message.key):
            return
        super().process_message(message)


def has_terminal() -> bool:
    """Whether there is a terminal to read from and draw to.

    Textual draws to the error output; when somebody sent that to a file ("2> log"), the ordinary
    output takes its place.
    """
    if not sys.stdin.isatty():
        return False
    if not sys.stderr.isatty() and sys.stdout.isatty():
        os.dup2(sys.stdout.fileno(), sys.stderr.fileno())
    return sys.stderr.isatty()


def _leave() -> NoReturn:
    # There is nothing to restore, and an orderly end would wait for writing that never ends.
    os._exit(TERMINAL_GONE)
