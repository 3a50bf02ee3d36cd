"""A full room: twenty players, eighty layers, a console. What is missed, and what it costs."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from bench.console import SIZE, Shown, console
from bench.jack_server import (
    SAMPLE_RATE,
    Missing,
    jack_module,
    jack_server,
    may_real_time,
)
from bench.players import write_players
from bench.proc import Shares, children
from bench.rooms import OpenRoom, newest, open_room, wait_for
from bench.table import Table, ms, percent, quantile
from jamroom.engine.base import BLOCK_FRAMES
from jamroom.messages import Ask
from jamroom.session.events import EVERYBODY, NOW, Kept
from jamroom.views import Snapshot

PLAYERS = 20
LAYERS_EACH = 4
PERIOD = 128
_LOOP_BARS = 2
_SETUP_S = 60.0


class Load(msgspec.Struct):
    """What was seen during one stretch of full load."""

    seconds: float
    layers: int
    missed: int
    xruns: int
    other_xruns: int
    shares: dict[str, float]
    drawn_bytes: int


class Xruns:
    """JACK's own count, by a client that does nothing else."""

    def __init__(self, server: str) -> None:
        self.count = 0
        self._client = jack_module().Client("bench xruns", no_start_server=True, servername=server)
        self._client.set_xrun_callback(self._xrun)

    def _xrun(self, _delayed_us: float) -> None:
        self.count += 1

    def __enter__(self) -> Xruns:
        self._client.activate()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.deactivate()
        self._client.close()


def deadlines(seconds: float, players: int = PLAYERS, short: bool = False) -> list[Table]:
    """Two tables: what was missed and what it cost; how long the room's blocks took.

    `short`: only one of them, with the best priority we may have.
    """
    table = Table(
        "2. deadlines with a full room",
        f"{players} scripted players, {players * LAYERS_EACH} layers of {_LOOP_BARS} bars playing,"
        f" a console of {SIZE[0]} x {SIZE[1]} attached, JACK at {PERIOD} frames with the dummy"
        " driver. Missed: periods the room's own callback overran, and xruns JACK reported while"
        " it was host (they may be another client's). CPU in percent of one core.",
        (
            "priority",
            "seconds",
            "layers",
            "missed",
            "JACK xruns",
            "xruns empty",
            "room",
            "MIDI",
            "recorder",
            "console",
            "jackd",
        ),
        target="no missed deadline of ours; the room under half of one core (50 %)",
    )
    blocks = Table(
        "2b. one block of the room",
        "The same load once more, with a stopwatch round Room.block: milliseconds by the clock (the"
        " machine's other work and the interpreter's turns included) and of CPU of its own thread;"
        f" a block is due every {1000 * BLOCK_FRAMES / SAMPLE_RATE:.2f} ms.",
        ("block", "n", "p50", "p99", "p99.9", "max", "CPU of a core", "voices p50", "voices max"),
    )
    try:
        best = may_real_time()
        for real_time in (best,) if short or not best else (False, True):
            load = _load(seconds, players, None, real_time)
            table.add("real-time" if real_time else "ordinary", *_cells(load))
        if not may_real_time():
            table.remarks.append("real-time priority is not allowed here, so it was not measured")
        if not short:
            with tempfile.TemporaryDirectory() as folder:
                path = Path(folder) / "timings.npy"
                _load(max(8.0, seconds / 3), players, path)
                _add_blocks(blocks, path, max(8.0, seconds / 3))
        table.remarks.append(
            "xruns empty: what JACK reported for the same time with no room at all, only the"
            " clients of this benchmark: what the machine itself does."
        )
        table.remarks.append(f"the console drew {load.drawn_bytes / load.seconds / 1e3:.0f} kB/s")
    except Missing as missing:
        table.remarks.append(f"not measured: {missing}")
    return [table] if short else [table, blocks]


