"""Every shipped patch, listened to: in tune, on time, alive under the hand, level with the rest."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from measuring import (
    MIDDLE,
    RATE,
    Floats,
    centre_hz,
    loudness_lufs,
    overtones_db,
    phrase,
    pitch_cents_from,
    quiet,
    roughest,
    run,
)

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.font_levels import TARGET_LUFS
from jamroom.engine.patch_files import shipped_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.engine.sounds import Held, Percussion, Texture
from jamroom.engine.tables import hz

PATCHES = shipped_patches()[0]
BY_NAME = {patch.name: patch for patch in PATCHES}
NAMES = list(BY_NAME)
HELD = [patch.name for patch in PATCHES if isinstance(patch.sound, Held)]
TUNED = [p.name for p in PATCHES if not isinstance(p.sound, Percussion | Texture)]
LONG = ("bowl", "gong", "sea", "drone")


@pytest.fixture(scope="module")
def shared() -> Iterator[PyoEngine]:
    engine = PyoEngine(PATCHES, RATE)
    yield engine
    engine.close()


@pytest.fixture
def engine(shared: PyoEngine) -> PyoEngine:
    quiet(shared)
    return shared


def home(name: str) -> int:
    """A note in the patch's own middle register."""
    if isinstance(BY_NAME[name].sound, Percussion):
        return 36
    return MIDDLE.get(name, 60)


def hear(
    engine: PyoEngine,
    patch: str,
    velocity: int = 90,
    blocks: int = 375,
    *,
    cents: float = 0.0,
    pressure: float | None = None,
    bend: float | None = None,
) -> Floats:
    """One note, held."""
    engine.note_on(1, 0, patch, home(patch), cents, velocity, 0)
    if pressure is not None:
        engine.pressure(1, pressure)
    if bend is not None:
        run(engine, 20)
        engine.bend(1, bend)
    wave = run(engine, blocks)
    quiet(engine)
    return wave


def cents_off(wave: Floats, patch: str, cents: float) -> float:
    settled = wave[9600:27000]  # after any glide, and before short bars are gone
    return pitch_cents_from(settled, hz(home(patch) + cents / 100.0))


@pytest.mark.parametrize("patch", TUNED)
def test_in_tune_within_five_cents_quarter_tones_and_bends_too(
    engine: PyoEngine, patch: str
) -> None:
    for cents in (0.0, 50.0, -50.0):
        assert abs(cents_off(hear(engine, patch, blocks=425, cents=cents), patch, cents)) < 5.0
    assert abs(cents_off(hear(engine, patch, blocks=425, bend=150.0), patch, 150.0)) < 5.0


