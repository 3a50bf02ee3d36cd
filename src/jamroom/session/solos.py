"""Solo: some loops are heard alone. The others go on silently, in phase."""

from __future__ import annotations

from jamroom.session import playback
from jamroom.session.core import Core
from jamroom.session.events import LayerSoloed
from jamroom.session.state import SLOTS, State, layer_id


def is_heard(state: State, number: int) -> bool:
    """True unless other layers are solo and this one is not."""
    return not state.solos or number in state.solos


def solo(core: Core, event: LayerSoloed) -> None:
    """Hear this loop alone, or no longer; slot -1 is all that the seat has."""
    slots = range(SLOTS) if event.slot == -1 else (event.slot,)
    filled = [slot for slot in slots if not core.layer(event.seat, slot).content.empty]
    numbers = [layer_id(event.seat, slot) for slot in filled]
    if not numbers:
        core.say("There is no loop to be heard alone.")
        return
    solos = core.state.solos
    if all(number in solos for number in numbers):
        hear_only(core, [number for number in solos if number not in numbers])
    else:
        hear_only(core, sorted({*solos, *numbers}))


def hear_only(core: Core, solos: list[int]) -> None:
    """Make these the layers that are heard alone; none: all are heard."""
    state = core.state
    before = {number for number in state.layers if is_heard(state, number)}
    state.solos = solos
    for layer in list(state.layers.values()):
        heard = is_heard(state, layer.id)
        if heard == (layer.id in before) or not layer.sounds:
            continue
        if heard:
            playback.start(core, layer, core.beat)
        else:
            core.hush_layer(layer.id, state.frame)


def end_solo(core: Core, number: int) -> None:
    """A layer that holds nothing any more keeps nobody else silent."""
    if number in core.state.solos:
        hear_only(core, [one for one in core.state.solos if one != number])
