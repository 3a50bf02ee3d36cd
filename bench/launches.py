"""Loops that are launched a thousand times: where each launch is heard, to the sample.

    python -m bench.launches 1000     (a process of its own, because pyo allows one engine in each)

A note on a downbeat is kept as a loop of one bar, and muted and launched over and over at
random moments; the room is driven by its own blocks, and what it sends to the card is searched for
onsets. The first onset tells the note's own attack; all others are compared with it.
"""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

import numpy as np

RATE = 48_000
BPM = 120.0
_BAR_BEATS = 1
_KEY = 72
_THRESHOLD = 0.02
_FIRST_BAR = 4


class Launches(NamedTuple):
    """How many launches were asked for and heard, and by how many samples the worst was off."""

    asked: int
    heard: int
    worst_samples: int


def launches(count: int) -> Launches | None:
    """Measured in a process of its own; None when that failed."""
    done = subprocess.run(
        [sys.executable, "-m", "bench.launches", str(count)], capture_output=True, text=True
    )
    words = done.stdout.split()
    return Launches(*map(int, words)) if done.returncode == 0 and len(words) == 3 else None


def _bar_frame(bar: int) -> int:
    return round(Fraction(bar * _BAR_BEATS) * RATE * 60 / Fraction(BPM))


def _script(count: int) -> Iterator[tuple[int, object]]:
    """(frame, event) in order: one note, kept; then mute and launch, a bar each."""
    from jamroom.session import events as ev

    yield 0, ev.Opened(0, 0.0, RATE, BPM, _BAR_BEATS, 4, 2, "dorian", 1, "keep")
    yield 0, ev.SeatTaken(0, 0, "badge", "play:one", "mallet", "free")
    yield 0, ev.QuantiseChosen(0, "bar")
    yield 0, ev.SendChosen(0, 0, "room", -80.0)
    first = _bar_frame(1)
    yield first, ev.Played(first, 0, _KEY, _KEY, 0.0, 110)
    yield first + 2000, ev.Released(first + 2000, 0, _KEY, _KEY, 64)
    kept = _bar_frame(2) + 500
    yield kept, ev.Kept(kept, 0, 1)
    chance = random.Random(1)
    for number in range(2 * count):
        # Late enough that the press means the bar line which comes.
        frame = _bar_frame(_FIRST_BAR + number) + chance.randrange(8000, 20000)
        yield frame, ev.LayerPressed(frame, 0, 0)


def main() -> None:
    """Measure and print: launches asked for, heard, worst error in samples."""
    from jamroom.engine.base import BLOCK_FRAMES
    from jamroom.engine.mixer import Mixer
    from jamroom.engine.patch_files import load_patches
    from jamroom.engine.pyo_graph import PyoEngine
    from jamroom.resources import resource_dir
    from jamroom.room import Room
    from jamroom.session.decide import Habits
    from jamroom.session.step import Session

    count = int(sys.argv[1])
    patches, _ = load_patches([resource_dir("patches")])
    room = Room(Session(), PyoEngine(patches, RATE), Mixer(RATE), RATE, Habits())
    room.script = iter(_script(count))  # type: ignore[arg-type]
    blocks = (_bar_frame(_FIRST_BAR + 2 * count + 2)) // BLOCK_FRAMES
    sound = np.concatenate([np.abs(room.block()[:, 0]) for _ in range(blocks)])
    print(count, *_heard(sound, count))


def _heard(sound: np.ndarray, count: int) -> tuple[int, int]:
    """Notes found at the launches' bar lines, and the worst error against the played one."""
    window = RATE // 20
    played = _bar_frame(1)
    attack = int(np.flatnonzero(sound[played : played + window] > _THRESHOLD)[0])
    # The first press mutes, the second launches, and so on: a launch for every other bar line.
    lines = [_bar_frame(_FIRST_BAR + 2 * n + 2) for n in range(count)]
    heard, worst = 0, 0
    for line in lines:
        before = sound[line - 200 : line]
        found = np.flatnonzero(sound[line - 200 : line + window] > _THRESHOLD)
        if len(found) and before.max(initial=0.0) < _THRESHOLD:
            heard += 1
            worst = max(worst, abs(int(found[0]) - 200 - attack))
    return heard, worst


if __name__ == "__main__":
    main()
