"""Drawing by the line: spans of text with a role, and a widget that redraws only what changed.

Painters are plain functions from a scene to lines, so they can be tested without a terminal.
The widget keeps the last lines and asks Textual only for the lines that differ: a snapshot that
moves one loop costs one line.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from jamroom.tui.themes import style_of

_EIGHTHS = " ▏▎▍▌▋▊▉█"


class Span(NamedTuple):
    """Text in a role on a ground (names in themes.py; a role may be a badge's "#rrggbb")."""

    text: str
    role: str = "text"
    ground: str = "bg"


Line = tuple[Span, ...]


def fit(text: str, cells: int, align: Literal["left", "right", "centre"] = "left") -> str:
    """Text in exactly `cells` terminal cells; what is too long ends in an ellipsis."""
    if cells <= 0:
        return ""
    room = cells - cell_len(text)
    if room < 0:
        kept = set_cell_size(text, cells - 1).rstrip()
        return kept + "…" + " " * (cells - 1 - cell_len(kept))
    if align == "right":
        return " " * room + text
    if align == "centre":
        return " " * (room // 2) + text + " " * (room - room // 2)
    return text + " " * room


def bar(fraction: float, cells: int, rest: str = " ") -> str:
    """A bar that fills from the left in eighths of a cell; `rest` is what is not filled yet."""
    eighths = round(min(1.0, max(0.0, fraction)) * cells * 8)
    full, part = divmod(eighths, 8)
    text = "█" * full + (_EIGHTHS[part] if part else "")
    return text + rest * (cells - len(text))


def count_lights(beats: float, most: int = 4) -> str:
    """A count-in as light: "[3] 2 1" with three beats to go; a number in words when it is far."""
    left = max(1, -int(-beats // 1))
    if left > most:
        return f"in {left} beats"
    return " ".join(f"[{n}]" if n == left else str(n) for n in range(left, 0, -1))


def line_cells(line: Line) -> int:
    """Width of a line in terminal cells."""
    return sum(cell_len(span.text) for span in line)


def padded(line: Line, cells: int, ground: str = "bg") -> Line:
    """The line filled up to `cells` on a ground."""
    room = cells - line_cells(line)
    return (*line, Span(" " * room, "text", ground)) if room > 0 else line


def spread(left: Line, right: Line, cells: int, ground: str = "bg") -> Line:
    """Left and right parts of one line. When both do not fit, the right one stays whole."""
    room = cells - line_cells(left) - line_cells(right)
    if room >= 0:
        return (*left, Span(" " * room, "text", ground), *right)
    kept = cells - line_cells(right) - 1
    if kept <= 0:
        return cropped(right, cells)
    return (*padded(cropped(left, kept), kept + 1, ground), *right)


def cropped(line: Line, cells: int) -> Line:
    """The line cut to `cells`, with an ellipsis when something was lost."""
    out: list[Span] = []
    room = cells
    for span in line:
        need = cell_len(span.text)
        if need > room:
            if room > 0:
                out.append(span._replace(text=fit(span.text, room)))
            break
        out.append(span)
        room -= need
    return tuple(out)


def plain(lines: Sequence[Line]) -> str:
    """The lines as bare text: what a person who sees no colour is told."""
    return "\n".join("".join(span.text for span in line).rstrip() for line in lines)


class Painted(Widget):
    """A widget that shows lines. `show` them as often as you like: unchanged lines cost nothing."""

    ALLOW_SELECT = False
    can_focus = False

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._lines: tuple[Line, ...] = ()
        self.redrawn = 0  # lines asked of Textual so far; the tests read it

    @property
    def text(self) -> str:
        """What is shown, without colours."""
        return plain(self._lines)

    def show(self, lines: Sequence[Line]) -> None:
        """Draw these lines, from the top."""
        old, new = self._lines, tuple(lines)
        if old == new:
            return
        self._lines = new
        changed = [
            y
            for y in range(max(len(old), len(new)))
            if y >= len(old) or y >= len(new) or old[y] != new[y]
        ]
        self.redrawn += len(changed)
        if self.size.width:
            self.refresh(*(Region(0, y, self.size.width, 1) for y in changed))

    def render_line(self, y: int) -> Strip:
        """The strip of one line, as Textual asks for it."""
        look = self.app.theme
        width = self.size.width
        if y >= len(self._lines):
            return Strip.blank(width, style_of(look, "text", "bg"))
        line = self._lines[y]
        segments = [Segment(text, style_of(look, role, ground)) for text, role, ground in line]
        ground = line[-1].ground if line else "bg"
        return Strip(segments).adjust_cell_length(width, style_of(look, "text", ground))
