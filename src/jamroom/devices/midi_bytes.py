"""MIDI messages as bytes, and the names of ports, in the room's words. Pure.

The driver hands over one complete message at a time (running status expanded, real-time bytes
taken out), so a message of the wrong length is broken.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence

from jamroom.session.inputs import AnyInput, Bend, Control, KeyDown, KeyUp, Lean

ACTIVE_SENSING = 0xFE
_DATA_BYTES = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


class Unplayed(enum.Enum):
    """Why a message is nothing to play."""

    OTHER = "valid MIDI that the room has no use for: clock, program change, sysex"
    BROKEN = "not a MIDI message"


def parse_midi(message: Sequence[int], input_id: str) -> AnyInput | Unplayed:
    """What one MIDI message means, as from `input_id`, with frame -1 (not known yet).

    Note on with velocity 0 is a key up (MIDI 1.0). All channels of a port are one input.
    Never raises for any sequence of integers.
    """
    if not message or not 0x80 <= message[0] <= 0xFF:
        return Unplayed.BROKEN
    if message[0] >= 0xF0:
        return Unplayed.OTHER
    kind, data = message[0] & 0xF0, tuple(message[1:])
    if len(data) != _DATA_BYTES[kind] or any(not 0 <= byte <= 127 for byte in data):
        return Unplayed.BROKEN
    if len(data) == 1:
        return Lean(-1, input_id, -1, data[0]) if kind == 0xD0 else Unplayed.OTHER
    return _parse_pair(kind, data[0], data[1], input_id)


def _parse_pair(kind: int, first: int, second: int, input_id: str) -> AnyInput:
    if kind == 0x90 and second > 0:
        return KeyDown(-1, input_id, first, second)
    if kind in (0x80, 0x90):
        return KeyUp(-1, input_id, first, second)
    if kind == 0xA0:
        return Lean(-1, input_id, first, second)
    if kind == 0xB0:
        return Control(-1, input_id, first, second)
    return Bend(-1, input_id, bend_amount(first | second << 7))


def bend_amount(wheel: int) -> float:
    """A 14-bit pitch wheel position as -1 to 1; 8192, the middle, is exactly 0."""
    return (wheel - 8192) / (8191 if wheel > 8192 else 8192)


# What systems add around the name a maker gave, in the order it is taken away.
_NOISE = (
    re.compile(r"^(a2j|Midi-Bridge|PipeWire):\s*", re.IGNORECASE),  # bridges between ALSA and JACK
    re.compile(r"\s\d+:\d+$"),  # ALSA: client and port number
    re.compile(r"\s*\[\d+\]"),  # a2j: client number
    re.compile(r"\(\s*(capture|playback)(_\d+)?\s*\)\s*", re.IGNORECASE),
    re.compile(r"-\d\d(?=:)"),  # JACK: the second client of a name
)
_PORT_NOISE = re.compile(r"\s*\b(midi|port|out|output)?(\s+|_)?(0|1)$", re.IGNORECASE)
_LOOPS_BACK = re.compile(r"midi through|midithrough", re.IGNORECASE)


def plain_port_name(port_name: str) -> str:
    """A port's name for people: "Launchpad Mini" for "Launchpad Mini:Launchpad Mini MIDI 1 20:0".

    The first port of a device goes by the device's name; further ones keep theirs.
    """
    text = port_name.strip()
    for noise in _NOISE:
        text = noise.sub("", text)
    device, _, port = (part.strip() for part in text.partition(":"))
    if port.casefold().startswith(device.casefold()):
        port = port[len(device) :].strip()
    port = _PORT_NOISE.sub("", port).strip()
    name = f"{device} {port}" if device != "system" else port
    return " ".join(name.split()) or port_name.strip() or "MIDI"


def is_ours_or_loop(port_name: str) -> bool:
    """Whether a port is one of jamroom's own, or would only bring back what the system sends."""
    return port_name.startswith("jamroom") or _LOOPS_BACK.search(port_name) is not None
