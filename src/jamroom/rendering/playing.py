"""What a playing process does: the room's own code, with the notes of some seats and no mix."""

from __future__ import annotations

import gc
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from jamroom.engine import font_programs, midi_out
from jamroom.engine.bank import Bank
from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, Engine
from jamroom.engine.mixer import Mixer
from jamroom.engine.patch_files import load_patches
from jamroom.engine.patches import Patch
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.engine.soundfont import SoundFontEngine
from jamroom.own_folders import own_folder
from jamroom.rendering.score import Part, Score
from jamroom.resources import resource_dir
from jamroom.room import Room
from jamroom.session.decide import Habits


def play(part: Part, out: BinaryIO) -> None:
    """Send all frames of a part, a block at a time."""
    score = Score(Path(part.journal))
    session, coming = score.beginning()
    rate = score.sample_rate
    engine = engine_for(part, rate)
    room = Room(session, Only(part.buses, engine), _Unmixed(rate), rate, Habits())
    room.script = iter(coming)
    gc.freeze()  # the graph is large, and stays
    buses = list(part.buses)
    for _ in range(-(-score.frames_from(room.frame) // BLOCK_FRAMES)):
        out.write(np.ascontiguousarray(room.block()[:, buses]).data)
    engine.close()


def engine_for(part: Part, sample_rate: int) -> Engine:
    """An engine with everything that a part plays, ready: no note is lost to loading."""
    patches, _ = load_patches([resource_dir("patches"), own_folder("patches")])
    engines: list[Engine] = [PyoEngine(_needed(patches, part.patches), sample_rate)]
    if any(name.startswith(font_programs.PREFIX) for name in part.patches):
        engines.append(SoundFontEngine(sample_rate, own_folder("soundfonts")))
    bank = Bank(engines)
    for name in part.patches:
        bank.prepare(name)
    return bank


def _needed(patches: Sequence[Patch], names: Collection[str]) -> list[Patch]:
    """The patches that are played, and the first, which stands in for unknown ones.

    Every kind of sound has a pool of voices, and a voice costs something even when it rests.
    """
    return [patch for n, patch in enumerate(patches) if n == 0 or patch.name in names]


class _Unmixed(Mixer):
    """Takes the buses as they are; what is ill is silenced, as in the room."""

    def mix(self, block: Block) -> Block:
        """The buses themselves, shape (BLOCK_FRAMES, BUSES)."""
        return self._healthy(block, float(np.vdot(block, block)))


class Only:
    """An engine that plays the notes of some buses; the others are silent."""

    def __init__(self, buses: Collection[int], engine: Engine) -> None:
        self._plays = [bus in buses for bus in range(BUSES)]
        self._engine = engine
        self.patches = engine.patches
        self.catalogue = engine.catalogue
        self.note_off = engine.note_off
        self.bend = engine.bend
        self.pressure = engine.pressure
        self.silence = engine.silence
        self.render = engine.render
        self.recover = engine.recover
        self.sounding = engine.sounding
        self.close = engine.close

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note if it is of one of these buses, and no MIDI instrument plays it."""
        if self._plays[bus] and not patch.startswith(midi_out.PREFIX):
            self._engine.note_on(voice, bus, patch, note, cents, velocity, offset)
