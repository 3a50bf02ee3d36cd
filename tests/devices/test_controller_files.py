"""Profiles of controllers: those that ship, and what a broken one is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from jamroom.devices.boards import Board
from jamroom.devices.controller_files import (
    STILL,
    Looks,
    Profile,
    exact_pattern,
    find_profile,
    load_controllers,
)
from jamroom.devices.lamp_codes import paint, shade_of
from jamroom.devices.port_names import plain_port_name
from jamroom.toml_files import TomlError, parse_toml

SHIPPED = Path(__file__).parents[2] / "controllers"
PROFILES, PROBLEMS = load_controllers([SHIPPED])
LIT = [profile for profile in PROFILES if profile.has_lights]
LAUNCHPAD = "midi:Launchpad Mini MK3 LPMiniMK3 MI"


def test_every_shipped_profile_loads_and_says_where_it_comes_from() -> None:
    assert PROBLEMS == ()
    assert len(PROFILES) == len(list(SHIPPED.glob("*.toml"))) >= 16
    assert all(profile.source and profile.checked for profile in PROFILES)


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("Launchpad Mini MK3 LPMiniMK3 MI", "Launchpad Mini Mk3"),
        ("Launchpad X LPX MIDI", "Launchpad X"),
        ("Launchpad Pro MK3 LPProMK3 MIDI", "Launchpad Pro Mk3"),
        ("APC mini mk2 Control", "APC mini mk2"),
        ("MPD218 Port A", "MPD218"),
        ("MPK mini 3", "MPK mini mk3"),
        ("Minilab3 MIDI", "MiniLab 3"),
        ("KeyLab mkII 61", "KeyLab mk2"),
        ("Arturia KeyLab Essential 49", "KeyLab Essential"),
        ("nanoPAD2 PAD", "nanoPAD2"),
        ("nanoKEY2 KEYBOARD", "nanoKEY2"),
        ("Seaboard BLOCK", "MPE keyboard"),
        ("Osmose", "MPE keyboard"),
        ("USB Keystation 61es", "Keyboard"),
        ("Launchpad Mini MK3 LPMiniMK3 DA", "Port for recording programs"),
    ],
)
def test_a_port_is_known_by_its_name_also_the_second_of_a_kind(port: str, name: str) -> None:
    for input_id in (f"midi:{port}", f"midi:{port} #2"):
        profile = find_profile(PROFILES, input_id)
        assert profile is not None and profile.name == name


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("Launchpad Mini MK3:Launchpad Mini MK3 LPMiniMK3 MI 24:1", "Launchpad Mini Mk3"),
        ("Launchpad Mini MK3:Launchpad Mini MK3 LPMiniMK3 DA 24:0", "Port for recording programs"),
        ("APC mini mk2:APC mini mk2 APC mini mk2 Contr 28:0", "APC mini mk2"),
        ("MPK mini 3:MPK mini 3 MIDI 1 32:0", "MPK mini mk3"),
        ("Minilab3:Minilab3 Minilab3 MIDI 20:0", "MiniLab 3"),
        ("Minilab3:Minilab3 Minilab3 MCU/HUI 20:2", "Port for recording programs"),
        ("KeyLab Essential 61:KeyLab Essential 61 DAW 20:1", "Port for recording programs"),
        ("KeyLab Essential 61:KeyLab Essential 61 MIDI 20:0", "KeyLab Essential"),
        ("a2j:nanoPAD2 [20] (capture): nanoPAD2 MIDI 1", "nanoPAD2"),
    ],
)
def test_ports_are_known_by_the_names_that_systems_give(port: str, name: str) -> None:
    profile = find_profile(PROFILES, f"midi:{plain_port_name(port)}")
    assert profile is not None and profile.name == name


def test_an_interface_with_eight_sockets_is_no_grid_of_eight_rows() -> None:
    for port in ("MOTU Midi Express 8x8", "MIDISPORT 4x4 Port 1", "MIDIFACE 8x8 MIDI 1"):
        assert find_profile(PROFILES, f"midi:{port}") is None


def test_what_is_unknown_stays_unknown() -> None:
    assert find_profile(PROFILES, "midi:Launchpad Mini") is None
    assert find_profile(PROFILES, "keys:nanoPAD2") is None


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_pads_and_buttons_do_not_share_a_message(profile: Profile) -> None:
    board = Board(profile)
    places = [(place.at.kind, place.at.number) for place in (*board.pads, *board.pushes)]
    assert len(places) == len(set(places))
    assert all(36 <= pad.key <= 127 for pad in board.pads)


@pytest.mark.parametrize("profile", LIT, ids=lambda profile: profile.name)
def test_states_of_a_layer_can_be_told_apart(profile: Profile) -> None:
    """On the lamps of the layers' buttons: each pair differs at some moment of two beats."""
    lamp = profile.lamps[next(b.lamp for b in profile.buttons if b.does == "layer")]
    states = ("empty", "armed", "downbeat", "recording", "playing", "muted", "queued")
    seen = {
        state: tuple(paint(lamp, state, "#ff8640", phase / 8) for phase in range(8))
        for state in states
    }
    assert len(set(seen.values())) == len(states)


