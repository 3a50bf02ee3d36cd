"""The terminal's keys, heard before the screen is drawn.

Textual reads the terminal in a thread of its own and hands keys to the loop that also draws. A
playing key would wait there for up to a whole frame of drawing, so it is sent to the room from
the reading thread; every other key takes the ordinary way.
"""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from textual.drivers.linux_driver import LinuxDriver
from textual.events import Key
from textual.message import Message

GIL_SWITCH_S = 0.0005
"""How long drawing may keep the interpreter while a key waits (Python's own choice is 5 ms)."""


@runtime_checkable
class Strikes(Protocol):
    """An app that takes playing keys from any thread."""

    def strike_now(self, key: str) -> bool:
        """Play a key (Textual's name of it); False when it is not a playing key just now."""


class PlayingDriver(LinuxDriver):
    """Textual's driver for terminals, with a short way for the keys that play."""

    def process_message(self, message: Message) -> None:
        """Runs in the reading thread. A key that was played goes no further."""
        app = self._app
        if isinstance(message, Key) and isinstance(app, Strikes) and app.strike_now(message.key):
            return
        super().process_message(message)
