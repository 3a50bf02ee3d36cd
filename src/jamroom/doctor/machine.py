"""How well this machine keeps time, and the versions of everything: notes, never problems."""

from __future__ import annotations

import contextlib
import locale
import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from jamroom import __version__
from jamroom.doctor.findings import Finding
from jamroom.doctor.packages import install, join_group
from jamroom.doctor.setting import Setting, read_text

_ENOUGH_CORES = 2
_GOVERNORS = "cpu[0-9]*/cpufreq/scaling_governor"
_CPUS = "/sys/devices/system/cpu"
_BY_HAND = "sudo cpupower frequency-set -g performance"


class MachineFacts(msgspec.Struct, frozen=True):
    """`rt_priority` is the highest real-time priority a program may ask for (None: no such limit
    here); `governors` are the CPU's, () where they cannot be read; `profiles` says whether
    powerprofilesctl is installed.
    """

    rt_priority: int | None
    governors: tuple[str, ...]
    profiles: bool
    cores: int
    load: float


def machine_facts() -> MachineFacts:
    """Read them from this machine."""
    paths = Path(_CPUS).glob(_GOVERNORS)
    load = 0.0
    with contextlib.suppress(OSError, AttributeError):
        load = os.getloadavg()[0]
    return MachineFacts(
        _rt_priority(),
        tuple(sorted({text for path in paths if (text := read_text(path).strip())})),
        shutil.which("powerprofilesctl") is not None,
        len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
        load,
    )


def _rt_priority() -> int | None:
    if sys.platform != "linux":
        return None
    import resource

    if os.geteuid() == 0:
        return 99  # root may, whatever the limit says
    soft, _hard = resource.getrlimit(resource.RLIMIT_RTPRIO)
    return 99 if soft == resource.RLIM_INFINITY else soft


def judge_machine(facts: MachineFacts, setting: Setting) -> list[Finding]:
    """Priority, the CPU's speed, cores and load."""
    found = []
    if facts.rt_priority is not None:
        found.append(_priority(facts.rt_priority, setting))
    if facts.governors:
        found.append(_governor(facts))
    found.append(_cores(facts))
    return found


def _priority(most: int, setting: Setting) -> Finding:
    if most > 0:
        return Finding("ok", f"sound may ask for real-time priority (up to {most})")
    group = "realtime" if setting.family == "fedora" else "audio"
    package = install(setting.family, "realtime")
    first = f"After `{package}` (answer yes if asked), join" if package else "Join"
    return Finding(
        "note",
        "sound may not ask for real-time priority",
        "Busy programs may make it click.",
        f"{first} the group {group}, and log in again:",
        join_group(group, setting.user),
    )


def _governor(facts: MachineFacts) -> Finding:
    text = f"CPU governor: {', '.join(facts.governors)}"
    if "powersave" not in facts.governors:
        return Finding("ok", text)
    return Finding(
        "note",
        text,
        "The CPU may be slow to wake up, which can click; if nothing clicks, leave it.",
        "Until the machine is switched off"
        + (":" if facts.profiles else " (cpupower is in linux-cpupower or kernel-tools):"),
        "powerprofilesctl set performance" if facts.profiles else _BY_HAND,
    )


def _cores(facts: MachineFacts) -> Finding:
    plural = "s" if facts.cores > 1 else ""
    text = f"{facts.cores} core{plural} to use, load {facts.load:.1f}"
    if facts.cores < _ENOUGH_CORES:
        means = "Room, recorder and console share it; twenty players may be too many."
        return Finding("note", text, means, "Let nothing else run beside the jam.")
    if facts.load > facts.cores:
        means = "Other programs keep it busy; sound may click."
        return Finding("note", text, means, "Close what is not needed.")
    return Finding("ok", text)


def versions_line(portaudio: str) -> str:
    """Everything a bug report needs, in one line."""
    parts = [f"jamroom {__version__}", f"Python {platform.python_version()}"]
    for package, short in (("pyo", "pyo"), ("python-rtmidi", "rtmidi"), ("textual", "textual")):
        parts.append(f"{short} {_version(package)}")
    parts.append(f"PortAudio {portaudio or 'missing'}")
    parts.append(f"{_system()} {platform.machine()}")
    parts.append(_locale())
    return ", ".join(parts)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "missing"


def _system() -> str:
    with contextlib.suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", "Linux")
    return f"{platform.system()} {platform.release()}"


def _locale() -> str:
    name = os.environ.get("LC_ALL") or os.environ.get("LC_CTYPE") or os.environ.get("LANG") or "C"
    return f"{name} ({locale.getpreferredencoding(False)})"