@pytest.mark.parametrize("profile", LIT, ids=lambda profile: profile.name)
def test_pads_out_of_the_palette_are_dark_and_roots_differ(profile: Profile) -> None:
    lamp = profile.lamps[next(pads.lamp for pads in profile.pads)]
    looks = {look: paint(lamp, look, "#ff8640", 0.0) for look in ("dark", "pad", "root")}
    assert len(set(looks.values())) == 3
    assert looks["dark"].colour == 0 and looks["dark"].rgb is None


@pytest.mark.parametrize("profile", LIT, ids=lambda profile: profile.name)
def test_armed_queued_and_recording_move_without_colour(profile: Profile) -> None:
    for lamp in profile.lamps.values():
        for look in ("armed", "queued", "recording"):
            shade = shade_of(lamp.looks, look)
            moves = shade.blinks or shade.channel is not None or shade.colour == 2
            assert moves, look


def test_a_look_that_is_left_out_borrows_the_nearest() -> None:
    text = 'name="x"\nmatch=["x"]\nchecked="no"\n[lamps.a.looks]\nplaying={colour=21}\n'
    looks = parse_toml(text, "x.toml", Profile, STILL).lamps["a"].looks
    assert shade_of(looks, "seam").colour == 21
    assert shade_of(looks, "held").colour == 21
    assert {shade_of(looks, look).colour for look in ("root", "recording", "muted")} == {0}
    for look in Looks.__struct_fields__:
        assert shade_of(looks, look) is not None  # type: ignore[arg-type]


HEAD = 'name = "x"\nmatch = ["x"]\nchecked = "no"\n'


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (HEAD + "[[pads]]\nfirst = 200\n", ("line 5", "pads[0].first", "200", "0 to 127")),
        (HEAD + "[[pads]]\n\n[[pads]]\nchannel = 17\n", ("line 7", "17", "1 to 16")),
        (HEAD + 'at_connect = ["F0 80 F7"]\n', ("line 4", "system exclusive", "F0 80 F7")),
        (HEAD + '[[buttons]]\ndoes = "dance"\nnumbers = [1]\n', ("line 5", "dance")),
        (HEAD + '[[buttons]]\ndoes = "undo"\n', ("numbers", "missing")),
        (HEAD + "colur = 1\n", ("colur", "not a key")),
        (HEAD + '[[pads]]\nlamp = "light"\n', ("lamps.light",)),
        (HEAD + "[[pads]]\nfirst = 100\ncolumns = 16\nrows = 2\nup = 16\n", ("0 to 127",)),
        (HEAD + "[lamps.a.looks]\nroot = { colour = 128 }\n", ("line 5", "128", "0 to 127")),
        (HEAD + '[lamps.a.looks]\nroot = { rgb = "#ff0000" }\n', ("'root'", "rgb")),
        (HEAD + "[lamps.a.looks]\nroot = { blinks = 1 }\n", ("'root'", "neither")),
        (HEAD + '[[buttons]]\ndoes="layer"\nnumbers=[1,2]\nslot=7\n', ("8 layers",)),
        ("name = \n", ("not TOML", "line 1")),
        ("name = 'x'\nchecked = 'no'\n", ("match", "missing")),
        (HEAD + "row_step = nan\n", ("line 4", "row_step")),
    ],
)
def test_a_broken_profile_names_the_place_and_what_is_allowed(
    text: str, says: tuple[str, ...]
) -> None:
    with pytest.raises(TomlError) as error:
        parse_toml(text, "mine.toml", Profile, STILL)
    told = str(error.value)
    assert told.startswith("mine.toml") and told.endswith(STILL) and "\n" not in told
    assert all(word in told for word in says), told


def test_a_broken_file_leaves_the_others_and_the_users_own_comes_first(tmp_path: Path) -> None:
    (tmp_path / "broken.toml").write_text("name = 3\n")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    (tmp_path / "large.toml").write_text("#" * 70_000)
    (tmp_path / "own.toml").write_text('name="own"\nmatch=["*lpminimk3 mi*"]\nchecked="me"\n')
    profiles, problems = load_controllers([SHIPPED, tmp_path, tmp_path / "nowhere"])
    assert [problem.split(".toml")[0] for problem in problems] == ["binary", "broken", "large"]
    own = find_profile(profiles, LAUNCHPAD)
    assert own is not None and own.name == "own"
    assert len(profiles) == len(PROFILES) + 1


def test_a_pattern_for_one_name_matches_that_name_only() -> None:
    profile = Profile(name="x", match=(exact_pattern("Pad [1] *?"),), checked="no")
    assert profile.matches("Pad [1] *?")
    assert not profile.matches("Pad 1 ab")
