"""The fold: events in, effects out, the same state every time.

`fold(at, event)` carries time forward to `at` and then takes the event in. How time is cut into
blocks makes no difference: what is due is kept by beat and carried out in order, so a replay in
one jump and a live room in 64-frame blocks arrive at the same bytes.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable
from typing import Any

from jamroom.clocks import frame_at_beat
from jamroom.session import events as ev
from jamroom.session import hands, keeping, loops, playback, rooms, seats
from jamroom.session.core import CHANGE, DUB_PASS, ITEM, KEEP, NOTE_OFF, PALETTE, TEMPO, Core, Entry
from jamroom.session.effects import Effect
from jamroom.session.state import State


class Session(Core):
    """A session in progress. Owns its state; nobody else changes it."""

    def __init__(self, state: State | None = None) -> None:
        super().__init__(state)
        self._plan_from_state()

    def fold(self, at: int, event: ev.AnyEvent) -> list[Effect]:
        """Carry time forward to frame `at`, then take `event` in. Returns what that asks for."""
        effects = self.advance(at)
        _HANDLERS[type(event)](self, event)
        return effects + self._collect()

    def advance(self, to_frame: int) -> list[Effect]:
        """Carry out everything due before `to_frame`; it has come when this returns."""
        agenda, state = self.agenda, self.state
        while agenda and (due := frame_at_beat(state.tempo_map, agenda[0][0])) < to_frame:
            entry = heapq.heappop(agenda)
            state.frame = max(state.frame, due)
            self._carry_out(entry)
        state.frame = max(state.frame, to_frame)
        return self._collect()

    def _carry_out(self, entry: Entry) -> None:
        beat, rank, number = entry[:3]
        if rank == ITEM:
            playback.play_item(self, entry)
        elif rank == NOTE_OFF:
            self.sound_off(self.state.frame, number)
        elif rank == TEMPO:
            rooms.mark_new_tempo(self, beat)
        elif rank == KEEP:
            keeping.keep_planned(self, beat)
        elif rank == PALETTE:
            rooms.change_palette(self, beat)
        elif number in self.state.layers:
            layer = self.state.layers[number]
            if rank == CHANGE and layer.change and layer.change_beat == beat:
                loops.perform(self, layer)
            elif rank == DUB_PASS and layer.phase == "overdubbing" and layer.dub_end == beat:
                loops.end_pass(self, layer)

    def _collect(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        return effects

    def _plan_from_state(self) -> None:
        state = self.state
        for segment in state.tempo_map.segments:
            if segment.beat > state.tempo_mark_beat:
                self.plan(segment.beat, TEMPO, 0)
        if state.next_palette is not None:
            self.plan(state.next_palette_beat, PALETTE, 0)
        for planned in state.keeps:
            self.plan(planned.at_beat, KEEP, 0)
        for voice, sounding in state.sounding.items():
            if sounding.off_beat is not None:
                self.plan(sounding.off_beat, NOTE_OFF, voice)
        for layer in state.layers.values():
            if layer.change:
                self.plan(layer.change_beat, CHANGE, layer.id)
            if layer.phase == "overdubbing":
                self.plan(layer.dub_end, DUB_PASS, layer.id)
            if layer.sounds:
                playback.plan_first(self, layer, layer.content)


_HANDLERS: dict[type, Callable[[Core, Any], None]] = {
    ev.Played: hands.play,
    ev.Released: hands.release,
    ev.Bent: hands.bend,
    ev.Leaned: hands.lean,
    ev.Controlled: hands.control,
    ev.SeatTaken: seats.take_seat,
    ev.SeatLeft: seats.leave_seat,
    ev.PatchChosen: seats.choose_patch,
    ev.KeymapChosen: seats.choose_keymap,
    ev.OctaveChosen: seats.choose_octave,
    ev.LevelChosen: seats.choose_level,
    ev.PanChosen: seats.choose_pan,
    ev.SendChosen: seats.choose_send,
    ev.BadgeChosen: seats.choose_badge,
    ev.InputChosen: seats.choose_input,
    ev.SeatsSwapped: seats.swap_seats,
    ev.KeyboardSplit: seats.split_keyboard,
    ev.ConsentChosen: seats.choose_consent,
    ev.LayerPressed: loops.press,
    ev.LayerOverdubbed: loops.overdub,
    ev.LayerCleared: loops.clear,
    ev.LayerUndone: loops.undo,
    ev.LayerRedone: loops.redo,
    ev.Kept: keeping.keep_that,
    ev.Opened: rooms.open_session,
    ev.Resumed: rooms.resume,
    ev.Closed: rooms.quiet,
    ev.PaletteChosen: rooms.choose_palette,
    ev.TempoChosen: rooms.choose_tempo,
    ev.TempoTapped: rooms.tap,
    ev.MeterChosen: rooms.choose_meter,
    ev.LoopBarsChosen: lambda core, e: setattr(core.state, "loop_bars", e.bars),
    ev.QuantiseChosen: lambda core, e: setattr(core.state, "quantise", e.quantise),
    ev.Panicked: rooms.panic,
    ev.Marked: lambda core, e: core.mark(e.frame, "moment", e.text),
}
