"""How evenly the room's MIDI clock arrives at a JACK client, beside a clock made in JACK itself."""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from bench.gear import Gear
from bench.jack_server import SAMPLE_RATE, Missing, jack_server, may_real_time, running
from bench.probe import wait_until
from bench.rooms import open_room, wait_for
from bench.table import Table, quantile
from jamroom.messages import Ask
from jamroom.session.events import NOW, ClockSent, TempoChosen

PERIOD = 128
BPM = 120.0
TICKS_PER_BEAT = 24
_GAP = SAMPLE_RATE * 60 / BPM / TICKS_PER_BEAT
_FOLLOWER = "Follower"
_TICK = b"\xf8"
_SHORTEST = TICKS_PER_BEAT
_FIRST_S = 2.0  # followers settle, too
_PEER = "jack_midi_clock"


class Jitter(NamedTuple):
    """In microseconds: from the line through all ticks, and from one tick to the next."""

    ticks: int
    missing: int
    bpm: float
    line_us: list[float]
    next_us: list[float]


def clock(seconds: float) -> list[Table]:
    """The table: the room's own clock, and jack_midi_clock's."""
    table = Table(
        "8. MIDI clock",
        f"{seconds:g} s of ticks at {BPM:g} bpm (one every {1000 * _GAP / SAMPLE_RATE:.2f} ms), as"
        f" a JACK client at {PERIOD} frames receives them, by the server's frames. Line: how many"
        " microseconds ticks lie beside the straight line through all of them, either way. Next:"
        " how much the time from one tick to the next differs from what the tempo asks.",
        (
            "clock",
            "ticks",
            "missing",
            "bpm",
            "line p50",
            "p99",
            "max",
            "next p99",
            "max",
            "xruns",
        ),
        target="no tick missing; ticks within 1 ms of their line",
        remarks=[
            "where JACK lost a period (xruns) its frames jump, and a new line is begun; lines of"
            f" fewer than {_SHORTEST} ticks do not count.",
            "FluidSynth and scsynth send no MIDI clock.",
        ],
    )
    try:
        with jack_server(PERIOD, may_real_time()) as server:
            with Gear(server, _FOLLOWER) as follower, _room():
                _listen(table, "jamroom", follower, seconds)
            if shutil.which(_PEER):
                with Gear(server, _FOLLOWER) as follower, _peer(follower):
                    _listen(table, _PEER, follower, seconds)
    except (Missing, TimeoutError) as missing:
        table.remarks.append(f"not measured: {missing}")
    if shutil.which(_PEER) is None:
        table.remarks.append(f"{_PEER} beside it: not measured; apt install jack-midi-clock")
    return [table]


@contextlib.contextmanager
def _room() -> Iterator[None]:
    with open_room("jack") as room, room.client() as client:
        now = wait_for(client, lambda now: any(_FOLLOWER in out for out in now.outputs))
        output = next(out for out in now.outputs if _FOLLOWER in out)
        client.say(Ask(TempoChosen(NOW, BPM)))
        wait_for(client, lambda now: now.bpm == BPM)
        client.say(Ask(ClockSent(NOW, output, True)))
        yield


@contextlib.contextmanager
def _peer(follower: Gear) -> Iterator[None]:
    with running([_PEER, "-B", "-b", f"{BPM:g}"]):
        if not wait_until(lambda: follower.connect_from(_PEER)):
            raise Missing(f"a {_PEER} that opens its port (it did not)")
        follower.roll(True)
        try:
            yield
        finally:
            follower.roll(False)


def _listen(table: Table, name: str, follower: Gear, seconds: float) -> None:
    if not wait_until(lambda: any(message == _TICK for _, message in tuple(follower.heard))):
        table.remarks.append(f"{name}: no tick came")
        return
    time.sleep(_FIRST_S)
    follower.heard.clear()
    follower.xrun_frames.clear()
    time.sleep(seconds)
    frames = [frame for frame, message in tuple(follower.heard) if message == _TICK]
    xruns = list(follower.xrun_frames)
    found = jitter(frames, xruns)
    if not found.line_us:
        table.remarks.append(f"{name}: no {_SHORTEST} ticks between two lost periods")
        return
    line = [f"{quantile(found.line_us, q):.0f}" for q in (0.5, 0.99, 1.0)]
    following = [f"{quantile(found.next_us, q):.0f}" for q in (0.99, 1.0)]
    counts = (found.ticks, found.missing, f"{found.bpm:.3f}")
    table.add(name, *counts, *line, *following, len(xruns))


def jitter(frames: Sequence[int], xruns: Sequence[int]) -> Jitter:
    """What ticks at these frames differ from an even clock by."""
    line: list[float] = []
    following: list[float] = []
    gaps: list[float] = []
    missing = 0
    for stretch in _stretches(frames, xruns):
        counted = np.cumsum([0, *(max(1, round((b - a) / _GAP)) for a, b in pairwise(stretch))])
        missing += int(counted[-1]) + 1 - len(stretch)
        if len(stretch) < _SHORTEST:
            continue
        slope, begin = np.polyfit(counted, np.asarray(stretch, float), 1)
        line += np.abs(np.asarray(stretch) - begin - slope * counted).tolist()
        following += [abs(b - a - _GAP) for a, b in pairwise(stretch) if b - a < 1.5 * _GAP]
        gaps.append(float(slope))
    bpm = SAMPLE_RATE * 60 / TICKS_PER_BEAT / float(np.median(gaps)) if gaps else 0.0
    us = 1e6 / SAMPLE_RATE
    return Jitter(len(frames), missing, bpm, [f * us for f in line], [f * us for f in following])


def _stretches(frames: Sequence[int], xruns: Sequence[int]) -> Iterator[list[int]]:
    """Ticks between lost periods."""
    stretch: list[int] = []
    waiting = sorted(xruns)
    for frame in frames:
        while waiting and waiting[0] <= frame:
            waiting.pop(0)
            if stretch:
                yield stretch
            stretch = []
        stretch.append(frame)
    if stretch:
        yield stretch
