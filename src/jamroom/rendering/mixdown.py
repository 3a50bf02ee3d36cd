"""The mixer of a render: the same as the room's, with more frames at a time, so that it is fast."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.mixer import Mixer
from jamroom.room import Room

FRAMES = 256
"""Levels and sends that change begin to move up to this much earlier than in the room: 5 ms."""


class Mixdown(Mixer):
    """Gathers blocks of the room and mixes them together."""

    def __init__(self, sample_rate: int) -> None:
        super().__init__(sample_rate, frames=FRAMES)
        self.on_buses: Callable[[Block], None] = lambda _: None
        """Hears all buses before they are mixed, shape (FRAMES, BUSES)."""
        self._gathered: Block = np.zeros((FRAMES, BUSES), np.float32)
        self._count = 0
        self._nothing: Block = np.zeros((0, 2), np.float32)

    def mix(self, block: Block) -> Block:
        """Nothing yet, or FRAMES frames that are complete now."""
        self._gathered[self._count : self._count + BLOCK_FRAMES] = block
        self._count = (self._count + BLOCK_FRAMES) % FRAMES
        if self._count:
            return self._nothing
        self.on_buses(self._gathered)
        return super().mix(self._gathered)

    def _measure(self, out: Block) -> None:
        """Nobody reads the meter of a render."""


def next_piece(room: Room) -> Block:
    """The next FRAMES frames of a room whose mixer is a Mixdown."""
    while not len(block := room.block()):
        pass
    return block
