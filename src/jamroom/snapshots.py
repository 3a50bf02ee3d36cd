"""From the room to what a console draws: one frozen snapshot, made outside the audio thread.

Seats, layers and the tempo map are frozen values, and copying a dict's values is one step of the
interpreter, so this may run while a block is being made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from jamroom.clocks import bar_at_frame, beat_at_frame, frame_at_beat, segment_at_frame
from jamroom.layer_views import layer_view
from jamroom.music.palette import Palette
from jamroom.room import Room
from jamroom.session.state import SLOTS, Layer, Seat, State
from jamroom.views import (
    InputView,
    PaletteView,
    SceneView,
    SeatView,
    Snapshot,
)


class Surroundings(msgspec.Struct):
    """What the room process knows and the session does not: devices, recorder, names."""

    session: str
    demo: bool = False
    host: str = ""
    midi: str = ""
    recorder: Literal["writing", "behind", "failing", "away"] = "away"
    missed: int = 0
    labels: dict[str, str] = {}  # of patches
    inputs: tuple[str, ...] = ()  # plugged in now
    lit: tuple[str, ...] = ()  # those of them that have lights of ours
    outputs: tuple[str, ...] = ()  # what takes MIDI
    clock_inputs: tuple[str, ...] = ()  # those that send a clock
    learning: str = ""
    microphone_dbfs: float = -120.0


NEVER_S = 1e9
NOTICE_NS = 8_000_000_000


_SHARED = re.compile(r"(.+)/([2-4])")  # the other players of a split keyboard


def input_label(identity: str) -> str:
    """Where somebody sits, for people: "Launchpad Mini", "keys, low row", "etude, track 2"."""
    kind, _, name = identity.partition(":")
    if kind == "mic":
        return "microphone"
    if shared := _SHARED.fullmatch(name):
        return f"{shared[1]}, player {shared[2]}"
    if kind == "keys":
        return f"keys, {name} row"
    if kind == "play":
        stem, _, track = name.partition("#")
        return f"{stem}, {track}" if track else stem
    return name or identity


def seat_view(
    state: State,
    seat: Seat,
    frame: int,
    sample_rate: int,
    silent: Callable[[Layer], str],
    labels: Mapping[str, str],
) -> SeatView:
    """One player's row."""
    layers = (state.layers.get(seat.id * SLOTS + slot) for slot in range(SLOTS))
    in_use = [layer for layer in layers if layer and (layer.phase != "empty" or layer.takes)]
    last = state.last_played.get(seat.id)
    return SeatView(
        seat=seat.id,
        badge=seat.badge,
        input=input_label(seat.input),
        present=seat.present,
        patch=seat.patch,
        keymap=seat.keymap,
        octave=seat.octave,
        level_db=seat.level_db,
        consent=seat.consent,
        notes_on=sum(hold // 256 == seat.id for hold in list(state.held)),
        played_ago_s=NEVER_S if last is None else max(0.0, (frame - last) / sample_rate),
        layers=tuple(layer_view(state, layer, frame, silent(layer)) for layer in in_use),
        input_id=seat.input,
        sound=labels.get(seat.patch, seat.patch),
        pan=seat.pan or 0.0,
        room_send_db=seat.room_send_db,
        echo_send_db=seat.echo_send_db,
    )


def scene_views(state: State) -> tuple[SceneView, ...]:
    """The moments one can go back to, oldest first."""
    layers = list(state.layers.values())
    playing = {layer.id: layer.content.id for layer in layers if layer.sounds}
    return tuple(
        SceneView(
            scene=scene.id,
            name=scene.name,
            bar=bar_at_frame(state.tempo_map, frame_at_beat(state.tempo_map, scene.at_beat)).bar
            + 1,
            layers=len(scene.layers),
            playing=scene.layers == playing,
            comes=scene.id == state.recalled_scene,
        )
        for scene in list(state.scenes)
    )


def _bar_of(state: State, beat: float) -> int:
    return bar_at_frame(state.tempo_map, frame_at_beat(state.tempo_map, beat)).bar + 1


def input_views(state: State, around: Surroundings) -> tuple[InputView, ...]:
    """What there is to play on, and who sits there."""
    seats = list(state.seats.values())
    ids = dict.fromkeys((*around.inputs, *(s.input for s in seats if s.present)))
    sitting = {seat.input: seat.id for seat in seats}
    return tuple(
        InputView(
            input=input_id,
            label=input_label(input_id),
            seat=sitting.get(input_id, -1),
            players=1 + len(_borders(state, input_id)),
            lights=input_id in around.lit,
            lowest=_borders(state, input_id),
        )
        for input_id in ids
    )


def _borders(state: State, input_id: str) -> tuple[int, ...]:
    """Where a keyboard is split, asked by it or by any of its players' parts."""
    shared = _SHARED.fullmatch(input_id)
    return state.splits.get(shared[1] if shared else input_id, ())


def clock_text(state: State, around: Surroundings) -> str:
    """Whose clock the room keeps, when it is not its own."""
    if not state.clock_input:
        return ""
    name = input_label(state.clock_input)
    if state.clock_input in around.clock_inputs:
        return f"the clock of {name}"
    return f"waiting for the clock of {name}"


def palette_view(palette: Palette) -> PaletteView:
    """The palette, without what only the core needs."""
    return PaletteView(palette.root, palette.scale)


class TimeView:
    """Where the room is in its music at a frame."""

    def __init__(self, state: State, frame: int) -> None:
        here = bar_at_frame(state.tempo_map, frame)
        pulses = here.beat_in_bar / here.meter.beats_per_pulse
        self.bar = here.bar + 1
        self.pulse = min(int(pulses), here.meter.pulses - 1) + 1
        self.pulse_phase = min(1.0, max(0.0, pulses - int(pulses)))
        self.meter = here.meter
        self.bpm = segment_at_frame(state.tempo_map, frame).bpm
        self.next_bpm = state.tempo_map.last.bpm
        coming = state.next_palette
        self.next_palette = palette_view(coming) if coming else None
        beats = state.next_palette_beat - beat_at_frame(state.tempo_map, frame)
        self.next_palette_in_beats = max(0.0, beats) if coming else 0.0


def _fresh(room: Room) -> tuple[str, ...]:
    """The lines that are new enough to be true."""
    notices = list(room.notices)
    return tuple(text for said_ns, text in notices if room.now_ns - said_ns < NOTICE_NS)


def _was_ever_anything(state: State, seat: Seat) -> bool:
    """False for a seat that was only taken and left: nobody needs to see it."""
    used = any(layer.takes for layer in list(state.layers.values()) if layer.seat == seat.id)
    return used or seat.id in state.last_played


def _never_silent(_: Layer) -> str:
    return ""


def snapshot(room: Room, surroundings: Surroundings) -> Snapshot:
    """The whole room, as it stands after the last block."""
    state, frame, keys = room.session.state, room.frame, room.keys
    now = TimeView(state, frame)
    silent = room.clips.state_of if room.clips else _never_silent
    known = list(state.seats.values())  # one step: a block may add a seat meanwhile
    seats = [seat for seat in known if seat.present or _was_ever_anything(state, seat)]
    seats.sort(key=lambda seat: seat.id)
    return Snapshot(
        session=surroundings.session,
        frame=frame,
        sample_rate=room.sample_rate,
        bar=now.bar,
        pulse=now.pulse,
        pulse_phase=now.pulse_phase,
        bpm=now.bpm,
        next_bpm=now.next_bpm,
        pulses=now.meter.pulses,
        unit=now.meter.unit,
        palette=palette_view(state.palette),
        next_palette=now.next_palette,
        next_palette_in_beats=now.next_palette_in_beats,
        seats=tuple(
            seat_view(state, seat, frame, room.sample_rate, silent, surroundings.labels)
            for seat in seats
        ),
        loop_bars=state.loop_bars,
        quantise=state.quantise,
        room_level_db=state.room_level_db,
        peak_dbfs=room.mixer.peak_dbfs,
        keeping="play" if surroundings.demo else state.consent,
        recorder="writing" if surroundings.demo else surroundings.recorder,
        latch=keys.latch,
        gate_s=keys.length_s,
        host=surroundings.host,
        midi=surroundings.midi,
        missed=surroundings.missed,
        notices=_fresh(room),
        demo=surroundings.demo,
        scenes=scene_views(state),
        inputs=input_views(state, surroundings),
        locked=state.locked,
        free_loop=state.free_loop,
        loudness_lufs=room.mixer.loudness_lufs,
        ceiling_dbfs=state.ceiling_dbfs,
        echo_beats=state.echo_beats,
        echo_feedback=state.echo_feedback,
        microphone=state.microphone,
        microphone_dbfs=surroundings.microphone_dbfs,
        audio_tempo=state.audio_tempo,
        clock=clock_text(state, surroundings),
        clock_input=state.clock_input,
        outputs=surroundings.outputs,
        clock_outputs=tuple(state.clock_outputs),
        learning=surroundings.learning,
    )
