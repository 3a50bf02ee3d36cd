"""MIDI clock that we hear: from jittering ticks to beats and a tempo that can be followed. Pure.

A straight line through the last ticks (least squares) says how long a tick is and when each one was
meant. Over USB ticks come some milliseconds early or late; over 96 of them, four beats, that hardly
shows. When the newest ticks leave the line all to one side, the tempo is on the move, and only the
last beat counts. Ticks that were lost are put back once those after them agree that they were.
"""

from __future__ import annotations

import math
from collections import deque

from jamroom.devices.midi_clock import SONG_POSITION, TICKS_PER_BEAT, TICKS_PER_SIXTEENTH
from jamroom.session.inputs import ClockBeat

LONGEST_TICK_NS = 500_000_000
"""Silence after which a clock has stopped: at 5 beats a minute, slower than any."""
FEWEST = 6
"""Ticks that make a tempo."""
LONG, SHORT = 96, 24

_NEWEST = 8
_LEAVING = 0.9  # mean of the newest ticks' distances, in standard deviations of all: 1 in 100
_AGREE = 0.35  # ticks
_TICK, _START, _CONTINUE, _STOP = 0xF8, 0xFA, 0xFB, 0xFC


class ClockTracker:
    """The clock of one input, fed with its system messages and when they were sent.

    A beat is told once, when its tick comes, as soon as there is a tempo: then with the moment it
    was meant for. It is numbered from 0 at the first tick after Start; Song Position moves the
    count; a clock without Start counts from its first tick. After Stop nothing is told.
    """

    def __init__(self, input_id: str) -> None:
        self.input_id = input_id
        self._ticks: deque[tuple[int, int]] = deque(maxlen=LONG)  # number since ever, ns
        self._count = -1  # number of the last tick, since ever
        self._zero = 0  # the tick that is beat 0
        self._told = -1  # last tick that was told as a beat
        self._stopped = False
        self._last_ns = 0

    @property
    def bpm(self) -> float:
        """Quarter notes a minute; 0 while there is no tempo."""
        line = self._line()
        return 0.0 if line is None else 60e9 / (line[1] * TICKS_PER_BEAT)

    def sends(self, now_ns: int) -> bool:
        """Whether ticks come, and are not those of a clock that was stopped."""
        lately = now_ns - self._last_ns < LONGEST_TICK_NS
        return self._count >= 0 and lately and not self._stopped

    def feed(self, at_ns: int, message: bytes) -> tuple[int, ClockBeat] | None:
        """A system message; a beat and the nanosecond it was meant for, when one is due."""
        status = message[0]
        if status == _TICK:
            return self._tick(at_ns)
        if status == _START:
            self._zero = self._count + 1
            self._told, self._stopped = self._count, False
        elif status == _CONTINUE:
            self._told, self._stopped = self._count, False
        elif status == _STOP:
            self._stopped = True
        elif status == SONG_POSITION and len(message) == 3:
            sixteenths = message[1] | message[2] << 7
            self._zero = self._count + 1 - sixteenths * TICKS_PER_SIXTEENTH
            self._told = self._count
        return None

    # -- ticks ---------------------------------------------------------------------------------

    def _tick(self, at_ns: int) -> tuple[int, ClockBeat] | None:
        if at_ns - self._last_ns > LONGEST_TICK_NS:
            self._ticks.clear()
        self._last_ns = at_ns
        self._count += 1
        if self._stopped:  # the sender's position stands still; its tempo may go on
            self._zero += 1
        self._ticks.append((self._count, at_ns))
        self._put_back_lost()
        return None if self._stopped else self._beat(at_ns)

    def _beat(self, at_ns: int) -> tuple[int, ClockBeat] | None:
        beat, since = divmod(self._count - self._zero, TICKS_PER_BEAT)
        tick = self._count - since
        # Told late when its tick was lost, or came before there was a tempo.
        if beat < 0 or tick <= self._told or since > TICKS_PER_BEAT // 2:
            return None
        line = self._line()
        if line is None:
            return None
        self._told = tick
        zero_ns, tick_ns = line
        meant_ns = round(zero_ns + tick * tick_ns)
        bpm = 60e9 / (tick_ns * TICKS_PER_BEAT)
        return min(at_ns, meant_ns), ClockBeat(-1, self.input_id, beat, bpm)

    def _put_back_lost(self) -> None:
        """Count ticks that never came, once the newest agree how many they were."""
        if len(self._ticks) < 2 * FEWEST:
            return
        ticks = list(self._ticks)
        before, after = ticks[:-FEWEST], ticks[-FEWEST:]
        line = _fit(before[-SHORT:])
        if line is None:
            return
        zero_ns, tick_ns = line
        late = [(at_ns - zero_ns) / tick_ns - number for number, at_ns in after]
        if min(map(abs, late)) < 0.5:
            return  # some of them are in their place
        lost = round(sorted(late)[FEWEST // 2])
        agree = max(late) - min(late) < 2 * _AGREE and abs(sum(late) / FEWEST - lost) < _AGREE
        if lost >= 1 and agree:
            self._count += lost
            moved = [(number + lost, at_ns) for number, at_ns in after]
            self._ticks = deque([*before, *moved], LONG)
        else:
            self._ticks = deque(after, LONG)  # another tempo: what was before says nothing

    # -- the line ------------------------------------------------------------------------------

    def _line(self) -> tuple[float, float] | None:
        """Nanosecond of tick 0 and nanoseconds of a tick, by the ticks that count now."""
        if len(self._ticks) <= FEWEST:
            return None
        ticks = list(self._ticks)
        line = _fit(ticks)
        if line is None or len(ticks) <= SHORT:
            return line
        zero_ns, tick_ns = line
        off = [at_ns - zero_ns - number * tick_ns for number, at_ns in ticks]
        spread = math.sqrt(sum(value * value for value in off) / len(off))
        leaving = abs(sum(off[-_NEWEST:])) / _NEWEST
        if leaving > _LEAVING * spread and leaving > 1e5:
            return _fit(ticks[-SHORT:])
        return line


def _fit(ticks: list[tuple[int, int]]) -> tuple[float, float] | None:
    """Least squares: nanosecond of tick 0, nanoseconds of a tick. None when time stands still."""
    count = len(ticks)
    if count < 2:
        return None
    first, first_ns = ticks[0]
    mean_x = sum(number - first for number, _ in ticks) / count
    mean_y = sum(at_ns - first_ns for _, at_ns in ticks) / count
    over = sum((n - first - mean_x) * (at_ns - first_ns - mean_y) for n, at_ns in ticks)
    under = sum((number - first - mean_x) ** 2 for number, _ in ticks)
    slope = over / under
    if slope <= 0.0:
        return None
    return first_ns + mean_y - (mean_x + first) * slope, slope
