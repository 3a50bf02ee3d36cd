"""The recorder as a process: what it promises a room that dies, and what it survives itself."""

from __future__ import annotations

import asyncio
import resource
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from recording import DEADLINE_S, Recorder, RoomEnd, batch, notes, opened, sits

from jamroom.capture import recorder as recorder_module
from jamroom.capture.journal import Journal
from jamroom.session import events as ev
from jamroom.session.stored import decode_state

pytestmark = pytest.mark.process
Start = Callable[..., Recorder]


def kept(path: Path) -> list[ev.AnyEvent]:
    with Journal.open(path) as journal:
        return [entry.event for entry in journal.entries()]


def test_what_is_acknowledged_is_in_the_file(record: Start) -> None:
    recorder = record()
    room = recorder.room()
    assert room.memory.state == b""
    assert room.memory.carry_on is False
    events = [opened(), sits(1), *notes(1, 60, 100)]
    room.send(batch(events))
    assert room.wait_for_n(4).trouble == ""
    assert kept(recorder.journal) == events
    room.close()
    assert recorder.end() == 0
    folder = recorder.journal.parent
    assert [path.name for path in folder.iterdir()] == ["s.jam"]
    assert recorder.journal.stat().st_mode & 0o077 == 0


def test_a_restarted_room_gets_everything_and_carries_on(record: Start) -> None:
    recorder = record()
    room = recorder.room()
    events = [opened("keep"), sits(1), ev.ConsentChosen(0, 1, "play"), *notes(1, 60, 100)]
    room.send(batch(events, frame=50_000))
    room.close()
    memory = recorder.room().memory
    assert (memory.carry_on, memory.frame, memory.run) == (True, 50_000, "run1")
    state = decode_state(memory.state)
    assert state.seats[1].badge == "blue heron"
    assert state.last_played == {1: 100}
    assert state.frame == 50_000


def test_a_closed_session_does_not_carry_on(record: Start) -> None:
    recorder = record()
    room = recorder.room()
    room.send(batch([opened(), sits(1), ev.Closed(900)], frame=1000))
    room.wait_for_n(3)
    room.close()
    memory = recorder.room().memory
    assert (memory.carry_on, memory.frame, memory.monotonic_ns) == (False, 0, 0)
    assert decode_state(memory.state).frame == 1000


def test_both_are_killed_and_the_session_goes_on(record: Start) -> None:
    first = record()
    room = first.room()
    room.send(batch([opened(), sits(1), *notes(1, 60, 100)], frame=50_000))
    room.wait_for_n(4)
    first.kill()
    memory = record().room().memory
    assert (memory.carry_on, memory.frame) == (True, 50_000)
    assert decode_state(memory.state).seats[1].badge == "blue heron"


def test_a_killed_recorder_loses_and_doubles_nothing(record: Start) -> None:
    everything = [opened(), sits(1)]
    for start in range(0, 400_000, 10_000):
        everything += notes(1, 60, start)
    recorder = record()
    room = recorder.room()
    sent = acknowledged = 0
    for upto in (45, 60, len(everything)):
        room.send(batch(everything[sent:upto], first_n=sent + 1))
        if upto == 45:
            acknowledged = room.wait_for_n(20).n
        # Mid-commit for the others: nobody knows how much of it arrived.
        recorder.kill()
        recorder = record()
        room = recorder.room()
        assert room.memory.last_n == 0
        room.send(batch(everything[acknowledged - 10 : upto], first_n=acknowledged - 9))
        acknowledged = sent = room.wait_for_n(upto).n
    assert kept(recorder.journal) == everything
    room.close()
    assert recorder.end() == 0


def test_without_a_room_it_ends_when_the_launcher_goes(record: Start) -> None:
    recorder = record()
    recorder.room().close()
    assert recorder.process.stdin is not None
    recorder.process.stdin.close()
    assert recorder.process.wait(DEADLINE_S) == 0


@pytest.mark.parametrize("how", ["the launcher goes", "SIGTERM"])
def test_it_hears_the_room_out_before_it_ends(record: Start, how: str) -> None:
    recorder = record()
    room = recorder.room()
    events = [opened(), sits(1), *notes(1, 60, 100), *notes(1, 62, 9000), ev.Closed(20_000)]
    room.send(batch(events[:2]))
    room.wait_for_n(2)
    assert recorder.process.stdin is not None
    if how == "SIGTERM":
        recorder.process.send_signal(signal.SIGTERM)
    else:
        recorder.process.stdin.close()
    for n, event in enumerate(events[2:-1], 3):
        room.send(batch([event], n))
        room.wait_for_n(n)  # a commit each: far longer than a recorder in a hurry stays
    room.send(batch(events[-1:], len(events)))
    room.close()
    assert recorder.process.wait(DEADLINE_S) == 0
    assert kept(recorder.journal) == events
    assert recorder.process.stderr is not None
    assert recorder.process.stderr.read() == b""


