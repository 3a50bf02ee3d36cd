"""Where sessions live, and what a person wants to know about each before opening it."""

from __future__ import annotations

import datetime
import difflib
from pathlib import Path

import msgspec

from jamroom.capture import journal_file
from jamroom.capture.journal import Journal, JournalError
from jamroom.own_folders import data_folder

SUFFIX = ".jam"
LONGEST_NAME_BYTES = 200
"""In UTF-8. File systems allow 255, of which endings and the log beside it need some."""


class SessionNotFound(Exception):
    """There is no session of that name; the text names those that are nearly called so."""


class SessionInfo(msgspec.Struct, frozen=True):
    """A session in the list. `trouble` is "" unless its file cannot be read."""

    name: str
    path: Path
    started: datetime.datetime | None
    length_s: float
    players: int
    events: int
    trouble: str = ""

    def line(self) -> str:
        """One line of the list: "2026-11-22   22 Nov 2026 15:04   1 h 12 min   9 players"."""
        if self.trouble:
            return f"{shown(self.name):<24} {shown(self.trouble)}"
        began = self.started.strftime("%d %b %Y %H:%M") if self.started else "not begun"
        people = "1 player" if self.players == 1 else f"{self.players} players"
        return f"{shown(self.name):<24} {began:<18} {length_text(self.length_s):>11}  {people}"


def length_text(seconds: float) -> str:
    """A length as people say it: "1 h 12 min", "4 min", "30 s"."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{round(seconds)} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def session_name(text: str) -> str:
    """The name as it is stored, if a session can be called so.

    Raises ValueError, in plain words, for what could leave the sessions' folder, look like an
    option or a hidden file, or not be shown.
    """
    name = text.strip()
    if not name:
        raise ValueError("A session needs a name: try a word or a date.")
    if len(name.encode("utf-8", "replace")) > LONGEST_NAME_BYTES:
        raise ValueError("That name is too long for a session: try a few words.")
    if name[0] in ".-":
        raise ValueError(f'The name of a session may not begin with "{name[0]}".')
    # Halves of characters, as bytes that are not UTF-8 give, are not printable either.
    if "/" in name or "\\" in name or not name.isprintable():
        raise ValueError(
            f'"{shown(name)}" cannot be the name of a session: it may have no slashes and only'
            " characters that can be shown."
        )
    return name


def shown(text: str) -> str:
    """A text that is safe to print: what a terminal could obey or not encode becomes "\ufffd"."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text)


def sessions_dir() -> Path:
    """The folder of the sessions, made if need be; only its owner may look in.

    `JAMROOM_HOME` moves everything jamroom stores. Raises OSError when it cannot be made.
    """
    folder = data_folder() / "sessions"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def session_path(name: str) -> Path:
    """Where the session of that name is, or would be. Raises ValueError as `session_name` does."""
    return sessions_dir() / f"{session_name(name)}{SUFFIX}"


def loops_folder(journal: Path) -> Path:
    """Where the sound loops of a session lie, beside its journal. It need not exist."""
    return journal.with_suffix(".loops")


def list_sessions() -> list[SessionInfo]:
    """All sessions, the one that was played last first."""
    return [describe(path) for path in _paths()]


def last_session() -> SessionInfo | None:
    """The session that was played last, of those that can be opened."""
    for path in _paths():
        if not _is_session_name(path.stem):
            continue
        info = describe(path)
        if not info.trouble:
            return info
    return None


def find_session(name: str) -> SessionInfo:
    """The session of that name, in any case, or in a file of that path.

    Raises SessionNotFound, which names sessions that are nearly called so.
    """
    paths = {path.stem: path for path in _paths()}
    if name in paths:
        return describe(paths[name])
    alike = [there for there in paths if there.casefold() == name.casefold()]
    if alike:
        return describe(paths[alike[0]])
    if name.endswith(SUFFIX) and Path(name).is_file():
        return describe(Path(name))
    near = difflib.get_close_matches(name, paths, n=3, cutoff=0.5)
    if near:
        hint = "Did you mean " + " or ".join(f'"{shown(there)}"' for there in near) + "?"
    else:
        hint = "`jamroom sessions` lists those that are there."
    raise SessionNotFound(f'There is no session called "{shown(name)}". {hint}')


def new_session_name(today: datetime.date | None = None) -> str:
    """A name that is free: the date, then the date and a letter."""
    day = (today or datetime.date.today()).isoformat()
    taken = {path.stem for path in _paths()}
    letters = ("", *(f" {chr(code)}" for code in range(ord("b"), ord("z") + 1)))
    for letter in letters:
        if day + letter not in taken:
            return day + letter
    number = 27
    while f"{day} {number}" in taken:
        number += 1
    return f"{day} {number}"


def describe(path: Path) -> SessionInfo:
    """What is known about a session's file, without changing it."""
    try:
        with Journal.open(path) as journal:
            opened = journal.opened()
            players, events = len(set(journal.badges().values())), journal.count()
            end_frame = journal.end_frame()
    except JournalError as error:
        return SessionInfo(path.stem, path, None, 0.0, 0, 0, str(error))
    if opened is None:
        return SessionInfo(path.stem, path, None, 0.0, players, events)
    started = datetime.datetime.fromtimestamp(opened.wall_s).astimezone()
    length_s = max(0, end_frame - opened.frame) / opened.sample_rate
    return SessionInfo(path.stem, path, started, length_s, players, events)


def _is_session_name(text: str) -> bool:
    try:
        return session_name(text) == text
    except ValueError:
        return False


def _paths() -> list[Path]:
    found = [path for path in sessions_dir().glob(f"*{SUFFIX}") if not path.name.startswith(".")]
    return sorted(found, key=_played_last, reverse=True)


def _played_last(path: Path) -> tuple[float, str]:
    times = [0.0]
    for file in (path, path.with_name(path.name + journal_file.LOG_SUFFIX)):
        try:
            times.append(file.stat().st_mtime)
        except OSError:
            continue
    return max(times), path.name
