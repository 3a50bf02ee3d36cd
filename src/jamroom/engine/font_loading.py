"""Loading a SoundFont: slow (a tenth of a second to seconds), so never inside a block."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES
from jamroom.engine.fluidsynth import FluidSynth, NoFluidSynthError, Settings
from jamroom.engine.font_levels import (
    BEAT_S,
    DRUM_PHRASE,
    PHRASE,
    SILENT_LUFS,
    TARGET_LUFS,
    VELOCITY,
    Wave,
    loudness_lufs,
    phrase_wave,
)
from jamroom.engine.font_programs import PREFIX, PROGRAMS, Program

LANES = 4
"""Groups of voices on each bus, each with a delay of its own (see `soundfont`)."""
GROUPS = LANES * BUSES
LIBRARY_VOICES = 192
"""Voices of the library; a note takes one to three of them."""

_INTERPOLATION = 4
_MOST_FONTS = 4
_GAINS = (0.05, 9.0)


class NoFontError(Exception):
    """There is no SoundFont to play; the text says what is missing and what to do, in one line."""


class Preset(NamedTuple):
    """A preset ready to play: the library's pointer, and what brings it to the common level."""

    program: Program
    pointer: int
    softer_cb: float  # centibels


class Font(NamedTuple):
    """A synth with its presets by patch name, the files they are from, and files that are none."""

    synth: FluidSynth
    paths: tuple[Path, ...]
    presets: dict[str, Preset]
    problems: tuple[str, ...]


def load_font(
    paths: tuple[Path, ...], sample_rate: int, unwanted: Callable[[], bool]
) -> Font | None:
    """Our programs from these fonts, equally loud; None as soon as it is `unwanted`.

    Raises NoFontError, in one line for people.
    """
    try:
        synth = FluidSynth(_settings(sample_rate))
    except NoFluidSynthError as why:
        raise NoFontError(
            f"{why} For cello, violin and others: apt install libfluidsynth3 fluid-soundfont-gm"
        ) from None
    pointers, used, broken = _find_presets(synth, paths)
    synth.set("synth.dynamic-sample-loading", 0)  # what is pinned may now be started by pointer
    synth.interpolate(_INTERPOLATION)
    presets = _levelled(synth, pointers, sample_rate, unwanted)
    if presets is None:
        synth.delete()
        return None
    if not presets:
        synth.delete()
        raise NoFontError(_nothing(used, broken))
    problems = tuple(f"{path.name} is no SoundFont that can be read." for path in broken)
    return Font(synth, used, presets, problems)


_ADVICE = "For cello, violin and others: apt install fluid-soundfont-gm"


def _nothing(used: tuple[Path, ...], broken: tuple[Path, ...]) -> str:
    if used:
        return f"{used[0].name} has none of the General MIDI sounds. {_ADVICE}"
    if broken:
        return f"{broken[0].name} is no SoundFont that can be read. {_ADVICE}"
    return f"There is no SoundFont on this machine. {_ADVICE}"


def _find_presets(
    synth: FluidSynth, paths: tuple[Path, ...]
) -> tuple[dict[Program, int], tuple[Path, ...], tuple[Path, ...]]:
    """Presets from the first font that has each, the fonts used, and files that are none.

    So somebody's own font of one piano gives the piano, and the machine's font all the others.
    """
    found: dict[Program, int] = {}
    used: list[Path] = []
    broken: list[Path] = []
    for path in paths:
        missing = [program for program in PROGRAMS if program not in found]
        if not missing or len(used) == _MOST_FONTS:
            break
        number = synth.load(str(path))
        if number < 0:
            broken.append(path)
            continue
        used.append(path)
        for program in missing:
            pointer = synth.pinned_preset(number, program.bank, program.program)
            if pointer is not None:
                found[program] = pointer
    in_order = {program: found[program] for program in PROGRAMS if program in found}
    return in_order, tuple(used), tuple(broken)


def _settings(sample_rate: int) -> Settings:
    return Settings(
        {
            "synth.sample-rate": float(sample_rate),
            "synth.gain": 1.0,
            "synth.midi-channels": GROUPS,
            "synth.audio-channels": GROUPS,
            "synth.audio-groups": GROUPS,
            "synth.polyphony": LIBRARY_VOICES,
            "synth.reverb.active": 0,
            "synth.chorus.active": 0,
            "synth.threadsafe-api": 0,
            "synth.dynamic-sample-loading": 1,
        }
    )


def _levelled(
    synth: FluidSynth, pointers: dict[Program, int], sample_rate: int, unwanted: Callable[[], bool]
) -> dict[str, Preset] | None:
    """Presets with what each has to give up so that all are as loud as jamroom's own patches."""
    loud: dict[Program, float] = {}
    for program, pointer in pointers.items():
        if unwanted():
            return None
        wave = _audition(synth, program, pointer, sample_rate)
        measured = loudness_lufs(wave, sample_rate)
        if np.isfinite(wave).all() and measured > SILENT_LUFS:
            loud[program] = measured
    softest = min(loud.values(), default=TARGET_LUFS)
    gain = min(max(10.0 ** ((TARGET_LUFS - softest) / 20.0), _GAINS[0]), _GAINS[1])
    synth.set_gain(gain)
    return {
        PREFIX + program.name: Preset(program, pointers[program], 10.0 * (level - softest))
        for program, level in loud.items()
    }


def _audition(synth: FluidSynth, program: Program, pointer: int, sample_rate: int) -> Wave:
    """A phrase on this preset, as one channel."""

    def begin(note: int) -> None:
        synth.start(synth.handle, note, pointer, 0, 0, note, VELOCITY)

    def end(note: int) -> None:
        synth.stop(synth.handle, note)

    def render(frames: int) -> Wave:
        # Whole blocks: what is left of one would make every later note late.
        frames = math.ceil(frames / BLOCK_FRAMES) * BLOCK_FRAMES
        wave: Wave = np.zeros(frames, np.float32)
        outputs = 2 * GROUPS
        both = (ctypes.c_void_p * outputs)(*[wave.ctypes.data] * outputs)
        synth.process_long(synth.handle, frames, 0, None, outputs, both)
        return wave

    drums = program.way == "drums"
    notes = DRUM_PHRASE if drums else tuple(note + 12 * program.octave for note in PHRASE)
    wave = phrase_wave(begin, end, render, notes, BEAT_S / 2 if drums else BEAT_S, sample_rate)
    synth.all_sounds_off(synth.handle, 0)
    render(round(0.01 * sample_rate))
    return wave
