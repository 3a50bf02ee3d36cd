"""A profile made ready to be played: every pad and button by the message it sends. Pure."""

from __future__ import annotations

import msgspec

from jamroom.devices.controller_files import Kind, Profile
from jamroom.session.inputs import ButtonName

MODIFIERS: frozenset[ButtonName] = frozenset({"overdub", "undo", "redo", "clear", "solo", "group"})
"""Buttons that say what a layer's button asks for while they are held."""
ANY_CHANNEL = 0
"""The channel is not known, or does not matter."""


class Physical(msgspec.Struct, frozen=True, gc=False):
    """Something a finger can press, as its messages name it. Channels count from 1; 0: unknown."""

    kind: Kind
    number: int
    channel: int = ANY_CHANNEL


class Pad(msgspec.Struct, frozen=True, gc=False):
    """A pad to play: it is this key of the room. `lamp` is "" for one without a light."""

    at: Physical
    key: int
    lamp: str = ""


class Push(msgspec.Struct, frozen=True, gc=False):
    """A button: what it asks for, of which layer; -1 for none in particular."""

    at: Physical
    name: ButtonName
    slot: int = -1
    lamp: str = ""


class Board:
    """Where everything of a controller is. Never changes."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.pads = tuple(
            Pad(
                Physical(part.kind, number, part.channel or 0),
                profile.key_at(row, column),
                part.lamp,
            )
            for part in profile.pads
            for row, column, number in part.places()
        )
        self.pushes = tuple(
            Push(
                Physical(part.kind, number, part.channel or 0),
                part.does,
                part.slot + place if part.does == "layer" else -1,
                part.lamp,
            )
            for part in profile.buttons
            for place, number in enumerate(part.numbers)
        )
        self._silent = frozenset(
            Physical(part.kind, number) for part in profile.silent for number in part.numbers
        )
        self._by_message: dict[Physical, Pad | Push] = {pad.at: pad for pad in self.pads}
        self._by_message.update((push.at, push) for push in self.pushes)

    def find(self, at: Physical) -> Pad | Push | None:
        """What is there. Where a profile names a channel, only that channel is meant.

        So a pad on channel 10 is never taken for the key of the same number beside it.
        """
        exact = self._by_message.get(at)
        return exact or self._by_message.get(Physical(at.kind, at.number))

    def is_silent(self, at: Physical) -> bool:
        """Whether nobody should hear of it."""
        return Physical(at.kind, at.number) in self._silent
