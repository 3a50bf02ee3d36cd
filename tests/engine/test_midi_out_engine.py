"""Seats that play instruments: in tune, nothing stuck, nothing guessed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from midi_receiver import Receiver

from jamroom.engine.bank import Changing
from jamroom.engine.base import Engine
from jamroom.engine.midi_channels import MOST_NOTES, Instrument
from jamroom.engine.midi_out import MidiOutEngine

SYNTH = "midi:Minilogue"
PATCH = "out:Minilogue"
PLAIN = "out:Minilogue/plain"


def room() -> tuple[MidiOutEngine, Receiver]:
    receiver = Receiver(SYNTH)
    return MidiOutEngine(receiver), receiver


def test_is_an_engine_with_two_patches_an_output() -> None:
    engine, receiver = room()
    as_engine: Engine = engine
    assert isinstance(engine, Changing)
    assert as_engine.patches() == (PATCH, PLAIN)
    assert all(info.family == "MIDI out" and info.sentence for info in as_engine.catalogue())
    assert receiver.sent == []  # nothing is sent to what nobody plays
    assert not engine.render().any()


def test_the_first_note_sets_up_a_zone_and_only_its_own_channel() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 0.0, 90, 0)
    assert [message.hex(" ") for _, message, _ in receiver.sent] == [
        *("b0 65 00", "b0 64 06", "b0 06 0f"),
        *("b1 65 00", "b1 64 00", "b1 06 30", "b1 26 00"),
        *("e1 00 40", "d1 00"),  # nobody knows where it stood
        "91 3c 5a",
    ]
    engine.note_off(1, 0)
    assert receiver.sent[-1][1].hex(" ") == "81 3c 40"


def test_every_note_of_a_chord_has_its_own_tuning() -> None:
    engine, receiver = room()
    chord = ((60, 0.0), (63, 50.0), (64, -13.686), (67, 1.955), (60, 50.0), (60, 0.0))
    for voice, (note, cents) in enumerate(chord):
        engine.note_on(voice, 0, PATCH, note, cents, 90, 0)
    wanted = sorted(note * 100.0 + cents for note, cents in chord)
    assert receiver.pitches() == pytest.approx(wanted, abs=0.3)
    assert receiver.members == 15
    engine.bend(3, 100.0)
    assert max(receiver.pitches()) == pytest.approx(6801.955, abs=0.3)
    for voice in range(len(chord)):
        engine.note_off(voice, 0)
    assert receiver.pitches() == [] and engine.sounding() == 0


def test_with_all_channels_taken_notes_in_tune_share_and_else_the_oldest_ends() -> None:
    engine, receiver = room()
    for voice in range(15):
        engine.note_on(voice, 0, PATCH, 50 + voice, float(voice), 90, 0)
    engine.note_on(15, 0, PATCH, 80, 7.0, 90, 0)
    assert len(receiver.on) == 16
    engine.note_on(16, 0, PATCH, 81, 33.0, 90, 0)
    assert len(receiver.on) == 16 and (1, 50) not in receiver.on
    assert receiver.pitches()[-1] == pytest.approx(8133.0, abs=0.3)
    engine.note_off(0, 0)  # it has ended already
    assert len(receiver.on) == 16


def test_pressure_goes_to_the_note_and_not_to_the_next_in_its_channel() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 0.0, 90, 0)
    engine.pressure(1, 0.5)
    engine.pressure(1, 0.5)
    (channel, _) = receiver.on[0]
    assert receiver.pressure[channel] == 64
    assert sum(message[0] & 0xF0 == 0xD0 for _, message, _ in receiver.sent) == 2  # 0, then 64
    engine.note_off(1, 0)
    engine.note_on(2, 0, PATCH, 62, 0.0, 90, 0)
    assert receiver.on == [(channel, 62)]
    assert receiver.pressure[channel] == 0


def test_plain_gives_each_seat_a_channel_and_tunes_what_is_alone() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PLAIN, 60, 50.0, 90, 0)
    engine.note_on(2, 9, PLAIN, 60, -20.0, 90, 0)
    assert [channel for channel, _ in receiver.on] == [0, 10]  # never the drums' channel
    assert receiver.pitches() == pytest.approx([5980.0, 6050.0], abs=0.1)
    engine.note_on(3, 0, PLAIN, 64, 10.0, 90, 0)  # not alone: the first keeps its tuning
    assert receiver.pitches() == pytest.approx([5980.0, 6050.0, 6450.0], abs=0.1)
    engine.note_on(4, 0, PLAIN, 64, 0.0, 90, 0)  # the same key again
    assert len(receiver.on) == 3
    engine.silence()
    engine.note_on(5, 0, PLAIN, 64, 0.0, 90, 0)
    assert receiver.pitches() == [6400.0]
    assert receiver.members == 0


def test_the_way_of_tuning_changes_when_nothing_is_on() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 10.0, 90, 0)
    engine.note_on(2, 3, PLAIN, 62, 20.0, 90, 0)
    assert receiver.pitches() == pytest.approx([6010.0, 6220.0], abs=0.3)
    engine.silence()
    engine.note_on(3, 3, PLAIN, 62, 20.0, 90, 0)
    assert receiver.members == 0
    assert receiver.on == [(3, 62)]
    assert receiver.pitches() == pytest.approx([6220.0], abs=0.1)


def test_silence_and_close_end_exactly_what_is_on() -> None:
    for end in (MidiOutEngine.silence, MidiOutEngine.close):
        engine, receiver = room()
        for voice in range(5):
            engine.note_on(voice, 0, PATCH, 60 + voice, 0.0, 90, 0)
        engine.note_off(2, 0)
        before = len(receiver.sent)
        end(engine)
        ended = [message for _, message, _ in receiver.sent[before:]]
        assert receiver.on == []
        assert sum(message[0] & 0xF0 == 0x80 for message in ended) == 4
        assert sum(message[1] == 123 for message in ended if message[0] & 0xF0 == 0xB0) == 4
        assert len(ended) == 8 and engine.sounding() == 0
        end(engine)
        assert len(receiver.sent) == before + 8


def test_an_instrument_that_was_gone_is_set_up_again() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 0.0, 90, 0)
    receiver.outputs = ()
    engine.poll()
    engine.note_on(2, 0, PATCH, 62, 0.0, 90, 0)
    engine.note_off(1, 0)
    assert engine.sounding() == 0
    assert PATCH in engine.patches()  # its seats keep their sound
    receiver.outputs = (SYNTH,)
    receiver.replug()
    engine.poll()
    engine.note_on(3, 0, PATCH, 64, 25.0, 90, 0)
    assert receiver.members == 15
    assert receiver.pitches() == pytest.approx([6425.0], abs=0.3)


def test_one_that_comes_back_between_two_notes_is_set_up_again() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 0.0, 90, 0)
    receiver.outputs = ()
    engine.poll()
    receiver.outputs = (SYNTH,)
    receiver.replug()
    engine.poll()
    engine.render()
    assert engine.sounding() == 0
    engine.note_on(2, 0, PATCH, 60, -50.0, 90, 0)
    assert receiver.members == 15 and receiver.pitches() == pytest.approx([5950.0], abs=0.3)


@pytest.mark.parametrize("noticed", ["while it is gone", "when it is back"])
def test_what_an_instrument_still_sounds_when_its_cable_is_back_is_ended(noticed: str) -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 0.0, 90, 0)
    engine.note_on(2, 0, PATCH, 67, 0.0, 90, 0)
    receiver.outputs = ()  # the cable, or the ports' process: it is not switched off
    engine.poll()
    if noticed == "while it is gone":
        engine.render()
    engine.note_off(1, 0)
    assert len(receiver.on) == 2
    receiver.outputs = (SYNTH,)
    engine.poll()
    engine.render()
    assert receiver.on == [] and engine.sounding() == 0
    engine.note_on(3, 0, PATCH, 60, 0.0, 90, 0)
    receiver.outputs = ()
    engine.poll()
    receiver.outputs = (SYNTH,)
    engine.poll()
    engine.render()
    assert receiver.on == []


def test_silence_drops_what_is_planned_and_settings_are_told_again() -> None:
    engine, receiver = room()
    engine.note_on(1, 0, PATCH, 60, 33.0, 90, 0)
    engine.silence()
    assert receiver.hushed == 1 and receiver.on == []
    engine.note_on(2, 0, PATCH, 60, 0.0, 90, 0)
    assert receiver.pitches() == [6000.0]
    told = [message.hex(" ") for _, message, _ in receiver.sent]
    assert told.count("b0 64 06") == 2  # its zone may have been among what was dropped


def test_a_new_output_is_a_new_patch_and_the_version_tells() -> None:
    engine, receiver = room()
    before = engine.version
    engine.poll()
    assert engine.version == before
    receiver.outputs = (SYNTH, "midi:DAW")
    engine.poll()
    assert engine.version > before
    assert engine.patches() == (PATCH, PLAIN, "out:DAW", "out:DAW/plain")


def test_messages_are_for_the_time_of_their_frame() -> None:
    receiver = Receiver(SYNTH)
    engine = MidiOutEngine(receiver, when=lambda offset: 1_000_000 + offset)
    engine.note_on(1, 0, PATCH, 60, 0.0, 90, 17)
    assert {at_ns for _, _, at_ns in receiver.sent} == {1_000_017}
    engine.silence()
    assert receiver.sent[-1][2] == 0  # at once


_CALLS = st.lists(
    st.one_of(
        st.tuples(
            *(st.just("on"), st.integers(0, 40), st.integers(0, 31), st.integers(30, 50)),
            *(st.sampled_from([0.0, 50.0, -31.0, 2.0]), st.sampled_from(["mpe", "plain"])),
        ),
        st.tuples(st.just("off"), st.integers(0, 40)),
        st.tuples(st.just("bend"), st.integers(0, 40), st.floats(-300, 300)),
        st.tuples(st.just("end")),
    ),
    max_size=120,
)


@given(_CALLS)
def test_the_ledger_is_what_the_instrument_has_on(calls: list) -> None:  # type: ignore[type-arg]
    instrument, receiver = Instrument(), Receiver(SYNTH)
    for name, *given_ in calls:
        if name == "on":
            voice, bus, note, cents, way = given_
            out = instrument.note_on(voice, bus, note, cents, 90, way)
        elif name == "off":
            out = instrument.note_off(*given_)
        elif name == "bend":
            out = instrument.bend(*given_)
        else:
            out = instrument.end_all()
        for message in out:
            receiver.send(SYNTH, message)
        assert len(receiver.on) == len(instrument) <= MOST_NOTES
    for message in instrument.end_all():
        receiver.send(SYNTH, message)
    assert receiver.on == []


@given(st.lists(st.tuples(st.integers(21, 108), st.floats(-50, 50)), max_size=15))
def test_fifteen_notes_of_any_tuning_are_in_tune(notes: list[tuple[int, float]]) -> None:
    engine, receiver = room()
    for voice, (note, cents) in enumerate(notes):
        engine.note_on(voice, 0, PATCH, note, cents, 90, 0)
    wanted = sorted(note * 100.0 + cents for note, cents in notes)
    assert receiver.pitches() == pytest.approx(wanted, abs=0.3)
