"""The wire: a room that comes late, goes away, comes back, hangs, or says farewell."""

from __future__ import annotations

import asyncio
import os
import pty
import signal
import sys
from pathlib import Path

import msgspec
import pytest
from small_room import Sit, SmallRoom, a_seat, a_snapshot, until

from jamroom.messages import Farewell, Gate, Hello, Strike
from jamroom.session.events import NOW, LayerPressed
from jamroom.tui import link as wire
from jamroom.tui.app import Console
from jamroom.tui.driver import TERMINAL_GONE


async def test_reconnects_by_itself_and_keeps_the_screen(sit: Sit) -> None:
    async with sit(a_snapshot(3)) as at:
        await at.pilot.press("down", "right")
        before = at.part("board")
        await at.room.close()
        await until(lambda: not at.console.link.up)
        assert "the room is coming back" in at.part("notices")
        assert at.part("board") == before
        await at.pilot.press("a", "enter")  # neither kills it
        assert "away for a moment" in str(at.console.told.lines())

        at.room.said.clear()
        await at.room.open()
        await until(lambda: at.console.link.up)
        await until(lambda: len(at.room.said) == 2, "a new hello")
        assert isinstance(at.room.said[0], Hello)
        assert at.room.said[1] == Gate(latch=False, length_s=0.5)  # a crashed room forgot it
        assert "away for a moment" not in str(at.console.told.lines())
        assert "coming back" not in at.part("notices")
        assert await at.asks("enter") == [LayerPressed(NOW, 1, 1)]  # the same layer as before


async def test_waits_for_a_room_that_is_not_there_yet(tmp_path: Path) -> None:
    console = Console(tmp_path / "room")
    async with console.run_test(size=(80, 24)) as pilot:
        console.draw()
        await pilot.pause()
        board = console.stage.part("board")
        assert "waiting for the room" in board.text
        await pilot.press("a", "enter", "p", "ctrl+p", "escape")
        room = SmallRoom(tmp_path / "room", a_snapshot())
        await room.open()
        try:
            await until(lambda: console.snapshot is not None)
            console.draw()
            assert "blue heron" in board.text
        finally:
            await room.close()


async def test_leaves_at_once_when_there_never_was_a_room(tmp_path: Path) -> None:
    console = Console(tmp_path / "room")
    async with console.run_test() as pilot:
        await pilot.press("ctrl+q")
        await until(lambda: console.return_code == 0)


async def test_farewell_ends_with_0(sit: Sit) -> None:
    async with sit() as at:
        at.room.tell(Farewell("The room is closed."))
        await until(lambda: at.console.return_code is not None)
        assert at.console.return_code == 0


async def test_a_silent_room_counts_as_away(sit: Sit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "SILENCE_S", 0.4)
    async with sit() as at:
        at.room.hang()
        await until(lambda: "does not answer" in at.part("notices"))


async def test_strange_words_are_no_crash(sit: Sit) -> None:
    async with sit() as at:
        at.room.tell_bytes(b"\xff\xff\xff\xff not ours")
        await until(lambda: "another version" in at.console.why_down)
        await until(lambda: at.console.link.up)  # it tries again all the same


async def test_of_many_snapshots_only_the_newest_is_told(tmp_path: Path) -> None:
    heard = []

    class Listener:
        def heard(self, message: object) -> None:
            heard.append(message)

        def link_up(self) -> None: ...

        def link_down(self, why: str) -> None: ...

    room = SmallRoom(tmp_path / "room", a_snapshot())
    await room.open()
    link = wire.Link(tmp_path / "room", Listener())
    task = asyncio.create_task(link.run())
    try:
        await until(lambda: heard)
        for frame in range(500):  # one burst, longer than one read
            room.change(frame=frame, notices=("x" * 2000,))
        await until(lambda: heard[-1].frame == 499)
        assert len(heard) < 100
    finally:
        task.cancel()
        await room.close()


async def test_threads_may_send_at_once_and_no_message_is_torn(sit: Sit) -> None:
    async with sit() as at:
        before = len(at.room.said)

        def strikes(key: int) -> None:
            for _ in range(200):
                while not at.console.link.send(Strike(row="low", key=key)):
                    pass  # the wire is full: the room below reads on meanwhile

        await asyncio.gather(*(asyncio.to_thread(strikes, key) for key in range(4)))
        await until(lambda: len(at.room.said) == before + 800)
        struck = [m.key for m in at.room.said[before:] if isinstance(m, Strike)]
        assert sorted(struck) == [0] * 200 + [1] * 200 + [2] * 200 + [3] * 200


