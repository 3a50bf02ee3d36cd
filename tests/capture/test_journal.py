"""The journal's file: nothing doubled, nothing lost, nothing foreign touched."""

from __future__ import annotations

import os
import shutil
import sqlite3
import struct
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from recording import batch, notes, opened, sits

from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.packing import PERFORMANCE_DTYPE, kind_of, pack_event, unpack_event
from jamroom.capture.rows import Take, Work, row_of, seq_of
from jamroom.messages import Recorded
from jamroom.session import events as ev
from jamroom.session.effects import Mark

SMALL = st.integers(-1, 127)
FRAMES = st.integers(-1, 2**60)
FLOATS = st.floats(allow_nan=False)


def any_event() -> st.SearchStrategy[ev.AnyEvent]:
    """Every kind of event, with anything its fields may hold."""
    special = {"frame": FRAMES, "sample_rate": st.integers(1, 10**6)}
    by_type: dict[object, st.SearchStrategy[object]] = {
        int: SMALL,
        float: FLOATS,
        str: st.text(),
        bool: st.booleans(),
        bool | None: st.none() | st.booleans(),
        tuple[int, ...]: st.lists(SMALL).map(tuple),
        tuple[tuple[int, int], ...]: st.lists(st.tuples(SMALL, SMALL)).map(tuple),
    }

    def of(kind: type[ev.Event]) -> st.SearchStrategy[ev.Event]:
        fields = {
            field.name: special[field.name]
            if field.name in special
            else by_type[field.type]
            if field.type in by_type
            else st.sampled_from(get_args(field.type))
            for field in msgspec.structs.fields(kind)
        }
        return st.builds(kind, **fields)

    return st.one_of([of(kind) for kind in get_args(ev.AnyEvent)])


@given(any_event(), st.integers(0, 2**60))
def test_every_event_comes_back_as_it_was(event: ev.AnyEvent, at: int) -> None:
    assert unpack_event(kind_of(event), pack_event(at, event)) == event


def test_a_note_that_no_instrument_can_send_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot be kept"):
        pack_event(0, ev.Played(0, 1, 60, 70_000, 0.0, 90))


def rows(events: list[ev.AnyEvent], run: int = 1, first_n: int = 1) -> Work:
    many = batch(events, first_n).records
    return Work(runs=((run, f"run{run}"),), rows=tuple(row_of(seq_of(run, r.n), r) for r in many))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "s.jam"


def test_late_rows_land_in_their_place_and_nothing_is_doubled(path: Path) -> None:
    events = [opened(), sits(1), *notes(1, 60, 100), ev.Closed(9000)]
    with Journal.create(path) as journal:
        journal.write(rows(events[3:], first_n=4))
        journal.write(rows([ev.Resumed(9100, 48_000, False)], run=2))
        journal.write(rows(events[:4]))
        journal.write(rows(events))
        assert [entry.event for entry in journal.entries()][:-1] == events
        assert journal.count() == 6
        assert journal.runs() == {"run1": 1, "run2": 2}
        assert journal.last_seq() == seq_of(2, 1)
        with sqlite3.connect(path) as db:
            assert db.execute("SELECT run, n FROM events ORDER BY seq").fetchall()[-2:] == [
                (1, 5),
                (2, 1),
            ]
        db.close()


def test_entries_are_read_beyond_one_chunk(path: Path) -> None:
    events: list[ev.AnyEvent] = [ev.Bent(n, 1, 0.5) for n in range(45_000)]
    with Journal.create(path) as journal:
        journal.write(rows(events))
        assert [entry.event.frame for entry in journal.entries()] == list(range(45_000))
        ranged = journal.entries(after=seq_of(1, 44_990), before=seq_of(1, 44_993))
        assert [entry.seq for entry in ranged] == [seq_of(1, 44_991), seq_of(1, 44_992)]


def test_the_performance_is_one_array(path: Path) -> None:
    moves = [ev.Bent(5, 2, -50.0), ev.Leaned(6, 2, -1, 70), ev.Controlled(7, 2, 64, 127)]
    with Journal.create(path) as journal:
        journal.write(rows([opened(), sits(2), *notes(2, 61, 3, 1), *moves]))
        array = journal.performance()
    assert array.dtype == PERFORMANCE_DTYPE
    assert array["frame"].tolist() == [3, 4, 5, 6, 7]
    assert array["note"].tolist() == [61, 61, -1, -1, 64]
    assert array["cents"].tolist() == [0, 0, -50, 0, 0]
    assert array["value"].tolist() == [90, 0, 0, 70, 127]
    assert np.all(array["seat"] == 2)


