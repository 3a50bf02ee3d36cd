"""What the room asks of anything that makes sound, and how big a block is."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

BLOCK_FRAMES = 64
"""Frames in one block, whatever the card's period: an event is never more than 1.33 ms late."""

BUSES = 32
"""Mono buses between engines and mixer; each present seat has one."""

Block = npt.NDArray[np.float32]


class PatchInfo(msgspec.Struct, frozen=True):
    """A sound as people choose it. `family` groups sounds in lists: "mallets", "drums"."""

    name: str
    label: str
    family: str
    sentence: str


class Engine(Protocol):
    """Turns notes into sound. Called from one thread only, between and during blocks.

    A `voice` is the session's number for one sounding note. Unknown voices are ignored, so a
    note that was stolen may still be ended.
    """

    def patches(self) -> tuple[str, ...]:
        """Names of the patches it can play, in the order a person would browse them."""

    def catalogue(self) -> tuple[PatchInfo, ...]:
        """The same patches, with what people want to know of them."""

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note `offset` frames into the next block (0 to BLOCK_FRAMES - 1).

        `cents` is added to the MIDI note. Velocity is 1 to 127. An unknown patch plays the first.
        """

    def note_off(self, voice: int, offset: int) -> None:
        """Let a note go, `offset` frames into the next block."""

    def bend(self, voice: int, cents: float) -> None:
        """Bend a sounding note to `cents` from where it began."""

    def pressure(self, voice: int, amount: float) -> None:
        """Lean on a sounding note, 0 to 1."""

    def silence(self) -> None:
        """End every note within 50 ms, without a click."""

    def render(self) -> Block:
        """The next block: float32, shape (BLOCK_FRAMES, BUSES). Valid until the next call."""

    def recover(self, buses: Collection[int]) -> None:
        """Replace what sounds on buses that brought NaN or worse; the others go on."""

    def sounding(self) -> int:
        """Voices that still make sound, tails included."""

    def close(self) -> None:
        """Give everything back. The engine is not used again."""
