"""A journal as sound, also when it was played on more than one card."""

from __future__ import annotations

import math
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from jamroom.capture.journal import Journal
from jamroom.capture.rows import Work, row_of, seq_of
from jamroom.capture.sessions import loops_folder
from jamroom.engine.base import BUSES
from jamroom.engine.clip_files import write_wav
from jamroom.engine.stretching import seam_frames
from jamroom.messages import Recorded
from jamroom.render import TAIL_S, Rendered, RenderError, render, render_stems
from jamroom.rendering.players import PlayerError, Players
from jamroom.rendering.score import PARTS, Census, Part, Score, parts_of
from jamroom.session import events as ev
from jamroom.session.step import Session


def a_journal(path: Path, events: list[ev.AnyEvent]) -> Path:
    rows = [row_of(seq_of(1, n), Recorded(n, e.frame, e)) for n, e in enumerate(events, 1)]
    with Journal.create(path) as journal:
        journal.write(Work(runs=((1, "run"),), rows=tuple(rows)))
    return path


def opened(sample_rate: int) -> ev.Opened:
    return ev.Opened(0, 1_790_000_000.0, sample_rate, 120.0, 4, 4, 2, "dorian", 2, "keep")


def sound_of(path: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    """Loudness of each frame, and the rate."""
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 2, 3)
        rate = file.getframerate()
    whole = raw.astype(np.int32)
    samples = ((whole[..., 2] << 24 | whole[..., 1] << 16 | whole[..., 0] << 8) >> 8) / 2**23
    return np.abs(samples).max(axis=1), rate


def test_each_stretch_has_its_right_length(tmp_path: Path) -> None:
    # One bar of 2 s at 48 kHz, then a card of 96 kHz; a note 3 s after that.
    later = 96_000 + 3 * 96_000
    path = a_journal(
        tmp_path / "s.jam",
        [
            opened(48_000),
            ev.SeatTaken(0, 1, "blue heron", "midi:a", "mallet", "ladder"),
            ev.Resumed(95_000, 96_000, True),
            ev.Played(later, 1, 0, 60, 0.0, 100),
            ev.Released(later + 9600, 1, 0, 60, 0),
            ev.Closed(later + 96_000),
        ],
    )
    heard: list[float] = []
    render(path, tmp_path / "s.wav", heard.append)
    loud, rate = sound_of(tmp_path / "s.wav")
    assert rate == 48_000
    # It begins with the bar of the first note, at 4 s: two bars of 2 s are left out.
    assert len(loud) == round((2 + 3 + 1 - 4 + TAIL_S) * rate)
    start = int(np.argmax(loud > 0.003))
    assert start / rate == pytest.approx(1.0, abs=0.02)
    assert heard[-1] == 1.0


@pytest.mark.parametrize("keys_at_bar", [0, 12])
def test_it_begins_before_the_first_sound_loop_also_when_keys_come_later_or_never(
    tmp_path: Path, keys_at_bar: int
) -> None:
    bar = 4 * BEAT
    played = note(keys_at_bar * bar, 1) if keys_at_bar else []
    path = a_journal(
        tmp_path / "s.jam",
        [
            opened(48_000),
            ev.MicrophoneSwitched(0, True),
            ev.SeatTaken(0, 0, "grey owl", "mic:", "mallet", "ladder"),
            seat(1, "orange fox"),
            ev.LoopBarsChosen(5 * bar - 1000, 1),
            ev.LayerPressed(5 * bar - 1000, 0, 0),
            *played,
            ev.Closed(14 * bar),
        ],
    )
    score = Score(path)
    session, _ = score.beginning()
    assert session.state.frame == 6 * bar  # the loop is recorded in the bar before
    assert score.frames_from(6 * bar) == 8 * bar + TAIL_S * 48_000


