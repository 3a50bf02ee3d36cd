"""Held voices: pads, choirs, reeds, basses, rain and sea; a rich loop through a lowpass."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from jamroom.engine.loops import zone_of
from jamroom.engine.patches import amplitude, between, touch
from jamroom.engine.pyo_import import pyo
from jamroom.engine.ready import Loop, Ready
from jamroom.engine.sounds import Held, Sustained, Texture
from jamroom.engine.voice_chain import MIDDLE_C_HZ, TOUCH_GAINS, Chain, Note, glide_cents

_LONGEST_TO_SPEAK_S = 0.25


class _Recipe(msgspec.Struct, frozen=True):
    """What a held voice is set to for one pitch of a patch."""

    table: Any
    read_hz: float
    tracked: float  # how much brighter than at middle C


class HeldVoice(Chain):
    """Velocity opens the lowpass, and so does leaning."""

    def __init__(self, loop: Any, sample_rate: int) -> None:
        super().__init__(sample_rate)
        self._source = self.part(pyo.TableRead_base(loop, 1.0, 1, 4, mul=self.envelope))
        self._lowpass = self.part(pyo.ButLP_base(self._source, 2000.0, mul=self.envelope))
        self._volume = self.part(pyo.SigTo_base(0.0, 0.0, 0.0))
        self._sound: Held = Sustained()
        self._read_hz = 1.0
        self._cutoff_hz = 1000.0
        self._bend_cents = 0.0
        self._pressure = 0.0
        self._leaned = 0.0
        self.finish(self._lowpass, self._volume)

    def start(self, ready: Ready, note: Note) -> float:
        """Swell in."""
        sound = ready.patch.sound
        assert isinstance(sound, Sustained | Texture)
        recipe = ready.recipe(note.hz, _work_out)
        self._sound = sound
        self._read_hz = recipe.read_hz
        self._cutoff_hz = between(sound.filter_hz, touch(note.velocity)) * recipe.tracked
        self._bend_cents = self._pressure = self._leaned = 0.0
        self.level = ready.gain * TOUCH_GAINS[note.velocity]
        self.tau_s = 1e6
        self.speaks_s = min(sound.attack_s, _LONGEST_TO_SPEAK_S)
        self.settles_s = sound.attack_s if sound.sustain_db < 0.0 else 0.0
        self._volume.setTime(0.0)
        self._volume.setValue(self.level)
        self._source.setTable(recipe.table)
        self.moving = True
        self.tick(0.0)
        self.begin(note, sound.attack_s)
        return math.inf

    def settle(self) -> None:
        """After the attack: fall to the level it is held at."""
        # The envelope works twice (before and behind the lowpass), so half the decibels here.
        self.ramp(amplitude(self._sound.sustain_db / 2.0), self._sound.decay_s)

    def tick(self, age_s: float) -> None:
        """Vibrato, sweep, swell and pressure, some hundred times a second."""
        sound = self._sound
        self._leaned += 0.2 * (self._pressure - self._leaned)
        octaves = sound.pressure_octaves * self._leaned
        if sound.sweep_octaves:
            octaves += sound.sweep_octaves * math.exp(-age_s / sound.sweep_s)
        if sound.swell is not None:
            octaves -= self._swell(age_s)
        cutoff = self._cutoff_hz * 2.0**octaves
        self._lowpass.setFreq(min(max(cutoff, 60.0), self._top_hz))
        cents = self._bend_cents
        if sound.vibrato is not None:
            waver = sound.vibrato
            depth = waver.cents * (1.0 + self._leaned)
            depth *= min(1.0, max(0.0, (age_s - waver.after_s) / 0.8))
            cents += depth * math.sin(2.0 * math.pi * waver.hz * age_s)
        if sound.glide is not None:
            cents += glide_cents(sound.glide, age_s)
        self._read(cents)

    def _swell(self, age_s: float) -> float:
        """Set the volume to where the swell is; returns by how many octaves it is closed."""
        swell = self._sound.swell
        assert swell is not None
        trough = 0.5 - 0.5 * math.cos(2.0 * math.pi * swell.hz * age_s)
        leaned_db = self._sound.pressure_db * self._leaned
        self._volume.setTime(0.01)
        self._volume.setValue(self.level * amplitude(leaned_db - swell.depth_db * trough))
        return swell.octaves * trough

    def _read(self, cents: float) -> None:
        # A step of a whole table or more in one frame would read beyond pyo's memory.
        read_hz = self._read_hz * 2.0 ** (cents / 1200.0)
        self._source.setFreq(min(read_hz, self._top_hz))

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
        if self._sound.swell is None:
            self._volume.setTime(0.03)
            self._volume.setValue(self.level * amplitude(self._sound.pressure_db * amount))

    def flush(self) -> None:
        """Open the lowpass so that it runs empty at once."""
        super().flush()
        self.moving = False
        self._lowpass.setFreq(8000.0)


def _work_out(ready: Ready, hz: float) -> _Recipe:
    sound = ready.patch.sound
    assert isinstance(sound, Sustained | Texture)
    octaves = math.log2(hz / MIDDLE_C_HZ)
    if isinstance(sound, Texture):
        loop: Loop = ready.tables.at(0)
        follows = 2.0 ** (octaves * sound.follow)
    else:
        loop = ready.tables.at(zone_of(60.0 + 12.0 * octaves))
        follows = hz / loop.pitch_hz
    return _Recipe(
        table=loop.table,
        read_hz=loop.rate_hz * follows,
        tracked=2.0 ** (octaves * sound.filter_track),
    )
