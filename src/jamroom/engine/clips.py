"""All recorded loops of a room, in memory that outlives the room.

What comes in is copied by a worker to files in memory (tmpfs), so that a room that takes over from
one that died plays on. Nothing of it is on a disk: that is done by `save`, for those who agreed.
Where there is no such memory, clips live in the room's own and are lost with it.
"""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import numpy as np

from jamroom.engine.base import Block
from jamroom.engine.clip_files import read_wav, write_wav
from jamroom.engine.clip_memory import ClipMemory
from jamroom.engine.clip_sound import NEAR_FRAMES, ClipSound, Origin
from jamroom.engine.microphone import Microphone
from jamroom.engine.stretching import Stretcher, StretchError, Way, at_length, seam_frames
from jamroom.session.effects import ClipTaken

MOST_BYTES = 512 * 2**20
"""46 minutes at 48 kHz, what is stretched included."""

NOTHING_HEARD = (
    "The microphone heard nothing for that loop. Is it plugged in and switched on, and its"
    " level turned up? Record again, or undo."
)

_SILENT = 1e-3
_TIGHT = 0.8  # of MOST_BYTES: from here on old takes are given up
_LATE_S = 1.0  # a driver that brings nothing any more is not waited for longer
_LOOK_S = 0.02
_SAVED = re.compile(r"clip-(\d+)\.wav")

Key = tuple[int, int, Way]


