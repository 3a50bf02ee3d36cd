"""The tables and voices that notes are made of, built before the first of them sounds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from jamroom.engine.patches import (
    Patch,
    Percussion,
    Plucked,
    Struck,
    Sustained,
    amplitude,
)
from jamroom.engine.pyo_import import pyo
from jamroom.engine.tables import (
    ZONE_NOTES,
    pluck_period,
    strike_pulse,
    stroke_waves,
    sustained_loop,
)
from jamroom.engine.voice_chain import Loop, Ready, Take, Voice
from jamroom.engine.voices_pyo import PercussionVoice, PluckedVoice, StruckVoice, SustainedVoice

_PLUCK_PARTIALS = (6, 12, 24, 48, 96, 192)
_TAKES = 2

Kind = type[Struck] | type[Plucked] | type[Sustained] | type[Percussion]


class SoundLibrary:
    """Builds patches and voices for one pyo server, which must have been booted."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._tables: list[Any] = []  # a pyo table that nobody holds is freed
        self._pulse = self._table(strike_pulse())

    def build(self, kind: Kind) -> Voice:
        """A new voice for sounds of this kind, switched off."""
        if kind is Struck:
            return StruckVoice(self._pulse, self._rate)
        if kind is Plucked:
            return PluckedVoice(self._pulse, self._rate)
        if kind is Sustained:
            return SustainedVoice(self._pulse, self._rate)
        return PercussionVoice(self._pulse, self._rate)

    def prepare(self, patch: Patch) -> Ready:
        """Compute what a patch needs: some milliseconds, so never inside a block."""
        ready = Ready(patch, amplitude(patch.gain_db), {}, {}, {})
        sound = patch.sound
        if isinstance(sound, Sustained):
            for zone in ZONE_NOTES:
                wave, pitch_hz, cycles = sustained_loop(sound, zone, self._rate)
                ready.loops[zone] = Loop(self._table(wave), pitch_hz, pitch_hz / cycles)
        elif isinstance(sound, Plucked):
            for count in _PLUCK_PARTIALS:
                ready.plucks[count] = self._table(pluck_period(sound, count))
        elif isinstance(sound, Percussion):
            for at, stroke in enumerate(sound.strokes):
                waves = stroke_waves(stroke, _TAKES, 97 * at, self._rate)
                takes = tuple(Take(self._table(one), one.size / self._rate) for one in waves)
                ready.strokes.update(dict.fromkeys(stroke.notes, (stroke, takes)))
        return ready

    def _table(self, wave: npt.NDArray[np.float32]) -> Any:
        table = pyo.DataTable(wave.size)
        np.asarray(table.getBuffer())[:] = wave
        self._tables.append(table)
        return table.getBaseObjects()[0]
