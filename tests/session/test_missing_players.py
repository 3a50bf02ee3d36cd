"""A journal lacks what some players did not want kept; what the others played is as it was."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script, as_journalled

from jamroom.session import events as ev
from jamroom.session.effects import Effect, SoundOn
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state, without_seats


def heard_of(effects: list[Effect], seat: int) -> list[tuple[int, int, int]]:
    return [
        (e.frame, e.layer, e.note) for e in effects if isinstance(e, SoundOn) and e.seat == seat
    ]


def is_the_same_without(script: Script, private: int, seat: int) -> None:
    """What a seat plays is the same when the journal lacks another one."""
    session, effects = Session(), []
    for at, event in script.journal:
        if ev.seat_of(event) != private:
            effects += session.fold(at, as_journalled(event))
    effects += session.advance(script.state.frame)
    assert heard_of(effects, seat) == heard_of(script.effects, seat)
    assert not heard_of(effects, private)


def two_players(script: Script) -> None:
    """Seat 0 keeps, seat 1 only plays; each has a loop."""
    script.down(100, 60)
    script.down(200, 67, seat=1)
    script.up(BEAT, 60)
    script.up(BEAT, 67, seat=1)
    script.keep(BAR + 10, seat=1)
    script.keep(BAR + 10, seat=0)


def test_going_back_to_a_scene(script: Script) -> None:
    script.note(10, 50, 48)
    script.note(100, BEAT, 67, seat=1)
    script.keep(BAR + 10, seat=1)
    script.note(BAR + 100, BAR + BEAT, 60)
    script.keep(2 * BAR + 10)
    there = script.state.scenes[-1]
    script.note(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 62)
    script.keep(3 * BAR + 10)
    script.advance(5 * BAR)
    since = len(script.effects)
    script.tell(ev.SceneRecalled(5 * BAR + 9_000, there.id))
    script.advance(9 * BAR)
    later = heard_of(script.effects[since:], 0)
    assert {note for frame, _, note in later if frame >= 6 * BAR} == {60}
    is_the_same_without(script, 1, 0)


def test_a_group_of_several_players(script: Script) -> None:
    two_players(script)
    script.tell(ev.LayerGrouped(BAR + 20, 0, 0, 3))
    script.tell(ev.LayerGrouped(BAR + 20, 1, 0, 3))
    script.tell(ev.LayerPressed(2 * BAR - 10, 0, 0))
    script.tell(ev.GroupPressed(4 * BAR - 10, 3))  # seat 1 plays, so all of it mutes
    script.advance(7 * BAR)
    assert not [f for f, _, _ in heard_of(script.effects, 0) if f > 3 * BAR]
    is_the_same_without(script, 1, 0)


def test_keeping_what_everybody_played(script: Script) -> None:
    script.note(100, BEAT, 60)
    script.note(BAR + 200, BAR + BEAT, 67, seat=1)
    # Late in a bar in which only seat 1 played: that bar is meant, at the bar line.
    script.tell(ev.Kept(2 * BAR - BEAT, ev.EVERYBODY, 1))
    script.advance(5 * BAR)
    assert script.loop(1) == [(pytest.approx(0, abs=0.01), pytest.approx(1, abs=0.02), 67)]
    assert len(heard_of(script.effects, 0)) == 1
    is_the_same_without(script, 1, 0)


def test_a_stored_state_has_no_moments_of_those_who_are_left_out(script: Script) -> None:
    two_players(script)
    script.tell(ev.LayerPressed(3 * BAR - 10, 0, 0))
    script.advance(4 * BAR)
    left = decode_state(encode_state(without_seats(script.state, {1})))
    assert left.scenes
    assert all(set(scene.layers) == {0} for scene in left.scenes)
    assert set(left.made_takes) == {0}
