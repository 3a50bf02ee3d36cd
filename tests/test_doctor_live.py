"""The doctor on this machine: drivers, disks and terminals that are really there."""

from __future__ import annotations

import os
import pty
import select
import shutil
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from jamroom.doctor.facts import DiskFacts, EngineFacts, Facts, FontFacts, MidiFacts, SoundFacts
from jamroom.doctor.terminal import TerminalFacts
from jamroom.doctor.terminal_replies import PROBE, Replies, parse_replies
from jamroom.doctor.trials import run_trial
from real_jack import JackServer

KITTY = b"\x1b_Gi=31;OK\x1b\\\x1b[?0u\x1bP>|kitty(0.32.2)\x1b\\\x1b[?1006;2$y\x1b[12;4R\x1b[?62c"


@pytest.fixture
def no_jack(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JACK_DEFAULT_SERVER", "jamroom-nobody")


def tried(name: str) -> Facts:
    return run_trial(name, patience_s=60)


@pytest.mark.jack
@pytest.mark.process
def test_a_jack_server_is_found_measured_and_left_running(jack_server: JackServer) -> None:
    facts = tried("sound")
    assert isinstance(facts, SoundFacts)
    assert (facts.host, facts.silent, facts.period_frames) == ("JACK", False, 128)
    assert facts.alive and facts.blocks > 0 and facts.failure == "" and facts.portaudio
    assert facts.promised_ms == pytest.approx(1000 * 128 / 48_000, rel=0.01)
    heard = tried("midi")
    assert isinstance(heard, MidiFacts) and heard.system
    running = subprocess.run(["jack_wait", "-s", jack_server.name, "-c"], capture_output=True)
    assert b"running" in running.stdout and b"not running" not in running.stdout


@pytest.mark.process
def test_sound_without_jack_is_silence_or_a_card(no_jack: None) -> None:
    facts = tried("sound")
    assert isinstance(facts, SoundFacts) and facts.host != "JACK"
    assert facts.blocks > 0 and bool(facts.why) is facts.silent


@pytest.mark.process
def test_the_engine_plays_every_patch() -> None:
    facts = tried("engine")
    assert isinstance(facts, EngineFacts)
    assert facts.patches > 0 and facts.broken == () and facts.seconds == 1.0


@pytest.mark.process
def test_the_soundfont_is_loaded_or_named_as_missing() -> None:
    facts = tried("font")
    assert isinstance(facts, FontFacts)
    assert bool(facts.sounds) is ("apt install" not in facts.told)


@pytest.mark.process
def test_the_disk_is_written_and_left_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path))
    facts = tried("disk")
    assert isinstance(facts, DiskFacts)
    assert facts.there and facts.refusal == "" and facts.meeting == "" and facts.fsync_ms
    assert facts.folder == str(tmp_path / "sessions")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.process
def test_a_folder_that_cannot_be_made_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path / "file"))
    facts = tried("disk")
    assert isinstance(facts, DiskFacts) and not facts.there and facts.refusal


ASK = """
import os, sys, msgspec
if sys.argv[1]:
    os.open(sys.argv[1], os.O_RDWR)  # a session's first terminal becomes its own
from jamroom.doctor import terminal, terminal_query
terminal.PATIENCE_S = terminal.FAR_PATIENCE_S = float(sys.argv[2])
facts = terminal.terminal_facts()
with open(sys.argv[3] + ".new", "wb") as file:
    file.write(msgspec.json.encode(facts))
os.rename(sys.argv[3] + ".new", sys.argv[3])
"""


class FakeTerminal:
    """A real pseudo-terminal with a process on it; the test is the terminal."""

    def __init__(self, out: Path, patience_s: float) -> None:
        self.out = out
        self.ours, self.theirs = pty.openpty()
        self.before = termios.tcgetattr(self.theirs)
        environment = {**os.environ, "TERM": "xterm", "TMUX": "", "STY": "", "PYTHONUTF8": "1"}
        self.process = subprocess.Popen(
            [sys.executable, "-c", ASK, os.ttyname(self.theirs), str(patience_s), str(out)],
            stdin=self.theirs, stdout=self.theirs, stderr=subprocess.PIPE,
            start_new_session=True, env=environment,
        )  # fmt: skip

    def read_until(self, wanted: bytes) -> bytes:
        seen, until = b"", time.monotonic() + 30
        while wanted not in seen:
            assert time.monotonic() < until, seen
            if select.select([self.ours], [], [], 0.1)[0]:
                seen += os.read(self.ours, 4096)
        return seen

    def rest(self) -> bytes:
        seen = b""
        while select.select([self.ours], [], [], 0)[0]:
            seen += os.read(self.ours, 4096)
        return seen

    def facts(self) -> TerminalFacts:
        _, err = self.process.communicate(timeout=30)
        assert self.process.returncode == 0, err
        return msgspec.json.decode(self.out.read_bytes(), type=TerminalFacts)

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()
        os.close(self.ours)
        os.close(self.theirs)


