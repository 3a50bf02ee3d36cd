"""A session as a MIDI file: a track for each player, as they played."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.packing import BENT, CONTROLLED, RELEASED, PerformanceArray
from jamroom.capture.replay import refold, tempo_map_of_journal
from jamroom.capture.rows import Take
from jamroom.clocks import TempoMap, bar_line_before, frame_at_beat
from jamroom.export import smf
from jamroom.export.conductor import conductor_track
from jamroom.export.lanes import ChannelBook
from jamroom.export.pairing import Ints, Notes, paired_notes
from jamroom.export.parts import Part, part_track
from jamroom.export.timing import Ticks
from jamroom.export.unrolled import loops_as_performance
from jamroom.session.effects import Mark
from jamroom.session.events import KeymapChosen, Panicked, PatchChosen, Resumed, SeatTaken
from jamroom.session.state import SLOTS


class ExportError(Exception):
    """A file could not be made; the text says why, for a person."""


class Exported(NamedTuple):
    """What an export holds."""

    path: Path
    tracks: int
    notes: int
    length_s: float


class _Window(NamedTuple):
    """The stretch that is exported: its frames, and the bar line that becomes tick 0."""

    from_frame: int
    to_frame: int
    from_beat: float


def export_midi(
    journal_path: Path, to_path: Path, take: str | None = None, unrolled: bool = False
) -> Exported:
    """Write a session, or one take of it, as a type 1 MIDI file with 960 ticks to the beat.

    Tracks hold what hands played; `unrolled` adds what loops played, a track for each loop. A
    take begins at the bar line before it; of notes that cross its edges, those that began in it
    are there, ending with it at the latest. The file appears whole or not at all. Raises
    ExportError.
    """
    try:
        with Journal.open(journal_path) as journal:
            return _export(journal, to_path, take, unrolled)
    except JournalError as error:
        raise ExportError(str(error)) from error


def _export(journal: Journal, to_path: Path, take: str | None, unrolled: bool) -> Exported:
    tempo_map = tempo_map_of_journal(journal)
    window = _window(journal, tempo_map, take)
    ticks = Ticks(tempo_map, window.from_beat)
    tracks, notes = _player_tracks(journal, window, ticks, unrolled)
    name = journal.path.stem if take is None else f"{journal.path.stem}: {take}"
    marks = _marks_in(journal.marks(), window)
    end_tick = ticks.at_frame(window.to_frame)
    first = conductor_track(name, tempo_map, marks, ticks, window.from_beat, end_tick)
    write_whole(to_path, smf.file_bytes([first, *tracks]))
    rate = tempo_map.last.sample_rate
    length_s = (window.to_frame - window.from_frame) / rate
    return Exported(to_path, len(tracks), notes, length_s)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all. Raises ExportError."""
    half = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        with half.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        half.replace(path)
    except OSError as error:
        reason = error.strerror or str(error)
        raise ExportError(
            f"{path} could not be written ({reason}). The session is safe; choose another "
            "place or free some space."
        ) from error
    finally:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)


def _window(journal: Journal, tempo_map: TempoMap, name: str | None) -> _Window:
    if name is None:
        # From the bar in which somebody first plays: nobody wants minutes of an empty room.
        played = journal.performance()["frame"]
        first = int(played.min()) if played.size else tempo_map.segments[0].frame
        from_beat = max(0.0, bar_line_before(tempo_map, first))
        from_frame = min(first, frame_at_beat(tempo_map, from_beat))
        return _Window(from_frame, journal.end_frame(), from_beat)
    takes = {take.name: take for take in journal.takes()}
    take: Take | None = takes.get(name)
    if take is None:
        there = ", ".join(takes) or "none"
        raise ExportError(f"There is no take called {name!r} in this session (takes: {there}).")
    from_beat = max(0.0, bar_line_before(tempo_map, take.from_frame))
    return _Window(take.from_frame, take.to_frame, from_beat)


def _marks_in(marks: list[Mark], window: _Window) -> list[Mark]:
    """Marks of the stretch, and the palette that was in force when it began."""
    before = [m for m in marks if m.frame < window.from_frame and m.kind == "palette"]
    inside = [m for m in marks if window.from_frame <= m.frame <= window.to_frame]
    return [*before[-1:], *inside]


