"""Start-up: from the command to the first block, and to the console's first picture."""

from __future__ import annotations

import subprocess
import sys
import time


from bench.console import console
from bench.rooms import open_room
from bench.table import Table, quantile

_PICTURE_S = 20.0


def startup(times: int) -> list[Table]:
    """The table of `times` starts; the disk cache is warm (one start before is not counted)."""
    table = Table(
        "3. start-up",
        f"Seconds, of {times} cold processes with a warm disk cache, without sound card (--host"
        " null). The first block is when the room can be played: recorder and room are up.",
        ("from the command to", "p50", "min", "max"),
        target="start to playable under 1 s",
        remarks=[
            "first picture: the launcher's wait for the room, then a console in a terminal of"
            " 160 x 45 until the room's key is on the screen. The room plays meanwhile."
        ],
    )
    blocks, pictures = [], []
    for number in range(times + 1):
        block_s, picture_s = _start()
        if number:
            blocks.append(block_s)
            if picture_s:
                pictures.append(picture_s)
    imports = [_bare_start() for _ in range(times)]
    _add(table, "a Python that does nothing", imports)
    _add(table, "the first block", blocks)
    _add(table, "the console's first picture", pictures)
    return [table]


def _add(table: Table, name: str, seconds: list[float]) -> None:
    if seconds:
        figures = (quantile(seconds, 0.5), min(seconds), max(seconds))
        table.add(name, *(f"{figure:.2f}" for figure in figures))
    else:
        table.remarks.append(f"{name}: not seen within {_PICTURE_S:.0f} s")


def _start() -> tuple[float, float]:
    """Seconds to the first block and to the first picture (0 when none came)."""
    began = time.perf_counter()
    with open_room("null") as room:
        block_s = time.perf_counter() - began
        with console(room.directory) as shown:
            seen = shown.picture.wait(_PICTURE_S)
            return block_s, time.perf_counter() - began if seen else 0.0


def _bare_start() -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", ""], check=False)
    return time.perf_counter() - began
