"""Lists to choose from: notes that fit, sounds, keymaps, metres; and a place to type the tempo.

They lie over the board and let the playing keys through: choosing never stops the music.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, NamedTuple

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from jamroom.clocks import MAX_BPM, MIN_BPM
from jamroom.messages import Strike
from jamroom.music.meter import Meter
from jamroom.music.palette import Palette, degree_tone, describe
from jamroom.music.pitch import name_of_pitch_class
from jamroom.music.scales import SCALES
from jamroom.tui.keys import strike_of

METRES = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "12/8")
_LONG = 12  # rows of a long list; a low screen shows fewer
_ROW = 54  # letters of a sentence in a row
_AROUND = 4  # rows of frame, title and keys
_FLAT_KEYS = frozenset({3, 5, 8, 10})


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
    """A screen over the board. Esc closes it; playing keys go on playing."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "close", show=False),
    ]

    def action_close(self) -> None:
        """Close without choosing."""
        self.dismiss(None)

    def on_key(self, event: events.Key) -> None:
        """Let the playing keys through to the room."""
        strike = strike_of(event.key)
        if strike is not None:
            event.stop()
            self.app.post_message(Struck(Strike(row=strike[0], key=strike[1])))


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

    def __init__(self, title: str, choices: Sequence[Choice], current: str) -> None:
        super().__init__()
        self.title = title
        self.choices = tuple(choices)
        self.current = current

    def compose(self) -> ComposeResult:
        """Title, list, sentence."""
        with Vertical(id="box", classes="list") as box:
            sentence_rows = 1 + max((len(c.sentence) for c in self.choices), default=0) // _ROW
            box.styles.height = min(_LONG, len(self.choices)) + sentence_rows + _AROUND
            yield Static(self.title or "", id="box-title")
            now = (" (now)" if c.value == self.current else "" for c in self.choices)
            yield Choices(
                [c.label + n for c, n in zip(self.choices, now, strict=True)], id="choices"
            )
            yield Static("", id="sentence", markup=False)
            yield Static("↑ ↓ choose   Enter take it   Esc leave it", id="box-keys")

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


def metre_choices() -> tuple[Choice, ...]:
    """The metres, each with a picture of how it is felt."""
    out = []
    for text in METRES:
        pulses, unit = (int(part) for part in text.split("/"))
        picture = "  ".join("■" * group for group in Meter(pulses, unit).groups)
        out.append(Choice(text, f"{text:<6}{picture}", "From the next bar on."))
    return tuple(out)


def preview(root: int, scale: str) -> str:
    """The notes of a palette in words: "D dorian: D E F G A B C". A quarter tone has an arrow."""
    palette = Palette(root, scale)
    names = []
    for degree in range(len(SCALES[scale].cents)):
        note, cents = degree_tone(palette, degree)
        arrow = "↓" if cents < -1 else "↑" if cents > 1 else ""
        names.append(name_of_pitch_class(note % 12, flats=root in _FLAT_KEYS) + arrow)
    return f"{describe(palette)}:  {' '.join(names)}"


class PaletteChooser(ListsOverBoard):
    """Root and scale, side by side. Hands back "root scale", the root as a number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "side('roots')", show=False),
        Binding("right", "side('scales')", show=False),
    ]
    side = "roots"

    def __init__(self, root: int, scale: str) -> None:
        super().__init__()
        self.root = root
        self.scale = scale
        self.scales = tuple(SCALES)

    def compose(self) -> ComposeResult:
        """Roots, scales, and the notes they make."""
        with Vertical(id="box", classes="list wide"):
            yield Static("Which notes fit, from the next bar on?", id="box-title")
            yield Static("", id="heads", markup=False)
            with Horizontal(id="sides"):
                roots = (name_of_pitch_class(pc, flats=pc in _FLAT_KEYS) for pc in range(12))
                yield Choices(list(roots), id="roots")
                yield Choices([SCALES[s].label for s in self.scales], id="scales")
            yield Static("", id="sentence", markup=False)
            yield Static("← → side   ↑ ↓ choose   Enter take it   Esc leave it", id="box-keys")

    def on_mount(self) -> None:
        """Begin on the palette in force now."""
        self.list_of("roots").highlighted = self.root
        at = self.scales.index(self.scale) if self.scale in self.scales else 0
        self.list_of("scales").highlighted = at
        self.action_side("roots")

    def action_side(self, side: str) -> None:
        """Go to the roots or to the scales; brackets say where the keys are."""
        self.side = side
        heads = "[ root ]     scale" if side == "roots" else "  root     [ scale ]"
        self.query_one("#heads", Static).update(heads)
        for name in ("roots", "scales"):
            self.list_of(name).set_class(name == side, "-here")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Show the notes."""
        if event.option_list.id == "roots":
            self.root = event.option_index
        else:
            self.scale = self.scales[event.option_index]
        if self.scale in SCALES:
            self.query_one("#sentence", Static).update(preview(self.root, self.scale))

    def on_option_list_option_selected(self) -> None:
        """Take root and scale together, whichever side Enter was pressed on."""
        root, scale = self.list_of("roots").highlighted, self.list_of("scales").highlighted
        self.dismiss(f"{root or 0} {self.scales[scale or 0]}")


class TempoChooser(OverBoard):
    """Digits typed by hand. Hands back the tempo as text."""

    def __init__(self, bpm: float) -> None:
        super().__init__()
        self.bpm = bpm
        self.typed = ""

    def compose(self) -> ComposeResult:
        """What was typed so far, and how far it may go."""
        with Vertical(id="box"):
            yield Static(f"How many beats a minute? Now {self.bpm:g}.", id="box-title")
            yield Static("▏", id="typed", markup=False)
            yield Static(f"From {MIN_BPM:g} to {MAX_BPM:g}.", id="sentence", markup=False)
            yield Static("type a number   Enter take it   Esc leave it", id="box-keys")

    def on_key(self, event: events.Key) -> None:
        """Take digits. OverBoard's own handler, which Textual calls too, lets playing through."""
        if event.character is not None and event.character in "0123456789." and event.is_printable:
            self.typed = (self.typed + event.character)[:6]
        elif event.key == "backspace":
            self.typed = self.typed[:-1]
        elif event.key == "enter":
            self._take()
        else:
            return
        event.stop()
        self.query_one("#typed", Static).update(self.typed + "▏")

    def _take(self) -> None:
        try:
            bpm = float(self.typed)
        except ValueError:
            bpm = 0.0
        if MIN_BPM <= bpm <= MAX_BPM:
            self.dismiss(self.typed)
        else:
            words = f"{self.typed or 'nothing'} will not do: from {MIN_BPM:g} to {MAX_BPM:g}."
            self.query_one("#sentence", Static).update(words)
