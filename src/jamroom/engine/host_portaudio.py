"""The host of a sound card, through PortAudio (sounddevice). JACK has a host of its own."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any, cast

import numpy as np

from jamroom.engine.base import Block
from jamroom.engine.hosts import CHANNELS, BlockFiller, NoHostError, RenderBlock
from jamroom.engine.microphone import Microphone
from jamroom.engine.portaudio_input import PortAudioInput

_SECOND_NS = 1_000_000_000
_MOST_FRAMES = 16_384

_turn = threading.RLock()
_open_hosts: list[PortAudioHost] = []


class PortAudioHost:
    """Sound through PortAudio to the default output.

    The stream is opened at once, so that rate and period are known before the room is built.
    `missed` counts callbacks that took longer than their period, and underflows the driver
    reports for other reasons.
    """

    def __init__(self, sample_rate: int = 48_000) -> None:
        """Raises NoHostError, in one line for people, when there is nothing to play through."""
        self.missed = 0
        self._filler: BlockFiller | None = None
        self._stereo: Block = np.zeros((_MOST_FRAMES, CHANNELS), np.float32)
        self._entered_ns = 0
        self._left_ns = 0
        self._overran = False
        self._microphone: Microphone | None = None
        self._input: PortAudioInput | None = None
        self._heard = (0, 0.0)
        with quiet_stderr():
            sd = _rescanned()
            device = _device(sd)
            self.name = str(device["name"])
            self._stream = self._opened(sd, device, sample_rate)
        self.sample_rate = round(self._stream.samplerate)
        self.period_frames = max(1, round(self._stream.latency * self.sample_rate))
        _open_hosts.append(self)

    def _opened(self, sd: ModuleType, device: dict[str, Any], sample_rate: int) -> Any:
        refusal: Exception | None = None
        for rate in dict.fromkeys((sample_rate, round(device["default_samplerate"]))):
            try:
                return sd.OutputStream(
                    samplerate=rate,
                    blocksize=0,  # the device's own period; PortAudio would add a buffer
                    device=device["index"],
                    channels=min(CHANNELS, device["max_output_channels"]),
                    dtype="float32",
                    latency="low",
                    callback=self._callback,
                )
            except sd.PortAudioError as error:
                refusal = error
        why = str(refusal).splitlines()[0]
        raise NoHostError(f"{self.name} would not open ({why}).")

    def _callback(self, out: Block, frames: int, when: Any, status: Any) -> None:
        filler = self._filler
        if filler is None or frames > _MOST_FRAMES:
            out.fill(0)
            return
        began_ns = self._entered_ns = time.monotonic_ns()
        if (microphone := self._microphone) is not None:
            self._heard = (microphone.room_frame() - filler.ahead, when.outputBufferDacTime)
        if out.shape[1] == CHANNELS:
            filler.fill(out)
        else:
            stereo = self._stereo[:frames]
            filler.fill(stereo)
            np.mean(stereo, axis=1, keepdims=True, out=out)
        ended_ns = self._left_ns = time.monotonic_ns()
        overran = (ended_ns - began_ns) * self.sample_rate > frames * _SECOND_NS
        # The driver reports our own overrun again, with the next callback.
        if overran or (status.output_underflow and not self._overran):
            self.missed += 1
        self._overran = overran
        self.period_frames = frames

    @property
    def last_failure(self) -> str:
        """What `render_block` last raised, or ""."""
        return self._filler.last_failure if self._filler else ""

    def start(self, render_block: RenderBlock) -> None:
        """Begin to call `render_block`. Raises NoHostError when the device will not start."""
        self._filler = BlockFiller(render_block)
        self._entered_ns = self._left_ns = time.monotonic_ns()
        with quiet_stderr():
            try:
                self._stream.start()
            except Exception as error:
                raise NoHostError(f"{self.name} would not start ({error}).") from None

    def open_microphone(self, microphone: Microphone) -> str:
        """Let `microphone` hear the default input; what is wrong in one line, or ""."""
        self.close_microphone()
        self._microphone = microphone
        self._heard = (microphone.room_frame(), 0.0)
        with quiet_stderr():
            try:
                self._input = PortAudioInput(
                    _imported(), self.sample_rate, microphone, lambda: self._heard
                )
            except LookupError:
                return "No microphone was found."
            except Exception as error:
                why = str(error).splitlines()[0]
                return f"The microphone would not open ({why})."
        return ""

    def measure_microphone(self) -> None:
        """PortAudio says with every period when it was in the air."""

    def close_microphone(self) -> None:
        """Let the input go. Never raises; a second time does nothing."""
        self._microphone = None
        if self._input is not None:
            with quiet_stderr():
                self._input.close()
            self._input = None

    def stop(self) -> None:
        """Stop and give the device back. Never raises; a second time does nothing."""
        self.close_microphone()
        with quiet_stderr():
            if self not in _open_hosts:
                return
            _open_hosts.remove(self)
            with contextlib.suppress(Exception):
                self._stream.close(ignore_errors=True)

    def alive(self) -> bool:
        """Whether sound is being taken.

        A device that stopped says so, or has not called for a second. A `render_block` that hangs
        is not the device's fault and does not count.
        """
        if self not in _open_hosts:
            return False
        if self._filler is None:
            return True
        rendering = self._left_ns < self._entered_ns
        quiet_ns = time.monotonic_ns() - self._left_ns
        return (rendering or quiet_ns < _SECOND_NS) and bool(self._stream.active)

    def describe(self) -> str:
        """What carries the sound, in one line for people."""
        period_ms = 1000 * self.period_frames / self.sample_rate
        return f"{self.name}, {self.sample_rate} Hz, {period_ms:.1f} ms"


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere for the time of the block.

    ALSA, JACK and PortAudio write to it while they look around; none of it is a fault, and on a
    terminal it tears the screen. The descriptor belongs to the whole process, so one thread at a
    time is inside, and only for the length of a call into the driver.
    """
    with _turn:
        try:
            saved = os.dup(2)
        except OSError:  # started without one: nothing to keep quiet
            yield
            return
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, 2)
        os.close(nowhere)
        try:
            yield
        finally:
            os.dup2(saved, 2)
            os.close(saved)


