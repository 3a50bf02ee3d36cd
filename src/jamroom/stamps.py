"""From the driver's clock to the room's: which frame was it when that key went down?"""

from __future__ import annotations

_GAIN = 0.02
_LOST_NS = 20_000_000


class StampClock:
    """Maps monotonic nanoseconds to frames, smoothly.

    Blocks are called when the card wants them, early and late by turns; a first-order loop finds
    the straight line through them. After a gap of more than 20 ms it starts again from what it
    sees.
    """

    def __init__(self, sample_rate: int) -> None:
        self._ns_per_frame = 1e9 / sample_rate
        self._frame = 0
        self._ns: float | None = None

    def tick(self, frame: int, now_ns: int) -> None:
        """The block that begins with `frame` is being made at `now_ns`."""
        if self._ns is None:
            self._frame, self._ns = frame, float(now_ns)
            return
        expected = self._ns + (frame - self._frame) * self._ns_per_frame
        error = now_ns - expected
        self._ns = float(now_ns) if abs(error) > _LOST_NS else expected + _GAIN * error
        self._frame = frame

    def line(self) -> tuple[int, int]:
        """A frame and the nanosecond at which it was due: a point of the line, to go on from."""
        return self._frame, round(self._ns or 0)

    def ns_at(self, frame: int) -> int:
        """The nanosecond at which a frame is due to be made."""
        return round((self._ns or 0) + (frame - self._frame) * self._ns_per_frame)

    def frame_at(self, stamp_ns: int, not_after: int) -> int:
        """The frame of a stamp; never after `not_after` and never more than a second before."""
        if self._ns is None:
            return not_after
        frame = self._frame + round((stamp_ns - self._ns) / self._ns_per_frame)
        return min(not_after, max(frame, not_after - round(1e9 / self._ns_per_frame)))
