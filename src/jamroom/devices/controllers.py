"""Between the ports and the room: what a device sends becomes what its player meant.

A device is known by the name of its port. Its profile says which message is which pad; what no
profile knows passes unchanged, unless it shows that it is a switch (`switches`) or somebody
teaches it (`learning`). Whatever changes in between, a release ends what its press began.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from jamroom.devices.boards import Board, Physical
from jamroom.devices.controller_files import Profile, find_profile, plain_port
from jamroom.devices.learning import Learner, save_learned
from jamroom.devices.mpe import ALL_OFF, SECOND
from jamroom.devices.surface import Hear, Surface
from jamroom.devices.switches import FIRST_MODE
from jamroom.session.inputs import AnyInput, Control, InputGone, KeyDown

Send = Callable[[str, bytes], bool]


def _nothing(_input_id: str, _keymap: str) -> None:
    return


class Controllers:
    """All controllers in the house, by the id of their input.

    `heard`, `came`, `gone`, `here` and learning may be called from any thread but the
    audio callback's (there is a lock); `hear` and `keymap_changed` are called in that thread and
    should only put away what they get. `send` must not block; False means: not now.
    """

    def __init__(
        self,
        profiles: Iterable[Profile],
        hear: Hear,
        send: Send,
        learned: Path | None = None,
        keymap_changed: Callable[[str, str], None] = _nothing,
    ) -> None:
        """`learned` is the user's folder of profiles; without it, learning lasts until the end.

        `keymap_changed(input_id, keymap)` tells that an input turned out to be something else: a
        pedal became a switch (or a pedal again), or was learned. Its seat, if it has one, should
        get that keymap.
        """
        self._profiles = list(profiles)
        self._hear = hear
        self._send = send
        self._folder = learned
        self._keymap_changed = keymap_changed
        self._surfaces: dict[str, Surface] = {}
        self._learner: Learner | None = None
        self._lock = threading.RLock()
        self._said = ""

    # -- coming and going ----------------------------------------------------------------------

    def came(self, input_id: str) -> None:
        """A device was plugged in: its mode is set and its lights painted at the next ticks."""
        with self._lock:
            self._surface(input_id).plug_in()

    def gone(self, input_id: str) -> None:
        """A device is left, as it was found. (One that was unplugged tells so by InputGone.)"""
        with self._lock:
            self._leave(input_id)

    def here(self, inputs: Iterable[str]) -> None:
        """What is plugged in now, for those who look from time to time: `came` and `gone`."""
        with self._lock:
            now = set(inputs)
            for input_id in now:
                self._surface(input_id).plug_in()
            for input_id, surface in self._surfaces.items():
                if surface.present and input_id.startswith("midi:") and input_id not in now:
                    self._forget(input_id)

    def close(self) -> None:
        """Leave every device as it was found. The lights should be closed before."""
        with self._lock:
            for input_id, surface in self._surfaces.items():
                if surface.present:
                    self._leave(input_id)

    def _leave(self, input_id: str) -> None:
        surface = self._surfaces.get(input_id)
        if surface is not None and surface.present and surface.board is not None:
            for message in surface.board.profile.at_leave:
                self._send(input_id, bytes.fromhex(message))
        self._forget(input_id)

    def _forget(self, input_id: str) -> None:
        if surface := self._surfaces.get(input_id):
            surface.unplug()
        if self._learner and self._learner.input_id == input_id:
            self._learner = None
            self._said = f"{plain_port(input_id)} was unplugged; nothing was learned"

    def _surface(self, input_id: str) -> Surface:
        surface = self._surfaces.get(input_id)
        if surface is None:
            surface = Surface(input_id, self._board_for(input_id), self._hear)
            self._surfaces[input_id] = surface
        return surface

    def _board_for(self, input_id: str) -> Board | None:
        profile = find_profile(self._profiles, input_id)
        return Board(profile) if profile else None

    # -- what devices say ----------------------------------------------------------------------

    def heard(self, stamp_ns: int, said: AnyInput, channel: int = 0) -> None:
        """Something an input reported.

        `channel` is that of its message, from 1. Where it is not known (0), pads that a profile
        tells from keys by their channel are heard as keys.
        """
        if not said.input.startswith("midi:"):
            self._hear(stamp_ns, said)
            return
        with self._lock:
            if isinstance(said, InputGone):
                self._forget(said.input)
                self._hear(stamp_ns, said)
                return
            surface = self._surface(said.input)
            if isinstance(said, Control) and said.controller in ALL_OFF:
                surface.all_up()
                self._hear(stamp_ns, said)
                return
            if self._learner and self._learner.input_id == said.input:
                self._teach(stamp_ns, surface, self._learner, said, channel)
                return
            if surface.board and surface.board.profile.deaf:
                return
            was = surface.keymap
            surface.take(stamp_ns, said, channel)
            if surface.keymap != was:
                self._keymap_changed(said.input, surface.keymap or "white")

    # -- what is known of them -----------------------------------------------------------------

    def surfaces(self) -> Mapping[str, Surface]:
        """Everything that plays or played here, by input."""
        return dict(self._surfaces)

    def profile_of(self, input_id: str) -> Profile | None:
        """What is known of a device; None when it is unknown."""
        surface = self._surfaces.get(input_id)
        if surface is not None:
            return surface.board.profile if surface.board else None
        return find_profile(self._profiles, input_id)

    def first_keymap(self, input_id: str) -> str | None:
        """The keymap a first touch should get; None leaves it to the room."""
        surface = self._surfaces.get(input_id)
        if surface is not None:
            return surface.keymap
        profile = find_profile(self._profiles, input_id)
        return profile.first_keymap if profile else None

    def has_lights(self, input_id: str) -> bool:
        """Whether the room can light it."""
        profile = self.profile_of(input_id)
        return profile is not None and profile.has_lights

    # -- learning ------------------------------------------------------------------------------

    @property
    def status(self) -> str:
        """One line while an input is learned, else ""."""
        learner = self._learner
        return learner.status if learner else ""

    @property
    def learning(self) -> str:
        """The input that is being learned, or ""."""
        learner = self._learner
        return learner.input_id if learner else ""

    def learn(self, input_id: str) -> str:
        """Learn the pads of an input; "" ends it and keeps them. One line on how that went."""
        with self._lock:
            said = self._finish() if self._learner else ""
            if input_id:
                self._surface(input_id)
                self._learner = Learner(input_id)
                return self._learner.status
            return said

    def take_notice(self) -> str:
        """What learning came to since the last call, in one line, or ""."""
        said, self._said = self._said, ""
        return said

    def _teach(
        self, stamp_ns: int, surface: Surface, learner: Learner, said: AnyInput, channel: int
    ) -> None:
        """While learning, an input's presses are counted and nothing of it sounds.

        What was held before may still end, and what is pressed now ends unheard.
        """
        if isinstance(said, KeyDown):
            pressed = Physical("note", said.key, channel)
        elif isinstance(said, Control) and said.value == 127 and said.controller < FIRST_MODE:
            pressed = Physical("control", said.controller, channel)
        else:
            surface.only_releases(stamp_ns, said, channel)
            return
        surface.press_unheard(stamp_ns, pressed)
        if learner.press(Physical(pressed.kind, pressed.number % SECOND, channel)):
            self._finish()

    def _finish(self) -> str:
        learner, self._learner = self._learner, None
        assert learner is not None
        name = plain_port(learner.input_id)
        if not learner.pads:
            self._said = f"{name}: no pad was pressed, so it plays as before"
            return self._said
        profile = learner.profile(self.profile_of(learner.input_id))
        for number, known in enumerate(self._profiles):
            if known.name == profile.name and known.match == profile.match:
                del self._profiles[number]
                break
        self._profiles.insert(0, profile)
        self._said = f"{name}: {learner.count} learned" + self._keep(profile)
        for input_id, surface in self._surfaces.items():
            if input_id.startswith("midi:") and profile.matches(plain_port(input_id)):
                surface.change_board(Board(profile))
                self._keymap_changed(input_id, surface.keymap or "white")
        return self._said

    def _keep(self, profile: Profile) -> str:
        if self._folder is None:
            return " for today"
        try:
            path = save_learned(self._folder, profile)
        except OSError as error:
            return f" for today; they could not be kept ({error.strerror})"
        return f" and kept in {path.name}"
