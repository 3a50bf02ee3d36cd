"""What is written, what stays in memory, and what a room is told: without any process."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from recording import RATE, a_jam, batch, notes, opened, records, sits

from jamroom.capture.journal import Journal
from jamroom.capture.shadow import Shadow
from jamroom.messages import Batch, Recorded
from jamroom.session import events as ev
from jamroom.session.stored import decode_state, encode_state

CANARY = 0x5A5A_3C3C_1234
"""A frame whose bytes can be looked for in a file."""


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal.create(tmp_path / "s.jam") as journal:
        yield journal


def commit(shadow: Shadow, journal: Journal) -> int:
    """Write what there is; up to which n the room may forget."""
    while ticket := shadow.ticket():
        journal.write(ticket.work)
        shadow.done(ticket)
    return shadow.done_n(shadow.run)


def kept(journal: Journal) -> list[ev.AnyEvent]:
    return [entry.event for entry in journal.entries()]


def bytes_on_disk(journal: Journal) -> bytes:
    folder = journal.path.parent
    return b"".join(path.read_bytes() for path in sorted(folder.iterdir()))


def canary_seat(seat: int) -> ev.AnyEvent:
    return sits(seat, frame=CANARY - 1)


def canary_notes(seat: int, number: int = 1) -> list[ev.AnyEvent]:
    return notes(seat, 60, CANARY * number)


def canary_bytes(number: int = 1) -> list[bytes]:
    frame = CANARY * number
    return [frame.to_bytes(8, "little"), frame.to_bytes(8, "big")]


def test_play_only_never_touches_the_disk(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    first = [
        opened("keep"),
        sits(1, "blue heron"),
        sits(2, "vermilion newt"),
        ev.ConsentChosen(0, 2, "play"),
    ]
    shadow.receive(batch(first))
    commit(shadow, journal)
    mine = [ev.LayerPressed(10, 2, 3), *canary_notes(2), ev.PatchChosen(CANARY, 2, "moth wings")]
    shadow.receive(batch([*mine, ev.TempoChosen(CANARY + 9000, 99.0), ev.Closed(CANARY + 9001)], 5))
    assert commit(shadow, journal) == 10
    assert bytes_on_disk(journal).count(b"moth wings") == 0
    stored = journal.stored_state()
    assert stored is not None
    assert set(decode_state(stored.body).seats) == {1}
    assert decode_state(stored.body).last_played == {}
    assert kept(journal)[-2:] == [ev.TempoChosen(CANARY + 9000, 99.0), ev.Closed(CANARY + 9001)]
    assert not [e for e in kept(journal)[4:] if ev.seat_of(e) == 2]
    assert set(decode_state(shadow.memory(0).state).seats) == {1, 2}


def test_bytes_of_play_only_notes_occur_nowhere(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    seats = [opened("play"), sits(1), sits(2), ev.ConsentChosen(0, 1, "keep")]
    shadow.receive(batch([*seats, *canary_notes(1, 1), *canary_notes(2, 2)], frame=CANARY * 3))
    commit(shadow, journal)
    on_disk = bytes_on_disk(journal)
    assert any(word in on_disk for word in canary_bytes(1)), "the canary can be seen at all"
    assert not any(word in on_disk for word in canary_bytes(2))


def test_a_scene_tells_nothing_of_loops_that_were_not_to_be_kept(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    seats = [opened("keep"), sits(1), sits(2), ev.ConsentChosen(0, 2, "play")]
    shadow.receive(batch([*seats, ev.SceneRecalled(9, 4, ((8, 65544), (17, 131089)))]))
    commit(shadow, journal)
    assert kept(journal)[-1] == ev.SceneRecalled(9, 4, ((8, 65544),))


def test_undecided_waits_in_memory_and_is_kept_in_order_once_agreed(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    tempo = ev.TempoChosen(CANARY + 7000, 99.0)
    first = [opened("undecided"), canary_seat(1), *canary_notes(1), tempo]
    shadow.receive(batch(first, frame=CANARY + 8000))
    assert commit(shadow, journal) == 1
    assert kept(journal) == [first[0], first[-1]]
    assert not any(word in bytes_on_disk(journal) for word in canary_bytes())
    yes = ev.ConsentChosen(CANARY + 9000, ev.EVERYBODY, "keep")
    shadow.receive(batch([yes], 6))
    assert commit(shadow, journal) == 6
    assert kept(journal) == [*first, yes]
    stored = journal.stored_state()
    assert stored is not None
    assert set(decode_state(stored.body).seats) == {1}


def test_undecided_is_dropped_when_the_answer_is_no(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    no = ev.ConsentChosen(CANARY + 9000, ev.EVERYBODY, "play")
    shadow.receive(batch([opened("undecided"), sits(1), *canary_notes(1), no]))
    assert commit(shadow, journal) == 5
    assert kept(journal) == [opened("undecided"), no]
    assert not any(word in bytes_on_disk(journal) for word in canary_bytes())


def test_undecided_is_forgotten_after_ten_minutes_but_not_who_sits_there(
    journal: Journal,
) -> None:
    shadow = Shadow(journal, "boot")
    early, late = notes(1, 60, 1000), notes(1, 62, 580 * RATE)
    shadow.receive(batch([opened("undecided"), sits(1), *early, *late], frame=601 * RATE))
    assert commit(shadow, journal) == 4
    yes = ev.ConsentChosen(601 * RATE, 1, "keep")
    shadow.receive(batch([yes], 7))
    assert commit(shadow, journal) == 7
    assert kept(journal) == [opened("undecided"), sits(1), *late, yes]


def test_play_then_keep_keeps_from_there_on_with_badge_and_patch(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    patch, yes = ev.PatchChosen(10, 1, "reed"), ev.ConsentChosen(9000, 1, "keep")
    first = [opened("play"), sits(1), patch, *notes(1, 60, 100), yes, *notes(1, 62, 9100)]
    shadow.receive(batch(first))
    assert commit(shadow, journal) == 8
    assert kept(journal) == [opened("play"), sits(1), patch, yes, *notes(1, 62, 9100)]


def test_a_choice_outlives_the_recorder(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    shadow.receive(batch([opened("keep"), sits(1), ev.ConsentChosen(1, 1, "play")]))
    commit(shadow, journal)
    shadow = Shadow(journal, "boot")
    shadow.receive(batch([*canary_notes(1), ev.Closed(CANARY)], 4))
    commit(shadow, journal)
    assert not [e for e in kept(journal) if isinstance(e, ev.Played)]
    stored = journal.stored_state()
    assert stored is not None
    assert decode_state(stored.body).last_played == {}


def test_a_room_on_another_boot_or_long_ago_does_not_carry_on(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    shadow.receive(batch([opened()], frame=777))
    stood = Batch("run1", 777, 5_000_000_000, ())
    shadow.receive(stood)
    ticket = shadow.ticket(at_once=True)
    assert ticket is not None
    journal.write(ticket.work)
    soon, late = 6_000_000_000, 66_000_000_000
    assert shadow.memory(late).carry_on is True, "it never went away"
    assert Shadow(journal, "boot").memory(soon).carry_on is True
    assert Shadow(journal, "boot").memory(late).carry_on is False
    assert Shadow(journal, "another").memory(soon).carry_on is False


def test_two_runs_follow_each_other(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    shadow.receive(batch([opened(), sits(1)]))
    shadow.receive(batch([ev.Resumed(500, RATE, True)], 1, "run2"))
    assert commit(shadow, journal) == 1
    assert kept(journal) == [opened(), sits(1), ev.Resumed(500, RATE, True)]
    assert shadow.memory(0).run == "run2"


def test_a_session_begins_only_once(journal: Journal, caplog: pytest.LogCaptureFixture) -> None:
    shadow = Shadow(journal, "boot")
    first = [opened(), sits(1), *notes(1, 60, 100), ev.Closed(9000)]
    shadow.receive(batch(first, frame=10_000))
    commit(shadow, journal)
    # A room that found no recorder opened a session of its own, and plays on from frame 0.
    shadow.receive(batch([opened("share"), sits(1)], run="run2"))
    shadow.receive(batch(notes(1, 62, 500), 3, "run2", frame=8000))
    assert commit(shadow, journal) == 4
    said = ev.ConsentChosen(10_000, ev.EVERYBODY, "share")
    then = [said, sits(1, frame=10_000), *notes(1, 62, 10_500)]
    assert kept(journal) == [*first, *then]
    assert len(caplog.records) == 1
    ats = [entry.at for entry in journal.entries()]
    assert ats == sorted(ats)
    memory = shadow.memory(0)
    assert (memory.frame, memory.carry_on) == (18_000, True)
    assert decode_state(memory.state).frame == 18_000
    # The recorder dies; the next one knows where that run's time lies.
    shadow = Shadow(journal, "boot")
    shadow.receive(batch(notes(1, 64, 9000), 5, "run2"))
    assert commit(shadow, journal) == 6
    assert kept(journal) == [*first, *then, *notes(1, 64, 19_000)]


def test_a_refused_opening_that_is_sent_again_stays_where_it_was(journal: Journal) -> None:
    shadow = Shadow(journal, "boot")
    shadow.receive(batch([opened()], frame=10_000))
    commit(shadow, journal)
    again = [opened(), sits(1), *notes(1, 62, 500)]
    shadow.receive(batch(again, run="run2"))
    commit(shadow, journal)
    before = kept(journal)
    shadow = Shadow(journal, "boot")
    shadow.receive(batch([*again, ev.Closed(7000)], run="run2"))
    assert commit(shadow, journal) == 5
    assert kept(journal) == [*before, ev.Closed(17_000)]


def with_and_without_crashes(
    seed: int, everything: tuple[Recorded, ...], whole: Journal, hurt: Journal
) -> None:
    """Record into both journals; the recorder of `hurt` dies again and again."""
    chance = random.Random(seed * 7919)
    steady, shadow = Shadow(whole, "boot"), Shadow(hurt, "boot")
    position = 0
    while position < len(everything):
        step = everything[position : position + chance.randrange(1, 12)]
        position += len(step)
        for follower in (steady, shadow):
            follower.receive(Batch("run", step[-1].at, 0, step))
        commit(steady, whole)
        if chance.random() < 0.6:
            commit(shadow, hurt)
        if chance.random() < 0.2:
            again = everything[shadow.done_n("run") : position]
            shadow = Shadow(hurt, "boot")
            if again:
                shadow.receive(Batch("run", again[-1].at, 0, again))
    commit(shadow, hurt)
    commit(steady, whole)


@pytest.mark.parametrize("seed", range(12))
def test_a_recorder_that_dies_anywhere_leaves_the_same_journal(seed: int, tmp_path: Path) -> None:
    everything = records(a_jam(seed, "undecided", "keep", "share"))
    with (
        Journal.create(tmp_path / "whole.jam") as whole,
        Journal.create(tmp_path / "hurt.jam") as hurt,
    ):
        with_and_without_crashes(seed, everything, whole, hurt)
        assert list(hurt.entries()) == list(whole.entries())
        assert hurt.marks() == whole.marks()


@pytest.mark.parametrize("seed", range(12))
def test_a_crash_never_puts_a_play_only_note_on_the_disk(seed: int, tmp_path: Path) -> None:
    everything = records(a_jam(seed, "undecided", "play", "keep"))
    with (
        Journal.create(tmp_path / "whole.jam") as whole,
        Journal.create(tmp_path / "hurt.jam") as hurt,
    ):
        with_and_without_crashes(seed, everything, whole, hurt)
        survived, all_kept = set(hurt.entries()), set(whole.entries())
        assert survived <= all_kept
        # Who sat down while it was play only was in memory, and that memory died.
        assert all(isinstance(entry.event, ev.SeatTaken) for entry in all_kept - survived)


@pytest.mark.parametrize("seed", range(4))
def test_the_stored_state_and_the_rest_make_the_same_session(seed: int, tmp_path: Path) -> None:
    events = a_jam(seed, "keep", "share")
    path = tmp_path / "s.jam"
    with Journal.create(path) as journal:
        shadow = Shadow(journal, "boot")
        for n, event in enumerate(events, 1):
            shadow.receive(batch([event], n))
            if n % 40 == 0:
                commit(shadow, journal)
        commit(shadow, journal)
        live = shadow.memory(0).state
        assert journal.stored_state() is not None
        marks = journal.marks()
        reopened = Shadow(journal, "boot")
        commit(reopened, journal)
        assert encode_state(decode_state(reopened.memory(0).state)) == live
        assert journal.marks() == marks
