from __future__ import annotations

import pytest

from jamroom.music.scales import SCALES, Scale, scale_named

WANTED = (
    *("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian"),
    *("major pentatonic", "minor pentatonic", "blues", "harmonic minor", "hijaz", "rast"),
    *("bayati", "saba", "bhairav", "in-sen", "whole tone", "chromatic"),
)


def _rotated(cents: tuple[float, ...], start: int) -> tuple[float, ...]:
    first = cents[start]
    return tuple((step - first) % 1200.0 for step in cents[start:] + cents[:start])


def test_every_scale_music_md_asks_for_and_no_more() -> None:
    assert tuple(SCALES) == WANTED


@pytest.mark.parametrize("name", WANTED)
def test_ids_labels_and_traditions(name: str) -> None:
    scale = scale_named(name)
    assert scale.name == name == name.lower().strip()
    assert scale.label and scale.tradition


@pytest.mark.parametrize(
    ("mode", "start"),
    [
        ("dorian", 1),
        ("phrygian", 2),
        ("lydian", 3),
        ("mixolydian", 4),
        ("minor", 5),
        ("locrian", 6),
    ],
)
def test_modes_are_rotations_of_major(mode: str, start: int) -> None:
    assert scale_named(mode).cents == _rotated(scale_named("major").cents, start)


def test_pentatonics_are_rotations_of_each_other() -> None:
    major = scale_named("major pentatonic").cents
    assert scale_named("minor pentatonic").cents == _rotated(major, 4)


def test_quarter_tones_are_kept() -> None:
    with_quarters = {s.name for s in SCALES.values() if any(c % 100 for c in s.cents)}
    assert with_quarters == {"rast", "bayati", "saba"}
    rast = scale_named("rast").cents
    # Rast is the same tetrachord twice: on the root and on the fifth.
    assert [c - 700.0 for c in rast[4:]] == list(rast[:3])
    # Bayati is Rast's scale begun one step higher, but for the sixth.
    assert scale_named("bayati").cents[:5] == _rotated(rast, 1)[:5]


def test_maqamat_are_built_of_their_ajnas() -> None:
    hijaz = scale_named("hijaz").cents
    nahawand = scale_named("minor").cents[:4]
    for name in ("bayati", "hijaz"):
        assert tuple(c - 500.0 for c in scale_named(name).cents[3:]) == nahawand
    saba = scale_named("saba").cents
    assert saba[:3] == scale_named("bayati").cents[:3]
    assert tuple(c - 300.0 for c in saba[2:6]) == hijaz[:4]
    assert saba[5:] == (800.0, 1000.0)


def test_bhairav_is_the_same_four_notes_twice() -> None:
    bhairav = scale_named("bhairav").cents
    assert bhairav[:4] == (0.0, 100.0, 400.0, 500.0)
    assert tuple(c - 700.0 for c in bhairav[4:]) == bhairav[:3]


def test_in_sen_lowers_one_note_of_the_minor_pentatonic() -> None:
    in_sen, minor = (set(scale_named(name).cents) for name in ("in-sen", "minor pentatonic"))
    assert (in_sen - minor, minor - in_sen) == ({100.0}, {300.0})


def test_unknown_scale_says_what_there_is() -> None:
    with pytest.raises(ValueError, match="in-sen"):
        scale_named("klingon")


@pytest.mark.parametrize("cents", [(), (100.0,), (0.0, 300.0, 200.0), (0.0, 1200.0), (0.0, 0.0)])
def test_broken_data_is_refused(cents: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="must rise"):
        Scale("broken", "broken", cents, "nowhere")
