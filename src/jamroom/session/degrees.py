"""How a loop's notes follow the palette: by degree, with what they stray from it kept."""

from __future__ import annotations

from bisect import bisect_right
from functools import lru_cache

from jamroom.music.palette import (
    Palette,
    Tone,
    fold,
    period_of,
    pitch_cents,
    root_at_or_above,
    tone_at,
)
from jamroom.music.pitch import HIGHEST_NOTE, LOWEST_NOTE
from jamroom.music.scales import scale_named
from jamroom.session.state import Content

_HOME_NOTE = 48  # where degree 0 of a tuning without octaves lies


def sounding_tone(content: Content, note: int, cents: float, room: Palette) -> Tone:
    """What a note of a loop sounds as, in a room with this palette."""
    was = content.palette
    if was is None or not (content.follow or content.degrees):
        return Tone(note, cents)
    return moved_tone(note, cents, content.degrees, was, room if content.follow else was)


@lru_cache(maxsize=8192)
def moved_tone(note: int, cents: float, degrees: int, was: Palette, now: Palette) -> Tone:
    """A note of one palette as the note of another that has its place, `degrees` higher.

    A note outside the palette goes with the nearest degree, as far off as it was. Between scales
    with as many degrees the third stays the third, major or minor. Between others a degree has no
    namesake, so it becomes the degree nearest in pitch, counted from the root. The root takes the
    shorter way, up or down. What leaves MIDI's range comes back by octaves.
    """
    if was == now and not degrees:
        return Tone(note, cents)
    home = root_at_or_above(was, _HOME_NOTE) * 100.0
    height = pitch_cents(Tone(note, cents)) - home
    degree = _nearest_degree(was, height)
    stray = height - _height(was, degree)
    alike = len(scale_named(was.scale).cents) == len(scale_named(now.scale).cents)
    if not (alike and period_of(was) == period_of(now)):
        degree = _nearest_degree(now, _height(was, degree))
    there = _home_near(was, now, home) + _height(now, degree + degrees) + stray
    return fold(tone_at(there), LOWEST_NOTE, HIGHEST_NOTE)


def _home_near(was: Palette, now: Palette, home: float) -> float:
    if period_of(now) != 1200.0:
        return root_at_or_above(now, _HOME_NOTE) * 100.0
    return home + ((now.root - was.root + 5) % 12 - 5) * 100.0


def _height(palette: Palette, degree: int) -> float:
    steps = scale_named(palette.scale).cents
    periods, step = divmod(degree, len(steps))
    return periods * period_of(palette) + steps[step]


def _nearest_degree(palette: Palette, height: float) -> int:
    """The degree nearest to so many cents above the root; half way, the one it leads up to."""
    steps = scale_named(palette.scale).cents
    periods, within = divmod(height, period_of(palette))
    below = bisect_right(steps, within) - 1
    degree = int(periods) * len(steps) + below
    under, over = height - _height(palette, degree), _height(palette, degree + 1) - height
    return degree if under < over else degree + 1
