"""Loops of sound beside SooperLooper: one musician, one server, both record and both play on.

A client plays a steady tone with a click in every bar into both, then nothing; another records
what both play. What is measured is what came out: where each pass's click lies, and what is heard
of the seam. Ours is the room's own session core, clip player and JACK host, without instruments.
"""

from __future__ import annotations

import contextlib
import itertools
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bench.jack_server import SAMPLE_RATE, Missing, jack_server
from bench.musician import BAR, CLICK, TONE, TONE_HZ, Audio, Musician, until
from bench.sooperlooper import NAME, Peer, sooperlooper
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


def sound_loops(passes: int = 30, period_frames: int = 128, real_time: bool = True) -> list[Table]:
    """Record one bar of sound in both, and listen to `passes` passes."""
    table = Table(
        "6b. loops of sound",
        f"One bar at {BPM:g} bpm ({BAR} frames) recorded from the microphone's port, then"
        f" {passes} passes listened to, in one run. Start error: the most that a pass's click lies"
        " off its frame. Seam: the sharpest bend that the tone does not have itself, in dBFS."
        " JACK waits for whoever is late (-S). Late: how often it was itself; a period that it lost"
        " while the bar was recorded is a bend in that bar.",
        ("looper", "bar, frames", "start error", "passes", "seam", "late"),
        target=f"ours: bars of {BAR} frames, start error 0",
    )
    try:
        with contextlib.ExitStack() as stack:
            server = stack.enter_context(jack_server(period_frames, real_time, patient=True))
            peer = None
            try:
                peer = stack.enter_context(sooperlooper(server, BPM))
            except Missing as missing:
                table.remarks.append(f"SooperLooper beside it: not measured; {missing}")
            for name, tape, lost in _measured(server, passes, peer):
                heard = examine(tape)
                seam = f"{heard.seam_db:.0f}"
                table.add(name, heard.bar, heard.worst, heard.passes, seam, lost)
    except Missing as missing:
        table.remarks.append(f"not measured: {missing}")
    return [table]


class Heard(NamedTuple):
    """What a tape holds: medians and the worst, in frames; the seam in dBFS."""

    bar: int
    worst: int
    passes: int
    seam_db: float


def examine(tape: Audio) -> Heard:
    """Where the clicks are on a tape of a loop, and the sharpest bend between them."""
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
    off = [length - BAR for length in lengths]
    seam_db = 20 * float(np.log10(max(float(np.median(bends)), 1e-7)))
    return Heard(bar, max(off, key=abs), len(off), seam_db)


def _measured(server: str, passes: int, peer: Peer | None) -> Iterator[tuple[str, Audio, int]]:
    with contextlib.ExitStack() as stack:
        ours = stack.enter_context(contextlib.closing(LoopRoom()))
        musician = stack.enter_context(contextlib.closing(Musician(server, passes)))
        musician.connect("jamroom:microphone", "jamroom:left", 0)
        ours.open_microphone()
        if peer:
            musician.connect(f"{NAME}:loop0_in_1", f"{NAME}:loop0_out_1", 1)
        ours.record()
        if peer is not None:
            peer.record(BAR / SAMPLE_RATE)
        until(lambda: ours.plays, "our loop")
        time.sleep(BAR / SAMPLE_RATE)
        musician.stop_playing()
        time.sleep(2 * BAR / SAMPLE_RATE)
        tapes, lost = musician.listen()
    yield "jamroom", tapes[0], lost
    if peer is not None:
        yield "SooperLooper", tapes[1], lost


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


if __name__ == "__main__":
    for made in sound_loops():
        print(made.text())
