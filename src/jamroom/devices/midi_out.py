"""Every instrument and every controller that takes MIDI, plugged in and out as people please.

The ports are held by the process that holds the inputs (`midi_watch` says why), so an instrument's
input and output go by the same id. Here is the room's way to them.
"""

from __future__ import annotations

import time

from jamroom.devices.midi_in import MidiInputs
from jamroom.devices.midi_lanes import is_note_on
from jamroom.devices.midi_wire import Hush, Light, Music
from jamroom.messages import frame_message


class MidiOutputs:
    """Sends to every MIDI destination there is, without ever waiting.

    Outputs are named like inputs, "midi:Launchpad Mini"; the two ends of one device share an id.
    Notes that are on and clocks that run at an output are ended when the room goes, however it
    goes.
    """

    def __init__(self, inputs: MidiInputs) -> None:
        """Of the process that `inputs` keeps running."""
        self._inputs = inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """Ids of the outputs that are plugged in, in the order they came."""
        return self._inputs.reachable

    @property
    def dropped(self) -> int:
        """Messages there was no place for, because the ports' process did not take them."""
        return self._inputs.outlet.dropped

    def poll(self) -> None:
        """Send what could not be sent at once; about once a second. Never raises.

        The ports' process is kept running by `MidiInputs.poll`.
        """
        self._inputs.outlet.flush()

    def send(self, output_id: str, message: bytes, at_ns: int = 0) -> bool:
        """Music: one whole message, sent at a monotonic nanosecond, or at once if that has passed.

        Callable from the audio block: one write that does not wait. `at_ns` may be a second
        ahead. Messages of channels leave in the order they are given, whatever their `at_ns`.
        False when the output is not there, or the message had to be dropped.
        """
        if output_id not in self._inputs.reachable:
            return False
        self._inputs.echoes.sent(message, max(at_ns, time.monotonic_ns()))
        needed = not is_note_on(message)
        return self._inputs.outlet.put(frame_message(Music(output_id, message, at_ns)), needed)

    def send_light(self, output_id: str, message: bytes, spot: int = -1) -> bool:
        """A light: sent when music leaves room, at the rate of a DIN cable.

        It takes the place of a light for the same `spot` that has not been sent yet. Without one,
        the first two bytes are the spot (status and key), and sysex replaces only its like.
        """
        if output_id not in self._inputs.reachable:
            return False
        self._inputs.echoes.sent(message, time.monotonic_ns())
        return self._inputs.outlet.put(frame_message(Light(output_id, message, spot)), False)

    def hush(self) -> None:
        """End every note that is on at any output, at once, and drop those that are planned.

        Callable from the audio block, for the moment when everything must be silent. Clocks go on.
        """
        for output_id in self._inputs.reachable:
            self._inputs.outlet.put(frame_message(Hush(output_id)), True)

    def describe(self) -> str:
        """What MIDI can be sent to, in one line for people."""
        names = sorted(output_id.removeprefix("midi:") for output_id in self.outputs)
        if not names:
            return "no MIDI output"
        noun = "output" if len(names) == 1 else "outputs"
        return f"{len(names)} MIDI {noun}: {', '.join(names)}"

    def close(self) -> None:
        """Nothing is owned here: `MidiInputs.close` ends the notes, then the process."""
