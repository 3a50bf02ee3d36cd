"""The trials that touch drivers and disks, each as a process of its own.

    python -m jamroom.doctor.trials sound|engine|font|midi|disk

prints its facts as one line of JSON. A driver may hang, crash or scribble on standard error; the
doctor only waits so long, and reads the last line.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from jamroom.doctor.facts import (
    AnyFacts,
    DiskFacts,
    EngineFacts,
    Failed,
    FontFacts,
    MidiFacts,
    SoundFacts,
)

PATIENCE_S = 20.0
LISTEN_S = 1.0
VOICES = 32
FONT_PATIENCE_S = 15.0
FSYNCS = 20
FSYNC_PATIENCE_S = 4.0
_RATE = 48_000
_DECODER: msgspec.json.Decoder[AnyFacts] = msgspec.json.Decoder(AnyFacts)
_PAGE = b"\0" * 4096


def run_trial(name: str, patience_s: float = PATIENCE_S) -> AnyFacts:
    """Run a trial and wait for what it finds. Never raises for what the trial does."""
    command = (sys.executable, "-m", "jamroom.doctor.trials", name)
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=patience_s
        )
    except subprocess.TimeoutExpired:
        return Failed(f"it gave no answer for {patience_s:g} s")
    except OSError as error:
        return Failed(f"it could not be started: {error}")
    return read_facts(done.returncode, done.stdout, done.stderr)


def read_facts(code: int, out: bytes, err: bytes) -> AnyFacts:
    """What a trial said, by its exit code and its two outputs."""
    if code < 0:
        with contextlib.suppress(ValueError):
            return Failed(f"it crashed ({signal.Signals(-code).name})")
    lines = out.splitlines()
    if code == 0 and lines:
        try:
            return _DECODER.decode(lines[-1])
        except msgspec.DecodeError as error:
            return Failed(f"its answer could not be read: {error}")
    said = err.decode(errors="replace").strip().splitlines()
    return Failed(said[-1] if said else f"it ended with code {code}")


def try_sound() -> SoundFacts:
    """Open what a room would open, and give it silence for a second."""
    import numpy as np

    from jamroom.engine.base import BLOCK_FRAMES
    from jamroom.engine.host_null import NullHost
    from jamroom.engine.hosts import CHANNELS, open_host
    from jamroom.engine.inventory import output_devices, portaudio_version

    host, why = open_host("auto", _RATE)
    # Until a host starts, its period is the latency the driver reports (host_portaudio).
    promised_ms = 1000 * host.period_frames / host.sample_rate
    silence = np.zeros((BLOCK_FRAMES, CHANNELS), np.float32)
    stamps_ns: list[int] = []

    def render_block() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        stamps_ns.append(time.monotonic_ns())
        return silence

    host.start(render_block)
    time.sleep(LISTEN_S)
    alive, missed, failure = host.alive(), host.missed, host.last_failure
    blocks = list(stamps_ns)
    host.stop()
    gaps = gaps_ms(blocks, 1000 * host.period_frames / host.sample_rate)
    return SoundFacts(
        host.name,
        isinstance(host, NullHost),
        why,
        host.sample_rate,
        promised_ms,
        host.period_frames,
        statistics.median(gaps or [0.0]),
        max(gaps, default=0.0),
        len(blocks),
        missed,
        alive,
        failure,
        output_devices(),
        portaudio_version(),
    )


def gaps_ms(stamps_ns: list[int], period_ms: float) -> list[float]:
    """Times between a driver's askings, from when each block was rendered.

    Blocks of one asking follow each other at once: a gap is what lasts over half a period. The
    first 50 ms, in which a driver finds its feet, do not count.
    """
    settled = [ns for ns in stamps_ns if ns - stamps_ns[0] >= 50_000_000]
    gaps, began_ns = [], settled[0] if settled else 0
    for ns in settled[1:]:
        gap_ms = (ns - began_ns) / 1e6
        if gap_ms > period_ms / 2:
            gaps.append(gap_ms)
            began_ns = ns
    return gaps


def try_engine() -> EngineFacts:
    """Build the sound engine with every shipped patch and let it play a handful of notes."""
    from jamroom.engine.base import BLOCK_FRAMES, BUSES
    from jamroom.engine.patch_files import shipped_patches
    from jamroom.engine.pyo_graph import PyoEngine

    patches, broken = shipped_patches()
    engine = PyoEngine(patches, _RATE)
    names = engine.patches()
    for name in names:
        engine.prepare(name)
    blocks_of_ms: list[float] = []
    began = time.perf_counter()
    for block in range(_RATE // BLOCK_FRAMES):
        if block < VOICES:
            name = names[block % len(names)]
            engine.note_on(block, block % BUSES, name, 48 + block, 0.0, 90, 0)
        before = time.perf_counter()
        engine.render()
        blocks_of_ms.append(1000 * (time.perf_counter() - before))
    took_s = time.perf_counter() - began
    block_ms = 1000 * BLOCK_FRAMES / _RATE
    seconds = len(blocks_of_ms) * BLOCK_FRAMES / _RATE
    return EngineFacts(len(patches), broken, VOICES, seconds, took_s, max(blocks_of_ms), block_ms)


def try_font() -> FontFacts:
    """Load the SoundFont that a room would play."""
    from jamroom.engine.soundfont import SoundFontEngine
    from jamroom.own_folders import own_folder

    engine = SoundFontEngine(_RATE, own_folder("soundfonts"))
    engine.wait_until_ready(FONT_PATIENCE_S)
    return FontFacts(len(engine.patches()), engine.describe())


def try_midi() -> MidiFacts:
    """Look at what is plugged in, without opening it: a room may have it."""
    from jamroom.devices.midi_system import MidiSystem, NoMidiError
    from jamroom.devices.port_names import is_ours_or_loop, plain_port_name

    try:
        system = MidiSystem.found()
    except NoMidiError:
        return MidiFacts("", ())
    ports = (port for port in system.ports() if not is_ours_or_loop(port))
    return MidiFacts(system.name, tuple(plain_port_name(port) for port in ports))


def try_disk() -> DiskFacts:
    """Write and sync where sessions live, as the recorder would; nothing is left behind."""
    from jamroom.capture.sessions import sessions_dir

    try:
        return disk_facts(sessions_dir())
    except OSError as error:
        folder = str(error.filename or "the folder of the sessions")
        return DiskFacts(folder, False, error.strerror or str(error), 0, "", (), _meeting())


def disk_facts(folder: Path) -> DiskFacts:
    """The disk under a folder. Raises OSError when the folder is not there."""
    refusal = ""
    times: tuple[float, ...] = ()
    try:
        times = _fsyncs_ms(folder)
    except OSError as error:
        refusal = error.strerror or str(error)
    mounts = ""
    with contextlib.suppress(OSError):
        mounts = Path("/proc/self/mounts").read_text(errors="replace")
    return DiskFacts(
        str(folder),
        True,
        refusal,
        shutil.disk_usage(folder).free,
        filesystem_of(folder.resolve(), mounts),
        times,
        _meeting(),
    )


def _fsyncs_ms(folder: Path) -> tuple[float, ...]:
    times: list[float] = []
    until = time.monotonic() + FSYNC_PATIENCE_S
    with tempfile.TemporaryFile(dir=folder) as file:
        while len(times) < FSYNCS and time.monotonic() < until:
            file.write(_PAGE)
            file.flush()
            before = time.perf_counter()
            os.fsync(file.fileno())
            times.append(1000 * (time.perf_counter() - before))
    return tuple(times)


def filesystem_of(path: Path, mounts: str) -> str:
    """The type of the file system a path lies on ("ext4"), by the text of /proc/self/mounts."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        fields = line.split()
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        # Of mounts on one point the last is on top.
        if path.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind


def _meeting() -> str:
    from jamroom.places import runtime_dir

    try:
        runtime_dir(Path(f"doctor-{os.getpid()}")).rmdir()
    except OSError as error:
        return str(error)
    return ""


TRIALS: dict[str, Callable[[], AnyFacts]] = {
    "sound": try_sound,
    "engine": try_engine,
    "font": try_font,
    "midi": try_midi,
    "disk": try_disk,
}


def main() -> None:
    """Run the trial that is named, print what it found, and leave without closing drivers."""
    facts = TRIALS[sys.argv[1]]()
    sys.stdout.buffer.write(b"\n" + msgspec.json.encode(facts) + b"\n")
    sys.stdout.flush()
    os._exit(0)  # libjack and pyo may crash when they are taken apart


if __name__ == "__main__":
    main()
