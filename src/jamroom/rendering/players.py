"""The processes that play, as one engine for the room that mixes them."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Sequence
from types import TracebackType
from typing import IO, BinaryIO, Self

import msgspec
import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, PatchInfo
from jamroom.rendering.score import Part

_BUFFER = 1 << 20
_PATIENCE_S = 5.0


class PlayerError(Exception):
    """A process that plays ended too early; the text says what it last said."""


class Players:
    """Implements `engine.base.Engine`: what sounds, the players know from the journal themselves.

    A context: they end with it.
    """

    def __init__(self, parts: Sequence[Part], frames: int) -> None:
        self._frames = frames
        self._piece: Block = np.zeros((frames, BUSES), np.float32)
        self._at = frames
        self._players = [_Player(part) for part in parts]

    def render(self) -> Block:
        """The next block of all buses. Raises PlayerError when a player is gone."""
        if self._at == self._frames:
            self._at = 0
            self._piece.fill(0.0)  # sound loops are added to buses that nobody else writes
            for player in self._players:
                player.read(self._piece)
        block = self._piece[self._at : self._at + BLOCK_FRAMES]
        self._at += BLOCK_FRAMES
        return block

    def close(self) -> None:
        """End all players."""
        for player in self._players:
            player.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None
    ) -> None:
        self.close()

    # -- what an engine is told, and the players know already ----------------------------------

    def patches(self) -> tuple[str, ...]:
        """None that anybody could choose."""
        return ()

    def catalogue(self) -> tuple[PatchInfo, ...]:
        """None that anybody could choose."""
        return ()

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Known already."""

    def note_off(self, voice: int, offset: int) -> None:
        """Known already."""

    def bend(self, voice: int, cents: float) -> None:
        """Known already."""

    def pressure(self, voice: int, amount: float) -> None:
        """Known already."""

    def silence(self) -> None:
        """Known already."""

    def recover(self, buses: Collection[int]) -> None:
        """Done already."""

    def sounding(self) -> int:
        """Not known here."""
        return 0


class _Player:
    """One process and the pipe it plays into."""

    def __init__(self, part: Part) -> None:
        self._buses = list(part.buses)
        self._piece = np.empty((part.frames, len(self._buses)), np.float32)
        reading, writing = os.pipe()
        self._pipe: BinaryIO = open(reading, "rb", buffering=_BUFFER)  # noqa: PTH123, SIM115
        self._words: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
        try:
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-P", "-m", "jamroom.rendering.player"),
                    *(msgspec.json.encode(part).decode(), str(writing)),
                ],
                pass_fds=(writing,),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
                process_group=0,  # Ctrl-C is for us: we end them
            )
        finally:
            os.close(writing)

    def read(self, piece: Block) -> None:
        """Put the next frames into their columns."""
        if self._pipe.readinto(self._piece.data.cast("B")) < self._piece.nbytes:  # type: ignore[attr-defined]
            raise PlayerError(self._last_words())
        piece[:, self._buses] = self._piece

    def _last_words(self) -> str:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_PATIENCE_S)
        self._words.seek(0)
        lines = self._words.read().decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"a player ended with code {self._process.poll()}"

    def stop(self) -> None:
        """End it; a second time does nothing."""
        self._pipe.close()
        self._process.kill()
        self._process.wait()
        self._words.close()
