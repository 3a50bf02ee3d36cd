"""Where recorded loops lie: in files that are memory and no disk, so that they outlive a room."""

from __future__ import annotations

import contextlib
import os
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from jamroom.engine.base import Block
from jamroom.engine.clip_sound import ClipSound
from jamroom.engine.stretching import seam_frames

_FILE = re.compile(r"clip-(\d+)-(\d+)\.f32")


class ClipMemory:
    """The files of one room. With `directory` None clips are the process's own."""

    def __init__(self, directory: Path | None) -> None:
        """Raises OSError when the directory cannot be had."""
        self._directory = directory
        if directory is not None:
            directory.mkdir(mode=0o700, parents=True, exist_ok=True)

    def found(self) -> Iterator[ClipSound]:
        """The clips of a room that died."""
        for path in self._directory.iterdir() if self._directory is not None else ():
            name = _FILE.fullmatch(path.name)
            if name is not None:
                number, rate = int(name[1]), int(name[2])
                frames = path.stat().st_size // 4 - seam_frames(rate)
                if frames > 0:
                    yield ClipSound(number, frames, rate, samples=_mapped(path))

    def keep(self, sound: ClipSound, samples: Block) -> Block:
        """The samples as they lie in a file; as they are where there is no place for it."""
        if self._directory is None:
            return samples
        path = self._path(self._directory, sound)
        part = path.with_suffix(".f32.part")
        try:
            samples.tofile(part)
            part.replace(path)
            return _mapped(path)
        except OSError:
            part.unlink(missing_ok=True)
            return samples

    def forget(self, sound: ClipSound) -> None:
        """Delete a clip's file; whoever still plays it goes on."""
        if self._directory is not None:
            self._path(self._directory, sound).unlink(missing_ok=True)

    def clear(self) -> None:
        """Delete everything."""
        if self._directory is None:
            return
        for path in self._directory.glob("clip-*.f32*"):
            path.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._directory.rmdir()

    @staticmethod
    def _path(directory: Path, sound: ClipSound) -> Path:
        return directory / f"clip-{sound.number}-{sound.sample_rate}.f32"


def _mapped(path: Path) -> Block:
    mapped: Block = np.memmap(path, np.float32, mode="r").view(np.ndarray)
    float(mapped.sum())  # every page is there before a block asks for it
    return mapped


def memory_directory(runtime: Path) -> Path | None:
    """A place for clips that is memory and no disk, for the room of this runtime directory.

    None where there is none: what nobody agreed to keep must not come near a disk.
    """
    shared = Path("/dev/shm", f"jamroom-{os.getuid()}-{runtime.name}")
    for place in (runtime / "clips", shared):
        if _is_memory(place.parent) and os.access(place.parent, os.W_OK | os.X_OK):
            return place
    return None


def _is_memory(directory: Path) -> bool:
    """Whether a directory lies on a tmpfs, by Linux's list of mounts (the longest match counts)."""
    try:
        lines = Path("/proc/self/mounts").read_text(errors="surrogateescape").splitlines()
    except OSError:
        return False
    kinds = {Path(line.split()[1].replace("\\040", " ")): line.split()[2] for line in lines}
    real = directory.resolve()
    for place in (real, *real.parents):
        if place in kinds:
            return kinds[place] in ("tmpfs", "ramfs")
    return False
