"""The letter keys that play, and the names of all other keys as people call them."""

from __future__ import annotations

from typing import Literal

from jamroom.tui.layouts import QWERTY, Layout

LOW_ROW = "asdfghjk"
HIGH_ROW = "qwertyui"

Row = Literal["low", "high"]

_SHOWN = {
    "enter": "Enter", "space": "Space", "up": "↑", "down": "↓", "left": "←", "right": "→",
    "shift+up": "Shift+↑", "shift+down": "Shift+↓",
    "f1": "F1", "f2": "F2", "f3": "F3", "f4": "F4",
    "ctrl+p": "Ctrl+P", "ctrl+q": "Ctrl+Q", "ctrl+c": "Ctrl+C",
}  # fmt: skip

_SIGNS = {
    "comma": ",", "slash": "/", "less_than_sign": "<", "minus": "-", "equals_sign": "=",
    "plus": "+", "full_stop": ".", "left_square_bracket": "[", "right_square_bracket": "]",
    "left_curly_bracket": "{", "right_curly_bracket": "}", "question_mark": "?",
    "apostrophe": "'", "quotation_mark": '"', "semicolon": ";", "colon": ":",
    "exclamation_mark": "!", "number_sign": "#", "asterisk": "*", "ampersand": "&",
    "left_parenthesis": "(", "right_parenthesis": ")", "dollar_sign": "$", "percent_sign": "%",
    "greater_than_sign": ">", "at": "@", "circumflex_accent": "^", "underscore": "_",
    "backslash": "\\", "vertical_line": "|", "tilde": "~", "grave_accent": "`",
}  # fmt: skip
"""Textual's names of the signs that a key may be bound to."""

_NAMES = {sign: name for name, sign in _SIGNS.items()}


def shown_key(key: str, layout: Layout = QWERTY) -> str:
    """A key as people call it, by what is printed on it: "full_stop" is "."."""
    return _SHOWN.get(key) or layout.printed(_SIGNS.get(key, key))


def key_name(character: str) -> str:
    """Textual's name for the key of a character: "." is "full_stop", "a" is "a"."""
    return _NAMES.get(character, character)


def row_shown(row: str, layout: Layout) -> str:
    """A row of playing keys as it is printed: "asdfghjk" on AZERTY is "qsdfghjk"."""
    return "".join(layout.printed(key) for key in row)


def strike_of(key: str) -> tuple[Row, int] | None:
    """The row and number of a playing key, or None when the key plays nothing."""
    if len(key) == 1:
        if key in LOW_ROW:
            return "low", LOW_ROW.index(key)
        if key in HIGH_ROW:
            return "high", HIGH_ROW.index(key)
    return None
