"""The MIDI system underneath, whichever there is, and what the ports' process asks of it."""

from __future__ import annotations

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable

import msgspec

from jamroom.devices.midi_lanes import Lanes

CLIENT = "jamroom"

Heard = Callable[[int, bytes], None]
"""Called in a thread of the driver's with a monotonic nanosecond and one message."""


class NoMidiError(Exception):
    """There is no MIDI system on this machine."""


class Port(msgspec.Struct, frozen=True):
    """A port of somebody's: its full name, and the other names a JACK server has for it."""

    name: str
    aliases: tuple[str, ...] = ()


class MidiSystem(ABC):
    """Ports that send and ports that take MIDI. Used by one thread.

    Nothing is opened, and the system's own cycle is not joined, before the first `listen` or
    `reach`. What is not listened to any more can be listened to again.
    """

    name: str
    skipped = 0  # cycles of the system that we came too late for
    failures = 0  # errors in its threads

    @staticmethod
    def found(wanted: str = "") -> MidiSystem:
        """The first MIDI system that is there. Raises NoMidiError.

        `wanted` is for tests: "rtmidi jack" takes rtmidi where JACK itself would be taken.
        """
        from jamroom.devices.midi_jack import JackMidi
        from jamroom.devices.midi_rtmidi import RtMidi, rtmidi_apis

        for api in rtmidi_apis(with_jack=wanted == "rtmidi jack"):
            with contextlib.suppress(NoMidiError):
                return RtMidi(api)
        return JackMidi()

    def ports(self) -> list[str]:
        """Full names of all sources, ours included."""
        return [port.name for port in self.sources()]

    @abstractmethod
    def sources(self) -> list[Port]:
        """Ports that send, ours included, in the system's order."""

    @abstractmethod
    def destinations(self) -> list[Port]:
        """Ports that take, ours included, in the system's order."""

    @abstractmethod
    def alive(self) -> bool:
        """Whether the system is there still: only a JACK server can go."""

    @abstractmethod
    def listen(self, source: str, heard: Heard) -> bool:
        """Have every message of a source passed to `heard`. False when it has gone."""

    @abstractmethod
    def listens(self, source: str) -> bool:
        """Whether a source that we listen to is the same device still, as far as can be told."""

    @abstractmethod
    def ignore(self, source: str) -> None:
        """Listen to it no more. Nothing is heard of it after this returns."""

    @abstractmethod
    def reach(self, destination: str, lanes: Lanes) -> bool:
        """Send to a destination whatever its lanes hold. False when it has gone."""

    @abstractmethod
    def reaches(self, destination: str) -> bool:
        """Whether a destination that we reached is the same device still."""

    @abstractmethod
    def leave(self, destination: str) -> None:
        """Send to it no more."""

    @abstractmethod
    def wake(self) -> None:
        """Something was put into lanes."""
