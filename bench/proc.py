"""CPU time of processes, from /proc (Linux; elsewhere nothing is reported)."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

_TICK_S = 1 / os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 0.01


def cpu_s(pid: int) -> float:
    """Seconds of CPU a process has used, all its threads together; 0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * _TICK_S


def children(pid: int) -> list[int]:
    """Direct children of a process."""
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            found += [int(word) for word in task.read_text().split()]
        except OSError:
            continue
    return found


class Shares:
    """CPU shares (of one core) of named processes between two moments."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids)
        self._began_s = time.monotonic()
        self._before = {name: cpu_s(pid) for name, pid in self._pids.items()}

    def now(self) -> dict[str, float]:
        """Shares since the beginning; 1.0 is a whole core."""
        elapsed = time.monotonic() - self._began_s
        return {
            name: (cpu_s(pid) - self._before[name]) / elapsed for name, pid in self._pids.items()
        }


def machine() -> str:
    """The machine in a few words that identify nobody."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return f"{os.cpu_count()} cores, load {load:.2f} before the run"
