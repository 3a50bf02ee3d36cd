"""Twenty players turn 14-bit knobs, all at once: is any message lost, and how late are they?

    python bench/midi_load.py [SECONDS] [MESSAGES_A_SECOND]

Needs a running JACK server (JACK_DEFAULT_SERVER). Twenty JACK clients send; jamroom's own
`MidiInputs` listens as it does in a room: ports' process, pipe, parser. Prints JSON.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from jamroom.devices.midi_in import MidiInputs
from jamroom.session.inputs import AnyInput, Control

PLAYERS = 20
_COARSE, _FINE = 1, 33
_VALUES = 1 << 14

_PLAYERS = """
import os, select, sys, time
import rtmidi
from contextlib import suppress
players, a_second = int(sys.argv[1]), float(sys.argv[2])
ports = [rtmidi.MidiOut(rtmidi.API_UNIX_JACK, f"Knob {n}") for n in range(players)]
for port in ports:
    port.open_virtual_port("MIDI 1")
with suppress(OSError):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(4))
print("here", flush=True)
sys.stdin.readline()
turn, begin = 0, time.monotonic()
while not select.select([sys.stdin], [], [], 0.001)[0]:
    due = int((time.monotonic() - begin) * a_second / players / 2)
    while turn < due:
        coarse, fine = (0xB0, 1, turn >> 7 & 127), (0xB0, 33, turn & 127)
        for port in ports:
            port.send_message(coarse)
            port.send_message(fine)
        turn += 1
print(turn, flush=True)
sys.stdin.read()
"""


class Load(msgspec.Struct, frozen=True):
    """What was sent and what came. `gaps` are places where values are missing.

    `skipped` counts cycles of the server that went by without us: those that it missed itself on a
    busy machine (nobody loses anything then), and those that we were too late for.
    """

    seconds: float
    sent: int
    heard: int
    gaps: int
    skipped: int
    delay_p50_ms: float
    delay_p99_ms: float
    delay_max_ms: float
    ports_cpu_percent: float
    room_cpu_percent: float


class _Listener:
    """Counts, and finds what is missing, per player."""

    def __init__(self) -> None:
        self.heard = 0
        self.gaps = 0
        self.delays_ns: list[int] = []
        self._coarse: dict[str, int] = {}
        self._next: dict[str, int] = {}

    def hear(self, stamp_ns: int, event: AnyInput) -> None:
        if not isinstance(event, Control):
            return
        self.heard += 1
        self.delays_ns.append(time.monotonic_ns() - stamp_ns)
        if event.controller == _COARSE:
            self._coarse[event.input] = event.value
        elif event.controller == _FINE:
            value = self._coarse.get(event.input, 0) << 7 | event.value
            wanted = self._next.get(event.input, 0)
            self.gaps += value != wanted
            self._next[event.input] = (value + 1) % _VALUES


def controllers(seconds: float, a_second: float = 10_000.0, players: int = PLAYERS) -> Load:
    """Send for so long, and see what arrives. Needs a running JACK server."""
    listener = _Listener()
    inputs = MidiInputs(listener.hear)
    sender = subprocess.Popen(
        (sys.executable, "-c", _PLAYERS, str(players), str(a_second)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert sender.stdin and sender.stdout
    try:
        assert sender.stdout.readline() == "here\n"
        _wait(lambda: (inputs.poll(), len(inputs.inputs) == players)[1])
        time.sleep(0.3)  # the last connection takes a cycle or two
        ports_s, room_s = _cpu_s(inputs.process_id), time.process_time()
        sender.stdin.write("go\n")
        sender.stdin.flush()
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            inputs.poll()
            time.sleep(0.05)
        ports_s = _cpu_s(inputs.process_id) - ports_s
        room_s = time.process_time() - room_s
        sender.stdin.write("stop\n")
        sender.stdin.flush()
        sent = int(sender.stdout.readline()) * 2 * players
        deadline = time.monotonic() + 3.0
        while listener.heard < sent and time.monotonic() < deadline:
            time.sleep(0.05)
        delays = sorted(listener.delays_ns) or [0]
        return Load(
            seconds,
            sent,
            listener.heard,
            listener.gaps,
            inputs.skipped,
            delays[len(delays) // 2] / 1e6,
            delays[len(delays) * 99 // 100] / 1e6,
            delays[-1] / 1e6,
            100 * ports_s / seconds,
            100 * room_s / seconds,
        )
    finally:
        inputs.close()
        sender.terminate()
        sender.communicate()


def _cpu_s(pid: int | None) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def _wait(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20.0
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError("the ports never came")
        time.sleep(0.05)


if __name__ == "__main__":
    given = [float(argument) for argument in sys.argv[1:]]
    print(msgspec.json.encode(controllers(*(given or [60.0]))).decode())
