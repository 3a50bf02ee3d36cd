"""Twenty players turn 14-bit knobs for a minute: is everything in the room's journal?"""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from bench.jack_server import Missing, jack_server, may_real_time
from bench.proc import Shares, children
from bench.rooms import OpenRoom, open_room, wait_for
from bench.table import Table, ms, percent, quantile
from jamroom.capture.journal import Journal
from jamroom.capture.packing import CONTROLLED
from jamroom.messages import Ask, Goodbye
from jamroom.session.events import NOW, Marked

PERIOD = 128
PLAYERS = 20
A_SECOND = 10_000
COARSE, FINE = 1, 33
_VALUES = 1 << 14
_PATIENCE_S = 30.0

_KNOBS = """
import gc, os, sys, time
from contextlib import suppress
import jack
players, a_second = int(sys.argv[1]), float(sys.argv[2])
with suppress(OSError):
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(6))
jack.set_error_function(lambda _: None)
jack.set_info_function(lambda _: None)
client = jack.Client("Knobs", no_start_server=True)
ports = [client.midi_outports.register(f"player {n + 1} of {players}") for n in range(players)]
sent = pairs = late = 0
asked, begun, notes = False, None, [(0x90, 60, 90), (0x80, 60, 64)]
def cycle(frames):
    global begun, pairs, late
    for port in ports:
        port.clear_buffer()
    begin = client.last_frame_time
    if notes:
        if asked:
            note = notes.pop(0)
            for port in ports:
                port.write_midi_event(0, note)
    elif rolling:
        if begun is None:
            begun = begin
        due = int((begin + frames - begun) * a_second / client.samplerate / players / 2)
        now = 0
        while pairs < due and now < 4:
            for port in ports:
                port.write_midi_event(16 * now, (0xB0, 1, pairs >> 7 & 127))
                port.write_midi_event(16 * now + 8, (0xB0, 33, pairs & 127))
            pairs, now = pairs + 1, now + 1
        late += now * (client.frames_since_cycle_start >= frames)
rolling = False
client.set_process_callback(cycle)
gc.disable()
client.activate()
print("here", flush=True)
for word in sys.stdin:
    asked, rolling = True, word == "go\\n"
    time.sleep(0.05)
    print(2 * players * pairs, 2 * players * late, flush=True)
"""


class Kept(NamedTuple):
    """What of it is in the journal. `gaps` are places where values are missing or out of order."""

    messages: int
    gaps: int
    delays_s: list[float]


def controllers(seconds: float) -> list[Table]:
    """The table."""
    table = Table(
        "9. ten thousand controller messages a second",
        f"{PLAYERS} JACK MIDI ports send {A_SECOND:,} messages a second, pairs of a 14-bit"
        f" controller that counts, to a room at {PERIOD} frames. Every pair is"
        " looked for in the journal when the room has closed. Delay: milliseconds from the"
        " message's own frame until the room took it in. CPU in percent of one core.",
        (
            "server",
            "seconds",
            "sent",
            "in the journal",
            "lost",
            "gaps",
            "delay p50",
            "p99",
            "max",
            "room",
            "MIDI",
            "recorder",
        ),
        target="none lost",
        remarks=[
            "patient: JACK in its synchronous mode (-S), which waits for whoever is late, so that"
            " all that is lost is lost by us. Hasty: its usual mode; a period that is lost on a"
            " busy machine is lost with its MIDI, before we see it, and may be seen twice.",
            "no peer keeps what it is told: FluidSynth and scsynth have no journal.",
        ],
    )
    try:
        for name, patient, length_s in (("patient", True, seconds), ("hasty", False, seconds / 4)):
            with jack_server(PERIOD, may_real_time(), patient), open_room("jack") as room:
                _measure(table, name, room, length_s)
    except (Missing, TimeoutError) as missing:
        table.remarks.append(f"not measured: {missing}")
    return [table]


def _measure(table: Table, name: str, room: OpenRoom, seconds: float) -> None:
    with room.client() as client, _knobs() as knobs:
        wait_for(client, lambda now: len(now.inputs) >= PLAYERS, _PATIENCE_S)
        time.sleep(0.5)  # the last connection takes a cycle or two
        _say(knobs, "notes")
        wait_for(client, lambda now: sum(seat.present for seat in now.seats) >= PLAYERS)
        pids = {"room": room.supervisor.room_pid, "recorder": room.supervisor.recorder_pid}
        for pid in children(room.supervisor.room_pid):
            pids["MIDI"] = pid
        shares = Shares(pids)
        _say(knobs, "go")
        time.sleep(seconds)
        used = shares.now()
        sent, late = _say(knobs, "stop")
        # What was sent before this mark is in the room when the mark is; then it is written.
        time.sleep(1.0)
        client.say(Ask(Marked(NOW, "end")))
        client.say(Goodbye())
        _wait_for_the_end(room)
    kept = kept_in(room)
    delays = [ms(quantile(kept.delays_s, q)) if kept.delays_s else "-" for q in (0.5, 0.99, 1.0)]
    costs = [percent(used.get(name, 0.0)) for name in ("room", "MIDI", "recorder")]
    lost = sent - kept.messages
    table.add(
        name, f"{seconds:g}", f"{sent:,}", f"{kept.messages:,}", lost, kept.gaps, *delays, *costs
    )
    if late:
        table.remarks.append(f"{name}: the sender itself was late with {late} messages")


def _wait_for_the_end(room: OpenRoom) -> None:
    until = time.monotonic() + _PATIENCE_S
    while time.monotonic() < until:
        try:
            room.client(0.0).close()
        except (TimeoutError, OSError):
            return
        time.sleep(0.1)


@contextlib.contextmanager
def _knobs() -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        (sys.executable, "-c", _KNOBS, str(PLAYERS), str(A_SECOND)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert process.stdout is not None
        if process.stdout.readline() != "here\n":
            raise Missing("twenty JACK MIDI ports (they did not open)")
        yield process
    finally:
        process.terminate()
        process.communicate()


def _say(knobs: subprocess.Popen[str], word: str) -> tuple[int, int]:
    """Tell the knobs to begin or stop: messages sent so far, and those in late periods."""
    assert knobs.stdin is not None and knobs.stdout is not None
    knobs.stdin.write(f"{word}\n")
    knobs.stdin.flush()
    sent, late = knobs.stdout.readline().split()
    return int(sent), int(late)


def kept_in(room: OpenRoom) -> Kept:
    """What the journal of a closed room holds of it."""
    with Journal.open(room.journal) as journal:
        rows = journal.performance()
        opened = journal.opened()
    rate = opened.sample_rate if opened else 48_000
    rows = rows[rows["what"] == CONTROLLED]
    rows = rows[np.isin(rows["note"], (COARSE, FINE))]
    gaps = 0
    for seat in np.unique(rows["seat"]):
        gaps += _gaps(rows[rows["seat"] == seat])
    delays = (rows["at"] - rows["frame"]) / rate
    return Kept(len(rows), gaps, delays.tolist())


def _gaps(rows: np.ndarray[tuple[int], np.dtype[np.void]]) -> int:
    """Places where a seat's pairs do not go on counting."""
    coarse, wanted, gaps = 0, 0, 0
    for controller, value in zip(rows["note"].tolist(), rows["value"].tolist(), strict=True):
        if controller == COARSE:
            coarse = value
            continue
        found = coarse << 7 | value
        gaps += found != wanted
        wanted = (found + 1) % _VALUES
    return gaps
