"""How far back a session remembers, and what it costs; sessions kept by an older jamroom."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from room_script import BAR, BEAT, Script

from jamroom.session import events as ev
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state


def test_sixty_four_bars_can_be_kept(script: Script):
    for bar in range(66):
        for half in range(2):
            begin = bar * BAR + half * 2 * BEAT + 100
            script.note(begin, begin + 900, 60 + bar % 12)
    script.keep(66 * BAR + 1, bars=64)
    take = script.layer().content
    assert (take.bars, take.length_beats, len(take.notes)) == (64, 256.0, 128)
    assert take.anchor_beat == 8.0
    script.advance(66 * BAR + 64 * BAR)
    assert len(script.played()) == 128


@pytest.mark.parametrize("bars", [16, 32, 64])
def test_a_layer_can_be_that_long(script: Script, bars: int):
    script.note(100, 200, 48)
    script.tell(ev.LoopBarsChosen(300, bars))
    script.press(BEAT)
    for bar in range(1, bars + 1):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT)
    script.advance((bars + 1) * BAR + 1)
    assert len(script.loop()) == script.layer().content.bars == bars
    assert script.loop()[-1] == (4.0 * (bars - 1) + 1.0, 1.0, 60)


def test_what_is_remembered_is_bounded_however_fast_they_play(script: Script):
    for n in range(12_000):
        script.note(n * 400, n * 400 + 300, 40 + n % 40)
        if n % 3 == 0:
            script.bend(n * 400 + 350, n % 100 / 100)
    past = script.state.past[0]
    assert len(past.notes) <= 4096 + 512
    assert len(past.turns) <= 8192 + 1


def test_ten_fingers_that_bend_and_press_are_thinned_one_by_one(script: Script):
    for finger in range(10):
        script.down(100 + finger, 60 + finger)
    for n in range(4000):
        for finger in range(10):
            script.tell(ev.Bent(1000 + n * 10, 0, n / 100, 60 + finger))
            script.tell(ev.Leaned(1000 + n * 10, 0, 60 + finger, n % 128))
    past = script.state.past[0]
    spans = 40_000 / BEAT * 64
    assert len(past.turns) <= 20 * (spans + 2)
    last = {(t.kind, t.origin): t.value for t in past.turns}
    assert len(last) == 20
    assert {value for (kind, _), value in last.items() if kind == "bend"} == {39.99}


OF_CONTENT = ("id", "shift_beats", "reverse", "tighten", "degrees", "follow", "palette", "clip")
OF_STATE = (
    *("scenes", "next_scene", "recalled_scene", "recall_beat", "solos", "locked", "free_loop"),
    "recalled_layers",
    *("splits", "echo_beats", "echo_feedback", "ceiling_dbfs", "microphone", "audio_tempo"),
    *("clock_input", "key_bends", "walks", "past_palettes", "clock_heard", "clock_locked"),
    *("marked_bpm", "made_takes", "next_clip"),
)


def as_it_was(data: bytes) -> bytes:
    """A state as the jamroom before this one wrote it."""
    state: dict[str, Any] = msgspec.msgpack.decode(data, strict=False)
    for field in OF_STATE:
        del state[field]
    for layer in state["layers"].values():
        del layer["group"], layer["stops"]
        for take in layer["takes"]:
            for field in (*OF_CONTENT, "remade"):
                del take[field]
            take["turns"] = [turn[:3] for turn in take["turns"]]
    state["sounding"] = {voice: one[:6] for voice, one in state["sounding"].items()}
    state["keeps"] = [keep[:4] for keep in state["keeps"]]
    for past in state["past"].values():
        past["turns"] = [turn[:3] for turn in past["turns"]]
    return msgspec.msgpack.encode(state)


def test_a_session_kept_by_an_older_jamroom_goes_on_and_can_do_all_the_new_things(script: Script):
    script.bend(100, 0.2)
    script.note(BEAT, 2 * BEAT, 62)
    script.keep(BAR + 1)
    script.dub(BAR + 10)
    script.note(BAR + 2 * BEAT, BAR + 3 * BEAT, 65)
    script.dub(2 * BAR - 100)
    script.session = Session(decode_state(as_it_was(encode_state(script.state))))
    ids = [take.id for take in script.layer().takes]
    assert len(set(ids)) == 2
    assert all(ids)
    script.effects.clear()
    script.advance(3 * BAR - 100)
    assert [(on - 2 * BAR, note) for on, _, note in script.played()] == [
        (BEAT, 62),
        (2 * BEAT, 65),
    ]
    script.tell(ev.LayerShaped(3 * BAR - 90, 0, 0, "transpose", 1.0))
    script.tell(ev.LayerShaped(3 * BAR - 80, 0, 0, "follow", 1.0))
    script.tell(ev.SceneKept(3 * BAR - 70, "old"))
    script.tell(ev.PaletteChosen(3 * BAR + 10, 4, "dorian"))
    script.advance(5 * BAR - 100)
    since = [note for _, _, note in script.played(since=4 * BAR)]
    assert since == [66, 69]
    script.undo(5 * BAR - 50)
    script.tell(ev.SceneRecalled(5 * BAR - 40, script.state.scenes[-1].id))
    script.advance(6 * BAR)
    assert script.state.scenes
