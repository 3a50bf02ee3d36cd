"""A room without a console: one line of state a second."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from jamroom.messages import Farewell, Goodbye
from jamroom.music.palette import Palette, describe
from jamroom.places import ROOM_SOCKET
from jamroom.room_client import RoomClient
from jamroom.views import Snapshot

_AGAIN_S = 0.05
_KEEPING = {
    "undecided": "not decided whether to keep",
    "play": "play only, nothing is kept",
    "keep": "kept",
    "share": "kept, may be shared",
}


def state_line(now: Snapshot) -> str:
    """The room in one line."""
    layers = [layer for seat in now.seats for layer in seat.layers]
    playing = sum(layer.phase in ("playing", "overdubbing") for layer in layers)
    here = sum(seat.present for seat in now.seats)
    palette = describe(Palette(now.palette.root, now.palette.scale))
    parts = (
        f"bar {now.bar}.{now.pulse}",
        f"{now.bpm:.4g} bpm {now.pulses}/{now.unit}",
        palette,
        "1 player" if here == 1 else f"{here} players",
        f"{playing} of {len(layers)} layers playing",
        f"peak {now.peak_dbfs:.0f} dBFS",
        _KEEPING[now.keeping]
        + ("" if now.recorder == "writing" else f" (recorder {now.recorder})"),
        f"missed {now.missed}",
    )
    return " | ".join(parts)


class Headless:
    """Prints what happens until the room closes, time is up, or somebody presses Ctrl+C.

    `owner` is set when the room is closed for good; it is None for one who only looks on, and who
    leaves the room open.
    """

    def __init__(
        self, directory: Path, seconds: float | None, owner: threading.Event | None
    ) -> None:
        self._path = directory / ROOM_SOCKET
        self._until = time.monotonic() + seconds if seconds else float("inf")
        self._owner = owner
        self._asked = False
        self._devices: tuple[str, str] = ("", "")
        self._told_s = 0.0
        self._said = ""

    def run(self) -> int:
        """Until the room is closed; 0 when it closed in good order."""
        client: RoomClient | None = None
        with _ending_on_signals(self._end):
            while not self._over():
                try:
                    client = client or RoomClient(self._path)
                    if self._tell(client):
                        break
                except OSError:  # the room is coming back, or it is gone for good
                    client = None
                    time.sleep(_AGAIN_S)
        if client:
            client.close()
        return 0

    def _end(self) -> None:
        self._until = 0.0

    def _over(self) -> bool:
        time_is_up = time.monotonic() >= self._until
        if self._owner is None:
            return time_is_up
        return self._owner.is_set() or (time_is_up and self._asked and not self._path.exists())

    def _tell(self, client: RoomClient) -> bool:
        """Print what is new; true when the room said farewell."""
        if time.monotonic() >= self._until and not self._asked and self._owner is not None:
            client.say(Goodbye())
            self._asked = True
        now = client.latest(0.2)
        if isinstance(now, Farewell):
            print(now.text, flush=True)
            return True
        if isinstance(now, Snapshot):
            self._tell_devices(now)
            if time.monotonic() - self._told_s >= 1.0:
                self._told_s = time.monotonic()
                print(state_line(now), flush=True)
            if now.notices and now.notices[-1] != self._said:
                self._said = now.notices[-1]
                print(f"  {self._said}", flush=True)
        return False

    def _tell_devices(self, now: Snapshot) -> None:
        """What carries sound and MIDI, again whenever it changes."""
        for old, new in zip(self._devices, (now.host, now.midi), strict=True):
            if new != old:
                print(new, flush=True)
        self._devices = (now.host, now.midi)


@contextlib.contextmanager
def _ending_on_signals(end: Callable[[], None]) -> Iterator[None]:
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        before[number] = signal.signal(number, lambda *_: end())
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        sys.stdout.flush()
