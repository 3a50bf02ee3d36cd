"""How a list is opened and its answer sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jamroom.session.events import Request
from jamroom.tui.choosers import Choice, ListChooser
from jamroom.tui.senders import NOBODY
from jamroom.views import SeatView

if TYPE_CHECKING:
    from jamroom.tui.app import Console


def seat_or_word(console: Console) -> SeatView | None:
    """The selected player; when there is none, it is said."""
    seat = console.scene.selected if console.scene else None
    if seat is None:
        console.told.add(NOBODY)
    return seat


def open_list(
    console: Console,
    title: str,
    lines: Sequence[Choice],
    current: str,
    make: Callable[[str], Request],
) -> None:
    """A list whose chosen line becomes a request."""

    def take(answer: str | None) -> None:
        if answer is not None:
            console.ask(make(answer))

    console.open_over(ListChooser(title, lines, current), take)
