"""How layers sound: each playing layer has its next item on the agenda, and nothing else.

Beats of a loop are always counted from its anchor (anchor + pass x length + start), never added
up, so a loop stands where it stood after eight hours.
"""

from __future__ import annotations

import math
from bisect import bisect_left

from jamroom.clocks import frame_at_beat
from jamroom.session import clips
from jamroom.session.core import ITEM, Core, Entry
from jamroom.session.degrees import sounding_tone
from jamroom.session.effects import SoundBend, SoundPressure
from jamroom.session.history import EARLY_BEATS
from jamroom.session.state import Content, Layer, LoopNote, LoopTurn, part_of

_HAIR_BEATS = 1e-3  # many times the half frame that rounding to a frame can take


def start(
    core: Core,
    layer: Layer,
    since_beat: float | None = None,
    take_up_beats: float = EARLY_BEATS,
) -> None:
    """Let a layer sound from now on, in its own phase.

    `since_beat` is where it should have begun, when that has gone by: what began since and still
    sounds is caught up with. A note from before is taken up too if more than `take_up_beats` of
    it are left.
    """
    core.generation[layer.id] = core.generation.get(layer.id, 0) + 1
    core.state.bends.pop(part_of(layer.seat, layer.id), None)
    content = layer.content
    if content.empty:
        return
    if content.clip is not None:
        clips.start(core, layer)
        return
    if bend := _bend_in_force(core, layer):
        core.state.bends[part_of(layer.seat, layer.id)] = bend
    if since_beat is not None:
        _catch_up(core, layer, since_beat, take_up_beats)
    plan_first(core, layer, content)


def _bend_in_force(core: Core, layer: Layer) -> float:
    content = layer.content
    position = (core.beat - content.anchor_beat) % content.length_beats
    line = core.line(layer.id, content)
    turns = [i.what for i in line if isinstance(i.what, LoopTurn) and not i.what.origin]
    bends = [turn for turn in turns if turn.kind == "bend"]
    before = (turn for turn in reversed(bends) if turn.start_beat <= position)
    # What was in force at the end of the pass before is in force until the first turn.
    last = next(before, bends[-1] if bends else None)
    return last.value if last else 0.0


def stop(core: Core, layer: Layer, frame: int) -> None:
    """End a layer's notes, let go of its bend and take it off the agenda."""
    core.generation[layer.id] = core.generation.get(layer.id, 0) + 1
    core.state.bends.pop(part_of(layer.seat, layer.id), None)
    core.hush_layer(layer.id, frame)


def _catch_up(core: Core, layer: Layer, since_beat: float, take_up_beats: float) -> None:
    content = layer.content
    state = core.state
    now = core.beat
    for note in [item.what for item in core.line(layer.id, content)]:
        if not isinstance(note, LoopNote):
            continue
        elapsed = (now - content.anchor_beat - note.start_beat) % content.length_beats
        onset = now - elapsed
        left = note.length_beats - elapsed
        if left <= (0.0 if onset >= since_beat - 1e-6 else take_up_beats):
            continue
        if frame_at_beat(state.tempo_map, onset) < state.frame:
            voice = _play_note(core, layer, note, now + left, state.frame)
            if voice is not None:
                _bend_as_by_now(core, layer, note, voice, elapsed)


def _bend_as_by_now(
    core: Core, layer: Layer, note: LoopNote, voice: int, elapsed_beats: float
) -> None:
    """A note that is taken up in its middle stands where its own movements had brought it."""
    length, state = layer.content.length_beats, core.state
    moved = [
        ((turn.start_beat - note.start_beat) % length, turn.value)
        for turn in (item.what for item in core.line(layer.id, layer.content))
        if isinstance(turn, LoopTurn) and turn.kind == "bend" and turn.origin == note.origin != 0
    ]
    passed = [move for move in moved if move[0] <= elapsed_beats]
    if passed:
        own_cents = max(passed, key=lambda move: move[0])[1]
        wheel = state.bends.get(part_of(layer.seat, layer.id), 0.0)
        state.key_bends[voice] = own_cents
        core.effects.append(SoundBend(state.frame, voice, wheel + own_cents, own_cents))


def plan_first(core: Core, layer: Layer, content: Content) -> None:
    """Put the first item that is still to come on the agenda."""
    if content.clip is not None:
        clips.plan_pass(core, layer)
        return
    line = core.line(layer.id, content)
    if not line:
        return
    since = core.beat - content.anchor_beat - _HAIR_BEATS
    turn = math.floor(since / content.length_beats)
    position = since - turn * content.length_beats
    index = bisect_left(line, position, key=lambda item: item.start_beat)
    while True:
        if index == len(line):
            index, turn = 0, turn + 1
        beat = content.anchor_beat + turn * content.length_beats + line[index].start_beat
        if frame_at_beat(core.state.tempo_map, beat) >= core.state.frame:
            core.plan(beat, ITEM, layer.id, turn, index)
            return
        index += 1


def play_item(core: Core, entry: Entry) -> None:
    """Carry out a layer's next item and put the one after it on the agenda."""
    beat, _, number, turn, index, generation = entry
    layer = core.state.layers.get(number)
    if layer is None or not layer.sounds or core.generation.get(number, 0) != generation:
        return
    content = layer.content
    if content.clip is not None:
        clips.play_pass(core, layer, entry)
        return
    line = core.line(number, content)
    item = line[index]
    frame = core.frame_at(beat)
    if isinstance(item.what, LoopNote):
        # A note as long as the loop must end, to the last bit of the float, where it begins again.
        again = content.anchor_beat + (turn + 1) * content.length_beats + item.start_beat
        _play_note(core, layer, item.what, min(beat + item.what.length_beats, again), frame)
    else:
        _play_turn(core, layer, item.what, frame)
    index += 1
    if index == len(line):
        index, turn = 0, turn + 1
    next_beat = content.anchor_beat + turn * content.length_beats + line[index].start_beat
    core.plan(next_beat, ITEM, number, turn, index)


def _play_note(core: Core, layer: Layer, note: LoopNote, off_beat: float, frame: int) -> int | None:
    """Begin a note; its voice, or None when others are heard alone."""
    state = core.state
    if state.solos and layer.id not in state.solos:
        return None
    tone = sounding_tone(layer.content, note.note, note.cents, state.palette)
    voice = core.sound_on(
        frame,
        layer.seat,
        layer.id,
        tone.note,
        tone.cents,
        note.velocity,
        off_beat=off_beat,
        origin=note.origin,
    )
    bend = state.bends.get(part_of(layer.seat, layer.id), 0.0)
    if bend:
        core.effects.append(SoundBend(frame, voice, bend))
    return voice


def _play_turn(core: Core, layer: Layer, turn: LoopTurn, frame: int) -> None:
    state, part = core.state, part_of(layer.seat, layer.id)
    voices = [
        v for v, s in state.sounding.items() if s.layer == layer.id and turn.origin in (0, s.origin)
    ]
    if turn.kind == "pressure":
        own = bool(turn.origin)
        core.effects.extend(SoundPressure(frame, v, turn.value, own) for v in voices)
    elif turn.origin:
        wheel = state.bends.get(part, 0.0)
        for voice in voices:
            state.key_bends[voice] = turn.value
            core.effects.append(SoundBend(frame, voice, wheel + turn.value, turn.value))
    else:
        state.bends[part] = turn.value
        for voice in voices:
            own_cents = state.key_bends.get(voice, 0.0)
            core.effects.append(SoundBend(frame, voice, turn.value + own_cents, own_cents))
