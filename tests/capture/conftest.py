"""Recorders that are gone when the test is."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from recording import Recorder


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Callable[..., Recorder]]:
    """Start recorders: record() makes or reopens the session tmp_path/s.jam."""
    # A Unix socket's path may have 107 bytes; pytest's folders can be longer.
    folder = Path(tempfile.mkdtemp(prefix="jam"))
    started: list[Recorder] = []

    def start(journal: Path | None = None, *arguments: str) -> Recorder:
        path = journal or tmp_path / "s.jam"
        recorder = Recorder(path, folder / "rec", "--create", *arguments)
        started.append(recorder)
        return recorder

    yield start
    for recorder in started:
        recorder.close()
    shutil.rmtree(folder, ignore_errors=True)