async def test_nothing_is_sent_late(sit: Sit) -> None:
    async with sit() as at:
        await at.room.close()
        await until(lambda: not at.console.link.up)
        assert not at.console.link.send(Strike(row="low", key=0))
        at.room.said.clear()
        await at.room.open()
        await until(lambda: at.console.link.up)
        await at.asks("enter")
        assert not any(isinstance(m, Strike) for m in at.room.said)


@pytest.mark.process
async def test_killed_and_started_again_nothing_is_missed(tmp_path: Path) -> None:
    """The real program in a real terminal (a pty): killed, started again, plays on."""
    room = SmallRoom(tmp_path / "room", a_snapshot(2))
    await room.open()
    try:
        pid, terminal = _start(room.path)
        await until(lambda: len(room.said) == 1, "hello")
        await _types_until(terminal, b"s", lambda: Strike(row="low", key=1) in room.said)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)

        room.said.clear()
        room.change(seats=(a_seat(5),))
        pid, terminal = _start(room.path)
        await until(lambda: room.said, "hello again")
        await _types_until(terminal, b"\r", lambda: bool(room.requests))
        assert room.requests[0] == LayerPressed(NOW, 5, 0)
        room.tell(Farewell("The room is closed."))
        status = await asyncio.wait_for(asyncio.to_thread(_drain, terminal, pid), 15)
        assert os.waitstatus_to_exitcode(status) == 0
    finally:
        await room.close()


@pytest.mark.process
async def test_a_terminal_gone_without_a_hangup_ends_the_console(tmp_path: Path) -> None:
    room = SmallRoom(tmp_path / "room", a_snapshot(2))
    await room.open()
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # the console inherits it
    try:
        pid, terminal = _start(room.path)
        await until(lambda: len(room.said) == 1, "hello")
        await _types_until(terminal, b"s", lambda: Strike(row="low", key=1) in room.said)
        os.close(terminal)
        try:
            status = (await until(lambda: _ended(pid), "the end of the console"))[1]
        except AssertionError:
            os.kill(pid, signal.SIGKILL)
            raise
        assert os.waitstatus_to_exitcode(status) == TERMINAL_GONE
    finally:
        signal.signal(signal.SIGHUP, before)
        await room.close()


def _ended(pid: int) -> tuple[int, int]:
    """Process and wait status once it has ended; nothing true before."""
    ended = os.waitpid(pid, os.WNOHANG)
    return ended if ended[0] else ()  # type: ignore[return-value]


def _start(socket: Path) -> tuple[int, int]:
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover
        os.environ.update(TERM="xterm-256color", COLUMNS="80", LINES="24")
        os.execv(sys.executable, [sys.executable, "-m", "jamroom.tui", "--socket", str(socket)])
    os.set_blocking(terminal, False)
    return pid, terminal


async def _types_until(terminal: int, key: bytes, done: object) -> None:
    """Type a key again and again until it was heard: the first ones may come too early."""
    assert callable(done)
    async with asyncio.timeout(15):
        while not done():
            _read(terminal)
            os.write(terminal, key)
            await asyncio.sleep(0.1)


def _read(terminal: int) -> bool:
    try:
        return bool(os.read(terminal, 1 << 20))
    except BlockingIOError:
        return True
    except OSError:  # the other end is closed
        return False


def _drain(terminal: int, pid: int) -> int:
    """Read what the program draws until it has ended; hand back its wait status."""
    while True:
        alive = _read(terminal)
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            os.close(terminal)
            return status
        if not alive:
            ended, status = os.waitpid(pid, 0)
            os.close(terminal)
            return status


def test_a_message_out_is_a_message_in() -> None:
    snapshot = a_snapshot(20)
    body = wire.frame_message(snapshot)[4:]
    assert msgspec.msgpack.decode(body, type=wire.ToConsole) == snapshot


@pytest.mark.process
async def test_without_a_terminal_it_says_so(tmp_path: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "jamroom.tui", "--socket", str(tmp_path / "room")),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 2
    assert b"needs a terminal" in said
