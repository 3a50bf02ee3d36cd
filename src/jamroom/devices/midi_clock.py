"""MIDI clock that we send: 24 ticks to the quarter note, each at its own moment. Pure.

Every tick is computed from the beat it stands on, never from the tick before, so a tempo change at
a bar line is exact and nothing drifts. Ticks are handed out a little ahead with the nanosecond they
are for; who holds the port sends them then (`MidiOutputs.send(..., at_ns)`).
"""

from __future__ import annotations

import math
from collections.abc import Callable

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6
TICK, START, CONTINUE, STOP = b"\xf8", b"\xfa", b"\xfb", b"\xfc"
SONG_POSITION = 0xF2
AHEAD_NS = 20_000_000
START_AHEAD_NS = 1_000_000
"""Start comes this much before its first tick, which receivers need to get ready."""

_MOST_SIXTEENTHS = 1 << 14
_HAIR = 1e-6  # ticks

Timed = tuple[int, bytes]
"""A monotonic nanosecond, and the message that is for it."""


class ClockOut:
    """The ticks of a room for whoever follows it.

    `begin` once, then `due` in every block (or every few milliseconds): it hands out every tick
    once, in order. A room that stood still for more than a beat, or jumped, tells the followers
    where it is (song position and continue) instead of sending all that it missed.
    """

    def __init__(self) -> None:
        self._next = 0
        self._zero = 0
        self._running = False
        self._opening: bytes | None = None
        self._last_ns = 0

    @property
    def running(self) -> bool:
        """Whether followers have been, or are about to be, started."""
        return self._running

    def begin(self, at_beat: float, song_beat: float = 0.0) -> None:
        """Start at a beat, best a bar line that is at least 20 ms ahead.

        There followers stand at `song_beat` quarter notes of their song: with 0 they are sent
        Start, else a position (in sixteenths) and Continue.
        """
        self._next = math.ceil(at_beat * TICKS_PER_BEAT - _HAIR)
        sixteenths = round(song_beat * TICKS_PER_BEAT / TICKS_PER_SIXTEENTH)
        self._zero = self._next - sixteenths * TICKS_PER_SIXTEENTH
        self._opening = START if sixteenths <= 0 else _position(sixteenths) + CONTINUE
        self._running = True

    def end(self, now_ns: int) -> list[Timed]:
        """Stop, after the ticks that were handed out already."""
        was, self._running = self._running, False
        return [(max(now_ns, self._last_ns), STOP)] if was else []

    def due(
        self,
        frame_at_beat: Callable[[float], float],
        ns_at_frame: Callable[[float], float],
        now_ns: int,
        ahead_ns: int = AHEAD_NS,
    ) -> list[Timed]:
        """What falls before `now_ns + ahead_ns` and was not handed out yet, in order.

        Messages that are two in one (position and continue) come as two.
        """
        if not self._running:
            return []

        def ns_of(tick: int) -> int:
            return round(ns_at_frame(frame_at_beat(tick / TICKS_PER_BEAT)))

        out: list[Timed] = []
        if ns_of(self._next + TICKS_PER_BEAT) < now_ns:
            self._jump(ns_of, now_ns)
        while (at_ns := ns_of(self._next)) < now_ns + ahead_ns:
            if self._opening:
                out += [(at_ns - START_AHEAD_NS, part) for part in _parts(self._opening)]
                self._opening = None
            self._last_ns = at_ns = max(at_ns, self._last_ns)
            out.append((at_ns, TICK))
            self._next += 1
        return out

    def _jump(self, ns_of: Callable[[int], int], now_ns: int) -> None:
        """To the next sixteenth that is still to come: half the way to it in each step."""
        low = far = self._next + (self._zero - self._next) % TICKS_PER_SIXTEENTH
        step = TICKS_PER_SIXTEENTH
        while ns_of(far) < now_ns:
            low, far, step = far, far + step, 2 * step
        while far - low > TICKS_PER_SIXTEENTH:
            middle = low + (far - low) // (2 * TICKS_PER_SIXTEENTH) * TICKS_PER_SIXTEENTH
            low, far = (middle, far) if ns_of(middle) < now_ns else (low, middle)
        self._next = far
        sixteenths = (self._next - self._zero) // TICKS_PER_SIXTEENTH
        self._opening = _position(sixteenths) + CONTINUE


def _position(sixteenths: int) -> bytes:
    within = sixteenths % _MOST_SIXTEENTHS
    return bytes((SONG_POSITION, within & 0x7F, within >> 7))


def _parts(opening: bytes) -> list[bytes]:
    return [opening] if len(opening) == 1 else [opening[:3], opening[3:]]
