"""How a loop sounds in time: its content as one line of items, shaped as it is to be heard.

Pitch is no part of it: a note that follows the palette gets its pitch when it sounds.

Onsets move, lengths stay. A reversed loop keeps its onsets on the grid (the onset at beat b comes
at length - b, so the downbeat stays the downbeat); mirroring the sound itself would begin each
note where it was let go. Tightening moves onsets towards the grid that the loop itself is played
on: sixteenths, unless triplets of the quarter fit clearly better.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from typing import NamedTuple

import msgspec

from jamroom.session.state import Content, LoopNote, LoopTurn

SIXTEENTH_BEATS = 1 / 4
TRIPLET_BEATS = 1 / 3
_CLEARLY = 0.5  # of the sixteenths' squared error

_TURN, _NOTE, _OWN_TURN = range(3)


class Item(NamedTuple):
    """A note or turn of a loop, in the order in which they happen."""

    start_beat: float
    rank: int
    what: LoopNote | LoopTurn


def line_of(content: Content) -> list[Item]:
    """Turns and notes in one line.

    On the same beat the layer's bend stands before the note sounds, and a note's own after it.
    """
    notes, turns = timed(content)
    items = [Item(n.start_beat, _NOTE, n) for n in notes]
    if turns:
        items += [Item(t.start_beat, _OWN_TURN if t.origin else _TURN, t) for t in turns]
        items.sort(key=lambda item: item[:2])
    return items


def is_timed(content: Content) -> bool:
    """True when onsets are to sound elsewhere than they were played."""
    return bool(content.reverse or content.shift_beats or content.tighten)


def sounds_alike_in_time(one: Content, other: Content) -> bool:
    """True when two contents have the same line: they differ in pitch at most."""
    if one.notes is not other.notes or one.turns is not other.turns:
        return False
    shapes = ((x.length_beats, x.shift_beats, x.reverse, x.tighten) for x in (one, other))
    return next(shapes) == next(shapes)


def timed(content: Content) -> tuple[tuple[LoopNote, ...], tuple[LoopTurn, ...]]:
    """Notes and turns where they are to sound, in order."""
    if not is_timed(content):
        return content.notes, content.turns
    grid = grid_of(content) if content.tighten else SIXTEENTH_BEATS
    places = {n.start_beat: _place(content, n.start_beat, grid) for n in content.notes}
    notes = [msgspec.structs.replace(n, start_beat=places[n.start_beat]) for n in content.notes]
    turns = [*_layer_turns(content, places), *_own_turns(content, places)]
    notes.sort(key=lambda n: (n.start_beat, n.note, n.origin))
    turns.sort(key=lambda t: t.start_beat)
    return tuple(notes), tuple(turns)


def grid_of(content: Content) -> float:
    """The grid that the loop is played on, in beats."""
    straight, swung = (
        sum((n.start_beat - round(n.start_beat / grid) * grid) ** 2 for n in content.notes)
        for grid in (SIXTEENTH_BEATS, TRIPLET_BEATS)
    )
    return TRIPLET_BEATS if swung < _CLEARLY * straight else SIXTEENTH_BEATS


def _place(content: Content, start_beat: float, grid: float) -> float:
    place = start_beat
    if content.tighten:
        place += content.tighten * (_nearest(place, grid) - place)
    if content.reverse:
        place = -place
    place = (place + content.shift_beats) % content.length_beats
    # A hair below zero is, by the rules of floats, the whole length.
    return 0.0 if place >= content.length_beats else place


def _nearest(beat: float, grid: float) -> float:
    """The nearest line; half-way it is the earlier one, as people are late rather than early."""
    before = math.floor(beat / grid) * grid
    after = (math.floor(beat / grid) + 1) * grid
    return before if beat - before <= after - beat else after


def _layer_turns(content: Content, places: dict[float, float]) -> list[LoopTurn]:
    """Movements of the whole layer go with the onset that they followed.

    Every onset first restores what was in force where it was played; a movement that would reach
    into the next onset is cut off there.
    """
    onsets, length = sorted(places), content.length_beats
    moved: list[LoopTurn] = []
    for kind in ("bend", "pressure"):
        turns = [t for t in content.turns if t.kind == kind and not t.origin]
        if not turns:
            continue
        beats = [t.start_beat for t in turns]
        new = sorted(places.values())
        for index, onset in enumerate(onsets):
            place = places[onset]
            in_force = turns[bisect_right(beats, onset) - 1].value
            moved.append(LoopTurn(place, kind, in_force))
            last = index + 1 == len(onsets)
            room = min(
                (onsets[0] + length if last else onsets[index + 1]) - onset,
                (new[bisect_right(new, place) % len(new)] - place) % length or length,
            )
            for turn in _between(turns, beats, onset, onset + room, length):
                later = (turn.start_beat - onset) % length
                moved.append(LoopTurn((place + later) % length, kind, turn.value))
    return moved


def _between(
    turns: list[LoopTurn], beats: list[float], after: float, before: float, length: float
) -> list[LoopTurn]:
    inside = turns[bisect_right(beats, after) : bisect_left(beats, before)]
    return inside + (turns[: bisect_left(beats, before - length)] if before > length else [])


def _own_turns(content: Content, places: dict[float, float]) -> list[LoopTurn]:
    """A note's own movements keep their distance from its onset."""
    own = [t for t in content.turns if t.origin]
    if not own:
        return []
    onsets: dict[int, list[float]] = {}
    for note in content.notes:
        onsets.setdefault(note.origin, []).append(note.start_beat)
    moved, length = [], content.length_beats
    for turn in own:
        its = onsets.get(turn.origin)
        if its:
            onset = its[bisect_right(its, turn.start_beat) - 1]
            place = (places[onset] + (turn.start_beat - onset) % length) % length
            moved.append(LoopTurn(place, turn.kind, turn.value, turn.origin))
    return moved
