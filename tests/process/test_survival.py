"""Whatever process dies, the music comes back and nothing that was played is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from living_room import LivingRoom, wait_for

from jamroom.capture.journal import Journal
from jamroom.session.events import EVERYBODY, NOW, Kept, LayerPressed, Played, TempoChosen
from jamroom.views import Snapshot

pytestmark = pytest.mark.process


def played_in(journal: Path) -> list[Played]:
    with Journal.open(journal) as opened:
        return [entry.event for entry in opened.entries() if isinstance(entry.event, Played)]


def kept_in(journal: Path) -> bool:
    with Journal.open(journal) as opened:
        return any(isinstance(entry.event, Kept) for entry in opened.entries())


def layer_phases(shown: Snapshot) -> list[str]:
    return [layer.phase for seat in shown.seats for layer in seat.layers]


def with_a_loop(room: LivingRoom) -> Snapshot:
    room.ask(TempoChosen(NOW, 240.0))
    room.wait_bars(1)
    room.strike(0, 2, 4, 6)
    room.wait_bars(1)
    room.ask(Kept(NOW, EVERYBODY, 2))
    return room.see(lambda s: layer_phases(s) == ["playing"], "a loop plays")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "hung"])
def test_a_room_that_dies_comes_back_with_its_loops_in_phase(
    room: LivingRoom, number: signal.Signals
) -> None:
    before = with_a_loop(room)
    old = room.supervisor.room_pid
    room.kill(old, number)
    wait_for(lambda: room.supervisor.room_pid != old, "another room takes over")
    after = room.ring()
    assert room.supervisor.restarts == 1
    assert layer_phases(after) == ["playing"]
    assert after.seats[0].badge == before.seats[0].badge
    assert after.seats[0].layers[0].notes == before.seats[0].layers[0].notes
    # In phase: the same loop stands where the session's own clock says, before and after.
    layer_before, layer_after = before.seats[0].layers[0], after.seats[0].layers[0]
    frames = layer_before.bars * before.pulses * 60 * before.sample_rate / before.bpm
    gone = (after.frame - before.frame) / frames
    drift = (layer_after.position - layer_before.position - gone) % 1.0
    assert min(drift, 1.0 - drift) * frames < 2
    assert after.frame > before.frame


def test_a_room_that_comes_back_can_be_played_on(room: LivingRoom) -> None:
    with_a_loop(room)
    old = room.supervisor.room_pid
    room.kill(old)
    wait_for(lambda: room.supervisor.room_pid != old, "another room takes over")
    room.ring()
    room.strike(1, 3)
    room.see(lambda s: s.seats[0].played_ago_s < 5, "the same seat plays")
    room.close()
    room.client = None
    notes = played_in(room.journal)
    assert len(notes) == 6
    assert len({note.seat for note in notes}) == 1


def test_killing_the_recorder_loses_nothing_and_is_not_heard(room: LivingRoom) -> None:
    room.strike(0, 1, 2)
    old = room.supervisor.recorder_pid
    room.kill(old)
    room.strike(3, 4, 5)
    wait_for(lambda: room.supervisor.recorder_pid != old, "another recorder")
    room.strike(6, 7)
    room.see(lambda s: s.recorder == "writing", "the recorder writes")
    assert room.supervisor.restarts == 0
    room.close()
    room.client = None
    notes = played_in(room.journal)
    assert [note.key for note in notes] == [0, 1, 2, 3, 4, 5, 6, 7]


def test_room_and_recorder_killed_together_keep_what_was_committed(room: LivingRoom) -> None:
    with_a_loop(room)
    wait_for(lambda: kept_in(room.journal), "the loop is on disk")
    old = room.supervisor.room_pid
    room.kill(room.supervisor.recorder_pid)
    room.kill(old)
    wait_for(lambda: room.supervisor.room_pid != old, "another room takes over")
    shown = room.ring()
    assert layer_phases(shown) == ["playing"]
    room.close()
    room.client = None
    assert len(played_in(room.journal)) == 4


def test_closing_waits_for_a_recorder_that_hangs_and_loses_nothing(room: LivingRoom) -> None:
    room.strike(0, 1)
    wait_for(lambda: len(played_in(room.journal)) == 2, "the notes are on disk")
    room.kill(room.supervisor.recorder_pid, signal.SIGSTOP)
    room.strike(2, 3)
    room.close()
    room.client = None
    assert room.supervisor.restarts == 0
    assert [note.key for note in played_in(room.journal)] == [0, 1, 2, 3]
    assert room.supervisor.trouble == ""


def test_a_second_launcher_becomes_another_window(room: LivingRoom, tmp_path: Path) -> None:
    """It must not touch the room, whatever it was started for."""
    (tmp_path / "sessions").mkdir()
    with_a_loop(room)
    probe = subprocess.run(
        [sys.executable, "-c", JOIN, str(room.journal)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert "another window" in probe.stdout, probe.stderr
    assert "bar" in probe.stdout
    assert room.supervisor.restarts == 0
    assert layer_phases(room.now()) == ["playing"]


JOIN = """
import argparse, fcntl, sys
from pathlib import Path
from jamroom.launch import open_room
given = argparse.Namespace(headless=True, seconds=1.0, play=[], host="null")
sys.exit(open_room("test", Path(sys.argv[1]), given, "keep"))
"""


def test_a_killed_console_is_not_noticed_by_the_room(room: LivingRoom) -> None:
    before = with_a_loop(room)
    console = subprocess.Popen(
        [sys.executable, "-c", CONSOLE, str(room.directory / "room.sock")],
        stdout=subprocess.PIPE,
    )
    assert console.stdout is not None
    assert console.stdout.readline() == b"connected\n"
    console.kill()
    console.wait()
    console.stdout.close()
    room.wait_bars(1)
    after = room.now()
    assert room.supervisor.restarts == 0
    assert layer_phases(after) == layer_phases(before)


CONSOLE = """
import sys
from pathlib import Path
from jamroom.room_client import RoomClient
client = RoomClient(Path(sys.argv[1]))
client.latest(10.0)
print("connected", flush=True)
while True:
    client.latest(1.0)
"""


def test_closing_and_opening_again_brings_the_loops_back_muted(room: LivingRoom) -> None:
    with_a_loop(room)
    room.close()
    room.client = None
    again = LivingRoom(room.journal)
    again.open()
    try:
        shown = again.now()
        assert layer_phases(shown) == ["muted"]
        again.ask(LayerPressed(NOW, 0, 0))
        again.see(lambda s: layer_phases(s) == ["playing"], "it plays again")
    finally:
        again.close()


def test_when_the_launcher_is_gone_nothing_is_left_running(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "XDG_RUNTIME_DIR": str(tmp_path),
        "JACK_DEFAULT_SERVER": "jamroom-none",
    }
    launcher = subprocess.Popen(
        [sys.executable, "-c", LAUNCHER, str(tmp_path / "left.jam")],
        stdout=subprocess.PIPE,
        env=environment,
        cwd=Path(__file__).parent,
    )
    assert launcher.stdout is not None
    pids = [int(word) for word in launcher.stdout.readline().split()]
    assert len(pids) == 2
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    for pid in pids:
        wait_for(lambda pid=pid: not is_running(pid), f"process {pid} ends")


LAUNCHER = """
import sys, time
from pathlib import Path
from living_room import LivingRoom
room = LivingRoom(Path(sys.argv[1]))
room.open()
print(room.supervisor.room_pid, room.supervisor.recorder_pid, flush=True)
time.sleep(600)
"""


def is_running(pid: int) -> bool:
    try:
        status = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return status != "Z"
