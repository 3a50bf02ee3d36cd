"""Time: the sample counter, and the tempo map that turns it into beats and bars.

The room's one clock counts samples (*frames*). A *beat* is a quarter note. The tempo map is
piecewise constant and changes only at bar lines, so a position is always computed from the
start of its segment: nothing is ever added up block by block, and nothing can drift.

Whoever drives time (a sound card, the monotonic clock, an offline render) calls the room once a
block; the offline clock here does the same for tests and renders, as fast as the machine can.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Protocol

import msgspec

from jamroom.music.meter import Meter

MIN_BPM = 20.0
MAX_BPM = 300.0
_HAIR = 1e-9  # beats; float error of a division, far below a frame


class Segment(msgspec.Struct, frozen=True):
    """A stretch of constant tempo and metre that starts on a bar line."""

    frame: int
    beat: float
    bar: int
    bpm: float
    meter: Meter
    sample_rate: int

    @property
    def frames_per_beat(self) -> float:
        """Frames in one quarter note."""
        return self.sample_rate * 60.0 / self.bpm


class TempoMap(msgspec.Struct, frozen=True):
    """Segments in order of their frames; never empty."""

    segments: tuple[Segment, ...]

    @property
    def last(self) -> Segment:
        """The segment in force at the end of the map."""
        return self.segments[-1]


class BarPosition(msgspec.Struct, frozen=True):
    """Where a beat stands: bar counted from 0, and quarter notes into that bar."""

    bar: int
    beat_in_bar: float
    meter: Meter


def tempo_map_of(bpm: float, meter: Meter, sample_rate: int, frame: int = 0) -> TempoMap:
    """A map of one tempo from `frame` (bar 0, beat 0) on."""
    return TempoMap((Segment(frame, 0.0, 0, clamp_bpm(bpm), meter, sample_rate),))


def clamp_bpm(bpm: float) -> float:
    """Keep a tempo playable. NaN and infinities become 90."""
    return min(MAX_BPM, max(MIN_BPM, bpm)) if math.isfinite(bpm) else 90.0


def segment_at_frame(tempo_map: TempoMap, at_frame: float) -> Segment:
    """The segment in force at a frame (the first one for anything earlier)."""
    for segment in reversed(tempo_map.segments):
        if segment.frame <= at_frame:
            return segment
    return tempo_map.segments[0]


def segment_at_beat(tempo_map: TempoMap, at_beat: float) -> Segment:
    """The segment in force at a beat (the first one for anything earlier)."""
    for segment in reversed(tempo_map.segments):
        if segment.beat <= at_beat + _HAIR:
            return segment
    return tempo_map.segments[0]


def beat_at_frame(tempo_map: TempoMap, at_frame: float) -> float:
    """Beats since the start of the session at a frame; negative before it."""
    segment = segment_at_frame(tempo_map, at_frame)
    return segment.beat + (at_frame - segment.frame) / segment.frames_per_beat


def frame_at_beat(tempo_map: TempoMap, at_beat: float) -> int:
    """The frame nearest to a beat."""
    segment = segment_at_beat(tempo_map, at_beat)
    return segment.frame + round((at_beat - segment.beat) * segment.frames_per_beat)


def bar_at_frame(tempo_map: TempoMap, at_frame: int) -> BarPosition:
    """Bar and beat at a frame. A bar line's own frame belongs to the bar it begins."""
    segment = segment_at_frame(tempo_map, at_frame)
    length = segment.meter.beats_per_bar
    beats = (at_frame - segment.frame) / segment.frames_per_beat
    bars = math.floor(beats / length)
    # frame_at_beat rounds, so the next bar's line may be on this frame although its beat is not.
    if frame_at_beat(tempo_map, segment.beat + (bars + 1) * length) <= at_frame:
        bars += 1
    return BarPosition(segment.bar + bars, max(0.0, beats - bars * length), segment.meter)


def beat_of_bar(tempo_map: TempoMap, bar: int) -> float:
    """The beat on which a bar (counted from 0) begins."""
    for segment in reversed(tempo_map.segments):
        if segment.bar <= bar:
            return segment.beat + (bar - segment.bar) * segment.meter.beats_per_bar
    first = tempo_map.segments[0]
    return first.beat + (bar - first.bar) * first.meter.beats_per_bar


def bar_line_before(tempo_map: TempoMap, at_frame: int) -> float:
    """The beat of the last bar line at or before a frame."""
    return beat_of_bar(tempo_map, bar_at_frame(tempo_map, at_frame).bar)


def bar_line_after(tempo_map: TempoMap, at_frame: int) -> float:
    """The beat of the first bar line after a frame."""
    return beat_of_bar(tempo_map, bar_at_frame(tempo_map, at_frame).bar + 1)


def with_change(
    tempo_map: TempoMap, at_beat: float, bpm: float, meter: Meter, sample_rate: int | None = None
) -> TempoMap:
    """The map with another tempo or metre from `at_beat`, which must be a bar line.

    Anything the map said after `at_beat` is dropped.
    """
    kept = tuple(s for s in tempo_map.segments if s.beat < at_beat - _HAIR)
    before = TempoMap(kept) if kept else tempo_map
    frame = frame_at_beat(before, at_beat)
    old = segment_at_beat(before, at_beat)
    bar = old.bar + round((at_beat - old.beat) / old.meter.beats_per_bar)
    rate = sample_rate or old.sample_rate
    return TempoMap((*kept, Segment(frame, at_beat, bar, clamp_bpm(bpm), meter, rate)))


class Clock(Protocol):
    """Whoever turns time into blocks."""

    def run(self, on_block: Callable[[int], None], until_frame: int) -> None:
        """Call `on_block(frame)` with the first frame of each block until `until_frame`."""


class OfflineClock:
    """Time as fast as the machine can go. Renders use it, and tests, which never sleep."""

    def __init__(self, block_frames: int = 64, start_frame: int = 0) -> None:
        self.block_frames = block_frames
        self.frame = start_frame

    def run(self, on_block: Callable[[int], None], until_frame: int) -> None:
        """Call `on_block(frame)` for every block that starts before `until_frame`."""
        while self.frame < until_frame:
            on_block(self.frame)
            self.frame += self.block_frames
