"""Movements of wheel and pressure, as a stretch of what was played becomes a loop."""

from __future__ import annotations

from jamroom.session.state import LoopTurn, Past, PastNote

FINEST_BEATS = 1 / 64
"""Movements of wheel and pressure are kept no finer than this; the last of them counts."""

MOST_LOOP_TURNS = 2048
"""What a take holds at most; who never holds still on a long loop is kept a little coarser."""


def turns_between(past: Past, from_beat: float, to_beat: float) -> list[LoopTurn]:
    """Those of the whole seat, from what was in force at the start on."""
    whole = [t for t in past.turns if not t.origin and t.start_beat < to_beat]
    inside = [t for t in whole if from_beat <= t.start_beat]
    before = {t.kind: t for t in whole if t.start_beat < from_beat}
    starts = [
        LoopTurn(0.0, kind, before[kind].value if kind in before else 0.0)
        for kind in ("bend", "pressure")
        if (kind in before and before[kind].value) or any(t.kind == kind for t in inside)
    ]
    moved = [LoopTurn(t.start_beat - from_beat, t.kind, t.value) for t in inside]
    return [*starts, *_thinned(moved)]


def turns_of_notes(
    past: Past, notes: list[PastNote], from_beat: float, length_beats: float
) -> list[LoopTurn]:
    """Those that single notes had of their own, wrapped where their notes are."""
    origins = {note.origin for note in notes}
    moved = []
    for turn in past.turns:
        if turn.origin and turn.origin in origins:
            place = turn.start_beat - from_beat
            # A note that came early was put on the start, and so is how it moved till then.
            place = 0.0 if -0.25 <= place < 0.0 else place % length_beats
            moved.append(LoopTurn(place, turn.kind, turn.value, turn.origin))
    return _thinned(moved)


def _thinned(turns: list[LoopTurn]) -> list[LoopTurn]:
    return turns[:: -(-len(turns) // MOST_LOOP_TURNS)] if turns else turns
