from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from small_room import Sit, Sitting, SmallRoom, a_snapshot, until

from jamroom.tui.app import Console
from jamroom.tui.layouts import LAYOUTS
from jamroom.views import Snapshot


@pytest.fixture
def sit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sit:
    """Open a small room and a console at it: `async with sit(snapshot, size=(80, 24))`.

    The settings are those of somebody who has chosen nothing, at a QWERTY keyboard.
    """
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path))
    monkeypatch.setattr(
        "jamroom.tui.app.guessed_layout", lambda chosen: LAYOUTS[chosen or "qwerty"]
    )

    @contextlib.asynccontextmanager
    async def sitting(
        snapshot: Snapshot | None = None, size: tuple[int, int] = (80, 24)
    ) -> AsyncIterator[Sitting]:
        room = SmallRoom(tmp_path / "room", snapshot or a_snapshot())
        await room.open()
        console = Console(room.path)
        try:
            async with console.run_test(size=size) as pilot:
                await until(lambda: console.snapshot is not None, "the first snapshot")
                await pilot.pause()
                yield Sitting(room, console, pilot)
        finally:
            await room.close()

    return sitting
