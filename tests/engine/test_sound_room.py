"""Session core, microphone and player together, block by block: what is sung is what comes back."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.clip_chores import mind_clips
from jamroom.engine.clip_memory import memory_directory
from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.clips import ClipStore
from jamroom.engine.microphone import Microphone
from jamroom.session import events as ev
from jamroom.session.decide import decide
from jamroom.session.effects import ClipOn, ClipTaken, Effect, SilenceAll, SoundOff
from jamroom.session.state import (
    State,
)
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state

RATE = 48_000
BAR = 24_000  # 1/4 at 120 bpm
ROUND_TRIP = 333


class SoundRoom:
    """A room of nothing but a microphone. What is sung at a frame comes in ROUND_TRIP later."""

    def __init__(self, place: Path, state: State | None = None) -> None:
        self.session = Session(state)
        self.frame = self.session.state.frame
        self.microphone = Microphone(RATE, seconds=20.0)
        self.microphone.round_trip_frames = ROUND_TRIP
        self.store = ClipStore(place, self.microphone)
        self.player = ClipPlayer(self.store, RATE)
        self.song: Block = np.zeros(RATE * 30, np.float32)
        if state is None:
            self.tell(ev.Opened(0, 0.0, RATE, 120.0, 1, 4, 2, "dorian", 1, "play"))
            self.tell(ev.MicrophoneSwitched(0, True))

    def tell(self, event: ev.AnyEvent) -> None:
        for fact in decide(self.session.state, event):
            self._carry_out(self.session.fold(self.session.state.frame, fact))

    def run(self, until_frame: int) -> Block:
        """Everything the microphone's bus plays until a frame."""
        heard = []
        while self.frame < until_frame:
            sung = self.song[max(0, self.frame - ROUND_TRIP) :][:BLOCK_FRAMES]
            self.microphone.hear(sung, self.frame)
            self._carry_out(self.session.advance(self.frame + BLOCK_FRAMES))
            block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
            self.player.add_into(block, self.frame)
            heard.append(block[:, 0].copy())
            self.frame += BLOCK_FRAMES
        return np.concatenate(heard)

    def _carry_out(self, effects: list[Effect]) -> None:
        for effect in effects:
            match effect:
                case ClipTaken():
                    self.player.take(effect)
                case ClipOn():
                    self.player.play(effect)
                case SoundOff():
                    self.player.stop(effect.voice, effect.layer, effect.frame)
                case SilenceAll():
                    self.player.silence()


@pytest.fixture
def room(tmp_path: Path) -> Iterator[SoundRoom]:
    made = SoundRoom(tmp_path / "clips")
    # A hum, and a knock in each bar at another place.
    made.song[:] = 0.02 * np.sin(np.arange(len(made.song)) * 2 * np.pi * 220 / RATE)
    for bar in range(50):
        made.song[bar * BAR + 1000 + 100 * bar] = 0.8
    yield made
    made.store.close()


def knocks(heard: Block, begin: int = 0) -> list[int]:
    return (np.flatnonzero(heard > 0.4) + begin).tolist()


def record_one_bar(room: SoundRoom) -> None:
    """Bar 1 is recorded, with its knock 1100 frames from the bar line."""
    room.run(BAR // 2)
    room.tell(ev.LayerPressed(room.frame, 0, 0))
    heard = room.run(2 * BAR)
    assert not heard.any()


def test_what_was_sung_comes_back_on_its_frame_in_every_pass(room: SoundRoom) -> None:
    record_one_bar(room)
    begin = room.frame
    heard = room.run(12 * BAR)
    assert knocks(heard, begin) == [bar * BAR + 1100 for bar in range(2, 12)]
    hum = heard.copy()
    for at in knocks(heard):
        hum[at] = (hum[at - 1] + hum[at + 1]) / 2
    own = 0.02 * 2 * np.pi * 220 / RATE
    assert np.abs(np.diff(hum[240:])).max() < 1.5 * own  # nobody can hear where it begins


def test_an_overdub_adds_what_is_sung_and_an_undo_takes_it_away(room: SoundRoom) -> None:
    record_one_bar(room)
    room.run(4 * BAR)
    room.tell(ev.LayerOverdubbed(room.frame, 0, 0))
    room.run(5 * BAR)  # the knock of bar 4 stands 300 frames later
    room.tell(ev.LayerOverdubbed(room.frame, 0, 0))
    begin = room.frame
    assert knocks(room.run(6 * BAR), begin) == [5 * BAR + 1100, 5 * BAR + 1400]
    room.tell(ev.LayerUndone(room.frame, 0, 0))
    begin = room.frame
    assert knocks(room.run(7 * BAR), begin) == [6 * BAR + 1100]
    mind_clips(room.player, room.session.state)
    assert len(room.store.clips()) == 2  # for a redo


def test_keep_that_finds_what_nobody_recorded(room: SoundRoom) -> None:
    room.run(5 * BAR + 640)
    room.tell(ev.Kept(room.frame, 0, 2))
    room.run(6 * BAR)  # it comes in softly
    begin = room.frame
    heard = room.run(9 * BAR)
    expected = [6 * BAR + 1400, 7 * BAR + 1300, 8 * BAR + 1400]
    assert knocks(heard, begin) == expected


def test_at_another_tempo_the_loop_is_there_with_the_bar_line(room: SoundRoom) -> None:
    record_one_bar(room)
    room.run(5 * BAR + 100)
    room.store.settle()
    room.tell(ev.TempoChosen(room.frame, 100.0))
    mind_clips(room.player, room.session.state)
    room.store.settle()  # a bar is long enough for it
    slower = BAR * 120 // 100
    line = 6 * BAR
    begin = room.frame
    heard = room.run(line + 3 * slower)
    loud = np.abs(heard) > 0.25
    onsets = [int(np.flatnonzero(loud[line + n * slower - begin :])[0]) for n in range(3)]
    assert all(abs(onset - 1100 * 1.2) < 0.006 * RATE for onset in onsets)
    assert room.player.state_of(room.session.state.layers[0]) == ""


def test_a_room_that_takes_over_plays_the_same_loop_in_phase(room: SoundRoom) -> None:
    record_one_bar(room)
    room.run(4 * BAR + 6400)
    room.store.settle()
    state = decode_state(encode_state(room.session.state))
    room.store.close(keep=True)  # as if it had been killed
    place = room.store.directory
    assert place is not None
    again = SoundRoom(place, state)
    again.tell(ev.Resumed(again.frame, RATE, carry_on=True))
    begin = again.frame
    heard = again.run(7 * BAR)
    assert heard[1440:].any()
    assert knocks(heard, begin) == [5 * BAR + 1100, 6 * BAR + 1100]
    again.store.close()


def test_clips_that_nothing_refers_to_are_given_up(room: SoundRoom) -> None:
    record_one_bar(room)
    room.run(3 * BAR)
    room.store.settle()
    assert len(room.store.clips()) == 1
    room.session.state.layers.clear()  # as a withdrawal does
    mind_clips(room.player, room.session.state)
    assert room.store.clips() == ()
    assert not any(room.store.directory.iterdir())  # type: ignore[union-attr]


def test_clips_lie_in_memory_or_nowhere(tmp_path: Path) -> None:
    place = memory_directory(tmp_path)
    if place is not None:
        mounts = Path("/proc/self/mounts").read_text().splitlines()
        kinds = {line.split()[1]: line.split()[2] for line in mounts}
        holders = [str(parent) for parent in place.resolve().parents if str(parent) in kinds]
        assert kinds[holders[0]] in ("tmpfs", "ramfs")
