"""Sound loops in a render: those that were saved with the session, and none is ever late."""

from __future__ import annotations

from pathlib import Path

from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.clip_sound import ClipSound
from jamroom.engine.clips import ClipStore
from jamroom.engine.microphone import Microphone
from jamroom.engine.stretching import Way
from jamroom.session.effects import ClipTaken

_RING_S = 1.0  # nobody sings while a file is made


class _Saved(ClipStore):
    """Waits for what a room would do without for a moment: a render must be the same twice."""

    def take(self, effect: ClipTaken) -> None:
        """What was recorded then is here already, or was not to be kept."""

    def version(self, sound: ClipSound, frames: int, way: Way) -> ClipSound | None:
        """A clip at another length, made now."""
        made = super().version(sound, frames, way)
        if made is None:
            self.settle()
            made = super().version(sound, frames, way)
        return made


class SoundLoops:
    """The sound loops of a session's folder; use it as a context manager."""

    def __init__(self, folder: Path, sample_rate: int) -> None:
        self._store = _Saved(None, Microphone(sample_rate, _RING_S))
        self.troubles = self._store.load(folder)
        self.player = ClipPlayer(self._store, sample_rate)

    def __enter__(self) -> SoundLoops:
        return self

    def __exit__(self, *_: object) -> None:
        self._store.close()
