"""What waits to be sent: two lanes, a budget, a ledger of what is on; and the pipe before them."""

from __future__ import annotations

import os
from collections.abc import Iterator

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from jamroom.devices.echoes import SURE, Echoes
from jamroom.devices.midi_lanes import BURST_BYTES, DIN_BYTES_PER_S, MOST_MUSIC, Lanes
from jamroom.devices.midi_wire import Hush, Light, Music, ToWatch
from jamroom.devices.outlet import MOST_WAITING, Outlet
from jamroom.messages import Unframer, frame_message

MS = 1_000_000
S = 1_000_000_000
PERIOD = 3 * MS


def on(note: int, velocity: int = 9) -> bytes:
    return bytes((0x90, note, velocity))


def off(note: int) -> bytes:
    return bytes((0x80, note, 64))


def sent(lanes: Lanes, begin_ns: int, end_ns: int) -> list[tuple[int, bytes]]:
    out: list[tuple[int, bytes]] = []
    for now_ns in range(begin_ns, end_ns, PERIOD):
        out += lanes.take(now_ns, now_ns + PERIOD)
    return out


def messages(timed: list[tuple[int, bytes]]) -> list[bytes]:
    return [message for _, message in timed]


# -- lanes -----------------------------------------------------------------------------------


def test_music_leaves_at_its_time_and_at_once_when_that_has_passed() -> None:
    lanes = Lanes()
    lanes.put(Music("", on(1), S + 7 * MS))
    lanes.put(Music("", b"\xf8", 5))
    lanes.put(Music("", b"\xf8", S + 2 * MS))
    assert lanes.next_ns(S) == S
    assert sent(lanes, S, S + 20 * MS) == [(S, b"\xf8"), (S + 2 * MS, b"\xf8"), (S + 7 * MS, on(1))]
    assert lanes.next_ns(S) is None


def test_no_note_off_overtakes_its_note_on() -> None:
    lanes = Lanes()
    lanes.put(Music("", on(1), S + 7 * MS))
    lanes.put(Music("", off(1)))
    assert sent(lanes, S, S + 20 * MS) == [(S + 7 * MS, on(1)), (S + 7 * MS, off(1))]


def test_of_lights_for_one_spot_only_the_newest_is_sent_and_spots_are_as_given() -> None:
    lanes = Lanes()
    for colour in (1, 2, 3):
        lanes.put(Light("", bytes((0x90, 5, colour))))
        lanes.put(Light("", bytes((0xF0, 0, colour, 0xF7)), spot=77))
    lanes.put(Light("", bytes((0xF0, 9, 0xF7))))
    assert messages(sent(lanes, S, S + 30 * MS)) == [
        bytes((0x90, 5, 3)),
        bytes((0xF0, 0, 3, 0xF7)),
        bytes((0xF0, 9, 0xF7)),
    ]


def test_lights_wait_for_music_and_music_for_nobody() -> None:
    lanes = Lanes()
    for note in range(100):
        lanes.put(Light("", bytes((0x91, note, 1))))
        lanes.put(Music("", on(note)))
    first = messages(lanes.take(S, S + PERIOD))
    assert [message for message in first if message[0] == 0x90] == [on(n) for n in range(100)]
    rest = sent(lanes, S, 2 * S)
    assert messages(rest) == [bytes((0x91, note, 1)) for note in range(100)]
    assert rest[0][0] > S + 50 * MS  # the cable had music to carry first


@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.integers(0, 127), st.integers(1, 40), st.booleans()),
        max_size=200,
    )
)
def test_lights_never_exceed_the_cable(asked: list[tuple[int, int, int, bool]]) -> None:
    lanes, now_ns, out = Lanes(), S, []
    for wait_ms, pad, length, long in asked:
        message = bytes((0xF0, *[pad] * length, 0xF7)) if long else bytes((0x90, pad, length))
        lanes.put(Light("", message))
        out += lanes.take(now_ns, now_ns + MS)
        now_ns += wait_ms * MS
    out += sent(lanes, now_ns, now_ns + 8 * S)
    assert lanes.next_ns(now_ns + 9 * S) is None
    total = 0
    for at_ns, message in out:
        total += len(message)
        assert total <= BURST_BYTES + (at_ns - S) / 1e9 * DIN_BYTES_PER_S + 1


def test_when_too_much_waits_note_ons_go_before_note_offs() -> None:
    lanes = Lanes()
    for _ in range(MOST_MUSIC + 5):
        lanes.put(Music("", on(1), S + 500 * MS))
    lanes.put(Music("", off(1), S + 500 * MS))
    out = messages(sent(lanes, S, 2 * S))
    assert len(out) == MOST_MUSIC + 1
    assert out[-1] == off(1)
    assert lanes.dropped == 5


