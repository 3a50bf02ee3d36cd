"""A player's place in the sound: left or right, level, how much air and echo. Arrows, pictures."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from jamroom.session.events import NOW, LevelChosen, PanChosen, Request, Send, SendChosen
from jamroom.tui.board import badge_of
from jamroom.tui.choosers import LivePanel
from jamroom.tui.paint import Line, Painted, Span, bar, fit
from jamroom.tui.scene import Asked, Scene
from jamroom.tui.senders import SEAT_LEVELS_DB
from jamroom.tui.words import level_words
from jamroom.views import SeatView

ROWS = ("side", "level", "air", "echo")
_PICTURE = 25  # cells; odd, so that there is a middle
_PAN_STEP = 0.1
_LEVEL_STEP_DB = 1.0
_NONE_DB = -80.0
_SENDS_DB = (_NONE_DB, -36.0, -30.0, -24.0, -20.0, -16.0, -13.0, -10.0, -7.0, -4.0, -2.0, 0.0)
_SEND_OF: dict[str, Send] = {"air": "room", "echo": "echo"}
_SENTENCES = {
    "side": "Where the player is heard.",
    "level": "0 dB is the sound's own level.",
    "air": "How far back in the room.",
    "echo": "How much of it comes back in time.",
}


def moved(row: str, seat: SeatView, asked: Asked, steps: int) -> Request:
    """What to ask for when somebody moves a row `steps` to the right."""
    name = f"{row} {seat.seat}"
    if row == "side":
        pan = asked.base(name, seat.pan) + steps * _PAN_STEP
        return PanChosen(NOW, seat.seat, asked.ask(name, round(min(1.0, max(-1.0, pan)), 2)))
    if row == "level":
        low, high = SEAT_LEVELS_DB
        level = asked.base(name, seat.level_db) + steps * _LEVEL_STEP_DB
        return LevelChosen(NOW, seat.seat, asked.ask(name, min(high, max(low, level))))
    now = asked.base(name, _send_db(row, seat))
    nearest = min(range(len(_SENDS_DB)), key=lambda n: abs(_SENDS_DB[n] - now))
    send_db = _SENDS_DB[min(len(_SENDS_DB) - 1, max(0, nearest + steps))]
    return SendChosen(NOW, seat.seat, _SEND_OF[row], asked.ask(name, send_db))


def _send_db(row: str, seat: SeatView) -> float:
    return seat.room_send_db if row == "air" else seat.echo_send_db


def _picture(row: str, seat: SeatView) -> tuple[str, str]:
    if row == "side":
        at = round((seat.pan + 1) / 2 * (_PICTURE - 1))
        cells = ["·"] * _PICTURE
        cells[_PICTURE // 2] = "│"
        cells[at] = "█"
        per_cent = round(abs(seat.pan) * 100)
        side = "left" if seat.pan < 0 else "right"
        return "".join(cells), f"{side} {per_cent} %" if per_cent else "in the middle"
    if row == "level":
        low, high = SEAT_LEVELS_DB
        return bar((seat.level_db - low) / (high - low), _PICTURE, "·"), level_words(seat.level_db)
    send_db = _send_db(row, seat)
    full = max(0.0, 1 + send_db / 40)
    return bar(full, _PICTURE, "·"), "none" if send_db <= _NONE_DB else level_words(send_db)


def mix_lines(seat: SeatView | None, chosen: str, cells: int) -> list[Line]:
    """The panel's lines, with a sign before the chosen row."""
    if seat is None:
        return [(Span(fit("This player is gone.", cells), "text", "bar"),)]
    badge = badge_of(seat.badge)
    lines: list[Line] = [
        (Span(f"{badge.shape} {seat.badge}", badge.colour, "bar"),
         Span(f"   {seat.sound or seat.patch}", "quiet", "bar")),
    ]  # fmt: skip
    for row in ROWS:
        here = row == chosen
        picture, words = _picture(row, seat)
        lines.append(
            (
                Span(f"{'▸' if here else ' '} {row:<6}", "accent" if here else "text", "bar"),
                Span("◂" if here else " ", "accent", "bar"),
                Span(picture, "meter" if here else "quiet", "bar"),
                Span("▸ " if here else "  ", "accent", "bar"),
                Span(words, "strong" if here else "text", "bar"),
            )
        )
    return lines


class MixPanel(LivePanel):
    """Stays open while the hands move things; shows what the room says.

    `ask` sends a request, `other` selects a player some rows further down.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "row(-1)", show=False),
        Binding("down", "row(1)", show=False),
        Binding("left", "move(-1)", show=False),
        Binding("right", "move(1)", show=False),
        Binding("tab", "player(1)", show=False),
        Binding("shift+tab", "player(-1)", show=False),
        Binding("enter", "close", show=False),
    ]

    def __init__(
        self,
        scene: Scene | None,
        ask: Callable[[Request], None],
        asked: Asked,
        other: Callable[[int], Scene | None],
    ) -> None:
        super().__init__(scene)
        self.row = 0
        self._ask = ask
        self._asked = asked
        self._other = other

    def compose(self) -> ComposeResult:
        """A picture of all four, and a sentence."""
        with Vertical(id="box"):
            yield Static("The player's place", id="box-title")
            yield Painted(id="mix")
            yield Static("", id="sentence", markup=False)
            yield Static("↑ ↓ which   ← → change   Tab next player   Esc done", id="box-keys")

    def on_mount(self) -> None:
        """Begin with the side."""
        self.action_row(0)

    def show_scene(self, scene: Scene | None) -> None:
        """Draw what the room says now."""
        self.scene = scene
        panel = self.query_one("#mix", Painted)
        if scene is not None and panel.size.width:
            panel.show(mix_lines(scene.selected, ROWS[self.row], panel.size.width))

    def action_row(self, rows: int) -> None:
        """Go up or down."""
        self.row = min(len(ROWS) - 1, max(0, self.row + rows))
        self.query_one("#sentence", Static).update(_SENTENCES[ROWS[self.row]])
        self.show_scene(self.scene)

    def action_move(self, steps: int) -> None:
        """Move the chosen row."""
        seat = self.scene.selected if self.scene else None
        if seat is not None:
            self._ask(moved(ROWS[self.row], seat, self._asked, steps))

    def action_player(self, players: int) -> None:
        """Another player."""
        self.show_scene(self._other(players))
