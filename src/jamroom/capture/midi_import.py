"""A MIDI file as a session: each part takes a seat, and its notes are played in.

Names in the file are not taken over, but for its markers: people are badges here.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from jamroom.capture.file_time import FileTime
from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.sessions import shown
from jamroom.capture.shadow import Shadow
from jamroom.capture.smf_reader import META, Message, MidiData, MidiFileError, read_midi
from jamroom.messages import Batch, Recorded
from jamroom.session.badges import BADGES
from jamroom.session.events import (
    AnyEvent,
    Bent,
    Closed,
    Controlled,
    Leaned,
    Marked,
    MeterChosen,
    Opened,
    Played,
    Released,
    SeatTaken,
    TempoChosen,
)

SAMPLE_RATE = 48_000
LOOP_BARS = 2
_MARKER, _KEY = 0x06, 0x59
_DRUM_CHANNEL = 9
_PATCHES = ("mallet", "string", "pad", "bass", "choir")
_DRUM_PATCH = "frame-drum"
_LONGEST_TEXT = 200
_AHEAD_FRAMES = 2  # a change asked for this long before a bar line is in force from that line on


class ImportFault(Exception):
    """A file could not be made a session of; the text says why, for a person."""


def import_midi(path: Path, journal_path: Path) -> list[str]:
    """Make a new session of a MIDI file; lines for a person about what became of it.

    Notes keep the file's exact time. Raises ImportFault; then no session was made.
    """
    try:
        data = read_midi(path.read_bytes())
    except OSError as error:
        reason = error.strerror or str(error)
        raise ImportFault(f"{path} could not be read: {reason}.") from error
    except MidiFileError as error:
        raise ImportFault(f"{path} could not be used: {error}") from error
    file_time = FileTime(data, SAMPLE_RATE)
    parts = _parts(data)
    if not parts:
        raise ImportFault(f"{path} has no notes in it.")
    events = _events(shown(path.name), data, file_time, parts)
    _store(journal_path, events)
    notes = sum(isinstance(event, Played) for event in events)
    people = "1 part" if len(parts) == 1 else f"{len(parts)} parts"
    report = [f"{notes} notes in {people}, {round(events[-1].frame / SAMPLE_RATE)} s."]
    complaints = [*data.complaints, *file_time.complaints, *_lost_tempos(file_time, data)]
    return report + [f"Note: {complaint}." for complaint in complaints]


def _store(journal_path: Path, events: list[AnyEvent]) -> None:
    records = tuple(Recorded(n, event.frame, event) for n, event in enumerate(events, 1))
    try:
        with Journal.create(journal_path) as journal:
            shadow = Shadow(journal, boot="")
            shadow.receive(Batch("import", events[-1].frame, 0, records))
            ticket = shadow.ticket(at_once=True)
            if ticket is not None:
                journal.write(ticket.work)
    except JournalError as error:
        raise ImportFault(str(error)) from error


def _parts(data: MidiData) -> list[tuple[int, int]]:
    """(track, channel) of everything that has notes, in the file's order."""
    return [
        (number, channel)
        for number, track in enumerate(data.tracks)
        for channel in sorted({m.status & 0x0F for m in track if _is_on(m)})
    ]


def _is_on(message: Message) -> bool:
    return message.status & 0xF0 == 0x90 and message.status < 0xF0 and message.b > 0


def _events(
    name: str, data: MidiData, file_time: FileTime, parts: list[tuple[int, int]]
) -> list[AnyEvent]:
    last_tick = _last_tick(data)
    timed: list[AnyEvent] = []
    for seat, (track, channel) in enumerate(parts, 1):
        timed += _Player(seat, file_time).play(data.tracks[track], channel)
    timed += _moments(data, file_time)
    first, changes = _bars(data, file_time, last_tick)
    timed += changes
    timed.sort(key=lambda event: event.frame)
    end_frame = max(timed[-1].frame, file_time.frame_of(last_tick))
    seats = [_seat(seat, name, channel) for seat, (_, channel) in enumerate(parts, 1)]
    return [first, *seats, *timed, Closed(end_frame)]


def _last_tick(data: MidiData) -> int:
    return max((track[-1].tick for track in data.tracks if track), default=0)


