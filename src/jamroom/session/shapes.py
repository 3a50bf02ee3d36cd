"""Other ways for a loop to sound. What was played stays in the takes; every shape is a new take.

Reversing, shifting, transposing, following and tightening keep the very notes and say how they
are to sound. Half and double are other notes in another length, made from what is heard.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from jamroom.music.palette import Palette
from jamroom.session.hearing import in_time
from jamroom.session.history import MOST_LOOP_NOTES
from jamroom.session.loop_events import Shaping
from jamroom.session.state import Content

SHORTEST_LOOP_BEATS = 1.0
LONGEST_LOOP_BARS = 64
MOST_DEGREES = 35


class Unshaped(ValueError):
    """This cannot be done to this loop; the text says why, for people."""


def shaped(take: Content, shaping: Shaping, amount: float, room: Palette) -> Content:
    """The take as it is to be from now on. Raises Unshaped; `take` itself if nothing changes."""
    if take.clip is not None:
        raise Unshaped("Recorded sound stays as it was; only loops of notes can be changed.")
    take = take if take.palette else msgspec.structs.replace(take, palette=room)
    return _SHAPES[shaping](take, amount if math.isfinite(amount) else 0.0)


def _half(take: Content, _: float) -> Content:
    length = take.length_beats / 2
    if length < SHORTEST_LOOP_BEATS:
        raise Unshaped("That loop is as short as a loop can be.")
    take = in_time(take)
    notes = tuple(
        msgspec.structs.replace(n, length_beats=min(n.length_beats, length))
        for n in take.notes
        if n.start_beat < length
    )
    if not notes:
        raise Unshaped("There is nothing in the first half of that loop.")
    left = {n.origin for n in notes} | {0}
    turns = tuple(t for t in take.turns if t.start_beat < length and t.origin in left)
    return _remade(take, max(1, take.bars // 2), length, notes=notes, turns=turns)


def _double(take: Content, _: float) -> Content:
    if take.bars * 2 > LONGEST_LOOP_BARS:
        raise Unshaped(f"A loop is {LONGEST_LOOP_BARS} bars long at most.")
    if len(take.notes) * 2 > MOST_LOOP_NOTES:
        raise Unshaped(f"A loop holds {MOST_LOOP_NOTES} notes at most; twice this is more.")
    take, length = in_time(take), take.length_beats
    again = (
        msgspec.structs.replace(n, start_beat=n.start_beat + length)
        for n in take.notes
        if n.start_beat + length < 2 * length
    )
    turns = (
        msgspec.structs.replace(t, start_beat=t.start_beat + length)
        for t in take.turns
        if t.start_beat + length < 2 * length
    )
    notes = (*take.notes, *again)
    return _remade(take, take.bars * 2, 2 * length, notes=notes, turns=(*take.turns, *turns))


def _remade(take: Content, bars: int, length_beats: float, **changes: object) -> Content:
    return msgspec.structs.replace(
        take, bars=bars, length_beats=length_beats, remade=True, **changes
    )


def _reverse(take: Content, _: float) -> Content:
    # What is heard is reversed, so what was later by some beats is sooner by as many.
    shift = -take.shift_beats % take.length_beats
    return msgspec.structs.replace(take, reverse=not take.reverse, shift_beats=_below(take, shift))


def _shift(take: Content, amount: float) -> Content:
    shift = (take.shift_beats + amount) % take.length_beats
    return msgspec.structs.replace(take, shift_beats=_below(take, shift))


def _below(take: Content, shift_beats: float) -> float:
    return 0.0 if shift_beats >= take.length_beats else shift_beats


def _transpose(take: Content, amount: float) -> Content:
    degrees = take.degrees + round(amount)
    return msgspec.structs.replace(take, degrees=min(MOST_DEGREES, max(-MOST_DEGREES, degrees)))


def _follow(take: Content, amount: float) -> Content:
    return msgspec.structs.replace(take, follow=amount >= 0.5)


def _tighten(take: Content, amount: float) -> Content:
    return msgspec.structs.replace(take, tighten=min(1.0, max(0.0, amount)))


_SHAPES: dict[str, Callable[[Content, float], Content]] = {
    "half": _half,
    "double": _double,
    "reverse": _reverse,
    "shift": _shift,
    "transpose": _transpose,
    "follow": _follow,
    "tighten": _tighten,
}
