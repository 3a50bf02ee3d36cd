"""Keymaps: what a physical key means in the room's palette.

Keys below 16 are pads or terminal keys counted from 0; from 16 on they are MIDI note numbers, and
pads of common controllers begin at 36. Every key of every keymap sounds something playable: what
would leave the range moves back in by octaves.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import msgspec

from jamroom.music.chords import chord_tones
from jamroom.music.palette import (
    Palette,
    Tone,
    degree_tone,
    fold,
    period_of,
    pitch_cents,
    raised,
    root_at_or_above,
    tone_at,
)
from jamroom.music.pitch import HIGHEST_NOTE, LOWEST_NOTE
from jamroom.music.scales import OCTAVE_CENTS, scale_named

_PADS = 16
_FIRST_MIDI_PAD = 36
_LOWEST_ROOT = 48
_MIDDLE_C = 60

# Where a ladder sounds well on a small loudspeaker.
_LADDER_NOTES = (30, 100)
# Basses of chords: no chord spans an octave, so their tops stay within the ladder's.
_BASS_NOTES = (30, 88)
# Wide enough that a piano's 88 keys fold nowhere in a seven-note scale on any root.
_WHITE_NOTES = (12, 120)

_WHITE_STEPS = {0: 0, 2: 1, 4: 2, 5: 3, 7: 4, 9: 5, 11: 6}

_DRUM_NOTES = range(35, 60)
# General MIDI numbers in the order in which a beat is built: kick, snare, closed hat, open hat,
# clap, low tom, high tom, crash; rim, floor tom, mid tom, ride, tambourine, cowbell, pedal hat,
# ride bell.
_KIT = (36, 38, 42, 46, 39, 45, 50, 49, 37, 41, 47, 51, 54, 56, 44, 53)


class Keymap(msgspec.Struct, frozen=True):
    """A way to read keys: stable id, label for a button, one sentence for help."""

    name: str
    label: str
    sentence: str


_ALL = (
    Keymap("ladder", "ladder", "Each key is the next note that fits, from low to high."),
    Keymap("white", "white keys fit", "On a piano keyboard every white key is a note that fits."),
    Keymap("chords", "chords", "Each key is a whole chord that fits."),
    Keymap("drums", "drums", "Each key is a drum, a cymbal or a clap."),
    Keymap("walk", "walk", "Every press is the next note of a melody: one switch is enough."),
    Keymap("free", "free", "Every key is its own note, whether it fits or not."),
)

KEYMAPS: dict[str, Keymap] = {keymap.name: keymap for keymap in _ALL}
"""Every keymap by its id, in the order in which people are offered them."""


def pad_index(key: int) -> int:
    """Which pad a key is: pads count from 0, and MIDI note 36 is the first pad too."""
    return key if key < _PADS else key - _FIRST_MIDI_PAD


def _placed(palette: Palette, tone: Tone, octave: int, notes: tuple[int, int]) -> Tone:
    """The tone some octaves (or periods) up, moved back into where it sounds well."""
    period = period_of(palette)
    return fold(raised(tone, octave, period), *notes, period)


def _ladder(palette: Palette, key: int, octave: int) -> tuple[Tone, ...]:
    tone = degree_tone(palette, pad_index(key), _LOWEST_ROOT)
    return (_placed(palette, tone, octave, _LADDER_NOTES),)


def _chords(palette: Palette, key: int, octave: int) -> tuple[Tone, ...]:
    tones = chord_tones(palette, pad_index(key), _LOWEST_ROOT)
    bass = _placed(palette, tones[0], octave, _BASS_NOTES)
    moved = pitch_cents(bass) - pitch_cents(tones[0])
    return tuple(tone_at(pitch_cents(tone) + moved) for tone in tones)


def _white(palette: Palette, key: int, octave: int) -> tuple[Tone, ...]:
    if key < _PADS:
        return _ladder(palette, key, octave)
    scale = scale_named(palette.scale)
    root = root_at_or_above(palette, _MIDDLE_C - 6)
    if len(scale.cents) == 12 and scale.period_cents == OCTAVE_CENTS:
        tone = degree_tone(palette, key - root, root)  # every key is its own degree
        return (fold(raised(tone, octave), LOWEST_NOTE, HIGHEST_NOTE),)
    if key % 12 in _WHITE_STEPS:
        tone = degree_tone(palette, _white_degree(key), root)
    else:
        tone = _between(palette, key, root)
    return (_placed(palette, tone, octave, _WHITE_NOTES),)


def _white_degree(key: int) -> int:
    octaves, pitch_class = divmod(key - _MIDDLE_C, 12)
    return octaves * 7 + _WHITE_STEPS[pitch_class]


def _between(palette: Palette, key: int, root: int) -> Tone:
    """What a black key plays: of its white neighbours' tones the one nearer to where it lies.

    So keys never fall while the hand rises, and in a minor scale the black key that would be the
    minor third is the minor third. Of two equally near it is the lower.
    """
    lies_at = (key - _MIDDLE_C + root) * 100.0
    neighbours = (degree_tone(palette, _white_degree(near), root) for near in (key - 1, key + 1))
    return min(neighbours, key=lambda tone: (abs(pitch_cents(tone) - lies_at), tone))


def _drums(_palette: Palette, key: int, _octave: int) -> tuple[Tone, ...]:
    if key in _DRUM_NOTES:
        return (Tone(key, 0.0),)
    return (Tone(_KIT[pad_index(key) % len(_KIT)], 0.0),)


def _free(palette: Palette, key: int, octave: int) -> tuple[Tone, ...]:
    note = key if key >= _PADS else root_at_or_above(palette, _LOWEST_ROOT) + key
    return (fold(raised(Tone(note, 0.0), octave), LOWEST_NOTE, HIGHEST_NOTE),)


_READERS: dict[str, Callable[[Palette, int, int], tuple[Tone, ...]]] = {
    "ladder": _ladder,
    "white": _white,
    "chords": _chords,
    "drums": _drums,
    # Which step comes next is the session's to say; a step is a ladder's key.
    "walk": _ladder,
    "free": _free,
}


@lru_cache(maxsize=16384)
def tones_for(keymap: str, palette: Palette, key: int, octave: int = 0) -> tuple[Tone, ...]:
    """Tones that a key sounds, lowest first; one for all keymaps but "chords".

    Each note is within 0..127 for any key and octave. Drums ignore palette and octave; a palette
    of all twelve notes leaves a keyboard as it is. Cached, because hands wait for it. Raises
    ValueError when there is no such keymap.
    """
    try:
        reader = _READERS[keymap]
    except KeyError:
        raise ValueError(
            f"there is no keymap {keymap!r}; there are: {', '.join(KEYMAPS)}"
        ) from None
    return reader(palette, key, octave)