def _rescanned() -> ModuleType:
    """PortAudio with a fresh list of devices: it only looks when it is initialised."""
    if any(host.alive() for host in _open_hosts):
        raise RuntimeError("stop the old host before a new one is opened")
    again = "sounddevice" in sys.modules
    if again:
        _let_go()
    sd = _imported()  # initialises it the first time
    if again:
        sd._initialize()
    return sd


def _imported() -> ModuleType:
    try:
        import sounddevice
    except OSError:
        raise NoHostError(
            "PortAudio is missing (on Debian and Ubuntu: apt install libportaudio2)."
        ) from None
    except ImportError as error:
        raise NoHostError(f"sounddevice is missing ({error}).") from None
    return cast(ModuleType, sounddevice)


def _let_go() -> None:
    """Close PortAudio altogether, dead hosts first: it would free their streams under them."""
    for host in tuple(_open_hosts):
        host.stop()
    sd = sys.modules.get("sounddevice")
    with contextlib.suppress(Exception):
        while sd is not None and sd._initialized > 0:
            sd._terminate()


def _device(sd: ModuleType) -> dict[str, Any]:
    """The default output, or the first other one if that is PortAudio's own JACK."""
    apis = sd.query_hostapis()
    default = sd.default.device[1]
    candidates = [default, *(api["default_output_device"] for api in apis)]
    for index in (index for index in candidates if index >= 0):
        device = dict(sd.query_devices(index))
        if device["max_output_channels"] > 0 and "JACK" not in apis[device["hostapi"]]["name"]:
            return device
    raise NoHostError("No sound card was found.")
