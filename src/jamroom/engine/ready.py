"""A patch that can be played: its tables, each made when it is first wanted.

Computing every table of thirty patches takes a second, so it is not done before the first note.
`SoundLibrary.warm_up` makes them one after another in a thread; a note that comes sooner makes the
one it needs itself, which takes a few milliseconds, once. Either way it is the same table, so what
is heard never depends on who was first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import msgspec

from jamroom.engine.base import BUSES
from jamroom.engine.patches import Patch, amplitude
from jamroom.engine.sounds import Stroke

T = TypeVar("T")

_MOST_RECIPES = 512


class Loop(msgspec.Struct, frozen=True):
    """A table that a held voice reads: reading it at `rate_hz` sounds `pitch_hz`."""

    table: Any
    pitch_hz: float
    rate_hz: float


class Take(msgspec.Struct, frozen=True):
    """A computed stroke."""

    table: Any
    seconds: float


Hit = tuple[Stroke, tuple[Take, ...]]
"""A stroke with its takes."""


class Tables(Generic[T]):
    """Things of one kind, each made once. Any thread may ask: a thing made twice is the same."""

    def __init__(self, keys: Sequence[int], make: Callable[[int], T]) -> None:
        self.keys = tuple(keys)
        self._make = make
        self._made: dict[int, T] = {}

    def at(self, key: int) -> T:
        """The thing of this key, made now if nobody has wanted it before."""
        found = self._made.get(key)
        if found is None:
            found = self._made.setdefault(key, self._make(key))
        return found

    def make_all(self) -> None:
        """Make what is still missing."""
        for key in self.keys:
            self.at(key)

    def all_made(self) -> bool:
        """Whether nobody will have to wait for any of them."""
        return len(self._made) == len(self.keys)


class Ready:
    """A patch with its gain as a factor, its tables, and what voices have worked out of it."""

    def __init__(self, patch: Patch, tables: Tables[Any], notes: dict[int, int]) -> None:
        self.patch = patch
        self.gain = amplitude(patch.gain_db)
        self.tables = tables
        self.turns = [0] * BUSES
        """Strokes on each bus, so that no two in a row are quite alike."""
        self._stroke_of = notes
        self._recipes: dict[float, Any] = {}

    def hit(self, note: int) -> Hit:
        """The stroke a note plays: its own, else that of the nearest note that has one."""
        at = self._stroke_of.get(note)
        if at is None:
            nearest = min(self._stroke_of, key=lambda other: (abs(other - note), other))
            at = self._stroke_of[note] = self._stroke_of[nearest]
        found: Hit = self.tables.at(at)
        return found

    def recipe(self, hz: float, work_out: Callable[[Ready, float], T]) -> T:
        """What a voice sets for this pitch, worked out once: hands play the same notes again."""
        found: T | None = self._recipes.get(hz)
        if found is None:
            if len(self._recipes) >= _MOST_RECIPES:
                self._recipes.clear()
            found = self._recipes[hz] = work_out(self, hz)
        return found
