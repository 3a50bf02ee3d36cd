"""Real ports on a real JACK server: played, pulled out while keys are down, and put back."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from jamroom.devices.midi_in import NO_MIDI, MidiInputs
from jamroom.devices.midi_rtmidi import Stamps
from jamroom.session.inputs import AnyInput, InputGone, KeyDown, KeyUp
from real_jack import JackServer, until
from virtual_pad import VirtualPads

pytestmark = pytest.mark.jack

PAD = "midi:Launchpad Mini"
MS = 1_000_000


class Ear:
    """Hears MIDI, as the room would."""

    def __init__(self) -> None:
        self.heard: list[tuple[int, AnyInput]] = []
        self.midi = MidiInputs(lambda stamp_ns, event: self.heard.append((stamp_ns, event)))

    @property
    def events(self) -> list[AnyInput]:
        return [event for _, event in self.heard]

    def sees(self, *inputs: str) -> None:
        def sees_now() -> bool:
            self.midi.poll()
            return sorted(self.midi.inputs) == sorted(inputs)

        until(sees_now, f"inputs {inputs}")

    def hears_played(
        self, pads: VirtualPads, pad: str, message: Sequence[int], event: AnyInput
    ) -> None:
        """Play until it is heard. JACK leaves out a client that is late, and its MIDI with it."""

        def heard() -> bool:
            pads.send(pad, message)
            time.sleep(0.02)
            return event in self.events

        until(heard, f"{event}")

    def hears(self, event: AnyInput) -> None:
        until(lambda: event in self.events, f"{event}")


@pytest.fixture
def ear() -> Iterator[Ear]:
    ear = Ear()
    yield ear
    ear.midi.close()
    assert ear.midi.failures == 0, ear.midi.last_failure


@pytest.fixture
def pads(jack_server: JackServer) -> Iterator[VirtualPads]:
    pads = VirtualPads()
    yield pads
    pads.close()


def test_a_pad_is_heard_with_the_time_it_was_played(ear: Ear, pads: VirtualPads) -> None:
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    assert ear.midi.describe() == "1 MIDI input: Launchpad Mini"
    before_ns = time.monotonic_ns() - 3 * MS  # hardware's message is a period older than its cycle
    ear.hears_played(pads, "a", [0x90, 60, 99], KeyDown(-1, PAD, 60, 99))
    assert before_ns <= ear.heard[0][0] <= time.monotonic_ns()
    ear.hears_played(pads, "a", [0x90, 60, 0], KeyUp(-1, PAD, 60, 0))


def test_a_pad_pulled_out_with_ten_notes_on_is_gone_and_comes_back_the_same(
    ear: Ear, pads: VirtualPads
) -> None:
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    for key in range(60, 70):
        ear.hears_played(pads, "a", [0x90, key, 99], KeyDown(-1, PAD, key, 99))
    pads.unplug("a")
    ear.hears(InputGone(-1, PAD))
    assert ear.events[-1] == InputGone(-1, PAD)
    assert ear.midi.inputs == ()
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    ear.hears_played(pads, "a", [0x90, 72, 50], KeyDown(-1, PAD, 72, 50))


def test_two_of_a_kind_stay_apart_whichever_leaves(ear: Ear, pads: VirtualPads) -> None:
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    pads.plug("b", "Launchpad Mini")
    ear.sees(PAD, f"{PAD} #2")
    pads.unplug("a")
    ear.sees(f"{PAD} #2")
    ear.hears_played(pads, "b", [0x90, 61, 70], KeyDown(-1, f"{PAD} #2", 61, 70))
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD, f"{PAD} #2")
    ear.hears_played(pads, "a", [0x90, 62, 70], KeyDown(-1, PAD, 62, 70))


def test_some_replugs_in_a_row(ear: Ear, pads: VirtualPads) -> None:
    for turn in range(4):
        pads.plug("a", "nanoKEY2")
        ear.sees("midi:nanoKEY2")
        ear.hears_played(pads, "a", [0x90, turn, 1], KeyDown(-1, "midi:nanoKEY2", turn, 1))
        pads.unplug("a")
        ear.sees()
        assert ear.events.count(InputGone(-1, "midi:nanoKEY2")) == turn + 1


def test_active_sensing_that_stops_is_as_good_as_unplugged(ear: Ear, pads: VirtualPads) -> None:
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    ear.hears_played(pads, "a", [0x90, 60, 99], KeyDown(-1, PAD, 60, 99))

    def senses_and_stops() -> bool:
        pads.send("a", [0xFE])
        time.sleep(0.8)
        return InputGone(-1, PAD) in ear.events

    until(senses_and_stops, "the silence to be noticed")
    assert ear.midi.inputs == (PAD,)
    ear.hears_played(pads, "a", [0x90, 64, 99], KeyDown(-1, PAD, 64, 99))


def test_a_server_that_dies_takes_the_inputs_and_brings_them_back(
    ear: Ear, pads: VirtualPads, jack_server: JackServer
) -> None:
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    jack_server.kill()
    ear.hears(InputGone(-1, PAD))
    until(lambda: (ear.midi.poll(), ear.midi.describe() == NO_MIDI)[1], "to be told")
    jack_server.up()
    pads.plug("b", "Launchpad Mini")
    ear.sees(PAD)
    ear.hears_played(pads, "b", [0x90, 65, 99], KeyDown(-1, PAD, 65, 99))


def test_the_process_that_listens_may_be_killed(ear: Ear, pads: VirtualPads) -> None:
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    assert ear.midi.process_id is not None
    os.kill(ear.midi.process_id, signal.SIGKILL)
    ear.hears(InputGone(-1, PAD))
    ear.sees(PAD)
    ear.hears_played(pads, "a", [0x90, 66, 99], KeyDown(-1, PAD, 66, 99))


def test_an_error_in_the_room_is_counted_and_the_next_note_is_heard(pads: VirtualPads) -> None:
    heard: list[AnyInput] = []

    def stumble(_stamp_ns: int, event: AnyInput) -> None:
        heard.append(event)
        raise RuntimeError("stumbled")

    midi = MidiInputs(stumble)
    pads.plug("a", "Launchpad Mini")
    until(lambda: (midi.poll(), midi.inputs == (PAD,))[1], "the pad")
    until(lambda: (pads.send("a", [0x90, 1, 1]), len(heard) >= 2)[1], "two notes")
    midi.close()
    assert midi.failures == len(heard)
    assert heard[-1] == InputGone(-1, PAD)
    assert midi.last_failure == "RuntimeError: stumbled"


def test_without_any_midi_it_says_so(ear: Ear, no_jack_server: JackServer) -> None:
    if Path("/dev/snd/seq").exists():
        pytest.skip("this machine has an ALSA sequencer")
    until(lambda: (ear.midi.poll(), ear.midi.describe() == NO_MIDI)[1], "to be told")


def test_closing_tells_that_everything_is_gone_and_ends_the_process(
    pads: VirtualPads,
) -> None:
    ear = Ear()
    pads.plug("a", "Launchpad Mini")
    ear.sees(PAD)
    process_id = ear.midi.process_id
    assert process_id is not None
    ear.midi.close()
    assert ear.events == [InputGone(-1, PAD)]
    with pytest.raises(ProcessLookupError):
        os.kill(process_id, 0)
    ear.midi.poll()
    assert ear.midi.process_id is None


# -- stamps ----------------------------------------------------------------------------------


def test_the_drivers_deltas_take_out_the_jitter_of_arrival() -> None:
    stamps = Stamps()
    assert stamps.stamp(1000 * MS, 0.0) == 1000 * MS
    assert stamps.stamp(1107 * MS, 0.1) == 1100 * MS  # 7 ms late
    assert stamps.stamp(1203 * MS, 0.1) == 1200 * MS


def test_an_anchor_that_was_late_is_taken_anew_and_never_lies_in_the_future() -> None:
    stamps = Stamps()
    stamps.stamp(1008 * MS, 0.0)  # 8 ms late
    assert stamps.stamp(1100 * MS, 0.1) == 1100 * MS
    assert stamps.stamp(1205 * MS, 0.1) == 1200 * MS


@pytest.mark.parametrize("delta_s", [0.05, -1.0, 1e9, float("nan"), float("inf")])
def test_deltas_that_are_off_are_not_believed(delta_s: float) -> None:
    stamps = Stamps()
    stamps.stamp(1000 * MS, 0.0)
    assert stamps.stamp(1100 * MS, delta_s) == 1100 * MS
    assert stamps.stamp(1200 * MS, 0.1) == 1200 * MS