@pytest.mark.parametrize("with_keys", [True, False])
def test_a_saved_sound_loop_is_in_the_mix_and_in_its_players_stem(
    tmp_path: Path, with_keys: bool
) -> None:
    bar = 4 * BEAT
    path = a_journal(
        tmp_path / "s.jam",
        [
            opened(48_000),
            ev.MicrophoneSwitched(0, True),
            ev.SeatTaken(0, 0, "grey owl", "mic:1", "microphone", "free"),
            seat(1, "orange fox"),
            *(note(bar, 1) if with_keys else []),
            ev.LoopBarsChosen(2 * bar - 1000, 1),
            ev.LayerPressed(2 * bar - 1000, 0, 0),
            ev.LayerPressed(5 * bar + 1000, 0, 0),
            ev.Closed(8 * bar),
        ],
    )
    state = Session()
    for entry in Journal.open(path).entries():
        state.fold(entry.at, entry.event)
    clip = state.state.layers[0].content.clip
    assert clip is not None
    tone = np.sin(np.arange(clip.frames + seam_frames(48_000)) * 2 * np.pi * 440 / 48_000)
    folder = loops_folder(path)
    folder.mkdir()
    write_wav(folder / f"clip-{clip.id}.wav", (0.2 * tone).astype(np.float32), 48_000)
    done = render_stems(path, tmp_path / "stems", ".wav", lambda _: None)
    owl = next(stem for stem in done.paths if "owl" in stem.name)
    sound, _ = soundfile.read(owl)
    begin = Score(path).beginning()[0].state.frame
    playing = sound[3 * bar - begin + 4800 : 5 * bar - begin]
    assert np.sqrt(np.mean(playing**2)) == pytest.approx(0.2 / math.sqrt(2), rel=0.02)
    assert np.abs(sound[6 * bar - begin + 9600 :]).max() == 0.0
    mix, _ = soundfile.read(next(stem for stem in done.paths if stem.stem == "mix"))
    assert np.abs(mix[3 * bar - begin + 4800 : 5 * bar - begin]).max() > 0.05


def test_a_file_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "s.jam", [opened(48_000), ev.Closed(48_000)])
    with pytest.raises(RenderError, match=r"s\.wav could not be made"):
        render(path, tmp_path / "nowhere" / "s.wav", lambda _: None)


# -- stems -----------------------------------------------------------------------------------

BEAT = 24_000
HERON, FOX = 4 * BEAT + 321, 7 * BEAT


def seat(number: int, badge: str, patch: str = "mallet") -> ev.SeatTaken:
    return ev.SeatTaken(0, number, badge, f"midi:{number}", patch, "free")


