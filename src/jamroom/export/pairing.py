"""Which release ended which note.

The journal has notes as they were played: beginnings and ends, from several people, with the odd
end missing because a cable was pulled. A MIDI file needs exactly one end for each beginning.
"""

from __future__ import annotations

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jamroom.capture.packing import PLAYED, RELEASED, PerformanceArray

Ints = npt.NDArray[np.int64]


class Notes(NamedTuple):
    """Notes in the order they were taken in; arrays of one length. `to_frame` >= `from_frame`."""

    from_frame: Ints
    to_frame: Ints
    seat: Ints
    key: Ints
    note: Ints
    cents: npt.NDArray[np.float64]
    velocity: Ints
    release_velocity: Ints

    def at(self, chosen: Ints | npt.NDArray[np.bool_]) -> Notes:
        """The notes at these indices, or where a mask is true."""
        return Notes._make(column[chosen] for column in self)


def paired_notes(performance: PerformanceArray, let_go_at: Ints, end_frame: int) -> Notes:
    """Every note of a performance with its end.

    As in the session itself, a release ends the first note of the same seat, key and pitch that
    is still on; and at the frames `let_go_at` (a panic, a room that came back) every note ends.
    What is on at the end of it all ends at `end_frame`.
    """
    moves = performance[performance["what"] <= RELEASED]
    section = np.searchsorted(let_go_at, moves["at"], side="left")
    is_on = moves["what"] == PLAYED
    partner = _partners(_groups(moves, section), is_on)
    begins = np.flatnonzero(is_on)
    ends = partner[begins]
    ended = ends >= 0
    frames = moves["frame"].astype(np.int64)
    to_frame = np.append(let_go_at, end_frame)[section[begins]]
    to_frame[ended] = frames[ends[ended]]
    release = np.zeros(len(begins), dtype=np.int64)
    release[ended] = moves["value"][ends[ended]]
    return Notes(
        frames[begins],
        np.maximum(to_frame, frames[begins]),
        moves["seat"][begins].astype(np.int64),
        moves["key"][begins].astype(np.int64),
        moves["note"][begins].astype(np.int64),
        moves["cents"][begins].astype(np.float64),
        moves["value"][begins].astype(np.int64),
        release,
    )


def _groups(moves: PerformanceArray, section: Ints) -> Ints:
    """One number for each seat, key and pitch in each section."""
    group = section.astype(np.int64)
    for name in ("seat", "key", "note"):
        group = (group << 16) | (moves[name].astype(np.int64) & 0xFFFF)
    return group


def _partners(group: Ints, is_on: npt.NDArray[np.bool_]) -> Ints:
    """For each beginning the index of its end, -1 where there is none."""
    partner = np.full(len(group), -1, dtype=np.int64)
    if len(group) < 2:
        return partner
    order = np.argsort(group, kind="stable")
    on, same = is_on[order], np.diff(group[order]) == 0
    follows = same & on[:-1] & ~on[1:]
    partner[order[:-1][follows]] = order[1:][follows]
    # Two beginnings in a row: those groups are paired one by one, first in first out.
    doubled = np.unique(group[order[:-1][same & on[:-1] & on[1:]]])
    if len(doubled):
        _pair_one_by_one(order[np.isin(group[order], doubled)], group, is_on, partner)
    return partner


def _pair_one_by_one(
    indices: Ints, group: Ints, is_on: npt.NDArray[np.bool_], partner: Ints
) -> None:
    waiting: deque[int] = deque()
    current = -1
    for index in indices.tolist():
        if group[index] != current:
            current = int(group[index])
            waiting.clear()
        if is_on[index]:
            partner[index] = -1
            waiting.append(index)
        elif waiting:
            partner[waiting.popleft()] = index


def begun_by(notes: Notes, key: npt.ArrayLike, frame: npt.ArrayLike) -> Ints:
    """For each key and frame the note of one seat that the key had begun last, or -1.

    `notes` are in order of their beginnings.
    """
    keys, frames = np.asarray(key, dtype=np.int64), np.asarray(frame, dtype=np.int64)
    if not len(notes.key) or not len(keys):
        return np.full(len(keys), -1, dtype=np.int64)
    # By one sorted list of (key, frame).
    order = np.lexsort((notes.from_frame, notes.key))
    span = max(int(notes.from_frame.max()), int(frames.max())) + 1
    begun = notes.key[order] * span + notes.from_frame[order]
    place = np.searchsorted(begun, keys * span + frames, side="right") - 1
    found = order[np.maximum(place, 0)]
    return np.where((place >= 0) & (notes.key[found] == keys), found, -1)
