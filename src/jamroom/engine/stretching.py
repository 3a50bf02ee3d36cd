"""Recorded loops at another tempo than their own: stretched, or read at another speed.

Stretching is Signalsmith Stretch (python-stretch, MIT). Beside Rubber Band (pedalboard) it was
twice as fast, its onsets stood within 1 ms of where they belong where the other's drifted by up to
6 ms in 8 s, and its noise beside two steady tones was -67 dB to -26 dB. It does not let the
interpreter go while it works, so it runs in a process of its own:

    python -m jamroom.engine.stretching    jobs on standard input, loops on standard output
"""

from __future__ import annotations

import contextlib
import os
import struct
import subprocess
import sys
from typing import IO, Literal

import numpy as np

from jamroom.engine.base import Block

Way = Literal["stretch", "repitch"]

SEAM_S = 0.005
"""Two passes of a loop are crossfaded for this long."""

_AROUND_S = 0.5  # of the loop before and after it, so that its ends are stretched in context
_SEED = 1
_JOB = struct.Struct("<?qqqd")
_MOST_FRAMES = 48_000 * 60 * 60


class StretchError(Exception):
    """A loop could not be brought to another length; the text says why."""


def seam_frames(sample_rate: float) -> int:
    """How many frames a recorded loop holds beyond its end, for the crossfade."""
    return round(SEAM_S * sample_rate)


def fade_in(count: int) -> Block:
    """A rise from 0 to 1 that adds up to 1 with its own mirror image, shape (count,).

    Equal gain: passes of one loop are alike, so equal power would swell at every seam.
    """
    turn = (np.arange(count, dtype=np.float32) + 0.5) * (np.pi / 2.0 / count)
    return np.asarray(np.sin(turn) ** 2, np.float32)


def closed(samples: Block, own_frames: int) -> Block:
    """A recorded loop without what stands beyond its end: that is faded into its beginning."""
    loop, beyond = samples[:own_frames].copy(), samples[own_frames:]
    seam = min(len(beyond), own_frames)
    rise = fade_in(seam)
    loop[:seam] = loop[:seam] * rise + beyond[:seam] * rise[::-1]
    return loop


def repitched(loop: Block, frames: int) -> Block:
    """The loop read at another speed, so that it is exactly `frames` long.

    A loop repeats, so its spectrum is exact: nothing aliases and its ends meet.
    """
    spectrum = np.fft.rfft(loop)
    return np.asarray(np.fft.irfft(spectrum, frames) * (frames / len(loop)), np.float32)


def stretched(loop: Block, frames: int, sample_rate: float) -> Block:
    """The loop at its own pitch: exactly `frames`, and what comes after them for the seam.

    Raises ImportError without the library.
    """
    from python_stretch import Signalsmith

    around = round(_AROUND_S * sample_rate)
    whole = np.take(loop, np.arange(-around, len(loop) + around), mode="wrap")
    stretch = Signalsmith.Stretch(_SEED)
    stretch.preset(1, sample_rate)
    stretch.timeFactor = len(loop) / frames
    out: Block = np.asarray(stretch.process(whole[None, :]), np.float32)[0]
    first = round(around * frames / len(loop))
    return out[first : first + frames + seam_frames(sample_rate)]


def at_length(samples: Block, own_frames: int, frames: int, sample_rate: float, way: Way) -> Block:
    """A recorded loop of `own_frames` (and its seam) at another length, with a seam again."""
    loop = closed(samples, own_frames)
    if way == "stretch":
        with contextlib.suppress(ImportError):
            return stretched(loop, frames, sample_rate)
    new = repitched(loop, frames)
    return np.concatenate((new, np.resize(new, seam_frames(sample_rate))))


class Stretcher:
    """The process that stretches, started when it is first needed. For one thread only."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None

    def at_length(
        self, samples: Block, own_frames: int, frames: int, sample_rate: float, way: Way
    ) -> Block:
        """As `at_length`, elsewhere. Raises StretchError; another try starts a new process."""
        try:
            child = self._started()
            assert child.stdin is not None
            assert child.stdout is not None
            job = _JOB.pack(way == "stretch", len(samples), own_frames, frames, sample_rate)
            child.stdin.write(job)
            child.stdin.write(np.ascontiguousarray(samples, np.float32).data)
            child.stdin.flush()
            got = _read(child.stdout, 4 * (frames + seam_frames(sample_rate)))
        except (OSError, EOFError) as error:
            self.close()
            raise StretchError(f"a sound loop could not be stretched ({error})") from None
        return np.frombuffer(got, np.float32)

    def _started(self) -> subprocess.Popen[bytes]:
        if self._child is None or self._child.poll() is not None:
            self.close()
            self._child = subprocess.Popen(
                (sys.executable, "-m", "jamroom.engine.stretching"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C is for the room
            )
        return self._child

    def close(self) -> None:
        """End the process. Never raises."""
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()
        child.wait()


def _read(pipe: IO[bytes], count: int) -> bytes:
    data = pipe.read(count)
    if len(data) < count:
        raise EOFError("its process ended")
    return data


def main() -> None:
    """Do the jobs that come, until nobody is there to send any."""
    with contextlib.suppress(OSError):
        os.nice(5)  # the music comes first
    jobs, done = sys.stdin.buffer, sys.stdout.buffer
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            stretch, count, own, frames, rate = _JOB.unpack(_read(jobs, _JOB.size))
            if not (0 < own <= count <= _MOST_FRAMES and 0 < frames <= _MOST_FRAMES):
                return
            samples = np.frombuffer(_read(jobs, 4 * count), np.float32)
            way: Way = "stretch" if stretch else "repitch"
            made = at_length(samples, own, frames, rate, way)
            if len(made) != frames + seam_frames(rate):
                return
            done.write(made.tobytes())
            done.flush()


if __name__ == "__main__":
    main()
