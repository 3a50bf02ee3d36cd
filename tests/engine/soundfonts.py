"""A SoundFont to test with, or a word on why there is none."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from jamroom.engine.fluidsynth import FluidSynth, NoFluidSynthError, Settings
from jamroom.engine.font_files import find_fonts


@cache
def small_font() -> Path:
    """TimGM6mb where it is, else whatever the machine has; skips the test without one."""
    try:
        FluidSynth(Settings()).delete()
    except NoFluidSynthError as why:
        pytest.skip(f"{why} apt install libfluidsynth3")
    fonts = find_fonts(None)
    if not fonts:
        pytest.skip("no SoundFont here: apt install timgm6mb-soundfont")
    return min(fonts, key=lambda path: path.stat().st_size)
