"""The core knows no devices, no clock on the wall, no disk, no threads and no screens."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import jamroom

FORBIDDEN = (
    "mido",
    "rtmidi",
    "pyo",
    "sounddevice",
    "textual",
    "sqlite3",
    "numpy",
    "asyncio",
    "socket",
    "subprocess",
    "multiprocessing",
)
SOURCES = Path(jamroom.__file__).parent
PURE = sorted(
    [*SOURCES.glob("session/*.py"), *SOURCES.glob("music/*.py"), SOURCES / "clocks.py"],
    key=str,
)


def test_importing_the_core_brings_none_of_them():
    loaded = "import sys, jamroom.session.step, jamroom.session.decide; print(*sys.modules)"
    told = subprocess.run(
        [sys.executable, "-c", loaded], capture_output=True, text=True, check=True, timeout=60
    )
    modules = set(told.stdout.split())
    assert "jamroom.session.loops" in modules
    assert modules.isdisjoint(FORBIDDEN)
    ours = {m.split(".")[1] for m in modules if m.startswith("jamroom.")}
    assert ours == {"session", "music", "clocks"}


@pytest.mark.parametrize("path", PURE, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_no_module_of_the_core_imports_time_threads_chance_or_disk(path: Path):
    """msgspec itself may import such modules, so our sources are read instead."""
    imported: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            imported.add(node.module.split(".")[0])
    assert imported.isdisjoint({*FORBIDDEN, "threading", "time", "datetime", "random", "os"})
