"""Root and scale, side by side."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import OptionList, Static

from jamroom.music.palette import Palette, degree_tone, describe
from jamroom.music.pitch import name_of_pitch_class
from jamroom.music.scales import SCALES, scale_named
from jamroom.tui.choosers import Choices, ListsOverBoard

_MOST_NAMED = 12
_BETWEEN_CENTS = 20.0  # a just third is still called by its name; a quarter tone is not
_FLAT_KEYS = frozenset({3, 5, 8, 10})

ScaleRow = tuple[str, str, str]
"""Id, label, and where it is at home; as in the room's catalogue."""


def known_scales() -> tuple[ScaleRow, ...]:
    """The scales that every room has."""
    return tuple((s.name, s.label, s.tradition) for s in SCALES.values())


def preview(root: int, scale: str) -> str:
    """The notes of a palette in words: "D dorian: D E F G A B C". A quarter tone has an arrow."""
    palette = Palette(root, scale)
    names = []
    degrees = len(scale_named(scale).cents)
    for degree in range(min(degrees, _MOST_NAMED)):
        note, cents = degree_tone(palette, degree)
        arrow = "↓" if cents < -_BETWEEN_CENTS else "↑" if cents > _BETWEEN_CENTS else ""
        names.append(name_of_pitch_class(note % 12, flats=root in _FLAT_KEYS) + arrow)
    more = " …" if degrees > _MOST_NAMED else ""
    return f"{describe(palette)}:  {' '.join(names)}{more}"


class PaletteChooser(ListsOverBoard):
    """Root and scale. Hands back "root scale", the root as a number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "side('roots')", show=False),
        Binding("right", "side('scales')", show=False),
    ]
    side = "roots"

    def __init__(self, root: int, scale: str, scales: tuple[ScaleRow, ...] = ()) -> None:
        super().__init__()
        self.root = root
        self.scale = scale
        self.rows = scales or known_scales()
        self.scales = tuple(row[0] for row in self.rows)

    def compose(self) -> ComposeResult:
        """Roots, scales, and the notes they make."""
        with Vertical(id="box", classes="list wide"):
            yield Static("Which notes fit, from the next bar on?", id="box-title")
            yield Static("", id="heads", markup=False)
            with Horizontal(id="sides"):
                roots = (name_of_pitch_class(pc, flats=pc in _FLAT_KEYS) for pc in range(12))
                yield Choices(list(roots), id="roots")
                yield Choices([label for _, label, _ in self.rows], id="scales")
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
        """Show the notes that they make."""
        if event.option_list.id == "roots":
            self.root = event.option_index
        else:
            self.scale = self.scales[event.option_index]
        self.query_one("#sentence", Static).update(preview(self.root, self.scale))

    def on_option_list_option_selected(self) -> None:
        """Take root and scale together, whichever side Enter was pressed on."""
        root, scale = self.list_of("roots").highlighted, self.list_of("scales").highlighted
        self.dismiss(f"{root or 0} {self.scales[scale or 0]}")
