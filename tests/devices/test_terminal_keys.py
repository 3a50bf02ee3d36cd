from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def test_a_held_key_sounds_until_it_comes_up_however_long(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0, held=True)
    keys.due(60_000 * MS)
    assert heard.story() == ["on 2@0"]
    keys.lift("low", 2, 60_001 * MS)
    keys.lift("low", 2, 60_002 * MS)  # twice is once
    keys.due(90_000 * MS)
    assert heard.story() == ["on 2@0", "off 2@60001"]


def test_quick_strokes_of_a_held_key_are_all_heard(heard: Heard) -> None:
    keys = TerminalKeys(heard)
    for at_ms in (0, 40, 80):
        keys.strike("low", 2, at_ms * MS, held=True)
        keys.lift("low", 2, (at_ms + 20) * MS)
    assert heard.story() == ["on 2@0", "off 2@20", "on 2@40", "off 2@60", "on 2@80", "off 2@100"]


def test_a_lift_that_was_lost_hangs_nothing(heard: Heard) -> None:
    keys = TerminalKeys(heard)
    keys.strike("low", 2, 0, held=True)
    keys.strike("low", 2, 500 * MS, held=True)
    keys.lift("low", 2, 600 * MS)
    assert heard.story() == ["on 2@0", "off 2@500", "on 2@500", "off 2@600"]


def test_a_lift_ends_nothing_that_it_did_not_begin(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0)  # from a terminal that tells of no lifts
    keys.lift("low", 2, 100 * MS)
    keys.lift("high", 5, 100 * MS)
    assert heard.story() == ["on 2@0"]


def test_latch_is_latch_also_where_lifts_are_told(heard: Heard) -> None:
    keys = TerminalKeys(heard, latch=True)
    keys.strike("low", 2, 0, held=True)
    keys.lift("low", 2, 50 * MS)
    keys.due(9_000 * MS)
    assert heard.story() == ["on 2@0"]
    keys.strike("low", 2, 9_001 * MS, held=True)
    keys.lift("low", 2, 9_050 * MS)
    assert heard.story() == ["on 2@0", "off 2@9001"]


def test_latched_strokes_that_are_quick_all_count_where_repeats_are_not_told(heard: Heard) -> None:
    keys = TerminalKeys(heard, latch=True)
    keys.strike("low", 2, 0, held=True)
    keys.strike("low", 2, 80 * MS, held=True)
    assert heard.story() == ["on 2@0", "off 2@80"]


def test_changing_the_gate_leaves_held_keys_to_their_fingers(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    keys.strike("low", 2, 0, held=True)
    keys.set_gate(True, 0.4)
    keys.set_gate(False, 0.1)
    keys.due(5000 * MS)
    assert heard.story() == ["on 2@0"]
    keys.lift("low", 2, 5001 * MS)
    assert heard.story() == ["on 2@0", "off 2@5001"]


def test_away_ends_held_keys_and_a_late_lift_does_nothing(heard: Heard) -> None:
    keys = TerminalKeys(heard)
    keys.strike("low", 2, 0, held=True)
    keys.away(10 * MS)
    keys.lift("low", 2, 20 * MS)
    assert heard.story() == ["on 2@0", "off 2@10"]


def test_slow_keyboard_repeat_does_not_strike_again(heard: Heard) -> None:
    keys = TerminalKeys(heard, length_s=0.4)
    for repeat_ms in range(0, 1000, 95):
        keys.strike("low", 2, repeat_ms * MS)
    assert heard.story() == ["on 2@0"]


_STEPS = st.lists(
    st.tuples(
        st.sampled_from(["strike", "held", "lift", "latch", "gate", "away", "due"]),
        st.integers(0, 3),
        st.integers(0, 400),
    ),
    max_size=60,
)


@given(_STEPS)
def test_whatever_comes_every_note_on_has_one_off(steps: list[tuple[str, int, int]]) -> None:
    heard = Heard()
    keys = TerminalKeys(heard)
    now = 0
    for what, key, after_ms in steps:
        now += after_ms * MS
        match what:
            case "strike" | "held":
                keys.strike("low", key, now, held=what == "held")
            case "lift":
                keys.lift("low", key, now)
            case "latch" | "gate":
                keys.set_gate(what == "latch", 0.4)
            case "away":
                keys.away(now)
            case _:
                keys.due(now)
    keys.away(now)
    sounding: set[int] = set()
    for _, event in heard.inputs:
        assert isinstance(event, KeyDown | KeyUp)
        assert (event.key in sounding) is isinstance(event, KeyUp)
        sounding ^= {event.key}
    assert not sounding
