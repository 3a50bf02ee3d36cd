"""What the console draws: the last snapshot, and what only this console knows.

A console keeps no music. It remembers which layer is selected, which lines it was told itself,
and, for a moment, what it just asked for, so that five quick presses of "louder" are five steps
although the room's answer takes a thirtieth of a second.
"""

from __future__ import annotations

import time
from typing import NamedTuple, TypeVar

import msgspec

from jamroom.tui.layouts import QWERTY, Layout
from jamroom.tui.words import bars_words
from jamroom.views import LayerView, SeatView, Snapshot

_T = TypeVar("_T")

SLOTS = 8
ASKED_FOR_S = 0.5
TOLD_FOR_S = 5.0
FOLLOW_FOR_S = 6.0


class Aside(NamedTuple):
    """A line only this console was told. `sign` stands before it: "!" or, when all is well, "✓"."""

    text: str
    sign: str = "!"


class Scene(msgspec.Struct, frozen=True):
    """One moment of the screen. `up` is whether the room is there.

    `peak_dbfs` is the loudness shown: it rises with the room's and falls slowly, to be read.
    """

    snapshot: Snapshot
    seat: int
    slot: int
    up: bool = True
    why_down: str = ""
    told: tuple[Aside, ...] = ()
    peak_dbfs: float = float("-inf")
    layout: Layout = QWERTY
    held_keys: bool = False  # this terminal tells when a key comes up

    @property
    def selected(self) -> SeatView | None:
        """The selected player."""
        return next((s for s in self.snapshot.seats if s.seat == self.seat), None)

    @property
    def layer(self) -> LayerView:
        """The selected layer; an empty one when nothing was ever there."""
        return layer_of(self.selected, self.slot, f"record {bars_words(self.snapshot.loop_bars)}")

    def keeps_from(self, action: str) -> bool:
        """Whether the lock is on and keeps from an action that it may keep from."""
        return self.snapshot.locked and (action != "overdub" or bool(self.layer.bars))


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
        self._followed = -1
        self._free: set[int] = set()
        self._follow_until_s = 0.0

    def choose(self, slot: int) -> None:
        """Go to a layer, because somebody wants to."""
        self.slot = slot
        self._free.clear()

    def follow(self, snapshot: Snapshot) -> None:
        """For a while, go to layers of the selected player that are empty now and soon play."""
        seat = next((s for s in snapshot.seats if s.seat == self.seat), None)
        self._followed = self.seat
        self._free = {n for n in range(SLOTS) if layer_of(seat, n).phase == "empty"}
        self._follow_until_s = time.monotonic() + FOLLOW_FOR_S

    def settle(self, snapshot: Snapshot) -> None:
        """Choose the first player when the selected one is not there; follow what was kept."""
        seats = [s.seat for s in snapshot.seats]
        if seats and self.seat not in seats:
            self.seat = seats[0]
        if not self._free or self.seat != self._followed:
            return
        if time.monotonic() > self._follow_until_s:
            self._free.clear()
            return
        layers = next(s.layers for s in snapshot.seats if s.seat == self.seat)
        for slot in [n.slot for n in layers if n.phase == "playing" and n.slot in self._free]:
            self._free.discard(slot)
            self.slot = slot

    def move(self, snapshot: Snapshot, players: int, slots: int) -> None:
        """Go some players down and some slots right; stop at the edges."""
        seats = [s.seat for s in snapshot.seats]
        if self.seat in seats:
            at = seats.index(self.seat) + players
            self.seat = seats[min(len(seats) - 1, max(0, at))]
        self.choose(min(SLOTS - 1, max(0, self.slot + slots)))


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
    """Lines this console was told (refusals, what was done, why not); they fade."""

    def __init__(self) -> None:
        self._lines: list[tuple[Aside, str, float]] = []

    def add(self, text: str) -> None:
        """Show a line for some seconds; the same line again starts anew."""
        self._put(Aside(text), text)

    def confirm(self, text: str, topic: str) -> None:
        """Say that something was done; it takes the place of what was said on the same topic."""
        self._put(Aside(text, "✓"), topic)

    def _put(self, line: Aside, topic: str) -> None:
        others = [old for old in self._lines if old[1] != topic]
        self._lines = [*others, (line, topic, time.monotonic())]

    def forget(self, text: str) -> None:
        """Take a line away that is no longer true."""
        self._lines = [line for line in self._lines if line[0].text != text]

    def make_way(self) -> None:
        """The room has something to say: what was merely confirmed goes."""
        self._lines = [line for line in self._lines if line[0].sign != "✓"]

    def lines(self) -> tuple[Aside, ...]:
        """What is still to be seen, oldest first."""
        oldest = time.monotonic() - TOLD_FOR_S
        self._lines = [line for line in self._lines if line[2] >= oldest]
        return tuple(line for line, _, _ in self._lines)
