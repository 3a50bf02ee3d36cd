"""Keeps a host under the room: a card may vanish, and the room goes on without it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from jamroom.engine.host_null import NullHost
from jamroom.engine.hosts import Host, HostChoice, NoHostError, RenderBlock, open_host

WATCH_S = 0.25
LOOK_AGAIN_S = 2.0


class HostKeeper:
    """Owns the host. Raises NoHostError when the one that must be there is not."""

    def __init__(self, choice: HostChoice, sample_rate: int) -> None:
        self.host: Host
        self.host, self.first_word = open_host(choice, sample_rate)
        self.sample_rate = self.host.sample_rate
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
        """Go on silently when the host dies; take the card again when it is back."""
        lost = False
        while True:
            await asyncio.sleep(LOOK_AGAIN_S if lost else WATCH_S)
            if lost:
                lost = not await asyncio.to_thread(self._returned)
            elif not self.host.alive():
                await asyncio.to_thread(self._go_on_silently)
                lost = self._choice != "null"

    @property
    def missed(self) -> int:
        """Deadlines missed; without a card nobody hears a late block, so none."""
        return 0 if isinstance(self.host, NullHost) else self.host.missed

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
