"""What lies in a journal, row by row."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from jamroom.capture.packing import kind_of, pack_event
from jamroom.messages import Recorded
from jamroom.session.effects import Mark
from jamroom.session.events import AnyEvent, seat_of

RUN_STRIDE = 1 << 40
"""A run's events are numbered below this: 2**40 events, 17 years at 2,000 a second."""

EventRow = tuple[int, int, int, int | None, str, bytes]
"""seq, at_frame, frame, seat, kind, body"""


class Entry(NamedTuple):
    """An event as it lies in the journal: its place, the frame to fold it at, and itself."""

    seq: int
    at: int
    event: AnyEvent


class StoredState(NamedTuple):
    """An encoded state that holds every event up to and including `seq`."""

    seq: int
    at_frame: int
    body: bytes


class RoomClock(msgspec.Struct, frozen=True):
    """Where a room's clock last stood, so that a room that died can go on in phase."""

    run: str
    frame: int
    monotonic_ns: int
    boot: str
    closed: bool


class Take(NamedTuple):
    """A named range of the session, in frames; the end is not part of it."""

    name: str
    from_frame: int
    to_frame: int


class Work(msgspec.Struct, frozen=True):
    """What one commit puts into the journal, all of it or nothing."""

    runs: tuple[tuple[int, str], ...] = ()
    rows: tuple[EventRow, ...] = ()
    marks: tuple[Mark, ...] = ()
    forget_states_from: int | None = None
    state: StoredState | None = None
    keep_states_before: int = 0
    clock: RoomClock | None = None


def row_of(seq: int, record: Recorded) -> EventRow:
    """A record as the journal keeps it. Raises ValueError for numbers that do not fit."""
    event = record.event
    body = pack_event(record.at, event)
    return (seq, record.at, event.frame, seat_of(event), kind_of(event), body)


def seq_of(run_id: int, n: int) -> int:
    """Place in the journal of the n-th event of a run."""
    return run_id * RUN_STRIDE + n
