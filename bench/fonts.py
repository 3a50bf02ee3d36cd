"""The SoundFont that peers play."""

from __future__ import annotations

from pathlib import Path

_FOLDERS = Path("/usr/share/sounds/sf2"), Path("/usr/share/soundfonts")
_NAMES = ("FluidR3_GM.sf2", "TimGM6mb.sf2", "default.sf2")


def font_path() -> Path | None:
    """A General MIDI font of this machine, or None."""
    paths = (folder / name for name in _NAMES for folder in _FOLDERS)
    return next((path for path in paths if path.exists()), None)
