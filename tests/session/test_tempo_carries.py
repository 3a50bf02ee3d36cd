"""Shaped, recalled and soloed loops stay on their beats, whatever the tempo does."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from room_script import BAR, BEAT, Script, as_journalled, notes_of

from jamroom.clocks import beat_at_frame, frame_at_beat
from jamroom.session import events as ev
from jamroom.session.effects import SoundOn
from jamroom.session.line import timed
from jamroom.session.state import (
    Content,
)
from jamroom.session.step import Session
from jamroom.session.stored import encode_state

tempi = st.sampled_from((60.0, 97.3, 133.3, 171.0, 240.0))
things = st.one_of(
    st.builds(ev.TempoChosen, st.just(0), tempi),
    st.sampled_from((ev.MeterChosen(0, 3, 4), ev.MeterChosen(0, 7, 8), ev.MeterChosen(0, 4, 4))),
    st.builds(ev.LayerShaped, st.just(0), st.just(0), st.integers(0, 1), st.just("shift"), tempi),
    st.just(ev.LayerShaped(0, 0, 0, "reverse", 0.0)),
    st.just(ev.LayerShaped(0, 0, 1, "tighten", 0.7)),
    st.builds(ev.LayerSoloed, st.just(0), st.just(0), st.integers(0, 1)),
    st.builds(ev.LayerPressed, st.just(0), st.just(0), st.integers(0, 1)),
    st.builds(ev.SceneRecalled, st.just(0), st.integers(1, 6)),
    st.just(ev.AllPlayed(0)),
    st.just(ev.AllStopped(0)),
)


def is_on_a_beat_of(content: Content, script: Script, frame: int) -> bool:
    """Whether a note of the content begins on this frame, by the map alone."""
    tempo_map = script.state.tempo_map
    passed = (beat_at_frame(tempo_map, frame) - content.anchor_beat) / content.length_beats
    begins = [content.anchor_beat + (int(passed) + k) * content.length_beats for k in (-1, 0, 1)]
    notes = timed(content)[0]
    return any(frame == frame_at_beat(tempo_map, b + n.start_beat) for b in begins for n in notes)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(200, 90_000), things), max_size=14))
def test_every_note_begins_on_its_beat_or_is_taken_up_by_a_change(
    plan: list[tuple[int, ev.AnyEvent]],
):
    script = Script()
    for slot, beat in ((0, 0.9), (1, 2.1)):
        begin = slot * BAR + round(beat * BEAT)
        script.note(begin, begin + 9000, 60 + slot)
        script.keep((slot + 1) * BAR + 1)
    now, changes = 3 * BAR, {2 * BAR + 1}
    contents = {0: set(script.layer(0, 0).takes), 1: set(script.layer(0, 1).takes)}
    for wait, thing in plan:
        now += wait
        request = type(thing)(now, *(getattr(thing, f) for f in thing.__struct_fields__[1:]))
        try:
            script.tell(request)
        except ValueError:
            continue
        changes.add(now)
        for slot in (0, 1):
            contents[slot] |= set(script.layer(0, slot).takes)
    script.advance(now + 4 * BAR)
    for effect in script.effects:
        if isinstance(effect, SoundOn) and effect.layer >= 0 and effect.frame not in changes:
            line = frame_at_beat(
                script.state.tempo_map,
                round(beat_at_frame(script.state.tempo_map, effect.frame) * 8) / 8,
            )
            on_its_beat = (
                is_on_a_beat_of(take, script, effect.frame) for take in contents[effect.layer]
            )
            assert any(on_its_beat) or line == effect.frame  # a recall takes up at its bar line
    notes_of(script.effects)
    session = Session()
    for at, event in script.journal:
        session.fold(at, as_journalled(event))
    session.advance(script.state.frame)
    assert encode_state(session.state) == encode_state(script.state)
