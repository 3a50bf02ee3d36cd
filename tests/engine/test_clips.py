"""Recorded loops: cut to the frame, played to the frame, kept in bounds, found again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.clips import ClipStore
from jamroom.engine.microphone import Microphone
from jamroom.engine.stretching import fade_in, seam_frames
from jamroom.session.effects import ClipOn, ClipTaken
from jamroom.session.room_events import AudioTempo
from jamroom.session.state import Clip, Content, Layer

RATE = 48_000
SEAM = seam_frames(RATE)
LOOP = 9_601  # no whole number of blocks


def tone(frames: int, cycles: float = 220.0) -> Block:
    """Steady, and made to close seamlessly over LOOP frames."""
    return np.sin(2 * np.pi * cycles * np.arange(frames) / LOOP).astype(np.float32) * 0.5


def noise(frames: int, seed: int = 1) -> Block:
    return (np.random.default_rng(seed).standard_normal(frames) * 0.1).astype(np.float32)


class Stage:
    """A player with its store and a microphone that is fed by hand, block after block."""

    def __init__(self, directory: Path | None = None, most_bytes: int = 2**30) -> None:
        self.said: list[str] = []
        self.microphone = Microphone(RATE, seconds=4.0)
        self.store = ClipStore(directory, self.microphone, self.said.append, most_bytes)
        self.player = ClipPlayer(self.store, RATE)
        self.frame = 0

    def hear(self, sound: Block) -> None:
        self.microphone.hear(sound, self.microphone.end)

    def run(self, frames: int, effects: list[ClipOn] | None = None) -> Block:
        """What bus 0 plays from now on; effects come in the block that holds their frame."""
        effects = list(effects or ())
        heard = []
        for _ in range(-(-frames // BLOCK_FRAMES)):
            while effects and effects[0].frame < self.frame + BLOCK_FRAMES:
                self.player.play(effects.pop(0))
            block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
            self.player.add_into(block, self.frame)
            heard.append(block[:, 0].copy())
            self.frame += BLOCK_FRAMES
        return np.concatenate(heard)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    yield made
    made.store.close()


def on(
    frame: int, skip: int = 0, clip: int = 1, frames: int = LOOP, how: AudioTempo = "stretch"
) -> ClipOn:
    return ClipOn(frame, 1, 0, 0, clip, skip, frames, LOOP, how)


# -- cutting ---------------------------------------------------------------------------------


def test_a_clip_is_cut_to_the_frame_and_shifted_by_the_latency(stage: Stage) -> None:
    heard = noise(40_000)
    stage.microphone.round_trip_frames, stage.microphone.offset_ms = 384, 1.0
    stage.hear(heard)
    stage.store.take(ClipTaken(0, 1, 10_000, 10_000 + LOOP))
    clip = stage.store.sound(1)
    assert clip is not None
    begin = 10_000 + 384 + 48
    expected = heard[begin : begin + LOOP + SEAM]
    assert np.array_equal(clip.read(0, LOOP + SEAM), expected)  # out of the ring
    stage.store.settle()
    assert clip.samples is not None
    assert np.array_equal(clip.read(0, LOOP + SEAM), expected)  # copied
    assert clip.frames == LOOP


def test_a_clip_sounds_while_its_end_is_still_coming_in(stage: Stage) -> None:
    heard = noise(30_000)
    stage.hear(heard[:LOOP])
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    clip = stage.store.sound(1)
    assert clip is not None
    assert np.array_equal(clip.read(100, 64), heard[100:164])
    assert not clip.arrived
    stage.hear(heard[LOOP : LOOP + SEAM])
    stage.store.settle()
    assert np.array_equal(clip.read(0, LOOP + SEAM), heard[: LOOP + SEAM])


def test_what_a_driver_never_brings_is_silence(stage: Stage) -> None:
    stage.hear(noise(LOOP - 100))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    clip = stage.store.sound(1)
    assert clip is not None
    assert clip.samples is not None
    assert not clip.samples[LOOP - 100 :].any()


def test_an_overdub_is_a_new_clip_and_the_old_one_stays(stage: Stage) -> None:
    first, second = noise(LOOP + SEAM, 1), noise(LOOP + SEAM, 2)
    stage.hear(first)
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.hear(second)
    begin = LOOP + SEAM
    stage.store.take(ClipTaken(0, 2, begin, begin + LOOP, onto=1))
    old, new = stage.store.sound(1), stage.store.sound(2)
    assert old is not None
    assert new is not None
    assert np.allclose(new.read(0, LOOP + SEAM), first + second)
    stage.store.settle()
    assert np.allclose(new.read(0, LOOP + SEAM), first + second)
    assert np.array_equal(old.read(0, LOOP + SEAM), first)


def test_an_overdub_in_the_middle_comes_and_goes_softly(stage: Stage) -> None:
    stage.hear(np.zeros(LOOP + SEAM, np.float32))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    begin = stage.microphone.end
    stage.hear(np.full(LOOP, 0.5, np.float32))
    stage.store.take(ClipTaken(0, 2, begin + 1000, begin + 3000, onto=1, at_frame=1000))
    new = stage.store.sound(2)
    assert new is not None
    parts = [new.read(at, min(64, LOOP + SEAM - at)).copy() for at in range(0, LOOP + SEAM, 64)]
    stage.store.settle()
    whole = new.read(0, LOOP + SEAM)
    assert np.array_equal(np.concatenate(parts), whole)  # block by block as in one go
    assert not whole[:1000].any()
    assert not whole[3000 + SEAM :].any()
    assert np.all(whole[1000 + SEAM : 3000] == 0.5)
    assert np.abs(np.diff(whole)).max() < 0.5 * 1.6 / SEAM


# -- playing ---------------------------------------------------------------------------------


def test_passes_begin_on_their_frame_and_repeat_exactly(stage: Stage) -> None:
    loop = np.zeros(LOOP + SEAM, np.float32)
    loop[SEAM + 1 : SEAM + 5] = 1.0  # after the crossfade
    stage.hear(loop)
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    starts = [777 + turn * LOOP for turn in range(50)]
    heard = stage.run(starts[-1] + LOOP, [on(start) for start in starts])
    onsets = np.flatnonzero(np.diff(heard, prepend=0.0) > 0.5) - SEAM - 1
    assert onsets.tolist() == starts


def test_the_seam_of_a_steady_tone_cannot_be_found(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    heard = stage.run(6 * LOOP, [on(turn * LOOP) for turn in range(8)])[SEAM : 5 * LOOP]
    assert np.abs(heard - tone(5 * LOOP)[SEAM:]).max() < 1e-5


def test_a_seam_has_no_step_whatever_was_recorded(stage: Stage) -> None:
    rising = np.linspace(-0.5, 0.5, LOOP + SEAM, dtype=np.float32)
    stage.hear(rising)
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    heard = stage.run(3 * LOOP, [on(turn * LOOP) for turn in range(4)])[SEAM:]
    assert np.abs(np.diff(heard)).max() < 1.6 / SEAM  # the crossfade's own slope, no more


def test_a_layer_that_stops_is_silent_after_its_fade_and_comes_back_in_phase(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    stage.run(1000, [on(0)])
    at = stage.frame + 10
    stage.player.stop(1, 0, at)
    gone = stage.run(1000)
    assert gone[:10].any()
    assert not gone[10 + SEAM :].any()
    back = stage.frame + 20
    heard = stage.run(4000, [on(back, skip=back)])
    assert (
        np.abs(heard[20 + 1440 :] - tone(LOOP)[back + 1440 : back - 20 + len(heard)]).max() < 1e-6
    )
    assert np.abs(np.diff(heard)).max() < 0.5 * 2 * np.pi * 220 / LOOP + 1e-3


def test_a_pass_that_is_told_late_goes_on_where_it_would_be(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    stage.run(640)
    stage.player.play(on(100))
    heard = stage.run(4000)
    assert np.abs(heard[1440:] - tone(LOOP)[540 + 1440 : 540 + len(heard)]).max() < 1e-6


def test_a_new_clip_in_the_middle_of_a_pass_takes_over_without_a_step(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.take(ClipTaken(0, 2, 0, LOOP))
    stage.store.settle()
    effects = [on(0), on(3000, skip=3000, clip=2)]
    heard = stage.run(6000, effects)
    assert np.abs(heard[SEAM:] - tone(len(heard))[SEAM:]).max() < 1e-6


def test_everything_is_silent_within_30_ms(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    stage.run(1000, [on(0)])
    stage.player.silence()
    heard = stage.run(4000)
    assert heard[:64].any()
    assert np.abs(np.diff(heard)).max() < 0.1
    assert not heard[1440:].any()
    assert stage.player.sounding == 0


def test_layers_sound_together_each_on_its_own_bus(stage: Stage) -> None:
    stage.hear(noise(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    for layer in range(80):
        stage.player.play(ClipOn(0, layer + 1, layer // 8, layer, 1, 0, LOOP, LOOP, "stretch"))
    block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
    for turn in range(10):
        block[:] = 0.0
        stage.player.add_into(block, turn * BLOCK_FRAMES)
    clip = stage.store.sound(1)
    assert clip is not None
    assert np.allclose(block[:, 9], 8 * clip.read(576, 64), atol=1e-5)
    assert not block[:, 10:].any()


def test_a_howl_lets_recorded_loops_go_away_and_come_back(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    passes = [on(turn * LOOP) for turn in range(40)]
    stage.run(1000, passes[:1])
    stage.player.duck()
    heard = stage.run(25 * LOOP, passes[1:])
    assert not heard[RATE // 10 : 2 * RATE].any()
    assert np.abs(heard[-LOOP:]).max() > 0.49
    assert np.abs(np.diff(heard)).max() < 0.1


# -- another tempo ---------------------------------------------------------------------------


def clip_layer() -> Layer:
    return Layer(0, 0, "playing", (Content(1, 4.0, 0.0, clip=Clip(1, LOOP, 96.0)),), 1)


@pytest.mark.parametrize("how", ["stretch", "repitch"])
def test_a_loop_at_another_tempo_is_silent_until_it_is_made(stage: Stage, how: AudioTempo) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    longer = 12_000
    assert not stage.run(64, [on(0, frames=longer, how=how)]).any()
    assert stage.player.state_of(clip_layer()) == "stretching"
    stage.store.settle()
    heard = stage.run(11_000)
    assert stage.player.state_of(clip_layer()) == ""
    assert np.abs(heard[4000:]).max() > 0.4
    assert np.abs(np.diff(heard)).max() < 0.2  # it came in softly
    spectrum = np.abs(np.fft.rfft(heard[2500:10_500] * np.hanning(8000)))
    pitch_hz = spectrum.argmax() * RATE / 8000
    own_hz = 220 * RATE / LOOP
    assert pitch_hz == pytest.approx(own_hz * (LOOP / longer if how == "repitch" else 1), rel=0.02)


def test_a_loop_that_waits_for_its_tempo_says_which(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    assert not stage.run(2000, [on(0, frames=12_000, how="wait")]).any()
    assert stage.player.state_of(clip_layer()) == "waits for 96 bpm"
    assert stage.run(4000, [on(2048)]).any()
    assert stage.player.state_of(clip_layer()) == ""


def test_a_pass_that_is_one_frame_longer_is_no_other_tempo(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    passes = [on(0, frames=LOOP + 1, how="wait"), on(LOOP + 1, frames=LOOP, how="wait")]
    heard = stage.run(2 * LOOP, passes)
    assert np.abs(np.diff(heard)).max() < 0.5 * 2 * np.pi * 220 / LOOP + 1e-2
    assert np.abs(heard[LOOP - 64 : LOOP + 64]).max() > 0.4


def test_a_length_that_was_made_is_not_made_twice(stage: Stage) -> None:
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    clip = stage.store.sound(1)
    assert clip is not None
    assert stage.store.version(clip, 12_000, "repitch") is None
    stage.store.settle()
    made = stage.store.version(clip, 12_001, "repitch")
    assert made is not None
    assert made.frames == 12_000
    stage.store.forget_versions([8_000])
    assert stage.store.version(clip, 12_000, "repitch") is None


# -- memory ----------------------------------------------------------------------------------


def test_memory_is_bounded_and_the_player_is_told_once() -> None:
    stage = Stage(most_bytes=3 * 4 * LOOP + 8 * SEAM)
    stage.hear(noise(LOOP + SEAM))
    for number in range(1, 6):
        stage.store.take(ClipTaken(0, number, 0, LOOP))
    assert stage.store.clips() == (1, 2, 3)
    assert len(stage.said) == 1
    assert "Clear a sound layer" in stage.said[0]
    stage.store.settle()
    stage.store.forget_except({1}, spare=[2, 3])
    assert 1 in stage.store.clips()
    assert 2 not in stage.store.clips()  # the oldest that only an undo would miss
    stage.store.take(ClipTaken(0, 6, 0, LOOP))
    assert 6 in stage.store.clips()
    stage.store.close()


def test_a_clip_that_is_taken_while_others_are_given_up_is_not_lost(stage: Stage) -> None:
    stage.hear(noise(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    known = stage.store.clips()
    stage.store.take(ClipTaken(0, 2, 0, LOOP))
    stage.store.forget_except((), of=known)
    assert stage.store.clips() == (2,)


def test_the_next_room_finds_the_clips_of_one_that_died(tmp_path: Path) -> None:
    place = tmp_path / "clips"
    dying = Stage(place)
    dying.hear(noise(LOOP + SEAM))
    dying.store.take(ClipTaken(0, 7, 0, LOOP))
    dying.store.settle()
    dying.store.close(keep=True)
    assert place.stat().st_mode & 0o777 == 0o700
    following = Stage(place)
    clip = following.store.sound(7)
    assert clip is not None
    assert np.array_equal(clip.read(0, LOOP + SEAM), noise(LOOP + SEAM))
    following.store.close()
    assert not place.exists()


def test_a_clip_that_is_given_up_leaves_no_file(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "clips")
    stage.hear(noise(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    assert len(list((tmp_path / "clips").iterdir())) == 1
    stage.store.forget_except(())
    assert not list((tmp_path / "clips").iterdir())
    stage.store.close()


def test_what_was_agreed_to_is_saved_and_what_was_withdrawn_is_deleted(tmp_path: Path) -> None:
    folder = tmp_path / "session.audio"
    stage = Stage()
    stage.hear(noise(2 * LOOP + SEAM) * 20)  # louder than a file of whole numbers can hold
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.take(ClipTaken(0, 2, 0, LOOP))
    stage.store.take(ClipTaken(0, 3, 0, LOOP))
    stage.store.settle()
    stage.store.save(folder, {1, 2})
    assert sorted(path.name for path in folder.iterdir()) == ["clip-1.wav", "clip-2.wav"]
    stage.store.save(folder, {2})
    assert [path.name for path in folder.iterdir()] == ["clip-2.wav"]
    again = Stage()
    assert again.store.load(folder) == []
    clip = again.store.sound(2)
    assert clip is not None
    assert np.array_equal(clip.read(0, LOOP + SEAM), noise(2 * LOOP + SEAM)[: LOOP + SEAM] * 20)
    stage.store.save(folder, ())
    assert not folder.exists()
    stage.store.close()
    again.store.close()


@pytest.mark.parametrize("size", [0, 20, 58, 200, 4000])
def test_a_saved_clip_that_is_damaged_is_named_and_the_others_are_there(
    tmp_path: Path, size: int
) -> None:
    stage = Stage()
    stage.hear(noise(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.take(ClipTaken(0, 2, 0, LOOP))
    stage.store.settle()
    stage.store.save(tmp_path, {1, 2})
    damaged = tmp_path / "clip-1.wav"
    damaged.write_bytes(damaged.read_bytes()[:size])
    again = Stage()
    troubles = again.store.load(tmp_path)
    assert len(troubles) == 1
    assert "clip-1.wav" in troubles[0]
    assert again.store.clips() == (2,)
    stage.store.close()
    again.store.close()


def test_silence_is_told(stage: Stage) -> None:
    stage.hear(np.zeros(LOOP + SEAM, np.float32))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    assert len(stage.said) == 1
    assert "heard nothing" in stage.said[0]


def test_a_fade_and_its_mirror_image_make_a_whole() -> None:
    assert np.allclose(fade_in(SEAM) + fade_in(SEAM)[::-1], 1.0)


def test_a_card_of_another_rate_plays_old_clips_at_their_pitch(tmp_path: Path) -> None:
    stage = Stage(tmp_path / "clips")
    stage.hear(tone(LOOP + SEAM))
    stage.store.take(ClipTaken(0, 1, 0, LOOP))
    stage.store.settle()
    stage.store.close(keep=True)
    slower = Microphone(44_100, seconds=1.0)
    store = ClipStore(tmp_path / "clips", slower)
    player = ClipPlayer(store, 44_100)
    frames = round(LOOP * 44_100 / RATE)
    effect = msgspec.structs.replace(on(0, how="wait"), frames=frames)
    player.play(effect)
    store.settle()
    heard = []
    for turn in range(frames // BLOCK_FRAMES):
        block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
        player.add_into(block, turn * BLOCK_FRAMES)
        heard.append(block[:, 0])
    late = np.concatenate(heard)[3000:]
    expected = 0.5 * np.sin(2 * np.pi * 220 * np.arange(3000, 3000 + len(late)) / frames)
    assert np.abs(late - expected).max() < 2e-3
    store.close()
