"""Plain aligned tables for a terminal."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

WIDTH = 100


class Table(msgspec.Struct):
    """One table: what it means in a line or two, rows of cells, the target, and remarks."""

    title: str
    meaning: str
    columns: tuple[str, ...]
    rows: list[tuple[str, ...]] = []
    target: str = ""
    remarks: list[str] = []

    def add(self, *cells: object) -> None:
        """One more row."""
        self.rows.append(tuple(str(cell) for cell in cells))

    def text(self) -> str:
        """The table as it is printed."""
        lines = [self.title.upper(), *wrapped(self.meaning)]
        if self.rows:
            lines += ["", *aligned([self.columns, *self.rows])]
        if self.target:
            lines += ["", *wrapped(f"target: {self.target}")]
        for remark in self.remarks:
            lines += wrapped(f"- {remark}", indent="  ")
        return "\n".join(lines) + "\n"


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Cells in columns; the first column to the left, figures to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for number, row in enumerate(rows):
        cells = [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        lines.append("  ".join([row[0].ljust(widths[0]), *cells]).rstrip())
        if number == 0:
            lines.append("  ".join("-" * width for width in widths))
    return lines


def wrapped(text: str, indent: str = "") -> list[str]:
    """Words in lines of at most WIDTH."""
    lines, line = [], ""
    for word in text.split():
        if line and len(line) + 1 + len(word) > WIDTH:
            lines.append(line)
            line = indent + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line] if line else lines


def quantile(values: Sequence[float], q: float) -> float:
    """The q-quantile (nearest rank) of a list that is not empty."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, -(-round(q * 1e6) * len(ordered) // 10**6) - 1))]


def ms(seconds: float, digits: int = 2) -> str:
    """Seconds as text in milliseconds."""
    return f"{seconds * 1000:.{digits}f}"


def percent(share: float) -> str:
    """A share of one core as text."""
    return f"{share * 100:.1f} %"
