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
import uuid
from collections import deque
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import msgspec

from jamroom.capture.journal import Journal
from jamroom.clocks import clamp_bpm
from jamroom.devices.midi_in import MidiInputs
from jamroom.devices.scripted import Performance, ScriptedPlayer
from jamroom.engine.hosts import NoHostError
from jamroom.engine.mixer import Mixer
from jamroom.engine.patch_files import load_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.heartbeat import Heartbeat
from jamroom.host_keeper import HostKeeper
from jamroom.memory import Line, RecorderLink, recall
from jamroom.messages import Memory, Snapshot
from jamroom.opening import Opening, read_opening
from jamroom.places import BEGAN, HEARTBEAT, RECORDER_SOCKET, ROOM_SOCKET
from jamroom.resources import resource_dir
from jamroom.room import Room
from jamroom.serving import ConsoleServer
from jamroom.session.decide import Habits
from jamroom.session.events import NOW, Closed, Opened, Resumed
from jamroom.session.state import decode_state
from jamroom.session.step import Session
from jamroom.snapshots import Surroundings, snapshot

NOMINAL_RATE = 48_000
RECALL_S = 10.0
MIDI_POLL_S = 1.0
LAST_WORD_S = 5.0
FADE_S = 0.12
BEAT_S = 0.05
PLAY_IN_NS = 500_000_000
FIRST_SCORE = "free-jam.toml"


class Sound:
    """Engine and mixer for one sample rate, and what was wrong with patches."""

    def __init__(self, sample_rate: int) -> None:
        patches, self.problems = load_patches([resource_dir("patches")])
        self.sample_rate = sample_rate
        self.engine = PyoEngine(patches, sample_rate)
        self.mixer = Mixer(sample_rate)


