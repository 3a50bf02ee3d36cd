"""Instruments that are not there but really are: JACK clients of their own processes, both ways.

Unlike `virtual_pad` they take MIDI as well, to the sample, may have aliases as bridges give them,
and may be wired from their input to their output.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Sequence

TRIES = 5

_DEVICE = """
import gc, json, os, sys, time
from collections import deque
import jack
from contextlib import suppress
with suppress(OSError):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(6))
gc.disable()
given = json.loads(sys.argv[1])
jack.set_error_function(lambda _: None)
jack.set_info_function(lambda _: None)
client = jack.Client(given["name"], no_start_server=True)
out = client.midi_outports.register("out")
took = client.midi_inports.register("in")
if given["alias"]:
    out.set_alias(given["alias"] + ":out")
    took.set_alias(given["alias"] + ":in")
coming, heard = deque(), deque()
expected, skipped = None, 0
def process(frames):
    global expected, skipped
    out.clear_buffer()
    begin = client.last_frame_time
    skipped += expected not in (None, begin)
    expected = (begin + frames) % (1 << 32)
    for offset, data in took.incoming_midi_events():
        message = bytes(data)
        heard.append((begin + offset, list(message)))
        if given["wired"]:
            out.write_midi_event(offset, message)
    while coming:
        out.write_midi_event(frames - 1, bytes(coming.popleft()))
client.set_process_callback(process)
client.activate()
print("here", flush=True)
for line in sys.stdin:
    asked = json.loads(line)
    if asked == "heard":
        told = []
        while heard:
            told.append(heard.popleft())
        print(json.dumps(told), flush=True)
    elif asked == "skipped":
        print(skipped, flush=True)
    else:
        coming.append(asked)
        print("done", flush=True)
"""


class JackDevice:
    """One instrument with an input and an output, in a process of its own."""

    def __init__(self, name: str, alias: str = "", wired: bool = False) -> None:
        given = json.dumps({"name": name, "alias": alias, "wired": wired})
        self._asking = threading.Lock()
        for _ in range(TRIES):
            self._process = subprocess.Popen(
                (sys.executable, "-c", _DEVICE, given),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            if self._answer() == "here":
                return
            self.unplug()  # a server that is very busy refuses a client now and then
        raise AssertionError("jackd took no client")

    def play(self, message: Sequence[int]) -> None:
        """Send it with the next cycle."""
        assert self._ask(list(message)) == "done"

    def heard(self) -> list[tuple[int, bytes]]:
        """What came since the last time: the server's frame, and the message."""
        told = json.loads(self._ask("heard"))
        return [(frame, bytes(message)) for frame, message in told]

    def skipped(self) -> int:
        """Cycles that it was left out of, as happens to those who are late, with their MIDI."""
        return int(self._ask("skipped"))

    def unplug(self) -> None:
        """Without a word, as cables do."""
        self._process.kill()
        self._process.communicate()

    def _ask(self, what: object) -> str:
        with self._asking:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(what) + "\n")
            self._process.stdin.flush()
            return self._answer()

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline().rstrip("\n")
