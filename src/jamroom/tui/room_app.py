"""A console's side of the conversation: what the room says is kept, what people ask is sent."""

from __future__ import annotations

from pathlib import Path

from textual.app import App

from jamroom.messages import (
    Ask,
    Farewell,
    Gate,
    Learn,
    Refused,
    ToConsole,
    ToRoom,
)
from jamroom.session.events import Request
from jamroom.tui.driver import PlayingDriver
from jamroom.tui.layouts import Layout
from jamroom.tui.link import Link
from jamroom.tui.playing import PlayingKeys
from jamroom.tui.scene import Asked, Selection, Told
from jamroom.tui.senders import NOBODY
from jamroom.tui.words import LOCKED, confirmation, to_answer
from jamroom.views import Catalogue, PatchView, Snapshot

PEAK_FALL_DB = 1.0  # a snapshot
NO_ROOM = "The room is away for a moment: that was not heard."


class RoomApp(App[int]):
    """An app that talks with a room. It holds nothing of the music."""

    def __init__(self, socket_path: Path, layout: Layout) -> None:
        super().__init__(driver_class=PlayingDriver)
        self.link = Link(socket_path, self)
        self.keys_in = PlayingKeys(self.link.send, layout)
        self.snapshot: Snapshot | None = None
        self.catalogue: Catalogue | None = None
        self.selection = Selection()
        self.asked = Asked()
        self.told = Told()
        self.why_down = ""
        self.peak_dbfs = float("-inf")

    # -- what the room says --------------------------------------------------------------

    def heard(self, message: ToConsole) -> None:
        """Keep the newest snapshot for the next drawing; say refusals; leave on farewell."""
        if isinstance(message, Snapshot):
            self._forget_what_changed(message)
            self.snapshot = message
            self.peak_dbfs = max(message.peak_dbfs, self.peak_dbfs - PEAK_FALL_DB)
            self.selection.settle(message)
        elif isinstance(message, Catalogue):
            self.catalogue = message
        elif isinstance(message, Refused):
            self.told.add(message.text)
        elif isinstance(message, Farewell):
            self.exit(0, message=message.text or None)

    def _forget_what_changed(self, new: Snapshot) -> None:
        if new.seats:
            self.told.forget(NOBODY)
        if new.keeping != "undecided":
            self.told.forget(to_answer(self.keys_in.layout))
        if not new.locked:
            self.told.forget(LOCKED)
        if new.notices and self.snapshot and new.notices[-1:] != self.snapshot.notices[-1:]:
            self.told.make_way()

    def link_up(self) -> None:
        """The room is there. One that came back has to be told again how the keys ring."""
        self.why_down = ""
        self.told.forget(NO_ROOM)
        if self.snapshot is not None:
            self.link.send(Gate(self.snapshot.latch, self.snapshot.gate_s))

    def link_down(self, why: str) -> None:
        """The room is away; the screen stays as it was."""
        self.why_down = why

    def sounds(self) -> tuple[PatchView, ...]:
        """What there is to play with."""
        return self.catalogue.patches if self.catalogue else ()

    # -- what people ask ------------------------------------------------------------------

    def say(self, message: ToRoom) -> None:
        """Send a message to the room, or tell that the room is away."""
        if not self.link.send(message):
            self.told.add(NO_ROOM)
        elif done := confirmation(message):
            self.told.confirm(done, topic=str(type(getattr(message, "request", message))))

    def say_unlocked(self, message: ToRoom) -> None:
        """Send a message that the lock keeps from being sent. Learning changes nothing made."""
        locked = self.snapshot is not None and self.snapshot.locked
        if locked and not isinstance(message, Learn):
            self.told.add(LOCKED)
        else:
            self.say(message)

    def ask(self, request: Request) -> None:
        """Send a request."""
        self.say(Ask(request))
