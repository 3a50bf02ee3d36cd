"""Several layers at once: groups, everything on, everything off."""

from __future__ import annotations

import msgspec

from jamroom.clocks import beat_of_bar
from jamroom.session import free_loop
from jamroom.session.core import Core
from jamroom.session.events import AllPlayed, AllStopped, AnyEvent, GroupPressed, LayerGrouped
from jamroom.session.loops import bar_near, close_at, end_overdub, launch_beat, queue, settle
from jamroom.session.state import Change, Layer, PlannedKeep, State


def group(core: Core, event: LayerGrouped) -> None:
    """Put a layer into a group, or out of any (0)."""
    core.change_layer(core.layer(event.seat, event.slot), group=event.group)


def press_group(core: Core, event: GroupPressed) -> None:
    """All of it mutes if any of it plays or is about to, else all of it plays."""
    layers = [x for x in core.state.layers.values() if x.group == event.group and _filled(x)]
    if not layers:
        core.say(f"Nothing is in group {event.group} yet.")
        return
    plays = _would_play(layers) if event.plays is None else event.plays
    change: Change = "play" if plays else "mute"
    for layer in layers:
        _let(core, layer, change, launch_beat(core, layer, event.frame))


def resolved(state: State, request: AnyEvent) -> AnyEvent:
    """What a group's button means just now; any other request as it is."""
    if not isinstance(request, GroupPressed):
        return request
    layers = [x for x in state.layers.values() if x.group == request.group and _filled(x)]
    return msgspec.structs.replace(request, plays=_would_play(layers))


def _would_play(layers: list[Layer]) -> bool:
    return not any(_will_play(layer) for layer in layers)


def play_all(core: Core, event: AllPlayed) -> None:
    """Every loop that rests plays again, by the room's grid."""
    for layer in list(core.state.layers.values()):
        if _filled(layer):
            _let(core, layer, "play", launch_beat(core, layer, event.frame))
        elif layer.stops:
            core.change_layer(layer, stops=False)


def stop_all(core: Core, event: AllStopped) -> None:
    """From the bar line on everything rests, and what is under way is not lost.

    A take that is being recorded ends with that bar (or with its first one), and waits muted. An
    armed one is given up, and so is a free first loop, which has no bars yet.
    """
    state = core.state
    bar = bar_near(core, event.frame)
    line = beat_of_bar(state.tempo_map, bar)
    state.recalled_scene, state.recalled_layers = 0, {}
    state.keeps = [_resting(keep) for keep in state.keeps]
    for layer in list(state.layers.values()):
        if layer.phase == "armed" or free_loop.is_free(layer):
            settle(core, layer, layer.cursor)
        elif layer.phase == "recording":
            close_at(core, core.change_layer(layer, stops=True), bar)
        elif _filled(layer):
            _let(core, layer, "mute", line)


def _resting(keep: PlannedKeep) -> PlannedKeep:
    return msgspec.structs.replace(keep, rests=True)


def _filled(layer: Layer) -> bool:
    return layer.phase in ("playing", "muted", "overdubbing")


def _will_play(layer: Layer) -> bool:
    return layer.change == "play" if layer.phase == "muted" else layer.change != "mute"


def _let(core: Core, layer: Layer, change: Change, beat: float) -> None:
    if (change == "play") == (layer.phase != "muted"):
        core.change_layer(layer, change="")  # it does already: let it stay so
        return
    if layer.phase == "overdubbing":
        layer = end_overdub(core, layer)
    queue(core, layer, change, beat)
