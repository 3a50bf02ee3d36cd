"""A controller that is not there but really is: virtual JACK ports, in a process of their own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

_CONTROLLER = """
import sys, rtmidi
pads = {}
for line in sys.stdin:
    word, pad, *rest = line.rstrip("\\n").split("|")
    if word == "plug":
        pads[pad] = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, rest[0])
        pads[pad].open_virtual_port("MIDI 1")
    elif word == "send":
        pads[pad].send_message([int(byte) for byte in rest])
    else:
        pads.pop(pad).delete()
    print("done", flush=True)
"""


class VirtualPads:
    """Plugs controllers into the test's JACK server, plays them, pulls them out."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            (sys.executable, "-c", _CONTROLLER),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def plug(self, pad: str, name: str) -> None:
        self._do("plug", pad, name)

    def send(self, pad: str, message: Sequence[int]) -> None:
        self._do("send", pad, *map(str, message))

    def unplug(self, pad: str) -> None:
        self._do("unplug", pad)

    def _do(self, *words: str) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("|".join(words) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "done\n"

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()
