"""Reading a journal again as it happened: for exports, demos and renders.

A replay is the same fold as the live room's; there is no second code path.
"""

from __future__ import annotations

from collections.abc import Iterator

from jamroom.capture.journal import Journal
from jamroom.clocks import TempoMap
from jamroom.session.effects import Effect
from jamroom.session.events import (
    AnyEvent,
    MeterChosen,
    Opened,
    Resumed,
    TempoChosen,
    TempoTapped,
)
from jamroom.session.step import Session


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
    for _, at, event in journal.entries_of(Opened, Resumed, TempoChosen, TempoTapped, MeterChosen):
        session.fold(at, event)
    return session.state.tempo_map
