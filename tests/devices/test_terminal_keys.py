from __future__ import annotations

import pytest

from jamroom.devices.terminal_keys import TerminalKeys
from jamroom.session.inputs import AnyInput, KeyDown, KeyUp

MS = 1_000_000


class Heard:
    def __init__(self) -> None:
        self.inputs: list[tuple[int, AnyInput]] = []

    def __call__(self, stamp_ns: int, event: AnyInput) -> None:
        self.inputs.append((stamp_ns, event))

    def story(self) -> list[str]:
        """ "on 3@0" for key 3 at 0 ms."""
        words = []
        for stamp_ns, event in self.inputs:
            assert isinstance(event, KeyDown | KeyUp)
            assert event.frame == -1
            way = "on" if isinstance(event, KeyDown) else "off"
            words.append(f"{way} {event.key}@{stamp_ns // MS}")
        return words


@pytest.fixture
def heard() -> Heard:
    return Heard()


def test_a_struck_key_sounds_for_its_gate_and_ends_at_its_own_time(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 3, 0)
    keys.due(399 * MS)
    assert heard.story() == ["on 3@0"]
    keys.due(700 * MS)
    assert heard.story() == ["on 3@0", "off 3@400"]
    assert heard.inputs[0][1] == KeyDown(-1, "keys:low", 3, 90)


def test_the_rows_are_two_inputs(heard: Heard) -> None:
    keys = TerminalKeys(heard)
    keys.strike("low", 1, 0)
    keys.strike("high", 1, 0)
    assert [event.input for _, event in heard.inputs] == ["keys:low", "keys:high"]


def test_a_second_stroke_while_it_sounds_ends_it_and_begins_again(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0)
    keys.strike("low", 2, 200 * MS)
    keys.due(1000 * MS)
    assert heard.story() == ["on 2@0", "off 2@200", "on 2@200", "off 2@600"]


def test_a_stroke_after_the_gate_ends_the_old_note_first_at_its_own_time(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0)
    keys.strike("low", 2, 500 * MS)  # nobody called due in between
    assert heard.story() == ["on 2@0", "off 2@400", "on 2@500"]


def test_keyboard_repeat_holds_the_note_instead_of_hammering_it(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0)
    for repeat_ms in range(30, 1000, 30):
        keys.strike("low", 2, repeat_ms * MS)
    keys.due(5000 * MS)
    assert heard.story() == ["on 2@0", "off 2@1390"]


def test_repeat_is_told_for_each_key_apart(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0)
    keys.strike("low", 3, 30 * MS)
    assert heard.story() == ["on 2@0", "on 3@30"]


def test_with_latch_the_second_press_ends_the_note(heard: Heard) -> None:
    keys = TerminalKeys(heard, latch=True)
    keys.strike("high", 5, 0)
    keys.due(3_600_000 * MS)
    assert heard.story() == ["on 5@0"]
    keys.strike("high", 5, 3_600_001 * MS)
    assert heard.story() == ["on 5@0", "off 5@3600001"]


def test_with_latch_keyboard_repeat_does_not_toggle(heard: Heard) -> None:
    keys = TerminalKeys(heard, latch=True)
    for repeat_ms in range(0, 300, 30):
        keys.strike("high", 5, repeat_ms * MS)
    assert heard.story() == ["on 5@0"]


def test_leaving_latch_ends_what_it_held_and_nothing_else(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=10)
    keys.strike("low", 0, 0)
    keys.set_gate(True, 10)
    keys.strike("low", 1, 100 * MS)
    keys.set_gate(False, 10)
    keys.due(200 * MS)
    assert heard.story() == ["on 0@0", "on 1@100", "off 1@200"]


def test_away_ends_everything_at_once(heard: Heard) -> None:
    keys = TerminalKeys(heard, latch=True)
    for key in range(8):
        keys.strike("low", key, 0)
    keys.away(50 * MS)
    keys.due(10_000 * MS)
    downs = [event for _, event in heard.inputs if isinstance(event, KeyDown)]
    ups = [event for _, event in heard.inputs if isinstance(event, KeyUp)]
    assert len(downs) == len(ups) == 8
    assert {stamp for stamp, event in heard.inputs if isinstance(event, KeyUp)} == {50 * MS}


def test_ends_come_in_the_order_of_their_times(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.5)
    keys.strike("low", 7, 0)
    keys.set_gate(False, 0.1)
    keys.strike("low", 6, 10 * MS)
    keys.due(1000 * MS)
    assert heard.story() == ["on 7@0", "on 6@10", "off 6@110", "off 7@500"]


@pytest.mark.parametrize("key", [-1, 8, 1000])
def test_a_key_that_does_not_exist_does_nothing(heard: Heard, key: int) -> None:
    TerminalKeys(heard).strike("low", key, 0)
    assert heard.inputs == []


@pytest.mark.parametrize("length_s", [-1.0, 0.0, 1e9, float("inf"), float("nan")])
def test_no_gate_is_endless_or_too_short_to_hear(heard: Heard, length_s: float) -> None:
    keys = TerminalKeys(heard, length_s=length_s)
    keys.strike("low", 0, 0)
    keys.due(30_000 * MS)
    (off_ns,) = [stamp for stamp, event in heard.inputs if isinstance(event, KeyUp)]
    assert 30 * MS <= off_ns <= 30_000 * MS
