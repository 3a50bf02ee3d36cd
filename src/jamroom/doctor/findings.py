"""A finding, and how findings are laid out: 80 columns, readable without colour."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import Literal

import msgspec

Sign = Literal["ok", "note", "problem"]

WIDTH = 79
_INDENT = " " * 11
_COLOURS = {"ok": "32", "note": "33", "problem": "1;31"}


class Finding(msgspec.Struct, frozen=True):
    """One thing that was found, in plain words.

    Where something is less than ideal, `means` says what of it and `do` what helps; `run` is a
    command to copy, printed on a line of its own and never broken.
    """

    sign: Sign
    text: str
    means: str = ""
    do: str = ""
    run: str = ""


def section_text(title: str, findings: Sequence[Finding], *, colour: bool = False) -> str:
    """A titled block of findings, ending in a newline."""
    lines = [title]
    for finding in findings:
        lines += _finding_lines(finding, colour)
    return "\n".join(lines) + "\n"


def _finding_lines(finding: Finding, colour: bool) -> list[str]:
    lines = wrapped(finding.text, _INDENT)
    sign = finding.sign.ljust(9)
    if colour:
        sign = f"\x1b[{_COLOURS[finding.sign]}m{sign}\x1b[0m"
    lines[0] = f"  {sign}{lines[0][len(_INDENT) :]}"
    lines += wrapped(finding.means, _INDENT)
    lines += wrapped(finding.do and f"-> {finding.do}", _INDENT, hang="   ")
    if finding.run:
        lines.append(f"{_INDENT}   $ {finding.run}")
    return lines


def wrapped(text: str, indent: str = "", hang: str = "") -> list[str]:
    """Lines of at most 79 columns; none for no text. Control characters become blanks.

    Names of devices come from outside: they must not move the cursor.
    """
    clean = "".join(char if char.isprintable() else " " for char in text)
    return textwrap.wrap(
        clean,
        WIDTH,
        initial_indent=indent,
        subsequent_indent=indent + hang,
        break_on_hyphens=False,
    )
