"""What may touch the disk (care.md, 'Three choices').

Consent is its own small fold over the events, apart from the session's state: it must be right
even for a seat of which nothing else may be known after a crash. Choices themselves, and the
room's own events, are always kept: they hold nothing of anybody's playing.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from typing import Literal, NamedTuple

import msgspec

from jamroom.messages import Recorded
from jamroom.session.events import (
    EVERYBODY,
    AnyEvent,
    BadgeChosen,
    Consent,
    ConsentChosen,
    InputChosen,
    KeymapChosen,
    LevelChosen,
    OctaveChosen,
    Opened,
    PanChosen,
    PatchChosen,
    SceneRecalled,
    SeatLeft,
    SeatTaken,
    SendChosen,
    seat_of,
)
from jamroom.session.state import SLOTS, State

HELD_S = 600.0
"""How long the playing of somebody who has not been asked yet stays in memory."""

Verdict = Literal["keep", "hold", "drop"]
_VERDICTS: dict[Consent, Verdict] = {
    "keep": "keep",
    "share": "keep",
    "undecided": "hold",
    "play": "drop",
}
_SETTINGS = (
    PatchChosen,
    KeymapChosen,
    OctaveChosen,
    LevelChosen,
    PanChosen,
    SendChosen,
    BadgeChosen,
    InputChosen,
)


class Consents:
    """Who agreed to what, as of the last event it was told."""

    def __init__(self, choices: Iterable[AnyEvent] = ()) -> None:
        self.default: Consent = "undecided"
        self._seats: dict[int, Consent] = {}
        for choice in choices:
            self.note(choice)

    def note(self, event: AnyEvent) -> bool:
        """Take an event into account; true when it was a choice about keeping."""
        match event:
            case Opened(consent=consent) | ConsentChosen(seat=-1, consent=consent):
                self.default = consent
            case ConsentChosen(seat=seat, consent=consent):
                self._seats[seat] = consent
            case _:
                return False
        return True

    def of_seat(self, seat: int) -> Consent:
        """What holds for a seat: its own choice, else the session's default."""
        own = self._seats.get(seat, "undecided")
        return self.default if own == "undecided" else own

    def keeps(self, seat: int) -> bool:
        """True when what this seat does may be on the disk."""
        return _VERDICTS[self.of_seat(seat)] == "keep"

    def verdict(self, event: AnyEvent) -> Verdict:
        """What to do with an event now."""
        seat = seat_of(event)
        if seat is None or seat == EVERYBODY or isinstance(event, ConsentChosen):
            return "keep"
        return _VERDICTS[self.of_seat(seat)]

    def as_kept(self, record: Recorded) -> Recorded:
        """The record without what an event of all tells of those who want nothing kept."""
        event = record.event
        if not isinstance(event, SceneRecalled):
            return record
        seats = {number: self.of_seat(number // SLOTS) for number, _ in event.layers}
        layers = tuple(pair for pair in event.layers if _VERDICTS[seats[pair[0]]] != "drop")
        event = msgspec.structs.replace(event, layers=layers)
        return msgspec.structs.replace(record, event=event)


def clips_to_keep(state: State) -> set[int]:
    """The sound loops, by number, that may be on the disk: those of seats that agreed."""
    agreed = {
        seat.id
        for seat in list(state.seats.values())
        if _VERDICTS[state.consent if seat.consent == "undecided" else seat.consent] == "keep"
    }
    layers = [layer for layer in list(state.layers.values()) if layer.seat in agreed]
    takes = (take.clip for layer in layers for take in layer.takes)
    return {clip.id for clip in takes if clip is not None}


class Kept(NamedTuple):
    """An event with its place in the journal."""

    seq: int
    record: Recorded


class Waiting:
    """Events that nobody agreed to yet, in memory only.

    Who sat where with which sound is remembered even after a seat chose *play only*, still in
    memory only: if that person says *keep* later, their notes need a badge and a patch.
    """

    def __init__(self) -> None:
        self._held: list[Kept] = []
        self._settings: dict[tuple[int, str], Kept] = {}

    def first_held(self, from_seq: int) -> int | None:
        """Place of the first event from `from_seq` on that waits for a decision."""
        first = bisect_left(self._held, from_seq, key=lambda kept: kept.seq)
        return self._held[first].seq if first < len(self._held) else None

    def hold(self, kept: Kept) -> None:
        """Keep an event in memory until somebody decides."""
        self._held.append(kept)
        self.remember(kept)

    def remember(self, kept: Kept) -> None:
        """Note who sits where, if that is what the event says."""
        event = kept.record.event
        seat = seat_of(event)
        if seat is None:
            return
        if isinstance(event, _SETTINGS):
            which = event.effect if isinstance(event, SendChosen) else ""
            self._settings[seat, f"{type(event).__name__} {which}"] = kept
        elif isinstance(event, SeatTaken | SeatLeft):
            # The first one brings the badge and its patch; the last one says who is there.
            self._settings.setdefault((seat, "first"), kept)
            self._settings[seat, "last"] = kept

    def decide(self, consents: Consents) -> list[Kept]:
        """Events that may be written now, in order; what was refused is forgotten."""
        agreed: dict[int, Kept] = {}
        for key, kept in list(self._settings.items()):
            if consents.keeps(key[0]):
                agreed[kept.seq] = kept
                del self._settings[key]
        still_held = []
        for kept in self._held:
            verdict = consents.verdict(kept.record.event)
            if verdict == "keep":
                agreed[kept.seq] = kept
            elif verdict == "hold":
                still_held.append(kept)
        self._held = still_held
        return [agreed[seq] for seq in sorted(agreed)]

    def forget_before(self, frame: int | None) -> None:
        """Forget what was taken before a frame (None: all): it waited too long."""
        if frame is None:
            self._held.clear()
            return
        late = 0
        while late < len(self._held) and self._held[late].record.at < frame:
            late += 1
        if late:
            del self._held[:late]
