"""What was played lately, and how a stretch of it becomes a loop.

Recording and *keep that* are the same cut through this history, so a loop never depends on
having been armed.
"""

from __future__ import annotations

import math

import msgspec

from jamroom.music.palette import Palette
from jamroom.session.core import Core
from jamroom.session.hearing import heard
from jamroom.session.state import Content, LoopNote, LoopTurn, Past, PastNote
from jamroom.session.turns import FINEST_BEATS, turns_between, turns_of_notes

EARLY_BEATS = 0.25
"""A sixteenth: a note this much before the loop belongs to its start."""

ANTICIPATED_BEATS = 1 / 16
"""A note this close before the end, with the same note on the start, is the next downbeat."""

SHORTEST_BEATS = 1 / 64
ALIKE_BEATS = 1 / 64
"""The same pitch this near to one that is there already is that note played again."""

MOST_LOOP_NOTES = 2048
"""What a take holds at most; the newest notes beyond are left out."""

_KEEP_BARS = 65  # the longest loop, and the bar that goes on
_MOST_NOTES = 4096
_TIDY_EVERY = 512
_MOST_TURNS = 8192
_MOVE_AT_ONCE = 24  # ten fingers bend and press, and the wheel turns
_ASTRAY_BEATS = 8.0
"""Drivers tell a little late, and not all equally: what was played is in order but for this."""


def remember_note(core: Core, seat: int, note: PastNote) -> None:
    """Add a note that begins now, and forget what no *keep that* can reach any more."""
    past = core.state.past.setdefault(seat, Past())
    past.notes.append(note)
    if len(past.notes) % _TIDY_EVERY == 0:
        forget_old(core, past)


def remember_turn(core: Core, seat: int, turn: LoopTurn) -> None:
    """Add a movement of wheel or pressure; what comes faster than FINEST_BEATS is thinned."""
    past = core.state.past.setdefault(seat, Past())
    turns = past.turns
    # The last of its kind is among the last few, as many as move at once, or it is long ago.
    for index in range(len(turns) - 1, max(-1, len(turns) - _MOVE_AT_ONCE - 1), -1):
        last = turns[index]
        if last.kind == turn.kind and last.origin == turn.origin:
            if turn.start_beat - last.start_beat < FINEST_BEATS:
                turns[index] = msgspec.structs.replace(last, value=turn.value)
                return
            break
    turns.append(turn)
    if len(turns) > _MOST_TURNS:
        forget_old(core, past)


