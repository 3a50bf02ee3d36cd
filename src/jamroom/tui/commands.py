"""The command palette: every action by its name."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING, cast

from textual.command import DiscoveryHit, Hit, Hits, Provider

from jamroom.tui.actions import ACTIONS, Action
from jamroom.tui.keys import shown_key

if TYPE_CHECKING:
    from jamroom.tui.app import Console

_NOT_LISTED = frozenset({"commands"})
_FIRST = (
    *("keep_that", "palette", "patch", "tempo", "play_all"),
    *("mix", "shape", "scenes", "stop_all", "inputs", "lock", "microphone"),
    *("seat_play", "seat_keep", "seat_share", "room_keep", "room_play", "quit"),
)


def _rank(action: Action) -> int:
    """What is wanted most comes first, the buttons of the layers last."""
    if action.id in _FIRST:
        return _FIRST.index(action.id)
    return len(_FIRST) + (action.slot >= 0)


def listed_actions() -> list[Action]:
    """The actions of the list, in its order."""
    return sorted((a for a in ACTIONS if a.id not in _NOT_LISTED), key=_rank)


class RoomCommands(Provider):
    """Offers each row of ACTIONS."""

    def _offers(self) -> Iterator[tuple[Action, partial[None], str]]:
        console = cast("Console", self.app)
        layout = console.keys_in.layout
        for action in listed_actions():
            keys = "  ".join(shown_key(key, layout) for key in action.keys)
            yield action, partial(console.action_do, action.id), keys

    async def discover(self) -> Hits:
        """All of them, before anything is typed."""
        for action, run, keys in self._offers():
            yield DiscoveryHit(action.label, run, help=keys or None)

    async def search(self, query: str) -> Hits:
        """Those whose words match."""
        matcher = self.matcher(query)
        for action, run, keys in self._offers():
            score = matcher.match(action.label)
            if score > 0:
                yield Hit(score, matcher.highlight(action.label), run, help=keys or None)
