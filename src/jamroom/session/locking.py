"""The performance lock: what is refused while it is on."""

from __future__ import annotations

from jamroom.session import events as ev
from jamroom.session.state import State, layer_id

_ALWAYS = (
    ev.LayerCleared,
    ev.LayerUndone,
    ev.LayerRedone,
    ev.LayerShaped,
    ev.LayerOverdubbed,
    ev.InputChosen,
    ev.SeatsSwapped,
    ev.KeyboardSplit,
)


def destroys(state: State, request: ev.AnyEvent) -> bool:
    """True for what could lose or change something that was made. Silence is never refused."""
    if isinstance(request, ev.LayerOverdubbed):
        layer = state.layers.get(layer_id(request.seat, request.slot))
        return layer is not None and not layer.content.empty
    return isinstance(request, _ALWAYS)
