"""Struck voices: a beater's push into up to eight ringing modes."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from jamroom.engine.patches import amplitude, between, touch
from jamroom.engine.pyo_import import pyo
from jamroom.engine.ready import Ready
from jamroom.engine.sounds import Struck
from jamroom.engine.voice_chain import TAIL_T60, TAU_OF_T60, TOUCH_GAINS, Note, Rattle, Tuned

MAX_PARTIALS = 8

_BRIEF_SHARE = 0.35  # of the longest ring: what is shorter is switched off when it has rung
_RESONATOR_GAIN = 0.01  # what pyo's ComplexRes gives one impulse


class _Recipe(msgspec.Struct, frozen=True):
    """What the resonators are set to for one pitch of a patch, the longest ringing first."""

    modes: tuple[tuple[float, float, float], ...]  # frequency, decay, level
    tuned: tuple[tuple[int, float], ...]  # which of them follow the note, and where they are
    longest_s: float
    lasting: int  # how many still ring when `brief_s` is over
    brief_s: float


class StruckVoice(Tuned):
    """Velocity is how hard and how briefly the beater touches."""

    def __init__(self, pulse: Any, sample_rate: int) -> None:
        super().__init__(sample_rate)
        self._rate = sample_rate
        self._push = self.part(pyo.TableRead_base(pulse, 1000.0, 0, 2))
        self._modes = [pyo.ComplexRes_base(self._push, 440.0, 0.1) for _ in range(MAX_PARTIALS)]
        self._bank = [(one.setFreq, one.setDecay, one.setMul, one.play) for one in self._modes]
        self._rattle = Rattle(self._modes)
        mix = self.part(pyo.Mix_base([*self._modes, self._rattle.out], mul=self.envelope))
        self._recipe = _Recipe((), (), 0.0, 0, 0.0)
        self._used = self._ringing = MAX_PARTIALS
        self._damp_s = 0.1
        self.finish(mix, self.envelope)

    def start(self, ready: Ready, note: Note) -> float:
        """Strike: a harder beater touches for less time and so wakes higher modes."""
        sound = ready.patch.sound
        assert isinstance(sound, Struck)
        recipe = self._recipe = ready.recipe(note.hz, self._work_out)
        for (set_freq, set_decay, set_mul, play), (hz, decay_s, mul) in zip(
            self._bank, recipe.modes, strict=False
        ):
            set_freq(hz)
            set_decay(decay_s)
            set_mul(mul)
            play()
        self._used = self._ringing = len(recipe.modes)
        self.settles_s = recipe.brief_s
        self.level = ready.gain * TOUCH_GAINS[note.velocity]
        self.tau_s = recipe.longest_s * TAU_OF_T60
        self._damp_s = sound.damp_s
        self._hit(between(sound.contact_ms, touch(note.velocity)) / 1000.0, note.hz)
        self._rattle.begin(sound.buzz)
        self.attune(sound.glide, sound.lean_cents)
        if self.moving:
            self.tick(0.0)
        self.begin(note, 0.0)
        return recipe.longest_s * TAIL_T60

    def _hit(self, contact_s: float, hz: float) -> None:
        contact_s = min(contact_s, 0.8 / hz)
        self._push.setFreq(1.0 / contact_s)
        push_area = 0.5 * contact_s * self._rate * _raised_cosine_at(contact_s * hz)
        self._push.setMul(0.5 * self.level / push_area)

    def _work_out(self, ready: Ready, hz: float) -> _Recipe:
        sound = ready.patch.sound
        assert isinstance(sound, Struck)
        shrink = sound.ring_per_octave ** math.log2(hz / 261.63)
        found = []
        for partial in sound.partials:
            at_hz = partial.hz or (partial.ratio or 1.0) * hz
            ring_s = partial.ring_s if partial.hz else partial.ring_s * shrink
            if at_hz <= self._top_hz:
                found.append((ring_s, at_hz, partial))
        found.sort(key=lambda one: -one[0])
        longest_s = found[0][0] if found else 0.0
        brief = [ring_s for ring_s, _, _ in found if ring_s < _BRIEF_SHARE * longest_s]
        return _Recipe(
            modes=tuple(
                (at_hz, ring_s * TAU_OF_T60, amplitude(partial.level_db) / _RESONATOR_GAIN)
                for ring_s, at_hz, partial in found
            ),
            tuned=tuple((at, one[1]) for at, one in enumerate(found) if one[2].ratio),
            longest_s=longest_s,
            lasting=len(found) - len(brief),
            brief_s=max(brief, default=0.0) * TAIL_T60,
        )

    def settle(self) -> None:
        """What rings briefly is over: a bar that hums on needs only its lowest modes."""
        for mode in self._modes[self._recipe.lasting : self._ringing]:
            mode.stop()
        self._ringing = self._recipe.lasting

    def let_go(self) -> float | None:
        """A hand on the bar."""
        self.ramp(0.0, self._damp_s)
        return self._damp_s

    def retune(self, cents: float) -> None:
        """Move every mode that belongs to the note."""
        ratio = 2.0 ** (cents / 1200.0)
        for at, hz in self._recipe.tuned:
            self._bank[at][0](min(hz * ratio, self._top_hz))

    def flush(self) -> None:
        """Stop the resonators dead, under the closed envelope."""
        super().flush()
        for mode in self._modes[: self._used]:
            mode.setDecay(0.0001)
        for mode in self._modes[self._ringing : self._used]:
            mode.play()
        self._rattle.flush()

    def stop(self) -> None:
        """Switch off, the resonators too."""
        super().stop()
        self._rattle.stop()
        for mode in self._modes[: self._used]:
            mode.stop()


def _raised_cosine_at(turns: float) -> float:
    """How much of a frequency a raised cosine holds that lasts `turns` periods of it (below 1)."""
    return math.sin(math.pi * turns) / (math.pi * turns) / (1.0 - turns * turns)
