"""A session that is played by script: 120 bpm in 4/4 at 48 kHz, so a beat is 24,000 frames.

Everything goes through `decide` as in the room, and every event is kept with the frame at which
it was told, so a script can be replayed.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

import msgspec

from jamroom.session import events as ev
from jamroom.session.decide import decide
from jamroom.session.effects import Effect, SilenceAll, SoundOff, SoundOn
from jamroom.session.inputs import AnyInput, Bend, Control, InputGone, KeyDown, KeyUp
from jamroom.session.state import Layer, State, layer_id
from jamroom.session.step import Session

BEAT = 24_000
BAR = 4 * BEAT
LATE = 5_760  # 120 ms
Kind = TypeVar("Kind")


def opened(frame: int = 0, bpm: float = 120.0, pulses: int = 4, unit: int = 4) -> ev.Opened:
    """An ordinary beginning; loops are one bar long."""
    return ev.Opened(frame, 0.0, 48_000, bpm, pulses, unit, 2, "dorian", 1, "keep")


class Script:
    """A session, what was told to it, and what it wanted done."""

    def __init__(self, opening: ev.Opened | None = None) -> None:
        self.session = Session()
        self.journal: list[tuple[int, ev.AnyEvent]] = []
        self.effects: list[Effect] = []
        self.tell(opening or opened())

    @property
    def state(self) -> State:
        return self.session.state

    def tell(self, request: AnyInput | ev.AnyEvent, at: int | None = None) -> None:
        """An input or a stamped request, told at its own frame or a little later."""
        at = request.frame if at is None else at
        assert at >= self.state.frame, "a script goes forward"
        self.advance(at)
        for event in decide(self.state, request):
            self.journal.append((at, event))
            self.effects += self.session.fold(at, event)

    def advance(self, to_frame: int) -> None:
        self.effects += self.session.advance(to_frame)

    # A controller whose keymap is "free": key 60 sounds note 60.

    def down(self, frame: int, key: int = 60, velocity: int = 100, seat: int = 0) -> None:
        self.tell(KeyDown(frame, f"play:{seat}", key, velocity))

    def up(self, frame: int, key: int = 60, seat: int = 0) -> None:
        self.tell(KeyUp(frame, f"play:{seat}", key, 64))

    def note(self, frame: int, until: int, key: int = 60, seat: int = 0) -> None:
        self.down(frame, key, seat=seat)
        self.up(until, key, seat)

    def pedal(self, frame: int, down: bool, seat: int = 0) -> None:
        self.tell(Control(frame, f"play:{seat}", 64, 127 if down else 0))

    def bend(self, frame: int, amount: float, seat: int = 0) -> None:
        self.tell(Bend(frame, f"play:{seat}", amount))

    def unplug(self, frame: int, seat: int = 0) -> None:
        self.tell(InputGone(frame, f"play:{seat}"))

    def press(self, frame: int, seat: int = 0, slot: int = 0) -> None:
        self.tell(ev.LayerPressed(frame, seat, slot))

    def dub(self, frame: int, seat: int = 0, slot: int = 0) -> None:
        self.tell(ev.LayerOverdubbed(frame, seat, slot))

    def undo(self, frame: int, seat: int = 0, slot: int = 0) -> None:
        self.tell(ev.LayerUndone(frame, seat, slot))

    def redo(self, frame: int, seat: int = 0, slot: int = 0) -> None:
        self.tell(ev.LayerRedone(frame, seat, slot))

    def keep(self, frame: int, seat: int = 0, bars: int = 1) -> None:
        self.tell(ev.Kept(frame, seat, bars))

    # -- what came of it ------------------------------------------------------------------

    def layer(self, seat: int = 0, slot: int = 0) -> Layer:
        return self.state.layers.get(layer_id(seat, slot)) or Layer(seat, slot)

    def loop(self, seat: int = 0, slot: int = 0) -> list[tuple[float, float, int]]:
        """(start, length, note) of what a layer holds, in beats."""
        notes = self.layer(seat, slot).content.notes
        return [(round(n.start_beat, 4), round(n.length_beats, 4), n.note) for n in notes]

    def played(self, seat: int = 0, slot: int = 0, since: int = 0) -> list[tuple[int, int, int]]:
        """(frame on, frame off, note) of what a layer sounded; -1 where it still sounds."""
        number = layer_id(seat, slot)
        return [n[:3] for n in notes_of(self.effects) if n[3] == number and n[0] >= since]

    def told(self, kind: type[Kind]) -> list[Kind]:
        """The effects of one kind."""
        return [effect for effect in self.effects if isinstance(effect, kind)]


def notes_of(effects: Iterable[Effect]) -> list[tuple[int, int, int, int]]:
    """(frame on, frame off, note, layer) in order of beginning; asserts one off for each on."""
    notes: dict[int, list[int]] = {}
    on: set[int] = set()
    for effect in effects:
        if isinstance(effect, SoundOn):
            assert effect.voice not in notes, "a voice began twice"
            notes[effect.voice] = [effect.frame, -1, effect.note, effect.layer]
            on.add(effect.voice)
        elif isinstance(effect, SoundOff):
            assert effect.voice in on, "a voice ended that was not on"
            assert effect.frame >= notes[effect.voice][0], "a voice ended before it began"
            notes[effect.voice][1] = effect.frame
            on.remove(effect.voice)
        elif isinstance(effect, SilenceAll):
            for voice in on:
                notes[voice][1] = effect.frame
            on.clear()
    return [(a, b, c, d) for a, b, c, d in notes.values()]


_event_decoder = msgspec.msgpack.Decoder(ev.AnyEvent)


def as_journalled(event: ev.AnyEvent) -> ev.AnyEvent:
    """The event as it comes back from the disk."""
    return _event_decoder.decode(msgspec.msgpack.encode(event))
