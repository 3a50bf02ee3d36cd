"""The folder of sessions, as a person sees it."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

import pytest
from recording import RATE, batch, notes, opened, sits

from jamroom.capture.journal import Journal
from jamroom.capture.sessions import (
    SessionNotFound,
    find_session,
    last_session,
    length_text,
    list_sessions,
    new_session_name,
    session_name,
    session_path,
    sessions_dir,
)
from jamroom.capture.shadow import Shadow
from jamroom.session import events as ev


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def a_session(name: str, played_at_s: float, events: list[ev.AnyEvent] | None = None) -> None:
    path = session_path(name)
    with Journal.create(path) as journal:
        if events:
            shadow = Shadow(journal, "boot")
            shadow.receive(batch(events))
            ticket = shadow.ticket(at_once=True)
            assert ticket is not None
            journal.write(ticket.work)
    os.utime(path, (played_at_s, played_at_s))


def test_the_folder_is_its_owners_only(home: Path) -> None:
    assert sessions_dir() == home / "sessions"
    assert (home / "sessions").stat().st_mode & 0o077 == 0
    a_session("one", 1000)
    assert session_path("one").stat().st_mode & 0o077 == 0


def test_without_the_variable_it_is_the_users_data_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("JAMROOM_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert tmp_path in sessions_dir().parents
    assert sessions_dir().parts[-2:] == ("jamroom", "sessions")


def test_the_list_has_the_last_one_first() -> None:
    events = [opened(), sits(1), sits(2, "orange fox"), sits(1)]
    events += [*notes(1, 60, 100), ev.Closed(4320 * RATE)]
    a_session("pantry", 2000, events)
    a_session("library", 3000)
    assert [info.name for info in list_sessions()] == ["library", "pantry"]
    pantry = list_sessions()[1]
    assert (pantry.players, pantry.events, pantry.length_s) == (2, 7, 4320.0)
    assert pantry.started is not None
    assert pantry.started.timestamp() == 1_790_000_000.0
    assert "1 h 12 min" in pantry.line()
    assert "2 players" in pantry.line()
    assert "not begun" in list_sessions()[0].line()
    assert [file.name for file in sorted(sessions_dir().iterdir())] == ["library.jam", "pantry.jam"]


def test_a_damaged_session_is_listed_but_not_opened_unasked() -> None:
    a_session("good", 1000)
    session_path("bad").write_bytes(b"SQLite format 3\x00 and no more")
    assert [info.name for info in list_sessions()] == ["bad", "good"]
    assert "not a jamroom session" in list_sessions()[0].line()
    last = last_session()
    assert last is not None
    assert last.name == "good"


def test_no_sessions() -> None:
    assert list_sessions() == []
    assert last_session() is None


def test_new_names_are_the_date_and_a_letter() -> None:
    today = datetime.date(2026, 11, 22)
    assert new_session_name(today) == "2026-11-22"
    a_session("2026-11-22", 1000)
    assert new_session_name(today) == "2026-11-22 b"
    for letter in "bcdefghijklmnopqrstuvwxyz":
        session_path(f"2026-11-22 {letter}").touch()
    assert new_session_name(today) == "2026-11-22 27"
    session_path("2026-11-22 27").touch()
    assert new_session_name(today) == "2026-11-22 28"


def test_finding(tmp_path: Path) -> None:
    a_session("Pantry week 1", 1000)
    a_session("Pantry week 2", 1000)
    assert find_session("Pantry week 1").name == "Pantry week 1"
    assert find_session("pantry WEEK 2").name == "Pantry week 2"
    elsewhere = tmp_path / "stick.jam"
    Journal.create(elsewhere).close()
    assert find_session(str(elsewhere)).path == elsewhere
    with pytest.raises(SessionNotFound, match='Did you mean "Pantry week'):
        find_session("Pantri week 3")
    with pytest.raises(SessionNotFound, match="jamroom sessions"):
        find_session("zzz")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.2, "59 s"), (60, "1 min"), (3599, "1 h 00 min"), (4320, "1 h 12 min")],
)
def test_lengths(seconds: float, text: str) -> None:
    assert length_text(seconds) == text


BAD_NAMES = [
    *("", "  ", "..", ".hidden", "-x", "../../x", "a/b", "a\\b", "a\0b", "a\nb", "\x1b[2J"),
    *("caf\udce9", "é" * 101),
]


@pytest.mark.parametrize("text", BAD_NAMES)
def test_names_that_no_session_can_have(text: str) -> None:
    with pytest.raises(ValueError, match="name") as refused:
        session_name(text)
    assert str(refused.value).isprintable()
    with pytest.raises(ValueError, match="name"):
        session_path(text)


@pytest.mark.parametrize(
    ("text", "name"),
    [(" Pantry week 1 ", "Pantry week 1"), ("é" * 100, "é" * 100), ("日本語 🎹", "日本語 🎹")],
)
def test_names_that_a_session_can_have(text: str, name: str) -> None:
    assert session_name(text) == name
    a_session(text, 1000)
    assert [info.name for info in list_sessions()] == [name]


def test_a_file_with_a_wild_name_is_listed_but_does_no_harm() -> None:
    a_session("tame", 1000)
    wild = sessions_dir() / "a\x1b[2J\udce9.jam"
    Journal.create(wild).close()
    os.utime(wild, (2000, 2000))
    lines = [info.line() for info in list_sessions()]
    assert lines[0].startswith("a\ufffd[2J\ufffd ")
    assert all(line.isprintable() for line in lines)
    last = last_session()
    assert last is not None
    assert last.name == "tame"
