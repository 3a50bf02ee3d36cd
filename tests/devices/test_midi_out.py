"""Real instruments on a real JACK server: sent to in time, lit gently, and left in silence."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from jack_device import JackDevice
from jamroom.devices.midi_in import MidiInputs
from jamroom.devices.midi_lanes import BURST_BYTES, DIN_BYTES_PER_S
from jamroom.devices.midi_out import MidiOutputs
from jamroom.session.inputs import AnyInput, KeyDown
from real_jack import JackServer, until

pytestmark = pytest.mark.jack

MS = 1_000_000
RATE = 48_000
TRIES = 8


class Desk:
    """Inputs and outputs as the room has them, and instruments to plug in."""

    def __init__(self, names_file: Path | None = None, system: str = "") -> None:
        self.heard: list[AnyInput] = []
        self.inputs = MidiInputs(lambda _, event: self.heard.append(event), names_file, system)
        self.outputs = MidiOutputs(self.inputs)
        self.devices: list[JackDevice] = []

    def plug(self, name: str, alias: str = "", wired: bool = False) -> JackDevice:
        self.devices.append(JackDevice(name, alias, wired))
        return self.devices[-1]

    def sees(self, *ids: str) -> None:
        def sees_now() -> bool:
            self.inputs.poll()
            self.outputs.poll()
            ways = (self.inputs.inputs, self.outputs.outputs)
            return all(sorted(way) == sorted(ids) for way in ways)

        until(sees_now, f"inputs and outputs {ids}")

    def close(self) -> None:
        self.inputs.close()
        for device in self.devices:
            device.unplug()
        assert self.inputs.failures == 0, self.inputs.last_failure


@pytest.fixture
def desk(jack_server: JackServer) -> Iterator[Desk]:
    desk = Desk()
    yield desk
    desk.close()


def gets(desk: Desk, output: str, device: JackDevice, message: bytes) -> None:
    """Send until it is there. JACK leaves out a client that is late, and its MIDI with it."""

    def there() -> bool:
        assert desk.outputs.send(output, message)
        time.sleep(0.02)
        return message in [heard for _, heard in device.heard()]

    until(there, f"{message.hex()} at {output}")


def test_both_ends_of_an_instrument_go_by_one_name(desk: Desk) -> None:
    synth = desk.plug("Reface")
    desk.sees("midi:Reface")
    assert desk.outputs.describe() == "1 MIDI output: Reface"
    gets(desk, "midi:Reface", synth, bytes((0x90, 60, 100)))
    twin = desk.plug("Reface")
    desk.sees("midi:Reface", "midi:Reface #2")
    gets(desk, "midi:Reface #2", twin, bytes((0x90, 61, 100)))
    assert bytes((0x90, 61, 100)) not in [message for _, message in synth.heard()]

    def hears() -> bool:
        twin.play((0x90, 62, 1))
        time.sleep(0.02)
        return KeyDown(-1, "midi:Reface #2", 62, 1) in desk.heard

    until(hears, "the twin's key")
    assert not desk.outputs.send("midi:Nobody", bytes((0x90, 60, 1)))


def test_what_is_for_a_moment_leaves_at_that_moment_to_the_sample(desk: Desk) -> None:
    synth = desk.plug("Reface")
    desk.sees("midi:Reface")
    gets(desk, "midi:Reface", synth, bytes((0xB0, 1, 1)))
    notes = [bytes((0x90, note, 9)) for note in range(40, 60)]
    for _ in range(TRIES):
        begin_ns = time.monotonic_ns() + 30 * MS
        for number, note in enumerate(notes):
            assert desk.outputs.send("midi:Reface", note, begin_ns + number * 5 * MS)
        time.sleep(0.2)
        heard = [(frame, message) for frame, message in synth.heard() if message in notes]
        frames = [frame for frame, _ in heard]
        gaps = {after - before for before, after in pairwise(frames)}
        if [message for _, message in heard] == notes and gaps <= {238, 239, 240, 241, 242}:
            return
    raise AssertionError(f"never in time: {heard}")


def test_notes_and_clock_end_when_the_room_goes(desk: Desk) -> None:
    synth = desk.plug("Reface")
    desk.sees("midi:Reface")
    gets(desk, "midi:Reface", synth, b"\xfa")
    for note in (60, 64, 67):
        gets(desk, "midi:Reface", synth, bytes((0x92, note, 100)))
    gets(desk, "midi:Reface", synth, bytes((0x82, 64, 0)))
    desk.outputs.send("midi:Reface", bytes((0x92, 99, 1)), time.monotonic_ns() + 900 * MS)
    desk.inputs.close()
    ends = {message for _, message in synth.heard()}
    assert ends == {bytes((0x82, 60, 64)), bytes((0x82, 67, 64)), b"\xfc"}


def test_when_all_must_be_silent_notes_end_at_once(desk: Desk) -> None:
    synth = desk.plug("Reface")
    desk.sees("midi:Reface")
    gets(desk, "midi:Reface", synth, bytes((0x90, 60, 100)))
    desk.outputs.hush()
    ends: list[bytes] = []

    def ended() -> bool:
        ends.extend(message for _, message in synth.heard())
        return bytes((0x80, 60, 64)) in ends

    until(ended, "the note's end")


def test_lights_keep_to_a_cable_and_music_goes_first(desk: Desk) -> None:
    pad = desk.plug("Launchpad X")
    desk.sees("midi:Launchpad X")
    gets(desk, "midi:Launchpad X", pad, bytes((0xB0, 1, 1)))
    time.sleep(0.1)
    for colour in range(10):
        for spot in range(80):
            desk.outputs.send_light("midi:Launchpad X", bytes((0x90, spot, colour)))
    desk.outputs.send("midi:Launchpad X", bytes((0x91, 60, 100)))
    came: list[tuple[int, bytes]] = []

    skipped = pad.skipped()

    def all_lit() -> bool:
        nonlocal skipped
        came.extend(pad.heard())
        if pad.skipped() > skipped:  # it never got what was in those cycles
            skipped = pad.skipped()
            for spot in range(80):
                desk.outputs.send_light("midi:Launchpad X", bytes((0x90, spot, 9)))
        latest = {message[1]: message[2] for _, message in came if message[0] == 0x90}
        return len(latest) == 80 and set(latest.values()) == {9}

    until(all_lit, "the last colour everywhere")
    first = came[0][0]
    music = next((frame for frame, message in came if message[0] == 0x91), first)
    assert music - first < RATE // 20 or skipped
    fresh = {message: frame for frame, message in reversed(came)}  # without what was sent again
    for number, frame in enumerate(sorted(fresh.values())):
        carried = (frame - first) / RATE * DIN_BYTES_PER_S + BURST_BYTES + 3
        assert 3 * (number + 1) <= carried + 3


def test_an_output_wired_to_its_input_does_not_run_away(desk: Desk) -> None:
    """The room here plays every key on, a second higher, as a seat on that instrument would."""
    desk.plug("Loop", wired=True)
    desk.sees("midi:Loop")
    played_on = 0

    def room() -> None:
        nonlocal played_on
        while desk.heard:
            event = desk.heard.pop(0)
            if isinstance(event, KeyDown):
                played_on += 1
                desk.outputs.send("midi:Loop", bytes((0x90, (event.key + 1) % 128, 64)))

    def found_out() -> bool:
        if not played_on:
            desk.outputs.send("midi:Loop", bytes((0x90, 30, 64)))
        room()
        return desk.inputs.loops == ("midi:Loop",)

    until(found_out, "the loop to be found")
    for _ in range(20):
        time.sleep(0.01)
        room()
    settled = played_on
    for _ in range(20):
        time.sleep(0.01)
        room()
    assert played_on == settled
    assert desk.inputs.describe().endswith("Loop sends back what it is sent: look at its cables")


def test_equal_pads_that_return_in_the_other_order_are_who_they_were(
    jack_server: JackServer, tmp_path: Path
) -> None:
    names = tmp_path / "names"
    desk = Desk(names)
    try:
        desk.plug("Pad", alias="hub-socket-1")
        desk.sees("midi:Pad")
        desk.plug("Pad", alias="hub-socket-2")
        desk.sees("midi:Pad", "midi:Pad #2")
        for device in desk.devices:
            device.unplug()
        desk.sees()
        second = desk.plug("Pad", alias="hub-socket-2")
        desk.sees("midi:Pad #2")
        gets(desk, "midi:Pad #2", second, bytes((0x90, 1, 2)))
        first = desk.plug("Pad", alias="hub-socket-1")
        desk.sees("midi:Pad", "midi:Pad #2")
        gets(desk, "midi:Pad", first, bytes((0x90, 3, 4)))
        first.unplug()
        desk.sees("midi:Pad #2")
        desk.inputs.close()
        second.unplug()
        # A room that starts anew finds the names where the last one left them.
        desk.inputs = MidiInputs(lambda _, event: desk.heard.append(event), names)
        desk.outputs = MidiOutputs(desk.inputs)
        desk.plug("Pad", alias="hub-socket-2")
        desk.sees("midi:Pad #2")
    finally:
        desk.close()


def test_the_process_that_sends_may_be_killed(desk: Desk) -> None:
    synth = desk.plug("Reface")
    desk.sees("midi:Reface")
    assert desk.inputs.process_id is not None
    os.kill(desk.inputs.process_id, signal.SIGKILL)
    until(lambda: not desk.outputs.outputs, "to be told")
    assert not desk.outputs.send("midi:Reface", bytes((0x90, 60, 1)))
    desk.sees("midi:Reface")
    gets(desk, "midi:Reface", synth, bytes((0x90, 61, 1)))


def test_rtmidi_sends_and_hears_as_well(jack_server: JackServer) -> None:
    """What carries MIDI on ALSA, CoreMIDI and Windows, here over JACK."""
    desk = Desk(system="rtmidi jack")
    try:
        synth = desk.plug("Reface")
        desk.sees("midi:Reface")
        gets(desk, "midi:Reface", synth, bytes((0x90, 61, 1)))

        def hears() -> bool:
            synth.play((0x90, 62, 3))
            time.sleep(0.02)
            return KeyDown(-1, "midi:Reface", 62, 3) in desk.heard

        until(hears, "a key")
    finally:
        desk.close()