def note(at: int, seat: int, key: int = 60, length: int = BEAT // 2) -> list[ev.AnyEvent]:
    return [
        ev.Played(at, seat, key, key, 0.0, 100),
        ev.Released(at + length, seat, key, key, 0),
    ]


def in_order(*parts: list[ev.AnyEvent]) -> list[ev.AnyEvent]:
    return sorted((event for part in parts for event in part), key=lambda event: event.frame)


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Heron and fox play, frog only sat there, seat 3 was never kept, owl is not kept any more."""
    return a_journal(
        tmp_path_factory.mktemp("session") / "s.jam",
        [
            opened(48_000),
            seat(0, "blue heron"),
            seat(1, "orange fox", "string"),
            seat(2, "green frog"),
            seat(4, "grey owl", "choir"),
            ev.LevelChosen(0, 1, -100.0),
            ev.PanChosen(0, 0, -1.0),
            ev.SendChosen(0, 0, "echo", -6.0),
            ev.SendChosen(0, 0, "room", -80.0),
            ev.LevelChosen(0, 4, -100.0),
            *note(1000, 0),
            *note(HERON, 0, 64),
            *note(FOX, 1),
            *note(FOX + BEAT, 4, 67),
            ev.ConsentChosen(FOX + 2 * BEAT, 4, "play"),
            ev.Closed(FOX + 3 * BEAT),
        ],
    )


@pytest.fixture(scope="module")
def twice(session: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[Path, Rendered]]:
    """The stems of that session, made two times."""
    folders = [tmp_path_factory.mktemp("stems") / "new" / "folder" for _ in range(2)]
    return [(folder, render_stems(session, folder, ".wav", lambda _: None)) for folder in folders]


def heard(path: Path) -> npt.NDArray[np.float64]:
    return np.asarray(soundfile.read(path, always_2d=True)[0])


def test_made_twice_it_is_the_same_to_the_byte(twice: list[tuple[Path, Rendered]]) -> None:
    (one, _), (other, _) = twice
    names = sorted(path.name for path in one.iterdir())
    assert names == ["blue heron.wav", "mix.wav", "orange fox.wav"]
    assert names == sorted(path.name for path in other.iterdir())
    assert all((one / name).read_bytes() == (other / name).read_bytes() for name in names)


def test_who_is_missing_is_said(twice: list[tuple[Path, Rendered]]) -> None:
    folder, rendered = twice[0]
    assert rendered.paths[0] == folder / "mix.wav"
    assert set(rendered.paths) == set(folder.iterdir())
    frog, nobody, owl = rendered.remarks
    assert "green frog: nothing they played was kept" in frog
    assert "One more player only played" in nobody
    assert "grey owl: no file" in owl


def test_stems_are_dry_mono_before_the_faders_and_begin_together(
    twice: list[tuple[Path, Rendered]],
) -> None:
    folder, _ = twice[0]
    mix = heard(folder / "mix.wav")
    heron, fox = heard(folder / "blue heron.wav"), heard(folder / "orange fox.wav")
    assert mix.shape[1] == 2
    assert heron.shape == fox.shape == (len(mix), 1)
    # Level and pan are not in them: the fox is silent in the mix, the heron on its left.
    assert np.abs(fox).max() > 0.02
    assert not fox[:FOX].any()
    assert int(np.argmax(np.abs(fox[:, 0]) > 1e-5)) == pytest.approx(FOX, abs=48)
    assert int(np.argmax(np.abs(heron[:, 0]) > 1e-5)) == pytest.approx(1000, abs=48)
    played = slice(HERON, HERON + BEAT // 2)
    assert np.corrcoef(heron[played, 0], mix[played, 0])[0, 1] > 0.99
    assert mix[played, 0].std() == pytest.approx(math.sqrt(2) * heron[played].std(), rel=0.05)
    assert np.abs(mix[played, 1]).max() < 0.1 * np.abs(mix[played, 0]).max()


def test_the_echo_is_in_the_mix_and_on_the_beat(twice: list[tuple[Path, Rendered]]) -> None:
    folder, _ = twice[0]
    mix, heron = heard(folder / "mix.wav"), heard(folder / "blue heron.wav")
    # What is on the right comes from the echo alone; here is its first repeat.
    right = mix[HERON : HERON + 30_000, 1]
    likeness = np.correlate(right, heron[HERON:, 0][:4000], "valid")
    delay = int(np.argmax(np.abs(likeness)))
    assert delay == pytest.approx(0.75 * BEAT, abs=72)  # a dotted eighth


def test_flac_holds_what_wav_holds(
    session: Path, twice: list[tuple[Path, Rendered]], tmp_path: Path
) -> None:
    rendered = render(session, tmp_path / "m.flac", lambda _: None)
    assert rendered.paths == [tmp_path / "m.flac"]
    assert len(rendered.remarks) == 2  # grey owl is in the mix
    assert np.array_equal(heard(tmp_path / "m.flac"), heard(twice[0][0] / "mix.wav"))


def test_a_full_disk_leaves_nothing(session: Path, tmp_path: Path) -> None:
    (tmp_path / "orange fox.flac.part").symlink_to("/dev/full")
    with pytest.raises(
        RenderError, match=r"could not be made: the disk is full\. Nothing half-made"
    ):
        render_stems(session, tmp_path, ".flac", lambda _: None)
    assert list(tmp_path.iterdir()) == []


def test_names_of_files_are_names_of_badges_made_fit(tmp_path: Path) -> None:
    badges = ["mix", "../x/..", "Fox", "fox", "a:b", "..."]
    path = a_journal(
        tmp_path / "s.jam",
        [
            opened(48_000),
            *(seat(number, badge) for number, badge in enumerate(badges)),
            *in_order(*(note(1000, number) for number in range(6))),
            ev.Closed(BEAT),
        ],
    )
    rendered = render_stems(path, tmp_path / "out", ".flac", lambda _: None)
    assert [path.stem for path in rendered.paths] == [
        *("mix", "mix 2", "_x_", "Fox", "fox 2", "a_b", "player")
    ]
    assert {path.parent for path in rendered.paths} == {tmp_path / "out"}
    assert all(path.exists() for path in rendered.paths)


# -- who plays what --------------------------------------------------------------------------


def test_the_seats_are_shared_out_evenly_and_always_alike(tmp_path: Path) -> None:
    path = a_journal(
        tmp_path / "s.jam",
        [
            opened(48_000),
            *(seat(n, f"badge {n}", ("mallet", "string")[n % 2]) for n in range(40)),
            *in_order(*(note(1000 + 100 * n, n, length=BEAT + 10 * n) for n in range(40))),
            ev.Closed(4 * BEAT),
        ],
    )
    score = Score(path)
    census = Census(score)
    parts = parts_of(census, path, 256)
    assert parts == parts_of(Census(Score(path)), path, 256)
    assert len(parts) == PARTS
    assert sorted(bus for part in parts for bus in part.buses) == list(range(BUSES))
    loads = [sum(census.weight[bus] for bus in part.buses) for part in parts]
    assert max(loads) < 1.1 * min(loads)
    assert {patch for part in parts for patch in part.patches} == {"mallet", "string"}


def test_a_player_that_fails_says_why(tmp_path: Path) -> None:
    part = Part(str(tmp_path / "gone.jam"), (0,), ("mallet",), 256)
    with Players([part], 256) as players, pytest.raises(PlayerError, match="There is no session"):
        players.render()


def test_ctrl_c_leaves_no_file_and_no_process(tmp_path: Path) -> None:
    events = [note(1000 + BEAT * n, 0) for n in range(2000)]
    path = a_journal(
        tmp_path / "long.jam",
        [opened(48_000), seat(0, "blue heron"), *in_order(*events), ev.Closed(2001 * BEAT)],
    )
    out = tmp_path / "out"
    command = ["-m", "jamroom.cli", "export", str(path), "--stems", str(out)]
    with subprocess.Popen(
        [sys.executable, *command], stderr=subprocess.PIPE, process_group=0
    ) as export:
        until(lambda: (out / "mix.wav.part").exists() and (out / "mix.wav.part").stat().st_size > 0)
        players = children_of(export.pid)
        assert players
        os.killpg(export.pid, signal.SIGINT)
        assert export.wait(20) == 130
        assert export.stderr and export.stderr.read() == b""
    assert list(out.iterdir()) == []
    until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in players))


def children_of(pid: int) -> list[str]:
    """Process numbers; Linux tells them by the thread that made them."""
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_midi_instruments_are_not_in_it_and_that_is_said(tmp_path: Path) -> None:
    path = a_journal(
        tmp_path / "s.jam",
        [opened(48_000), seat(0, "blue heron", "out:Synth"), *note(1000, 0), ev.Closed(BEAT)],
    )
    rendered = render(path, tmp_path / "s.flac", lambda _: None)
    assert rendered.remarks == ["blue heron: what MIDI instruments played is not in it."]
    assert not heard(tmp_path / "s.flac").any()


def test_a_player_sets_its_block_before_the_engine_is_there() -> None:
    said = subprocess.run(
        [
            *(sys.executable, "-c"),
            "import sys, jamroom.rendering.player;"
            "print(*[name for name in sys.modules if name.startswith('jamroom.engine.')])",
        ],
        capture_output=True,
        check=True,
        text=True,
    )
    assert said.stdout.split() == ["jamroom.engine.base"]
