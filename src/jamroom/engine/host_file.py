"""The host of a render: as fast as the machine can, into a WAV or FLAC file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from jamroom.engine.audio_file import AudioFile, Bits, check_fits, pcm_bytes
from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.hosts import RenderBlock

__all__ = ["Bits", "FileHost", "Progress", "pcm_bytes"]

Progress = Callable[[float], None]

_REPORT_FRAMES = 16_384


class FileHost:
    """Takes `frames` frames from the room, one block after the other, and writes them to a file.

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
        self.name = path.name
        self.sample_rate = sample_rate
        self.period_frames = BLOCK_FRAMES
        self.missed = 0
        self.last_failure = ""
        self._path = path
        self._frames = frames
        self._bits = bits
        check_fits(path, frames, sample_rate, 2, bits)
        self._progress = progress
        self._running = True

    def start(self, render_block: RenderBlock) -> None:
        """Render everything; returns when the file is there. Raises OSError if it cannot be.

        Blocks may have any length.
        """
        try:
            with AudioFile(self._path, self._frames, self.sample_rate, 2, self._bits) as file:
                self._write(file, render_block)
        finally:
            self._running = False

    def _write(self, file: AudioFile, render_block: RenderBlock) -> None:
        done, report = 0, _REPORT_FRAMES
        while done < self._frames and self._running:
            block = render_block()[: self._frames - done]
            file.write(block)
            done += len(block)
            if self._progress and (done >= report or done == self._frames):
                report += _REPORT_FRAMES
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
