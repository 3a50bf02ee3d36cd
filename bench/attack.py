"""What an instrument's own attack adds: the same strike rendered offline, the same threshold.

python -m bench.attack     (a process of its own, because pyo allows one engine in each)
"""

from __future__ import annotations

import ctypes
import ctypes.util
import subprocess
import sys
from pathlib import Path

import numpy as np

from bench.jack_server import SAMPLE_RATE
from bench.probe import THRESHOLD, Audio

PATCH = "frame-drum"
NOTE = 37
CHANNEL = 9
VELOCITY = 127
_BLOCKS = 200


def jamroom_attack() -> int:
    """Frames from note_on to the onset in our engine and mixer, alone in this process."""
    from jamroom.engine.mixer import Mixer
    from jamroom.engine.patch_files import load_patches
    from jamroom.engine.pyo_graph import PyoEngine
    from jamroom.resources import resource_dir

    patches, _ = load_patches([resource_dir("patches")])
    engine, mixer = PyoEngine(patches, SAMPLE_RATE), Mixer(SAMPLE_RATE)
    for _ in range(_BLOCKS):
        mixer.mix(engine.render())
    engine.note_on(1, 0, PATCH, NOTE, 0.0, VELOCITY, 0)
    blocks = [mixer.mix(engine.render()).copy() for _ in range(_BLOCKS)]
    return onset(np.concatenate(blocks)[:, 0])


def jamroom_attack_elsewhere() -> int:
    """The same, in a process of its own."""
    done = subprocess.run([sys.executable, "-m", "bench.attack"], capture_output=True, text=True)
    return int(done.stdout.split()[-1]) if done.returncode == 0 else 0


def fluidsynth_attack(font: Path) -> int | None:
    """Frames from fluid_synth_noteon to the onset, in a FluidSynth that renders to memory."""
    library = ctypes.util.find_library("fluidsynth")
    if library is None:
        return None
    fluid = ctypes.CDLL(library)
    for name in ("new_fluid_settings", "new_fluid_synth"):
        getattr(fluid, name).restype = ctypes.c_void_p
    settings = ctypes.c_void_p(fluid.new_fluid_settings())
    for name, value in (("synth.gain", 1.0), ("synth.sample-rate", float(SAMPLE_RATE))):
        fluid.fluid_settings_setnum(settings, name.encode(), ctypes.c_double(value))
    for name in ("synth.reverb.active", "synth.chorus.active"):
        fluid.fluid_settings_setint(settings, name.encode(), 0)
    synth = ctypes.c_void_p(fluid.new_fluid_synth(settings))
    fluid.fluid_synth_sfload(synth, str(font).encode(), 1)
    left, right = (np.zeros(_BLOCKS * 64, np.float32) for _ in range(2))
    sides = [ctypes.c_void_p(side.ctypes.data) for side in (left, right)]
    for struck in (False, True):
        if struck:
            fluid.fluid_synth_noteon(synth, CHANNEL, NOTE, VELOCITY)
        fluid.fluid_synth_write_float(synth, len(left), sides[0], 0, 1, sides[1], 0, 1)
    fluid.delete_fluid_synth(synth)
    fluid.delete_fluid_settings(settings)
    return onset(left)


def onset(sound: Audio) -> int:
    """The first sample beyond the threshold."""
    beyond = np.flatnonzero(np.abs(sound) > THRESHOLD)
    return int(beyond[0]) if len(beyond) else -1


if __name__ == "__main__":
    print(jamroom_attack())
