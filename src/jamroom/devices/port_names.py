"""Names of MIDI ports, without what systems add around the name a maker gave. Pure.

Also what any name from outside goes through before it becomes an input's id: ids travel in
messages and lie in journals.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

# In the order they are taken away.
_NOISE = (
    re.compile(r"^(a2j|Midi-Bridge|PipeWire):\s*", re.IGNORECASE),  # bridges between ALSA and JACK
    re.compile(r"\s\d+:\d+$"),  # ALSA: client and port number
    re.compile(r"\s*\[\d+\]"),  # a2j: client number
    re.compile(r"\s\d+(?=:\()"),  # PipeWire: port number
    re.compile(r"\(\s*(capture|playback)(_\d+)?\s*\)\s*", re.IGNORECASE),
    re.compile(r"-\d\d(?=:)"),  # JACK: the second client of a name
)
_PORT_NOISE = re.compile(r"\s*\b(midi|port|out|output)?(\s+|_)?(0|1)$", re.IGNORECASE)
_DIRECTION = re.compile(r"(?<![a-z])(capture|playback|input|output|in|out)(?![a-z])", re.IGNORECASE)
_DIRECTION_LAST = re.compile(r"(\s|^)(midi[ _])?(in|out|input|output)$", re.IGNORECASE)
_HARDWARE_ALIAS = re.compile(r"^alsa_(pcm|midi):")  # jackd's name for a device behind system:
_ALIAS_NOISE = re.compile(r"/(midi_)?(capture|playback)_\d+$", re.IGNORECASE)
_LONGEST_NAME = 80
_LOOPS_BACK = re.compile(r"midi through|midithrough", re.IGNORECASE)


def clean_name(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name that any message, file and terminal can take: one line of valid text, of that length.

    Bytes that were not UTF-8 (they come as lone surrogates) become "?".
    """
    text = name.encode("utf-8", "replace").decode("utf-8")
    kept = "".join(char if char.isprintable() else " " * char.isspace() for char in text)
    return " ".join(kept.split())[:longest].strip()


def plain_port_name(port_name: str) -> str:
    """A port's name for people: "Launchpad Mini" for "Launchpad Mini:Launchpad Mini MIDI 1 20:0".

    The first port of a device goes by the device's name; further ones keep theirs.
    """
    text = whole = clean_name(port_name)
    for noise in _NOISE:
        text = noise.sub("", text)
    device, _, port = (part.strip() for part in text.partition(":"))
    if port.casefold().startswith(device.casefold()):
        port = port[len(device) :].strip()
    port = _DIRECTION_LAST.sub("", _PORT_NOISE.sub("", port).strip()).strip()
    name = f"{device} {port}" if device != "system" else port
    return " ".join(name.split()) or whole or "MIDI"


def is_ours_or_loop(port_name: str) -> bool:
    """Whether a port is one of jamroom's own, or would only bring back what the system sends."""
    return port_name.startswith("jamroom") or _LOOPS_BACK.search(port_name) is not None


def name_to_show(port_name: str, aliases: Sequence[str]) -> str:
    """Which of a port's names tells people most: jackd's own ports have the device in an alias."""
    if port_name.startswith("system:"):
        for alias in aliases:
            if _HARDWARE_ALIAS.match(alias):
                return _ALIAS_NOISE.sub("", _HARDWARE_ALIAS.sub("", alias))
    return port_name


def undirected(port_name: str) -> str:
    """The name without words for a direction: the same for the two ports of one device."""
    return " ".join(_DIRECTION.sub("*", clean_name(port_name, 400)).casefold().split())


def client_of(port_name: str) -> str:
    """The part of a full name that says whose port it is."""
    return port_name.partition(":")[0]
