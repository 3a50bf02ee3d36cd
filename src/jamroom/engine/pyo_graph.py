"""The pyo engine: a pool of prebuilt voices, 32 mono buses, one block at a time.

pyo is used as a DSP graph without an audio host: `Server(audio="manual")` renders a block when
asked, and its output buffer is read in place. All notes of all seats share the same pools. A note
takes a free voice, is switched to its seat's bus, and gives the voice back when its tail is over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Sequence

import msgspec
import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, PatchInfo
from jamroom.engine.patches import Patch, finite
from jamroom.engine.pyo_import import output_of, start_server
from jamroom.engine.sound_library import SoundLibrary, kind_of
from jamroom.engine.sounds import Percussion
from jamroom.engine.stage import POLYPHONY, Stage
from jamroom.engine.tables import hz
from jamroom.engine.voice_chain import Note

__all__ = ["POLYPHONY", "PyoEngine"]

_SILENCE_S = 0.03
_LOWEST_HZ = 8.0
_MOST_PITCHES = 1024
_MOST_WAITING = 2 * POLYPHONY
_POISON_POWER = 1e6  # of a block; far beyond anything musical


class _Waiting(msgspec.Struct):
    """A note that could not begin yet."""

    voice: int
    patch: str
    note: Note
    released: bool = False


class PyoEngine:
    """jamroom's own sounds. Implements `engine.base.Engine`; one at a time in a process.

    A patch's tables are made when a note first wants them, some milliseconds each; call `warm_up`
    where somebody plays live. Raises ValueError if there is no patch at all.
    """

    def __init__(self, patches: Sequence[Patch], sample_rate: int, a4_hz: float = 440.0) -> None:
        if not patches:
            raise ValueError("the sound engine needs at least one patch")
        self._rate = sample_rate
        self._a4_hz = a4_hz
        self._server = start_server(sample_rate)
        self._output = output_of(self._server)
        self._library = SoundLibrary(sample_rate)
        self._ready = {patch.name: self._library.prepare(patch) for patch in patches}
        self._kinds = {patch.name: kind_of(patch) for patch in patches}
        self._first = patches[0].name
        self._catalogue = tuple(
            PatchInfo(patch.name, patch.label, patch.family, patch.sentence) for patch in patches
        )
        kinds = dict.fromkeys(self._kinds.values())
        self._stage = Stage(self._library, kinds, BLOCK_FRAMES / sample_rate)
        self._waiting: deque[_Waiting] = deque()
        self._pitches: dict[tuple[int, float], float] = {}
        self.poisoned = 0
        """Voices that had to be thrown away since the start because they went bad."""

    def warm_up(self) -> None:
        """Make in a thread what notes will need, beginning with the middle of every patch."""
        self._library.warm_up(self._ready.values())

    def prepare(self, patch: str) -> None:
        """Make all that this patch needs now. May be called from any thread; unknown: nothing."""
        ready = self._ready.get(patch)
        if ready is not None:
            ready.tables.make_all()

    # -- the Engine interface ----------------------------------------------------------------

    def patches(self) -> tuple[str, ...]:
        """Names in the order they were given."""
        return tuple(self._ready)

    def catalogue(self) -> tuple[PatchInfo, ...]:
        """The same patches, with label, family and where each helps."""
        return self._catalogue

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note; see `Engine.note_on`. Numbers out of range are brought into it."""
        if not (
            0 <= note <= 127
            and 1 <= velocity <= 127
            and 0 <= bus < BUSES
            and 0 <= offset < BLOCK_FRAMES
        ):
            note, velocity = min(127, max(0, note)), min(127, max(1, velocity))
            bus, offset = min(BUSES - 1, max(0, bus)), min(BLOCK_FRAMES - 1, max(0, offset))
        pitch = self._pitches.get((note, cents)) or self._pitch(note, cents)
        begun = Note(note, pitch, velocity, bus, offset)
        patch = patch if patch in self._ready else self._first
        if self._waiting or not self._begin(voice, patch, begun):
            if len(self._waiting) >= _MOST_WAITING:
                self._waiting.popleft()  # nobody could hear it among so many, and others would wait
            self._waiting.append(_Waiting(voice, patch, begun))

    def note_off(self, voice: int, offset: int) -> None:
        """Let a note go, at the block boundary nearest to `offset`: a release has no edge to hear.

        A note that still waits for its turn is heard first.
        """
        for waiting in self._waiting:
            if waiting.voice == voice:
                waiting.released = True
                return
        self._stage.end(voice, offset > BLOCK_FRAMES // 2)

    def bend(self, voice: int, cents: float) -> None:
        """Bend a sounding note to `cents` from where it began."""
        self._stage.bend(voice, finite(cents, -4800.0, 4800.0))

    def pressure(self, voice: int, amount: float) -> None:
        """Lean on a sounding note, 0 to 1."""
        self._stage.press(voice, finite(amount, 0.0, 1.0))

    def silence(self) -> None:
        """End every note within 50 ms, without a click."""
        self._waiting.clear()
        self._stage.fade_all(_SILENCE_S)

    def render(self) -> Block:
        """The next block: float32, shape (BLOCK_FRAMES, BUSES), finite. Valid until the next."""
        if self._waiting:
            self._start_waiting()
        self._stage.before_block()
        self._server.process()
        self._stage.after_block()
        flat = self._output.reshape(-1)
        with np.errstate(invalid="ignore", over="ignore"):
            if not float(flat @ flat) < _POISON_POWER:  # true for NaN
                self._quarantine()
        return self._output

    def sounding(self) -> int:
        """Voices that still make sound, tails included."""
        return sum(1 for playing in self._stage.active if playing.phase != "flushing")

    def close(self) -> None:
        """Stop the pyo server. The engine is not used again."""
        self._library.close()
        self._server.stop()
        self._server.shutdown()
        self._output = np.zeros_like(self._output)  # pyo's own buffer goes with its server
        self._stage.close()

    def recover(self, buses: Collection[int]) -> None:
        """Throw away whatever sounds on these buses, and build new voices (one a block).

        A NaN stays in a filter for ever, so a voice that made one is never used again.
        """
        self.poisoned += self._stage.throw_away(buses)

    # -- beneath it ----------------------------------------------------------------------------

    def _pitch(self, note: int, cents: float) -> float:
        pitch = hz(note + finite(cents, -4800.0, 4800.0) / 100.0, self._a4_hz)
        pitch = min(max(pitch, _LOWEST_HZ), 0.4 * self._rate)
        if len(self._pitches) >= _MOST_PITCHES:
            self._pitches.clear()
        self._pitches[note, cents] = pitch
        return pitch

    def _begin(self, voice: int, patch: str, note: Note) -> bool:
        ready = self._ready[patch]
        choke = ""
        if isinstance(ready.patch.sound, Percussion):
            choke = ready.hit(note.note)[0].choke
        return self._stage.begin(voice, self._kinds[patch], ready, note, choke)

    def _start_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for one in waiting:
            if self._waiting or not self._begin(one.voice, one.patch, one.note):
                self._waiting.append(one)
            elif one.released:
                self._stage.end(one.voice, late=True)

    def _quarantine(self) -> None:
        loud = np.abs(self._output).max(axis=0)
        bad = [int(bus) for bus in np.flatnonzero(~(loud < 1e3))]
        self._output[:, bad] = 0.0
        self.recover(bad)