class RoomProcess:
    """Puts the room together, keeps it supplied, and closes it."""

    def __init__(self, given: argparse.Namespace, sound: Sound) -> None:
        self.given = given
        self.began_ns = _began_ns(given.dir / BEGAN)
        self.heart = Heartbeat(given.dir / HEARTBEAT)
        self.keeper = HostKeeper(given.host, NOMINAL_RATE)
        self.rate = rate = self.keeper.sample_rate
        self.sound = sound if sound.sample_rate == rate else Sound(rate)
        self.midi = MidiInputs(lambda stamp_ns, heard: self.room.hear(stamp_ns, heard))
        self.view = Surroundings(given.session, demo=given.demo is not None)
        self.link: RecorderLink | None = None
        self.performances = [Performance.from_file(path) for path in given.play]
        if given.demo:
            self.room = self._demo_room(given.demo)
        else:
            self.room = self._remembered_room()
        for problem in self.sound.problems:
            self.room.notice(problem)

    # -- beginning -------------------------------------------------------------------------

    def _room(self, session: Session, habits: Habits) -> Room:
        room = Room(session, self.sound.engine, self.sound.mixer, self.rate, habits)
        room.on_beat = self.heart.beat
        return room

    def _demo_room(self, path: Path) -> Room:
        with Journal.open(path) as journal:
            entries = [(entry.at, entry.event) for entry in journal.entries()]
            first_free = max(journal.badges(), default=0) + 1
        session = Session()
        gone_s = (time.monotonic_ns() - self.began_ns) / 1e9
        reached = max(0, round(gone_s * self.rate))
        past = list(takewhile(lambda entry: entry[0] < reached, entries))
        for at, event in past:
            session.fold(at, event)
        if past:  # a room that takes over: keys that were down are up
            session.fold(reached, Resumed(reached, self.rate, carry_on=True))
        room = self._room(session, Habits(first_seat=first_free))
        room.script = iter(entries[len(past) :])
        room.outbox = deque(maxlen=0)  # nothing of a demo is kept
        return room

    def _remembered_room(self) -> Room:
        path = self.given.dir / RECORDER_SOCKET
        line: Line | None = None
        try:
            line, memory = recall(path, RECALL_S)
        except TimeoutError:
            memory = Memory("", b"", 0, 0, False, 0, "")
        session = Session(decode_state(memory.state)) if memory.state else Session()
        if memory.carry_on and memory.monotonic_ns:
            self._catch_up(session, memory)
        room = self._room(session, Habits())
        if session.state.opened:
            now = session.state.frame
            room.happen(Resumed(now, self.rate, memory.carry_on))
        else:
            room.happen(self._opened())
        self.link = RecorderLink(room, uuid.uuid4().hex, path, line)
        if line is None:
            room.notice("The recorder is away: the room plays, and keeps everything for it.")
        return room

    def _catch_up(self, session: Session, memory: Memory) -> None:
        """Go on where the music would be now, had nothing happened."""
        gone_s = max(0, time.monotonic_ns() - memory.monotonic_ns) / 1e9
        rate = session.state.tempo_map.last.sample_rate
        session.advance(max(session.state.frame, memory.frame + round(gone_s * rate)))

    def _opened(self) -> Opened:
        opening: Opening = read_opening(resource_dir("scores") / FIRST_SCORE)
        for performance in self.performances[:1]:
            if performance.bpm is not None:
                opening = msgspec.structs.replace(opening, bpm=clamp_bpm(performance.bpm))
            if performance.pulses and performance.unit:
                meter = f"{performance.pulses}/{performance.unit}"
                opening = msgspec.structs.replace(opening, meter=meter)
        return opening.opened(time.time(), self.rate, self.given.keep)

    # -- going on --------------------------------------------------------------------------

    async def run(self) -> None:
        """Until somebody closes the room."""
        server = ConsoleServer(self.room, self.snapshot)
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
            asyncio.create_task(c) for c in (self.keeper.mind(), self._mind_midi(), self._beat())
        ]
        if self.performances:
            player = ScriptedPlayer(tuple(self.performances), self.room.hear, self.began_ns)
            player.skip_to(time.monotonic_ns())
            self.room.sources.append(player)
        await ending.wait()
        for chore in chores:
            chore.cancel()
        await self._close(server)

    def snapshot(self) -> Snapshot:
        """What consoles draw now."""
        self.view.host = self.keeper.host.describe()
        self.view.midi = self.midi.describe()
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

    async def _mind_midi(self) -> None:
        while True:
            await asyncio.to_thread(self.midi.poll)
            gc.collect(1)
            await asyncio.sleep(MIDI_POLL_S)

    # -- ending ----------------------------------------------------------------------------

    async def _close(self, server: ConsoleServer) -> None:
        self.room.hear(time.monotonic_ns(), Closed(NOW))
        await asyncio.sleep(FADE_S)
        await asyncio.to_thread(self.keeper.stop)
        await asyncio.to_thread(self.midi.close)
        word = "The room is closed."
        if self.link and not await asyncio.to_thread(self.link.close, LAST_WORD_S):
            word = f"The room is closed, but the last of it could not be kept. {self.link.trouble}"
        await server.close(word)
        self.sound.engine.close()


def _began_ns(path: Path) -> int:
    """When performed files begin: shortly, or when they did if this room takes over."""
    if not path.exists():
        path.write_text(str(time.monotonic_ns() + PLAY_IN_NS))
    return int(path.read_text())


def _settle_memory() -> None:
    """Collections must not fall into a block: what is here stays, the rest is collected between."""
    sys.setswitchinterval(0.0005)
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
    parser.add_argument("--standby", action="store_true")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a room until it is closed; the exit code (2: it cannot be opened at all)."""
    given = parse(arguments)
    sound = Sound(NOMINAL_RATE)
    if given.standby and not os.read(0, 1):
        return 0
    try:
        room = RoomProcess(given, sound)
    except (NoHostError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    asyncio.run(room.run())
    return 0


if __name__ == "__main__":
    sys.exit(main())
