"""What crosses the two pipes between the room and the process that holds the MIDI ports."""

from __future__ import annotations

import msgspec


class Came(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """A device that sends was plugged in."""

    input: str


class Gone(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """It was unplugged (or stopped sensing: it `may_return` without being plugged in)."""

    at_ns: int
    input: str
    may_return: bool = False


class Played(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """A device sent one MIDI message."""

    at_ns: int
    input: str
    message: bytes


class Reachable(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """The devices that take MIDI, all of them: sent when they change."""

    outputs: tuple[str, ...]


class Standing(msgspec.Struct, frozen=True, tag=True, array_like=True):
    """How we are: sent when it changes, and every second. `system` is "" without MIDI.

    `skipped` counts cycles of a JACK server that we were too late for, with what was in them;
    `read` is how many messages we have passed on as Played.
    """

    system: str
    failures: int
    last_failure: str
    skipped: int = 0
    read: int = 0


FromWatch = Came | Gone | Played | Reachable | Standing


class Music(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """Send this to a device at a monotonic nanosecond, or at once if that has passed."""

    output: str
    message: bytes
    at_ns: int = 0


class Light(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """Send this when there is room: it takes the place of what waits for the same spot.

    Without a `spot` (-1) the message's own first two bytes name it; sysex then replaces nothing.
    """

    output: str
    message: bytes
    spot: int = -1


class Hush(msgspec.Struct, frozen=True, tag=True, array_like=True, gc=False):
    """End every note that is on at a device, and forget those that wait; a clock too if asked."""

    output: str
    clock: bool = False


ToWatch = Music | Light | Hush