def _cells(load: Load) -> list[object]:
    names = ("room", "MIDI", "recorder", "console", "jackd")
    shares = [percent(load.shares.get(name, 0.0)) for name in names]
    return [f"{load.seconds:.0f}", load.layers, load.missed, load.xruns, load.other_xruns, *shares]


def _add_blocks(table: Table, path: Path, seconds: float) -> None:
    if not path.exists():
        table.remarks.append("not measured: the room left no timings")
        return
    rows = np.load(path)[-round(seconds * SAMPLE_RATE / BLOCK_FRAMES) :]
    voices = rows[:, 2].tolist()
    share = float(rows[:, 1].mean()) * SAMPLE_RATE / BLOCK_FRAMES
    for name, column in (("by the clock", rows[:, 0].tolist()), ("of CPU", rows[:, 1].tolist())):
        figures = [ms(quantile(column, q), 3) for q in (0.5, 0.99, 0.999, 1.0)]
        last = (percent(share), int(quantile(voices, 0.5)), int(max(voices)))
        table.add(name, len(rows), *figures, *(last if name == "of CPU" else ("", "", "")))
    late = int((rows[:, 0] > BLOCK_FRAMES / SAMPLE_RATE).sum())
    table.remarks.append(f"{late} of {len(rows)} blocks took longer than a block lasts")


# -- the load --------------------------------------------------------------------------------


def _load(seconds: float, players: int, timings: Path | None, real_time: bool = False) -> Load:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plays = write_players(folder, players, seconds + _SETUP_S)
        server = stack.enter_context(jack_server(PERIOD, real_time))
        xruns = stack.enter_context(Xruns(server))
        empty = 0 if timings else _count_for(xruns, seconds)
        room = stack.enter_context(open_room("jack", plays, timings))
        shown = stack.enter_context(console(room.directory))
        layers = _fill(room, players)
        return _watch(seconds, room, shown, xruns, layers, empty)


def _count_for(xruns: Xruns, seconds: float) -> int:
    before = xruns.count
    time.sleep(seconds)
    return xruns.count - before


def _fill(room: OpenRoom, players: int) -> int:
    """Keep what everybody plays until each has four layers; how many play then."""
    with room.client() as client:
        wait_for(client, lambda now: len(now.seats) >= players)
        for number in range(1, LAYERS_EACH + 1):
            bar, enough = newest(room).bar, players * number * 9 // 10
            wait_for(client, _past(bar + _LOOP_BARS))
            client.say(Ask(Kept(NOW, EVERYBODY, _LOOP_BARS)))
            wait_for(client, _plays(enough))
    return playing(newest(room))


def _past(bar: int) -> Callable[[Snapshot], bool]:
    return lambda now: now.bar > bar


def _plays(layers: int) -> Callable[[Snapshot], bool]:
    return lambda now: playing(now) >= layers


def playing(now: Snapshot) -> int:
    """Layers that sound."""
    return sum(layer.phase == "playing" for seat in now.seats for layer in seat.layers)


def _watch(
    seconds: float,
    room: OpenRoom,
    shown: Shown,
    xruns: Xruns,
    layers: int,
    empty: int,
) -> Load:
    pids = {
        "room": room.supervisor.room_pid,
        "recorder": room.supervisor.recorder_pid,
        "console": shown.process.pid,
        "jackd": _pid_of_jackd(),
    }
    for pid in children(room.supervisor.room_pid):
        pids["MIDI"] = pid
    missed, counted, drawn = newest(room).missed, xruns.count, shown.drawn_bytes
    shares = Shares(pids)
    time.sleep(seconds)
    used = shares.now()
    now = newest(room)
    return Load(
        seconds,
        min(layers, playing(now)),
        now.missed - missed,
        xruns.count - counted,
        empty,
        used,
        shown.drawn_bytes - drawn,
    )


def _pid_of_jackd() -> int:
    for pid in children(os.getpid()):
        with contextlib.suppress(OSError):
            if Path(f"/proc/{pid}/comm").read_text().strip() == "jackd":
                return pid
    return 0
