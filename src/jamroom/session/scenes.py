"""Scenes: what played at a moment, so that one can go back to it.

Every change of what plays is kept by itself; changes within one bar are one moment, and a moment
that comes again is the same one. The newest without a name are remembered, and those with one.
Going back moves each layer to the take it played then, as undo would, so nothing is lost by it.
"""

from __future__ import annotations

import msgspec

from jamroom.clocks import bar_at_frame, beat_of_bar, frame_at_beat
from jamroom.session import playback
from jamroom.session.core import SCENE, Core
from jamroom.session.events import AnyEvent, SceneKept, SceneRecalled
from jamroom.session.loops import bar_near, end_overdub
from jamroom.session.state import Layer, Scene, State

MOST_UNNAMED = 24
MOST_NAMED = 16


def watch(core: Core) -> None:
    """Keep the present moment if what plays has changed. Called after everything that happens."""
    core.playing_changed = False
    layers, state = playing(core), core.state
    if any(scene.layers == layers for scene in state.scenes[-1:]):
        return
    passing = _of_this_bar(core)
    if passing is not None:
        state.scenes = [scene for scene in state.scenes if scene is not passing]
    same = next((scene for scene in state.scenes if scene.layers == layers), None)
    if same is None:
        if layers:
            number = passing.id if passing else state.next_scene
            _add(core, Scene(number, "", core.beat, layers))
    elif not same.name:
        state.scenes = [*(scene for scene in state.scenes if scene is not same), same]


def _of_this_bar(core: Core) -> Scene | None:
    """The moment that began in this bar; if the bar brings another, it was but a passing one."""
    last = next((scene for scene in reversed(core.state.scenes) if not scene.name), None)
    return last if last and _bar(core, last.at_beat) == _bar(core, core.beat) else None


def playing(core: Core) -> dict[int, int]:
    """The take of each layer that sounds."""
    layers = (layer for layer in core.state.layers.values() if layer.sounds)
    return {layer.id: layer.content.id for layer in sorted(layers, key=lambda layer: layer.id)}


def _bar(core: Core, beat: float) -> int:
    tempo_map = core.state.tempo_map
    return bar_at_frame(tempo_map, frame_at_beat(tempo_map, beat)).bar


def _add(core: Core, scene: Scene) -> None:
    state = core.state
    state.next_scene = max(state.next_scene, scene.id + 1)
    scenes = [*state.scenes, scene]
    for named, most in ((False, MOST_UNNAMED), (True, MOST_NAMED)):
        alike = [one for one in scenes if bool(one.name) == named]
        forgotten = {one.id for one in alike[:-most]}
        scenes = [one for one in scenes if one.id not in forgotten]
    state.scenes = scenes


def keep(core: Core, event: SceneKept) -> None:
    """What plays now gets a name."""
    state, layers = core.state, playing(core)
    if not layers:
        core.say("Nothing is playing, so there is no scene to keep.")
        return
    same = next((scene for scene in state.scenes if scene.layers == layers), None)
    number = same.id if same else state.next_scene
    name = event.name or f"scene {number}"
    if same is not None:
        state.scenes = [scene for scene in state.scenes if scene is not same]
    at_beat = same.at_beat if same else core.beat
    _add(core, Scene(number, name, at_beat, layers))
    core.say(f"Kept as {name}.")


# -- going back ------------------------------------------------------------------------------


def resolved(state: State, request: AnyEvent) -> AnyEvent:
    """Going back to a scene, with what it holds; any other request as it is."""
    if not isinstance(request, SceneRecalled):
        return request
    scene = next(one for one in state.scenes if one.id == request.scene)
    return msgspec.structs.replace(request, layers=tuple(scene.layers.items()))


def recall(core: Core, event: SceneRecalled) -> None:
    """At the bar line that comes, or that just went by."""
    state = core.state
    state.recalled_scene, state.recalled_layers = event.scene, dict(event.layers)
    state.recall_beat = beat_of_bar(state.tempo_map, bar_near(core, event.frame))
    if frame_at_beat(state.tempo_map, state.recall_beat) <= state.frame:
        perform(core, state.recall_beat)
    else:
        core.plan(state.recall_beat, SCENE, 0)


def perform(core: Core, beat: float) -> None:
    """The bar line came: what played then plays, the rest rests."""
    state = core.state
    number, layers = state.recalled_scene, state.recalled_layers
    if not number or beat != state.recall_beat:
        return
    state.recalled_scene, state.recalled_layers = 0, {}
    name = next((scene.name for scene in state.scenes if scene.id == number), "")
    lost = []
    for layer in list(state.layers.values()):
        if layer.phase == "overdubbing":
            layer = end_overdub(core, layer)
        take = layers.get(layer.id)
        if take is None:
            _rest(core, layer, beat)
        elif not _play(core, layer, take, beat):
            lost.append(core.layer_name(layer))
    core.mark(core.frame_at(beat), "launch", name or "an earlier moment")
    if lost:
        core.say(f"What {', '.join(lost)} played then is forgotten; the rest is as it was.")


def _rest(core: Core, layer: Layer, beat: float) -> None:
    if layer.sounds or layer.change == "play":
        layer = core.change_layer(layer, phase="muted", change="")
        playback.stop(core, layer, core.frame_at(beat))


def _play(core: Core, layer: Layer, take: int, beat: float) -> bool:
    """Let a layer play one of its takes; False if it has that no more."""
    places = [n for n, one in enumerate(layer.takes) if one.id == take and not one.empty]
    if not places:
        _rest(core, layer, beat)
        return False
    if layer.phase in ("armed", "recording"):
        return True  # it is being played anew just now, and that is not given up
    if layer.sounds and layer.content.id == take:
        core.change_layer(layer, change="")
        return True
    playback.stop(core, layer, core.frame_at(beat))
    layer = core.change_layer(layer, cursor=places[-1] + 1, phase="playing", change="", rests=False)
    playback.start(core, layer, beat)
    return True
