"""The room's line to its recorder: asks what is remembered, sends what happens, forgets nothing.

A thread of the room process. Whatever becomes of the recorder, events wait here until they are
acknowledged; a new recorder gets them again.
"""

from __future__ import annotations

import contextlib
import select
import threading
import time
from collections import deque
from pathlib import Path
from typing import Literal

import msgspec

from jamroom.messages import Ack, Batch, FromRecorder, Memory, Recorded, Unframer, frame_message
from jamroom.places import ring
from jamroom.room import Room

SEND_S = 0.03
RETRY_S = 0.1
BEHIND = 5_000
_MOST_WAITING = 2_000_000
_READ_BYTES = 1 << 16
_decoder: msgspec.msgpack.Decoder[Memory | Ack] = msgspec.msgpack.Decoder(FromRecorder)

Condition = Literal["writing", "behind", "failing", "away"]


class Line:
    """A connection to the recorder. Raises OSError or ValueError when it breaks."""

    def __init__(self, path: Path) -> None:
        self._socket = ring(path)
        self._unframer = Unframer()
        self._ready: deque[bytes] = deque()

    def send(self, batch: Batch) -> None:
        """Send a batch whole."""
        self._socket.sendall(frame_message(batch))

    def receive(self, timeout_s: float) -> Memory | Ack | None:
        """The next message, or None if none came in time. Raises OSError when the line is dead."""
        if not self._ready:
            if not select.select([self._socket], [], [], timeout_s)[0]:
                return None
            data = self._socket.recv(_READ_BYTES)
            if not data:
                raise ConnectionError("the recorder hung up")
            self._ready.extend(self._unframer.feed(data))
        return _decoder.decode(self._ready.popleft()) if self._ready else None

    def close(self) -> None:
        """Hang up."""
        self._socket.close()


def recall(path: Path, patience_s: float) -> tuple[Line, Memory]:
    """Ring the recorder until it answers with what it remembers.

    Raises TimeoutError after `patience_s` seconds.
    """
    until = time.monotonic() + patience_s
    while time.monotonic() < until:
        with contextlib.suppress(OSError, ValueError):
            line = Line(path)
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
    """Keeps the recorder told. `close` sends the rest and waits for the last word."""

    def __init__(self, room: Room, run: str, path: Path, line: Line | None) -> None:
        super().__init__(name="recorder-link", daemon=True)
        self.condition: Condition = "writing" if line else "away"
        self.trouble = ""
        self._room = room
        self._run_name = run
        self._path = path
        self._line = line
        self._waiting: deque[Recorded] = deque(maxlen=_MOST_WAITING)
        self._unsent: deque[Recorded] = deque()
        self._closing = threading.Event()

    def run(self) -> None:
        """Send what happens until closed; ring again whenever the line breaks."""
        while not self._closing.is_set():
            try:
                if self._line is None:
                    self._ring()
                self._exchange()
            except (OSError, ValueError):
                self._hang_up()
                self._closing.wait(RETRY_S)

    def _ring(self) -> None:
        self._line, memory = recall(self._path, 5.0)
        known = memory.last_n if memory.run == self._run_name else 0
        self._unsent = deque(record for record in self._waiting if record.n > known)

    def _hang_up(self) -> None:
        self.condition = "away"
        if self._line is not None:
            self._line.close()
        self._line = None

    def _exchange(self) -> None:
        self._send_new()
        line = self._line
        assert line is not None
        until = time.monotonic() + SEND_S
        while (left := until - time.monotonic()) > 0:
            message = line.receive(left)
            if isinstance(message, Ack) and message.run == self._run_name:
                self._note(message)

    def _send_new(self) -> None:
        outbox = self._room.outbox
        while outbox:
            record = outbox.popleft()
            self._waiting.append(record)
            self._unsent.append(record)
        if self._line is not None:
            records = tuple(self._unsent)
            self._line.send(Batch(self._run_name, self._room.frame, self._room.now_ns, records))
            self._unsent.clear()

    def _note(self, ack: Ack) -> None:
        while self._waiting and self._waiting[0].n <= ack.n:
            self._waiting.popleft()
        self.trouble = ack.trouble
        asked = self._room.session.state.consent != "undecided"
        late = asked and len(self._waiting) > BEHIND
        self.condition = "failing" if ack.trouble else "behind" if late else "writing"

    def close(self, patience_s: float) -> bool:
        """Send the rest; True when all of it is safe (or was not to be kept)."""
        self._closing.set()
        self.join(patience_s)
        until = time.monotonic() + patience_s
        with contextlib.suppress(OSError, ValueError, AssertionError):
            while time.monotonic() < until:
                self._exchange()
                if not self._waiting:
                    return True
        return not self._waiting
