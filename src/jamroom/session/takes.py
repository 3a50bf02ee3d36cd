"""The takes of a layer: each is a whole content, and undo moves a cursor over them.

An overdub is one gesture and one take, however many passes it goes on for: the first pass that
brings something pushes the take, and later passes replace it. So what a layer holds grows with
what was played and not with time, and one undo takes back what one press of a button began.
"""

from __future__ import annotations

import msgspec

from jamroom.session import playback
from jamroom.session.core import Core
from jamroom.session.history import MOST_LOOP_NOTES
from jamroom.session.state import Content, Layer

MOST_TAKES = 64
"""What a layer can undo; the oldest takes beyond are forgotten."""


def push_take(core: Core, layer: Layer, take: Content) -> Layer:
    """Add a take after the cursor; what had been undone is given up."""
    _say_when_full(core, layer, take)
    takes = (*layer.takes[: layer.cursor], core.numbered(take, layer))[-MOST_TAKES:]
    return core.change_layer(layer, takes=takes, cursor=len(takes), rests=False)


def replace_take(core: Core, layer: Layer, take: Content) -> Layer:
    """Let the take at the cursor hold something else, under its own number; the others stay."""
    _say_when_full(core, layer, take)
    take = msgspec.structs.replace(take, id=layer.content.id)
    takes = (*layer.takes[: layer.cursor - 1], take, *layer.takes[layer.cursor :])
    return core.change_layer(layer, takes=takes)


def put_dub(core: Core, layer: Layer, take: Content) -> Layer:
    """Make `take` the one take of the running overdub; nothing happens if nothing was added."""
    if take is layer.content:
        return layer
    layer = replace_take(core, layer, take) if layer.dub_took else push_take(core, layer, take)
    playback.start(core, layer)
    return core.change_layer(layer, dub_took=True)


def say_full(core: Core, layer: Layer) -> None:
    """Tell the player that nothing more can be added to a layer."""
    name = core.layer_name(layer)
    core.say(f"{name} is full with {MOST_LOOP_NOTES} notes: more is heard but not added to it.")


def _say_when_full(core: Core, layer: Layer, take: Content) -> None:
    if len(layer.content.notes) < MOST_LOOP_NOTES <= len(take.notes):
        say_full(core, layer)
