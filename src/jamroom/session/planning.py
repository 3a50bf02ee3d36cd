"""The agenda, made anew from the state: for a session taken up, or when its tempo is rewritten."""

from __future__ import annotations

from jamroom.session import playback
from jamroom.session.core import CHANGE, DUB_PASS, KEEP, NOTE_OFF, PALETTE, SCENE, TEMPO, Core


def plan_all(core: Core) -> None:
    """Put everything on the agenda that is due by the state, and nothing else."""
    state = core.state
    core.agenda.clear()
    for segment in state.tempo_map.segments:
        if segment.beat > state.tempo_mark_beat:
            core.plan(segment.beat, TEMPO, 0)
    if state.next_palette is not None:
        core.plan(state.next_palette_beat, PALETTE, 0)
    if state.recalled_scene:
        core.plan(state.recall_beat, SCENE, 0)
    for planned in state.keeps:
        core.plan(planned.at_beat, KEEP, 0)
    for voice, sounding in state.sounding.items():
        if sounding.off_beat is not None:
            core.plan(sounding.off_beat, NOTE_OFF, voice)
    for layer in state.layers.values():
        if layer.change:
            core.plan(layer.change_beat, CHANGE, layer.id)
        if layer.phase == "overdubbing":
            core.plan(layer.dub_end, DUB_PASS, layer.id)
        if layer.sounds:
            playback.plan_first(core, layer, layer.content)


def number_takes(core: Core) -> None:
    """Give numbers to the takes of a session that was kept before takes had any."""
    for layer in list(core.state.layers.values()):
        if any(not take.id and not take.empty for take in layer.takes):
            takes = (take if take.id else core.numbered(take, layer) for take in layer.takes)
            core.change_layer(layer, takes=tuple(takes))
    core.playing_changed = False
