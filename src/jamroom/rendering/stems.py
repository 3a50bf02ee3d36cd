"""Each seat as a file of its own, for whoever mixes it again.

A stem is what an engineer expects of one: mono, dry, before level, pan and sends, and as long as
the mix, so that all of them start together. Only those who agreed to be kept have one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from jamroom.engine.audio_file import AudioFile
from jamroom.engine.base import BUSES, Block
from jamroom.engine.midi_out import PREFIX
from jamroom.rendering.score import Census, Score
from jamroom.session.events import ConsentChosen

MIX = "mix"
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST_NAME = 80


class Stems:
    """The files of the seats of a score that agreed; a context that keeps them when all is well."""

    def __init__(
        self, score: Score, census: Census, folder: Path, suffix: str, frames: int
    ) -> None:
        self.paths = {bus: folder / (name + suffix) for bus, name in _names(score, census).items()}
        self.louder: set[Path] = set()
        """Files in which something had to be clipped: it was above full scale."""
        self._rate = score.sample_rate
        self._left = self._frames = frames
        self._files: dict[int, AudioFile] = {}
        self._stack = ExitStack()

    def write(self, buses: Block) -> None:
        """The next frames of all buses, shape (frames, BUSES)."""
        buses = buses[: self._left]
        self._left -= len(buses)
        for bus, file in self._files.items():
            wave = buses[:, bus : bus + 1]
            file.write(wave)
            if not float(np.abs(wave).max(initial=0.0)) <= 1.0:
                self.louder.add(self.paths[bus])

    def __enter__(self) -> Self:
        with ExitStack() as opening:
            for bus, path in self.paths.items():
                file = AudioFile(path, self._frames, self._rate, channels=1)
                self._files[bus] = opening.enter_context(file)
            self._stack = opening.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._stack.__exit__(kind, error, at)


def whose_part_is_missing(score: Score, census: Census) -> list[str]:
    """One sentence for each player of whom nothing is to be heard."""
    said = [
        f"{badge}: nothing they played was kept, so they are not in it."
        for seat, badge in sorted(score.badges.items())
        if seat not in census.heard
    ]
    said += [
        f"{_badges_on(bus, score, census)}: what MIDI instruments played is not in it."
        for bus, patches in sorted(census.patches.items())
        if any(patch.startswith(PREFIX) for patch in patches)
    ]
    unkept = _never_kept(score)
    if unkept:
        who = "One more player" if unkept == 1 else f"{unkept} more players"
        said.append(f"{who} only played: nothing of theirs was kept, so they are not in it.")
    return said


def who_has_no_stem(score: Score, census: Census) -> list[str]:
    """One sentence for each player who is in the mix, and has no file of their own."""
    return [
        f"{score.badges.get(seat, 'somebody')}: no file, as they chose not to be kept any more;"
        " what was kept before is in the mix."
        for seat in sorted(census.heard)
        if not score.consents.keeps(seat)
    ]


def _badges_on(bus: int, score: Score, census: Census) -> str:
    seats = (seat for seat in sorted(census.heard) if seat % BUSES == bus)
    return " + ".join(dict.fromkeys(score.badges.get(seat, f"seat {seat + 1}") for seat in seats))


def _never_kept(score: Score) -> int:
    """Seats are numbered as they are taken: a number without a badge is somebody not kept."""
    asked = {e.seat for _, e in score.entries if isinstance(e, ConsentChosen) and e.seat >= 0}
    known = set(score.badges)
    last = max(asked | known, default=-1)
    first = min(asked | known, default=0)
    return len(set(range(first, last + 1)) - known)


def _names(score: Score, census: Census) -> dict[int, str]:
    """A file's name for each bus that has one: the badges of its seats."""
    silent = {seat % BUSES for seat in census.heard if not score.consents.keeps(seat)}
    names: dict[int, str] = {}
    for bus in dict.fromkeys(seat % BUSES for seat in sorted(census.heard)):
        if bus not in silent:
            names[bus] = _free_name(_badges_on(bus, score, census), names)
    return names


def _free_name(badge: str, taken: Mapping[int, str]) -> str:
    name = _UNFIT.sub("_", badge).strip(" .")[:_LONGEST_NAME] or "player"
    used = {MIX, *(other.casefold() for other in taken.values())}
    number, free = 2, name
    while free.casefold() in used:
        free = f"{name} {number}"
        number += 1
    return free
