"""Where people put what they bring themselves: sounds, scales, controllers; beside the sessions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs


def own_folder(name: Literal["controllers", "patches", "scales", "soundfonts"]) -> Path:
    """The folder of that name, which need not exist. `JAMROOM_HOME` moves it with the rest."""
    home = os.environ.get("JAMROOM_HOME")
    base = Path(home).expanduser() if home else Path(platformdirs.user_data_dir("jamroom"))
    return base / name
