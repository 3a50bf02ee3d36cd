"""What voices cost: CPU of the engine and the mixer, a patch at a time.

    python -m bench.voices [PATCH ...]     (a process of its own: pyo allows one engine in each)

Prints a line per patch: its name, CPU seconds a second for no voice, for 64, voices sounding.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

VOICES = 64
_RATE = 48_000
_BLOCKS = 500
_SETTLE = 1500


class Cost(NamedTuple):
    """CPU shares of one core (1.0 is all of it)."""

    patch: str
    idle: float
    full: float
    sounding: int


def voices(patches: Sequence[str] = ()) -> list[Cost]:
    """Costs of these patches or of all, measured in a process of its own; empty if that failed."""
    command = [sys.executable, "-m", "bench.voices", *patches]
    done = subprocess.run(command, capture_output=True, text=True)
    costs = []
    for line in done.stdout.splitlines():
        words = line.split()
        if len(words) == 5 and words[0] == "cost":
            costs.append(Cost(words[1], float(words[2]), float(words[3]), int(words[4])))
    return costs


def main() -> None:
    """Measure and print."""
    from jamroom.engine.base import BLOCK_FRAMES
    from jamroom.engine.mixer import Mixer
    from jamroom.engine.patch_files import load_patches
    from jamroom.engine.pyo_graph import PyoEngine
    from jamroom.resources import resource_dir

    patches, _ = load_patches([resource_dir("patches")])
    engine, mixer = PyoEngine(patches, _RATE), Mixer(_RATE)

    def run(blocks: int) -> float:
        began = time.thread_time()
        for _ in range(blocks):
            mixer.mix(engine.render())
        return (time.thread_time() - began) / (blocks * BLOCK_FRAMES / _RATE)

    number = 0
    for patch in sys.argv[1:] or engine.patches():
        run(_SETTLE)
        idle = run(_BLOCKS)
        first = number
        for _ in range(VOICES):
            number += 1
            # Seats share a patch: strokes of one drum on one bus would cut each other off.
            engine.note_on(number, number % 20, patch, 36 + number % 48, 0.0, 90, 0)
        run(4)
        sounding = engine.sounding()
        full = run(_BLOCKS // 5 if sounding < VOICES else _BLOCKS)
        for voice in range(first + 1, number + 1):
            engine.note_off(voice, 0)
        engine.silence()
        print("cost", patch, f"{idle:.5f}", f"{full:.5f}", sounding)


if __name__ == "__main__":
    main()
