"""Manners for native audio libraries: quiet while they look around, and orderly when JACK dies.

ALSA, JACK and PortAudio write complaints straight to file descriptor 2 while they find out what a
machine has; none of them is a fault, and on a terminal they tear the screen.

libjack (jack2) frees every client of a dead server in the moment a process opens its next client.
Whoever still holds one of the old clients then touches freed memory, and the room is gone. So all
who hold clients join here, and all let go before anyone opens a new one.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

_turn = threading.RLock()


@contextlib.contextmanager
def quiet_stderr() -> Iterator[None]:
    """Send file descriptor 2 to nowhere for the time of the block.

    It belongs to the whole process, so only one thread at a time is inside, and only for the
    length of a call into a driver.
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


class JackClients:
    """Those who hold JACK clients in this process."""

    def __init__(self) -> None:
        self._holders: list[Callable[[], None]] = []

    def join(self, let_go: Callable[[], None]) -> None:
        """Have `let_go` called once when the server has died. It must not raise."""
        with _turn:
            if let_go not in self._holders:
                self._holders.append(let_go)

    def leave(self, let_go: Callable[[], None]) -> None:
        """Forget a holder that has closed its clients by itself."""
        with _turn:
            if let_go in self._holders:
                self._holders.remove(let_go)

    def server_died(self) -> None:
        """Have every holder close its clients. Call it before a client is opened again."""
        with quiet_stderr():
            holders, self._holders = self._holders, []
            for let_go in holders:
                let_go()


jack_clients = JackClients()
