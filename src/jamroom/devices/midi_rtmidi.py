"""MIDI of ALSA's sequencer, CoreMIDI or Windows, by python-rtmidi.

rtmidi joins its ALSA thread when a port is closed, and holds the interpreter while it waits; a
callback in flight would wait for the interpreter, for ever. Closing a port also frees the
callback's arguments. So a short pause lets callbacks finish first. Making and deleting a client for
every plug exhausts ALSA's: they are used again.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Protocol, cast

from jamroom.devices.midi_lanes import Lanes
from jamroom.devices.midi_system import CLIENT, Heard, MidiSystem, NoMidiError, Port

_SETTLE_S = 0.005
_CONNECT_S = 0.02  # JACK hears a new connection from its next period on
_SPIN_NS = 200_000
_LONGEST_SLEEP_NS = 500_000_000

REANCHOR_NS = 20_000_000
"""A driver's time that is off by more than this is not believed."""

_Timed = tuple[Sequence[int], float]  # the message's bytes, seconds since the port's one before


class _Client(Protocol):
    """What we use of rtmidi.MidiIn and rtmidi.MidiOut."""

    def get_ports(self) -> list[str]: ...
    def open_port(self, port: int, name: str) -> object: ...
    def close_port(self) -> None: ...


class _In(_Client, Protocol):
    def set_callback(self, func: Callable[[_Timed, object], None]) -> None: ...
    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None: ...


class _Out(_Client, Protocol):
    def send_message(self, message: bytes) -> None: ...


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


def rtmidi_apis(with_jack: bool) -> list[int]:
    """rtmidi's numbers of the systems to try, best first; none when it is not installed."""
    try:
        rtmidi = _imported()
    except NoMidiError:
        return []
    wanted = [rtmidi.API_LINUX_ALSA, rtmidi.API_MACOSX_CORE, rtmidi.API_WINDOWS_MM]
    wanted += [rtmidi.API_UNIX_JACK] * with_jack
    compiled = rtmidi.get_compiled_api()
    return [api for api in wanted if api in compiled]


class RtMidi(MidiSystem):
    """Clients of rtmidi, one for each device and direction, and the thread that sends."""

    def __init__(self, api: int) -> None:
        """Raises NoMidiError when this API has nothing behind it."""
        self._rtmidi = rtmidi = _imported()
        self._api = api
        self.name = str(rtmidi.get_api_display_name(api))
        self._our_name = f"{CLIENT} {os.getpid()}"
        try:
            self._scan_in, self._scan_out = self._new_in(), self._new_out()
        except rtmidi.RtMidiError as error:
            raise NoMidiError(str(error)) from None
        self._ears: dict[str, _In] = {}
        self._mouths: dict[str, tuple[_Out, Lanes]] = {}
        self._spare_ins: list[_In] = []
        self._spare_outs: list[_Out] = []
        self._sending: _Sending | None = None

    def _new_in(self) -> _In:
        return cast(_In, self._rtmidi.MidiIn(self._api, f"{self._our_name} in"))

    def _new_out(self) -> _Out:
        return cast(_Out, self._rtmidi.MidiOut(self._api, f"{self._our_name} out"))

    def alive(self) -> bool:
        """The kernel's sequencer stays."""
        return True

    def sources(self) -> list[Port]:
        """Ports that send."""
        return [Port(name) for name in self._scan_in.get_ports()]

    def destinations(self) -> list[Port]:
        """Ports that take."""
        return [Port(name) for name in self._scan_out.get_ports()]

    def listen(self, source: str, heard: Heard) -> bool:
        """Open a port of ours on the source."""
        stamps = Stamps()

        def call(timed: _Timed, _data: object) -> None:
            arrived_ns = time.monotonic_ns()
            heard(stamps.stamp(arrived_ns, timed[1]), bytes(timed[0]))

        client = self._spare_ins.pop() if self._spare_ins else self._new_in()
        client.ignore_types(sysex=True, timing=False, active_sense=False)
        client.set_callback(call)  # closing the last port took it away
        if self._open(client, source, "in"):
            self._ears[source] = client
            return True
        self._spare_ins.append(client)
        return False

    def listens(self, source: str) -> bool:
        """Not told by these systems: a port that is listed is taken for the same."""
        return source in self._ears

    def ignore(self, source: str) -> None:
        """Close the port."""
        client = self._ears.pop(source)
        self._close(client)
        self._spare_ins.append(client)

    def reach(self, destination: str, lanes: Lanes) -> bool:
        """Open a port of ours on the destination."""
        client = self._spare_outs.pop() if self._spare_outs else self._new_out()
        if not self._open(client, destination, "out"):
            self._spare_outs.append(client)
            return False
        self._mouths[destination] = (client, lanes)
        if self._sending is None:
            self._sending = _Sending(self._rtmidi.RtMidiError)
        self._sending.mouths = tuple(self._mouths.values())
        return True

    def reaches(self, destination: str) -> bool:
        """Not told by these systems."""
        return destination in self._mouths

    def leave(self, destination: str) -> None:
        """Close the port."""
        client, _ = self._mouths.pop(destination)
        if self._sending:
            self._sending.mouths = tuple(self._mouths.values())
        self._close(client)
        self._spare_outs.append(client)

    def wake(self) -> None:
        """Have the thread that sends look."""
        if self._sending:
            self._sending.wake()

    def _open(self, client: _Client, name: str, ours: str) -> bool:
        """Open a port by its full name. False when it is gone, or moved while we opened it."""
        ports = client.get_ports()
        if name not in ports:
            return False
        index = ports.index(name)
        client.open_port(index, ours)
        time.sleep(_CONNECT_S)
        if client.get_ports()[: index + 1] == ports[: index + 1]:
            return True
        self._close(client)
        return False

    def _close(self, client: _Client) -> None:
        time.sleep(_SETTLE_S)
        with contextlib.suppress(self._rtmidi.RtMidiError):
            client.close_port()


class _Sending:
    """The thread that sends: it sleeps until just before a message is due, then waits awake."""

    def __init__(self, error: type[Exception]) -> None:
        self.mouths: tuple[tuple[_Out, Lanes], ...] = ()
        self._error = error
        self._waking, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        threading.Thread(target=self._run, name="midi out", daemon=True).start()

    def wake(self) -> None:
        """Look now: something was put into lanes."""
        with contextlib.suppress(BlockingIOError):  # then it is awake
            os.write(self._wake, b".")

    def _run(self) -> None:
        while True:
            now_ns = time.monotonic_ns()
            dues = [lanes.next_ns(now_ns) for _, lanes in self.mouths]
            due_ns = min((due for due in dues if due is not None), default=None)
            if due_ns is None or due_ns - now_ns > _SPIN_NS:
                wait_ns = _LONGEST_SLEEP_NS if due_ns is None else due_ns - now_ns - _SPIN_NS
                if select.select([self._waking], [], [], min(wait_ns, _LONGEST_SLEEP_NS) / 1e9)[0]:
                    os.read(self._waking, 4096)
                continue
            while time.monotonic_ns() < due_ns:
                pass
            self._send(time.monotonic_ns())

    def _send(self, now_ns: int) -> None:
        for client, lanes in self.mouths:
            for _, message in lanes.take(now_ns, now_ns + 1):
                with contextlib.suppress(self._error):  # it was pulled; the next look tells
                    client.send_message(message)


def _imported() -> ModuleType:
    try:
        import rtmidi
    except ImportError as error:
        raise NoMidiError(str(error)) from None
    return cast(ModuleType, rtmidi)
