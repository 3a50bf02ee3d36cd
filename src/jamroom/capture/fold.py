"""Folding a journal back into a session."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from jamroom.capture.journal import Journal
from jamroom.capture.rows import StoredState
from jamroom.session.effects import Effect, Mark
from jamroom.session.events import AnyEvent, Opened
from jamroom.session.step import Session
from jamroom.session.stored import decode_state

_log = logging.getLogger(__name__)


class Fold:
    """A session that is folded along, and the marks that come out of it.

    Whatever the fold does, it never stops the recording: after an error in it, `broken` is true,
    time stands still, and events are only counted.
    """

    def __init__(self, stored: StoredState | None = None) -> None:
        self.session = Session(decode_state(stored.body) if stored else None)
        self.seq = stored.seq if stored else 0
        self.marks: list[Mark] = []
        self.broken = False

    @property
    def opened(self) -> bool:
        """True once the session has begun."""
        return self.session.state.opened

    def take(self, seq: int, at: int, event: AnyEvent) -> None:
        """Fold one event."""
        self.seq = seq
        if self.broken or not (self.opened or isinstance(event, Opened)):
            return
        try:
            self._collect(self.session.fold(at, event))
        except Exception:
            self._break()

    def advance(self, to_frame: int) -> None:
        """Let time go by."""
        if self.broken or not self.opened or to_frame <= self.session.state.frame:
            return
        try:
            self._collect(self.session.advance(to_frame))
        except Exception:
            self._break()

    def _collect(self, effects: Iterable[Effect]) -> None:
        self.marks += [effect for effect in effects if isinstance(effect, Mark)]

    def _break(self) -> None:
        self.broken = True
        _log.exception("the recorder lost track of the loops; every note is still written")


def fold_journal(journal: Journal, before: int | None = None) -> Fold:
    """The session as the journal has it: its newest stored state, and what came after.

    Only events with seq < `before` count.
    """
    fold = Fold()
    stored = journal.stored_state(before)
    if stored is not None:
        try:
            fold = Fold(stored)
        except ValueError:  # another version of the state: the events say the same, only slower
            _log.warning("a stored state could not be read; folding all events again")
    for entry in journal.entries(after=fold.seq, before=before):
        fold.take(*entry)
    return fold
