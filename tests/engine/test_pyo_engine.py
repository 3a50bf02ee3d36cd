"""The pyo engine, listened to: on time, in tune, without clicks, and back to nothing."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from measuring import (
    RATE,
    Floats,
    pitch_cents_from,
    quiet,
    roughest,
    run,
)

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Engine
from jamroom.engine.patch_files import shipped_patches
from jamroom.engine.pyo_graph import POLYPHONY, PyoEngine
from jamroom.engine.sounds import Percussion

PATCHES = shipped_patches()[0]
NAMES = [patch.name for patch in PATCHES]
DRUMS = [patch.name for patch in PATCHES if isinstance(patch.sound, Percussion)]
TUNED = [name for name in NAMES if name not in DRUMS]
HELD = ["pad", "choir", "bass"]


@pytest.fixture(scope="module")
def shared() -> Iterator[PyoEngine]:
    engine = PyoEngine(PATCHES, RATE)
    for name in NAMES:
        engine.prepare(name)  # pyo knows one server; other engines come and go in these tests
    yield engine
    engine.close()


@pytest.fixture
def engine(shared: PyoEngine) -> PyoEngine:
    quiet(shared)
    return shared


def play(
    engine: PyoEngine, patch: str, note: int = 60, velocity: int = 90, blocks: int = 100
) -> Floats:
    engine.note_on(1, 0, patch, note, 0.0, velocity, 0)
    wave = run(engine, blocks)
    quiet(engine)
    return wave


def test_is_an_engine_with_the_patches_in_their_order(engine: PyoEngine) -> None:
    as_engine: Engine = engine
    assert as_engine.patches() == tuple(NAMES)
    catalogue = as_engine.catalogue()
    assert tuple(info.name for info in catalogue) == as_engine.patches()
    for info, patch in zip(catalogue, PATCHES, strict=True):
        assert (info.label, info.family, info.sentence) == (
            patch.label,
            patch.family,
            patch.sentence,
        )


def test_without_patches_it_says_so() -> None:
    with pytest.raises(ValueError, match="at least one patch"):
        PyoEngine([], RATE)


def test_another_concert_pitch_and_sample_rate() -> None:
    engine = PyoEngine([patch for patch in PATCHES if patch.name == "string"], 44100, 415.0)
    try:
        engine.note_on(1, 0, "string", 69, 0.0, 90, 0)
        assert abs(pitch_cents_from(run(engine, 700)[2400:], 415.0, 44100)) < 3.0
    finally:
        engine.close()


def test_idle_voices_are_switched_off(engine: PyoEngine) -> None:
    def running() -> int:
        return sum(stream.isPlaying() for stream in engine._server.getStreams())

    run(engine, 40)
    at_rest = running()
    for voice, patch in enumerate(NAMES):
        engine.note_on(voice, voice, patch, 60, 0.0, 90, 0)
    run(engine, 5)
    assert running() > at_rest + 20
    quiet(engine)
    run(engine, 40)
    assert running() == at_rest == 0


@pytest.mark.parametrize("patch", ["pad", "bass", "string", "mallet"])
def test_letting_go_and_silence_do_not_click(engine: PyoEngine, patch: str) -> None:
    for end in ("let go", "silence"):
        engine.note_on(1, 0, patch, 48, 0.0, 100, 0)
        run(engine, 400)
        while_on = roughest(run(engine, 100))
        if end == "let go":
            engine.note_off(1, 0)
        else:
            engine.silence()
        assert roughest(run(engine, 200)) < 1.5 * while_on, end
        quiet(engine)


def test_silence_is_complete_within_50_ms(engine: PyoEngine) -> None:
    for voice in range(40):
        engine.note_on(voice, voice % 8, NAMES[voice % len(NAMES)], 40 + voice, 0.0, 120, voice)
    run(engine, 100)
    engine.silence()
    for _ in range(int(0.05 * RATE / BLOCK_FRAMES)):
        engine.render()
    assert not np.abs(engine.render()).max() > 1e-6
    assert engine.sounding() == 0


def test_beyond_the_polyphony_the_oldest_makes_room_without_a_click(engine: PyoEngine) -> None:
    engine.note_on(0, 5, "pad", 48, 0.0, 30, 0)
    run(engine, 300)
    while_on = roughest(run(engine, 100, bus=5))
    for voice in range(1, POLYPHONY + 1):
        engine.note_on(voice, 1, "pad", 36 + voice % 48, 0.0, 90, 0)
    stolen = run(engine, 40, bus=5)
    assert roughest(stolen) < 3.0 * while_on
    assert not stolen[-64:].any()
    assert engine.sounding() == POLYPHONY
    engine.note_off(0, 0)  # gone already: nothing happens
    engine.bend(0, 100.0)
    engine.pressure(0, 1.0)
    assert engine.sounding() == POLYPHONY


def test_a_hundred_notes_in_one_block_all_get_their_turn(engine: PyoEngine) -> None:
    for voice in range(100):
        engine.note_on(voice, voice % BUSES, "mallet", 40 + voice % 40, 0.0, 90, 0)
    run(engine, 60)
    assert engine.sounding() == POLYPHONY
    for voice in range(100):
        engine.note_off(voice, 0)
    run(engine, 3000)
    assert engine.sounding() == 0


def test_an_open_shake_is_ended_by_a_short_one_on_the_same_bus(engine: PyoEngine) -> None:
    engine.note_on(1, 0, "shakers", 46, 0.0, 90, 0)
    engine.note_on(2, 1, "shakers", 46, 0.0, 90, 0)
    run(engine, 40)
    engine.note_on(3, 0, "shakers", 42, 0.0, 90, 0)
    run(engine, 40)
    assert engine.sounding() == 2


def test_notes_go_to_their_own_bus_only(engine: PyoEngine) -> None:
    engine.note_on(1, 3, "mallet", 60, 0.0, 90, 0)
    engine.note_on(2, 31, "string", 60, 0.0, 90, 0)
    block = np.concatenate([engine.render().copy() for _ in range(30)])
    assert set(np.flatnonzero(np.abs(block).max(axis=0))) == {3, 31}


def test_an_unknown_patch_plays_the_first(engine: PyoEngine) -> None:
    first = play(engine, NAMES[0])
    np.testing.assert_allclose(play(engine, "no such thing"), first, atol=1e-7)


def _little_piece(engine: PyoEngine) -> Floats:
    parts = []
    for step in range(60):
        engine.note_on(step, step % 5, NAMES[step % len(NAMES)], 40 + step % 37, 0.0, 80, step)
        if step > 4:
            engine.note_off(step - 4, step % 64)
        parts += [engine.render().copy() for _ in range(9)]
    return np.concatenate(parts)


def test_the_same_notes_give_the_same_samples() -> None:
    pieces = []
    for _ in range(2):
        engine = PyoEngine(PATCHES, RATE)
        pieces.append(_little_piece(engine))
        engine.close()
    assert np.array_equal(pieces[0], pieces[1])


@pytest.mark.parametrize("patch", ["mallet", "string", "pad"])
def test_a_poisoned_voice_is_thrown_away_and_the_music_goes_on(
    engine: PyoEngine, patch: str
) -> None:
    engine.note_on(1, 0, patch, 60, 0.0, 90, 0)
    engine.note_on(2, 4, patch, 64, 0.0, 90, 0)
    run(engine, 20)
    before = engine.poisoned
    for playing in engine._stage.active:
        if playing.voice.bus == 0:
            playing.voice._out.setMul(float("nan"))
    heard = np.concatenate([engine.render().copy() for _ in range(50)])
    assert np.isfinite(heard).all()
    assert not heard[:, 0].any()
    assert heard[:, 4].any()
    assert engine.poisoned == before + 1
    assert engine.sounding() == 1
    for voice in range(10, 10 + POLYPHONY):
        engine.note_on(voice, 0, patch, 60, 0.0, 90, 0)
    assert np.abs(run(engine, 200)).max() > 0.01
    assert engine.sounding() == POLYPHONY


wild = st.floats(allow_nan=True, allow_infinity=True)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    note=st.integers(-(2**40), 2**40),
    cents=wild,
    velocity=st.integers(-5, 300),
    offset=st.integers(-5, 300),
    bus=st.integers(-5, 300),
    amount=wild,
    patch=st.sampled_from(NAMES),
)
def test_whatever_it_is_told_it_stays_finite(
    engine: PyoEngine,
    note: int,
    cents: float,
    velocity: int,
    offset: int,
    bus: int,
    amount: float,
    patch: str,
) -> None:
    engine.note_on(1, bus, patch, note, cents, velocity, offset)
    engine.bend(1, amount)
    engine.pressure(1, amount)
    block = np.concatenate([engine.render().copy() for _ in range(20)])
    engine.note_off(1, offset)
    engine.silence()
    assert np.isfinite(block).all()
    assert np.abs(block).max() < 4.0
