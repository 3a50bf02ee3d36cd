"""Patch files: the shipped ones are sound, broken ones cost one sentence each."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.engine.patch_files import STILL, load_patches, shipped_patches
from jamroom.engine.patches import Patch, touch_gain
from jamroom.engine.sounds import Percussion, Struck
from jamroom.resources import resource_dir
from jamroom.toml_files import MAX_FILE_BYTES, TomlError, parse_toml


def parse_patch(text: str, file: str) -> Patch:
    return parse_toml(text, file, Patch, STILL)


GOOD = """\
name = "bell"
label = "small bell"
sentence = "It rings."
order = 5
gain_db = -3

[sound]
kind = "struck"
contact_ms = [2.0, 0.5]
partials = [
    { ratio = 1, ring_s = 2 },
    # a comment
    { ratio = 2.76, level_db = -6.0, ring_s = 1.5 },
]
"""

DRUM = """\
name = "drum"
label = "drum"
[sound]
kind = "percussion"
[[sound.strokes]]
name = "one"
notes = [36]
modes = [{ hz = 90.0 }]
[[sound.strokes]]
name = "two"
notes = [38]
modes = [{ hz = 190.0, ring_ms = 1.0 }]
"""


GUZHENG = """\
name = "slide"
label = "slide"
family = "plucked"

[sound]
kind = "plucked"
glide = { semitones = -1.0, settle_s = 0.05 }

