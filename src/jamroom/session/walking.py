"""One switch is an instrument, too: every press is the next step of a walk through the palette.

The walk is drawn, not random: mostly neighbours, now and then a leap, home on the first step, so
that a person with one switch phrases by *when* they press, and the same walk comes round again.
"""

from __future__ import annotations

_STEPS = (0, 1, 2, 4, 3, 2, 4, 5, 7, 5, 4, 2, 3, 1, 2, 0, 2, 4, 7, 6, 4, 5, 3, 2, 1, 4, 2, 0)
"""Degrees of the palette, from its root. Fewer than 16, so they are ladder keys as they stand."""


def step_of(played: int) -> int:
    """The ladder key of the next note, when so many were played before it."""
    return _STEPS[played % len(_STEPS)]
