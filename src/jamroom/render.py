"""A journal as sound, as fast as the machine can: the same room, driven by a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.replay import Rescaled
from jamroom.engine.host_file import FileHost
from jamroom.engine.mixer import Mixer
from jamroom.engine.patch_files import load_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.resources import resource_dir
from jamroom.room import Room
from jamroom.session.decide import Habits
from jamroom.session.step import Session

NOMINAL_RATE = 48_000
TAIL_S = 4.0
"""How long the last notes may ring."""


class RenderError(Exception):
    """The file could not be made; the text says why."""


def render(journal: Path, to: Path, progress: Callable[[float], None]) -> None:
    """Write what a session sounded like to a WAV file (24 bits, stereo). Raises RenderError."""
    try:
        with Journal.open(journal) as opened:
            first = opened.opened()
            rate = first.sample_rate if first else NOMINAL_RATE
            rescaled = Rescaled(rate)  # the session may have gone on with another card
            entries = [rescaled.take(entry.at, entry.event) for entry in opened.entries()]
            last_frame = rescaled.frame(opened.end_frame())
        patches, _ = load_patches([resource_dir("patches")])
        room = Room(Session(), PyoEngine(patches, rate), Mixer(rate), rate, Habits())
        room.script = iter(entries)
        host = FileHost(to, last_frame + round(TAIL_S * rate), rate, progress=progress)
        host.start(room.block)
    except (JournalError, ValueError, OSError) as error:
        raise RenderError(f"{to.name} could not be made: {error}") from error
