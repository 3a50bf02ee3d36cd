"""A replay is the room again: same effects, same tempo, same end."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from recording import a_jam, batch, opened, sits

from jamroom.capture.journal import Journal
from jamroom.capture.replay import Rescaled, at_rate, refold, replay, tempo_map_of_journal
from jamroom.capture.shadow import Shadow
from jamroom.clocks import bar_at_frame, beat_at_frame, beat_of_bar, frame_at_beat
from jamroom.session import events as ev
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


Entries = list[tuple[int, ev.AnyEvent]]


def cards_change(seed: int) -> Entries:
    """A session that went on with other cards, and changed its tempo in every way."""
    chance = random.Random(seed)
    events: list[ev.AnyEvent] = [opened(), sits(1)]
    frame, rate = 0, 48_000
    for _ in range(400):
        frame += chance.randrange(1, 40_000)
        if chance.random() < 0.03:
            rate = chance.choice([44_100, 48_000, 96_000])
            events.append(ev.Resumed(frame, rate, chance.random() < 0.5))
        elif chance.random() < 0.05:
            interval_s = chance.uniform(0.3, 0.9)
            events += [ev.TempoTapped(frame + round(i * interval_s * rate)) for i in range(5)]
            frame = events[-1].frame
        else:
            pulses = chance.choice([3, 4, 5])
            choices = [
                ev.TempoChosen(frame, float(chance.randrange(60, 160))),
                ev.MeterChosen(frame, pulses, 4),
                ev.LayerPressed(frame, 1, 0),
            ]
            keys = [ev.Played(frame, 1, 3, 60, 0.0, 90), ev.Released(frame, 1, 3, 60, 0)] * 8
            events.append(chance.choice([*choices, *keys]))
    return [(event.frame, event) for event in events]


def beats_of(entries: Entries) -> tuple[list[float], list[int], Session]:
    """Beat and bar of each event as the fold of them all has it."""
    session = Session()
    for at, event in entries:
        session.fold(at, event)
    tempo_map = session.state.tempo_map
    frames = [event.frame for _, event in entries]
    beats = [beat_at_frame(tempo_map, frame) for frame in frames]
    return beats, [bar_at_frame(tempo_map, frame).bar for frame in frames], session


@pytest.mark.parametrize("rate", [44_100, 48_000, 96_000])
@pytest.mark.parametrize("seed", range(4))
def test_at_another_rate_every_event_keeps_its_beat(seed: int, rate: int) -> None:
    entries = cards_change(seed)
    moved = list(at_rate(entries, rate))
    beats, bars, session = beats_of(entries)
    moved_beats, moved_bars, moved_session = beats_of(moved)
    # Half a frame at the fastest tempo there is, on either side.
    assert moved_beats == pytest.approx(beats, rel=0, abs=300 / 60 / 44_100)
    assert moved_bars == bars
    segments = moved_session.state.tempo_map.segments
    assert {segment.sample_rate for segment in segments} == {rate}
    assert moved_session.state.tempo_map.last.bpm == session.state.tempo_map.last.bpm
    ats = [at for at, _ in moved]
    assert ats == sorted(ats)
    assert {e.sample_rate for _, e in moved if isinstance(e, ev.Opened | ev.Resumed)} == {rate}


def test_a_change_stays_on_its_side_of_a_bar_line() -> None:
    # At less than half the rate, the frame before a line would often round onto it.
    session = Session()
    entries: Entries = [(0, msgspec.structs.replace(opened(), sample_rate=96_000))]
    session.fold(*entries[0])
    for bar in range(1, 60):
        tempo_map = session.state.tempo_map
        at = frame_at_beat(tempo_map, beat_of_bar(tempo_map, bar)) - bar % 2
        entries.append((at, ev.TempoChosen(at, 100.0 + bar)))
        session.fold(*entries[-1])
    _, bars, _ = beats_of(entries)
    _, moved_bars, moved_session = beats_of(list(at_rate(entries, 44_100)))
    assert moved_bars == bars
    changes = [(s.bar, s.bpm) for s in session.state.tempo_map.segments]
    assert [(s.bar, s.bpm) for s in moved_session.state.tempo_map.segments] == changes


def test_a_session_of_one_rate_stays_as_it_is() -> None:
    entries: Entries = [(event.frame + 7, event) for event in a_jam(3, "keep")]
    assert list(at_rate(entries, 48_000)) == entries


def test_the_end_moves_along() -> None:
    rescaled = Rescaled(44_100)
    rescaled.take(0, opened())
    assert rescaled.frame(480_000) == 441_000