def test_hush_ends_what_is_on_and_nothing_else() -> None:
    lanes = Lanes()
    for message in (on(1), on(2), off(2), bytes((0x93, 5, 1)), b"\xfa", bytes((0xB0, 7, 7))):
        lanes.put(Music("", message))
    lanes.take(S, S + PERIOD)
    lanes.put(Music("", on(9), S + 100 * MS))
    lanes.put(Music("", b"\xf8", S + 5 * MS))
    lanes.put(Hush(""))
    ends = messages(sent(lanes, S + PERIOD, S + 200 * MS))
    assert ends == [off(1), bytes((0x83, 5, 64)), b"\xf8"]
    lanes.put(Light("", on(8)))
    lanes.put(Music("", b"\xf8", 3 * S))
    lanes.put(Hush("", clock=True))
    assert messages(sent(lanes, 2 * S, 4 * S)) == [b"\xfc"]
    lanes.put(Hush("", clock=True))
    assert sent(lanes, 4 * S, 5 * S) == []


# -- the pipe --------------------------------------------------------------------------------


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


def test_a_full_pipe_holds_nobody_up_and_keeps_note_offs_longest(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    outlet = Outlet()
    assert not outlet.put(b"nobody there", True)
    outlet.open(writing)
    number = 0
    while outlet.put(frame_message(Music("x", on(number % 128), number)), False):
        number += 1
    assert outlet.dropped == 1
    offs = 0
    while outlet.put(frame_message(Music("x", off(1), offs)), True):
        offs += 1
    assert offs == MOST_WAITING
    os.set_blocking(reading, False)
    unframer, decoder, came = Unframer(), msgspec.msgpack.Decoder(ToWatch), []
    while len(came) < number + offs:
        came += [decoder.decode(body) for body in unframer.feed(os.read(reading, 65_536))]
        outlet.flush()
    assert [music.at_ns for music in came] == [*range(number), *range(offs)]
    outlet.close()
    assert not outlet.put(b"closed", True)


def test_a_pipe_whose_reader_died_is_no_error(pipe: tuple[int, int]) -> None:
    outlet = Outlet()
    reading, writing = os.pipe()
    outlet.open(writing)
    os.close(writing)
    os.close(reading)
    for _ in range(3):
        outlet.put(b"to nobody", True)
    outlet.close()


# -- our own, coming back ----------------------------------------------------------------------


def test_a_loop_is_found_after_a_few_and_only_its_echoes_are_left_out() -> None:
    echoes = Echoes()
    passed = 0
    for number in range(40):
        echoes.sent(on(number), S + number * 50 * MS)
        passed += not echoes.is_echo("a", on(number), S + number * 50 * MS + 4 * MS)
    assert passed == SURE
    assert echoes.loops == {"a"}
    assert not echoes.is_echo("a", on(99), 4 * S)
    assert not echoes.is_echo("b", on(39), S + 39 * 50 * MS + 4 * MS)
    echoes.forget("a")
    assert not echoes.loops


def test_a_player_who_hits_what_a_light_just_said_is_heard() -> None:
    """Fixed velocity, lights of the same number, on the beat: four in a row, and the releases."""
    echoes = Echoes()
    for beat in range(100):
        at_ns = S + beat * 500 * MS
        echoes.sent(on(36, 127), at_ns)
        assert not echoes.is_echo("pad", on(36, 127), at_ns + 10 * MS)
        assert not echoes.is_echo("pad", off(36), at_ns + 100 * MS)


def test_clock_is_never_an_echo_and_memory_is_bounded() -> None:
    echoes = Echoes()
    for number in range(20_000):
        echoes.sent(b"\xf8", S + number)
        assert not echoes.is_echo("a", b"\xf8", S + number)
        echoes.sent(number.to_bytes(3, "big"), S)
    assert len(echoes._sent) <= 4096


def test_our_own_clock_that_comes_back_is_known_by_its_start() -> None:
    echoes = Echoes()
    assert not echoes.is_own_clock("drums", b"\xfa", S)
    echoes.sent(b"\xfa", 2 * S)
    assert echoes.is_own_clock("loop", b"\xfa", 2 * S + 9 * MS)
    assert echoes.is_own_clock("loop", b"\xf8", 3 * S)
    assert not echoes.is_own_clock("drums", b"\xf8", 3 * S)
    assert not echoes.is_own_clock("loop", b"\xfa", 9 * S)  # it has a clock of its own now
    echoes.sent(b"\xfb", 10 * S)
    assert echoes.is_own_clock("loop", b"\xfb", 10 * S + MS)
    echoes.forget("loop")
    assert not echoes.is_own_clock("loop", b"\xf8", 11 * S)


def test_lights_that_left_are_told_apart() -> None:
    lanes = Lanes()
    lanes.put(Music("", on(60), 0))
    lanes.put(Light("", on(3)))
    assert len(lanes.take(S, S + MS)) == 2
    assert lanes.lit == (on(3),)
    assert lanes.take(2 * S, 2 * S + MS) == [] and lanes.lit == ()
