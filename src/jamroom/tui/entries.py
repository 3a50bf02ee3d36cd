"""Places to type something: a tempo, a name."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from jamroom.clocks import MAX_BPM, MIN_BPM
from jamroom.tui.choosers import OverBoard

_FIGURES = "0123456789."
_LONGEST_NUMBER = 6
LONGEST_NAME = 40


class _Entry(OverBoard):
    """A line that is typed. What the room is told is handed back as text."""

    longest = _LONGEST_NUMBER

    def __init__(self, title: str, sentence: str, keys: str) -> None:
        super().__init__()
        self.title = title
        self.sentence = sentence
        self.keys = keys
        self.typed = ""

    def compose(self) -> ComposeResult:
        """What was typed so far, and what may be."""
        with Vertical(id="box"):
            yield Static(self.title or "", id="box-title", markup=False)
            yield Static("▏", id="typed", markup=False)
            yield Static(self.sentence, id="sentence", markup=False)
            yield Static(self.keys, id="box-keys", markup=False)

    def wants(self, character: str) -> bool:
        """Whether this character may be typed here."""
        return character.isprintable()

    def take(self) -> None:
        """Enter was pressed."""
        self.dismiss(self.typed.strip())

    def on_key(self, event: events.Key) -> None:
        """Take what is typed. OverBoard's handler, also called, lets playing through."""
        if event.character is not None and event.is_printable and self.wants(event.character):
            self.typed = (self.typed + event.character)[: self.longest]
        elif event.key == "backspace":
            self.typed = self.typed[:-1]
        elif event.key == "enter":
            self.take()
        else:
            return
        event.stop()
        self.query_one("#typed", Static).update(self.typed + "▏")


class TempoEntry(_Entry):
    """Digits typed by hand. Hands back the tempo as text."""

    figures: ClassVar[bool] = True

    def __init__(self, bpm: float) -> None:
        super().__init__(
            f"How many beats a minute? Now {bpm:g}.",
            f"From {MIN_BPM:g} to {MAX_BPM:g}.",
            "type a number   Enter take it   Esc leave it",
        )

    def wants(self, character: str) -> bool:
        """Figures and a point."""
        return character in _FIGURES

    def take(self) -> None:
        """Only a tempo that can be played."""
        try:
            bpm = float(self.typed)
        except ValueError:
            bpm = 0.0
        if MIN_BPM <= bpm <= MAX_BPM:
            self.dismiss(self.typed)
        else:
            words = f"{self.typed or 'nothing'} will not do: from {MIN_BPM:g} to {MAX_BPM:g}."
            self.query_one("#sentence", Static).update(words)


class NameEntry(_Entry):
    """A name for a moment. Letters are letters here; pads and keyboards go on playing."""

    letters: ClassVar[bool] = True
    figures: ClassVar[bool] = True
    longest = LONGEST_NAME

    def __init__(self) -> None:
        super().__init__(
            "A name for what plays now",
            "No names of people, please: this is kept with the session.",
            "type a name   Enter take it   Esc leave it",
        )
