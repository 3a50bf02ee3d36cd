"""The first loop, played freely: its two presses are its ends, and its length sets the tempo.

The bar line before it moves onto the first press, so that the loop is whole bars from bar line to
bar line, and every loop that follows lies on its grid. No bar is left partial: the bar before is
played a little faster or slower than written.
"""

from __future__ import annotations

import math

from jamroom.clocks import (
    Segment,
    TempoMap,
    bar_at_frame,
    beat_of_bar,
    frame_at_beat,
    segment_at_beat,
)
from jamroom.session import clips
from jamroom.session.core import CHANGE, Core
from jamroom.session.events import (
    AnyEvent,
    FreeLoopBegun,
    FreeLoopClosed,
    Kept,
    LayerOverdubbed,
    LayerPressed,
)
from jamroom.session.following import mark_tempo
from jamroom.session.history import EARLY_BEATS, notes_between
from jamroom.session.retiming import retime
from jamroom.session.state import Layer, Past, State, layer_id

LOWEST_BPM, HIGHEST_BPM = 50.0, 200.0
LIKELY_BPM = (70.0, 140.0)
BARS = (1, 2, 4, 8, 16, 32, 64)
USUAL_BARS = 16
LONGEST_S = 280.0
"""A free loop that nobody ends is given up after this."""

_WAIT = "The first loop is being played and gives the tempo. Then the next one can begin."

_UNLIKELY = 0.5  # how much an octave outside LIKELY_BPM counts beside one away from the room's


def resolved(state: State, request: AnyEvent) -> AnyEvent:
    """What a layer's button means where a free first loop begins or ends; else the request.

    Raises ValueError, in words for people, for what must wait until that loop is done. It is told
    here and not found by the fold, because a journal may lack what others played.
    """
    if isinstance(request, Kept) and _running(state) is not None:
        raise ValueError(_WAIT)
    if not isinstance(request, LayerPressed | LayerOverdubbed):
        return request
    layer = state.layers.get(layer_id(request.seat, request.slot))
    if layer is not None and is_free(layer):
        return _ending(state, layer, request)
    if layer is None or layer.phase == "empty":
        if _running(state) is not None:
            raise ValueError(_WAIT)
        if _may_begin(state):
            return FreeLoopBegun(request.frame, request.seat, request.slot)
    return request


def is_free(layer: Layer) -> bool:
    """True while this layer's free loop is being recorded."""
    return layer.phase == "recording" and not layer.bars


def _running(state: State) -> Layer | None:
    return next((layer for layer in state.layers.values() if is_free(layer)), None)


def _may_begin(state: State) -> bool:
    idle = all(layer.phase == "empty" for layer in state.layers.values())
    return state.free_loop and not state.clock_input and not state.keeps and idle


def _ending(state: State, layer: Layer, request: LayerPressed | LayerOverdubbed) -> AnyEvent:
    core = Core(state)  # to read only
    if not _was_played(core, layer, core.beat_at(request.frame)):
        return request
    first = frame_at_beat(state.tempo_map, layer.record_beat)
    frames, last = _whole(state, first, request.frame), state.tempo_map.last
    bars = bars_for(frames / last.sample_rate, last.meter.beats_per_bar, last.bpm)
    return FreeLoopClosed(request.frame, layer.record_beat, bars)


def _was_played(core: Core, layer: Layer, end_beat: float) -> bool:
    if clips.listens(core, layer.seat, layer.record_beat):
        return True
    past = core.state.past.get(layer.seat, Past())
    return bool(notes_between(past, layer.record_beat - EARLY_BEATS, end_beat))


def _whole(state: State, first: int, end_frame: int) -> int:
    """Frames of the loop: as they are, but for a loop shorter than a bar at 200 bpm."""
    last = state.tempo_map.last
    shortest = last.meter.beats_per_bar * 60.0 / HIGHEST_BPM * last.sample_rate
    return max(end_frame - first, math.ceil(shortest))


# -- the fold --------------------------------------------------------------------------------


