"""How a room begins: new, remembered, taken over in the middle, or as a demo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

import msgspec

from jamroom.capture.journal import Journal
from jamroom.capture.replay import at_rate
from jamroom.clocks import clamp_bpm
from jamroom.devices.scripted import Performance
from jamroom.messages import Memory
from jamroom.opening import read_opening
from jamroom.resources import resource_dir
from jamroom.session.events import AnyEvent, Consent, Opened, Resumed
from jamroom.session.step import Session
from jamroom.session.stored import decode_state

FIRST_SCORE = "free-jam.toml"


class Demo(NamedTuple):
    """A journal to be performed: what is over already, what is to come, and the next free seat."""

    session: Session
    coming: list[tuple[int, AnyEvent]]
    first_seat: int


def remembered(memory: Memory) -> Session:
    """The session that the recorder remembers, new if it remembers none."""
    return Session(decode_state(memory.state)) if memory.state else Session()


def taken_over_from(session: Session, memory: Memory, rate: int) -> tuple[int, int] | None:
    """Where the clock of the room that died last stood; None unless this room takes over.

    With a card of another rate the old line means nothing, and the music goes on from its end.
    """
    same_rate = session.state.tempo_map.last.sample_rate == rate
    if not (memory.carry_on and memory.monotonic_ns and same_rate):
        return None
    return memory.frame, memory.monotonic_ns


def first_event(session: Session, memory: Memory, rate: int, new: Opened) -> Opened | Resumed:
    """What a room tells first: `new` for a new session, that it is back for an old one."""
    if session.state.opened:
        return Resumed(session.state.frame, rate, memory.carry_on)
    return new


def opened(performances: Sequence[Performance], rate: int, consent: Consent) -> Opened:
    """The first event of a new session; a performed file that names tempo and metre is obeyed."""
    opening = read_opening(resource_dir("scores") / FIRST_SCORE)
    for performance in performances[:1]:
        if performance.bpm is not None:
            opening = msgspec.structs.replace(opening, bpm=clamp_bpm(performance.bpm))
        if performance.pulses and performance.unit:
            meter = f"{performance.pulses}/{performance.unit}"
            opening = msgspec.structs.replace(opening, meter=meter)
    return opening.opened(time.time(), rate, consent)


def demo(path: Path, rate: int, gone_s: float) -> Demo:
    """A journal to perform, `gone_s` seconds into it for a room that takes over."""
    with Journal.open(path) as journal:
        kept = ((entry.at, entry.event) for entry in journal.entries())
        entries = list(at_rate(kept, rate))
        first_seat = max(journal.badges(), default=0) + 1
    session = Session()
    reached = max(0, round(gone_s * rate))
    over = list(takewhile(lambda entry: entry[0] < reached, entries))
    for at, event in over:
        session.fold(at, event)
    if over:  # keys that were down are up
        session.fold(reached, Resumed(reached, rate, carry_on=True))
    return Demo(session, entries[len(over) :], first_seat)


def began_ns(path: Path) -> int | None:
    """When performed files began, if this room takes over in the middle of them."""
    try:
        return int(path.read_text())
    except (OSError, ValueError):
        return None


def keep_began_ns(path: Path, when_ns: int) -> None:
    """Leave that for a room that may take over."""
    part = path.with_suffix(".part")
    part.write_text(str(when_ns))
    part.replace(path)
