"""A journal as sound, as fast as the machine can: the same room, driven by a file.

Processes play the seats (`rendering/player.py`); here a room folds the same journal and mixes
what comes from them. The same journal gives the same bytes, however busy the machine is.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from jamroom.capture.journal import JournalError
from jamroom.capture.sessions import loops_folder
from jamroom.engine.audio_file import SUFFIXES
from jamroom.engine.host_file import FileHost
from jamroom.rendering.mixdown import FRAMES, Mixdown, next_piece
from jamroom.rendering.players import PlayerError, Players
from jamroom.rendering.score import TAIL_S, Census, Score, parts_of
from jamroom.rendering.sound_loops import SoundLoops
from jamroom.rendering.stems import MIX, Stems, who_has_no_stem, whose_part_is_missing
from jamroom.room import Room
from jamroom.session.decide import Habits

__all__ = ["SUFFIXES", "TAIL_S", "RenderError", "Rendered", "render", "render_stems"]

Progress = Callable[[float], None]


class RenderError(Exception):
    """The files could not be made; the text says why. Nothing half-made is left."""


class Rendered(NamedTuple):
    """What was written, and what people should know about it."""

    paths: list[Path]
    remarks: list[str]


def render(journal: Path, to: Path, progress: Progress) -> Rendered:
    """Write what a session sounded like to a WAV or FLAC file (24 bits, stereo).

    Raises RenderError.
    """
    return _render(journal, to, None, progress)


def render_stems(journal: Path, folder: Path, suffix: str, progress: Progress) -> Rendered:
    """Write the mix, and each seat that agreed as a file of its own, to a folder.

    All have the same length. `suffix` is ".wav" or ".flac". Raises RenderError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RenderError(f"The folder {folder} could not be made: {_reason(error)}") from error
    return _render(journal, folder / (MIX + suffix), folder, progress)


def _render(journal: Path, to: Path, folder: Path | None, progress: Progress) -> Rendered:
    try:
        score = Score(journal)
        census = Census(score)
        with ExitStack() as stack:
            players = stack.enter_context(Players(parts_of(census, journal, FRAMES), FRAMES))
            mixer = Mixdown(score.sample_rate)
            session, coming = score.beginning()
            loops = stack.enter_context(SoundLoops(loops_folder(journal), score.sample_rate))
            rate = score.sample_rate
            room = Room(session, players, mixer, rate, Habits(), loops.player)
            room.script = iter(coming)
            frames = score.frames_from(room.frame)
            paths, remarks = [to], [*loops.troubles, *whose_part_is_missing(score, census)]
            if folder is not None:
                stems = Stems(score, census, folder, to.suffix, frames)
                stack.enter_context(stems)
                mixer.on_buses = stems.write
                paths += stems.paths.values()
                remarks += who_has_no_stem(score, census)
            host = FileHost(to, frames, score.sample_rate, progress=progress)
            host.start(lambda: next_piece(room))
    except (JournalError, PlayerError, ValueError, OSError) as error:
        raise RenderError(f"{to.name} could not be made: {_reason(error)}") from error
    if room.faults:
        remarks.append(f"{room.faults} moments of the session could not be played.")
    if folder is not None:
        remarks += [
            f"{path.name} was too loud in places and is clipped." for path in sorted(stems.louder)
        ]
    return Rendered(paths, remarks)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk is full. Nothing half-made is left; make room, or choose another place."
    return str(error)
