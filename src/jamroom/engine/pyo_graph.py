"""The pyo engine: a pool of prebuilt voices, 32 mono buses, one block at a time.

pyo is used as a DSP graph without an audio host: `Server(audio="manual")` renders a block when
asked, and its output buffer is read in place. All notes of all seats share the same pools. A note
takes a free voice, is switched to its seat's bus, and gives the voice back when its tail is over.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Collection, Sequence

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block
from jamroom.engine.patches import Patch, Percussion, Sustained, finite
from jamroom.engine.pyo_import import output_of, start_server
from jamroom.engine.sound_library import Kind, SoundLibrary
from jamroom.engine.tables import hz
from jamroom.engine.voice_chain import Note, Ready, Voice, nearest_stroke
from jamroom.engine.voices_pyo import SustainedVoice

POLYPHONY = 64
"""Notes that sound at once, tails included; beyond it the least audible one makes room."""

_SPARE = 12  # voices that may be fading out while their successors already sound
_STEAL_S = 0.006
_SILENCE_S = 0.03
_CHOKE_S = 0.02
_LAST_FADE_S = 0.03
_LOWEST_HZ = 8.0
_LET_GO_NEPERS = 1.4  # a note that was let go counts as 12 dB softer when one must make room
_POISON_POWER = 1e6  # of a block; far beyond anything musical


class _Playing:
    """A note in a voice: from its start until the voice is empty again."""

    __slots__ = ("began", "choke", "fall", "id", "kind", "nepers", "phase", "released", "voice")

    def __init__(
        self, id: int, kind: Kind, voice: Voice, began: int, choke: tuple[int, str]
    ) -> None:
        self.id = id
        self.kind: Kind = kind
        self.voice = voice
        self.began = began
        self.choke = choke
        self.released = False
        self.nepers = 0.0  # how loud it began, as a logarithm
        self.fall = 0.0  # how much of that it loses in a block
        self.phase = "sounding"  # then "fading", "flushing", "gone"


class PyoEngine:
    """jamroom's own sounds. Implements `engine.base.Engine`; one at a time in a process.

    Raises ValueError if there is no patch at all.
    """

    def __init__(self, patches: Sequence[Patch], sample_rate: int, a4_hz: float = 440.0) -> None:
        if not patches:
            raise ValueError("the sound engine needs at least one patch")
        self._rate = sample_rate
        self._a4_hz = a4_hz
        self._block_s = BLOCK_FRAMES / sample_rate
        self._server = start_server(sample_rate)
        self._output = output_of(self._server)
        self._library = SoundLibrary(sample_rate)
        self._ready = {patch.name: self._library.prepare(patch) for patch in patches}
        self._first = patches[0].name
        self._pools: dict[Kind, deque[Voice]] = {
            kind: deque(self._library.build(kind) for _ in range(POLYPHONY + _SPARE))
            for kind in dict.fromkeys(type(patch.sound) for patch in patches)
        }
        self._block = 0
        self._serial = 0
        self._playing: dict[int, _Playing] = {}  # by the session's voice number: can be let go
        self._active: list[_Playing] = []
        self._notes = 0  # active ones that are neither fading out nor being emptied
        self._moving: list[_Playing] = []
        self._due: list[tuple[int, int, _Playing, Callable[[_Playing], None]]] = []
        self._waiting: deque[tuple[int, int, str, int, float, int, int]] = deque()
        self._ill: deque[Kind] = deque()
        self.poisoned = 0
        """Voices that had to be thrown away since the start because they went bad."""

    # -- the Engine interface ----------------------------------------------------------------

    def patches(self) -> tuple[str, ...]:
        """Names in the order they were given."""
        return tuple(self._ready)

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note; see `Engine.note_on`. Numbers out of range are brought into it."""
        ready = self._ready.get(patch) or self._ready[self._first]
        before = self._playing.get(voice)
        if before is not None:
            self._fade(before, _STEAL_S)
        bus = min(BUSES - 1, max(0, bus))
        choke = self._choke(ready, bus, note)
        if self._notes >= POLYPHONY:
            self._steal()
        kind = type(ready.patch.sound)
        pool = self._pools[kind]
        if not pool:
            # Every spare voice is fading: a few milliseconds late is better than a click.
            self._waiting.append((voice, bus, patch, note, cents, velocity, offset))
            return
        chain = pool.popleft()
        note = min(127, max(0, note))
        pitch = hz(note + finite(cents, -4800.0, 4800.0) / 100.0, self._a4_hz)
        pitch = min(max(pitch, _LOWEST_HZ), 0.4 * self._rate)
        begun = Note(note, pitch, velocity, bus, min(BLOCK_FRAMES - 1, max(0, offset)))
        self._start(_Playing(voice, kind, chain, self._block, choke), ready, begun)

    def note_off(self, voice: int, offset: int) -> None:
        """Let a note go, at the block boundary nearest to `offset`: a release has no edge to hear.

        A note that swells in is first heard out, however short the tap.
        """
        playing = self._playing.pop(voice, None)
        if playing is None:
            self._waiting = deque(one for one in self._waiting if one[0] != voice)
            return
        playing.released = True
        playing.nepers -= _LET_GO_NEPERS
        speaks_s = playing.voice.speaks_s - (self._block - playing.began) * self._block_s
        if speaks_s > 0.0 or offset > BLOCK_FRAMES // 2:
            self._later(speaks_s, playing, self._let_go)
        else:
            self._let_go(playing)

    def bend(self, voice: int, cents: float) -> None:
        """Bend a sounding note to `cents` from where it began."""
        playing = self._playing.get(voice)
        if playing is not None:
            playing.voice.bend(finite(cents, -4800.0, 4800.0))

    def pressure(self, voice: int, amount: float) -> None:
        """Lean on a sounding note, 0 to 1."""
        playing = self._playing.get(voice)
        if playing is not None:
            playing.voice.press(finite(amount, 0.0, 1.0))

    def silence(self) -> None:
        """End every note within 50 ms, without a click."""
        self._waiting.clear()
        for playing in self._active:
            if playing.phase != "flushing":
                self._fade(playing, _SILENCE_S)

    def render(self) -> Block:
        """The next block: float32, shape (BLOCK_FRAMES, BUSES), finite. Valid until the next."""
        self._run_due()
        if self._waiting:
            self._start_waiting()
        self._tick()
        if self._ill:
            kind = self._ill.popleft()
            self._pools[kind].append(self._library.build(kind))
        self._server.process()
        self._block += 1
        flat = self._output.reshape(-1)
        with np.errstate(invalid="ignore", over="ignore"):
            if not float(flat @ flat) < _POISON_POWER:  # true for NaN
                self._quarantine()
        return self._output

    def sounding(self) -> int:
        """Voices that still make sound, tails included."""
        return sum(1 for playing in self._active if playing.phase != "flushing")

    def close(self) -> None:
        """Stop the pyo server. The engine is not used again."""
        self._server.stop()
        self._server.shutdown()
        self._output = np.zeros_like(self._output)  # pyo's own buffer goes with its server
        self._active.clear()
        self._pools.clear()

    def recover(self, buses: Collection[int]) -> None:
        """Throw away whatever sounds on these buses, and build new voices (one a block).

        A NaN stays in a filter for ever, so a voice that made one is never used again.
        """
        for playing in [one for one in self._active if one.voice.bus in buses]:
            playing.voice.stop()
            self._forget(playing)
            self._ill.append(playing.kind)
            self.poisoned += 1

    # -- a note's life -----------------------------------------------------------------------

    def _start(self, playing: _Playing, ready: Ready, note: Note) -> None:
        voice = playing.voice
        lasts_s = voice.start(ready, note)
        playing.nepers = math.log(max(voice.level, 1e-9))
        playing.fall = self._block_s / voice.tau_s
        self._playing[playing.id] = playing
        self._active.append(playing)
        self._notes += 1
        if voice.moving:
            self._moving.append(playing)
        if math.isfinite(lasts_s):
            self._later(lasts_s, playing, self._end)
        sound = ready.patch.sound
        if isinstance(sound, Sustained) and sound.sustain_db < 0.0:
            self._later(sound.attack_s, playing, _settle)

    def _choke(self, ready: Ready, bus: int, note: int) -> tuple[int, str]:
        if not isinstance(ready.patch.sound, Percussion):
            return (bus, "")
        choke = (bus, nearest_stroke(ready, note)[0].choke)
        if choke[1]:
            for playing in self._active:
                if playing.choke == choke and playing.phase == "sounding":
                    self._fade(playing, _CHOKE_S)
        return choke

    def _end(self, playing: _Playing) -> None:
        if playing.phase == "sounding":
            self._fade(playing, _LAST_FADE_S)

    def _let_go(self, playing: _Playing) -> None:
        if playing.phase != "sounding":
            return
        seconds = playing.voice.let_go()
        if seconds is not None:
            self._later(seconds + self._block_s, playing, self._flush)

    def _fade(self, playing: _Playing, seconds: float) -> None:
        if playing.phase == "flushing":
            return
        self._leave(playing, "fading")
        playing.voice.cut(seconds)
        if self._playing.get(playing.id) is playing:
            del self._playing[playing.id]
        self._later(seconds + 2 * self._block_s, playing, self._flush)

    def _flush(self, playing: _Playing) -> None:
        if playing.phase == "flushing":
            return
        self._leave(playing, "flushing")
        playing.voice.flush()
        self._later(playing.voice.flush_blocks * self._block_s, playing, self._free)

    def _free(self, playing: _Playing) -> None:
        playing.voice.stop()
        self._forget(playing)
        self._pools[playing.kind].append(playing.voice)

    def _forget(self, playing: _Playing) -> None:
        self._leave(playing, "gone")
        self._active.remove(playing)
        if playing in self._moving:
            self._moving.remove(playing)
        if self._playing.get(playing.id) is playing:
            del self._playing[playing.id]

    def _leave(self, playing: _Playing, phase: str) -> None:
        self._notes -= playing.phase == "sounding"
        playing.phase = phase

    def _later(self, seconds: float, playing: _Playing, what: Callable[[_Playing], None]) -> None:
        self._serial += 1
        at = self._block + max(1, math.ceil(seconds / self._block_s))
        heapq.heappush(self._due, (at, self._serial, playing, what))

    def _run_due(self) -> None:
        due = self._due
        while due and due[0][0] <= self._block:
            _, _, playing, what = heapq.heappop(due)
            if playing.phase != "gone":
                what(playing)

    def _tick(self) -> None:
        for playing in self._moving[self._block & 1 :: 2]:
            age_s = (self._block - playing.began) * self._block_s
            playing.voice.tick(age_s)
        if self._block % 64 == 0:
            self._moving = [one for one in self._moving if one.voice.moving]

    # -- when there is too much ----------------------------------------------------------------

    def _steal(self) -> None:
        """Let the note go that will be missed least: the softest by now, the sooner if let go."""
        block, victim, least = self._block, None, math.inf
        for playing in self._active:
            if playing.phase == "sounding":
                nepers = playing.nepers - (block - playing.began) * playing.fall
                if nepers < least:
                    victim, least = playing, nepers
        if victim is not None:
            self._fade(victim, _STEAL_S)

    def _start_waiting(self) -> None:
        waiting, self._waiting = self._waiting, deque()
        for note in waiting:
            self.note_on(*note)

    def _quarantine(self) -> None:
        loud = np.abs(self._output).max(axis=0)
        bad = [int(bus) for bus in np.flatnonzero(~(loud < 1e3))]
        self._output[:, bad] = 0.0
        self.recover(bad)


def _settle(playing: _Playing) -> None:
    voice = playing.voice
    if isinstance(voice, SustainedVoice) and not playing.released and playing.phase == "sounding":
        voice.settle()
