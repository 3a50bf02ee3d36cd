"""How evenly MIDI clock leaves: ticks sent as the room sends them, received by a JACK client.

    python bench/midi_jitter.py [SECONDS] [BPM] [SYSTEM]

Needs a running JACK server (JACK_DEFAULT_SERVER). SYSTEM "rtmidi jack" sends through rtmidi, as on
other systems than JACK. Prints JSON.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from itertools import pairwise

import msgspec

from jamroom.devices.midi_clock import TICKS_PER_BEAT, ClockOut
from jamroom.devices.midi_in import MidiInputs
from jamroom.devices.midi_out import MidiOutputs

_NAME = "Follower"
_BLOCK_S = 64 / 48_000

_FOLLOWER = """
import gc, json, os, sys
import jack
from contextlib import suppress
with suppress(OSError):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(6))
gc.disable()
jack.set_error_function(lambda _: None)
jack.set_info_function(lambda _: None)
client = jack.Client(sys.argv[1], no_start_server=True)
port = client.midi_inports.register("in")
ticks = []
def process(frames):
    begin = client.last_frame_time
    for offset, data in port.incoming_midi_events():
        if bytes(data) == b"\\xf8":
            ticks.append(begin + offset)
client.set_process_callback(process)
client.activate()
print(client.samplerate, flush=True)
sys.stdin.readline()
print(json.dumps(ticks), flush=True)
"""


class Jitter(msgspec.Struct, frozen=True):
    """How far the time from one tick to the next was from what the tempo asks, either way.

    Neighbours are compared, because the frames of a JACK server that misses a deadline (a busy
    machine's does) leave the time that ticks are sent by for good.
    """

    seconds: float
    bpm: float
    sent: int
    came: int
    p50_us: float
    p99_us: float
    max_us: float


def clock_jitter(seconds: float = 20.0, bpm: float = 120.0, system: str = "") -> Jitter:
    """Send a clock for so long and look at what arrives. Needs a running JACK server."""
    follower = subprocess.Popen(
        (sys.executable, "-c", _FOLLOWER, _NAME),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert follower.stdout
    inputs = MidiInputs(lambda _stamp_ns, _event: None, system=system)
    try:
        rate = float(follower.stdout.readline())
        sent = _send(inputs, MidiOutputs(inputs), seconds, bpm)
        told, _ = follower.communicate("done\n")
    finally:
        inputs.close()
        follower.terminate()
        follower.communicate()
    frames = json.loads(told)
    gap = rate * 60.0 / bpm / TICKS_PER_BEAT
    off_us = sorted(abs(b - a - gap) / rate * 1e6 for a, b in pairwise(frames))
    return Jitter(
        seconds,
        bpm,
        sent,
        len(frames),
        off_us[len(off_us) // 2],
        off_us[len(off_us) * 99 // 100],
        off_us[-1],
    )


def _send(inputs: MidiInputs, outputs: MidiOutputs, seconds: float, bpm: float) -> int:
    output = f"midi:{_NAME}"
    until = time.monotonic() + 20.0
    while output not in outputs.outputs:
        inputs.poll()
        if time.monotonic() > until:
            raise TimeoutError("the follower was never reached")
        time.sleep(0.05)
    time.sleep(0.2)
    begin_ns = time.monotonic_ns() + 100_000_000
    clock, sent = ClockOut(), 0
    clock.begin(0.0)
    while time.monotonic_ns() < begin_ns + seconds * 1e9:
        due = clock.due(
            lambda beat: beat * 60.0 / bpm * 48_000,
            lambda frame: begin_ns + frame / 48_000 * 1e9,
            time.monotonic_ns(),
        )
        for at_ns, message in due:
            outputs.send(output, message, at_ns)
            sent += message == b"\xf8"
        time.sleep(_BLOCK_S)
    time.sleep(0.1)
    return sent


if __name__ == "__main__":
    given = sys.argv[1:]
    numbers = [float(argument) for argument in given[:2]]
    print(msgspec.json.encode(clock_jitter(*numbers, *given[2:3])).decode())
