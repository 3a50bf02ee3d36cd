"""The room's line to its recorder: asks what is remembered, sends what happens, forgets nothing.

A thread of the room process. Whatever becomes of the recorder, events wait here until they are
acknowledged; a new recorder gets them again.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections import deque
from pathlib import Path
from typing import Literal

import msgspec

from jamroom.messages import Ack, Batch, FromRecorder, Memory, Recorded
from jamroom.room import Room
from jamroom.wire import Wire

SEND_S = 0.03
SEND_PATIENCE_S = 1.0
LATE_S = 1.0
RETRY_S = 0.1
_MOST_WAITING = 2_000_000
_decoder: msgspec.msgpack.Decoder[Memory | Ack] = msgspec.msgpack.Decoder(FromRecorder)

Condition = Literal["writing", "behind", "failing", "away"]


Line = Wire[Memory | Ack]
"""A connection to the recorder."""


def recall(path: Path, patience_s: float) -> tuple[Line, Memory]:
    """Ring the recorder until it answers with what it remembers.

    Raises TimeoutError after `patience_s` seconds.
    """
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError):
            line = Line(path, _decoder, SEND_PATIENCE_S)
            memory = _first_word(line, until)
            if memory:
                return line, memory
        time.sleep(RETRY_S / 10)
    raise TimeoutError("the recorder did not answer")


def _first_word(line: Line, until_s: float) -> Memory | None:
    try:
        while (left := until_s - time.monotonic()) > 0:
            message = line.receive(left)
            if isinstance(message, Memory):
                return message
    except (OSError, ValueError):
        pass
    line.close()
    return None


class RecorderLink(threading.Thread):
    """Keeps the recorder told. Only this thread touches the line; `close` waits for its last word.

    What happened waits until it is acknowledged. What is still to be sent stands in a queue of its
    own: while nobody has decided what is kept, much waits, and walking over it would hold up the
    room.
    """

    def __init__(self, room: Room, run: str, path: Path, line: Line | None) -> None:
        super().__init__(name="recorder-link", daemon=True)
        self.condition: Condition = "writing" if line else "away"
        self.trouble = ""
        self._room = room
        self._run_name = run
        self._path = path
        self._line = line
        self._waiting: deque[tuple[float, Recorded]] = deque()
        self._unsent: deque[Recorded] = deque()
        self._closing = threading.Event()

    def run(self) -> None:
        """Send what happens; ring again whenever the line breaks; end when all is safe."""
        while not (self._closing.is_set() and self._all_safe()):
            try:
                if self._line is None:
                    self._ring()
                self._exchange()
            except (OSError, ValueError):
                self._hang_up()
                time.sleep(RETRY_S)
        self._hang_up()

    def close(self, patience_s: float) -> bool:
        """Send the rest; True when all of it is safe (or was not to be kept)."""
        self._closing.set()
        self.join(patience_s)
        return self._all_safe()

    def _all_safe(self) -> bool:
        return not self._waiting and not self._room.outbox

    def _ring(self) -> None:
        self._line, memory = recall(self._path, 5.0)
        known = memory.last_n if memory.run == self._run_name else 0
        self._unsent = deque(record for _, record in self._waiting if record.n > known)

    def _hang_up(self) -> None:
        self.condition = "away"
        if self._line is not None:
            self._line.close()
        self._line = None

    def _exchange(self) -> None:
        line = self._line
        if line is None:
            return
        self._send_new(line)
        until = time.monotonic() + SEND_S
        while (left := until - time.monotonic()) > 0:
            message = line.receive(left)
            if isinstance(message, Ack) and message.run == self._run_name:
                self._note(message)
        self.condition = self._judge()

    def _send_new(self, line: Line) -> None:
        # First the clock, then what happened: the recorder may carry its fold to that frame.
        frame, now_ns = self._room.clock_line()
        outbox, now_s = self._room.outbox, time.monotonic()
        while outbox:
            record = outbox.popleft()
            if self._can_be_kept(record) and len(self._waiting) < _MOST_WAITING:
                self._waiting.append((now_s, record))
                self._unsent.append(record)
        line.send(Batch(self._run_name, frame, now_ns, tuple(self._unsent)))
        self._unsent.clear()

    def _can_be_kept(self, record: Recorded) -> bool:
        """One event that cannot be written must not stop all the others."""
        try:
            msgspec.msgpack.encode(record)
        except (ValueError, OverflowError) as error:
            kind = type(record.event).__name__
            self._room.notice(f"One event ({kind}) could not be kept: {error}")
            return False
        return True

    def _note(self, ack: Ack) -> None:
        while self._waiting and self._waiting[0][1].n <= ack.n:
            self._waiting.popleft()
        self.trouble = ack.trouble

    def _judge(self) -> Condition:
        if self.trouble:
            return "failing"
        # What nobody has decided on waits in memory; that is not being late.
        asked = self._room.session.state.consent != "undecided"
        late = asked and bool(self._waiting)
        return "behind" if late and time.monotonic() - self._waiting[0][0] > LATE_S else "writing"
