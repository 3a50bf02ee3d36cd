"""What each command does."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from jamroom.capture.sessions import (
    SessionNotFound,
    find_session,
    last_session,
    list_sessions,
    new_session_name,
    session_name,
    session_path,
    shown,
)
from jamroom.launch import LaunchError, open_room
from jamroom.resources import resource_dir


class CommandError(Exception):
    """A command that could not be done; the text says why and what to do."""


def jam(given: argparse.Namespace) -> int:
    """Open a room."""
    name = _last_or_new() if given.session is None else _name(given.session)
    path = _path_of(name)
    for file in given.play:
        _check_playable(file)
    # Where somebody watches, they are asked on the screen; nothing is stored until they answer.
    keep = "keep" if given.headless else "undecided"
    try:
        return open_room(name, path, given, keep)
    except (LaunchError, OSError) as error:
        raise CommandError(str(error)) from error


def _last_or_new() -> str:
    last = last_session()
    return last.name if last else new_session_name()


def _name(text: str) -> str:
    try:
        return session_name(text)
    except ValueError as error:
        raise CommandError(str(error)) from error


def _path_of(name: str) -> Path:
    try:
        return find_session(name).path
    except SessionNotFound:
        return session_path(name)


def _check_playable(file: Path) -> None:
    from jamroom.devices.scripted import Performance

    try:
        Performance.from_file(file)
    except (OSError, ValueError) as error:
        raise CommandError(shown(f"{file} cannot be played: {error}")) from error


def demo(given: argparse.Namespace) -> int:
    """Replay the jam that ships with jamroom."""
    given.demo_journal = resource_dir("demo") / "demo.jam"
    given.play = []
    if given.to is None:
        try:
            return open_room("demo", None, given, "play")
        except (LaunchError, OSError) as error:
            raise CommandError(str(error)) from error
    return _to_file(given.demo_journal, given.to, take=None, unrolled=False)


def sessions(_: argparse.Namespace) -> int:
    """List the sessions on this machine."""
    found = list_sessions()
    if not found:
        print("No sessions yet. `jamroom` begins one.")
    for session in found:
        print(session.line())
    return 0


def export(given: argparse.Namespace) -> int:
    """Write a session to a file, or to a folder of stems."""
    journal = _existing(given.session)
    if given.to is None and given.stems is None:
        raise CommandError("Say where to: --to FILE (.mid, .wav or .flac), or --stems FOLDER.")
    if given.flac and given.stems is None:
        raise CommandError("--flac belongs to --stems; a single file says it itself: --to OUT.flac")
    if given.to is not None:
        _to_file(journal, given.to, given.take, given.unrolled)
    if given.stems is not None:
        _to_stems(journal, given.stems, ".flac" if given.flac else ".wav")
    return 0


def _existing(name: str) -> Path:
    try:
        return find_session(name).path
    except SessionNotFound as error:
        raise CommandError(str(error)) from error


def _to_file(journal: Path, to: Path, take: str | None, unrolled: bool) -> int:
    kind = to.suffix.lower()
    remarks: list[str] = []
    if kind in (".mid", ".midi"):
        from jamroom.export.midi_file import ExportError, export_midi

        try:
            export_midi(journal, to, take=take, unrolled=unrolled)
        except ExportError as error:
            raise CommandError(str(error)) from error
    elif kind in (".wav", ".flac"):
        from jamroom.render import RenderError, render

        if take is not None:
            raise CommandError("--take is for MIDI files; a recording is of the whole session.")
        try:
            remarks = render(journal, to, _progress(to.name)).remarks
        except RenderError as error:
            raise CommandError(shown(str(error))) from error
    else:
        raise CommandError(f"{shown(to.name)}: jamroom writes .mid, .wav and .flac files.")
    print(f"{shown(str(to))} is written.")
    for remark in remarks:
        print(shown(remark))
    return 0


def _to_stems(journal: Path, folder: Path, suffix: str) -> None:
    from jamroom.render import RenderError, render_stems

    try:
        done = render_stems(journal, folder, suffix, _progress(folder.name))
    except RenderError as error:
        raise CommandError(shown(str(error))) from error
    for path in done.paths:
        print(f"{shown(str(path))} is written.")
    for remark in done.remarks:
        print(shown(remark))


def _progress(name: str) -> Callable[[float], None]:
    """Percents on a terminal, in one line that is gone when all is done."""
    last = -1

    def show(done: float) -> None:
        nonlocal last
        percent = int(100 * done)
        if percent != last and sys.stderr.isatty():
            last = percent
            line = f"{shown(name)}: {percent:3}%"
            end = "\r" + " " * len(line) + "\r" if percent >= 100 else ""
            print(f"\r{line}{end}", end="", file=sys.stderr, flush=True)

    return show


def bring(given: argparse.Namespace) -> int:
    """Make a session of a MIDI file."""
    from jamroom.capture.midi_import import ImportFault, import_midi

    name = _name_for(given.file) if given.session is None else _name(given.session)
    path = session_path(name)
    if path.exists():
        raise CommandError(f'There is a session "{name}" already: choose another with --session.')
    try:
        report = import_midi(given.file, path)
    except ImportFault as error:
        raise CommandError(shown(str(error))) from error
    for line in report:
        print(shown(line))
    print(f'{shown(given.file.name)} is the session "{name}" now: jamroom jam "{name}"')
    return 0


def _name_for(file: Path) -> str:
    try:
        return session_name(file.stem)
    except ValueError as error:
        raise CommandError(f"{error} Choose one with --session.") from error


def doctor(_: argparse.Namespace) -> int:
    """Check this machine."""
    from jamroom.doctor import run_doctor

    return run_doctor()


COMMANDS: dict[str, Callable[[argparse.Namespace], int]] = {
    "jam": jam,
    "demo": demo,
    "sessions": sessions,
    "export": export,
    "import": bring,
    "doctor": doctor,
}
