"""The microphone on a real JACK server: what comes in lies on the frame to which it was played."""

from __future__ import annotations

import asyncio
import ctypes
import threading
from collections.abc import Callable, Iterator

import jack
import numpy as np
import pytest

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.clips import ClipStore
from jamroom.engine.host_jack import JackHost
from jamroom.engine.host_null import NullHost
from jamroom.engine.microphone import Microphone
from jamroom.host_keeper import HostKeeper
from jamroom.session.effects import ClipOn, ClipTaken
from real_jack import JackServer, end_in_peace, until

pytestmark = pytest.mark.jack
RATE = 48_000
BAR = 12_000
CLICK = 400  # frames from the bar line: after the crossfade


class SmallRoom:
    """Plays what it is given to play and loops what it has heard; no session, no engine."""

    def __init__(self) -> None:
        self.frame = 0
        self.microphone = Microphone(RATE)
        self.microphone.room_frame = lambda: self.frame
        self.store = ClipStore(None, self.microphone)
        self.player = ClipPlayer(self.store, RATE)
        self.clicks = False
        self.record: tuple[int, int] | None = None

    def block(self) -> Block:
        frame, end = self.frame, self.frame + BLOCK_FRAMES
        if self.record is not None:
            self._loop(*self.record, end)
        buses = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
        self.player.add_into(buses, frame)
        out = np.repeat(buses[:, :1], 2, axis=1)
        line = -(-frame // BAR) * BAR
        if self.clicks and line < end:
            out[line - frame] = 0.5
        self.frame = end
        return out

    def _loop(self, begin: int, length: int, end: int) -> None:
        """Record from `begin` on, and play it from the frame on which it is closed."""
        if begin + length >= end:
            return
        turn = (end - 1 - begin) // length
        start = begin + turn * length
        if start < end - BLOCK_FRAMES:
            return
        if turn == 1:
            self.player.take(ClipTaken(start, 1, begin, start))
        self.player.play(ClipOn(start, 1, 0, 0, 1, 0, length, length, "wait"))


@pytest.fixture
def room() -> Iterator[SmallRoom]:
    made = SmallRoom()
    yield made
    made.store.close()


@pytest.fixture
def host(jack_server: JackServer) -> Iterator[JackHost]:
    made = JackHost()
    yield made
    made.stop()


def test_the_microphone_is_on_the_wire_only_while_it_is_on(host: JackHost, room: SmallRoom) -> None:
    host.start(room.block)
    looker = jack.Client("looker", no_start_server=True)
    try:
        wired = lambda: looker.get_all_connections("jamroom:microphone")  # noqa: E731
        until(lambda: room.frame > 0, "a block")
        assert not wired()
        assert room.microphone.end == 0
        assert host.open_microphone(room.microphone) == ""
        assert [port.name for port in wired()] == ["system:capture_1"]
        until(lambda: room.microphone.end > 4800, "sound from the microphone")
        # The dummy card's own words.
        until(lambda: _says(host, room.microphone, 128 + 256), "JACK to add up the latencies")
        host.close_microphone()
        assert not wired()
        host.close_microphone()
    finally:
        looker.close()


class Card:
    """A client in the place of a card: brings our sound back to us, later, and says how much later.

    The way round takes a period more than the client itself, because it is a circle.
    """

    def __init__(self, delay_frames: int, to_ear: int, from_mouth: int) -> None:
        self.client = jack.Client("card", no_start_server=True)
        self.ear = self.client.inports.register("speaker")
        self.mouth = self.client.outports.register("mic")
        self._late = np.zeros(delay_frames, np.float32)
        self._said = {0: (self.mouth, from_mouth), 1: (self.ear, to_ear)}
        self.close = end_in_peace(self.client, self._process)
        self._callback = _LATENCY_CALLBACK(self._say)
        library = ctypes.CDLL(jack._libname)
        self._set_range = library.jack_port_set_latency_range
        self._set_range.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)
        library.jack_set_latency_callback.argtypes = (ctypes.c_void_p,) * 3
        client = int(jack._ffi.cast("uintptr_t", self.client._ptr))
        library.jack_set_latency_callback(client, self._callback, None)
        self.client.activate()

    def _say(self, mode: int, _argument: object) -> None:
        port, frames = self._said[mode]
        pair = (ctypes.c_uint32 * 2)(frames, frames)
        self._set_range(int(jack._ffi.cast("uintptr_t", port._ptr)), mode, ctypes.byref(pair))

    def _process(self, frames: int) -> None:
        whole = np.concatenate((self._late, self.ear.get_array()))
        self.mouth.get_array()[:] = whole[:frames]
        self._late = whole[frames:]


