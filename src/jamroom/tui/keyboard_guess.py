"""Which keyboard somebody most likely has, before the terminal or they say so."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path

from jamroom.tui.layouts import LAYOUTS, QWERTY, Layout, layout_of_locale, layout_of_setting

SETTING_FILES = (Path("/etc/default/keyboard"), Path("/etc/vconsole.conf"))
_SETTING = re.compile(r"^(?:XKBLAYOUT|KEYMAP)=(.+)$", re.MULTILINE)
_FAR = ("SSH_CONNECTION", "SSH_CLIENT", "SSH_TTY")
_LOCALES = ("LC_ALL", "LC_MESSAGES", "LANG")


def guessed_layout(
    chosen: str,
    environment: Mapping[str, str] | None = None,
    files: tuple[Path, ...] = SETTING_FILES,
) -> Layout:
    """What was chosen earlier; else this machine's keyboard, unless we sit at another; else locale.

    `environment` is os.environ unless given.
    """
    if chosen in LAYOUTS:
        return LAYOUTS[chosen]
    env = os.environ if environment is None else environment
    far = any(env.get(name) for name in _FAR)
    settings = [] if far else [_setting(path) for path in files]
    locale = next((env[name] for name in _LOCALES if env.get(name)), "")
    candidates = [*(layout_of_setting(s) for s in settings if s), layout_of_locale(locale)]
    return next((layout for layout in candidates if layout is not None), QWERTY)


def _setting(path: Path) -> str:
    try:
        found = _SETTING.search(path.read_text(encoding="utf-8", errors="replace"))
    except OSError:
        return ""
    return found[1] if found else ""
