"""Many notes at once, and tables made ahead: what is heard never depends on who was first."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from measuring import RATE, Floats, quiet, run

from jamroom.engine.base import BLOCK_FRAMES, BUSES
from jamroom.engine.patch_files import shipped_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.engine.stage import POLYPHONY, STARTS_PER_BLOCK

PATCHES = tuple(
    patch
    for patch in shipped_patches()[0]
    if patch.name in ("mallet", "bowed", "string", "frame-drum", "rain")
)
NAMES = [patch.name for patch in PATCHES]
_SPEAKS = 2  # the push and the resonator both begin at zero, so a mallet is heard two frames on


@pytest.fixture
def engine() -> Iterator[PyoEngine]:
    engine = PyoEngine(PATCHES, RATE)
    yield engine
    engine.close()


def onsets(engine: PyoEngine, blocks: int) -> list[int]:
    """For each bus, the first frame with sound; -1 if there is none."""
    waves = np.concatenate([engine.render().copy() for _ in range(blocks)])
    heard = np.abs(waves) > 0.0
    return [int(np.argmax(heard[:, bus])) if heard[:, bus].any() else -1 for bus in range(BUSES)]


def test_a_beat_of_thirty_two_notes_is_on_its_sample(engine: PyoEngine) -> None:
    for voice in range(STARTS_PER_BLOCK):
        engine.note_on(voice, voice, "mallet", 48 + voice, 0.0, 90, 17)
    assert set(onsets(engine, 4)) == {17 + _SPEAKS}


def test_more_than_that_begin_in_the_next_block_in_their_order(engine: PyoEngine) -> None:
    for voice in range(STARTS_PER_BLOCK):
        engine.note_on(voice, 0, "mallet", 48, 0.0, 90, 0)
    engine.note_on(100, 1, "mallet", 48, 0.0, 90, 5)
    engine.note_on(101, 2, "mallet", 48, 0.0, 90, 9)
    later = BLOCK_FRAMES + _SPEAKS
    assert onsets(engine, 4)[:3] == [_SPEAKS, later + 5, later + 9]


def test_a_note_let_go_while_it_waits_is_heard_and_ends(engine: PyoEngine) -> None:
    for voice in range(STARTS_PER_BLOCK):
        engine.note_on(voice, 0, "mallet", 48, 0.0, 90, 0)
    engine.note_on(100, 1, "bowed", 60, 0.0, 90, 0)
    engine.note_off(100, 30)
    assert np.abs(run(engine, 200, bus=1)).max() > 0.005
    engine.silence()
    run(engine, 60)
    assert engine.sounding() == 0


def test_a_flood_of_notes_does_not_keep_anybody_waiting(engine: PyoEngine) -> None:
    """Five thousand a second: what nobody could play any more in time is left out."""
    for block in range(200):
        for number in range(8):
            engine.note_on(8 * block + number, 0, NAMES[0], 60, 0.0, 90, 0)
        engine.render()
    engine.note_on(9999, 7, NAMES[0], 60, 0.0, 90, 0)
    blocks = 0
    while not engine.render()[:, 7].any():
        blocks += 1
        assert blocks < 300  # 0.4 s
    quiet(engine)


def test_silence_forgets_who_waits(engine: PyoEngine) -> None:
    for voice in range(POLYPHONY):
        engine.note_on(voice, 0, "mallet", 48, 0.0, 90, 0)
    engine.silence()
    run(engine, 60)
    assert engine.sounding() == 0


def test_the_least_audible_notes_make_room_whatever_the_patch(engine: PyoEngine) -> None:
    engine.note_on(1, 1, "bowed", 60, 0.0, 100, 0)
    engine.note_on(2, 2, "mallet", 60, 0.0, 20, 0)
    run(engine, 400)
    for voice in range(10, 10 + POLYPHONY - 1):
        engine.note_on(voice, 0, "string", 48, 0.0, 90, 0)
    run(engine, 20)
    assert np.abs(run(engine, 20, bus=1)).max() > 0.01
    assert not run(engine, 20, bus=2).any()


def _piece(engine: PyoEngine) -> Floats:
    parts = []
    for step in range(25):
        engine.note_on(step, step % 5, NAMES[step % 5], 38 + step * 2, 0.0, 80, step)
        parts += [engine.render().copy() for _ in range(10)]
        engine.note_off(step, 0)
    return np.concatenate(parts)


def test_made_ahead_or_when_wanted_it_sounds_the_same() -> None:
    pieces = []
    for ahead in ("no", "prepared", "warm"):
        engine = PyoEngine(PATCHES, RATE)
        if ahead == "prepared":
            for name in (*NAMES, "no such thing"):
                engine.prepare(name)
        elif ahead == "warm":
            engine.warm_up()
        pieces.append(_piece(engine))
        engine.close()
    np.testing.assert_array_equal(pieces[0], pieces[1])
    np.testing.assert_array_equal(pieces[0], pieces[2])


def test_closing_while_tables_are_made_ends_well() -> None:
    engine = PyoEngine(shipped_patches()[0], RATE)
    engine.warm_up()
    engine.warm_up()
    engine.note_on(1, 0, "mallet", 60, 0.0, 90, 0)
    run(engine, 3)
    engine.close()


def test_a_drum_sounds_the_same_alone_and_beside_others(engine: PyoEngine) -> None:
    def strokes(with_others: bool) -> Floats:
        parts = []
        for step in range(4):
            engine.note_on(2 * step, 3, "frame-drum", 38, 0.0, 90, 0)
            if with_others:
                engine.note_on(2 * step + 1, 4, "frame-drum", 38, 0.0, 90, 0)
            parts.append(run(engine, 60, bus=3))
        quiet(engine)
        return np.concatenate(parts)

    np.testing.assert_allclose(strokes(False), strokes(True), atol=1e-6)
