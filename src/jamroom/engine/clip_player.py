"""Plays recorded loops into the buses of the block, to the frame.

A pass begins on the frame its ClipOn names and ends on the next one's; the two are crossfaded over
5 ms, with what was recorded after the loop's end. A loop at another tempo than its own is stretched
or repitched elsewhere; until that is done it is silent, and then it comes in where it would be.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.clip_sound import NEAR_FRAMES, ClipSound
from jamroom.engine.clips import ClipStore
from jamroom.engine.stretching import Way, fade_in
from jamroom.session.effects import ClipOn, ClipTaken
from jamroom.session.room_events import AudioTempo
from jamroom.session.state import Layer

SILENCE_S = 0.030
ENTRY_S = 0.030
"""How softly a loop comes in that does not begin at its beginning."""
DUCK_S = 3.0
"""How long recorded loops are silent after a howl, before they come back."""
_LOOK_BLOCKS = 8  # how often a loop that is waited for is asked for
_NEVER = 1 << 62


class _Pass:
    """One pass of a loop: position 0 of the clip lies on frame `zero` of the room."""

    __slots__ = ("bus", "fall", "fall_from", "joins", "rise", "rise_from", "sound", "zero")

    def __init__(self, bus: int, sound: ClipSound, zero: int) -> None:
        self.bus = bus
        self.sound = sound
        self.zero = zero
        self.joins = False  # to the pass before: that one's end is in the clip's head
        self.rise_from = zero
        self.rise: Block = _NO_FADE
        self.fall_from = zero + sound.frames
        self.fall: Block = _NO_FADE

    def end(self) -> int:
        """The first frame on which nothing of it is heard any more."""
        return min(self.fall_from + len(self.fall), self.zero + self.sound.frames + self.sound.seam)

    def add_to(self, column: Block, frame: int) -> None:
        """Add what falls into the block that begins at `frame`."""
        begin, end = max(frame, self.rise_from), min(frame + BLOCK_FRAMES, self.end())
        if begin >= end:
            return
        at = begin - self.zero
        samples = self.sound.read(at, end - begin)
        if self.joins and at < self.sound.seam and (head := self.sound.head) is not None:
            samples = samples.copy()
            part = head[at : at + len(samples)]
            samples[: len(part)] = part
        if begin < self.rise_from + len(self.rise):
            samples = samples * _along(self.rise, begin - self.rise_from, end - begin)
        if end > self.fall_from:
            samples = samples * _along(self.fall, begin - self.fall_from, end - begin)
        column[begin - frame : end - frame] += samples


class _Waiting(NamedTuple):
    """A pass whose sound is not there yet at the length it needs."""

    effect: ClipOn
    sound: ClipSound
    way: Way


class ClipPlayer:
    """All layers that are sound. Called from the block only, but for `state_of` and `foresee`."""

    def __init__(self, store: ClipStore, sample_rate: int) -> None:
        self.store = store
        self._rate = sample_rate
        self._frame = 0
        self._passes: list[_Pass] = []
        self._voices: dict[int, int] = {}  # by layer, while it plays
        self._last: dict[int, _Pass] = {}  # the newest pass of each layer, over or not
        self._waiting: dict[int, _Waiting] = {}
        self._resting: dict[int, ClipOn] = {}
        self._seam = fade_in(round(0.005 * sample_rate))
        self._seam_fall = self._seam[::-1]
        self._entry = fade_in(round(ENTRY_S * sample_rate))
        self._silence = fade_in(round(SILENCE_S * sample_rate))[::-1]
        self._turn = 0
        self._duck_until = 0
        self._gain = 1.0

    # -- effects -------------------------------------------------------------------------------

    def take(self, effect: ClipTaken) -> None:
        """A clip was recorded."""
        self.store.take(effect)

    def play(self, effect: ClipOn) -> None:
        """A pass begins, in the coming block or already behind us; it goes on where it would be."""
        self._waiting.pop(effect.layer, None)
        self._resting.pop(effect.layer, None)
        sound = self.store.sound(effect.clip)
        fits = self._fitting(sound, effect.frames, effect.how) if sound is not None else None
        plays = self._voices.get(effect.layer) == effect.voice
        last = self._last.get(effect.layer)
        if plays and last is not None and self._goes_on(effect, fits, last):
            return
        self._voices[effect.layer] = effect.voice
        if isinstance(fits, ClipSound) and last is not None and self._joins(effect, fits, last):
            return
        replaces = self._let_go(effect.layer, effect.frame)
        if isinstance(fits, ClipSound):
            self._begin(effect, fits, max(effect.frame, self._frame), replaces)
        elif sound is not None and fits is None:
            self._resting[effect.layer] = effect
        elif sound is not None and fits is not None:
            self._waiting[effect.layer] = _Waiting(effect, sound, fits)

    def stop(self, voice: int, layer: int, frame: int) -> None:
        """A layer is silent from a frame on. What it plays is known by its voice."""
        if self._voices.get(layer) == voice:
            self._let_go(layer, frame)
            del self._voices[layer]
            self._waiting.pop(layer, None)
            self._resting.pop(layer, None)

    def silence(self) -> None:
        """End everything within 30 ms."""
        for one in self._passes:
            if self._frame < one.fall_from:
                one.fall_from, one.fall = self._frame, self._silence
        self._voices.clear()
        self._last.clear()
        self._waiting.clear()
        self._resting.clear()

    def duck(self) -> None:
        """Let recorded loops go away for a few seconds: they howl."""
        self._duck_until = self._frame + round(DUCK_S * self._rate)

    # -- the block -----------------------------------------------------------------------------

    def add_into(self, block: Block, frame: int) -> None:
        """Add what sounds now to a block of shape (BLOCK_FRAMES, BUSES) that begins at `frame`.

        Called once a block, after the effects of that block.
        """
        self._frame = frame + BLOCK_FRAMES
        self._turn += 1
        if self._waiting and self._turn % _LOOK_BLOCKS == 0:
            self._look(frame)
        if not self._passes:
            return
        quiet = self._ducked(frame)
        target = block if quiet is None else np.zeros_like(block)
        after = frame + BLOCK_FRAMES
        over = False
        for one in self._passes:
            at = frame - one.zero
            whole = one.rise_from + len(one.rise) <= frame and after <= one.fall_from
            whole = whole and not (one.joins and at < one.sound.seam)
            if whole and (samples := one.sound.samples) is not None:
                target[:, one.bus] += samples[at : at + BLOCK_FRAMES]
            else:
                one.add_to(target[:, one.bus], frame)
                over = over or one.end() <= after
        if over:
            self._passes = [one for one in self._passes if one.end() > after]
        if quiet is not None:
            block += target * quiet

    def _look(self, frame: int) -> None:
        for layer, waiting in list(self._waiting.items()):
            effect = waiting.effect
            made = self.store.version(waiting.sound, effect.frames, waiting.way)
            if made is not None:
                del self._waiting[layer]
                self._begin(effect, made, frame, replaces=False)

    def _ducked(self, frame: int) -> Block | None:
        """The gain of the block's frames, shape (BLOCK_FRAMES, 1), while a howl is dealt with."""
        goal = 0.0 if frame < self._duck_until else 1.0
        before = self._gain
        if before == goal == 1.0:
            return None
        most = BLOCK_FRAMES / self._rate / (0.05 if goal < before else 0.4)
        self._gain = before + min(most, max(-most, goal - before))
        ramp = np.linspace(before, self._gain, BLOCK_FRAMES + 1, dtype=np.float32)[1:]
        return np.asarray(ramp[:, None] ** 2, np.float32)

    # -- passes --------------------------------------------------------------------------------

    def _fitting(self, sound: ClipSound, frames: int, how: AudioTempo) -> ClipSound | Way | None:
        """The sound to play; how it is to be made, when it is not there yet; None: it rests."""
        own = round(sound.frames * self._rate / sound.sample_rate)
        way: Way = "stretch" if how == "stretch" else "repitch"
        near = min(sound.seam // 2, max(NEAR_FRAMES, own // 1000))
        if abs(frames - own) <= near:
            if sound.sample_rate == self._rate:
                return sound
            way = "repitch"  # another sound card: only the samples are further apart
        elif how == "wait":
            return None
        return self.store.version(sound, frames, way) or way

    def _goes_on(self, effect: ClipOn, fits: ClipSound | Way | None, last: _Pass) -> bool:
        """True when the layer plays just that already, and goes on beyond the effect's frame."""
        there = last.sound is fits and last.zero == effect.frame - effect.skip
        return there and effect.frame < last.fall_from

    def _joins(self, effect: ClipOn, sound: ClipSound, last: _Pass) -> bool:
        """Let the next pass of what sounds already follow on it, with the seam in its head.

        As a crossfade of two passes would sound, for a quarter of the work: all layers of a room
        may have their seam on one bar line.
        """
        late = effect.frame - (last.zero + sound.frames)
        whole = last.fall_from in (last.zero + sound.frames, effect.frame)
        fits = last.sound is sound and sound.head is not None and whole and not effect.skip
        if not fits or abs(late) > NEAR_FRAMES or effect.frame < self._frame:
            return False
        last.fall_from, last.fall = effect.frame, _NO_FADE
        one = self._new_pass(effect, sound)
        one.joins = True
        return True

    def _begin(self, effect: ClipOn, sound: ClipSound, frame: int, replaces: bool) -> None:
        if frame < effect.frame - effect.skip + sound.frames:
            one = self._new_pass(effect, sound)
            one.rise_from = frame
            one.rise = self._seam if frame == one.zero or replaces else self._entry

    def _new_pass(self, effect: ClipOn, sound: ClipSound) -> _Pass:
        one = _Pass(effect.seat % BUSES, sound, effect.frame - effect.skip)
        one.fall = self._seam_fall
        self._passes.append(one)
        self._last[effect.layer] = one
        return one

    def _let_go(self, layer: int, frame: int) -> bool:
        """Let the layer's pass fade out from `frame` on; True if it is still heard there."""
        last, at = self._last.get(layer), max(frame, self._frame)
        if last is None:
            return False
        if at < last.fall_from:
            last.fall_from, last.fall = at, self._seam_fall
        return last.rise_from < at < last.end()

    # -- from other threads --------------------------------------------------------------------

    def foresee(self, clip: int, frames: int, how: AudioTempo) -> None:
        """Have a clip made for a pass of so many frames, so that it is there when it begins."""
        sound = self.store.sound(clip)
        if sound is not None:
            self._fitting(sound, frames, how)

    def state_of(self, layer: Layer) -> str:
        """Why a layer that plays is not heard, in a word or two; "" when it is."""
        if layer.id in self._waiting:
            return "stretching"
        clip = layer.content.clip
        if layer.id in self._resting and clip is not None:
            return f"waits for {clip.bpm:.4g} bpm"
        if clip is not None and self.store.sound(clip.id) is None:
            return "sound is gone"
        return ""

    @property
    def sounding(self) -> int:
        """How many passes make sound now."""
        return len(self._passes)


def _along(fade: Block, at: int, count: int) -> Block:
    """`count` frames of a fade from `at` on; before it its first value, after it its last.

    A fade starts and ends at 0 or 1, of which its outermost values are a hair away.
    """
    before, after = (0.0, 1.0) if fade[0] < fade[-1] else (1.0, 0.0)
    out: Block = np.full(count, before, np.float32)
    begin, end = max(0, -at), min(count, len(fade) - at)
    if begin < end:
        out[begin:end] = fade[at + begin : at + end]
    out[max(0, end) :] = after
    return out


_NO_FADE: Block = np.zeros(0, np.float32)
