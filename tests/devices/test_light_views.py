"""What lamps say about a player, as names of looks."""

from __future__ import annotations

from pathlib import Path

import pytest

from jamroom.devices.boards import Board
from jamroom.devices.controller_files import find_profile, load_controllers
from jamroom.devices.light_views import (
    LayerLight,
    LightView,
    layer_look,
    pad_looks,
    push_looks,
    view_of,
)
from jamroom.music.palette import Palette
from jamroom.session.state import (
    Content,
    Layer,
    LoopNote,
    Seat,
    Sounding,
    hold_of,
    layer_id,
    new_state,
)

PROFILES, _ = load_controllers([Path(__file__).parents[2] / "controllers"])
PROFILE = find_profile(PROFILES, "midi:LPX MIDI")
assert PROFILE is not None
BOARD = Board(PROFILE)
D_DORIAN = Palette(2, "dorian")
KEYS = tuple(range(36, 52))


def test_a_ladder_has_roots_every_octave_and_nothing_dark() -> None:
    looks = pad_looks(KEYS, LightView(D_DORIAN, "ladder"))
    assert [n for n, look in enumerate(looks) if look == "root"] == [0, 7, 14]
    assert set(looks) == {"root", "pad"}


def test_quarter_tones_are_in_their_palette() -> None:
    looks = pad_looks(KEYS, LightView(Palette(0, "rast"), "ladder"))
    assert [n for n, look in enumerate(looks) if look == "root"] == [0, 7, 14]
    assert "dark" not in looks


@pytest.mark.parametrize("keymap", ["free", "magnet"])
def test_notes_out_of_the_palette_are_dark_where_keys_are_themselves(keymap: str) -> None:
    looks = pad_looks(tuple(range(36, 48)), LightView(D_DORIAN, keymap))
    assert [n for n, look in enumerate(looks) if look == "dark"] == [1, 3, 6, 8, 10]
    assert [n for n, look in enumerate(looks) if look == "root"] == [2]


@pytest.mark.parametrize("keymap", ["drums", "walk", "phrases"])
def test_where_there_is_no_root_all_pads_look_alike(keymap: str) -> None:
    assert set(pad_looks(KEYS, LightView(D_DORIAN, keymap))) == {"pad"}


def test_a_pad_is_lit_while_it_sounds_by_hand_or_from_a_loop() -> None:
    view = LightView(D_DORIAN, "ladder", keys_on=frozenset({38}), notes_on=frozenset({52}))
    looks = pad_looks(KEYS, view)
    assert [n for n, look in enumerate(looks) if look == "sounding"] == [1, 2]


def test_while_learning_only_what_is_pressed_is_lit() -> None:
    view = LightView(D_DORIAN, "ladder", keys_on=frozenset({38}), learning=True)
    assert pad_looks(KEYS, view).count("sounding") == 1
    assert set(pad_looks(KEYS, view)) == {"dark", "sounding"}
    assert set(push_looks(BOARD, view, ())) == {"dark"}


def test_layers_show_their_states() -> None:
    look = layer_look
    assert look(None, False) == "empty"
    assert look(LayerLight(0, "armed"), False) == "armed"
    assert look(LayerLight(0, "armed"), True) == "downbeat"
    assert look(LayerLight(0, "recording", queued=True), True) == "recording"
    assert look(LayerLight(0, "playing", progress=0.5), False) == "playing"
    assert look(LayerLight(0, "playing", progress=0.01), False) == "seam"
    assert look(LayerLight(0, "playing", queued=True), False) == "queued"
    assert look(LayerLight(0, "muted", queued=True), False) == "queued"
    assert look(LayerLight(0, "overdubbing"), False) == "overdubbing"


def test_buttons_show_what_is_held_and_the_lock_darkens_what_destroys() -> None:
    names = [push.name for push in BOARD.pushes]
    free = push_looks(BOARD, LightView(D_DORIAN, "ladder"), ("undo",))
    assert free[names.index("undo")] == "held" and free[names.index("clear")] == "button"
    locked = push_looks(BOARD, LightView(D_DORIAN, "ladder", locked=True), ("undo",))
    assert locked[names.index("undo")] == locked[names.index("clear")] == "dark"
    assert locked[names.index("keep")] == "button"


def test_a_seats_view_holds_what_is_its_own() -> None:
    state = new_state()
    mine = Seat(3, "orange fox", "midi:x", "mallet", "ladder", octave=1)
    state.held = {hold_of(3, 40): (1,), hold_of(4, 41): (2,)}
    note = LoopNote(0.0, 1.0, 60, 0.0, 90, 1)
    content = Content(2, 8.0, 4.0, (note,))
    state.layers = {
        layer_id(3, 1): Layer(3, 1, "playing", (content,), 1, change="mute"),
        layer_id(4, 0): Layer(4, 0, "recording"),
    }
    state.sounding = {
        1: Sounding(3, -1, 40, 62),
        9: Sounding(3, layer_id(3, 1), -1, 60),
        10: Sounding(4, layer_id(4, 0), -1, 61),
    }
    state.locked = True
    view = view_of(state, mine, 14.25, downbeat=True)
    assert view.layers == (LayerLight(1, "playing", True, 0.28125),)
    assert view.keys_on == {40} and view.notes_on == {60}
    assert view.badge_colour == "#ff9640" and view.beat_phase == 0.25
    assert view.locked and view.downbeat and view.octave == 1
    state.solos = [layer_id(4, 0)]
    assert view_of(state, mine, 14.25, downbeat=True).layers[0].phase == "muted"
