"""The mixer: whatever comes in, nothing that leaves is loud, sudden or not a number."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from measuring import RATE, roughest

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.mixer import HOSPITAL_CEILING_DBFS, STANDARD_CEILING_DBFS, Mixer
from jamroom.engine.reverb import RING_S, Reverb

BLOCKS_PER_S = RATE // BLOCK_FRAMES


def silence() -> Block:
    return np.zeros((BLOCK_FRAMES, BUSES), dtype=np.float32)


def tone(mixer: Mixer, blocks: int, level: float = 0.1, bus: int = 0, at: int = 0) -> Block:
    """Send a 300 Hz tone into one bus and keep what comes out."""
    heard = []
    for block in range(at, at + blocks):
        frames = np.arange(block * BLOCK_FRAMES, (block + 1) * BLOCK_FRAMES)
        sent = silence()
        sent[:, bus] = level * np.sin(2 * np.pi * 300.0 * frames / RATE)
        heard.append(mixer.mix(sent).copy())
    return np.concatenate(heard)


def open_mixer(ceiling_dbfs: float = STANDARD_CEILING_DBFS) -> Mixer:
    """A mixer whose fade-in is over."""
    mixer = Mixer(RATE, ceiling_dbfs)
    for _ in range(BLOCKS_PER_S // 2):
        mixer.mix(silence())
    return mixer


def dry(mixer: Mixer) -> Mixer:
    for bus in range(BUSES):
        mixer.set_send(bus, -100.0)
    for _ in range(BLOCKS_PER_S // 10):
        mixer.mix(silence())
    return mixer


def rms(wave: npt.NDArray[np.floating]) -> float:
    return float(np.sqrt(np.mean(wave.astype(np.float64) ** 2)))


hostile = st.sampled_from(
    [0.0, 0.1, -1.0, 1e3, -64.0, 1e35, -3.4e38, 1e-40, math.nan, math.inf, -math.inf]
) | st.floats(width=32)


@settings(max_examples=100, deadline=None)
@given(
    block=arrays.arrays(np.float32, (BLOCK_FRAMES, BUSES), elements=hostile, fill=hostile),
    ceiling_dbfs=st.sampled_from([STANDARD_CEILING_DBFS, HOSPITAL_CEILING_DBFS]),
    level_db=st.floats(),
)
def test_every_sample_is_finite_and_under_the_ceiling(
    block: Block, ceiling_dbfs: float, level_db: float
) -> None:
    mixer = open_mixer(ceiling_dbfs)
    mixer.set_level(0, level_db)
    mixer.set_pan(1, level_db)
    mixer.set_send(2, level_db)
    mixer.set_room_level(level_db)
    mixer.set_echo(level_db, level_db)
    mixer.set_echo(0.06, 0.8)
    for bus in range(BUSES):
        mixer.set_echo_send(bus, 0.0)
    mixer.set_echo_send(3, level_db)
    limit = 10 ** (ceiling_dbfs / 20)
    for sent in [block, block, silence(), block] + 50 * [silence()]:  # the echo comes back
        out = mixer.mix(sent)
        assert out.shape == (BLOCK_FRAMES, 2)
        assert out.dtype == np.float32
        assert np.isfinite(out).all()
        assert float(np.abs(out.astype(np.float64)).max()) <= limit
        assert math.isfinite(mixer.peak_dbfs)


@pytest.mark.parametrize("gain_db", [0.0, 20.0, 36.0, 60.0, 700.0])
def test_any_gain_stays_under_the_ceiling(gain_db: float) -> None:
    for ceiling_dbfs in (STANDARD_CEILING_DBFS, HOSPITAL_CEILING_DBFS):
        mixer = open_mixer(ceiling_dbfs)
        mixer.set_echo(0.1, 0.8)
        mixer.set_echo_send(0, 0.0)
        out = tone(mixer, 200, level=10 ** (gain_db / 20))
        assert float(np.abs(out).max()) <= 10 ** (ceiling_dbfs / 20)


@pytest.mark.parametrize("poison", [math.nan, math.inf, -math.inf, 1e35])
def test_a_poisoned_bus_is_silenced_and_named_and_the_others_play_on(poison: float) -> None:
    mixer = open_mixer()
    tone(mixer, 100)
    sent = silence()
    sent[:, 0] = 0.1
    sent[7, 3] = poison
    sent[9, 30] = poison
    out = mixer.mix(sent)
    assert mixer.poisoned_buses == (3, 30)
    assert np.abs(out).max() > 0.01
    after = tone(mixer, 100)
    assert mixer.poisoned_buses == ()
    assert np.isfinite(after).all()
    assert rms(after[-3200:]) == pytest.approx(rms(tone(open_mixer(), 100)[-3200:]), rel=0.05)


def test_quiet_music_passes_unchanged() -> None:
    mixer = dry(open_mixer())
    out = tone(mixer, 400)[-6400:]
    assert rms(out[:, 0]) == pytest.approx(0.1 / math.sqrt(2), rel=0.01)
    assert np.array_equal(out[:, 0], out[:, 1])  # the first bus sits in the middle


def test_loud_music_is_held_back_smoothly() -> None:
    mixer = dry(open_mixer())
    out = tone(mixer, 800, level=2.0)[-12800:, 0].astype(np.float64)
    assert 0.3 < np.abs(out).max() <= mixer.ceiling
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size)))
    overtones = np.sort(spectrum)[:-40]
    assert overtones.max() < 0.02 * spectrum.max()  # a limiter, not a fuzz box


def test_levels_and_pans_do_not_zipper() -> None:
    mixer = dry(open_mixer())
    plain = roughest(tone(mixer, 100)[:, 0])
    mixer.set_level(0, -12.0)
    down = tone(mixer, 100, at=100)
    mixer.set_pan(0, 1.0)
    right = tone(mixer, 100, at=200)
    mixer.set_room_level(-6.0)
    softer = tone(mixer, 100, at=300)
    for part in (down[:, 0], right[:, 0], right[:, 1], softer[:, 1]):
        assert roughest(part) < 1.3 * plain
    assert rms(down[-3200:]) == pytest.approx(0.1 / math.sqrt(2) * 10 ** (-12 / 20), rel=0.02)
    assert rms(right[-3200:, 0]) < 1e-6
    assert rms(softer[-3200:]) == pytest.approx(rms(right[-3200:]) / 2, rel=0.02)


def test_unmuting_takes_at_least_300_ms() -> None:
    for mute, unmute in (
        (lambda m: m.set_level(0, -90.0), lambda m: m.set_level(0, 0.0)),
        (lambda m: m.set_room_level(-90.0), lambda m: m.set_room_level(0.0)),
    ):
        mixer = dry(open_mixer())
        mute(mixer)
        assert rms(tone(mixer, 200)[-3200:]) < 1e-6
        unmute(mixer)
        out = np.abs(tone(mixer, BLOCKS_PER_S)[:, 0])
        assert out[: int(0.3 * RATE)].max() < 0.08
        assert out[int(0.5 * RATE) :].max() > 0.099


def test_the_start_is_a_fade_in() -> None:
    out = np.abs(tone(Mixer(RATE), BLOCKS_PER_S))
    assert out[: int(0.1 * RATE)].max() < 0.01
    assert out[: int(0.3 * RATE)].max() < 0.08
    assert out[int(0.45 * RATE) :].max() > 0.08


def test_silence_within_50_ms_then_a_fade_in() -> None:
    mixer = open_mixer()
    plain = roughest(tone(mixer, 200)[:, 0])
    mixer.silence()
    out = tone(mixer, BLOCKS_PER_S, at=200)
    assert roughest(out[:, 0]) < 1.3 * plain
    level = np.abs(out).reshape(-1, BLOCK_FRAMES * 2).max(axis=1)
    quietest = int(np.argmin(level))
    assert level[quietest] < 1e-4
    assert quietest * BLOCK_FRAMES < 0.05 * RATE
    assert level[quietest : quietest + int(0.3 * BLOCKS_PER_S)].max() < 0.08
    assert level[-10:].max() > 0.08


def test_silence_empties_the_air_of_the_room() -> None:
    mixer = open_mixer()
    tone(mixer, 400, level=0.3)
    mixer.silence()
    for _ in range(int(0.05 * BLOCKS_PER_S)):
        mixer.mix(silence())
    rest = np.concatenate([mixer.mix(silence()).copy() for _ in range(BLOCKS_PER_S)])
    assert np.abs(rest).max() < 1e-4


def test_direct_current_is_taken_out() -> None:
    mixer = open_mixer()
    sent = silence()
    sent[:, 0] = 0.3
    for _ in range(BLOCKS_PER_S):
        out = mixer.mix(sent)
    assert np.abs(out).max() < 0.005


def test_the_meter_shows_the_peak_and_falls() -> None:
    mixer = dry(open_mixer())
    tone(mixer, 100, level=0.25)
    assert mixer.peak_dbfs == pytest.approx(20 * math.log10(0.25), abs=0.2)
    for _ in range(BLOCKS_PER_S):
        mixer.mix(silence())
    assert -45.0 < mixer.peak_dbfs < -30.0


def test_nan_settings_change_nothing() -> None:
    mixer, plain = open_mixer(), open_mixer()
    for change in (mixer.set_room_level, lambda v: mixer.set_level(0, v)):
        change(math.nan)
    mixer.set_pan(0, math.nan)
    mixer.set_send(0, math.nan)
    mixer.set_echo_send(0, math.nan)
    mixer.set_echo(math.nan, 0.5)
    mixer.set_echo(0.5, math.nan)
    mixer.set_ceiling(math.nan)
    assert np.array_equal(tone(mixer, 50), tone(plain, 50))


def test_seats_do_not_all_sit_in_the_middle() -> None:
    sides = []
    for bus in range(8):
        mixer = dry(open_mixer())
        out = tone(mixer, 100, bus=bus)[-3200:]
        sides.append(round(20 * math.log10(rms(out[:, 1]) / rms(out[:, 0]))))
    assert sides[0] == 0
    assert len(set(sides)) >= 6
    assert all(abs(side) < 12 for side in sides)


def test_the_room_rings_for_its_time_and_then_sleeps() -> None:
    reverb = Reverb(RATE)
    click = np.zeros(BLOCK_FRAMES, dtype=np.float32)
    click[0] = 1.0
    nothing = np.zeros(BLOCK_FRAMES, dtype=np.float32)
    parts = [reverb.process(click).copy()]
    parts += [reverb.process(nothing).copy() for _ in range(6 * BLOCKS_PER_S)]
    left, right = np.concatenate(parts).T.astype(np.float64)
    power = np.cumsum((left**2 + right**2)[::-1])[::-1]
    level_db = 10 * np.log10(power / power[0] + 1e-30)
    ring_s = 2.0 * (np.argmax(level_db < -35) - np.argmax(level_db < -5)) / RATE
    assert 0.6 * RING_S < ring_s < 1.1 * RING_S
    assert abs(np.corrcoef(left, right)[0, 1]) < 0.3  # wide, not two of the same
    assert not parts[-1].any()
    assert reverb._asleep


def test_the_same_blocks_give_the_same_samples() -> None:
    rng = np.random.default_rng(3)
    blocks = [rng.normal(0.0, 0.05, (BLOCK_FRAMES, BUSES)).astype(np.float32) for _ in range(100)]
    first, second = Mixer(RATE), Mixer(RATE)
    assert all(np.array_equal(first.mix(one), second.mix(one)) for one in blocks)


# -- ceiling, echo, faders -------------------------------------------------------------------


@pytest.mark.parametrize(("asked", "is_dbfs"), [(-12.0, -12.0), (-40.0, -24.0), (0.0, -6.0)])
def test_the_ceiling_moves_without_a_click(asked: float, is_dbfs: float) -> None:
    mixer = dry(open_mixer(-9.0))
    plain = roughest(tone(mixer, 400, level=2.0)[-6400:, 0])
    mixer.set_ceiling(asked)
    moving = tone(mixer, 600, level=2.0, at=400)[:, 0]
    assert roughest(moving) < 1.6 * plain
    assert mixer.ceiling == pytest.approx(10 ** (is_dbfs / 20))
    later = np.abs(tone(mixer, 200, level=2.0, at=1000)).max()
    assert 0.7 * mixer.ceiling < later <= 10 ** (is_dbfs / 20)


def test_nothing_is_ever_above_a_ceiling_that_moves() -> None:
    rng = np.random.default_rng(2)
    mixer = open_mixer()
    for block in range(600):
        if block % 40 == 0:
            mixer.set_ceiling(float(rng.uniform(-24.0, -6.0)))
        sent = rng.normal(0.0, 3.0, (BLOCK_FRAMES, BUSES)).astype(np.float32)
        out = mixer.mix(sent)
        assert float(np.abs(out).max()) <= mixer.ceiling <= 10 ** (STANDARD_CEILING_DBFS / 20)


def test_a_bus_is_heard_again_from_the_echo_at_its_send() -> None:
    levels = []
    for send_db in (0.0, -12.0, -80.0):
        mixer = dry(open_mixer())
        mixer.set_echo(0.3, 0.5)
        mixer.set_echo_send(4, send_db)
        tone(mixer, 60, bus=4)  # 80 ms, and the faders have moved
        rest = np.concatenate([mixer.mix(silence()).copy() for _ in range(BLOCKS_PER_S)])
        level = np.abs(rest).max(axis=1)
        assert level[: int(0.2 * RATE)].max() < 0.004  # between the tone and its first repeat
        levels.append(rms(rest[int(0.22 * RATE) : int(0.3 * RATE)]))
    assert levels[0] > 0.03
    assert 20 * math.log10(levels[0] / levels[1]) == pytest.approx(12.0, abs=1.0)
    assert levels[2] < 1e-4


def test_silence_empties_the_echo() -> None:
    mixer = dry(open_mixer())
    mixer.set_echo(0.3, 0.8)
    mixer.set_echo_send(0, 0.0)
    tone(mixer, 300, level=0.3)
    mixer.silence()
    for _ in range(int(0.05 * BLOCKS_PER_S)):
        mixer.mix(silence())
    rest = np.concatenate([mixer.mix(silence()).copy() for _ in range(2 * BLOCKS_PER_S)])
    assert np.abs(rest).max() < 1e-4


def test_a_pan_keeps_the_power() -> None:
    powers = []
    for pan in (-1.0, -0.5, 0.0, 0.3, 1.0):
        mixer = dry(open_mixer())
        mixer.set_pan(0, pan)
        left, right = tone(mixer, 200)[-6400:].T
        powers.append(rms(left) ** 2 + rms(right) ** 2)
        assert math.atan2(rms(right), rms(left)) == pytest.approx((pan + 1) * math.pi / 4, abs=0.01)
    assert max(powers) < 1.01 * min(powers)


def test_a_fade_in_is_not_hurried_by_other_settings() -> None:
    mixer = dry(open_mixer())
    mixer.set_level(0, -90.0)
    mixer.set_room_level(-90.0)
    tone(mixer, 100)
    heard = []
    for block in range(BLOCKS_PER_S // 5):  # 200 ms in which everything is set again and again
        mixer.set_level(0, 0.0 - 0.01 * (block % 2))
        mixer.set_pan(0, 0.1 * (block % 3))
        mixer.set_room_level(-0.01 * (block % 2))
        heard.append(tone(mixer, 1, at=100 + block))
    assert np.abs(np.concatenate(heard)).max() < 0.08


def test_rest_changes_nothing_that_can_be_heard() -> None:
    """A mixer that has rested plays the next note as one that never did."""
    rested, awake = dry(open_mixer()), dry(open_mixer())
    murmur = silence()
    murmur[0, 31] = 1e-20
    for _ in range(BLOCKS_PER_S * 2):
        assert not rested.mix(silence()).any()
        awake.mix(murmur)
    assert np.allclose(tone(rested, 200), tone(awake, 200), atol=1e-7)


def test_after_music_it_comes_to_rest() -> None:
    mixer = open_mixer()
    mixer.set_echo(0.2, 0.5)
    mixer.set_echo_send(0, -6.0)
    tone(mixer, 300)
    out = [mixer.mix(silence()).copy() for _ in range(15 * BLOCKS_PER_S)]
    assert np.abs(out[10]).max() > 1e-3
    assert not np.concatenate(out[-100:]).any()
    assert mixer.loudness_lufs == -120.0


@pytest.mark.parametrize("frames", [128, 256])
def test_more_frames_at_a_time_sound_the_same(frames: int) -> None:
    """The render's mixer is the room's, to a limiter that is told a little less often."""
    rng = np.random.default_rng(8)
    wave = rng.normal(0.0, 0.01, (BLOCKS_PER_S * 2 * BLOCK_FRAMES, BUSES)).astype(np.float32)
    wave = wave[: len(wave) // frames * frames]
    mixes = []
    for size in (BLOCK_FRAMES, frames):
        mixer = Mixer(RATE, frames=size)
        mixer.set_echo(0.2, 0.5)
        mixer.set_echo_send(2, -6.0)
        blocks = wave.reshape(-1, size, BUSES)
        mixes.append(np.concatenate([mixer.mix(block).copy() for block in blocks])[RATE:])
    difference = rms(mixes[0] - mixes[1])
    assert difference < 1e-4 * rms(mixes[0])
