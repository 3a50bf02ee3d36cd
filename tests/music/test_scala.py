"""Scala files and tunings that stand by themselves: any text in, a scale or one plain line out."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.capture.sessions import sessions_dir
from jamroom.music.chords import chord_degrees, chord_tones
from jamroom.music.palette import (
    Palette,
    contains,
    degree_tone,
    describe,
    fold,
    nearest,
    palette_from_text,
    period_of,
    pitch_cents,
    raised,
    tone_at,
)
from jamroom.music.scala import ScalaError, parse_scl
from jamroom.music.scales import SCALES, Scale, own_scale, scale_named
from jamroom.own_folders import own_folder
from jamroom.scale_files import load_scales, read_scale

SHIPPED = Path(__file__).parents[2] / "scales"
BP = own_scale(
    "bp", tuple(1200 * math.log2(r) for r in (1, 9 / 7, 7 / 5, 5 / 3, 9 / 5, 7 / 3)), 1901.955
)


@st.composite
def own_scales(draw: st.DrawFn) -> Scale:
    period = draw(st.floats(20.0, 4800.0))
    steps = draw(st.lists(st.floats(0.01, 0.99), max_size=40))
    rising = sorted({round(period * share, 2) for share in steps} - {0.0, round(period, 2)})
    return own_scale(draw(st.text(max_size=50)), (0.0, *rising), period)


def test_every_kind_of_line_the_format_knows() -> None:
    text = (
        "! a comment\r\nA scale: of some kind\r\n!\r\n  8 notes\r\n"
        " 81/64\r\n\t408.0\r\n!\r\n 498. cents\r\n 3/2  the fifth!\r\n1020/612\r\n1000.5 B-\r\n"
        " 11 / 6\r\n2\r\n what follows is not read\r\n"
    )
    found = parse_scl(text, "kinds.scl")
    assert found.description == "A scale: of some kind"
    assert found.note == ""
    assert found.scale.label == "kinds"
    assert found.scale.period_cents == 1200.0
    ratios = [1200 * math.log2(r) for r in (81 / 64, 1.5, 1020 / 612, 11 / 6)]
    wanted = [0.0, ratios[0], 408.0, 498.0, ratios[1], ratios[2], 1000.5, ratios[3]]
    assert found.scale.cents == pytest.approx(sorted(wanted), abs=1e-5)


def test_an_empty_description_and_no_notes_at_all() -> None:
    found = parse_scl("\n0\n", "one.scl")
    assert (found.scale.cents, found.scale.period_cents) == ((0.0,), 1200.0)


@pytest.mark.parametrize(
    ("pitches", "cents", "said"),
    [
        (("700.", "300.", "2/1"), (0.0, 300.0, 700.0), "sorted"),
        (("-100.", "1400.", "2/1"), (0.0, 200.0, 1100.0), "moved into it"),
        (("500.", "500.0", "2/1"), (0.0, 500.0), "twice"),
        (("1/1", "500.", "2/1"), (0.0, 500.0), "twice"),
        (("1200.", "500.", "2/1"), (0.0, 500.0), "moved into it"),
    ],
)
def test_what_is_out_of_order_is_put_in_order_and_told(
    pitches: tuple[str, ...], cents: tuple[float, ...], said: str
) -> None:
    found = parse_scl("\n".join(["x", str(len(pitches)), *pitches]), "odd.scl")
    assert found.scale.cents == cents
    assert found.note.startswith("odd.scl: ") and said in found.note


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "ends too early"),
        ("only words", "ends too early"),
        ("x\nseven\n", 'line 2: "seven" is not the number of notes; allowed is a whole number'),
        ("x\n-1\n", "line 2"),
        ("x\n7.5\n", "line 2"),
        ("x\n129\n", "line 2: 129 notes are too many; allowed are 0 to 128"),
        ("x\n3\n9/8\n2/1\n", "promises 3 notes, but only 2"),
        ("x\n!\n2\n!\n3/2/1\n2/1\n", 'line 5: "3/2/1" is not a pitch; allowed are cents'),
        ("x\n1\n-4\n", 'line 3: "-4" is no ratio'),
        ("x\n1\n3/-2\n", "line 3"),
        ("x\n1\n0/2\n", "line 3"),
        ("x\n2\n1/0\n2/1\n", "line 3"),
        ("x\n1\n701,955\n", "line 3"),
        ("x\n1\n$\n", "line 3"),
        ("x\n2\n\n2/1\n", "line 3"),
        ("x\n1\nnan\n", "line 3"),
        ("x\n2\n" + "9" * 400 + ".\n2/1\n", "up to 24000"),
        ("x\n2\n1e400\n" + "9" * 400 + "/3\n", "line 4"),
        ("x\n2\n100.\n-1200.\n", "line 4: the scale starts anew after -1200 cents"),
        ("x\n1\n1/1\n", "must be from 20 to 4800 cents"),
        ("x\n1\n64/1\n", "must be from 20 to 4800 cents"),
    ],
)
def test_what_is_wrong_is_told_with_file_line_and_what_is_allowed(text: str, said: str) -> None:
    with pytest.raises(ScalaError) as caught:
        parse_scl(text, "wrong.scl")
    assert said in str(caught.value)
    assert str(caught.value).startswith("wrong.scl")
    assert "\n" not in str(caught.value)


@given(st.text(alphabet="0123456789./,-+ !\n\r\tex", max_size=120) | st.text(max_size=80))
def test_any_text_gives_a_scale_or_one_line(text: str) -> None:
    try:
        scale = parse_scl(f"x\n{text}", "any.scl").scale
    except ScalaError as error:
        assert "\n" not in str(error)
    else:
        assert scale_named(scale.name).cents == scale.cents


@given(own_scales())
def test_an_id_stands_by_itself(scale: Scale) -> None:
    again = scale_named(scale.name)
    assert (again.name, again.label, again.cents, again.period_cents) == (
        *(scale.name, scale.label, scale.cents),
        scale.period_cents,
    )
    palette = Palette(3, scale.name)
    assert describe(palette) == f"Eb {scale.label}"
    assert palette_from_text(f"Eb {scale.name}") == palette


@pytest.mark.parametrize(
    "name",
    [
        *("scl:", "scl:x", "scl:x:", "scl:x:nan", "scl:x:100,inf", "scl:x:300,200,1200"),
        *("scl:x:1200,100", "scl:x:0,1200", "scl:x:-3,1200", "scl:x:10", "scl:x:5000"),
        "scl:x:" + ",".join(str(step) for step in range(1, 131)),
        "scl:x:" + "1" * 5000,
    ],
)
def test_ids_that_are_no_scale(name: str) -> None:
    with pytest.raises(ValueError, match=r"scale") as caught:
        Palette(0, name)
    assert len(str(caught.value)) < 400 or "degrees" in str(caught.value)


@given(own_scales(), st.integers(0, 11), st.integers(-40, 60), st.integers(0, 90))
def test_degrees_rise_repeat_and_belong_with_any_period(
    scale: Scale, root: int, degree: int, lowest: int
) -> None:
    palette = Palette(root, scale.name)
    tone = degree_tone(palette, degree, lowest)
    assert contains(palette, *tone)
    assert pitch_cents(degree_tone(palette, degree + 1, lowest)) > pitch_cents(tone)
    up = degree_tone(palette, degree + len(scale.cents), lowest)
    assert pitch_cents(up) - pitch_cents(tone) == pytest.approx(period_of(palette))
    assert pitch_cents(up) == pytest.approx(pitch_cents(raised(tone, 1, period_of(palette))))
    first = pitch_cents(degree_tone(palette, 0, lowest))
    assert -1.0 <= first - lowest * 100.0 < max(1200.0, period_of(palette))


@given(own_scales(), st.integers(0, 11), st.integers(0, 127))
def test_nearest_and_fold_stay_in_the_palette(scale: Scale, root: int, note: int) -> None:
    palette = Palette(root, scale.name)
    found = nearest(palette, note)
    assert 0 <= found.note <= 127
    assert contains(palette, *found)
    period = period_of(palette)
    folded = fold(degree_tone(palette, note - 60), 30, 100, period)
    assert 30 <= folded.note <= 100
    assert contains(palette, *folded)


@given(own_scales(), st.integers(0, 11), st.integers(-20, 40))
def test_chords_belong_and_stay_within_an_octave(scale: Scale, root: int, degree: int) -> None:
    palette = Palette(root, scale.name)
    pitches = [pitch_cents(tone) for tone in chord_tones(palette, degree)]
    assert 1 <= len(pitches) <= 3
    assert pitches == sorted(set(pitches))
    assert pitches[-1] - pitches[0] < 1200.0
    assert all(contains(palette, *tone_at(cents)) for cents in pitches)
    assert chord_degrees(scale.name, degree)[0] == degree


def test_every_listed_scale_is_the_same_with_its_tuning_in_its_id() -> None:
    """The general way and the octave's way agree exactly, so nothing changed for octave scales."""
    for scale in SCALES.values():
        own = own_scale(scale.label, scale.cents, 1200.0)
        for root in range(12):
            ours, theirs = Palette(root, own.name), Palette(root, scale.name)
            for degree in range(-20, 40):
                assert degree_tone(ours, degree) == degree_tone(theirs, degree)
                assert chord_tones(ours, degree) == chord_tones(theirs, degree)
            assert [nearest(ours, n) for n in range(128)] == [
                nearest(theirs, n) for n in range(128)
            ]


