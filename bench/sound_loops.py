"""Loops of sound beside SooperLooper: one musician, one server, both record and both play on.

A client plays a steady tone with a click in every bar into both, then nothing; another records
what both play. What is measured is what came out: where each pass's click lies, and what is heard
of the seam. Ours is the room's own session core, clip player and JACK host, without instruments.
"""

from __future__ import annotations

import contextlib
import itertools
import shutil
import socket
import struct
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from bench.jack_server import SAMPLE_RATE, Missing, jack_module, jack_server, running
from bench.table import Table
from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.clips import ClipStore
from jamroom.engine.host_jack import JackHost
from jamroom.engine.microphone import Microphone
from jamroom.session import events as ev
from jamroom.session.decide import decide
from jamroom.session.effects import ClipOn, ClipTaken, Effect, SoundOff
from jamroom.session.step import Session

BPM = 240.0
BAR = 48_000
CLICK_AT = 17_000
TONE_HZ = 333.7  # no whole number of periods in a bar: every seam has something to hide
TONE, CLICK = 0.1, 0.8
_PEER = "bench-looper"
_PATIENCE_S = 20.0

Audio = npt.NDArray[np.float32]


def sound_loops(passes: int = 30, period_frames: int = 128, real_time: bool = True) -> list[Table]:
    """Record one bar of sound in both, and listen to `passes` passes."""
    table = Table(
        "Loops of sound",
        f"One bar at {BPM:g} bpm ({BAR} frames) recorded from the microphone's port, then"
        f" {passes} passes listened to, in one run. Start error: the most that a pass's click lies"
        " off its frame. Seam: the sharpest bend that the tone does not have itself, in dBFS."
        " Passes in which JACK lost a period are not counted. Lost: how many periods those were.",
        ("looper", "bar, frames", "start error", "passes", "seam", "lost"),
        target=f"ours: bars of {BAR} frames, start error 0",
    )
    try:
        with jack_server(period_frames, real_time) as server:
            for name, tape, lost in _measured(server, passes):
                heard = examine(tape, period_frames)
                seam = f"{heard.seam_db:.0f}"
                table.add(name, heard.bar, heard.worst, heard.passes, seam, lost)
    except Missing as missing:
        table.remarks.append(str(missing))
    return [table]


class Heard(NamedTuple):
    """What a tape holds: medians and the worst, in frames; the seam in dBFS."""

    bar: int
    worst: int
    passes: int
    seam_db: float


