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
_HAIR_CENTS = 1e-6


def loops_as_performance(effects: Iterable[Effect]) -> tuple[PerformanceArray, list[int]]:
    """What loops played, as if each were a seat numbered by its layer; and those layers.

    A loop's notes count up in `key`, so each end finds its own beginning, and so does what bends
    or presses one note alone. What bends a whole layer has no key, as a wheel has none.
    """
    unrolled = _Unrolled()
    for effect in effects:
        unrolled.take(effect)
    array = np.array(unrolled.rows, dtype=PERFORMANCE_DTYPE)
    return array, sorted(set(array["seat"].tolist()))


class _Unrolled:
    """The rows so far, and what of them is in force."""

    def __init__(self) -> None:
        self.rows: list[_Row] = []
        self._on: dict[int, SoundOn] = {}
        self._wheels: dict[int, float] = {}  # by layer
        self._own: dict[int, float] = {}  # by voice
        self._pressed: dict[int, tuple[int, float]] = {}  # by layer: when, and how much
        self._new: SoundOn | None = None  # it is straight, unless its bend comes at once

    def take(self, effect: Effect) -> None:
        """The next effect, in order."""
        new, self._new = self._new, None
        if new is not None and not (isinstance(effect, SoundBend) and effect.voice == new.voice):
            self._turn_wheel(new.frame, new.layer, 0.0)
        match effect:
            case SoundOn(layer=layer) if layer >= 0:
                self._on[effect.voice] = self._new = effect
                self.rows.append(_on(effect))
            case SoundOff(frame=frame, voice=voice) if voice in self._on:
                self._own.pop(voice, None)
                self.rows.append(_off(frame, self._on.pop(voice)))
            case SilenceAll(frame=frame):
                self.rows += [_off(frame, begun) for begun in self._on.values()]
                self._on.clear()
                self._own.clear()
            case SoundBend(voice=voice) if voice in self._on:
                self._bend(effect, self._on[voice])
            case SoundPressure(voice=voice) if voice in self._on:
                self._press(effect, self._on[voice])

    def _bend(self, effect: SoundBend, note: SoundOn) -> None:
        self._turn_wheel(effect.frame, note.layer, effect.cents - effect.own_cents)
        if effect.own_cents != self._own.get(effect.voice, 0.0):
            self._own[effect.voice] = effect.own_cents
            self.rows.append(_move(effect.frame, note.layer, _key(note), BENT, effect.own_cents))

    def _turn_wheel(self, frame: int, layer: int, cents: float) -> None:
        """A movement of a layer; each of its voices reports the same one."""
        if abs(cents - self._wheels.get(layer, 0.0)) > _HAIR_CENTS:
            self._wheels[layer] = cents
            self.rows.append(_move(frame, layer, -1, BENT, cents))

    def _press(self, effect: SoundPressure, note: SoundOn) -> None:
        frame, layer, now = effect.frame, note.layer, (effect.frame, effect.amount)
        if effect.own:
            self.rows.append(_move(frame, layer, _key(note), LEANED, effect.amount))
        elif self._pressed.get(layer) != now:
            self._pressed[layer] = now
            self.rows.append(_move(frame, layer, -1, LEANED, effect.amount))


def _key(effect: SoundOn) -> int:
    return effect.voice & 0x7FFF


def _on(effect: SoundOn) -> _Row:
    frame, layer = effect.frame, effect.layer
    key, note, velocity = _key(effect), effect.note, effect.velocity
    return (frame, frame, effect.cents, layer, key, note, velocity, PLAYED)


def _off(frame: int, begun: SoundOn) -> _Row:
    return (frame, frame, 0.0, begun.layer, _key(begun), begun.note, 0, RELEASED)


def _move(frame: int, layer: int, key: int, what: int, value: float) -> _Row:
    cents, pressure = (value, 0) if what == BENT else (0.0, round(value * 127))
    return (frame, frame, cents, layer, key, -1, pressure, what)
