"""32 mono buses out of FluidSynth's stereo groups, and notes that begin between its blocks.

FluidSynth counts in blocks of 64 frames like the room, so by itself it begins every note at a block
boundary. Here a bus has four groups of voices, and FluidSynth writes both sides of each group into
the bus some frames later, by the offset of its notes: one call renders, mixes to mono and delays.
"""

from __future__ import annotations

import ctypes

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.fluidsynth import FluidSynth
from jamroom.engine.font_loading import GROUPS, LANES

_FRAME_BYTES = 4
_OUTPUTS = 2 * GROUPS


class FontBuses:
    """Groups and buses of one synth. A group's number is also the MIDI channel that leads to it."""

    def __init__(self) -> None:
        self._delay = [0] * GROUPS
        self._users = [0] * GROUPS
        # Two blocks a bus: the second takes what a delay pushes beyond the first.
        self._lines: Block = np.zeros((BUSES, 2 * BLOCK_FRAMES), np.float32)
        self._outputs = (ctypes.c_void_p * _OUTPUTS)()
        for group in range(GROUPS):
            self._point(group, 0)

    def begin(self, bus: int, offset: int) -> int:
        """A group of this bus for a note at `offset`: one there, an idle one, else the nearest."""
        group = self._group_for(bus, offset)
        self._users[group] += 1
        return group

    def end(self, group: int) -> None:
        """A note in this group is over."""
        self._users[group] -= 1

    def render(self, synth: FluidSynth, out: Block) -> None:
        """Write the next block of every bus to `out`, shape (BLOCK_FRAMES, BUSES)."""
        lines = self._lines
        synth.process(synth.handle, BLOCK_FRAMES, 0, None, _OUTPUTS, self._outputs)
        out[:] = lines[:, :BLOCK_FRAMES].T
        lines[:, :BLOCK_FRAMES] = lines[:, BLOCK_FRAMES:]
        lines[:, BLOCK_FRAMES:] = 0.0

    def stop(self, synth: FluidSynth, bus: int) -> None:
        """Stop what sounds on a bus dead."""
        self._lines[bus] = 0.0
        for lane in range(LANES):
            synth.all_sounds_off(synth.handle, bus + lane * BUSES)

    def _group_for(self, bus: int, offset: int) -> int:
        nearest = idle = -1
        for group in range(bus, GROUPS, BUSES):
            if self._delay[group] == offset:
                return group
            if self._users[group] == 0:
                idle = group
            away = abs(self._delay[group] - offset)
            if nearest < 0 or away < abs(self._delay[nearest] - offset):
                nearest = group
        if idle < 0:
            return nearest
        self._point(idle, offset)
        return idle

    def _point(self, group: int, delay: int) -> None:
        """Let FluidSynth write both sides of a group into its bus, `delay` frames late."""
        self._delay[group] = delay
        line = self._lines.ctypes.data + group % BUSES * self._lines.strides[0]
        self._outputs[2 * group] = self._outputs[2 * group + 1] = line + delay * _FRAME_BYTES
