"""Layers of sound: what a microphone's seat records, and when passes of it are played.

They are armed, recorded, overdubbed, muted and undone like loops of notes. What differs is here:
a take holds a clip in place of notes, a pass is one ClipOn in place of many SoundOn, and a pass
that begins in its middle says how many frames are over. Samples are not known here.
"""

from __future__ import annotations

import math

import msgspec

from jamroom.clocks import Segment, frame_at_beat, segment_at_beat, segment_at_frame
from jamroom.session.core import ITEM, Core, Entry
from jamroom.session.effects import ClipOn, ClipTaken, MixChanged
from jamroom.session.room_events import AudioTempoChosen, MicrophoneSwitched
from jamroom.session.state import SLOTS, Clip, Content, Layer, Sounding, State

SOUND_INPUTS = "mic:"
LONGEST_S = 290.0
"""The microphone's memory reaches 300 s back; what is on its way and the seam need a little."""

_HAIR_BEATS = 1e-3
_NEAR = 1e-3  # a clock that others keep is never quite steady
_SHORTEST_S = 0.02
_NUMBERS_A_BEAT = 24


def is_sound(core: Core, seat: int) -> bool:
    """True for a seat whose layers are sound: it sits at a microphone."""
    known = core.state.seats.get(seat)
    return known is not None and known.input.startswith(SOUND_INPUTS)


# -- takes -----------------------------------------------------------------------------------


def cut_sound(core: Core, from_beat: float, to_beat: float, bars: int) -> Content:
    """What the microphone heard from one beat to another, as a loop of that length.

    Empty, with a word to the player why, when it was off or cannot remember so much.
    """
    state = core.state
    from_frame, to_frame = _frames(core, from_beat, to_beat)
    rate = state.tempo_map.last.sample_rate
    if not state.microphone:
        core.say("The microphone is off, so there is no sound to keep. Switch it on first.")
    elif from_frame < state.microphone_since:
        core.say("The microphone has not been on for so long yet. Play on, and keep that then.")
    elif to_frame - from_frame > LONGEST_S * rate:
        core.say(f"A loop of sound is {LONGEST_S:.0f} seconds long at most; take fewer bars.")
    else:
        now = segment_at_frame(state.tempo_map, from_frame)
        clip = _new_clip(core, from_beat, to_frame - from_frame, now)
        core.effects.append(ClipTaken(state.frame, clip.id, from_frame, to_frame))
        return Content(bars, to_beat - from_beat, from_beat, clip=clip)
    return Content(bars, to_beat - from_beat, from_beat)


def dub_sound(core: Core, layer: Layer, to_beat: float) -> Content:
    """The layer's sound with what came in since the overdub last listened laid over it.

    A new clip, so undo has the old one. The layer's own content if nothing can be added.
    """
    old, state = layer.content, core.state
    assert old.clip is not None
    passes = math.ceil((to_beat - old.anchor_beat) / old.length_beats - 1e-9) - 1
    start = old.anchor_beat + passes * old.length_beats
    from_frame, to_frame = _frames(core, max(start, layer.dub_beat), to_beat)
    if state.microphone:  # what it heard before it was switched on is not for anybody
        from_frame = max(from_frame, state.microphone_since)
    if to_frame - from_frame < _SHORTEST_S * state.tempo_map.last.sample_rate:
        return old
    if not state.microphone:
        core.say(f"The microphone is off, so nothing is added to {core.layer_name(layer)}.")
        return old
    if not _at_own_tempo(core, old, from_frame):
        core.say(
            f"{core.layer_name(layer)} was recorded at {old.clip.bpm:.4g} bpm;"
            " sound is added to it at that tempo only. It goes on as it was."
        )
        return old
    now = segment_at_frame(state.tempo_map, from_frame)
    clip = _new_clip(core, core.beat_at(from_frame), old.clip.frames, now)
    at_frame = from_frame - frame_at_beat(state.tempo_map, start)
    taken = ClipTaken(state.frame, clip.id, from_frame, to_frame, old.clip.id, at_frame)
    core.effects.append(taken)
    return msgspec.structs.replace(old, clip=clip)


def keep_sound(
    core: Core, seat: int, from_beat: float, to_beat: float, bars: int, asked: bool
) -> Content:
    """As `cut_sound`, for *keep that*; what is kept already is not kept twice.

    Unless this seat was `asked` for, nothing is said when the microphone is off.
    """
    length = to_beat - from_beat
    for slot in range(SLOTS):
        there = core.layer(seat, slot).content
        if there.clip is not None and (from_beat, length) == (
            there.anchor_beat,
            there.length_beats,
        ):
            return there
    if not asked and not listens(core, seat, from_beat):
        return Content(bars, length, from_beat)
    return cut_sound(core, from_beat, to_beat, bars)


def listens(core: Core, seat: int, since_beat: float) -> bool:
    """True when the seat is a microphone's and that has been on since a beat."""
    state = core.state
    since_frame = frame_at_beat(state.tempo_map, since_beat)
    return is_sound(core, seat) and state.microphone and state.microphone_since <= since_frame


def _frames(core: Core, from_beat: float, to_beat: float) -> tuple[int, int]:
    tempo_map = core.state.tempo_map
    return frame_at_beat(tempo_map, from_beat), frame_at_beat(tempo_map, to_beat)


def _new_clip(core: Core, from_beat: float, frames: int, segment: Segment) -> Clip:
    """A clip with a number that hangs on when it was recorded, and on no clip before it.

    A journal may lack some of those; the files of the others are still found by their numbers.
    """
    number = max(core.state.next_clip, 1 + round(from_beat * _NUMBERS_A_BEAT))
    core.state.next_clip = number + 1
    return Clip(number, frames, segment.bpm)


