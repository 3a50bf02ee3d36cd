"""Every step can be taken back, the first take included, and brought back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script

from jamroom.session import events as ev
from jamroom.session.state import Content


def test_undo_of_the_first_take_gives_an_empty_layer_and_redo_brings_it_back(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10)
    take = script.layer().content
    script.undo(BAR + 100)
    assert (script.layer().phase, script.layer().content) == ("empty", Content())
    script.redo(BAR + 200)
    assert (script.layer().phase, script.layer().content) == ("playing", take)
    script.advance(2 * BAR)
    assert [n[0] for n in script.played()] == [BAR + BEAT]


def test_a_muted_layer_comes_back_muted(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10)
    script.press(BAR + 20)
    script.undo(BAR + 100)
    script.redo(BAR + 200)
    assert script.layer().phase == "muted"
    script.tell(ev.LayerCleared(BAR + 300, 0, 0))
    script.undo(BAR + 400)
    assert script.layer().phase == "muted"


def test_a_new_take_after_an_undo_of_a_muted_one_plays(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10)
    script.press(BAR + 20)
    script.undo(BAR + 100)
    script.press(BAR + BEAT)
    script.note(2 * BAR + BEAT, 2 * BAR + 2 * BEAT)
    script.advance(3 * BAR + 1)
    assert script.layer().phase == "playing"
    script.undo(3 * BAR + 10)
    script.redo(3 * BAR + 20)
    assert script.layer().phase == "playing"


def test_undo_while_armed_recording_or_overdubbing_drops_only_that(script: Script):
    script.note(100, 200)
    script.press(BEAT)
    script.undo(2 * BEAT)
    assert script.layer().phase == "empty"
    script.press(3 * BEAT)
    script.note(BAR + BEAT, BAR + 2 * BEAT)
    script.undo(BAR + 3 * BEAT)
    assert script.layer().phase == "empty"
    script.keep(2 * BAR + 10)
    script.dub(2 * BAR + 20)
    script.note(2 * BAR + BEAT, 2 * BAR + 2 * BEAT, 72)
    script.undo(2 * BAR + 3 * BEAT)
    assert (script.layer().phase, script.loop()) == ("playing", [(1.0, 1.0, 60)])


def test_undo_and_redo_of_nothing_do_nothing(script: Script):
    script.note(100, 200)
    script.undo(300)
    script.redo(400)
    assert script.layer().phase == "empty"


def test_a_new_take_gives_up_what_was_undone(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10)
    script.undo(BAR + 20)
    script.press(BAR + BEAT)
    script.note(2 * BAR + 3 * BEAT, 3 * BAR - 10, 72)
    script.advance(3 * BAR + 10)
    script.redo(3 * BAR + 20)
    assert [n[2] for n in script.loop()] == [72]


@given(
    passes=st.lists(st.booleans(), min_size=1, max_size=5),
    muted=st.booleans(),
    cleared=st.booleans(),
    extra=st.integers(0, 2),
)
def test_n_undos_and_n_redos_are_exact(passes: list[bool], muted: bool, cleared: bool, extra: int):
    script = Script()
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR + 10)
    script.dub(BAR + 20)
    for number, plays in enumerate(passes, start=1):
        if plays:
            script.note(number * BAR + BEAT, number * BAR + 2 * BEAT, 60 + number)
    now = (len(passes) + 1) * BAR
    script.dub(now + 10)
    if muted:
        script.press(now + 20)
    if cleared:
        script.tell(ev.LayerCleared(now + 30, 0, 0))
    before = script.layer()
    steps = before.cursor
    assert steps == 1 + any(passes) + cleared
    for n in range(steps + extra):
        script.undo(now + 100 + n)
    assert script.layer().phase == "empty"
    for n in range(steps + extra):
        script.redo(now + 200 + n)
    after = script.layer()
    assert (after.content, after.phase, after.takes) == (
        before.content,
        before.phase,
        before.takes,
    )
