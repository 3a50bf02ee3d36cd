"""The terminal's keys, heard before the screen is drawn; and the end when the terminal is gone.

Textual reads the terminal in a thread of its own and hands keys to the loop that also draws. A
playing key would wait there for up to a whole frame of drawing, so it is sent to the room from
the reading thread; every other key takes the ordinary way. Where the terminal speaks kitty's
keyboard protocol (`kitty.py`), the reading thread also hears when a key comes up.

A terminal may go without a hangup (a dropped ssh or su). Then reading returns nothing, at once
and for ever, and the loop that draws blocks on writing; so a thread of its own looks for it.
"""

from __future__ import annotations

import errno
import os
import select
import sys
import threading
from codecs import getincrementaldecoder
from typing import NoReturn, Protocol, runtime_checkable

from textual import constants
from textual.drivers.linux_driver import LinuxDriver
from textual.events import AppBlur, Key
from textual.message import Message

from jamroom.tui.kitty import ASK_SUPPORT, RELEASES, WANT_RELEASES, KeyboardFlags, PlayingParser

GIL_SWITCH_S = 0.0005
"""How long drawing may keep the interpreter while a key waits (Python's own choice is 5 ms)."""

TERMINAL_GONE = 3
"""Exit code of a console that lost its terminal."""

_LOOK_EVERY_S = 1.0
_TICK_S = 0.05  # how soon a lone Escape is told from the beginning of something longer
_READ_BYTES = 1 << 12


@runtime_checkable
class HearsKeys(Protocol):
    """An app that takes keys from the thread that reads them."""

    def hear_key(self, key: Key) -> Key | None:
        """Play it (None), or hand back the key that the screen is to get."""

    def hear_support(self, flags: int) -> None:
        """The terminal speaks kitty's protocol, with these flags on."""

    def let_go(self) -> None:
        """The keyboard is not ours for now."""


class PlayingDriver(LinuxDriver):
    """Textual's driver for terminals, with a short way for the keys that play."""

    _asked = False

    def start_application_mode(self) -> None:
        """Begin (again, after a pause in the background), and ask what the keyboard can tell."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self._asked = False
        if not constants.DISABLE_KITTY_KEY:
            self.write(ASK_SUPPORT)
            self.flush()
        threading.Thread(target=self._watch, name="terminal-watch", daemon=True).start()

    def stop_application_mode(self) -> None:
        """Leave the terminal as it was; Textual takes back the keyboard's flags, ours with them."""
        if isinstance(self._app, HearsKeys):
            self._app.let_go()
        super().stop_application_mode()

    def _watch(self) -> None:
        while not self.exit_event.wait(_LOOK_EVERY_S):
            if not os.isatty(self.fileno):
                _leave()

    def run_input_thread(self) -> None:
        """Read keys; a terminal that cannot be read any more is gone."""
        try:
            self._read()
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            _leave()

    def _read(self) -> None:
        parser = PlayingParser()
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _TICK_S)[0]:
                text = decode(os.read(self.fileno, _READ_BYTES))
                if not text:  # half a letter; or the end, which the watch will see
                    self.exit_event.wait(_TICK_S / 50)
                    continue
                for message in parser.feed(text):
                    self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def process_message(self, message: Message) -> None:
        """Runs in the reading thread. A key that was played goes no further."""
        app = self._app
        if isinstance(app, HearsKeys):
            if isinstance(message, KeyboardFlags):
                self._hear_flags(app, message.flags)
                return
            if isinstance(message, Key):
                heard = app.hear_key(message)
                if heard is None:
                    return
                message = heard
            elif isinstance(message, AppBlur):
                app.let_go()
        super().process_message(message)

    def _hear_flags(self, app: HearsKeys, flags: int) -> None:
        if not self._asked and not flags & RELEASES:
            self._asked = True
            self.write(WANT_RELEASES)
            self.flush()
            return
        app.hear_support(flags)


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
