"""Keeps a host under the room: a card may vanish, and the room goes on without it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jamroom.engine.host_null import NullHost
from jamroom.engine.hosts import Host, HostChoice, NoHostError, RenderBlock, open_host
from jamroom.engine.microphone import Microphone

WATCH_S = 0.25
LOOK_AGAIN_S = 2.0


class HostKeeper:
    """Owns the host. Raises NoHostError when the one that must be there is not.

    The microphone is open while `microphone_wanted` says so, on whatever host there is then;
    `microphone_refused` is called where there can be none. Set them before `start`.
    """

    def __init__(self, choice: HostChoice, sample_rate: int, must: bool = True) -> None:
        """Unless it `must` be there, a missing host is looked for while the room goes on."""
        self.host: Host
        try:
            self.host, self.first_word = open_host(choice, sample_rate)
        except NoHostError as why:
            if must:
                raise
            self.host = NullHost(sample_rate)
            self.first_word = f"{why} The room goes on without sound until one does."
        self.sample_rate = self.host.sample_rate
        self.microphone: Microphone | None = None
        self.microphone_wanted: Callable[[], bool] = lambda: False
        self.microphone_refused: Callable[[], None] = lambda: None
        self._listening: Host | None = None
        self._to_forget = False
        self._choice = choice
        self._block: RenderBlock
        self._notice: Callable[[str], None]
        self._fade_in: Callable[[], None]

    def start(
        self, block: RenderBlock, notice: Callable[[str], None], fade_in: Callable[[], None]
    ) -> None:
        """Let `block` be called from now on. `fade_in` is called before a card is taken again."""
        self._block, self._notice, self._fade_in = block, notice, fade_in
        if self.first_word:
            notice(self.first_word)
        self._start()

    async def mind(self) -> None:
        """Go on silently when the host dies; take the card again when it is back.

        Opens and closes the microphone as well.
        """
        # A server or a card that comes later is taken, too.
        lost, looked_s = self._choice != "null" and isinstance(self.host, NullHost), 0.0
        while True:
            await asyncio.sleep(WATCH_S)
            looked_s += WATCH_S
            if lost and looked_s >= LOOK_AGAIN_S:
                lost, looked_s = not await asyncio.to_thread(self._returned), 0.0
            elif not lost and not self.host.alive():
                await asyncio.to_thread(self._go_on_silently)
                lost, looked_s = self._choice != "null", 0.0
            self.host.measure_microphone()
            if self._microphone_is_wrong():
                await asyncio.to_thread(self.mind_microphone)

    def _microphone_is_wrong(self) -> bool:
        if self.microphone is None:
            return False
        should_listen = self.host if self.microphone_wanted() else None
        return self._listening is not should_listen or self._to_forget

    def mind_microphone(self) -> None:
        """Open or close the microphone, if it is not as it should be.

        Blocks for as long as a driver takes; not to be called from the host's thread.
        """
        if self.microphone is None:
            return
        if not self.microphone_wanted():
            if self._listening is not None:
                self._listening.close_microphone()
                self._listening, self._to_forget = None, True
            elif self._to_forget:  # a loop that was just closed has been copied by now
                self.microphone.forget()
                self._to_forget = False
        elif self._listening is not self.host:
            self._listening, self._to_forget = self.host, False
            if trouble := self.host.open_microphone(self.microphone):
                self._notice(trouble)
                if isinstance(self.host, NullHost):
                    self.microphone_refused()

    @property
    def missed(self) -> int:
        """Deadlines missed; without a card nobody hears a late block, so none."""
        return 0 if isinstance(self.host, NullHost) else self.host.missed

    @property
    def output_delay_ns(self) -> int:
        """From the making of a block until it is heard: one period, as far as we can know."""
        return round(self.host.period_frames * 1e9 / self.sample_rate)

    def stop(self) -> None:
        """Let the device go."""
        self.host.stop()

    def _start(self) -> bool:
        try:
            self.host.start(self._block)
        except NoHostError as why:
            self.host = NullHost(self.sample_rate)
            self.host.start(self._block)
            self._notice(f"{why} The room goes on without sound.")
            return False
        return True

    def _go_on_silently(self) -> None:
        name = self.host.name
        self.host.stop()
        self.host = NullHost(self.sample_rate)
        self._start()
        self._notice(f"{name} went away. The room goes on without sound until it is back.")

    def _returned(self) -> bool:
        try:
            host, _ = open_host(self._choice, self.sample_rate)
        except NoHostError:
            return False
        if isinstance(host, NullHost) or host.sample_rate != self.sample_rate:
            host.stop()
            return False
        self.host.stop()
        self._fade_in()
        self.host = host
        if self._start():
            self._notice(f"{host.name} is back.")
            return True
        return False
