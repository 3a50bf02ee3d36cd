"""What waits to go out at one MIDI port: music at its time, lights when the cable has room. Pure.

A DIN cable carries 31,250 bits a second, ten for a byte (MIDI 1.0): 3,125 bytes. Many controllers
on USB are no faster inside, and one that is flooded loses messages or stops. So lights keep to
that rate, and what music takes is taken from it; music itself never waits for lights.
"""

from __future__ import annotations

import heapq
from collections import deque

from jamroom.devices.midi_wire import Hush, Light, Music, ToWatch

DIN_BYTES_PER_S = 3125
BURST_BYTES = 64
"""What may go out in one moment after a pause: 20 ms of cable."""
MOST_MUSIC = 4096
MOST_LIGHTS = 1024
FURTHEST_NS = 1_000_000_000
"""Nothing is planned further ahead: a message that asks for more goes then."""

_DEEPEST_DEBT = -DIN_BYTES_PER_S / 4
_START, _CONTINUE, _STOP = 0xFA, 0xFB, 0xFC
_SYSEX = 0xF0

Timed = tuple[int, bytes]
"""A monotonic nanosecond, and the message that is for it."""


class Lanes:
    """The music lane and the light lane of a port.

    `put` may be called from any thread; everything else belongs to the one that sends. Messages
    of a channel leave in the order in which they were put, so that no note off overtakes its note
    on; clock messages keep an order of their own. `dropped` counts what did not fit: when music
    is full, note ons go first and note offs last.
    """

    def __init__(self) -> None:
        self.dropped = 0
        self.lit: tuple[bytes, ...] = ()
        """Lights among what was taken last: they may be sent twice without harm."""
        self._inbox: deque[ToWatch] = deque()
        self._music: list[tuple[int, int, bytes]] = []
        self._lights: dict[object, bytes] = {}
        self._last_ns = {True: 0, False: 0}  # is it clock? -> the latest that is planned
        self._count = 0
        self._tokens = float(BURST_BYTES)
        self._tokens_ns = 0
        self._on: dict[tuple[int, int], None] = {}
        self._clock_runs = False

    def put(self, what: ToWatch) -> None:
        """Take in something to send."""
        self._inbox.append(what)

    def take(self, now_ns: int, until_ns: int) -> list[Timed]:
        """What is to leave from now until before `until_ns`, in order of its time."""
        self._sort_inbox(now_ns)
        self._earn(now_ns)
        out: list[Timed] = []
        while self._music and self._music[0][0] < until_ns:
            at_ns, _, message = heapq.heappop(self._music)
            self._note(message)
            self._tokens = max(_DEEPEST_DEBT, self._tokens - len(message))
            out.append((max(now_ns, at_ns), message))
        lit = []
        while self._lights and self._may_light():
            message = self._lights.pop(next(iter(self._lights)))
            self._tokens -= len(message)
            out.append((now_ns, message))
            lit.append(message)
        self.lit = tuple(lit)
        out.sort(key=_time_of)
        return out

    def next_ns(self, now_ns: int) -> int | None:
        """When `take` will have something again; None while nothing waits."""
        if self._inbox:
            return now_ns
        times = [self._music[0][0]] if self._music else []
        if self._lights:
            lacking = self._price() - self._tokens
            times.append(self._tokens_ns + max(0, round(lacking * 1e9 / DIN_BYTES_PER_S)))
        return min(times, default=None)

    # -- inside ----------------------------------------------------------------------------

    def _sort_inbox(self, now_ns: int) -> None:
        while self._inbox:
            what = self._inbox.popleft()
            if isinstance(what, Hush):
                self._hush(what.clock, now_ns)
            elif not what.message:
                continue
            elif isinstance(what, Light):
                self._put_light(what)
            else:
                self._put_music(what, now_ns)

    def _hush(self, clock: bool, now_ns: int) -> None:
        kept = [] if clock else [planned for planned in self._music if _is_clock(planned[2])]
        self._music = sorted(kept)
        self._last_ns[False] = 0
        ends = [bytes((0x80 | channel, note, 64)) for channel, note in self._on]
        if clock:
            self._last_ns[True] = 0
            self._lights.clear()
            ends += [bytes((_STOP,))] * self._clock_runs
        for end in ends:
            self._put_music(Music("", end), now_ns)

    def _put_music(self, music: Music, now_ns: int) -> None:
        message = music.message
        room = MOST_MUSIC if is_note_on(message) else 2 * MOST_MUSIC
        if len(self._music) >= room:
            self.dropped += 1
            return
        clock = _is_clock(message)
        at_ns = min(max(music.at_ns, now_ns), now_ns + FURTHEST_NS)
        at_ns = self._last_ns[clock] = max(at_ns, self._last_ns[clock])
        self._count += 1
        heapq.heappush(self._music, (at_ns, self._count, message))

    def _put_light(self, light: Light) -> None:
        message = light.message
        spot: object = light.spot
        if light.spot < 0:
            spot = message if message[0] == _SYSEX else message[:2]
        self._lights.pop(spot, None)  # the newer one goes to the end, where it would have been
        if len(self._lights) >= MOST_LIGHTS:
            self._lights.pop(next(iter(self._lights)))
            self.dropped += 1
        self._lights[spot] = message

    def _earn(self, now_ns: int) -> None:
        if now_ns > self._tokens_ns:
            earned = (now_ns - self._tokens_ns) * DIN_BYTES_PER_S / 1e9
            self._tokens = min(BURST_BYTES, self._tokens + earned)
            self._tokens_ns = now_ns

    def _price(self) -> int:
        """Bytes that must be free for the next light; a long one goes on credit."""
        return min(BURST_BYTES, len(next(iter(self._lights.values()))))

    def _may_light(self) -> bool:
        return self._tokens >= self._price()

    def _note(self, message: bytes) -> None:
        kind = message[0] & 0xF0
        if kind in (0x80, 0x90) and len(message) == 3:
            key = (message[0] & 0x0F, message[1])
            if is_note_on(message):
                self._on[key] = None
            else:
                self._on.pop(key, None)
        elif message[0] in (_START, _CONTINUE):
            self._clock_runs = True
        elif message[0] == _STOP:
            self._clock_runs = False


def is_note_on(message: bytes) -> bool:
    """Whether it begins a note: what may be lost first, for nobody misses its end."""
    return message[0] & 0xF0 == 0x90 and len(message) == 3 and message[2] > 0


def _is_clock(message: bytes) -> bool:
    return message[0] > _SYSEX


def _time_of(timed: Timed) -> int:
    return timed[0]
