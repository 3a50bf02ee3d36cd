"""The thread that commits. A disk that is slow, full or gone holds up nobody but this thread."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence

from jamroom.capture.journal import Journal, JournalError
from jamroom.capture.rows import Work
from jamroom.capture.shadow import Ticket

RETRY_S = 1.0


class Writer(threading.Thread):
    """Commits tickets in order; on trouble keeps them and tries again every second.

    `on_done(tickets)` and `on_trouble(text)` are called in this thread. The journal is this
    thread's own from `start` until it has ended.
    """

    def __init__(
        self,
        journal: Journal,
        on_done: Callable[[Sequence[Ticket]], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        super().__init__(name="journal writer", daemon=True)
        self._journal = journal
        self._on_done = on_done
        self._on_trouble = on_trouble
        self._tickets: deque[Ticket] = deque()
        self._wake = threading.Condition()
        self._ending = False

    def submit(self, ticket: Ticket) -> None:
        """Hand over a ticket. Never waits for the disk."""
        with self._wake:
            self._tickets.append(ticket)
            self._wake.notify()

    def waiting(self) -> int:
        """How many events are not on the disk yet."""
        with self._wake:
            return sum(len(ticket.work.rows) for ticket in self._tickets)

    def end(self) -> None:
        """Finish what is there and end; in trouble, try once more and end."""
        with self._wake:
            self._ending = True
            self._wake.notify()

    def run(self) -> None:
        """Work until told to end."""
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._tickets or self._ending)
                ending, tickets = self._ending, list(self._tickets)
            if not tickets:
                break
            if self._commit(tickets):
                with self._wake:
                    for _ in tickets:
                        self._tickets.popleft()
                self._on_done(tickets)
            elif ending:
                break
            else:
                with self._wake:
                    self._wake.wait_for(lambda: self._ending, timeout=RETRY_S)

    def _commit(self, tickets: Sequence[Ticket]) -> bool:
        work = merged([ticket.work for ticket in tickets])
        if work == Work():
            return True
        try:
            self._journal.write(work)
        except JournalError as error:
            self._on_trouble(str(error))
            return False
        return True


def merged(works: Sequence[Work]) -> Work:
    """Several pieces of work as one commit."""
    if len(works) == 1:
        return works[0]
    states = [i for i, work in enumerate(works) if work.state is not None]
    forgets = [w.forget_states_from for w in works if w.forget_states_from is not None]
    clocks = [work.clock for work in works if work.clock is not None]
    last = works[states[-1]] if states else Work()
    return Work(
        runs=tuple(run for work in works for run in work.runs),
        rows=tuple(row for work in works for row in work.rows),
        marks=tuple(mark for work in works for mark in work.marks),
        # A work that forgets states always brings a new one, so nothing later is lost here.
        forget_states_from=min(forgets, default=None),
        state=last.state,
        keep_states_before=last.keep_states_before,
        clock=clocks[-1] if clocks else None,
    )