def test_a_room_that_never_hangs_up_is_not_waited_for_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(recorder_module, "LONGEST_END_S", 0.1)
    monkeypatch.setattr(recorder_module, "LAST_TRY_S", 0.05)

    async def stay_silent(recorder: recorder_module.Recorder, path: Path) -> None:
        while not path.exists():
            await asyncio.sleep(0.001)
        reader, writer = await asyncio.open_unix_connection(path)
        try:
            assert await reader.read(1)
            recorder.end()
            await asyncio.Event().wait()
        finally:
            writer.close()

    async def record_a_silent_room(journal: Journal, path: Path) -> int:
        recorder = recorder_module.Recorder(journal, path)
        rooms = [asyncio.create_task(stay_silent(recorder, path)) for _ in range(2)]
        code = await recorder.run()
        assert not any(room.done() for room in rooms)
        return code

    with (
        tempfile.TemporaryDirectory(prefix="jam") as folder,
        Journal.create(tmp_path / "s.jam") as journal,
    ):
        assert asyncio.run(record_a_silent_room(journal, Path(folder) / "rec")) == 0
    assert caplog.records == []


@pytest.mark.skipif(not hasattr(resource, "prlimit"), reason="needs Linux")
def test_a_disk_that_refuses_holds_up_nobody(record: Start) -> None:
    recorder = record()
    room = recorder.room()
    room.send(batch([opened(), sits(1)]))
    room.wait_for_n(2)
    pid = recorder.process.pid
    _, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (100, hard))
    more = [event for start in range(0, 90_000, 900) for event in notes(1, 60, start)]
    room.send(batch(more, first_n=3))
    told = room.wait_for(lambda ack: ack.trouble != "")
    assert told.n == 2
    assert "s.jam" in told.trouble
    room.close()
    again = recorder.room()
    assert decode_state(again.memory.state).frame == more[-1].frame
    resource.prlimit(pid, resource.RLIMIT_FSIZE, (hard, hard))
    assert again.wait_for_n(202).trouble == ""
    assert kept(recorder.journal)[2:] == more


def test_a_slow_disk_holds_up_nobody(record: Start) -> None:
    recorder = record()
    room = recorder.room()
    room.send(batch([opened(), sits(1)]))
    room.wait_for_n(2)
    # Another writer holds the file: the recorder's commit stands still as it would in an fsync.
    other = sqlite3.connect(recorder.journal, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    room.send(batch(notes(1, 60, 100), first_n=3))
    room.close()
    again = recorder.room()
    assert again.memory.last_n == 2
    assert decode_state(again.memory.state).last_played == {1: 100}
    other.execute("ROLLBACK")
    other.close()
    again.wait_for_n(4)
    assert len(kept(recorder.journal)) == 4


def test_a_foreign_file_is_refused_and_untouched(record: Start, tmp_path: Path) -> None:
    path = tmp_path / "letter.jam"
    path.write_text("Dear Anna, " * 50)
    before = path.read_bytes()
    recorder = record(path)
    assert recorder.process.wait(DEADLINE_S) == 2
    assert recorder.process.stderr is not None
    assert b"not a jamroom session" in recorder.process.stderr.read()
    assert path.read_bytes() == before


def test_a_session_is_recorded_by_one_recorder_only(record: Start, tmp_path: Path) -> None:
    first = record()
    first.room()
    second = Recorder(first.journal, tmp_path / "other")
    assert second.process.wait(DEADLINE_S) == 2
    assert second.process.stderr is not None
    assert b"open in another jamroom" in second.process.stderr.read()
    second.close()


def test_nonsense_from_the_room_is_survived(record: Start) -> None:
    recorder = record()
    room = recorder.room()
    room._socket.sendall(b"\x00\x00\x00\x03abc")
    with pytest.raises(ConnectionError):
        room.wait_for_n(1)
    fine: RoomEnd = recorder.room()
    fine.send(batch([opened()]))
    assert fine.wait_for_n(1).n == 1