def examine(tape: Audio, period_frames: int) -> Heard:
    """Where the clicks are on a tape of a loop, and the sharpest bend between them.

    A pass in which JACK lost a period is a whole period longer for everybody, and does not count.
    """
    loud = np.flatnonzero(np.abs(tape) > CLICK / 2)
    clicks = loud[np.diff(loud, prepend=-BAR) > BAR // 4]
    own = TONE * (2 * np.pi * TONE_HZ / SAMPLE_RATE) ** 2
    lengths, bends = [], []
    for begin, end in itertools.pairwise(clicks):
        lengths.append(int(end - begin))
        bends.append(float(np.abs(np.diff(tape[begin + 8 : end - 8], 2)).max()) - own)
    if not lengths:
        return Heard(0, 0, 0, 0.0)
    bar = round(float(np.median(lengths)))
    off = [length - bar for length in lengths if length == bar or (length - bar) % period_frames]
    seam_db = 20 * float(np.log10(max(float(np.median(bends)), 1e-7)))
    return Heard(bar, max(off, key=abs), len(off), seam_db)


def _measured(server: str, passes: int) -> Iterator[tuple[str, Audio, int]]:
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(contextlib.closing(LoopRoom()))
        peer = stack.enter_context(_sooperlooper(server)) if shutil.which("sooperlooper") else None
        musician = stack.enter_context(contextlib.closing(Musician(server, passes)))
        musician.connect("jamroom:microphone", "jamroom:left", 0)
        ours.open_microphone()
        if peer:
            musician.connect(f"{_PEER}:loop0_in_1", f"{_PEER}:loop0_out_1", 1)
        ours.record()
        if peer is not None:
            peer.record(BAR / SAMPLE_RATE)
        _until(lambda: ours.plays, "our loop")
        time.sleep(BAR / SAMPLE_RATE)
        musician.stop_playing()
        time.sleep(2 * BAR / SAMPLE_RATE)
        tapes, lost = musician.listen()
    yield "jamroom", tapes[0], lost
    if peer is not None:
        yield "SooperLooper", tapes[1], lost
    else:
        raise Missing("the peer needs sooperlooper: apt install sooperlooper")


class LoopRoom:
    """A room of one microphone: session core, clips, JACK; the session's own bar lines."""

    def __init__(self) -> None:
        self.microphone = Microphone(SAMPLE_RATE)
        self.microphone.room_frame = lambda: self.frame
        self.store = ClipStore(None, self.microphone)
        self.player = ClipPlayer(self.store, SAMPLE_RATE)
        self.session = Session()
        self.frame = 0
        self.plays = False
        self._asked: list[ev.AnyEvent] = []
        self._tell(ev.Opened(0, 0.0, SAMPLE_RATE, BPM, 4, 4, 2, "dorian", 1, "play"))
        self._tell(ev.MicrophoneSwitched(0, True))
        self.host = JackHost()
        self.host.start(self.block)

    def open_microphone(self) -> None:
        self.host.open_microphone(self.microphone)
        self.microphone.round_trip_frames = 0  # the musician plays by a watch

    def record(self) -> None:
        self._asked.append(ev.LayerPressed(0, 0, 0))

    def _tell(self, event: ev.AnyEvent) -> None:
        for fact in decide(self.session.state, event):
            self._carry_out(self.session.fold(self.session.state.frame, fact))

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, ClipTaken):
                self.player.take(effect)
            elif isinstance(effect, ClipOn):
                self.plays = True
                self.player.play(effect)
            elif isinstance(effect, SoundOff):
                self.player.stop(effect.voice, effect.layer, effect.frame)

    def block(self) -> Block:
        while self._asked:
            self._tell(ev.LayerPressed(self.frame, 0, 0))
            self._asked.pop()
        self._carry_out(self.session.advance(self.frame + BLOCK_FRAMES))
        buses = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
        self.player.add_into(buses, self.frame)
        self.frame += BLOCK_FRAMES
        return np.repeat(buses[:, :1], 2, axis=1)

    def close(self) -> None:
        self.host.stop()
        self.store.close()


class Musician:
    """Plays into both and records both; two clients, so that nothing stands in a circle."""

    def __init__(self, server: str, passes: int) -> None:
        jack = jack_module()
        self._mouth = jack.Client("bench musician", no_start_server=True, servername=server)
        self._ear = jack.Client("bench ear", no_start_server=True, servername=server)
        self._out = self._mouth.outports.register("out")
        self._ins = [self._ear.inports.register(f"in{number}") for number in range(2)]
        seconds = np.arange(BAR * 37) / SAMPLE_RATE  # long enough for any take; then it repeats
        self._score = (TONE * np.sin(2 * np.pi * TONE_HZ * seconds)).astype(np.float32)
        self._score[CLICK_AT::BAR] = CLICK
        self._plays = True
        self._tapes = np.zeros((2, BAR * (passes + 1)), np.float32)
        self._begin: int | None = None
        self._done = False
        self._xruns = 0
        self._mouth.set_process_callback(self._play)
        self._ear.set_process_callback(self._listen)
        self._ear.set_xrun_callback(self._xrun)
        self._ear.activate()
        self._mouth.activate()

    def _play(self, frames: int) -> None:
        at = self._mouth.last_frame_time % (len(self._score) - frames)
        self._out.get_array()[:] = self._score[at : at + frames] if self._plays else 0.0

    def _listen(self, frames: int) -> None:
        if self._begin is None or self._done:
            return
        at = self._ear.last_frame_time - self._begin
        if at + frames > self._tapes.shape[1]:
            self._done = True
        elif at >= 0:
            for tape, port in zip(self._tapes, self._ins, strict=True):
                tape[at : at + frames] = port.get_array()

    def _xrun(self, _delayed_us: float) -> None:
        self._xruns += 1

    def connect(self, into: str, out_of: str, number: int) -> None:
        self._mouth.connect(self._out, into)
        self._ear.connect(out_of, self._ins[number])

    def stop_playing(self) -> None:
        self._plays = False

    def listen(self) -> tuple[Audio, int]:
        """Both tapes, and how many periods were lost meanwhile."""
        before = self._xruns
        self._begin = self._ear.frame_time + SAMPLE_RATE // 10
        patience_s = self._tapes.shape[1] / SAMPLE_RATE + _PATIENCE_S
        _until(lambda: self._done, "the tape to end", patience_s)
        return self._tapes, self._xruns - before

    def close(self) -> None:
        for client in (self._mouth, self._ear):
            client.deactivate()
            client.close()


