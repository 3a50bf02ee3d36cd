"""From what devices send to what their players meant, and back to rest."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.devices.boards import Pad
from jamroom.devices.controller_files import load_controllers
from jamroom.devices.controllers import Controllers
from jamroom.devices.midi_bytes import Unplayed, parse_midi
from jamroom.session.inputs import (
    AnyInput,
    Bend,
    Button,
    Control,
    InputGone,
    KeyDown,
    KeyUp,
    Lean,
)

PROFILES, _ = load_controllers([Path(__file__).parents[2] / "controllers"])
LAUNCHPAD = "midi:Launchpad Mini MK3 LPMiniMK3 MI"
MPK = "midi:MPK mini 3"
PLAIN = "midi:Something Nobody Knows"
PEDAL = "midi:Foot Thing"


class House:
    """Controllers with a room that only remembers what it heard."""

    def __init__(self, folder: Path | None = None) -> None:
        self.heard: list[AnyInput] = []
        self.sent: list[tuple[str, bytes]] = []
        self.keymaps: list[tuple[str, str]] = []
        self.reachable = True
        self.controllers = Controllers(
            PROFILES,
            lambda _, said: self.heard.append(said),
            self.send,
            folder,
            lambda *told: self.keymaps.append(told),
        )

    def send(self, output: str, message: bytes) -> bool:
        if self.reachable:
            self.sent.append((output, message))
        return self.reachable

    def pads(self, input_id: str) -> tuple[Pad, ...]:
        board = self.controllers.surfaces()[input_id].board
        assert board is not None
        return board.pads

    def says(self, input_id: str, *message: int) -> list[AnyInput]:
        """What the room hears when a device sends this."""
        before = len(self.heard)
        parsed = parse_midi(message, input_id)
        assert not isinstance(parsed, Unplayed)
        self.controllers.heard(7, parsed, (message[0] & 0x0F) + 1)
        return self.heard[before:]


@pytest.fixture
def house() -> House:
    return House()


def down(input_id: str, key: int, velocity: int = 99) -> KeyDown:
    return KeyDown(-1, input_id, key, velocity)


def up(input_id: str, key: int, velocity: int = 0) -> KeyUp:
    return KeyUp(-1, input_id, key, velocity)


def test_pads_of_a_grid_are_keys_from_36_in_steps_of_a_row(house: House) -> None:
    assert house.says(LAUNCHPAD, 0x90, 11, 99) == [down(LAUNCHPAD, 36)]
    assert house.says(LAUNCHPAD, 0x90, 11, 0) == [up(LAUNCHPAD, 36)]
    assert house.says(LAUNCHPAD, 0x90, 18, 99) == [down(LAUNCHPAD, 43)]
    assert house.says(LAUNCHPAD, 0x90, 88, 99) == [down(LAUNCHPAD, 36 + 7 * 3 + 7)]
    assert house.controllers.first_keymap(LAUNCHPAD) == "ladder"


def test_two_pads_that_are_one_key_sound_until_both_are_up(house: House) -> None:
    assert house.says(LAUNCHPAD, 0x90, 14, 99) == [down(LAUNCHPAD, 39)]
    assert house.says(LAUNCHPAD, 0x90, 21, 50) == [down(LAUNCHPAD, 39, 50)]
    assert house.says(LAUNCHPAD, 0x80, 14, 0) == []
    assert house.says(LAUNCHPAD, 0x80, 21, 3) == [up(LAUNCHPAD, 39, 3)]


def test_buttons_ask_for_layers_and_for_what_is_done_with_them(house: House) -> None:
    assert house.says(LAUNCHPAD, 0xB0, 93, 127) == [Button(-1, LAUNCHPAD, "layer", 2)]
    assert house.says(LAUNCHPAD, 0xB0, 93, 0) == []
    assert house.says(LAUNCHPAD, 0xB0, 89, 127) == [Button(-1, LAUNCHPAD, "keep")]
    assert house.says(LAUNCHPAD, 0xB0, 89, 0) == []


@pytest.mark.parametrize(("number", "name"), [(79, "overdub"), (59, "clear"), (49, "solo")])
def test_a_held_button_says_what_a_layers_button_means(
    house: House, number: int, name: Any
) -> None:
    assert house.says(LAUNCHPAD, 0xB0, number, 127) == []
    assert house.controllers.surfaces()[LAUNCHPAD].modifiers == (name,)
    assert house.says(LAUNCHPAD, 0xB0, 91, 127) == [Button(-1, LAUNCHPAD, name, 0)]
    assert house.says(LAUNCHPAD, 0xB0, 91, 0) == []
    assert house.says(LAUNCHPAD, 0xB0, number, 0) == []
    assert house.says(LAUNCHPAD, 0xB0, 91, 127) == [Button(-1, LAUNCHPAD, "layer", 0)]


def test_undo_alone_is_of_the_layer_asked_for_last_and_clear_alone_does_nothing(
    house: House,
) -> None:
    for number in (69, 59):
        assert house.says(LAUNCHPAD, 0xB0, number, 127) == []
        assert house.says(LAUNCHPAD, 0xB0, number, 0) == []
    house.says(LAUNCHPAD, 0xB0, 94, 127)
    house.says(LAUNCHPAD, 0xB0, 69, 127)
    assert house.says(LAUNCHPAD, 0xB0, 69, 0) == [Button(-1, LAUNCHPAD, "undo", 3)]
    house.says(LAUNCHPAD, 0xB0, 59, 127)
    assert house.says(LAUNCHPAD, 0xB0, 59, 0) == []


def test_pads_beside_keys_are_told_apart_by_their_channel(house: House) -> None:
    assert house.says(MPK, 0x90, 40, 99) == [down(MPK, 40)]
    assert house.says(MPK, 0x99, 40, 99) == [Button(-1, MPK, "layer", 4)]
    assert house.says(MPK, 0x89, 40, 0) == []
    assert house.says(MPK, 0x80, 40, 0) == [up(MPK, 40)]
    house.controllers.heard(7, down(MPK, 40))  # the channel is not known: a key
    assert house.heard[-1] == down(MPK, 40)


def test_what_nobody_should_hear_is_not_heard(house: House) -> None:
    apc = "midi:APC mini mk2 Control"
    assert house.says(apc, 0x90, 122, 127) == house.says(apc, 0x80, 122, 0) == []
    assert house.says(apc, 0xB0, 48, 64) == []
    assert house.says("midi:Launchpad Mini MK3 LPMiniMK3 DA", 0x90, 60, 99) == []


@given(st.lists(st.tuples(st.integers(0x80, 0xEF), st.integers(0, 127), st.integers(0, 127))))
def test_what_is_unknown_passes_unchanged(messages: list[tuple[int, int, int]]) -> None:
    """Once it has played a note at a human velocity, everything but second releases."""
    house = House()
    house.says(PLAIN, 0x90, 0, 1)
    house.says(PLAIN, 0x80, 0, 0)
    for message in messages:
        kind = message[0] & 0xF0
        if kind in (0x80, 0x90):
            continue
        size = 2 if kind in (0xC0, 0xD0) else 3
        if kind != 0xC0:
            assert len(house.says(PLAIN, *message[:size])) == 1
    assert house.says(PLAIN, 0x90, 60, 99) == [down(PLAIN, 60)]
    assert house.says(PLAIN, 0xA0, 60, 5) == [Lean(-1, PLAIN, 60, 5)]
    assert house.says(PLAIN, 0xE0, 0, 64) == [Bend(-1, PLAIN, 0.0)]
    assert house.says(PLAIN, 0x80, 60, 9) == [up(PLAIN, 60, 9)]
    assert house.says(PLAIN, 0x80, 60, 9) == [up(PLAIN, 60, 9)]
    assert house.controllers.profile_of(PLAIN) is None
    assert house.controllers.first_keymap(PLAIN) is None


def test_what_is_no_controller_passes_untouched(house: House) -> None:
    for said in (down("keys:low", 3), Control(-1, "play:etude#1", 64, 127)):
        house.controllers.heard(1, said)
        assert house.heard[-1] is said


def test_pressure_goes_to_the_key_that_the_pad_is(house: House) -> None:
    house.says(LAUNCHPAD, 0x90, 21, 99)
    assert house.says(LAUNCHPAD, 0xA0, 21, 64) == [Lean(-1, LAUNCHPAD, 39, 64)]
    assert house.says(LAUNCHPAD, 0xD0, 50) == [Lean(-1, LAUNCHPAD, -1, 50)]


def test_unplugged_with_pads_down_is_gone_and_comes_back_clean(house: House) -> None:
    house.controllers.came(LAUNCHPAD)
    first = house.controllers.surfaces()[LAUNCHPAD].painting
    house.says(LAUNCHPAD, 0x90, 14, 99)
    house.says(LAUNCHPAD, 0xB0, 69, 127)
    house.controllers.heard(9, InputGone(-1, LAUNCHPAD))
    assert house.heard[-1] == InputGone(-1, LAUNCHPAD)
    surface = house.controllers.surfaces()[LAUNCHPAD]
    assert not surface.present and surface.modifiers == ()
    house.controllers.came(LAUNCHPAD)
    assert surface.painting == first + 1
    assert house.says(LAUNCHPAD, 0x90, 21, 99) == [down(LAUNCHPAD, 39)]
    assert house.says(LAUNCHPAD, 0x90, 21, 0) == [up(LAUNCHPAD, 39)]


def test_here_tells_who_came_and_who_went(house: House) -> None:
    house.controllers.here([LAUNCHPAD, MPK])
    house.controllers.here([LAUNCHPAD, MPK])
    assert {s.painting for s in house.controllers.surfaces().values()} == {1}
    house.controllers.here([MPK])
    assert not house.controllers.surfaces()[LAUNCHPAD].present


def test_a_device_is_left_as_it_was_found(house: House) -> None:
    live = bytes.fromhex("F0 00 20 29 02 0D 0E 00 F7")
    house.controllers.here([LAUNCHPAD, PLAIN])
    house.controllers.close()
    house.controllers.close()
    assert house.sent == [(LAUNCHPAD, live)]


def test_mpe_and_lights_are_known(house: House) -> None:
    profile = house.controllers.profile_of("midi:Seaboard RISE 25")
    assert profile is not None and profile.mpe
    assert house.controllers.has_lights(LAUNCHPAD)
    assert not house.controllers.has_lights(MPK)
    assert not house.controllers.has_lights(PLAIN)


# -- switches ------------------------------------------------------------------------------------


def tread(house: House, input_id: str = PEDAL) -> list[AnyInput]:
    return house.says(input_id, 0xB0, 64, 127) + house.says(input_id, 0xB0, 64, 0)


def test_a_pedal_alone_walks_from_its_third_press(house: House) -> None:
    pedal = [Control(-1, PEDAL, 64, 127), Control(-1, PEDAL, 64, 0)]
    assert tread(house) == pedal
    assert house.controllers.first_keymap(PEDAL) is None
    assert tread(house) == pedal
    assert house.controllers.first_keymap(PEDAL) == "walk"
    assert house.keymaps == [(PEDAL, "walk")]
    assert tread(house) == [down(PEDAL, 36, 100), up(PEDAL, 36)]


def test_a_note_makes_it_a_pedal_again_and_ends_what_it_played(house: House) -> None:
    tread(house)
    tread(house)
    house.says(PEDAL, 0xB0, 64, 127)
    assert house.says(PEDAL, 0x90, 60, 80) == [up(PEDAL, 36), down(PEDAL, 60, 80)]
    assert house.says(PEDAL, 0xB0, 64, 0) == [Control(-1, PEDAL, 64, 0)]
    assert tread(house) == [Control(-1, PEDAL, 64, 127), Control(-1, PEDAL, 64, 0)]
    assert house.keymaps == [(PEDAL, "walk"), (PEDAL, "white")]
    assert house.controllers.first_keymap(PEDAL) is None


def test_a_switch_that_is_replugged_is_still_one(house: House) -> None:
    tread(house)
    tread(house)
    house.controllers.heard(9, InputGone(-1, PEDAL))
    assert tread(house) == [down(PEDAL, 36, 100), up(PEDAL, 36)]


def test_a_pedal_at_a_keyboard_we_know_is_its_pedal(house: House) -> None:
    for _ in range(4):
        assert tread(house, "midi:nanoKEY2 KEYBOARD") == [
            Control(-1, "midi:nanoKEY2 KEYBOARD", 64, 127),
            Control(-1, "midi:nanoKEY2 KEYBOARD", 64, 0),
        ]


def test_a_device_that_calls_itself_a_switch_plays_at_once(house: House) -> None:
    switch = "midi:AirTurn BT-105"
    assert house.controllers.first_keymap(switch) == "walk"
    assert house.says(switch, 0xB0, 80, 127) == [down(switch, 36, 100)]
    assert house.says(switch, 0xB0, 81, 127) == [down(switch, 37, 100)]
    assert house.says(switch, 0xB0, 80, 0) == [up(switch, 36)]
    assert house.says(switch, 0xB0, 81, 0) == [up(switch, 37)]


# -- whatever happens ----------------------------------------------------------------------------

_NUMBERS = st.sampled_from([11, 14, 21, 24, 60, 64, 69, 91, 93])
_ACTS = st.one_of(
    st.tuples(st.just(0x90), _NUMBERS, st.sampled_from([0, 1, 99, 127])),
    st.tuples(st.just(0x80), _NUMBERS, st.just(64)),
    st.tuples(st.just(0xB0), _NUMBERS, st.sampled_from([0, 63, 64, 127])),
    st.sampled_from(["learn", "end", "replug"]),
)


@given(st.sampled_from([LAUNCHPAD, MPK, PLAIN, "midi:AirTurn"]), st.lists(_ACTS, max_size=60))
def test_every_key_that_went_down_comes_up(input_id: str, acts: list[Any]) -> None:
    """Through learning, replugs, switches and two pads that are one key."""
    house = House()
    for act in acts:
        if act == "learn":
            house.controllers.learn(input_id)
        elif act == "end":
            house.controllers.learn("")
        elif act == "replug":
            house.controllers.heard(1, InputGone(-1, input_id))
        else:
            house.says(input_id, *act)
    house.controllers.learn("")
    for number in range(128):
        house.says(input_id, 0xB0, number, 0)
        house.says(input_id, 0x80, number, 0)
    sounding: set[int] = set()
    for said in house.heard:
        if isinstance(said, KeyDown):
            sounding.add(said.key)
        elif isinstance(said, KeyUp):
            sounding.discard(said.key)
        elif isinstance(said, InputGone):
            sounding.clear()
    assert not sounding
    assert house.controllers.surfaces()[input_id].modifiers == ()


def test_after_all_notes_off_a_pad_of_the_same_key_ends_its_note() -> None:
    """Two pads may be one key; one that All Notes Off let go must not keep the other sounding."""
    house = House()
    (down,) = house.says(LAUNCHPAD, 0x90, 26, 99)
    house.says(LAUNCHPAD, 0xB0, 123, 0)
    same = [pad for pad in house.pads(LAUNCHPAD) if pad.key == down.key]  # type: ignore[union-attr]
    assert len(same) > 1
    for pad in same:
        house.says(LAUNCHPAD, 0x90, pad.at.number, 99)
        ended = house.says(LAUNCHPAD, 0x80, pad.at.number, 0)
        assert [type(event) for event in ended] == [KeyUp]


def test_a_key_that_changes_to_mpe_while_it_is_held_is_let_go() -> None:
    """It began on a channel that counted, and ends on one that does not (0)."""
    house = House()
    down = KeyDown(-1, LAUNCHPAD, 26, 99)
    house.controllers.heard(7, down, 3)
    house.controllers.heard(7, KeyUp(-1, LAUNCHPAD, 26, 0), 0)
    assert [type(event) for event in house.heard] == [KeyDown, KeyUp]
    assert house.heard[0].key == house.heard[1].key  # type: ignore[union-attr]
