"""A player with a stopwatch in JACK: strikes a pad at a known frame, and records what is heard.

Two clients, so that no instrument stands in a feedback loop with the probe (JACK breaks such a
loop with a period of delay): one only sends MIDI, one only listens.
"""

from __future__ import annotations

import random
import socket
import threading
import time
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.jack_server import SAMPLE_RATE, jack_module

THRESHOLD = 10 ** (-26 / 20)
"""The onset is the first sample beyond -26 dBFS: strikes peak at -7, tails soon lie under -30."""
QUIET = 10 ** (-32 / 20)
"""A strike counts only when the 10 ms before it stayed under -32 dBFS."""

PAD = "bench drums"
_QUIET_FRAMES = SAMPLE_RATE // 100
_LONGEST_FRAMES = SAMPLE_RATE // 5
_HELD_FRAMES = SAMPLE_RATE // 20
_LEAD_FRAMES = SAMPLE_RATE // 2

Audio = npt.NDArray[np.float32]


class Heard(NamedTuple):
    """Latencies in frames; `silent` strikes gave no sound, `unclear` ones had sound before."""

    frames: list[int]
    silent: int
    unclear: int
    xruns: int


class Probe:
    """Both clients; use it as a context manager."""

    def __init__(self, server: str, channel: int = 9, note: int = 36, velocity: int = 127) -> None:
        jack = self._jack = jack_module()
        self._on = bytes((0x90 | channel, note, velocity))
        self._off = bytes((0x80 | channel, note, 64))
        self._pad = jack.Client(PAD, no_start_server=True, servername=server)
        self._ear = jack.Client("bench ear", no_start_server=True, servername=server)
        self.period_frames = int(self._ear.blocksize)
        self._out = self._pad.midi_outports.register("out")
        self._in = self._ear.inports.register("in")
        self._due: list[tuple[int, bytes]] = []
        self._line: socket.socket | None = None
        self._words: dict[bytes, bytes] = {}
        self._unsent: set[int] = set()
        self._base = 0
        self._tape: Audio = np.zeros(0, np.float32)
        self._xruns = 0
        self._ended = threading.Event()
        self._pad.set_process_callback(self._send)
        self._ear.set_process_callback(self._listen)
        self._ear.set_xrun_callback(self._xrun)

    def __enter__(self) -> Probe:
        self._ear.activate()
        self._pad.activate()
        return self

    def __exit__(self, *_: object) -> None:
        for client in (self._pad, self._ear):
            client.deactivate()
            client.close()

    # -- in JACK's threads -----------------------------------------------------------------

    def _send(self, frames: int) -> None:
        self._out.clear_buffer()
        due, begin = self._due, self._pad.last_frame_time
        while due and due[-1][0] < begin + frames:
            at, message = due.pop()
            if at < begin:
                self._unsent.add(at)  # our own period was lost, so nobody was struck
            else:
                self._out.write_midi_event(at - begin, message)
                if self._line is not None:
                    self._line.send(self._words[message])

    def _listen(self, frames: int) -> None:
        at = self._ear.last_frame_time - self._base
        tape = self._tape
        if 0 <= at < len(tape) - frames:
            tape[at : at + frames] = self._in.get_array()
        elif at >= len(tape) - frames and len(tape):
            self._ended.set()

    def _xrun(self, _delayed_us: float) -> None:
        self._xruns += 1

    # -- what a measurement does -----------------------------------------------------------

    def ports(self, pattern: str, **kind: bool) -> list[str]:
        """Names of ports of other clients, by a regular expression."""
        return [port.name for port in self._ear.get_ports(pattern, **kind)]

    def listen_to(self, port: str) -> None:
        """Hear one audio output (and nothing else)."""
        self._in.disconnect()
        self._ear.connect(port, self._in)

    def play_to(self, port: str) -> None:
        """Connect the pad to an instrument that does not look for pads itself."""
        self._pad.connect(self._out, port)

    def tell_also(self, line: socket.socket, on: bytes, off: bytes) -> None:
        """Send datagrams too, in the period of each message: for what has no MIDI."""
        self._words = {self._on: on, self._off: off}
        self._line = line

    def played_by(self) -> list[str]:
        """What the pad is connected to."""
        return [port.name for port in self._pad.get_all_connections(self._out)]

    def strike_once(self) -> None:
        """One strike now, not measured."""
        now = self._pad.frame_time + _HELD_FRAMES
        self._due = [(now + _HELD_FRAMES, self._off), (now, self._on)]

    def measure(self, strikes: int, apart_s: float, seed: int = 1) -> Heard:
        """Strike many times at random phase, about `apart_s` apart, and find the onsets."""
        # Why random: strikes in step with periods would all see the same wait.
        chance = random.Random(seed)
        base = self._pad.frame_time
        at, times = base + _LEAD_FRAMES, []
        for _ in range(strikes):
            times.append(at)
            at += round(SAMPLE_RATE * apart_s * chance.uniform(0.9, 1.1))
        messages = [(t, self._on) for t in times] + [(t + _HELD_FRAMES, self._off) for t in times]
        before = self._xruns
        self.start_tape((at - base) / SAMPLE_RATE + 1.0)
        self._due = sorted(messages, reverse=True)
        self.finish_tape()
        heard = self._onsets([t - self._base for t in times if t not in self._unsent])
        return heard._replace(xruns=self._xruns - before)

    def play_steadily(self, step_s: float, strikes: int = 200) -> None:
        """Strike in steady time from now on, until `stop_playing`."""
        begin, step = self._pad.frame_time + _LEAD_FRAMES, round(step_s * SAMPLE_RATE)
        times = [begin + number * step for number in range(strikes)]
        held = step // 2
        messages = [(t, self._on) for t in times] + [(t + held, self._off) for t in times]
        self._due = sorted(messages, reverse=True)

    def stop_playing(self) -> None:
        """Strike no more."""
        self._due = []

    # -- a tape ----------------------------------------------------------------------------

    @property
    def base(self) -> int:
        """The server's frame of the tape's first sample."""
        return self._base

    def frame_now(self) -> int:
        """The server's frame at this moment."""
        return int(self._ear.frame_time)

    def start_tape(self, seconds: float) -> None:
        """Record from now on, for so long."""
        self._ended.clear()
        tape = np.zeros(round(seconds * SAMPLE_RATE), np.float32)
        self._tape = tape[:0]
        self._base = self.frame_now()
        self._tape = tape

    def finish_tape(self) -> Audio:
        """Wait for the end of the tape; the sound on it."""
        self._ended.wait(timeout=len(self._tape) / SAMPLE_RATE + 30.0)
        return self._tape

    def listen_to_new(self, pattern: str) -> bool:
        """Connect to an output of that name that we do not hear yet; False if there is none."""
        heard = {port.name for port in self._ear.get_all_connections(self._in)}
        for name in self.ports(pattern, is_audio=True, is_output=True):
            if name not in heard:
                try:
                    self._ear.connect(name, self._in)
                except self._jack.JackError:
                    continue
                return True
        return False

    def _onsets(self, times: list[int]) -> Heard:
        loud = np.abs(self._tape)
        found, silent, unclear = [], 0, 0
        for at in times:
            # An instrument may answer from the start of the strike's own period.
            begin = at - self.period_frames
            if loud[begin - _QUIET_FRAMES : begin].max() > QUIET:
                unclear += 1
                continue
            beyond = np.flatnonzero(loud[begin : at + _LONGEST_FRAMES] > THRESHOLD)
            if len(beyond):
                found.append(int(beyond[0]) + begin - at)
            else:
                silent += 1
        return Heard(found, silent, unclear, 0)


def wait_until(ready: object, patience_s: float = 20.0) -> bool:
    """Poll a function until it says something true."""
    assert callable(ready)
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        if ready():
            return True
        time.sleep(0.02)
    return False
