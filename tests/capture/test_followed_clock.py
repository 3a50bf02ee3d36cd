"""A session that followed a clock of others keeps its time, in its MIDI file too."""

from __future__ import annotations

import math
import random
from pathlib import Path

import mido
import pytest
from recording import RATE, batch, opened, sits

from jamroom.capture.journal import Journal
from jamroom.capture.replay import at_rate, tempo_map_of_journal
from jamroom.capture.shadow import Shadow
from jamroom.export.midi_file import export_midi
from jamroom.session import events as ev
from jamroom.session.step import Session


def an_hour_of_a_clock(beats: int) -> list[ev.AnyEvent]:
    """A clock that wanders and is told with a little jitter, and a note on every third beat."""
    chance = random.Random(3)
    events: list[ev.AnyEvent] = [opened(), sits(1), ev.ClockChosen(10, "midi:clock")]
    frame = 5000.0
    for beat in range(beats):
        bpm = 118 + 6 * math.sin(beat / 100)
        at = int(frame + chance.gauss(0, 20))
        events.append(ev.ClockHeard(at, beat, bpm + chance.gauss(0, 0.05)))
        if beat % 3 == 0:
            events.append(ev.Played(at + 100, 1, 60, 60 + beat % 12, 0.0, 90))
            events.append(ev.Released(at + 3000, 1, 60, 60 + beat % 12, 0))
        frame += RATE * 60 / bpm
    return events


def test_notes_keep_their_time_over_hundreds_of_tempos(tmp_path: Path) -> None:
    events = an_hour_of_a_clock(1200)
    live = Session()
    for event in events:
        live.fold(event.frame, event)
    assert len(live.state.tempo_map.segments) > 100
    with Journal.create(tmp_path / "s.jam") as journal:
        shadow = Shadow(journal, "boot")
        shadow.receive(batch(events))
        while ticket := shadow.ticket(at_once=True):
            journal.write(ticket.work)
            shadow.done(ticket)
        assert tempo_map_of_journal(journal) == live.state.tempo_map
    export_midi(tmp_path / "s.jam", tmp_path / "s.mid")
    now_s, heard_s = 0.0, []
    for message in mido.MidiFile(tmp_path / "s.mid"):
        now_s += message.time
        if message.type == "note_on":
            heard_s.append(now_s)
    played_s = [event.frame / RATE for event in events if isinstance(event, ev.Played)]
    shift_s = heard_s[0] - played_s[0]  # the file begins on a bar line
    assert [s - shift_s for s in heard_s] == pytest.approx(played_s, rel=0, abs=0.001)


def test_at_another_rate_the_same_clock_is_followed(tmp_path: Path) -> None:
    events = an_hour_of_a_clock(1200)
    moved = list(at_rate(((event.frame, event) for event in events), 44_100))
    notes = [event.frame / 44_100 for _, event in moved if isinstance(event, ev.Played)]
    played = [event.frame / RATE for event in events if isinstance(event, ev.Played)]
    assert notes == pytest.approx(played, rel=0, abs=0.002)
