"""The foot: the selected layer in words, notices, the question about keeping, and the keys."""

from __future__ import annotations

from functools import lru_cache

from jamroom.tui.actions import BY_ID
from jamroom.tui.board import badge_of
from jamroom.tui.keys import shown_key
from jamroom.tui.layouts import LAYOUTS, QWERTY, Layout
from jamroom.tui.paint import Line, Span, count_lights, cropped, line_cells, padded, spread
from jamroom.tui.scene import Scene
from jamroom.tui.senders import something_plays, something_waits
from jamroom.tui.words import (
    BANNER,
    BANNER_KEYS,
    BANNER_NOTE,
    CONSENT_GLYPHS,
    CONSENT_WORDS,
    KEEPS_EARLIER,
    PHASE_WORDS,
    bars_words,
    consent_in_force,
    layer_glyph,
    queued_words,
)
from jamroom.views import LayerView

# What a person needs soonest stands first; a narrow screen leaves out the end.
_FOOT = (
    *("keep_that", "play_all", "keep_all", "softer", "louder", "silence", "palette"),
    *("patch", "keymap", "loop_bars", "tap", "mark", "quit"),
    *("stop_all", "scenes", "mix", "inputs", "lock", "microphone"),
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
    held = f" · {held_words(layer)}" if layer.bars else ""
    what = (
        Span(f" {badge.shape} {seat.badge}", badge.colour, "row"),
        Span(f"  layer {layer.slot + 1}  ", "text", "row"),
        Span(f"{layer_glyph(layer)} {PHASE_WORDS[layer.phase]}", layer.phase, "row"),
        Span(held, "text", "row"),
    )
    consent = consent_in_force(seat.consent, scene.snapshot.keeping)
    kept = f"{CONSENT_GLYPHS[consent]} {CONSENT_WORDS[consent]}"
    room = cells - line_cells(what) - 2
    about = next((w for w in (f"{seat.input}  {kept} ", f"{kept} ") if len(w) <= room), "")
    return [
        spread(what, (Span(about, "quiet", "row"),), cells, "row"),
        spread(_buttons(layer, scene), _waiting(layer), cells, "row"),
    ]


def held_words(layer: LayerView) -> str:
    """What a layer holds and how it sounds, in words."""
    notes = "1 note" if layer.notes == 1 else f"{layer.notes} notes"
    words = [f"{bars_words(layer.bars)}, {'recorded sound' if layer.audio else notes}"]
    words += [f"group {layer.group}"] if layer.group else []
    words += ["alone"] if layer.solo else ["not heard: another is alone"] if layer.unheard else []
    return " · ".join(words + ([layer.shaping] if layer.shaping else []))


def _buttons(layer: LayerView, scene: Scene) -> Line:
    open_, key = not scene.snapshot.locked, scene.layout.printed
    spans = [Span(" ", "text", "row"), *key_chip("Enter", layer.next_press or "press", "row")]
    if layer.phase in ("playing", "muted", "overdubbing"):
        adds = "stop adding" if layer.phase == "overdubbing" else "add"
        spans += key_chip(key("o"), adds, "row", open_)
        spans += key_chip(key("c"), "clear", "row", open_)
    spans += key_chip(key("z"), "undo", "row", layer.can_undo and open_)
    spans += key_chip(key("x"), "redo", "row", layer.can_redo and open_)
    if layer.bars and layer.phase != "recording":
        if not layer.audio:
            spans += key_chip("X", "change", "row", open_)
        spans += key_chip("O", "all again" if layer.solo else "alone", "row")
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
    if scene.snapshot.learning:
        told.append((Span(f" ◌ {scene.snapshot.learning}", "warn"),))
    news: list[Line] = [(Span(f" · {text}", "text"),) for text in scene.snapshot.notices]
    return [padded(cropped(line, cells), cells) for line in (*news, *told)[-rows:]]


def banner_line(cells: int, layout: Layout = QWERTY) -> Line:
    """The question that stays until it is answered; playing goes on meanwhile."""
    keys = [s for key, words in BANNER_KEYS for s in key_chip(layout.printed(key), words, "ask")]
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
    snapshot, someone = scene.snapshot, scene.selected is not None
    words = (snapshot.loop_bars, snapshot.locked, scene.layout.name)
    return list(_keys_lines(someone, frozenset(_idle(scene)), *words, cells, rows))


@lru_cache(maxsize=64)
def _keys_lines(
    someone: bool,
    idle: frozenset[str],
    loop_bars: int,
    locked: bool,
    layout_name: str,
    cells: int,
    rows: int,
) -> tuple[Line, ...]:
    layout = LAYOUTS[layout_name]
    key = layout.printed
    chips: list[Line] = [
        key_chip(f"{key('a')}–{key('k')}", "low row"),
        key_chip(f"{key('q')}–{key('i')}", "high row"),
    ]
    if someone:
        chips.append(key_chip(f"{key('1')}–{key('8')}", "layers"))
    bars = bars_words(loop_bars)
    now = {"keep_that": f"keep {bars}", "loop_bars": bars, "lock": "unlock" if locked else "lock"}
    for action in (BY_ID[name] for name in _FOOT):
        if (someone or action.need != "seat") and action.id not in idle:
            words = now.get(action.id, action.foot)
            chips.append(key_chip(shown_key(action.keys[0], layout), words))
    must = key_chip(shown_key(BY_ID["help"].keys[0], layout), "help")
    return tuple(_flowed(chips, must, cells, rows))


def _idle(scene: Scene) -> set[str]:
    """Actions that have nothing to do now: a newcomer need not read them."""
    plays, waits = something_plays(scene.snapshot), something_waits(scene.snapshot)
    idle = {"silence"} if waits and not plays else {"play_all"}
    if not plays:
        idle.add("stop_all")
    if not scene.snapshot.scenes:
        idle.add("scenes")
    return idle


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
