"""What a terminal sends, cut anywhere, is read the same; and nothing ends the reader."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import AppBlur, AppFocus, Key, MouseDown, Paste
from textual.message import Message

from jamroom.tui.kitty import KeyboardFlags, KeyStroke, PlayingParser

Read = tuple[str, ...]


def read(pieces: list[str]) -> list[Read]:
    parser = PlayingParser()
    return [_said(message) for piece in pieces if piece for message in parser.feed(piece)]


def _said(message: Message) -> Read:
    if isinstance(message, KeyStroke):
        told = message.told
        return (told.phase, message.key, str(message.character), str(told.code), told.base)
    if isinstance(message, Key):
        return ("key", message.key)
    if isinstance(message, Paste):
        return ("paste", message.text)
    if isinstance(message, KeyboardFlags):
        return ("flags", str(message.flags))
    return (type(message).__name__,)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("\x1b[97;;97u", ("press", "a", "a", "97", "")),
        ("\x1b[97u", ("press", "a", "a", "97", "")),
        ("\x1b[97;1:1;97u", ("press", "a", "a", "97", "")),
        ("\x1b[97;1:2;97u", ("repeat", "a", "a", "97", "")),
        ("\x1b[97;1:3u", ("release", "a", "a", "97", "")),
        ("\x1b[113::97;;113u", ("press", "q", "q", "113", "a")),
        ("\x1b[97:65;2;65u", ("press", "A", "A", "97", "")),
        ("\x1b[99;5u", ("press", "ctrl+c", "None", "99", "")),
        ("\x1b[27u", ("press", "escape", "None", "0", "")),
        ("\x1b[13;1:3u", ("release", "enter", "None", "0", "")),
        ("\x1b[32;;32u", ("press", "space", " ", "0", "")),
        ("\x1b[1;2A", ("press", "shift+up", "None", "0", "")),
        ("\x1b[1;1:3A", ("release", "up", "None", "0", "")),
        ("\x1b[3;1:2~", ("repeat", "delete", "None", "0", "")),
        ("\x1b[57441;2u", ("press", "left_shift", "None", "0", "")),
        ("\x1b[57412;;45u", ("press", "subtract", "-", "0", "")),
        ("\x1b[A", ("key", "up")),
        ("\x1b[?31u", ("flags", "31")),
        ("a", ("key", "a")),
        (":", ("key", "colon")),
        ("u", ("key", "u")),
    ],
)
def test_one_key(sent: str, expected: Read) -> None:
    assert read([sent]) == [expected]


def test_text_of_an_input_method_may_be_long() -> None:
    word = "音楽の部屋にようこそ皆さん"
    codes = ":".join(str(ord(letter)) for letter in word)
    said = read([f"\x1b[0;;{codes}u"])
    assert [one[1] for one in said] == list(word)


@pytest.mark.parametrize(
    "nonsense",
    [
        "\x1b[99999999;1:3u", "\x1b[55296;1:3u", "\x1b[97;1:9u", "\x1b[97;999:3u", "\x1b[:::u",
        "\x1b[1;1:3R", "\x1b[97;1:3;55296:1114112u", "\x1b[>1;2c", "\x1b[?62;4c", "\x1b[0n",
        "\x1b[;u", "\x1b[u", "\x1b[9;9;9;9u",
    ],
)  # fmt: skip
def test_what_nobody_understands_presses_no_key(nonsense: str) -> None:
    said = [one for one in read([nonsense + "a"]) if one[0] != "release"]
    assert said[-1:] == [("key", "a")]
    assert all(one[0] not in ("key", "repeat") for one in said[:-1]), said


_NUMBER = st.integers(0, 0x110000).map(str) | st.just("")
_FIELD = st.lists(_NUMBER, min_size=1, max_size=3).map(":".join)
_ANY_KEY = st.builds(
    lambda fields, end: "\x1b[" + ";".join(fields) + end,
    st.lists(_FIELD, min_size=1, max_size=3),
    st.sampled_from("u~ABCDEFHPQS"),
)
_LETTER = st.sampled_from("asdfghjkqwertyuizxc0123456789éßñя")
_KEYS = st.builds(
    lambda c, kind, mods: {
        "press": f"\x1b[{ord(c)};{mods};{ord(c)}u",
        "repeat": f"\x1b[{ord(c)};{mods}:2;{ord(c)}u",
        "release": f"\x1b[{ord(c)};{mods}:3u",
        "placed": f"\x1b[{ord(c)}::97;{mods}:1;{ord(c)}u",
        "plain": c,
    }[kind],
    _LETTER,
    st.sampled_from(["press", "repeat", "release", "placed", "plain"]),
    st.sampled_from(["1", "2", "5", "65", "129", ""]),
)
_OTHER = st.sampled_from(
    ["\x1b[A", "\x1b[1;1:3B", "\x1b[3~", "\x1b[27u", "\x1b[27;1:3u", "\x1b[<0;5;6M", "\x1b[<0;5;6m",
     "\x1b[I", "\x1b[O", "\x1b[?31u", "\x1b[?2026;2$y", "\x1b[200~a:b;3u ü\x1b[201~",
     "\x1b[48;24;80;480;800t", "\x1bOP"]
)  # fmt: skip


def _cut(data: str, cuts: list[int]) -> list[str]:
    places = sorted({0, len(data), *(cut % (len(data) + 1) for cut in cuts)})
    return [data[a:b] for a, b in pairwise(places)]


@given(st.lists(_KEYS | _OTHER, max_size=12).map("".join), st.lists(st.integers(0, 500)))
def test_where_it_is_cut_makes_no_difference(data: str, cuts: list[int]) -> None:
    assert read(_cut(data, cuts)) == read([data])


@given(st.lists(_KEYS, min_size=1, max_size=12))
def test_every_key_is_read_once(keys: list[str]) -> None:
    assert len(read(["".join(keys)])) == len(keys)


@given(st.lists(_ANY_KEY | st.text(max_size=4), max_size=10).map("".join), st.lists(st.integers()))
def test_whatever_comes_the_reader_goes_on(data: str, cuts: list[int]) -> None:
    parser = PlayingParser()
    for piece in _cut(data, cuts):
        list(parser.feed(piece))
    list(parser.feed("\x1b[201~ \x1b"))
    heard = list(parser.feed("[200~x\x1b[201~"))
    assert heard is not None
    assert not parser.is_eof


def test_focus_mouse_and_paste_are_as_ever() -> None:
    parser = PlayingParser()
    kinds = [type(m) for m in parser.feed("\x1b[I\x1b[<0;5;6M\x1b[200~q\x1b[201~\x1b[O")]
    assert kinds == [AppFocus, MouseDown, Paste, AppBlur]
