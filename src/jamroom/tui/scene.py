"""What the console draws: the last snapshot, and what only this console knows.

A console keeps no music. It remembers which layer is selected, which lines it was told itself,
and, for a moment, what it just asked for, so that five quick presses of "louder" are five steps
although the room's answer takes a thirtieth of a second.
"""

from __future__ import annotations

import time
from typing import TypeVar

import msgspec

from jamroom.messages import LayerView, SeatView, Snapshot
from jamroom.tui.words import bars_words

_T = TypeVar("_T")

SLOTS = 8
ASKED_FOR_S = 0.5
TOLD_FOR_S = 6.0


class Scene(msgspec.Struct, frozen=True):
    """One moment of the screen. `up` is whether the room is there.

    `peak_dbfs` is the loudness shown: it rises with the room's and falls slowly, to be read.
    """

    snapshot: Snapshot
    seat: int
    slot: int
    up: bool = True
    why_down: str = ""
    told: tuple[str, ...] = ()
    peak_dbfs: float = float("-inf")

    @property
    def selected(self) -> SeatView | None:
        """The selected player."""
        return next((s for s in self.snapshot.seats if s.seat == self.seat), None)

    @property
    def layer(self) -> LayerView:
        """The selected layer; an empty one when nothing was ever there."""
        return layer_of(self.selected, self.slot, f"record {bars_words(self.snapshot.loop_bars)}")


def layer_of(seat: SeatView | None, slot: int, next_press: str = "record") -> LayerView:
    """A seat's layer in a slot. Unused slots are not sent; they are empty."""
    if seat is not None:
        for layer in seat.layers:
            if layer.slot == slot:
                return layer
    return LayerView(slot, "empty", next_press, 0, 0, 0.0, 0.0, "", False, False)


class Selection:
    """Which layer of which player the keys mean. Stays on a player when others come and go."""

    def __init__(self) -> None:
        self.seat = -1
        self.slot = 0

    def settle(self, snapshot: Snapshot) -> None:
        """Choose the first player when the selected one is not there."""
        seats = [s.seat for s in snapshot.seats]
        if seats and self.seat not in seats:
            self.seat = seats[0]

    def move(self, snapshot: Snapshot, players: int, slots: int) -> None:
        """Go some players down and some slots right; stop at the edges."""
        seats = [s.seat for s in snapshot.seats]
        if self.seat in seats:
            at = seats.index(self.seat) + players
            self.seat = seats[min(len(seats) - 1, max(0, at))]
        self.slot = min(SLOTS - 1, max(0, self.slot + slots))


class Asked:
    """What was asked for in the last half second, by the name of the thing."""

    def __init__(self) -> None:
        self._values: dict[str, tuple[object, float]] = {}

    def base(self, name: str, current: _T) -> _T:
        """The value to step on from: what was just asked for, else what the room says."""
        value, asked_at = self._values.get(name, (None, 0.0))
        if isinstance(value, type(current)) and time.monotonic() - asked_at < ASKED_FOR_S:
            return value
        return current

    def ask(self, name: str, value: _T) -> _T:
        """Remember what is being asked for, and hand it on."""
        self._values[name] = (value, time.monotonic())
        return value


class Told:
    """Lines this console was told (refusals, or that a key had nothing to do); they fade."""

    def __init__(self) -> None:
        self._lines: list[tuple[str, float]] = []

    def add(self, text: str) -> None:
        """Show a line for some seconds; the same line again starts anew."""
        now = time.monotonic()
        self._lines = [line for line in self._lines if line[0] != text] + [(text, now)]

    def lines(self) -> tuple[str, ...]:
        """What is still to be seen, oldest first."""
        oldest = time.monotonic() - TOLD_FOR_S
        self._lines = [line for line in self._lines if line[1] >= oldest]
        return tuple(text for text, _ in self._lines)
