"""The MIDI system underneath: ALSA's sequencer, CoreMIDI, Windows, or JACK, by python-rtmidi.

What is peculiar to a system, or to rtmidi, is dealt with here:

- A JACK client of a dead server reports its last list of ports for ever. A heartbeat (a port of
  ours that we listen to) tells: one that does not come back is suspicious, and a server that
  then registers no port is dead.
- rtmidi joins its ALSA thread when a port is closed, and holds the interpreter while it waits;
  a callback in flight would wait for the interpreter, for ever. So a short pause lets callbacks
  finish first, and what still sends at the very end is left to the operating system.
- A callback is never cancelled: one in flight would find its arguments freed.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Protocol, cast

from jamroom.devices.midi_bytes import ACTIVE_SENSING
from jamroom.native import jack_clients, quiet_stderr

CLIENT = "jamroom"
_SETTLE_S = 0.005
_HEARTBEAT = "heartbeat"

Heard = Callable[[tuple[Sequence[int], float], object], None]


class NoMidiError(Exception):
    """There is no MIDI system on this machine."""


class MidiIn(Protocol):
    """What we use of rtmidi.MidiIn."""

    def get_ports(self) -> list[str]: ...  # noqa: D102
    def open_port(self, port: int, name: str) -> object: ...  # noqa: D102
    def open_virtual_port(self, name: str) -> object: ...  # noqa: D102
    def close_port(self) -> None: ...  # noqa: D102
    def set_callback(self, func: Heard) -> None: ...  # noqa: D102
    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None: ...  # noqa: D102
    def delete(self) -> None: ...  # noqa: D102


class MidiOut(Protocol):
    """What we use of rtmidi.MidiOut."""

    def open_virtual_port(self, name: str) -> object: ...  # noqa: D102
    def close_port(self) -> None: ...  # noqa: D102
    def send_message(self, message: Sequence[int]) -> None: ...  # noqa: D102
    def delete(self) -> None: ...  # noqa: D102


class MidiSystem:
    """An API that is there, and a client of ours that sees its ports."""

    def __init__(self, rtmidi: ModuleType, api: int, let_go: Callable[[], None]) -> None:
        """Raises rtmidi's SystemError when this API has nothing behind it."""
        self._rtmidi = rtmidi
        self._api = api
        self._let_go = let_go
        self.name = str(rtmidi.get_api_display_name(api))
        self.is_jack = api == rtmidi.API_UNIX_JACK
        self._scan = cast(MidiIn, rtmidi.MidiIn(api, CLIENT))
        self._heart: MidiOut | None = None
        self._beats = self._heard_beats = 0
        if self.is_jack:
            jack_clients.join(let_go)
            self._scan.set_callback(self._hear_beat)
            self._scan.ignore_types(True, True, False)
            self._start_heart()

    @classmethod
    def found(cls, let_go: Callable[[], None]) -> MidiSystem:
        """The first MIDI system that is there. `let_go` is called when its server has died.

        Raises NoMidiError.
        """
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
        with quiet_stderr():
            for api in (api for api in wanted if api in compiled):
                with contextlib.suppress(rtmidi.RtMidiError):
                    return cls(rtmidi, api, let_go)
        raise NoMidiError("neither an ALSA sequencer nor a JACK server")

    def ports(self) -> list[str]:
        """Full names of all sources, ours included."""
        return self._scan.get_ports()

    def new_client(self, heard: Heard) -> MidiIn:
        """A client that listens; it has no port yet."""
        with quiet_stderr():
            midi_in = cast(MidiIn, self._rtmidi.MidiIn(self._api, f"{CLIENT} in"))
        midi_in.ignore_types(sysex=True, timing=False, active_sense=False)
        midi_in.set_callback(heard)
        return midi_in

    def connect(self, midi_in: MidiIn, port: str) -> bool:
        """Open a port by its full name. False when it is not there, or moved while we opened it."""
        with quiet_stderr():
            ports = midi_in.get_ports()
            if port not in ports:
                return False
            index = ports.index(port)
            midi_in.open_port(index, "in")
            if midi_in.get_ports()[: index + 1] == ports[: index + 1]:
                return True
            self.disconnect(midi_in)
            return False

    def disconnect(self, midi_in: MidiIn) -> None:
        """Close its port; the client can be used again."""
        time.sleep(_SETTLE_S)
        with quiet_stderr(), contextlib.suppress(self._rtmidi.RtMidiError):
            midi_in.close_port()

    def alive(self) -> bool:
        """Whether the server still answers (only JACK's can go). Call it once a poll."""
        if self._heart is None:
            return not self.is_jack
        came_back = self._heard_beats == self._beats
        if not came_back and not self._answers():
            return False
        self._beats = self._heard_beats + 1
        self._heart.send_message([ACTIVE_SENSING])
        return True

    def _hear_beat(self, _timed: tuple[Sequence[int], float], _data: object) -> None:
        self._heard_beats = self._beats

    def _start_heart(self) -> None:
        heart = cast(MidiOut, self._rtmidi.MidiOut(self._api, f"{CLIENT} {_HEARTBEAT}"))
        heart.open_virtual_port(_HEARTBEAT)
        self._heart = heart
        ours = [port for port in self.ports() if port.startswith(f"{CLIENT} {_HEARTBEAT}")]
        if ours:
            self._scan.open_port(self.ports().index(ours[-1]), _HEARTBEAT)

    def _answers(self) -> bool:
        """Ask the server for a port. It costs everybody a notification, so only when in doubt."""
        with quiet_stderr():
            try:
                self._scan.close_port()
                self._scan.open_virtual_port(_HEARTBEAT)
                self._scan.close_port()
            except self._rtmidi.RtMidiError:
                return False
            ...
        return True

    def died(self) -> None:
        """The server is dead: have everybody close their clients."""
        if self.is_jack:
            jack_clients.server_died()

    def close(self, clients: Sequence[MidiIn]) -> None:
        """Delete `clients`, which are disconnected, and our own."""
        jack_clients.leave(self._let_go)
        with quiet_stderr(), contextlib.suppress(self._rtmidi.RtMidiError):
            if self._heart is not None:
                self._heart.close_port()
            self._scan.close_port()
            time.sleep(_SETTLE_S)
            for client in (*clients, self._scan, self._heart):
                if client is not None:
                    client.delete()
