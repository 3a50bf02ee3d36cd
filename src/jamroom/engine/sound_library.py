"""The tables and voices that notes are made of."""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from jamroom.engine.loops import ZONE_NOTES, sustained_loop, texture_loop
from jamroom.engine.patches import Patch
from jamroom.engine.pyo_import import pyo
from jamroom.engine.ready import Hit, Loop, Ready, Tables, Take
from jamroom.engine.sounds import Percussion, Plucked, Struck, Sustained, Texture
from jamroom.engine.strokes import stroke_waves
from jamroom.engine.tables import pluck_period, strike_pulse
from jamroom.engine.voice_chain import Voice
from jamroom.engine.voices_held import HeldVoice
from jamroom.engine.voices_percussion import PercussionVoice
from jamroom.engine.voices_plucked import PLUCK_PARTIALS, PluckedVoice
from jamroom.engine.voices_struck import StruckVoice

_TAKES = 2
_MIDDLE_NOTE = 60  # hands begin there
_BREATH_S = 0.002  # between two tables made ahead: the block needs the interpreter too

Kind = type[StruckVoice] | type[PluckedVoice] | type[HeldVoice] | type[PercussionVoice]


def kind_of(patch: Patch) -> Kind:
    """Which voices play a patch."""
    sound = patch.sound
    if isinstance(sound, Struck):
        return StruckVoice
    if isinstance(sound, Plucked):
        return PluckedVoice
    return PercussionVoice if isinstance(sound, Percussion) else HeldVoice


class SoundLibrary:
    """Builds patches and voices for one pyo server, which must have been booted."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._tables: list[Any] = []  # a pyo table that nobody holds is freed
        self._pulse = self._table(strike_pulse())
        self._closing = threading.Event()
        self._ahead: threading.Thread | None = None

    def build(self, kind: Kind) -> Voice:
        """A new voice for sounds of this kind, switched off."""
        return kind(self._pulse, self._rate)

    def prepare(self, patch: Patch) -> Ready:
        """A patch that can be played at once; its tables are made when they are wanted."""
        sound = patch.sound
        if isinstance(sound, Sustained):
            zones = sorted(ZONE_NOTES, key=lambda zone: abs(zone - _MIDDLE_NOTE))
            return Ready(patch, Tables(zones, lambda zone: self._loop(sound, zone)), {})
        if isinstance(sound, Texture):
            return Ready(patch, Tables((0,), lambda _: self._texture(sound)), {})
        if isinstance(sound, Plucked):
            plucks = Tables(PLUCK_PARTIALS, lambda n: self._table(pluck_period(sound, n)))
            return Ready(patch, plucks, {})
        if isinstance(sound, Percussion):
            strokes = Tables(range(len(sound.strokes)), lambda at: self._hit(sound, at))
            notes = {note: at for at, one in enumerate(sound.strokes) for note in one.notes}
            return Ready(patch, strokes, notes)
        return Ready(patch, Tables[Any]((), lambda _: None), {})

    def warm_up(self, patches: Iterable[Ready]) -> None:
        """Make all tables of these patches in a thread, so that soon no note has to."""
        todo = [ready for ready in patches if not ready.tables.all_made()]
        if todo and self._ahead is None:
            self._ahead = threading.Thread(
                target=self._make_ahead, args=(todo,), name="sounds", daemon=True
            )
            self._ahead.start()

    def _make_ahead(self, todo: list[Ready]) -> None:
        for turn in range(max(len(ready.tables.keys) for ready in todo)):
            for ready in todo:
                if self._closing.is_set():
                    return
                if turn < len(ready.tables.keys):
                    ready.tables.at(ready.tables.keys[turn])
                    time.sleep(_BREATH_S)

    def close(self) -> None:
        """End the thread; pyo's tables must not be made while its server goes."""
        self._closing.set()
        if self._ahead is not None:
            self._ahead.join()

    def _loop(self, sound: Sustained, zone: int) -> Loop:
        wave, pitch_hz, cycles = sustained_loop(sound, zone, self._rate)
        return Loop(self._table(wave), pitch_hz, pitch_hz / cycles)

    def _texture(self, sound: Texture) -> Loop:
        wave = texture_loop(sound, self._rate)
        return Loop(self._table(wave), 0.0, self._rate / wave.size)

    def _hit(self, sound: Percussion, at: int) -> Hit:
        stroke = sound.strokes[at]
        waves = stroke_waves(stroke, _TAKES, 97 * at, self._rate)
        return stroke, tuple(Take(self._table(one), one.size / self._rate) for one in waves)

    def _table(self, wave: npt.NDArray[np.float32]) -> Any:
        table = pyo.DataTable(wave.size)
        # pyo keeps one sample more behind its buffer, and reads towards it before it goes round:
        # if it were left at zero, each round of a loop would click.
        buffer = np.asarray(table.getBuffer())
        with_guard = np.ctypeslib.as_array(
            (ctypes.c_double * (wave.size + 1)).from_address(buffer.ctypes.data)
        )
        with_guard[:-1] = wave
        with_guard[-1] = wave[0]
        self._tables.append(table)
        return table.getBaseObjects()[0]
