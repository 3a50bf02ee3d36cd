"""The letter keys that play, and the names of all other keys as people call them."""

from __future__ import annotations

from typing import Literal

LOW_ROW = "asdfghjk"
HIGH_ROW = "qwertyui"

_SHOWN = {
    "enter": "Enter", "space": "Space", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "shift+up": "Shift+↑", "shift+down": "Shift+↓", "comma": ",", "slash": "/",
    "less_than_sign": "<", "minus": "-", "equals_sign": "=", "plus": "+", "full_stop": ".",
    "left_square_bracket": "[", "right_square_bracket": "]", "left_curly_bracket": "{",
    "right_curly_bracket": "}", "question_mark": "?", "f1": "F1", "f2": "F2",
    "ctrl+p": "Ctrl+P", "ctrl+q": "Ctrl+Q", "ctrl+c": "Ctrl+C",
}  # fmt: skip


def shown_key(key: str) -> str:
    """A key as people call it: "full_stop" is "."."""
    return _SHOWN.get(key, key)


def strike_of(key: str) -> tuple[Literal["low", "high"], int] | None:
    """The row and number of a playing key, or None when the key plays nothing."""
    if len(key) == 1:
        if key in LOW_ROW:
            return "low", LOW_ROW.index(key)
        if key in HIGH_ROW:
            return "high", HIGH_ROW.index(key)
    return None
