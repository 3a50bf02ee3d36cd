"""Where SoundFonts lie: a folder of one's own first, then where packages put them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

SUFFIXES = (".sf2", ".sf3")
MOST_FILES = 200

# From the fullest to the smallest of those that distributions carry.
_KNOWN = (
    *("FluidR3_GM", "MuseScore_General_Full", "MuseScore_General", "GeneralUser", "FluidR3Mono"),
    *("default-GM", "default", "TimGM6mb"),
)
_SYSTEM = ("/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts")
_SYSTEM_TOO = ("/usr/share/sf2", "/usr/local/share/soundfonts", "/usr/local/share/sounds/sf2")


def system_folders() -> tuple[Path, ...]:
    """Folders in which SoundFonts are usually found, of this person and of this machine."""
    data = os.environ.get("XDG_DATA_HOME")
    base = Path(data) if data else Path("~/.local/share").expanduser()
    mine = (base / "soundfonts", base / "sounds" / "sf2")
    return (*mine, *(Path(folder) for folder in (*_SYSTEM, *_SYSTEM_TOO)))


def find_fonts(own: Path | None, folders: tuple[Path, ...] | None = None) -> tuple[Path, ...]:
    """SoundFonts, the one to be taken first: `own` before `folders` (the usual ones), each once."""
    found: dict[Path, Path] = {}
    for folder in (*([own] if own else []), *(system_folders() if folders is None else folders)):
        for path in sorted(_fonts_in(folder), key=_fullest_first):
            found.setdefault(path.resolve(), path)
    return tuple(found.values())


def _fonts_in(folder: Path) -> Iterator[Path]:
    try:
        for path in sorted(folder.iterdir())[:MOST_FILES]:
            if path.suffix.lower() in SUFFIXES and path.is_file():
                yield path
    except OSError:
        return


def _fullest_first(path: Path) -> tuple[int, str]:
    rank = next((at for at, name in enumerate(_KNOWN) if path.stem.startswith(name)), len(_KNOWN))
    return rank, path.name
