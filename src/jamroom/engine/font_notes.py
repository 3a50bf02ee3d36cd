"""One note of a SoundFont: the library's voices that sound it, tuned, levelled and ended."""

from __future__ import annotations

import ctypes
from typing import NamedTuple

from jamroom.engine.fluidsynth import ATTENUATION, FILTER_CUTOFF, FINE_TUNE, RELEASE, FluidSynth
from jamroom.engine.font_loading import Preset

_MOST_PARTS = 8
_QUICK_TIMECENTS = -7200.0  # 16 ms, the quickest release FluidSynth knows
_PRESSURE_CB = 60.0
_PRESSURE_CENTS = 1200.0


class _Part(NamedTuple):
    """A voice of the library, and what the font gave it. It serves another note when it is over."""

    pointer: int
    tuning: float
    attenuation: float
    cutoff: float


class FontNote:
    """A note from its start until the library's voices are silent.

    `voice` is the session's number for it, `serial` the library's; `until` is the block before
    which it is not let go. It must have been started in `synth` under its serial.
    """

    __slots__ = (
        *("_cents", "_parts", "_synth", "bus", "cut", "group", "preset", "released", "serial"),
        *("until", "voice"),
    )

    def __init__(
        self,
        synth: FluidSynth,
        preset: Preset,
        voice: int,
        serial: int,
        bus: int,
        group: int,
        cents: float,
    ) -> None:
        self._synth = synth
        self.preset = preset
        self.voice = voice
        self.serial = serial
        self.bus = bus
        self.group = group
        self.until = 0
        self.released = False
        self.cut = False
        self._cents = cents
        self._parts = self._find_parts()
        if cents:
            self.bend(0.0)
        if preset.softer_cb:
            self._level(0.0)

    def _find_parts(self) -> list[_Part]:
        synth, found = self._synth, (ctypes.c_void_p * _MOST_PARTS)()
        synth.voicelist(synth.handle, found, _MOST_PARTS, self.serial)
        get = synth.generator
        return [
            _Part(at, get(at, FINE_TUNE), get(at, ATTENUATION), get(at, FILTER_CUTOFF))
            for at in found
            if at
        ]

    def plays(self) -> bool:
        """Whether anything of it still sounds."""
        # A call that first collects voices that are over; few of the library's do.
        synth, found = self._synth, (ctypes.c_void_p * 1)()
        synth.voicelist(synth.handle, found, 1, self.serial)
        return bool(found[0])

    def bend(self, cents: float) -> None:
        """Tune it `cents` from where it began."""
        for part in self._living():
            self._set(part, FINE_TUNE, part.tuning + self._cents + cents)

    def press(self, amount: float) -> None:
        """Lean on it, 0 to 1: louder and brighter."""
        self._level(amount)
        for part in self._living():
            self._set(part, FILTER_CUTOFF, part.cutoff + _PRESSURE_CENTS * amount)

    def let_go(self) -> None:
        """The key is up."""
        self.released = True
        self._synth.stop(self._synth.handle, self.serial)

    def end_quickly(self) -> None:
        """As quickly as is possible without a click."""
        for part in self._living():
            self._set(part, RELEASE, _QUICK_TIMECENTS)
        self.cut = True
        self.let_go()

    def _level(self, amount: float) -> None:
        softer = self.preset.softer_cb - _PRESSURE_CB * amount
        for part in self._living():
            self._set(part, ATTENUATION, part.attenuation + softer)

    def _living(self) -> list[_Part]:
        serial, voice_id = self.serial, self._synth.voice_id
        return [part for part in self._parts if voice_id(part.pointer) == serial]

    def _set(self, part: _Part, generator: int, value: float) -> None:
        self._synth.set_generator(part.pointer, generator, value)
        self._synth.update(part.pointer, generator)