class Peer:
    """SooperLooper, told by OSC to record one cycle of its own clock."""

    def __init__(self, port: int) -> None:
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.connect(("127.0.0.1", port))
        self.say("/set", "sync_source", -3.0)  # its own clock
        self.say("/set", "tempo", BPM)
        self.say("/set", "eighth_per_cycle", 8.0)
        for name, value in (("sync", 1.0), ("quantize", 1.0), ("dry", 0.0), ("wet", 1.0)):
            self.say("/sl/0/set", name, value)
        self.say("/sl/0/set", "rec_thresh", 0.0)

    def record(self, bar_s: float) -> None:
        """One cycle: it waits for its next one, and again to end."""
        time.sleep(bar_s)
        self.say("/sl/0/hit", "record")
        time.sleep(1.5 * bar_s)
        self.say("/sl/0/hit", "record")
        time.sleep(1.5 * bar_s)

    def say(self, path: str, *arguments: str | float) -> None:
        """One OSC message (https://opensoundcontrol.stanford.edu/spec-1_0.html)."""
        kinds = "," + "".join("s" if isinstance(one, str) else "f" for one in arguments)
        message = _padded(path) + _padded(kinds)
        for one in arguments:
            message += _padded(one) if isinstance(one, str) else struct.pack(">f", one)
        self._line.send(message)
        time.sleep(0.05)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.say("/quit")
        self._line.close()


def _padded(text: str) -> bytes:
    data = text.encode() + b"\0"
    return data + b"\0" * (-len(data) % 4)


@contextlib.contextmanager
def _sooperlooper(server: str) -> Iterator[Peer]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["-q", "-l", "1", "-c", "1", "-t", "60", "-p", str(port), "-j", _PEER, "-S", server]
    with running(["sooperlooper", *options]):
        jack = jack_module()
        looker = jack.Client("bench looker", no_start_server=True, servername=server)
        try:
            _until(lambda: bool(looker.get_ports(f"{_PEER}:loop0_out_1")), "sooperlooper's ports")
        finally:
            looker.close()
        time.sleep(1.0)  # its OSC server opens after its ports
        try:
            with contextlib.closing(Peer(port)) as peer:
                yield peer
        except ConnectionError:
            raise Missing("SooperLooper ended at once (it wants ALSA's sequencer)") from None


def _until(holds: Callable[[], bool], what: str, patience_s: float = _PATIENCE_S) -> None:
    deadline = time.monotonic() + patience_s
    while not holds():
        if time.monotonic() > deadline:
            raise Missing(f"waited in vain for {what}")
        time.sleep(0.01)


if __name__ == "__main__":
    for made in sound_loops():
        print(made.text())
