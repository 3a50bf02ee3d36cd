"""A loop of sound in a real room on a real JACK server, and what is left of it when a room dies."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

import jack
import numpy as np
import numpy.typing as npt
import pytest
from living_room import LivingRoom, wait_for

from jamroom.session.events import (
    NOW,
    LayerPressed,
    LoopBarsChosen,
    MicrophoneSwitched,
    TempoChosen,
)
from jamroom.views import Snapshot
from real_jack import JackServer, end_in_peace

pytestmark = [pytest.mark.jack, pytest.mark.process]
RATE = 48_000
BAR = RATE  # 4/4 at 240 bpm
LOUD = 0.1


class Singer:
    """Knocks into the room's microphone once a bar, and hears what the room plays."""

    def __init__(self) -> None:
        self.client = jack.Client("singer", no_start_server=True)
        self.mouth = self.client.outports.register("mouth")
        self.ear = self.client.inports.register("ear")
        self.sings = True
        self.heard: list[tuple[int, npt.NDArray[np.float32]]] = []
        self.close = end_in_peace(self.client, self._process)
        self.client.activate()

    def _process(self, frames: int) -> None:
        now = self.client.last_frame_time
        out = self.mouth.get_array()
        out[:] = 0.0
        if self.sings and -now % BAR < frames:
            out[-now % BAR :][:8] = 0.9
        self.heard.append((now, self.ear.get_array().copy()))

    def connect(self) -> None:
        ports = {port.name for port in self.client.get_ports("jamroom.*")}
        if "jamroom:left" in ports:
            self.client.connect(self.mouth, "jamroom:microphone")
            self.client.connect("jamroom:left", self.ear)

    def knocks(self, since: int) -> list[int]:
        """Server frames of what was heard since then."""
        found = [n + int(i) for n, s in list(self.heard) for i in np.flatnonzero(np.abs(s) > LOUD)]
        return [a for a, b in zip(found, [0, *found], strict=False) if a >= since and a - b > 4800]


def test_a_loop_of_sound_outlives_its_room(tmp_path: Path, jack_server: JackServer) -> None:
    if not os.access("/dev/shm", os.W_OK):
        pytest.skip("clips outlive a room in memory that is a folder (tmpfs)")
    room = LivingRoom(tmp_path / "evening.jam", "--host", "jack")
    singer = None
    try:
        room.open()
        singer = Singer()
        room.ask(TempoChosen(NOW, 240.0))
        room.ask(LoopBarsChosen(NOW, 1))
        room.ask(MicrophoneSwitched(NOW, True))
        shown = room.see(lambda s: any(x.input_id == "mic:1" for x in s.seats), "its seat")
        seat = next(x.seat for x in shown.seats if x.input_id == "mic:1")
        singer.connect()
        room.wait_bars(1)
        room.ask(LayerPressed(NOW, seat, 0))
        room.see(lambda s: _plays(s, seat), "the loop")
        singer.sings = False
        room.wait_bars(3)
        assert len(singer.knocks(singer.client.last_frame_time - 2 * BAR)) >= 1
        old = room.supervisor.room_pid
        assert old is not None
        room.kill(old)
        died = singer.client.last_frame_time
        wait_for(lambda: room.supervisor.room_pid != old, "another room takes over")
        room.ring()
        wait_for(lambda: _connected(singer), "the new room's ports")
        assert _plays(room.now(), seat)
        # On a busy machine JACK leaves periods out, so where they lie says nothing here.
        wait_for(lambda: len(singer.knocks(died + BAR // 2)) >= 2, "the loop from the new room")
    finally:
        if singer is not None:
            singer.close()
        room.close()
    left = list(Path("/dev/shm").glob(f"*{room.directory.name}*"))
    assert left == []  # closed in good order, nothing stays


def _connected(singer: Singer) -> bool:
    with contextlib.suppress(jack.JackError):
        singer.connect()
    return bool(singer.client.get_all_connections(singer.ear))


def _plays(shown: Snapshot, seat: int) -> bool:
    seats = [one for one in shown.seats if one.seat == seat]
    return bool(seats and seats[0].layers and seats[0].layers[0].phase == "playing")
