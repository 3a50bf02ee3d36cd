from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from living_room import LivingRoom


@pytest.fixture
def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LivingRoom]:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    # No JACK of this machine's is looked for: the tests of ports have their own.
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "jamroom-none")
    living = LivingRoom(tmp_path / "test.jam")
    living.open()
    yield living
    living.close()
