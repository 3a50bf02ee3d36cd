"""The four ways to make sound: struck, plucked, sustained, percussion.

Each is a short chain of pyo objects between the envelope and the delay that `voice_chain` gives
all of them. Velocity always changes both how loud and how bright a note is.
"""

from __future__ import annotations

import math
from typing import Any

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.patches import (
    Plucked,
    Struck,
    Sustained,
    amplitude,
    between,
    touch,
    touch_gain,
)
from jamroom.engine.pyo_import import pyo
from jamroom.engine.voice_chain import Chain, Note, Ready, nearest_stroke

MAX_PARTIALS = 8
TAIL_T60 = 1.25
"""A tail is cut after this many of its 60 dB ring times: -75 dB, under any room's noise."""

_TAU_OF_T60 = 1.0 / math.log(1000.0)
_MIDDLE_C_HZ = 261.63
_LOWEST_STRING_HZ = 25.0
_RESONATOR_GAIN = 0.01  # what pyo's ComplexRes gives one impulse
_LONGEST_TO_SPEAK_S = 0.25
_HIGHEST_SHARE = 0.4  # of the sample rate: no frequency given to pyo is higher


class StruckVoice(Chain):
    """A beater's push into up to eight resonators."""

    def __init__(self, pulse: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._push = self.part(pyo.TableRead_base(pulse, 1000.0, 0, 2))
        self._modes = [pyo.ComplexRes_base(self._push, 440.0, 0.1) for _ in range(MAX_PARTIALS)]
        mix = self.part(pyo.Mix_base(self._modes, mul=self.envelope))
        self._tuned: list[tuple[Any, float]] = []
        self._damp_s = 0.1
        self.finish(mix, self.envelope, sample_rate)

    def start(self, ready: Ready, note: Note) -> float:
        """Strike: a harder beater touches for less time and so wakes higher modes."""
        sound = ready.patch.sound
        assert isinstance(sound, Struck)
        shrink = sound.ring_per_octave ** ((note.note - 60) / 12.0)
        longest = self._tune(sound, note.hz, shrink)
        contact_s = between(sound.contact_ms, touch(note.velocity)) / 1000.0
        contact_s = min(contact_s, 0.8 / note.hz)
        self.level = ready.gain * touch_gain(note.velocity)
        self.tau_s = longest * _TAU_OF_T60
        self._damp_s = sound.damp_s
        self._push.setFreq(1.0 / contact_s)
        push_area = 0.5 * contact_s * self._rate * _raised_cosine_at(contact_s * note.hz)
        self._push.setMul(0.5 * self.level / push_area)
        self.begin(note, 0.0)
        return longest * TAIL_T60

    def _tune(self, sound: Struck, hz: float, shrink: float) -> float:
        longest = 0.0
        self._tuned.clear()
        for mode, partial in zip(self._modes, sound.partials, strict=False):
            at_hz = partial.hz or (partial.ratio or 1.0) * hz
            if at_hz > _HIGHEST_SHARE * self._rate:
                continue
            ring_s = partial.ring_s if partial.hz else partial.ring_s * shrink
            mode.setFreq(at_hz)
            mode.setDecay(ring_s * _TAU_OF_T60)
            mode.setMul(amplitude(partial.level_db) / _RESONATOR_GAIN)
            mode.play()
            if partial.ratio:
                self._tuned.append((mode, at_hz))
            longest = max(longest, ring_s)
        return longest

    def let_go(self) -> float | None:
        """A hand on the bar."""
        self.ramp(0.0, self._damp_s)
        return self._damp_s

    def bend(self, cents: float) -> None:
        """Bend every mode that belongs to the note."""
        ratio = 2.0 ** (cents / 1200.0)
        for mode, hz in self._tuned:
            mode.setFreq(min(hz * ratio, _HIGHEST_SHARE * self._rate))

    def flush(self) -> None:
        """Stop the resonators dead, under the closed envelope."""
        super().flush()
        for mode in self._modes:
            mode.setDecay(0.0001)

    def stop(self) -> None:
        """Switch off, the resonators too."""
        super().stop()
        for mode in self._modes:
            mode.stop()


class PluckedVoice(Chain):
    """One period of a pluck, loaded into a tuned loop."""

    def __init__(self, period: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._pluck = self.part(pyo.TableRead_base(period, 220.0, 0, 4))
        self._string = self.part(pyo.Waveguide_base(self._pluck, 220.0, 1.0, _LOWEST_STRING_HZ))
        # The loop speaks one period late; the pluck itself fills that period.
        both = self.part(pyo.Mix_base([self._pluck, self._string]))
        self._tone = self.part(pyo.ButLP_base(both, 2000.0, mul=self.envelope))
        self._body = [
            self.part(pyo.Resonx_base(self._tone, 200.0, 4.0, 1, mul=0.0)) for _ in range(2)
        ]
        mix = self.part(pyo.Mix_base([self._tone, *self._body]))
        self.flush_blocks = 4 + math.ceil(sample_rate / _LOWEST_STRING_HZ / BLOCK_FRAMES)
        self._hz = 220.0
        self._damp_s = 0.1
        self._cutoffs = (700.0, 5000.0, 0.5)
        self.finish(mix, self.envelope, sample_rate)

    def start(self, ready: Ready, note: Note) -> float:
        """Pluck: harder is brighter; the tone settles as it rings."""
        sound = ready.patch.sound
        assert isinstance(sound, Plucked)
        ring_s = sound.ring_s * sound.ring_per_octave ** ((note.note - 60) / 12.0)
        self.level = ready.gain * touch_gain(note.velocity)
        self.tau_s = ring_s * _TAU_OF_T60
        self._damp_s = sound.damp_s
        self._hz = max(note.hz, _LOWEST_STRING_HZ)
        self._pluck.setTable(_pluck_table(ready, self._hz, self._rate))
        self._pluck.setFreq(self._hz)
        self._pluck.setMul(self.level)
        self._string.setFreq(self._hz)
        self._string.setDur(ring_s * 2.0 / 3.0)  # pyo counts to -40 dB
        for part, body in zip(self._body, sound.body, strict=False):
            part.setFreq(body.hz)
            part.setQ(body.sharpness)
        for at, part in enumerate(self._body):
            part.setMul(amplitude(sound.body[at].level_db) if at < len(sound.body) else 0.0)
        track = math.sqrt(max(0.5, self._hz / _MIDDLE_C_HZ))
        top = between(sound.bright_hz, touch(note.velocity)) * track
        self._cutoffs = (min(top, sound.dark_hz * track), min(top, 16000.0), sound.darken_s)
        self._tone.setFreq(self._cutoffs[1])
        self.moving = True
        self.begin(note, 0.0)
        return float(ring_s * TAIL_T60)

    def tick(self, age_s: float) -> None:
        """Highs die first, the more so as the string rings on."""
        dark, bright, tau_s = self._cutoffs
        share = math.exp(-age_s / tau_s)
        cutoff = max(dark + (bright - dark) * share, self._hz * 1.5)
        self._tone.setFreq(min(cutoff, _HIGHEST_SHARE * self._rate))
        self.moving = share > 0.01

    def let_go(self) -> float | None:
        """A finger on the string."""
        self.ramp(0.0, self._damp_s)
        return self._damp_s

    def bend(self, cents: float) -> None:
        """Pull the string aside."""
        hz = self._hz * 2.0 ** (cents / 1200.0)
        self._string.setFreq(min(max(_LOWEST_STRING_HZ, hz), _HIGHEST_SHARE * self._rate))

    def flush(self) -> None:
        """Run the loop empty: all of its memory must pass by once."""
        super().flush()
        self._string.setDur(0.001)


class SustainedVoice(Chain):
    """A rich loop through a lowpass."""

    def __init__(self, loop: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._source = self.part(pyo.TableRead_base(loop, 1.0, 1, 4, mul=self.envelope))
        self._lowpass = self.part(pyo.ButLP_base(self._source, 2000.0, mul=self.envelope))
        self._volume = self.part(pyo.SigTo_base(0.0, 0.0, 0.0))
        self._sound = Sustained()
        self._read_hz = 1.0
        self._cutoff_hz = 1000.0
        self._bend_cents = 0.0
        self._pressure = 0.0
        self._leaned = 0.0
        self.finish(self._lowpass, self._volume, sample_rate)

    def start(self, ready: Ready, note: Note) -> float:
        """Swell in; velocity opens the lowpass."""
        sound = ready.patch.sound
        assert isinstance(sound, Sustained)
        loop = min(ready.loops.values(), key=lambda one: abs(math.log(one.pitch_hz / note.hz)))
        self._sound = sound
        self._read_hz = loop.rate_hz * note.hz / loop.pitch_hz
        tracked = (note.hz / _MIDDLE_C_HZ) ** sound.filter_track
        self._cutoff_hz = between(sound.filter_hz, touch(note.velocity)) * tracked
        self._bend_cents = self._pressure = self._leaned = 0.0
        self.level = ready.gain * touch_gain(note.velocity)
        self.tau_s = 1e6
        self.speaks_s = min(sound.attack_s, _LONGEST_TO_SPEAK_S)
        self._volume.setTime(0.0)
        self._volume.setValue(self.level)
        self._source.setTable(loop.table)
        self.moving = True
        self.tick(0.0)
        self.begin(note, sound.attack_s)
        return math.inf

    def settle(self) -> None:
        """After the attack: fall to the level it is held at."""
        # The envelope works twice (before and behind the lowpass), so half the decibels here.
        self.ramp(amplitude(self._sound.sustain_db / 2.0), self._sound.decay_s)

    def tick(self, age_s: float) -> None:
        """Vibrato, sweep and pressure, some hundred times a second."""
        sound = self._sound
        self._leaned += 0.2 * (self._pressure - self._leaned)
        octaves = sound.pressure_octaves * self._leaned
        if sound.sweep_octaves:
            octaves += sound.sweep_octaves * math.exp(-age_s / sound.sweep_s)
        cutoff = self._cutoff_hz * 2.0**octaves
        self._lowpass.setFreq(min(max(cutoff, 60.0), _HIGHEST_SHARE * self._rate))
        cents = self._bend_cents
        if sound.vibrato is not None:
            waver = sound.vibrato
            depth = waver.cents * (1.0 + self._leaned)
            depth *= min(1.0, max(0.0, (age_s - waver.after_s) / 0.8))
            cents += depth * math.sin(2.0 * math.pi * waver.hz * age_s)
        self._read(cents)

    def _read(self, cents: float) -> None:
        # A step of a whole table or more in one frame would read beyond pyo's memory.
        read_hz = self._read_hz * 2.0 ** (cents / 1200.0)
        self._source.setFreq(min(read_hz, _HIGHEST_SHARE * self._rate))

    def let_go(self) -> float | None:
        """The bow leaves the string."""
        self.ramp(0.0, self._sound.release_s)
        return self._sound.release_s

    def bend(self, cents: float) -> None:
        """Bend to `cents` from where the note began."""
        self._bend_cents = cents
        self._read(cents)

    def press(self, amount: float) -> None:
        """Lean: louder and more open."""
        self._pressure = amount
        self._volume.setTime(0.03)
        self._volume.setValue(self.level * amplitude(self._sound.pressure_db * amount))

    def flush(self) -> None:
        """Open the lowpass so that it runs empty at once."""
        super().flush()
        self._lowpass.setFreq(8000.0)


class PercussionVoice(Chain):
    """One computed stroke, played once."""

    def __init__(self, table: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._stroke = self.part(pyo.TableRead_base(table, 1.0, 0, 2))
        self._lowpass = self.part(pyo.ButLP_base(self._stroke, 8000.0, mul=self.envelope))
        self.finish(self._lowpass, self.envelope, sample_rate)
        self._take = 0

    def start(self, ready: Ready, note: Note) -> float:
        """Strike; no two strokes in a row are quite alike."""
        stroke, takes = nearest_stroke(ready, note.note)
        self._take += 1
        take = takes[self._take % len(takes)]
        self.level = ready.gain * touch_gain(note.velocity)
        self.tau_s = take.seconds * 0.2
        self._stroke.setTable(take.table)
        self._stroke.setFreq(1.0 / take.seconds)
        self._stroke.setMul(self.level)
        self._lowpass.setFreq(between(stroke.bright_hz, touch(note.velocity)))
        self.begin(note, 0.0)
        return take.seconds

    def let_go(self) -> float | None:
        """A drum rings on."""
        return None


def _raised_cosine_at(turns: float) -> float:
    """How much of a frequency a raised cosine holds that lasts `turns` periods of it (below 1)."""
    return math.sin(math.pi * turns) / (math.pi * turns) / (1.0 - turns * turns)


def _pluck_table(ready: Ready, hz: float, sample_rate: int) -> Any:
    room_for = 0.4 * sample_rate / hz
    fitting = [count for count in ready.plucks if count <= room_for]
    return ready.plucks[max(fitting, default=min(ready.plucks))]
