from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.devices.midi_bytes import Unplayed, bend_amount, parse_midi
from jamroom.devices.port_names import is_ours_or_loop, plain_port_name
from jamroom.session.inputs import AnyInput, Bend, Control, KeyDown, KeyUp, Lean

PAD = "midi:pad"


@pytest.mark.parametrize(
    ("message", "meaning"),
    [
        ([0x90, 60, 100], KeyDown(-1, PAD, 60, 100)),
        ([0x99, 36, 1], KeyDown(-1, PAD, 36, 1)),  # channel 10 is the same input
        ([0x90, 60, 0], KeyUp(-1, PAD, 60, 0)),
        ([0x8F, 60, 64], KeyUp(-1, PAD, 60, 64)),
        ([0xA0, 60, 77], Lean(-1, PAD, 60, 77)),
        ([0xD3, 99], Lean(-1, PAD, -1, 99)),
        ([0xB0, 64, 127], Control(-1, PAD, 64, 127)),
        ([0xE0, 0, 64], Bend(-1, PAD, 0.0)),
        ([0xE0, 127, 127], Bend(-1, PAD, 1.0)),
        ([0xE0, 0, 0], Bend(-1, PAD, -1.0)),
    ],
)
def test_what_messages_mean(message: list[int], meaning: AnyInput) -> None:
    assert parse_midi(message, PAD) == meaning


@pytest.mark.parametrize(
    "message", [[0xF8], [0xFE], [0xFF], [0xFA], [0xC0, 5], [0xF0, 1, 2, 0xF7], [0xF2, 1, 2]]
)
def test_valid_messages_that_play_nothing(message: list[int]) -> None:
    assert parse_midi(message, PAD) is Unplayed.OTHER


@pytest.mark.parametrize(
    "message",
    [[], [0x90], [0x90, 60], [0x90, 60, 100, 1], [0x90, 128, 1], [60, 100], [0x90, 60, 0x80],
     [0x90, 60, -1], [0xD0, 200], [0xC0], [256, 1, 1], [-1]],
)  # fmt: skip
def test_broken_messages_are_named_so(message: list[int]) -> None:
    assert parse_midi(message, PAD) is Unplayed.BROKEN


@given(st.lists(st.integers(min_value=-300, max_value=300), max_size=5))
def test_no_bytes_raise_and_all_values_are_in_range(message: list[int]) -> None:
    parsed = parse_midi(message, PAD)
    if isinstance(parsed, KeyDown):
        assert 0 <= parsed.key <= 127
        assert 1 <= parsed.velocity <= 127
    elif isinstance(parsed, Bend):
        assert -1.0 <= parsed.amount <= 1.0


def test_bend_rises_steadily() -> None:
    amounts = [bend_amount(wheel) for wheel in range(16384)]
    assert all(low < high for low, high in pairwise(amounts))


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("Launchpad Mini:Launchpad Mini MIDI 1 20:0", "Launchpad Mini"),
        ("Launchpad Mini:MIDI 1", "Launchpad Mini"),
        ("Launchpad Mini-01:MIDI 1", "Launchpad Mini"),
        ("nanoKEY2:nanoKEY2 nanoKEY2 _ KEYBOARD 24:0", "nanoKEY2 nanoKEY2 _ KEYBOARD"),
        ("Arturia KeyStep 37:Arturia KeyStep 37 MIDI 1 28:0", "Arturia KeyStep 37"),
        ("MPK mini 3:MPK mini 3 MIDI 2 32:1", "MPK mini 3 MIDI 2"),
        ("a2j:Launchpad Mini [20] (capture): Launchpad Mini MIDI 1", "Launchpad Mini"),
        ("Midi-Bridge:Launchpad Mini 0:(capture_0) Launchpad Mini MIDI 1", "Launchpad Mini"),
        ("Keystation 49 MK3", "Keystation 49 MK3"),
        ("system:midi_capture_1", "midi_capture_1"),
        ("Clavier é:entrée", "Clavier é entrée"),
        ("", "MIDI"),
    ],
)
def test_names_lose_what_the_system_added(port: str, name: str) -> None:
    assert plain_port_name(port) == name


@pytest.mark.parametrize(
    ("port", "ignored"),
    [
        ("jamroom in:in", True),
        ("jamroom heartbeat 12:out", True),
        ("Midi Through:Midi Through Port-0 14:0", True),
        ("a2j:Midi Through [14] (capture): Midi Through Port-0", True),
        ("Launchpad Mini:MIDI 1", False),
    ],
)
def test_our_own_ports_and_loops_are_left_alone(port: str, ignored: bool) -> None:
    assert is_ours_or_loop(port) is ignored
