"""Sound loops on the disk: those of who agreed, beside the journal, and no others."""

from __future__ import annotations

import asyncio
import threading
import traceback
from pathlib import Path

from jamroom.capture.consent import clips_to_keep
from jamroom.engine.clips import ClipStore
from jamroom.room import Room

SAVE_S = 20.0
LOOK_S = 0.5


class AgreedLoops:
    """Keeps a folder in step with what the room holds and what was agreed to.

    Without a folder (a demo) nothing is ever written. What a room that died had in memory is in
    the store already.
    """

    def __init__(self, room: Room, store: ClipStore, folder: Path | None) -> None:
        self._room = room
        self._store = store
        self._folder = folder
        self._saved: set[int] = set()
        self._saving = threading.Lock()

    def load(self) -> list[str]:
        """Take in what was saved; a line for every file that cannot be read."""
        troubles = self._store.load(self._folder) if self._folder else []
        self._saved = set(self._store.clips())
        return troubles

    async def mind(self) -> None:
        """Save now and then; at once when somebody no longer agrees to what is there."""
        waited_s = 0.0
        while True:
            await asyncio.sleep(LOOK_S)
            waited_s += LOOK_S
            if waited_s >= SAVE_S or self._saved - clips_to_keep(self._room.session.state):
                waited_s = 0.0
                await asyncio.to_thread(self.save)

    def save(self) -> None:
        """Have in the folder what may be there. Never raises: the end of a session is told."""
        if not self._folder:
            return
        with self._saving:  # a chore may still be at it when the room closes
            wanted = clips_to_keep(self._room.session.state)
            self._saved = wanted
            try:
                self._store.save(self._folder, wanted)
            except OSError as error:
                self._room.notice(f"Sound loops cannot be saved ({error.strerror}). They play on.")
            except Exception:
                traceback.print_exc()
                self._room.notice("Sound loops cannot be saved (see the log). They play on.")
