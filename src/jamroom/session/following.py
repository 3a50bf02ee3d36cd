"""Following a clock that others keep: their downbeats are the room's bar lines.

The tempo map changes at bar lines only, so while one bar goes by, the next is given the tempo that
lets it end where the clock's downbeat will be (dead-beat control: what is off now is made good
within one bar). The downbeat is foretold by the line of best fit through what was heard lately:
the longer the clock has been steady the longer the stretch, so jitter hardly reaches the music.
"""

from __future__ import annotations

from jamroom.clocks import (
    Segment,
    TempoMap,
    bar_line_after,
    frame_at_beat,
    with_change,
)
from jamroom.music.meter import Meter
from jamroom.session.core import TEMPO, Core
from jamroom.session.effects import MixChanged
from jamroom.session.events import ClockChosen, ClockHeard, ClockSent

MOST_HEARD = 32
MOST_BEND = 0.08
"""How much faster or slower than the clock one bar may be, once bar lines and downbeats agree."""
WORTH_A_MARK = 0.01
MOST_SEGMENTS = 512

_STRAY_S = 0.0025  # the last few off the line by more than this, all in all: another tempo
_STEADY_BEATS = 8  # with less, the clock's own word for its tempo is better than a line
_CLOSE_S = 0.002  # a bar line this near is left alone
_AGREED_S = 0.030  # and this near, the two agree


def choose_clock(core: Core, event: ClockChosen) -> None:
    """Begin to follow another clock, or keep the tempo there is."""
    core.state.clock_input = event.input
    forget_clock(core)


def send_clock(core: Core, event: ClockSent) -> None:
    """Let a MIDI output have the room's clock, or no longer."""
    outputs = [output for output in core.state.clock_outputs if output != event.output]
    core.state.clock_outputs = [*outputs, event.output] if event.on else outputs


def forget_clock(core: Core) -> None:
    """What was heard of the clock tells nothing any more."""
    core.state.clock_heard.clear()
    core.state.clock_locked = False


def hear_clock(core: Core, event: ClockHeard) -> None:
    """One quarter note of the clock: plan the next bar anew."""
    state = core.state
    if not state.clock_input or not 0.0 < event.bpm < 1000.0:
        return
    rate = state.tempo_map.last.sample_rate
    period = rate * 60.0 / event.bpm
    _remember(core, event, period)
    beat_frame, period = _line(state.clock_heard, period, rate)
    line = bar_line_after(state.tempo_map, state.frame)
    last = state.tempo_map.last
    bar = last.meter.beats_per_bar * period
    begins = frame_at_beat(state.tempo_map, line)
    downbeats = round((begins + bar - beat_frame) / bar)
    off = beat_frame + downbeats * bar - (begins + bar)  # how much later the clock will be
    if state.clock_locked:
        off = min(bar * MOST_BEND, max(-bar * MOST_BEND, off))
    else:
        state.clock_locked = abs(off) < _AGREED_S * rate
    _plan(core, line, (bar + off) / last.meter.beats_per_bar, _CLOSE_S * rate)


def _remember(core: Core, event: ClockHeard, period: float) -> None:
    heard = core.state.clock_heard
    if heard:
        frame, beat = heard[-1]
        expected = (event.beat - beat) * period
        stopped = event.beat <= beat or abs(event.frame - frame - expected) > period / 2
        if stopped:
            forget_clock(core)
    heard.append((event.frame, event.beat))
    del heard[:-MOST_HEARD]


def _line(heard: list[tuple[int, int]], period: float, rate: int) -> tuple[float, float]:
    """Frame of the clock's beat 0 and frames of a beat, by what was heard lately."""
    count = len(heard)
    while count > _STEADY_BEATS:
        zero, fitted = _fit(heard[-count:])
        strays = [frame - zero - beat * fitted for frame, beat in heard[-4:]]
        if abs(sum(strays)) / len(strays) <= _STRAY_S * rate:
            return zero, fitted
        count //= 2
    latest = heard[-min(count, 4) :]
    return sum(frame - beat * period for frame, beat in latest) / len(latest), period