class ClipStore:
    """Takes clips, keeps them, and has them at other lengths.

    `take`, `sound` and `version` are for the block; everything else is for other threads. With
    `directory` None nothing outlives the room.
    """

    def __init__(
        self,
        directory: Path | None,
        microphone: Microphone,
        notice: Callable[[str], None] = lambda _: None,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self.microphone = microphone
        self.sample_rate = microphone.sample_rate
        self.directory = directory
        self._memory = ClipMemory(directory)
        self._notice = notice
        self._most_bytes = most_bytes
        self._sounds: dict[int, ClipSound] = {}
        self._versions: dict[Key, ClipSound | None] = {}  # None: on its way, or it failed
        self._wanted: queue.SimpleQueue[ClipSound | Key | _Done | None] = queue.SimpleQueue()
        self._stretcher = Stretcher()
        self._full_told = False
        self._sounds |= {sound.number: sound for sound in self._memory.found()}
        self._worker = threading.Thread(target=self._work, name="clips", daemon=True)
        self._worker.start()

    # -- for the block -------------------------------------------------------------------------

    def take(self, effect: ClipTaken) -> None:
        """Cut a clip out of what the microphone heard. It can be read at once."""
        onto = self._sounds.get(effect.onto)
        count = effect.to_frame - effect.from_frame
        frames = onto.frames if onto else count
        if self.used_bytes + 4 * frames > self._most_bytes:
            self._say_full()
            return
        ring_frame = effect.from_frame + self.microphone.delay_frames
        origin = Origin(self.microphone, ring_frame, count, effect.at_frame, onto)
        sound = ClipSound(effect.clip, frames, self.sample_rate, origin)
        self._sounds[effect.clip] = sound
        self._wanted.put(sound)

    def sound(self, clip: int) -> ClipSound | None:
        """A clip; None when it was never taken, or given up."""
        return self._sounds.get(clip)

    def version(self, sound: ClipSound, frames: int, way: Way) -> ClipSound | None:
        """A clip at another length; None until it is ready. Asking has it made."""
        for near in range(frames - NEAR_FRAMES, frames + NEAR_FRAMES + 1):
            key = (sound.number, near, way)
            if key in self._versions:
                return self._versions[key]
        if self.used_bytes + 4 * frames > self._most_bytes:
            self._say_full()
            return None
        key = (sound.number, frames, way)
        self._versions[key] = None
        self._wanted.put(key)
        return None

    @property
    def used_bytes(self) -> int:
        """What all clips take, at all lengths."""
        there = [*self._sounds.values(), *self._versions.values()]
        return sum(sound.size for sound in there if sound is not None)

    def _say_full(self) -> None:
        if not self._full_told:
            self._full_told = True
            minutes = self._most_bytes / 4 / self.sample_rate / 60
            self._notice(
                f"There is no room for more sound loops (they hold {minutes:.0f} minutes)."
                " Everything goes on playing. Clear a sound layer, then record again."
            )

    # -- for the main thread -------------------------------------------------------------------

    def clips(self) -> tuple[int, ...]:
        """The numbers of all clips there are."""
        return tuple(self._sounds)

    def forget_except(
        self, needed: Collection[int], spare: Iterable[int] = (), of: Iterable[int] | None = None
    ) -> None:
        """Free every clip but these. `spare` are for undo only, the oldest first.

        Spare ones are given up too while memory is short. `of` is what `clips` said before it was
        found out what is needed, so that one that is taken meanwhile is not lost.
        """
        spare = [clip for clip in spare if clip not in needed]
        kept = {*needed, *spare}
        known = tuple(self._sounds) if of is None else of
        self._drop(clip for clip in known if clip not in kept)
        while spare and self.is_tight:
            self._drop([spare.pop(0)])
        if not self.is_tight:
            self._full_told = False

    @property
    def is_tight(self) -> bool:
        """True when most of the memory for clips is used."""
        return self.used_bytes > _TIGHT * self._most_bytes

    def _drop(self, clips: Iterable[int]) -> None:
        gone = set(clips)
        for clip in gone:
            sound = self._sounds.pop(clip, None)
            if sound is not None:
                self._memory.forget(sound)
        for key in [key for key in list(self._versions) if key[0] in gone]:
            del self._versions[key]

    def forget_versions(self, needed: Collection[int]) -> None:
        """Free what was made for tempos that no clip is played at: lengths not in `needed`."""
        near = {f + d for f in needed for d in range(-NEAR_FRAMES, NEAR_FRAMES + 1)}
        for key in [key for key in list(self._versions) if key[1] not in near]:
            del self._versions[key]

    def save(self, folder: Path, clips: Collection[int]) -> None:
        """Have exactly these clips in `folder`, as WAV; others there are deleted.

        Raises OSError when that fails; what was there before is there still.
        """
        wanted = {f"clip-{clip}.wav" for clip in clips}
        for path in sorted(folder.glob("clip-*.wav*")) if folder.is_dir() else ():
            if path.name not in wanted:
                path.unlink()
        for clip in sorted(clips):
            path, sound = folder / f"clip-{clip}.wav", self._sounds.get(clip)
            if sound is not None and sound.samples is not None and not path.exists():
                folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                write_wav(path, sound.samples, sound.sample_rate)
        if folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def load(self, folder: Path) -> list[str]:
        """Take in what `save` left there; a line for every file that cannot be read."""
        troubles = []
        for path in sorted(folder.glob("clip-*.wav")) if folder.is_dir() else ():
            found = _SAVED.fullmatch(path.name)
            if found is None or int(found[1]) in self._sounds:
                continue
            try:
                samples, rate = read_wav(path)
            except (OSError, ValueError) as error:
                troubles.append(f"A sound loop stays silent: {path.name} cannot be read ({error}).")
                continue
            number, frames = int(found[1]), len(samples) - seam_frames(rate)
            if frames > 0:
                sound = ClipSound(number, frames, rate)
                sound.complete(self._memory.keep(sound, samples))
                self._sounds[number] = sound
        return troubles

    def settle(self) -> None:
        """Wait until everything that was asked for is done: for renders, tests and closing."""
        done = threading.Event()
        self._wanted.put(_Done(done))
        done.wait(timeout=600.0)

    def close(self, keep: bool = False) -> None:
        """End the worker; with `keep` the next room finds the clips. A second time does nothing."""
        self._wanted.put(None)
        self._worker.join(timeout=10.0)
        self._stretcher.close()
        if not keep:
            self._memory.clear()

    # -- the worker ----------------------------------------------------------------------------

    def _work(self) -> None:
        coming: list[tuple[ClipSound, float]] = []
        asked: list[Key | _Done] = []
        while True:
            with contextlib.suppress(queue.Empty):
                wish = self._wanted.get(timeout=_LOOK_S if coming else None)
                if wish is None:
                    return
                if isinstance(wish, ClipSound):
                    coming.append((wish, time.monotonic() + _LATE_S))
                else:
                    asked.append(wish)
            coming = [one for one in coming if not self._complete(*one)]
            # A length can be made only of what is complete; what was asked for first comes first.
            while asked and not self._is_coming(asked[0], coming):
                self._do(asked.pop(0))

    def _complete(self, sound: ClipSound, until_s: float) -> bool:
        """Copy a clip when all of it is there."""
        if not sound.arrived and time.monotonic() < until_s:
            return False
        origin = sound.origin
        assert origin is not None
        if origin.onto is not None and origin.onto.samples is None:
            return False  # its ground first
        whole = np.empty(sound.frames + sound.seam, np.float32)
        step = self.sample_rate
        for at in range(0, len(whole), step):
            part = sound.read(at, min(step, len(whole) - at))
            whole[at : at + len(part)] = part
        if origin.onto is None and float(np.abs(whole).max()) < _SILENT:
            self._notice(NOTHING_HEARD)
        if self._sounds.get(sound.number) is sound:
            whole = self._memory.keep(sound, whole)
        sound.complete(whole)
        return True

    @staticmethod
    def _is_coming(wish: Key | _Done, coming: list[tuple[ClipSound, float]]) -> bool:
        if isinstance(wish, _Done):
            return bool(coming)
        return any(sound.number == wish[0] for sound, _ in coming)

    def _do(self, wish: Key | _Done) -> None:
        if isinstance(wish, _Done):
            wish.event.set()
            return
        number, frames, way = wish
        sound = self._sounds.get(number)
        if sound is None or sound.samples is None or wish not in self._versions:
            return
        samples = self._made(sound, frames, way)
        if wish in self._versions:
            version = ClipSound(number, frames, self.sample_rate, samples=samples)
            self._versions[wish] = version

    def _made(self, sound: ClipSound, frames: int, way: Way) -> Block:
        assert sound.samples is not None
        for _ in range(2):
            with contextlib.suppress(StretchError):
                return self._stretched(sound, sound.samples, frames, way)
        self._notice("A sound loop could not be stretched, so it sounds higher or lower now.")
        return at_length(sound.samples, sound.frames, frames, self.sample_rate, "repitch")

    def _stretched(self, sound: ClipSound, samples: Block, frames: int, way: Way) -> Block:
        rate, own = self.sample_rate, sound.frames
        if way == "stretch" and sound.sample_rate != rate:  # first as it is on this card
            now = round(own * rate / sound.sample_rate)
            samples, own = self._stretcher.at_length(samples, own, now, rate, "repitch"), now
        return self._stretcher.at_length(samples, own, frames, rate, way)


class _Done:
    """Asks the worker to say when it has come here."""

    def __init__(self, event: threading.Event) -> None:
        self.event = event
