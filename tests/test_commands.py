"""Commands, with names and folders as people and systems really have them."""

from __future__ import annotations

import os
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest
import soundfile

from jamroom import cli
from jamroom.capture.journal import Journal
from jamroom.capture.rows import Work, row_of, seq_of
from jamroom.capture.sessions import list_sessions, sessions_dir
from jamroom.devices.port_names import clean_name, plain_port_name
from jamroom.messages import Recorded
from jamroom.places import RECORDER_SOCKET, runtime_dir
from jamroom.session import events as ev


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def short() -> Iterator[Path]:
    """A folder with a short path: pytest's own are nearly too long for sockets."""
    with tempfile.TemporaryDirectory(prefix="jam") as folder:
        yield Path(folder)


def a_file(path: Path) -> Path:
    midi = mido.MidiFile()
    midi.tracks.append(
        mido.MidiTrack(
            [mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)]
        )
    )
    midi.save(str(path))
    return path


def test_import_stays_in_its_folder(
    tmp_path: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_file(tmp_path / "etude.mid")
    assert cli.main(["import", str(file), "--session", "../../x"]) == 1
    assert "may not begin with" in capsys.readouterr().err
    assert not home.exists()
    assert cli.main(["import", str(file), "--session", " my etude "]) == 0
    assert [info.name for info in list_sessions()] == ["my etude"]


@pytest.mark.parametrize("name", ["../x", ".x", "a\nb", "caf\udce9"])
def test_a_room_is_not_opened_under_a_wild_name(
    name: str, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["jam", "--headless", name]) == 1
    assert "name" in capsys.readouterr().err
    assert not home.exists()


def test_a_file_whose_name_is_not_utf8_can_be_imported(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = a_file(tmp_path / "etude.mid").rename(tmp_path / "caf\udce9.mid")
    assert cli.main(["import", str(file)]) == 1
    assert "--session" in capsys.readouterr().err
    assert cli.main(["import", str(file), "--session", "café"]) == 0
    assert "caf\ufffd.mid is the session" in capsys.readouterr().out
    with Journal.open(sessions_dir() / "café.jam") as journal:
        assert len(journal.badges()) == 1


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("caf\udce9", "caf?"),
        ("Launch\x1b[2Jpad\0", "Launch[2Jpad"),
        ("two\nlines\there", "two lines here"),
        ("x" * 200, "x" * 80),
        ("\x00\x01", ""),
    ],
)
def test_names_from_outside_are_cleaned(name: str, cleaned: str) -> None:
    assert clean_name(name) == cleaned
    assert plain_port_name(name) == (cleaned or "MIDI")


# -- where sockets lie -------------------------------------------------------------------------


def test_sockets_lie_in_the_runtime_folder(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short))
    directory = runtime_dir(short / "caf\udce9.jam")
    assert directory.parent.parent == short
    assert directory.stat().st_mode & 0o077 == 0
    assert runtime_dir(short / "other.jam") != directory


@pytest.mark.parametrize("length", [60, 90, 200])
def test_a_runtime_folder_that_is_too_long_is_passed_over(
    length: int, short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = short / ("x" * (length - len(str(short)) - 1))
    long.mkdir()
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    directory = runtime_dir(short / "a.jam")
    assert directory.is_relative_to(long) is (length == 60)
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(directory / RECORDER_SOCKET))


def test_a_runtime_folder_that_is_not_there_is_passed_over(
    short: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short / "gone"))
    monkeypatch.setattr(tempfile, "tempdir", str(short))
    assert runtime_dir(short / "a.jam").parent == short / f"jamroom-{os.getuid()}"


def test_no_place_for_sockets_is_said_plainly(short: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    long = short / ("x" * 100)
    long.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    with pytest.raises(OSError, match="Set TMPDIR to a folder with a short path"):
        runtime_dir(short / "a.jam")
    assert list(long.iterdir()) == []


# -- recordings --------------------------------------------------------------------------------


def a_session(name: str, notes: int) -> None:
    events: list[ev.AnyEvent] = [
        ev.Opened(0, 1_790_000_000.0, 48_000, 120.0, 4, 4, 2, "dorian", 2, "keep"),
        ev.SeatTaken(0, 0, "blue heron", "midi:a", "mallet", "ladder"),
        ev.SeatTaken(0, 1, "green frog", "midi:b", "mallet", "ladder"),
    ]
    for number in range(notes):
        at = 1000 + 24_000 * number
        events += [ev.Played(at, 0, 1, 60, 0.0, 100), ev.Released(at + 9600, 0, 1, 60, 0)]
    events.append(ev.Closed(events[-1].frame + 9600))
    rows = [row_of(seq_of(1, n), Recorded(n, e.frame, e)) for n, e in enumerate(events, 1)]
    with Journal.create(sessions_dir() / f"{name}.jam") as journal:
        journal.write(Work(runs=((1, "run"),), rows=tuple(rows)))


@pytest.mark.parametrize(
    ("words", "kinds"),
    [
        (["--to", "{out}/x.wav"], {"x.wav": "WAV"}),
        (["--to", "{out}/x.FLAC"], {"x.FLAC": "FLAC"}),
        (["--stems", "{out}"], {"mix.wav": "WAV", "blue heron.wav": "WAV"}),
        (
            ["--to", "{out}/x.flac", "--stems", "{out}", "--flac"],
            {"x.flac": "FLAC", "mix.flac": "FLAC", "blue heron.flac": "FLAC"},
        ),
    ],
)
def test_a_session_becomes_sound_files(
    words: list[str], kinds: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    a_session("tuesday", 2)
    out = tmp_path / "out"
    out.mkdir()
    assert cli.main(["export", "tuesday", *(word.format(out=out) for word in words)]) == 0
    assert {path.name: soundfile.info(path).format for path in out.iterdir()} == kinds
    said = capsys.readouterr()
    assert said.out.count("is written.") == len(kinds)
    assert "green frog: nothing they played was kept" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "--to FILE"),
        (["--to", "x.ogg"], ".mid, .wav and .flac"),
        (["--to", "x.flac", "--flac"], "--flac belongs to --stems"),
        (["--to", "x.flac", "--take", "one"], "--take is for MIDI files"),
        (["--to", "nowhere/x.wav"], "x.wav could not be made"),
        (["--stems", "file"], "could not be made"),
    ],
)
def test_what_cannot_be_exported_is_said(
    words: list[str],
    told: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    a_session("tuesday", 1)
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("a file, where a folder is wanted")
    before = sorted(tmp_path.iterdir())
    assert cli.main(["export", "tuesday", *words]) == 1
    assert told in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before
