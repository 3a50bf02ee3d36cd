"""One named track for each player: what they played, raw, as channel messages."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jamroom.capture.packing import BENT, CONTROLLED, LEANED, PerformanceArray
from jamroom.export import smf
from jamroom.export.bends import Bends, lane_bends
from jamroom.export.lanes import DRUM_CHANNEL, ChannelBook, lanes_of
from jamroom.export.pairing import Notes, begun_by
from jamroom.export.smf import Events, Ints
from jamroom.export.timing import Ticks

_NOTE_OFF, _NOTE_ON, _POLY, _CONTROL, _PRESSURE = 0x80, 0x90, 0xA0, 0xB0, 0xD0


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
    placed = _place(part, notes, moves, ticks)
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
            *lane_bends(_bends(placed, notes, moves, at), channels),
            *_pressures(notes, of_note, moves, at, channels),
            smf.channel_events(
                placed.on, _NOTE_ON | of_note, placed.note, np.maximum(notes.velocity, 1)
            ),
        ]
    )
    return smf.track_chunk(smf.reordered(events, np.argsort(events.ticks, kind="stable")))


def _place(part: Part, notes: Notes, moves: PerformanceArray, ticks: Ticks) -> _Placed:
    on = ticks.at_frames(notes.from_frame)
    off = np.maximum(ticks.at_frames(notes.to_frame), on + 1)
    note = np.clip(notes.note, 0, 127)
    drum = _drum_notes(part, notes.from_frame)
    cents = np.where(drum, 0.0, notes.cents)
    lane = np.zeros(len(on), dtype=np.int64)
    bent = np.zeros(len(on), dtype=bool)
    keyed = (moves["what"] == BENT) & (moves["key"] >= 0)
    found = begun_by(notes, moves["key"][keyed], moves["frame"][keyed])
    bent[found[found >= 0]] = True
    lane[~drum] = lanes_of(on[~drum], off[~drum], note[~drum], cents[~drum], bent[~drum])
    return _Placed(on, off, note, cents, lane, drum)


def _bends(placed: _Placed, notes: Notes, moves: PerformanceArray, at: Ints) -> Bends:
    """The wheel's bends, and those of single keys with the note that each is of."""
    bent = moves["what"] == BENT
    whole, one = bent & (moves["key"] < 0), bent & (moves["key"] >= 0)
    found = begun_by(notes, moves["key"][one], moves["frame"][one])
    known = found >= 0
    lane = np.where(placed.drum, -1, placed.lane)
    return Bends(
        placed.on,
        placed.cents,
        lane,
        at[whole],
        moves["cents"][whole],
        at[one][known],
        moves["cents"][one][known],
        lane[found[known]],
    )


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
    found = begun_by(notes, moves["key"][one], moves["frame"][one])
    known = found >= 0
    found, values = found[known], moves["value"][one][known]
    events.append(
        smf.channel_events(at[one][known], _POLY | of_note[found], notes.note[found], values)
    )
    return events
