"""What a render is to play: a journal at one sample rate, from the bar of its first note on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from jamroom.capture.consent import Consents
from jamroom.capture.journal import Journal
from jamroom.capture.replay import Rescaled
from jamroom.clocks import bar_line_before, frame_at_beat
from jamroom.engine.base import BUSES
from jamroom.session.effects import ClipOn, Effect, SoundOff, SoundOn
from jamroom.session.events import AnyEvent, Played
from jamroom.session.step import Session

NOMINAL_RATE = 48_000
TAIL_S = 4.0
"""How long the last notes may ring."""

PARTS = 2
"""Processes that play. Always as many, or the same journal would not give the same bytes."""

_TAIL_OF_A_NOTE_S = 1.0

Entry = tuple[int, AnyEvent]


class Score:
    """A journal, ready to be played. Raises JournalError when it cannot be read."""

    def __init__(self, journal: Path) -> None:
        self.journal = journal
        with Journal.open(journal) as opened:
            first = opened.opened()
            self.sample_rate = first.sample_rate if first else NOMINAL_RATE
            rescaled = Rescaled(self.sample_rate)  # the session may have gone on with another card
            self.entries = [rescaled.take(entry.at, entry.event) for entry in opened.entries()]
            self.last_frame = rescaled.frame(opened.end_frame())
            self.badges = opened.badges()
        self.consents = Consents(event for _, event in self.entries)

    def beginning(self) -> tuple[Session, list[Entry]]:
        """The session at the bar line before anything sounded, and what comes then."""
        first = self._first_sound()
        session = Session()
        for index, (at, event) in enumerate(self.entries):
            line = bar_line_before(session.state.tempo_map, first)
            start = max(session.state.frame, frame_at_beat(session.state.tempo_map, line))
            if session.state.opened and at >= start:
                session.advance(start)
                return session, self.entries[index:]
            session.fold(at, event)
        return session, []

    def _first_sound(self) -> int:
        """The frame of the first note, or of the first pass of a sound loop."""
        session = Session()
        for at, event in self.entries:
            effects = session.advance(at) if session.state.opened else []
            if not isinstance(event, Played):
                effects = [*effects, *session.fold(at, event)]
            for effect in effects:
                if isinstance(effect, ClipOn):
                    return effect.frame
            if isinstance(event, Played):
                return at
        loops = (one for one in session.advance(self.last_frame) if isinstance(one, ClipOn))
        return next((loop.frame for loop in loops), 0)

    def frames_from(self, frame: int) -> int:
        """How many frames there are to render from a frame on, the last notes' tail included."""
        return max(0, self.last_frame - frame) + round(TAIL_S * self.sample_rate)


class Part(msgspec.Struct, frozen=True):
    """What one process plays: some buses of a journal, `frames` of them together at a time."""

    journal: str
    buses: tuple[int, ...]
    patches: tuple[str, ...]
    frames: int


class Census:
    """How much every bus of a score sounds, and with which patches."""

    def __init__(self, score: Score) -> None:
        self.weight: Counter[int] = Counter()  # bus -> frames that its notes sound, all together
        self.patches: dict[int, set[str]] = {}
        self.heard: set[int] = set()  # seats
        tail = round(_TAIL_OF_A_NOTE_S * score.sample_rate)
        began: dict[int, int] = {}
        session, coming = score.beginning()
        for at, event in coming:
            self._count(session.fold(at, event), began, tail)
        self._count(session.advance(score.last_frame), began, tail)

    def _count(self, effects: Iterable[Effect], began: dict[int, int], tail: int) -> None:
        for effect in effects:
            if isinstance(effect, SoundOn):
                bus = effect.seat % BUSES
                began[effect.voice] = effect.frame
                self.weight[bus] += tail
                self.patches.setdefault(bus, set()).add(effect.patch)
                self.heard.add(effect.seat)
            elif isinstance(effect, SoundOff):
                begin = began.pop(effect.voice, None)  # passes of sound loops end as well
                if begin is not None:
                    self.weight[effect.seat % BUSES] += effect.frame - begin
            elif isinstance(effect, ClipOn):
                self.heard.add(effect.seat)


def parts_of(census: Census, journal: Path, frames: int) -> list[Part]:
    """The buses of a score, shared out so that all processes have about as much to do."""
    shares: list[list[int]] = [[] for _ in range(PARTS)]
    loads = [0] * PARTS
    for bus in sorted(census.weight, key=lambda bus: (-census.weight[bus], bus)):
        least = loads.index(min(loads))
        shares[least].append(bus)
        loads[least] += census.weight[bus]
    return [
        Part(str(journal), tuple(sorted(share)), _patches_of(share, census.patches), frames)
        for share in shares
        if share
    ]


def _patches_of(buses: list[int], patches: Mapping[int, set[str]]) -> tuple[str, ...]:
    return tuple(sorted(set[str]().union(*(patches[bus] for bus in buses))))