[sound.buzz]
level_db = -6.0
drive = 0.5
"""

RAIN = """\
name = "rain"
label = "rain"
family = "textures"
[sound]
kind = "texture"
follow = 1.0
swell = { hz = 0.1, depth_db = 6.0 }
bands = [
    { low_hz = 500.0, high_hz = 5000.0 },
]
[[sound.drops]]
ratios = [1.0, 2.0]
per_s = 5.0
"""

ORGAN = """\
name = "pipes"
label = "pipes"
[sound]
kind = "sustained"
levels_db = [0.0, -6.0, -12.0]
"""


def test_the_shipped_patches_are_all_well() -> None:
    patches, errors = shipped_patches()
    assert errors == ()
    names = [patch.name for patch in patches]
    assert names[:1] == ["mallet"]
    assert {"string", "pad", "bass", "choir", "frame-drum", "shakers"} < set(names)
    assert len({patch.label for patch in patches}) == len(patches)
    assert all(patch.sentence for patch in patches)
    assert len({patch.sentence for patch in patches}) == len(patches)


def test_the_shipped_patches_are_many_and_in_families() -> None:
    patches, _ = shipped_patches()
    assert len(patches) >= 24
    families = [patch.family for patch in patches]
    assert "others" not in families
    met = list(dict.fromkeys(families))
    assert len(met) == 9
    # Browsing goes family by family: none is left and met again.
    assert [family for family in met for _ in range(families.count(family))] == families


@pytest.mark.parametrize("text", [GOOD, DRUM, GUZHENG, RAIN, ORGAN])
def test_the_examples_are_well(text: str) -> None:
    parse_patch(text, "x.toml")


def test_kits_know_the_general_midi_drums() -> None:
    for patch in shipped_patches()[0]:
        if isinstance(patch.sound, Percussion):
            notes = [note for stroke in patch.sound.strokes for note in stroke.notes]
            assert len(notes) == len(set(notes)), f"{patch.name}: two strokes on one note"
            assert {35, 36, 38, 39, 42, 46} <= set(notes)


def test_whole_numbers_are_numbers() -> None:
    patch = parse_patch(GOOD, "bell.toml")
    assert isinstance(patch.sound, Struck)
    assert patch.gain_db == -3.0
    assert patch.sound.partials[0].ring_s == 2.0


BROKEN = [
    (GUZHENG.replace("-1.0", "-13.0"), ["line 7", "semitones", "-13.0", "-12 to 12"]),
    (GUZHENG.replace("= 0.05", "= 0.0"), ["line 7", "settle_s", "0.005 to 2"]),
    (GUZHENG.replace("drive = 0.5", "drive = 1.0"), ["line 11", "drive", "0 to 0.99"]),
    (GUZHENG.replace('"plucked"\n\n', '"stringz"\n\n'), ["line 3", "'stringz'", "plucked", "bass"]),
    (GUZHENG.replace('kind = "plucked"', 'kind = "bowed"'), ["line 6", "'bowed'", "sustained"]),
    (GUZHENG.replace("drive", "drives"), ["'drives' is not a key"]),
    (GUZHENG.replace("kind =", "lean_cents = 99\nkind ="), ["line 6", "lean_cents", "0 to 60"]),
    (RAIN.replace("follow = 1.0", "follow = 1.5"), ["line 6", "follow", "0 to 1"]),
    (RAIN.replace("hz = 0.1,", "hz = 10.0,"), ["line 7", "hz", "0.02 to 9"]),
    (RAIN.replace("= 500.0", "= 5.0"), ["line 9", "low_hz", "20 to 20000"]),
    (RAIN.replace("2.0]", "200.0]"), ["line 12", "ratios[1]", "0.25 to 16"]),
    (RAIN.replace("per_s = 5.0", "per_s = 5000.0"), ["line 13", "per_s", "0.2 to 400"]),
    (RAIN[: RAIN.index("bands")], ["at least one band or drops"]),
    (ORGAN.replace("-12.0", "-120.0"), ["line 5", "levels_db[2]", "-80 to 12"]),
    (ORGAN.replace("levels_db", "drops"), ["'drops' is not a key"]),
    (DRUM.replace('kind = "percussion"', 'kind = "percussion"\nlean_semitones = 9'), ["0 to 4"]),
    (GOOD.replace("-6.0", "-600"), ["line 13", "level_db", "-600", "-80 to 12"]),
    (GOOD.replace("[2.0, 0.5]", "[2.0, 0.0]"), ["line 9", "contact_ms[1]", "0.1 to 3000"]),
    (GOOD.replace("gain_db = -3", "gain_db = 99"), ["line 5", "gain_db", "-40 to 24"]),
    (GOOD.replace("gain_db = -3", "gain_db = nan"), ["line 5", "gain_db", "nan"]),
    (GOOD.replace("gain_db = -3", 'gain_db = "loud"'), ["line 5", "gain_db"]),
    (GOOD.replace("gain_db", "gane_db"), ["'gane_db' is not a key"]),
    (GOOD.replace('"struck"', '"python"'), ["line 8", "sound.kind", "python"]),
    (GOOD.replace('name = "bell"\n', ""), ["'name' is missing"]),
    (GOOD.replace('"bell"', '"../bell"'), ["line 1", "name"]),
    (GOOD.replace("ratio = 1,", "ratio = 1, hz = 300.0,"), ["either a ratio or hz"]),
    (DRUM.replace("1.0", "0.0"), ["line 12", "ring_ms", "0.1 to 3000"]),
    (DRUM.replace("[38]", "[380]"), ["line 11", "notes", "380", "0 to 127"]),
    (DRUM.replace("modes = [{ hz = 90.0 }]\n", ""), ["at least one mode or rustle"]),
    ("name = [\nx", ["not TOML", "line 2"]),
    ("", ["'name' is missing"]),
]


@pytest.mark.parametrize(("text", "says"), BROKEN)
def test_a_broken_patch_is_one_sentence_and_the_others_load(
    tmp_path: Path, text: str, says: list[str]
) -> None:
    (tmp_path / "broken.toml").write_text(text)
    (tmp_path / "other.toml").write_text(GOOD.replace('"bell"', '"other"'))
    patches, errors = load_patches([tmp_path])
    assert [patch.name for patch in patches] == ["other"]
    (error,) = errors
    assert error.startswith("broken.toml")
    assert "\n" not in error
    for part in says:
        assert part in error


def test_files_that_are_no_text_or_far_too_long(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "b.toml").write_bytes(b"#" * (MAX_FILE_BYTES + 1))
    (tmp_path / "c.toml").mkdir()
    patches, errors = load_patches([tmp_path])
    assert patches == ()
    assert [error[:6] for error in errors] == ["a.toml", "b.toml", "c.toml"]


def test_ones_own_folder_comes_last_and_wins(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_text(GOOD.replace('"bell"', '"mallet"'))
    (tmp_path / "twin.toml").write_text(GOOD.replace('"bell"', '"mallet"'))
    patches, errors = load_patches([resource_dir("patches"), tmp_path, tmp_path / "absent"])
    (mallet,) = (patch for patch in patches if patch.name == "mallet")
    assert mallet.label == "small bell"
    (error,) = errors
    assert "twin.toml" in error and "mine.toml" in error


@given(st.text(max_size=200))
def test_any_text_is_a_patch_or_one_error(text: str) -> None:
    with pytest.raises(TomlError):
        parse_patch(text, "x.toml")


@given(
    line=st.sampled_from(["gain_db = -3", "order = 5", "contact_ms = [2.0, 0.5]"]),
    value=st.floats() | st.integers() | st.booleans(),
)
def test_any_value_is_checked(line: str, value: float) -> None:
    key = line.partition(" ")[0]
    written = str(value).lower()
    text = GOOD.replace(line, f"{key} = [2.0, {written}]" if "[" in line else f"{key} = {written}")
    try:
        patch = parse_patch(text, "x.toml")
    except TomlError as error:
        assert key in str(error)
    else:
        assert -40.0 <= patch.gain_db <= 24.0
        assert isinstance(patch.sound, Struck)
        assert 0.1 <= patch.sound.contact_ms[1] <= 3000.0


def test_touch_is_gentle_at_both_ends() -> None:
    gains = [touch_gain(velocity) for velocity in range(-3, 200)]
    assert gains == sorted(gains)
    assert min(gains) > 0.03
    assert max(gains) == 1.0
