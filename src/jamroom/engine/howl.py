"""Hears a loudspeaker howl into the microphone, before people do.

A howl is one narrow peak that grows steadily, in the microphone and in what the room plays alike.
"""

from __future__ import annotations

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, Block
from jamroom.engine.microphone import Microphone

WARNING = (
    "The microphone hears the loudspeakers and begins to howl, so the recorded loops go silent"
    " for a moment. Turn the microphone away from the loudspeakers, or softer."
)

_WINDOW = 1024
_GROWING_S = 0.3
_LEAST_GROWTH_DB = 6.0
_LEAST_DBFS = -36.0
_NARROW_DB = 18.0  # the peak above everything that is further away than its own skirts
_SKIRTS = 4
_WOBBLE_DB = 0.5
_LOWEST_BIN = 3
_PAUSE_S = 5.0
_TINY = 1e-9


class HowlWatch:
    """Told every block what the room plays; reads the microphone by itself."""

    def __init__(self, microphone: Microphone) -> None:
        self._microphone = microphone
        self._out: Block = np.zeros(_WINDOW, np.float32)
        self._at = 0
        self._hann = np.hanning(_WINDOW).astype(np.float32)
        windows_a_second = microphone.sample_rate / _WINDOW
        self._long_enough = max(4, round(_GROWING_S * windows_a_second))
        self._pause = round(_PAUSE_S * windows_a_second)
        self._deaf = 0
        self._history: list[tuple[int, float, float]] = []

    def hears(self, block: Block) -> bool:
        """Take in what the room plays, shape (BLOCK_FRAMES, 2); True when a howl is found."""
        np.mean(block, axis=1, out=self._out[self._at : self._at + BLOCK_FRAMES])
        self._at += BLOCK_FRAMES
        if self._at < _WINDOW:
            return False
        self._at = 0
        if self._deaf:
            self._deaf -= 1
            return False
        heard = self._microphone.read(self._microphone.end - _WINDOW, _WINDOW)
        return self._grew(self._peak(heard), self._peak(self._out))

    def _peak(self, samples: Block) -> tuple[int, float] | None:
        """Bin and level in dBFS of the one peak there is; None when there is none."""
        power = np.abs(np.fft.rfft(samples * self._hann))
        at = int(power[_LOWEST_BIN:].argmax()) + _LOWEST_BIN
        level_db = _db(float(power[at]) * 4.0 / _WINDOW)
        if level_db < _LEAST_DBFS:
            return None
        power[max(0, at - _SKIRTS) : at + _SKIRTS + 1] = 0.0
        if level_db - _db(float(power[_LOWEST_BIN:].max()) * 4.0 / _WINDOW) < _NARROW_DB:
            return None
        return at, level_db

    def _grew(self, mic: tuple[int, float] | None, out: tuple[int, float] | None) -> bool:
        if mic is None or out is None or abs(mic[0] - out[0]) > 1:
            self._history.clear()
            return False
        history = self._history
        if history:
            at, mic_db, out_db = history[-1]
            sinks = mic[1] < mic_db - _WOBBLE_DB or out[1] < out_db - _WOBBLE_DB
            if abs(at - mic[0]) > 1 or sinks:
                history.clear()
        history.append((mic[0], mic[1], out[1]))
        del history[: -self._long_enough]
        if len(history) < self._long_enough:
            return False
        grown_db = min(history[-1][1] - history[0][1], history[-1][2] - history[0][2])
        if grown_db < _LEAST_GROWTH_DB:
            return False
        history.clear()
        self._deaf = self._pause
        return True


def _db(amplitude: float) -> float:
    return 20.0 * float(np.log10(max(amplitude, _TINY)))
