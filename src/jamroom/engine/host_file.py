"""The host of a render: as fast as the machine can, into a WAV file."""

from __future__ import annotations

import contextlib
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, Block
from jamroom.engine.hosts import CHANNELS, RenderBlock

Bits = Literal[16, 24]
Progress = Callable[[float], None]

_CHUNK_BLOCKS = 256
_MOST_BYTES = 0xFFFF_FFFF - 64  # a RIFF length is 32 bits


class FileHost:
    """Takes `frames` frames from the room, one block after the other, and writes them to a WAV.

    The file appears under its name only when it is whole. Errors of `render_block` are raised,
    not hidden: nobody is listening, and a file with a hole in it would pass for a good one.
    """

    def __init__(
        self,
        path: Path,
        frames: int,
        sample_rate: int = 48_000,
        bits: Bits = 24,
        progress: Progress | None = None,
    ) -> None:
        """`progress` hears 0 to 1, about 3 times for each second of sound.

        Raises ValueError when a WAV file cannot hold that many frames.
        """
        if frames * CHANNELS * bits // 8 > _MOST_BYTES:
            hours = frames / sample_rate / 3600
            raise ValueError(f"{hours:.1f} hours do not fit in one WAV file; render it in parts")
        self.name = path.name
        self.sample_rate = sample_rate
        self.period_frames = BLOCK_FRAMES
        self.missed = 0
        self.last_failure = ""
        self._path = path
        self._frames = frames
        self._bits = bits
        self._progress = progress
        self._running = True

    def start(self, render_block: RenderBlock) -> None:
        """Render everything; returns when the file is there. Raises OSError if it cannot be."""
        part = self._path.with_name(self._path.name + ".part")
        try:
            # Opened by us: wave leaves a half-made object behind when a path cannot be opened.
            with part.open("wb") as raw, wave.open(raw, "wb") as out:
                out.setnchannels(CHANNELS)
                out.setsampwidth(self._bits // 8)
                out.setframerate(self.sample_rate)
                self._write(out, render_block)
            part.replace(self._path)
        except BaseException:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
            raise
        finally:
            self._running = False

    def _write(self, out: wave.Wave_write, render_block: RenderBlock) -> None:
        chunk: Block = np.empty((_CHUNK_BLOCKS * BLOCK_FRAMES, CHANNELS), np.float32)
        done = 0
        while done < self._frames and self._running:
            count = min(len(chunk), self._frames - done)
            for at in range(0, count, BLOCK_FRAMES):
                chunk[at : at + BLOCK_FRAMES] = render_block()
            out.writeframesraw(pcm_bytes(chunk[:count], self._bits))
            done += count
            if self._progress:
                self._progress(done / self._frames)

    def stop(self) -> None:
        """End early (from `progress` or another thread); what is rendered so far is kept."""
        self._running = False

    def alive(self) -> bool:
        """Whether there is more to render."""
        return self._running

    def describe(self) -> str:
        """What takes the sound, in one line for people."""
        return f"rendering to {self._path.name} ({self.sample_rate} Hz, {self._bits} bit)"


def pcm_bytes(samples: Block, bits: Bits) -> bytes:
    """Samples of -1 to 1, shape (frames, 2), as little-endian PCM.

    Louder ones are clipped and NaN becomes silence: a file that cannot be opened is worse.
    """
    full = float(2 ** (bits - 1) - 1)
    # Double precision: 2**23 - 1 times a float32 is not exact.
    scaled = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    whole = np.rint(np.clip(scaled, -1.0, 1.0) * full)
    if bits == 16:
        return whole.astype("<i2").tobytes()
    return whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
