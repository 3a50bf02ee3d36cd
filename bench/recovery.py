"""What happens when the room or its recorder is killed, or hangs, in the middle of the music."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from fractions import Fraction
from pathlib import Path

import mido
import msgspec
import numpy as np

from bench.attack import CHANNEL, NOTE, VELOCITY
from bench.jack_server import SAMPLE_RATE, Missing, jack_server, may_real_time
from bench.players import write_players
from bench.probe import QUIET, THRESHOLD, Audio, Probe, wait_until
from bench.rooms import OpenRoom, open_room, wait_for
from bench.table import Table, ms, quantile
from jamroom.capture.journal import Journal
from jamroom.heartbeat import Heartbeat
from jamroom.messages import Ask
from jamroom.places import HEARTBEAT
from jamroom.session.events import EVERYBODY, NOW, Kept, Played

PERIOD = 256
_LOOP_BARS = 2
_STEP_S = 0.163  # about a sixteenth at 92 bpm
_SPARE_READY_S = 6.0
_AFTER_S = 5.0
_PATIENCE_S = 15.0


class Lost(msgspec.Struct):
    """One death: seconds until it was found, until blocks ran, until sound; phase in frames."""

    found_s: float
    block_s: float
    sound_s: float | None
    phase: list[float]


def recovery(times: int, short: bool = False) -> list[Table]:
    """Two tables: deaths of the room (only by SIGKILL if `short`), deaths of the recorder."""
    table = Table(
        "4. recovery of the room",
        f"A room on JACK at {PERIOD} frames (in real time where that is allowed) plays a loop of"
        " sixteenths and is killed or stopped. Found: another process is the room. Block: its"
        " blocks run. Sound: the loop is heard again at a JACK client (a stroke comes every 163 ms,"
        " so this hangs on where it died). Seconds, the worst of all; phase: the loop's strokes"
        " after against those before, ms.",
        ("signal", "n", "found", "block", "sound", "phase p50", "phase max"),
        target="sounds again under 1 s, with loops in phase",
    )
    try:
        for number in (signal.SIGKILL,) if short else (signal.SIGKILL, signal.SIGSTOP):
            _add(table, number.name, _deaths(number, times))
    except Missing as missing:
        table.remarks.append(f"not measured: {missing}")
    return [table, recorder_deaths(times)]


def _add(table: Table, name: str, lost: list[Lost]) -> None:
    sounds = [death.sound_s for death in lost if death.sound_s is not None]
    phases = [abs(frames) / SAMPLE_RATE for death in lost for frames in death.phase]
    table.add(
        name,
        len(lost),
        f"{max(death.found_s for death in lost):.2f}",
        f"{max(death.block_s for death in lost):.2f}",
        f"{max(sounds):.2f}" if len(sounds) == len(lost) else "never",
        ms(quantile(phases, 0.5)) if phases else "-",
        ms(max(phases)) if phases else "-",
    )


def _deaths(number: int, times: int) -> list[Lost]:
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(jack_server(PERIOD, may_real_time()))
        probe = stack.enter_context(Probe(server, CHANNEL, NOTE, VELOCITY))
        room = stack.enter_context(open_room("jack"))
        loop_frames = _start_loop(room, probe)
        lost = []
        for _ in range(times):
            time.sleep(_SPARE_READY_S)
            lost.append(_death(room, probe, number, loop_frames))
        return lost


def _start_loop(room: OpenRoom, probe: Probe) -> Fraction:
    """Play and keep a loop; its length in frames."""
    if not wait_until(probe.played_by):
        raise Missing("a room that takes up JACK MIDI ports (it did not)")
    probe.listen_to("jamroom:left")
    probe.play_steadily(_STEP_S)
    with room.client() as client:
        began = wait_for(client, lambda now: bool(now.seats))
        wait_for(client, lambda now: now.bar > began.bar + _LOOP_BARS)
        client.say(Ask(Kept(NOW, EVERYBODY, _LOOP_BARS)))
        now = wait_for(client, lambda now: any(seat.layers for seat in now.seats))
    probe.stop_playing()
    beats = Fraction(4 * now.pulses, now.unit) * _LOOP_BARS
    return beats * 60 * now.sample_rate / Fraction(str(now.bpm))


def _death(room: OpenRoom, probe: Probe, number: int, loop_frames: Fraction) -> Lost:
    loop_s = float(loop_frames) / SAMPLE_RATE
    probe.start_tape(2 * loop_s + _AFTER_S + 3.0)
    time.sleep(loop_s + 0.5)
    heart, old = Heartbeat(room.directory / HEARTBEAT), room.supervisor.room_pid
    died_at, died_ns = probe.frame_now(), time.monotonic_ns()
    os.kill(old, number)
    found_s, block_s = _watch(room, probe, heart, old, died_ns)
    tape = probe.finish_tape()
    again = _first_sound(tape, died_at - probe.base + round(block_s * SAMPLE_RATE) - PERIOD)
    sound_s = None if again is None else (again + probe.base - died_at) / SAMPLE_RATE
    phase = _phase(tape, died_at - probe.base, again or len(tape), loop_frames)
    return Lost(found_s, block_s, sound_s, phase)


def _watch(
    room: OpenRoom, probe: Probe, heart: Heartbeat, old: int, died_ns: int
) -> tuple[float, float]:
    """Seconds until found and until blocks run; listens to the new room as soon as it is there."""
    found_s = block_s = 0.0
    heard, until = False, time.monotonic() + _PATIENCE_S
    while time.monotonic() < until and not (block_s and heard):
        gone_s = (time.monotonic_ns() - died_ns) / 1e9
        if not found_s and room.supervisor.room_pid != old:
            found_s = gone_s
        if found_s and not block_s and heart.last_ns() > died_ns + 1_000_000:
            block_s = gone_s
        if found_s and not heard:
            heard = probe.listen_to_new("^jamroom[^:]*:left")
        time.sleep(0.001)
    return found_s, block_s


def _first_sound(tape: Audio, begin: int) -> int | None:
    beyond = np.flatnonzero(np.abs(tape[begin:]) > QUIET)
    return int(beyond[0]) + begin if len(beyond) else None


def _strokes(tape: Audio, begin: int, end: int) -> list[int]:
    """Onsets: beyond the threshold after 50 ms under it."""
    beyond = np.flatnonzero(np.abs(tape[begin:end]) > THRESHOLD) + begin
    apart = SAMPLE_RATE // 20
    return [int(at) for i, at in enumerate(beyond) if i == 0 or at - beyond[i - 1] > apart]


def _phase(tape: Audio, died: int, again: int, loop_frames: Fraction) -> list[float]:
    """How far strokes after the death are from where the loop had them before, in frames."""
    before = _strokes(tape, 0, died)
    after = _strokes(tape, again + SAMPLE_RATE // 2, len(tape))
    errors = []
    for at in after:
        offsets = [float((at - b) - round((at - b) / loop_frames) * loop_frames) for b in before]
        if offsets:
            errors.append(min(offsets, key=abs))
    return errors


# -- the recorder ------------------------------------------------------------------------------


def recorder_deaths(times: int) -> Table:
    """Kill the recorder again and again while four files play; count what the journal has."""
    table = Table(
        "4b. deaths of the recorder",
        "SIGKILL of the recorder while scripted players play; afterwards every note they struck is"
        " looked for in the journal.",
        ("kills", "notes played", "notes in the journal", "lost"),
        target="0 events lost",
    )
    with tempfile.TemporaryDirectory() as folder:
        plays = write_players(Path(folder), 4, 3.0 * times + 4.0)
        played = sum(_notes(path) for path in plays)
        with open_room("null", plays) as room:
            _kill_recorders(room, times)
            with room.client() as client:
                wait_for(client, lambda now: bool(now.seats) and _all_left(now.seats), 60.0)
            room.supervisor.stop()
            with Journal.open(room.journal) as journal:
                kept = sum(isinstance(entry.event, Played) for entry in journal.entries())
    table.add(times, played, kept, played - kept)
    return table


def _all_left(seats: tuple[object, ...]) -> bool:
    return not any(getattr(seat, "present", True) for seat in seats)


def _kill_recorders(room: OpenRoom, times: int) -> None:
    for _ in range(times):
        time.sleep(2.0)
        old = room.supervisor.recorder_pid
        os.kill(old, signal.SIGKILL)
        wait_until(lambda old=old: room.supervisor.recorder_pid != old)


def _notes(path: Path) -> int:
    return sum(m.type == "note_on" and m.velocity > 0 for m in mido.MidiFile(str(path)))
