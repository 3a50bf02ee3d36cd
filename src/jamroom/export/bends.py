"""Pitch bend, channel by channel: tuning, wheel and single keys' bends added up.

A lane (see `lanes.py`) is a channel of a part. What it is bent to is the cents of the note that
sounds in it, plus the wheel, plus what that note's own key is bent by on an MPE instrument.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from jamroom.export import smf
from jamroom.export.smf import Events, Ints

_RANGES = (2, 12, 24, 48, 96)  # semitones
_CONTROL, _BEND = 0xB0, 0xE0
_Floats = npt.NDArray[np.float64]


class Bends(NamedTuple):
    """What bends a part, in ticks and cents: notes, the wheel, and single keys.

    `lane` is the lane of each note, -1 for a drum; `key_lane` that of the note that a key bends.
    """

    on: Ints
    cents: _Floats
    lane: Ints
    wheel_at: Ints
    wheel: _Floats
    key_at: Ints
    key_cents: _Floats
    key_lane: Ints


def lane_bends(bends: Bends, channels: tuple[int, ...]) -> list[Events]:
    """The bend messages of a part, with the range that they need."""
    tuned = bends.cents[bends.lane >= 0]
    if not len(bends.wheel) and not len(bends.key_cents) and not tuned.any():
        return []
    together = (np.abs(part).max(initial=0.0) for part in (tuned, bends.wheel, bends.key_cents))
    widest = float(sum(together))
    semitones = next((r for r in _RANGES if r * 100 >= widest), _RANGES[-1])
    events = []
    for lane, channel in enumerate(channels):
        bent_at, cents = _of_lane(bends, lane)
        value = np.clip(8192 + np.rint(cents / (semitones * 100) * 8192), 0, 16383)
        value = value.astype(np.int64)
        events.append(_bend_range(channel, semitones))
        events.append(smf.channel_events(bent_at, _BEND | channel, value & 0x7F, value >> 7))
    return events


def _of_lane(bends: Bends, lane: int) -> tuple[Ints, _Floats]:
    """When a lane's bend changes, and to what."""
    mine, keyed = bends.lane == lane, bends.key_lane == lane
    on, note_cents = bends.on[mine], bends.cents[mine]
    changes = np.diff(note_cents, prepend=0.0) != 0
    tuned_at, tuned = on[changes], note_cents[changes]
    key_at, key_cents = bends.key_at[keyed], bends.key_cents[keyed]
    if len(key_at):
        # Every note begins straight; what its key is bent by comes on the same tick or later.
        key_cents = np.concatenate([np.zeros(len(on)), key_cents])
        key_at = np.concatenate([on, key_at])
        order = np.argsort(key_at, kind="stable")
        key_at, key_cents = key_at[order], key_cents[order]
    at = np.concatenate([bends.wheel_at, tuned_at, key_at])
    at.sort(kind="stable")
    cents = _in_force(tuned_at, tuned, at) + _in_force(bends.wheel_at, bends.wheel, at)
    cents = cents + _in_force(key_at, key_cents, at)
    new = np.diff(cents, prepend=0.0) != 0
    return at[new], cents[new]


def _in_force(
    changed_at: Ints, value: npt.NDArray[np.float64], at: Ints
) -> npt.NDArray[np.float64]:
    known = np.concatenate([[0.0], value])
    found: npt.NDArray[np.float64] = known[np.searchsorted(changed_at, at, side="right")]
    return found


def _bend_range(channel: int, semitones: int) -> Events:
    """Registered parameter 0, then the null parameter, so that nothing later changes it."""
    numbers = np.array([101, 100, 6, 38, 101, 100])
    values = np.array([0, 0, semitones, 0, 127, 127])
    return smf.channel_events(np.zeros(6, dtype=np.int64), _CONTROL | channel, numbers, values)
