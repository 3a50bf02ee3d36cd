"""Keys that bend alone: MPE by its announcement, by its behaviour, and by what a profile says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.devices.mpe import Keys
from jamroom.session.inputs import AnyInput, Bend, Control, KeyDown, KeyUp, Lean

PAD = "midi:Seaboard"


def read(keys: Keys, *messages: tuple[int, ...]) -> list[AnyInput]:
    return [event for message in messages for event in keys.read(bytes(message))]


def zone(keys: Keys, manager: int, size: int) -> None:
    assert (
        read(keys, (0xB0 | manager, 101, 0), (0xB0 | manager, 100, 6), (0xB0 | manager, 6, size))
        == []
    )


def test_plain_keyboards_are_as_they_were() -> None:
    keys = Keys(PAD)
    assert read(
        keys, (0x90, 60, 100), (0x93, 62, 90), (0xE3, 127, 127), (0xD3, 5), (0x80, 60, 3)
    ) == [
        KeyDown(-1, PAD, 60, 100),
        KeyDown(-1, PAD, 62, 90),
        Bend(-1, PAD, 1.0, -1, 200.0),
        Lean(-1, PAD, -1, 5),
        KeyUp(-1, PAD, 60, 3),
    ]
    assert not keys.is_mpe


def test_an_announced_zone_bends_keys_one_by_one() -> None:
    keys = Keys(PAD)
    zone(keys, 0, 15)
    assert keys.is_mpe
    assert read(keys, (0xE1, 0, 96), (0xD1, 10), (0x91, 60, 100)) == [
        KeyDown(-1, PAD, 60, 100),
        Bend(-1, PAD, (96 * 128 - 8192) / 8191, 60, 4800.0),
        Lean(-1, PAD, 60, 10),
    ]
    assert read(keys, (0x92, 64, 90)) == [KeyDown(-1, PAD, 64, 90)]
    assert read(keys, (0xE2, 0, 0), (0xD2, 99)) == [
        Bend(-1, PAD, -1.0, 64, 4800.0),
        Lean(-1, PAD, 64, 99),
    ]
    # the manager speaks for all
    assert read(keys, (0xE0, 127, 127), (0xB0, 64, 127)) == [
        Bend(-1, PAD, 1.0, -1, 200.0),
        Control(-1, PAD, 64, 127),
    ]
    # a channel whose key is up moves nothing
    assert read(keys, (0x82, 64, 1), (0xE2, 0, 64), (0xD2, 1)) == [KeyUp(-1, PAD, 64, 1)]


def test_timbre_is_told_for_the_key_that_was_pressed_last() -> None:
    keys = Keys(PAD, mpe=True)
    assert read(keys, (0x91, 60, 9), (0x92, 62, 9), (0xB1, 74, 5), (0xB2, 74, 6))[2:] == [
        Control(-1, PAD, 74, 6)
    ]


def test_the_same_note_on_two_channels_is_two_keys_and_each_ends_by_itself() -> None:
    keys = Keys(PAD, mpe=True)
    assert read(keys, (0x91, 60, 100), (0x92, 60, 80)) == [
        KeyDown(-1, PAD, 60, 100),
        KeyDown(-1, PAD, 188, 80),
    ]
    assert read(keys, (0xE2, 0, 64), (0x81, 60, 1), (0xE2, 0, 64), (0x82, 60, 2)) == [
        Bend(-1, PAD, 0.0, 188, 4800.0),
        KeyUp(-1, PAD, 60, 1),
        Bend(-1, PAD, 0.0, 188, 4800.0),
        KeyUp(-1, PAD, 188, 2),
    ]


def test_a_third_of_the_same_takes_the_place_of_the_second() -> None:
    keys = Keys(PAD, mpe=True)
    read(keys, (0x91, 60, 1), (0x92, 60, 2))
    assert read(keys, (0x93, 60, 3)) == [KeyUp(-1, PAD, 188, 64), KeyDown(-1, PAD, 188, 3)]
    assert read(keys, (0x82, 60, 0)) == []
    assert read(keys, (0x83, 60, 0), (0x81, 60, 0)) == [
        KeyUp(-1, PAD, 188, 0),
        KeyUp(-1, PAD, 60, 0),
    ]


@pytest.mark.parametrize("manager", [0, 15])
def test_bend_range_told_on_one_member_holds_for_its_zone(manager: int) -> None:
    keys = Keys(PAD)
    zone(keys, manager, 4)
    one, other = (1, 2) if manager == 0 else (14, 13)
    read(
        keys, (0xB0 | one, 101, 0), (0xB0 | one, 100, 0), (0xB0 | one, 6, 24), (0xB0 | one, 38, 50)
    )
    read(keys, (0x90 | other, 60, 9))
    assert read(keys, (0xE0 | other, 127, 127)) == [Bend(-1, PAD, 1.0, 60, 2450.0)]


def test_a_bend_range_of_a_plain_keyboard_is_heard_too() -> None:
    keys = Keys(PAD)
    read(keys, (0xB0, 101, 0), (0xB0, 100, 0), (0xB0, 6, 12))
    assert read(keys, (0xE0, 127, 127)) == [Bend(-1, PAD, 1.0, -1, 1200.0)]
    read(keys, (0xB0, 101, 127), (0xB0, 100, 127))
    assert read(keys, (0xB0, 6, 3)) == [Control(-1, PAD, 6, 3)]


def test_two_zones_and_the_end_of_one() -> None:
    keys = Keys(PAD)
    zone(keys, 0, 7)
    zone(keys, 15, 7)
    read(keys, (0x91, 60, 1), (0x9D, 62, 1))
    assert read(keys, (0xD1, 3), (0xDD, 4), (0xDF, 5)) == [
        Lean(-1, PAD, 60, 3),
        Lean(-1, PAD, 62, 4),
        Lean(-1, PAD, -1, 5),
    ]
    zone(keys, 0, 0)
    zone(keys, 15, 0)
    assert not keys.is_mpe


def test_mpe_is_found_out_by_what_only_mpe_does() -> None:
    keys = Keys(PAD)
    read(keys, (0x91, 60, 9), (0x92, 64, 9), (0xD1, 40), (0xD2, 40))
    assert not keys.is_mpe  # two could be a split keyboard
    read(keys, (0x93, 67, 9), (0xD3, 1))
    assert keys.is_mpe
    assert read(keys, (0xD2, 50)) == [Lean(-1, PAD, 64, 50)]
    assert read(keys, (0x81, 60, 0)) == [KeyUp(-1, PAD, 60, 0)]


def test_a_profile_can_say_that_it_is_not() -> None:
    keys = Keys(PAD, mpe=False)
    zone(keys, 0, 15)
    read(keys, (0x91, 60, 9), (0x92, 64, 9), (0x93, 67, 9))
    assert read(keys, (0xD1, 40), (0xD2, 40), (0xD3, 40))[-1] == Lean(-1, PAD, -1, 40)


def test_unplugged_hands_hold_nothing() -> None:
    keys = Keys(PAD, mpe=True)
    read(keys, (0x91, 60, 100), (0xE1, 0, 0))
    keys.let_go()
    assert read(keys, (0x92, 60, 80)) == [KeyDown(-1, PAD, 60, 80)]


fingers = st.tuples(st.integers(1, 15), st.integers(60, 63), st.booleans())


@given(st.lists(fingers, max_size=80))
def test_every_key_that_went_down_comes_up_once_and_never_two_share_a_number(
    played: list[tuple[int, int, bool]],
) -> None:
    keys = Keys(PAD, mpe=True)
    down: set[int] = set()
    on: set[tuple[int, int]] = set()

    def take(message: bytes) -> None:
        for event in keys.read(message):
            if isinstance(event, KeyDown):
                assert event.key not in down
                down.add(event.key)
            elif isinstance(event, KeyUp):
                assert event.key in down
                down.discard(event.key)

    for channel, note, press in played:
        if press and (channel, note) not in on:
            on.add((channel, note))
            take(bytes((0x90 | channel, note, 50)))
        elif not press and (channel, note) in on:
            on.discard((channel, note))
            take(bytes((0x80 | channel, note, 50)))
    for channel, note in on:
        take(bytes((0x80 | channel, note, 50)))
    assert not down


@given(st.lists(st.binary(max_size=4), max_size=60), st.sampled_from([None, True, False]))
def test_no_bytes_raise(messages: list[bytes], mpe: bool | None) -> None:
    keys = Keys(PAD, mpe)
    for message in messages:
        for event in keys.read(message):
            if isinstance(event, KeyDown | KeyUp):
                assert 0 <= event.key <= 255
