"""Controllers that are not there but really are: virtual JACK ports, each in its own process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence

_CONTROLLER = """
import sys, rtmidi
port = rtmidi.MidiOut(rtmidi.API_UNIX_JACK, sys.argv[1])
port.open_virtual_port("MIDI 1")
print("done", flush=True)
for line in sys.stdin:
    port.send_message([int(byte) for byte in line.split()])
    print("done", flush=True)
"""


class VirtualPads:
    """Plugs controllers into the test's JACK server, plays them, pulls them out."""

    def __init__(self) -> None:
        self._pads: dict[str, subprocess.Popen[str]] = {}

    def plug(self, pad: str, name: str) -> None:
        self._pads[pad] = subprocess.Popen(
            (sys.executable, "-c", _CONTROLLER, name),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        self._wait_for(pad)

    def send(self, pad: str, message: Sequence[int]) -> None:
        stdin = self._pads[pad].stdin
        assert stdin is not None
        stdin.write(" ".join(map(str, message)) + "\n")
        stdin.flush()
        self._wait_for(pad)

    def unplug(self, pad: str) -> None:
        """Without a word, as cables do."""
        process = self._pads.pop(pad)
        process.kill()
        process.communicate()

    def close(self) -> None:
        for pad in tuple(self._pads):
            self.unplug(pad)

    def _wait_for(self, pad: str) -> None:
        stdout = self._pads[pad].stdout
        assert stdout is not None
        assert stdout.readline() == "done\n"
