"""Solo, groups, everything on and everything off."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script, notes_of

from jamroom.session import events as ev
from jamroom.session.effects import Notice


@pytest.fixture
def band(script: Script) -> Script:
    """Layers 0 (60, on beat 0), 1 (64, on beat 1) and seat 1's layer (70, beats 2 and 3)."""
    script.note(0, BEAT // 2, 60)
    script.note(2 * BEAT, 4 * BEAT - 10, 70, seat=1)
    script.tell(ev.Kept(BAR + 1, ev.EVERYBODY, 1))
    script.note(BAR + BEAT, BAR + 2 * BEAT, 64)
    script.keep(2 * BAR + 1)
    return script


def solo(script: Script, frame: int, seat: int, slot: int) -> None:
    script.tell(ev.LayerSoloed(frame, seat, slot))


def heard(script: Script, from_frame: int, to_frame: int) -> set[tuple[int, int, int]]:
    """(frame from the first, note, layer) of what layers begin."""
    script.advance(to_frame)
    notes = (n for n in notes_of(script.effects) if from_frame <= n[0] < to_frame and n[3] >= 0)
    return {(on - from_frame, note, layer) for on, _, note, layer in notes}


ALL = {(0, 60, 0), (BEAT, 64, 1), (2 * BEAT, 70, 8)}


def test_solo_lets_one_be_heard_and_the_others_go_on_silently_in_phase(band: Script):
    solo(band, 2 * BAR + 3 * BEAT, 0, 1)
    assert band.played(1, 0, since=2 * BAR) == [(2 * BAR + 2 * BEAT, 2 * BAR + 3 * BEAT, 70)]
    assert heard(band, 3 * BAR, 4 * BAR) == {(BEAT, 64, 1)}
    assert all(layer.phase == "playing" for layer in band.state.layers.values())
    solo(band, 4 * BAR, 0, 1)
    assert heard(band, 4 * BAR, 5 * BAR) == ALL


def test_a_long_note_is_taken_up_again_when_the_solo_ends(band: Script):
    solo(band, 3 * BAR, 0, 0)
    solo(band, 3 * BAR + 3 * BEAT, 0, 0)
    end = 4 * BAR - 10
    band.advance(4 * BAR)
    assert band.played(1, 0, since=3 * BAR) == [(3 * BAR + 3 * BEAT, end, 70)]


def test_two_solos_and_all_of_a_seat(band: Script):
    solo(band, 3 * BAR - 20, 0, -1)
    assert band.state.solos == [0, 1]
    assert heard(band, 3 * BAR, 4 * BAR - 50) == ALL - {(2 * BEAT, 70, 8)}
    solo(band, 4 * BAR - 20, 1, 0)
    assert heard(band, 4 * BAR, 5 * BAR - 50) == ALL
    solo(band, 5 * BAR - 20, 0, -1)
    assert heard(band, 5 * BAR, 6 * BAR) == {(2 * BEAT, 70, 8)}


@pytest.mark.parametrize("how", [ev.LayerCleared, ev.LayerUndone])
def test_the_solo_of_a_layer_that_is_emptied_ends(band: Script, how: type[ev.LayerCleared]):
    solo(band, 3 * BAR - 20, 0, 1)
    band.tell(how(3 * BAR - 10, 0, 1))
    assert not band.state.solos
    assert heard(band, 3 * BAR, 4 * BAR) == {(0, 60, 0), (2 * BEAT, 70, 8)}


def test_an_empty_layer_cannot_be_solo_and_panic_ends_all(band: Script):
    solo(band, 3 * BAR, 0, 5)
    assert not band.state.solos
    assert "no loop to be heard alone" in band.told(Notice)[-1].text
    solo(band, 3 * BAR + 10, 0, 0)
    band.tell(ev.Panicked(3 * BAR + 20))
    band.tell(ev.AllPlayed(4 * BAR - 10))
    assert heard(band, 4 * BAR, 5 * BAR) == ALL


def test_a_group_is_one_button(band: Script):
    for seat, slot in ((0, 1), (1, 0)):
        band.tell(ev.LayerGrouped(3 * BAR - 30 + seat, seat, slot, 3))
    band.press(3 * BAR - 20, slot=1)
    band.tell(ev.GroupPressed(3 * BAR - 10, 3))
    assert heard(band, 3 * BAR, 4 * BAR - 50) == {(0, 60, 0)}
    band.tell(ev.GroupPressed(4 * BAR - 20, 3))
    assert heard(band, 4 * BAR, 5 * BAR - 50) == ALL
    band.tell(ev.LayerGrouped(5 * BAR - 30, 0, 1, 0))
    band.tell(ev.GroupPressed(5 * BAR - 20, 3))
    assert heard(band, 5 * BAR, 6 * BAR - 50) == {(0, 60, 0), (BEAT, 64, 1)}
    band.tell(ev.GroupPressed(6 * BAR - 20, 7))
    assert "Nothing is in group 7" in band.told(Notice)[-1].text


def test_a_group_pressed_twice_before_the_line_stays_as_it_is(band: Script):
    band.tell(ev.LayerGrouped(3 * BAR - 30, 0, 0, 1))
    band.tell(ev.GroupPressed(3 * BAR - 20, 1))
    band.tell(ev.GroupPressed(3 * BAR - 10, 1))
    assert heard(band, 3 * BAR, 4 * BAR) == ALL


def test_everything_off_at_the_end_of_the_bar_whatever_the_grid(band: Script):
    band.tell(ev.QuantiseChosen(3 * BAR, "off"))
    band.tell(ev.AllStopped(3 * BAR + BEAT + 10_000))
    assert heard(band, 3 * BAR, 4 * BAR) == ALL
    assert not heard(band, 4 * BAR, 6 * BAR)
    assert all(layer.phase == "muted" for layer in band.state.layers.values())
    band.tell(ev.AllPlayed(6 * BAR))
    assert heard(band, 6 * BAR, 7 * BAR) == ALL


def test_a_press_a_little_late_stops_at_the_line_that_went_by(band: Script):
    band.tell(ev.AllStopped(3 * BAR + 3000))
    assert heard(band, 3 * BAR, 4 * BAR) == {(0, 60, 0)}
    assert band.played(0, 0, since=3 * BAR) == [(3 * BAR, 3 * BAR + 3000, 60)]


def test_what_is_under_way_when_all_stops_is_not_lost(band: Script):
    band.tell(ev.LoopBarsChosen(2 * BAR + 10, 4))
    band.press(2 * BAR + 20, slot=2)  # records from bar 2 on
    band.note(2 * BAR + BEAT, 2 * BAR + 2 * BEAT, 67)
    band.dub(2 * BAR + 2 * BEAT, seat=1)
    band.note(2 * BAR + 3 * BEAT, 2 * BAR + 3 * BEAT + 10, 72, seat=1)
    band.press(3 * BAR - 400, slot=3)  # armed
    band.tell(ev.AllStopped(3 * BAR - 300))
    assert not heard(band, 3 * BAR, 5 * BAR)
    phases = [band.layer(0, 2).phase, band.layer(0, 3).phase, band.layer(1, 0).phase]
    assert phases == ["muted", "empty", "muted"]
    assert band.loop(0, 2) == [(1.0, 1.0, 67)]
    assert [note for *_, note in band.loop(1, 0)] == [70, 72]
    band.press(5 * BAR, slot=2)
    assert heard(band, 5 * BAR, 6 * BAR) == {(BEAT, 67, 2)}


def test_a_keep_that_waits_for_its_line_is_made_and_rests(band: Script):
    band.note(3 * BAR + 3 * BEAT, 3 * BAR + 3 * BEAT + 100, 50)
    band.keep(3 * BAR + 3 * BEAT + 200)
    band.tell(ev.AllStopped(4 * BAR - 1000))
    assert not heard(band, 4 * BAR, 6 * BAR)
    assert band.layer(0, 2).phase == "muted"
    assert band.loop(0, 2)


def test_a_solo_recorded_under_by_another_waits_to_be_heard(band: Script):
    solo(band, 3 * BAR - 20, 1, 0)
    band.press(3 * BAR - 10, slot=2)
    band.note(3 * BAR + BEAT, 3 * BAR + 2 * BEAT, 67)
    assert heard(band, 4 * BAR, 5 * BAR - 50) == {(2 * BEAT, 70, 8)}
    solo(band, 5 * BAR - 20, 1, 0)
    assert heard(band, 5 * BAR, 6 * BAR) == ALL | {(BEAT, 67, 2)}
