"""Lights of a controller: how long after a touch a lamp is told, and how much the port gets."""

from __future__ import annotations

import contextlib
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bench.gear import Gear
from bench.jack_server import SAMPLE_RATE, Missing, jack_server, may_real_time
from bench.players import write_players
from bench.probe import wait_until
from bench.rooms import OpenRoom, open_room, wait_for
from bench.table import Table, quantile
from jamroom.messages import Ask
from jamroom.room_client import RoomClient
from jamroom.session.events import (
    NOW,
    KeymapChosen,
    LayerCleared,
    PaletteChosen,
    QuantiseChosen,
    TempoChosen,
)
from jamroom.views import Snapshot

PERIOD = 128
WITHIN_S = 0.04
DIN_BYTES_PER_S = 3125
_DEVICE = "Launchpad Mini MK3 LPMiniMK3 MI"
_RGB = bytes.fromhex("F0 00 20 29 02 0D 03")
_RGB_SPEC = 5
_PADS = [10 * row + column for row in range(1, 9) for column in range(1, 9)]
_LAYER, _KEEP = 91, 89
_BPM = 200.0
_LOOK_S = 0.4
_STORM = 80
_KEYMAPS = ("drums", "ladder")

Frames = list[int]


def lamps(times: int, rooms: Sequence[int] = (1, 20)) -> list[Table]:
    """The table: a Launchpad alone in a room, and among others who play."""
    table = Table(
        "7. lights",
        f"A Launchpad Mini Mk3 that is a JACK client, at {PERIOD} frames: milliseconds from the"
        " frame at which it sends a press (or at which a console asks) to the frame at which the"
        " room's bytes for the lamp arrive at it. 'Last' waits for the last lamp of those that"
        f" change. Busiest: bytes in the busiest second, of which a DIN cable carries"
        f" {DIN_BYTES_PER_S}.",
        ("what", "players", "n", "p50", "p99", "max", "late", "busiest"),
        target=f"lamps follow within {1000 * WITHIN_S:.0f} ms ('late' counts those that do not);"
        f" at most {DIN_BYTES_PER_S} bytes a second",
        remarks=[
            "64 lamps that change at once are 192 bytes, for which a DIN cable takes 61 ms; what is"
            f" touched comes first. The storm is {_STORM} new keymaps in two seconds.",
            "no peer: FluidSynth, scsynth and SooperLooper light no controller.",
        ],
    )
    try:
        for players in rooms:
            _measure(table, players, times)
    except (Missing, TimeoutError) as missing:
        table.remarks.append(f"not measured: {missing}")
    return [table]


def _measure(table: Table, players: int, times: int) -> None:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        plays = write_players(folder, players - 1, 120.0 + times * 3.0)
        server = stack.enter_context(jack_server(PERIOD, may_real_time()))
        device = stack.enter_context(Gear(server, _DEVICE))
        room = stack.enter_context(open_room("jack", plays))
        client = stack.enter_context(room.client())
        desk = _Desk(device, room, client)
        desk.sit_down()
        device.xrun_frames.clear()
        rows = {
            "a pad, struck": desk.pads(4 * times),
            "a layer's button": desk.layers(2 * times),
        }
        for what, (first, last) in (
            ("a new keymap", desk.pictures(times, desk.choose_keymap)),
            ("a new palette", desk.pictures(times, desk.choose_palette)),
        ):
            rows[f"{what}, first lamp"], rows[f"{what}, last lamp"] = first, last
        rows["after a storm, last lamp"] = desk.storm()
        busiest = desk.busiest_second()
        lost = len(device.xrun_frames)
    for what, frames in rows.items():
        _add(table, what, players, frames, busiest)
    if desk.unheard or lost:
        table.remarks.append(
            f"{players} players: {desk.unheard} lamps were not told within {1000 * _LOOK_S:.0f} ms;"
            f" JACK lost {lost} periods, and what lay in them"
        )


def _add(table: Table, what: str, players: int, frames: Frames, busiest: int) -> None:
    if not frames:
        table.remarks.append(f"{what}, {players} players: nothing came")
        return
    figures = [f"{1000 * quantile(frames, q) / SAMPLE_RATE:.1f}" for q in (0.5, 0.99, 1.0)]
    late = sum(frame > WITHIN_S * SAMPLE_RATE for frame in frames)
    table.add(what, players, len(frames), *figures, late, busiest)


