"""The room's process with a stopwatch round `Room.block`; everything else is the real one.

Started by bench.rooms in place of jamroom.room_process. When the room closes it writes a NumPy
file: a row for each block with the seconds it took, the CPU seconds of its thread, and how many
voices sounded.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import numpy as np

from jamroom.engine.base import Block
from jamroom.room import Room
from jamroom.room_process import main

_MOST = 1_000_000

rows = np.zeros((_MOST, 3), np.float64)
count = 0
_block = Room.block


def timed_block(room: Room) -> Block:
    """One block, and its row."""
    global count
    cpu, began = time.thread_time_ns(), time.perf_counter_ns()
    out = _block(room)
    ended, cpu_ended = time.perf_counter_ns(), time.thread_time_ns()
    if count < _MOST:
        rows[count] = ended - began, cpu_ended - cpu, room.engine.sounding()
        count += 1
    return out


if __name__ == "__main__":
    Room.block = timed_block  # type: ignore[method-assign,assignment]
    code = main()
    if count:
        path = Path(os.environ["JAMROOM_BENCH_TIMINGS"])
        np.save(path, rows[:count] * (1e-9, 1e-9, 1.0))
    sys.exit(code)
