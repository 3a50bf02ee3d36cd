"""Sound files: whole or not there at all, and the same samples whatever the format."""

from __future__ import annotations

import errno
import hashlib
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soundfile

from jamroom.engine.audio_file import AudioFile


def noise(frames: int, channels: int) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(1)
    return rng.uniform(-1.1, 1.1, (frames, channels)).astype(np.float32)


def written(path: Path, wave_: npt.NDArray[np.float32], piece: int, bits: int = 24) -> Path:
    with AudioFile(path, len(wave_), 48_000, wave_.shape[1], bits) as file:  # type: ignore[arg-type]
        for at in range(0, len(wave_), piece):
            file.write(wave_[at : at + piece])
    return path


@pytest.mark.parametrize("bits", [16, 24])
@pytest.mark.parametrize("channels", [1, 2])
def test_wav_and_flac_hold_the_same_samples(tmp_path: Path, channels: int, bits: int) -> None:
    sound = noise(40_001, channels)
    paths = [written(tmp_path / name, sound, 256, bits) for name in ("a.wav", "a.flac")]
    read = [soundfile.read(path, dtype="int32", always_2d=True) for path in paths]
    assert read[0][1] == read[1][1] == 48_000
    assert read[0][0].shape == (40_001, channels)
    assert np.array_equal(read[0][0], read[1][0])
    full = 2 ** (bits - 1) - 1
    expected = np.rint(np.clip(sound.astype(np.float64), -1, 1) * full).astype(np.int64)
    assert np.array_equal(read[0][0].astype(np.int64) >> (32 - bits), expected)
    assert soundfile.info(paths[1]).subtype == f"PCM_{bits}"
    with wave.open(str(paths[0])) as file:  # another reader agrees
        assert (file.getnframes(), file.getnchannels()) == (40_001, channels)


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_the_same_sound_gives_the_same_bytes(tmp_path: Path, name: str) -> None:
    sound = noise(50_000, 2)
    digests = {
        hashlib.sha256(written(tmp_path / name, sound, piece).read_bytes()).hexdigest()
        for piece in (64, 1000, 50_000)
    }
    assert len(digests) == 1


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
def test_what_was_there_stays_until_the_new_one_is_whole(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"before")
    with pytest.raises(KeyboardInterrupt), AudioFile(path, 90_000, 48_000) as file:
        file.write(noise(60_000, 2))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a.wav", "a.flac"])
@pytest.mark.parametrize("frames", [100, 200_000])
def test_a_full_disk_is_said_and_nothing_is_left(tmp_path: Path, name: str, frames: int) -> None:
    (tmp_path / f"{name}.part").symlink_to("/dev/full")  # every write fails there, as on a full one
    with pytest.raises(OSError) as told:
        written(tmp_path / name, noise(frames, 2), 256)
    assert told.value.errno == errno.ENOSPC
    assert list(tmp_path.iterdir()) == []


def test_a_flac_may_be_longer_than_a_wav(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"5\.8 hours do not fit in one WAV file; choose \.flac"):
        AudioFile(tmp_path / "a.wav", 10**9, 48_000)
    AudioFile(tmp_path / "a.flac", 10**9, 48_000).discard()
    assert list(tmp_path.iterdir()) == []
