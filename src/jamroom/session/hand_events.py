"""What hands do: notes, pedal, wheel and pressure. The journal packs these in a fixed width."""

from __future__ import annotations

from jamroom.session.event import Event


class Played(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A note began. `key` is the physical key; `cents` is added to the MIDI note."""

    seat: int
    key: int
    note: int
    cents: float
    velocity: int


class Released(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A note ended: the one this key began, whatever the keymap says by now."""

    seat: int
    key: int
    note: int
    velocity: int


class Bent(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The seat's pitch wheel stands at `cents` from its middle; with a `key`, only that key bends.

    `key` is -1 for the wheel. Keys bend one by one on MPE instruments, on top of the wheel.
    """

    seat: int
    cents: float
    key: int = -1


class Leaned(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Pressure after the strike, 0 to 127; `key` is -1 for the whole seat."""

    seat: int
    key: int
    pressure: int


class Controlled(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A MIDI controller of the seat stands at `value` (0 to 127). 64 is the sustain pedal."""

    seat: int
    controller: int
    value: int
