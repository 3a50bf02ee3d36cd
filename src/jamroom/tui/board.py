"""The board: one row a player, eight layers a row.

Columns and row heights follow the room on the screen: a second line under each player when it
fits, one line when many play. When even that is too much the board scrolls with the selection,
and a last line still shows everybody's sign, so that nobody is out of sight.
"""

from __future__ import annotations

from functools import lru_cache

import msgspec

from jamroom.session.badges import Badge, badge_named
from jamroom.session.events import Consent
from jamroom.tui.paint import Line, Span, bar, cropped, fit, padded
from jamroom.tui.scene import SLOTS, Scene, layer_of
from jamroom.tui.words import (
    CONSENT_GLYPHS,
    CONSENT_WORDS,
    PHASE_WORDS,
    WAVE,
    consent_in_force,
    group_glyph,
    layer_glyph,
    level_words,
    queued_words,
)
from jamroom.views import LayerView, SeatView

_NOW_S = 0.35  # the lamp stays lit at least so long, so fast playing does not make it flash
_LATELY_S = 1.5
_EDGE = 1
_LAMP = 3
_SHAPE = 2
_CONSENT = 2
_BEFORE_NAME = _EDGE + _LAMP + _SHAPE + _CONSENT


class Columns(msgspec.Struct, frozen=True):
    """Widths in cells; 0 leaves a column out."""

    name: int
    input: int
    patch: int
    keymap: int
    level: int
    slot: int

    @property
    def slots_at(self) -> int:
        """Where the first layer begins."""
        widths = (self.name, self.input, self.patch, self.keymap, self.level)
        return _BEFORE_NAME + sum(w + 1 for w in widths if w)


class Shape(msgspec.Struct, frozen=True):
    """How the board is laid out: columns, lines a player, and which players are to be seen."""

    columns: Columns
    lines: int
    first: int
    shown: int
    strip: bool


