"""Make demo/demo.jam: perform the score in demo_score.py as a room would, and keep its journal.

    python scripts/make_demo.py [--to FILE]

Every touch goes through `decide` and the fold at the block after the one it happened in, as in
`Room.happen`. The same score gives the same events, to the byte.
"""

from __future__ import annotations

import argparse
import contextlib
import sqlite3
from pathlib import Path
from typing import NamedTuple

from demo_score import BPM, D_DORIAN, cues, said_at

from jamroom.capture.journal import Journal
from jamroom.capture.rows import RoomClock, Work, row_of, seq_of
from jamroom.clocks import frame_at_beat
from jamroom.engine.base import BLOCK_FRAMES
from jamroom.messages import Recorded
from jamroom.session import events as ev
from jamroom.session.decide import decide
from jamroom.session.effects import Effect, Mark
from jamroom.session.inputs import AnyInput
from jamroom.session.step import Session

DEMO = Path(__file__).resolve().parent.parent / "demo" / "demo.jam"
SAMPLE_RATE = 48_000
WALL_S = 1_767_279_600.0  # 1 January 2026, 15:00 UTC: an afternoon
RUN = "demo"


class Performance(NamedTuple):
    """What the recorder would have been sent, and what the session wanted done."""

    records: list[Recorded]
    effects: list[Effect]
    session: Session


def perform() -> Performance:
    """Play the score through a session, as fast as the machine can."""
    done = Performance([], [], Session())
    opening = ev.Opened(0, WALL_S, SAMPLE_RATE, BPM, 4, 4, D_DORIAN.root, D_DORIAN.scale, 2, "keep")
    _happen(done, opening, 0)
    for cue in cues():
        frame = frame_at_beat(done.session.state.tempo_map, cue.at_beat)
        _happen(done, said_at(cue, frame), (frame // BLOCK_FRAMES + 1) * BLOCK_FRAMES)
    return done


def _happen(done: Performance, said: AnyInput | ev.AnyEvent, at: int) -> None:
    session = done.session
    done.effects.extend(session.advance(at))
    for event in decide(session.state, said):
        done.effects.extend(session.fold(at, event))
        done.records.append(Recorded(len(done.records) + 1, at, event))


def work_of(performance: Performance) -> Work:
    """Everything of a performance in one commit."""
    return Work(
        runs=((1, RUN),),
        rows=tuple(row_of(seq_of(1, record.n), record) for record in performance.records),
        marks=tuple(effect for effect in performance.effects if isinstance(effect, Mark)),
        clock=RoomClock(RUN, performance.session.state.frame, 0, "", closed=True),
    )


def write(performance: Performance, path: Path) -> None:
    """A journal that can be read from where nothing may be written, by anybody."""
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    with Journal.create(path) as journal:
        journal.write(work_of(performance))
    # A write-ahead log would want to live beside the file, which may lie in a read-only folder.
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE")
        db.execute("VACUUM")
    path.chmod(0o644)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, default=DEMO)
    given = parser.parse_args()
    performance = perform()
    write(performance, given.to)
    seconds = performance.session.state.frame / SAMPLE_RATE
    print(
        f"{given.to}: {len(performance.records)} events, {seconds:.1f} s, "
        f"{given.to.stat().st_size / 1024:.0f} KB"
    )


if __name__ == "__main__":
    main()
