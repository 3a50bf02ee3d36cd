"""Hosts: whoever asks the room for sound, and so drives its one clock.

A host calls `render_block` from its own thread, 64 frames at a time. There is always one: a room
without a sound card keeps time, plays its MIDI instruments and captures everything, silently.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Literal, Protocol

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, Block
from jamroom.engine.microphone import Microphone

CHANNELS = 2

RenderBlock = Callable[[], Block]
HostChoice = Literal["auto", "jack", "null"]


class Host(Protocol):
    """Something that takes sound at a steady rate.

    `sample_rate` and `period_frames` (how many frames it takes at a time) are known before
    `start`. An error that `render_block` raises is heard as 1.3 ms of silence and remembered.
    """

    name: str
    sample_rate: int
    period_frames: int

    @property
    def missed(self) -> int:
        """Deadlines missed so far."""

    @property
    def last_failure(self) -> str:
        """What `render_block` last raised, or ""."""

    def start(self, render_block: RenderBlock) -> None:
        """Begin to call `render_block` (float32, shape (64, 2)) from the host's thread."""

    def stop(self) -> None:
        """Stop for good and give the device back. Never raises; a second time does nothing."""

    def alive(self) -> bool:
        """Whether sound is being taken. False within a second of losing the device."""

    def describe(self) -> str:
        """What carries the sound, in one line for people."""

    def open_microphone(self, microphone: Microphone) -> str:
        """Let `microphone` hear what comes in; what is wrong in one line, or "".

        For a host that was started. Not to be called from the host's thread.
        """

    def measure_microphone(self) -> None:
        """Ask the driver how late it brings what is played to the room; wires may have changed.

        Cheap, to be called now and then. Does nothing while no microphone is open.
        """

    def close_microphone(self) -> None:
        """Hear nothing any more. Never raises; a second time does nothing."""


class NoHostError(Exception):
    """The host that was asked for cannot be had; the text says why in one line."""


class BlockFiller:
    """Cuts the room's 64-frame blocks to whatever size a host asks for.

    An exception in `render_block` becomes a block of silence and is remembered: sound must not
    end because of one wrong block.
    """

    def __init__(self, render_block: RenderBlock) -> None:
        self._render = render_block
        self._silence: Block = np.zeros((BLOCK_FRAMES, CHANNELS), np.float32)
        self._left: Block = self._silence[:0]
        self.failures = 0
        self.last_failure = ""

    @property
    def ahead(self) -> int:
        """Frames that the room has rendered and no host has taken yet."""
        return len(self._left)

    def fill(self, out: Block) -> None:
        """Write the next frames to `out`, shape (frames, 2)."""
        done, frames, left = 0, len(out), self._left
        while True:
            count = min(len(left), frames - done)
            out[done : done + count] = left[:count]
            left = left[count:]
            done += count
            if done == frames:
                break
            left = self._next_block()
        self._left = left

    def _next_block(self) -> Block:
        try:
            block = self._render()
            if block.shape != (BLOCK_FRAMES, CHANNELS):
                raise ValueError(f"a block of shape {block.shape}")
        except Exception as error:
            self.failures += 1
            self.last_failure = f"{type(error).__name__}: {error}"
            return self._silence
        return block


def open_host(choice: HostChoice, sample_rate: int) -> tuple[Host, str]:
    """Open what carries the sound; returns it with one line for people ("" when all is well).

    "auto" takes JACK if its server runs, else the default sound card, and falls back to silence;
    it never raises for what a machine lacks. Call it again to look for a card that came back
    (stop the old host first). Raises NoHostError for "jack" when there is no JACK.
    """
    from jamroom.engine.host_jack import JackHost
    from jamroom.engine.host_null import NullHost
    from jamroom.engine.host_portaudio import PortAudioHost

    if choice == "null":
        return NullHost(sample_rate), ""
    if choice == "jack":
        return _with_rate(JackHost(), sample_rate)
    with contextlib.suppress(NoHostError):
        return _with_rate(JackHost(), sample_rate)
    try:
        return _with_rate(PortAudioHost(sample_rate), sample_rate)
    except NoHostError as why:
        return NullHost(sample_rate), f"{why} The room goes on without sound."


def _with_rate(host: Host, wanted: int) -> tuple[Host, str]:
    if host.sample_rate == wanted:
        return host, ""
    return host, f"{host.name} runs at {host.sample_rate} Hz, so the room does too."
