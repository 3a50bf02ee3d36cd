"""What a key of the terminal means: a strike or a lift for the room, or a key for the screen.

All of it happens in the thread that reads the terminal, before anything is drawn. A key that was
struck is lifted as what it began, whatever was opened, chosen or shifted in between.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.events import Key

from jamroom.messages import KeysAway, Lift, Strike, ToRoom
from jamroom.tui.keys import Row, key_name, strike_of
from jamroom.tui.kitty import RELEASES, KeyStroke, Told
from jamroom.tui.layouts import Layout, layout_told

_STEPPING = frozenset(
    {
        *("up", "down", "left", "right", "shift+up", "shift+down", "pageup", "pagedown"),
        *("minus", "equals_sign", "plus", "left_square_bracket", "right_square_bracket"),
        *("left_curly_bracket", "right_curly_bracket", "backspace"),
    }
)
"""Keys that go on while they are held. All others act once: a loop's button is no machine gun."""


class PlayingKeys:
    """The keyboard of one terminal.

    `send` hands a message to the room and says whether it was there. `layout` may be changed at
    any time; what is told by the terminal itself changes it too, unless it was `chosen`.
    """

    def __init__(self, send: Callable[[ToRoom], bool], layout: Layout) -> None:
        self._send = send
        self.layout = layout
        self.chosen = False
        self.tells_lifts = False
        self._down: dict[int, tuple[Row, int]] = {}

    def support(self, flags: int) -> None:
        """The terminal says what it can."""
        self.tells_lifts = bool(flags & RELEASES)

    def hear(self, key: Key, typing: bool) -> Key | None:
        """The key for the screen, by its QWERTY name; None when it was played or says nothing.

        While somebody is `typing`, letters are letters. A key that should play while the room is
        away is handed back.
        """
        told = key.told if isinstance(key, KeyStroke) else None
        if told is not None and told.phase != "press":
            if told.phase == "release":
                self._lift(told)
                return None
            if told.code and told.code in self._down:
                return None
        if typing:
            return Key(key.key, key.character)
        meant = self._meant(key, told)
        if told is not None and told.phase == "repeat" and meant.key not in _STEPPING:
            return None
        return None if self._strike(meant, told) else meant

    def let_go(self) -> None:
        """The keyboard is somebody else's now: what its keys began must end."""
        self._down.clear()
        self._send(KeysAway())

    def _strike(self, key: Key, told: Told | None) -> bool:
        strike = strike_of(key.key)
        if strike is None:
            return False
        held = self.tells_lifts and told is not None and told.code > 0
        if not self._send(Strike(*strike, held=held)):
            return False
        if held and told is not None:
            self._down[told.code] = strike
        return True

    def _lift(self, told: Told) -> None:
        strike = self._down.pop(told.code, None)
        if strike is not None:
            self._send(Lift(*strike))

    def _meant(self, key: Key, told: Told | None) -> Key:
        typed = key.character
        if told is not None and told.code:
            return self._meant_by_place(key, told)
        if typed is None or "+" in key.key or not typed.isprintable() or typed == " ":
            return Key(key.key, typed)
        meant = self.layout.meant(typed)
        return Key(key_name(meant) if meant != typed or told else key.key, meant)

    def _meant_by_place(self, key: Key, told: Told) -> Key:
        """With the protocol a key is known whatever modifiers and locks make of it."""
        if told.bare:
            meant = self._place(chr(told.code), told.base)
        elif told.shift and key.character is not None and key.character.isascii():
            meant = self.layout.meant(key.character)
        elif told.shift and told.base.isalpha():
            meant = told.base.upper()
        elif told.shift and key.character is not None:
            meant = self.layout.meant(key.character)
        else:
            return _with_latin_letter(key, told)
        return Key(key_name(meant), meant)

    def _place(self, printed: str, base: str) -> str:
        if base and not self.chosen:
            self.layout = layout_told(printed, base, self.layout)
        meant = self.layout.meant(printed)
        return base if base.isalnum() and meant.isalnum() else meant


def _with_latin_letter(key: Key, told: Told) -> Key:
    """Ctrl+C is Ctrl+C on a Cyrillic or Greek keyboard, too."""
    *modifiers, last = key.key.split("+")
    if told.base.isalpha() and not last.isascii():
        return Key("+".join([*modifiers, told.base]), key.character)
    return Key(key.key, key.character)