@pytest.fixture
def patient(tmp_path: Path) -> Iterator[FakeTerminal]:
    terminal = FakeTerminal(tmp_path / "facts", 30.0)
    yield terminal
    terminal.close()


@pytest.mark.process
def test_a_terminal_that_answers(patient: FakeTerminal) -> None:
    patient.read_until(b"\x1b[c")
    os.write(patient.ours, KITTY)
    facts = patient.facts()
    assert facts.replies == parse_replies(KITTY) and facts.not_asked == ""
    assert termios.tcgetattr(patient.theirs) == patient.before
    assert patient.rest() == b""  # the answers were not echoed


@pytest.mark.process
def test_a_terminal_that_never_answers_is_left_as_it_was(tmp_path: Path) -> None:
    terminal = FakeTerminal(tmp_path / "facts", 0.05)
    try:
        facts = terminal.facts()
        assert facts.replies == Replies() and facts.not_asked == ""
        assert termios.tcgetattr(terminal.theirs) == terminal.before
    finally:
        terminal.close()


@pytest.mark.process
def test_an_interrupt_waits_until_the_terminal_is_as_before(patient: FakeTerminal) -> None:
    patient.read_until(b"\x1b[c")
    assert termios.tcgetattr(patient.theirs) != patient.before
    patient.process.send_signal(signal.SIGTERM)
    os.write(patient.ours, KITTY)
    patient.process.communicate(timeout=30)
    assert patient.process.returncode == -signal.SIGTERM
    assert termios.tcgetattr(patient.theirs) == patient.before


@pytest.mark.process
@pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux")
def test_tmux_answers_for_itself_and_keeps_its_title(tmp_path: Path) -> None:
    out = tmp_path / "facts"
    tmux = ["tmux", "-L", f"jamroom-doctor-{os.getpid()}", "-f", "/dev/null"]
    command = [sys.executable, "-c", ASK, "", "30", str(out)]
    start = [*tmux, "new-session", "-d", "-x", "80", "-y", "24", "-e", "PYTHONUTF8=1"]
    hold = ["sh", "-c", '"$@"; sleep 60', "sh"]
    subprocess.run([*start, *hold, *command], check=True, timeout=30)
    try:
        title = [*tmux, "display-message", "-p", "#{pane_title}"]
        before = subprocess.check_output(title, timeout=30)
        until = time.monotonic() + 30
        while not out.exists():
            assert time.monotonic() < until
            time.sleep(0.05)
        assert subprocess.check_output(title, timeout=30) == before
        screen = subprocess.check_output([*tmux, "capture-pane", "-p"], timeout=30)
    finally:
        subprocess.run([*tmux, "kill-server"], check=False, timeout=30)
    facts = msgspec.json.decode(out.read_bytes(), type=TerminalFacts)
    assert facts.within == "tmux" and facts.size == (80, 24)
    assert facts.replies.attributes is not None and facts.replies.column == 1 + len(PROBE)
    assert screen.strip() == b""


@pytest.mark.process
def test_the_whole_visit_without_a_terminal(tmp_path: Path, no_jack: None) -> None:
    environment = {**os.environ, "JAMROOM_HOME": str(tmp_path), "PYTHONIOENCODING": "ascii"}
    done = subprocess.run(
        [sys.executable, "-m", "jamroom.cli", "doctor"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60,
        start_new_session=True, env=environment,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    parts = ["Sound", "MIDI", "Disk", "Real time", "Terminal", "Versions (for a bug report)"]
    assert [line for line in done.stdout.splitlines() if line in parts] == parts
    assert "not asked: no terminal here" in done.stdout and "You can jam now:" in done.stdout
    assert "\x1b" not in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 79
