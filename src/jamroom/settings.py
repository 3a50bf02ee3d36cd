"""What somebody chose for their own windows: kept for the next time, on this machine only.

Nothing of the music and nothing of the players is in it. A file that is missing, broken or may
not be written is no reason not to play: then the settings are what they are at first.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Literal

import msgspec

from jamroom.own_folders import data_folder

_FILE = "settings.json"


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=False):
    """`layout` is the keyboard's, "" to find it out; `look` the colours of the console."""

    layout: str = ""
    look: Literal["", "jamroom-calm", "jamroom-stark"] = ""


def settings_path() -> Path:
    """Where they lie: beside the sessions."""
    return data_folder() / _FILE


def load_settings() -> Settings:
    """The settings, or the first ones."""
    try:
        return msgspec.json.decode(settings_path().read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError):
        return Settings()


def save_settings(settings: Settings) -> bool:
    """Write them, all or nothing; False when it cannot be done."""
    path = settings_path()
    draft = path.with_name(f"{_FILE}.{os.getpid()}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft.write_bytes(msgspec.json.format(msgspec.json.encode(settings)) + b"\n")
        draft.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            draft.unlink()
        return False
    return True
