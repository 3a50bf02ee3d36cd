"""Metre: how beats make bars.

Everywhere in jamroom a *beat* is a quarter note, as in MIDI; a metre of 7/8 has 3.5 beats in a
bar and seven pulses.
"""

from __future__ import annotations

import msgspec

_UNITS = (2, 4, 8, 16)

# How uneven metres are felt; others group by two (or by three in compound time).
_UNEVEN = {5: (3, 2), 7: (2, 2, 3), 11: (3, 3, 3, 2), 13: (3, 3, 3, 2, 2)}


class Meter(msgspec.Struct, frozen=True):
    """A time signature: `pulses` to the bar, each a 1/`unit` note."""

    pulses: int = 4
    unit: int = 4

    def __post_init__(self) -> None:
        if self.unit not in _UNITS or not 1 <= self.pulses <= 16:
            raise ValueError(f"{self.pulses}/{self.unit} is no metre: try 4/4, 3/4, 6/8 or 7/8")

    def __str__(self) -> str:
        return f"{self.pulses}/{self.unit}"

    @property
    def beats_per_bar(self) -> float:
        """Length of a bar in quarter notes."""
        return self.pulses * 4 / self.unit

    @property
    def beats_per_pulse(self) -> float:
        """Length of one pulse in quarter notes."""
        return 4 / self.unit

    @property
    def groups(self) -> tuple[int, ...]:
        """Pulses in each felt group: 7/8 is (2, 2, 3), 6/8 is (3, 3), 4/4 is (1, 1, 1, 1)."""
        if self.unit < 8:
            return (1,) * self.pulses
        if self.pulses in _UNEVEN:
            return _UNEVEN[self.pulses]
        if self.pulses % 3 == 0:
            return (3,) * (self.pulses // 3)
        return (2,) * (self.pulses // 2) + (1,) * (self.pulses % 2)


def meter_from_text(text: str) -> Meter:
    """Read "7/8" as a metre. Raises ValueError with the room's own words."""
    pulses, _, unit = text.strip().partition("/")
    try:
        return Meter(int(pulses), int(unit))
    except ValueError:
        raise ValueError(f"{text!r} is no metre: try 4/4, 3/4, 6/8 or 7/8") from None
