"""Channels for notes that one MIDI channel cannot hold together.

A channel has one pitch bend, and one note of each number. Notes that sound together but bend
differently, or have the same number, go to different channels, as in MPE (MIDI Association,
2018), whose way of rotating this follows: an idle channel with the right bend, else the one that
has been idle longest.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jamroom.export.smf import Ints

DRUM_CHANNEL = 9
MOST_LANES = 15
"""Channels of a port without the one for drums."""

_CHANNELS = tuple(channel for channel in range(16) if channel != DRUM_CHANNEL)


class _Lane:
    """One channel while notes are being placed."""

    def __init__(self) -> None:
        self.cents = 0.0
        self.free_at = 0
        self.alone = False
        self.ends: dict[int, int] = {}

    def can_take(self, at: int, note: int, cents: float, alone: bool) -> bool:
        shares = not alone and not self.alone and self.cents == cents
        return self.free_at <= at or (shares and self.ends.get(note, 0) <= at)

    def take(self, off: int, note: int, cents: float, alone: bool) -> None:
        self.cents = cents
        self.alone = alone
        self.free_at = max(self.free_at, off)
        self.ends[note] = off


def lanes_of(
    on: Ints,
    off: Ints,
    note: Ints,
    cents: npt.NDArray[np.float64],
    bent: npt.NDArray[np.bool_] | None = None,
) -> Ints:
    """A lane from 0 for each note, given in order of their beginnings. Mostly all are 0.

    Notes that are `bent` by a key of their own share a lane with no other while they sound.
    """
    lanes = np.zeros(len(on), dtype=np.int64)
    alone = np.zeros(len(on), dtype=bool) if bent is None else bent
    same = len(cents) == 0 or bool(np.all(cents == cents[0]))
    if same and not alone.any() and not _collide(on, off, note):
        return lanes
    there = [_Lane()]
    columns = (on, off, note, cents, alone)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    for index, (at, end, number, bend, by_itself) in enumerate(rows):
        lanes[index] = chosen = _choose(there, at, number, bend, by_itself)
        there[chosen].take(end, number, bend, by_itself)
    return lanes


def _choose(there: list[_Lane], at: int, note: int, cents: float, alone: bool) -> int:
    idle = -1
    for number, lane in enumerate(there):
        if lane.can_take(at, note, cents, alone):
            if lane.cents == cents:
                return number
            if idle < 0 or lane.free_at < there[idle].free_at:
                idle = number
    if idle >= 0:
        return idle
    if len(there) < MOST_LANES:
        there.append(_Lane())
        return len(there) - 1
    return min(range(len(there)), key=lambda number: there[number].free_at)


def _collide(on: Ints, off: Ints, note: Ints) -> bool:
    """True when two notes of one number sound together."""
    order = np.lexsort((on, note))
    same = np.diff(note[order]) == 0
    return bool(np.any(same & (on[order][1:] < off[order][:-1])))


class ChannelBook:
    """Gives out channels, and another port when the sixteen of one are used up."""

    def __init__(self) -> None:
        self._port = 0
        self._used = 0

    def take(self, count: int) -> tuple[int, tuple[int, ...]]:
        """A port and `count` of its channels; never the one for drums."""
        if self._used + count > MOST_LANES:
            self._port, self._used = self._port + 1, 0
        channels = _CHANNELS[self._used : self._used + count]
        self._used += count
        return self._port, channels
