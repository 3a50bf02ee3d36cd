"""Hosts: a real JACK server, PortAudio on ALSA's null device, the clock, and files."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import wave
from collections.abc import Iterator
from pathlib import Path

import jack
import numpy as np
import pytest

from jamroom.engine.base import BLOCK_FRAMES, Block
from jamroom.engine.host_file import FileHost, pcm_bytes
from jamroom.engine.host_jack import JackHost
from jamroom.engine.host_null import NullHost, Pacer
from jamroom.engine.hosts import BlockFiller, Host, NoHostError, open_host
from real_jack import JackServer, end_in_peace, until

MS = 1_000_000


class Ramp:
    """Blocks that count frames, so that a lost, doubled or swapped one shows."""

    def __init__(self) -> None:
        self.frames = 0

    def __call__(self) -> Block:
        left = np.arange(self.frames, self.frames + BLOCK_FRAMES, dtype=np.float32)
        self.frames += BLOCK_FRAMES
        return np.column_stack((left, -left)) / 2**20


# -- cutting blocks --------------------------------------------------------------------------


@pytest.mark.parametrize("period", [1, 63, 64, 65, 128, 441, 1000, 1024])
def test_any_period_gets_every_frame_once(period: int) -> None:
    filler = BlockFiller(Ramp())
    periods = []
    for _ in range(20):
        out = np.full((period, 2), np.nan, np.float32)
        filler.fill(out)
        periods.append(out)
    left = np.arange(20 * period, dtype=np.float32) / 2**20
    assert np.array_equal(np.concatenate(periods), np.column_stack((left, -left)))


def test_a_wrong_block_is_silence_and_the_next_is_heard() -> None:
    ramp, calls = Ramp(), iter(range(100))

    def stumbles() -> Block:
        turn = next(calls)
        if turn == 1:
            raise ZeroDivisionError("a patch divided by nothing")
        if turn == 2:
            return np.ones((3, 2), np.float32)
        return ramp()

    filler = BlockFiller(stumbles)
    out = np.full((4 * BLOCK_FRAMES, 2), np.nan, np.float32)
    filler.fill(out)
    assert filler.failures == 2
    assert "shape (3, 2)" in filler.last_failure
    assert not out[64:192].any()
    assert out[192, 0] * 2**20 == 64


# -- the null host ---------------------------------------------------------------------------


def test_the_pacer_counts_from_its_start_and_does_not_drift() -> None:
    pacer = Pacer(128, 44_100, now_ns=0, most_behind=8)
    for _ in range(44_100 * 10):  # 128 x 10 seconds
        assert pacer.take(pacer.due_ns)
    assert pacer.due_ns == 1280 * 1000 * MS
    assert pacer.late == 0


def test_the_pacer_waits_until_it_is_due() -> None:
    pacer = Pacer(480, 48_000, now_ns=0, most_behind=4)
    assert pacer.take(0)
    assert not pacer.take(9 * MS)
    assert pacer.take(10 * MS)
    assert pacer.late == 0


def test_after_a_stall_the_pacer_catches_up_but_not_the_whole_of_it() -> None:
    pacer = Pacer(480, 48_000, now_ns=0, most_behind=4)
    assert pacer.take(0)
    burst = 0
    while pacer.take(5000 * MS):
        burst += 1
    assert burst == 5  # four behind, and the one that is due
    assert pacer.late > 0
    assert pacer.due_ns == 5010 * MS


def test_a_short_stall_is_caught_up_completely() -> None:
    pacer = Pacer(480, 48_000, now_ns=0, most_behind=4)
    taken = sum(pacer.take(35 * MS) for _ in range(100))
    assert taken == 4  # those of 0, 10, 20 and 30 ms
    assert pacer.due_ns == 40 * MS


def test_the_null_host_takes_blocks_until_it_is_stopped() -> None:
    ramp, host = Ramp(), NullHost(48_000)
    host.start(ramp)
    until(lambda: ramp.frames > 4800, "a tenth of a second of silence")
    assert host.alive()
    assert "no sound card" in host.describe()
    host.stop()
    frames = ramp.frames
    assert not host.alive()
    host.stop()
    assert ramp.frames == frames


def test_an_error_does_not_end_the_null_host() -> None:
    host, turns = NullHost(48_000), iter(range(10**9))

    def stumbles() -> Block:
        raise RuntimeError(f"stumbled {next(turns)}")

    host.start(stumbles)
    until(lambda: host.last_failure > "RuntimeError: stumbled 5", "a sixth error")
    assert host.alive()
    host.stop()


# -- JACK ------------------------------------------------------------------------------------


@pytest.fixture
def opened() -> Iterator[list[Host]]:
    hosts: list[Host] = []
    yield hosts
    for host in hosts:
        host.stop()


@pytest.mark.jack
def test_every_frame_arrives_at_jack_in_order(jack_server: JackServer, opened: list[Host]) -> None:
    host, line = open_host("auto", 48_000)
    opened.append(host)
    assert isinstance(host, JackHost)
    assert (line, host.sample_rate, host.period_frames) == ("", 48_000, 128)
    listener = jack.Client("listener", no_start_server=True)
    sides = [listener.inports.register(side) for side in ("left", "right")]
    heard: list[tuple[Block, Block]] = []
    enough = threading.Event()

    def listen(_frames: int) -> None:
        heard.append((sides[0].get_array().copy(), sides[1].get_array().copy()))
        if len(heard) > 40 and heard[-20][0].any() and heard[-20][1].any():
            enough.set()

    end = end_in_peace(listener, listen)
    listener.activate()
    try:
        host.start(Ramp())
        for side in sides:
            listener.connect(f"jamroom:{side.shortname}", side)
        assert enough.wait(20)
        assert {port.name for port in listener.get_all_connections("jamroom:left")} == {
            "system:playback_1",
            "listener:left",
        }
    finally:
        end()
    both = [np.concatenate([period[side] for period in heard]) * 2**20 for side in (0, 1)]
    # The sides are connected one after the other.
    first = max(int(np.flatnonzero(side)[0]) for side in both)
    left, right = both[0][first:], both[1][first:]
    assert np.array_equal(left, -right)
    # On a busy machine whoever is late misses a period, which JACK then leaves out whole; when we
    # are late, the listener gets what lies in the buffer: a period that it has heard before.
    assert set(np.diff(left)) <= {1.0} | {128.0 * n + 1 for n in range(-4, 400)}


@pytest.mark.jack
def test_a_jack_server_that_dies_is_noticed_and_one_that_returns_is_used(
    jack_server: JackServer, opened: list[Host]
) -> None:
    for _ in range(3):
        host, _ = open_host("jack", 48_000)
        opened.append(host)
        ramp = Ramp()
        host.start(ramp)
        until(lambda ramp=ramp: ramp.frames > 0, "a block")  # type: ignore[misc]
        assert host.alive()
        jack_server.kill()
        until(lambda host=host: not host.alive(), "the host to notice")  # type: ignore[misc]
        host.stop()
        with pytest.raises(NoHostError, match="No JACK server runs"):
            open_host("jack", 48_000)
        jack_server.up()


@pytest.mark.jack
def test_the_rate_of_the_server_is_the_rate_of_the_room(
    jack_server: JackServer, opened: list[Host]
) -> None:
    host, line = open_host("auto", 44_100)
    opened.append(host)
    assert host.sample_rate == 48_000
    assert line == "JACK runs at 48000 Hz, so the room does too."


@pytest.mark.jack
def test_an_error_does_not_end_the_sound_of_jack(
    jack_server: JackServer, opened: list[Host]
) -> None:
    host, _ = open_host("jack", 48_000)
    opened.append(host)
    ramp, turns = Ramp(), iter(range(10**9))

    def stumbles() -> Block:
        if next(turns) % 2:
            raise RuntimeError("stumbled")
        return ramp()

    host.start(stumbles)
    until(lambda: ramp.frames > 640, "blocks between the errors")
    assert host.last_failure == "RuntimeError: stumbled"
    assert host.alive()


_LEAVING = """
import sys, threading, time
import numpy as np
from jamroom.engine.host_jack import JackHost