def _player_tracks(
    journal: Journal, window: _Window, ticks: Ticks, unrolled: bool
) -> tuple[list[bytes], int]:
    performance = journal.performance()
    let_go = np.array([entry.at for entry in journal.entries_of(Resumed, Panicked)], dtype=np.int64)
    parts = _parts(journal, {int(seat) for seat in np.unique(performance["seat"])})
    book = ChannelBook()
    tracks, count = _tracks(parts, performance, let_go, window, ticks, book)
    if unrolled:
        looped, layers = loops_as_performance(refold(journal, window.to_frame))
        badges = journal.badges()
        players = _parts(journal, {layer // SLOTS for layer in layers})
        loops = {
            layer: Part(
                f"{_badge(badges, layer // SLOTS)} loop {layer % SLOTS + 1}",
                drums=players[layer // SLOTS].drums,
            )
            for layer in layers
        }
        no_end = np.zeros(0, dtype=np.int64)
        more, more_notes = _tracks(loops, looped, no_end, window, ticks, book)
        tracks, count = tracks + more, count + more_notes
    return tracks, count


def _tracks(
    parts: dict[int, Part],
    performance: PerformanceArray,
    let_go: Ints,
    window: _Window,
    ticks: Ticks,
    book: ChannelBook,
) -> tuple[list[bytes], int]:
    notes = _notes_in(paired_notes(performance, let_go, window.to_frame), window)
    moves = _moves_in(performance[performance["what"] > RELEASED], window)
    tracks = []
    for seat, part in parts.items():
        mine, turns = notes.at(notes.seat == seat), moves[moves["seat"] == seat]
        if len(mine.note) or len(turns):
            tracks.append(part_track(part, mine, turns, ticks, book))
    return tracks, len(notes.note)


def _notes_in(notes: Notes, window: _Window) -> Notes:
    inside = (notes.from_frame >= window.from_frame) & (notes.from_frame <= window.to_frame)
    chosen = notes.at(inside)
    return chosen._replace(to_frame=np.minimum(chosen.to_frame, window.to_frame))


def _moves_in(moves: PerformanceArray, window: _Window) -> PerformanceArray:
    """Movements of the stretch, and before them what was in force when it began."""
    moves = moves[np.argsort(moves["frame"], kind="stable")]
    lasts = np.isin(moves["what"], (BENT, CONTROLLED)) & (moves["key"] < 0)
    early = moves[(moves["frame"] < window.from_frame) & lasts]
    kinds = np.stack([early[name].astype(np.int64) for name in ("seat", "what", "note")])
    _, last = np.unique(kinds[:, ::-1], axis=1, return_index=True)
    in_force = early[::-1][np.sort(last)].copy()
    in_force["frame"] = window.from_frame
    inside = (moves["frame"] >= window.from_frame) & (moves["frame"] <= window.to_frame)
    return np.concatenate([in_force, moves[inside]])


def _parts(journal: Journal, seats: Iterable[int]) -> dict[int, Part]:
    """Names, patches and drums of the seats that played, in order of their numbers."""
    badges: dict[int, str] = {}
    patches: dict[int, list[tuple[int, str]]] = {}
    drums: dict[int, list[tuple[int, bool]]] = {}
    names = journal.badges()
    for entry in journal.entries_of(SeatTaken, PatchChosen, KeymapChosen):
        match entry.event:
            case SeatTaken(frame, seat, badge, _, patch, keymap) if seat not in badges:
                badges[seat] = names.get(seat, badge)
                patches[seat] = [(frame, patch)]
                drums[seat] = [(frame, keymap == "drums")]
            case PatchChosen(frame, seat, patch):
                patches.setdefault(seat, []).append((frame, patch))
            case KeymapChosen(frame, seat, keymap):
                drums.setdefault(seat, []).append((frame, keymap == "drums"))
    return {
        seat: Part(
            _part_name(_badge(badges, seat), patches.get(seat, [])),
            tuple(sorted(patches.get(seat, []))),
            tuple(sorted(drums.get(seat, []))),
        )
        for seat in sorted(seats)
    }


def _badge(badges: dict[int, str], seat: int) -> str:
    return badges.get(seat, f"seat {seat}")


def _part_name(badge: str, patches: list[tuple[int, str]]) -> str:
    return f"{badge} ({patches[0][1]})" if patches else badge
