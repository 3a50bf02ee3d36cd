"""Percussion voices: one computed stroke, played once."""

from __future__ import annotations

from typing import Any

from jamroom.engine.patches import between, touch
from jamroom.engine.pyo_import import pyo
from jamroom.engine.ready import Ready
from jamroom.engine.sounds import Percussion
from jamroom.engine.voice_chain import TOUCH_GAINS, Chain, Note


class PercussionVoice(Chain):
    """Velocity is how loud and how bright; no two strokes in a row are quite alike."""

    def __init__(self, table: Any, sample_rate: int) -> None:
        super().__init__(sample_rate)
        self._stroke = self.part(pyo.TableRead_base(table, 1.0, 0, 2))
        self._lowpass = self.part(pyo.ButLP_base(self._stroke, 8000.0, mul=self.envelope))
        self.finish(self._lowpass, self.envelope)
        self._read_hz = 1.0
        self._lean_cents = 0.0
        self._bend_cents = self._pressure = 0.0

    def start(self, ready: Ready, note: Note) -> float:
        """Strike."""
        sound = ready.patch.sound
        assert isinstance(sound, Percussion)
        stroke, takes = ready.hit(note.note)
        ready.turns[note.bus] += 1
        take = takes[ready.turns[note.bus] % len(takes)]
        self._lean_cents = 100.0 * sound.lean_semitones
        self._bend_cents = self._pressure = 0.0
        self.level = ready.gain * TOUCH_GAINS[note.velocity]
        self.tau_s = take.seconds * 0.2
        self._read_hz = 1.0 / take.seconds
        self._stroke.setTable(take.table)
        self._stroke.setFreq(self._read_hz)
        self._stroke.setMul(self.level)
        self._lowpass.setFreq(between(stroke.bright_hz, touch(note.velocity)))
        self.begin(note, 0.0)
        return take.seconds

    def let_go(self) -> float | None:
        """A drum rings on."""
        return None

    def bend(self, cents: float) -> None:
        """Bend the stroke to `cents` from where it began."""
        self._bend_cents = cents
        self._tighten()

    def press(self, amount: float) -> None:
        """A hand that presses the skin raises its pitch."""
        self._pressure = amount
        self._tighten()

    def _tighten(self) -> None:
        cents = self._bend_cents + self._lean_cents * self._pressure
        self._stroke.setFreq(min(self._read_hz * 2.0 ** (cents / 1200.0), 1000.0))

    def flush(self) -> None:
        """What is left of a stroke that was cut short must not reach the lowpass any more."""
        super().flush()
        self._stroke.setMul(0.0)
        self._lowpass.setFreq(8000.0)

    def tick(self, age_s: float) -> None:
        """A stroke moves by itself only as it was computed."""
