"""A session's worth of events, and the room's end of the recorder's socket."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

from jamroom.messages import Ack, Batch, FromRecorder, Memory, Recorded, Unframer, frame_message
from jamroom.session import events as ev

RATE = 48_000
DEADLINE_S = 20.0


def opened(consent: ev.Consent = "keep", frame: int = 0) -> ev.Opened:
    return ev.Opened(frame, 1_790_000_000.0, RATE, 120.0, 4, 4, 2, "dorian", 2, consent)


def sits(seat: int, badge: str = "blue heron", frame: int = 0) -> ev.SeatTaken:
    return ev.SeatTaken(frame, seat, badge, f"midi:{badge}", "mallet", "ladder")


def notes(seat: int, note: int, start: int, length: int = 6000) -> list[ev.AnyEvent]:
    return [
        ev.Played(start, seat, note, note, 0.0, 90),
        ev.Released(start + length, seat, note, note, 0),
    ]


def records(events: list[ev.AnyEvent], first_n: int = 1) -> tuple[Recorded, ...]:
    return tuple(Recorded(n, event.frame, event) for n, event in enumerate(events, first_n))


def batch(
    events: list[ev.AnyEvent], first_n: int = 1, run: str = "run1", frame: int | None = None
) -> Batch:
    last = max((event.frame for event in events), default=0)
    now = time.monotonic_ns()
    return Batch(run, last if frame is None else frame, now, records(events, first_n))


def a_jam(seed: int, *choices: ev.Consent) -> list[ev.AnyEvent]:
    """Four seats play, loop, choose and change their minds for about a minute."""
    chance = random.Random(seed)
    events: list[ev.AnyEvent] = [opened(chance.choice(choices))]
    events += [sits(seat, f"badge {seat}") for seat in range(1, 5)]
    frame = 0
    for _ in range(300):
        frame += chance.randrange(0, 20_000)
        seat = chance.randrange(1, 5)
        consent = chance.choice([choice for choice in choices if choice != "undecided"])
        event: ev.AnyEvent = chance.choice(
            [
                ev.Played(frame, seat, 3, 60, 0.0, 90),
                ev.Released(frame, seat, 3, 60, 0),
                ev.LayerPressed(frame, seat, 0),
                ev.Kept(frame, chance.choice([seat, ev.EVERYBODY]), 1),
                ev.PaletteChosen(frame, chance.randrange(12), "dorian"),
                ev.TempoChosen(frame, float(chance.randrange(60, 160))),
                ev.Marked(frame, f"moment {frame}"),
                ev.ConsentChosen(frame, chance.choice([seat, ev.EVERYBODY]), consent),
            ]
        )
        events.append(event)
    return events


class RoomEnd:
    """The room's side of the socket, waiting for answers rather than sleeping."""

    def __init__(self, path: Path) -> None:
        self._socket = connected(path)
        self._unframer = Unframer()
        self._inbox: list[Memory | Ack] = []
        memory = self.next()
        assert isinstance(memory, Memory)
        self.memory = memory

    def next(self) -> Memory | Ack:
        while not self._inbox:
            data = self._socket.recv(1 << 16)
            if not data:
                raise ConnectionError("the recorder has gone")
            self._inbox += [
                msgspec.msgpack.decode(body, type=FromRecorder)
                for body in self._unframer.feed(data)
            ]
        return self._inbox.pop(0)

    def send(self, message: Batch) -> None:
        self._socket.sendall(frame_message(message))

    def wait_for(self, condition: Callable[[Ack], bool]) -> Ack:
        until = time.monotonic() + DEADLINE_S
        while time.monotonic() < until:
            answer = self.next()
            if isinstance(answer, Ack) and condition(answer):
                return answer
        raise AssertionError("the recorder did not say it")

    def wait_for_n(self, n: int) -> Ack:
        return self.wait_for(lambda ack: ack.n >= n)

    def close(self) -> None:
        self._socket.close()


def connected(path: Path) -> socket.socket:
    until = time.monotonic() + DEADLINE_S
    while True:
        end = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        end.settimeout(DEADLINE_S)
        try:
            end.connect(str(path))
            return end
        except OSError:
            end.close()
            if time.monotonic() > until:
                raise
            time.sleep(0.01)


class Recorder:
    """A real recorder process."""

    def __init__(self, journal: Path, socket_path: Path, *arguments: str) -> None:
        self.journal = journal
        self.socket_path = socket_path
        command = [sys.executable, "-m", "jamroom.capture.recorder"]
        command += ["--socket", str(socket_path), "--journal", str(journal), *arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        self._rooms: list[RoomEnd] = []

    def room(self) -> RoomEnd:
        room = RoomEnd(self.socket_path)
        self._rooms.append(room)
        return room

    def end(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(DEADLINE_S)

    def kill(self) -> None:
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait(DEADLINE_S)
        self.socket_path.unlink(missing_ok=True)

    def close(self) -> None:
        for room in self._rooms:
            room.close()
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE_S)
        for pipe in (self.process.stdin, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()
