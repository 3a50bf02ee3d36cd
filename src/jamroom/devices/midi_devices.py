"""The devices that are plugged in: found, named, listened to and sent to, until they go."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable

from jamroom.devices.midi_bytes import ACTIVE_SENSING
from jamroom.devices.midi_lanes import Lanes
from jamroom.devices.midi_system import MidiSystem, NoMidiError
from jamroom.devices.midi_units import Unit, find_units
from jamroom.devices.midi_wire import (
    Came,
    FromWatch,
    Gone,
    Hush,
    Played,
    Reachable,
    Standing,
    ToWatch,
)
from jamroom.devices.name_book import NameBook
from jamroom.devices.port_names import name_to_show, plain_port_name
from jamroom.devices.usb_ports import evidence

_STANDING_NS = 1_000_000_000
_SEARCH_S = 1.0

SENSING_NS = 500_000_000
"""Silence after which a device that senses is gone: MIDI 1.0 says 300 ms; the rest is for our
polls, and for JACK, which may hold a message back for a period."""

CLOCK = frozenset((0xF2, 0xF8, 0xFA, 0xFB, 0xFC))
"""System messages that the room is told of: song position, tick, start, continue, stop."""

Tell = Callable[[FromWatch], None]


class Line:
    """What is heard of one device, until it goes."""

    def __init__(self, input_id: str, tell: Tell) -> None:
        self.input_id = input_id
        self._tell = tell
        self.read = 0
        self._listening = True
        self._senses = False
        self._heard_ns = 0

    def heard(self, at_ns: int, message: bytes) -> None:
        """One message, in the driver's thread."""
        if not self._listening or not message:
            return
        self._heard_ns = time.monotonic_ns()
        status = message[0]
        if status < 0xF0 or status in CLOCK:
            self.read += 1
            self._tell(Played(at_ns, self.input_id, message))
        elif status == ACTIVE_SENSING:
            self._senses = True

    def close(self) -> None:
        """Gone is the last that is told of the input."""
        self._listening = False
        self._tell(Gone(time.monotonic_ns(), self.input_id))

    def check_sensing(self, now_ns: int) -> None:
        """End what a device held that sensed actively and has stopped (MIDI 1.0: as unplugged)."""
        if self._senses and now_ns - self._heard_ns > SENSING_NS:
            self._senses = False
            self._tell(Gone(now_ns, self.input_id, may_return=True))


class Device:
    """A controller or an instrument that is plugged in, under the id that it goes by."""

    def __init__(self, unit: Unit, device_id: str) -> None:
        self.unit = unit
        self.id = device_id
        self.line: Line | None = None
        self.lanes: Lanes | None = None


class Watch:
    """Opens every MIDI port there is, in both directions, and keeps doing so.

    `tell` may be called from any thread. `poll` belongs to one; `send` may be called from another.
    """

    def __init__(self, tell: Tell, book: NameBook, wanted: str = "") -> None:
        self._tell = tell
        self._book = book
        self._wanted = wanted
        self._system: MidiSystem | None = None
        self._devices: dict[str, Device] = {}  # by the unit's key
        self._lanes: dict[str, Lanes] = {}  # by id; replaced whole
        self._read_before = 0  # by lines that are closed
        self._failures = 0
        self._last_failure = ""
        self._search_at_ns = 0
        self._reported: Standing | None = None
        self._reported_ns = 0

    def send(self, what: ToWatch) -> None:
        """Put something into the lanes of a device; into nothing when it is not there."""
        if lanes := self._lanes.get(what.output):
            lanes.put(what)

    def wake(self) -> None:
        """Have what was put into lanes sent."""
        if self._system:
            self._system.wake()

    def hush(self) -> None:
        """End every note and clock that we began anywhere."""
        for output, lanes in self._lanes.items():
            lanes.put(Hush(output, clock=True))
        self.wake()

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
        self._report()
        return alive

    def _report(self) -> None:
        standing = Standing("", self._failures, self._last_failure)
        if system := self._system:
            failures = self._failures + system.failures
            lines = (device.line for device in self._devices.values() if device.line)
            read = self._read_before + sum(line.read for line in lines)
            standing = Standing(system.name, failures, self._last_failure, system.skipped, read)
        now_ns = time.monotonic_ns()
        if standing != self._reported or now_ns - self._reported_ns >= _STANDING_NS:
            self._reported, self._reported_ns = standing, now_ns
            self._tell(standing)

    def _poll(self) -> bool:
        now_ns = time.monotonic_ns()
        if self._system is None:
            if now_ns >= self._search_at_ns:
                self._search_at_ns = now_ns + round(_SEARCH_S * 1e9)
                with contextlib.suppress(NoMidiError):
                    self._system = MidiSystem.found(self._wanted)
            if self._system is None:
                return True
            self._report()
        system = self._system
        if not system.alive():
            return False
        units = {unit.key: unit for unit in find_units(system.sources(), system.destinations())}
        for key in [key for key in self._devices if not self._is_still(system, key, units)]:
            self._unplug(system, self._devices.pop(key))
        for key, unit in units.items():
            self._plug(system, key, unit)
        for device in self._devices.values():
            if device.line:
                device.line.check_sensing(now_ns)
        self._tell_reachable()
        return True

    def _is_still(self, system: MidiSystem, key: str, units: dict[str, Unit]) -> bool:
        """Whether the device under a key is the one we know, by all that can be seen of it."""
        device = self._devices[key]
        known, seen = device.unit, units.get(key)
        if seen is None:
            return False
        if device.line and (
            seen.source is None
            or known.source is None
            or seen.source.name != known.source.name
            or not system.listens(known.source.name)
        ):
            return False
        if known.aliases != seen.aliases and self._id_of(seen, but=device) != device.id:
            return False
        if device.lanes and known.destination and not self._reaches_still(system, device, seen):
            system.leave(known.destination.name)
            device.lanes = None
        device.unit = seen
        return True

    def _reaches_still(self, system: MidiSystem, device: Device, seen: Unit) -> bool:
        known = device.unit.destination
        return known is not None and (
            seen.destination is not None
            and seen.destination.name == known.name
            and system.reaches(known.name)
        )

    def _id_of(self, unit: Unit, but: Device | None = None) -> str:
        taken = {device.id for device in self._devices.values() if device is not but}
        port = unit.port
        name = plain_port_name(name_to_show(port.name, port.aliases))
        return self._book.id_for(name, evidence(port.name, unit.aliases), taken)

    def _plug(self, system: MidiSystem, key: str, unit: Unit) -> None:
        device = self._devices.get(key)
        if device is None:
            device = self._devices[key] = Device(unit, self._id_of(unit))
        if unit.source and device.line is None:
            line = Line(device.id, self._tell)
            if system.listen(unit.source.name, line.heard):
                device.line = line
                self._tell(Came(device.id))
            else:
                line.close()
        if unit.destination and device.lanes is None:
            lanes = Lanes()
            if system.reach(unit.destination.name, lanes):
                device.lanes = lanes

    def _unplug(self, system: MidiSystem, device: Device) -> None:
        if device.line:
            assert device.unit.source
            device.line.close()
            system.ignore(device.unit.source.name)
            self._read_before += device.line.read
        if device.lanes:
            assert device.unit.destination
            system.leave(device.unit.destination.name)

    def _tell_reachable(self) -> None:
        lanes = {device.id: device.lanes for device in self._devices.values() if device.lanes}
        changed = lanes.keys() != self._lanes.keys()
        self._lanes = lanes
        if changed:
            self._tell(Reachable(tuple(lanes)))
