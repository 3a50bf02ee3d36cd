"""Sound loops lie on the disk while somebody agrees to it, and no longer."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from living_room import LivingRoom, wait_for

from jamroom.session.events import (
    NOW,
    ConsentChosen,
    LayerPressed,
    LoopBarsChosen,
    MicrophoneSwitched,
    TempoChosen,
)
from jamroom.views import Snapshot
from real_jack import JackServer

pytestmark = [pytest.mark.jack, pytest.mark.process]


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def with_a_sound_loop(room: LivingRoom) -> int:
    """A loop of what a JACK server without a card lets hear; the seat of its microphone."""
    room.open()
    room.ask(TempoChosen(NOW, 240.0))
    room.ask(LoopBarsChosen(NOW, 1))
    room.ask(MicrophoneSwitched(NOW, True))
    shown = room.see(lambda s: any(x.input_id == "mic:1" for x in s.seats), "its seat")
    seat = next(x.seat for x in shown.seats if x.input_id == "mic:1")
    room.wait_bars(1)
    room.ask(LayerPressed(NOW, seat, 0))
    room.see(lambda s: "playing" in phases(s), "the loop")
    room.wait_bars(2)
    return seat


def phases(shown: Snapshot) -> list[str]:
    return [layer.phase for seat in shown.seats for layer in seat.layers]


def test_a_sound_loop_is_saved_comes_back_and_goes_when_its_player_says_so(
    tmp_path: Path, jack_server: JackServer
) -> None:
    journal, folder = tmp_path / "evening.jam", tmp_path / "evening.loops"
    room = LivingRoom(journal, "--host", "jack", f"--loops={folder}")
    try:
        seat = with_a_sound_loop(room)
    finally:
        room.close()
    assert len(files(folder)) == 1
    assert (folder.stat().st_mode & 0o077, next(folder.iterdir()).stat().st_mode & 0o077) == (0, 0)
    room = LivingRoom(journal, "--host", "jack", f"--loops={folder}")
    try:
        room.open()
        assert phases(room.now()) == ["muted"]
        assert len(files(folder)) == 1
        room.ask(ConsentChosen(NOW, seat, "play"))
        wait_for(lambda: not folder.exists(), "its file is deleted", 10.0)
        assert phases(room.now()) == ["muted"], "it can be played on"
    finally:
        room.close()
    assert not folder.exists()


def test_a_loop_of_somebody_who_only_plays_comes_to_no_disk(
    tmp_path: Path, jack_server: JackServer
) -> None:
    folder = tmp_path / "evening.loops"
    room = LivingRoom(tmp_path / "evening.jam", "--host", "jack", f"--loops={folder}", keep="play")
    try:
        with_a_sound_loop(room)
        if os.access("/dev/shm", os.W_OK):
            old = room.supervisor.room_pid
            assert old is not None
            room.kill(old)
            wait_for(lambda: room.supervisor.room_pid != old, "another room takes over")
            room.ring()
            shown = room.see(lambda s: bool(phases(s)), "its loops")
            assert phases(shown) == ["playing"]
    finally:
        room.close()
    assert not folder.exists()
    assert [path.name for path in tmp_path.iterdir()] == ["evening.jam"]
    assert not list(Path("/dev/shm").glob(f"*{room.directory.name}*"))
