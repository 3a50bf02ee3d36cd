"""The keyboard protocol of kitty, which also says when a key comes up.

https://sw.kovidgoyal.net/kitty/keyboard-protocol/ : a key is `CSI code:shifted:base ;
modifiers:type ; text u` (or another final letter), where `base` is the code of the key in the same
place of a QWERTY keyboard and `type` is 1 press, 2 repeat, 3 release. Fields that say nothing are
left out.

Textual asks for presses only, and reads no types: a release would end its reading thread. The
parser here takes the types and the places out before Textual reads the rest.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from textual import _xterm_parser, constants
from textual._xterm_parser import XTermParser
from textual.events import Key
from textual.keys import Keys
from textual.message import Message

RELEASES = 2
"""The flag of a terminal that says when a key comes up."""

_WANTED = 1 | RELEASES | 4 | 8 | 16
# Textual has put flags of its own on the terminal's stack, and takes them off again whenever it
# leaves; changing those in place means that nothing is left behind.
ASK_SUPPORT = "\x1b[?u"
WANT_RELEASES = f"\x1b[={_WANTED};1u\x1b[?u"

_SHIFT = 1
_LOCKS = 64 | 128  # Caps Lock and Num Lock
_FUNCTIONAL = range(57344, 63744)
_LONGEST = 512
# Text that an input method hands over comes in one sequence, a number for each letter.
_xterm_parser._MAX_SEQUENCE_SEARCH_THRESHOLD = _LONGEST

Phase = Literal["press", "repeat", "release"]
_PHASES: dict[str, Phase] = {"2": "repeat", "3": "release"}

_KEY = re.compile(
    r"\x1b\[(?P<code>\d{1,7})(?::\d{0,7})?(?::(?P<base>\d{0,7}))?"
    r"(?:;(?P<modifiers>\d{0,3})(?::(?P<type>\d?))?(?:;(?P<text>[\d:]*))?)?"
    r"(?P<end>[u~ABCDEFHPQS])"
)
_FLAGS = re.compile(r"\x1b\[\?(\d{1,5})u")
# A control sequence that is complete and means nothing to anybody is dropped: Textual would wait
# for more of it, and then take its letters for keys that somebody pressed.
_WHOLE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_OTHERS = re.compile(r"\x1b\[(\[|<?[-\d;]*[Mm]|\?\d+;\d\$y)")
_LAST_CODE = 0x10FFFF
_SURROGATES = range(0xD800, 0xE000)


class Told(NamedTuple):
    """What the protocol says beyond what Textual reads.

    `code` is the key without modifiers, 0 when it is none with a sign; `base` is the same place on
    QWERTY, "" when not told. `bare` is true without Shift, Ctrl and the like (locks don't count).
    """

    code: int
    base: str
    phase: Phase
    bare: bool
    shift: bool


class KeyStroke(Key):
    """A key as the protocol tells it. A release is one too, so it must never reach a widget."""

    def __init__(self, key: str, character: str | None, told: Told) -> None:
        super().__init__(key, character)
        self.told = told


class KeyboardFlags(Message):
    """The terminal's answer to ASK_SUPPORT: it speaks the protocol, with these flags on."""

    key = ""  # Textual's parser looks at it

    def __init__(self, flags: int) -> None:
        super().__init__()
        self.flags = flags


class PlayingParser(XTermParser):
    """Textual's parser of what a terminal sends, which also reads releases and places."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Key]:
        if sequence[-1:] == "u" and (flags := _FLAGS.fullmatch(sequence)):
            return [KeyboardFlags(int(flags[1]))]  # type: ignore[list-item]
        if not constants.DISABLE_KITTY_KEY and (match := _KEY.fullmatch(sequence)):
            return self._strokes(match)
        # Other sequences of this form, and any with a colon in it, Textual would stumble over.
        strange = sequence[0] == "\x1b" and (sequence[-1] == "u" or ":" in sequence)
        known = [] if strange else list(super()._sequence_to_key_events(sequence, alt))
        if not known and _WHOLE.fullmatch(sequence) and not _OTHERS.fullmatch(sequence):
            return [Key(Keys.Ignore, sequence)]
        return known

    def _strokes(self, match: re.Match[str]) -> list[Key]:
        code = int(match["code"])
        if not _is_character(code):
            return [KeyStroke("", None, Told(0, "", "release", False, False))]
        told = _told(match, code)
        text = ":".join(n for n in (match["text"] or "").split(":") if n and _is_character(int(n)))
        plain = f"\x1b[{code};{match['modifiers'] or ''};{text}{match['end']}"
        keys = self._parse_extended_key(plain) or []
        strokes: list[Key] = [KeyStroke(key.key, key.character, told) for key in keys[:1]]
        return strokes + [key.copy() for key in keys[1:]]


def _is_character(code: int) -> bool:
    return code <= _LAST_CODE and code not in _SURROGATES


def _told(match: re.Match[str], code: int) -> Told:
    modifiers = max(0, int(match["modifiers"] or 1) - 1) & ~_LOCKS
    has_sign = match["end"] == "u" and code > 32 and code != 127 and code not in _FUNCTIONAL
    base = int(match["base"] or 0)
    return Told(
        code=code if has_sign else 0,
        base=chr(base) if has_sign and 32 < base < 127 else "",
        phase=_PHASES.get(match["type"] or "", "press"),
        bare=not modifiers,
        shift=modifiers == _SHIFT,
    )
