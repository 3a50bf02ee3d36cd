"""The host of a machine without a sound card: time, at the right speed, into nowhere."""

from __future__ import annotations

import threading
import time

import numpy as np

from jamroom.engine.base import Block
from jamroom.engine.hosts import CHANNELS, BlockFiller, RenderBlock
from jamroom.engine.microphone import Microphone

_SECOND_NS = 1_000_000_000


class Pacer:
    """When the next period is due, by a clock it is told.

    It counts from one start, so nothing drifts. After a stall it catches up by `most_behind`
    periods and drops the rest: a burst of the whole stall would only make the next one.
    """

    def __init__(self, period_frames: int, sample_rate: int, now_ns: int, most_behind: int) -> None:
        self._period_frames = period_frames
        self._sample_rate = sample_rate
        self._start_ns = now_ns
        self._most_behind = most_behind
        self._periods = 0
        self.late = 0

    @property
    def due_ns(self) -> int:
        """When the next period is due."""
        frames = self._periods * self._period_frames
        return self._start_ns + frames * _SECOND_NS // self._sample_rate

    def take(self, now_ns: int) -> bool:
        """Whether a period is due now; if so it counts as taken."""
        behind_ns = now_ns - self.due_ns
        if behind_ns < 0:
            return False
        period_ns = self._period_frames * _SECOND_NS // self._sample_rate
        if behind_ns > period_ns:
            self.late += 1
        if behind_ns > self._most_behind * period_ns:
            self._start_ns = now_ns - self._most_behind * period_ns
            self._periods = 0
        self._periods += 1
        return True


class NullHost:
    """Takes sound at the pace of the monotonic clock and drops it.

    `missed` counts periods that were taken more than one period late.
    """

    def __init__(self, sample_rate: int = 48_000, period_frames: int = 128) -> None:
        self.name = "no sound card"
        self.sample_rate = sample_rate
        self.period_frames = period_frames
        self._filler: BlockFiller | None = None
        self._pacer: Pacer | None = None
        self._thread: threading.Thread | None = None
        self._stopping = False

    @property
    def missed(self) -> int:
        """Periods taken late."""
        return self._pacer.late if self._pacer else 0

    @property
    def last_failure(self) -> str:
        """What `render_block` last raised, or ""."""
        return self._filler.last_failure if self._filler else ""

    def start(self, render_block: RenderBlock) -> None:
        """Begin to call `render_block` from a thread of its own."""
        if self._thread is not None:
            raise RuntimeError("a host starts once")
        filler = self._filler = BlockFiller(render_block)
        pacer = self._pacer = Pacer(
            self.period_frames,
            self.sample_rate,
            time.monotonic_ns(),
            most_behind=max(1, self.sample_rate // 20 // self.period_frames),
        )
        self._thread = threading.Thread(
            target=self._run, args=(filler, pacer), name="null host", daemon=True
        )
        self._thread.start()

    def _run(self, filler: BlockFiller, pacer: Pacer) -> None:
        out: Block = np.zeros((self.period_frames, CHANNELS), np.float32)
        while not self._stopping:
            now_ns = time.monotonic_ns()
            if pacer.take(now_ns):
                filler.fill(out)
            else:
                time.sleep((pacer.due_ns - now_ns) / _SECOND_NS)

    def stop(self) -> None:
        """Stop; returns when `render_block` is not running any more (or hangs, after 1 s)."""
        self._stopping = True
        if self._thread and self._thread is not threading.current_thread():
            self._thread.join(timeout=1.0)

    def alive(self) -> bool:
        """Always, until it is stopped: there is no device to lose."""
        return not self._stopping

    def describe(self) -> str:
        """What carries the sound, in one line for people."""
        return "silent: no sound card (jamroom doctor tells more)"

    def open_microphone(self, microphone: Microphone) -> str:  # noqa: ARG002
        """There is none; says so."""
        return "There is no sound card, so there is no microphone either."

    def measure_microphone(self) -> None:
        """Nothing is open."""

    def close_microphone(self) -> None:
        """Nothing is open."""
