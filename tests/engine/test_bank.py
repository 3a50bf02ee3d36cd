"""Several engines as one: who plays what, what a silent one costs, what a broken one does."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from measuring import RATE, pitch_cents_from
from midi_receiver import Receiver
from soundfonts import small_font

from jamroom.engine.bank import Bank, Changing
from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, Engine
from jamroom.engine.midi_out import MidiOutEngine
from jamroom.engine.patch_files import shipped_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.engine.soundfont import SoundFontEngine
from jamroom.engine.tables import hz
from jamroom.music.palette import Palette, degree_tone
from jamroom.music.scales import own_scale

OURS = [patch for patch in shipped_patches()[0] if patch.name in ("string", "bass")]
JUST = own_scale("just", (0.0, 203.910, 386.314, 498.045, 701.955, 884.359, 1088.269), 1200.0)
LONG_S = 60.0


@pytest.fixture(scope="module")
def pyo() -> Iterator[PyoEngine]:
    engine = PyoEngine(OURS, RATE)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def font() -> Iterator[SoundFontEngine]:
    engine = SoundFontEngine(RATE, fonts=(small_font(),))
    assert engine.wait_until_ready(LONG_S), engine.notices
    yield engine
    engine.close()


@pytest.fixture
def synth() -> Receiver:
    return Receiver("midi:Synth")


@pytest.fixture
def bank(pyo: PyoEngine, font: SoundFontEngine, synth: Receiver) -> Iterator[Bank]:
    made = Bank([pyo, font, MidiOutEngine(synth)])
    yield made
    made.silence()
    for _ in range(200):
        made.render()
    assert made.sounding() == 0


def loud(bank: Bank, bus: int, blocks: int = 60) -> float:
    return max(float(np.abs(bank.render()[:, bus]).max()) for _ in range(blocks))


def test_is_an_engine_with_everybodys_patches(bank: Bank) -> None:
    as_engine: Engine = bank
    names = as_engine.patches()
    assert names[:2] == tuple(patch.name for patch in OURS)
    assert "sf-cello" in names and names[-2:] == ("out:Synth", "out:Synth/plain")
    assert tuple(info.name for info in bank.catalogue()) == names
    with pytest.raises(ValueError, match="at least one engine"):
        Bank([])


def test_a_note_goes_where_its_patch_is_and_ends_there(bank: Bank, synth: Receiver) -> None:
    bank.note_on(1, 0, "string", 60, 0.0, 90, 0)
    bank.note_on(2, 1, "sf-piano", 60, 0.0, 90, 0)
    bank.note_on(3, 2, "out:Synth", 60, 0.0, 90, 0)
    block = np.concatenate([bank.render().copy() for _ in range(60)])
    assert np.abs(block[:, 0]).max() > 0.01 and np.abs(block[:, 1]).max() > 0.01
    assert not block[:, 2].any() and len(synth.on) == 1
    assert bank.sounding() == 3
    for voice in (1, 2, 3):
        bank.bend(voice, 20.0)
        bank.pressure(voice, 0.5)
        bank.note_off(voice, 0)
    assert synth.on == []


def test_an_unknown_patch_plays_the_first_sound(bank: Bank) -> None:
    bank.note_on(1, 4, "sf-not-there", 60, 0.0, 90, 0)
    assert loud(bank, 4) > 0.01


def test_while_the_others_are_silent_the_block_is_the_first_ones_own(
    bank: Bank, pyo: PyoEngine
) -> None:
    bank.note_on(1, 0, "string", 60, 0.0, 90, 0)
    assert bank.render() is pyo.render()


def test_patches_that_come_later_are_known_then(pyo: PyoEngine, synth: Receiver) -> None:
    synth.outputs = ()
    midi = MidiOutEngine(synth)
    bank = Bank([pyo, midi])
    before = bank.version
    synth.outputs = ("midi:Synth",)
    midi.poll()
    assert bank.version > before
    bank.render()
    bank.note_on(1, 0, "out:Synth", 60, 0.0, 90, 0)
    assert len(synth.on) == 1
    bank.silence()
    assert synth.on == []


class Failing(MidiOutEngine):
    """Fails where it is told to."""

    where = ""

    def __getattribute__(self, name: str) -> object:
        if name == object.__getattribute__(self, "where"):
            raise RuntimeError("the cable burns")
        return super().__getattribute__(name)


@pytest.mark.parametrize(
    "where",
    [
        "note_on",
        "note_off",
        "bend",
        "pressure",
        "silence",
        "render",
        "recover",
        "sounding",
        "patches",
    ],
)
def test_an_engine_that_fails_is_put_aside_and_the_others_play(
    pyo: PyoEngine, font: SoundFontEngine, synth: Receiver, where: str
) -> None:
    failing = Failing(synth)
    bank = Bank([pyo, failing, font])
    version = bank.version
    bank.note_on(1, 0, "out:Synth", 60, 0.0, 90, 0)
    bank.note_on(2, 1, "sf-piano", 60, 0.0, 90, 0)
    failing.where = where
    failing.version += 1
    bank.note_on(3, 0, "out:Synth", 62, 0.0, 90, 0)
    bank.bend(1, 5.0)
    bank.pressure(1, 0.5)
    bank.note_off(1, 0)
    assert loud(bank, 1) > 0.01
    bank.recover([30])
    bank.silence()
    assert bank.trouble.startswith("Failing failed (RuntimeError: the cable burns)")
    assert "\n" not in bank.trouble and bank.trouble in bank.notices
    assert bank.version > version
    assert "out:Synth" not in bank.patches() and "sf-piano" in bank.patches()
    bank.note_on(4, 3, "out:Synth", 60, 0.0, 90, 0)
    bank.render()
    bank.note_on(5, 3, "out:Synth", 60, 0.0, 90, 0)
    assert loud(bank, 3) > 0.01  # its seats play the first sound
    assert synth.on == [] or where == "silence"
    bank.silence()


class Loud(MidiOutEngine):
    """Adds a constant, so that the sum can be seen."""

    def render(self) -> Block:
        return np.full((BLOCK_FRAMES, BUSES), 0.25, np.float32)

    def sounding(self) -> int:
        return 1


def test_a_render_can_wait_for_the_font(pyo: PyoEngine) -> None:
    loading = SoundFontEngine(RATE, fonts=(small_font(),))
    bank = Bank([pyo, loading])
    bank.prepare("sf-cello")
    bank.prepare("string")
    bank.render()
    bank.note_on(1, 9, "sf-cello", 55, 0.0, 90, 0)
    assert loading.sounding() == 1
    loading.close()


def test_blocks_are_added_and_nobodys_own_is_written_to(pyo: PyoEngine, synth: Receiver) -> None:
    bank = Bank([pyo, Loud(synth), Loud(synth)])
    block = bank.render()
    assert float(block[0, 31]) == 0.5
    assert not np.shares_memory(block, pyo.render())


def test_what_is_loaded_later_counts_as_changing(font: SoundFontEngine) -> None:
    assert isinstance(font, Changing)


@pytest.mark.parametrize("degree", [2, 5])
def test_a_just_degree_is_in_tune_from_every_engine(
    bank: Bank, synth: Receiver, degree: int
) -> None:
    """One degree of one palette, measured in two sounds and in the bytes that go to a third."""
    note, cents = degree_tone(Palette(0, JUST.name), degree, 60)
    just_hz = hz(60 + JUST.cents[degree] / 100.0)
    assert abs(cents) > 13.0

    bank.note_on(1, 0, "string", note, cents, 90, 0)
    wave = np.concatenate([bank.render()[:, 0].copy() for _ in range(750)])
    assert pitch_cents_from(wave[2400:], just_hz) == pytest.approx(0.0, abs=2.0)

    # Fonts are recorded instruments, some cents off by themselves: the tempered note is the scale.
    heard = []
    for voice, off in ((2, 0.0), (3, cents)):
        bank.note_on(voice, 1, "sf-clarinet", note, off, 90, 0)
        wave = np.concatenate([bank.render()[:, 1].copy() for _ in range(750)])
        heard.append(pitch_cents_from(wave[2400:], just_hz))
        bank.silence()
        for _ in range(100):
            bank.render()
    assert heard[1] - heard[0] == pytest.approx(cents, abs=0.5)

    bank.note_on(4, 2, "out:Synth", note, cents, 90, 0)
    assert synth.pitches() == pytest.approx([6000.0 + JUST.cents[degree]], abs=0.3)


def test_a_number_used_again_ends_the_other_engines_note(bank: Bank, synth: Receiver) -> None:
    bank.note_on(1, 0, "out:Synth", 60, 0.0, 90, 0)
    bank.note_on(1, 0, bank.patches()[0], 60, 0.0, 90, 0)
    assert synth.on == []
    bank.note_on(2, 0, "out:Synth", 60, 0.0, 90, 0)
    bank.note_off(2, 0)
    bank.note_off(1, 0)
    assert synth.on == []
    for _ in range(3000):
        bank.render()
    assert bank.sounding() == 0
