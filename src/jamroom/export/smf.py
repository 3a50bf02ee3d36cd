"""Standard MIDI Files, written with numpy: a million events in a fraction of a second.

Format: Standard MIDI Files 1.0 (RP-001), MIDI Manufacturers Association, 1988. No running
status is used, as any reader copes with its absence.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

PPQN = 960
LONGEST_DELTA = (1 << 28) - 1
"""Ticks; the format knows no longer pause, so a longer one (38 hours at 120 bpm) is cut to it."""

Ints = npt.NDArray[np.int64]
Bytes = npt.NDArray[np.uint8]

TEXT, TRACK_NAME, MARKER = 0x01, 0x03, 0x06
_PORT, _END, _TEMPO, _METER, _KEY = 0x21, 0x2F, 0x51, 0x58, 0x59


class Events(NamedTuple):
    """Events of one track: their ticks, the length of each in bytes, and all bytes in a row."""

    ticks: Ints
    lengths: Ints
    data: Bytes


def channel_events(
    ticks: Ints, status: npt.ArrayLike, data1: npt.ArrayLike, data2: npt.ArrayLike | None = None
) -> Events:
    """Channel messages: one value per tick, or one for all. Data bytes are clipped to 0..127."""
    columns = [data1] if data2 is None else [data1, data2]
    data = np.empty((len(ticks), 1 + len(columns)), dtype=np.uint8)
    data[:, 0] = status
    for number, column in enumerate(columns, 1):
        data[:, number] = np.clip(column, 0, 127)
    lengths = np.full(len(ticks), data.shape[1], dtype=np.int64)
    return Events(np.asarray(ticks, dtype=np.int64), lengths, data.ravel())


def meta(tick: int, kind: int, payload: bytes) -> Events:
    """One meta event."""
    data = bytes((0xFF, kind)) + _varlen(len(payload)) + payload
    return Events(
        np.array([tick], dtype=np.int64),
        np.array([len(data)], dtype=np.int64),
        np.frombuffer(data, dtype=np.uint8),
    )


def text(tick: int, kind: int, words: str) -> Events:
    """A meta event of text, in UTF-8."""
    return meta(tick, kind, words.encode("utf-8", "replace"))


def port(number: int) -> Events:
    """Sixteen more channels: which port a track is for."""
    return meta(0, _PORT, bytes((number & 0x7F,)))


def tempo(tick: int, bpm: float) -> Events:
    """Quarter notes a minute, to the nearest microsecond a quarter note."""
    return meta(tick, _TEMPO, min(round(60_000_000 / bpm), 0xFF_FFFF).to_bytes(3, "big"))


def time_signature(tick: int, pulses: int, unit: int) -> Events:
    """A metre; `unit` is a power of two."""
    clocks = 24 * 4 // unit
    return meta(tick, _METER, bytes((pulses, unit.bit_length() - 1, clocks or 1, 8)))


def key_signature(tick: int, sharps: int, minor: bool) -> Events:
    """Sharps, or flats below zero, from -7 to 7."""
    return meta(tick, _KEY, struct.pack(">bB", sharps, minor))


def joined(parts: Sequence[Events]) -> Events:
    """Events of several parts, one part after the other."""
    if not parts:
        empty = np.zeros(0, dtype=np.int64)
        return Events(empty, empty, np.zeros(0, dtype=np.uint8))
    return Events(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def reordered(events: Events, order: Ints) -> Events:
    """The same events in another order."""
    starts = np.cumsum(events.lengths) - events.lengths
    lengths = events.lengths[order]
    data = events.data[_spans(starts[order], lengths)]
    return Events(events.ticks[order], lengths, data)


def _spans(starts: Ints, lengths: Ints) -> Ints:
    """Indices start, start + 1 ... for every span, one span after the other."""
    before = np.cumsum(lengths) - lengths
    return np.repeat(starts - before, lengths) + np.arange(int(lengths.sum()), dtype=np.int64)


def track_chunk(events: Events, end_tick: int = 0) -> bytes:
    """A track from events in order of their ticks; it ends at `end_tick` or with the last."""
    last = int(events.ticks[-1]) if len(events.ticks) else 0
    ended = joined([events, meta(max(last, end_tick), _END, b"")])
    deltas = np.minimum(np.diff(ended.ticks, prepend=0), LONGEST_DELTA)
    widths = 1 + (deltas >= 1 << 7) + (deltas >= 1 << 14) + (deltas >= 1 << 21)
    sizes = widths + ended.lengths
    starts = np.cumsum(sizes) - sizes
    body = np.empty(int(sizes.sum()), dtype=np.uint8)
    for place in range(4):  # place 0 is the last byte of a delta, the one without the high bit
        wide = widths > place
        digits = (deltas[wide] >> (7 * place)) & 0x7F
        body[starts[wide] + widths[wide] - 1 - place] = digits | (0x80 if place else 0)
    body[_spans(starts + widths, ended.lengths)] = ended.data
    return b"MTrk" + struct.pack(">I", len(body)) + body.tobytes()


def _varlen(value: int) -> bytes:
    digits = [value & 0x7F]
    while value := value >> 7:
        digits.append(0x80 | (value & 0x7F))
    return bytes(reversed(digits))


def file_bytes(tracks: Sequence[bytes], ppqn: int = PPQN) -> bytes:
    """A whole file of type 1 from the chunks of its tracks, the conductor's first."""
    return b"MThd" + struct.pack(">IHHH", 6, 1, len(tracks), ppqn) + b"".join(tracks)
