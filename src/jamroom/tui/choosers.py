"""Lists to choose from. They lie over the board and let the playing keys through: choosing never
stops the music.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from jamroom.messages import Strike
from jamroom.tui.keys import strike_of
from jamroom.tui.scene import Scene

_LONG = 12  # rows of a long list; a low screen shows fewer
_ROW = 54  # letters of a sentence in a row
_AROUND = 2  # rows of the frame
LIST_KEYS = "↑ ↓ choose   Enter take it   Esc leave it"


class Choice(NamedTuple):
    """One line of a list: what is handed back, its name, and a sentence about it."""

    value: str
    label: str
    sentence: str = ""


class Struck(Message):
    """A playing key was struck while a list was open."""

    def __init__(self, strike: Strike) -> None:
        super().__init__()
        self.strike = strike


class OverBoard(ModalScreen[str | None]):
    """A screen over the board. Esc closes it; playing keys go on playing.

    Where `letters` are typed, they are letters; where `figures` are, 0 silences nothing.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
    ]
    letters: ClassVar[bool] = False
    figures: ClassVar[bool] = False

    def action_close(self) -> None:
        """Close without choosing."""
        self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        """Let the playing keys through to the room."""
        strike = None if self.letters else strike_of(event.key)
        if strike is not None:
            event.stop()
            self.app.post_message(Struck(Strike(row=strike[0], key=strike[1])))


class LivePanel(OverBoard):
    """A screen over the board that shows the present, and so is drawn again and again.

    It begins with a `scene`, so that keys typed while it opens mean what they would later.
    """

    def __init__(self, scene: Scene | None) -> None:
        super().__init__()
        self.scene = scene

    def show_scene(self, scene: Scene | None) -> None:
        """Draw what the room says now."""
        raise NotImplementedError


class Choices(OptionList, can_focus=False):
    """A list that tells the line under the cursor by a sign before it, not by colour alone."""

    def __init__(self, labels: Sequence[str], *, id: str) -> None:
        self.labels = tuple(labels)
        self._signed: int | None = None
        super().__init__(*(Option("  " + label) for label in labels), id=id, markup=False)

    def watch_highlighted(self, highlighted: int | None) -> None:
        """Move the sign along."""
        super().watch_highlighted(highlighted)
        for index, sign in ((self._signed, "  "), (highlighted, "▸ ")):
            if index is not None:
                self.replace_option_prompt_at_index(index, sign + self.labels[index])
        self._signed = highlighted


class ListsOverBoard(OverBoard):
    """A screen with lists. It takes their keys itself: a list that is still opening loses none."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(key, f"list('{what}')", show=False)
        for key, what in (
            ("up", "cursor_up"), ("down", "cursor_down"), ("pageup", "page_up"),
            ("pagedown", "page_down"), ("home", "first"), ("end", "last"), ("enter", "select"),
        )
    ]  # fmt: skip
    side = "choices"

    def action_list(self, what: str) -> None:
        """Do with the list in use what its keys do in any other program."""
        getattr(self.list_of(self.side), f"action_{what}")()

    def list_of(self, side: str) -> Choices:
        """One of the lists."""
        return self.query_one(f"#{side}", Choices)


class ListChooser(ListsOverBoard):
    """One list with a sentence about the line under the cursor."""

    def __init__(
        self, title: str, choices: Sequence[Choice], current: str, keys: str = LIST_KEYS
    ) -> None:
        super().__init__()
        self.title = title
        self.choices = tuple(choices)
        self.current = current
        self.keys = keys

    def compose(self) -> ComposeResult:
        """Title, list, sentence."""
        with Vertical(id="box", classes="list") as box:
            longest = max((len(c.sentence) for c in self.choices), default=0)
            words = (longest, len(self.title or ""), len(self.keys))
            around = _AROUND + sum(1 + letters // _ROW for letters in words)
            box.styles.height = min(_LONG, len(self.choices)) + around
            yield Static(self.title or "", id="box-title", markup=False)
            now = (" (now)" if c.value == self.current else "" for c in self.choices)
            yield Choices(
                [c.label + n for c, n in zip(self.choices, now, strict=True)], id="choices"
            )
            yield Static("", id="sentence", markup=False)
            yield Static(self.keys, id="box-keys", markup=False)

    def on_mount(self) -> None:
        """Begin on what is in force now."""
        values = [c.value for c in self.choices]
        at = values.index(self.current) if self.current in values else 0
        self.list_of("choices").highlighted = at

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the line under the cursor means."""
        self.query_one("#sentence", Static).update(self.choices[event.option_index].sentence)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take it."""
        self.dismiss(self.choices[event.option_index].value)


NAME_IT = "name it"


class SceneChooser(ListChooser):
    """Earlier moments, and a key that names the present one (hands back NAME_IT)."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("N,n", f"take('{NAME_IT}')", show=False),
    ]

    def action_take(self, value: str) -> None:
        """Hand this back."""
        self.dismiss(value)