def test_a_twelfth_is_a_period_wherever_one_begins() -> None:
    palette = Palette(2, BP.name)
    ladder = {round(pitch_cents(degree_tone(palette, d, 48)), 3) for d in range(-40, 40)}
    keyboard = {round(pitch_cents(degree_tone(palette, d, 54)), 3) for d in range(-20, 20)}
    assert keyboard <= ladder
    assert contains(palette, 50)
    assert not contains(palette, 62)  # the octave is not in it
    assert contains(palette, 69, 1.955)


def test_shipped_scales_load_and_are_what_they_say() -> None:
    scales, problems = load_scales(SHIPPED)
    assert problems == ()
    by_label = {scale.label: scale for scale in scales}
    assert set(by_label) == {
        *("Bohlen Pierce".lower(), "just major", "pelog", "pythagorean", "quarter comma meantone"),
        *("seven limit", "slendro"),
    }
    assert by_label["just major"].cents[2] == pytest.approx(386.31371, abs=1e-5)
    assert by_label["pythagorean"].cents[2] == pytest.approx(407.82000, abs=1e-5)
    assert by_label["quarter comma meantone"].cents[4] == pytest.approx(386.31371, abs=1e-5)
    assert by_label["quarter comma meantone"].cents[7] == pytest.approx(696.57843, abs=1e-5)
    assert by_label["seven limit"].cents[6] == pytest.approx(968.82591, abs=1e-5)
    assert by_label["bohlen pierce"].period_cents == pytest.approx(1901.95500, abs=1e-5)
    assert len(by_label["bohlen pierce"].cents) == 13
    for scale in scales:
        assert scale.tradition and len(scale.name) < 400
        text = (SHIPPED / f"{scale.label.replace(' ', '-')}.scl").read_text()
        assert "Numbers:" in text


