"""A journal as sound, also when it was played on more than one card."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from jamroom.capture.journal import Journal
from jamroom.capture.rows import Work, row_of, seq_of
from jamroom.messages import Recorded
from jamroom.render import TAIL_S, RenderError, render
from jamroom.session import events as ev


def a_journal(path: Path, events: list[ev.AnyEvent]) -> Path:
    rows = [row_of(seq_of(1, n), Recorded(n, e.frame, e)) for n, e in enumerate(events, 1)]
    with Journal.create(path) as journal:
        journal.write(Work(runs=((1, "run"),), rows=tuple(rows)))
    return path


def opened(sample_rate: int) -> ev.Opened:
    return ev.Opened(0, 1_790_000_000.0, sample_rate, 120.0, 4, 4, 2, "dorian", 2, "keep")


def sound_of(path: Path) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], int]:
    """Loudness of each frame, and the rate."""
    with wave.open(str(path)) as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), np.uint8).reshape(-1, 2, 3)
        rate = file.getframerate()
    whole = raw.astype(np.int32)
    samples = ((whole[..., 2] << 24 | whole[..., 1] << 16 | whole[..., 0] << 8) >> 8) / 2**23
    return np.abs(samples).max(axis=1), rate


def test_each_stretch_has_its_right_length(tmp_path: Path) -> None:
    # One bar of 2 s at 48 kHz, then a card of 96 kHz; a note 3 s after that.
    later = 96_000 + 3 * 96_000
    path = a_journal(
        tmp_path / "s.jam",
        [
            opened(48_000),
            ev.SeatTaken(0, 1, "blue heron", "midi:a", "mallet", "ladder"),
            ev.Resumed(95_000, 96_000, True),
            ev.Played(later, 1, 0, 60, 0.0, 100),
            ev.Released(later + 9600, 1, 0, 60, 0),
            ev.Closed(later + 96_000),
        ],
    )
    heard: list[float] = []
    render(path, tmp_path / "s.wav", heard.append)
    loud, rate = sound_of(tmp_path / "s.wav")
    assert rate == 48_000
    # It begins with the bar of the first note, at 4 s: two bars of 2 s are left out.
    assert len(loud) == round((2 + 3 + 1 - 4 + TAIL_S) * rate)
    start = int(np.argmax(loud > 0.003))
    assert start / rate == pytest.approx(1.0, abs=0.02)
    assert heard[-1] == 1.0


def test_a_file_that_cannot_be_made_is_said_plainly(tmp_path: Path) -> None:
    path = a_journal(tmp_path / "s.jam", [opened(48_000), ev.Closed(48_000)])
    with pytest.raises(RenderError, match=r"s\.wav could not be made"):
        render(path, tmp_path / "nowhere" / "s.wav", lambda _: None)
