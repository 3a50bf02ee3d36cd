"""The room's own events: opening, palette, tempo, metre, levels, panic."""

from __future__ import annotations

import msgspec

from jamroom.clocks import (
    bar_line_after,
    clamp_bpm,
    segment_at_beat,
    segment_at_frame,
    tempo_map_of,
    with_change,
)
from jamroom.music.meter import Meter
from jamroom.music.palette import Palette, describe
from jamroom.session import clips, free_loop, playback
from jamroom.session.core import PALETTE, TEMPO, Core
from jamroom.session.effects import MixChanged, SilenceAll
from jamroom.session.events import (
    CeilingChosen,
    Closed,
    EchoChosen,
    MeterChosen,
    Opened,
    PaletteChosen,
    Panicked,
    Resumed,
    TempoChosen,
    TempoTapped,
)
from jamroom.session.following import forget_clock, mark_tempo, worth_a_mark
from jamroom.session.hands import let_go_of_everything

TAP_PAUSE_S = 2.5
"""A pause this long begins a new count of taps."""
TAPS = 8
ENOUGH_TAPS = 4
_PALETTES = 16


def open_session(core: Core, event: Opened) -> None:
    """The first event: tempo, metre, palette and consent to begin with."""
    state = core.state
    meter = Meter(event.pulses, event.unit)
    state.opened = True
    state.tempo_map = tempo_map_of(event.bpm, meter, event.sample_rate, event.frame)
    state.palette = Palette(event.root, event.scale)
    state.past_palettes = [(0.0, state.palette)]
    state.loop_bars = event.loop_bars
    state.consent = event.consent
    core.plan(0.0, TEMPO, 0)
    core.mark(event.frame, "palette", describe(state.palette))


def resume(core: Core, event: Resumed) -> None:
    """The room is back: nothing sounds, keys are up; loops go on.

    If it was closed, loops wait, and nobody is there until they touch something.
    """
    state = core.state
    let_go_of_everything(core, event.frame)
    core.effects.append(SilenceAll(state.frame))
    if state.microphone:
        core.say("The microphone is off again: switch it on when it is wanted.")
    switch_microphone_off(core)
    forget_clock(core)
    last = state.tempo_map.last
    if event.sample_rate != last.sample_rate:
        give_up_free_loop(core)
        line = bar_line_after(state.tempo_map, state.frame)
        state.tempo_map = with_change(
            state.tempo_map, line, last.bpm, last.meter, event.sample_rate
        )
        core.plan(line, TEMPO, 0)
    if event.carry_on:
        clips.go_on(core)
    else:
        rest_layers(core)
        for number, seat in state.seats.items():
            state.seats[number] = msgspec.structs.replace(seat, present=False)
        if state.consent in ("keep", "share"):
            core.say("This session goes on, and is kept as was agreed. For others: a new session.")


def panic(core: Core, event: Panicked) -> None:
    """Everything silent now; layers are muted, not lost."""
    quiet(core, event)
    core.say("Silence. The loops are muted: P plays all of them again.")


def close_session(core: Core, event: Closed) -> None:
    """The room closes: everything silent, and nobody listens any more."""
    switch_microphone_off(core)
    quiet(core, event)


def quiet(core: Core, event: Panicked | Closed) -> None:
    """All notes end, all layers rest."""
    rest_layers(core)
    let_go_of_everything(core, event.frame)
    core.effects.append(SilenceAll(core.state.frame))


def rest_layers(core: Core) -> None:
    """Mute what plays and drop what was about to happen."""
    core.state.keeps.clear()
    core.state.solos.clear()
    core.state.recalled_scene, core.state.recalled_layers = 0, {}
    for layer in list(core.state.layers.values()):
        if layer.phase in ("armed", "recording"):
            phase = "empty" if layer.content.empty else "muted"
        else:
            phase = "muted" if layer.sounds else layer.phase
        layer = core.change_layer(layer, phase=phase, change="")
        playback.stop(core, layer, core.state.frame)


def give_up_free_loop(core: Core) -> None:
    """A first loop under way cannot be measured across two sound cards."""
    for layer in list(core.state.layers.values()):
        if free_loop.is_free(layer):
            core.change_layer(layer, phase="empty", change="")


