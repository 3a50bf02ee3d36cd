"""The handler of LayerShaped: a loop is to sound otherwise, at once and in phase.

Notes that sound end where they were to end; from now on the new shape begins the others.
"""

from __future__ import annotations

from jamroom.session import playback
from jamroom.session.core import Core
from jamroom.session.loop_events import LayerShaped
from jamroom.session.loops import end_overdub
from jamroom.session.shapes import Unshaped, shaped
from jamroom.session.takes import push_take

_OF_PITCH = ("transpose", "follow")


def shape(core: Core, event: LayerShaped) -> None:
    """Push the shaped loop as a new take; say so where it cannot be done."""
    layer = core.layer(event.seat, event.slot)
    if layer.content.empty:
        return
    if layer.phase == "overdubbing":
        layer = end_overdub(core, layer)
    seat = core.state.seats.get(event.seat)
    if event.shaping in _OF_PITCH and seat is not None and seat.keymap == "drums":
        core.say("Drums keep their places: they have no degrees to move by.")
        return
    try:
        take = shaped(layer.content, event.shaping, event.amount, core.state.palette)
    except Unshaped as why:
        core.say(str(why))
        return
    if take == layer.content:
        return
    layer = push_take(core, layer, take)
    if layer.sounds:
        playback.start(core, layer)
