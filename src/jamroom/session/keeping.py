"""Keep that: the last bars of somebody, or of everybody, become layers. Nothing was ever armed.

People say it when the phrase is over, a little early or a little late. So whoever asks in the
second half of a bar in which somebody played means that bar too, and gets it at the bar line;
in the first half they mean the bars before.
"""

from __future__ import annotations

import msgspec

from jamroom.clocks import bar_at_frame, beat_of_bar
from jamroom.session import clips
from jamroom.session.core import KEEP, Core
from jamroom.session.events import EVERYBODY, AnyEvent, Kept
from jamroom.session.history import cut
from jamroom.session.loops import settle
from jamroom.session.state import SLOTS, Content, Layer, PlannedKeep, State
from jamroom.session.takes import push_take


def keep_that(core: Core, event: Kept) -> None:
    """Keep now, or at the bar line that comes."""
    tempo_map = core.state.tempo_map
    bar = bar_at_frame(tempo_map, event.frame).bar
    if _waits(core, event) if event.waits is None else event.waits:
        coming = beat_of_bar(tempo_map, bar + 1)
        plan_keep(core, PlannedKeep(coming, bar + 1 - event.bars, event.seat, event.bars))
        return
    line, earlier = beat_of_bar(tempo_map, bar), beat_of_bar(tempo_map, bar - event.bars)
    seats = _seats(core, event.seat)
    _keep(core, seats, earlier, line, PlannedKeep(line, 0, event.seat, event.bars))


def resolved(state: State, request: AnyEvent) -> AnyEvent:
    """*Keep that* of everybody with what it means just now; any other request as it is."""
    if not isinstance(request, Kept) or request.seat != EVERYBODY:
        return request
    return msgspec.structs.replace(request, waits=_waits(Core(state), request))


def _waits(core: Core, event: Kept) -> bool:
    """True when this bar is meant too, which is not over yet."""
    tempo_map = core.state.tempo_map
    bar = bar_at_frame(tempo_map, event.frame).bar
    line, coming = beat_of_bar(tempo_map, bar), beat_of_bar(tempo_map, bar + 1)
    earlier = beat_of_bar(tempo_map, bar - event.bars)
    seats = _seats(core, event.seat)
    if not _anybody_played(core, seats, line, coming):
        return False
    late_in_it = core.beat_at(event.frame) - line >= (coming - line) / 2
    return late_in_it or not _anybody_played(core, seats, earlier, line)


def plan_keep(core: Core, planned: PlannedKeep) -> None:
    """Keep when the bar line comes; asked twice for the same, once."""
    if planned not in core.state.keeps:
        core.state.keeps.append(planned)
        core.plan(planned.at_beat, KEEP, 0)
        core.say("Keeping that at the bar line.")


def keep_planned(core: Core, beat: float) -> None:
    """The bar line came."""
    due = [planned for planned in core.state.keeps if planned.at_beat == beat]
    core.state.keeps = [planned for planned in core.state.keeps if planned.at_beat != beat]
    for planned in due:
        first = beat_of_bar(core.state.tempo_map, planned.first_bar)
        _keep(core, _seats(core, planned.seat), first, beat, planned)


def _seats(core: Core, seat: int) -> list[int]:
    return sorted(core.state.seats) if seat == EVERYBODY else [seat]


def _anybody_played(core: Core, seats: list[int], from_beat: float, to_beat: float) -> bool:
    if len(seats) == 1 and clips.listens(core, seats[0], from_beat):
        return True
    pasts = (core.state.past[seat] for seat in seats if seat in core.state.past)
    return any(from_beat <= note.start_beat < to_beat for past in pasts for note in past.notes)


def _keep(
    core: Core, seats: list[int], from_beat: float, to_beat: float, planned: PlannedKeep
) -> None:
    bars = planned.bars
    asked = planned.seat != EVERYBODY
    takes = {
        seat: clips.keep_sound(core, seat, from_beat, to_beat, bars, asked)
        if clips.is_sound(core, seat)
        else cut(core, seat, from_beat, to_beat, bars)
        for seat in seats
    }
    kept, known = [], []
    for seat, take in takes.items():
        if take.empty:
            continue
        same = _layer_that_has(core, seat, take)
        if same is not None:
            known.append(core.layer_name(same))
        elif (layer := _into_free_slot(core, seat, take, planned.rests)) is not None:
            kept.append(core.layer_name(layer))
    if kept:
        core.say(f"Kept: {', '.join(kept)}.")
    elif known:
        core.say(f"That is kept already: {', '.join(known)}.")
    elif all(take.empty for take in takes.values()):
        there = "bar" if bars == 1 else f"{bars} bars"
        core.say(f"Nobody played in the last {there}, so there is nothing to keep.")


def _layer_that_has(core: Core, seat: int, take: Content) -> Layer | None:
    """The layer that holds the very same: a key that repeats must not stack copies."""
    origins = [note.origin for note in take.notes]
    for layer in (core.layer(seat, slot) for slot in range(SLOTS)):
        there = layer.content
        same = [n.origin for n in there.notes] == origins and there.clip == take.clip
        if same:
            return layer
    return None


def _into_free_slot(core: Core, seat: int, take: Content, rests: bool) -> Layer | None:
    layers = (core.layer(seat, slot) for slot in range(SLOTS))
    free = [layer for layer in layers if layer.phase == "empty"]
    if not free:
        core.say(f"All {SLOTS} layers of {core.layer_name(core.layer(seat, 0))[:-2]} are in use.")
        return None
    # One that never held anything first: elsewhere something could still be brought back.
    layer = push_take(core, min(free, key=lambda layer: bool(layer.takes)), take)
    if rests:
        layer = core.change_layer(layer, rests=True)
    settle(core, layer, layer.cursor)
    core.mark(core.state.frame, "take", f"kept {core.layer_name(layer)}", seat)
    return layer
