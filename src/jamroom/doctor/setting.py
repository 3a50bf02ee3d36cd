"""The machine around: what the parts need to know to give advice that fits it."""

from __future__ import annotations

import contextlib
import getpass
import os
import re
import shutil
import sys
from pathlib import Path

import msgspec

from jamroom.doctor.packages import Family, family_of


class Setting(msgspec.Struct, frozen=True):
    """`cards` are the names of sound cards the kernel knows (Linux), `cards_barred` whether the
    user may not open them, `sequencer` whether /dev/snd/seq is "there", "barred" or "missing";
    `pipewire` whether it runs, `pw_jack` whether its JACK side is installed.
    """

    platform: str = ""
    family: Family = ""
    user: str = ""
    cards: tuple[str, ...] = ()
    cards_barred: bool = False
    sequencer: str = "missing"
    pipewire: bool = False
    pw_jack: bool = False

    @property
    def linux(self) -> bool:
        """Whether advice about ALSA, groups and packages makes sense."""
        return self.platform == "linux"


def look_around() -> Setting:
    """Read it from this machine; what cannot be read is left out."""
    return Setting(
        sys.platform,
        family_of(read_text(Path("/etc/os-release"))),
        _user(),
        card_names(read_text(Path("/proc/asound/cards"))),
        _barred(sorted(Path("/dev/snd").glob("pcm*p"))),
        _sequencer(Path("/dev/snd/seq")),
        (Path(os.environ.get("XDG_RUNTIME_DIR", "/nowhere")) / "pipewire-0").exists(),
        shutil.which("pw-jack") is not None,
    )


def read_text(path: Path) -> str:
    """The text of a small file, "" when it cannot be read."""
    with contextlib.suppress(OSError):
        return path.read_text(errors="replace")
    return ""


def card_names(cards: str) -> tuple[str, ...]:
    """Names of sound cards, by the text of /proc/asound/cards."""
    found = re.findall(r"^\s*\d+\s*\[.*?\]:\s*(?:.*? - )?(.+?)\s*$", cards, re.MULTILINE)
    return tuple(found)


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in some containers
        return str(os.getuid())


def _barred(devices: list[Path]) -> bool:
    return bool(devices) and not any(os.access(device, os.R_OK | os.W_OK) for device in devices)


def _sequencer(device: Path) -> str:
    if not device.exists():
        return "missing"
    return "there" if os.access(device, os.R_OK | os.W_OK) else "barred"
