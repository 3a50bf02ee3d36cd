"""The console: draws what the room says, sends what people do. It holds nothing of the music.

It may be killed and started again at any time; the next snapshot draws everything anew.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.worker import Worker

from jamroom.messages import KeysAway, Strike
from jamroom.session.events import NOW, LayerOverdubbed, LayerPressed
from jamroom.settings import load_settings
from jamroom.tui.actions import ACTIONS, BOUND, BY_ID
from jamroom.tui.choosers import LivePanel, OverBoard, Struck
from jamroom.tui.commands import RoomCommands
from jamroom.tui.driver import GIL_SWITCH_S, has_terminal
from jamroom.tui.keyboard_guess import guessed_layout
from jamroom.tui.keys import strike_of
from jamroom.tui.layouts import LAYOUTS
from jamroom.tui.room_app import NO_ROOM, RoomApp
from jamroom.tui.scene import Scene
from jamroom.tui.stage import Clicked, Stage
from jamroom.tui.themes import CALM, LOOKS, textual_theme
from jamroom.tui.window import LEFT, WINDOW, remember
from jamroom.tui.words import LOCKED, to_answer

__all__ = ["LEFT", "Console", "run"]

DRAWS_PER_S = 20
_SCREEN_HEIGHTS = [(0, "-low"), (34, "-high")]  # classes that console.tcss asks for
_ALWAYS = ("quit", "commands")  # what works over an open list, too
_CARE = ("silence", "softer", "louder")  # the same, unless figures and signs are typed there
_FOLLOWED = ("keep_that", "keep_all")


class Console(RoomApp):
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
        settings = load_settings()
        super().__init__(socket_path, guessed_layout(settings.layout))
        self.keys_in.chosen = settings.layout in LAYOUTS
        self.borders: dict[str, tuple[int, ...]] = {}
        self.stage = Stage()
        self._wire: Worker[None] | None = None
        for look in LOOKS.values():
            self.register_theme(textual_theme(look))
        self.theme = settings.look or CALM.name

    def compose(self) -> ComposeResult:
        """The stage is all there is."""
        yield self.stage

    def on_mount(self) -> None:
        """Connect, and draw from then on."""
        self._wire = self.run_worker(self.link.run(), name="link", exit_on_error=True)
        self.set_interval(1 / DRAWS_PER_S, self.draw)
        self.app_resume_signal.subscribe(self, lambda _: self.screen.refresh(layout=True))

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
            self.keys_in.layout,
            self.keys_in.tells_lifts,
        )

    def draw(self) -> None:
        """Bring the screen up to date."""
        scene = self.scene
        self.stage.draw(scene, self.why_down)
        if len(self._screen_stack) > 1 and isinstance(panel := self.screen, LivePanel):
            panel.call_later(panel.show_scene, scene)

    # -- keys, from the thread that reads them -------------------------------------------

    def hear_key(self, key: events.Key) -> events.Key | None:
        """Play a key at once, or hand back what the screen gets. Comes from any thread."""
        return self.keys_in.hear(key, self._letters_are_typed())

    def hear_support(self, flags: int) -> None:
        """The terminal told what its keyboard can say."""
        self.keys_in.support(flags)

    def let_go(self) -> None:
        """The keyboard is somebody else's now: what the keys began must end."""
        self.keys_in.let_go()

    def _letters_are_typed(self) -> bool:
        if len(self._screen_stack) < 2:
            return False
        over = self._screen_stack[-1]
        return isinstance(over, CommandPalette) or (isinstance(over, OverBoard) and over.letters)

    # -- what people do ------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Keys mean what ACTIONS say only while nothing is open over the board.

        Silence and softer always do.
        """
        if action != "key" or len(self._screen_stack) == 1 or parameters[0] in _ALWAYS:
            return True
        over = self._screen_stack[-1]
        types = over.figures if isinstance(over, OverBoard) else True
        return parameters[0] in _CARE and not types

    def action_key(self, action_id: str) -> None:
        """A key was pressed. Next to the banner, a small "n" is most likely an answer."""
        undecided = self.snapshot is not None and self.snapshot.keeping == "undecided"
        if undecided and action_id == "quantise":
            self.told.add(to_answer(self.keys_in.layout))
            self.draw()
        else:
            self.action_do(action_id)

    def action_do(self, action_id: str) -> None:
        """Carry out one row of ACTIONS."""
        action = BY_ID[action_id]
        scene = self.scene
        if action.slot >= 0:
            self.selection.choose(action.slot)
        if action.lockable and scene is not None and scene.keeps_from(action_id):
            self.told.add(LOCKED)
        elif action.ui:
            WINDOW[action.ui](self)
        elif action.send is not None and scene is not None:
            said = action.send(scene, self.asked)
            if isinstance(said, str):
                self.told.add(said)
            else:
                if action_id in _FOLLOWED:
                    self.selection.follow(scene.snapshot)
                for message in said if isinstance(said, tuple) else (said,):
                    self.say(message)
        self.draw()

    def strike_now(self, key: str) -> bool:
        """Play a key that did not come from the reading thread; False when it means another thing.

        While letters are typed, letters are letters. While the room is away the key takes the
        ordinary way, which says so.
        """
        strike = strike_of(key)
        if strike is None or not self._screen_stack or self._letters_are_typed():
            return False
        return self.link.send(Strike(row=strike[0], key=strike[1]))

    def on_key(self, event: events.Key) -> None:
        """Playing keys that did not go the short way (driver.py)."""
        if strike_of(event.key) is not None:
            event.stop()
            if not self.strike_now(event.key):
                self.told.add(NO_ROOM)
        elif event.key not in BOUND and strike_of(event.key.lower()) is not None:
            self.told.add("Caps Lock seems to be on: the keys play in small letters.")

    def on_struck(self, event: Struck) -> None:
        """A playing key that came through an open list."""
        self.say(event.strike)

    def on_app_blur(self) -> None:
        """The keyboard is somebody else's now."""
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

    def move(self, players: int, slots: int) -> None:
        """Select another player or layer."""
        if self.snapshot is not None:
            self.selection.move(self.snapshot, players, slots)

    def other_player(self, players: int) -> Scene | None:
        """Select a player some rows further down; hands back what is to be seen then."""
        self.move(players, 0)
        return self.scene

    def choose_layout(self, name: str) -> None:
        """This keyboard is another one; it is remembered."""
        self.keys_in.layout, self.keys_in.chosen = LAYOUTS[name], True
        self.let_go()
        kept = "" if remember(layout=name) else " It cannot be remembered: the disk refuses."
        self.told.confirm(f"This keyboard is {LAYOUTS[name].label}.{kept}", "layout")

    def open_over(self, screen: OverBoard, take: Callable[[str | None], None]) -> None:
        """Open one screen over the board; it takes the place of another that may be open."""
        if type(self.screen) is type(screen) and self.screen.title == screen.title:
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()
        self.push_screen(screen, take)


def run(socket_path: str | Path) -> int:
    """Run a console until it is closed; returns the exit code (2 without a terminal)."""
    if not has_terminal():
        print("The console needs a terminal to draw in. The room goes on without it.")
        return 2
    sys.setswitchinterval(GIL_SWITCH_S)
    console = Console(Path(socket_path))
    console.run()
    return console.return_code or 0
