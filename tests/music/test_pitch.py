from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.music.pitch import (
    hz_of_note,
    name_of_note,
    name_of_pitch_class,
    pitch_class_of_name,
)


def test_known_frequencies() -> None:
    assert hz_of_note(69) == 440.0
    assert hz_of_note(60) == pytest.approx(261.6255653, abs=1e-6)
    assert hz_of_note(69, a4_hz=415.0) == 415.0
    assert hz_of_note(60, 1200.0) == pytest.approx(2 * hz_of_note(60))


@given(st.integers(0, 126), st.floats(-50, 50))
def test_hundred_cents_are_a_note(note: int, cents: float) -> None:
    assert hz_of_note(note, cents + 100.0) == pytest.approx(hz_of_note(note + 1, cents))


@given(st.integers(0, 11), st.booleans())
def test_names_of_pitch_classes_round_trip(pc: int, flats: bool) -> None:
    assert pitch_class_of_name(name_of_pitch_class(pc, flats)) == pc


def test_names_of_notes() -> None:
    assert [name_of_note(note) for note in (0, 60, 61, 127)] == ["C-1", "C4", "C#4", "G9"]
    assert name_of_note(70, flats=True) == "Bb4"


@pytest.mark.parametrize(
    ("name", "pc"),
    [("Eb", 3), ("e♭", 3), (" F♯ ", 6), ("b", 11), ("bb", 10), ("EB", 3), ("Cb", 11), ("B#", 0)],
)
def test_names_as_people_type_them(name: str, pc: int) -> None:
    assert pitch_class_of_name(name) == pc


@pytest.mark.parametrize("name", ["", "H", "Ebb", "C4", "#"])
def test_what_names_no_note(name: str) -> None:
    with pytest.raises(ValueError, match="no note name"):
        pitch_class_of_name(name)
