"""Who plays a tone and clicks into two loopers at once, and records what both play."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from bench.jack_server import SAMPLE_RATE, Missing, jack_module

BAR = 48_000
CLICK_AT = 17_000
TONE_HZ = 333.7  # no whole number of periods in a bar: every seam has something to hide
TONE, CLICK = 0.1, 0.8
PATIENCE_S = 20.0

Audio = npt.NDArray[np.float32]


class Musician:
    """Plays into both and records both; two clients, so that nothing stands in a circle.

    It counts periods, not the server's frames, which jump when the server itself is late.
    """

    def __init__(self, server: str, passes: int) -> None:
        jack = jack_module()
        self._mouth = jack.Client("bench musician", no_start_server=True, servername=server)
        self._ear = jack.Client("bench ear", no_start_server=True, servername=server)
        self._out = self._mouth.outports.register("out")
        self._ins = [self._ear.inports.register(f"in{number}") for number in range(2)]
        seconds = np.arange(BAR * 36) / SAMPLE_RATE  # long enough for any take; then it repeats
        self._score = (TONE * np.sin(2 * np.pi * TONE_HZ * seconds)).astype(np.float32)
        self._score[CLICK_AT::BAR] = CLICK
        self._plays = True
        self._tapes = np.zeros((2, BAR * (passes + 1)), np.float32)
        self._listens = False
        self._played = self._taped = 0  # frames
        self._done = False
        self._xruns = 0
        self._mouth.set_process_callback(self._play)
        self._ear.set_process_callback(self._listen)
        self._ear.set_xrun_callback(self._xrun)
        self._ear.activate()
        self._mouth.activate()

    def _play(self, frames: int) -> None:
        at, self._played = self._played % len(self._score), self._played + frames
        self._out.get_array()[:] = self._score[at : at + frames] if self._plays else 0.0

    def _listen(self, frames: int) -> None:
        if not self._listens or self._done:
            return
        at = self._taped
        if at + frames > self._tapes.shape[1]:
            self._done = True
            return
        for tape, port in zip(self._tapes, self._ins, strict=True):
            tape[at : at + frames] = port.get_array()
        self._taped += frames

    def _xrun(self, _delayed_us: float) -> None:
        self._xruns += 1

    def connect(self, into: str, out_of: str, number: int) -> None:
        self._mouth.connect(self._out, into)
        self._ear.connect(out_of, self._ins[number])

    def stop_playing(self) -> None:
        self._plays = False

    def listen(self) -> tuple[Audio, int]:
        """Both tapes, and how often the server was late since the beginning."""
        self._listens = True
        patience_s = self._tapes.shape[1] / SAMPLE_RATE + PATIENCE_S
        until(lambda: self._done, "the tape to end", patience_s)
        return self._tapes, self._xruns

    def close(self) -> None:
        for client in (self._mouth, self._ear):
            client.deactivate()
            client.close()


def until(holds: Callable[[], bool], what: str, patience_s: float = PATIENCE_S) -> None:
    """Wait for something. Raises Missing."""
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise Missing(f"waited in vain for {what}")
        time.sleep(0.01)
