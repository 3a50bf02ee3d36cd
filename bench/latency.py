"""Pad to sound: the room and FluidSynth on the same JACK server, struck by the same pad."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from bench.attack import CHANNEL, NOTE, VELOCITY, fluidsynth_attack, jamroom_attack_elsewhere
from bench.fonts import font_path
from bench.jack_server import SAMPLE_RATE, Missing, jack_server, may_real_time, running
from bench.probe import PAD, Heard, Probe, wait_until
from bench.rooms import open_room, wait_for
from bench.supercollider import scsynth
from bench.table import Table, quantile

USUAL_PERIOD = 128
_APART_S = 0.35
_TRIES, _TRY_S = 5, 4.0


def latency(
    strikes: int, periods: tuple[int, ...] = (USUAL_PERIOD,), short: bool = False
) -> list[Table]:
    """The table; a server per period. Ordinary priority at the usual one, and not if `short`."""
    table = Table(
        "1. pad to sound",
        "Milliseconds from the frame at which a JACK client puts a note-on on its MIDI port to the"
        " first sample beyond -26 dBFS that comes back, strikes at random phase; the instrument's"
        " own attack (same strike rendered offline, same threshold) is taken away and shown."
        " 'beyond' is p99 less one period of the server.",
        (
            "instrument",
            "priority",
            "period",
            "n",
            "p50",
            "p99",
            "max",
            "spread",
            "beyond",
            "attack",
            "xruns",
        ),
        target="beyond the card's own period at most one 64-frame block (1.33 ms);"
        " p99 within two periods",
        remarks=[
            "spread is max less min. JACK hands out a note at the beginning of its period, so an"
            " instrument that renders after it has read the note answers before the note's frame"
            " (a negative figure), one that has rendered already answers in the next period.",
            "xruns: what JACK reported while we listened, whoever was late. A period that was"
            " lost makes notes late for every instrument.",
        ],
    )
    try:
        best = may_real_time()
        for real_time in (best,) if short or not best else (False, True):
            priority = "real-time" if real_time else "ordinary"
            for period in periods if real_time == best else (USUAL_PERIOD,):
                with jack_server(period, real_time) as server:
                    _measure(table, server, period, strikes, priority)
        if not best:
            table.remarks.append("real-time priority is not allowed here, so it was not measured")
    except (Missing, TimeoutError) as missing:
        table.remarks.append(f"not measured: {missing}")
    return [table]


def _measure(table: Table, server: str, period: int, strikes: int, priority: str) -> None:
    with Probe(server, CHANNEL, NOTE, VELOCITY) as probe:
        with _room(probe):
            heard = probe.measure(strikes, _APART_S)
        _add(table, ("jamroom", priority), period, heard, jamroom_attack_elsewhere())
    _measure_scsynth(table, server, period, strikes, priority)
    font = font_path()
    if shutil.which("fluidsynth") is None or font is None:
        table.remarks.append(
            "FluidSynth beside it: not measured; apt install fluidsynth fluid-soundfont-gm"
        )
        return
    with Probe(server, CHANNEL, NOTE, VELOCITY) as probe, _fluidsynth(probe, font):
        heard = probe.measure(strikes, _APART_S)
    _add(table, ("FluidSynth", priority), period, heard, fluidsynth_attack(font) or 0)


def _measure_scsynth(table: Table, server: str, period: int, strikes: int, priority: str) -> None:
    try:
        with Probe(server, CHANNEL, NOTE, VELOCITY) as probe, scsynth(probe):
            heard = probe.measure(strikes, _APART_S)
    except Missing as missing:
        table.remarks.append(f"scsynth beside it: not measured; {missing}")
        return
    _add(table, ("scsynth", priority), period, heard, 0)


def _add(table: Table, names: tuple[str, str], period: int, heard: Heard, attack: int) -> None:
    name = ", ".join(names)
    frames = [f - attack for f in heard.frames]
    if not frames:
        table.remarks.append(f"{name}: no sound came back")
        return
    p99 = quantile(frames, 0.99)
    figures = (quantile(frames, 0.5), p99, max(frames), max(frames) - min(frames), p99 - period)
    cells = [f"{1000 * f / SAMPLE_RATE:.2f}" for f in (*figures, attack)]
    table.add(*names, period, len(frames), *cells, heard.xruns)
    if heard.silent or heard.unclear:
        table.remarks.append(
            f"{name}, {period} frames: {heard.silent} strikes not heard within 200 ms,"
            f" {heard.unclear} not counted because something sounded before"
        )


@contextlib.contextmanager
def _room(probe: Probe) -> Iterator[None]:
    with open_room("jack") as room, room.client() as client:
        probe.listen_to("jamroom:left")
        if not wait_until(probe.played_by):
            raise Missing("a room that takes up JACK MIDI ports (it did not)")
        for again in reversed(range(_TRIES)):  # a period that JACK loses takes the note with it
            probe.strike_once()
            with contextlib.suppress(TimeoutError) if again else contextlib.nullcontext():
                wait_for(client, lambda now: any(PAD in s.input for s in now.seats), _TRY_S)
                break
        yield


@contextlib.contextmanager
def _fluidsynth(probe: Probe, font: Path) -> Iterator[None]:
    command = ["fluidsynth", "-a", "jack", "-m", "jack", "-R", "0", "-C", "0"]
    command += ["-g", "1", "-r", str(SAMPLE_RATE), str(font)]
    with running(command):
        if not wait_until(lambda: len(probe.ports("fluidsynth")) >= 3):
            raise Missing("a FluidSynth with JACK (it opened no ports)")
        probe.listen_to(probe.ports("fluidsynth.*(left|l_0)", is_audio=True)[0])
        probe.play_to(probe.ports("fluidsynth", is_midi=True, is_input=True)[0])
        probe.strike_once()
        yield
