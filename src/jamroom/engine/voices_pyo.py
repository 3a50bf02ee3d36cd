"""The four ways to make sound, as chains of pyo objects that are built once and used for ever.

The chains are made of pyo's `..._base` objects, the C objects inside its Python classes: they are
built and set several times faster, and come without the input faders that the classes add. A voice is built before the music starts, because building pyo objects inside a block would miss
its deadline. At a note it is given numbers and switched on; when its tail has ended it is emptied
and switched off, and then costs nothing. Every chain ends alike: an envelope that only ever moves
in ramps (so nothing clicks, whatever interrupts it), then a delay of 0 to 63 samples that puts the
onset on its exact sample.
"""

from __future__ import annotations

import math
from typing import Any, Protocol

import msgspec

from jamroom.engine.base import BLOCK_FRAMES
from jamroom.engine.patches import (
    Patch,
    Percussion,
    Plucked,
    Struck,
    Stroke,
    Sustained,
    amplitude,
    between,
    touch,
    touch_gain,
)
from jamroom.engine.pyo_import import pyo

MAX_PARTIALS = 8
TAIL_T60 = 1.25
"""A tail is cut after this many of its 60 dB ring times: -75 dB, under any room's noise."""

_TAU_OF_T60 = 1.0 / math.log(1000.0)
_MIDDLE_C_HZ = 261.63
_LOWEST_STRING_HZ = 25.0
_RESONATOR_GAIN = 0.01  # what pyo's ComplexRes gives one impulse
_LONGEST_TO_SPEAK_S = 0.25
_CUT_TO = 1e-7  # not zero: a ramp that already goes to zero must notice a faster one


class Note(msgspec.Struct, frozen=True, gc=False):
    """What a voice needs to know to begin."""

    note: int
    hz: float
    velocity: int
    bus: int
    offset: int


class Loop(msgspec.Struct, frozen=True):
    """A table that a sustained voice reads: reading it at `rate_hz` sounds `pitch_hz`."""

    table: Any
    pitch_hz: float
    rate_hz: float


class Take(msgspec.Struct, frozen=True):
    """A computed stroke."""

    table: Any
    seconds: float


class Ready(msgspec.Struct, frozen=True):
    """A patch with its tables computed."""

    patch: Patch
    gain: float
    loops: dict[int, Loop]  # sustained: by zone note
    plucks: dict[int, Any]  # plucked: tables by number of partials
    strokes: dict[int, tuple[Stroke, tuple[Take, ...]]]  # percussion: by note, with its takes


class Voice(Protocol):
    """One chain; times are in seconds.

    `moving` says that it wants `tick`; `speaks_s` is how long a note needs until it is heard, so
    that the shortest tap still makes one; `level` and `tau_s` tell how audible it still is.
    """

    bus: int
    level: float
    tau_s: float
    speaks_s: float
    moving: bool
    flush_blocks: int

    def start(self, ready: Ready, note: Note) -> float:
        """Begin a note; returns the seconds until it has died away by itself (inf: held)."""

    def let_go(self) -> float | None:
        """The key is up: seconds until silence, or None if it rings on by itself."""

    def tick(self, age_s: float, released: bool) -> None:
        """Move what moves slowly: vibrato, sweep, pressure."""

    def bend(self, cents: float) -> None:
        """Bend to `cents` from where the note began."""

    def press(self, amount: float) -> None:
        """Pressure, 0 to 1."""

    def cut(self, seconds: float) -> None:
        """Fade to silence whatever is going on."""

    def flush(self) -> None:
        """The sound is over: empty filters and loops, in `flush_blocks` blocks."""

    def stop(self) -> None:
        """Switch off."""


