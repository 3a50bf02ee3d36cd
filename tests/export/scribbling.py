"""Journals to export, and MIDI files as other programs read them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import mido

from jamroom.capture.journal import Journal
from jamroom.capture.rows import Take
from jamroom.capture.shadow import Shadow
from jamroom.messages import Batch, Recorded
from jamroom.session import events as ev

RATE = 48_000
BEAT = RATE // 2  # frames at 120 bpm
TICKS = 960


def opened(bpm: float = 120.0) -> ev.Opened:
    return ev.Opened(0, 1_790_000_000.0, RATE, bpm, 4, 4, 2, "dorian", 2, "keep")


def sits(seat: int, badge: str = "blue heron", keymap: str = "free") -> ev.SeatTaken:
    return ev.SeatTaken(0, seat, badge, f"midi:{badge}", "mallet", keymap)


def note(
    frame: int, length: int, number: int = 60, seat: int = 1, cents: float = 0.0, key: int = -1
) -> list[ev.AnyEvent]:
    key = number if key < 0 else key
    return [
        ev.Played(frame, seat, key, number, cents, 90),
        ev.Released(frame + length, seat, key, number, 33),
    ]


def journal_of(
    path: Path, events: list[ev.AnyEvent], end_frame: int = 0, takes: tuple[Take, ...] = ()
) -> Path:
    """A journal with these events, in order of their frames, as a room would have taken them."""
    ordered = sorted(events, key=lambda event: event.frame)
    return written(path, [(event.frame, event) for event in ordered], end_frame, takes)


def written(
    path: Path,
    taken: list[tuple[int, ev.AnyEvent]],
    end_frame: int = 0,
    takes: tuple[Take, ...] = (),
) -> Path:
    records = tuple(Recorded(n, at, event) for n, (at, event) in enumerate(taken, 1))
    with Journal.create(path) as journal:
        shadow = Shadow(journal, "boot")
        shadow.receive(Batch("run", max(end_frame, taken[-1][0]), 0, records))
        ticket = shadow.ticket(at_once=True)
        assert ticket is not None
        journal.write(ticket.work)
        for take in takes:
            journal.add_take(take)
    return path


def timed(track: mido.MidiTrack) -> list[tuple[int, mido.Message]]:
    """Messages of a track with their ticks from the start."""
    at, found = 0, []
    for message in track:
        at += message.time
        found.append((at, message))
    return found


def heard_notes(track: mido.MidiTrack) -> list[tuple[int, int, int, int]]:
    """(tick, length, note, velocity) of a track; each end belongs to the note before it."""
    on: dict[tuple[int, int], tuple[int, int]] = {}
    found = []
    for tick, message in timed(track):
        if message.type == "note_on":
            assert message.velocity > 0
            assert (message.channel, message.note) not in on, "no channel has a note twice"
            on[message.channel, message.note] = (tick, message.velocity)
        elif message.type == "note_off":
            start, velocity = on.pop((message.channel, message.note))
            found.append((start, tick - start, message.note, velocity))
    assert not on, "every note has its end"
    return sorted(found)


def kinds(track: mido.MidiTrack) -> Counter[str]:
    return Counter(message.type for message in track)
