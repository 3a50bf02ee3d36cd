"""What is plugged in and who plays it: move a player, share a keyboard, learn what is unknown."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Static

from jamroom.messages import Ask, Learn, ToRoom
from jamroom.music.pitch import name_of_pitch_class
from jamroom.session.events import NOW, InputChosen, KeyboardSplit
from jamroom.tui.board import badge_of
from jamroom.tui.choosers import LivePanel
from jamroom.tui.paint import Line, Painted, Span, cropped, fit
from jamroom.tui.scene import Scene
from jamroom.views import InputView, Snapshot

BORDERS: dict[int, tuple[int, ...]] = {1: (), 2: (60,), 3: (48, 72)}
"""Where a keyboard is split at first: at middle C for two, an octave to either side for three."""

MOST_SHOWN = 8
_LOWEST, _HIGHEST = 1, 127
_PART = re.compile(r"(midi:.+)/[2-4]")
_LABEL = 26


def note_words(key: int) -> str:
    """A key by its name; 60 is C4."""
    return f"{name_of_pitch_class(key % 12)}{key // 12 - 1}"


def whole_input(input_id: str) -> str:
    """The keyboard itself, of any of its players' parts."""
    part = _PART.fullmatch(input_id)
    return part[1] if part else input_id


def border_words(borders: tuple[int, ...]) -> str:
    """Who has which keys: "below C4 │ from C4"."""
    if not borders:
        return "all keys for one player"
    names = [note_words(key) for key in borders]
    between = [f"{low} to {high}" for low, high in pairwise(names)]
    return " │ ".join([f"below {names[0]}", *between, f"from {names[-1]}"])


def moved_border(borders: tuple[int, ...], which: int, steps: int) -> tuple[int, ...]:
    """The borders with one of them some keys higher; it never reaches another one."""
    if which >= len(borders):
        return borders
    low = borders[which - 1] + 1 if which else _LOWEST
    high = borders[which + 1] - 1 if which + 1 < len(borders) else _HIGHEST
    key = min(high, max(low, borders[which] + steps))
    return (*borders[:which], key, *borders[which + 1 :])


