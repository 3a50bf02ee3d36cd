"""The console in a real pty whose other end answers, and sends bytes, as kitty does."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kitty_terminal import KittyTerminal
from small_room import SmallRoom, a_snapshot, until

from jamroom.messages import Ask, KeysAway, Lift, Strike, ToRoom
from jamroom.session import events as ev

pytestmark = pytest.mark.process
ALL = 31


class Desk:
    """A room, and a console of it in a terminal."""

    def __init__(self, room: SmallRoom, terminal: KittyTerminal) -> None:
        self.room = room
        self.terminal = terminal

    async def says(self, data: str, count: int = 1) -> list[ToRoom]:
        """Send bytes; hand back the `count` messages that the room got because of them."""
        before = len(self.room.said)
        self.terminal.send(data)
        await until(lambda: len(self.room.said) >= before + count, f"{count} after {data!r}")
        return self.room.said[before:]


@contextlib.asynccontextmanager
async def desk(tmp_path: Path, speaks: int = ALL) -> AsyncIterator[Desk]:
    room = SmallRoom(tmp_path / "room", a_snapshot())
    await room.open()
    terminal = KittyTerminal(room.path, tmp_path, speaks)
    try:
        await until(lambda: terminal.shows("Thursday, library"), "the screen")
        if speaks & 2:
            await until(lambda: terminal.flags & 2, "the console asks for releases")
            await until(lambda: terminal.shows("while held"), "it says that keys are held")
        yield Desk(room, terminal)
    finally:
        terminal.close()
        await room.close()


async def test_keys_are_held_and_nothing_else_breaks(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        assert at.terminal.flags == ALL
        # a chord: two presses, repeats of the last one, releases in the other order
        assert await at.says("\x1b[97;;97u\x1b[100;;100u", 2) == [
            Strike("low", 0, held=True),
            Strike("low", 2, held=True),
        ]
        assert await at.says("\x1b[100;1:2;100u" * 30 + "\x1b[97;1:3u") == [Lift("low", 0)]
        assert await at.says("\x1b[100;1:3u") == [Lift("low", 2)]
        # the octave is shifted while a key is down: the lift is that of the key
        assert await at.says("\x1b[113;;113u") == [Strike("high", 0, held=True)]
        assert await at.says("\x1b[47;;47u\x1b[47;1:3u") == [Ask(ev.OctaveChosen(ev.NOW, 0, 1))]
        assert await at.says("\x1b[113;1:3u") == [Lift("high", 0)]
        # Shift, pressed and released with its key
        mute = "\x1b[57441;2u\x1b[75:107;2;75u\x1b[75;2:3u\x1b[57441;1:3u"
        assert await at.says(mute.replace("75:107", "107:75").replace("[75;", "[107;")) == [
            Ask(ev.Kept(ev.NOW, ev.EVERYBODY, 2))
        ]
        # a held button presses once, a held "softer" goes on
        enter = "\x1b[13u\x1b[13;1:2u\x1b[13;1:2u\x1b[13;1:3u"
        assert await at.says(enter + "\x1b[45;;45u\x1b[45;1:2;45u\x1b[45;1:3u", 3) == [
            Ask(ev.LayerPressed(ev.NOW, 0, 0)),
            Ask(ev.LevelChosen(ev.NOW, ev.EVERYBODY, -6.0)),
            Ask(ev.LevelChosen(ev.NOW, ev.EVERYBODY, -9.0)),
        ]
        # arrows with releases, then the other player
        assert await at.says("\x1b[B\x1b[1;1:3B\x1b[50;;50u\x1b[50;1:3u") == [
            Ask(ev.LayerPressed(ev.NOW, 1, 1))
        ]
        # Caps Lock plays; Escape, mouse and paste do no harm
        assert await at.says("\x1b[97;65;65u\x1b[97;65:3u", 2) == [
            Strike("low", 0, held=True),
            Lift("low", 0),
        ]
        quiet = "\x1b[27u\x1b[27;1:3u\x1b[<35;10;10M\x1b[200~asdf\x1b[201~"
        assert await at.says(quiet + "\x1b[48;;48u") == [Ask(ev.Panicked(ev.NOW))]


async def test_a_key_held_into_the_palette_is_lifted_and_letters_are_letters(
    tmp_path: Path,
) -> None:
    async with desk(tmp_path) as at:
        await at.says("\x1b[97;;97u")
        at.terminal.send("\x1b[112;5u\x1b[112;5:3u")  # Ctrl+P
        await until(lambda: at.terminal.shows("keep that: the player"), "the palette")
        assert await at.says("\x1b[97;1:3u") == [Lift("low", 0)]
        at.terminal.send("".join(f"\x1b[{ord(c)};;{ord(c)}u\x1b[{ord(c)};1:3u" for c in "sad"))
        await until(lambda: at.terminal.shows("sad"), "what was typed")
        at.terminal.seen = b""
        at.terminal.send("\x1b[27u\x1b[27;1:3u")
        await until(lambda: at.terminal.shows("blue heron"), "the board")
        assert await at.says("\x1b[48;;48u") == [Ask(ev.Panicked(ev.NOW))]


async def test_another_window_takes_the_keyboard(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.says("\x1b[97;;97u")
        assert KeysAway() in await at.says("\x1b[O")
        at.terminal.send("\x1b[97;1:3u")  # told late, or never
        assert Lift("low", 0) not in await at.says("\x1b[48;;48u")


async def test_where_a_key_lies_is_told(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        # AZERTY: the key left of z (QWERTY a) prints q; the layout is known from then on
        assert await at.says("\x1b[113::97;;113u\x1b[113::97;1:3u", 2) == [
            Strike("low", 0, held=True),
            Lift("low", 0),
        ]
        await until(lambda: at.terminal.shows("q–k"), "the labels of AZERTY")
        assert await at.says("\x1b[119::122;;119u") == [Ask(ev.LayerUndone(ev.NOW, 0, 0))]
        assert await at.says("\x1b[38::49;;38u") == [Ask(ev.LayerPressed(ev.NOW, 0, 0))]
        # Cyrillic: no letter of ours at all
        assert await at.says("\x1b[1092::97;;1092u") == [Strike("low", 0, held=True)]


async def test_a_terminal_without_the_protocol_keeps_the_gate(tmp_path: Path) -> None:
    async with desk(tmp_path, speaks=0) as at:
        assert at.terminal.shows("keys ring 0.5 s")
        assert await at.says("a") == [Strike("low", 0)]
        assert await at.says("\x1b[A0") == [Ask(ev.Panicked(ev.NOW))]


async def test_a_terminal_that_cannot_tell_releases_keeps_the_gate(tmp_path: Path) -> None:
    async with desk(tmp_path, speaks=1 | 8 | 16) as at:
        assert await at.says("\x1b[97;;97u") == [Strike("low", 0)]
        assert not at.terminal.shows("while held")


async def test_the_keyboard_is_given_back(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        at.terminal.send("\x1b[113;5u")  # Ctrl+Q
        await until(lambda: at.terminal.shows("Close the room"), "the question")
        at.terminal.send("\x1b[108;;108u")  # leave this window
        await until(lambda: at.terminal.process.poll() is not None, "the end")
        await until(lambda: not at.terminal.alternate, "the main screen")
        assert at.terminal.stacks == {False: [0], True: [0]}


async def test_the_keyboard_is_given_back_while_the_console_sleeps(tmp_path: Path) -> None:
    async with desk(tmp_path) as at:
        await at.says("\x1b[97;;97u")
        before = len(at.room.said)
        os.kill(at.terminal.process.pid, signal.SIGTSTP)
        await until(lambda: not at.terminal.alternate, "the main screen")
        assert at.terminal.stacks == {False: [0], True: [0]}
        await until(lambda: KeysAway() in at.room.said[before:], "what was held ends")
        at.terminal.seen = b""
        os.kill(at.terminal.process.pid, signal.SIGCONT)
        await until(lambda: at.terminal.flags & 2, "the console asks again")
        await until(lambda: at.terminal.shows("Thursday"), "the screen is back")
        assert await at.says("\x1b[97;;97u") == [Strike("low", 0, held=True)]


async def test_the_keyboard_is_given_back_after_a_fault(tmp_path: Path) -> None:
    """A message that no console can draw ends it; the terminal must be as it was."""
    async with desk(tmp_path) as at:
        at.room.change(pulses=0)
        await until(lambda: at.terminal.process.poll() is not None, "the end")
        await until(lambda: not at.terminal.alternate, "the main screen")
        assert at.terminal.stacks == {False: [0], True: [0]}
