"""The notes that sound: which voice plays which, until it has rung out and is empty again.

Everything that takes time is counted in blocks, so the same notes give the same samples however
fast they are rendered. What costs much is spread: at most `STARTS_PER_BLOCK` notes begin in one
block, and who makes room for whom is worked out once a block.
"""

from __future__ import annotations

import heapq
import math
from collections import deque
from collections.abc import Callable, Collection, Iterable

from jamroom.engine.ready import Ready
from jamroom.engine.sound_library import Kind, SoundLibrary
from jamroom.engine.voice_chain import Note, Voice

POLYPHONY = 64
"""Notes that sound at once, tails included; beyond it the least audible one makes room."""

STARTS_PER_BLOCK = 32
"""Notes that may begin in one block of 1.33 ms; more on one beat begin a block later."""

_SPARE = 12  # voices that may be fading out while their successors already sound
_STEAL_S = 0.006
_CHOKE_S = 0.02
_LAST_FADE_S = 0.03
_LET_GO_NEPERS = 1.4  # a note that was let go counts as 12 dB softer when one must make room


class Playing:
    """A note in a voice: from its start until the voice is empty again."""

    __slots__ = (
        "began",
        "choke",
        "fall",
        "id",
        "kind",
        "nepers",
        "phase",
        "released",
        "ticking",
        "voice",
    )

    def __init__(self, id: int, kind: Kind, voice: Voice, began: int, choke: str) -> None:
        self.id = id
        self.kind: Kind = kind
        self.voice = voice
        self.began = began
        self.choke = choke
        self.released = False
        self.ticking = False
        self.nepers = 0.0  # how loud it began, as a logarithm
        self.fall = 0.0  # how much of that it loses in a block
        self.phase = "sounding"  # then "fading", "flushing", "gone"


