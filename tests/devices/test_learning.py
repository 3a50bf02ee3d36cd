"""Learning what no profile knows, keeping it, and learning it anew."""

from __future__ import annotations

from pathlib import Path

from jamroom.devices.boards import Physical
from jamroom.devices.controller_files import STILL, Profile, find_profile, load_controllers
from jamroom.devices.controllers import Controllers
from jamroom.devices.learning import MOST_PADS, Learner, profile_text, save_learned
from jamroom.devices.midi_bytes import Unplayed, parse_midi
from jamroom.devices.mpe import Keys
from jamroom.session.inputs import AnyInput, Control, InputGone, KeyDown, KeyUp
from jamroom.toml_files import parse_toml

NANO = "midi:Nano"


class House:
    def __init__(self, folder: Path | None) -> None:
        self.heard: list[AnyInput] = []
        self.keymaps: list[tuple[str, str]] = []
        profiles, problems = load_controllers([folder] if folder else [])
        assert problems == ()
        self.controllers = Controllers(
            profiles,
            lambda _, said: self.heard.append(said),
            lambda _output, _message: True,
            folder,
            lambda *told: self.keymaps.append(told),
        )

    def says(self, *message: int, input_id: str = NANO) -> list[AnyInput]:
        before = len(self.heard)
        parsed = parse_midi(message, input_id)
        assert not isinstance(parsed, Unplayed)
        self.controllers.heard(7, parsed, (message[0] & 0x0F) + 1)
        return self.heard[before:]

    def tap(self, *notes: int) -> list[AnyInput]:
        heard: list[AnyInput] = []
        for note in notes:
            heard += self.says(0x90, note, 99) + self.says(0x80, note, 0)
        return heard


def test_press_the_pads_in_order_then_the_first_again(tmp_path: Path) -> None:
    house = House(tmp_path)
    assert house.controllers.learn(NANO) == "Nano: press its pads in order, from low to high"
    assert house.tap(70, 50, 61, 50) == []
    assert house.controllers.status == (
        "Nano: 3 pads so far; press them in order, then the first one again"
    )
    assert house.controllers.learning == NANO
    assert house.tap(70) == []
    assert house.controllers.status == house.controllers.learning == ""
    assert house.controllers.take_notice() == "Nano: 3 pads learned and kept in nano.toml"
    assert house.controllers.take_notice() == ""
    assert house.keymaps == [(NANO, "ladder")]
    downs = [said for said in house.tap(70, 50, 61) if isinstance(said, KeyDown)]
    assert [said.key for said in downs] == [36, 37, 38]


