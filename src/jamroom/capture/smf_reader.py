"""Reading MIDI files of any quality.

Files that people bring are often broken: wrong track counts, a division of zero, metas that are
cut short. This reader never looks beyond a chunk, always moves forward, and knows one error; what
can still be understood of a file is returned. Format: Standard MIDI Files 1.0 (RP-001), MIDI
Manufacturers Association, 1988.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

MOST_BYTES = 64 * 1024 * 1024
MOST_EVENTS = 3_000_000
LONGEST_TICKS = 1 << 40

META = 0xFF


class MidiFileError(Exception):
    """The file cannot be used; the text says why, for a person."""


class Message(NamedTuple):
    """A channel message (`status` 0x80 to 0xEF) or a meta event (`status` META, `a` its type)."""

    tick: int
    status: int
    a: int
    b: int
    payload: bytes


class MidiData(NamedTuple):
    """What was understood of a file. With SMPTE timing, `ticks_per_s` is set and beats are not."""

    ticks_per_beat: int
    ticks_per_s: float | None
    tracks: tuple[tuple[Message, ...], ...]
    complaints: tuple[str, ...]


class _Cut(Exception):
    """A chunk ends in the middle of something."""


def read_midi(data: bytes) -> MidiData:
    """Parse a MIDI file. Raises MidiFileError when nothing can be made of it."""
    if len(data) > MOST_BYTES:
        raise MidiFileError(f"it has {len(data) >> 20} MB; jamroom reads up to 64.")
    chunks = list(_chunks(data))
    if not chunks or chunks[0][0] != b"MThd" or len(chunks[0][1]) < 6:
        raise MidiFileError("it is not a MIDI file.")
    kind, count, division = struct.unpack(">HHH", chunks[0][1][:6])
    ticks_per_beat, ticks_per_s = _timing(division)
    complaints: list[str] = []
    bodies = [body for name, body in chunks if name == b"MTrk"]
    if len(bodies) != count:
        complaints.append(f"it announces {count} tracks and has {len(bodies)}")
    if kind > 1:
        complaints.append("its tracks are separate pieces; they begin together here")
    tracks = []
    room = MOST_EVENTS
    for body in bodies:
        messages, cut = _track(body, room)
        room -= len(messages)
        tracks.append(tuple(messages))
        if cut:
            complaints.append(f"track {len(tracks)} breaks off; what came before is there")
    return MidiData(ticks_per_beat, ticks_per_s, tuple(tracks), tuple(complaints))


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 8 <= len(data):
        name, length = struct.unpack(">4sI", data[at : at + 8])
        yield name, data[at + 8 : at + 8 + length]
        at += 8 + length


def _timing(division: int) -> tuple[int, float | None]:
    if division & 0x8000:
        frames_per_s, ticks = 256 - (division >> 8), division & 0xFF
        if frames_per_s in (24, 25, 29, 30) and ticks:
            exact = 30_000 / 1001 if frames_per_s == 29 else float(frames_per_s)
            return 0, exact * ticks
    elif division:
        return division, None
    raise MidiFileError("its timing (division) makes no sense.")


def _track(body: bytes, room: int) -> tuple[list[Message], bool]:
    """Messages of a track, and whether it broke off."""
    messages: list[Message] = []
    reader = _Reader(body)
    try:
        while reader.at < len(body):
            message = reader.message()
            if message is None:
                continue
            if message.status == META and message.a == 0x2F:
                return messages, False
            messages.append(message)
            if len(messages) > room:
                raise MidiFileError(f"it has more than {MOST_EVENTS} events.")
    except _Cut:
        return messages, True
    return messages, False


class _Reader:
    """A position in a track."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.at = 0
        self._tick = 0
        self._running = 0

    def message(self) -> Message | None:
        """The next message; None for one that is of no use here. Raises _Cut."""
        self._tick = min(self._tick + self._number(), LONGEST_TICKS)
        status = self._byte()
        if status < 0x80:
            self.at -= 1
            status = self._running
        if 0x80 <= status < 0xF0:
            self._running = status
            first = self._byte() & 0x7F
            second = 0 if status & 0xE0 == 0xC0 else self._byte() & 0x7F
            return Message(self._tick, status, first, second, b"")
        if status == META:
            kind = self._byte()
            return Message(self._tick, META, kind, 0, self._bytes(self._number()))
        if status in (0xF0, 0xF7):
            self._bytes(self._number())
            return None
        raise _Cut

    def _byte(self) -> int:
        if self.at >= len(self._body):
            raise _Cut
        self.at += 1
        return self._body[self.at - 1]

    def _bytes(self, count: int) -> bytes:
        if self.at + count > len(self._body):
            raise _Cut
        self.at += count
        return self._body[self.at - count : self.at]

    def _number(self) -> int:
        value = 0
        for _ in range(4):
            byte = self._byte()
            value = value << 7 | byte & 0x7F
            if byte < 0x80:
                return value
        raise _Cut
