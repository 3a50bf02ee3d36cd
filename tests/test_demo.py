"""The demo that ships: a whole journal, made by scripts/make_demo.py and by nothing else."""

from __future__ import annotations

import sys
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import pytest

from jamroom.capture.journal import Journal
from jamroom.capture.replay import refold
from jamroom.capture.rows import Entry
from jamroom.resources import resource_dir
from jamroom.session import events as ev
from jamroom.session.effects import Effect, Mark, SilenceAll, SoundOff, SoundOn
from jamroom.session.state import LIVE, Phase, State
from jamroom.session.step import Session

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
SECOND = 48_000


@pytest.fixture(scope="module")
def demo() -> Path:
    return resource_dir("demo") / "demo.jam"


@pytest.fixture(scope="module")
def entries(demo: Path) -> list[Entry]:
    with Journal.open(demo) as journal:
        return list(journal.entries())


@pytest.fixture(scope="module")
def effects(demo: Path) -> list[Effect]:
    with Journal.open(demo) as journal:
        return list(refold(journal, journal.end_frame()))


@pytest.fixture
def make_demo(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    if not SCRIPTS.is_dir():
        pytest.skip("the scripts are not part of this source package")
    monkeypatch.syspath_prepend(str(SCRIPTS))
    import make_demo

    for name in ("make_demo", "demo_score"):
        monkeypatch.delitem(sys.modules, name)
    return make_demo


def test_it_is_what_the_script_makes(
    demo: Path, entries: list[Entry], make_demo: ModuleType
) -> None:
    performance = make_demo.perform()
    made = [(record.at, record.event) for record in performance.records]
    assert made == [(entry.at, entry.event) for entry in entries]
    with Journal.open(demo) as journal:
        assert set(journal.marks()) == {e for e in performance.effects if isinstance(e, Mark)}


def test_making_it_again_gives_a_journal_of_one_small_file(
    make_demo: ModuleType, tmp_path: Path, entries: list[Entry]
) -> None:
    path = tmp_path / "again.jam"
    make_demo.write(make_demo.perform(), path)
    with Journal.open(path) as journal:
        assert list(journal.entries()) == entries
    assert [file.name for file in tmp_path.iterdir()] == ["again.jam"]
    assert path.stat().st_mode & 0o444 == 0o444


def test_it_is_small_and_needs_no_log_beside_it(demo: Path, tmp_path: Path) -> None:
    assert demo.stat().st_size < 300 * 1024
    # A file in write-ahead mode could not be opened in a folder that is read-only.
    write_version, read_version = demo.read_bytes()[18:20]
    assert (write_version, read_version) == (1, 1)
    copy = tmp_path / "demo.jam"
    copy.write_bytes(demo.read_bytes())
    with Journal.open(copy) as journal:
        assert journal.count() > 500
        assert [file.name for file in tmp_path.iterdir()] == ["demo.jam"]
    assert [file.name for file in tmp_path.iterdir()] == ["demo.jam"]


def test_five_people_with_five_sounds(entries: list[Entry], effects: list[Effect]) -> None:
    taken = [e.event for e in entries if isinstance(e.event, ev.SeatTaken)]
    assert [seat.seat for seat in taken] == [0, 1, 2, 3, 4]
    assert len({seat.badge for seat in taken}) == 5
    patches = {e.patch for e in effects if isinstance(e, SoundOn)}
    assert patches == {"mallet", "string", "choir", "pad", "bass", "frame-drum"}


def test_every_sound_ends_and_it_ends_in_silence(effects: list[Effect], demo: Path) -> None:
    on = [e for e in effects if isinstance(e, SoundOn)]
    off = [e for e in effects if isinstance(e, SoundOff)]
    assert len({e.voice for e in on}) == len(on)
    assert {e.voice for e in on} == {e.voice for e in off}
    assert len(on) == len(off)
    with Journal.open(demo) as journal:
        end = journal.end_frame()
    assert 60 * SECOND < end < 90 * SECOND
    assert max(e.frame for e in off) < end - SECOND
    # So the room's last word cuts nothing off.
    silences = [e.frame for e in effects if isinstance(e, SilenceAll)]
    assert silences == [max(e.frame for e in effects)]


def test_nothing_stops_for_long_and_loops_play_with_hands(effects: list[Effect]) -> None:
    on = [e for e in effects if isinstance(e, SoundOn)]
    frames = sorted(e.frame for e in on)
    gaps = [late - early for early, late in pairwise(frames)]
    assert max(gaps) < 3 * SECOND
    assert sum(e.layer != LIVE for e in on) > 200
    assert sum(e.layer == LIVE for e in on) > 200
    changes = [e.frame for e in effects if isinstance(e, Mark)]
    assert len(changes) > 15


def test_it_shows_what_the_room_can_do(entries: list[Entry]) -> None:
    session, seen = Session(), set[tuple[int, Phase]]()
    for _, at, event in entries:
        before = _layers(session.state)
        session.fold(at, event)
        after = _layers(session.state)
        seen |= {(layer, phase) for layer, (phase, _) in after.items()}
        if isinstance(event, ev.Kept):
            seat, slot = event.seat, 0
            assert (seat * 8 + slot) not in before
            assert after[seat * 8 + slot] == ("playing", 1)
        if isinstance(event, ev.LayerUndone | ev.LayerRedone):
            layer = event.seat * 8 + event.slot
            step = -1 if isinstance(event, ev.LayerUndone) else 1
            assert after[layer][1] == before[layer][1] + step
    phases = {phase for _, phase in seen}
    assert phases >= {"armed", "recording", "playing", "overdubbing", "muted"}
    kinds = {type(entry.event) for entry in entries}
    assert kinds >= {ev.Kept, ev.LayerUndone, ev.LayerRedone, ev.Bent, ev.Leaned, ev.Closed}
    state = session.state
    assert max(len(layer.takes) for layer in state.layers.values()) == 2
    assert {layer.phase for layer in state.layers.values()} == {"muted"}
    assert [segment.bpm for segment in state.tempo_map.segments] == [92.0, 96.0, 88.0]


def test_the_palette_changes_and_comes_home(effects: list[Effect]) -> None:
    palettes = [e.text for e in effects if isinstance(e, Mark) and e.kind == "palette"]
    assert palettes == ["D dorian", "F major pentatonic", "D dorian"]


def test_nobody_plays_like_a_machine(entries: list[Entry]) -> None:
    played = [e.event for e in entries if isinstance(e.event, ev.Played)]
    assert len({event.velocity for event in played}) > 30
    sixteenth = 48_000 * 60 / 92 / 4
    before_first_change = [e.frame for e in played if e.frame < 40 * SECOND]
    on_the_grid = [frame for frame in before_first_change if frame % sixteenth < 1]
    assert len(on_the_grid) < len(before_first_change) / 50


def _layers(state: State) -> dict[int, tuple[Phase, int]]:
    """What every layer is doing, and which of its takes it holds."""
    return {number: (layer.phase, layer.cursor) for number, layer in state.layers.items()}
