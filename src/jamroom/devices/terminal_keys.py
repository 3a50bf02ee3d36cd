"""Two rows of a terminal's keyboard as instruments.

Some terminals say when a key comes up: then a note lasts as long as its key is held. Most never
say it, so a note ends by a declared gate: after a fixed length, or (latch, whatever the terminal
can) at the next press of the same key. While a key is held such a terminal repeats it; the repeats
keep the note sounding. Time is a parameter everywhere; nothing here asks for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

from jamroom.session.inputs import AnyInput, KeyDown, KeyUp

OnInput = Callable[[int, AnyInput], None]

KEYS = 8
VELOCITY = 90
REPEAT_NS = 100_000_000
"""Arrivals of a key closer together than this are the keyboard's repeat, not a player's finger.

Keyboards repeat 10 to 40 times a second; a finger that is faster than ten strokes a second on one
key is rarer than a slow keyboard.
"""

SHORTEST_GATE_S = 0.03
LONGEST_GATE_S = 30.0
_NEVER_NS = 2**63
_SECOND_NS = 1_000_000_000

_Place = tuple[str, int]


class TerminalKeys:
    """Turns struck keys into KeyDown and KeyUp of the inputs "keys:low" and "keys:high".

    Belongs to one thread. `on_input` gets the monotonic nanosecond of what happened, and the
    input with frame -1.
    """

    def __init__(self, on_input: OnInput, *, latch: bool = False, length_s: float = 0.4) -> None:
        self._on_input = on_input
        self._ends_ns: dict[_Place, int] = {}  # every sounding key; _NEVER_NS: latched or held
        self._held: set[_Place] = set()  # those of them that a lift will end
        self._last_ns: dict[_Place, int] = {}
        self._next_end_ns = _NEVER_NS
        self.set_gate(latch, length_s)

    def set_gate(self, latch: bool, length_s: float) -> None:
        """Change how notes end. Leaving latch ends what it held, at the next `due`.

        Keys that are held down are nobody's business but their finger's.
        """
        self.latch = latch
        usable = length_s if math.isfinite(length_s) else LONGEST_GATE_S
        self.length_s = min(LONGEST_GATE_S, max(SHORTEST_GATE_S, usable))
        if latch:
            return
        for place, end_ns in self._ends_ns.items():
            if end_ns == _NEVER_NS and place not in self._held:
                self._ends_ns[place] = self._next_end_ns = 0

    def strike(
        self, row: Literal["low", "high"], key: int, now_ns: int, held: bool = False
    ) -> None:
        """A key arrived from the terminal. Keys beyond 0 to 7 are no keys and do nothing.

        `held` promises a `lift`, and that repeats are not told. With latch it makes no difference.
        """
        if not 0 <= key < KEYS:
            return
        self.due(now_ns)
        place = (f"keys:{row}", key)
        if held and not self.latch:
            self._hold(place, now_ns)
            return
        repeated = now_ns - self._last_ns.get(place, -REPEAT_NS) < REPEAT_NS
        self._last_ns[place] = now_ns
        sounding = place in self._ends_ns
        if repeated and not held and (sounding or self.latch):
            if not self.latch:
                self._sound_until(place, now_ns + self._length_ns)
            return
        if sounding:
            self._end(place, now_ns)
            if self.latch:
                return
        self._on_input(now_ns, KeyDown(-1, *place, VELOCITY))
        self._sound_until(place, _NEVER_NS if self.latch else now_ns + self._length_ns)

    def lift(self, row: Literal["low", "high"], key: int, now_ns: int) -> None:
        """A held key came up: its note ends, at once. Other keys are as they were."""
        self.due(now_ns)
        place = (f"keys:{row}", key)
        if place in self._held:
            self._end(place, now_ns)

    def away(self, now_ns: int) -> None:
        """Nobody is at the keyboard any more: end everything."""
        for place in tuple(self._ends_ns):
            self._end(place, now_ns)
        self._next_end_ns = _NEVER_NS

    def due(self, now_ns: int) -> None:
        """End the notes whose gate is over, each at its own time. Costs a comparison else."""
        if now_ns < self._next_end_ns:
            return
        over = sorted((end_ns, place) for place, end_ns in self._ends_ns.items())
        for end_ns, place in over:
            if end_ns > now_ns:
                break
            self._end(place, end_ns or now_ns)
        self._next_end_ns = min(self._ends_ns.values(), default=_NEVER_NS)

    @property
    def _length_ns(self) -> int:
        return round(self.length_s * _SECOND_NS)

    def _hold(self, place: _Place, now_ns: int) -> None:
        if place in self._ends_ns:
            self._end(place, now_ns)
        self._on_input(now_ns, KeyDown(-1, *place, VELOCITY))
        self._ends_ns[place] = _NEVER_NS
        self._held.add(place)

    def _sound_until(self, place: _Place, end_ns: int) -> None:
        self._ends_ns[place] = end_ns
        self._next_end_ns = min(self._next_end_ns, end_ns)

    def _end(self, place: _Place, at_ns: int) -> None:
        del self._ends_ns[place]
        self._held.discard(place)
        self._on_input(at_ns, KeyUp(-1, *place, 0))
