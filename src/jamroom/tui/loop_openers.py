"""What opens over the board for loops: how they sound, their groups, earlier moments, lengths."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jamroom.session.events import (
    NOW,
    LayerGrouped,
    LayerShaped,
    LoopBarsChosen,
    Request,
    SceneKept,
    SceneRecalled,
    Shaping,
)
from jamroom.tui import choices
from jamroom.tui.actions import GROUPS
from jamroom.tui.choosers import NAME_IT, SceneChooser
from jamroom.tui.entries import NameEntry
from jamroom.tui.opening_lists import open_list, seat_or_word

if TYPE_CHECKING:
    from jamroom.tui.app import Console

_SCENE_KEYS = "Enter go back   N name this   Esc"
_SHAPINGS: dict[str, Shaping] = {
    "half": "half",
    "double": "double",
    "reverse": "reverse",
    "shift": "shift",
    "transpose": "transpose",
    "follow": "follow",
    "tighten": "tighten",
}


def choose_shape(console: Console) -> None:
    """What the selected loop is to sound like."""
    scene, seat = console.scene, seat_or_word(console)
    if scene is None or seat is None:
        return
    layer, number = scene.layer, seat.seat
    if not layer.bars:
        console.told.add("That layer is empty: there is nothing to change yet.")
        return

    if layer.audio:
        console.told.add("Recorded sound stays as it was; only loops of notes can be changed.")
        return

    def make(answer: str) -> Request:
        shaping, amount = answer.split(" ")
        return LayerShaped(NOW, number, layer.slot, _SHAPINGS[shaping], float(amount))

    now = f" It is {layer.shaping}." if layer.shaping else ""
    title = f"Change layer {layer.slot + 1} of {seat.badge}; undo brings it back.{now}"
    open_list(console, title, choices.shape_choices(layer), "", make)


def choose_group(console: Console) -> None:
    """The group of the selected loop."""
    scene, seat = console.scene, seat_or_word(console)
    if scene is None or seat is None:
        return
    number, slot = seat.seat, scene.slot
    lines = choices.group_choices(scene.snapshot, GROUPS)
    open_list(
        console, f"A group for layer {slot + 1} of {seat.badge}", lines, str(scene.layer.group),
        lambda answer: LayerGrouped(NOW, number, slot, int(answer)),
    )  # fmt: skip


def choose_scene(console: Console) -> None:
    """An earlier moment; or a name for this one."""
    if console.snapshot is None:
        return
    scenes = console.snapshot.scenes
    if not scenes:
        console.told.add("There is no earlier moment yet: they come with the loops.")
        return

    def take(answer: str | None) -> None:
        if answer == NAME_IT:
            name_scene(console)
        elif answer is not None:
            console.ask(SceneRecalled(NOW, int(answer)))

    now = next((str(s.scene) for s in reversed(scenes) if s.playing), "")
    lines = choices.scene_choices(console.snapshot)
    console.open_over(SceneChooser("Go back to", lines, now, _SCENE_KEYS), take)


def name_scene(console: Console) -> None:
    """A name for what plays now."""

    def take(answer: str | None) -> None:
        if answer is not None:
            console.ask(SceneKept(NOW, answer))

    console.open_over(NameEntry(), take)


def choose_loop_bars(console: Console) -> None:
    """How long new loops are."""
    if console.snapshot is not None:
        current = str(console.snapshot.loop_bars)
        open_list(
            console, "How long are new loops?", choices.loop_bars_choices(), current,
            lambda answer: LoopBarsChosen(NOW, console.asked.ask("loop bars", int(answer))),
        )  # fmt: skip


LOOP_OPENERS: dict[str, Callable[[Console], None]] = {
    "choose_shape": choose_shape,
    "choose_group": choose_group,
    "choose_scene": choose_scene,
    "name_scene": name_scene,
    "choose_loop_bars": choose_loop_bars,
}
