"""A loop's note that is taken up in its middle sounds as it would by then."""

from __future__ import annotations

from room_script import BAR, BEAT, Script

from jamroom.session import events as ev
from jamroom.session.effects import SoundBend, SoundOn


def test_a_note_that_had_bent_alone_is_bent_when_it_is_taken_up(script: Script) -> None:
    script.down(100, 60)
    script.down(110, 64)
    script.tell(ev.Bent(BEAT, 0, 300.0, 64))
    script.tell(ev.Bent(2 * BEAT, 0, 500.0, 64))
    script.tell(ev.Bent(3 * BEAT + 12_000, 0, 0.0, 64))
    script.up(4 * BEAT - 10, 60)
    script.up(4 * BEAT - 5, 64)
    script.keep(BAR + 10)
    script.tell(ev.QuantiseChosen(2 * BAR, "off"))
    script.press(2 * BAR + BEAT)
    script.advance(4 * BAR)
    since = len(script.effects)
    script.press(4 * BAR + 2 * BEAT + 6000)
    taken_up = script.effects[since:]
    voices = {e.note: e.voice for e in taken_up if isinstance(e, SoundOn)}
    assert set(voices) == {60, 64}
    bends = [(e.voice, e.cents, e.own_cents) for e in taken_up if isinstance(e, SoundBend)]
    assert bends == [(voices[64], 500.0, 500.0)]
