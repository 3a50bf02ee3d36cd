"""A replay is the room again: same effects, same tempo, same end."""

from __future__ import annotations

from pathlib import Path

import pytest
from recording import a_jam, batch

from jamroom.capture.journal import Journal
from jamroom.capture.replay import refold, replay, tempo_map_of_journal
from jamroom.capture.shadow import Shadow
from jamroom.session.effects import Effect
from jamroom.session.step import Session


@pytest.mark.parametrize("seed", range(5))
def test_a_replay_does_what_the_room_did(seed: int, tmp_path: Path) -> None:
    events = a_jam(seed, "keep", "share")
    until = events[-1].frame + 500_000
    session = Session()
    live: list[Effect] = []
    for event in events:
        live += session.advance((session.state.frame + event.frame) // 2)
        live += session.fold(event.frame, event)
    live += session.advance(until)
    with Journal.create(tmp_path / "s.jam") as journal:
        shadow = Shadow(journal, "boot")
        shadow.receive(batch(events))
        while ticket := shadow.ticket():
            journal.write(ticket.work)
            shadow.done(ticket)
        assert [event for _, event in replay(journal)] == events
        assert list(refold(journal, until)) == live
        assert tempo_map_of_journal(journal) == session.state.tempo_map
