"""Notes that were seen before a take closed and told after.

A driver's stamp is a few milliseconds old when the room hears of it, and a loop may have closed in
between. Players aim at just that moment, so such a note must not be lost.
"""

from __future__ import annotations

from jamroom.session import playback
from jamroom.session.core import Core
from jamroom.session.history import ANTICIPATED_BEATS, EARLY_BEATS, cut_into
from jamroom.session.state import SLOTS, Content, Layer, PastNote, layer_id
from jamroom.session.takes import put_dub, replace_take

_HAIR_BEATS = 1e-6


def catch_late(core: Core, seat: int, note: PastNote) -> None:
    """Put a note into the takes that closed after it was played and before it was told."""
    for slot in range(SLOTS):
        layer = core.state.layers.get(layer_id(seat, slot))
        if layer is None or not layer.sounds:
            continue
        of_dub = _has_passed(layer)
        if layer.content.remade and not of_dub:
            continue  # where it ends is not where the recording ended
        closed, take = _closed_at(layer, of_dub), layer.content
        if note.start_beat < closed <= core.beat and not _anticipates(take, note, closed):
            take = cut_into(core, seat, take, note.start_beat, closed)
            if of_dub:
                put_dub(core, layer, take)
            else:
                playback.start(core, replace_take(core, layer, take))


def _has_passed(layer: Layer) -> bool:
    """True for an overdub in its second pass or later."""
    whole = abs(layer.dub_end - layer.dub_beat - layer.content.length_beats) < _HAIR_BEATS
    return layer.phase == "overdubbing" and whole


def _closed_at(layer: Layer, of_dub: bool) -> float:
    """The end of what was recorded, or of an overdub's last pass. Often long ago."""
    take = layer.content
    return layer.dub_beat if of_dub else take.anchor_beat + take.length_beats


def _anticipates(take: Content, note: PastNote, closed: float) -> bool:
    """True for the next downbeat played early, when the loop's start has it already."""
    pitch = (note.note, note.cents)
    before_end = closed - note.start_beat
    near = ANTICIPATED_BEATS if before_end < ANTICIPATED_BEATS else 0.0
    starts = any(n.start_beat <= near and (n.note, n.cents) == pitch for n in take.notes)
    return starts and before_end <= EARLY_BEATS
