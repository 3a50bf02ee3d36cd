"""Which place a key lies in, what is printed on it, and how long it sounds."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import Key

from jamroom.messages import KeysAway, Lift, Strike, ToRoom
from jamroom.settings import Settings, load_settings, save_settings, settings_path
from jamroom.tui.actions import ACTIONS
from jamroom.tui.dialogs import help_text
from jamroom.tui.keyboard_guess import guessed_layout
from jamroom.tui.keys import HIGH_ROW, LOW_ROW, key_name, row_shown, shown_key
from jamroom.tui.kitty import PlayingParser
from jamroom.tui.layouts import LAYOUTS, layout_told
from jamroom.tui.playing import PlayingKeys


class Keyboard:
    """Keys as bytes in; what the room and the screen get out."""

    def __init__(self, layout: str = "qwerty", flags: int = 31) -> None:
        self.room: list[ToRoom] = []
        self.screen: list[str] = []
        self.there = True
        self.typing = False
        self.keys = PlayingKeys(self._send, LAYOUTS[layout])
        self.keys.support(flags)
        self._parser = PlayingParser()

    def _send(self, message: ToRoom) -> bool:
        if self.there:
            self.room.append(message)
        return self.there

    def press(self, data: str) -> None:
        for key in self._parser.feed(data):
            assert isinstance(key, Key)
            heard = self.keys.hear(key, self.typing)
            if heard is not None:
                self.screen.append(heard.key)


def rows(layout: str) -> tuple[str, str]:
    return row_shown(LOW_ROW, LAYOUTS[layout]), row_shown(HIGH_ROW, LAYOUTS[layout])


def test_rows_by_what_is_printed() -> None:
    assert rows("qwerty") == ("asdfghjk", "qwertyui")
    assert rows("qwertz") == ("asdfghjk", "qwertzui")
    assert rows("azerty") == ("qsdfghjk", "azertyui")
    assert rows("dvorak") == ("aoeuidht", "',.pyfgc")
    assert rows("colemak") == ("arstdhne", "qwfpgjlu")


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_the_rows_play_where_they_lie(layout: str) -> None:
    keyboard = Keyboard(layout, flags=0)
    keyboard.press("".join(rows(layout)))
    expected = [Strike("low", n) for n in range(8)] + [Strike("high", n) for n in range(8)]
    assert keyboard.room == expected
    assert keyboard.screen == []


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_what_is_shown_for_an_action_does_it(layout: str) -> None:
    """Whatever label the screen shows: typing it is that key, and no label stands for two."""
    keyboard = Keyboard(layout, flags=0)
    keys = {k for a in ACTIONS for k in a.keys[:1] if len(shown_key(k, LAYOUTS[layout])) == 1}
    keys -= {"up", "down", "left", "right"}
    shown = {key: shown_key(key, LAYOUTS[layout]) for key in keys}
    assert len(set(shown.values())) == len(shown)
    for key, label in shown.items():
        keyboard.screen.clear()
        keyboard.press(label)
        assert keyboard.screen == [key], (label, key)
    assert keyboard.room == []


@pytest.mark.parametrize("layout", list(LAYOUTS))
def test_a_layout_gives_each_place_one_key(layout: str) -> None:
    places = LAYOUTS[layout].meanings
    assert len(set(places.values())) == len(places)
    assert all(len(row) == len(ours) for row, ours in zip(
        LAYOUTS[layout].rows, LAYOUTS["qwerty"].rows, strict=True))  # fmt: skip


def test_labels_on_the_help_page() -> None:
    german = help_text(LAYOUTS["qwertz"])
    assert "   y               undo the layer's last change" in german
    assert "│ t │ z │ u │" in german
    assert "& to _" in help_text(LAYOUTS["azerty"])


def test_names_of_keys() -> None:
    assert [key_name(c) for c in "a1-.["] == [
        "a",
        "1",
        "minus",
        "full_stop",
        "left_square_bracket",
    ]


# What is typed, what the base layout says, and what it is on QWERTY.
@pytest.mark.parametrize(
    ("layout", "printed", "base", "meant"),
    [
        ("qwertz", "y", "z", "z"), ("qwertz", "ö", ";", "left_square_bracket"),
        ("azerty", ",", "m", "comma"), ("azerty", "m", ";", "m"), ("azerty", ";", ",", "full_stop"),
        ("azerty", "w", "z", "z"), ("azerty", "-", "6", "6"), ("azerty", ")", "-", "minus"),
        ("qwerty", "é", "2", "2"), ("qwerty", "я", "z", "z"), ("qwerty", "č", "4", "4"),
        ("qwerty", "z", "", "z"),
    ],
)  # fmt: skip
def test_places_that_the_terminal_tells(layout: str, printed: str, base: str, meant: str) -> None:
    keyboard = Keyboard(layout)
    place = f"::{ord(base)}" if base else ""
    keyboard.press(f"\x1b[{ord(printed)}{place};;{ord(printed)}u")
    assert keyboard.screen == [meant]


def test_capitals_are_letters_not_places() -> None:
    keyboard = Keyboard("qwertz", flags=0)
    keyboard.press("YNZ")
    assert keyboard.screen == ["Y", "N", "Z"]
    keyboard = Keyboard("azerty")
    keyboard.press("\x1b[50:233;2;50u")  # Shift gives figures their sign
    keyboard.press("\x1b[1083:1051:107;2;1051u")  # Cyrillic has no K: its place has
    assert keyboard.screen == ["2", "K"]


def test_the_layout_is_learned_from_one_key() -> None:
    azerty, qwertz = LAYOUTS["azerty"], LAYOUTS["qwertz"]
    assert layout_told("q", "a", LAYOUTS["qwerty"]) is azerty
    assert layout_told("z", "y", azerty) is qwertz
    assert layout_told("s", "s", azerty) is azerty
    assert layout_told("ф", "a", qwertz) is qwertz
    keyboard = Keyboard("qwerty")
    keyboard.press("\x1b[38::49;;38u")
    assert keyboard.keys.layout is azerty


def test_what_was_chosen_by_hand_stays() -> None:
    keyboard = Keyboard("dvorak")
    keyboard.keys.chosen = True
    keyboard.press("\x1b[122::121;;122u")
    assert keyboard.keys.layout is LAYOUTS["dvorak"]


def test_letters_are_letters_while_they_are_typed() -> None:
    keyboard = Keyboard("azerty")
    keyboard.typing = True
    keyboard.press("\x1b[113::97;;113u\x1b[113::97;1:2;113u\x1b[113::97;1:3u")
    assert keyboard.screen == ["q", "q"]
    assert keyboard.room == []


def test_a_key_is_lifted_as_what_it_began() -> None:
    keyboard = Keyboard()
    keyboard.press("\x1b[122;;122u\x1b[97;;97u")
    keyboard.keys.layout = LAYOUTS["azerty"]  # somebody chooses another keyboard meanwhile
    keyboard.typing = True  # and opens the palette
    keyboard.press("\x1b[97;1:3u")
    assert keyboard.room == [Strike("low", 0, held=True), Lift("low", 0)]


def test_letting_go_ends_everything_once() -> None:
    keyboard = Keyboard()
    keyboard.press("\x1b[97;;97u")
    keyboard.keys.let_go()
    keyboard.press("\x1b[97;1:2;97u\x1b[97;1:3u")
    assert keyboard.room[1:] in ([KeysAway()], [KeysAway(), Strike("low", 0, held=True),
                                               Lift("low", 0)])  # fmt: skip


def test_modified_letters_do_not_play() -> None:
    keyboard = Keyboard()
    keyboard.press("\x1b[97;5u\x1b[97;3u\x1b[97;9u\x1ba")
    assert keyboard.room == []


def test_without_a_room_the_screen_gets_the_key_and_says_so() -> None:
    keyboard = Keyboard()
    keyboard.there = False
    keyboard.press("\x1b[97;;97u\x1b[97;1:3u")
    assert keyboard.screen == ["a"]


@given(st.lists(st.tuples(st.sampled_from("asqwzé"), st.sampled_from(["", "1:2", "1:3"]))))
def test_every_strike_has_at_most_one_lift_and_repeats_none(events: list[tuple[str, str]]) -> None:
    keyboard = Keyboard()
    down: set[tuple[str, int]] = set()
    for letter, kind in events:
        before = len(keyboard.room)
        keyboard.press(f"\x1b[{ord(letter)};{kind}u")
        for message in keyboard.room[before:]:
            assert isinstance(message, Strike | Lift)
            place = (message.row, message.key)
            if isinstance(message, Lift):
                assert place in down
                down.discard(place)
            else:
                assert kind != "1:2" or place not in down
                down.add(place)


@pytest.mark.parametrize(
    ("environment", "file", "layout"),
    [
        ({"LANG": "de_AT.UTF-8"}, "", "qwertz"),
        ({"LANG": "fr_FR.UTF-8"}, "", "azerty"),
        ({"LANG": "fr_CA.UTF-8"}, "", "qwerty"),
        ({"LANG": "en_GB.UTF-8", "LC_ALL": "de_CH"}, "", "qwertz"),
        ({"LANG": "C.UTF-8"}, "", "qwerty"),
        ({"LANG": "en_US.UTF-8"}, 'XKBMODEL="pc105"\nXKBLAYOUT="fr,us"\n', "azerty"),
        ({"LANG": "fr_FR.UTF-8"}, "KEYMAP=de-latin1-nodeadkeys\n", "qwertz"),
        ({"LANG": "fr_FR.UTF-8"}, 'XKBLAYOUT="us"\n', "qwerty"),
        ({"LANG": "fr_FR.UTF-8", "SSH_TTY": "/dev/pts/1"}, 'XKBLAYOUT="us"\n', "azerty"),
        ({"LANG": "de_DE"}, "XKBLAYOUT=xx\n", "qwertz"),
        ({}, "", "qwerty"),
    ],
)  # fmt: skip
def test_the_keyboard_is_guessed(
    tmp_path: Path, environment: dict[str, str], file: str, layout: str
) -> None:
    setting = tmp_path / "keyboard"
    setting.write_text(file)
    missing = tmp_path / "missing"
    assert guessed_layout("", environment, (missing, setting)) is LAYOUTS[layout]
    assert guessed_layout("colemak", environment, (setting,)) is LAYOUTS["colemak"]
    assert guessed_layout("no such", environment, (setting,)) is LAYOUTS[layout]


def test_settings_are_kept_and_no_file_can_stop_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path / "new"))
    assert load_settings() == Settings()
    assert save_settings(Settings(layout="azerty", look="jamroom-stark"))
    assert load_settings() == Settings(layout="azerty", look="jamroom-stark")
    assert [path.name for path in settings_path().parent.iterdir()] == ["settings.json"]
    for broken in ("", "{", '{"look": "pink"}', "[]", '{"layout": 5}'):
        settings_path().write_text(broken)
        assert load_settings() == Settings()
    settings_path().write_text('{"layout": "dvorak", "of another version": 1}')
    assert load_settings() == Settings(layout="dvorak")
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("JAMROOM_HOME", str(tmp_path / "file"))
    assert not save_settings(Settings())
