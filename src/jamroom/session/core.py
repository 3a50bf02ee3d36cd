"""What every part of the session core works on: the state, the agenda, and the effects so far."""

from __future__ import annotations

import heapq

import msgspec

from jamroom.clocks import beat_at_frame, frame_at_beat
from jamroom.session.effects import Effect, Mark, Notice, SoundOff, SoundOn
from jamroom.session.line import Item, line_of, sounds_alike_in_time
from jamroom.session.state import LIVE, Content, Layer, Sounding, State, layer_id, new_state

# Ranks order what falls on the same beat: a palette is there before the notes of its downbeat,
# an old note ends before the next begins, a layer changes before it plays.
TEMPO, PALETTE, NOTE_OFF, CHANGE, DUB_PASS, SCENE, KEEP, ITEM = range(8)

Entry = tuple[float, int, int, int, int, int]
"""(beat, rank, number, pass, item, generation). The number is a voice or a layer."""


class Core:
    """The state and what hangs on it.

    The agenda holds what is due, by beat, so a tempo change moves all of it at once. It is
    derived from the state and never saved. Entries may be stale; whoever pops one checks.
    """

    def __init__(self, state: State | None = None) -> None:
        self.state = state or new_state()
        self.effects: list[Effect] = []
        self.agenda: list[Entry] = []
        self.generation: dict[int, int] = {}
        self.playing_changed = False
        self._lines: dict[int, tuple[Content, list[Item]]] = {}

    @property
    def beat(self) -> float:
        """The beat the state has reached."""
        return beat_at_frame(self.state.tempo_map, self.state.frame)

    def frame_at(self, beat: float) -> int:
        """The frame of a beat, but never one that has gone by."""
        return max(self.state.frame, frame_at_beat(self.state.tempo_map, beat))

    def beat_at(self, frame: int) -> float:
        """The beat of a frame."""
        return beat_at_frame(self.state.tempo_map, frame)

    def plan(self, beat: float, rank: int, number: int, turn: int = 0, item: int = 0) -> None:
        """Put something on the agenda."""
        entry = (beat, rank, number, turn, item, self.generation.get(number, 0))
        heapq.heappush(self.agenda, entry)

    def layer(self, seat: int, slot: int) -> Layer:
        """The layer in a slot, an empty one if nothing was ever there."""
        return self.state.layers.get(layer_id(seat, slot)) or Layer(seat, slot)

    def change_layer(self, layer: Layer, **changes: object) -> Layer:
        """Give a layer other values for some fields, and return it."""
        new = msgspec.structs.replace(layer, **changes)
        old = self.state.layers.get(new.id, layer)
        self.state.layers[new.id] = new
        if (old.sounds, old.content.id) != (new.sounds, new.content.id):
            self.playing_changed = True
        return new

    def numbered(self, take: Content, layer: Layer) -> Content:
        """The take with a number of its own, by which scenes know it; an empty one needs none."""
        if take.empty:
            return take
        made = self.state.made_takes.get(layer.id, 0) + 1
        self.state.made_takes[layer.id] = made
        return msgspec.structs.replace(take, id=(made << 16) + layer.id)

    def line(self, number: int, content: Content) -> list[Item]:
        """The items of what a layer holds, in order; made once for each content."""
        known = self._lines.get(number)
        if known is None or known[0] is not content:
            same = known is not None and sounds_alike_in_time(known[0], content)
            line = known[1] if known and same else line_of(content)
            known = self._lines[number] = (content, line)
        return known[1]

    def sound_on(
        self,
        frame: int,
        seat: int,
        layer: int,
        note: int,
        cents: float,
        velocity: int,
        key: int = -1,
        off_beat: float | None = None,
        origin: int = 0,
    ) -> int:
        """Begin a note, write it into the ledger, and return its voice."""
        state = self.state
        voice = state.next_voice
        state.next_voice = voice + 1
        state.sounding[voice] = Sounding(seat, layer, key, note, off_beat, origin=origin)
        if off_beat is not None:
            self.plan(off_beat, NOTE_OFF, voice)
        owner = state.seats.get(seat)
        patch = owner.patch if owner else ""
        self.effects.append(SoundOn(frame, voice, seat, layer, patch, note, cents, velocity))
        return voice

    def sound_off(self, frame: int, voice: int) -> None:
        """End a note that is on; nothing happens if it is not."""
        sounding = self.state.sounding.pop(voice, None)
        if sounding is not None:
            self.state.key_bends.pop(voice, None)
            self.effects.append(SoundOff(frame, voice, sounding.seat, sounding.layer))

    def hush_layer(self, number: int, frame: int) -> None:
        """End every note that a layer is playing."""
        for voice, sounding in list(self.state.sounding.items()):
            if sounding.layer == number != LIVE:
                self.sound_off(frame, voice)

    def mark(self, frame: int, kind: str, text: str, seat: int = -1) -> None:
        """A moment worth a marker."""
        self.effects.append(Mark(frame, kind, text, seat))

    def say(self, text: str) -> None:
        """One line for the console."""
        self.effects.append(Notice(self.state.frame, text))

    def layer_name(self, layer: Layer) -> str:
        """A layer as people call it: "blue heron 2"."""
        seat = self.state.seats.get(layer.seat)
        return f"{seat.badge if seat else 'somebody'} {layer.slot + 1}"