class _Chain:
    """What all voices share: the envelope, the last delay, and switching on and off."""

    flush_blocks = 3

    def __init__(self) -> None:
        self.bus = 0
        self.level = 0.0
        self.tau_s = 1.0
        self.speaks_s = 0.0
        self.moving = False
        self._parts: list[Any] = []  # a pyo object that nobody holds falls silent
        self._envelope = self._part(pyo.SigTo_base(0.0, 0.0, 0.0))

    def _part(self, thing: Any) -> Any:
        self._parts.append(thing)
        return thing

    def _finish(self, last: Any, mul: Any, sample_rate: int) -> None:
        self._sample_s = 1.0 / sample_rate
        longest_s = (BLOCK_FRAMES + 1) / sample_rate
        self._out = self._part(pyo.SDelay_base(last, 0.0, longest_s, mul=mul))
        self.stop()

    def _begin(self, note: Note, attack_s: float) -> None:
        self.bus = note.bus
        self._ramp(1.0, attack_s)
        # Half a sample more: pyo cuts the fraction off.
        self._out.setDelay((note.offset + 0.5) * self._sample_s if note.offset else 0.0)
        for part in self._parts:
            part.play()
        self._out.out(note.bus)

    def _ramp(self, to: float, seconds: float) -> None:
        self._envelope.setTime(seconds)
        self._envelope.setValue(to)

    def cut(self, seconds: float) -> None:
        """Fade to silence whatever is going on."""
        self._ramp(_CUT_TO, seconds)

    def flush(self) -> None:
        """The sound is over: let filters run empty."""
        self._ramp(0.0, 0.0)

    def stop(self) -> None:
        """Switch every object off; idle voices cost nothing."""
        for part in self._parts:
            part.stop()

    def tick(self, age_s: float, released: bool) -> None:
        """Nothing moves here unless a kind says so."""

    def bend(self, cents: float) -> None:
        """Drums have no pitch to bend."""

    def press(self, amount: float) -> None:
        """What was struck is out of reach."""


