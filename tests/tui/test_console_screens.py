"""What the room can do now, from the keys to the message; and what the screen says about it."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from small_room import Sit, a_catalogue, a_layer, a_seat, a_snapshot, until
from textual.widgets import Static

from jamroom.messages import Learn, Strike
from jamroom.session import events as ev
from jamroom.settings import load_settings
from jamroom.tui import board, choices, foot, head
from jamroom.tui.choosers import Choices
from jamroom.tui.inputs_panel import (
    BORDERS,
    border_words,
    input_lines,
    moved_border,
    note_words,
)
from jamroom.tui.layouts import LAYOUTS
from jamroom.tui.mix_panel import MixPanel, mix_lines, moved
from jamroom.tui.paint import line_cells, plain
from jamroom.tui.scene import Asked, Scene
from jamroom.views import InputView, SceneView, Snapshot

NOW = ev.NOW


def one_seat(*layers: Any, **changes: Any) -> Snapshot:
    snapshot = a_snapshot(1, **changes)
    return msgspec.structs.replace(snapshot, seats=(a_seat(0, layers=layers),))


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        (("X", "enter"), ev.LayerShaped(NOW, 0, 0, "half", 1.0)),
        (("X", *["down"] * 3, "enter"), ev.LayerShaped(NOW, 0, 0, "shift", -1.0)),
        (("X", *["down"] * 8, "enter"), ev.LayerShaped(NOW, 0, 0, "transpose", -1.0)),
        (("X", *["down"] * 9, "enter"), ev.LayerShaped(NOW, 0, 0, "follow", 1.0)),
        (("X", "end", "up", "enter"), ev.LayerShaped(NOW, 0, 0, "tighten", 0.5)),
        (("G", "down", "down", "enter"), ev.LayerGrouped(NOW, 0, 0, 2)),
        (("R", "down", "enter"), ev.SceneRecalled(NOW, 3)),
        (("B", "end", "enter"), ev.LoopBarsChosen(NOW, 64)),
        (("W", "down", "enter"), ev.BadgeChosen(NOW, 0, "green frog")),
        (("E", "end", "enter"), ev.EchoChosen(NOW, 4.0, 0.35)),
        (("C", "down", "enter"), ev.ClockChosen(NOW, "midi:Launchpad 1")),
        (("V", "right"), ev.PanChosen(NOW, 0, 0.1)),
        (("V", "down", "left"), ev.LevelChosen(NOW, 0, -1.0)),
        (("V", "down", "down", "right"), ev.SendChosen(NOW, 0, "room", -7.0)),
        (("V", "down", "down", "down", "right"), ev.SendChosen(NOW, 0, "echo", -36.0)),
        (("V", "tab", "left"), ev.PanChosen(NOW, 1, -0.1)),
        (("I", "down", "enter"), ev.InputChosen(NOW, 0, "midi:Launchpad 1")),
        (("I", "down", "2"), ev.KeyboardSplit(NOW, "midi:Launchpad 1", (60,))),
        (("I", "end", "down", "down", "3"), ev.KeyboardSplit(NOW, "midi:KeyLab", (48, 72))),
        (("I", "down", "down", "1"), ev.KeyboardSplit(NOW, "midi:KeyLab", ())),
    ],
)  # fmt: skip
async def test_lists_and_panels(sit: Sit, keys: tuple[str, ...], expected: Any) -> None:
    async with sit() as at:
        assert await at.asks(*keys) == [expected]


async def test_actions_by_name(sit: Sit) -> None:
    expected = {
        "audio_tempo": (("down", "enter"), ev.AudioTempoChosen(NOW, "repitch")),
        "ceiling": (("down", "enter"), ev.CeilingChosen(NOW, -12.0)),
        "clock_out": (("down", "enter"), ev.ClockSent(NOW, "midi:Synth", True)),
        "swap": (("enter",), ev.SeatsSwapped(NOW, 0, 1)),
    }
    outputs = {"outputs": ("midi:Drums", "midi:Synth"), "clock_outputs": ("midi:Drums",)}
    async with sit(a_snapshot(**outputs)) as at:
        for action, (keys, request) in expected.items():
            at.console.action_do(action)
            assert await at.asks(*keys) == [request]


async def test_a_moment_gets_a_name_and_letters_are_letters(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("R", "N")
        await until(lambda: "▏" in str(at.console.screen.query_one("#typed", Static).content))
        assert await at.asks(*"sad 0-", "backspace", "enter") == [ev.SceneKept(NOW, "sad 0")]
        assert not any(isinstance(m, Strike) for m in at.room.said)


async def test_borders_move_and_stay_apart(sit: Sit) -> None:
    async with sit() as at:
        await at.asks("I", "down", "down", "3")
        asked = [await at.asks(key) for key in ("right", "shift+left", "shift+left")]
        assert [split.lowest for [split] in asked] == [(49, 72), (49, 71), (49, 70)]
        sentence = at.console.screen.query_one("#sentence", Static)
        words = "below C#3 │ C#3 to A#4 │ from A#4"
        await until(lambda: str(sentence.content) == words, "the panel tells the borders")
    assert moved_border((60, 62), 0, 9) == (61, 62)
    assert moved_border((60, 62), 1, -9) == (60, 61)
    assert moved_border((2,), 0, -9) == (1,)
    assert moved_border((), 0, 1) == ()
    assert [border_words(BORDERS[n]) for n in (1, 2)] == [
        "all keys for one player",
        "below C4 │ from C4",
    ]
    assert note_words(21) == "A0"


async def test_an_unknown_controller_is_learned(sit: Sit) -> None:
    async with sit() as at:
        assert await at.says("I", "down", "down", "l") == [Learn("midi:KeyLab")]
        line = "KeyLab: 2 pads learned; press the next one"
        await at.shows(msgspec.structs.replace(at.room.snapshot, learning=line))
        sentence = at.console.screen.query_one("#sentence", Static)
        await until(lambda: str(sentence.content) == line, "the panel tells it")
        assert await at.says("l") == [Learn("")]
        await at.pilot.press("escape")
        assert line in at.part("notices")


async def test_the_panel_shows_what_the_room_says(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("V")
        seat = msgspec.structs.replace(at.room.snapshot.seats[0], pan=-1.0)
        await at.shows(msgspec.structs.replace(at.room.snapshot, seats=(seat,)))
        await until(lambda: isinstance(at.console.screen, MixPanel))
        panel = at.console.screen.query_one("#mix")
        await until(lambda: "left 100 %" in panel.text)  # type: ignore[attr-defined]


@pytest.mark.parametrize("opened", ["V", "I", "p", "X", "R", "question_mark"])
async def test_silence_and_softer_work_over_everything(sit: Sit, opened: str) -> None:
    async with sit() as at:
        await at.pilot.press(opened)
        assert await at.asks("0") == [ev.Panicked(NOW)]
        assert await at.asks("minus") == [ev.LevelChosen(NOW, ev.EVERYBODY, -6.0)]


async def test_zero_is_a_figure_where_figures_are_typed(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("T", "1", "0", "0")
        assert at.room.requests == []
        assert await at.asks("enter") == [ev.TempoChosen(NOW, 100.0)]


async def test_locked_keys_say_so(sit: Sit) -> None:
    async with sit(a_snapshot(locked=True)) as at:
        assert "▣ locked" in at.part("title")
        for key in ("z", "x", "c", "X", "o"):
            at.console.told.forget("")
            await at.type(key)
            assert "Locked: what was made stays" in at.part("notices"), key
        assert "(c clear)" in at.part("layer")
        assert "(z undo)" in at.part("layer")
        await at.type("I", "enter", "2", "escape")
        assert at.room.requests == []
        assert await at.asks("2") == [ev.LayerPressed(NOW, 0, 1)]
        assert await at.asks("o") == [ev.LayerOverdubbed(NOW, 0, 1)]  # an empty layer loses nothing
        assert await at.asks("L") == [ev.LockChosen(NOW, False)]
        await at.shows(msgspec.structs.replace(at.room.snapshot, locked=False))
        assert "ocked" not in at.part("title")


async def test_groups_have_keys(sit: Sit) -> None:
    async with sit(one_seat(a_layer(0, group=2))) as at:
        assert await at.asks("f6") == [ev.GroupPressed(NOW, 2)]
        await at.type("f5")
        assert "Group 1 is empty" in at.part("notices")
        assert "group 2" in at.part("layer")


async def test_sounds_come_from_the_catalogue_by_family(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("v")
        labels = at.console.screen.query_one("#choices", Choices).labels
        assert labels[0].split() == ["mallets", "bell", "(now)"]
        assert labels[1].split() == ["marimba"]
        assert labels[2].split() == ["bowed", "strings"]
        sentence = at.console.screen.query_one("#sentence", Static)
        await until(lambda: str(sentence.content) == "bell helps.")
        assert at.room.requests == []


async def test_without_moments_or_loops_it_is_said(sit: Sit) -> None:
    async with sit(one_seat(scenes=())) as at:
        for key, words in (
            ("R", "no earlier moment yet"), ("X", "nothing to change yet"),
            ("O", "nothing to hear alone"), ("9", "No loop is playing"),
        ):  # fmt: skip
            await at.type(key)
            assert words in at.part("notices"), key
        await at.shows(one_seat(a_layer(0, audio=True, notes=0)))
        await at.type("X")
        assert "Recorded sound stays as it was" in at.part("notices")
        assert at.room.requests == []
        assert await at.asks("9") == [ev.AllStopped(NOW)]


async def test_a_keyboard_is_chosen_and_remembered(sit: Sit) -> None:
    async with sit(a_snapshot(0)) as at:
        await at.pilot.press("f3", "down", "down", "enter")
        await until(lambda: at.console.keys_in.layout is LAYOUTS["azerty"])
        assert "a z e r t y u i" in at.part("board").replace(" │ ", " ").replace("│", "")
        assert "q s d f g h j k" in at.part("board")
        assert "q–k  low row" in at.part("keys")
        assert load_settings().layout == "azerty"
        await at.pilot.press("f2")
        assert load_settings().look == at.console.theme


async def test_a_new_window_takes_what_was_chosen(sit: Sit) -> None:
    async with sit() as at:
        at.console.choose_layout("dvorak")
    async with sit() as at:
        assert at.console.keys_in.layout is LAYOUTS["dvorak"]
        assert at.console.keys_in.chosen


async def test_held_keys_are_told_and_latch_stays_latch(sit: Sit) -> None:
    async with sit() as at:
        assert "keys ring 0.5 s" in at.part("status")
        at.console.hear_support(31)
        assert "keys sound while held" in at.part("status")
        await at.shows(msgspec.structs.replace(at.room.snapshot, latch=True))
        assert "keys stay until pressed again" in at.part("status")


@pytest.mark.parametrize("cells", [60, 80, 160])
def test_signs_of_layers(cells: int) -> None:
    layers = (
        a_layer(0, solo=True, group=1), a_layer(1, unheard=True, group=8),
        a_layer(2, audio=True, notes=0, unheard=True), a_layer(3, "muted", audio=True, notes=0),
    )  # fmt: skip
    shown = plain(board.board_lines(Scene(one_seat(*layers), 0, 4), cells, 3)[:1])
    assert "◎" in shown
    assert shown.count("▷") == 2
    assert "₁" in shown
    assert "₈" in shown
    loud = plain(board.board_lines(Scene(one_seat(a_layer(0, audio=True)), 0, 4), cells, 3)[:1])
    assert "►≈" in loud


def test_the_selected_layer_tells_how_it_sounds() -> None:
    layer = a_layer(0, group=3, shaping="reversed, 1 beat later", unheard=True)
    said = plain(foot.layer_lines(Scene(one_seat(layer), 0, 0), 160))
    assert "group 3" in said
    assert "reversed, 1 beat later" in said
    assert "another is alone" in said
    said = plain(foot.layer_lines(Scene(one_seat(a_layer(0, audio=True, notes=0)), 0, 0), 160))
    assert "recorded sound" in said
    assert "change" not in said


def test_the_head_tells_what_everybody_must_see() -> None:
    calm, on = a_snapshot(), a_snapshot(
        microphone=True, microphone_dbfs=-12.0, locked=True, loudness_lufs=-23.4,
        ceiling_dbfs=-12.0, free_loop=True, clock="clock of KeyLab", clock_input="midi:KeyLab",
    )  # fmt: skip
    for cells in (60, 80, 160):
        title = plain([head.title_line(Scene(on, 0, 0), cells)])
        assert "microphone" in title
        assert "locked" in title
        assert "being kept" in title
        status = plain(head.status_lines(Scene(on, 0, 0), cells))
        assert cells == 60 or "-23 LUFS" in status
        assert cells == 60 or "-12" in status
        assert cells == 60 or "clock of KeyLab" in status
        assert cells == 60 or "free" in status
    assert "microphone" not in plain([head.title_line(Scene(calm, 0, 0), 80)])
    assert "– LUFS" in plain(head.status_lines(Scene(calm, 0, 0), 80))


def test_a_moment_is_told_in_one_line() -> None:
    scene = SceneView(1, "rain", 24, 1, False, True)
    label = choices.scene_label(scene)
    assert label.split() == ["bar", "24", "1", "loop", "rain", "comes", "at", "the", "next", "bar"]


def test_panel_lines_fit() -> None:
    for pan in (-1.0, 0.0, 0.37, 1.0):
        seat = a_seat(0, pan=pan, level_db=6.0, echo_send_db=0.0, room_send_db=-80.0)
        assert all(line_cells(line) <= 56 for line in mix_lines(seat, "side", 56))
    assert "none" in plain(mix_lines(a_seat(0), "echo", 56))


def test_many_inputs_scroll() -> None:
    inputs = tuple(InputView(f"midi:{n}", f"Pad {n}", -1, 1, False) for n in range(20))
    snapshot = a_snapshot(inputs=inputs)
    for chosen in range(20):
        lines = input_lines(snapshot, chosen, 8, 74)
        assert len(lines) == 8
        assert f"▸ Pad {chosen} " in plain(lines)


async def test_the_catalogue_may_change(sit: Sit) -> None:
    async with sit() as at:
        at.room.tell(a_catalogue(()))
        await until(lambda: at.console.sounds() == ())
        await at.pilot.press("v")
        await at.pilot.press("escape")
        assert at.room.requests == []


def test_steps_add_up_before_the_room_answers() -> None:
    asked, seat = Asked(), a_seat(0)
    pans = [moved("side", seat, asked, 1) for _ in range(12)]
    assert [p.pan for p in pans][:3] == [0.1, 0.2, 0.3]  # type: ignore[union-attr]
    assert pans[-1] == ev.PanChosen(NOW, 0, 1.0)