def _at_own_tempo(core: Core, content: Content, frame: int) -> bool:
    assert content.clip is not None
    now = pass_frames(content, segment_at_frame(core.state.tempo_map, frame))
    return abs(now - content.clip.frames) <= max(2, content.clip.frames * _NEAR)


# -- passes ----------------------------------------------------------------------------------


def pass_frames(content: Content, segment: Segment) -> int:
    """How long a pass is at the tempo of a segment."""
    return round(content.length_beats * segment.frames_per_beat)


def start(core: Core, layer: Layer) -> None:
    """Let a layer of sound play from now on, in its own phase, in the middle of a pass if need be.

    Whoever calls this has made what was on the agenda for the layer stale.
    """
    content, tempo_map = layer.content, core.state.tempo_map
    turn = math.floor((core.beat - content.anchor_beat + _HAIR_BEATS) / content.length_beats)
    begin = content.anchor_beat + turn * content.length_beats
    began = frame_at_beat(tempo_map, begin)
    if began > core.state.frame:
        core.plan(begin, ITEM, layer.id, turn)
        return
    now = segment_at_frame(tempo_map, core.state.frame)
    skip = core.state.frame - began
    if segment_at_beat(tempo_map, begin) is not now:  # the first part was played at another tempo
        skip = round((core.beat - begin) * now.frames_per_beat)
    _play(core, layer, core.state.frame, max(0, skip))
    core.plan(begin + content.length_beats, ITEM, layer.id, turn + 1)


def plan_pass(core: Core, layer: Layer) -> None:
    """Put the next pass of a layer on the agenda; the one that is under way goes on as it is."""
    content, tempo_map = layer.content, core.state.tempo_map
    turn = math.floor((core.beat - content.anchor_beat - _HAIR_BEATS) / content.length_beats)
    while True:
        beat = content.anchor_beat + turn * content.length_beats
        if frame_at_beat(tempo_map, beat) >= core.state.frame:
            core.plan(beat, ITEM, layer.id, turn)
            return
        turn += 1


def play_pass(core: Core, layer: Layer, entry: Entry) -> None:
    """A pass begins; put the one after it on the agenda."""
    content, turn = layer.content, entry[3]
    _play(core, layer, core.frame_at(entry[0]), 0)
    beat = content.anchor_beat + (turn + 1) * content.length_beats
    core.plan(beat, ITEM, layer.id, turn + 1)


def _play(core: Core, layer: Layer, frame: int, skip: int) -> None:
    """Begin a pass, with the layer's one voice in the ledger; a new one if it was silent."""
    state, content = core.state, layer.content
    clip = content.clip
    if clip is None or (state.solos and layer.id not in state.solos):
        return
    frames = pass_frames(content, segment_at_frame(state.tempo_map, frame))
    voice = _voice_of(state, layer.id)
    if voice is None:
        voice = state.next_voice
        state.next_voice = voice + 1
        state.sounding[voice] = Sounding(layer.seat, layer.id, -1, 0)
    how = state.audio_tempo
    core.effects.append(
        ClipOn(frame, voice, layer.seat, layer.id, clip.id, skip, frames, clip.frames, how)
    )


def _voice_of(state: State, layer: int) -> int | None:
    return next((v for v, s in state.sounding.items() if s.layer == layer), None)


# -- what changes them all -------------------------------------------------------------------


def change_tempo(core: Core, beat: float) -> None:
    """A bar line came on which the tempo may have changed: play on in phase if it did."""
    tempo_map = core.state.tempo_map
    segment = segment_at_beat(tempo_map, beat)
    before = segment_at_frame(tempo_map, segment.frame - 1)
    if segment.beat == beat and before.frames_per_beat != segment.frames_per_beat:
        retime(core)


def retime(core: Core) -> None:
    """Loops of sound are to be heard at another length from this frame on, in their phase."""
    for layer in list(core.state.layers.values()):
        if layer.sounds and layer.content.clip is not None:
            _restart(core, layer)


def go_on(core: Core) -> None:
    """Let layers of sound that should be heard and are not come in where they would be.

    For a room that has taken over.
    """
    for layer in list(core.state.layers.values()):
        silent = _voice_of(core.state, layer.id) is None
        if layer.sounds and layer.content.clip is not None and silent:
            _restart(core, layer)


def _restart(core: Core, layer: Layer) -> None:
    core.generation[layer.id] = core.generation.get(layer.id, 0) + 1
    start(core, layer)


def choose_audio_tempo(core: Core, event: AudioTempoChosen) -> None:
    """At once: loops of sound at another tempo than their own are heard otherwise."""
    if event.how != core.state.audio_tempo:
        core.state.audio_tempo = event.how
        retime(core)


def switch_microphone(core: Core, event: MicrophoneSwitched) -> None:
    """On or off. What it heard before it was switched on is nobody's business."""
    state = core.state
    if event.on and not state.microphone:
        state.microphone_since = state.frame
    state.microphone = event.on
    core.effects.append(MixChanged(state.frame, -1))


# -- which clips are needed ------------------------------------------------------------------


def clips_in_use(state: State) -> tuple[set[int], list[int]]:
    """The clips that layers hold or named scenes need, and the others, the oldest first.

    The others are for undo and for moments that nobody gave a name.
    """
    layers, scenes = list(state.layers.values()), [one for one in state.scenes if one.name]
    named = {content for scene in scenes for content in scene.layers.values()}
    needed: set[int] = set()
    others: set[int] = set()
    for layer in layers:
        for number, take in enumerate(layer.takes, start=1):
            if take.clip is not None:
                held = number == layer.cursor or take.id in named
                (needed if held else others).add(take.clip.id)
    return needed, sorted(others - needed)
