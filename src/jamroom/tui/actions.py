"""Everything a console can do, in one table: id, words, keys, and what it sends.

Key bindings, the foot of the screen, the help screen and the command palette are all made from
ACTIONS; a new action is one new row. `send` makes the message (or several) for the room, or a
line that says why there is nothing to do; `ui` names something the console does by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import msgspec

from jamroom.clocks import clamp_bpm
from jamroom.messages import Ask, Gate, SeatView, Snapshot, ToRoom
from jamroom.session.events import (
    EVERYBODY,
    NOW,
    Consent,
    ConsentChosen,
    Kept,
    LayerCleared,
    LayerOverdubbed,
    LayerPressed,
    LayerRedone,
    LayerUndone,
    LevelChosen,
    LoopBarsChosen,
    Marked,
    OctaveChosen,
    Panicked,
    Quantise,
    QuantiseChosen,
    Request,
    TempoChosen,
    TempoTapped,
)
from jamroom.tui.scene import SLOTS, Asked, Scene

LEVEL_STEP_DB = 3.0
_LEVELS_DB = (-60.0, 12.0)
_OCTAVES = 4
_LOOP_BARS = (1, 2, 4, 8)
_QUANTISES: tuple[Quantise, ...] = ("off", "beat", "bar", "loop")

TO_ANSWER = "To answer: Shift+Y keep, Shift+N play only"
NOBODY = "Nobody is playing yet: press one of a s d f g h j k first."

Sender = Callable[[Scene, Asked], ToRoom | tuple[ToRoom, ...] | str]
Group = Literal["loops", "players", "room", "time", "care", "console"]

GROUP_WORDS: dict[Group, str] = {
    "loops": "Loops",
    "players": "Players and their sound",
    "room": "The room",
    "time": "Time",
    "care": "Care",
    "console": "This window",
}


class Action(msgspec.Struct, frozen=True):
    """One row. `keys` are Textual's key names; `foot` is the short word at the foot, or "".

    `slot` is the layer that gets selected when the action names one itself, else -1.
    """

    id: str
    label: str
    keys: tuple[str, ...]
    group: Group
    send: Sender | None = None
    ui: str = ""
    foot: str = ""
    need: Literal["", "seat", "layer"] = ""
    slot: int = -1


def _ask(request: Request) -> Ask:
    return Ask(request)


def _for_seat(make: Callable[[SeatView, Scene, Asked], Request]) -> Sender:
    def send(scene: Scene, asked: Asked) -> ToRoom | str:
        seat = scene.selected
        return NOBODY if seat is None else _ask(make(seat, scene, asked))

    return send


def _for_room(make: Callable[[Snapshot, Asked], Request]) -> Sender:
    def send(scene: Scene, asked: Asked) -> ToRoom | str:
        return _ask(make(scene.snapshot, asked))

    return send


def press_slot(slot: int) -> Sender:
    """The button of one layer of the selected player."""
    return _for_seat(lambda seat, _, __: LayerPressed(NOW, seat.seat, slot))


def silent_loops(snapshot: Snapshot) -> tuple[LayerPressed, ...]:
    """The buttons of all muted layers that hold something and have no change queued."""
    return tuple(
        LayerPressed(NOW, seat.seat, layer.slot)
        for seat in snapshot.seats
        for layer in seat.layers
        if layer.phase == "muted" and layer.notes and not layer.queued
    )


def _play_all(scene: Scene, asked: Asked) -> tuple[ToRoom, ...] | str:
    presses = silent_loops(scene.snapshot)
    # A second press, before the room has answered the first, would take it back.
    if not presses or asked.base("play all", False):
        return "No loop is waiting to be played again."
    asked.ask("play all", True)
    return tuple(_ask(press) for press in presses)


def _tempo(step: float) -> Sender:
    def make(snapshot: Snapshot, asked: Asked) -> Request:
        bpm = clamp_bpm(asked.base("bpm", snapshot.next_bpm) + step)
        return TempoChosen(NOW, asked.ask("bpm", bpm))

    return _for_room(make)


def _stepped_level(asked: Asked, seat: int, current_db: float, step_db: float) -> Request:
    low, high = _LEVELS_DB
    name = f"level {seat}"
    level = min(high, max(low, asked.base(name, current_db) + step_db))
    return LevelChosen(NOW, seat, asked.ask(name, level))


def _room_level(step_db: float) -> Sender:
    return _for_room(lambda snap, a: _stepped_level(a, EVERYBODY, snap.room_level_db, step_db))


def _seat_level(step_db: float) -> Sender:
    return _for_seat(lambda seat, _, a: _stepped_level(a, seat.seat, seat.level_db, step_db))


def _octave(step: int) -> Sender:
    def make(seat: SeatView, _: Scene, asked: Asked) -> Request:
        name = f"octave {seat.seat}"
        octave = min(_OCTAVES, max(-_OCTAVES, asked.base(name, seat.octave) + step))
        return OctaveChosen(NOW, seat.seat, asked.ask(name, octave))

    return _for_seat(make)


def _next_loop_bars(snapshot: Snapshot, asked: Asked) -> Request:
    bars = asked.base("loop bars", snapshot.loop_bars)
    longer = [b for b in _LOOP_BARS if b > bars]
    return LoopBarsChosen(NOW, asked.ask("loop bars", longer[0] if longer else _LOOP_BARS[0]))


def _next_quantise(snapshot: Snapshot, asked: Asked) -> Request:
    at = _QUANTISES.index(asked.base("quantise", snapshot.quantise))
    return QuantiseChosen(NOW, asked.ask("quantise", _QUANTISES[(at + 1) % len(_QUANTISES)]))


def _toggle_gate(scene: Scene, asked: Asked) -> ToRoom | str:
    latch = not asked.base("latch", scene.snapshot.latch)
    return Gate(latch=asked.ask("latch", latch), length_s=scene.snapshot.gate_s)


def _answer(consent: Consent) -> Sender:
    def send(scene: Scene, _: Asked) -> ToRoom | str:
        if scene.snapshot.keeping != "undecided":
            return 'The group has decided already. To change it: Ctrl+P, "change: today is ...".'
        return _ask(ConsentChosen(NOW, EVERYBODY, consent))

    return send


def _consent(consent: Consent) -> Sender:
    return _for_seat(lambda seat, _, __: ConsentChosen(NOW, seat.seat, consent))


def _room_consent(consent: Consent) -> Sender:
    return _for_room(lambda _, __: ConsentChosen(NOW, EVERYBODY, consent))


_LAYER_KEYS = tuple(
    Action(f"press_{n}", f"press layer {n} of the selected player", (str(n),), "loops",
           send=press_slot(n - 1), slot=n - 1)
    for n in range(1, SLOTS + 1)
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (
    # -- loops
    Action("press", "press the selected layer: record, play, mute", ("enter",), "loops",
           send=_for_seat(lambda s, sc, _: LayerPressed(NOW, s.seat, sc.slot)), need="layer"),
    *_LAYER_KEYS,
    Action("overdub", "add to the selected layer, or stop adding", ("o",), "loops",
           send=_for_seat(lambda s, sc, _: LayerOverdubbed(NOW, s.seat, sc.slot)),
           foot="add", need="layer"),
    Action("undo", "undo the layer's last change", ("z",), "loops",
           send=_for_seat(lambda s, sc, _: LayerUndone(NOW, s.seat, sc.slot)),
           foot="undo", need="layer"),
    Action("redo", "redo what was undone", ("x",), "loops",
           send=_for_seat(lambda s, sc, _: LayerRedone(NOW, s.seat, sc.slot)),
           foot="redo", need="layer"),
    Action("clear", "clear the layer (undo brings it back)", ("c",), "loops",
           send=_for_seat(lambda s, sc, _: LayerCleared(NOW, s.seat, sc.slot)),
           foot="clear", need="layer"),
    Action("keep_that", "keep that: the player's last bars become a loop", ("space",), "loops",
           send=_for_seat(lambda s, sc, _: Kept(NOW, s.seat, sc.snapshot.loop_bars)),
           foot="keep that", need="seat"),
    Action("keep_all", "keep that, of everybody", ("K",), "loops",
           send=_for_room(lambda snap, _: Kept(NOW, EVERYBODY, snap.loop_bars)),
           foot="keep all", need="seat"),
    Action("play_all", "play all loops that are silent now", ("P",), "loops", send=_play_all,
           foot="play all"),
    Action("loop_bars", "length of new loops: 1, 2, 4 or 8 bars", ("b",), "loops",
           send=_for_room(_next_loop_bars), foot="bars"),
    Action("quantise", "when loops start and stop: at once, beat, bar, loop", ("n",), "loops",
           send=_for_room(_next_quantise)),
    # -- players
    Action("player_up", "select the player above", ("up",), "players", ui="player_up"),
    Action("player_down", "select the player below", ("down",), "players", ui="player_down"),
    Action("slot_left", "select the layer to the left", ("left",), "players", ui="slot_left"),
    Action("slot_right", "select the layer to the right", ("right",), "players", ui="slot_right"),
    Action("patch", "choose the player's sound", ("v",), "players", ui="choose_patch",
           foot="sound", need="seat"),
    Action("keymap", "choose what the player's keys mean", ("m",), "players",
           ui="choose_keymap", foot="keys", need="seat"),
    Action("octave_down", "the player's keys an octave lower", ("comma", "less_than_sign"),
           "players", send=_octave(-1)),
    Action("octave_up", "the player's keys an octave higher", ("slash",), "players",
           send=_octave(1)),
    Action("seat_louder", "the selected player louder", ("shift+up",), "players",
           send=_seat_level(LEVEL_STEP_DB)),
    Action("seat_softer", "the selected player softer", ("shift+down",), "players",
           send=_seat_level(-LEVEL_STEP_DB)),
    Action("latch", "letter keys: ring a while, or stay until pressed again", ("l",), "players",
           send=_toggle_gate),
    # -- the room
    Action("palette", "choose the notes that fit (root and scale)", ("p",), "room",
           ui="choose_palette", foot="notes"),
    Action("softer", "the whole room softer", ("minus",), "room",
           send=_room_level(-LEVEL_STEP_DB), foot="softer"),
    Action("louder", "the whole room louder", ("equals_sign", "plus"), "room",
           send=_room_level(LEVEL_STEP_DB), foot="louder"),
    Action("silence", "silence: everything stops at once", ("0",), "room",
           send=_for_room(lambda _, __: Panicked(NOW)), foot="silence"),
    # -- time
    Action("tap", "tap the tempo", ("full_stop",), "time",
           send=_for_room(lambda _, __: TempoTapped(NOW)), foot="tap"),
    Action("slower", "one beat a minute slower", ("left_square_bracket",), "time",
           send=_tempo(-1)),
    Action("faster", "one beat a minute faster", ("right_square_bracket",), "time",
           send=_tempo(1)),
    Action("slower_5", "five beats a minute slower", ("left_curly_bracket",), "time",
           send=_tempo(-5)),
    Action("faster_5", "five beats a minute faster", ("right_curly_bracket",), "time",
           send=_tempo(5)),
    Action("tempo", "type the tempo", ("T",), "time", ui="choose_tempo"),
    Action("metre", "choose the metre", ("M",), "time", ui="choose_metre"),
    # -- care
    Action("agree_keep", "the group agrees: today is kept", ("Y",), "care",
           send=_answer("keep")),
    Action("agree_play", "the group agrees: play only, nothing is stored", ("N",), "care",
           send=_answer("play")),
    Action("mark", "mark this moment, to find it again later", ("S",), "care",
           send=_for_room(lambda _, __: Marked(NOW, "")), foot="mark"),
    Action("seat_play", "the selected player: play only", (), "care", send=_consent("play")),
    Action("seat_keep", "the selected player: keep for us", (), "care", send=_consent("keep")),
    Action("seat_share", "the selected player: may be shared", (), "care",
           send=_consent("share")),
    Action("room_keep", "change: today is kept", (), "care", send=_room_consent("keep")),
    Action("room_play", "change: today is play only", (), "care", send=_room_consent("play")),
    # -- this window
    Action("help", "all keys on one page", ("question_mark", "f1"), "console", ui="help",
           foot="help"),
    Action("commands", "find anything by its name", ("ctrl+p",), "console", ui="commands"),
    Action("contrast", "strong contrast, or calm colours", ("f2",), "console", ui="contrast"),
    Action("quit", "close the room", ("ctrl+q", "ctrl+c"), "console", ui="quit", foot="close"),
)  # fmt: skip

BY_ID = {action.id: action for action in ACTIONS}
BOUND = frozenset(key for action in ACTIONS for key in action.keys)
