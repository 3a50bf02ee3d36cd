"""Recorded loops on the disk: WAV with 32-bit floats, mono. Nothing is rounded or clipped."""

from __future__ import annotations

import os
import struct
from pathlib import Path

import numpy as np

from jamroom.engine.base import Block

_FLOAT = 3  # WAVE_FORMAT_IEEE_FLOAT
_HEADER = struct.Struct("<4sI4s4sIHHIIHH4sII4sI")
_MOST_BYTES = 2**31


def write_wav(path: Path, samples: Block, sample_rate: int) -> None:
    """Write a file whole or not at all. Raises OSError."""
    data = np.ascontiguousarray(samples, "<f4")
    count = data.nbytes
    format_chunk = (b"fmt ", 16, _FLOAT, 1, sample_rate, sample_rate * 4, 4, 32)
    fact_chunk = (b"fact", 4, len(data))
    size = _HEADER.size - 8 + count
    header = _HEADER.pack(b"RIFF", size, b"WAVE", *format_chunk, *fact_chunk, b"data", count)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(header)
            file.write(data.data)
            file.flush()
            os.fsync(file.fileno())
        part.chmod(0o600)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def read_wav(path: Path) -> tuple[Block, int]:
    """Samples and sample rate of a file that `write_wav` wrote.

    Raises OSError, and ValueError for anything else. NaN and infinity become silence.
    """
    with path.open("rb") as file:
        header = file.read(_HEADER.size)
        data = file.read(_MOST_BYTES)
    if len(header) < _HEADER.size:
        raise ValueError("it is cut off")
    parts = _HEADER.unpack(header)
    riff, wave, kind, channels, rate, count = (*parts[:3:2], *parts[5:8], parts[-1])
    if (riff, wave, kind, channels) != (b"RIFF", b"WAVE", _FLOAT, 1) or not 8000 <= rate <= 384_000:
        raise ValueError("it is no sound loop of jamroom")
    if count != len(data) or count % 4:
        raise ValueError("it is cut off")
    samples = np.frombuffer(data, "<f4").astype(np.float32)
    return np.nan_to_num(samples, copy=False, nan=0.0, posinf=0.0, neginf=0.0), int(rate)
