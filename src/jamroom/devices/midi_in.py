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
from pathlib import Path

import msgspec

from jamroom.devices.echoes import Echoes
from jamroom.devices.midi_follow import ClockTracker
from jamroom.devices.midi_wire import Came, FromWatch, Gone, Played, Reachable, Standing
from jamroom.devices.mpe import Keys
from jamroom.devices.outlet import Outlet
from jamroom.messages import Unframer
from jamroom.session.inputs import AnyInput, InputGone

OnInput = Callable[[int, AnyInput], None]

NO_MIDI = "no MIDI here; terminal keys still play"
_HUNG_NS = 10_000_000_000
_SYSTEM = 0xF0
_COMMAND = (sys.executable, "-m", "jamroom.devices.midi_watch")


class MidiInputs:
    """Opens every MIDI source there is and keeps doing so.

    `on_input(stamp_ns, input)` is called from a thread of this object, with the monotonic
    nanosecond at which it was played and frame -1; it should only put the input away. Inputs are
    named "midi:Launchpad Mini", a second one "midi:Launchpad Mini #2"; a device that comes back
    gets its old name. When one goes, InputGone is the last that is heard of it. `names_file` is
    where names are kept, so that they outlive a room that starts anew.

    Exceptions of `on_input` are counted in `failures`, messages that are no MIDI in
    `broken_messages`; neither ends anything.
    """

    def __init__(self, on_input: OnInput, names_file: Path | None = None, system: str = "") -> None:
        """Nothing is opened before the first `poll`. `system` is for tests (`MidiSystem.found`)."""
        self._on_input = on_input
        self._command = (*_COMMAND, str(names_file or ""), system)
        self.outlet = Outlet()
        self.echoes = Echoes()
        self._watch: subprocess.Popen[bytes] | None = None
        self._reader: threading.Thread | None = None
        self._inputs: dict[str, None] = {}
        self._reachable: tuple[str, ...] = ()
        self._keys: dict[str, Keys] = {}
        self._clocks: dict[str, ClockTracker] = {}
        self._mpe: dict[str, bool] = {}
        self._standing: Standing | None = None
        self._heard_ns = 0
        self._closed = False
        self.channel = 0
        """Channel (from 1) of the message that is being passed on; 0 where it means nothing."""
        self.failures = 0
        self.last_failure = ""

    @property
    def inputs(self) -> tuple[str, ...]:
        """Ids of the inputs that are plugged in, in the order they came."""
        return tuple(self._inputs)

    @property
    def reachable(self) -> tuple[str, ...]:
        """Ids of the devices that take MIDI; `MidiOutputs` sends to them."""
        return self._reachable

    @property
    def clock_inputs(self) -> tuple[str, ...]:
        """Ids of the inputs that send MIDI clock now."""
        now_ns = time.monotonic_ns()
        return tuple(one for one, clock in tuple(self._clocks.items()) if clock.sends(now_ns))

    @property
    def mpe_inputs(self) -> tuple[str, ...]:
        """Ids of the inputs whose keys bend one by one, as far as is known."""
        return tuple(one for one, keys in tuple(self._keys.items()) if keys.is_mpe)

    @property
    def loops(self) -> tuple[str, ...]:
        """Ids of the inputs that send back what is sent to them; it is not played again."""
        return tuple(sorted(self.echoes.loops | self.echoes.clock_loops))

    @property
    def listening(self) -> bool:
        """Whether the ports' process is there and has spoken."""
        return self._standing is not None

    @property
    def skipped(self) -> int:
        """Cycles of a JACK server that the ports' process was too late for (and their MIDI)."""
        return self._standing.skipped if self._standing else 0

    @property
    def read(self) -> int:
        """Messages that the ports' process has taken from the driver and passed on, by its word.

        What is lost before that, JACK has lost; between there and here nothing may be.
        """
        return self._standing.read if self._standing else 0

    @property
    def broken_messages(self) -> int:
        """Messages that were no MIDI."""
        return sum(keys.broken for keys in tuple(self._keys.values()))

    def set_mpe(self, input_id: str, mpe: bool | None) -> None:
        """What a profile or a person knows of an input: MPE, not MPE, or (None) to be found out."""
        if mpe is None:
            self._mpe.pop(input_id, None)
        else:
            self._mpe[input_id] = mpe
        if keys := self._keys.get(input_id):
            keys.mpe = mpe

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
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        self._watch = watch
        assert watch.stdin is not None
        self.outlet.open(watch.stdin.fileno())
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
        except Exception as error:  # whatever it was: what it held must be told gone
            self._failed(error)
            watch.kill()
        self._reachable = ()
        self._standing = None
        for input_id in self.inputs:
            self._take(Gone(time.monotonic_ns(), input_id))

    def _take(self, told: FromWatch) -> None:
        if isinstance(told, Played):
            self._play(told)
        elif isinstance(told, Gone):
            self._let_go(told)
        elif isinstance(told, Came):
            self._inputs[told.input] = None
        elif isinstance(told, Reachable):
            self._reachable = told.outputs
        else:
            self._standing = told

    def _play(self, told: Played) -> None:
        message, input_id = told.message, told.input
        self._inputs.setdefault(input_id, None)
        if message and message[0] >= _SYSTEM:
            if self.echoes.is_own_clock(input_id, message, told.at_ns):
                self._clocks.pop(input_id, None)
                return
            clock = self._clocks.get(input_id)
            if clock is None:
                clock = self._clocks[input_id] = ClockTracker(input_id)
            if beat := clock.feed(told.at_ns, message):
                self._pass_on(*beat)
            return
        if self.echoes.is_echo(input_id, message, told.at_ns):
            return
        keys = self._keys.get(input_id)
        if keys is None:
            keys = self._keys[input_id] = Keys(input_id, self._mpe.get(input_id))
        # With MPE any pad may come on any channel.
        self.channel = 0 if keys.is_mpe else (message[0] & 0x0F) + 1
        for event in keys.read(message):
            self._pass_on(told.at_ns, event)

    def _let_go(self, told: Gone) -> None:
        if not told.may_return:
            self._inputs.pop(told.input, None)
            self._clocks.pop(told.input, None)
            self.echoes.forget(told.input)
        if keys := self._keys.get(told.input):
            keys.let_go()
        self._pass_on(told.at_ns, InputGone(-1, told.input))

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
        self.outlet.close()
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
        loops = [input_id.removeprefix("midi:") for input_id in self.loops]
        warning = f"; {loops[0]} sends back what it is sent: look at its cables" if loops else ""
        return f"{len(names)} MIDI {noun}: {', '.join(names)}{warning}"
