"""The MIDI system underneath: ALSA's sequencer, CoreMIDI, Windows, or JACK, by python-rtmidi.

What is peculiar to a system, or to rtmidi, is dealt with here:

- rtmidi does not tell that a JACK server died, and then lists its ports as they were for ever; nor
  that a port was pulled and put back between two looks, which leaves us connected to nothing. So a
  second JACK client, which takes no part in the audio cycle, does the looking. Touching clients of
  a dead server crashes libjack: leave the process.
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
from typing import Any, Protocol, cast

CLIENT = "jamroom"
_SETTLE_S = 0.005
_CONNECT_S = 0.02  # JACK hears a new connection from its next period on

Timed = tuple[Sequence[int], float]
"""What a callback gets: the message's bytes, and seconds since the port's message before."""

Heard = Callable[[Timed, object], None]


class NoMidiError(Exception):
    """There is no MIDI system on this machine."""


class MidiIn(Protocol):
    """What we use of rtmidi.MidiIn."""

    def get_ports(self) -> list[str]:
        """Full names of all sources, in the order of their indices."""

    def open_port(self, port: int, name: str) -> object:
        """Listen to the source of an index, through a port of ours named `name`."""

    def close_port(self) -> None:
        """Listen no more, and forget the callback."""

    def set_callback(self, func: Heard) -> None:
        """Have every message passed to `func`, from a thread of the driver."""

    def ignore_types(self, sysex: bool, timing: bool, active_sense: bool) -> None:
        """Which kinds of message are left out."""


class MidiSystem:
    """An API that is there, and a client of ours that sees its ports."""

    def __init__(self, rtmidi: ModuleType, api: int) -> None:
        """Raises rtmidi's SystemError when this API has nothing behind it."""
        self._rtmidi = rtmidi
        self._api = api
        self.name = str(rtmidi.get_api_display_name(api))
        self._in_name = f"{CLIENT} in {os.getpid()}"
        self._jack = JackView() if api == rtmidi.API_UNIX_JACK else None
        self._scan = self.new_client() if self._jack is None else None

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
            with contextlib.suppress(rtmidi.RtMidiError, NoMidiError):
                return cls(rtmidi, api)
        raise NoMidiError("neither an ALSA sequencer nor a JACK server")

    def ports(self) -> list[str]:
        """Full names of all sources, ours included."""
        if self._jack is not None:
            return self._jack.sources()
        assert self._scan is not None
        return self._scan.get_ports()

    def alive(self) -> bool:
        """Whether the server is there (only JACK's can go)."""
        return self._jack is None or not self._jack.lost

    def still_connected(self, port: str) -> bool:
        """Whether a port we opened is the same device still (only JACK tells)."""
        return self._jack is None or self._jack.leads_to(port, self._in_name)

    def new_client(self) -> MidiIn:
        """A client that listens; it has no port yet."""
        return cast(MidiIn, self._rtmidi.MidiIn(self._api, self._in_name))

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


class JackView:
    """What a JACK server has, seen without taking part in its cycle."""

    def __init__(self) -> None:
        """Raises NoMidiError when no server runs."""
        try:
            import jack
        except (ImportError, OSError) as error:
            raise NoMidiError(str(error)) from None
        try:
            self._client: Any = jack.Client(f"{CLIENT} looks", no_start_server=True)
        except jack.JackOpenError as error:
            raise NoMidiError(str(error)) from None
        self.lost = False
        self._client.set_shutdown_callback(self._shutdown)

    def _shutdown(self, _status: object, _reason: str) -> None:
        self.lost = True

    def sources(self) -> list[str]:
        """Full names of the ports that send MIDI."""
        return [port.name for port in self._client.get_ports(is_midi=True, is_output=True)]

    def leads_to(self, source: str, client: str) -> bool:
        """Whether a source is connected to a client whose name begins so."""
        connected = self._client.get_all_connections(source)
        return any(port.name.startswith(client) for port in connected)
