"""One open MIDI port: bytes and driver times in, stamped inputs out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from jamroom.devices.midi_bytes import ACTIVE_SENSING, Unplayed, parse_midi
from jamroom.devices.midi_system import MidiIn, MidiSystem
from jamroom.session.inputs import AnyInput, InputGone

OnInput = Callable[[int, AnyInput], None]

REANCHOR_NS = 20_000_000
"""A driver's time that is off by more than this is not believed."""

SENSING_NS = 500_000_000
"""Silence after which a device that senses is gone: MIDI 1.0 says 300 ms; the rest is our polls'
and the interpreter's own unpunctuality."""


class Tally:
    """What went wrong on the drivers' threads, where exceptions would vanish."""

    def __init__(self) -> None:
        self.broken_messages = 0
        self.failures = 0
        self.last_failure = ""

    def failed(self, error: Exception) -> None:
        """Remember an error."""
        self.failures += 1
        self.last_failure = f"{type(error).__name__}: {error}"


class Stamps:
    """When each message of one port was played, from when it arrived and the driver's deltas.

    Arrival jitters by the interpreter's switch interval and whatever holds it; the driver's
    seconds between messages do not. So times are counted on by deltas from an anchor, and the
    anchor is taken anew when a message arrives before its time (the anchor was late) or more than
    20 ms after it (the deltas are wrong, or we were asleep).
    """

    def __init__(self) -> None:
        self._last_ns: int | None = None

    def stamp(self, arrived_ns: int, delta_s: float) -> int:
        """The best guess in monotonic nanoseconds; never after `arrived_ns`."""
        at_ns = arrived_ns
        if self._last_ns is not None and 0.0 <= delta_s < 1e6:
            counted_ns = self._last_ns + round(delta_s * 1e9)
            if 0 <= arrived_ns - counted_ns <= REANCHOR_NS:
                at_ns = counted_ns
        self._last_ns = at_ns
        return at_ns


class Line:
    """A MIDI client that listens to one port at a time, and is used again for the next.

    Making and deleting a client for every plug exhausts ALSA's and JACK's.
    """

    def __init__(
        self,
        system: MidiSystem,
        on_input: OnInput,
        tally: Tally,
        clock_ns: Callable[[], int] = time.monotonic_ns,
    ) -> None:
        self.input_id = ""
        self._system = system
        self._on_input = on_input
        self._tally = tally
        self._clock_ns = clock_ns
        self._stamps = Stamps()
        self._listening = False
        self._senses = False
        self._heard_ns = 0
        self.midi_in: MidiIn = system.new_client(self._heard)

    def open(self, port: str, input_id: str) -> bool:
        """Listen to a port under an id. False when it went before we came."""
        self.input_id = input_id
        self._stamps = Stamps()
        self._senses = False
        self._listening = True
        if self._system.connect(self.midi_in, port):
            return True
        self._listening = False
        return False

    def close(self) -> None:
        """Listen no more. Nothing is passed on after this returns."""
        self._listening = False
        self._system.disconnect(self.midi_in)

    def check_sensing(self, now_ns: int) -> None:
        """End what a device held that sensed actively and has stopped (MIDI 1.0: as unplugged)."""
        if self._senses and now_ns - self._heard_ns > SENSING_NS:
            self._senses = False
            self._on_input(now_ns, InputGone(-1, self.input_id))

    def _heard(self, timed: tuple[Sequence[int], float], _data: object) -> None:
        arrived_ns = self._clock_ns()
        try:
            self._pass_on(timed[0], arrived_ns, timed[1])
        except Exception as error:
            self._tally.failed(error)

    def _pass_on(self, message: Sequence[int], arrived_ns: int, delta_s: float) -> None:
        if not self._listening:
            return
        self._heard_ns = arrived_ns
        at_ns = self._stamps.stamp(arrived_ns, delta_s)
        if len(message) == 1 and message[0] == ACTIVE_SENSING:
            self._senses = True
            return
        parsed = parse_midi(message, self.input_id)
        if isinstance(parsed, Unplayed):
            self._tally.broken_messages += parsed is Unplayed.BROKEN
        else:
            self._on_input(at_ns, parsed)