class _Desk:
    """The device and somebody who plays it."""

    def __init__(self, device: Gear, room: OpenRoom, client: RoomClient) -> None:
        self._device = device
        self._room = room
        self._client = client
        self._chance = random.Random(1)
        self._seat = -1
        self._came: list[tuple[int, bytes]] = []
        self.unheard = 0

    def sit_down(self) -> None:
        """Be found, be lit, play a note, have a seat."""
        if not wait_until(lambda: bool(self._told()) or bool(self._came)):
            raise Missing("a room that lights a JACK MIDI device (nothing came)")
        self._press(_PADS[0])
        self._client.say(Ask(TempoChosen(NOW, _BPM)))
        self._client.say(Ask(QuantiseChosen(NOW, "off")))
        now = wait_for(self._client, lambda now: self._mine(now) >= 0 and now.bpm == _BPM)
        self._seat = self._mine(now)
        time.sleep(2.0)  # the first picture
        self._told()

    def _mine(self, now: Snapshot) -> int:
        return next((s.seat for s in now.seats if s.input_id.endswith(_DEVICE)), -1)

    # -- presses -----------------------------------------------------------------------------

    def pads(self, times: int) -> Frames:
        """Strike pads: each lights up, and goes back when it is let go."""
        frames: Frames = []
        for _ in range(times):
            pad = self._chance.choice(_PADS)
            down, up = self._press(pad)
            # What came between down and up belongs to the one, the rest to the other.
            came = self._told()
            frames += self._answer(came, pad, down, up)
            frames += self._answer(came, pad, up, up + round(_LOOK_S * SAMPLE_RATE))
            time.sleep(self._chance.uniform(0.0, 0.05))
        return frames

    def layers(self, times: int) -> Frames:
        """Mute and launch a loop by its button; the lamp shows it."""
        for pad in _PADS[:6]:
            self._press(pad)
        self._press(_KEEP, 0xB0)
        wait_for(self._client, lambda now: self._layer(now) == "playing")
        frames: Frames = []
        self._told()
        for _ in range(times):
            down, up = self._press(_LAYER, 0xB0)
            frames += self._answer(self._told(), _LAYER, down, up)
            time.sleep(self._chance.uniform(0.0, 0.05))
        self._client.say(Ask(LayerCleared(NOW, self._seat, 0)))
        time.sleep(1.0)
        return frames

    def _layer(self, now: Snapshot) -> str:
        own = [seat for seat in now.seats if seat.seat == self._seat]
        return next((layer.phase for seat in own for layer in seat.layers), "")

    def _press(self, number: int, status: int = 0x90) -> tuple[int, int]:
        """Down and up again, 200 ms apart at random phase; the frames of both."""
        self._told()
        held = round(_LOOK_S / 2 * SAMPLE_RATE)
        later = self._chance.randrange(PERIOD * 8)
        down = self._device.play(bytes((status, number, 127)), later)
        up_status = 0x80 if status == 0x90 else status
        up = self._device.play(bytes((up_status, number, 0)), later + held)
        time.sleep((up - self._device.frame_now()) / SAMPLE_RATE + _LOOK_S / 2)
        return self._device.left(down), self._device.left(up)

    def _answer(self, came: list[tuple[int, bytes]], lamp: int, since: int, until: int) -> Frames:
        for frame, message in came:
            if since <= frame < until and lamp in lamps_of(message):
                return [frame - since]
        self.unheard += 1
        return []

    # -- whole pictures ----------------------------------------------------------------------

    def pictures(self, times: int, choose: Callable[[int], int]) -> tuple[Frames, Frames]:
        """Change the whole picture: frames until the first and until the last lamp."""
        first: Frames = []
        last: Frames = []
        for number in range(times):
            self._told()
            begin = choose(number)
            time.sleep(max(0.0, (begin - self._device.frame_now()) / SAMPLE_RATE) + _LOOK_S)
            frames = [f - begin for f, message in self._told() if f >= begin and lamps_of(message)]
            if frames:
                first.append(min(frames))
                last.append(max(frames))
            else:
                self.unheard += 1
        return first, last

    def storm(self) -> Frames:
        """Many new pictures in two seconds: frames from the last of them to its last lamp."""
        self._told()
        begin = 0
        for number in range(_STORM):
            begin = self.choose_keymap(number)
            time.sleep(2.0 / _STORM)
        time.sleep(_LOOK_S)
        frames = [frame - begin for frame, message in self._told() if lamps_of(message)]
        return [max(frames)] if frames else []

    def choose_keymap(self, number: int) -> int:
        """At once; the frame at which it is asked for."""
        self._client.say(Ask(KeymapChosen(NOW, self._seat, _KEYMAPS[number % 2])))
        return self._device.frame_now()

    def choose_palette(self, number: int) -> int:
        """On the next downbeat; its frame, to a millisecond or two.

        The room's frames are told from the server's by the quickest of many snapshots.
        """
        ahead = self._frames_ahead()
        self.choose_keymap(1)  # a keymap that shows the palette
        chosen = ((2, "dorian"), (7, "major pentatonic"))[1 - number % 2]
        self._client.say(Ask(PaletteChosen(NOW, *chosen)))
        now = wait_for(self._client, lambda now: now.next_palette is not None)
        beats = now.next_palette_in_beats
        return now.frame + round(beats * 60 * SAMPLE_RATE / now.bpm) + ahead

    def _frames_ahead(self) -> int:
        least = 1 << 62
        until = time.monotonic() + _LOOK_S
        while time.monotonic() < until:
            now = self._client.next_message(0.1)
            if isinstance(now, Snapshot):
                least = min(least, self._device.frame_now() - now.frame)
        return least

    # -- what came ---------------------------------------------------------------------------

    def _told(self) -> list[tuple[int, bytes]]:
        """What came since the last time."""
        heard, came = self._device.heard, []
        while heard:
            came.append(heard.popleft())
        self._came += came
        return came

    def busiest_second(self) -> int:
        """Bytes of the second in which most came."""
        self._told()
        most = within = begin = 0
        for frame, message in self._came:
            within += len(message)
            while self._came[begin][0] <= frame - SAMPLE_RATE:
                within -= len(self._came[begin][1])
                begin += 1
            most = max(most, within)
        return most


def lamps_of(message: bytes) -> bytes:
    """The lamps that a message is about; none for one that sets the device's mode."""
    if message[0] != 0xF0:
        return message[1:2]
    return message[len(_RGB) + 1 : -1 : _RGB_SPEC] if message.startswith(_RGB) else b""
