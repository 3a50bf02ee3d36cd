"""Where jamroom keeps what is somebody's own: sessions, settings, what they bring themselves."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

import platformdirs

HOME_VARIABLE = "JAMROOM_HOME"


def data_folder() -> Path:
    """The folder of it all, which need not exist. `JAMROOM_HOME` moves it."""
    home = os.environ.get(HOME_VARIABLE)
    return Path(home).expanduser() if home else Path(platformdirs.user_data_dir("jamroom"))


def own_folder(name: Literal["controllers", "patches", "scales", "soundfonts"]) -> Path:
    """Where people put sounds, scales or controllers that they bring. It need not exist."""
    return data_folder() / name
