"""Start-up: from the command to the first block, and to the console's first picture."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.console import SIZE, Shown, in_terminal
from bench.table import Table, quantile
from jamroom.heartbeat import Heartbeat
from jamroom.launch import close_room
from jamroom.places import HEARTBEAT
from jamroom.supervisor import python

_PATIENCE_S = 20.0


def startup(times: int) -> list[Table]:
    """The table of `times` starts; one start before is not counted, so the disk cache is warm."""
    table = Table(
        "3. start-up",
        f"Seconds from the command `jamroom jam bench --host null` in a terminal of {SIZE[0]} x"
        f" {SIZE[1]}: {times} starts of cold processes with a warm disk cache. From the first block"
        " on the room can be played; the console comes later and the room does not wait for it.",
        ("from the command to", "p50", "min", "max"),
        target="start to playable under 1 s",
    )
    starts = [_start() for _ in range(times + 1)][1:]
    _add(table, "end of a Python that does nothing", [_bare_start() for _ in range(times)])
    _add(table, "the first block", [block_s for block_s, _ in starts])
    _add(table, "the console's first picture", [picture_s for _, picture_s in starts])
    return [table]


def _add(table: Table, name: str, seconds: list[float | None]) -> None:
    seen = [s for s in seconds if s is not None]
    if seen:
        table.add(name, *(f"{s:.2f}" for s in (quantile(seen, 0.5), min(seen), max(seen))))
    if len(seen) < len(seconds):
        table.remarks.append(f"{name}: {len(seconds) - len(seen)} did not come")


def _start() -> tuple[float | None, float | None]:
    """Seconds to the first block and to the first picture (None when it did not come)."""
    with tempfile.TemporaryDirectory(prefix="jrb-") as folder:
        home = {"XDG_RUNTIME_DIR": folder, "JAMROOM_HOME": str(Path(folder) / "home")}
        command = python("jamroom.cli", "jam", "bench", "--host", "null")
        began = time.perf_counter()
        with in_terminal(command, home) as shown:
            block_s = _first_block(Path(folder), began, shown)
            picture_s = None
            if shown.picture.wait(_PATIENCE_S if block_s else 0.0):
                picture_s = time.perf_counter() - began
            for heart in Path(folder).glob(f"*/*/{HEARTBEAT}"):
                close_room(heart.parent)
            with contextlib.suppress(subprocess.TimeoutExpired):
                shown.process.wait(_PATIENCE_S)
        return block_s, picture_s


def _first_block(folder: Path, began: float, shown: Shown) -> float | None:
    heart: Heartbeat | None = None
    while time.perf_counter() - began < _PATIENCE_S and shown.process.poll() is None:
        for path in folder.glob(f"*/*/{HEARTBEAT}") if heart is None else ():
            if path.stat().st_size:
                heart = Heartbeat(path)
        if heart and heart.last_ns():
            return time.perf_counter() - began
        time.sleep(0.002)
    return None


def _bare_start() -> float | None:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=False)
    return time.perf_counter() - began
