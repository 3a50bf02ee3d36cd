"""A small room for the console's tests: a real Unix socket, snapshots out, messages in."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
from textual.events import Key
from textual.pilot import Pilot

from jamroom.messages import (
    Ask,
    ToRoom,
    Unframer,
    frame_message,
)
from jamroom.music.scales import SCALES
from jamroom.session.badges import BADGES
from jamroom.tui.app import Console
from jamroom.views import (
    Catalogue,
    InputView,
    LayerView,
    PaletteView,
    PatchView,
    SceneView,
    SeatView,
    Snapshot,
)

DEADLINE_S = 15.0
# Keys that open something in which letters still play.
OPENING = ("p", "v", "m", "M", "X", "G", "R", "B", "V", "I", "W", "E", "C", "f3")
T = TypeVar("T")


def a_layer(slot: int, phase: Any = "playing", **changes: Any) -> LayerView:
    layer = LayerView(slot, phase, "mute", 2, 14, 0.4, 0.0, "", True, False)
    return msgspec.structs.replace(layer, **changes)


def a_seat(number: int, **changes: Any) -> SeatView:
    seat = SeatView(
        seat=number,
        badge=BADGES[number].name,
        input="keys, low row" if number == 0 else f"Launchpad {number}",
        present=True,
        patch="bell",
        keymap="ladder",
        octave=0,
        level_db=0.0,
        consent="keep",
        notes_on=0,
        played_ago_s=9.0,
        layers=(),
        input_id="keys:low" if number == 0 else f"midi:Launchpad {number}",
    )
    return msgspec.structs.replace(seat, **changes)


SOUNDS = tuple(
    PatchView(name, name, family, f"{name} helps.")
    for family, name in (("mallets", "bell"), ("mallets", "marimba"), ("bowed", "strings"))
)


def a_catalogue(patches: tuple[PatchView, ...] = SOUNDS) -> Catalogue:
    return Catalogue(patches, tuple((s.name, s.label, s.tradition) for s in SCALES.values()))


def a_snapshot(seats: int = 2, **changes: Any) -> Snapshot:
    """A calm moment. (`patches` goes from snapshots to the catalogue.)"""
    bare = {"patches": ()} if "patches" in Snapshot.__struct_fields__ else {}
    snapshot = Snapshot(
        session="Thursday, library",
        frame=48_000,
        sample_rate=48_000,
        bar=12,
        pulse=2,
        pulse_phase=0.5,
        bpm=92.0,
        next_bpm=92.0,
        pulses=4,
        unit=4,
        palette=PaletteView(2, "dorian"),
        next_palette=None,
        next_palette_in_beats=0.0,
        seats=tuple(a_seat(n, layers=(a_layer(0),)) for n in range(seats)),
        loop_bars=2,
        quantise="bar",
        room_level_db=-3.0,
        peak_dbfs=-18.0,
        keeping="keep",
        recorder="writing",
        latch=False,
        gate_s=0.5,
        host="JACK, 48 kHz, 128 frames",
        midi="Launchpad Mini",
        missed=0,
        notices=(),
        demo=False,
        scenes=(SceneView(3, "", 9, 2, False, False), SceneView(4, "rain", 12, 3, True, False)),
        inputs=(
            InputView("keys:low", "keys, low row", 0, 1, False),
            InputView("midi:Launchpad 1", "Launchpad 1", 1, 1, True),
            InputView("midi:KeyLab", "KeyLab", -1, 2, False),
        ),
        **bare,
    )
    return msgspec.structs.replace(snapshot, **changes)


class SmallRoom:
    """Listens where a console will look for it. It plays nothing, but its socket is real."""

    def __init__(self, path: Path, snapshot: Snapshot) -> None:
        self.path = path
        self.snapshot = snapshot
        self.catalogue = a_catalogue()
        self.said: list[ToRoom] = []
        self._writers: list[asyncio.StreamWriter] = []
        self._server: asyncio.AbstractServer | None = None
        self._pulse: asyncio.Task[None] | None = None
        self._decoder = msgspec.msgpack.Decoder(ToRoom)

    async def open(self) -> None:
        self.path.unlink(missing_ok=True)
        self._server = await asyncio.start_unix_server(self._welcome, str(self.path))
        self._pulse = asyncio.create_task(self._go_on())

    async def _go_on(self) -> None:
        """Say the present again and again: a room that is silent counts as hung."""
        while True:
            await asyncio.sleep(0.1)
            self.tell(self.snapshot)

    def hold_still(self) -> None:
        """Say nothing by itself any more: what is told is counted."""
        assert self._pulse is not None
        self._pulse.cancel()

    async def close(self) -> None:
        """Go away without a word, as a room does that was killed."""
        if self._pulse is not None:
            self._pulse.cancel()
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()
        self._writers.clear()
        self.path.unlink(missing_ok=True)

    async def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(frame_message(self.catalogue))
        writer.write(frame_message(self.snapshot))
        unframer = Unframer()
        try:
            while data := await reader.read(65536):
                self.said += [self._decoder.decode(body) for body in unframer.feed(data)]
        except (OSError, asyncio.CancelledError):
            pass  # the console, or the whole test, is over
        finally:
            writer.close()

    def tell(self, message: Any) -> None:
        """Send a message to every console; a snapshot becomes the room's present."""
        if isinstance(message, Snapshot):
            self.snapshot = message
        for writer in self._writers:
            writer.write(frame_message(message))

    def tell_bytes(self, data: bytes) -> None:
        """Send bytes that are no message."""
        for writer in self._writers:
            writer.write(data)

    def hang(self) -> None:
        """Stay connected, but say nothing any more."""
        if self._pulse is not None:
            self._pulse.cancel()

    def change(self, **changes: Any) -> None:
        self.tell(msgspec.structs.replace(self.snapshot, **changes))

    @property
    def requests(self) -> list[Any]:
        """What consoles asked for, without the envelope."""
        return [m.request for m in self.said if isinstance(m, Ask)]


