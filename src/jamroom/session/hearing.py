"""A shaped loop as a plain one: its notes as they are heard."""

from __future__ import annotations

import msgspec

from jamroom.music.palette import Palette
from jamroom.session.degrees import sounding_tone
from jamroom.session.line import is_timed, timed
from jamroom.session.state import Content, LoopNote


def heard(take: Content, room: Palette) -> Content:
    """The take with its shape put into its notes, so that what is added stands where it is played.

    From then on its notes are of the room's palette, and follow that if they did.
    """
    at_home = take.palette in (None, room) or not take.follow
    if not is_timed(take) and not take.degrees and at_home:
        return take
    notes, turns = timed(take)
    return msgspec.structs.replace(
        take,
        notes=tuple(_retuned(take, note, room) for note in notes),
        turns=turns,
        shift_beats=0.0,
        reverse=False,
        tighten=0.0,
        degrees=0,
        palette=room,
    )


def _retuned(take: Content, note: LoopNote, room: Palette) -> LoopNote:
    tone = sounding_tone(take, note.note, note.cents, room)
    if tone == (note.note, note.cents):
        return note
    return msgspec.structs.replace(note, note=tone.note, cents=tone.cents)


def in_time(take: Content) -> Content:
    """The take with its onsets put where they sound; pitch still to be moved."""
    if not is_timed(take):
        return take
    notes, turns = timed(take)
    plain = {"shift_beats": 0.0, "reverse": False, "tighten": 0.0}
    return msgspec.structs.replace(take, notes=notes, turns=turns, **plain)
