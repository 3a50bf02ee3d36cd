"""Going back to an earlier moment at the next bar."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script, notes_of

from jamroom.session import events as ev
from jamroom.session.effects import Effect, Notice, SoundOn
from jamroom.session.scenes import MOST_NAMED, MOST_UNNAMED, playing
from jamroom.session.state import (
    Scene,
)
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state


@pytest.fixture
def two_loops(script: Script) -> Script:
    """Layers 0 (note 60) and 1 (note 64) of one bar; both play from bar 2 on, kept one by one."""
    script.note(BEAT, 2 * BEAT, 60)
    script.keep(BAR + 1)
    script.note(BAR + 2 * BEAT, BAR + 3 * BEAT, 64)
    script.keep(2 * BAR + 1)
    return script


def recall(script: Script, frame: int, scene: Scene) -> None:
    script.tell(ev.SceneRecalled(frame, scene.id))


def sounds(effects: list[Effect], from_frame: int, to_frame: int) -> list[tuple[int, int, int]]:
    """(frame counted from the first, layer, note) of what layers begin."""
    ons = (e for e in effects if isinstance(e, SoundOn) and e.layer >= 0)
    return [
        (e.frame - from_frame, e.layer, e.note) for e in ons if from_frame <= e.frame < to_frame
    ]


def test_every_change_is_a_scene_and_changes_in_one_bar_are_one(two_loops: Script):
    script = two_loops
    assert [set(s.layers) for s in script.state.scenes] == [{0}, {0, 1}]
    script.press(3 * BAR - 10, slot=0)
    script.press(3 * BAR - 5, slot=1)
    script.advance(3 * BAR + 1)
    assert len(script.state.scenes) == 2, "silence is no scene"
    script.press(4 * BAR - 10, slot=1)
    script.advance(4 * BAR + 1)
    assert [set(s.layers) for s in script.state.scenes] == [{0}, {0, 1}, {1}]
    script.undo(4 * BAR + 2 * BEAT, slot=1)
    script.redo(4 * BAR + 3 * BEAT, slot=1)
    assert [set(s.layers) for s in script.state.scenes] == [{0}, {0, 1}, {1}]


def test_a_moment_that_comes_again_is_the_same_scene(two_loops: Script):
    script = two_loops
    ids = {s.id for s in script.state.scenes}
    for bar in range(3, 60):
        script.press(bar * BAR - 10, slot=1)
    script.advance(61 * BAR)
    assert {s.id for s in script.state.scenes} == ids


def test_going_back_at_the_bar_line_and_back_again(two_loops: Script):
    script = two_loops
    before, now = script.state.scenes
    recall(script, 3 * BAR - 2 * BEAT, before)
    script.advance(3 * BAR - 10)
    assert script.layer(0, 1).phase == "playing", "not before the bar line"
    script.advance(4 * BAR)
    assert sounds(script.effects, 3 * BAR, 4 * BAR) == [(BEAT, 0, 60)]
    recall(script, 4 * BAR + 10, now)  # a little late: this bar is meant
    script.advance(5 * BAR)
    assert sounds(script.effects, 4 * BAR, 5 * BAR) == [(BEAT, 0, 60), (2 * BEAT, 1, 64)]


def test_going_back_ends_notes_cleanly_and_leaves_those_alone_that_stay(script: Script):
    script.note(3 * BEAT, BAR + 2 * BEAT, 60)
    script.tell(ev.Kept(BAR + 2 * BEAT + 1, 0, 1))
    script.note(2 * BAR + 3 * BEAT, 3 * BAR + 2 * BEAT, 64)
    script.tell(ev.Kept(3 * BAR + 2 * BEAT + 1, 0, 1))
    script.advance(4 * BAR + 1)
    first = next(s for s in script.state.scenes if set(s.layers) == {0})
    recall(script, 6 * BAR - 10, first)
    script.advance(7 * BAR)
    assert script.played(slot=0, since=5 * BAR)[0] == (5 * BAR + 3 * BEAT, 6 * BAR + 2 * BEAT, 60)
    assert script.played(slot=1, since=5 * BAR) == [(5 * BAR + 3 * BEAT, 6 * BAR, 64)]


def test_the_take_of_that_moment_comes_back_and_none_is_lost(two_loops: Script):
    script = two_loops
    script.tell(ev.LayerShaped(3 * BAR, 0, 0, "shift", 1.0))
    script.advance(3 * BAR + 1)
    before, now = script.state.scenes[-2:]
    assert before.layers.keys() == now.layers.keys()
    recall(script, 4 * BAR - 10, before)
    script.advance(5 * BAR - 20)
    assert sounds(script.effects, 4 * BAR, 5 * BAR) == [(BEAT, 0, 60), (2 * BEAT, 1, 64)]
    recall(script, 5 * BAR - 10, now)
    script.advance(6 * BAR)
    assert sounds(script.effects, 5 * BAR, 6 * BAR) == [(2 * BEAT, 0, 60), (2 * BEAT, 1, 64)]
    assert len(script.layer().takes) == 2


def test_a_cleared_layer_comes_back(two_loops: Script):
    script = two_loops
    both = script.state.scenes[-1]
    script.tell(ev.LayerCleared(3 * BAR + 10, 0, 0))
    script.tell(ev.LayerCleared(3 * BAR + 20, 0, 1))
    recall(script, 4 * BAR - 10, both)
    script.advance(5 * BAR)
    assert sounds(script.effects, 4 * BAR, 5 * BAR) == [(BEAT, 0, 60), (2 * BEAT, 1, 64)]


def test_what_is_forgotten_is_said_and_the_rest_plays(two_loops: Script):
    script = two_loops
    both = script.state.scenes[-1]
    script.undo(3 * BAR, slot=1)
    script.press(3 * BAR + BEAT, slot=1)
    script.note(4 * BAR + BEAT, 4 * BAR + 2 * BEAT, 70)
    script.advance(5 * BAR + 1)
    recall(script, 6 * BAR - 10, both)
    script.advance(7 * BAR)
    assert sounds(script.effects, 6 * BAR, 7 * BAR) == [(BEAT, 0, 60)]
    assert "forgotten" in script.told(Notice)[-1].text


def test_a_take_under_way_is_not_given_up(two_loops: Script):
    script = two_loops
    first = script.state.scenes[0]
    script.press(3 * BAR - 10, slot=2)
    recall(script, 3 * BAR - 5, first)
    script.note(3 * BAR + BEAT, 3 * BAR + 2 * BEAT, 70)
    script.advance(5 * BAR)
    assert sounds(script.effects, 4 * BAR, 5 * BAR) == [(BEAT, 0, 60), (BEAT, 2, 70)]


def test_scenes_are_bounded_and_named_ones_last_longer(two_loops: Script):
    script = two_loops
    script.tell(ev.SceneKept(2 * BAR + 100, "verse"))
    verse = script.state.scenes[-1]
    assert (verse.name, set(verse.layers)) == ("verse", {0, 1})
    for bar in range(3, 33):
        script.tell(ev.LayerShaped(bar * BAR, 0, 0, "transpose", 1.0))
    unnamed = [s for s in script.state.scenes if not s.name]
    assert len(unnamed) == MOST_UNNAMED
    recall(script, 40 * BAR - 10, verse)
    script.advance(41 * BAR)
    assert sounds(script.effects, 40 * BAR, 41 * BAR) == [(BEAT, 0, 60), (2 * BEAT, 1, 64)]
    for bar in range(42, 42 + MOST_NAMED):
        script.tell(ev.LayerShaped(bar * BAR, 0, 0, "shift", 0.3))
        script.tell(ev.SceneKept(bar * BAR + 10, f"verse {bar}"))
    names = [s.name for s in script.state.scenes if s.name]
    assert len(names) == MOST_NAMED
    assert "verse" not in names


def test_a_scene_needs_something_that_plays(script: Script):
    script.tell(ev.SceneKept(10, "nothing"))
    assert not script.state.scenes
    assert "Nothing is playing" in script.told(Notice)[-1].text
    script.session.fold(20, ev.SceneRecalled(20, 7))
    assert script.state.recalled_scene == 0


def test_panic_calls_a_recall_off(two_loops: Script):
    script = two_loops
    recall(script, 3 * BAR - 2 * BEAT, script.state.scenes[0])
    script.tell(ev.Panicked(3 * BAR - BEAT))
    script.advance(5 * BAR)
    assert not sounds(script.effects, 3 * BAR - BEAT, 5 * BAR)


ways = st.sampled_from(
    (
        *(("press", 0), ("press", 1), ("press", 2), ("clear", 1), ("undo", 0), ("redo", 0)),
        *(("shift", 0), ("reverse", 1), ("half", 2), ("double", 0), ("transpose", 2)),
    )
)


@settings(max_examples=40)
@given(st.lists(st.lists(ways, min_size=1, max_size=3), min_size=2, max_size=9), st.data())
def test_any_earlier_moment_sounds_again_as_it_did(plan: list[list[tuple[str, int]]], data):
    """Each bar something changes; what each bar began to play is kept, and found again."""
    script = Script()
    for slot, (note, beat) in enumerate(((60, 0), (64, 1), (67, 3))):
        script.note(slot * BAR + beat * BEAT, slot * BAR + beat * BEAT + 9000, note)
        script.keep((slot + 1) * BAR + 1)
    moments: dict[int, list[tuple[int, int, int]]] = {}
    bar = 4
    for changes in plan:
        for n, (way, slot) in enumerate(changes):
            change(script, bar * BAR - 100 + n, way, slot)
        bar += 2
        script.advance(bar * BAR - 200)
        listen(script, bar - 2, moments)
    for _ in range(4):
        scene = data.draw(st.sampled_from(script.state.scenes))
        recall(script, bar * BAR - 100, scene)
        script.session = Session(decode_state(encode_state(script.state)))
        bar += 2
        script.advance(bar * BAR - 200)
        there = {n: {take.id for take in script.state.layers[n].takes} for n in scene.layers}
        left = {n: take for n, take in scene.layers.items() if take in there[n]}
        assert playing(script.session) == left
        if scene.id in moments and left == scene.layers:
            assert listen(script, bar - 2, {}) == moments[scene.id]
    notes_of(script.effects)


def change(script: Script, frame: int, way: str, slot: int) -> None:
    held = not script.layer(0, slot).content.empty
    if way == "press" and held:
        script.press(frame, slot=slot)
    elif way == "clear":
        script.tell(ev.LayerCleared(frame, 0, slot))
    elif way == "undo":
        script.undo(frame, slot=slot)
    elif way == "redo":
        script.redo(frame, slot=slot)
    elif held and way != "press":
        script.tell(ev.LayerShaped(frame, 0, slot, way, 1.0))  # type: ignore[arg-type]


def listen(
    script: Script, bar: int, moments: dict[int, list[tuple[int, int, int]]]
) -> list[tuple[int, int, int]]:
    """What began in two bars, filed under the scene that is there now, if there is one."""
    heard = sounds(script.effects, bar * BAR, (bar + 2) * BAR - 200)
    now = playing(script.session)
    same = (scene for scene in script.state.scenes if scene.layers == now)
    if (scene := next(same, None)) is not None:
        moments[scene.id] = sorted(heard)
    return sorted(heard)
