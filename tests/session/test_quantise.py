"""Where launches and mutes take effect, for each setting of the room's grid."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, LATE, Script

from jamroom.session import events as ev
from jamroom.session.state import Layer


def playing(quantise: ev.Quantise, bars: int = 2) -> Script:
    """A loop of two bars (bars 0 and 1) that plays since bar 2."""
    script = Script()
    script.tell(ev.QuantiseChosen(0, quantise))
    for bar in range(bars):
        script.note(bar * BAR + BEAT, bar * BAR + 2 * BEAT, 60 + bar)
    script.keep(bars * BAR, bars=bars)
    return script


def muted_at(script: Script, pressed: int) -> float:
    """Beat of the session at which a press mutes."""
    script.press(pressed)
    layer: Layer = script.layer()
    return pressed / BEAT if layer.phase == "muted" else layer.change_beat


@pytest.mark.parametrize(
    ("quantise", "pressed", "takes_effect"),
    [
        ("off", 2 * BAR + 12_345, None),
        ("beat", 2 * BAR + BEAT + LATE, None),
        ("beat", 2 * BAR + BEAT + LATE + 1, 10.0),
        ("beat", 2 * BAR + 3 * BEAT + 9_000, 12.0),
        ("bar", 3 * BAR + LATE, None),
        ("bar", 3 * BAR + LATE + 1, 16.0),
        ("loop", 2 * BAR + LATE, None),
        ("loop", 2 * BAR + LATE + 1, 16.0),
        ("loop", 3 * BAR, 16.0),
        ("loop", 4 * BAR + LATE, None),
    ],
)
def test_a_press_takes_effect_on_the_grid(
    quantise: ev.Quantise, pressed: int, takes_effect: float | None
):
    now = pressed / BEAT
    assert muted_at(playing(quantise), pressed) == (now if takes_effect is None else takes_effect)


def test_a_beat_of_seven_eight_is_an_eighth():
    script = playing("beat")
    script.tell(ev.MeterChosen(2 * BAR + 10, 7, 8))
    script.advance(3 * BAR + 10)
    assert muted_at(script, 3 * BAR + BEAT // 2 + LATE + 1) == 13.0


def test_off_launches_in_the_middle_and_in_phase():
    script = playing("off")
    script.press(2 * BAR + 100)
    script.press(2 * BAR + BEAT + 12_000)
    assert script.layer().phase == "playing"
    script.advance(3 * BAR)
    # The note of beat 1 is half gone and half a beat is left of it: it is taken up.
    assert script.played() == [(2 * BAR + BEAT + 12_000, 2 * BAR + 2 * BEAT, 60)]


def test_a_short_rest_of_a_note_is_not_taken_up():
    script = playing("off")
    script.press(2 * BAR + 100)
    script.press(2 * BAR + 2 * BEAT - 5_000)
    script.advance(3 * BAR)
    assert script.played() == []


def test_the_bend_in_force_is_there_when_a_loop_is_launched_in_the_middle():
    script = Script()
    script.tell(ev.QuantiseChosen(0, "off"))
    script.note(10, 20, 48)
    script.bend(BEAT, 0.5)
    script.note(2 * BEAT, 3 * BEAT, 60)
    script.bend(3 * BEAT, 0.0)
    script.keep(BAR)
    script.press(BAR + 5)
    script.press(BAR + BEAT + 12_000)
    script.advance(BAR + 3 * BEAT)
    bends = [(e.frame, e.cents) for e in script.effects if type(e).__name__ == "SoundBend"]
    assert (BAR + 2 * BEAT, 100.0) in bends


def test_queued_launch_waits_and_can_be_taken_back():
    script = playing("loop")
    script.press(2 * BAR + 100)
    script.press(2 * BAR + BEAT)
    assert (script.layer().change, script.layer().change_beat) == ("play", 16.0)
    script.press(3 * BAR)
    script.advance(6 * BAR)
    assert script.layer().phase == "muted"
