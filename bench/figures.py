"""What can be measured without an ear: replay, export, voices, journal."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.offline import RATE, blocks, evening, fold_evening
from bench.polyphony import polyphony
from bench.proc import cpu_s
from bench.table import Table, percent
from bench.voices import VOICES, voices
from jamroom.capture.journal import Journal
from jamroom.capture.rows import Work, row_of, seq_of
from jamroom.memory import recall
from jamroom.messages import Batch, Recorded
from jamroom.places import RECORDER_SOCKET
from jamroom.session import events as ev
from jamroom.supervisor import python

PLAYERS = 20
_CHUNK = 20_000
_BPM = 92.0
_BATCH_S = 0.03


def figures(hours: float, journal_s: float) -> list[Table]:
    """The table of offline figures."""
    table = Table(
        "5. offline figures",
        "The session core, the exports and the recorder, without sound.",
        ("what", "measured", "target"),
    )
    spent = blocks(PLAYERS, min(20.0, hours * 10))
    mean, p99 = sum(spent) / len(spent), spent[len(spent) * 99 // 100]
    what = f"session core, a block of 64 frames, {PLAYERS} players x 4 layers"
    table.add(what, f"mean {mean:.0f} us, p99 {p99:.0f} us", "(1333 us last)")
    seconds, events, _ = fold_evening(hours, PLAYERS)
    what = f"{hours:g} h x {PLAYERS} players replayed ({events:,} events)"
    table.add(what, f"{seconds:.1f} s", "60 s")
    table.add("export of that session to MIDI", export(hours), "2 s")
    table.add("recorder at 2,000 events/s", recorder_cpu(journal_s), "1.3 % of a core")
    return [table]


def voice_tables(patches: Sequence[str] = ()) -> list[Table]:
    """What voices cost, and how many a core carries; of these patches alone, or of all."""
    return [_voice_table(patches), polyphony(patches)]


def _voice_table(patches: Sequence[str]) -> Table:
    table = Table(
        "5b. what voices cost",
        f"CPU of engine and mixer in percent of one core, {VOICES} notes struck at once on 20"
        " buses, blocks of 64 frames at 48 kHz; the other columns are without notes, and how many"
        " voices one core would carry by that.",
        ("patch", f"{VOICES} notes", "no note", "sounding", "voices per core"),
        target="64 voices, 80 layers, 20 players and a console under half of one core",
    )
    for cost in voices(patches):
        each = (cost.full - cost.idle) / max(1, cost.sounding)
        most = f"{(1 - cost.idle) / each:.0f}" if each > 0 else "-"
        table.add(cost.patch, percent(cost.full), percent(cost.idle), cost.sounding, most)
    if not table.rows:
        table.remarks.append("not measured: the engine does not run here (is pyo installed?)")
    return table


# -- export ------------------------------------------------------------------------------------


def export(hours: float) -> str:
    """Seconds to export the evening of `bench.offline` from its journal, as text."""
    try:
        from jamroom.export.midi_file import export_midi
    except ImportError as error:
        return f"not there yet ({error.name})"
    with tempfile.TemporaryDirectory() as folder:
        path, to = Path(folder) / "evening.jam", Path(folder) / "evening.mid"
        with Journal.create(path) as journal:
            _write(journal, evening(hours, PLAYERS))
        began = time.perf_counter()
        export_midi(path, to)
        return f"{time.perf_counter() - began:.1f} s"


def _write(journal: Journal, events: Iterable[ev.AnyEvent]) -> None:
    journal.write(Work(runs=((1, "bench"),)))
    rows = []
    for n, event in enumerate(events, start=1):
        rows.append(row_of(seq_of(1, n), Recorded(n, event.frame, event)))
        if len(rows) == _CHUNK:
            journal.write(Work(rows=tuple(rows)))
            rows = []
    journal.write(Work(rows=tuple(rows)))


# -- recorder ----------------------------------------------------------------------------------


def recorder_cpu(seconds: float, events_per_s: int = 2_000) -> str:
    """CPU share of a recorder that is sent so many events a second, as text."""
    with tempfile.TemporaryDirectory() as folder:
        socket, path = Path(folder) / RECORDER_SOCKET, Path(folder) / "bench.jam"
        arguments = ("--socket", str(socket), "--journal", str(path), "--create")
        process = subprocess.Popen(
            python("jamroom.capture.recorder", *arguments), stdin=subprocess.PIPE
        )
        try:
            share = _feed(socket, process.pid, seconds, round(events_per_s * _BATCH_S))
        finally:
            process.terminate()
            process.wait(10)
        with Journal.open(path) as journal:
            return f"{percent(share)} of a core ({journal.count():,} events kept)"


def _feed(socket: Path, pid: int, seconds: float, per_batch: int) -> float:
    line, _ = recall(socket, 10.0)
    n, frame, began_s, began_cpu = 0, 0, time.monotonic(), cpu_s(pid)
    opening: tuple[ev.AnyEvent, ...] = (
        ev.Opened(0, 0.0, RATE, _BPM, 4, 4, 2, "dorian", 2, "keep"),
        *(ev.SeatTaken(0, s, f"badge {s}", f"play:{s}", "mallet", "free") for s in range(PLAYERS)),
    )
    waiting: list[ev.AnyEvent] = list(opening)
    while (passed_s := time.monotonic() - began_s) < seconds:
        frame = round(passed_s * RATE)
        for k in range(per_batch // 2):
            seat, key = k % PLAYERS, 48 + k // PLAYERS
            waiting.append(ev.Played(frame, seat, key, key, 0.0, 80))
            waiting.append(ev.Released(frame, seat, key, key, 64))
        records = tuple(Recorded(n + i, frame, event) for i, event in enumerate(waiting, start=1))
        n, waiting = n + len(records), []
        line.send(Batch("bench", frame, time.monotonic_ns(), records))
        while line.receive(0.0) is not None:
            pass
        time.sleep(max(0.0, began_s + n / per_batch * _BATCH_S - time.monotonic()))
    share = (cpu_s(pid) - began_cpu) / (time.monotonic() - began_s)
    time.sleep(0.3)
    line.close()
    return share
