"""A loop's content as one line of items."""

from __future__ import annotations

from typing import NamedTuple

from jamroom.session.state import Content, LoopNote, LoopTurn


class Item(NamedTuple):
    """A note or turn of a loop, in the order in which they happen."""

    start_beat: float
    rank: int
    what: LoopNote | LoopTurn


def line_of(content: Content) -> list[Item]:
    """Turns and notes in one line; on the same beat the bend stands before the note sounds."""
    turns = [Item(t.start_beat, 0, t) for t in content.turns]
    notes = [Item(n.start_beat, 1, n) for n in content.notes]
    return sorted(turns + notes, key=lambda item: item[:2])
