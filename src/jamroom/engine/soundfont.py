"""The SoundFont engine: FluidSynth with 32 mono buses, per-note tuning, onsets to the frame.

Notes are started by preset rather than by channel, so each can be tuned, bent and ended alone
however many share a key (`font_buses` says how they come to begin on their frame).

The font is loaded in a thread of its own; until then there are no patches, and `version` grows when
there are.
"""

from __future__ import annotations

import threading
from collections.abc import Collection
from pathlib import Path

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, PatchInfo
from jamroom.engine.font_buses import FontBuses
from jamroom.engine.font_files import find_fonts
from jamroom.engine.font_loading import Font, NoFontError, Preset, load_font
from jamroom.engine.font_notes import FontNote
from jamroom.engine.font_programs import PREFIX
from jamroom.engine.patches import finite

POLYPHONY = 64
"""Notes at once, tails included; beyond it the one that was let go first makes room."""

_HEARD_OUT_S = 0.15  # how long a held sound speaks at least, however short the tap
_SWEEP = 8  # each block asks an eighth of the notes whether they are over
_TAIL_BLOCKS = 2
_POISON_POWER = 1e6
_SERIALS = 2**30
_LONGEST_LOADING_S = 60.0


class SoundFontEngine:
    """Implements `engine.base.Engine` and `engine.bank.Changing`.

    `own` is the folder with somebody's own fonts; `fonts` names files instead of looking for them.
    """

    def __init__(
        self,
        sample_rate: int,
        own: Path | None = None,
        fonts: tuple[Path, ...] | None = None,
    ) -> None:
        self._rate = sample_rate
        self.version = 0
        self._notices: tuple[str, ...] = ()
        self._font: Font | None = None
        self._presets: dict[str, Preset] = {}
        self._notes: list[FontNote] = []
        self._by_voice: dict[int, FontNote] = {}
        self._ending: list[FontNote] = []
        self._serial = 0
        self._block = 0
        self._tail = 0
        self._heard_out_blocks = round(_HEARD_OUT_S * sample_rate / BLOCK_FRAMES)
        self._buses = FontBuses()
        self._out: Block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
        self._closing = False
        self._loader = threading.Thread(
            target=self._load, args=(own, fonts), name="soundfont", daemon=True
        )
        self._loader.start()

    # -- loading, in a thread of its own -------------------------------------------------------

    def _load(self, own: Path | None, fonts: tuple[Path, ...] | None) -> None:
        try:
            paths = find_fonts(own) if fonts is None else fonts
            font = load_font(paths, self._rate, lambda: self._closing)
        except NoFontError as why:
            self._notices = (str(why),)
            self.version += 1
            return
        if font is not None:
            self._font = font
            self._presets = font.presets
            self._notices = font.problems
            self.version += 1

    def wait_until_ready(self, seconds: float) -> bool:
        """Wait until the font is there; False when it is not by then. Never inside a block."""
        self._loader.join(seconds)
        return self._font is not None

    def prepare(self, patch: str) -> None:
        """Wait for the font if this patch may be in it: for renders, never inside a block."""
        if patch.startswith(PREFIX):
            self.wait_until_ready(_LONGEST_LOADING_S)

    @property
    def notices(self) -> tuple[str, ...]:
        """What is missing and what to do about it."""
        return self._notices

    def describe(self) -> str:
        """One line for people: which font plays."""
        if self._font is not None:
            names = " and ".join(path.stem for path in self._font.paths)
            return f"{names}, {len(self._presets)} sounds (FluidSynth)"
        return self._notices[0] if self._notices else "the SoundFont is being loaded"

    # -- the Engine interface ----------------------------------------------------------------

    def patches(self) -> tuple[str, ...]:
        """Names of the font's patches; none until it is loaded."""
        return tuple(self._presets)

    def catalogue(self) -> tuple[PatchInfo, ...]:
        """The same patches, for people."""
        return tuple(preset.program.info() for preset in self._presets.values())

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note; see `Engine.note_on`. Numbers out of range are brought into it."""
        font = self._font
        if font is None:
            return
        preset = self._presets.get(patch) or next(iter(self._presets.values()))
        if before := self._by_voice.get(voice):
            self._cut(before)
        if len(self._notes) >= POLYPHONY:
            self._steal()
        bus = min(BUSES - 1, max(0, bus))
        group = self._buses.begin(bus, min(BLOCK_FRAMES - 1, max(0, offset)))
        self._serial = serial = (self._serial + 1) % _SERIALS
        synth = font.synth
        key, force = min(127, max(0, note)), min(127, max(1, velocity))
        if synth.start(synth.handle, serial, preset.pointer, 0, group, key, force) != 0:
            self._buses.end(group)
            return
        cents = 0.0 if preset.program.way == "drums" else finite(cents, -4800.0, 4800.0)
        begun = FontNote(synth, preset, voice, serial, bus, group, cents)
        if preset.program.way == "held":
            begun.until = self._block + self._heard_out_blocks
        self._notes.append(begun)
        self._by_voice[voice] = begun

    def note_off(self, voice: int, offset: int) -> None:
        """Let a note go, at the block boundary nearest to `offset`; held sounds are heard out."""
        note = self._by_voice.pop(voice, None)
        if note is None:
            return
        if offset > BLOCK_FRAMES // 2:
            note.until = max(note.until, self._block + 1)
        if note.until > self._block:
            self._ending.append(note)
        else:
            note.let_go()

    def bend(self, voice: int, cents: float) -> None:
        """Bend a sounding note to `cents` from where it began."""
        note = self._by_voice.get(voice)
        if note is not None and note.preset.program.way != "drums":
            note.bend(finite(cents, -4800.0, 4800.0))

    def pressure(self, voice: int, amount: float) -> None:
        """Lean on a held sound: louder and brighter. What was struck is out of reach."""
        note = self._by_voice.get(voice)
        if note is not None and note.preset.program.way == "held":
            note.press(finite(amount, 0.0, 1.0))

    def silence(self) -> None:
        """End every note within 50 ms, without a click."""
        for note in self._notes:
            self._cut(note)
        self._ending.clear()
        self._by_voice.clear()

    def render(self) -> Block:
        """The next block: float32, shape (BLOCK_FRAMES, BUSES), finite. Valid until the next."""
        font = self._font
        if font is None or not self.sounding():
            self._out.fill(0.0)
            return self._out
        out = self._out
        self._buses.render(font.synth, out)
        flat = out.reshape(-1)
        with np.errstate(invalid="ignore", over="ignore"):
            if not float(flat @ flat) < _POISON_POWER:  # true for NaN
                out.fill(0.0)
                self.recover(range(BUSES))
        self._block += 1
        if self._ending:
            self._end_due()
        self._sweep()
        return out

    def recover(self, buses: Collection[int]) -> None:
        """Stop what sounds on these buses dead."""
        if self._font is None:
            return
        for bus in buses:
            self._buses.stop(self._font.synth, bus)
        for note in [one for one in self._notes if one.bus in buses]:
            self._forget(note)

    def sounding(self) -> int:
        """Notes that still make sound, tails included."""
        return len(self._notes) or self._tail

    def close(self) -> None:
        """Give the font back. The engine is not used again."""
        self._closing = True
        self._loader.join()
        font, self._font = self._font, None
        self._presets = {}
        self._notes.clear()
        self._by_voice.clear()
        self._ending.clear()
        if font is not None:
            font.synth.delete()

    # -- a note's life -----------------------------------------------------------------------

    def _cut(self, note: FontNote) -> None:
        note.end_quickly()
        if self._by_voice.get(note.voice) is note:
            del self._by_voice[note.voice]

    def _steal(self) -> None:
        """Make room: the note that was let go first, else the one that began first."""
        there = [note for note in self._notes if not note.cut]
        if len(there) >= POLYPHONY:
            self._cut(next((note for note in there if note.released), there[0]))

    def _end_due(self) -> None:
        waiting = []
        for note in self._ending:
            if note.until <= self._block:
                note.let_go()
            else:
                waiting.append(note)
        self._ending = waiting

    def _sweep(self) -> None:
        """Forget notes that are over, and count the tail down once there are none."""
        if self._notes:
            self._tail = _TAIL_BLOCKS
            for note in self._notes[self._block % _SWEEP :: _SWEEP]:
                if not note.plays():
                    self._forget(note)
        elif self._tail:
            self._tail -= 1

    def _forget(self, note: FontNote) -> None:
        self._notes.remove(note)
        self._buses.end(note.group)
        if self._by_voice.get(note.voice) is note:
            del self._by_voice[note.voice]
