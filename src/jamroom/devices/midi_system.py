"""The MIDI system underneath: ALSA's sequencer, CoreMIDI, Windows, or JACK, by python-rtmidi.

What is peculiar to a system, or to rtmidi, is dealt with here:

- A JACK client of a dead server reports its last list of ports for ever. A heartbeat (a port of
  ours that we listen to) tells: one that does not come back is suspicious, and a server that
  then gives no port is dead. Touching its clients after that crashes libjack: leave the process.
- rtmidi joins its ALSA thread when a port is closed, and holds the interpreter while it waits;
  a callback in flight would wait for the interpreter, for ever. Closing a port also frees the
  callback's arguments. So a short pause lets callbacks finish first.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Protocol, cast

from jamroom.devices.midi_bytes import ACTIVE_SENSING

CLIENT = "jamroom"
_SETTLE_S = 0.005
_CONNECT_S = 0.02  # JACK hears a new connection from its next period on
_BEAT_NS = 500_000_000  # longer than JACK's longest period

Timed = tuple[Sequence[int], float]
"""What a callback gets: the message's bytes, and seconds since the port's message before."""

Heard = Callable[[Timed, object], None]


class NoMidiError(Exception):
    """There is no MIDI system on this machine."""


class MidiIn(Protocol):
    """What we use of rtmidi.MidiIn."""

    def get_ports(self) -> list[str]: ...  # noqa: D102
    def open_port(self, port: int, name: str) -> object: ...  # noqa: D102
    def close_port(self) -> None: ...  # noqa: D102
    def set_callback(self, func: Heard) -> None: ...  # noqa: D102
    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None: ...  # noqa: D102


class MidiOut(Protocol):
    """What we use of rtmidi.MidiOut."""

    def open_virtual_port(self, name: str) -> object: ...  # noqa: D102
    def send_message(self, message: Sequence[int]) -> None: ...  # noqa: D102


class MidiSystem:
    """An API that is there, and a client of ours that sees its ports."""

    def __init__(self, rtmidi: ModuleType, api: int) -> None:
        """Raises rtmidi's SystemError when this API has nothing behind it."""
        self._rtmidi = rtmidi
        self._api = api
        self.name = str(rtmidi.get_api_display_name(api))
        self._scan = cast(MidiIn, rtmidi.MidiIn(api, CLIENT))
        self._heart: MidiOut | None = None
        self._beat = self._heard_beat = self._next_beat_ns = 0
        if api == rtmidi.API_UNIX_JACK:
            self._start_heart()

    @classmethod
    def found(cls) -> MidiSystem:
        """The first MIDI system that is there. Raises NoMidiError."""
        try:
            import rtmidi
        except ImportError as error:
            raise NoMidiError(str(error)) from None
        wanted = (
            rtmidi.API_LINUX_ALSA,
            rtmidi.API_MACOSX_CORE,
            rtmidi.API_WINDOWS_MM,
            rtmidi.API_UNIX_JACK,
        )
        compiled = rtmidi.get_compiled_api()
        for api in (api for api in wanted if api in compiled):
            with contextlib.suppress(rtmidi.RtMidiError):
                return cls(rtmidi, api)
        raise NoMidiError("neither an ALSA sequencer nor a JACK server")

    def ports(self) -> list[str]:
        """Full names of all sources, ours included."""
        return self._scan.get_ports()

    def new_client(self) -> MidiIn:
        """A client that listens; it has no port yet."""
        return cast(MidiIn, self._rtmidi.MidiIn(self._api, f"{CLIENT} in"))

    def connect(self, midi_in: MidiIn, port: str, heard: Heard) -> bool:
        """Open a port by its full name. False when it is gone, or moved while we opened it."""
        ports = midi_in.get_ports()
        if port not in ports:
            return False
        index = ports.index(port)
        midi_in.ignore_types(sysex=True, timing=False, active_sense=False)
        midi_in.set_callback(heard)  # closing the last port took it away
        midi_in.open_port(index, "in")
        time.sleep(_CONNECT_S)
        if midi_in.get_ports()[: index + 1] == ports[: index + 1]:
            return True
        self.disconnect(midi_in)
        return False

    def disconnect(self, midi_in: MidiIn) -> None:
        """Close its port; the client can be used again."""
        time.sleep(_SETTLE_S)
        with contextlib.suppress(self._rtmidi.RtMidiError):
            midi_in.close_port()

    def alive(self) -> bool:
        """Whether the server still answers (only JACK's can go). Call it once a poll."""
        now_ns = time.monotonic_ns()
        if self._heart is None or now_ns < self._next_beat_ns:
            return True
        if self._heard_beat != self._beat and not self._answers():
            return False
        self._beat += 1
        self._next_beat_ns = now_ns + _BEAT_NS
        self._heart.send_message([ACTIVE_SENSING])
        return True

    def _hear_beat(self, _timed: Timed, _data: object) -> None:
        self._heard_beat = self._beat

    def _start_heart(self) -> None:
        self._heart = cast(MidiOut, self._rtmidi.MidiOut(self._api, _heart_name()))
        self._heart.open_virtual_port("out")
        self._listen_to_heart()

    def _listen_to_heart(self) -> None:
        ports = self.ports()
        ours = next(port for port in ports if port.startswith(_heart_name()))
        self._scan.ignore_types(sysex=True, timing=True, active_sense=False)
        self._scan.set_callback(self._hear_beat)
        self._scan.open_port(ports.index(ours), "heartbeat")

    def _answers(self) -> bool:
        """Ask the server for a port. It costs everybody a notification, so only when in doubt."""
        try:
            self._scan.close_port()
            self._listen_to_heart()
        except (self._rtmidi.RtMidiError, StopIteration):
            return False
        return True


def _heart_name() -> str:
    return f"{CLIENT} heartbeat {os.getpid()}"