async def until(condition: Callable[[], T], what: str = "") -> T:
    """Wait for something to become true: no sleeping for a time, only for a fact."""
    async with asyncio.timeout(DEADLINE_S):
        try:
            while not (value := condition()):
                await asyncio.sleep(0.005)
        except TimeoutError:
            raise AssertionError(f"never happened: {what or condition}") from None
    return value


class Sitting:
    """A console at a small room."""

    def __init__(self, room: SmallRoom, console: Console, pilot: Pilot[Any]) -> None:
        self.room = room
        self.console = console
        self.pilot = pilot

    def part(self, name: str) -> str:
        """The bare text of one part of the screen."""
        self.console.draw()
        return self.console.stage.part(name).text

    @property
    def screen(self) -> str:
        """Everything a person who sees no colour can read, from top to bottom."""
        names = ("title", "band", "status", "heading", "board", "layer", "notices", "keys")
        return "\n".join(self.part(name) for name in names)

    async def shows(self, snapshot: Snapshot) -> None:
        """The console has heard this."""
        self.room.tell(snapshot)
        await until(lambda: self.console.snapshot == snapshot, "the snapshot arrives")
        await self.pilot.pause()

    async def type(self, *keys: str) -> None:
        """Keys in quick succession. (The pilot waits 40 ms for each; lists need that, play not.)"""
        for key in keys:
            self.console.post_message(Key(key, key if len(key) == 1 else None))
            await asyncio.sleep(0)
        await self.pilot.pause()

    async def asks(self, *keys: str) -> list[Any]:
        """Press keys; hand back what the room was asked for because of them."""
        before = len(self.room.requests)
        await self.type(*keys)
        await until(lambda: len(self.room.requests) > before, f"a request after {keys}")
        return self.room.requests[before:]

    async def says(self, *keys: str) -> list[Any]:
        """Press keys; hand back all messages the room got because of them."""
        before = len(self.room.said)
        await self.type(*keys)
        await until(lambda: len(self.room.said) > before, f"a message after {keys}")
        return self.room.said[before:]


Sit = Callable[..., contextlib.AbstractAsyncContextManager[Sitting]]
