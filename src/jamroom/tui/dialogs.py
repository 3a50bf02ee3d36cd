"""Closing the room (with the question about keeping, when nobody has answered it), and help."""

from __future__ import annotations

from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.widgets import Static

from jamroom.tui.actions import ACTIONS, GROUP_WORDS, Group
from jamroom.tui.choosers import OverBoard
from jamroom.tui.empty import keys_picture
from jamroom.tui.keys import shown_key
from jamroom.tui.layouts import QWERTY, Layout
from jamroom.tui.scene import SLOTS
from jamroom.tui.words import (
    CONSENT_GLYPHS,
    CONSENT_WORDS,
    KEEPS_EARLIER,
    MORE_SIGNS,
    PHASE_GLYPHS,
    PHASE_WORDS,
)

_MERGED = frozenset(f"{what}_{n}" for what in ("press", "group") for n in range(2, SLOTS + 1))
# One row stands for all eight.

Closing = Literal["close", "keep", "play", "leave"]
_LEAVE = "L  leave this window; the music goes on"


class ClosingDialog(OverBoard):
    """Asks before the room is closed.

    Hands back "close" (or "keep" or "play" when undecided), or "leave" for this window only.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "answer('close')", show=False),
        Binding("Y", "answer('keep')", show=False),
        Binding("N", "answer('play')", show=False),
        Binding("L,l", "answer('leave')", show=False),
    ]

    def __init__(self, undecided: bool, up: bool) -> None:
        super().__init__()
        self.undecided = undecided
        self.up = up

    def compose(self) -> ComposeResult:
        """The question, and its keys."""
        with Vertical(id="box"):
            if self.undecided:
                yield Static("Before we close: is today kept?", id="box-title")
                yield Static(f"Nothing has been stored so far. {KEEPS_EARLIER}", id="sentence")
                yield Static(
                    "Y  keep it for the group, and close\nN  keep nothing, and close\n"
                    f"{_LEAVE}\nEsc  stay",
                    id="box-keys",
                )
            elif self.up:
                yield Static("Close the room for everybody?", id="box-title")
                yield Static("The music fades out for everybody.", id="sentence")
                yield Static(f"Enter  close the room\n{_LEAVE}\nEsc  stay", id="box-keys")
            else:
                yield Static("Leave this window?", id="box-title")
                yield Static("The room is away; it is not told to close.", id="sentence")
                yield Static("Enter  leave\nEsc  stay", id="box-keys")

    def action_answer(self, answer: Closing) -> None:
        """Enter does not close while nobody has decided: that needs a Y or an N."""
        if answer == "leave":
            allowed = self.up
        else:
            allowed = self.undecided == (answer != "close")
        if allowed:
            self.dismiss(answer)


class HelpScreen(OverBoard):
    """Every action with its keys, and what the signs mean."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1,enter", "close", show=False),
        Binding("up", "scroll(-1)", show=False),
        Binding("down", "scroll(1)", show=False),
        Binding("pageup", "scroll(-12)", show=False),
        Binding("pagedown,space", "scroll(12)", show=False),
    ]

    def __init__(self, layout: Layout = QWERTY) -> None:
        super().__init__()
        self.keyboard = layout

    def compose(self) -> ComposeResult:
        """One long page."""
        with Vertical(id="box", classes="page"):
            yield Static("All keys   (↑ ↓ to read on, Esc back to the room)", id="box-title")
            with VerticalScroll(id="page", can_focus=False):
                yield Static(help_text(self.keyboard), markup=False)

    def action_scroll(self, lines: int) -> None:
        """Read on or back."""
        self.query_one("#page", VerticalScroll).scroll_relative(y=lines, animate=False)


def help_text(layout: Layout = QWERTY) -> str:
    """The help page, made from the table of actions."""
    parts = ["Play\n" + "\n".join("   " + row for row in keys_picture(layout))]
    for group, title in GROUP_WORDS.items():
        parts.append(title + "\n" + "\n".join(_rows(group, layout)))
    nameless = "\n".join(f"   {action.label}" for action in ACTIONS if not action.keys)
    parts.append("Ctrl+P, and a part of the name\n" + nameless)
    signs = "\n".join(f"   {g}  {PHASE_WORDS[phase]}" for phase, g in PHASE_GLYPHS.items())
    consent = "\n".join(f"   {g}  {CONSENT_WORDS[c]}" for c, g in CONSENT_GLYPHS.items())
    more = "\n".join(f"   {sign:<4} {words}" for sign, words in MORE_SIGNS)
    parts.append("Signs of a layer\n" + signs + "\n" + more)
    parts.append("Signs of what may be kept\n" + consent)
    parts.append(
        "With the mouse\n"
        "   layer           press it; right click or Ctrl+click adds to it\n"
        "   player          select\n"
        "   the beat        tap the tempo\n"
        "   palette, tempo  choose another"
    )
    return "\n\n".join(parts)


def _rows(group: Group, layout: Layout) -> list[str]:
    rows = []
    for action in ACTIONS:
        if action.group != group or action.id in _MERGED or not action.keys:
            continue
        keys = "  ".join(shown_key(key, layout) for key in action.keys)
        label = action.label
        if action.id == "press_1":
            keys, label = (
                f"{shown_key('1', layout)} to {shown_key('8', layout)}",
                "press layer 1 to 8 of the selected player",
            )
        if action.id == "group_1":
            keys, label = "F5 to F12", "press group 1 to 8: its loops rest, or play again"
        rows.append(f"   {keys:<15} {label}")
    return rows
