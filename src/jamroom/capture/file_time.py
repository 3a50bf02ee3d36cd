"""The time of a MIDI file, and bars for a session that come as near to it as bars can.

A file may change tempo anywhere; a session changes it at bar lines only. Notes are placed by the
file's own exact time. Each bar of the session gets the tempo that makes it as long as the file's
bar, so bar lines agree even where the file slows down within a bar.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

from jamroom.capture.smf_reader import META, Message, MidiData
from jamroom.clocks import MAX_BPM, MIN_BPM
from jamroom.music.meter import Meter

_TEMPO, _METER = 0x51, 0x58
_DEFAULT_US = 500_000
_TIME_CODE_BPM = 120.0
MOST_BARS = 100_000
APART_FRAMES = 2


class BarLine(NamedTuple):
    """A bar of the session: the frame it begins at, and what holds from there."""

    frame: int
    bpm: float
    meter: Meter


class FileTime:
    """Frames of a file's ticks. Frame 0 is tick 0."""

    def __init__(self, data: MidiData, sample_rate: int) -> None:
        self._rate = sample_rate
        if data.ticks_per_s is not None:
            # Time code knows no beats: half a second stands for one.
            self.ticks_per_beat = data.ticks_per_s * 60 / _TIME_CODE_BPM
        else:
            self.ticks_per_beat = float(data.ticks_per_beat)
        metas = sorted(
            (m for track in data.tracks for m in track if m.status == META), key=lambda m: m.tick
        )
        tempos = [] if data.ticks_per_s is not None else _tempos(metas)
        self._ticks, self._seconds, self._us = [0], [0.0], [_DEFAULT_US]
        for tick, us in tempos:
            self._add_tempo(tick, us)
        self.meters, self.complaints = _meters(metas)

    def _add_tempo(self, tick: int, us: int) -> None:
        if tick == self._ticks[-1]:
            self._us[-1] = us
        else:
            seconds = self._seconds_at(tick)
            self._ticks.append(tick)
            self._seconds.append(seconds)
            self._us.append(us)

    def _seconds_at(self, tick: float) -> float:
        i = max(0, bisect_right(self._ticks, tick) - 1)
        beats = (tick - self._ticks[i]) / self.ticks_per_beat
        return self._seconds[i] + beats * self._us[i] / 1e6

    def frame_of(self, tick: float) -> int:
        """The frame nearest to a tick."""
        return round(self._seconds_at(tick) * self._rate)

    def tempo_moves_within_bars(self, to_tick: int) -> bool:
        """True when some tempo change is not on a bar line, or too fast or slow for a session."""
        lines = {line.frame for line in self.bars(to_tick)}
        changes = [round(s * self._rate) for s in self._seconds[1:]]
        return any(lines.isdisjoint(range(f - APART_FRAMES, f + APART_FRAMES + 1)) for f in changes)

    def bars(self, to_tick: int) -> Iterator[BarLine]:
        """Bars from the first until one begins at or after `to_tick`."""
        tick, place, meter = 0.0, 0, Meter()
        segment = BarLine(0, 0.0, meter)
        frame, beats = 0, 0.0  # beats since the segment began
        for _ in range(MOST_BARS):
            while place < len(self.meters) and self.meters[place][0] <= tick + 0.5:
                meter = self.meters[place][1]
                place += 1
            next_tick = tick + meter.beats_per_bar * self.ticks_per_beat
            bpm = self._bpm(tick, next_tick, frame, meter.beats_per_bar, segment.bpm)
            if bpm != segment.bpm or meter != segment.meter:
                segment, beats = BarLine(frame, bpm, meter), 0.0
            yield BarLine(frame, bpm, meter)
            if next_tick >= to_tick:
                return
            beats += meter.beats_per_bar
            frame = segment.frame + round(beats * 60 * self._rate / bpm)
            tick = next_tick

    def _bpm(self, tick: float, next_tick: float, frame: int, beats: float, before: float) -> float:
        """The tempo of a bar; as before, unless the file says otherwise or bars came apart."""
        asked = beats * 60 / max(self._seconds_at(next_tick) - self._seconds_at(tick), 1e-6)
        if abs(frame - self.frame_of(tick)) > APART_FRAMES:
            asked = beats * 60 * self._rate / max(self.frame_of(next_tick) - frame, 1)
        elif math.isclose(asked, before, rel_tol=1e-9):
            return before
        return min(MAX_BPM, max(MIN_BPM, asked))


def _tempos(metas: list[Message]) -> list[tuple[int, int]]:
    found = [
        (m.tick, int.from_bytes(m.payload, "big"))
        for m in metas
        if m.a == _TEMPO and len(m.payload) == 3
    ]
    return [(tick, us) for tick, us in found if us]


def _meters(metas: list[Message]) -> tuple[list[tuple[int, Meter]], list[str]]:
    meters, complaints = [], []
    for m in metas:
        if m.a != _METER or len(m.payload) < 2:
            continue
        pulses, power = m.payload[0], m.payload[1]
        try:
            meters.append((m.tick, Meter(pulses, 1 << min(power, 8))))
        except ValueError:
            text = f"{pulses}/{1 << min(power, 8)} is no metre here; the bars before go on"
            if text not in complaints:
                complaints.append(text)
    return meters, complaints
