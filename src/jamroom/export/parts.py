"""One named track for each player: what they played, raw, as channel messages."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jamroom.capture.packing import BENT, CONTROLLED, LEANED, PerformanceArray
from jamroom.export import smf
from jamroom.export.lanes import DRUM_CHANNEL, ChannelBook, lanes_of
from jamroom.export.pairing import Notes
from jamroom.export.smf import Events, Ints
from jamroom.export.timing import Ticks

_BEND_RANGES = (2, 12, 24, 48, 96)  # semitones
_NOTE_OFF, _NOTE_ON, _POLY, _CONTROL, _PRESSURE, _BEND = 0x80, 0x90, 0xA0, 0xB0, 0xD0, 0xE0


class Part(NamedTuple):
    """Whose track it is: its name, the patches chosen on the way, and when it was drums.

    `drums` holds (frame, True or False) in order; before the first it is not drums.
    """

    name: str
    patches: tuple[tuple[int, str], ...] = ()
    drums: tuple[tuple[int, bool], ...] = ()


class _Placed(NamedTuple):
    """The notes of a part in ticks and lanes."""

    on: Ints
    off: Ints
    note: Ints
    cents: npt.NDArray[np.float64]
    lane: Ints
    drum: npt.NDArray[np.bool_]


def part_track(
    part: Part, notes: Notes, moves: PerformanceArray, ticks: Ticks, book: ChannelBook
) -> bytes:
    """The chunk of a part. `moves` are its bends, pressures and controllers, in any order."""
    moves = moves[np.argsort(moves["frame"], kind="stable")]
    notes = notes.at(np.argsort(notes.from_frame, kind="stable"))
    placed = _place(part, notes, ticks)
    count = int(placed.lane.max(initial=0)) + 1
    port, channels = book.take(count)
    if len(placed.drum) and placed.drum.all():
        channels = (DRUM_CHANNEL,)
    at = ticks.at_frames(moves["frame"])
    of_note = np.where(placed.drum, DRUM_CHANNEL, np.array(channels)[placed.lane])
    # In this order at one tick: what ends, what bends and turns, what begins.
    events = smf.joined(
        [
            *_head(part, port, ticks),
            smf.channel_events(
                placed.off, _NOTE_OFF | of_note, placed.note, notes.release_velocity
            ),
            *_controls(moves, at, channels),
            *_bends(placed, moves, at, channels),
            *_pressures(notes, of_note, moves, at, channels),
            smf.channel_events(
                placed.on, _NOTE_ON | of_note, placed.note, np.maximum(notes.velocity, 1)
            ),
        ]
    )
    return smf.track_chunk(smf.reordered(events, np.argsort(events.ticks, kind="stable")))


def _place(part: Part, notes: Notes, ticks: Ticks) -> _Placed:
    on = ticks.at_frames(notes.from_frame)
    off = np.maximum(ticks.at_frames(notes.to_frame), on + 1)
    note = np.clip(notes.note, 0, 127)
    drum = _drum_notes(part, notes.from_frame)
    cents = np.where(drum, 0.0, notes.cents)
    lane = np.zeros(len(on), dtype=np.int64)
    lane[~drum] = lanes_of(on[~drum], off[~drum], note[~drum], cents[~drum])
    return _Placed(on, off, note, cents, lane, drum)


def _drum_notes(part: Part, at_frame: Ints) -> npt.NDArray[np.bool_]:
    frames = [frame for frame, _ in part.drums]
    states = np.array([False, *(state for _, state in part.drums)])
    chosen: npt.NDArray[np.bool_] = states[np.searchsorted(frames, at_frame, side="right")]
    return chosen


def _head(part: Part, port: int, ticks: Ticks) -> list[Events]:
    ports = [smf.port(port)] if port else []
    patches = [
        smf.text(ticks.at_frame(frame), smf.TEXT, f"sound: {patch}")
        for frame, patch in part.patches
    ]
    return [smf.text(0, smf.TRACK_NAME, part.name), *ports, *patches]


def _on_all(
    status: int, at: Ints, channels: tuple[int, ...], data1: Ints, data2: Ints | None
) -> list[Events]:
    return [smf.channel_events(at, status | channel, data1, data2) for channel in channels]


def _controls(moves: PerformanceArray, at: Ints, channels: tuple[int, ...]) -> list[Events]:
    # From 120 on they are messages about the whole instrument; what they ended has ended.
    chosen = (moves["what"] == CONTROLLED) & (moves["note"] < 120)
    numbers, values = moves["note"][chosen], moves["value"][chosen]
    return _on_all(_CONTROL, at[chosen], channels, numbers, values)


def _pressures(
    notes: Notes, of_note: Ints, moves: PerformanceArray, at: Ints, channels: tuple[int, ...]
) -> list[Events]:
    whole = (moves["what"] == LEANED) & (moves["key"] < 0)
    one = (moves["what"] == LEANED) & (moves["key"] >= 0)
    events = _on_all(_PRESSURE, at[whole], channels, moves["value"][whole], None)
    if one.any() and len(notes.key):
        # The note that the key began last, by one sorted list of (key, frame).
        begun = np.lexsort((notes.from_frame, notes.key))
        span = max(int(notes.from_frame.max()), int(moves["frame"][one].max())) + 1
        keyed = notes.key[begun] * span + notes.from_frame[begun]
        asked = moves["key"][one].astype(np.int64) * span + moves["frame"][one]
        place = np.searchsorted(keyed, asked, side="right") - 1
        found = begun[np.maximum(place, 0)]
        known = (place >= 0) & (notes.key[found] == moves["key"][one])
        found, values = found[known], moves["value"][one][known]
        status = _POLY | of_note[found]
        events.append(smf.channel_events(at[one][known], status, notes.note[found], values))
    return events


def _bends(
    placed: _Placed, moves: PerformanceArray, at: Ints, channels: tuple[int, ...]
) -> list[Events]:
    chosen = moves["what"] == BENT
    wheel_at, wheel = at[chosen], moves["cents"][chosen]
    if not len(wheel) and not placed.cents.any():
        return []
    widest = float(np.abs(placed.cents).max(initial=0.0) + np.abs(wheel).max(initial=0.0))
    semitones = next((r for r in _BEND_RANGES if r * 100 >= widest), _BEND_RANGES[-1])
    events = []
    for lane, channel in enumerate(channels):
        mine = (placed.lane == lane) & ~placed.drum
        bent_at, cents = _lane_bend(placed.on[mine], placed.cents[mine], wheel_at, wheel)
        value = np.clip(8192 + np.rint(cents / (semitones * 100) * 8192), 0, 16383)
        value = value.astype(np.int64)
        events.append(_bend_range(channel, semitones))
        events.append(smf.channel_events(bent_at, _BEND | channel, value & 0x7F, value >> 7))
    return events


def _lane_bend(
    on: Ints,
    note_cents: npt.NDArray[np.float64],
    wheel_at: Ints,
    wheel: npt.NDArray[np.float64],
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """When a lane's bend changes and to what: the cents of its last note plus the wheel's."""
    changes = np.diff(note_cents, prepend=0.0) != 0
    tuned_at, tuned = on[changes], note_cents[changes]
    at = np.concatenate([wheel_at, tuned_at])
    at.sort(kind="stable")
    cents = _in_force(tuned_at, tuned, at) + _in_force(wheel_at, wheel, at)
    new = np.diff(cents, prepend=0.0) != 0
    return at[new], cents[new]


def _in_force(
    changed_at: Ints, value: npt.NDArray[np.float64], at: Ints
) -> npt.NDArray[np.float64]:
    known = np.concatenate([[0.0], value])
    found: npt.NDArray[np.float64] = known[np.searchsorted(changed_at, at, side="right")]
    return found


def _bend_range(channel: int, semitones: int) -> Events:
    """Registered parameter 0, then the null parameter, so that nothing later changes it."""
    numbers = np.array([101, 100, 6, 38, 101, 100])
    values = np.array([0, 0, semitones, 0, 127, 127])
    return smf.channel_events(np.zeros(6, dtype=np.int64), _CONTROL | channel, numbers, values)
