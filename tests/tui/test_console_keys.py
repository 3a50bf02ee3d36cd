"""Every key sends what the table says, over a real socket."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from small_room import OPENING, Sit, a_layer, a_seat, a_snapshot, until
from textual.command import CommandList
from textual.events import AppBlur, Key
from textual.widgets import Input

from jamroom.messages import (
    Ask,
    Gate,
    Goodbye,
    Hello,
    KeysAway,
    Strike,
)
from jamroom.session import events as ev
from jamroom.tui.actions import ACTIONS, BY_ID
from jamroom.tui.app import LEFT
from jamroom.tui.commands import RoomCommands
from jamroom.tui.keys import HIGH_ROW, LOW_ROW
from jamroom.tui.scene import Asked
from jamroom.tui.window import WINDOW
from jamroom.views import Snapshot

NOW, ALL = ev.NOW, ev.EVERYBODY

# What each key asks for at a_snapshot(): seat 0, slot 0, 92 bpm, 2 bars, on the bar, room -3 dB.
ASKED: dict[str, ev.Request] = {
    "press": ev.LayerPressed(NOW, 0, 0),
    **{f"press_{n}": ev.LayerPressed(NOW, 0, n - 1) for n in range(1, 9)},
    "overdub": ev.LayerOverdubbed(NOW, 0, 0),
    "undo": ev.LayerUndone(NOW, 0, 0),
    "redo": ev.LayerRedone(NOW, 0, 0),
    "clear": ev.LayerCleared(NOW, 0, 0),
    "keep_that": ev.Kept(NOW, 0, 2),
    "keep_all": ev.Kept(NOW, ALL, 2),
    "loop_bars": ev.LoopBarsChosen(NOW, 4),
    "quantise": ev.QuantiseChosen(NOW, "loop"),
    "octave_down": ev.OctaveChosen(NOW, 0, -1),
    "octave_up": ev.OctaveChosen(NOW, 0, 1),
    "seat_louder": ev.LevelChosen(NOW, 0, 3.0),
    "seat_softer": ev.LevelChosen(NOW, 0, -3.0),
    "softer": ev.LevelChosen(NOW, ALL, -6.0),
    "louder": ev.LevelChosen(NOW, ALL, 0.0),
    "silence": ev.Panicked(NOW),
    "tap": ev.TempoTapped(NOW),
    "slower": ev.TempoChosen(NOW, 91.0),
    "faster": ev.TempoChosen(NOW, 93.0),
    "slower_5": ev.TempoChosen(NOW, 87.0),
    "faster_5": ev.TempoChosen(NOW, 97.0),
    "agree_keep": ev.ConsentChosen(NOW, ALL, "keep"),
    "agree_play": ev.ConsentChosen(NOW, ALL, "play"),
    "mark": ev.Marked(NOW, ""),
    "seat_play": ev.ConsentChosen(NOW, 0, "play"),
    "seat_keep": ev.ConsentChosen(NOW, 0, "keep"),
    "seat_share": ev.ConsentChosen(NOW, 0, "share"),
    "room_keep": ev.ConsentChosen(NOW, ALL, "keep"),
    "room_play": ev.ConsentChosen(NOW, ALL, "play"),
    "solo": ev.LayerSoloed(NOW, 0, 0),
    "solo_player": ev.LayerSoloed(NOW, 0, -1),
    "stop_all": ev.AllStopped(NOW),
    "lock": ev.LockChosen(NOW, True),
    "free_loop": ev.FreeLoopChosen(NOW, True),
    "microphone": ev.MicrophoneSwitched(NOW, True),
}


def test_every_action_that_sends_is_tested_here() -> None:
    sending = {a.id for a in ACTIONS if a.send is not None}
    groups = {f"group_{n}" for n in range(1, 9)}
    assert sending == {*ASKED, *groups, "latch", "play_all"}


async def test_each_key_asks_for_its_action(sit: Sit) -> None:
    pairs = [(key, ASKED[a.id]) for a in ACTIONS if a.id in ASKED for key in a.keys]
    pairs.remove(("n", ASKED["quantise"]))  # means something else next to the banner; see below
    async with sit(a_snapshot(keeping="undecided")) as at:
        for key, _ in pairs:
            at.console.asked = Asked()  # each key on its own
            at.console.selection.slot = 0
            await at.type(key)
        await until(lambda: len(at.room.requests) == len(pairs), "all of them")
        assert dict(zip((k for k, _ in pairs), at.room.requests, strict=True)) == dict(pairs)


async def test_a_small_letter_is_no_answer_but_is_told_so(sit: Sit) -> None:
    async with sit(a_snapshot(keeping="undecided")) as at:
        await at.pilot.press("n")
        assert "Shift+Y keep, Shift+N play only" in at.part("notices")
        assert at.room.requests == []
        assert await at.says("y") == [Strike(row="high", key=5)]
        await at.shows(msgspec.structs.replace(at.room.snapshot, keeping="keep"))
        assert "Shift+Y" not in at.part("notices")
        assert await at.asks("n") == [ASKED["quantise"]]


@pytest.mark.parametrize("key", ["space", "K"])
async def test_the_cursor_goes_to_what_was_kept(sit: Sit, key: str) -> None:
    def playing(*slots: int) -> Snapshot:
        layers = tuple(a_layer(n) for n in slots)
        return msgspec.structs.replace(a_snapshot(1), seats=(a_seat(0, layers=layers),))

    async with sit(playing(0, 2)) as at:
        await at.asks(key)
        await at.shows(playing(0, 1, 2))
        assert await at.asks("z") == [ev.LayerUndone(NOW, 0, 1)]
        await at.asks(key)
        await at.pilot.press("left")  # somebody wants to be elsewhere: it stays there
        await at.shows(playing(0, 1, 2, 3))
        assert await at.asks("z") == [ev.LayerUndone(NOW, 0, 0)]


async def test_after_silence_everything_plays_again_with_one_key(sit: Sit) -> None:
    muted = (
        a_layer(0, "muted"),
        a_layer(1, "muted", queued="play", waits_beats=2.0),
        a_layer(3, "muted", notes=0),
        a_layer(4, "muted"),
    )
    silent = msgspec.structs.replace(a_snapshot(1), seats=(a_seat(0, layers=muted),))
    async with sit(silent) as at:
        assert "P  play all" in at.part("keys")
        assert "silence" not in at.part("keys")
        assert await at.asks("P") == [ev.AllPlayed(NOW)]
        await at.type("P")  # before the room has answered
        assert "No loop is waiting" in at.part("notices")
        assert at.room.requests == [ev.AllPlayed(NOW)]
        await at.shows(a_snapshot(1))
        assert "play all" not in at.part("keys")


@pytest.mark.parametrize("opened", ["p", "v", "m"])
async def test_keys_typed_while_a_list_opens_are_not_lost(sit: Sit, opened: str) -> None:
    async with sit() as at:
        for key in (opened, "down", "enter"):
            at.console.post_message(Key(key, None))
        await until(lambda: at.room.requests)
        assert at.room.requests == [
            {
                "p": ev.PaletteChosen(NOW, 3, "dorian"),
                "v": ev.PatchChosen(NOW, 0, "marimba"),
                "m": ev.KeymapChosen(NOW, 0, "white"),
            }[opened]
        ]


async def test_a_number_also_selects_its_layer(sit: Sit) -> None:
    async with sit() as at:
        assert await at.asks("5") == [ev.LayerPressed(NOW, 0, 4)]
        assert "layer 5  · empty" in at.part("layer")
        assert "Enter  record 2 bars" in at.part("layer")
        assert await at.asks("z") == [ev.LayerUndone(NOW, 0, 4)]


async def test_actions_without_a_key_ask_too(sit: Sit) -> None:
    async with sit() as at:
        for action in ACTIONS:
            if action.id in ASKED and not action.keys:
                before = len(at.room.requests)
                at.console.action_do(action.id)
                await until(lambda n=before: len(at.room.requests) > n)  # type: ignore[misc]
                assert at.room.requests[before:] == [ASKED[action.id]]


async def test_playing_keys_strike(sit: Sit) -> None:
    async with sit() as at:
        await at.type(*LOW_ROW, *HIGH_ROW)
        await until(lambda: sum(isinstance(m, Strike) for m in at.room.said) == 16)
        struck = [m for m in at.room.said if isinstance(m, Strike)]
        assert struck == [
            *(Strike(row="low", key=n) for n in range(8)),
            *(Strike(row="high", key=n) for n in range(8)),
        ]


def test_no_key_means_two_things() -> None:
    keys = [key for action in ACTIONS for key in action.keys] + [*LOW_ROW, *HIGH_ROW]
    assert len(keys) == len(set(keys))


async def test_hello_comes_first(sit: Sit) -> None:
    async with sit() as at:
        assert isinstance(at.room.said[0], Hello)


async def test_quick_presses_add_up_before_the_room_answers(sit: Sit) -> None:
    async with sit() as at:
        await at.type("minus", "minus", "minus")
        await until(lambda: len(at.room.requests) == 3)
        levels = [request.level_db for request in at.room.requests]
        assert levels == [-6.0, -9.0, -12.0]


async def test_latch_is_a_toggle(sit: Sit) -> None:
    async with sit() as at:
        assert await at.says("l") == [Gate(latch=True, length_s=0.5)]
        await at.shows(msgspec.structs.replace(at.room.snapshot, latch=True))
        assert "keys stay until pressed again" in at.part("status")
        at.console.asked = Asked()
        assert await at.says("l") == [Gate(latch=False, length_s=0.5)]


async def test_arrows_choose_player_and_layer(sit: Sit) -> None:
    async with sit(a_snapshot(3)) as at:
        assert await at.asks("down", "down", "right", "enter") == [ev.LayerPressed(NOW, 2, 1)]
        assert await at.asks("down", "up", "left", "left", "o") == [ev.LayerOverdubbed(NOW, 1, 0)]


async def test_the_selection_stays_on_its_player(sit: Sit) -> None:
    async with sit(a_snapshot(3)) as at:
        await at.pilot.press("down", "down")
        fewer = msgspec.structs.replace(at.room.snapshot, seats=(a_seat(1), a_seat(2)))
        await at.shows(fewer)
        assert await at.asks("enter") == [ev.LayerPressed(NOW, 2, 0)]
        await at.shows(msgspec.structs.replace(fewer, seats=(a_seat(1),)))
        assert await at.asks("enter") == [ev.LayerPressed(NOW, 1, 0)]


async def test_without_players_a_loop_key_says_what_to_do(sit: Sit) -> None:
    async with sit(a_snapshot(0)) as at:
        await at.pilot.press("enter", "space", "v", "m")
        assert "Nobody is playing yet" in at.part("notices")
        assert at.room.requests == []


async def test_caps_lock_is_told(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("K", "S")  # capitals that mean something
        assert "Caps Lock" not in at.part("notices")
        await at.pilot.press("D")
        assert "Caps Lock" in at.part("notices")


async def test_losing_the_keyboard_ends_what_keys_began(sit: Sit) -> None:
    async with sit() as at:
        at.console.post_message(AppBlur())
        await until(lambda: any(isinstance(m, KeysAway) for m in at.room.said))


async def test_answers_only_while_undecided(sit: Sit) -> None:
    async with sit(a_snapshot(keeping="keep")) as at:
        await at.pilot.press("N")
        assert "decided already" in at.part("notices")
        assert at.room.requests == []


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("p", "down", "right", "down", "enter"), ev.PaletteChosen(NOW, 3, "phrygian")),
        (("v", "down", "enter"), ev.PatchChosen(NOW, 0, "marimba")),
        (("m", "down", "enter"), ev.KeymapChosen(NOW, 0, "white")),
        (("M", "down", "down", "down", "enter"), ev.MeterChosen(NOW, 7, 8)),
        (("T", "1", "2", "0", "enter"), ev.TempoChosen(NOW, 120.0)),
        (("T", "9", "9", "9", "enter", *["backspace"] * 3, "6", "0", "enter"),
         ev.TempoChosen(NOW, 60.0)),
    ],
)  # fmt: skip
async def test_choosers(sit: Sit, keys: tuple[str, ...], expected: Any) -> None:
    async with sit() as at:
        assert await at.asks(*keys) == [expected]
        await until(lambda: len(at.console.screen_stack) == 1)


async def test_playing_goes_on_while_a_list_is_open(sit: Sit) -> None:
    async with sit() as at:
        for opener in (*OPENING, "T", "question_mark"):
            await at.type(opener)
            await until(lambda: len(at.console.screen_stack) == 2)
            assert await at.says("s") == [Strike(row="low", key=1)], opener
            await at.type("escape")
            await until(lambda: len(at.console.screen_stack) == 1)
        assert at.room.requests == []


def test_what_opens_is_in_the_table() -> None:
    assert set(WINDOW) == {action.ui for action in ACTIONS if action.ui}


async def test_quit_asks_and_says_goodbye(sit: Sit) -> None:
    for key in ("ctrl+q", "ctrl+c"):
        async with sit() as at:
            await at.pilot.press(key, "escape")
            assert not any(isinstance(m, Goodbye) for m in at.room.said)
            assert await at.says(key, "enter") == [Goodbye()]


@pytest.mark.parametrize("keeping", ["keep", "undecided"])
async def test_a_window_can_leave_without_closing_the_room(sit: Sit, keeping: str) -> None:
    async with sit(a_snapshot(keeping=keeping)) as at:
        await at.pilot.press("ctrl+q", "L")
        await until(lambda: at.console.return_code is not None)
        assert at.console.return_code == LEFT
        assert Goodbye() not in at.room.said


@pytest.mark.parametrize(("key", "consent"), [("Y", "keep"), ("N", "play")])
async def test_quit_while_undecided_asks_what_is_kept(sit: Sit, key: str, consent: Any) -> None:
    async with sit(a_snapshot(keeping="undecided")) as at:
        await at.pilot.press("ctrl+q", "enter")  # Enter alone is no answer
        assert not any(isinstance(m, Goodbye) for m in at.room.said)
        await at.pilot.press(key)
        await until(lambda: Goodbye() in at.room.said)
        assert at.room.said[-2:] == [Ask(ev.ConsentChosen(NOW, ALL, consent)), Goodbye()]


async def test_command_palette_lists_every_action(sit: Sit) -> None:
    async with sit() as at:
        provider = RoomCommands(at.console.screen)
        listed = [hit.text for hit in [h async for h in provider.discover()]]
        assert sorted(map(str, listed)) == sorted(a.label for a in ACTIONS if a.id != "commands")
        await at.pilot.press("ctrl+p")
        await until(lambda: at.console.screen.query(CommandList))
        options = at.console.screen.query_one(CommandList)
        await until(lambda: options.option_count == len(listed))
        shown = [str(option.hit.text) for option in options.options]  # type: ignore[attr-defined]
        assert shown[:3] == [BY_ID[name].label for name in ("keep_that", "palette", "patch")]
        assert shown[-8:] == [BY_ID[f"press_{n}"].label for n in range(1, 9)]


async def test_command_palette_runs_what_it_finds(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("ctrl+p")
        await until(lambda: at.console.screen.query(Input))
        at.console.screen.query_one(Input).value = "selected player: may be shared"
        options = at.console.screen.query_one(CommandList)
        await until(
            lambda: options.option_count == 1 and not options.get_option_at_index(0).disabled
        )
        assert await at.asks("enter") == [ev.ConsentChosen(NOW, 0, "share")]


async def test_letters_are_letters_in_the_command_palette(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("ctrl+p")
        await until(lambda: at.console.screen.query(Input))
        assert not at.console.strike_now("s")
        await at.pilot.press("s", "a", "d")
        assert at.console.screen.query_one(Input).value == "sad"
        assert not any(isinstance(m, Strike) for m in at.room.said)


async def test_layer_states_do_not_change_what_a_press_sends(sit: Sit) -> None:
    seat = a_seat(0, layers=(a_layer(2, "recording"), a_layer(5, "muted")))
    async with sit(a_snapshot(seats=1)) as at:
        await at.shows(msgspec.structs.replace(at.room.snapshot, seats=(seat,)))
        assert await at.asks("3") == [ev.LayerPressed(NOW, 0, 2)]
        assert await at.asks("6") == [ev.LayerPressed(NOW, 0, 5)]


def test_labels_are_for_people() -> None:
    for action in BY_ID.values():
        words = action.label.lower()
        assert not any(jargon in words for jargon in ("ppqn", "quantise", "snapshot", "socket"))
