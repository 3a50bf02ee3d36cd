"""Looks as bytes: which message lights a lamp so, as its profile says. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from jamroom.devices.boards import Physical
from jamroom.devices.controller_files import Lamp, Looks, Rgb, Shade
from jamroom.devices.light_views import Look

_NEAREST: dict[str, Look] = {
    "pad": "dark",
    "root": "pad",
    "sounding": "root",
    "empty": "dark",
    "armed": "queued",
    "downbeat": "armed",
    "recording": "sounding",
    "overdubbing": "recording",
    "playing": "sounding",
    "seam": "playing",
    "muted": "pad",
    "queued": "playing",
    "button": "dark",
    "held": "playing",
}
"""What stands in for a look that a profile leaves out. Ends at "dark", which is always there."""

NOTE_ON, CONTROL = 0x90, 0xB0
SHORT = 3
"""Bytes of a message that lights one lamp in one of the device's own colours."""


class Paint(NamedTuple):
    """What a lamp is told: a number of its own colours on a channel, or red, green and blue."""

    colour: int = 0
    channel: int = 1
    rgb: tuple[int, int, int] | None = None  # each 0 to 255


DARK = Paint()


def shade_of(looks: Looks, look: Look) -> Shade:
    """How a look is lit, or the nearest one that the profile has."""
    while (shade := getattr(looks, look)) is None:
        look = _NEAREST[look]
    assert isinstance(shade, Shade)
    return shade


def paint(lamp: Lamp, look: Look, badge_colour: str, beat_phase: float) -> Paint:
    """What a lamp is told for a look, at a moment of the beat."""
    shade = shade_of(lamp.looks, look)
    if shade.blinks and int(beat_phase * 2 * shade.blinks) % 2:
        shade = lamp.looks.dark
    return _painted(shade, lamp.channel, lamp.rgb is not None, badge_colour)


@lru_cache(maxsize=1024)
def _painted(shade: Shade, channel: int, true_colour: bool, badge_colour: str) -> Paint:
    hue = badge_colour if shade.badge and true_colour else shade.rgb
    if hue is None:
        return Paint(shade.colour or 0, shade.channel or channel)
    red, green, blue = (round(int(hue[n : n + 2], 16) * shade.level) for n in (1, 3, 5))
    return Paint(rgb=(red, green, blue))


def short_message(at: Physical, paint: Paint) -> bytes:
    """Lights one lamp in one of the device's own colours."""
    kind = NOTE_ON if at.kind == "note" else CONTROL
    return bytes((kind | (paint.channel - 1), at.number, paint.colour))


def rgb_length(rgb: Rgb, lamps: int) -> int:
    """Bytes of a message for that many lamps."""
    fixed = len(rgb.before.split()) + len(rgb.after.split())
    return fixed + lamps * len(rgb.each.split())


def rgb_message(rgb: Rgb, lamps: Sequence[tuple[Physical, Paint]]) -> bytes:
    """Lights some lamps in true colours."""
    out = bytearray(bytes.fromhex(rgb.before))
    for at, one in lamps:
        assert one.rgb is not None
        out += _each(rgb, at.number, one.rgb)
    return bytes(out + bytes.fromhex(rgb.after))


def _each(rgb: Rgb, led: int, colour: tuple[int, int, int]) -> bytes:
    values = {"{led}": led}
    for name, value in zip("rgb", colour, strict=True):
        values[f"{{{name}}}"] = round(value * rgb.most / 255)
        values[f"{{{name}1}}"], values[f"{{{name}0}}"] = value >> 7, value & 0x7F
    return bytes(values[word] if word in values else int(word, 16) for word in rgb.each.split())
