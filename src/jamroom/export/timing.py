"""From frames to ticks, many at a time."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from jamroom.clocks import TempoMap
from jamroom.export.smf import PPQN, Ints


class Ticks:
    """Ticks of a file that begins at `from_beat` of the session.

    Each frame is computed from the start of its own segment, as in `clocks.beat_at_frame`, and
    only the tick is rounded.
    """

    def __init__(self, tempo_map: TempoMap, from_beat: float = 0.0) -> None:
        segments = tempo_map.segments
        self._from_beat = from_beat
        self._frames = np.array([s.frame for s in segments], dtype=np.int64)
        self._beats = np.array([s.beat for s in segments], dtype=np.float64)
        self._frames_per_beat = np.array([s.frames_per_beat for s in segments], dtype=np.float64)

    def at_frames(self, at_frame: npt.ArrayLike) -> Ints:
        """The nearest ticks; nothing comes before tick 0."""
        frames = np.asarray(at_frame, dtype=np.int64)
        last = np.searchsorted(self._frames, frames, side="right") - 1
        segment = np.maximum(last, 0)
        beats = (frames - self._frames[segment]) / self._frames_per_beat[segment]
        return self._rounded(beats + self._beats[segment])

    def at_frame(self, at_frame: int) -> int:
        """The tick nearest to one frame."""
        return int(self.at_frames([at_frame])[0])

    def at_beat(self, at_beat: float) -> int:
        """The tick nearest to a beat."""
        return int(self._rounded(np.array([at_beat]))[0])

    def _rounded(self, beats: npt.NDArray[np.float64]) -> Ints:
        ticks = np.rint((beats - self._from_beat) * PPQN).astype(np.int64)
        return np.maximum(ticks, 0)