sys.setswitchinterval(0.00005)
def busy():
    while True:
        pass
for _ in range(2):
    threading.Thread(target=busy, daemon=True).start()
def render():
    sum(range(3000))
    return np.zeros((64, 2), np.float32)
for turn in range(15):
    host = JackHost()
    host.start(render)
    time.sleep(0.02 + 0.0007 * turn)
    host.stop()
print("left")
"""


@pytest.mark.jack
def test_leaving_jack_never_takes_the_interpreter_along(jack_server: JackServer) -> None:
    """libjack ends threads by force: one that waits for the lock takes it with it, for good."""
    command = (sys.executable, "-c", _LEAVING)
    ran = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ran.stdout == "left\n", ran.stderr


# -- a sound card, by PortAudio --------------------------------------------------------------

_WITH_A_CARD = """
import sys, time
import numpy as np
from pathlib import Path
from jamroom.engine.hosts import open_host
from jamroom.engine.microphone import Microphone

config = Path(sys.argv[1])
host, line = open_host("auto", 48_000)
print(host.name, "|", line)
config.write_text("pcm.default { type null }")
host, line = open_host("auto", 48_000)
print(host.name, host.sample_rate, "|", line)
blocks = []
def render():
    blocks.append(1)
    if len(blocks) == 2:
        raise RuntimeError("stumbled")
    return np.zeros((64, 2), np.float32)