def _seat(seat: int, name: str, channel: int) -> SeatTaken:
    drums = channel == _DRUM_CHANNEL
    dozen, place = divmod(seat - 1, len(BADGES))
    badge = BADGES[place].name + (f" {dozen + 1}" if dozen else "")
    patch = _DRUM_PATCH if drums else _PATCHES[(seat - 1) % len(_PATCHES)]
    return SeatTaken(0, seat, badge, f"play:{name}#{seat}", patch, "drums" if drums else "free")


def _bars(data: MidiData, file_time: FileTime, last_tick: int) -> tuple[Opened, list[AnyEvent]]:
    lines = iter(file_time.bars(last_tick))
    bpm, meter = (first := next(lines)).bpm, first.meter
    root, scale = _key(data)
    opened = Opened(
        0, time.time(), SAMPLE_RATE, bpm, meter.pulses, meter.unit, root, scale, LOOP_BARS, "keep"
    )
    changes: list[AnyEvent] = []
    for line in lines:
        frame = line.frame - _AHEAD_FRAMES
        if line.bpm != bpm:
            bpm = line.bpm
            changes.append(TempoChosen(frame, bpm))
        if line.meter != meter:
            meter = line.meter
            changes.append(MeterChosen(frame, meter.pulses, meter.unit))
    return opened, changes


def _key(data: MidiData) -> tuple[int, str]:
    for track in data.tracks:
        for m in track:
            if m.status == META and m.a == _KEY and len(m.payload) == 2:
                sharps = m.payload[0] - 256 if m.payload[0] > 127 else m.payload[0]
                minor = m.payload[1] == 1
                return (sharps * 7 + (9 if minor else 0)) % 12, "minor" if minor else "major"
    return 0, "major"


def _moments(data: MidiData, file_time: FileTime) -> list[AnyEvent]:
    return [
        Marked(file_time.frame_of(m.tick), m.payload.decode("utf-8", "replace")[:_LONGEST_TEXT])
        for track in data.tracks
        for m in track
        if m.status == META and m.a == _MARKER
    ]


def _lost_tempos(file_time: FileTime, data: MidiData) -> Iterator[str]:
    if data.ticks_per_s is not None:
        yield "its time code knows no beats; bars are counted at 120 bpm"
    if file_time.tempo_moves_within_bars(_last_tick(data)):
        yield "its tempo moves within bars; bars have their average here, notes are where they were"


class _Player:
    """Plays one channel of one track from a seat."""

    def __init__(self, seat: int, file_time: FileTime) -> None:
        self._seat = seat
        self._time = file_time
        self._on: list[int] = []
        self._parameter = (127, 127)
        self._bend_semitones = 2

    def play(self, track: tuple[Message, ...], channel: int) -> Iterator[AnyEvent]:
        """What the seat does, in order; what is still on at the end is let go there."""
        frame = 0
        for message in track:
            if message.status & 0x0F == channel and message.status < 0xF0:
                frame = self._time.frame_of(message.tick)
                event = self._event(frame, message)
                if event is not None:
                    yield event
        frame = max(frame, self._time.frame_of(track[-1].tick))
        for note in self._on:
            yield Released(frame, self._seat, note, note, 0)

    def _event(self, frame: int, message: Message) -> AnyEvent | None:
        seat, a, b = self._seat, message.a, message.b
        kind = message.status & 0xF0
        if _is_on(message):
            self._on.append(a)
            return Played(frame, seat, a, a, 0.0, b)
        if kind in (0x80, 0x90):
            if a not in self._on:
                return None
            self._on.remove(a)
            return Released(frame, seat, a, a, b if kind == 0x80 else 0)
        if kind == 0xA0:
            return Leaned(frame, seat, a, b)
        if kind == 0xB0:
            return self._control(frame, a, b)
        if kind == 0xD0:
            return Leaned(frame, seat, -1, a)
        if kind == 0xE0:
            cents = ((b << 7 | a) - 8192) / 8192 * 100 * self._bend_semitones
            return Bent(frame, seat, cents)
        return None

    def _control(self, frame: int, controller: int, value: int) -> AnyEvent | None:
        coarse, fine = self._parameter
        if controller == 101:
            self._parameter = (value, fine)
        elif controller == 100:
            self._parameter = (coarse, value)
        elif controller == 6 and self._parameter == (0, 0):
            self._bend_semitones = value
        elif controller not in (6, 38, 98, 99):
            return Controlled(frame, self._seat, controller, value)
        return None
