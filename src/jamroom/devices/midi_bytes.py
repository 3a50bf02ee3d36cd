"""MIDI messages: bytes in, what they mean out. Pure.

The driver hands over one complete message at a time (running status expanded, real-time bytes
taken out), so a message of the wrong length is broken.
"""

from __future__ import annotations

import enum
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
