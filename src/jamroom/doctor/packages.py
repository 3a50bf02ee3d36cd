"""The command that installs something, on the Linux systems where we know it. Pure."""

from __future__ import annotations

import shlex
from typing import Literal

Family = Literal["debian", "fedora", ""]

_COMMANDS = {"debian": "sudo apt install", "fedora": "sudo dnf install"}
_NAMES = {
    "portaudio": ("libportaudio2", "portaudio"),
    "pipewire-jack": ("pipewire-jack", "pipewire-jack-audio-connection-kit"),
    "alsa-plugins": ("libasound2-plugins", "alsa-plugins-pulseaudio"),
    "realtime": ("jackd2", "realtime-setup"),
}


def family_of(os_release: str) -> Family:
    """Which family of systems, by the text of /etc/os-release ("" for all others)."""
    fields: dict[str, str] = {}
    for line in os_release.splitlines():
        key, _, value = line.partition("=")
        fields[key.strip()] = value.strip().strip("\"'").casefold()
    words = {fields.get("ID", ""), *fields.get("ID_LIKE", "").split()}
    if words & {"debian", "ubuntu"}:
        return "debian"
    if words & {"fedora", "rhel", "centos"}:
        return "fedora"
    return ""


def install(family: Family, what: str) -> str:
    """A command to copy, or "" where we do not know one. `what` is a key of our table."""
    if not family:
        return ""
    debian, fedora = _NAMES[what]
    return f"{_COMMANDS[family]} {debian if family == 'debian' else fedora}"


def join_group(group: str, user: str) -> str:
    """The command that lets a user into a group (after logging in again)."""
    return f"sudo usermod -aG {group} {shlex.quote(user)}"
