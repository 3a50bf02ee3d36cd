"""The console: draws what the room says, sends what people do. It holds nothing of the music.

It may be killed and started again at any time; the next snapshot draws everything anew.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.worker import Worker

from jamroom.messages import (
    Ask,
    Farewell,
    Gate,
    Goodbye,
    KeysAway,
    Refused,
    Snapshot,
    Strike,
    ToConsole,
    ToRoom,
)
from jamroom.session.events import (
    EVERYBODY,
    NOW,
    ConsentChosen,
    LayerOverdubbed,
    LayerPressed,
    Request,
)
from jamroom.tui.actions import ACTIONS, BOUND, BY_ID, NOBODY, TO_ANSWER
from jamroom.tui.choosers import OverBoard, Struck
from jamroom.tui.commands import RoomCommands
from jamroom.tui.dialogs import ClosingDialog
from jamroom.tui.driver import GIL_SWITCH_S, PlayingDriver, has_terminal
from jamroom.tui.keys import strike_of
from jamroom.tui.link import Link
from jamroom.tui.openers import OPENERS
from jamroom.tui.scene import Asked, Scene, Selection, Told
from jamroom.tui.stage import Clicked, Stage
from jamroom.tui.themes import CALM, LOOKS, STARK, textual_theme
from jamroom.tui.words import confirmation

DRAWS_PER_S = 20
FAREWELL_S = 2.0
PEAK_FALL_DB = 1.0  # a snapshot
_SCREEN_HEIGHTS = [(0, "-low"), (34, "-high")]  # classes that console.tcss asks for
LEFT = 4
"""Exit code of a console that left a room which goes on."""
_ALWAYS = ("quit", "commands")  # what works over an open list, too
_FOLLOWED = ("keep_that", "keep_all")
_NO_ROOM = "The room is away for a moment: that was not heard."


class Console(App[int]):
    """One console of one room."""

    TITLE = "jamroom"
    CSS_PATH = "console.tcss"
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {RoomCommands}
    ALLOW_SELECT = False
    VERTICAL_BREAKPOINTS = _SCREEN_HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [
        # With priority keys are carried out in the order they came: "p", Down and Enter typed at
        # once choose a palette, although the list had no time to open.
        Binding(key, f"key('{action.id}')", action.label, show=False, priority=True)
        for action in ACTIONS
        for key in action.keys
    ]

    def __init__(self, socket_path: Path) -> None:
        super().__init__(driver_class=PlayingDriver)
        self.link = Link(socket_path, self)
        self.snapshot: Snapshot | None = None
        self.selection = Selection()
        self.asked = Asked()
        self.told = Told()
        self.why_down = ""
        self.peak_dbfs = float("-inf")
        self.stage = Stage()
        self._wire: Worker[None] | None = None
        for look in LOOKS.values():
            self.register_theme(textual_theme(look))
        self.theme = CALM.name

    def compose(self) -> ComposeResult:
        """The stage is all there is."""
        yield self.stage

    def on_mount(self) -> None:
        """Connect, and draw from then on."""
        self._wire = self.run_worker(self.link.run(), name="link", exit_on_error=True)
        self.set_interval(1 / DRAWS_PER_S, self.draw)

    # -- what the room says --------------------------------------------------------------

    def heard(self, message: ToConsole) -> None:
        """Keep the newest snapshot for the next drawing; say refusals; leave on farewell."""
        if isinstance(message, Snapshot):
            self._forget_what_changed(message)
            self.snapshot = message
            self.peak_dbfs = max(message.peak_dbfs, self.peak_dbfs - PEAK_FALL_DB)
            self.selection.settle(message)
        elif isinstance(message, Refused):
            self.told.add(message.text)
        elif isinstance(message, Farewell):
            self.exit(0, message=message.text or None)

    def _forget_what_changed(self, new: Snapshot) -> None:
        if new.seats:
            self.told.forget(NOBODY)
        if new.keeping != "undecided":
            self.told.forget(TO_ANSWER)
        if new.notices and self.snapshot and new.notices[-1:] != self.snapshot.notices[-1:]:
            self.told.make_way()

    def link_up(self) -> None:
        """The room is there. One that came back has to be told again how the keys ring."""
        self.why_down = ""
        self.told.forget(_NO_ROOM)
        if self.snapshot is not None:
            self.link.send(Gate(self.snapshot.latch, self.snapshot.gate_s))

    def link_down(self, why: str) -> None:
        """The room is away; the screen stays as it was."""
        self.why_down = why

    @property
    def scene(self) -> Scene | None:
        """What is to be drawn now; None before the room spoke for the first time."""
        if self.snapshot is None:
            return None
        return Scene(
            self.snapshot,
            self.selection.seat,
            self.selection.slot,
            self.link.up,
            self.why_down,
            self.told.lines(),
            self.peak_dbfs,
        )

    def draw(self) -> None:
        """Bring the screen up to date."""
        self.stage.draw(self.scene, self.why_down)

    # -- what people do ------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys mean what ACTIONS say only while nothing is open over the board."""
        return action != "key" or len(self._screen_stack) == 1 or parameters[0] in _ALWAYS

    def action_key(self, action_id: str) -> None:
        """A key was pressed. Next to the banner, a small "n" is most likely an answer."""
        undecided = self.snapshot is not None and self.snapshot.keeping == "undecided"
        if undecided and action_id == "quantise":
            self.told.add(TO_ANSWER)
            self.draw()
        else:
            self.action_do(action_id)

    def action_do(self, action_id: str) -> None:
        """Carry out one row of ACTIONS."""
        action = BY_ID[action_id]
        if action.slot >= 0:
            self.selection.choose(action.slot)
        if action.ui in OPENERS:
            OPENERS[action.ui](self)
        elif action.ui:
            getattr(self, f"ui_{action.ui}")()
        elif action.send is not None and self.scene is not None:
            said = action.send(self.scene, self.asked)
            if isinstance(said, str):
                self.told.add(said)
            else:
                if action_id in _FOLLOWED:
                    self.selection.follow(self.scene.snapshot)
                for message in said if isinstance(said, tuple) else (said,):
                    self.say(message)
        self.draw()

    def say(self, message: ToRoom) -> None:
        """Send a message to the room, or tell that the room is away."""
        if not self.link.send(message):
            self.told.add(_NO_ROOM)
        elif done := confirmation(message):
            self.told.confirm(done, topic=str(type(getattr(message, "request", message))))

    def ask(self, request: Request) -> None:
        """Send a request."""
        self.say(Ask(request))

    def strike_now(self, key: str) -> bool:
        """Play a key at once, from any thread; False when it means something else just now.

        While the command palette is open, letters are letters. While the room is away the key
        takes the ordinary way, which says so.
        """
        strike = strike_of(key)
        if strike is None or not self._screen_stack or isinstance(self.screen, CommandPalette):
            return False
        return self.link.send(Strike(row=strike[0], key=strike[1]))

    def on_key(self, event: events.Key) -> None:
        """Playing keys that did not go the short way (driver.py)."""
        if strike_of(event.key) is not None:
            event.stop()
            if not self.strike_now(event.key):
                self.told.add(_NO_ROOM)
        elif event.key not in BOUND and strike_of(event.key.lower()) is not None:
            self.told.add("Caps Lock seems to be on: the keys play in small letters.")

    def on_struck(self, event: Struck) -> None:
        """A playing key that came through an open list."""
        self.say(event.strike)

    def on_app_blur(self) -> None:
        """The keyboard is somebody else's now: what the keys began must end."""
        self.link.send(KeysAway())

    def on_clicked(self, event: Clicked) -> None:
        """Something on the stage was clicked."""
        if event.action:
            self.action_do(event.action)
            return
        self.selection.seat = event.seat
        if event.slot >= 0:
            self.selection.choose(event.slot)
            made = LayerOverdubbed if event.second else LayerPressed
            self.ask(made(NOW, event.seat, event.slot))
        self.draw()

    # -- what the console does by itself -------------------------------------------------

    def _move(self, players: int, slots: int) -> None:
        if self.snapshot is not None:
            self.selection.move(self.snapshot, players, slots)

    def ui_player_up(self) -> None:
        """Select the player above."""
        self._move(-1, 0)

    def ui_player_down(self) -> None:
        """Select the player below."""
        self._move(1, 0)

    def ui_slot_left(self) -> None:
        """Select the layer to the left."""
        self._move(0, -1)

    def ui_slot_right(self) -> None:
        """Select the layer to the right."""
        self._move(0, 1)

    def ui_commands(self) -> None:
        """Open the command palette."""
        self.action_command_palette()

    def ui_contrast(self) -> None:
        """Go from one look to the other."""
        self.theme = STARK.name if self.theme == CALM.name else CALM.name

    def ui_quit(self) -> None:
        """Ask before closing; when the room was never there, just leave."""
        if self.snapshot is None:
            self.exit(0)
            return
        undecided = self.link.up and self.snapshot.keeping == "undecided"
        self.open_over(ClosingDialog(undecided, self.link.up), self._close)

    def open_over(self, screen: OverBoard, take: Callable[[str | None], None]) -> None:
        """Open one screen over the board; it takes the place of another that may be open."""
        if isinstance(self.screen, type(screen)):
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen, take)

    def _close(self, answer: str | None) -> None:
        if answer is None:
            return
        if answer == "leave":
            self.exit(LEFT, return_code=LEFT)
            return
        if answer == "keep":
            self.ask(ConsentChosen(NOW, EVERYBODY, "keep"))
        elif answer == "play":
            self.ask(ConsentChosen(NOW, EVERYBODY, "play"))
        if self.link.send(Goodbye()):
            self.run_worker(self._leave(), name="leave")
        else:
            self.exit(0)

    async def _leave(self) -> None:
        """Wait for the room's farewell, but not for ever."""
        await asyncio.sleep(FAREWELL_S)
        self.exit(0)


def run(socket_path: str | Path) -> int:
    """Run a console until it is closed; returns the exit code (2 without a terminal)."""
    if not has_terminal():
        print("The console needs a terminal to draw in. The room goes on without it.")
        return 2
    sys.setswitchinterval(GIL_SWITCH_S)
    console = Console(Path(socket_path))
    console.run()
    return console.return_code or 0
