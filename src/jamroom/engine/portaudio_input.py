"""The microphone of a sound card, through PortAudio: a stream of its own beside the output's.

One stream for both would have to be opened anew when the microphone is switched on, and the music
would stop for it. Two streams are put together by PortAudio's own times: it says when a sample was
in the air at the microphone, and when one of ours was at the loudspeaker, on one clock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import ModuleType
from typing import Any

from jamroom.engine.base import Block
from jamroom.engine.microphone import Microphone

_JUMP_S = 0.020
"""Further off than this, something was lost."""
_SLIP_S = 0.001
"""Further off than this for a while, the two clocks run apart: one sample is slipped a period."""
_STEADY = 0.02

Heard = Callable[[], tuple[int, float]]
"""A frame of the room, and PortAudio's time (in seconds) at which it is at the loudspeaker."""


class PortAudioInput:
    """Writes the default input into a `Microphone` while it is open."""

    def __init__(self, sd: ModuleType, sample_rate: int, microphone: Microphone, heard: Heard):
        """Raises what sounddevice raises when there is no input, or it does not open."""
        self._microphone = microphone
        self._heard = heard
        self._rate = sample_rate
        self._next: int | None = None
        self._off = 0.0
        device = input_device(sd)
        self.name = str(device["name"])
        microphone.round_trip_frames = 0  # what is written is stamped with what was heard then
        self._stream = sd.InputStream(
            samplerate=sample_rate,
            blocksize=0,
            device=device["index"],
            channels=1,
            dtype="float32",
            latency="low",
            callback=self._callback,
        )
        try:
            self._stream.start()
        except Exception:
            self.close()
            raise

    def _callback(self, samples: Block, _frames: int, when: Any, _status: object) -> None:
        frame, loud_s = self._heard()
        # A driver without times gives zeros; then what its buffers hold is the best guess.
        since_s = when.inputBufferAdcTime - loud_s
        if not (when.inputBufferAdcTime and loud_s):
            since_s = -2.0 * float(self._stream.latency)
        self._write(samples[:, 0], frame + round(since_s * self._rate))

    def _write(self, mono: Block, frame: int) -> None:
        following = frame if self._next is None else self._next
        off = frame - following
        if abs(off) > _JUMP_S * self._rate:
            following, self._off = frame, 0.0
        self._off += (off - self._off) * _STEADY
        if self._off > _SLIP_S * self._rate:
            self._microphone.hear(mono[:1], following)
            following += 1
        elif self._off < -_SLIP_S * self._rate:
            mono = mono[1:]
        self._microphone.hear(mono, following)
        self._next = following + len(mono)

    def close(self) -> None:
        """Let the input go. Never raises."""
        with contextlib.suppress(Exception):
            self._stream.close(ignore_errors=True)


def input_device(sd: ModuleType) -> dict[str, Any]:
    """The default input, or the first other one if that is PortAudio's own JACK.

    Raises LookupError when there is none.
    """
    apis = sd.query_hostapis()
    candidates = [sd.default.device[0], *(api["default_input_device"] for api in apis)]
    for index in (index for index in candidates if index >= 0):
        device = dict(sd.query_devices(index))
        if device["max_input_channels"] > 0 and "JACK" not in apis[device["hostapi"]]["name"]:
            return device
    raise LookupError("no input")
