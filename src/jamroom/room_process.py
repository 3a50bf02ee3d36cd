"""The room as a process: host, engine, session, recorder line, consoles, controllers.

    python -m jamroom.room_process --dir DIR --session NAME [--host auto] [--standby] ...

Everything slow (imports, building voices) comes before `go`, so that a room in waiting takes over
from one that died within a few blocks. It ends in good order on SIGTERM, on a console's Goodbye,
or when its standard input closes because the launcher is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import signal
import sys
import time
import traceback
import uuid
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path

from jamroom import beginning
from jamroom.agreed_loops import AgreedLoops
from jamroom.devices.scripted import Performance, ScriptedPlayer
from jamroom.engine.hosts import NoHostError
from jamroom.heartbeat import Heartbeat
from jamroom.host_keeper import HostKeeper
from jamroom.memory import Line, RecorderLink, recall
from jamroom.messages import Memory
from jamroom.places import BEGAN, HEARTBEAT, NAMES, RECORDER_SOCKET, ROOM_SOCKET
from jamroom.room import Room
from jamroom.room_hands import Hands
from jamroom.room_sound import Sound
from jamroom.serving import ConsoleServer
from jamroom.session.decide import Habits
from jamroom.session.events import NOW, Closed, MicrophoneSwitched
from jamroom.session.step import Session
from jamroom.snapshots import Surroundings, snapshot
from jamroom.supervisor import CANNOT_OPEN, CLOSED, NOT_ALL_KEPT
from jamroom.views import Snapshot

NOMINAL_RATE = 48_000
RECALL_S = 20.0
LAST_WORD_S = 10.0
FADE_S = 0.16  # also what lights need to go out
BEAT_S = 0.05
PLAY_IN_NS = 500_000_000


class RoomProcess:
    """Puts the room together, keeps it supplied, and closes it."""

    def __init__(self, given: argparse.Namespace, hands: Hands, sound: Sound) -> None:
        self.given = given
        self.began_ns = beginning.began_ns(
            given.dir / BEGAN
        )  # None: performed files begin with this room
        self.heart = Heartbeat(given.dir / HEARTBEAT)
        # A room that takes over goes on also while the server recovers from the death before.
        self.keeper = HostKeeper(given.host, NOMINAL_RATE, must=not given.standby)
        self.rate = rate = self.keeper.sample_rate
        self.hands = hands
        if sound.sample_rate != rate:
            sound.close()
            sound = Sound(rate, hands.outputs)
        self.sound = sound
        self.view = Surroundings(given.session, demo=given.demo is not None)
        self.link: RecorderLink | None = None
        self.performances = [Performance.from_file(path) for path in given.play]
        if given.demo:
            self.room = self._demo_room(given.demo)
        else:
            self.room = self._remembered_room()
        self.hands.meet(self.room)
        self.sound.begin(self.room)
        self.keeper.microphone = self.sound.microphone
        self.sound.microphone.offset_ms = self.given.mic_ms
        self.keeper.microphone_wanted = lambda: self.room.session.state.microphone
        self.keeper.microphone_refused = lambda: self.room.hear(
            time.monotonic_ns(), MicrophoneSwitched(NOW, False)
        )
        assert self.sound.store is not None
        folder = None if given.demo else given.loops
        self.loops = AgreedLoops(self.room, self.sound.store, folder)
        for problem in (*self.sound.problems, *self.hands.problems, *self.loops.load()):
            self.room.notice(problem)

    # -- beginning -------------------------------------------------------------------------

    def _room(self, session: Session, habits: Habits) -> Room:
        clips = self.sound.clips(self.given.dir, lambda text: self.room.notice(text))
        room = Room(session, self.sound.engine, self.sound.mixer, self.rate, habits, clips)
        room.on_beat = self.heart.beat
        return room

    def _demo_room(self, path: Path) -> Room:
        gone_ns = time.monotonic_ns() - self.began_ns if self.began_ns else 0
        demo = beginning.demo(path, self.rate, gone_ns / 1e9)
        room = self._room(demo.session, Habits(first_seat=demo.first_seat))
        room.script = iter(demo.coming)
        room.outbox = deque(maxlen=0)  # nothing of a demo is kept
        return room

    def _remembered_room(self) -> Room:
        line, memory = self._recall()
        session = beginning.remembered(memory)
        room = self._room(session, Habits())
        room.take_over_from = beginning.taken_over_from(session, memory, self.rate)
        new = beginning.opened(self.performances, self.rate, self.given.keep)
        room.happen(beginning.first_event(session, memory, self.rate, new))
        path = self.given.dir / RECORDER_SOCKET
        self.link = RecorderLink(room, uuid.uuid4().hex, path, line)
        return room

    def _recall(self) -> tuple[Line, Memory]:
        """Ask until the recorder answers: a room without its past would be another session."""
        for _ in range(round(RECALL_S / BEAT_S)):
            self.heart.beat(time.monotonic_ns())
            with suppress(TimeoutError):
                return recall(self.given.dir / RECORDER_SOCKET, BEAT_S)
        raise NoMemoryError("The recorder does not answer. What was kept is safe; try again.")

    # -- going on --------------------------------------------------------------------------

    async def run(self) -> str:
        """Until somebody closes the room; what could not be kept, or ""."""
        server = ConsoleServer(self.room, self.snapshot, self.sound.catalogue, self.hands.learn)
        ending = server.asked_to_close
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ending.set)
        loop.add_reader(0, self._launcher_spoke, loop, ending)
        if self.link:
            self.link.start()
        _settle_memory()
        self.keeper.start(self.room.block, self.room.notice, self.sound.mixer.fade_from_silence)
        await server.open(self.given.dir / ROOM_SOCKET)
        chores = [
            asyncio.create_task(_keep_doing(chore))
            for chore in (
                self.keeper.mind,
                self.sound.mind,
                self.hands.mind,
                self.hands.light,
                self.hands.keep_time,
                self.loops.mind,
                self._beat,
                self._mind_faults,
            )
        ]
        self._begin_performances()
        self.heart.say("playing")
        await ending.wait()
        self.heart.say("closing")
        for chore in chores:
            chore.cancel()
        beating = asyncio.create_task(self._beat())
        lost = await self._close(server)
        beating.cancel()
        return lost

    def _begin_performances(self) -> None:
        now_ns = time.monotonic_ns()
        if self.began_ns is None:
            self.began_ns = now_ns + (PLAY_IN_NS if self.performances else 0)
            beginning.keep_began_ns(self.given.dir / BEGAN, self.began_ns)
        if self.performances:
            player = ScriptedPlayer(tuple(self.performances), self.room.hear, self.began_ns)
            player.skip_to(now_ns)
            self.room.sources.append(player)

    def snapshot(self) -> Snapshot:
        """What consoles draw now."""
        self.view.host = self.keeper.host.describe()
        self.hands.look(self.view)
        self.view.labels = self.sound.labels
        self.view.microphone_dbfs = self.sound.microphone_dbfs(self.room.session.state)
        self.view.missed = self.keeper.missed
        self.view.recorder = self.link.condition if self.link else "away"
        return snapshot(self.room, self.view)

    def _launcher_spoke(self, loop: asyncio.AbstractEventLoop, ending: asyncio.Event) -> None:
        if not os.read(0, 4096):
            loop.remove_reader(0)
            ending.set()

    async def _beat(self) -> None:
        """A room whose card is gone is still alive; a hung block stops this as well (the GIL)."""
        while True:
            self.heart.beat(time.monotonic_ns())
            await asyncio.sleep(BEAT_S)

    async def _mind_faults(self) -> None:
        """What went wrong inside a block is told here: a block itself writes nothing."""
        told = 0
        while True:
            await asyncio.sleep(1.0)
            gc.collect(1)
            self.room.output_delay_ns = self.keeper.output_delay_ns
            if self.room.faults > told:
                told = self.room.faults
                print(self.room.last_fault, file=sys.stderr, flush=True)
                self.room.notice("Something went wrong inside; the music goes on (see the log).")

    # -- ending ----------------------------------------------------------------------------

    async def _close(self, server: ConsoleServer) -> str:
        """Fade, let go of everything, and have the last event kept; what is lost, or ""."""
        server.take_nobody()
        self.room.hear(time.monotonic_ns(), Closed(NOW))
        self.hands.leave()
        await asyncio.sleep(FADE_S)
        await asyncio.to_thread(self.keeper.stop)
        await asyncio.to_thread(self.hands.close)
        await asyncio.to_thread(self.loops.save)
        lost = ""
        if self.link and not await asyncio.to_thread(self.link.close, LAST_WORD_S):
            lost = f"The end of the session could not be kept. {self.link.trouble}".strip()
        await server.close(lost or "The room is closed.")
        self.sound.close()
        return lost


async def _keep_doing(chore: Callable[[], Coroutine[None, None, None]]) -> None:
    """A chore that fails is logged and taken up again: a room must not lose one unseen."""
    while True:
        try:
            await chore()
        except Exception:
            traceback.print_exc()
        await asyncio.sleep(1.0)


class NoMemoryError(Exception):
    """The session cannot be opened, because its recorder is not there."""


def _settle_memory() -> None:
    """Collections must not fall into a block: what is here stays, the rest is collected between."""
    # The block waits this long before it may take the interpreter from another thread. At 500 us
    # a full room missed eight times as many deadlines as at 50.
    sys.setswitchinterval(0.00005)
    gc.collect()
    gc.freeze()
    gc.disable()


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The process's own arguments; the launcher gives them, not people."""
    parser = argparse.ArgumentParser(prog="jamroom.room_process")
    parser.add_argument("--dir", type=Path, required=True)
    parser.add_argument("--session", required=True)
    parser.add_argument("--host", choices=("auto", "jack", "null"), default="auto")
    parser.add_argument("--keep", choices=("undecided", "play", "keep", "share"), default="keep")
    parser.add_argument("--play", type=Path, action="append", default=[])
    parser.add_argument("--demo", type=Path)
    parser.add_argument("--loops", type=Path, help="folder of the session's sound loops")
    parser.add_argument("--mic-ms", type=float, default=0.0)
    parser.add_argument("--standby", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a room until it is closed; the exit code (2: it cannot be opened at all)."""
    given = parse(arguments)
    hands = Hands(given.dir / NAMES)
    sound = Sound(NOMINAL_RATE, hands.outputs)
    if given.standby and not os.read(0, 1):
        return 0
    try:
        room = RoomProcess(given, hands, sound)
    except (NoHostError, NoMemoryError, ValueError) as error:
        print(error, file=sys.stderr)
        return CANNOT_OPEN
    if lost := asyncio.run(room.run()):
        print(lost, file=sys.stderr)
        return NOT_ALL_KEPT
    return CLOSED


if __name__ == "__main__":
    sys.exit(main())
