"""When what we send to a device comes back from it: an output wired to an input. Pure.

Then a note that is played out is heard as a key, is played out again, and so on for ever. A player
who happens to hit what a light just said must never be taken for that, so nothing is held back
before the device has sent back several messages with hardly anything else in between. While a
loop runs away, all it sends are echoes; so it is found out after a handful.
"""

from __future__ import annotations

ECHO_NS = 60_000_000
"""How long a message may take out and back, at first."""
KNOWN_ECHO_NS = 500_000_000
"""And once the loop is known."""
SURE = 6
"""Echoes more than other messages after which a device is taken for a loop."""
_MOST_SENT = 4096
_BEGINNINGS = (b"\xfa", b"\xfb")  # of a clock: start, continue
_CHANNEL_MESSAGES = range(0x80, 0xF0)


class Echoes:
    """Remembers what was sent lately, and finds the inputs that it comes back from.

    `sent` may be called from the audio block; `is_echo` belongs to one thread.
    """

    def __init__(self) -> None:
        self._sent: dict[bytes, int] = {}
        self._scores: dict[str, int] = {}
        self.loops: frozenset[str] = frozenset()
        self.clock_loops: frozenset[str] = frozenset()
        self.held_back = 0

    def sent(self, message: bytes, at_ns: int) -> None:
        """We send this, at a monotonic nanosecond."""
        if len(self._sent) >= _MOST_SENT:
            self._sent = {}
        self._sent[message] = at_ns

    def is_echo(self, input_id: str, message: bytes, at_ns: int) -> bool:
        """Whether to leave out a message, because it is our own and the input is a known loop."""
        if not message or message[0] not in _CHANNEL_MESSAGES:
            return False
        known = input_id in self.loops
        sent_ns = self._sent.get(message)
        longest_ns = KNOWN_ECHO_NS if known else ECHO_NS
        # A stamp may lie a period before the moment at which the message arrived.
        echoed = sent_ns is not None and -ECHO_NS <= at_ns - sent_ns <= longest_ns
        self._count(input_id, echoed, known)
        self.held_back += echoed and known
        return echoed and known

    def is_own_clock(self, input_id: str, message: bytes, at_ns: int) -> bool:
        """Whether a system message is of our own clock, come back; nobody may follow that.

        An input whose start is ours, to the moment, sends our clock until it starts otherwise.
        """
        if message in _BEGINNINGS:
            sent_ns = self._sent.get(message)
            ours = sent_ns is not None and abs(at_ns - sent_ns) <= ECHO_NS
            self.clock_loops = self.clock_loops - {input_id} | ({input_id} if ours else set())
        return input_id in self.clock_loops

    def _count(self, input_id: str, echoed: bool, known: bool) -> None:
        if not self._sent:
            return
        score = self._scores.get(input_id, 0) + (1 if echoed else -1)
        score = self._scores[input_id] = min(2 * SURE, max(0, score))
        if score >= SURE and not known:
            self.loops |= {input_id}
        elif score == 0 and known:
            self.loops -= {input_id}

    def forget(self, input_id: str) -> None:
        """The input was unplugged: what comes back at it may be another."""
        self._scores.pop(input_id, None)
        self.clock_loops -= {input_id}
        self.loops -= {input_id}
