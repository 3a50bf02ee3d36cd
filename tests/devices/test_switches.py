"""A pedal alone is an instrument; a pianist's pedal stays a pedal."""

from __future__ import annotations

import pytest

from jamroom.devices.switches import PRESSES_OF_A_BUTTON, SwitchSense, Verdict


def press_pedal(sense: SwitchSense, controller: int = 64) -> tuple[Verdict, Verdict]:
    return sense.control(controller, 127), sense.control(controller, 0)


def test_after_two_presses_without_a_note_a_pedal_is_a_switch() -> None:
    sense = SwitchSense()
    for _ in range(2):
        down, up = press_pedal(sense)
        assert down.key == up.key == -1
    assert sense.is_switch and up.changed
    down, up = press_pedal(sense)
    assert (down.key, down.down) == (36, True)
    assert (up.key, up.down) == (36, False)


def test_the_first_note_makes_it_a_pedal_for_good() -> None:
    sense = SwitchSense()
    press_pedal(sense)
    press_pedal(sense)
    sense.control(64, 127)
    verdict = sense.note_on(60, 80)
    assert verdict.ended == (36,) and verdict.changed and verdict.key == -1
    for _ in range(10):
        assert {v.key for v in press_pedal(sense)} == {-1}
    assert not sense.is_switch


@pytest.mark.parametrize("velocity", [1, 80, 127])
def test_a_pianist_is_never_taken_for_a_switch(velocity: int) -> None:
    sense = SwitchSense()
    sense.note_on(60, velocity)
    sense.note_off(60)
    for _ in range(10):
        assert {v.key for v in press_pedal(sense)} == {-1}
    assert not sense.is_switch


def test_one_press_and_a_note_is_a_pianist() -> None:
    sense = SwitchSense()
    press_pedal(sense)
    sense.control(64, 127)
    sense.note_on(60, 127)
    sense.note_off(60)
    sense.control(64, 0)
    press_pedal(sense)
    assert not sense.is_switch


def test_half_pedalling_is_one_press() -> None:
    sense = SwitchSense()
    for value in (10, 40, 70, 100, 127, 90, 70, 65):
        assert sense.control(64, value).key == -1
    sense.control(64, 20)
    assert not sense.is_switch
    press_pedal(sense)
    assert sense.is_switch


def test_two_buttons_are_two_keys() -> None:
    sense = SwitchSense()
    press_pedal(sense, 80)
    press_pedal(sense, 81)
    assert press_pedal(sense, 80)[0].key == 36
    assert press_pedal(sense, 81)[0].key == 37


def test_knobs_and_button_boxes_are_no_switches() -> None:
    sense = SwitchSense()
    for value in (0, 30, 127, 90, 0, 60, 127, 0, 127, 0):
        assert sense.control(7, value).key == -1
    assert not sense.is_switch
    for controller in (20, 21, 22):
        press_pedal(sense, controller)
    for controller in (20, 21, 22):
        assert press_pedal(sense, controller)[0].key == -1
    assert not sense.is_switch


def test_mode_messages_are_not_feet() -> None:
    sense = SwitchSense()
    for _ in range(5):
        press_pedal(sense, 123)
    assert not sense.is_switch


def test_a_button_that_sends_one_note_is_a_switch_after_a_while() -> None:
    sense = SwitchSense()
    for _ in range(PRESSES_OF_A_BUTTON):
        assert sense.note_on(60, 127).key == -1
        sense.note_off(60)
    assert sense.is_switch
    assert sense.note_on(60, 127).key == 36
    assert sense.note_off(60).key == 36
    assert sense.note_on(61, 127).key == 37
    other = sense.note_on(62, 127)
    assert other.changed and other.ended == (37,) and not sense.is_switch


@pytest.mark.parametrize("velocities", [[127] * 7 + [126], [80] * 20])
def test_one_key_played_by_a_hand_is_no_switch(velocities: list[int]) -> None:
    sense = SwitchSense()
    for velocity in velocities:
        sense.note_on(60, velocity)
        sense.note_off(60)
    for _ in range(20):
        sense.note_on(60, 127)
        sense.note_off(60)
    assert not sense.is_switch


def test_what_is_known_to_be_a_switch_plays_at_once() -> None:
    sense = SwitchSense(sure=True)
    assert sense.control(64, 100).key == 36
    assert sense.control(64, 0).key == 36
    assert sense.note_on(5, 1).key == 37
    assert sense.note_off(5).key == 37
    assert sense.control(20, 127).key == -1
    assert sense.is_switch


def test_unplugged_with_the_foot_down() -> None:
    sense = SwitchSense()
    press_pedal(sense)
    press_pedal(sense)
    sense.control(64, 127)
    sense.unplugged()
    assert sense.control(64, 127) == Verdict(36, True)


def test_a_pad_that_is_hit_for_long_stays_a_pad() -> None:
    sense = SwitchSense(by_notes=False)
    for _ in range(20):
        assert sense.note_on(36, 127).key == -1
        sense.note_off(36)
    assert not sense.is_switch
