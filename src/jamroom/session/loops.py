"""The layer's buttons, and what happens when their moment comes.

    empty -> armed -> recording -> playing <-> muted,  playing <-> overdubbing

Every take is kept; undo and redo move a cursor over them, the first take included.
"""

from __future__ import annotations

import math

from jamroom.clocks import bar_at_frame, bar_line_before, beat_of_bar, frame_at_beat
from jamroom.session import clips, free_loop, playback, solos
from jamroom.session.core import CHANGE, DUB_PASS, Core
from jamroom.session.events import (
    FreeLoopClosed,
    LayerCleared,
    LayerOverdubbed,
    LayerPressed,
    LayerRedone,
    LayerUndone,
)
from jamroom.session.history import MOST_LOOP_NOTES, cut, cut_into
from jamroom.session.state import Change, Content, Layer
from jamroom.session.takes import push_take, put_dub, say_full

LATE_PRESS_S = 0.120
"""A press this late still means the line that just went by."""


# -- when does it happen ---------------------------------------------------------------------


def launch_beat(core: Core, layer: Layer, frame: int) -> float:
    """The beat at which a launch or mute pressed at a frame takes effect, by the room's grid."""
    beat = core.beat_at(frame)
    quantise = core.state.quantise
    if quantise == "off":
        return beat
    if quantise == "bar":
        return beat_of_bar(core.state.tempo_map, bar_near(core, frame))
    line = bar_line_before(core.state.tempo_map, frame)
    if quantise == "loop" and layer.content.length_beats:
        line, step = layer.content.anchor_beat, layer.content.length_beats
    else:
        step = bar_at_frame(core.state.tempo_map, frame).meter.beats_per_pulse
    return _line_near(core, frame, line + math.floor((beat - line) / step + 1e-9) * step, step)


def bar_near(core: Core, frame: int) -> int:
    """The bar that a press at a frame means: the one that just began, or else the next."""
    bar = bar_at_frame(core.state.tempo_map, frame).bar
    began = frame_at_beat(core.state.tempo_map, beat_of_bar(core.state.tempo_map, bar))
    return bar if frame - began <= _late_frames(core) else bar + 1


def _line_near(core: Core, frame: int, line: float, step: float) -> float:
    late = frame - frame_at_beat(core.state.tempo_map, line)
    return line if late <= _late_frames(core) else line + step


def _late_frames(core: Core) -> float:
    return LATE_PRESS_S * core.state.tempo_map.last.sample_rate


def queue(core: Core, layer: Layer, change: Change, beat: float) -> None:
    """Let a change happen at a beat; at once if that beat has gone by."""
    layer = core.change_layer(layer, change=change, change_beat=beat)
    if frame_at_beat(core.state.tempo_map, beat) <= core.state.frame:
        perform(core, layer)
    else:
        core.plan(beat, CHANGE, layer.id)


# -- buttons ---------------------------------------------------------------------------------


def press(core: Core, event: LayerPressed) -> None:
    """The one button: what it does depends on the phase."""
    layer = core.layer(event.seat, event.slot)
    if layer.phase == "empty":
        _arm(core, layer, event.frame)
    elif layer.phase == "armed":
        core.change_layer(layer, phase="empty", change="")
    elif free_loop.is_free(layer):
        _stay_empty(core, layer)
    elif layer.phase == "recording":
        close_at(core, layer, bar_near(core, event.frame))
    elif layer.phase == "overdubbing":
        end_overdub(core, layer)
    elif layer.change:
        core.change_layer(layer, change="")
    else:
        change: Change = "mute" if layer.phase == "playing" else "play"
        queue(core, layer, change, launch_beat(core, layer, event.frame))


def _arm(core: Core, layer: Layer, frame: int) -> None:
    bars = core.state.loop_bars
    begin = beat_of_bar(core.state.tempo_map, bar_near(core, frame))
    layer = core.change_layer(layer, phase="armed", bars=bars, stops=False)
    queue(core, layer, "record", begin)


def close_free(core: Core, event: FreeLoopClosed) -> None:
    """The free first loop ended: time is rewritten, and it closes where it was ended."""
    layer = free_loop.set_tempo(core, event)
    if layer is not None:
        queue(core, layer, "close", layer.change_beat)


def _give_up_free(core: Core, layer: Layer) -> None:
    core.say(f"{core.layer_name(layer)} went on for too long to give the tempo: begin it anew.")
    settle(core, layer, layer.cursor)


def close_at(core: Core, layer: Layer, bar: int) -> None:
    """Let a take end with this bar line, after one bar at least; a sooner end stays."""
    tempo_map = core.state.tempo_map
    first = bar_at_frame(tempo_map, frame_at_beat(tempo_map, layer.record_beat)).bar
    last = max(first + 1, bar)
    beat = beat_of_bar(tempo_map, last)
    if beat < layer.change_beat - 1e-9:
        layer = core.change_layer(layer, bars=last - first)
        queue(core, layer, "close", beat)


def overdub(core: Core, event: LayerOverdubbed) -> None:
    """The second button: add to what plays, or stop adding."""
    layer = core.layer(event.seat, event.slot)
    if layer.phase == "overdubbing":
        end_overdub(core, layer)
    elif layer.phase in ("empty", "armed"):
        press(core, LayerPressed(event.frame, event.seat, event.slot))
    elif layer.phase in ("playing", "muted"):
        if layer.phase == "muted":
            layer = core.change_layer(layer, phase="playing", change="")
            playback.start(core, layer, core.beat)
        dub = core.beat_at(event.frame)
        end = pass_end(core, layer.content)
        layer = core.change_layer(layer, phase="overdubbing", change="")
        core.change_layer(layer, dub_beat=dub, dub_end=end, dub_took=False)
        core.plan(end, DUB_PASS, layer.id)
        if len(layer.content.notes) >= MOST_LOOP_NOTES:
            say_full(core, layer)


