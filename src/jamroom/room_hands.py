"""The room's hands: controllers with their lights, instruments that take MIDI, clocks.

Put together here, kept supplied here. What is played goes into the room's inbox; nothing here is
called from within a block.
"""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from jamroom.clocks import bar_at_frame, bar_line_after, beat_at_frame, frame_at_beat
from jamroom.devices.controller_files import load_controllers
from jamroom.devices.controllers import Controllers
from jamroom.devices.light_views import LightView, view_of
from jamroom.devices.lights import Lights
from jamroom.devices.midi_clock import ClockOut
from jamroom.devices.midi_in import MidiInputs
from jamroom.devices.midi_out import MidiOutputs
from jamroom.own_folders import own_folder
from jamroom.resources import resource_dir
from jamroom.session.events import NOW, KeymapChosen
from jamroom.session.inputs import AnyInput, KeyDown
from jamroom.session.state import State
from jamroom.snapshots import Surroundings

if TYPE_CHECKING:
    from jamroom.room import Room

POLL_S = 1.0
LIGHT_S = 0.01
CLOCK_S = 0.01
CLOCK_AHEAD_NS = 40_000_000
"""Ticks are handed over this early: more than this process is ever kept waiting."""


class Hands:
    """All that is MIDI. `meet` gives it the room; nothing is opened before the first `poll`."""

    def __init__(self, names_file: Path | None = None) -> None:
        own = own_folder("controllers")
        profiles, self.problems = load_controllers([resource_dir("controllers"), own])
        self.inputs = MidiInputs(self._heard, names_file)
        self.outputs = MidiOutputs(self.inputs)
        self.controllers = Controllers(
            profiles, self._hear, self.outputs.send_light, own, self._keymap_changed
        )
        self._lights = Lights(self.controllers, self.outputs.send_light)
        self._clocks: dict[str, ClockOut] = {}
        self._known: set[str] = set()
        self._room: Room | None = None
        self._leaving = False

    def meet(self, room: Room) -> None:
        """What is played from now on is played in this room."""
        self._room = room

    # -- from the ports' thread --------------------------------------------------------------

    def _heard(self, stamp_ns: int, said: AnyInput) -> None:
        self.controllers.heard(stamp_ns, said, self.inputs.channel)

    def _hear(self, stamp_ns: int, said: AnyInput) -> None:
        if type(said) is KeyDown and said.input not in self._known:
            self._get_to_know(said.input)
        if self._room is not None:
            self._room.hear(stamp_ns, said)

    def _get_to_know(self, input_id: str) -> None:
        self._known.add(input_id)
        keymap = self.controllers.first_keymap(input_id)
        if keymap and self._room is not None:
            self._room.habits.keymaps[input_id] = keymap

    def _keymap_changed(self, input_id: str, keymap: str) -> None:
        """A pedal turned out to be a switch, or pads were learned: its player gets fitting keys."""
        room = self._room
        if room is None:
            return
        room.habits.keymaps[input_id] = keymap
        for seat in list(room.session.state.seats.values()):
            if seat.input == input_id and seat.keymap != keymap:
                room.hear(time.monotonic_ns(), KeymapChosen(NOW, seat.id, keymap))

    # -- chores of the room's process --------------------------------------------------------

    async def mind(self) -> None:
        """Look for what was plugged in or out, once a second."""
        while True:
            await asyncio.to_thread(self.poll)
            await asyncio.sleep(POLL_S)

    def poll(self) -> None:
        """See that the ports' process runs, and what is there. May take a moment."""
        self.inputs.poll()
        self.outputs.poll()
        self.controllers.here(self.inputs.inputs)
        for input_id in self.inputs.inputs:
            profile = self.controllers.profile_of(input_id)
            if profile is not None and profile.mpe:
                self.inputs.set_mpe(input_id, True)
        if self._room is not None and (said := self.controllers.take_notice()):
            self._room.notice(said)

    async def light(self) -> None:
        """Let lamps follow, a hundred times a second: a whole picture is told in 40 ms."""
        while not self._leaving:
            if self._room is not None:
                self._lights.tick(time.monotonic_ns(), self._views(self._room))
            await asyncio.sleep(LIGHT_S)

    def _views(self, room: Room) -> dict[str, LightView]:
        state, frame = room.session.state, room.frame
        lit = [one for one in self.inputs.inputs if self.controllers.has_lights(one)]
        if not lit:  # views cost more than all else here, a hundred times a second
            return {}
        beat = beat_at_frame(state.tempo_map, frame)
        here = bar_at_frame(state.tempo_map, frame)
        downbeat = here.beat_in_bar < here.meter.beats_per_pulse
        learning = self.controllers.learning
        return {
            seat.input: view_of(state, seat, beat, downbeat, learning=learning == seat.input)
            for seat in list(state.seats.values())
            if seat.present and seat.input in lit
        }

    async def keep_time(self) -> None:
        """Send the room's clock to whoever is to follow it."""
        while not self._leaving:
            if self._room is not None and (self._clocks or self._room.session.state.clock_outputs):
                self._tick(self._room, self._room.session.state)
            await asyncio.sleep(CLOCK_S)

    def _tick(self, room: Room, state: State) -> None:
        now_ns, tempo_map = time.monotonic_ns(), state.tempo_map
        # Who is followed is not led as well: its clock would be ours, come back.
        led = [output for output in state.clock_outputs if output != state.clock_input]
        for output in led:
            if output not in self._clocks and output in self.outputs.outputs:
                clock = self._clocks[output] = ClockOut()
                soon = room.frame + round(2 * CLOCK_AHEAD_NS * room.sample_rate / 1e9)
                clock.begin(bar_line_after(tempo_map, soon))
        frame, then_ns = room.clock_line()
        ns_per_frame = 1e9 / room.sample_rate

        def ns_at(at_frame: float) -> float:
            return then_ns + (at_frame - frame) * ns_per_frame + room.output_delay_ns

        for output, clock in list(self._clocks.items()):
            if output in led and output in self.outputs.outputs:
                due = clock.due(
                    lambda beat: frame_at_beat(tempo_map, beat), ns_at, now_ns, CLOCK_AHEAD_NS
                )
            else:
                due = clock.end(now_ns)
                del self._clocks[output]
            for at_ns, message in due:
                self.outputs.send(output, message, at_ns)

    def learn(self, input_id: str) -> None:
        """Learn an input's pads; "" ends it and keeps them."""
        said = self.controllers.learn(input_id)
        if self._room is not None and said:
            self._room.notice(said)

    def look(self, view: Surroundings) -> None:
        """Write into `view` what consoles show of all this."""
        view.midi = self.inputs.describe()
        view.inputs = tuple(one for one in self.inputs.inputs if not self._deaf(one))
        view.lit = tuple(one for one in view.inputs if self.controllers.has_lights(one))
        view.outputs = self.outputs.outputs
        view.clock_inputs = self.inputs.clock_inputs
        view.learning = self.controllers.status

    def _deaf(self, input_id: str) -> bool:
        profile = self.controllers.profile_of(input_id)
        return profile is not None and profile.deaf

    # -- ending --------------------------------------------------------------------------------

    def leave(self) -> None:
        """Put out the lights, stop clocks, leave devices as they were; `close` a moment later."""
        self._leaving = True
        now_ns = time.monotonic_ns()
        for output, clock in self._clocks.items():
            for at_ns, message in clock.end(now_ns):
                self.outputs.send(output, message, at_ns)
        self._clocks.clear()
        self._lights.close()
        self.controllers.close()

    def close(self) -> None:
        """Close the ports."""
        self.inputs.close()
