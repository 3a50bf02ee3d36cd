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
from jamroom.session import (
    clips,
    following,
    free_loop,
    groups,
    hands,
    keeping,
    loops,
    playback,
    rooms,
    scenes,
    seats,
    shaping,
    solos,
)
from jamroom.session import events as ev
from jamroom.session.core import (
    CHANGE,
    DUB_PASS,
    ITEM,
    KEEP,
    NOTE_OFF,
    PALETTE,
    SCENE,
    TEMPO,
    Core,
    Entry,
)
from jamroom.session.effects import Effect
from jamroom.session.planning import number_takes, plan_all
from jamroom.session.state import State


class Session(Core):
    """A session in progress. Owns its state; nobody else changes it."""

    def __init__(self, state: State | None = None) -> None:
        super().__init__(state)
        number_takes(self)
        plan_all(self)

    def fold(self, at: int, event: ev.AnyEvent) -> list[Effect]:
        """Carry time forward to frame `at`, then take `event` in. Returns what that asks for."""
        effects = self.advance(at)
        _HANDLERS[type(event)](self, event)
        if self.playing_changed:
            scenes.watch(self)
        return effects + self._collect()

    def advance(self, to_frame: int) -> list[Effect]:
        """Carry out everything due before `to_frame`; it has come when this returns."""
        agenda, state = self.agenda, self.state
        while agenda and (due := frame_at_beat(state.tempo_map, agenda[0][0])) < to_frame:
            entry = heapq.heappop(agenda)
            state.frame = max(state.frame, due)
            self._carry_out(entry)
            if self.playing_changed:
                scenes.watch(self)
        state.frame = max(state.frame, to_frame)
        return self._collect()

    def _carry_out(self, entry: Entry) -> None:
        beat, rank, number = entry[:3]
        if rank == ITEM:
            playback.play_item(self, entry)
        elif rank == NOTE_OFF:
            self.sound_off(self.state.frame, number)
        elif rank == TEMPO and beat != self.state.tempo_mark_beat:  # once, however often asked for
            rooms.mark_new_tempo(self, beat)
            clips.change_tempo(self, beat)
        elif rank == KEEP:
            keeping.keep_planned(self, beat)
        elif rank == PALETTE:
            rooms.change_palette(self, beat)
        elif rank == SCENE:
            scenes.perform(self, beat)
        elif number in self.state.layers:
            layer = self.state.layers[number]
            if rank == CHANGE and layer.change and layer.change_beat == beat:
                loops.perform(self, layer)
            elif rank == DUB_PASS and layer.phase == "overdubbing" and layer.dub_end == beat:
                loops.end_pass(self, layer)

    def _collect(self) -> list[Effect]:
        effects, self.effects = self.effects, []
        return effects


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
    ev.FreeLoopBegun: free_loop.begin,
    ev.FreeLoopClosed: loops.close_free,
    ev.LayerOverdubbed: loops.overdub,
    ev.LayerCleared: loops.clear,
    ev.LayerUndone: loops.undo,
    ev.LayerRedone: loops.redo,
    ev.Kept: keeping.keep_that,
    ev.LayerShaped: shaping.shape,
    ev.LayerSoloed: solos.solo,
    ev.LayerGrouped: groups.group,
    ev.GroupPressed: groups.press_group,
    ev.AllPlayed: groups.play_all,
    ev.AllStopped: groups.stop_all,
    ev.SceneKept: scenes.keep,
    ev.SceneRecalled: scenes.recall,
    ev.Opened: rooms.open_session,
    ev.Resumed: rooms.resume,
    ev.Closed: rooms.close_session,
    ev.PaletteChosen: rooms.choose_palette,
    ev.TempoChosen: rooms.choose_tempo,
    ev.TempoTapped: rooms.tap,
    ev.MeterChosen: rooms.choose_meter,
    ev.LoopBarsChosen: lambda core, e: setattr(core.state, "loop_bars", e.bars),
    ev.QuantiseChosen: lambda core, e: setattr(core.state, "quantise", e.quantise),
    ev.LockChosen: lambda core, e: setattr(core.state, "locked", e.locked),
    ev.FreeLoopChosen: lambda core, e: setattr(core.state, "free_loop", e.free),
    ev.AudioTempoChosen: clips.choose_audio_tempo,
    ev.EchoChosen: rooms.choose_echo,
    ev.CeilingChosen: rooms.choose_ceiling,
    ev.MicrophoneSwitched: clips.switch_microphone,
    ev.ClockChosen: following.choose_clock,
    ev.ClockSent: following.send_clock,
    ev.ClockHeard: following.hear_clock,
    ev.Panicked: rooms.panic,
    ev.Marked: lambda core, e: core.mark(e.frame, "moment", e.text),
}
