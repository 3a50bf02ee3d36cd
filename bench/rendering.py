"""How fast a session of ten players becomes a file: the same as `jamroom export --to X.wav`.

python -m bench.rendering JOURNAL TO     (a process of its own, so that its CPU is its own)
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from bench.offline import BAR, RATE, hands
from bench.table import Table
from jamroom.capture.journal import Journal
from jamroom.capture.rows import Work, row_of, seq_of
from jamroom.messages import Recorded
from jamroom.session import events as ev

SEATS = 10
_PATCHES = ("mallet", "string", "choir", "pad", "frame-drum", "bass", "sf-cello", "shakers")
_LOOP_BARS = 2


class Speed(NamedTuple):
    """One rendering: seconds by the clock, seconds of CPU (all processes), and what came out."""

    wall_s: float
    cpu_s: float
    digest: str


def rendering(seconds: float) -> list[Table]:
    """The table: twice the same, which must give the same bytes."""
    table = Table(
        "10. a session as a file",
        f"A session of {SEATS} players ({', '.join(_PATCHES)}), two notes a second each and loops"
        f" of {_LOOP_BARS} bars, {seconds:g} s long, rendered twice to WAV. Times real time by the"
        " clock, on as many cores as there are; and of CPU, what one core alone would do.",
        ("time", "clock", "x real time", "CPU", "x of one core", "same bytes"),
        target="20 x real time for ten seats, the same bytes each time",
    )
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "ten.jam"
        write_session(journal, seconds)
        digest = ""
        for time_ in ("first", "again"):
            speed = _elsewhere(journal, Path(folder) / f"{time_}.wav")
            if isinstance(speed, str):
                table.remarks.append(f"not measured: {speed}")
                break
            same = "" if not digest else "yes" if digest == speed.digest else "NO"
            digest = speed.digest
            times = (f"{seconds / s:.1f}" for s in (speed.wall_s, speed.cpu_s))
            by_clock, by_cpu = times
            cells = (f"{speed.wall_s:.1f} s", by_clock, f"{speed.cpu_s:.1f} s", by_cpu, same)
            table.add(time_, *cells)
    return [table]


def _elsewhere(journal: Path, to: Path) -> Speed | str:
    command = [sys.executable, "-m", "bench.rendering", str(journal), str(to)]
    done = subprocess.run(command, capture_output=True, text=True)
    words = done.stdout.split()
    if done.returncode or len(words) != 3:
        return (done.stderr.strip().splitlines() or ["nothing was rendered"])[-1]
    return Speed(float(words[0]), float(words[1]), words[2])


def write_session(path: Path, seconds: float) -> None:
    """The journal of such a session."""
    rows = [row_of(seq_of(1, n), Recorded(n, e.frame, e)) for n, e in enumerate(_music(seconds), 1)]
    with Journal.create(path) as journal:
        journal.write(Work(runs=((1, "bench"),), rows=tuple(rows)))


def _music(seconds: float) -> Iterator[ev.AnyEvent]:
    yield ev.Opened(0, 0.0, RATE, 120.0, 4, 4, 2, "dorian", _LOOP_BARS, "keep")
    for seat in range(SEATS):
        patch = _PATCHES[seat % len(_PATCHES)]
        yield ev.SeatTaken(0, seat, f"badge {seat}", f"play:{seat}", patch, "free")
    end = round(seconds * RATE)
    keep = min(end // 4, 4 * BAR)
    yield from hands(SEATS, 0, keep, 1)
    for seat in range(0, SEATS, 3):
        yield ev.Kept(keep + RATE, seat, _LOOP_BARS)
    yield from hands(SEATS, keep + 2 * RATE, end - RATE, 2)
    yield ev.Closed(end)


def main() -> None:
    """Render and print: seconds by the clock, of CPU, and a digest of the file."""
    from jamroom.render import render

    journal, to = map(Path, sys.argv[1:])
    began, began_cpu = time.perf_counter(), time.process_time()
    render(journal, to, lambda _: None)
    wall_s = time.perf_counter() - began
    players = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = time.process_time() - began_cpu + players.ru_utime + players.ru_stime
    print(wall_s, cpu_s, hashlib.sha256(to.read_bytes()).hexdigest())


if __name__ == "__main__":
    main()
