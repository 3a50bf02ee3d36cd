"""The process that holds the MIDI ports: it listens, stamps, sends, and speaks with the room.

It is alone because drivers keep the interpreter, or wait for the sound, while they open a port: in
the room's process a controller plugged in silenced the room for 4 seconds. Alone, it also stamps
messages without waiting for the room's sound, and a crash in libjack (it crashes when its server
dies) is a plug pulled, not the end of the room.

One process for both directions, because one must say which input and which output are the same
device, and because what it holds lit and sounding must be ended by whoever outlives the room.

The monotonic clock is the same for all processes of a machine, so stamps need no translation.
"""

from __future__ import annotations

import contextlib
import gc
import os
import queue
import signal
import sys
import threading
import time
from pathlib import Path
from typing import BinaryIO

import msgspec

from jamroom.devices.midi_devices import Watch
from jamroom.devices.midi_wire import (
    FromWatch,
    ToWatch,
)
from jamroom.devices.name_book import NameBook
from jamroom.messages import Unframer, frame_message

LINGER_S = 0.3
POLL_S = 0.1
REAL_TIME_PRIORITY = 8
_MOST_AT_ONCE = 500


def main(arguments: list[str]) -> None:
    """Run until the room closes our standard input, or the MIDI server dies.

    Arguments: where names are kept ("" for nowhere), and a system for tests.
    """
    names, wanted = (*arguments, "", "")[:2]
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the room's to take
    _hurry()
    out = _pipe_alone()
    waiting: queue.SimpleQueue[FromWatch] = queue.SimpleQueue()
    watch = Watch(waiting.put, NameBook(Path(names) if names else None), wanted)
    threading.Thread(target=_write, args=(out, waiting), daemon=True).start()
    threading.Thread(target=_read, args=(watch,), daemon=True).start()
    while watch.poll():
        time.sleep(POLL_S)
    # Drivers are not closed: the system does that, and libjack would crash.
    os._exit(0)


def _hurry() -> None:
    """Go before other programs where we may: JACK leaves out whoever is late, and its MIDI."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(REAL_TIME_PRIORITY))
    sys.setswitchinterval(0.00002)
    gc.collect()
    gc.freeze()
    gc.disable()  # nothing here goes round in circles


def _pipe_alone() -> BinaryIO:
    """Standard output for us alone; what drivers print goes nowhere."""
    out = os.fdopen(os.dup(1), "wb", buffering=0)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    return out


def _write(out: BinaryIO, waiting: queue.SimpleQueue[FromWatch]) -> None:
    """Everything that waits goes in one write: ten thousand messages a second are a few hundred."""
    try:
        while True:
            told = [waiting.get()]
            with contextlib.suppress(queue.Empty):
                while len(told) < _MOST_AT_ONCE:
                    told.append(waiting.get_nowait())
            _write_all(out, b"".join(map(frame_message, told)))
    except OSError:  # the room is gone
        os._exit(0)


def _write_all(out: BinaryIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[out.write(left) :]


def _read(watch: Watch) -> None:
    """Pass on what the room sends, and leave when it has gone; but not in the same moment.

    jackd waits three of its time-outs for clients that die together, and the room that takes over
    waits with it: 1.5 s of silence. One after the other it notices at once. Meanwhile the notes
    that it began are ended.
    """
    unframer = Unframer()
    decoder = msgspec.msgpack.Decoder(ToWatch)
    with contextlib.suppress(OSError, ValueError):
        while data := os.read(0, 65_536):
            for body in unframer.feed(data):
                watch.send(decoder.decode(body))
            watch.wake()
    watch.hush()
    time.sleep(LINGER_S)
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
