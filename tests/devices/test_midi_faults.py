"""Hard days of the ports: a hundred replugs, twenty players at once, clocks between the notes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from jack_device import JackDevice
from jamroom.devices.midi_in import MidiInputs
from jamroom.session.inputs import AnyInput, ClockBeat, Control, KeyDown, KeyUp
from real_jack import JackServer, until

pytestmark = pytest.mark.jack

PLAYERS = 20

_PLAYERS = """
import gc, sys
import jack
client = jack.Client("Knobs", no_start_server=True)
ports = [client.midi_outports.register(f"knob {n + 1}") for n in range(int(sys.argv[1]))]
turn, frames_due, going = 0, 0, True
def cycle(frames):
    global turn, frames_due
    frames_due += frames
    for port in ports:
        port.clear_buffer()
    at = 0
    while going and frames_due >= 96:  # 48,000 / 96 x 20 players: ten thousand a second
        frames_due -= 96
        for port in ports:
            port.write_midi_event(at, (0xB0, 1, turn % 128))
        at, turn = at + 1, turn + 1
client.set_process_callback(cycle)
gc.disable()
client.activate()
sys.stdin.readline()
going = False
print(turn * len(ports), flush=True)
"""

_REPLUGS = """
import json, os, threading, time
import jack
from jamroom.devices.midi_devices import Watch
from jamroom.devices.midi_wire import Came, Gone, Reachable
from jamroom.devices.name_book import NameBook

plugs = jack.Client("Pad", no_start_server=True)
plugs.activate()
told = []
watch = Watch(told.append, NameBook())
def count():
    ports = plugs.get_ports(is_midi=True)
    return len(os.listdir("/proc/self/fd")), threading.active_count(), len(ports)
def poll_until(kind, number):
    deadline = time.monotonic() + 20
    while sum(isinstance(one, kind) for one in told) < number:
        assert watch.poll() and time.monotonic() < deadline, told[-5:]
for turn in range(100):
    ends = plugs.midi_outports.register("out"), plugs.midi_inports.register("in")
    poll_until(Came, turn + 1)
    poll_until(Reachable, 2 * turn + 1)
    for end in ends:
        end.unregister()
    poll_until(Gone, turn + 1)
    poll_until(Reachable, 2 * turn + 2)
    if turn == 4:
        before = count()
ids = sorted({one.input for one in told if isinstance(one, Came)})
print(json.dumps([before, count(), ids]), flush=True)
os._exit(0)
"""


def open_files() -> int:
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


def test_a_hundred_replugs_leave_nothing_behind(jack_server: JackServer) -> None:
    command = (sys.executable, "-c", _REPLUGS)
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    before, after, ids = json.loads(done.stdout)
    assert before == after
    assert ids == ["midi:Pad"]


def test_a_ports_process_that_dies_again_and_again_leaves_nothing_behind(
    jack_server: JackServer,
) -> None:
    inputs = MidiInputs(lambda _stamp_ns, _event: None)

    def lives() -> bool:
        inputs.poll()
        return "listens" in inputs.describe() or "MIDI input" in inputs.describe()

    counts = []
    for _ in range(4):
        until(lives, "the ports' process")
        counts.append((open_files(), threading.active_count()))
        assert inputs.process_id is not None
        os.kill(inputs.process_id, signal.SIGKILL)
        until(lambda: not inputs.listening, "its end to be noticed")
    inputs.close()
    assert len(set(counts)) == 1


def test_nothing_is_lost_between_the_ports_and_the_room_at_ten_thousand_a_second(
    jack_server: JackServer,
) -> None:
    """What JACK takes from those who are late is lost before it is ours; all else must arrive."""
    heard: list[AnyInput] = []
    inputs = MidiInputs(lambda _, event: heard.append(event))
    command = (sys.executable, "-c", _PLAYERS, str(PLAYERS))
    players = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        until(lambda: (inputs.poll(), len(inputs.inputs) == PLAYERS)[1], "twenty players")
        until(lambda: len(heard) >= 4000, "their messages")
        sent = int(players.communicate("stop\n")[0])
        until(lambda: not inputs.inputs, "them to be gone")
        # The ports' process tells how many it has read when that is known: at its next poll.
        turned = [event for event in heard if isinstance(event, Control)]
        until(lambda: inputs.read >= len(turned), "its word")
        assert len(turned) == inputs.read
        assert 4000 <= len(turned) <= sent
    finally:
        inputs.close()
        players.kill()
        players.communicate()
    assert inputs.failures == 0, inputs.last_failure


def test_clock_between_the_notes_is_told_as_beats_and_the_notes_are_all_there(
    jack_server: JackServer,
) -> None:
    heard: list[AnyInput] = []
    inputs = MidiInputs(lambda _, event: heard.append(event))
    device = JackDevice("Groovebox")
    try:
        until(lambda: (inputs.poll(), inputs.inputs == ("midi:Groovebox",))[1], "the device")
        device.play((0xFA,))
        number = 0

        def beats() -> bool:
            nonlocal number
            device.play((0xF8,))
            device.play((0x90, number % 128, 1 + number % 2 * 98))
            device.play((0x80, number % 128, 64))
            number += 1
            time.sleep(0.005)
            return len([one for one in heard if isinstance(one, ClockBeat)]) >= 3

        until(beats, "three beats")
        assert inputs.clock_inputs == ("midi:Groovebox",)
        told = [one.beat for one in heard if isinstance(one, ClockBeat)]
        assert told == sorted(set(told))
        pressed = [one.key for one in heard if isinstance(one, KeyDown)]
        released = [one.key for one in heard if isinstance(one, KeyUp)]
        assert len(pressed) > 24
        assert abs(len(pressed) - len(released)) <= 2
        until(lambda: inputs.clock_inputs == (), "the silence to be noticed")
    finally:
        inputs.close()
        device.unplug()
    assert inputs.failures == 0, inputs.last_failure
