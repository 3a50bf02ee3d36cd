"""What hands do: notes on and off, pedal, bend and pressure of the live players."""

from __future__ import annotations

from jamroom.session.core import Core
from jamroom.session.effects import SoundBend, SoundPressure
from jamroom.session.events import Bent, Controlled, Leaned, Played, Released
from jamroom.session.history import end_note, remember_note, remember_turn
from jamroom.session.late import catch_late
from jamroom.session.state import LIVE, LoopTurn, PastNote, Sounding, hold_of, is_live, part_of

SUSTAIN = 64
PEDAL_DOWN = 64
"""Pedal values from here on are down, as MIDI has it."""


def play(core: Core, event: Played) -> None:
    """A note begins."""
    state = core.state
    frame = state.frame
    voice = core.sound_on(
        frame, event.seat, LIVE, event.note, event.cents, event.velocity, key=event.key
    )
    bend = state.bends.get(part_of(event.seat), 0.0)
    if bend:
        core.effects.append(SoundBend(frame, voice, bend))
    hold = hold_of(event.seat, event.key)
    state.held[hold] = (*state.held.get(hold, ()), voice)
    state.last_played[event.seat] = event.frame
    seat = state.seats.get(event.seat)
    if seat is not None and seat.keymap == "walk":
        state.walks[event.seat] = state.walks.get(event.seat, 0) + 1
    onset = core.beat_at(event.frame)
    note = PastNote(voice, onset, None, event.note, event.cents, event.velocity)
    remember_note(core, event.seat, note)
    if event.frame < frame:
        catch_late(core, event.seat, note)


def release(core: Core, event: Released) -> None:
    """The key came up: end its note, or leave it to the pedal."""
    state = core.state
    hold = hold_of(event.seat, event.key)
    voices = state.held.get(hold, ())
    for voice in voices:
        sounding = state.sounding.get(voice)
        if sounding is None or sounding.note != event.note:
            continue
        if event.seat in state.pedals:
            sounding.pedal = True
        else:
            end_live(core, voice, sounding, event.frame)
        rest = tuple(v for v in voices if v != voice)
        if rest:
            state.held[hold] = rest
        else:
            del state.held[hold]
        return


def end_live(core: Core, voice: int, sounding: Sounding, frame: int) -> None:
    """End a live note and write its length into history and loops."""
    core.sound_off(core.state.frame, voice)
    core.state.key_bends.pop(voice, None)
    end_note(core, sounding.seat, voice, core.beat_at(frame))


def bend(core: Core, event: Bent) -> None:
    """The wheel moved, and every live note of the seat with it; or one key's own bend did."""
    state, frame = core.state, core.state.frame
    if event.key >= 0:
        _bend_key(core, event)
        return
    state.bends[part_of(event.seat)] = event.cents
    for voice in _live_voices(core, event.seat):
        own = state.key_bends.get(voice, 0.0)
        core.effects.append(SoundBend(frame, voice, event.cents + own, own))
    remember_turn(core, event.seat, LoopTurn(core.beat_at(event.frame), "bend", event.cents))


def _bend_key(core: Core, event: Bent) -> None:
    state = core.state
    wheel = state.bends.get(part_of(event.seat), 0.0)
    beat = core.beat_at(event.frame)
    for voice in state.held.get(hold_of(event.seat, event.key), ()):
        if voice in state.sounding:
            state.key_bends[voice] = event.cents
            core.effects.append(SoundBend(state.frame, voice, wheel + event.cents, event.cents))
            remember_turn(core, event.seat, LoopTurn(beat, "bend", event.cents, voice))


def lean(core: Core, event: Leaned) -> None:
    """Pressure on one key, or on the whole seat."""
    amount = event.pressure / 127
    frame = core.state.frame
    for voice in _live_voices(core, event.seat):
        if event.key in (-1, core.state.sounding[voice].key):
            core.effects.append(SoundPressure(frame, voice, amount, event.key >= 0))
            if event.key >= 0:
                turn = LoopTurn(core.beat_at(event.frame), "pressure", amount, voice)
                remember_turn(core, event.seat, turn)
    if event.key == -1:
        turn = LoopTurn(core.beat_at(event.frame), "pressure", amount)
        remember_turn(core, event.seat, turn)


def control(core: Core, event: Controlled) -> None:
    """The sustain pedal holds and lets go; other controllers are kept in the journal."""
    if event.controller != SUSTAIN:
        return
    pedals = core.state.pedals
    if event.value >= PEDAL_DOWN:
        if event.seat not in pedals:
            pedals.append(event.seat)
            pedals.sort()
    elif event.seat in pedals:
        pedals.remove(event.seat)
        for voice in _live_voices(core, event.seat):
            sounding = core.state.sounding[voice]
            if sounding.pedal:
                end_live(core, voice, sounding, event.frame)


def _live_voices(core: Core, seat: int) -> list[int]:
    return [v for v, s in core.state.sounding.items() if s.seat == seat and s.layer == LIVE]


def let_go_of_everything(core: Core, frame: int) -> None:
    """Forget every key, pedal and bent hand, and close the history of every open note.

    The bends of layers stay: a layer that goes on playing is still bent.
    """
    state = core.state
    at_beat = core.beat_at(frame)
    for seat, past in state.past.items():
        for note in past.notes:
            if note.end_beat is None:
                end_note(core, seat, note.origin, at_beat)
    state.sounding.clear()
    state.held.clear()
    state.key_bends.clear()
    state.pedals.clear()
    state.bends = {part: cents for part, cents in state.bends.items() if not is_live(part)}
