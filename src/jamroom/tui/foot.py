"""The foot: the selected layer in words, notices, the question about keeping, and the keys."""

from __future__ import annotations

from jamroom.messages import LayerView
from jamroom.tui.actions import BY_ID, Action, silent_loops
from jamroom.tui.board import badge_of, bars_and_notes
from jamroom.tui.keys import shown_key
from jamroom.tui.paint import Line, Span, count_lights, cropped, line_cells, padded, spread
from jamroom.tui.scene import Scene
from jamroom.tui.words import (
    BANNER,
    BANNER_KEYS,
    BANNER_NOTE,
    CONSENT_GLYPHS,
    CONSENT_WORDS,
    KEEPS_EARLIER,
    PHASE_GLYPHS,
    PHASE_WORDS,
    bars_words,
    consent_in_force,
    queued_words,
)

# What a person needs soonest stands first; a narrow screen leaves out the end.
_FOOT = (
    *("keep_that", "play_all", "keep_all", "softer", "louder", "silence", "palette"),
    *("patch", "keymap", "loop_bars", "tap", "mark", "quit"),
)


_ASIDES = {"!": "warn", "✓": "ok"}


def key_chip(key: str, words: str, ground: str = "bg", able: bool = True) -> Line:
    """A key and what it does; in parentheses when it cannot be done now."""
    if not able:
        return (Span(f" ({key} {words}) ", "quiet", ground),)
    return (Span(f" {key} ", "key", "chip"), Span(f" {words} ", "text", ground))


def layer_lines(scene: Scene, cells: int) -> list[Line]:
    """Two lines about the selected layer: what it is, and what its buttons do next."""
    seat, layer = scene.selected, scene.layer
    if seat is None:
        return [padded((), cells, "row"), padded((), cells, "row")]
    badge = badge_of(seat.badge)
    held = f" · {bars_and_notes(layer)}" if layer.bars else ""
    what = (
        Span(f" {badge.shape} {seat.badge}", badge.colour, "row"),
        Span(f"  layer {layer.slot + 1}  ", "text", "row"),
        Span(f"{PHASE_GLYPHS[layer.phase]} {PHASE_WORDS[layer.phase]}", layer.phase, "row"),
        Span(held, "text", "row"),
    )
    consent = consent_in_force(seat.consent, scene.snapshot.keeping)
    kept = f"{CONSENT_GLYPHS[consent]} {CONSENT_WORDS[consent]}"
    room = cells - line_cells(what) - 2
    about = next((w for w in (f"{seat.input}  {kept} ", f"{kept} ") if len(w) <= room), "")
    return [
        spread(what, (Span(about, "quiet", "row"),), cells, "row"),
        spread(_buttons(layer), _waiting(layer), cells, "row"),
    ]


def _buttons(layer: LayerView) -> Line:
    spans = [Span(" ", "text", "row"), *key_chip("Enter", layer.next_press or "press", "row")]
    if layer.phase in ("playing", "muted", "overdubbing"):
        spans += key_chip("o", "stop adding" if layer.phase == "overdubbing" else "add", "row")
        spans += key_chip("c", "clear", "row")
    spans += key_chip("z", "undo", "row", layer.can_undo)
    spans += key_chip("x", "redo", "row", layer.can_redo)
    return tuple(spans)


def _waiting(layer: LayerView) -> Line:
    if layer.waits_beats <= 0:
        return ()
    what = f"{queued_words(layer.queued)}  {count_lights(layer.waits_beats)} "
    return (Span(what, "warn", "row"),)


def notice_lines(scene: Scene, cells: int, rows: int) -> list[Line]:
    """The last lines from the room; what this console was told goes before them."""
    if not scene.up:
        why = scene.why_down or "the room is coming back"
        words = f" ◌ {why} · what is kept is safe "
        return [padded((Span(words, "alarm", "alarm"),), cells, "alarm")]
    told: list[Line] = [(Span(f" {a.sign} {a.text}", _ASIDES[a.sign]),) for a in scene.told]
    news: list[Line] = [(Span(f" · {text}", "text"),) for text in scene.snapshot.notices]
    return [padded(cropped(line, cells), cells) for line in (*news, *told)[-rows:]]


def banner_line(cells: int) -> Line:
    """The question that stays until it is answered; playing goes on meanwhile."""
    keys = [s for key, words in BANNER_KEYS for s in key_chip(key, words, "ask")]
    notes = (f"{BANNER_NOTE}  {KEEPS_EARLIER}", BANNER_NOTE, "")
    forms: list[Line] = [
        (Span(f" {asked} ", "warn", "ask"), *keys, Span(note, "text", "ask"))
        for asked in BANNER
        for note in notes
    ]
    best = next((form for form in forms if line_cells(form) <= cells), forms[-1])
    return padded(cropped(best, cells), cells, "ask")


def keys_lines(scene: Scene, cells: int, rows: int) -> list[Line]:
    """The keys that mean something now, as many as fit."""
    seat = scene.selected
    play: list[Line] = [key_chip("a–k", "low row"), key_chip("q–i", "high row")]
    chips = play if seat is None else [*play, key_chip("1–8", "layers")]
    idle = "silence" if _all_silent(scene) else "play_all"
    for action in (BY_ID[name] for name in _FOOT):
        if (action.need == "seat" and seat is None) or action.id == idle:
            continue
        chips.append(key_chip(shown_key(action.keys[0]), _foot_words(action, scene)))
    must = key_chip(shown_key(BY_ID["help"].keys[0]), "help")
    return _flowed(chips, must, cells, rows)


def _all_silent(scene: Scene) -> bool:
    """Whether there are loops to be played again, and none that plays."""
    layers = (layer for seat in scene.snapshot.seats for layer in seat.layers)
    plays = any(layer.phase in ("playing", "overdubbing") for layer in layers)
    return not plays and bool(silent_loops(scene.snapshot))


def _foot_words(action: Action, scene: Scene) -> str:
    bars = bars_words(scene.snapshot.loop_bars)
    return {"keep_that": f"keep {bars}", "loop_bars": bars}.get(action.id, action.foot)


def _flowed(chips: list[Line], last: Line, cells: int, rows: int) -> list[Line]:
    """Chips in rows, left to right; `last` always stands at the end of the last row."""
    lines: list[Line] = []
    left = list(chips)
    for row in range(rows):
        room = cells - (line_cells(last) if row == rows - 1 else 0)
        line: Line = ()
        while left and line_cells(line) + line_cells(left[0]) <= room:
            line = (*line, *left.pop(0))
        lines.append(line if row < rows - 1 else (*padded(line, room), *last))
    return lines
