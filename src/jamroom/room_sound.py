"""The room's sound: engines behind one bank, the mixer, the microphone and its loops."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path

from jamroom.engine.bank import Bank
from jamroom.engine.clip_chores import mind_clips
from jamroom.engine.clip_memory import memory_directory
from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.clips import ClipStore
from jamroom.engine.howl import WARNING, HowlWatch
from jamroom.engine.microphone import Microphone
from jamroom.engine.midi_out import MidiOutEngine, Outputs
from jamroom.engine.mixer import Mixer
from jamroom.engine.patch_files import load_patches
from jamroom.engine.pyo_graph import PyoEngine
from jamroom.engine.soundfont import SoundFontEngine
from jamroom.music.scales import SCALES, Scale
from jamroom.own_folders import own_folder
from jamroom.resources import resource_dir
from jamroom.room import Room
from jamroom.scale_files import load_scales
from jamroom.session.state import State
from jamroom.views import Catalogue, PatchView

MIND_S = 0.25
_LEVEL_FRAMES = 2048
_SILENT_DBFS = -120.0


class Sound:
    """Engines and mixer for one sample rate, and what was wrong with files.

    Building it is slow; it is done before anybody waits. `begin` gives it a room.
    """

    def __init__(self, sample_rate: int, outputs: Outputs) -> None:
        patches, wrong = load_patches([resource_dir("patches"), own_folder("patches")])
        self._scales, wrong_scales = load_scales(resource_dir("scales"), own_folder("scales"))
        self.problems = (*wrong, *wrong_scales)
        self.sample_rate = sample_rate
        self._room: Room | None = None
        ours = PyoEngine(patches, sample_rate)
        ours.warm_up()
        self._instruments = MidiOutEngine(outputs, self._heard_at)
        font = SoundFontEngine(sample_rate, own_folder("soundfonts"))
        self.engine = Bank([ours, font, self._instruments])
        self.mixer = Mixer(sample_rate)
        self.microphone = Microphone(sample_rate)
        self._howls = HowlWatch(self.microphone)
        self._catalogue = self._catalogue_now()
        self.labels = {patch.name: patch.label for patch in self._catalogue.patches}
        self._version = self.engine.version
        self._notices: tuple[str, ...] = ()
        self.store: ClipStore | None = None

    def _heard_at(self, offset: int) -> int:
        return self._room.heard_at(offset) if self._room else 0

    def clips(self, directory: Path, notice: Callable[[str], None]) -> ClipPlayer:
        """The player of sound loops, with those of a room that died; once, before `begin`."""
        self.store = ClipStore(memory_directory(directory), self.microphone, notice)
        return ClipPlayer(self.store, self.sample_rate)

    def begin(self, room: Room) -> None:
        """Sound for this room from now on."""
        self._room = room
        self.microphone.room_frame = lambda: room.frame
        room.on_block = self._watch

    def _watch(self, room: Room) -> None:
        """In the block: does a loudspeaker howl into the microphone?"""
        if room.session.state.microphone and self._howls.hears(room.last_block) and room.clips:
            room.clips.duck()
            room.notice(WARNING)

    # -- what there is to choose from --------------------------------------------------------

    def catalogue(self) -> Catalogue:
        """The same object until something in it changes."""
        if self._version != self.engine.version:
            self._version = self.engine.version
            self._catalogue = self._catalogue_now()
            self.labels = {patch.name: patch.label for patch in self._catalogue.patches}
        return self._catalogue

    def _catalogue_now(self) -> Catalogue:
        patches = tuple(
            PatchView(info.name, info.label, info.family, info.sentence)
            for info in self.engine.catalogue()
        )
        scales = (*SCALES.values(), *self._scales)
        return Catalogue(patches, tuple(_scale_row(scale) for scale in scales))

    # -- chores ------------------------------------------------------------------------------

    async def mind(self) -> None:
        """Give up loops that nobody needs, have others stretched, and pass on what engines say."""
        while True:
            await asyncio.sleep(MIND_S)
            room = self._room
            if room is None:
                continue
            self._instruments.poll()
            if room.clips:
                await asyncio.to_thread(mind_clips, room.clips, room.session.state)
            for line in self.engine.notices:
                if line not in self._notices:
                    room.notice(line)
            self._notices = self.engine.notices

    def microphone_dbfs(self, state: State) -> float:
        """What comes in at the microphone just now; -120 when it is off."""
        if not state.microphone:
            return _SILENT_DBFS
        heard = self.microphone.read(self.microphone.end - _LEVEL_FRAMES, _LEVEL_FRAMES)
        peak = float(abs(heard).max(initial=0.0))
        return max(_SILENT_DBFS, 20.0 * math.log10(max(peak, 1e-6)))

    def close(self) -> None:
        """Let everything go; loops of sound that were not saved are gone."""
        self.engine.close()
        if self.store:
            self.store.close()


def _scale_row(scale: Scale) -> tuple[str, str, str]:
    return scale.name, scale.label, scale.tradition
