"""How many voices one core carries with a tenth of every block to spare.

    python -m bench.polyphony jamroom mallet      (a process of its own for each instrument)

Notes are struck until 64 sound, and every block is timed on its own thread's CPU clock, so that
other programs' turns do not count. What the dearest block in a thousand costs with 0 and with 64
voices gives a line; where it meets 90 % of a block's length is the answer. Beyond 64 it is a line
and no measurement, for our engine stops there.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from bench.fonts import font_path
from bench.table import Table, quantile

RATE = 48_000
FRAMES = 64
BLOCK_US = 1e6 * FRAMES / RATE
VOICES = 64
MARGIN = 0.1
_SETTLE = 800
_BLOCKS = 1500
_STRINGS = 48  # General MIDI program "strings", counted from 0
_KINDS = ("mallet", "string", "pad", "choir", "frame-drum")


class Cost(NamedTuple):
    """Microseconds of CPU a block: the dearest in a thousand, idle and with `sounding` voices."""

    idle_us: float
    p50_us: float
    full_us: float
    sounding: int

    @property
    def voices(self) -> int:
        """What a core carries with the margin to spare."""
        each = max(1e-6, (self.full_us - self.idle_us) / max(1, self.sounding))
        return int(((1.0 - MARGIN) * BLOCK_US - self.idle_us) / each)


def polyphony(sounds: Sequence[str] = ()) -> Table:
    """The table, for some kinds of sound of ours or those named, and FluidSynth."""
    table = Table(
        "5c. voices per core with a tenth of every block to spare",
        f"Microseconds of CPU for a block of {FRAMES} frames ({BLOCK_US:.0f} us at 48 kHz), engine"
        f" and mixer: p50, and the dearest block in a thousand (p99.9), with {VOICES} voices."
        " 'voices': where the line through p99.9 without and with voices meets 90 % of a block.",
        ("instrument", "sound", "sounding", "idle p99.9", "p50", "p99.9", "voices"),
    )
    asked = [("jamroom", patch) for patch in sounds or _KINDS]
    asked += [("jamroom", "sf-strings"), ("FluidSynth", "strings")]
    for instrument, sound in asked:
        cost = _elsewhere(instrument, sound)
        if cost is None:
            table.remarks.append(f"{instrument}, {sound}: not measured (is it installed?)")
            continue
        us = (f"{value:.0f}" for value in (cost.idle_us, cost.p50_us, cost.full_us))
        table.add(instrument, sound, cost.sounding, *us, cost.voices)
    table.remarks.append(
        "FluidSynth beside ours: its library called for the same blocks, stereo, without reverb"
        " and chorus; ours renders 32 buses and mixes them with reverb, echo and limiter."
    )
    return table


def _elsewhere(instrument: str, sound: str) -> Cost | None:
    command = [sys.executable, "-m", "bench.polyphony", instrument, sound]
    done = subprocess.run(command, capture_output=True, text=True)
    words = done.stdout.split()
    if done.returncode or len(words) != 4:
        return None
    return Cost(float(words[0]), float(words[1]), float(words[2]), int(words[3]))


def measured(block: Callable[[], object], strike: Callable[[], Callable[[], int]]) -> Cost:
    """Time blocks before and after `strike`, which gives a function that counts voices."""
    _times(block, _SETTLE)
    idle = _times(block, _BLOCKS)
    sounding = strike()
    _times(block, 4)
    count = sounding()
    # Struck notes die away: only while most of them sound is this the cost of that many.
    full = _times(block, _BLOCKS if sounding() == count else _BLOCKS // 10)
    return Cost(quantile(idle, 0.999), quantile(full, 0.5), quantile(full, 0.999), count)


def _times(block: Callable[[], object], count: int) -> list[float]:
    spent = []
    for _ in range(count):
        began = time.thread_time_ns()
        block()
        spent.append((time.thread_time_ns() - began) / 1000)
    return spent


def _ours(sound: str) -> Cost:
    from jamroom.engine.base import Engine
    from jamroom.engine.mixer import Mixer
    from jamroom.engine.patch_files import load_patches
    from jamroom.engine.pyo_graph import PyoEngine
    from jamroom.engine.soundfont import SoundFontEngine
    from jamroom.resources import resource_dir

    engine: Engine
    if sound.startswith("sf-"):
        font = SoundFontEngine(RATE)
        if not font.wait_until_ready(60.0):
            raise SystemExit(1)
        engine = font
    else:
        patches, _ = load_patches([resource_dir("patches")])
        engine = PyoEngine([patch for patch in patches if patch.name == sound], RATE)
    mixer = Mixer(RATE)

    def strike() -> Callable[[], int]:
        for number in range(VOICES):
            # Seats share a patch: strokes of one drum on one bus would cut each other off.
            engine.note_on(number + 1, number % 20, sound, 36 + number % 48, 0.0, 90, 0)
        return engine.sounding

    return measured(lambda: mixer.mix(engine.render()), strike)


def _fluidsynth(font: Path) -> Cost:
    library = ctypes.util.find_library("fluidsynth")
    if library is None:
        raise SystemExit(1)
    fluid = ctypes.CDLL(library)
    for name in ("new_fluid_settings", "new_fluid_synth"):
        getattr(fluid, name).restype = ctypes.c_void_p
    settings = ctypes.c_void_p(fluid.new_fluid_settings())
    fluid.fluid_settings_setnum(settings, b"synth.sample-rate", ctypes.c_double(RATE))
    for effect in (b"synth.reverb.active", b"synth.chorus.active"):
        fluid.fluid_settings_setint(settings, effect, 0)
    synth = ctypes.c_void_p(fluid.new_fluid_synth(settings))
    fluid.fluid_synth_sfload(synth, str(font).encode(), 1)
    fluid.fluid_synth_program_change(synth, 0, _STRINGS)
    both = np.zeros((2, FRAMES), np.float32)
    left, right = (ctypes.c_void_p(side.ctypes.data) for side in both)

    def strike() -> Callable[[], int]:
        for number in range(VOICES):
            fluid.fluid_synth_noteon(synth, 0, 30 + number, 90)
        return lambda: VOICES

    return measured(
        lambda: fluid.fluid_synth_write_float(synth, FRAMES, left, 0, 1, right, 0, 1), strike
    )


def main() -> None:
    """Measure one instrument and print: idle, p50, p99.9, voices sounding."""
    instrument, sound = sys.argv[1:]
    font = font_path()
    if instrument == "FluidSynth" and font is None:
        raise SystemExit(1)
    cost = _fluidsynth(font) if instrument == "FluidSynth" and font else _ours(sound)
    print(*cost)


if __name__ == "__main__":
    main()