@pytest.mark.parametrize("patch", ["mallet", "string", "bowed", "clarinet", "organ", "choir"])
def test_in_tune_over_four_octaves(engine: PyoEngine, patch: str) -> None:
    for note in (41, 48, 55, 67, 74, 84):
        engine.note_on(1, 0, patch, note, 0.0, 90, 0)
        wave = run(engine, 500)[2400:]
        quiet(engine)
        heard = wave[: RATE // 3] if patch == "mallet" else wave
        assert abs(pitch_cents_from(heard, hz(note))) < 3.0, note


@pytest.mark.parametrize("patch", [name for name in NAMES if name not in HELD])
def test_what_is_struck_speaks_within_two_milliseconds(engine: PyoEngine, patch: str) -> None:
    wave = np.abs(hear(engine, patch, blocks=100))
    assert np.argmax(wave > wave.max() * 0.01) < 0.002 * RATE


@pytest.mark.parametrize("patch", HELD)
def test_what_is_held_is_there_within_its_attack(engine: PyoEngine, patch: str) -> None:
    sound = BY_NAME[patch].sound
    assert isinstance(sound, Held)
    wave = np.abs(hear(engine, patch, blocks=750))
    within = wave[: int((sound.attack_s + 0.05) * RATE)]
    assert within.max() > 0.4 * wave.max()


@pytest.mark.parametrize("patch", NAMES)
def test_loud_and_bright_go_with_velocity(engine: PyoEngine, patch: str) -> None:
    soft, middle, hard = (hear(engine, patch, velocity, 225) for velocity in (25, 75, 125))
    assert np.std(soft) * 2 < np.std(middle) < np.std(hard) / 1.5
    top_hz = 1000.0 if patch not in TUNED else 2.5 * hz(home(patch))
    brighter = overtones_db(hard, top_hz) - overtones_db(soft, top_hz)
    assert brighter > 1.5 or centre_hz(hard) > 1.2 * centre_hz(soft)


@pytest.mark.parametrize("patch", HELD)
def test_leaning_is_louder_and_brighter(engine: PyoEngine, patch: str) -> None:
    before = hear(engine, patch, 70, 900, pressure=0.0)[BLOCK_FRAMES * 300 :]
    after = hear(engine, patch, 70, 900, pressure=1.0)[BLOCK_FRAMES * 300 :]
    assert np.std(after) > 1.2 * np.std(before)
    assert centre_hz(after) > 1.01 * centre_hz(before)


@pytest.mark.parametrize("patch", [name for name in TUNED if name not in HELD])
def test_leaning_on_what_rings_makes_it_waver(engine: PyoEngine, patch: str) -> None:
    plain = hear(engine, patch, blocks=400)
    leaned = hear(engine, patch, blocks=400, pressure=1.0)
    np.testing.assert_allclose(leaned[:BLOCK_FRAMES], plain[:BLOCK_FRAMES], atol=1e-3)
    apart = np.std((leaned - plain)[9600:])
    assert 0.1 * np.std(plain[9600:]) < apart < 2.5 * np.std(plain[9600:])


@pytest.mark.parametrize("patch", ["frame-drum", "darbuka", "cajon"])
def test_a_pressed_skin_is_higher(engine: PyoEngine, patch: str) -> None:
    plain, pressed = hear(engine, patch, blocks=150), hear(engine, patch, blocks=150, pressure=1.0)
    assert centre_hz(pressed) > 1.02 * centre_hz(plain)


def test_patches_are_equally_loud_at_velocity_90(engine: PyoEngine) -> None:
    loud = {patch.name: loudness_lufs(phrase(engine, patch)) for patch in PATCHES}
    assert max(loud.values()) - min(loud.values()) < 1.0, loud
    # SoundFonts are brought to the same loudness.
    assert all(abs(level - TARGET_LUFS) < 0.5 for level in loud.values()), loud


@pytest.mark.parametrize("patch", HELD)
def test_a_short_tap_is_heard(engine: PyoEngine, patch: str) -> None:
    held = np.abs(hear(engine, patch, blocks=250)).max()
    engine.note_on(1, 0, patch, home(patch), 0.0, 90, 0)
    run(engine, 15)
    engine.note_off(1, 0)
    assert np.abs(run(engine, 400)).max() > 0.3 * held


@pytest.mark.parametrize("patch", NAMES)
def test_every_note_dies_away_and_frees_its_voice(engine: PyoEngine, patch: str) -> None:
    engine.note_on(1, 0, patch, home(patch), 0.0, 110, 0)
    run(engine, 60)
    assert engine.sounding() == 1
    engine.note_off(1, 20)
    for _ in range(36 if patch in LONG else 19):
        if engine.sounding():
            run(engine, 100)
    assert engine.sounding() == 0
    run(engine, 40)
    assert not run(engine, 10).any()


@pytest.mark.parametrize("patch", TUNED)
def test_letting_go_and_stealing_do_not_click(engine: PyoEngine, patch: str) -> None:
    for end in ("let go", "steal"):
        engine.note_on(1, 0, patch, home(patch), 0.0, 100, 0)
        run(engine, 150)
        while_on = run(engine, 100)
        if end == "let go":
            engine.note_off(1, 0)
        else:
            engine.note_on(1, 1, patch, home(patch), 0.0, 100, 0)
        # A fade of a pure tone bends it a little; a click is a corner as sharp as a stroke.
        allowed = max(1.5 * roughest(while_on), 0.02 * np.abs(while_on).max())
        assert roughest(run(engine, 60)) < allowed, end
        quiet(engine)


@pytest.mark.parametrize("patch", ["organ", "clarinet", "pad", "harmonium", "drone"])
def test_a_loop_has_no_seam(engine: PyoEngine, patch: str) -> None:
    wave = hear(engine, patch, 60, 1600)[RATE // 2 :].astype(np.float64)
    corners = np.abs(np.diff(wave, 6))  # only what is very high is left
    sharp = corners[: corners.size // 100 * 100].reshape(-1, 100).max(axis=1)
    assert sharp.max() < 5.0 * np.median(sharp)


@pytest.mark.parametrize("patch", NAMES)
def test_a_voice_that_was_cut_short_begins_afresh(engine: PyoEngine, patch: str) -> None:
    engine.note_on(1, 0, patch, home(patch), 0.0, 120, 0)
    run(engine, 20)
    quiet(engine)
    engine.note_on(2, 0, patch, home(patch), 0.0, 60, 40)
    assert not run(engine, 1)[:40].any()


def test_a_plucked_string_can_slide_into_its_note(engine: PyoEngine) -> None:
    wave = hear(engine, "guzheng", blocks=425)
    assert pitch_cents_from(wave[480:3360], hz(60)) < -50.0
    assert abs(cents_off(wave, "guzheng", 0.0)) < 5.0
