"""The room, block by block, with the real engine and mixer and no thread."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.mixer import Mixer
from jamroom.engine.patch_files import load_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.resources import resource_dir
from jamroom.room import Room
from jamroom.session.decide import Habits
from jamroom.session.events import EVERYBODY, NOW, LayerPressed, LevelChosen, Opened, Panicked
from jamroom.session.inputs import KeyDown, KeyUp
from jamroom.session.step import Session

RATE = 48_000
WITHIN_50_MS = RATE * 50 // 1000 // BLOCK_FRAMES


@pytest.fixture
def room() -> Iterator[Room]:
    patches, problems = load_patches([resource_dir("patches")])
    assert not problems
    engine = PyoEngine(patches, RATE)
    room = Room(Session(), engine, Mixer(RATE), RATE, Habits(patches=("pad",)))
    room.happen(Opened(0, 0.0, RATE, 92.0, 4, 4, 2, "dorian", 2, "keep"))
    yield room
    engine.close()


def sound(room: Room, seconds: float) -> np.ndarray:
    return np.concatenate([room.block().copy() for _ in range(round(seconds * RATE / 64))])


def loudest_dbfs(sound: np.ndarray) -> float:
    return float(20 * np.log10(max(1e-9, np.abs(sound).max())))


def test_a_touch_is_heard_and_its_release_ends_it(room: Room) -> None:
    room.hear(0, KeyDown(-1, "keys:low", 0, 100))
    assert loudest_dbfs(sound(room, 1.0)) > -40
    room.hear(0, KeyUp(-1, "keys:low", 0, 0))
    sound(room, 6.0)
    assert loudest_dbfs(sound(room, 0.2)) < -70


def test_panic_is_silence_within_50_ms(room: Room) -> None:
    for key in range(6):
        room.hear(0, KeyDown(-1, "keys:low", key, 120))
    assert loudest_dbfs(sound(room, 1.0)) > -30
    room.hear(0, Panicked(NOW))
    for _ in range(WITHIN_50_MS):
        room.block()
    assert loudest_dbfs(sound(room, 1.0)) < -80


def test_what_goes_wrong_in_one_input_is_counted_and_the_next_plays(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as broken:
        broken.setattr(room.session, "fold", lambda *_: 1 / 0)
        room.hear(0, KeyDown(-1, "keys:low", 0, 100))
        frame = room.frame
        room.block()
        assert room.faults == 1
        assert "ZeroDivisionError" in room.last_fault
        assert room.frame == frame + BLOCK_FRAMES
    room.hear(0, KeyDown(-1, "keys:low", 1, 100))
    assert loudest_dbfs(sound(room, 1.0)) > -40


def test_a_refusal_is_a_line_for_the_console(room: Room) -> None:
    room.hear(0, LayerPressed(NOW, 77, 0))
    room.block()
    assert [text for _, text in room.notices] == ["That player is not here."]
    assert room.faults == 0


def test_softer_is_softer(room: Room) -> None:
    room.hear(0, KeyDown(-1, "keys:low", 0, 100))
    before = loudest_dbfs(sound(room, 2.0)[-RATE:])
    room.hear(0, LevelChosen(NOW, EVERYBODY, -12.0))
    sound(room, 0.2)
    after = loudest_dbfs(sound(room, 1.0))
    assert before - after == pytest.approx(12.0, abs=3.0)


def test_an_effect_that_fails_takes_no_other_with_it(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.hear(0, KeyDown(-1, "keys:low", 0, 100))
    room.block()
    told = len(room.outbox)
    room.hear(0, KeyUp(-1, "keys:low", 0, 0))
    with monkeypatch.context() as broken:
        broken.setattr(room.engine, "note_on", lambda *_: 1 / 0)
        room.hear(0, KeyDown(-1, "keys:low", 1, 100))
        room.hear(0, LayerPressed(NOW, 0, 0))
        sound(room, 0.01)
    assert room.faults == 1
    kinds = [type(record.event).__name__ for record in list(room.outbox)[told:]]
    assert kinds == ["Released", "Played", "LayerPressed"], "what the session knows is kept"


def test_time_goes_on_whatever_listens_to_the_block(room: Room) -> None:
    def broken(_: Room) -> None:
        raise RuntimeError("no microphone")

    room.on_block = broken
    frame = room.frame
    room.block()
    room.block()
    assert room.frame == frame + 2 * BLOCK_FRAMES
    assert room.faults == 2