def test_a_broken_file_costs_only_itself(tmp_path: Path) -> None:
    (tmp_path / "good.scl").write_bytes(b"\xef\xbb\xbf! bom\nGut\n1\n2/1\n")
    (tmp_path / "old.SCL").write_bytes("x \x85 é\n1\n2/1\n".encode("latin-1"))
    (tmp_path / "bad.scl").write_text("x\n1\nthree\n")
    (tmp_path / "huge.scl").write_bytes(b"!" * 70000)
    (tmp_path / "folder.scl").mkdir()
    scales, problems = load_scales(tmp_path, tmp_path / "missing")
    assert [scale.label for scale in scales] == ["good", "old"]
    assert len(problems) == 3
    assert any(one.startswith("bad.scl, line 3: ") for one in problems)
    assert any(one.startswith("huge.scl: larger than 64 KB") for one in problems)
    assert any(one.startswith("folder.scl: cannot be read") for one in problems)


def test_ones_own_scale_takes_the_place_of_a_shipped_one(tmp_path: Path) -> None:
    (tmp_path / "just-major.scl").write_text("mine\n1\n3/1\n")
    scales, _ = load_scales(SHIPPED, tmp_path)
    mine = next(scale for scale in scales if scale.label == "just major")
    assert mine == read_scale(tmp_path / "just-major.scl")
    assert mine.tradition == "mine"


def test_ones_own_scales_lie_beside_the_sessions(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path))
    assert own_folder("scales") == tmp_path / "scales"
    assert sessions_dir().parent == own_folder("soundfonts").parent
