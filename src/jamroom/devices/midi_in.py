"""Every MIDI controller in the house, plugged in and out as people please.

The ports are held by a process of their own (`midi_watch` says why). Here is its other end: the
thread that turns what it tells into inputs, and the care that it runs.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable

import msgspec

from jamroom.devices.midi_bytes import Unplayed, parse_midi
from jamroom.devices.midi_watch import Came, FromWatch, Gone, Played, Standing
from jamroom.messages import Unframer
from jamroom.session.inputs import AnyInput, InputGone

OnInput = Callable[[int, AnyInput], None]

NO_MIDI = "no MIDI here; terminal keys still play"
_HUNG_NS = 10_000_000_000
_COMMAND = (sys.executable, "-m", "jamroom.devices.midi_watch")


class MidiInputs:
    """Opens every MIDI source there is and keeps doing so.

    `on_input(stamp_ns, input)` is called from a thread of this object, with the monotonic
    nanosecond at which it was played and frame -1; it should only put the input away. Inputs are
    named "midi:Launchpad Mini", a second one "midi:Launchpad Mini #2"; a device that comes back
    gets its old name. When one goes, InputGone is the last that is heard of it.

    Exceptions of `on_input` are counted in `failures`, messages that are no MIDI in
    `broken_messages`; neither ends anything.
    """

    def __init__(self, on_input: OnInput) -> None:
        """Nothing is opened before the first `poll`."""
        self._on_input = on_input
        self._watch: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._inputs: dict[str, None] = {}
        self._standing: Standing | None = None
        self._heard_ns = 0
        self._closed = False
        self.broken_messages = 0
        self.failures = 0
        self.last_failure = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ids of the inputs that are plugged in, in the order they came."""
        return tuple(self._inputs)

    @property
    def process_id(self) -> int | None:
        """Of the process that holds the ports, while there is one."""
        return self._watch.pid if self._watch is not None else None

    def poll(self) -> None:
        """See that the process which holds the ports runs; about once a second, one thread.

        Never raises. What is plugged in or pulled is noticed without it, within 0.2 s.
        """
        if self._closed:
            return
        watch = self._watch
        if watch is not None and time.monotonic_ns() - self._heard_ns > _HUNG_NS:
            watch.kill()
        if watch is not None and self._reader is not None and self._reader.is_alive():
            return
        self._put_away()
        try:
            self._start()
        except OSError as error:
            self._failed(error)

    def _start(self) -> None:
        watch = subprocess.Popen(
            _COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._watch = watch
        self._heard_ns = time.monotonic_ns()
        self._reader = threading.Thread(
            target=self._read, args=(watch,), name="midi in", daemon=True
        )
        self._reader.start()

    def _read(self, watch: subprocess.Popen[bytes]) -> None:
        assert watch.stdout is not None
        unframer = Unframer()
        decoder = msgspec.msgpack.Decoder(FromWatch)
        try:
            while data := os.read(watch.stdout.fileno(), 65_536):
                self._heard_ns = time.monotonic_ns()
                for body in unframer.feed(data):
                    self._take(decoder.decode(body))
        except (OSError, ValueError) as error:
            self._failed(error)
            watch.kill()
        for input_id in self.inputs:
            self._take(Gone(time.monotonic_ns(), input_id))

    def _take(self, told: FromWatch) -> None:
        if isinstance(told, Played):
            self._inputs.setdefault(told.input, None)
            parsed = parse_midi(told.message, told.input)
            if isinstance(parsed, Unplayed):
                self.broken_messages += parsed is Unplayed.BROKEN
            else:
                self._pass_on(told.at_ns, parsed)
        elif isinstance(told, Gone):
            if not told.may_return:
                self._inputs.pop(told.input, None)
            self._pass_on(told.at_ns, InputGone(-1, told.input))
        elif isinstance(told, Came):
            self._inputs[told.input] = None
        else:
            self._standing = told

    def _pass_on(self, at_ns: int, event: AnyInput) -> None:
        try:
            self._on_input(at_ns, event)
        except Exception as error:
            self._failed(error)

    def _failed(self, error: Exception) -> None:
        self.failures += 1
        self.last_failure = f"{type(error).__name__}: {error}"

    def _put_away(self) -> None:
        """Have the process end. Its reader then tells that everything it held is gone."""
        watch, self._watch = self._watch, None
        if watch is None:
            return
        assert watch.stdin is not None and watch.stdout is not None
        watch.stdin.close()  # the word to leave
        try:
            watch.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            watch.kill()
            watch.wait()
        if self._reader is not None:
            self._reader.join()
        watch.stdout.close()
        self._standing = None

    def close(self) -> None:
        """Stop listening for good; every input is told gone. From the thread that polls."""
        self._closed = True
        self._put_away()

    def describe(self) -> str:
        """What MIDI there is, in one line for people."""
        if self._standing is None:
            return "looking for MIDI controllers"
        if not self._standing.system:
            return NO_MIDI
        names = sorted(input_id.removeprefix("midi:") for input_id in self.inputs)
        if not names:
            return f"no MIDI controller yet ({self._standing.system} listens; plug one in)"
        noun = "input" if len(names) == 1 else "inputs"
        return f"{len(names)} MIDI {noun}: {', '.join(names)}"
