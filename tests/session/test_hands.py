"""Live notes: whatever changes between, the key that began a note ends it."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script, notes_of

from jamroom.session import events as ev
from jamroom.session.effects import SilenceAll, SoundBend, SoundOff, SoundOn, SoundPressure
from jamroom.session.inputs import Control, KeyDown, KeyUp, Lean
from jamroom.session.state import hold_of, part_of


def test_a_touch_makes_a_seat_and_sounds_at_once(script: Script):
    script.down(1000, 60, velocity=90)
    (on,) = script.told(SoundOn)
    assert (on.frame, on.seat, on.layer, on.note, on.velocity) == (1000, 0, -1, 60, 90)
    assert script.state.seats[0].input == "play:0"


def test_a_second_input_gets_a_second_seat_with_another_badge(script: Script):
    script.down(1000, seat=0)
    script.down(2000, seat=1)
    first, second = script.state.seats.values()
    assert (first.id, second.id) == (0, 1)
    assert first.badge != second.badge


def test_a_note_told_late_sounds_now_and_is_remembered_when_it_was(script: Script):
    script.tell(KeyDown(1000, "play:0", 60, 100), at=1300)
    assert script.told(SoundOn)[0].frame == 1300
    assert script.state.past[0].notes[0].start_beat == pytest.approx(1000 / BEAT)
    assert script.state.last_played[0] == 1000


@pytest.mark.parametrize(
    "between",
    [
        ev.PaletteChosen(2000, 9, "major"),
        ev.OctaveChosen(2000, 0, 2),
        ev.PatchChosen(2000, 0, "other"),
        ev.KeymapChosen(2000, 0, "drums"),
        ev.KeymapChosen(2000, 0, "chords"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_a_key_ends_the_note_it_began_whatever_changed(between: ev.AnyEvent):
    script = Script()
    script.down(1000, 62)
    script.tell(between)
    script.up(2 * BAR, 62)
    assert [(n[0], n[1]) for n in notes_of(script.effects)] == [(1000, 2 * BAR)]
    assert not script.state.held


def test_a_chord_on_one_key_ends_as_one(script: Script):
    script.down(10, 60)
    script.up(20, 60)
    script.tell(ev.KeymapChosen(30, 0, "chords"))
    script.down(1000, 38)
    assert len(script.state.sounding) == 3
    script.tell(ev.PaletteChosen(1100, 7, "minor"))
    script.up(2 * BAR, 38)
    assert not script.state.sounding


def test_a_key_struck_twice_without_release_sounds_once(script: Script):
    script.down(1000)
    script.down(2000)
    script.up(3000)
    assert [n[:2] for n in notes_of(script.effects)] == [(1000, 2000), (2000, 3000)]


def test_unplugging_ends_notes_pedal_and_bend(script: Script):
    script.down(1000, 60)
    script.down(1000, 64)
    script.bend(1100, 1.0)
    script.pedal(1200, True)
    script.up(1300, 64)
    script.unplug(2000)
    assert {n[1] for n in notes_of(script.effects)} == {2000}
    assert not script.state.seats[0].present
    script.note(3000, 4000)
    assert notes_of(script.effects)[-1][:2] == (3000, 4000)
    assert script.told(SoundBend)[-1].frame <= 2000, "the new hand begins unbent"


@pytest.mark.parametrize("controller", [120, 123, 124, 125, 126, 127])
def test_all_notes_off_lets_go_of_everything_the_seat_holds(script: Script, controller: int):
    script.down(900, 60)
    script.down(900, 64)
    script.down(1000, seat=1)
    script.bend(1100, 1.0)
    script.pedal(1200, True)
    script.up(1300, 64)
    script.tell(Control(2000, "play:0", controller, 0))
    assert [n[1] for n in notes_of(script.effects)] == [2000, 2000, -1]
    assert list(script.state.held) == [hold_of(1, 60)]
    assert not script.state.pedals
    assert script.state.bends[part_of(0)] == 0.0
    assert script.journal[-1] == (2000, ev.Controlled(2000, 0, controller, 0))


def test_a_reset_lifts_pedal_and_bend_and_leaves_the_keys(script: Script):
    script.down(1000, 60)
    script.down(1000, 64)
    script.bend(1100, 1.0)
    script.pedal(1200, True)
    script.up(1300, 64)
    script.tell(Control(2000, "play:0", 121, 0))
    assert [n[1] for n in notes_of(script.effects)] == [-1, 2000]
    assert not script.state.pedals
    assert script.told(SoundBend)[-1].cents == 0.0
    assert script.journal[-1] == (2000, ev.Controlled(2000, 0, 121, 0))


@pytest.mark.parametrize("controller", [1, 119, 122])
def test_other_controllers_are_only_kept(script: Script, controller: int):
    script.down(1000)
    script.tell(Control(2000, "play:0", controller, 5))
    assert script.journal[-1] == (2000, ev.Controlled(2000, 0, controller, 5))
    assert not script.told(SoundOff)


def test_a_pedal_that_came_back_and_went_again_holds_nothing(script: Script):
    script.note(1000, 1100)
    script.unplug(1200)
    script.pedal(1300, True)
    script.unplug(1400)
    script.note(1500, 1600)
    assert notes_of(script.effects)[-1][:2] == (1500, 1600)


def test_the_pedal_holds_until_it_is_let_go(script: Script):
    script.down(1000)
    script.pedal(1500, True)
    script.up(2000)
    assert not script.told(SoundOff)
    script.pedal(9000, False)
    assert notes_of(script.effects)[0][:2] == (1000, 9000)


def test_the_pedal_leaves_keys_alone_that_are_still_down(script: Script):
    script.down(1000)
    script.pedal(1500, True)
    script.pedal(2000, False)
    assert not script.told(SoundOff)


def test_a_key_again_under_the_pedal(script: Script):
    script.pedal(10, True)  # nobody is there yet
    script.down(1000)
    script.pedal(1500, True)
    script.up(2000)
    script.down(3000)
    script.up(4000)
    script.pedal(5000, False)
    assert [n[:2] for n in notes_of(script.effects)] == [(1000, 5000), (3000, 5000)]


def test_the_wheel_bends_what_sounds_and_what_comes(script: Script):
    script.down(1000)
    script.bend(2000, 0.5)
    script.down(3000, 67)
    assert [(b.frame, b.voice, b.cents) for b in script.told(SoundBend)] == [
        (2000, 1, 100.0),
        (3000, 2, 100.0),
    ]


def test_pressure_reaches_its_key_or_the_whole_hand(script: Script):
    script.down(1000, 60)
    script.down(1000, 64)
    script.tell(Lean(2000, "play:0", 64, 127))
    script.tell(Lean(3000, "play:0", -1, 0))
    assert [(p.frame, p.voice, p.amount) for p in script.told(SoundPressure)] == [
        (2000, 2, 1.0),
        (3000, 1, 0.0),
        (3000, 2, 0.0),
    ]


def test_a_wheel_that_never_rests_does_not_fill_the_memory(script: Script):
    script.down(1000)
    for n in range(20_000):
        script.bend(1001 + n, (n % 100) / 100)
    assert len(script.state.past[0].turns) <= 8192


def test_panic_silences_hands_and_loops_and_forgets_the_pedal(script: Script):
    script.note(BEAT, 2 * BEAT)
    script.keep(BAR)
    script.pedal(BAR + 10, True)
    script.note(BAR + 100, BAR + 200)
    script.bend(BAR + 300, 1.0)
    script.tell(ev.Panicked(BAR + BEAT + 500))
    assert script.told(SilenceAll)[0].frame == BAR + BEAT + 500
    assert script.layer().phase == "muted"
    assert not (script.state.sounding or script.state.held or script.state.pedals)
    script.advance(4 * BAR)
    assert all(n[0] <= BAR + BEAT + 500 for n in notes_of(script.effects))
    script.note(4 * BAR, 4 * BAR + 100)
    assert notes_of(script.effects)[-1][:2] == (4 * BAR, 4 * BAR + 100)


def test_a_bend_before_a_panic_is_not_in_the_loop_after_it(script: Script):
    script.down(1000)
    script.bend(1100, 1.0)
    script.tell(ev.Panicked(1200))
    script.note(BAR + 100, BAR + 200)
    script.keep(2 * BAR + 10)
    assert script.loop() == [(pytest.approx(100 / BEAT, abs=1e-4), 0.0156, 60)]
    assert not script.layer().content.turns


def test_keys_of_an_input_nobody_knows_do_nothing(script: Script):
    script.tell(KeyUp(10, "play:9", 60, 0))
    script.tell(Control(10, "play:9", 64, 127))
    script.unplug(20, 9)
    assert not script.state.seats
