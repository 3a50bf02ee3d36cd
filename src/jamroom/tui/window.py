"""What a console does by itself, without the room: select, change its look, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from jamroom.messages import Goodbye
from jamroom.session.events import EVERYBODY, NOW, ConsentChosen
from jamroom.settings import Settings, load_settings, save_settings
from jamroom.tui.dialogs import ClosingDialog
from jamroom.tui.openers import OPENERS
from jamroom.tui.themes import CALM, STARK

if TYPE_CHECKING:
    from jamroom.tui.app import Console

FAREWELL_S = 2.0
LEFT = 4
"""Exit code of a console that left a room which goes on."""


def remember(**changes: str) -> bool:
    """Keep a choice for the next time; False when it cannot be kept."""
    settings = msgspec.convert({**msgspec.to_builtins(load_settings()), **changes}, Settings)
    return save_settings(settings)


def other_look(console: Console) -> None:
    """Go from one look to the other."""
    console.theme = STARK.name if console.theme == CALM.name else CALM.name
    remember(look=console.theme)


def ask_to_close(console: Console) -> None:
    """Ask before closing; when the room was never there, just leave."""
    if console.snapshot is None:
        console.exit(0)
        return
    undecided = console.link.up and console.snapshot.keeping == "undecided"
    console.open_over(ClosingDialog(undecided, console.link.up), lambda a: _close(console, a))


def _close(console: Console, answer: str | None) -> None:
    if answer is None:
        return
    if answer == "leave":
        console.exit(LEFT, return_code=LEFT)
        return
    if answer == "keep":
        console.ask(ConsentChosen(NOW, EVERYBODY, "keep"))
    elif answer == "play":
        console.ask(ConsentChosen(NOW, EVERYBODY, "play"))
    if console.link.send(Goodbye()):
        console.run_worker(_leave(console), name="leave")
    else:
        console.exit(0)


async def _leave(console: Console) -> None:
    """Wait for the room's farewell, but not for ever."""
    await asyncio.sleep(FAREWELL_S)
    console.exit(0)


WINDOW: dict[str, Callable[[Console], None]] = {
    "player_up": lambda console: console.move(-1, 0),
    "player_down": lambda console: console.move(1, 0),
    "slot_left": lambda console: console.move(0, -1),
    "slot_right": lambda console: console.move(0, 1),
    "commands": lambda console: console.action_command_palette(),
    "contrast": other_look,
    "quit": ask_to_close,
    **OPENERS,
}
"""Every `ui` of the table of actions."""
