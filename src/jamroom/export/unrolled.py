"""Loops as they sounded, unrolled: by folding the session again and collecting what loops did."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from jamroom.capture.packing import (
    BENT,
    LEANED,
    PERFORMANCE_DTYPE,
    PLAYED,
    RELEASED,
    PerformanceArray,
)
from jamroom.session.effects import (
    Effect,
    SilenceAll,
    SoundBend,
    SoundOff,
    SoundOn,
    SoundPressure,
)

_Row = tuple[int, int, float, int, int, int, int, int]


def loops_as_performance(effects: Iterable[Effect]) -> tuple[PerformanceArray, list[int]]:
    """What loops played, as if each were a seat numbered by its layer; and those layers.

    A loop's notes count up in `key`, so each end finds its own beginning.
    """
    rows: list[_Row] = []
    on: dict[int, SoundOn] = {}
    moved: dict[tuple[int, int], tuple[int, float]] = {}
    for effect in effects:
        match effect:
            case SoundOn(layer=layer) if layer >= 0:
                on[effect.voice] = effect
                rows.append(_on(effect))
            case SoundOff(frame=frame, voice=voice) if voice in on:
                rows.append(_off(frame, on.pop(voice)))
            case SilenceAll(frame=frame):
                rows += [_off(frame, begun) for begun in on.values()]
                on.clear()
            case SoundBend(frame=frame, voice=voice, cents=cents) if voice in on:
                rows += _once(moved, frame, on[voice].layer, BENT, cents)
            case SoundPressure(frame=frame, voice=voice, amount=amount) if voice in on:
                rows += _once(moved, frame, on[voice].layer, LEANED, amount)
    array = np.array(rows, dtype=PERFORMANCE_DTYPE)
    return array, sorted(set(array["seat"].tolist()))


def _key(effect: SoundOn) -> int:
    return effect.voice & 0x7FFF


def _on(effect: SoundOn) -> _Row:
    frame, layer = effect.frame, effect.layer
    key, note, velocity = _key(effect), effect.note, effect.velocity
    return (frame, frame, effect.cents, layer, key, note, velocity, PLAYED)


def _off(frame: int, begun: SoundOn) -> _Row:
    return (frame, frame, 0.0, begun.layer, _key(begun), begun.note, 0, RELEASED)


def _once(
    moved: dict[tuple[int, int], tuple[int, float]],
    frame: int,
    layer: int,
    what: int,
    value: float,
) -> list[_Row]:
    """A movement of a layer; each of its voices reports the same one."""
    if moved.get((layer, what)) == (frame, value):
        return []
    moved[layer, what] = (frame, value)
    cents, pressure = (value, 0) if what == BENT else (0.0, round(value * 127))
    return [(frame, frame, cents, layer, -1, -1, pressure, what)]
