"""What is done with loops."""

from __future__ import annotations

from typing import Literal

from jamroom.session.event import Event

Shaping = Literal["half", "double", "reverse", "shift", "transpose", "follow", "tighten"]
"""What can be done to the notes of a loop; every one is undone like a take.

half: the loop's first half alone. double: twice as long, its notes twice. reverse: from the end.
shift: `amount` beats later. transpose: `amount` degrees of the palette higher. follow: with 1 the
notes move with the palette, with 0 they stay. tighten: 0 to 1, how far onsets move to the grid.
"""


class LayerPressed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The layer's one button: what it does depends on the layer's phase."""

    seat: int
    slot: int


class FreeLoopBegun(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The layer's button was pressed where the first loop is played freely: it begins here."""

    seat: int
    slot: int


class LayerOverdubbed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """The layer's second button: start or stop adding to it."""

    seat: int
    slot: int


class LayerCleared(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Empty the layer. Can be undone."""

    seat: int
    slot: int


class LayerUndone(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Take back the layer's last change, its first take included."""

    seat: int
    slot: int


class LayerRedone(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Bring back what was undone last."""

    seat: int
    slot: int


class Kept(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Keep that: the last `bars` bars of a seat (or EVERYBODY) become layers.

    `waits` for the bar line that comes, or not: for EVERYBODY the room says it, as it hangs on
    who played, and a journal may lack some of them. None: as the fold finds it.
    """

    seat: int
    bars: int
    waits: bool | None = None


class LayerShaped(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Let a loop sound otherwise; what was played stays as it was (see Shaping)."""

    seat: int
    slot: int
    shaping: Shaping
    amount: float


class LayerSoloed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Hear this loop alone among the loops, or no longer; slot -1 is all the seat's loops."""

    seat: int
    slot: int


class LayerGrouped(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Put a loop into a group (1 to 8), or out of any (0)."""

    seat: int
    slot: int
    group: int


class GroupPressed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """A group's one button: all of it mutes if any of it plays, else all of it plays.

    The room says which, as a journal may lack some of the group.
    """

    group: int
    plays: bool | None = None


class AllPlayed(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Every loop that rests plays again, by the room's grid."""


class AllStopped(Event, frozen=True, tag=True, array_like=True, gc=False):
    """Every loop rests from the next bar line on; takes that were armed are given up."""


class SceneKept(Event, frozen=True, tag=True, array_like=True, gc=False):
    """What is playing now gets a name, so that it is not forgotten with the older moments."""

    name: str


class SceneRecalled(Event, frozen=True, tag=True, array_like=True, gc=False):
    """At the next bar line play what played in that scene, and nothing else.

    The room says what that was, as (layer, take) each: a journal that lacks what some played has
    other scenes.
    """

    scene: int
    layers: tuple[tuple[int, int], ...] = ()
