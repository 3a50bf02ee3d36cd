"""The journal of a session: one SQLite file in which nothing that was agreed to be kept is lost.

`synchronous=FULL` with the write-ahead log survives a power cut; NORMAL does not (architecture.md,
'Journal'). One process writes (the recorder); any number may read meanwhile.

The row id of an event is its run's number times 2**40 plus its number in that run. So the order
of the rows is the order of the room, an event that is written late (because nobody had agreed
yet) still lands in its place, and nothing can be stored twice.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Self, TypeVar

import msgspec

from jamroom.capture import journal_file
from jamroom.capture.journal_file import JournalError as JournalError
from jamroom.capture.packing import (
    PERFORMANCE_KINDS,
    PerformanceArray,
    UnpackError,
    performance_array,
    unpack_event,
)
from jamroom.capture.rows import Entry, RoomClock, StoredState, Take, Work
from jamroom.session.effects import Mark
from jamroom.session.events import AnyEvent, BadgeChosen, ConsentChosen, Opened, SeatTaken

_PERFORMANCE = ", ".join(f"'{kind}'" for kind in PERFORMANCE_KINDS)
_CHUNK = 20_000

T = TypeVar("T")


class Journal:
    """An open journal. Every method raises JournalError when the file cannot do it.

    May be used from any thread, by one thread at a time.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, writes: bool) -> None:
        self.path = path
        self._connection = connection
        self._writes = writes

    @classmethod
    def create(cls, path: Path) -> Self:
        """Make a new, empty journal; it must not exist yet."""
        journal_file.create(path)
        return cls.open(path, write=True)

    @classmethod
    def open(cls, path: Path, write: bool = False) -> Self:
        """Open a journal that exists. A file that is not one of ours is left untouched."""
        return cls(path, journal_file.connect(path, write), write)

    def close(self) -> None:
        """Put everything in the one file, and let it go."""
        if self._writes:
            with contextlib.suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # -- writing -----------------------------------------------------------------------------

    def write(self, work: Work) -> None:
        """Commit, or change nothing and raise JournalError. What is there already stays."""
        db = self._connection
        try:
            db.execute("BEGIN IMMEDIATE")
            # Not OR IGNORE: that would also pass over rows that are wrong.
            db.executemany("INSERT INTO runs VALUES (?, ?) ON CONFLICT DO NOTHING", work.runs)
            db.executemany(
                "INSERT INTO events VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (seq) DO NOTHING",
                work.rows,
            )
            db.executemany(
                "INSERT INTO marks VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                [(m.frame, m.kind, m.seat, m.text) for m in work.marks],
            )
            self._write_state(work)
            if work.clock is not None:
                self._put_meta("clock", msgspec.json.encode(work.clock).decode())
            db.execute("COMMIT")
        except (sqlite3.Error, OverflowError) as error:
            with contextlib.suppress(sqlite3.Error):
                db.execute("ROLLBACK")
            raise journal_file.plainly(error, self.path) from error

    def _write_state(self, work: Work) -> None:
        db = self._connection
        if work.forget_states_from is not None:
            db.execute("DELETE FROM snapshots WHERE seq >= ?", (work.forget_states_from,))
        if work.state is None:
            return
        db.execute("INSERT OR REPLACE INTO snapshots VALUES (?, ?, ?)", work.state)
        db.execute(
            "DELETE FROM snapshots WHERE seq < (SELECT seq FROM snapshots WHERE seq <= ?"
            " ORDER BY seq DESC LIMIT 1 OFFSET 1)",
            (work.keep_states_before,),
        )

    def _put_meta(self, key: str, value: str) -> None:
        self._connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def add_take(self, take: Take) -> None:
        """Name a range of the session; a take of the same name is replaced."""
        self._guard(
            lambda: self._connection.execute("INSERT OR REPLACE INTO takes VALUES (?, ?, ?)", take)
        )

    def erase_seat(self, seat: int) -> None:
        """Take out everything of a seat: rows, marks, stored states; then empty the log.

        No other process may have the journal open for writing. `secure_delete` overwrites what
        was there; `VACUUM` gives back the space, so no byte of it is left in the file.
        """

        def erase() -> None:
            db = self._connection
            db.execute("BEGIN IMMEDIATE")
            db.execute("DELETE FROM events WHERE seat = ?", (seat,))
            db.execute("DELETE FROM marks WHERE seat = ?", (seat,))
            db.execute("DELETE FROM snapshots")
            db.execute("COMMIT")
            db.execute("VACUUM")
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

        self._guard(erase)

    # -- reading -----------------------------------------------------------------------------

    def entries(self, after: int = 0, before: int | None = None) -> Iterator[Entry]:
        """Events in the room's order, with `after` < seq < `before`.

        Read in chunks, so that a long session neither fills memory nor holds up the recorder.
        """
        last = (1 << 63) - 1 if before is None else before
        query = (
            "SELECT seq, at_frame, kind, body FROM events WHERE seq > ? AND seq < ?"
            f" ORDER BY seq LIMIT {_CHUNK}"
        )
        while True:
            rows = self._all(query, (after, last))
            for seq, at, kind, body in rows:
                yield Entry(seq, at, self._unpacked(kind, body))
            if len(rows) < _CHUNK:
                return
            after = rows[-1][0]

    def entries_of(self, *kinds: type[AnyEvent]) -> list[Entry]:
        """All events of these kinds (not of performance kinds, which are many)."""
        names = [kind.__name__ for kind in kinds]
        asked = ", ".join("?" * len(names))
        rows = self._all(
            f"SELECT seq, at_frame, kind, body FROM events WHERE kind IN ({asked})"
            f" AND kind NOT IN ({_PERFORMANCE}) ORDER BY seq",
            tuple(names),
        )
        return [Entry(seq, at, self._unpacked(kind, body)) for seq, at, kind, body in rows]

    def performance(self) -> PerformanceArray:
        """Every note and movement that was kept, in the room's order (PERFORMANCE_DTYPE)."""

        def read() -> list[bytes]:
            db = self._connection
            query = f"SELECT body FROM events WHERE kind IN ({_PERFORMANCE}) ORDER BY seq"
            return [body for (body,) in db.execute(query)]

        try:
            return performance_array(self._guard(read))
        except UnpackError as error:
            raise journal_file.damaged(self.path, error) from error

    def stored_state(self, before: int | None = None) -> StoredState | None:
        """The newest stored state that holds only events with seq < `before`."""
        last = (1 << 63) - 1 if before is None else before
        rows = self._all(
            "SELECT seq, at_frame, body FROM snapshots WHERE seq < ? ORDER BY seq DESC LIMIT 1",
            (last,),
        )
        return StoredState(*rows[0]) if rows else None

    def runs(self) -> dict[str, int]:
        """Numbers of the room runs that are in it."""
        return {name: number for number, name in self._all("SELECT id, name FROM runs")}

    def last_seq(self) -> int:
        """Place of the last event; 0 when there is none."""
        return int(self._all("SELECT coalesce(max(seq), 0) FROM events")[0][0])

    def count(self) -> int:
        """How many events are in it."""
        return int(self._all("SELECT count(*) FROM events")[0][0])

    def marks(self) -> list[Mark]:
        """Moments worth a marker, in order of time."""
        rows = self._all("SELECT frame, kind, text, seat FROM marks ORDER BY frame, kind, seat")
        return [Mark(*row) for row in rows]

    def takes(self) -> list[Take]:
        """Named ranges, in order of time."""
        rows = self._all("SELECT name, from_frame, to_frame FROM takes ORDER BY from_frame, name")
        return [Take(*row) for row in rows]

    def clock(self) -> RoomClock | None:
        """Where the last room's clock stood."""
        rows = self._all("SELECT value FROM meta WHERE key = 'clock'")
        try:
            return msgspec.json.decode(rows[0][0], type=RoomClock) if rows else None
        except msgspec.DecodeError:
            return None

    def opened(self) -> Opened | None:
        """The first event of the session, with its wall time."""
        found = [entry.event for entry in self.entries_of(Opened)]
        return found[0] if found and isinstance(found[0], Opened) else None

    def badges(self) -> dict[int, str]:
        """Who sat in each seat, by the badge they wore last."""
        worn = (entry.event for entry in self.entries_of(SeatTaken, BadgeChosen))
        return {e.seat: e.badge for e in worn if isinstance(e, SeatTaken | BadgeChosen)}

    def choices(self) -> list[Entry]:
        """What was said about keeping, in order."""
        return self.entries_of(Opened, ConsentChosen)

    def last_frame(self) -> int:
        """The frame at which the room took the last event that is in it."""
        rows = self._all("SELECT at_frame FROM events ORDER BY seq DESC LIMIT 1")
        return int(rows[0][0]) if rows else 0

    def end_frame(self) -> int:
        """Where the session ends so far: the room's last clock, or its last event."""
        clock = self.clock()
        return max(clock.frame if clock else 0, self.last_frame())

    def _unpacked(self, kind: str, body: bytes) -> AnyEvent:
        try:
            return unpack_event(kind, body)
        except UnpackError as error:
            raise journal_file.damaged(self.path, error) from error

    def _all(self, query: str, values: tuple[object, ...] = ()) -> list[tuple]:  # type: ignore[type-arg]
        return self._guard(lambda: self._connection.execute(query, values).fetchall())

    def _guard(self, use: Callable[[], T]) -> T:
        try:
            return use()
        except sqlite3.Error as error:
            with contextlib.suppress(sqlite3.Error):
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
            raise journal_file.plainly(error, self.path) from error
