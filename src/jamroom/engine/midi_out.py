"""MIDI instruments as an engine: seats play hardware or a DAW, in tune.

It makes no sound of its own. Each output is two patches: "out:NAME" tunes every note (MPE),
"out:NAME/plain" is for instruments that do not know MPE. A patch stays listed while the room is
open, also when its instrument is unplugged: its seats are silent then, and go on when it is back.

An instrument is set up at its first note, channel by channel, so that nothing is sent to
controllers nobody plays, and the first note does not wait behind fifteen channels' settings.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Set
from typing import Protocol

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, PatchInfo
from jamroom.engine.midi_channels import Instrument, Way, ended_of, note_off
from jamroom.engine.patches import finite

FAMILY = "MIDI out"
PREFIX = "out:"
PLAIN = "/plain"

_SENTENCE = "Plays this instrument; every note is tuned (MPE)."
_PLAIN_SENTENCE = "Plays this instrument, one channel a seat, for those without MPE."


class Outputs(Protocol):
    """MIDI outputs by id, "midi:Minilogue"; `devices.midi_out.MidiOutputs` is one."""

    @property
    def outputs(self) -> tuple[str, ...]:
        """Ids of those that are plugged in."""

    def send(self, output_id: str, message: bytes, at_ns: int = 0) -> bool:
        """Send one message at a monotonic nanosecond (0: at once), without waiting.

        Messages leave in the order they are given. False when it could not be taken.
        """

    def hush(self) -> None:
        """End every note that is on at any output, and drop every message that is planned."""


class MidiOutEngine:
    """Implements `engine.base.Engine` and `engine.bank.Changing`.

    `when` tells the monotonic nanosecond at which a frame of the next block is heard, so that
    instruments keep time with the room; without it messages leave at once. It may be set later.
    """

    def __init__(self, outputs: Outputs, when: Callable[[int], int] = lambda _: 0) -> None:
        self._outputs = outputs
        self.when = when
        self.version = 0
        self._seen: tuple[str, ...] = ()
        self._patches: dict[str, tuple[str, Way]] = {}  # patch -> output, how it is tuned
        self._catalogue: tuple[PatchInfo, ...] = ()
        self._instruments: dict[str, Instrument] = {}
        self._gone: deque[str] = deque()
        self._owed: dict[str, set[tuple[int, int]]] = {}  # notes that were on when it went
        self._voices: dict[int, str] = {}
        self._nothing: Block = np.zeros((BLOCK_FRAMES, BUSES), np.float32)
        self.poll()

    def poll(self) -> None:
        """See what was plugged in or out; about once a second, from any thread but the block's."""
        seen = self._outputs.outputs
        if seen == self._seen:
            return
        self._gone.extend(one for one in self._seen if one not in seen)
        self._seen = seen
        for output in seen:
            self._pay(output)
        new = [one for one in seen if one not in self._instruments]
        if not new:
            return
        # Replaced whole: the block reads them meanwhile.
        self._instruments = self._instruments | {one: Instrument() for one in new}
        patches = dict(self._patches)
        infos = list(self._catalogue)
        for output in new:
            name = output.removeprefix("midi:")
            for info, way in zip(_infos(name), _WAYS, strict=True):
                patches[info.name] = (output, way)
                infos.append(info)
        self._patches, self._catalogue = patches, tuple(infos)
        self.version += 1

    @property
    def notices(self) -> tuple[str, ...]:
        """Nothing: MIDI has its own line on the screen."""
        return ()

    # -- the Engine interface ----------------------------------------------------------------

    def patches(self) -> tuple[str, ...]:
        """Two for each output seen since the room opened."""
        return tuple(self._patches)

    def catalogue(self) -> tuple[PatchInfo, ...]:
        """The same, for people."""
        return self._catalogue

    def note_on(
        self, voice: int, bus: int, patch: str, note: int, cents: float, velocity: int, offset: int
    ) -> None:
        """Begin a note; an unknown patch is silent, as an instrument that is not there is."""
        self._drop_gone()
        known = self._patches.get(patch)
        if known is None:
            return
        output, way = known
        if self._voices.get(voice, output) != output:
            self.note_off(voice, offset)
        instrument = self._instruments[output]
        cents = finite(cents, -4800.0, 4800.0)
        self._voices[voice] = output
        self._send(output, instrument.note_on(voice, bus, note, cents, velocity, way), offset)

    def note_off(self, voice: int, offset: int) -> None:
        """End a note."""
        output = self._voices.pop(voice, None)
        if output is not None:
            self._send(output, self._instruments[output].note_off(voice), offset)

    def bend(self, voice: int, cents: float) -> None:
        """Bend a sounding note to `cents` from where it began."""
        output = self._voices.get(voice)
        if output is not None:
            cents = finite(cents, -4800.0, 4800.0)
            self._send(output, self._instruments[output].bend(voice, cents), 0)

    def pressure(self, voice: int, amount: float) -> None:
        """Lean on a sounding note, 0 to 1."""
        output = self._voices.get(voice)
        if output is not None:
            amount = finite(amount, 0.0, 1.0)
            self._send(output, self._instruments[output].pressure(voice, amount), 0)

    def silence(self) -> None:
        """End exactly the notes that are on, at once, and let nothing sound that is planned.

        What was planned may have been a setting, so every instrument is set up anew.
        """
        self._voices.clear()
        for output, instrument in self._instruments.items():
            if instrument:
                self._send(output, instrument.end_all(), -1)
            instrument.doubt()
        self._outputs.hush()

    def render(self) -> Block:
        """Silence: the sound comes from elsewhere."""
        self._drop_gone()
        return self._nothing

    def recover(self, buses: Collection[int]) -> None:
        """Nothing of ours can be ill."""

    def sounding(self) -> int:
        """Notes that are on."""
        return sum(len(instrument) for instrument in self._instruments.values())

    def close(self) -> None:
        """End what is on. The outputs belong to somebody else."""
        self.silence()

    # -- inside ------------------------------------------------------------------------------

    def _send(self, output: str, messages: list[bytes], offset: int) -> None:
        at_ns = self.when(offset) if offset >= 0 else 0
        for message in messages:
            sent = self._outputs.send(output, message, at_ns)
            if not sent and output not in self._outputs.outputs:
                self._forget(output, ended_of(messages))
                return

    def _pay(self, output: str) -> None:
        """End what an instrument still sounds since it was cut off: nobody else would."""
        owed = self._owed.pop(output, set())
        for channel, note in owed - self._instruments[output].on if owed else ():
            self._outputs.send(output, note_off(channel, note))

    def _drop_gone(self) -> None:
        while self._gone:
            self._forget(output := self._gone.popleft())
            if output in self._outputs.outputs:
                self._pay(output)

    def _forget(self, output: str, ended: Set[tuple[int, int]] = frozenset()) -> None:
        if on := self._instruments[output].on | ended:
            self._owed[output] = self._owed.get(output, set()) | on
        self._instruments[output].forget()
        self._voices = {voice: one for voice, one in self._voices.items() if one != output}


_WAYS: tuple[Way, Way] = ("mpe", "plain")


def _infos(name: str) -> tuple[PatchInfo, PatchInfo]:
    return (
        PatchInfo(PREFIX + name, f"{name} (MIDI out)", FAMILY, _SENTENCE),
        PatchInfo(PREFIX + name + PLAIN, f"{name}, plain (MIDI out)", FAMILY, _PLAIN_SENTENCE),
    )