def forget_old(core: Core, past: Past) -> None:
    """Drop what is older than the longest loop and any take under way, and more than a bound."""
    bar = core.state.tempo_map.last.meter.beats_per_bar
    oldest = core.beat - _KEEP_BARS * max(bar, 4.0)
    for layer in core.state.layers.values():
        if layer.phase == "recording":  # a free one may take longer
            oldest = min(oldest, layer.record_beat - 1.0)
    past.notes = [n for n in past.notes if n.end_beat is None or n.end_beat >= oldest]
    past.notes = past.notes[-_MOST_NOTES:]
    in_force = {t.kind: t for t in past.turns if t.start_beat < oldest and not t.origin}
    recent = [t for t in past.turns if t.start_beat >= oldest]
    in_order = sorted(in_force.values(), key=lambda t: t.start_beat)
    past.turns = [*in_order, *recent[-_MOST_TURNS * 3 // 4 :]]


def notes_between(past: Past, from_beat: float, to_beat: float) -> list[PastNote]:
    """The notes that began from one beat to another, without looking through all the rest."""
    caught = []
    for note in reversed(past.notes):
        if note.start_beat < from_beat - _ASTRAY_BEATS:
            break
        if from_beat <= note.start_beat < to_beat:
            caught.append(note)
    return caught[::-1]


def palette_at(core: Core, beat: float) -> Palette:
    """The palette that was in force at a beat, as far as that is remembered."""
    known = core.state.past_palettes
    return next((p for since, p in reversed(known) if since <= beat + 1e-6), core.state.palette)


def end_note(core: Core, seat: int, origin: int, end_beat: float) -> None:
    """A live note ended: close it in the history and in the loops that caught it held."""
    past = core.state.past.get(seat)
    if past is None:
        return
    for note in reversed(past.notes):
        if note.origin == origin:
            note.end_beat = max(end_beat, note.start_beat + SHORTEST_BEATS)
            break
    onset = core.state.hanging.pop(origin, None)
    if onset is not None:
        _settle_length(core, seat, origin, end_beat - onset)


def _settle_length(core: Core, seat: int, origin: int, length_beats: float) -> None:
    for layer in list(core.state.layers.values()):
        if layer.seat == seat:
            takes = tuple(_settled(take, origin, length_beats) for take in layer.takes)
            if any(new is not old for new, old in zip(takes, layer.takes, strict=True)):
                core.change_layer(layer, takes=takes)


def _settled(take: Content, origin: int, length_beats: float) -> Content:
    if all(note.origin != origin for note in take.notes):
        return take
    length = min(max(length_beats, SHORTEST_BEATS), take.length_beats)
    notes = tuple(
        msgspec.structs.replace(note, length_beats=length) if note.origin == origin else note
        for note in take.notes
    )
    return msgspec.structs.replace(take, notes=notes)


def cut(core: Core, seat: int, from_beat: float, to_beat: float, bars: int) -> Content:
    """What a seat played from one beat to another, as a loop of that length.

    The seam rules of music.md: a note up to a sixteenth early belongs to the start; a note still
    held gets the loop's whole length until its release is known; bend and pressure start from
    what was in force. A player who goes on into the next pass and anticipates its downbeat would
    have that downbeat twice, a flam at every seam: the one before the end is left out.
    """
    past = core.state.past.get(seat, Past())
    length = to_beat - from_beat
    caught = notes_between(past, from_beat - EARLY_BEATS, to_beat)
    kept = [n for n in caught if not _is_next_downbeat(n, caught, from_beat, to_beat)]
    kept = kept[:MOST_LOOP_NOTES]
    if not kept:
        return Content(bars, length, from_beat)
    notes = _loop_notes(core, kept, from_beat, length)
    own = turns_of_notes(past, kept, from_beat, length)
    turns = _in_order((*turns_between(past, from_beat, to_beat), *own))
    palette = palette_at(core, kept[len(kept) // 2].start_beat)
    return Content(bars, length, from_beat, notes, turns, palette=palette)


def _is_next_downbeat(
    note: PastNote, caught: list[PastNote], from_beat: float, to_beat: float
) -> bool:
    """True for a note just before the end whose like stands, early or on time, on the start."""
    before_end = to_beat - note.start_beat
    if before_end > EARLY_BEATS or note.start_beat < from_beat:
        return False
    on_time = from_beat + ANTICIPATED_BEATS if before_end < ANTICIPATED_BEATS else from_beat
    return any(
        n.start_beat < on_time and (n.note, n.cents) == (note.note, note.cents) for n in caught
    )


def cut_into(core: Core, seat: int, old: Content, from_beat: float, to_beat: float) -> Content:
    """`old` with what the seat played from one beat to another added, where it fell in the loop.

    The pass that counts is the one that `to_beat` ends or lies in; a note from just before it
    (told late) is wrapped. Returns `old` itself if nothing was added.
    """
    past = core.state.past.get(seat, Past())
    known = {note.origin for note in old.notes}
    played = notes_between(past, from_beat, to_beat)
    caught = [note for note in played if note.origin not in known]
    if not caught:
        return old
    # What is added sounds where it was played, so the rest must stand where it sounds.
    plain = heard(old, core.state.palette)
    # A hair less, or a float that went just over would name the pass after.
    passes = math.ceil((to_beat - old.anchor_beat) / old.length_beats - 1e-9) - 1
    start = old.anchor_beat + passes * old.length_beats
    new = _loop_notes(core, caught, start, old.length_beats)
    notes = _layered(plain, new)
    if notes == plain.notes:
        return old
    there = {note.origin for note in notes}
    whole = turns_between(past, start, to_beat) or [t for t in plain.turns if not t.origin]
    own = [t for t in plain.turns if t.origin in there and t.origin]
    own += turns_of_notes(past, [n for n in caught if n.origin in there], start, old.length_beats)
    return msgspec.structs.replace(plain, notes=notes, turns=_in_order((*whole, *own)))


def _in_order(turns: tuple[LoopTurn, ...]) -> tuple[LoopTurn, ...]:
    return tuple(sorted(turns, key=lambda t: t.start_beat))


def _layered(old: Content, new: tuple[LoopNote, ...]) -> tuple[LoopNote, ...]:
    """The notes of `old` and the new ones, as they were played, while there is room.

    Of two that are alike the louder stays, the new one if they are equally loud: who plays along
    with a loop all evening does not pile up notes.
    """
    by_pitch: dict[tuple[int, float], list[LoopNote]] = {}
    for note in old.notes:
        by_pitch.setdefault((note.note, note.cents), []).append(note)
    room = MOST_LOOP_NOTES - len(old.notes)
    for note in sorted(new, key=lambda n: n.origin):
        there = by_pitch.setdefault((note.note, note.cents), [])
        alike = [i for i, n in enumerate(there) if _alike(n, note, old.length_beats)]
        if alike:
            there[alike[0]] = max(note, there[alike[0]], key=lambda n: n.velocity)
        elif room > 0:
            there.append(note)
            room -= 1
    return tuple(sorted((n for notes in by_pitch.values() for n in notes), key=_order))


def _alike(one: LoopNote, other: LoopNote, length_beats: float) -> bool:
    apart = abs(one.start_beat - other.start_beat)
    return min(apart, length_beats - apart) <= ALIKE_BEATS


def _order(note: LoopNote) -> tuple[float, int, int]:
    return (note.start_beat, note.note, note.origin)


def _loop_notes(
    core: Core, caught: list[PastNote], from_beat: float, length_beats: float
) -> tuple[LoopNote, ...]:
    notes = []
    for n in caught:
        played = length_beats
        if n.end_beat is None:
            core.state.hanging[n.origin] = n.start_beat
        else:
            played = n.end_beat - n.start_beat
        start = n.start_beat - from_beat
        if start < -EARLY_BEATS:
            start %= length_beats
        start = max(0.0, start)
        sounds = min(max(played, SHORTEST_BEATS), length_beats)
        notes.append(LoopNote(start, sounds, n.note, n.cents, n.velocity, n.origin))
    return tuple(sorted(notes, key=_order))