def clear(core: Core, event: LayerCleared) -> None:
    """Empty the layer at once; undo brings it back."""
    layer = core.layer(event.seat, event.slot)
    if layer.cursor and not layer.content.empty:
        layer = push_take(core, layer, Content())
    settle(core, layer, layer.cursor)


def undo(core: Core, event: LayerUndone) -> None:
    """Take back what is being recorded or overdubbed, which ends it; else the last take."""
    layer = core.layer(event.seat, event.slot)
    if layer.phase == "overdubbing":
        layer = end_overdub(core, layer)  # so a redo brings back all of it
        settle(core, layer, layer.cursor - 1 if layer.dub_took else layer.cursor)
    elif layer.phase in ("armed", "recording"):
        settle(core, layer, layer.cursor)
    elif layer.cursor:
        settle(core, layer, layer.cursor - 1)


def redo(core: Core, event: LayerRedone) -> None:
    """Bring back the take that was undone last."""
    layer = core.layer(event.seat, event.slot)
    if layer.phase not in ("armed", "recording") and layer.cursor < len(layer.takes):
        settle(core, layer, layer.cursor + 1)


# -- when the moment comes -------------------------------------------------------------------


def perform(core: Core, layer: Layer) -> None:
    """Carry out the change that is queued."""
    change, beat = layer.change, layer.change_beat
    frame = core.frame_at(beat)
    if change == "record":
        _begin_recording(core, layer)
    elif change == "close" and free_loop.is_free(layer):
        _give_up_free(core, layer)
    elif change == "close":
        _close(core, layer)
    elif change == "play":
        layer = core.change_layer(layer, phase="playing", change="")
        playback.start(core, layer, beat)
        core.mark(frame, "launch", core.layer_name(layer), layer.seat)
    elif change == "mute":
        if layer.phase == "overdubbing":
            layer = end_overdub(core, layer)
        layer = core.change_layer(layer, phase="muted", change="")
        playback.stop(core, layer, frame)
        core.mark(frame, "stop", core.layer_name(layer), layer.seat)


def _begin_recording(core: Core, layer: Layer) -> None:
    tempo_map, begin = core.state.tempo_map, layer.change_beat
    bar = bar_at_frame(tempo_map, frame_at_beat(tempo_map, begin)).bar
    layer = core.change_layer(layer, phase="recording", record_beat=begin)
    queue(core, layer, "close", beat_of_bar(tempo_map, bar + layer.bars))


def _close(core: Core, layer: Layer) -> None:
    begin, end = layer.record_beat, layer.change_beat
    if clips.is_sound(core, layer.seat):
        take = clips.cut_sound(core, begin, end, layer.bars)
    else:
        take = cut(core, layer.seat, begin, end, layer.bars)
    frame = core.frame_at(layer.change_beat)
    if take.empty:
        _stay_empty(core, layer)
        return
    layer = push_take(core, layer, take)
    core.mark(frame, "take", core.layer_name(layer), layer.seat)
    if layer.stops:
        core.change_layer(layer, phase="muted", change="", stops=False)
        return
    begin = layer.change_beat
    layer = core.change_layer(layer, phase="playing", change="")
    # A late press closed it behind us: what began since is caught up with. What is older is
    # still in the player's hands and must not sound twice.
    playback.start(core, layer, end, take_up_beats=math.inf)


def _stay_empty(core: Core, layer: Layer) -> None:
    core.say(f"Nothing was played for {core.layer_name(layer)}, so it stays empty.")
    settle(core, layer, layer.cursor)


def settle(core: Core, layer: Layer, cursor: int) -> None:
    """Let the layer hold take `cursor`, sounding if it should; drop whatever was under way."""
    empty = layer.phase in ("empty", "armed", "recording")
    rests = layer.rests if empty else layer.phase == "muted"
    layer = core.change_layer(layer, cursor=cursor, change="", phase="empty", rests=rests)
    playback.stop(core, layer, core.state.frame)
    if layer.content.empty:
        solos.end_solo(core, layer.id)
        return
    layer = core.change_layer(layer, phase="muted" if rests else "playing")
    if layer.phase == "playing":
        playback.start(core, layer, core.beat)


def pass_end(core: Core, take: Content) -> float:
    """The beat at which the pass that is sounding now ends."""
    passes = math.floor((core.beat - take.anchor_beat) / take.length_beats)
    end = take.anchor_beat + passes * take.length_beats
    while frame_at_beat(core.state.tempo_map, end) <= core.state.frame:
        end += take.length_beats
    return end


def end_pass(core: Core, layer: Layer) -> None:
    """An overdub's pass ended: what was added sounds from the next pass on."""
    end = layer.dub_end + layer.content.length_beats
    layer = add_dub(core, layer, layer.dub_end)
    core.change_layer(layer, dub_end=end)
    core.plan(end, DUB_PASS, layer.id)


def end_overdub(core: Core, layer: Layer) -> Layer:
    """Stop adding; what this pass brought so far stays."""
    layer = add_dub(core, layer, core.beat)
    return core.change_layer(layer, phase="playing")


def add_dub(core: Core, layer: Layer, to_beat: float) -> Layer:
    """Put what was played since the overdub last listened into its take."""
    if layer.content.clip is not None:
        take = clips.dub_sound(core, layer, to_beat)
    else:
        take = cut_into(core, layer.seat, layer.content, layer.dub_beat, to_beat)
    return core.change_layer(put_dub(core, layer, take), dub_beat=to_beat)