def columns_for(cells: int, lines: int) -> Columns:
    """The columns that fit a width. With one line a player the input gets a column of its own."""
    if cells < 80:
        return Columns(max(6, min(16, cells - 42)), 0, 0, 0, 0, 4)
    if cells < 104:
        return Columns(16, 0, 8 + min(10, cells - 80), 8, 4, 4)
    fixed = _BEFORE_NAME + 17 + 14 + 10 + 7
    if lines == 1 and cells >= 134:
        slot = max(6, min(9, (cells - fixed - 20) // SLOTS))
        return Columns(16, min(28, cells - fixed - slot * SLOTS - 1), 13, 9, 6, slot)
    return Columns(16, 0, 13, 9, 6, min(16, (cells - fixed) // SLOTS))


def shape_for(seats: int, selected: int, cells: int, rows: int) -> Shape:
    """Lay out `seats` players, the `selected`th of them in view, on `rows` lines."""
    lines = next((n for n in (3, 2) if seats * n <= rows and cells >= 104), 1)
    columns = columns_for(cells, lines)
    if seats * lines <= rows:
        return Shape(columns, lines, 0, seats, False)
    shown = max(1, rows - 1)
    first = min(max(0, selected - shown // 2), seats - shown)
    return Shape(columns, 1, first, shown, True)


def scene_shape(scene: Scene, cells: int, rows: int) -> Shape:
    """How this scene's board is laid out."""
    seats = scene.snapshot.seats
    at = next((i for i, s in enumerate(seats) if s.seat == scene.seat), 0)
    return shape_for(len(seats), at, cells, rows)


@lru_cache(maxsize=128)
def badge_of(name: str) -> Badge:
    """The badge of that name; a plain round one when this console does not know it."""
    try:
        return badge_named(name)
    except ValueError:
        return Badge(name=name, colour="#d9dee7", shape="●", animal=name.split(" ")[-1])


def lamp(seat: SeatView) -> str:
    """Two cells of light: playing now, lately, or still."""
    if seat.notes_on or seat.played_ago_s < _NOW_S:
        return "██"
    return "▒▒" if seat.played_ago_s < _LATELY_S else "  "


def heading_line(columns: Columns, cells: int) -> Line:
    """The words above the columns."""
    text = " " * _BEFORE_NAME + fit("player", columns.name) + " "
    for word, width in (
        ("plays on", columns.input),
        ("sound", columns.patch),
        ("keys", columns.keymap),
        ("level" if columns.level > 4 else " dB", columns.level),
    ):
        text += fit(word, width) + " " if width else ""
    for slot in range(SLOTS):
        text += fit(f" {slot + 1}", columns.slot)
    return padded(cropped((Span(text, "quiet", "bar"),), cells), cells, "bar")


def waits(layer: LayerView) -> bool:
    """Whether a change is to come that somebody asked for (a take ends by itself)."""
    return layer.waits_beats > 0 and layer.phase != "recording"


def slot_spans(layer: LayerView, width: int, chosen: bool, ground: str) -> Line:
    """One layer in `width` cells: its sign, then how far it is, or the beats it waits."""
    opens, closes = ("[", "]") if chosen else (" ", group_glyph(layer.group))
    inner = width - 3
    if waits(layer):
        beats = -int(-layer.waits_beats // 1)
        words = f" in {beats}" if inner > 4 else str(beats) if inner > 1 else str(min(9, beats))
        told = fit(words, inner)
    elif layer.phase in ("empty", "armed"):
        told = " " * inner
    else:
        told = bar(layer.position, inner, "·" if inner > 1 else " ")
        if layer.phase == "muted" or layer.unheard:
            told = told.replace("█", "▒")  # hollow: what moves here is not heard
        elif layer.audio:
            told = told.replace("█", WAVE) if inner > 1 else WAVE
    edge = "accent" if chosen else "text"
    return (
        Span(opens, edge, ground),
        Span(layer_glyph(layer) + told, "muted" if layer.unheard else layer.phase, ground),
        Span(closes, edge if chosen else "quiet", ground),
    )


def slot_words(layer: LayerView, width: int, ground: str) -> Line:
    """The words under a layer: what it is, or what it will be."""
    narrow = width < 11
    if waits(layer):
        queued = queued_words(layer.queued)
        return (Span(fit(f"{'' if narrow else ' '}→ {queued}", width), "warn", ground),)
    if layer.phase == "empty":
        return (Span(" " * width, "quiet", ground),)
    words = "rec" if narrow and layer.phase == "recording" else PHASE_WORDS[layer.phase]
    if layer.solo and layer.phase == "playing":
        words = "alone"
    if width >= 12 and layer.bars:
        words += f" {layer.bars}"
    return (Span(fit(" " + words, width), "quiet", ground),)


def seat_lines(
    seat: SeatView, columns: Columns, lines: int, slot: int, keeping: Consent
) -> list[Line]:
    """A player's lines. `slot` is the selected layer, or -1 when another player is selected.

    `keeping` is the session's default, for players who have not chosen.
    """
    ground = "row" if slot >= 0 else "bg"
    badge = badge_of(seat.badge)
    consent = consent_in_force(seat.consent, keeping)
    spans = [
        Span("▸" if slot >= 0 else " ", "accent", ground),
        Span(f"{lamp(seat)} {badge.shape} ", badge.colour, ground),
        Span(CONSENT_GLYPHS[consent] + " ", "quiet", ground),
        Span(fit(seat.badge, columns.name) + " ", badge.colour, ground),
    ]
    for text, width in (
        (seat.input, columns.input),
        (seat.sound or seat.patch, columns.patch),
        (_keymap_words(seat), columns.keymap),
        (_level(seat.level_db, columns.level), columns.level),
    ):
        if width:
            spans.append(Span(fit(text, width) + " ", "text", ground))
    for n in range(SLOTS):
        spans += slot_spans(layer_of(seat, n), columns.slot, n == slot, ground)
    out: list[Line] = [tuple(spans)]
    if lines >= 2:
        about = " " * _BEFORE_NAME + _consent_and_place(seat, consent, columns)
        head = Span(fit(about, columns.slots_at), "quiet", ground)
        layers = (layer_of(seat, n) for n in range(SLOTS))
        under = (span for layer in layers for span in slot_words(layer, columns.slot, ground))
        out.append((head, *under))
    out += [(Span(" ", "text", "bg"),)] * (lines - len(out))
    return out


def _consent_and_place(seat: SeatView, consent: Consent, columns: Columns) -> str:
    away = "" if seat.present else "loops go on"
    place = seat.input if not columns.input else ""
    return " · ".join(w for w in (CONSENT_WORDS[consent], place, away) if w)


def _keymap_words(seat: SeatView) -> str:
    if not seat.present:
        return "away"
    return f"{seat.keymap}{seat.octave:+d}" if seat.octave else seat.keymap


def _level(level_db: float, width: int) -> str:
    words = level_words(level_db)
    return words if width > 4 else fit(words.removesuffix(" dB"), 3, "right")


def board_lines(scene: Scene, cells: int, rows: int) -> list[Line]:
    """The whole board in `rows` lines, heading not included."""
    seats = scene.snapshot.seats
    shape = scene_shape(scene, cells, rows)
    out: list[Line] = []
    for seat in seats[shape.first : shape.first + shape.shown]:
        slot = scene.slot if seat.seat == scene.seat else -1
        ground = "row" if slot >= 0 else "bg"
        lines = seat_lines(seat, shape.columns, shape.lines, slot, scene.snapshot.keeping)
        kept = [padded(cropped(line, cells), cells, ground) for line in lines[:2]]
        out += kept + lines[2:]
    if shape.strip:
        out.append(padded(cropped(_strip(seats, shape), cells), cells, "bar"))
    return out


def _strip(seats: tuple[SeatView, ...], shape: Shape) -> Line:
    """Everybody's sign in one line; those in view between bars, those playing underlined by ▴."""
    spans = [Span(f" all {len(seats)}  ", "quiet", "bar")]
    last = shape.first + shape.shown
    for index, seat in enumerate(seats):
        badge = badge_of(seat.badge)
        if index == shape.first:
            spans.append(Span("▕", "accent", "bar"))
        playing = lamp(seat) == "██"
        spans.append(Span(badge.shape + ("◂" if playing else " "), badge.colour, "bar"))
        if index == last - 1:
            spans.append(Span("▏", "accent", "bar"))
    above, below = shape.first, len(seats) - last
    more = "  ".join(w for w in (f"↑ {above}" if above else "", f"↓ {below}" if below else "") if w)
    return (*spans, Span(f"  {more} more", "text", "bar"))


def hit(scene: Scene, x: int, y: int, cells: int, rows: int) -> tuple[int, int] | None:
    """Which player (seat number) and layer (-1 for none) lies at a cell of the board."""
    seats = scene.snapshot.seats
    shape = scene_shape(scene, cells, rows)
    row = y // shape.lines
    if row >= shape.shown or not 0 <= y < rows:
        return None
    seat = seats[shape.first + row].seat
    past = x - shape.columns.slots_at
    slot = past // shape.columns.slot if past >= 0 else -1
    return seat, slot if 0 <= slot < SLOTS else -1
