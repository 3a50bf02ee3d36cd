"""Pitch: MIDI notes, cents, hertz and the names people give to notes.

A pitch is a MIDI note (60 is middle C, here C4) plus cents. Names of pitch classes are ASCII
("F#", "Eb") so that they can be typed on any keyboard; the signs ♯ and ♭ are read as well.
"""

from __future__ import annotations

LOWEST_NOTE = 0
HIGHEST_NOTE = 127

_SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_FLATS = ("C", "Db", "D", "Eb", "E", "F", "Gb", "G", "Ab", "A", "Bb", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_SIGNS = {"": 0, "#": 1, "♯": 1, "b": -1, "♭": -1}


def hz_of_note(note: int, cents: float = 0.0, a4_hz: float = 440.0) -> float:
    """Frequency in hertz, equal temperament: a4_hz * 2 ** ((note - 69 + cents / 100) / 12)."""
    return float(a4_hz * 2.0 ** ((note - 69 + cents / 100.0) / 12.0))


def name_of_pitch_class(pc: int, flats: bool = False) -> str:
    """ "F#", or "Gb" with `flats`. Any integer will do; octaves are ignored."""
    return (_FLATS if flats else _SHARPS)[pc % 12]


def name_of_note(note: int, flats: bool = False) -> str:
    """ "C4" for 60: scientific octave numbers, so that the lowest MIDI note is C-1."""
    return f"{name_of_pitch_class(note, flats)}{note // 12 - 1}"


def pitch_class_of_name(name: str) -> int:
    """Pitch class of "Eb", "e♭" or "F#". Raises ValueError when it names no note."""
    text = name.strip()
    letter, sign = text[:1].upper(), text[1:].lower()
    if letter not in _LETTERS or sign not in _SIGNS:
        raise ValueError(f"{name!r} is no note name: try C, F# or Eb")
    return (_LETTERS[letter] + _SIGNS[sign]) % 12