def switch_microphone_off(core: Core) -> None:
    """It is off whenever a room opens or closes."""
    if core.state.microphone:
        core.state.microphone = False
        core.effects.append(MixChanged(core.state.frame, -1))


def choose_palette(core: Core, event: PaletteChosen) -> None:
    """From the next downbeat on; shown until then."""
    state = core.state
    state.next_palette = Palette(event.root, event.scale)
    state.next_palette_beat = bar_line_after(state.tempo_map, state.frame)
    core.plan(state.next_palette_beat, PALETTE, 0)


def change_palette(core: Core, beat: float) -> None:
    """The downbeat came. Held notes stay as they are."""
    state = core.state
    if state.next_palette is not None and beat == state.next_palette_beat:
        if not state.past_palettes:
            state.past_palettes = [(-1e12, state.palette)]
        state.palette, state.next_palette = state.next_palette, None
        state.past_palettes = [*state.past_palettes, (beat, state.palette)][-_PALETTES:]
        core.mark(core.frame_at(beat), "palette", describe(state.palette))


def choose_tempo(core: Core, event: TempoChosen) -> None:
    """From the next bar line on."""
    core.state.taps.clear()
    _change_tempo(core, event.bpm, None)


def choose_meter(core: Core, event: MeterChosen) -> None:
    """From the next bar line on."""
    _change_tempo(core, None, Meter(event.pulses, event.unit))


def _change_tempo(core: Core, bpm: float | None, meter: Meter | None) -> None:
    state = core.state
    last = state.tempo_map.last
    line = bar_line_after(state.tempo_map, state.frame)
    bpm, meter = clamp_bpm(bpm or last.bpm), meter or last.meter
    # Another sample rate may wait for the same line.
    state.tempo_map = with_change(state.tempo_map, line, bpm, meter, last.sample_rate)
    core.plan(line, TEMPO, 0)


def mark_new_tempo(core: Core, beat: float) -> None:
    """A bar line came on which tempo or metre may have changed: one marker, however often asked."""
    state = core.state
    segment = segment_at_beat(state.tempo_map, beat)
    if not state.opened or segment.beat != beat or beat == state.tempo_mark_beat:
        return
    state.tempo_mark_beat = beat
    before = segment_at_frame(state.tempo_map, segment.frame - 1)
    if worth_a_mark(core, before, segment):
        mark_tempo(core, max(state.frame, segment.frame), segment.bpm, segment.meter)


def choose_echo(core: Core, event: EchoChosen) -> None:
    """When the echo comes back, and how much of it."""
    core.state.echo_beats, core.state.echo_feedback = event.beats, event.feedback
    core.effects.append(MixChanged(core.state.frame, -1))


def choose_ceiling(core: Core, event: CeilingChosen) -> None:
    """How loud the loudest may be."""
    core.state.ceiling_dbfs = event.ceiling_dbfs
    core.effects.append(MixChanged(core.state.frame, -1))


def tap(core: Core, event: TempoTapped) -> None:
    """The line of best fit through the last taps gives the tempo, from the fourth tap on.

    A tap is one quarter note, or one pulse of an uneven metre such as 7/8, or one group of a
    compound metre such as 6/8.
    """
    state = core.state
    rate = state.tempo_map.last.sample_rate
    if state.taps and event.frame - state.taps[-1] > TAP_PAUSE_S * rate:
        state.taps.clear()
    state.taps.append(event.frame)
    del state.taps[:-TAPS]
    if len(state.taps) >= ENOUGH_TAPS:
        interval = _slope(state.taps)
        if interval > 0:
            beats = _beats_per_tap(state.tempo_map.last.meter)
            _change_tempo(core, 60.0 * rate * beats / interval, None)


def _slope(taps: list[int]) -> float:
    middle = (len(taps) - 1) / 2
    mean = sum(taps) / len(taps)
    above = sum((i - middle) * (t - mean) for i, t in enumerate(taps))
    return above / sum((i - middle) ** 2 for i in range(len(taps)))


def _beats_per_tap(meter: Meter) -> float:
    if meter.unit < 8:
        return 1.0
    even = len(set(meter.groups)) == 1
    return meter.beats_per_pulse * (meter.groups[0] if even else 1)
