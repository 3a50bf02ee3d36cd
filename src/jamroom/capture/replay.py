"""Reading a journal again as it happened: for exports, demos and renders.

A replay is the same fold as the live room's; there is no second code path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from jamroom.capture.journal import Journal
from jamroom.clocks import TempoMap, bar_at_frame, beat_at_frame, beat_of_bar, frame_at_beat
from jamroom.session.effects import Effect
from jamroom.session.events import (
    AnyEvent,
    ClockChosen,
    ClockHeard,
    FreeLoopClosed,
    MeterChosen,
    Opened,
    Resumed,
    TempoChosen,
    TempoTapped,
)
from jamroom.session.step import Session

_CONDUCTING = (
    Opened,
    Resumed,
    TempoChosen,
    TempoTapped,
    MeterChosen,
    FreeLoopClosed,
    ClockChosen,
    ClockHeard,
)
"""What tempo, metre and sample rate hang on."""


def replay(journal: Journal) -> Iterator[tuple[int, AnyEvent]]:
    """Every event that was kept, with the frame to fold it at, in the room's order."""
    for entry in journal.entries():
        yield entry.at, entry.event


def refold(journal: Journal, until_frame: int | None = None) -> Iterator[Effect]:
    """The effects of the whole session, as the room had them (and until `until_frame`)."""
    session = Session()
    for at, event in replay(journal):
        if session.state.opened or isinstance(event, Opened):
            yield from session.fold(at, event)
    if until_frame is not None and session.state.opened:
        yield from session.advance(until_frame)


def tempo_map_of_journal(journal: Journal) -> TempoMap:
    """Tempo and metre of the whole session.

    They hang on the room's own events alone, so the many notes need not be read.
    """
    session = Session()
    for _, at, event in journal.entries_of(*_CONDUCTING):
        session.fold(at, event)
    return session.state.tempo_map


def at_rate(
    entries: Iterable[tuple[int, AnyEvent]], sample_rate: int
) -> Iterator[tuple[int, AnyEvent]]:
    """A session's entries as a room would have had them whose card always ran at `sample_rate`.

    Every event falls on the beat on which it fell, to half a frame. Entries of a session that was
    at that rate throughout come out as they are.
    """
    rescaled = Rescaled(sample_rate)
    for at, event in entries:
        yield rescaled.take(at, event)


class Rescaled:
    """The frames of a session, whatever cards it was played on, as frames of one rate.

    Follows the tempo map as it was and as it is at the one rate; beats lead from one to the other.
    """

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._was = Session()
        self._is = Session()
        self._same = False

    def frame(self, frame: int) -> int:
        """Where a frame of the session, as far as it has been taken, falls at the one rate."""
        if self._same:
            return frame
        was, now = self._was.state.tempo_map, self._is.state.tempo_map
        # An event must stay on its side of a bar line: what it asks for may begin on the next one.
        bar = bar_at_frame(was, frame).bar
        line, next_line = (frame_at_beat(now, beat_of_bar(now, b)) for b in (bar, bar + 1))
        return min(max(line, frame_at_beat(now, beat_at_frame(was, frame))), next_line - 1)

    def take(self, at: int, event: AnyEvent) -> tuple[int, AnyEvent]:
        """The next entry, at the one rate."""
        if isinstance(event, Opened):
            return self._open(at, event)
        if not self._was.state.opened:
            return at, event
        new_at = self.frame(at)
        moved: AnyEvent = msgspec.structs.replace(event, frame=self.frame(event.frame))
        if isinstance(moved, Resumed):
            moved = msgspec.structs.replace(moved, sample_rate=self._rate)
        if not isinstance(event, _CONDUCTING):
            return new_at, moved
        self._was.fold(at, event)
        last = self._was.state.tempo_map.last
        if isinstance(event, TempoTapped | ClockHeard) and not self._same:
            # Taps and clocks are measured in frames: what they came to is exact at any rate.
            moved = TempoChosen(moved.frame, last.bpm)
        elif isinstance(event, ClockChosen) and not self._same:
            moved = ClockChosen(moved.frame, "")  # and so there is no clock to be followed
        self._is.fold(new_at, moved)
        self._same = self._same and last.sample_rate == self._rate
        return new_at, moved

    def _open(self, at: int, event: Opened) -> tuple[int, AnyEvent]:
        scale = self._rate / event.sample_rate
        new_at, frame = round(at * scale), round(event.frame * scale)
        moved = msgspec.structs.replace(event, frame=frame, sample_rate=self._rate)
        self._was.fold(at, event)
        self._is.fold(new_at, moved)
        self._same = event.sample_rate == self._rate
        return new_at, moved
