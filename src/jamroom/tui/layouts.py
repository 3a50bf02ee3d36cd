"""Keyboard layouts: which printed sign lies where another keyboard has another.

Everything the console does is named by the keys of a QWERTY keyboard (`actions.py`). Small letters
mean a *place*: the playing rows are rows on every keyboard, and undo and redo lie side by side.
Capitals mean the *letter*, as they stand for words: Y is yes everywhere. Signs lie where a hand
finds them without Shift or AltGr; whatever a layout does not name means itself.
"""

from __future__ import annotations

from functools import cached_property

import msgspec

_QWERTY_ROWS = ("1234567890-=", "qwertyuiop[]", "asdfghjkl;'", "zxcvbnm,./")


class Layout(msgspec.Struct, frozen=True, dict=True):
    """A layout. Each of `rows` is as long as QWERTY's and says what is printed in its place.

    `capitals` are signs with Shift, as pairs: what is printed, what it means.
    """

    name: str
    label: str
    rows: tuple[str, str, str, str]
    capitals: tuple[tuple[str, str], ...] = ()

    @cached_property
    def meanings(self) -> dict[str, str]:
        """From what is printed to the key of a QWERTY keyboard."""
        places = zip("".join(self.rows), "".join(_QWERTY_ROWS), strict=True)
        return {**dict(places), **dict(self.capitals)}

    @cached_property
    def _prints(self) -> dict[str, str]:
        return {meant: printed for printed, meant in self.meanings.items()}

    def meant(self, character: str) -> str:
        """The QWERTY key that a typed character stands for."""
        return self.meanings.get(character, character)

    def printed(self, key: str) -> str:
        """What is printed on the key that a QWERTY character stands for."""
        return self._prints.get(key, key)


_ALL = (
    Layout("qwerty", "QWERTY", _QWERTY_ROWS),
    # ö and ä take the place of the brackets, which need AltGr; # that of the slash (Shift+7).
    Layout(
        "qwertz", "QWERTZ",
        ("1234567890-+", "qwertzuiopöä", "asdfghjklü´", "yxcvbnm,.#"),
        (("Ö", "{"), ("Ä", "}")),
    ),
    # The figures need Shift, so their keys mean them without it, too. M is right of L here.
    Layout(
        "azerty", "AZERTY",
        ("&é\"'(-è_çà)=", "azertyuiopù*", "qsdfghjkl$^", "wxcvbnm,;:"),
        (("%", "{"), ("µ", "}")),
    ),
    Layout("dvorak", "Dvorak", ("1234567890[]", "',.pyfgcrl/=", "aoeuidhtns-", ";qjkxbmwvz")),
    Layout("colemak", "Colemak", ("1234567890-=", "qwfpgjluy;[]", "arstdhneio'", "zxcvbkm,./")),
)  # fmt: skip

LAYOUTS: dict[str, Layout] = {layout.name: layout for layout in _ALL}
"""Every layout by its name, the commonest first."""

QWERTY = LAYOUTS["qwerty"]

_BY_LANGUAGE = {
    "qwertz": ("de", "cs", "hu", "sk", "sl", "hr", "bs", "sq"),
    "azerty": ("fr", "wa", "be"),
}
_NOT_AS_THEIR_LANGUAGE = {"fr_ca": "qwerty", "fr_ch": "qwertz", "nl_be": "azerty"}


def layout_of_setting(setting: str) -> Layout | None:
    """The layout that a keyboard setting ("de-latin1", "fr,us") of console or X names, if known."""
    first = setting.strip().strip("\"'").lower().replace("-", ",").replace("_", ",").split(",")[0]
    if first in ("dvorak", "colemak"):
        return LAYOUTS[first]
    by_country = {
        **dict.fromkeys(("de", "at", "ch", "cz", "hu", "sk", "si", "hr", "qwertz"), "qwertz"),
        **dict.fromkeys(("fr", "be", "azerty"), "azerty"),
        **dict.fromkeys(("us", "gb", "uk", "qwerty"), "qwerty"),
    }
    name = by_country.get(first)
    return LAYOUTS[name] if name else None


def layout_of_locale(locale: str) -> Layout | None:
    """The layout that people with this locale ("de_AT.UTF-8") mostly have; None for "C"."""
    place = locale.partition(".")[0].partition("@")[0].lower()
    language = place.partition("_")[0]
    if language in ("", "c", "posix"):
        return None
    if place in _NOT_AS_THEIR_LANGUAGE:
        return LAYOUTS[_NOT_AS_THEIR_LANGUAGE[place]]
    found = (name for name, languages in _BY_LANGUAGE.items() if language in languages)
    return LAYOUTS[next(found, "qwerty")]


def layout_told(printed: str, place: str, now: Layout) -> Layout:
    """The layout after a terminal told what is printed in a (QWERTY) place: `now` if that fits.

    A place that no layout knows so changes nothing; of several that fit, the first is taken.
    """
    if not place.isalnum() or not place.isascii() or now.meant(printed) == place:
        return now
    return next((x for x in LAYOUTS.values() if x.meanings.get(printed) == place), now)
