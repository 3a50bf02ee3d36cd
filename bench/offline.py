"""How fast the session core is, without sound: a whole evening, and one block at a time.

    python bench/offline.py [hours] [players]

Every player plays about two notes a second and has four layers that play. The evening is folded
the way a replay does it, event by event; the blocks are what a room does, 64 frames at a time.
"""

from __future__ import annotations

import gc
import random
import sys
import time
from collections.abc import Iterator

from jamroom.session import events as ev
from jamroom.session.step import Session
from jamroom.session.stored import encode_state

RATE = 48_000
BLOCK_FRAMES = 64
BAR = 4 * RATE // 2  # 120 bpm
LAYERS = 4


def hands(players: int, from_frame: int, to_frame: int, seed: int) -> list[ev.AnyEvent]:
    """About two notes a second from each player, in order of time."""
    chance = random.Random(seed)
    told: list[ev.AnyEvent] = []
    for seat in range(players):
        frame = from_frame + chance.randrange(RATE)
        while frame < to_frame:
            key, velocity = chance.randrange(48, 84), chance.randrange(30, 120)
            until = frame + chance.randrange(RATE // 20, RATE // 2)
            told.append(ev.Played(frame, seat, key, key, 0.0, velocity))
            told.append(ev.Released(until, seat, key, key, 64))
            frame = until + chance.randrange(1, RATE // 2)
    return sorted(told, key=lambda event: event.frame)


def evening(hours: float, players: int) -> Iterator[ev.AnyEvent]:
    """An evening: everybody sits down, keeps four loops, plays on, and now and then mutes one."""
    yield ev.Opened(0, 0.0, RATE, 120.0, 4, 4, 2, "dorian", 2, "keep")
    for seat in range(players):
        yield ev.SeatTaken(0, seat, f"badge {seat}", f"play:{seat}", "mallet", "free")
    begun = 2 * LAYERS * BAR
    for turn in range(LAYERS):
        yield from hands(players, 2 * turn * BAR, 2 * (turn + 1) * BAR - RATE, turn)
        for seat in range(players):
            yield ev.Kept(2 * (turn + 1) * BAR, seat, 2)
    stretch = 30 * BAR
    for part, frame in enumerate(range(begun, round(hours * 3600 * RATE), stretch)):
        yield from hands(players, frame, frame + stretch - RATE, LAYERS + part)
        yield ev.LayerPressed(frame + stretch, part % players, part % LAYERS)


def fold_evening(hours: float, players: int) -> tuple[float, int, int]:
    """CPU seconds of the fold alone, events folded, effects that came out."""
    told = list(evening(hours, players))
    session, effects = Session(), 0
    began = time.process_time()
    for event in told:
        effects += len(session.fold(event.frame, event))
    return time.process_time() - began, len(told), effects


def blocks(players: int, seconds: float) -> list[float]:
    """CPU microseconds of each 64-frame block of an evening that has begun."""
    told = list(evening((2 * LAYERS * BAR / RATE + seconds) / 3600, players))
    session = Session()
    begun = 2 * LAYERS * BAR + BAR
    rest = iter(told)
    event = next(rest)
    while event.frame < begun:
        session.fold(event.frame, event)
        event = next(rest)
    spent = []
    gc.collect()
    gc.freeze()
    gc.disable()
    for frame in range(begun, begun + round(seconds * RATE), BLOCK_FRAMES):
        due = []
        while event.frame < frame:
            due.append(event)
            event = next(rest, ev.Marked(1 << 62, ""))
        began = time.thread_time_ns()
        for known in due:
            session.fold(session.state.frame, known)
        session.advance(frame + BLOCK_FRAMES)
        spent.append((time.thread_time_ns() - began) / 1000)
    gc.enable()
    return sorted(spent)


def main() -> None:
    hours = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
    players = int(sys.argv[2]) if len(sys.argv) > 2 else 20
    spent = blocks(players, 20.0)
    mean = sum(spent) / len(spent)
    p99, worst = spent[len(spent) * 99 // 100], spent[-1]
    print(f"one block of {BLOCK_FRAMES} frames, {players} players with {LAYERS} layers each:")
    print(f"  mean {mean:.1f} us   p99 {p99:.0f} us   worst {worst:.0f} us")
    seconds, events, effects = fold_evening(hours, players)
    print(f"{hours:g} h with {players} players: {events:,} events, {effects:,} effects")
    print(f"  folded in {seconds:.1f} s of CPU, {seconds / events * 1e6:.1f} us an event")
    session = Session()
    for event in evening(0.1, players):
        session.fold(event.frame, event)
    began = time.process_time()
    size_kib = len(encode_state(session.state)) / 1024
    spent_ms = (time.process_time() - began) * 1000
    print(f"  its state: {size_kib:.0f} KiB, written in {spent_ms:.1f} ms")


if __name__ == "__main__":
    main()