class Stage:
    """Voices in pools, the notes in them, and what is due at which block."""

    def __init__(self, library: SoundLibrary, kinds: Iterable[Kind], block_s: float) -> None:
        self._library = library
        self._block_s = block_s
        # The voice that came back last goes out first: what it needs is still in the cache.
        self._pools: dict[Kind, list[Voice]] = {
            kind: [library.build(kind) for _ in range(POLYPHONY + _SPARE)] for kind in kinds
        }
        self._block = 0
        self._serial = 0
        self._starts = 0
        self._notes = 0  # active ones that are neither fading out nor being emptied
        self._by_id: dict[int, Playing] = {}  # by the session's voice number: can be let go
        self._moving: list[Playing] = []
        self._due: list[tuple[int, int, Playing, Callable[[Playing], None]]] = []
        self._victims: list[Playing] | None = None
        self._ill: deque[Kind] = deque()
        self.active: list[Playing] = []
        """Every note whose voice is not back yet."""

    # -- what the engine asks ----------------------------------------------------------------

    def begin(self, id: int, kind: Kind, ready: Ready, note: Note, choke: str) -> bool:
        """Start a note; False if it must wait for the next block."""
        before = self._by_id.get(id)
        if before is not None:
            self._fade(before, _STEAL_S)
        if choke:
            self._choke(choke, note.bus)
        if self._starts >= STARTS_PER_BLOCK:
            return False
        if self._notes >= POLYPHONY:
            self._steal()
        pool = self._pools[kind]
        if not pool:
            # Every spare voice is fading: a few milliseconds late is better than a click.
            return False
        self._starts += 1
        self._start(Playing(id, kind, pool.pop(), self._block, choke), ready, note)
        return True

    def end(self, id: int, late: bool) -> bool:
        """Let a note go, now or at the next block; False if no such note sounds.

        A note that swells in is first heard out, however short the tap.
        """
        playing = self._by_id.pop(id, None)
        if playing is None:
            return False
        playing.released = True
        playing.nepers -= _LET_GO_NEPERS
        speaks_s = playing.voice.speaks_s - (self._block - playing.began) * self._block_s
        if speaks_s > 0.0 or late:
            self._later(speaks_s, playing, self._let_go)
        else:
            self._let_go(playing)
        return True

    def bend(self, id: int, cents: float) -> None:
        """Bend a sounding note to `cents` from where it began."""
        playing = self._by_id.get(id)
        if playing is not None:
            playing.voice.bend(cents)

    def press(self, id: int, amount: float) -> None:
        """Lean on a sounding note, 0 to 1."""
        playing = self._by_id.get(id)
        if playing is not None:
            playing.voice.press(amount)
            self._watch(playing)

    def fade_all(self, seconds: float) -> None:
        """End every note."""
        for playing in self.active:
            if playing.phase != "flushing":
                self._fade(playing, seconds)

    def before_block(self) -> None:
        """Do what is due, move what moves, and build one voice anew if one was lost."""
        self._run_due()
        self._tick()
        if self._ill:
            kind = self._ill.popleft()
            self._pools[kind].append(self._library.build(kind))

    def after_block(self) -> None:
        """A block has been rendered: the next one may begin notes again."""
        self._block += 1
        self._starts = 0
        self._victims = None

    def throw_away(self, buses: Collection[int]) -> int:
        """Give up the voices on these buses, as they went bad; returns how many."""
        bad = [one for one in self.active if one.voice.bus in buses]
        for playing in bad:
            playing.voice.stop()
            self._forget(playing)
            self._ill.append(playing.kind)
        return len(bad)

    def close(self) -> None:
        """Let all voices go."""
        self.active.clear()
        self._pools.clear()

    # -- a note's life -----------------------------------------------------------------------

    def _start(self, playing: Playing, ready: Ready, note: Note) -> None:
        voice = playing.voice
        lasts_s = voice.start(ready, note)
        playing.nepers = math.log(max(voice.level, 1e-9))
        playing.fall = self._block_s / voice.tau_s
        self._by_id[playing.id] = playing
        self.active.append(playing)
        self._notes += 1
        if voice.moving:
            self._watch(playing)
        if lasts_s != math.inf:
            self._later(lasts_s, playing, self._end)
        if voice.settles_s > 0.0:
            self._later(voice.settles_s, playing, _settle)

    def _choke(self, choke: str, bus: int) -> None:
        for playing in self.active:
            same = playing.choke == choke and playing.voice.bus == bus
            if same and playing.phase == "sounding":
                self._fade(playing, _CHOKE_S)

    def _end(self, playing: Playing) -> None:
        if playing.phase == "sounding":
            self._fade(playing, _LAST_FADE_S)

    def _let_go(self, playing: Playing) -> None:
        if playing.phase != "sounding":
            return
        seconds = playing.voice.let_go()
        if seconds is not None:
            self._later(seconds + self._block_s, playing, self._flush)

    def _fade(self, playing: Playing, seconds: float) -> None:
        if playing.phase == "flushing":
            return
        self._leave(playing, "fading")
        playing.voice.cut(seconds)
        if self._by_id.get(playing.id) is playing:
            del self._by_id[playing.id]
        self._later(seconds + 2 * self._block_s, playing, self._flush)

    def _flush(self, playing: Playing) -> None:
        if playing.phase == "flushing":
            return
        self._leave(playing, "flushing")
        playing.voice.flush()
        self._later(playing.voice.flush_blocks * self._block_s, playing, self._free)

    def _free(self, playing: Playing) -> None:
        playing.voice.stop()
        self._forget(playing)
        self._pools[playing.kind].append(playing.voice)

    def _forget(self, playing: Playing) -> None:
        self._leave(playing, "gone")
        self.active.remove(playing)
        if playing.ticking:
            self._moving.remove(playing)
        if self._by_id.get(playing.id) is playing:
            del self._by_id[playing.id]

    def _leave(self, playing: Playing, phase: str) -> None:
        self._notes -= playing.phase == "sounding"
        playing.phase = phase

    def _later(self, seconds: float, playing: Playing, what: Callable[[Playing], None]) -> None:
        self._serial += 1
        at = self._block + max(1, math.ceil(seconds / self._block_s))
        heapq.heappush(self._due, (at, self._serial, playing, what))

    def _run_due(self) -> None:
        due = self._due
        while due and due[0][0] <= self._block:
            _, _, playing, what = heapq.heappop(due)
            if playing.phase != "gone":
                what(playing)

    def _watch(self, playing: Playing) -> None:
        if playing.voice.moving and not playing.ticking:
            playing.ticking = True
            self._moving.append(playing)

    def _tick(self) -> None:
        for playing in self._moving[self._block & 1 :: 2]:
            if playing.phase != "flushing":
                playing.voice.tick((self._block - playing.began) * self._block_s)
        if self._block % 64 == 0:
            for playing in self._moving:
                playing.ticking = playing.voice.moving
            self._moving = [one for one in self._moving if one.ticking]

    def _steal(self) -> None:
        """Let the note go that will be missed least: the softest by now, the sooner if let go."""
        if self._victims is None:
            self._victims = sorted(self.active, key=self._audible, reverse=True)
        while self._victims:
            victim = self._victims.pop()
            if victim.phase == "sounding":
                self._fade(victim, _STEAL_S)
                return

    def _audible(self, playing: Playing) -> float:
        return playing.nepers - (self._block - playing.began) * playing.fall


def _settle(playing: Playing) -> None:
    if not playing.released and playing.phase == "sounding":
        playing.voice.settle()
