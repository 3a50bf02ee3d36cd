"""When a pedal, or a button, is an instrument of its own. Pure.

One switch under a foot or a chin may be all that somebody plays with; mostly it reaches us as a
sustain pedal. And a pianist's pedal must stay a pedal. What tells them apart is what else the
input ever sends: a pedal with a keyboard plays notes sooner or later, a switch never does.
"""

from __future__ import annotations

from typing import NamedTuple

FIRST_KEY = 36
MOST_SWITCHES = 2
PRESSES_OF_A_PEDAL = 2
"""Complete presses, with no note ever from that input, after which a pedal is a switch."""
PRESSES_OF_A_BUTTON = 8
"""The same for one or two notes, always at full velocity: hands on keys do not do that."""
SUSTAIN = 64
FIRST_MODE = 120
"""All sound off and its kin: controllers that are said by devices, not by hands and feet."""
_DOWN = 64
_FULL = 127


class Verdict(NamedTuple):
    """What to make of a message: `key` -1 means that it is what it says it is."""

    key: int = -1
    down: bool = False
    ended: tuple[int, ...] = ()  # keys that were down as switches, and are no longer
    changed: bool = False  # it became a switch, or stopped being one


_AS_IT_IS = Verdict()


class SwitchSense:
    """What one input has sent so far, and whether that makes it a switch.

    `sure` says that it is a switch without looking: a profile says so. Without `by_notes` a note
    is always a note: whoever has pads or keys may well play one of them for a long time.
    """

    def __init__(self, sure: bool = False, by_notes: bool = True) -> None:
        self._sure = sure
        self._by_notes = by_notes
        self._never = False  # it has shown that it is something else: for good
        self._is_switch = sure
        self._places: list[tuple[str, int]] = []  # the first is key 36, the next 37
        self._down: dict[tuple[str, int], int] = {}  # -> its key, -1 when it went down as itself
        self._presses = 0
        self._knobs: set[int] = set()

    @property
    def is_switch(self) -> bool:
        """Whether it plays keys 36 and 37 now."""
        return self._is_switch

    def control(self, controller: int, value: int) -> Verdict:
        """A controller moved."""
        place = ("control", controller)
        if not self._sure and controller != SUSTAIN and 0 < value < _FULL:
            self._knobs.add(controller)
        if self._never or controller in self._knobs or controller >= FIRST_MODE:
            return self._let_go(place) if place in self._down and value < _DOWN else _AS_IT_IS
        if not self._sure and any(kind == "note" for kind, _ in self._places):
            return self._it_is_none()
        if value >= _DOWN:
            return self._press(place)
        return self._release(place, PRESSES_OF_A_PEDAL)

    def note_on(self, number: int, velocity: int) -> Verdict:
        """A note began."""
        place = ("note", number)
        if self._never:
            return _AS_IT_IS
        foreign = any(kind == "control" for kind, _ in self._places)
        crowd = place not in self._places and len(self._places) == MOST_SWITCHES
        by_hand = not self._by_notes or velocity != _FULL
        if not self._sure and (foreign or crowd or by_hand):
            return self._it_is_none()
        return self._press(place)

    def note_off(self, number: int) -> Verdict:
        """A note ended."""
        return self._release(("note", number), PRESSES_OF_A_BUTTON)

    def _press(self, place: tuple[str, int]) -> Verdict:
        if place in self._down:
            return Verdict(self._down[place], True) if self._down[place] >= 0 else _AS_IT_IS
        if place not in self._places:
            if len(self._places) == MOST_SWITCHES:
                return _AS_IT_IS if self._sure else self._it_is_none()
            self._places.append(place)
        key = FIRST_KEY + self._places.index(place) if self._is_switch else -1
        self._down[place] = key
        return Verdict(key, True)

    def _release(self, place: tuple[str, int], enough: int) -> Verdict:
        if place not in self._down:
            return _AS_IT_IS
        verdict = self._let_go(place)
        if verdict.key >= 0 or self._is_switch or self._never:
            return verdict
        self._presses += 1
        if self._presses < enough:
            return verdict
        self._is_switch = True
        return Verdict(changed=True)

    def _let_go(self, place: tuple[str, int]) -> Verdict:
        return Verdict(self._down.pop(place), False)

    def _it_is_none(self) -> Verdict:
        changed, self._never, self._is_switch = self._is_switch, True, False
        ended = tuple(key for key in self._down.values() if key >= 0)
        self._down.clear()
        return Verdict(ended=ended, changed=changed)

    def unplugged(self) -> None:
        """Nothing is down any more; what was learned about it stays."""
        self._down.clear()
