"""Scala scale files (.scl), the common tongue of tunings.

The format is that of M. Op de Coul, huygens-fokker.org/scala/scl_format.html: lines that begin with
"!" are comments; then a description, the number of notes, and one pitch a line: cents if there is a
point in it, else a ratio. 1/1 is not written; the last pitch is the period.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import NamedTuple

from jamroom.music.scales import (
    LONGEST_PERIOD_CENTS,
    MOST_DEGREES,
    OCTAVE_CENTS,
    SHORTEST_PERIOD_CENTS,
    Scale,
    own_scale,
)

_LONGEST_DESCRIPTION = 120
_LARGEST_TERM = 10**18
_SAME_CENTS = 1e-4
_MOST_CENTS = 24000.0
# Not str.splitlines: what Latin-1 calls a line end may be three dots of another 8-bit set.
_LINE_END = re.compile(r"\r\n|\r|\n")
_CENTS = re.compile(r"[-+]?(?:\d+\.\d*|\.\d+)(?![\d.,/])")
_RATIO = re.compile(r"([-+]?\d{1,30})(?:\s*/\s*([-+]?\d{1,30}))?(?![\d.,/])")
_COUNT = re.compile(r"\d{1,6}(?![\d.,/])")


class ScalaError(ValueError):
    """A file that is no scale we can play; `str()` is one line: file, line, what is allowed."""


class ScalaFile(NamedTuple):
    """What a file holds, as a scale, and what had to be put in order ("" when nothing had)."""

    scale: Scale
    description: str
    note: str


class _Line(NamedTuple):
    number: int
    text: str


def parse_scl(text: str, file: str, label: str = "") -> ScalaFile:
    """The scale in a text that came from `file`; it is called `label`, else by its file's name.

    Pitches may stand in any order, below 1/1 or beyond the period, and twice: as a set of notes
    to play with, that is the same scale. Raises ScalaError.
    """
    lines = _meaningful(text)
    try:
        description = next(lines).text.strip()
        count = _count(next(lines), file)
    except StopIteration:
        raise ScalaError(
            f"{file}: it ends too early; after a description there must be the number of notes"
        ) from None
    pitches: list[tuple[int, float]] = []
    for line in lines:
        if len(pitches) == count:
            break  # the format has nothing to say of what follows
        pitches.append((line.number, _pitch(line, file)))
    if len(pitches) < count:
        raise ScalaError(f"{file}: it promises {count} notes, but only {len(pitches)} are there")
    period = _period(pitches, file)
    steps, note = _in_order([cents for _, cents in pitches[:-1]], period)
    shown = description[:_LONGEST_DESCRIPTION] or file
    name = label or file.rpartition("/")[2].removesuffix(".scl").replace("-", " ")
    scale = own_scale(name, steps, period, " ".join(shown.split()))
    return ScalaFile(scale, description, f"{file}: {note}" if note else "")


def _meaningful(text: str) -> Iterator[_Line]:
    for number, line in enumerate(_LINE_END.split(text.rstrip()), start=1):
        if not line.startswith("!"):
            yield _Line(number, line)


def _count(line: _Line, file: str) -> int:
    found = _COUNT.match(line.text.strip())
    if not found:
        raise ScalaError(
            f"{file}, line {line.number}: {_quoted(line)} is not the number of notes; allowed is a"
            f" whole number from 0 to {MOST_DEGREES}"
        )
    count = int(found[0])
    if count > MOST_DEGREES:
        raise ScalaError(
            f"{file}, line {line.number}: {count} notes are too many; allowed are 0 to"
            f" {MOST_DEGREES}"
        )
    return count


def _pitch(line: _Line, file: str) -> float:
    """Cents above 1/1. What stands behind a pitch is a remark."""
    text = line.text.strip()
    if (found := _CENTS.match(text)) and abs(float(found[0])) <= _MOST_CENTS:
        return float(found[0])
    ratio = _RATIO.match(text)
    if not ratio:
        raise ScalaError(
            f"{file}, line {line.number}: {_quoted(line)} is not a pitch; allowed are cents with a"
            f" point (701.955), up to {_MOST_CENTS:.0f}, and ratios (3/2)"
        )
    over, under = int(ratio[1]), int(ratio[2] or 1)
    if not (0 < over <= _LARGEST_TERM and 0 < under <= _LARGEST_TERM):
        raise ScalaError(
            f"{file}, line {line.number}: {_quoted(line)} is no ratio that sounds; both numbers"
            f" must be from 1 to {_LARGEST_TERM}"
        )
    return OCTAVE_CENTS * math.log2(over / under)


def _period(pitches: list[tuple[int, float]], file: str) -> float:
    if not pitches:
        return OCTAVE_CENTS  # 1/1 and its octaves
    number, cents = pitches[-1]
    if not SHORTEST_PERIOD_CENTS <= cents <= LONGEST_PERIOD_CENTS:
        raise ScalaError(
            f"{file}, line {number}: the scale starts anew after {cents:g} cents; the last pitch"
            f" must be from {SHORTEST_PERIOD_CENTS:g} to {LONGEST_PERIOD_CENTS:g} cents"
        )
    return cents


def _in_order(given: list[float], period: float) -> tuple[tuple[float, ...], str]:
    """The steps rising from 0.0 below the period, and in words what that took."""
    folded = [_inside(cents % period, period) for cents in given]
    changes = []
    if any(abs(old - new) > _SAME_CENTS for old, new in zip(given, folded, strict=True)):
        changes.append("pitches outside the period were moved into it")
    elif folded != sorted(folded):
        changes.append("its pitches were sorted")
    steps = [0.0]
    for cents in sorted(folded):
        if cents - steps[-1] > _SAME_CENTS:
            steps.append(cents)
    if len(steps) <= len(given):
        changes.append("pitches that were there twice count once")
    return tuple(steps), ", ".join(changes)


def _inside(cents: float, period: float) -> float:
    return 0.0 if cents < _SAME_CENTS or period - cents < _SAME_CENTS else cents


def _quoted(line: _Line) -> str:
    text = "".join(one if one.isprintable() else " " for one in line.text.strip())
    return f'"{text[:30]}..."' if len(text) > 30 else f'"{text}"'
