"""The FluidSynth library (LGPL-2.1-or-later) through ctypes: only what a SoundFont engine calls.

Calls inside a block keep the interpreter's lock (`PyDLL`): each lasts microseconds, and a block
that lets go of it may wait for it. Loading lets go of it (`CDLL`). With "synth.threadsafe-api" off
the library takes no lock of its own, so a synth belongs to one thread at a time.

Reference: fluidsynth.org/api (2.2 and later).
"""

from __future__ import annotations

import ctypes
import ctypes.util
from typing import Any

_NAMES = ("libfluidsynth.so.3", "libfluidsynth.3.dylib", "libfluidsynth.so.2")

_P, _I, _U, _F = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint, ctypes.c_float

_RARE: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "new_fluid_settings": (_P, ()),
    "delete_fluid_settings": (None, (_P,)),
    "fluid_settings_setint": (_I, (_P, ctypes.c_char_p, _I)),
    "fluid_settings_setnum": (_I, (_P, ctypes.c_char_p, ctypes.c_double)),
    "fluid_set_log_function": (_P, (_I, _P, _P)),
    "new_fluid_synth": (_P, (_P,)),
    "delete_fluid_synth": (None, (_P,)),
    "fluid_synth_sfload": (_I, (_P, ctypes.c_char_p, _I)),
    "fluid_synth_get_sfont_by_id": (_P, (_P, _I)),
    "fluid_sfont_get_preset": (_P, (_P, _I, _I)),
    "fluid_synth_pin_preset": (_I, (_P, _I, _I, _I)),
    "fluid_synth_set_interp_method": (_I, (_P, _I, _I)),
    "fluid_synth_set_gain": (None, (_P, _F)),
}
_EVERY_BLOCK: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "fluid_synth_process": (_I, (_P, _I, _I, _P, _I, _P)),
    "fluid_synth_start": (_I, (_P, _U, _P, _I, _I, _I, _I)),
    "fluid_synth_stop": (_I, (_P, _U)),
    "fluid_synth_all_sounds_off": (_I, (_P, _I)),
    "fluid_synth_get_voicelist": (None, (_P, _P, _I, _I)),
    "fluid_voice_get_id": (_U, (_P,)),
    "fluid_voice_gen_get": (_F, (_P, _I)),
    "fluid_voice_gen_set": (None, (_P, _I, _F)),
    "fluid_voice_update_param": (None, (_P, _I)),
}

FILTER_CUTOFF, RELEASE, ATTENUATION, FINE_TUNE = 8, 38, 48, 52
"""Generators of the SoundFont standard (2.04, 8.1.3): cents, timecents, centibels, cents."""


class NoFluidSynthError(Exception):
    """The library cannot be had; the text says why in one line."""


class Settings(dict[str, float]):
    """FluidSynth settings by name; whole numbers are int, others float."""


class FluidSynth:
    """One synth, and the functions to play it. Raises NoFluidSynthError."""

    def __init__(self, settings: Settings) -> None:
        slow, quick = _libraries()
        self._slow = slow
        self.process = quick.fluid_synth_process
        self.start = quick.fluid_synth_start
        self.stop = quick.fluid_synth_stop
        self.all_sounds_off = quick.fluid_synth_all_sounds_off
        self.voicelist = quick.fluid_synth_get_voicelist
        self.voice_id = quick.fluid_voice_get_id
        self.generator = quick.fluid_voice_gen_get
        self.set_generator = quick.fluid_voice_gen_set
        self.update = quick.fluid_voice_update_param
        self.process_long = slow.fluid_synth_process
        for level in range(5):  # it would write to the terminal that somebody plays in
            slow.fluid_set_log_function(level, None, None)
        self._settings = slow.new_fluid_settings()
        for name, value in settings.items():
            self.set(name, value)
        self.handle = slow.new_fluid_synth(self._settings)
        if not self.handle:
            slow.delete_fluid_settings(self._settings)
            raise NoFluidSynthError("FluidSynth would not start.")

    def set(self, name: str, value: float) -> None:
        """Change a setting; one that this version does not know is left alone."""
        if isinstance(value, int):
            self._slow.fluid_settings_setint(self._settings, name.encode(), value)
        else:
            self._slow.fluid_settings_setnum(self._settings, name.encode(), value)

    def load(self, path: str) -> int:
        """Load a SoundFont; its number, or -1 when it is none."""
        return int(self._slow.fluid_synth_sfload(self.handle, path.encode(), 0))

    def pinned_preset(self, font: int, bank: int, program: int) -> int | None:
        """A preset whose samples stay in memory from now on; None when the font has no such."""
        sfont = self._slow.fluid_synth_get_sfont_by_id(self.handle, font)
        preset = self._slow.fluid_sfont_get_preset(sfont, bank, program)
        if not preset or self._slow.fluid_synth_pin_preset(self.handle, font, bank, program) != 0:
            return None
        return int(preset)

    def interpolate(self, order: int) -> None:
        """How samples are read between frames: 0, 1, 4 or 7 points."""
        self._slow.fluid_synth_set_interp_method(self.handle, -1, order)

    def set_gain(self, gain: float) -> None:
        """The gain of everything, 0 to 10."""
        self._slow.fluid_synth_set_gain(self.handle, gain)

    def delete(self) -> None:
        """Give everything back."""
        self._slow.delete_fluid_synth(self.handle)
        self._slow.delete_fluid_settings(self._settings)


def _libraries() -> tuple[ctypes.CDLL, ctypes.PyDLL]:
    for name in (*_NAMES, None):
        path = name or ctypes.util.find_library("fluidsynth")
        if path is None:
            break
        try:
            slow, quick = ctypes.CDLL(path), ctypes.PyDLL(path)
        except OSError:
            continue
        try:
            _declare(slow, _RARE | _EVERY_BLOCK)
            _declare(quick, _EVERY_BLOCK)
        except AttributeError:
            raise NoFluidSynthError("FluidSynth is too old here (2.2 is needed).") from None
        return slow, quick
    raise NoFluidSynthError("FluidSynth is not installed.")


def _declare(library: ctypes.CDLL, functions: dict[str, tuple[Any, tuple[Any, ...]]]) -> None:
    for name, (result, arguments) in functions.items():
        function = getattr(library, name)
        function.restype, function.argtypes = result, arguments
