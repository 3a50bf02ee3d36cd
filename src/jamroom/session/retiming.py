"""Time rewritten: what lay on a beat of the old tempo map lies on that of the new one.

Frames are what happened; beats are how they are read. So everything that was played keeps its
frame. What was to happen on a bar line happens on the next one there is now.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec

from jamroom.clocks import TempoMap, bar_line_after, beat_at_frame, segment_at_beat
from jamroom.session.core import Core
from jamroom.session.planning import plan_all
from jamroom.session.state import Past

Moved = Callable[[float], float]


def retime(core: Core, new: TempoMap, since_beat: float) -> None:
    """Give the session another tempo map, which is the old one up to `since_beat`."""
    state, old = core.state, core.state.tempo_map

    def moved(beat: float) -> float:
        if beat <= since_beat:
            return beat
        here = segment_at_beat(old, beat)
        return beat_at_frame(new, here.frame + (beat - here.beat) * here.frames_per_beat)

    state.tempo_map = new
    for past in state.past.values():
        _move_past(past, moved)
    state.hanging = {origin: moved(beat) for origin, beat in state.hanging.items()}
    state.past_palettes = [(moved(beat), palette) for beat, palette in state.past_palettes]
    state.scenes = [
        msgspec.structs.replace(scene, at_beat=moved(scene.at_beat)) for scene in state.scenes
    ]
    for sounding in state.sounding.values():
        if sounding.off_beat is not None:
            sounding.off_beat = moved(sounding.off_beat)
    line = bar_line_after(new, state.frame)
    state.next_palette_beat = state.recall_beat = line
    _move_layers(core, moved, line)
    plan_all(core)


def _move_past(past: Past, moved: Moved) -> None:
    for note in past.notes:
        note.start_beat = moved(note.start_beat)
        if note.end_beat is not None:
            note.end_beat = moved(note.end_beat)
    past.turns = [
        msgspec.structs.replace(turn, start_beat=moved(turn.start_beat)) for turn in past.turns
    ]


def _move_layers(core: Core, moved: Moved, line: float) -> None:
    # Loops hang on bar lines, and those have the beats they had: anchors stay.
    for layer in list(core.state.layers.values()):
        end, length = layer.dub_end, layer.content.length_beats
        if layer.phase == "overdubbing":
            passes = math.floor((core.beat - layer.content.anchor_beat) / length) + 1
            end = layer.content.anchor_beat + passes * length
        core.change_layer(
            layer,
            change_beat=line if layer.change else layer.change_beat,
            record_beat=moved(layer.record_beat),
            dub_beat=moved(layer.dub_beat),
            dub_end=end,
        )
