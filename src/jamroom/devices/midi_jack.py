"""MIDI of a JACK server (jackd or PipeWire), as one client: exact to the sample both ways.

Not through rtmidi. It makes a client for every port, each of which calls into the interpreter from
a thread of its own in every cycle; it stamps with the time of the cycle, not of the message; it
sends at the beginning of the next cycle, whenever that is; and it holds the interpreter while it
opens a port, which ends only with the cycle, which waits for the interpreter. libjack is called
here without the interpreter, so opening a port stops nobody.

When the server dies its clients must not be touched any more: leave the process.
"""

from __future__ import annotations

import contextlib
import time
from types import ModuleType
from typing import Any, cast

from jamroom.devices.jack_calls import JackCalls
from jamroom.devices.midi_lanes import Lanes, is_note_on
from jamroom.devices.midi_system import CLIENT, Heard, MidiSystem, NoMidiError, Port
from jamroom.stamps import StampClock

_SYSTEM = 0xF0
_MOST_AGAIN = 64


class _Ear:
    """A port of ours that listens."""

    def __init__(self, port: Any, address: int) -> None:
        self.port = port
        self.address = address
        self.heard: Heard | None = None


class _Mouth:
    """A port of ours that sends."""

    def __init__(self, port: Any, address: int) -> None:
        self.port = port
        self.address = address
        self.lanes: Lanes | None = None
        self.sent: list[bytes] = []  # in this cycle


