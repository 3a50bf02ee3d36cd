"""The writing thread: order, trouble, and the last try."""

from __future__ import annotations

import queue
from pathlib import Path

from recording import batch, opened, records, sits

from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.rows import StoredState, Work, row_of, seq_of
from jamroom.capture.shadow import Ticket
from jamroom.capture.writer import Writer, merged
from jamroom.session import events as ev
from jamroom.session.effects import Mark

DEADLINE_S = 20.0


def ticket(event: ev.AnyEvent, n: int) -> Ticket:
    record = records([event], n)[0]
    return Ticket(Work(runs=((1, "run"),), rows=(row_of(seq_of(1, n), record),)), "run", n)


def test_trouble_is_told_and_nothing_is_lost(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "s.jam")
    journal._connection.execute("PRAGMA max_page_count = 1")  # as full as a disk can be
    done: queue.Queue[int] = queue.Queue()
    told: queue.Queue[str] = queue.Queue()
    writer = Writer(journal, lambda tickets: done.put(tickets[-1].n), told.put)
    writer.start()
    writer.submit(ticket(ev.Marked(0, "x" * 100_000), 1))
    assert "The disk is full" in told.get(timeout=DEADLINE_S)
    writer.submit(ticket(opened(), 2))
    assert writer.waiting() == 2
    assert done.empty()
    journal._connection.execute("PRAGMA max_page_count = 1000000")
    while done.get(timeout=DEADLINE_S) != 2:
        pass
    writer.end()
    writer.join(DEADLINE_S)
    assert not writer.is_alive()
    assert writer.waiting() == 0
    assert journal.count() == 2
    journal.close()


def test_a_disk_that_stays_full_does_not_keep_it_from_ending(tmp_path: Path) -> None:
    journal = Journal.create(tmp_path / "s.jam")
    journal._connection.execute("PRAGMA query_only = ON")
    told: queue.Queue[str] = queue.Queue()
    writer = Writer(journal, lambda tickets: None, told.put)
    writer.start()
    writer.submit(ticket(opened(), 1))
    assert "read-only" in told.get(timeout=DEADLINE_S)
    writer.end()
    writer.join(DEADLINE_S)
    assert not writer.is_alive()
    assert writer.waiting() == 1
    journal.close()


def test_a_failed_commit_leaves_nothing_behind(tmp_path: Path) -> None:
    with Journal.create(tmp_path / "s.jam") as journal:
        half = ticket(opened(), 1).work
        spoiled = Work(rows=(*half.rows, (1, 2, 3, 4, None, None)))  # type: ignore[arg-type]
        try:
            journal.write(spoiled)
        except JournalError:
            pass
        else:
            raise AssertionError("a row without a kind was taken")
        assert journal.count() == 0
        journal.write(half)
        assert journal.count() == 1


def test_merged_work_is_the_same_as_one_after_the_other(tmp_path: Path) -> None:
    events = batch([opened(), sits(1), ev.Marked(5, "here"), ev.Closed(6)]).records
    rows = [row_of(seq_of(1, record.n), record) for record in events]
    works = [
        Work(runs=((1, "run"),), rows=(rows[0],), state=StoredState(rows[0][0], 0, b"a")),
        Work(rows=(rows[1],), marks=(Mark(5, "moment", "here", -1),)),
        Work(
            rows=(rows[2],), forget_states_from=rows[0][0], state=StoredState(rows[2][0], 5, b"b")
        ),
        Work(rows=(rows[3],), keep_states_before=0),
    ]
    with Journal.create(tmp_path / "a.jam") as one, Journal.create(tmp_path / "b.jam") as other:
        for work in works:
            one.write(work)
        other.write(merged(works))
        assert list(one.entries()) == list(other.entries())
        assert one.marks() == other.marks()
        assert one.stored_state() == other.stored_state() == StoredState(rows[2][0], 5, b"b")
        assert one.stored_state(before=rows[2][0]) is None
        assert one.runs() == other.runs()