host.start(render)
deadline = time.monotonic() + 20
while len(blocks) < 10 and time.monotonic() < deadline:
    time.sleep(0.01)
print(len(blocks) >= 10, host.alive(), host.last_failure)
microphone = Microphone(48_000)
microphone.room_frame = lambda: 64 * len(blocks)
trouble = host.open_microphone(microphone)
while not microphone.end and time.monotonic() < deadline:
    time.sleep(0.01)
print(microphone.end > 0, trouble, "|", host.alive())
host.close_microphone()
host.stop()
host.stop()
print(host.alive())
host, line = open_host("auto", 48_000)
print(host.name, "|", line)
host.stop()
"""


def test_a_sound_card_is_found_when_it_is_plugged_in_and_played(
    tmp_path: Path, no_jack_server: JackServer
) -> None:
    if sys.platform != "linux":
        pytest.skip("the card is ALSA's null device")
    config = tmp_path / "asound.conf"
    config.write_text("pcm.unplugged { type hw card 7 }")
    ran = subprocess.run(
        (sys.executable, "-c", _WITH_A_CARD, str(config)),
        env={**os.environ, "ALSA_CONFIG_PATH": str(config)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.stdout.splitlines() == [
        "no sound card | No sound card was found. The room goes on without sound.",
        "default 48000 | ",
        "True True RuntimeError: stumbled",
        "True  | True",
        "False",
        "default | ",
    ]
    assert ran.stderr == ""  # the drivers' noise never reaches the terminal


def test_without_portaudio_it_says_what_to_install(no_jack_server: JackServer) -> None:
    script = (
        "import ctypes.util\n"
        "ctypes.util.find_library = lambda name: None\n"
        "from jamroom.engine.hosts import open_host\n"
        "print(open_host('auto', 48_000)[1])\n"
    )
    ran = subprocess.run((sys.executable, "-c", script), capture_output=True, text=True, check=True)
    assert "apt install libportaudio2" in ran.stdout


def test_null_is_null_even_where_there_is_sound(jack_server: JackServer) -> None:
    host, line = open_host("null", 44_100)
    assert isinstance(host, NullHost)
    assert (line, host.sample_rate) == ("", 44_100)


# -- files -----------------------------------------------------------------------------------


def samples_of(path: Path) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    with wave.open(str(path)) as file:
        assert file.getnchannels() == 2
        width = file.getsampwidth()
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 2, width)
    whole = sum(raw[:, :, byte].astype(np.int64) << 8 * byte for byte in range(width))
    return np.where(whole >= 1 << (8 * width - 1), whole - (1 << 8 * width), whole)


@pytest.mark.parametrize("bits", [16, 24])
def test_a_render_holds_every_frame(tmp_path: Path, bits: int) -> None:
    path, heard = tmp_path / "take.wav", []
    FileHost(path, 40_001, 44_100, bits, heard.append).start(Ramp())  # type: ignore[arg-type]
    left = np.rint(np.arange(40_001) / 2**20 * (2 ** (bits - 1) - 1)).astype(np.int64)
    assert np.array_equal(samples_of(path), np.column_stack((left, -left)))
    with wave.open(str(path)) as file:
        assert file.getframerate() == 44_100
    assert heard == sorted(heard)
    assert heard[-1] == 1.0
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("bits", [16, 24])
def test_pcm_is_clipped_and_nan_is_silence(bits: int) -> None:
    hostile = np.array([[2.0, -2.0], [np.nan, np.inf], [-np.inf, 1.0]], np.float32)
    raw = np.frombuffer(pcm_bytes(hostile, bits), np.uint8)  # type: ignore[arg-type]
    full = (2 ** (bits - 1) - 1).to_bytes(bits // 8, "little")
    low = (-(2 ** (bits - 1) - 1)).to_bytes(bits // 8, "little", signed=True)
    assert raw.tobytes() == full + low + bytes(bits // 8) + full + low + full


def test_a_render_that_fails_leaves_no_file_and_says_why(tmp_path: Path) -> None:
    def stumbles() -> Block:
        raise RuntimeError("stumbled")

    with pytest.raises(RuntimeError, match="stumbled"):
        FileHost(tmp_path / "take.wav", 1000).start(stumbles)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="nowhere"):
        FileHost(tmp_path / "nowhere" / "take.wav", 1000).start(Ramp())


def test_a_render_that_is_stopped_keeps_what_it_has(tmp_path: Path) -> None:
    path = tmp_path / "take.wav"
    host = FileHost(path, 10**6, progress=lambda _part: host.stop())
    assert host.alive()
    host.start(Ramp())
    assert not host.alive()
    assert 0 < len(samples_of(path)) < 10**6


def test_what_does_not_fit_in_a_wav_is_refused_before_the_work(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="do not fit in one WAV file"):
        FileHost(tmp_path / "take.wav", 10**9)