class StruckVoice(_Chain):
    """A beater's push into up to eight resonators."""

    def __init__(self, pulse: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._push = self._part(pyo.TableRead_base(pulse, 1000.0, 0, 2))
        self._modes = [pyo.ComplexRes_base(self._push, 440.0, 0.1) for _ in range(MAX_PARTIALS)]
        mix = self._part(pyo.Mix_base(self._modes, mul=self._envelope))
        self._tuned: list[tuple[Any, float]] = []
        self._damp_s = 0.1
        self._finish(mix, self._envelope, sample_rate)

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
        self._begin(note, 0.0)
        return longest * TAIL_T60

    def _tune(self, sound: Struck, hz: float, shrink: float) -> float:
        longest = 0.0
        self._tuned.clear()
        for mode, partial in zip(self._modes, sound.partials, strict=False):
            at_hz = partial.hz or (partial.ratio or 1.0) * hz
            if at_hz > 0.4 * self._rate:
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
        self._ramp(0.0, self._damp_s)
        return self._damp_s

    def bend(self, cents: float) -> None:
        """Bend every mode that belongs to the note."""
        ratio = 2.0 ** (cents / 1200.0)
        for mode, hz in self._tuned:
            mode.setFreq(min(hz * ratio, 0.4 * self._rate))

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


class PluckedVoice(_Chain):
    """One period of a pluck, loaded into a tuned loop."""

    def __init__(self, period: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._pluck = self._part(pyo.TableRead_base(period, 220.0, 0, 4))
        self._string = self._part(
            pyo.Waveguide_base(self._pluck, 220.0, 1.0, _LOWEST_STRING_HZ)
        )
        # The loop speaks one period late; the pluck itself fills that period.
        both = self._part(pyo.Mix_base([self._pluck, self._string]))
        self._tone = self._part(pyo.ButLP_base(both, 2000.0, mul=self._envelope))
        self._body = [
            self._part(pyo.Resonx_base(self._tone, 200.0, 4.0, 1, mul=0.0)) for _ in range(2)
        ]
        mix = self._part(pyo.Mix_base([self._tone, *self._body]))
        self.flush_blocks = 4 + math.ceil(sample_rate / _LOWEST_STRING_HZ / BLOCK_FRAMES)
        self._hz = 220.0
        self._damp_s = 0.1
        self._cutoffs = (700.0, 5000.0, 0.5)
        self._finish(mix, self._envelope, sample_rate)

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
        self._begin(note, 0.0)
        return ring_s * TAIL_T60

    def tick(self, age_s: float, released: bool) -> None:
        """Highs die first, the more so as the string rings on."""
        dark, bright, tau_s = self._cutoffs
        share = math.exp(-age_s / tau_s)
        self._tone.setFreq(max(dark + (bright - dark) * share, self._hz * 1.5))
        self.moving = share > 0.01

    def let_go(self) -> float | None:
        """A finger on the string."""
        self._ramp(0.0, self._damp_s)
        return self._damp_s

    def bend(self, cents: float) -> None:
        """Pull the string aside."""
        self._string.setFreq(max(_LOWEST_STRING_HZ, self._hz * 2.0 ** (cents / 1200.0)))

    def flush(self) -> None:
        """Run the loop empty: all of its memory must pass by once."""
        super().flush()
        self._string.setDur(0.001)


class SustainedVoice(_Chain):
    """A rich loop through a lowpass."""

    def __init__(self, loop: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._source = self._part(pyo.TableRead_base(loop, 1.0, 1, 4, mul=self._envelope))
        self._lowpass = self._part(pyo.ButLP_base(self._source, 2000.0, mul=self._envelope))
        self._volume = self._part(pyo.SigTo_base(0.0, 0.0, 0.0))
        self._sound = Sustained()
        self._read_hz = 1.0
        self._cutoff_hz = 1000.0
        self._bend_cents = 0.0
        self._pressure = 0.0
        self._leaned = 0.0
        self._finish(self._lowpass, self._volume, sample_rate)

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
        self.tick(0.0, False)
        self._begin(note, sound.attack_s)
        return math.inf

    def settle(self) -> None:
        """After the attack: fall to the level it is held at."""
        # The envelope works twice (before and behind the lowpass), so half the decibels here.
        self._ramp(amplitude(self._sound.sustain_db / 2.0), self._sound.decay_s)

    def tick(self, age_s: float, released: bool) -> None:
        """Vibrato, sweep and pressure, some hundred times a second."""
        sound = self._sound
        self._leaned += 0.2 * (self._pressure - self._leaned)
        octaves = sound.pressure_octaves * self._leaned
        if sound.sweep_octaves:
            octaves += sound.sweep_octaves * math.exp(-age_s / sound.sweep_s)
        cutoff = self._cutoff_hz * 2.0**octaves
        self._lowpass.setFreq(min(max(cutoff, 60.0), 0.4 * self._rate))
        cents = self._bend_cents
        if sound.vibrato is not None:
            waver = sound.vibrato
            depth = waver.cents * (1.0 + self._leaned)
            depth *= min(1.0, max(0.0, (age_s - waver.after_s) / 0.8))
            cents += depth * math.sin(2.0 * math.pi * waver.hz * age_s)
        self._source.setFreq(self._read_hz * 2.0 ** (cents / 1200.0))

    def let_go(self) -> float | None:
        """The bow leaves the string."""
        self._ramp(0.0, self._sound.release_s)
        return self._sound.release_s

    def bend(self, cents: float) -> None:
        """Bend to `cents` from where the note began."""
        self._bend_cents = cents
        self._source.setFreq(self._read_hz * 2.0 ** (cents / 1200.0))

    def press(self, amount: float) -> None:
        """Lean: louder and more open."""
        self._pressure = amount
        self._volume.setTime(0.03)
        self._volume.setValue(self.level * amplitude(self._sound.pressure_db * amount))

    def flush(self) -> None:
        """Open the lowpass so that it runs empty at once."""
        super().flush()
        self._lowpass.setFreq(8000.0)


class PercussionVoice(_Chain):
    """One computed stroke, played once."""

    def __init__(self, table: Any, sample_rate: int) -> None:
        super().__init__()
        self._rate = sample_rate
        self._stroke = self._part(pyo.TableRead_base(table, 1.0, 0, 2))
        self._lowpass = self._part(pyo.ButLP_base(self._stroke, 8000.0, mul=self._envelope))
        self._finish(self._lowpass, self._envelope, sample_rate)
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
        self._begin(note, 0.0)
        return take.seconds

    def let_go(self) -> float | None:
        """A drum rings on."""
        return None


def _raised_cosine_at(turns: float) -> float:
    """How much of a frequency a raised cosine holds that lasts `turns` periods of it (below 1)."""
    return math.sin(math.pi * turns) / (math.pi * turns) / (1.0 - turns * turns)


def nearest_stroke(ready: Ready, note: int) -> tuple[Stroke, tuple[Take, ...]]:
    """The stroke a note plays: its own, else that of the nearest note that has one."""
    found = ready.strokes.get(note)
    if found is None:
        found = ready.strokes[min(ready.strokes, key=lambda other: (abs(other - note), other))]
    return found


def _pluck_table(ready: Ready, hz: float, sample_rate: int) -> Any:
    room_for = 0.4 * sample_rate / hz
    fitting = [count for count in ready.plucks if count <= room_for]
    return ready.plucks[max(fitting, default=min(ready.plucks))]
