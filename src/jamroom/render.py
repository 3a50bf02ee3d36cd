"""A journal as sound, as fast as the machine can: the same room, driven by a file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.replay import Rescaled
from jamroom.clocks import bar_line_before, frame_at_beat
from jamroom.engine.host_file import FileHost
from jamroom.engine.mixer import Mixer
from jamroom.engine.patch_files import load_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.resources import resource_dir
from jamroom.room import Room
from jamroom.session.decide import Habits
from jamroom.session.events import AnyEvent, Played
from jamroom.session.step import Session

NOMINAL_RATE = 48_000
Entry = tuple[int, AnyEvent]
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
        session, coming = _from_first_note(entries)
        patches, _ = load_patches([resource_dir("patches")])
        room = Room(session, PyoEngine(patches, rate), Mixer(rate), rate, Habits())
        room.script = iter(coming)
        frames = last_frame - room.frame + round(TAIL_S * rate)
        host = FileHost(to, frames, rate, progress=progress)
        host.start(room.block)
    except (JournalError, ValueError, OSError) as error:
        raise RenderError(f"{to.name} could not be made: {error}") from error


def _from_first_note(entries: list[Entry]) -> tuple[Session, list[Entry]]:
    """The session at the bar line before anybody played, and what comes then."""
    first = next((at for at, event in entries if isinstance(event, Played)), 0)
    session = Session()
    for index, (at, event) in enumerate(entries):
        line = bar_line_before(session.state.tempo_map, first)
        start = max(session.state.frame, frame_at_beat(session.state.tempo_map, line))
        if session.state.opened and at >= start:
            session.advance(start)
            return session, entries[index:]
        session.fold(at, event)
    return session, []
