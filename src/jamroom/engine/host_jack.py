"""The host of a JACK server (jackd or PipeWire), as a client of its own.

Not through PortAudio: when a JACK server dies, PortAudio's stop waits ten minutes for a cycle that
will not come, and holds on to the dead server until the process ends (19.6 and 19.7).
"""

from __future__ import annotations

import contextlib
import threading
import time
from pathlib import Path
from types import ModuleType
from typing import Any, cast

import numpy as np

from jamroom.engine.base import Block
from jamroom.engine.hosts import CHANNELS, BlockFiller, NoHostError, RenderBlock
from jamroom.engine.jack_latency import CAPTURE, PLAYBACK, latency_frames
from jamroom.engine.microphone import Microphone

_SECOND_NS = 1_000_000_000
_LEAVING_S, _LEAVING_BLINDLY_S = 0.5, 0.05
_MOST_FRAMES = 16_384  # libjack's largest period is 8192


class JackHost:
    """Sound to a JACK server, at its rate and in its periods.

    `missed` counts callbacks of ours that took longer than their period, and the xruns the server
    reports while we are the host (they may be another client's).
    """

    def __init__(self) -> None:
        """Raises NoHostError, in one line for people, when no JACK server runs."""
        self.name = "JACK"
        self.missed = 0
        self._filler: BlockFiller | None = None
        self._stereo: Block = np.zeros((_MOST_FRAMES, CHANNELS), np.float32)
        self._entered_ns = self._left_ns = 0
        self._overran = False
        self._lost = self._closed = False
        self._thread = 0  # JACK's, once it has called us
        jack = _imported()
        self._leave: type[Exception] = jack.CallbackExit
        try:
            self._client = jack.Client("jamroom", no_start_server=True)
        except jack.JackOpenError:
            raise NoHostError("No JACK server runs here.") from None
        self.sample_rate = int(self._client.samplerate)
        self.period_frames = int(self._client.blocksize)
        self._ports = [self._client.outports.register(side) for side in ("left", "right")]
        self._ear = self._client.inports.register("microphone")
        self._microphone: Microphone | None = None
        self._client.set_process_callback(self._process)
        self._client.set_xrun_callback(self._xrun)
        self._client.set_shutdown_callback(self._shutdown)

    def _process(self, frames: int) -> None:
        if self._closed:
            raise self._leave
        filler = self._filler
        if filler is None or frames > _MOST_FRAMES:
            return
        self._thread = self._thread or threading.get_native_id()
        began_ns = self._entered_ns = time.monotonic_ns()
        stereo = self._stereo[:frames]
        if (microphone := self._microphone) is not None:
            microphone.hear(self._ear.get_array(), microphone.room_frame() - filler.ahead)
        filler.fill(stereo)
        for side, port in enumerate(self._ports):
            port.get_array()[:] = stereo[:, side]
        ended_ns = self._left_ns = time.monotonic_ns()
        if (ended_ns - began_ns) * self.sample_rate > frames * _SECOND_NS:
            self.missed += 1
            self._overran = True
        self.period_frames = frames

    def _xrun(self, _delayed_us: float) -> None:
        # The server reports our own overrun again.
        if not self._overran:
            self.missed += 1
        self._overran = False

    def _shutdown(self, _status: object, _reason: str) -> None:
        self._lost = True

    @property
    def last_failure(self) -> str:
        """What `render_block` last raised, or ""."""
        return self._filler.last_failure if self._filler else ""

    def start(self, render_block: RenderBlock) -> None:
        """Begin to call `render_block`, and connect to the first two playback ports.

        Raises NoHostError when the server has gone in the meantime.
        """
        self._filler = BlockFiller(render_block)
        self._entered_ns = self._left_ns = time.monotonic_ns()
        jack = _imported()
        try:
            self._client.activate()
            self._connect(jack)
        except jack.JackError as error:
            raise NoHostError(f"JACK would not take us in ({error}).") from None

    def _connect(self, jack: ModuleType) -> None:
        playback = self._client.get_ports(is_audio=True, is_input=True, is_physical=True)
        for side, port in enumerate(self._ports):
            # Mono cards get both sides; a server without a card gets a connection by hand.
            for target in playback[side : side + 1] or playback[:1]:
                with contextlib.suppress(jack.JackError):
                    port.connect(target)

    def open_microphone(self, microphone: Microphone) -> str:
        """Let `microphone` hear the first capture port; what is wrong in one line, or "".

        Without a capture port it hears whatever people connect to our port `microphone`.
        """
        jack = _imported()
        trouble = ""
        try:
            if not self._client.get_all_connections(self._ear):
                capture = self._client.get_ports(is_audio=True, is_output=True, is_physical=True)
                if capture:
                    self._client.connect(capture[0], self._ear)
                else:
                    trouble = "JACK has no microphone; connect one to jamroom:microphone."
        except jack.JackError as error:
            return f"JACK would not connect the microphone ({error})."
        self._microphone = microphone
        self.measure_microphone()
        return trouble

    def measure_microphone(self) -> None:
        """Ask JACK how late we hear what is played to what we play.

        It finds that out anew, and a little later, whenever a wire changes.
        """
        microphone = self._microphone
        if microphone is None or self._lost or self._closed:
            return
        jack = _imported()
        to_ear = max(latency_frames(jack, port, PLAYBACK) for port in self._ports)
        microphone.round_trip_frames = to_ear + latency_frames(jack, self._ear, CAPTURE)

    def close_microphone(self) -> None:
        """Hear nothing any more, and take our port off the wires."""
        if self._microphone is None:
            return
        self._microphone = None
        with contextlib.suppress(Exception):
            for port in self._client.get_all_connections(self._ear):
                self._client.disconnect(port, self._ear)

    def stop(self) -> None:
        """Leave the server. Never raises; a second time does nothing.

        libjack ends its thread by force (`pthread_cancel`), and if that waits for the interpreter's
        lock just then, nobody ever gets it again. So it is first asked to end by itself.
        """
        if self._closed:
            return
        self._closed = True
        self._wait_for_thread()
        with contextlib.suppress(Exception):
            self._hear_no_more()
        with contextlib.suppress(Exception):
            if not self._lost:
                self._client.deactivate()
        with contextlib.suppress(Exception):
            self._client.close()

    def _wait_for_thread(self) -> None:
        """Wait until JACK's thread, which `_process` has told to end, is no more."""
        tasks = Path("/proc/self/task")
        until = time.monotonic() + (_LEAVING_S if tasks.exists() else _LEAVING_BLINDLY_S)
        while self._thread and not self._lost and time.monotonic() < until:
            if tasks.exists() and not (tasks / str(self._thread)).exists():
                return
            time.sleep(0.002)

    def _hear_no_more(self) -> None:
        """Have libjack's other thread, which ends by force as well, call us no more."""
        module: Any = _imported()
        library, nothing = module._lib, module._ffi.NULL
        pointer = self._client._ptr
        library.jack_set_xrun_callback(pointer, nothing, nothing)
        library.jack_on_info_shutdown(pointer, nothing, nothing)
        time.sleep(_LEAVING_BLINDLY_S)  # it may just be calling

    def alive(self) -> bool:
        """Whether the server takes sound.

        It has gone when it said so, or has not called for a second. A `render_block` that hangs
        is not the server's fault and does not count.
        """
        if self._closed or self._lost:
            return False
        rendering = self._left_ns < self._entered_ns
        quiet_ns = time.monotonic_ns() - self._left_ns
        return self._filler is None or rendering or quiet_ns < _SECOND_NS

    def describe(self) -> str:
        """What carries the sound, in one line for people."""
        period_ms = 1000 * self.period_frames / self.sample_rate
        return f"JACK, {self.sample_rate} Hz, {period_ms:.1f} ms"


def _imported() -> ModuleType:
    """The module `jack`, told to keep libjack from writing to the terminal."""
    try:
        import jack
    except (OSError, ImportError):  # no libjack, or no Python package for it
        raise NoHostError("JACK is not installed here.") from None
    module: Any = jack
    module.set_error_function(_ignore)
    module.set_info_function(_ignore)
    return cast(ModuleType, module)


def _ignore(_message: str) -> None:
    """A message of libjack's for nobody."""
