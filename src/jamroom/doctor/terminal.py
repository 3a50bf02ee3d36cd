"""What the terminal can show and tell, in plain words. Pure, but for `terminal_facts`."""

from __future__ import annotations

import contextlib
import curses
import os
import subprocess
import sys
from collections.abc import Mapping

import msgspec

from jamroom.doctor.findings import Finding
from jamroom.doctor.terminal_query import (
    FAR_PATIENCE_S,
    PATIENCE_S,
    NotAsked,
    ask_terminal,
    terminal_size,
)
from jamroom.doctor.terminal_replies import PROBE, Replies, questions

COLUMNS, LINES = 80, 24
_OUTER = ("tmux", "display-message", "-p", "#{client_termfeatures}")


class TerminalFacts(msgspec.Struct, frozen=True):
    """`size` is (0, 0) without a terminal; `not_asked` says why there are no replies, or "".

    `within` is "tmux" or "screen" inside one of them, and `outer` the features that tmux found in
    the terminal around it. `colours` and `mouse` are what terminfo says.
    """

    size: tuple[int, int]
    not_asked: str
    replies: Replies
    term: str
    colorterm: str
    encoding: str
    colours: int
    mouse: bool
    within: str
    outer: tuple[str, ...]
    far: bool


def terminal_facts() -> TerminalFacts:
    """Ask the terminal, terminfo and the environment."""
    within, far = within_what(os.environ), bool(os.environ.get("SSH_CONNECTION"))
    encoding = (sys.stdout.encoding or "ascii").casefold().replace("-", "")
    size, not_asked, replies = (0, 0), "", Replies()
    try:
        size = terminal_size()
        asked = questions(multiplexed=bool(within), utf8=encoding == "utf8")
        replies = ask_terminal(asked, FAR_PATIENCE_S if far else PATIENCE_S)
    except NotAsked as why:
        not_asked = str(why)
    colours, mouse = _terminfo()
    return TerminalFacts(
        size,
        not_asked,
        replies,
        os.environ.get("TERM", ""),
        os.environ.get("COLORTERM", ""),
        encoding,
        colours,
        mouse,
        within,
        _outer_features() if within == "tmux" else (),
        far,
    )


def within_what(environment: Mapping[str, str]) -> str:
    """ "tmux", "screen" or "": which multiplexer stands between us and the terminal."""
    if environment.get("TMUX"):
        return "tmux"
    return "screen" if environment.get("STY") else ""


def _terminfo() -> tuple[int, bool]:
    try:
        curses.setupterm(fd=2)
        return max(0, curses.tigetnum("colors")), bool(curses.tigetstr("kmous"))
    except curses.error:
        return 0, False


def _outer_features() -> tuple[str, ...]:
    with contextlib.suppress(OSError, subprocess.SubprocessError):
        done = subprocess.run(
            _OUTER, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=1.0
        )
        return tuple(part for part in done.stdout.strip().split(",") if part)
    return ()


def judge_terminal(facts: TerminalFacts) -> list[Finding]:
    """Size, colours, characters, keys, mouse and images."""
    if facts.size == (0, 0) and facts.not_asked:
        text = f"not asked: {facts.not_asked}"
        means = "A room without a console works here; its console opens in a terminal."
        return [Finding("note", text, means, run="jamroom jam --headless")]
    found = [_size(facts.size), _colours(facts), _characters(facts)]
    if facts.not_asked:
        found.append(Finding("note", f"keys, mouse and images not asked: {facts.not_asked}"))
        return [*found, *_between(facts)]
    if facts.replies.attributes is None:
        text = "the terminal did not answer: keys, mouse and images are not known"
        return [*found, Finding("note", text), *_between(facts)]
    return [*found, _keys(facts), _mouse(facts), _images(facts), *_between(facts)]


def _size(size: tuple[int, int]) -> Finding:
    columns, lines = size
    text = f"{columns} columns x {lines} lines"
    if columns >= COLUMNS and lines >= LINES:
        return Finding("ok", text)
    means = f"The console is drawn for {COLUMNS} x {LINES}; parts of it will not show."
    return Finding("note", text, means, "Make the window larger, or its letters smaller.")


def _colours(facts: TerminalFacts) -> Finding:
    if facts.colorterm.casefold() in ("truecolor", "24bit"):
        if facts.outer and "RGB" not in facts.outer:
            return Finding(
                "note",
                "colours: 256; tmux does not pass on the 16 million",
                "Badges look alike where their colours are near; shapes tell them apart.",
                "If the terminal around tmux has them, tell tmux (3.2 or later) and attach again:",
                "tmux set -as terminal-features ',*:RGB'",
            )
        return Finding("ok", f"colours: 16 million (COLORTERM={facts.colorterm})")
    if facts.term in ("", "dumb", "unknown"):
        return Finding(
            "problem",
            f"TERM is {facts.term or 'not set'}",
            "The console cannot draw here. A room without one works.",
            "Open it in a terminal window, or set TERM to what this is:",
            "export TERM=xterm-256color",
        )
    many = 256 if facts.colours >= 256 or facts.term.endswith("256color") else facts.colours or 8
    return Finding(
        "note",
        f"colours: {many} (TERM={facts.term}, COLORTERM not set)",
        "Badges look alike where their colours are near; shapes tell them apart.",
        "Most terminals have 16 million and ssh forgets to say so. To try:",
        "export COLORTERM=truecolor",
    )


def _characters(facts: TerminalFacts) -> Finding:
    if facts.encoding != "utf8":
        return Finding(
            "problem",
            f"characters: {facts.encoding}, not UTF-8",
            "Blocks, notes and badges turn into question marks.",
            "Choose a UTF-8 locale:",
            "export LC_ALL=C.UTF-8",
        )
    wide = facts.replies.column
    if wide is None:
        return Finding("ok", "characters: UTF-8")
    if wide == 1 + len(PROBE):
        return Finding("ok", "characters: UTF-8, and blocks are one cell wide")
    return Finding(
        "problem",
        f"characters: {PROBE} took {wide - 1} cells, not {len(PROBE)}",
        "Columns of the console will not line up.",
        "Set the terminal to UTF-8, and 'ambiguous-width characters' to narrow.",
    )


def _keys(facts: TerminalFacts) -> Finding:
    ends = "a key's note ends by itself: a fixed length, or latch"
    if facts.replies.keyboard is not None:
        return Finding("ok", f"keys: can tell when a key comes up; for now, {ends}")
    return Finding("ok", f"keys: cannot tell when a key comes up, as most; {ends}")


def _mouse(facts: TerminalFacts) -> Finding:
    if facts.replies.mouse or (facts.replies.mouse is None and facts.mouse):
        return Finding("ok", "mouse: yes")
    return Finding("note", "mouse: not known to work here", "Everything can be done with keys.")


def _images(facts: TerminalFacts) -> Finding:
    if facts.replies.graphics:
        return Finding("ok", "images: yes (kitty graphics)")
    if facts.replies.sixel:
        return Finding("ok", "images: yes (sixel)")
    return Finding("ok", "images: no; pictures are drawn with blocks")


def _between(facts: TerminalFacts) -> list[Finding]:
    found = []
    if facts.within:
        found.append(
            Finding(
                "note",
                f"this is inside {facts.within}: the answers are {facts.within}'s, not the "
                "terminal's",
                "It passes on no key releases and no kitty images, and sixel only if built so. "
                "Everything else works; a console may be left and taken up again.",
            )
        )
    if facts.far:
        means = "Terminal keys come with the network's delay; MIDI and sound stay on that machine."
        found.append(Finding("note", "this terminal is somewhere else (ssh)", means))
    return found