def input_lines(snapshot: Snapshot, chosen: int, rows: int, cells: int) -> list[Line]:
    """A line for each input, those around the chosen one when there are many."""
    if not snapshot.inputs:
        return [(Span(fit("Nothing is plugged in; the letter keys play.", cells), "text", "bar"),)]
    seats = {seat.seat: seat for seat in snapshot.seats}
    first = min(max(0, chosen - rows // 2), max(0, len(snapshot.inputs) - rows))
    lines: list[Line] = []
    for at, view in list(enumerate(snapshot.inputs))[first : first + rows]:
        seat = seats.get(view.seat)
        badge = badge_of(seat.badge) if seat else None
        who = f"{badge.shape} {seat.badge}" if badge and seat else "nobody"
        more = [f"{view.players} players"] if view.players > 1 else []
        more += ["lights"] if view.lights else []
        more += ["clock"] if snapshot.clock_input == view.input else []
        spans = (
            Span("▸ " if at == chosen else "  ", "accent", "bar"),
            Span(fit(view.label, _LABEL) + " ", "strong" if at == chosen else "text", "bar"),
            Span(fit(who, 19) + " ", badge.colour if badge else "quiet", "bar"),
            Span("  ".join(more), "quiet", "bar"),
        )
        lines.append(cropped(spans, cells))
    return lines


class InputsPanel(LivePanel):
    """Stays open; shows what the room says. `borders` is what the room was asked for last."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "row(-1)", show=False),
        Binding("down", "row(1)", show=False),
        Binding("tab", "player(1)", show=False),
        Binding("shift+tab", "player(-1)", show=False),
        Binding("enter", "sit", show=False),
        *(Binding(str(n), f"share({n})", show=False) for n in BORDERS),
        Binding("left", "border(0, -1)", show=False),
        Binding("right", "border(0, 1)", show=False),
        Binding("shift+left", "border(1, -1)", show=False),
        Binding("shift+right", "border(1, 1)", show=False),
        Binding("l", "learn", show=False),
    ]

    def __init__(
        self,
        scene: Scene | None,
        say: Callable[[ToRoom], None],
        borders: dict[str, tuple[int, ...]],
        other: Callable[[int], Scene | None],
    ) -> None:
        super().__init__(scene)
        self.row = 0
        self._say = say
        self._borders = borders
        self._other = other

    def compose(self) -> ComposeResult:
        """The inputs, what is known of the chosen one, and the keys."""
        with Vertical(id="box", classes="broad"):
            yield Static("What is plugged in, and who plays it", id="box-title")
            yield Painted(id="inputs")
            yield Static("", id="sentence", markup=False)
            yield Static("", id="box-keys", markup=False)

    def show_scene(self, scene: Scene | None) -> None:
        """Draw what the room says now."""
        self.scene = scene
        panel = self.query_one("#inputs", Painted)
        if scene is None:
            return
        inputs = scene.snapshot.inputs
        self.row = min(self.row, max(0, len(inputs) - 1))
        panel.styles.height = min(MOST_SHOWN, max(1, len(inputs)))
        if panel.size.width:
            height = max(1, panel.size.height)
            panel.show(input_lines(scene.snapshot, self.row, height, panel.size.width))
        told = scene.told[-1].text if scene.told else ""
        self._tell("#sentence", scene.snapshot.learning or told or self._about())
        who = scene.selected.badge if scene.selected else "the player"
        self._tell(
            "#box-keys",
            f"Enter  {who} plays it   Tab  other player   l  learn\n"
            "1 2 3  players on it   ← →  border (Shift: second)   Esc  done",
        )

    def _tell(self, part: str, words: str) -> None:
        line = self.query_one(part, Static)
        if str(line.content) != words:
            line.update(words)

    def _about(self) -> str:
        view = self._chosen
        if view is None:
            return ""
        if view.players > 1:
            return border_words(self._borders_of(view))
        return "" if view.seat >= 0 else "Nobody plays it: touch it, or press Enter to move there."

    @property
    def _chosen(self) -> InputView | None:
        inputs = self.scene.snapshot.inputs if self.scene else ()
        return inputs[self.row] if self.row < len(inputs) else None

    def action_row(self, rows: int) -> None:
        """Go up or down."""
        count = len(self.scene.snapshot.inputs) if self.scene else 0
        self.row = min(max(0, count - 1), max(0, self.row + rows))
        self.show_scene(self.scene)

    def action_player(self, players: int) -> None:
        """Another player."""
        self.show_scene(self._other(players))

    def action_sit(self) -> None:
        """The selected player plays this from now on."""
        seat = self.scene.selected if self.scene else None
        if seat is not None and self._chosen is not None:
            self._say(Ask(InputChosen(NOW, seat.seat, self._chosen.input)))

    def action_share(self, players: int) -> None:
        """One keyboard for so many players."""
        if self._chosen is not None and self._chosen.input.startswith("midi:"):
            self._split(whole_input(self._chosen.input), BORDERS[players])

    def action_border(self, which: int, steps: int) -> None:
        """Move a border of a shared keyboard."""
        view = self._chosen
        if view is None or view.players < 2:
            return
        self._split(whole_input(view.input), moved_border(self._borders_of(view), which, steps))

    def _borders_of(self, view: InputView) -> tuple[int, ...]:
        """Where it is split; what was just asked for counts until the room has it."""
        whole = whole_input(view.input)
        if self._borders.get(whole) == view.lowest:
            del self._borders[whole]
        return self._borders.get(whole, view.lowest)

    def _split(self, whole: str, borders: tuple[int, ...]) -> None:
        self._borders[whole] = borders
        self._say(Ask(KeyboardSplit(NOW, whole, borders)))

    def action_learn(self) -> None:
        """Begin to learn the chosen input; or keep what was learned."""
        if self.scene is None:
            return
        if self.scene.snapshot.learning:
            self._say(Learn(""))
        elif self._chosen is not None:
            self._say(Learn(self._chosen.input))