def test_marks_are_made_once(path: Path) -> None:
    mark = Mark(10, "moment", "the storm", -1)
    with Journal.create(path) as journal:
        journal.write(Work(marks=(mark, mark)))
        journal.write(Work(marks=(mark, Mark(5, "launch", "blue heron 1", 1))))
        assert journal.marks() == [Mark(5, "launch", "blue heron 1", 1), mark]


def test_takes(path: Path) -> None:
    with Journal.create(path) as journal:
        journal.add_take(Take("the storm", 500, 900))
        journal.add_take(Take("first", 0, 400))
        journal.add_take(Take("the storm", 600, 900))
        assert journal.takes() == [Take("first", 0, 400), Take("the storm", 600, 900)]


def test_what_is_erased_is_in_no_file(path: Path) -> None:
    events = [opened(), sits(1), sits(2, "vermilion newt"), *notes(2, 60, 0x5A5A_3C3C_1234)]
    with Journal.create(path) as journal:
        journal.write(rows(events))
        journal.write(Work(marks=(Mark(5, "launch", "vermilion newt 1", 2),)))
        journal.erase_seat(2)
        assert [entry.event for entry in journal.entries()] == events[:2]
        left = b"".join(file.read_bytes() for file in path.parent.iterdir())
    assert b"vermilion" not in left
    assert (0x5A5A_3C3C_1234).to_bytes(8, "little") not in left


def test_creating_over_something_leaves_it_alone(path: Path) -> None:
    path.write_bytes(b"mine")
    with pytest.raises(JournalError, match="there already"):
        Journal.create(path)
    assert path.read_bytes() == b"mine"
    assert list(path.parent.iterdir()) == [path]


def spoiled(path: Path, how: str) -> None:
    Journal.create(path).close()
    data = bytearray(path.read_bytes())
    if how == "newer":
        data[60:64] = struct.pack(">I", 99)
    elif how == "foreign":
        data[68:72] = struct.pack(">I", 1)
    elif how == "short":
        del data[len(data) // 2 :]
    elif how == "tiny":
        del data[50:]
    elif how == "empty":
        data.clear()
    path.write_bytes(data)


@pytest.mark.parametrize("write", [False, True])
@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("newer", "newer jamroom"),
        ("foreign", "another program"),
        ("short", "cut short"),
        ("tiny", "not a jamroom session"),
        ("empty", "not a jamroom session"),
    ],
)
def test_what_is_not_ours_is_refused_and_untouched(
    path: Path, how: str, says: str, write: bool
) -> None:
    spoiled(path, how)
    before = path.read_bytes()
    with pytest.raises(JournalError, match=says):
        Journal.open(path, write)
    assert path.read_bytes() == before
    assert list(path.parent.iterdir()) == [path]


def test_a_missing_session_and_a_folder(path: Path) -> None:
    with pytest.raises(JournalError, match="no session"):
        Journal.open(path)
    with pytest.raises(JournalError):
        Journal.open(path.parent)


def test_pages_of_noise_are_one_clear_error(path: Path) -> None:
    with Journal.create(path) as journal:
        journal.write(rows([ev.Bent(n, 1, 0.5) for n in range(5000)]))
    data = bytearray(path.read_bytes())
    data[len(data) // 2 :] = os.urandom(len(data) - len(data) // 2)
    path.write_bytes(data)
    with pytest.raises(JournalError, match="damaged"), Journal.open(path) as journal:
        list(journal.entries())
        journal.performance()


def test_a_cut_log_costs_only_what_was_cut(path: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy.jam"
    with Journal.create(path) as journal:
        journal.write(rows([opened(), sits(1)]))
        journal.write(rows(notes(1, 60, 100), first_n=3))
        shutil.copy(path, copy)
        log = (tmp_path / "s.jam-wal").read_bytes()
        (tmp_path / "copy.jam-wal").write_bytes(log[:-100])
    with Journal.open(copy, write=True) as journal:
        assert [entry.event for entry in journal.entries()] == [opened(), sits(1)]


def test_it_can_be_read_while_it_is_written(path: Path) -> None:
    with Journal.create(path) as journal, Journal.open(path) as reader:
        journal.write(rows([opened()]))
        assert reader.count() == 1
        record = Recorded(2, 5, sits(1))
        journal.write(Work(rows=(row_of(seq_of(1, 2), record),)))
        assert reader.badges() == {1: "blue heron"}