_LATENCY_CALLBACK = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_void_p)


def test_what_is_played_to_a_click_lies_on_the_clicks_frame(
    host: JackHost, room: SmallRoom
) -> None:
    host.start(room.block)
    card = Card(delay_frames=1000, to_ear=700, from_mouth=1000 + 128 - 700)
    try:
        looker = card.client
        for port in looker.get_all_connections("jamroom:left"):
            looker.disconnect("jamroom:left", port)
        looker.disconnect("jamroom:right", "system:playback_2")
        looker.connect("jamroom:left", card.ear)
        looker.connect(card.mouth, "jamroom:microphone")
        assert host.open_microphone(room.microphone) == ""
        until(lambda: _says(host, room.microphone, 1128), "JACK to add up the latencies")
        room.clicks = True
        begin = -(-room.frame // BAR) * BAR + BAR
        until(lambda: room.frame > begin + 3 * BAR, "three bars")
        for bar in range(2):
            room.store.take(ClipTaken(0, bar + 1, begin + bar * BAR - 100, begin + bar * BAR + 900))
        room.store.settle()
        for number in (1, 2):
            clip = room.store.sound(number)
            assert clip is not None
            assert np.flatnonzero(clip.read(0, 1000) > 0.25).tolist() == [100]
    finally:
        card.close()


def _says(host: JackHost, microphone: Microphone, frames: int) -> bool:
    host.measure_microphone()
    return microphone.round_trip_frames == frames


def test_a_loop_of_exact_bars_begins_on_its_frame_in_every_pass(
    host: JackHost, room: SmallRoom
) -> None:
    """A client clicks into the microphone and listens; all in frames of the server."""
    musician = jack.Client("musician", no_start_server=True)
    mouth = musician.outports.register("mouth")
    ear = musician.inports.register("ear")
    heard: list[Block] = []
    enough, count = threading.Event(), iter(range(10**9))

    def play(frames: int) -> None:
        at = next(count) * frames
        out = mouth.get_array()
        out[:] = 0.0
        if (at + frames - 1 - CLICK) // BAR != (at - 1 - CLICK) // BAR:
            out[(CLICK - at) % BAR] = 0.8
        heard.append(ear.get_array().copy())
        if len(heard) * frames > 12 * BAR:
            enough.set()

    end = end_in_peace(musician, play)
    host.start(room.block)
    musician.activate()
    try:
        musician.connect("jamroom:left", ear)
        musician.connect(mouth, "jamroom:microphone")
        assert host.open_microphone(room.microphone) == ""
        room.microphone.round_trip_frames = 0  # they play by a watch, not to what they hear
        room.record = (room.frame + 12_345, BAR)
        assert enough.wait(60)
    finally:
        end()
    onsets = np.flatnonzero(np.concatenate(heard) > 0.4)
    assert len(onsets) >= 8
    gaps = np.diff(onsets)
    # A busy machine may miss a period, which JACK then leaves out whole.
    on_time = [gap for gap in gaps if gap % 128 == BAR % 128]
    assert len(on_time) == len(gaps)
    assert BAR in on_time


def test_a_host_without_a_card_says_so() -> None:
    null = NullHost(RATE)
    assert "no microphone" in null.open_microphone(Microphone(RATE))
    null.close_microphone()


def test_the_keeper_opens_the_microphone_when_it_is_wanted_and_forgets_when_not(
    jack_server: JackServer, room: SmallRoom
) -> None:
    said: list[str] = []
    keeper = HostKeeper("jack", RATE)
    keeper.microphone = room.microphone
    wanted = False
    keeper.microphone_wanted = lambda: wanted
    keeper.start(room.block, said.append, lambda: None)

    async def minded(holds: Callable[[], bool], what: str) -> None:
        minding = asyncio.create_task(keeper.mind())
        await asyncio.to_thread(until, holds, what)
        minding.cancel()

    try:
        asyncio.run(minded(lambda: room.frame > 0, "a block"))
        assert room.microphone.end == 0
        wanted = True
        asyncio.run(minded(lambda: room.microphone.end > 0, "the microphone to hear"))
        wanted = False
        forgotten = lambda: room.microphone.oldest == room.microphone.end  # noqa: E731
        asyncio.run(minded(forgotten, "the microphone to forget"))
    finally:
        keeper.stop()
    assert said == []
