"""The General MIDI sounds that jamroom offers from a SoundFont: the ones layers are heard as."""

from __future__ import annotations

from typing import Literal, NamedTuple

from jamroom.engine.base import PatchInfo

FAMILY = "SoundFont"
PREFIX = "sf-"
DRUM_BANK = 128

Way = Literal["struck", "held", "drums"]


class Program(NamedTuple):
    """A preset of General MIDI (RP-003; programs counted from 0) under the name people see.

    `way` is "held" for what goes on while a key is down: it can be leaned on, and a short tap is
    heard out. `octave` says where it is tried when its loudness is measured: 0 is round middle C.
    """

    name: str
    label: str
    program: int
    way: Way
    octave: int
    sentence: str

    @property
    def bank(self) -> int:
        """The SoundFont bank it is in."""
        return DRUM_BANK if self.way == "drums" else 0

    def info(self) -> PatchInfo:
        """It as a patch to choose."""
        label = f"{self.label} (SoundFont)"
        return PatchInfo(PREFIX + self.name, label, FAMILY, self.sentence)


_HELD: Way = "held"
_STRUCK: Way = "struck"

PROGRAMS = (
    Program("cello", "cello", 42, _HELD, -1, "Low and singing; carries a slow tune alone."),
    Program("violin", "violin", 40, _HELD, 1, "Clear and high; for a tune above everybody."),
    Program("viola", "viola", 41, _HELD, 0, "Between violin and cello; warm middle voices."),
    Program("double-bass", "double bass", 43, _HELD, -2, "Bowed ground under everything."),
    Program(
        "strings", "string ensemble", 48, _HELD, 0, "Many bows at once; chords and long notes."
    ),
    Program("clarinet", "clarinet", 71, _HELD, 0, "Round and dark below, bright above."),
    Program("flute", "flute", 73, _HELD, 1, "Light and airy; birds and morning."),
    Program("oboe", "oboe", 68, _HELD, 0, "A reed that is heard through every chord."),
    Program("bassoon", "bassoon", 70, _HELD, -1, "Low reed, grave or funny."),
    Program("horn", "French horn", 60, _HELD, 0, "Noble and soft; calls from far away."),
    Program("trumpet", "trumpet", 56, _HELD, 0, "Bright; for what everybody should hear."),
    Program("piano", "piano", 0, _STRUCK, 0, "From a whisper to bells; plays with everything."),
    Program("guitar", "nylon guitar", 24, _STRUCK, 0, "Plucked by fingers; gentle patterns."),
    Program("harp", "harp", 46, _STRUCK, 0, "Notes that ring on into each other."),
    Program("vibraphone", "vibraphone", 11, _STRUCK, 0, "Metal bars that hum; slow and calm."),
    Program("timpani", "timpani", 47, _STRUCK, -2, "Kettle drums with a pitch; thunder and steps."),
    Program("drums", "drum kit", 0, "drums", 0, "A whole kit: bass drum, snare, cymbals, toms."),
)
"""In the order in which people are offered them."""