class JackMidi(MidiSystem):
    """A client with one port for each device and direction.

    A message is stamped with the time at which it was played, if it came from hardware: one
    period before the sample of the cycle at which the server delivers it. What is sent leaves at
    the sample its time falls on, if it was put a period ahead, else with the next cycle.
    Ports of ours are kept for the next device and never taken away: the cycle may be using them.
    """

    name = "JACK"

    def __init__(self) -> None:
        """Raises NoMidiError when no server runs."""
        jack = _imported()
        try:
            self._client: Any = jack.Client(f"{CLIENT} midi", no_start_server=True)
        except jack.JackOpenError as error:
            raise NoMidiError(str(error)) from None
        self._error: type[Exception] = jack.JackError
        self._ffi: Any = jack._ffi
        self._calls = JackCalls(jack._libname, self._address(self._client))
        self._ns_per_frame = 1e9 / self._client.samplerate
        self._clock = StampClock(self._client.samplerate)
        self._ears: tuple[_Ear, ...] = ()
        self._mouths: tuple[_Mouth, ...] = ()
        self._listening: dict[str, _Ear] = {}
        self._reaching: dict[str, _Mouth] = {}
        self._active = self._lost = False
        self._next_frame = -1
        self._late = False
        self._client.set_shutdown_callback(self._shutdown)
        self._client.set_process_callback(self._process)

    def _shutdown(self, _status: object, _reason: str) -> None:
        self._lost = True

    def alive(self) -> bool:
        """Whether the server is there."""
        return not self._lost

    def sources(self) -> list[Port]:
        """Ports that send MIDI, with their aliases."""
        return self._ports(is_output=True)

    def destinations(self) -> list[Port]:
        """Ports that take MIDI, with their aliases."""
        return self._ports(is_input=True)

    def _ports(self, **direction: bool) -> list[Port]:
        try:
            found = self._client.get_ports(is_midi=True, **direction)
            return [Port(port.name, tuple(port.aliases)) for port in found]
        except self._error:  # one of them went while we looked
            return self._ports(**direction) if self.alive() else []

    # -- listening -------------------------------------------------------------------------

    def listen(self, source: str, heard: Heard) -> bool:
        """Connect a port of ours to the source."""
        self._take_part()
        ear = next((ear for ear in self._ears if ear not in self._listening.values()), None)
        if ear is None:
            port = self._client.midi_inports.register(f"in {len(self._ears) + 1}")
            ear = _Ear(port, self._address(port))
            self._ears = (*self._ears, ear)
        self._listening[source] = ear
        ear.heard = heard
        if self._connect(source, ear.port.name):
            return True
        self.ignore(source)
        return False

    def listens(self, source: str) -> bool:
        """Whether the source leads to our port: a device pulled and put back does not."""
        return self._connected(source, self._listening[source].port.name)

    def ignore(self, source: str) -> None:
        """Disconnect."""
        ear = self._listening.pop(source)
        ear.heard = None
        self._free(ear.port)

    # -- sending ---------------------------------------------------------------------------

    def reach(self, destination: str, lanes: Lanes) -> bool:
        """Connect a port of ours to the destination."""
        self._take_part()
        mouth = next((m for m in self._mouths if m not in self._reaching.values()), None)
        if mouth is None:
            port = self._client.midi_outports.register(f"out {len(self._mouths) + 1}")
            mouth = _Mouth(port, self._address(port))
            self._mouths = (*self._mouths, mouth)
        self._reaching[destination] = mouth
        if self._connect(mouth.port.name, destination):
            mouth.lanes = lanes
            return True
        self.leave(destination)
        return False

    def reaches(self, destination: str) -> bool:
        """Whether our port leads to the destination."""
        return self._connected(destination, self._reaching[destination].port.name)

    def leave(self, destination: str) -> None:
        """Disconnect."""
        mouth = self._reaching.pop(destination)
        mouth.lanes = None
        self._free(mouth.port)

    def wake(self) -> None:
        """The next cycle looks by itself."""

    # -- the server's cycle ------------------------------------------------------------------

    def _process(self, frames: int) -> None:
        try:
            self._cycle(frames)
        except Exception:  # raised here, it would be the last cycle we are called in
            self.failures += 1

    def _cycle(self, frames: int) -> None:
        now_ns = time.monotonic_ns()
        calls, ns_per_frame = self._calls, self._ns_per_frame
        frame, since = calls.cycle()
        self.skipped += self._next_frame not in (frame, -1)
        self._next_frame = (frame + frames) % (1 << 32)
        self._clock.tick(frame, now_ns - round(since * ns_per_frame))
        begin_ns = self._clock.line()[1]
        period_ns = round(frames * ns_per_frame)
        came: list[tuple[Heard, int, bytes]] = []
        for ear in self._ears:
            if heard := ear.heard:
                for offset, message in calls.events(ear.address, frames):
                    at_ns = begin_ns - period_ns + round(offset * ns_per_frame)
                    came.append((heard, at_ns, message))
        for mouth in self._mouths:
            buffer = calls.begin(mouth.address, frames)
            mouth.sent = mouth.sent[-_MOST_AGAIN:] if self._late else []
            if lanes := mouth.lanes:
                last = 0
                for message in mouth.sent:
                    calls.write(buffer, 0, message)
                for at_ns, message in lanes.take(begin_ns, begin_ns + period_ns):
                    offset = round((at_ns - begin_ns) / ns_per_frame)
                    last = min(frames - 1, max(last, offset))
                    self.failures += not calls.write(buffer, last, message)
                    _remember(mouth.sent, message)
                mouth.sent += lanes.lit
        # Who ends after the period was perhaps not waited for. No note may sound for ever by that:
        # its end is sent again, and so are lights; what would be wrong twice (notes, ticks) is not.
        frame_now, since = calls.cycle()
        self._late = frame_now != frame or since >= frames
        # Last of all, because it wakes other threads.
        for heard, at_ns, message in came:
            heard(at_ns, message)

    def _address(self, of: Any) -> int:
        """Where libjack has a client or a port of ours (JACK-Client keeps it in `_ptr`)."""
        return int(self._ffi.cast("uintptr_t", of._ptr))

    # -- connections -----------------------------------------------------------------------

    def _take_part(self) -> None:
        if not self._active:
            self._client.activate()
            self._active = True

    def _connect(self, source: str, destination: str) -> bool:
        with contextlib.suppress(self._error):
            self._client.connect(source, destination)
        return self._connected(source, destination)

    def _connected(self, one: str, other: str) -> bool:
        try:
            return any(port.name == other for port in self._client.get_all_connections(one))
        except self._error:
            return False

    def _free(self, port: Any) -> None:
        if self.alive():
            with contextlib.suppress(self._error):
                port.disconnect()


def _remember(sent: list[bytes], message: bytes) -> None:
    """Keep what may be sent again; a note that has begun anew must not be ended by it."""
    if is_note_on(message):
        end = message[0] & 0x8F
        sent[:] = [one for one in sent if not (one[0] & 0xEF == end and one[1] == message[1])]
    elif message[0] < _SYSTEM:
        sent.append(message)


def _imported() -> ModuleType:
    """The module `jack`, told to keep libjack from writing to the terminal."""
    try:
        import jack
    except (ImportError, OSError) as error:  # no Python package, or no libjack for it
        raise NoMidiError(str(error)) from None
    module: Any = jack
    module.set_error_function(_ignore)
    module.set_info_function(_ignore)
    return cast(ModuleType, module)


def _ignore(_message: str) -> None:
    """A message of libjack's for nobody."""