def test_what_was_learned_is_there_after_a_restart(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.controllers.learn(NANO)
    house.tap(70, 50)
    house.says(0xB5, 20, 127)
    house.says(0xB5, 20, 0)
    house.tap(70)
    again = House(tmp_path)
    assert again.controllers.first_keymap(NANO) == "ladder"
    assert again.controllers.first_keymap(f"{NANO} #2") == "ladder"
    assert again.says(0x90, 50, 9) == [KeyDown(-1, NANO, 37, 9)]
    assert again.says(0xB5, 20, 127) == [KeyDown(-1, NANO, 38, 127)]
    assert again.says(0xB5, 20, 0) == [KeyUp(-1, NANO, 38, 0)]
    assert again.says(0xB4, 20, 127) == [Control(-1, NANO, 20, 127)]  # not that channel


def test_it_can_be_learned_anew_and_the_console_can_end_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    for pads in ((70, 50, 70), (1, 2, 3)):
        house.controllers.learn(NANO)
        house.tap(*pads)
    assert house.controllers.learn("") == "Nano: 3 pads learned and kept in nano.toml"
    assert len(list(tmp_path.iterdir())) == 1
    downs = [said.key for said in house.tap(3, 70) if isinstance(said, KeyDown)]
    assert downs == [38, 70]
    assert [s.key for s in House(tmp_path).tap(3) if isinstance(s, KeyDown)] == [38]


def test_one_or_two_pads_walk(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.controllers.learn(NANO)
    house.tap(70, 70)
    assert house.controllers.first_keymap(NANO) == "walk"


def test_nothing_pressed_nothing_learned(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.controllers.learn(NANO)
    house.controllers.learn("")
    assert "plays as before" in house.controllers.take_notice()
    assert list(tmp_path.iterdir()) == [] and house.controllers.learn("") == ""


def test_what_was_held_ends_and_what_is_pressed_while_learning_never_sounds() -> None:
    house = House(None)
    house.says(0x90, 60, 99)
    house.says(0xB0, 64, 127)
    house.controllers.learn(NANO)
    assert house.says(0x80, 60, 0) == [KeyUp(-1, NANO, 60, 0)]
    assert house.says(0xB0, 64, 0) == [Control(-1, NANO, 64, 0)]
    assert house.says(0x90, 50, 99) == house.says(0xE0, 0, 0) == house.says(0xB0, 1, 50) == []
    house.controllers.learn("")
    assert house.says(0x80, 50, 0) == []
    assert house.controllers.take_notice() == "Nano: 1 pad learned for today"


def test_other_inputs_play_on_while_one_is_learned() -> None:
    house = House(None)
    house.controllers.learn(NANO)
    assert house.says(0x90, 60, 99, input_id="midi:Other") == [KeyDown(-1, "midi:Other", 60, 99)]


def test_unplugged_while_learning_forgets_it(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.controllers.came(NANO)
    house.controllers.learn(NANO)
    house.tap(1, 2)
    house.controllers.heard(9, InputGone(-1, NANO))
    assert house.controllers.learning == "" and list(tmp_path.iterdir()) == []
    assert "unplugged" in house.controllers.take_notice()


def test_a_folder_that_cannot_be_written_costs_only_the_keeping(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    house = House(blocked / "controllers")
    house.controllers.learn(NANO)
    house.tap(1, 2, 1)
    assert "for today; they could not be kept" in house.controllers.take_notice()
    assert [s.key for s in house.tap(2) if isinstance(s, KeyDown)] == [37]


def test_names_that_look_alike_get_files_of_their_own(tmp_path: Path) -> None:
    for name in ('Pad "A"', "Pad [A]", "Pad\\A", "+++", "ψ"):
        learner = Learner(f"midi:{name}")
        learner.press(Physical("note", 1, 1))
        save_learned(tmp_path, learner.profile())
    profiles, problems = load_controllers([tmp_path])
    assert problems == ()
    assert {profile.name for profile in profiles} == {'Pad "A"', "Pad [A]", "Pad\\A", "+++", "ψ"}
    assert all(profile.matches(profile.name) for profile in profiles)


def test_a_learned_file_reads_back_as_it_was() -> None:
    learner = Learner(NANO)
    for number in range(MOST_PADS + 5):
        kind = "note" if number % 3 else "control"
        learner.press(Physical(kind, number, number % 2))  # type: ignore[arg-type]
    assert learner.finished and len(learner.pads) == MOST_PADS
    profile = learner.profile()
    assert parse_toml(profile_text(profile), "nano.toml", Profile, STILL) == profile


def test_a_known_device_keeps_its_mode_when_it_is_learned_anew(tmp_path: Path) -> None:
    launchpad = "midi:Launchpad X LPX MIDI"
    shipped = Path(__file__).parents[2] / "controllers"
    profiles, _ = load_controllers([shipped, tmp_path])
    controllers = Controllers(profiles, lambda *_: None, lambda *_: True, tmp_path)
    controllers.came(launchpad)
    controllers.learn(launchpad)
    for number in (88, 77, 66):
        controllers.heard(1, KeyDown(-1, launchpad, number, 99), 1)
    controllers.learn("")
    again, problems = load_controllers([shipped, tmp_path])
    assert problems == ()
    profile = find_profile(again, launchpad)
    assert profile is not None and profile.name == "Launchpad X LPX MIDI"
    assert profile.at_connect == ("F0 00 20 29 02 0C 0E 01 F7",)
    assert profile == controllers.profile_of(launchpad)


def test_pads_that_take_channels_in_turn_are_learned_by_their_notes() -> None:
    """MPE: each press comes on another channel, and two of one note at once have two keys."""
    house, keys = House(None), Keys(NANO, mpe=True)

    def says(*message: int) -> list[AnyInput]:
        before = len(house.heard)
        for event in keys.read(bytes(message)):
            house.controllers.heard(7, event, 0)
        return house.heard[before:]

    house.controllers.learn(NANO)
    for channel, note in ((1, 60), (2, 64), (3, 67), (4, 60)):
        assert says(0x90 | channel, note, 99) == says(0x80 | channel, note, 0) == []
    assert house.controllers.learning == ""
    assert says(0x97, 64, 99) == [KeyDown(-1, NANO, 37, 99)]
    assert says(0x98, 64, 99) == [KeyDown(-1, NANO, 37, 99)]  # the same pad again
    assert says(0x87, 64, 0) == []
    assert says(0x88, 64, 0) == [KeyUp(-1, NANO, 37, 0)]


def test_what_devices_say_of_themselves_is_no_pad() -> None:
    house = House(None)
    house.controllers.learn(NANO)
    assert [type(event) for event in house.says(0xB0, 123, 127)] == [Control]  # all notes off
    house.says(0xB0, 121, 127)
    assert house.controllers.status == "Nano: press its pads in order, from low to high"
