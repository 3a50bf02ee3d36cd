"""A sound file being written: WAV by ourselves, FLAC by libsndfile (through soundfile).

It bears its name only when it is whole; until then, and if anything goes wrong, there is only a
".part" beside it, which is taken away again. The same samples always give the same bytes.
"""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

Bits = Literal[16, 24]
SUFFIXES = (".wav", ".flac")

_AT_ONCE = 16_384  # frames
_MOST_BYTES = 0xFFFF_FFFF - 64  # a RIFF length is 32 bits
_FLAC_EFFORT = 0.4  # 0 to 1; the files are hardly smaller beyond it

_Floats = npt.NDArray[np.float32]


class _Encoder(Protocol):
    def write(self, samples: _Floats) -> None: ...

    def close(self) -> None: ...


class AudioFile:
    """Takes samples of -1 to 1, shape (frames, channels), in pieces of any length.

    As a context it keeps the file when all goes well. Raises OSError when it cannot be written.
    """

    def __init__(
        self, path: Path, frames: int, sample_rate: int, channels: int = 2, bits: Bits = 24
    ) -> None:
        """`frames` is how many will come, at most. Raises ValueError when they cannot fit."""
        check_fits(path, frames, sample_rate, channels, bits)
        encoder = _Flac if path.suffix.lower() == ".flac" else _Wav
        self._path = path
        self._part = path.with_name(path.name + ".part")
        self._buffer = np.empty((_AT_ONCE, channels), np.float32)
        self._filled = 0
        # No buffer of Python's: what a full disk refuses would be tried again when it is closed.
        self._raw = self._part.open("wb", buffering=0)
        try:
            self._encoder: _Encoder = encoder(self._raw, sample_rate, channels, bits)
        except BaseException:
            self._leave()
            raise

    def write(self, samples: _Floats) -> None:
        """The next samples."""
        while len(samples):
            count = min(len(samples), _AT_ONCE - self._filled)
            self._buffer[self._filled : self._filled + count] = samples[:count]
            self._filled += count
            samples = samples[count:]
            if self._filled == _AT_ONCE:
                self._flush()

    def keep(self) -> None:
        """It is whole: give it its name."""
        try:
            self._flush()
            self._encoder.close()
            self._raw.close()
            self._part.replace(self._path)
        except BaseException:
            self.discard()
            raise

    def discard(self) -> None:
        """Leave nothing behind. Never raises; a second time does nothing."""
        with contextlib.suppress(Exception):
            self._encoder.close()
        self._leave()

    def _leave(self) -> None:
        self._raw.close()
        with contextlib.suppress(OSError):
            self._part.unlink(missing_ok=True)

    def _flush(self) -> None:
        if self._filled:
            filled, self._filled = self._filled, 0
            self._encoder.write(self._buffer[:filled])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        if kind is None:
            self.keep()
        else:
            self.discard()


class _Wav:
    """RIFF with linear PCM; the lengths are filled in at the end."""

    def __init__(self, raw: BinaryIO, sample_rate: int, channels: int, bits: Bits) -> None:
        self._raw, self._bits = raw, bits
        self._length = 0
        frame_bytes = channels * bits // 8
        self._format = struct.pack(
            "<HHIIHH", 1, channels, sample_rate, sample_rate * frame_bytes, frame_bytes, bits
        )
        _write_all(raw, self._header())

    def _header(self) -> bytes:
        padded = self._length + self._length % 2
        riff = struct.pack("<4sI4s", b"RIFF", padded + 36, b"WAVE")
        return b"".join(
            (riff, struct.pack("<4sI", b"fmt ", len(self._format)), self._format)
        ) + struct.pack("<4sI", b"data", self._length)

    def write(self, samples: _Floats) -> None:
        data = pcm_bytes(samples, self._bits)
        _write_all(self._raw, data)
        self._length += len(data)

    def close(self) -> None:
        if self._length % 2:
            _write_all(self._raw, b"\0")
        self._raw.seek(0)
        _write_all(self._raw, self._header())


class _Flac:
    """libsndfile calls back to write; what goes wrong in there is kept and raised here."""

    def __init__(self, raw: BinaryIO, sample_rate: int, channels: int, bits: Bits) -> None:
        import soundfile

        self._sink = _Sink(raw)
        self._bits = bits
        self._broken = (soundfile.LibsndfileError, AssertionError)
        self._file = soundfile.SoundFile(
            self._sink,
            "w",
            sample_rate,
            channels,
            f"PCM_{bits}",
            format="FLAC",
            compression_level=_FLAC_EFFORT,
        )

    def write(self, samples: _Floats) -> None:
        whole = _as_integers(samples, self._bits) << (32 - self._bits)
        try:
            self._file.write(whole)
        except self._broken as error:
            raise self._sink.error or OSError(str(error)) from error
        if self._sink.error:
            raise self._sink.error

    def close(self) -> None:
        self._file.close()
        if self._sink.error:
            raise self._sink.error


class _Sink:
    """A file as soundfile wants it."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        self.error: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            _write_all(self._raw, data)
        except OSError as error:
            self.error = self.error or error
            return 0
        return len(data)

    def read(self, size: int) -> bytes:
        return self._raw.read(size)

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._raw.seek(offset, whence)

    def tell(self) -> int:
        return self._raw.tell()


def check_fits(path: Path, frames: int, sample_rate: int, channels: int, bits: Bits) -> None:
    """Raises ValueError when a WAV file cannot hold that much."""
    if path.suffix.lower() != ".flac" and frames * channels * bits // 8 > _MOST_BYTES:
        hours = frames / sample_rate / 3600
        raise ValueError(f"{hours:.1f} hours do not fit in one WAV file; choose .flac")


def _write_all(raw: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[raw.write(left) :]


def pcm_bytes(samples: _Floats, bits: Bits) -> bytes:
    """Samples of -1 to 1, shape (frames, channels), as little-endian PCM."""
    whole = _as_integers(samples, bits)
    if bits == 16:
        return whole.astype("<i2").tobytes()
    return whole.astype("<i4").view(np.uint8).reshape(-1, 4)[:, :3].tobytes()


def _as_integers(samples: _Floats, bits: Bits) -> npt.NDArray[np.int32]:
    """Louder ones are clipped and NaN becomes silence: a file that cannot be opened is worse."""
    full = float(2 ** (bits - 1) - 1)
    # Double precision: 2**23 - 1 times a float32 is not exact.
    scaled = np.nan_to_num(samples.astype(np.float64), nan=0.0, posinf=1.0, neginf=-1.0)
    return np.rint(np.clip(scaled, -1.0, 1.0) * full).astype(np.int32)