def begin(core: Core, event: FreeLoopBegun) -> None:
    """Recording goes on from the press itself, until the next one."""
    layer = core.layer(event.seat, event.slot)
    if layer.phase != "empty":
        return
    rate = core.state.tempo_map.last.sample_rate
    first, end = core.beat_at(event.frame), core.beat_at(event.frame + round(LONGEST_S * rate))
    changes = {"change": "close", "change_beat": end, "stops": False}
    core.change_layer(layer, phase="recording", bars=0, record_beat=first, **changes)
    core.plan(end, CHANGE, layer.id)


def set_tempo(core: Core, event: FreeLoopClosed) -> Layer | None:
    """Rewrite time so that the free loop is whole bars, and say what tempo was found.

    The layer that comes back is an ordinary take under way, its ends exact to the frame; None if
    nothing is known of who played it. Only a loop too short for a bar at 200 bpm ends later than
    it was asked to, after that bar.
    """
    state, layer = core.state, _running(core.state)
    old, last, bars = state.tempo_map, state.tempo_map.last, max(1, event.bars)
    beats = bars * last.meter.beats_per_bar
    first = frame_at_beat(old, event.first_beat)
    # The frames are what is exact; the tempo follows from them.
    frames = _whole(state, first, event.frame)
    new, since_beat = rewritten(old, first, 60.0 * beats * last.sample_rate / frames)
    state.tempo_mark_beat = new.last.beat
    retime(core, new, since_beat)
    bpm = new.last.bpm
    mark_tempo(core, state.frame, bpm, new.last.meter)
    there = "1 bar" if bars == 1 else f"{bars} bars"
    core.say(f"The first loop is {there} at {bpm:.4g} beats a minute.")
    if layer is None:
        return None
    start = new.last.beat
    changes = {"bars": bars, "record_beat": start, "change": "close", "change_beat": start + beats}
    return core.change_layer(state.layers[layer.id], **changes)


def bars_for(seconds: float, beats_per_bar: float, room_bpm: float) -> int:
    """How many bars a loop of so many seconds most likely is.

    Its tempo must lie between 50 and 200, and more than 16 bars it is only if there is no other
    way. Of those that are left it is near the room's, and rather between 70 and 140, where most
    music is. Distances are counted in octaves of tempo.
    """

    def unlikely(bars: int) -> tuple[float, bool, float]:
        bpm = bars * beats_per_bar * 60.0 / seconds
        outside = max(LOWEST_BPM / bpm, bpm / HIGHEST_BPM, 1.0)
        stray = max(LIKELY_BPM[0] / bpm, bpm / LIKELY_BPM[1], 1.0)
        away = abs(math.log2(bpm / room_bpm)) + _UNLIKELY * math.log2(stray)
        return round(math.log2(outside), 9), bars > USUAL_BARS, away

    return min(BARS, key=unlikely)


def rewritten(old: TempoMap, first: int, bpm: float) -> tuple[TempoMap, float]:
    """The map with a bar line on frame `first` and a tempo from there on.

    Also the beat from which on it differs. The bar that ends there is the one that `first` lies
    in, or the one before if only a little of that one had gone by.
    """
    bar = bar_at_frame(old, first).bar
    meter, rate = old.last.meter, old.last.sample_rate
    line, next_line = (frame_at_beat(old, beat_of_bar(old, b)) for b in (bar, bar + 1))
    if first - line < (next_line - line) / 2 and bar > old.segments[0].bar:
        bar -= 0 if first == line else 1
    beat = beat_of_bar(old, bar)
    kept = tuple(s for s in old.segments if s.beat < beat - 1e-9)
    begun, here = frame_at_beat(old, beat), segment_at_beat(old, beat)
    if first <= begun:
        return TempoMap((*kept, Segment(begun, beat, bar, bpm, meter, rate))), beat
    beats = here.meter.beats_per_bar
    odd_bpm = beats * 60.0 * here.sample_rate / (first - begun)
    odd = Segment(begun, beat, bar, odd_bpm, here.meter, here.sample_rate)
    new = Segment(first, beat + beats, bar + 1, bpm, meter, rate)
    return TempoMap((*kept, odd, new)), beat
