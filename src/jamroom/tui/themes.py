"""Colours: two looks, each a table from a role ("quiet", "beat") to a colour on a ground.

Painters name roles, never colours, so a look can be swapped while the room plays. Every text
role reaches a contrast of 4.5:1 (WCAG 2.2, 1.4.3) on every ground; a test computes it. Nothing
is told by colour alone: each role that means something goes with a glyph or a word.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec
from rich.style import Style
from textual.theme import Theme

READABLE = 4.5
"""Least contrast of text against its ground (WCAG 2.2, success criterion 1.4.3, level AA)."""


class Look(msgspec.Struct, frozen=True):
    """A named set of colours. `grounds` and `roles` map names to "#rrggbb"."""

    name: str
    dark: bool
    grounds: dict[str, str]
    roles: dict[str, str]
    bold: frozenset[str]


_BOLD = frozenset({"strong", "accent", "alarm", "warn", "beat", "recording", "overdubbing", "key"})

CALM = Look(
    name="jamroom-calm",
    dark=True,
    grounds={
        "bg": "#15181e",
        "bar": "#1d222b",
        "row": "#262d39",
        "chip": "#323c4c",
        "ask": "#3a3112",
        "alarm": "#4a1f24",
    },
    roles={
        "text": "#d9dee7",
        "quiet": "#a3adbc",
        "strong": "#ffffff",
        "accent": "#ffd479",
        "ok": "#8fd8a4",
        "warn": "#ffc46b",
        "alarm": "#ffb0ab",
        "key": "#ffd479",
        "beat": "#ffd479",
        "beat_past": "#b8a987",
        "beat_next": "#a3adbc",
        "meter": "#8fd8a4",
        "empty": "#a3adbc",
        "armed": "#ffd479",
        "recording": "#ffa8a2",
        "playing": "#8fd8a4",
        "muted": "#b3bccb",
        "overdubbing": "#9fd2ff",
    },
    bold=_BOLD,
)

STARK = Look(
    name="jamroom-stark",
    dark=True,
    grounds={
        "bg": "#000000",
        "bar": "#000000",
        "row": "#16213a",
        "chip": "#26375c",
        "ask": "#332b00",
        "alarm": "#4d0000",
    },
    roles={
        "text": "#ffffff",
        "quiet": "#e6e6e6",
        "strong": "#ffffff",
        "accent": "#ffee00",
        "ok": "#7dff9b",
        "warn": "#ffd500",
        "alarm": "#ffc2c2",
        "key": "#ffee00",
        "beat": "#ffee00",
        "beat_past": "#ffffff",
        "beat_next": "#d0d0d0",
        "meter": "#7dff9b",
        "empty": "#e6e6e6",
        "armed": "#ffee00",
        "recording": "#ffb3b3",
        "playing": "#7dff9b",
        "muted": "#ffffff",
        "overdubbing": "#9fe0ff",
    },
    bold=_BOLD | {"text"},
)

LOOKS = {look.name: look for look in (CALM, STARK)}


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb", 0 to 1 (WCAG 2.2 definition)."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, 1 to 21 (WCAG 2.2 definition)."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@lru_cache(maxsize=512)
def readable(colour: str, ground: str) -> str:
    """The colour itself, or the nearest mix with white that is readable on a dark ground."""
    channels = [int(colour[i : i + 2], 16) for i in (1, 3, 5)]
    for step in range(21):
        mixed = "#" + "".join(f"{round(c + (255 - c) * step / 20):02x}" for c in channels)
        if contrast(mixed, ground) >= READABLE:
            return mixed
    return "#ffffff"


@lru_cache(maxsize=2048)
def style_of(look_name: str, role: str, ground: str) -> Style:
    """How a role is drawn on a ground. A role that is a colour itself ("#rrggbb") is a badge's."""
    look = LOOKS[look_name]
    behind = look.grounds[ground]
    if role.startswith("#"):
        return Style(color=readable(role, behind), bgcolor=behind, bold=True)
    return Style(color=look.roles[role], bgcolor=behind, bold=role in look.bold)


def textual_theme(look: Look) -> Theme:
    """The look as a Textual theme, for the dialogs that Textual draws itself."""
    grounds, roles = look.grounds, look.roles
    return Theme(
        name=look.name,
        primary=roles["accent"],
        secondary=roles["overdubbing"],
        accent=roles["accent"],
        warning=roles["warn"],
        error=roles["alarm"],
        success=roles["ok"],
        foreground=roles["text"],
        background=grounds["bg"],
        surface=grounds["bar"],
        panel=grounds["row"],
        dark=look.dark,
        variables={
            "block-cursor-background": grounds["chip"],
            "block-cursor-foreground": roles["strong"],
            "block-cursor-blurred-background": grounds["row"],
            "block-cursor-blurred-foreground": roles["text"],
            "input-cursor-background": roles["accent"],
            "text-muted": roles["quiet"],
            "text-disabled": roles["quiet"],
        },
    )