def _fit(points: list[tuple[int, int]]) -> tuple[float, float]:
    count = len(points)
    frame_0, beat_0 = points[0]
    frames = sum(frame - frame_0 for frame, _ in points) / count
    beats = sum(beat - beat_0 for _, beat in points) / count
    over = sum((b - beat_0 - beats) * (f - frame_0 - frames) for f, b in points)
    slope = over / sum((b - beat_0 - beats) ** 2 for _, b in points)
    return frame_0 + frames - (beats + beat_0) * slope, slope


def _plan(core: Core, line: float, frames_per_beat: float, close: float) -> None:
    """Let the bar that begins at `line` have this tempo; the one there is, if that will do."""
    state = core.state
    old, last = state.tempo_map, state.tempo_map.last
    kept = tuple(s for s in old.segments if s.beat < line - 1e-9)
    before = kept[-1] if kept else last
    alike = (before.meter, before.sample_rate) == (last.meter, last.sample_rate)
    off = (before.frames_per_beat - frames_per_beat) * last.meter.beats_per_bar
    if alike and kept and abs(off) <= close:
        state.tempo_map = TempoMap(kept)
        return
    bpm = last.sample_rate * 60.0 / frames_per_beat
    new = with_change(old, line, bpm, last.meter, last.sample_rate)
    state.tempo_map = thinned(new, line)
    core.plan(line, TEMPO, 0)


def thinned(tempo_map: TempoMap, before_beat: float) -> TempoMap:
    """The map with segments that are over and nearly alike made one, when it grows too long.

    Where such a stretch begins and ends stays exact to the frame. Only bar lines within it, long
    gone, move by what their bars differed.
    """
    segments, alike = list(tempo_map.segments), 0.0005
    while len(segments) > MOST_SEGMENTS and alike < 1.0:
        segments = _merged(segments, before_beat, alike)
        alike *= 2
        if len(segments) <= MOST_SEGMENTS * 3 // 4:
            break
    return tempo_map if len(segments) == len(tempo_map.segments) else TempoMap(tuple(segments))


def _merged(segments: list[Segment], before_beat: float, alike: float) -> list[Segment]:
    merged = [segments[0]]
    for index, segment in enumerate(segments[1:], 1):
        last = merged[-1]
        after = segments[index + 1] if index + 1 < len(segments) else None
        same = (last.meter, last.sample_rate) == (segment.meter, segment.sample_rate)
        near = abs(segment.bpm / last.bpm - 1.0) <= alike
        if same and near and after is not None and after.beat < before_beat:
            merged[-1] = _joined(last, after)
        else:
            merged.append(segment)
    return merged


def _joined(first: Segment, after: Segment) -> Segment:
    """One segment from where `first` begins to where `after` does."""
    beats, frames = after.beat - first.beat, after.frame - first.frame
    bpm = 60.0 * first.sample_rate * beats / frames
    return Segment(first.frame, first.beat, first.bar, bpm, first.meter, first.sample_rate)


def worth_a_mark(core: Core, before: Segment, segment: Segment) -> bool:
    """True when a change of tempo or metre is to be told; a clock's own wavering is not."""
    state = core.state
    if before is segment or before.meter != segment.meter:
        return True
    if not state.clock_input:
        return before.bpm != segment.bpm
    marked = state.marked_bpm or before.bpm
    return state.clock_locked and abs(segment.bpm / marked - 1.0) > WORTH_A_MARK


def mark_tempo(core: Core, frame: int, bpm: float, meter: Meter) -> None:
    """A marker for a tempo, and a word to the mixer: the echo goes with the beat."""
    core.state.marked_bpm = bpm
    core.mark(frame, "tempo", f"{bpm:.4g} bpm, {meter}")
    core.effects.append(MixChanged(core.state.frame, -1))
