"""The palette changes at a downbeat and never touches a note that is held."""

from __future__ import annotations

from room_script import BAR, BEAT, Script, notes_of

from jamroom.music.palette import Palette
from jamroom.session import events as ev
from jamroom.session.effects import Mark, SoundOn
from jamroom.session.inputs import KeyDown, KeyUp
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state


def test_a_palette_waits_for_the_downbeat_and_is_shown_before(script: Script):
    script.tell(ev.PaletteChosen(BEAT, 9, "minor"))
    assert script.state.palette == Palette(2, "dorian")
    assert script.state.next_palette == Palette(9, "minor")
    script.advance(BAR)
    assert script.state.palette == Palette(2, "dorian")
    script.advance(BAR + 1)
    assert script.state.palette == Palette(9, "minor")
    assert script.state.next_palette is None
    assert [m.frame for m in script.told(Mark) if m.kind == "palette"] == [0, BAR]


def test_the_last_wish_before_the_downbeat_counts(script: Script):
    script.tell(ev.PaletteChosen(BEAT, 9, "minor"))
    script.tell(ev.PaletteChosen(2 * BEAT, 7, "major"))
    script.advance(2 * BAR)
    assert script.state.palette == Palette(7, "major")
    assert len([m for m in script.told(Mark) if m.kind == "palette"]) == 2


def test_a_key_held_over_the_change_ends_its_own_note(script: Script):
    key = "keys:low"
    script.tell(KeyDown(BEAT, key, 0, 100))
    script.tell(ev.PaletteChosen(2 * BEAT, 9, "minor"))
    script.tell(KeyUp(BAR + BEAT, key, 0, 64))
    script.tell(KeyDown(BAR + 2 * BEAT, key, 0, 100))
    first, second = (on.note for on in script.told(SoundOn))
    assert (first % 12, second % 12) == (2, 9)
    assert notes_of(script.effects)[0][:2] == (BEAT, BAR + BEAT)


def test_a_restart_before_the_downbeat_forgets_nothing(script: Script):
    script.tell(ev.PaletteChosen(BEAT, 9, "minor"))
    script.tell(ev.TempoChosen(BEAT, 60.0))
    again = Session(decode_state(encode_state(script.state)))
    assert again.advance(BAR + 10) == script.session.advance(BAR + 10)
    assert again.state.palette == Palette(9, "minor")
