"""The first jam as a newcomer has it: a terminal, a keyboard, a command, a file at the end."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import mido
import pytest
from living_room import wait_for

from jamroom.capture.journal import Journal
from jamroom.places import ROOM_SOCKET, room_is_open
from jamroom.room_client import RoomClient
from jamroom.session.events import Kept, LayerPressed, LayerUndone, PaletteChosen, Played
from jamroom.views import Snapshot

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux (apt install tmux)"),
]
JAMROOM = [sys.executable, "-m", "jamroom.cli"]


class Terminal:
    """A real terminal of 80 by 24."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.name = f"jamroom-{uuid.uuid4().hex[:8]}"
        self.environment = {
            **os.environ,
            "JAMROOM_HOME": str(home),
            "XDG_RUNTIME_DIR": str(home),
            "JACK_DEFAULT_SERVER": "jamroom-none",
            "COLORTERM": "truecolor",
        }
        self.environment.pop("TMUX", None)

    def tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-L", self.name, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        ).stdout

    def start(self, *command: str) -> None:
        self.tmux("-f", "/dev/null", "new-session", "-d", "-x", "80", "-y", "24", *command)
        self.tmux("set-option", "-g", "remain-on-exit", "on")

    def screen(self) -> str:
        return self.tmux("capture-pane", "-p")

    def see(self, words: str) -> str:
        shown = ""

        def look() -> str:
            nonlocal shown
            shown = self.screen()
            return shown if words in shown else ""

        try:
            return wait_for(look, f"{words!r} on the screen")
        except AssertionError as error:
            raise AssertionError(f"{error}; it shows:\n{shown}") from None

    def type(self, *keys: str) -> None:
        for key in keys:
            self.tmux("send-keys", key)

    def close(self) -> None:
        self.tmux("kill-server")


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    terminal = Terminal(tmp_path)
    yield terminal
    terminal.close()


def test_play_loop_undo_keep_change_the_palette_quit_and_export(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.start(*JAMROOM, "jam", "first", "--host", "null")
    terminal.see("Press a key")
    terminal.type("Y")
    terminal.type("T")
    terminal.see("beats a minute")
    terminal.type("2", "4", "0", "Enter")
    terminal.see("bar 4")
    terminal.type("a", "d")
    terminal.see("blue heron")
    terminal.type("1")  # record a layer, two bars
    terminal.see("recording")
    terminal.type("g", "j")
    terminal.see("playing")
    terminal.type("Space")  # keep that: a second layer
    terminal.type("Right")
    terminal.type("z")  # and take it back
    terminal.type("p")
    terminal.see("Which notes fit")
    terminal.type("Down")
    terminal.see("Eb dorian")
    terminal.type("Enter")
    terminal.see("→ Eb dorian")
    terminal.type("C-q")
    terminal.see("Close the room")
    terminal.type("Enter")
    terminal.see("The room is closed")
    wait_for(lambda: terminal.tmux("display", "-p", "#{pane_dead}") == "1\n", "the command ends")

    journal = tmp_path / "sessions" / "first.jam"
    with Journal.open(journal) as opened:
        events = [entry.event for entry in opened.entries()]
    for kind in (LayerPressed, Kept, LayerUndone, PaletteChosen):
        assert any(isinstance(event, kind) for event in events), kind
    played = [event for event in events if isinstance(event, Played)]
    assert [note.key for note in played] == [0, 2, 4, 6]

    out = tmp_path / "first.mid"
    subprocess.run(
        [*JAMROOM, "export", "first", "--to", str(out)], env=terminal.environment, check=True
    )
    tracks = mido.MidiFile(out).tracks
    notes = [m.note for t in tracks for m in t if m.type == "note_on" and m.velocity > 0]
    assert notes == [note.note for note in played]
    assert any("blue heron" in track.name for track in tracks)


def test_a_window_closed_by_mistake_does_not_stop_the_music(
    terminal: Terminal, tmp_path: Path
) -> None:
    terminal.start(*JAMROOM, "jam", "on", "--host", "null")
    terminal.see("Press a key")
    terminal.type("Y", "a")
    terminal.see("blue heron")
    terminal.close()  # every process in the terminal gets its hangup

    directory = runtime_dir_of(tmp_path)
    shown = wait_for(lambda: snapshot_of(directory), "the room answers")
    later = wait_for(
        lambda: (s := snapshot_of(directory)) and s.frame > shown.frame + 48_000 and s,
        "the room's clock goes on",
    )
    assert [seat.badge for seat in later.seats] == ["blue heron"]

    again = Terminal(tmp_path)
    try:
        again.start(*JAMROOM, "jam", "on")
        again.see("blue heron")
        again.type("C-q")
        again.see("Close the room")
        again.type("Enter")
        again.see("The room is closed")
    finally:
        again.close()
    wait_for(lambda: not room_is_open(directory), "the room is closed")
    wait_for(lambda: not directory.exists(), "its launcher has tidied up")


def runtime_dir_of(home: Path) -> Path:
    found = [socket.parent for socket in home.glob("jamroom-*/*/room.sock")]
    assert len(found) == 1
    return found[0]


def snapshot_of(directory: Path) -> Snapshot | None:
    with RoomClient(directory / ROOM_SOCKET) as client:
        shown = client.latest(2.0)
    return shown if isinstance(shown, Snapshot) else None
