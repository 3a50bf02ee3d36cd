"""Lights over a real JACK server: they arrive, and at the rate of a cable. Ticks are counted."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from lamp_device import LampDevice

from jack_device import JackDevice
from jamroom.devices.controller_files import find_profile, load_controllers
from jamroom.devices.controllers import Controllers
from jamroom.devices.light_views import LayerLight, LightView
from jamroom.devices.lights import Lights
from jamroom.devices.midi_in import MidiInputs
from jamroom.devices.midi_lanes import BURST_BYTES, DIN_BYTES_PER_S
from jamroom.devices.midi_out import MidiOutputs
from jamroom.music.palette import Palette
from jamroom.session.inputs import AnyInput, KeyDown, KeyUp
from real_jack import JackServer, until

pytestmark = pytest.mark.jack

PROFILES, _ = load_controllers([Path(__file__).parents[2] / "controllers"])
NAME = "Launchpad Mini MK3 LPMiniMK3 MI"
PAD = f"midi:{NAME}"
RATE = 48_000
TICK_S = 0.02
FREE = LightView(Palette(2, "dorian"), "ladder", badge_colour="#ff9640")
PROFILE = find_profile(PROFILES, PAD)
assert PROFILE is not None
LIVE = bytes.fromhex(PROFILE.at_leave[0])


class Desk:
    """Ports, controllers and lights as the room has them, and one Launchpad to plug in."""

    def __init__(self) -> None:
        assert PROFILE is not None
        self.heard: list[AnyInput] = []
        self.inputs = MidiInputs(lambda at_ns, said: self.controllers.heard(at_ns, said))
        self.outputs = MidiOutputs(self.inputs)
        self.controllers = Controllers(
            PROFILES, lambda _, said: self.heard.append(said), self.outputs.send_light
        )
        self.lights = Lights(self.controllers, self.send)
        self.sent: list[bytes] = []
        self.wanted = LampDevice(PROFILE)  # what our bytes come to
        self.lamps = LampDevice(PROFILE)  # what those that arrived come to
        self.arrived: list[tuple[int, bytes]] = []
        self.device: JackDevice | None = None

    def send(self, output: str, message: bytes) -> bool:
        if not self.outputs.send_light(output, message):
            return False
        self.sent.append(message)
        self.wanted.hears(message)
        return True

    def plug(self) -> None:
        self.device = JackDevice(NAME)

        def sees_now() -> bool:
            self.inputs.poll()
            self.outputs.poll()
            return self.inputs.inputs == self.outputs.outputs == (PAD,)

        until(sees_now, NAME)
        self.controllers.here(self.inputs.inputs)

    def unplug(self) -> None:
        assert self.device is not None
        self.device.unplug()
        self.device = None
        self.lamps.lamps.clear()
        self.lamps.setup.clear()
        self.wanted.lamps.clear()
        until(lambda: not self.inputs.inputs, "the device to be gone")

    def tick(self, view: LightView) -> int:
        before = len(self.sent)
        self.lights.tick(time.monotonic_ns(), {PAD: view})
        time.sleep(TICK_S)
        assert self.device is not None
        for frame, message in self.device.heard():
            self.arrived.append((frame, message))
            if message != LIVE:
                self.lamps.hears(message)
        return len(self.sent) - before

    def shows(self, view: LightView) -> None:
        """Tick until what arrived is what is wanted. JACK leaves out late clients' MIDI."""

        def as_wanted() -> bool:
            for _ in range(30):
                if not self.tick(view) and self.wanted.lamps == self.lamps.lamps:
                    return True
            self.controllers.gone(PAD)  # something was lost on the way: paint it all anew
            self.controllers.came(PAD)
            return False

        until(as_wanted, "the lamps to show what is wanted")

    def close(self) -> None:
        self.inputs.close()
        if self.device is not None:
            self.device.unplug()
        assert self.inputs.failures == 0, self.inputs.last_failure


@pytest.fixture
def desk(jack_server: JackServer) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def busiest_second(arrived: list[tuple[int, bytes]]) -> int:
    most = 0
    for first, (start, _) in enumerate(arrived):
        within = (len(message) for frame, message in arrived[first:] if frame < start + RATE)
        most = max(most, sum(within))
    return most


def test_a_launchpad_is_painted_played_replugged_and_left_as_it_was(desk: Desk) -> None:
    desk.plug()
    desk.shows(FREE)
    assert desk.lamps.setup
    assert len(desk.lamps.lamps) == 64 + 8 + 8
    assert busiest_second(desk.arrived) <= DIN_BYTES_PER_S + BURST_BYTES

    def played() -> bool:
        assert desk.device is not None
        desk.device.play((0x90, 12, 99))
        desk.device.play((0x80, 12, 0))
        time.sleep(0.02)
        return KeyDown(-1, PAD, 37, 99) in desk.heard and KeyUp(-1, PAD, 37, 0) in desk.heard

    until(played, "a pad to be heard")
    desk.shows(msgspec.structs.replace(FREE, keys_on=frozenset({37})))
    assert desk.lamps.lamps[0x90, 12] == (0, 3)

    desk.unplug()
    desk.plug()
    desk.shows(FREE)
    assert desk.lamps.setup
    assert len(desk.lamps.lamps) == 64 + 8 + 8

    def left() -> bool:
        desk.lights.close()
        desk.controllers.close()
        time.sleep(0.1)
        assert desk.device is not None
        if LIVE in [message for _, message in desk.device.heard()]:
            return True
        desk.controllers.came(PAD)
        return False

    until(left, "the message that ends programmer mode")


def test_changes_leave_within_two_ticks_and_arrive(desk: Desk) -> None:
    desk.plug()
    desk.shows(FREE)
    view = msgspec.structs.replace(
        FREE,
        layers=tuple(LayerLight(slot, "recording") for slot in range(8)),
        keys_on=frozenset(range(37, 43)),
    )
    desk.tick(view)
    desk.tick(view)
    assert desk.tick(view) == 0
    desk.shows(view)
    assert [desk.lamps.lamps[0xB0, number] for number in range(91, 99)] == [(2, 5)] * 8
