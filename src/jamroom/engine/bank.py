"""Several engines behind one: jamroom's own sounds, SoundFonts, MIDI instruments.

A patch belongs to the first engine that has it. An engine that fails is put aside: its notes end
with it, the others play on.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from typing import Protocol, runtime_checkable

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, Engine, PatchInfo


@runtime_checkable
class Changing(Protocol):
    """An engine whose patches come and go. Any thread may change them; `version` then grows."""

    version: int

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know of it, a line each: what is missing and what to do."""


@runtime_checkable
class Preparing(Protocol):
    """An engine that needs time before a patch can sound."""

    def prepare(self, patch: str) -> None:
        """Make all that this patch needs now; another engine's patch is none of its business.

        From any thread, but never inside a block.
        """


class Bank:
    """An Engine made of engines; the first one sounds always and plays what nobody knows.

    Raises ValueError when there is no engine.
    """

    def __init__(self, engines: Sequence[Engine]) -> None:
        if not engines:
            raise ValueError("a bank needs at least one engine")
        self._first = engines[0]
        self._others = list(engines[1:])
        self._changing = [one for one in engines if isinstance(one, Changing)]
        self._owner: dict[str, Engine] = {}
        self._voices: dict[int, Engine] = {}  # of the others; all else is the first one's
        self._sum: Block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
        self._seen = 0
        self._put_aside = 0
        self._aside: list[Engine] = []
        self.trouble = ""
        """One line on the last engine that was put aside, "" while all play."""
        self._find_owners()

    @property
    def version(self) -> int:
        """Grows whenever the catalogue is another; any thread may ask."""
        version = self._put_aside
        for engine in self._changing:
            version += engine.version
        return version

    @property
    def notices(self) -> tuple[str, ...]:
        """What people should know of the engines, a line each."""
        lines = [line for engine in self._changing for line in engine.notices]
        return (*lines, self.trouble) if self.trouble else tuple(lines)

    def prepare(self, patch: str) -> None:
        """Have every engine make what this patch needs now; see `Preparing`."""
        for engine in (self._first, *self._others):
            if isinstance(engine, Preparing):
                engine.prepare(patch)

    # -- the Engine interface ----------------------------------------------------------------

    def patches(self) -> tuple[str, ...]:
        """Names of all patches, the first engine's first."""
        return tuple(info.name for info in self.catalogue())

    def catalogue(self) -> tuple[PatchInfo, ...]:
        """All patches, each name once. Any thread may ask."""
        found: dict[str, PatchInfo] = {}
        for engine in (self._first, *self._others):
            with suppress(Exception):  # the block finds out and puts it aside
                for info in engine.catalogue():
                    found.setdefault(info.name, info)
        return tuple(found.values())

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note in the engine that has the patch."""
        engine = self._owner.get(patch)
        if self._voices and self._voices.get(voice, engine) is not engine:
            self.note_off(voice, offset)
        if engine is None:
            self._first.note_on(voice, bus, patch, note, cents, velocity, offset)
            return
        self._voices[voice] = engine
        try:
            engine.note_on(voice, bus, patch, note, cents, velocity, offset)
        except Exception as error:
            self._lay_aside(engine, error)

    def note_off(self, voice: int, offset: int) -> None:
        """Let a note go."""
        engine = self._voices.pop(voice, None)
        if engine is None:
            self._first.note_off(voice, offset)
            return
        try:
            engine.note_off(voice, offset)
        except Exception as error:
            self._lay_aside(engine, error)

    def bend(self, voice: int, cents: float) -> None:
        """Bend a sounding note."""
        engine = self._voices.get(voice)
        if engine is None:
            self._first.bend(voice, cents)
            return
        try:
            engine.bend(voice, cents)
        except Exception as error:
            self._lay_aside(engine, error)

    def pressure(self, voice: int, amount: float) -> None:
        """Lean on a sounding note."""
        engine = self._voices.get(voice)
        if engine is None:
            self._first.pressure(voice, amount)
            return
        try:
            engine.pressure(voice, amount)
        except Exception as error:
            self._lay_aside(engine, error)

    def silence(self) -> None:
        """End every note of every engine."""
        self._voices.clear()
        self._first.silence()
        for engine in tuple(self._others):
            try:
                engine.silence()
            except Exception as error:
                self._lay_aside(engine, error)

    def render(self) -> Block:
        """The first engine's block, and what others add to it while they sound."""
        if self._seen != self.version:
            self._find_owners()
        block = self._first.render()
        for engine in self._others:
            try:
                if engine.sounding():
                    block = np.add(block, engine.render(), out=self._sum)
            except Exception as error:
                self._lay_aside(engine, error)
                break  # the list has changed; the rest are heard again in a millisecond
        return block

    def recover(self, buses: Collection[int]) -> None:
        """Replace what sounds on these buses, whoever it belongs to."""
        self._first.recover(buses)
        for engine in tuple(self._others):
            try:
                engine.recover(buses)
            except Exception as error:
                self._lay_aside(engine, error)

    def sounding(self) -> int:
        """Voices that still make sound, in all engines."""
        count = self._first.sounding()
        for engine in tuple(self._others):
            try:
                count += engine.sounding()
            except Exception as error:
                self._lay_aside(engine, error)
        return count

    def close(self) -> None:
        """Close every engine; one that cannot does not keep the others from it."""
        self._voices.clear()
        for engine in (*self._others, *self._aside):
            with suppress(Exception):
                engine.close()
        self._first.close()

    # -- who has what --------------------------------------------------------------------------

    def _find_owners(self) -> None:
        self._seen = self.version
        mine = set(self._first.patches())
        owner: dict[str, Engine] = {}
        for engine in tuple(self._others):
            try:
                for name in engine.patches():
                    if name not in mine:
                        owner.setdefault(name, engine)
            except Exception as error:
                self._lay_aside(engine, error)
        self._owner = owner

    def _lay_aside(self, engine: Engine, error: Exception) -> None:
        """Play on without it. The first engine is never laid aside: its errors are the room's."""
        if engine not in self._others:
            return
        self._others = [one for one in self._others if one is not engine]
        self._voices = {voice: one for voice, one in self._voices.items() if one is not engine}
        self._put_aside += 1
        self._owner = {name: one for name, one in self._owner.items() if one is not engine}
        self._aside.append(engine)
        name = type(engine).__name__.removesuffix("Engine")
        self.trouble = (
            f"{name} failed ({type(error).__name__}: {error}) and is silent until the room opens"
            " again; its seats play the first sound."
        )
        with suppress(Exception):
            engine.silence()
