"""Everything a console can do, in one table: id, words, keys, and what it sends.

Key bindings, the foot of the screen, the help screen and the command palette are all made from
ACTIONS; a new action is one new row. `send` makes the message (or several) for the room, or a
line that says why there is nothing to do; `ui` names something the console does by itself.

Keys are those of a QWERTY keyboard; `layouts.py` says where they lie on others. Letters of the two
playing rows are nobody's; as capitals they only open lists, so that Caps Lock does no harm.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from jamroom.session.events import (
    EVERYBODY,
    NOW,
    Kept,
    LayerCleared,
    LayerOverdubbed,
    LayerPressed,
    LayerRedone,
    LayerUndone,
    Marked,
    Panicked,
    TempoTapped,
)
from jamroom.tui import senders
from jamroom.tui.scene import SLOTS
from jamroom.tui.senders import LEVEL_STEP_DB, Sender, for_room, for_seat

GROUPS = 8
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

    `slot` is the layer that gets selected when the action names one itself, else -1. What is
    `lockable` could lose something, so the performance lock keeps it from happening.
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
    lockable: bool = False


_LAYER_KEYS = tuple(
    Action(f"press_{n}", f"press layer {n} of the selected player", (str(n),), "loops",
           send=senders.press_slot(n - 1), slot=n - 1)
    for n in range(1, SLOTS + 1)
)  # fmt: skip

_GROUP_KEYS = tuple(
    Action(f"group_{n}", f"press group {n}: its loops rest, or play again", (f"f{n + 4}",),
           "loops", send=senders.press_group(n))
    for n in range(1, GROUPS + 1)
)  # fmt: skip

_LOOPS = (
    Action("press", "press the selected layer: record, play, mute", ("enter",), "loops",
           send=for_seat(lambda s, sc, _: LayerPressed(NOW, s.seat, sc.slot)), need="layer"),
    *_LAYER_KEYS,
    Action("overdub", "add to the selected layer, or stop adding", ("o",), "loops",
           send=for_seat(lambda s, sc, _: LayerOverdubbed(NOW, s.seat, sc.slot)),
           foot="add", need="layer", lockable=True),
    Action("undo", "undo the layer's last change", ("z",), "loops",
           send=for_seat(lambda s, sc, _: LayerUndone(NOW, s.seat, sc.slot)),
           foot="undo", need="layer", lockable=True),
    Action("redo", "redo what was undone", ("x",), "loops",
           send=for_seat(lambda s, sc, _: LayerRedone(NOW, s.seat, sc.slot)),
           foot="redo", need="layer", lockable=True),
    Action("clear", "clear the layer (undo brings it back)", ("c",), "loops",
           send=for_seat(lambda s, sc, _: LayerCleared(NOW, s.seat, sc.slot)),
           foot="clear", need="layer", lockable=True),
    Action("keep_that", "keep that: the player's last bars become a loop", ("space",), "loops",
           send=for_seat(lambda s, sc, _: Kept(NOW, s.seat, sc.snapshot.loop_bars)),
           foot="keep that", need="seat"),
    Action("keep_all", "keep that, of everybody", ("K",), "loops",
           send=for_room(lambda snap, _: Kept(NOW, EVERYBODY, snap.loop_bars)),
           foot="keep all", need="seat"),
    Action("shape", "change the loop: half, double, backwards, later, higher, tighter", ("X",),
           "loops", ui="choose_shape", foot="change", need="layer", lockable=True),
    Action("solo", "hear the selected loop alone, or all again", ("O",), "loops",
           send=senders.solo, foot="alone", need="layer"),
    Action("solo_player", "hear the selected player's loops alone, or all again", (), "loops",
           send=senders.solo_player),
    Action("group", "put the selected loop into a group", ("G",), "loops", ui="choose_group",
           need="layer"),
    *_GROUP_KEYS,
    Action("play_all", "play all loops that are silent now", ("P",), "loops",
           send=senders.play_all, foot="play all"),
    Action("stop_all", "all loops off at the end of the bar", ("9",), "loops",
           send=senders.stop_all, foot="all off"),
    Action("scenes", "go back to an earlier moment", ("R",), "loops", ui="choose_scene",
           foot="go back"),
    Action("name_scene", "give a name to what plays now, to come back to it", (), "loops",
           ui="name_scene"),
    Action("loop_bars", "length of new loops: 1, 2, 4 or 8 bars", ("b",), "loops",
           send=for_room(senders.next_loop_bars), foot="bars"),
    Action("long_loops", "choose the length of new loops, up to 64 bars", ("B",), "loops",
           ui="choose_loop_bars"),
    Action("free_loop", "the first loop sets the tempo, or plays in the room's tempo", (), "loops",
           send=for_room(senders.toggle_free_loop)),
    Action("quantise", "when loops start and stop: at once, beat, bar, loop", ("n",), "loops",
           send=for_room(senders.next_quantise)),
)  # fmt: skip

_PLAYERS = (
    Action("player_up", "select the player above", ("up",), "players", ui="player_up"),
    Action("player_down", "select the player below", ("down",), "players", ui="player_down"),
    Action("slot_left", "select the layer to the left", ("left",), "players", ui="slot_left"),
    Action("slot_right", "select the layer to the right", ("right",), "players", ui="slot_right"),
    Action("patch", "choose the player's sound", ("v",), "players", ui="choose_patch",
           foot="sound", need="seat"),
    Action("keymap", "choose what the player's keys mean", ("m",), "players",
           ui="choose_keymap", foot="keys", need="seat"),
    Action("mix", "the player's place: left or right, level, air and echo", ("V",), "players",
           ui="mix", foot="place", need="seat"),
    Action("octave_down", "the player's keys an octave lower", ("comma", "less_than_sign"),
           "players", send=senders.octave(-1)),
    Action("octave_up", "the player's keys an octave higher", ("slash",), "players",
           send=senders.octave(1)),
    Action("seat_louder", "the selected player louder", ("shift+up",), "players",
           send=senders.seat_level(LEVEL_STEP_DB)),
    Action("seat_softer", "the selected player softer", ("shift+down",), "players",
           send=senders.seat_level(-LEVEL_STEP_DB)),
    Action("inputs", "what is plugged in, and who plays it: move, share, learn", ("I",),
           "players", ui="inputs", foot="inputs"),
    Action("badge", "give the player another badge", ("W",), "players", ui="choose_badge",
           need="seat"),
    Action("swap", "two players change places", (), "players", ui="choose_swap", need="seat",
           lockable=True),
    Action("latch", "letter keys: ring a while, or stay until pressed again", ("l",), "players",
           send=senders.toggle_gate),
)  # fmt: skip

_ROOM = (
    Action("palette", "choose the notes that fit (root and scale)", ("p",), "room",
           ui="choose_palette", foot="notes"),
    Action("softer", "the whole room softer", ("minus",), "room",
           send=senders.room_level(-LEVEL_STEP_DB), foot="softer"),
    Action("louder", "the whole room louder", ("equals_sign", "plus"), "room",
           send=senders.room_level(LEVEL_STEP_DB), foot="louder"),
    Action("silence", "silence: everything stops at once", ("0",), "room",
           send=for_room(lambda _, __: Panicked(NOW)), foot="silence"),
    Action("lock", "lock the loops while we perform, or unlock them", ("L",), "room",
           send=for_room(senders.toggle_lock), foot="lock"),
    Action("echo", "choose how long the echo takes", ("E",), "room", ui="choose_echo"),
    Action("microphone", "the microphone on or off", ("f4",), "room",
           send=for_room(senders.toggle_microphone), foot="microphone"),
    Action("audio_tempo", "what recorded sound does at another tempo", (), "room",
           ui="choose_audio_tempo"),
    Action("ceiling", "how loud the room may become at most (the ceiling)", (), "room",
           ui="choose_ceiling"),
)  # fmt: skip

_TIME = (
    Action("tap", "tap the tempo", ("full_stop",), "time",
           send=for_room(lambda _, __: TempoTapped(NOW)), foot="tap"),
    Action("slower", "one beat a minute slower", ("left_square_bracket",), "time",
           send=senders.tempo(-1)),
    Action("faster", "one beat a minute faster", ("right_square_bracket",), "time",
           send=senders.tempo(1)),
    Action("slower_5", "five beats a minute slower", ("left_curly_bracket",), "time",
           send=senders.tempo(-5)),
    Action("faster_5", "five beats a minute faster", ("right_curly_bracket",), "time",
           send=senders.tempo(5)),
    Action("tempo", "type the tempo", ("T",), "time", ui="choose_tempo"),
    Action("metre", "choose the metre", ("M",), "time", ui="choose_metre"),
    Action("clock", "choose whose clock the room keeps", ("C",), "time", ui="choose_clock"),
    Action("clock_out", "send the room's clock to a MIDI output, or no longer", (), "time",
           ui="choose_clock_out"),
)  # fmt: skip

_CARE = (
    Action("agree_keep", "the group agrees: today is kept", ("Y",), "care",
           send=senders.answer("keep")),
    Action("agree_play", "the group agrees: play only, nothing is stored", ("N",), "care",
           send=senders.answer("play")),
    Action("mark", "mark this moment, to find it again later", ("S",), "care",
           send=for_room(lambda _, __: Marked(NOW, "")), foot="mark"),
    Action("seat_play", "the selected player: play only", (), "care",
           send=senders.seat_consent("play")),
    Action("seat_keep", "the selected player: keep for us", (), "care",
           send=senders.seat_consent("keep")),
    Action("seat_share", "the selected player: may be shared", (), "care",
           send=senders.seat_consent("share")),
    Action("room_keep", "change: today is kept", (), "care", send=senders.room_consent("keep")),
    Action("room_play", "change: today is play only", (), "care",
           send=senders.room_consent("play")),
)  # fmt: skip

_CONSOLE = (
    Action("help", "all keys on one page", ("question_mark", "f1"), "console", ui="help",
           foot="help"),
    Action("commands", "find anything by its name", ("ctrl+p",), "console", ui="commands"),
    Action("contrast", "strong contrast, or calm colours", ("f2",), "console", ui="contrast"),
    Action("layout", "choose this keyboard: QWERTY, QWERTZ, AZERTY and others", ("f3",),
           "console", ui="choose_layout"),
    Action("quit", "close the room", ("ctrl+q", "ctrl+c"), "console", ui="quit", foot="close"),
)  # fmt: skip

ACTIONS: tuple[Action, ...] = (*_LOOPS, *_PLAYERS, *_ROOM, *_TIME, *_CARE, *_CONSOLE)
BY_ID = {action.id: action for action in ACTIONS}
BOUND = frozenset(key for action in ACTIONS for key in action.keys)
