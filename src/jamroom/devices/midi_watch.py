"""The process that holds the MIDI ports: it listens, stamps, and tells the room through a pipe.

It is alone because rtmidi keeps the interpreter to itself while it opens a port. JACK lets a
client in only at the end of a cycle, and a cycle ends only when the room has rendered, which needs
the interpreter: in one process a controller plugged in silenced the room for 4 seconds. Alone, it
also stamps messages without waiting for the room's sound, and a crash in libjack (it crashes when
its server dies) is a plug pulled, not the end of the room.

The monotonic clock is the same for all processes of a machine, so stamps need no translation.
"""

from __future__ import annotations

import os
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from typing import BinaryIO

import msgspec

from jamroom.devices.midi_bytes import ACTIVE_SENSING
from jamroom.devices.midi_system import MidiIn, MidiSystem, NoMidiError, Timed
from jamroom.devices.port_names import is_ours_or_loop, plain_port_name
from jamroom.messages import frame_message

LINGER_S = 0.3
POLL_S = 0.1
_STANDING_NS = 1_000_000_000
_SEARCH_S = 1.0

REANCHOR_NS = 20_000_000
"""A driver's time that is off by more than this is not believed."""

SENSING_NS = 500_000_000
"""Silence after which a device that senses is gone: MIDI 1.0 says 300 ms; the rest is for our
polls, and for JACK, which may hold a message back for a period."""


class Came(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A device was plugged in."""

    input: str


class Gone(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A device was unplugged (or stopped sensing: it `may_return` without being plugged in)."""

    at_ns: int
    input: str
    may_return: bool = False


class Played(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A device sent one MIDI message."""

    at_ns: int
    input: str
    message: bytes


class Standing(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """How we are: sent when it changes, and every second. `system` is "" without MIDI."""

    system: str
    failures: int
    last_failure: str


FromWatch = Came | Gone | Played | Standing
Tell = Callable[[FromWatch], None]


class Stamps:
    """When each message of one port was played, from when it arrived and the driver's deltas.

    Arrival jitters by what the machine is doing; the driver's seconds between messages do not. So
    times are counted on by deltas from an anchor, and the anchor is taken anew when a message
    arrives before its time (the anchor was late) or more than 20 ms after it.
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

    def __init__(self, system: MidiSystem, tell: Tell) -> None:
        self.input_id = ""
        self._system = system
        self._tell = tell
        self._client: MidiIn = system.new_client()
        self._stamps = Stamps()
        self._listening = False
        self._senses = False
        self._heard_ns = 0

    def open(self, port: str, input_id: str) -> bool:
        """Listen to a port under an id. False when it went before we came."""
        self.input_id = input_id
        self._stamps = Stamps()
        self._senses = False
        self._listening = True
        if self._system.connect(self._client, port, self._heard):
            self._tell(Came(input_id))
            return True
        self.close()
        return False

    def close(self) -> None:
        """Listen no more; Gone is the last that is told of the input."""
        self._listening = False
        self._system.disconnect(self._client)
        self._tell(Gone(time.monotonic_ns(), self.input_id))

    def check_sensing(self, now_ns: int) -> None:
        """End what a device held that sensed actively and has stopped (MIDI 1.0: as unplugged)."""
        if self._senses and now_ns - self._heard_ns > SENSING_NS:
            self._senses = False
            self._tell(Gone(now_ns, self.input_id, may_return=True))

    def _heard(self, timed: Timed, _data: object) -> None:
        arrived_ns = time.monotonic_ns()
        if not self._listening:
            return
        message, delta_s = timed
        self._heard_ns = arrived_ns
        at_ns = self._stamps.stamp(arrived_ns, delta_s)
        if len(message) == 1 and message[0] == ACTIVE_SENSING:
            self._senses = True
        elif message and message[0] < 0xF0:
            self._tell(Played(at_ns, self.input_id, bytes(message)))


class Watch:
    """Opens every MIDI source there is and keeps doing so."""

    def __init__(self, tell: Tell) -> None:
        self._tell = tell
        self._system: MidiSystem | None = None
        self._lines: dict[str, Line] = {}  # by the port's full name
        self._spare: list[Line] = []
        self._failures = 0
        self._last_failure = ""
        self._search_at_ns = 0
        self._reported: Standing | None = None
        self._reported_ns = 0

    def poll(self) -> bool:
        """Look for devices that came or went. False when the MIDI server died: leave.

        A driver's error is counted and told, and the next poll tries again.
        """
        try:
            alive = self._poll()
        except Exception as error:
            alive = True
            self._failures += 1
            self._last_failure = f"{type(error).__name__}: {error}"
        name = self._system.name if self._system else ""
        self._report(Standing(name, self._failures, self._last_failure), time.monotonic_ns())
        return alive

    def _report(self, standing: Standing, now_ns: int) -> None:
        if standing != self._reported or now_ns - self._reported_ns >= _STANDING_NS:
            self._reported, self._reported_ns = standing, now_ns
            self._tell(standing)

    def _poll(self) -> bool:
        now_ns = time.monotonic_ns()
        if self._system is None:
            if now_ns >= self._search_at_ns:
                self._search_at_ns = now_ns + round(_SEARCH_S * 1e9)
                self._search()
            if self._system is None:
                return True
        if not self._system.alive():
            return False
        ports = [port for port in self._system.ports() if not is_ours_or_loop(port)]
        still = [port for port in ports if self._system.still_connected(port)]
        for port in [port for port in self._lines if port not in still]:
            line = self._lines.pop(port)
            line.close()
            self._spare.append(line)
        for port in ports:
            if port not in self._lines:
                self._plug(self._system, port)
        for line in self._lines.values():
            line.check_sensing(now_ns)
        return True

    def _search(self) -> None:
        try:
            self._system = MidiSystem.found()
        except NoMidiError:
            self._system = None

    def _plug(self, system: MidiSystem, port: str) -> None:
        line = self._spare.pop() if self._spare else Line(system, self._tell)
        if line.open(port, self._free_id(plain_port_name(port))):
            self._lines[port] = line
        else:
            self._spare.append(line)

    def _free_id(self, name: str) -> str:
        taken = {line.input_id for line in self._lines.values()}
        number, input_id = 1, f"midi:{name}"
        while input_id in taken:
            number += 1
            input_id = f"midi:{name} #{number}"
        return input_id


def main() -> None:
    """Run until the room closes our standard input, or the MIDI server dies."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the room's to take
    sys.setswitchinterval(0.0005)
    out = _pipe_alone()
    waiting: queue.SimpleQueue[FromWatch] = queue.SimpleQueue()
    threading.Thread(target=_write, args=(out, waiting), daemon=True).start()
    threading.Thread(target=_leave_with_room, daemon=True).start()
    watch = Watch(waiting.put)
    while watch.poll():
        time.sleep(POLL_S)
    # Drivers are not closed: the system does that, and libjack would crash.
    os._exit(0)


def _pipe_alone() -> BinaryIO:
    """Standard output for us alone; what drivers print goes nowhere."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return out


def _write(out: BinaryIO, waiting: queue.SimpleQueue[FromWatch]) -> None:
    try:
        while True:
            out.write(frame_message(waiting.get()))
    except OSError:  # the room is gone
        os._exit(0)


def _leave_with_room() -> None:
    """Leave when the room has gone, but not in the same moment.

    jackd waits three of its time-outs for clients that die together, and the room that takes over
    waits with it: 1.5 s of silence. One after the other it notices at once.
    """
    sys.stdin.buffer.read()
    time.sleep(LINGER_S)
    os._exit(0)


if __name__ == "__main__":
    main()
