"""Every MIDI controller in the house, plugged in and out as people please.

Ports are found by name, because a port's index means another device after an unplug, and polled,
because no driver tells. Messages arrive on the driver's own threads and are passed on at once.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from jamroom.devices.midi_bytes import is_ours_or_loop, plain_port_name
from jamroom.devices.midi_line import Line, OnInput, Tally
from jamroom.devices.midi_system import MidiSystem, NoMidiError
from jamroom.session.inputs import InputGone

NO_MIDI = "no MIDI here: no ALSA sequencer and no JACK; terminal keys still play"


class MidiInputs:
    """Opens every MIDI source there is and keeps doing so.

    `on_input(stamp_ns, input)` is called from drivers' threads, with the monotonic nanosecond the
    message was played and frame -1; it should only put the input away. Inputs are named
    "midi:Launchpad Mini", a second one "midi:Launchpad Mini #2"; a device that comes back gets
    its old name. When one goes, InputGone is the last that is heard of it.
    """

    def __init__(
        self, on_input: OnInput, clock_ns: Callable[[], int] = time.monotonic_ns
    ) -> None:
        self._on_input = on_input
        self._clock_ns = clock_ns
        self._system: MidiSystem | None = None
        self._lines: dict[str, Line] = {}  # by the port's full name
        self._spare: list[Line] = []
        self._closed = False
        self.tally = Tally()

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ids of the inputs that are plugged in."""
        return tuple(line.input_id for line in tuple(self._lines.values()))

    def poll(self) -> None:
        """Look for devices that came or went; about once a second, from one worker thread.

        Never raises: a driver's error is counted, and the next poll tries again.
        """
        if self._closed:
            return
        try:
            self._poll()
        except Exception as error:
            self.tally.failed(error)

    def _poll(self) -> None:
        if self._system is not None and not self._system.alive():
            self._lose_system()
        if self._system is None:
            with contextlib.suppress(NoMidiError):
                self._system = MidiSystem.found(self._let_go)
        if self._system is None:
            return
        ports = [port for port in self._system.ports() if not is_ours_or_loop(port)]
        for port in [port for port in self._lines if port not in ports]:
            self._unplug(port)
        for port in ports:
            if port not in self._lines:
                self._plug(port)
        for line in tuple(self._lines.values()):
            line.check_sensing(self._clock_ns())

    def _plug(self, port: str) -> None:
        assert self._system is not None
        line = self._spare.pop() if self._spare else None
        if line is None:
            line = Line(self._system, self._on_input, self.tally, self._clock_ns)
        if line.open(port, self._free_id(plain_port_name(port))):
            self._lines[port] = line
        else:
            self._spare.append(line)

    def _free_id(self, name: str) -> str:
        taken = set(self.inputs)
        number = 1
        while (input_id := f"midi:{name}" + (f" #{number}" if number > 1 else "")) in taken:
            number += 1
        return input_id

    def _unplug(self, port: str) -> None:
        line = self._lines.pop(port)
        line.close()
        self._spare.append(line)
        self._gone(line)

    def _gone(self, line: Line) -> None:
        self._on_input(self._clock_ns(), InputGone(-1, line.input_id))

    def _lose_system(self) -> None:
        assert self._system is not None
        self._system.died()  # comes back to _let_go, here and in whoever else has clients

    def _let_go(self) -> None:
        """Close every client. What was plugged in is gone."""
        lines, self._lines = self._lines, {}
        spare, self._spare = self._spare, []
        for line in lines.values():
            line.close()
        if self._system is not None:
            self._system.close([line.midi_in for line in (*lines.values(), *spare)])
            self._system = None
        for line in lines.values():
            self._gone(line)

    def close(self) -> None:
        """Stop listening for good; every input is told gone."""
        self._closed = True
        try:
            self._let_go()
        except Exception as error:
            self.tally.failed(error)

    def describe(self) -> str:
        """What MIDI there is, in one line for people."""
        if self._system is None:
            return NO_MIDI
        names = sorted(input_id.removeprefix("midi:") for input_id in self.inputs)
        if not names:
            return f"no MIDI controller yet ({self._system.name} listens; plug one in)"
        noun = "input" if len(names) == 1 else "inputs"
        return f"{len(names)} MIDI {noun}: {', '.join(names)}"
