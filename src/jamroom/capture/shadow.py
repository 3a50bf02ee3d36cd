"""The recorder's own copy of the session: what a restarted room needs, and what may be written.

No thread, socket or disk is used here while a session runs: batches go in; tickets for the
writer and words for the room come out. The shell around it is `recorder.py`.
"""

from __future__ import annotations

import logging

import msgspec

from jamroom.capture.consent import HELD_S, Consents, Kept, Waiting
from jamroom.capture.fold import fold_journal
from jamroom.capture.journal import Journal
from jamroom.capture.rows import RUN_STRIDE, EventRow, RoomClock, StoredState, Work, row_of, seq_of
from jamroom.messages import Batch, Memory, Recorded
from jamroom.session.effects import Mark
from jamroom.session.events import EVERYBODY, Closed, ConsentChosen, Opened, Resumed
from jamroom.session.state import (
    State,
)
from jamroom.session.stored import encode_state, without_seats

STATE_EVERY_S = 30
STATE_EVERY_EVENTS = 2000
CLOCK_EVERY_S = 5
CARRY_ON_NS = 60 * 1_000_000_000

_log = logging.getLogger(__name__)


class Ticket(msgspec.Struct, frozen=True):
    """Work for the writer, and what the room may forget once it is done."""

    work: Work
    run: str
    n: int


class Shadow:
    """Follows the room, decides what is written, and knows what to tell a room that starts."""

    def __init__(self, journal: Journal, boot: str) -> None:
        self._journal = journal
        self._boot = boot
        self._runs = journal.runs()
        self._shifts = self._shifts_on_disk()
        self._last_on_disk = journal.last_seq()
        self._clock = journal.clock()
        self._clock_is_ours = False
        self._rate = 48_000
        self._closed = self._clock is not None and self._clock.closed
        self._load(None)
        self._may_rewind = True
        self._run = self._clock.run if self._clock else ""
        self._received: dict[str, int] = {}
        self._done: dict[str, int] = {}  # committed, or deliberately not kept
        self._out = _Outbox()

    def _load(self, before: int | None) -> None:
        self._consents = Consents(
            entry.event for entry in self._journal.choices() if before is None or entry.seq < before
        )
        self._fold = fold_journal(self._journal, before)
        self._waiting = Waiting()
        self._held_marks: list[Mark] = []
        self._rate = self._fold.session.state.tempo_map.last.sample_rate
        self._state_frame = self._fold.session.state.frame
        self._since_state = 0

    # -- from the room -----------------------------------------------------------------------

    def receive(self, batch: Batch) -> None:
        """Take a batch in; what was received before is passed over."""
        run_id = self._run_id(batch.run)
        if self._may_rewind and batch.records:
            self._may_rewind = False
            first = seq_of(run_id, batch.records[0].n)
            if first <= self._last_on_disk:
                # The room sends again what was on its way when a recorder died. Some of it may
                # be here already, with gaps where nobody had decided: fold it all in order.
                self._load(first)
        last = self._received.get(batch.run, 0)
        for record in batch.records:
            if record.n > last:
                last = record.n
                self._take(Kept(seq_of(run_id, record.n), self._in_time(batch.run, record)))
        self._received[batch.run] = last
        self._run = batch.run
        frame = batch.frame + self._shifts.get(batch.run, 0)
        self._fold.advance(frame)
        self._let_go_of_old(frame)
        self._clock = RoomClock(batch.run, frame, batch.monotonic_ns, self._boot, self._closed)
        self._clock_is_ours = True

    def _in_time(self, run: str, record: Recorded) -> Recorded:
        """The record as it belongs into this session, which begins only once.

        A room that could not ask what is remembered opens the session anew, and counts its frames
        from 0. Its time is put after what is there; of its `Opened`, only the consent holds.
        """
        event = record.event
        again = isinstance(event, Opened) and self._fold.opened
        if again and run not in self._shifts:
            self._shifts[run] = max(0, self._fold.session.state.frame - record.at)
            _log.warning("a room opened a session that had begun; it goes on where that one was")
        shift = self._shifts.get(run, 0)
        if again:
            assert isinstance(event, Opened)
            self._closed = False
            event = ConsentChosen(event.frame, EVERYBODY, event.consent)
        elif not shift:
            return record
        event = msgspec.structs.replace(event, frame=event.frame + shift)
        return Recorded(record.n, record.at + shift, event)

    def _shifts_on_disk(self) -> dict[str, int]:
        # Every other run begins with Opened or Resumed: a choice stands for a refused Opened.
        firsts = {seq_of(run_id, 1): run for run, run_id in self._runs.items()}
        return {
            firsts[entry.seq]: entry.at
            for entry in self._journal.entries_of(ConsentChosen)
            if entry.seq in firsts
        }

    def _run_id(self, run: str) -> int:
        if run not in self._runs:
            self._runs[run] = max(self._runs.values(), default=0) + 1
            self._out.runs.append((self._runs[run], run))
        return self._runs[run]

    def _take(self, kept: Kept) -> None:
        event = kept.record.event
        if isinstance(event, Opened | Resumed):
            self._closed, self._rate = False, event.sample_rate
        elif isinstance(event, Closed):
            self._closed = self._out.wants_state = True
            self._waiting.forget_before(None)
        chosen = self._consents.note(event)
        verdict = self._consents.verdict(event)
        if verdict == "keep":
            self._put(kept)
        elif verdict == "hold":
            self._waiting.hold(kept)
        else:
            self._waiting.remember(kept)
        self._fold.take(kept.seq, kept.record.at, event)
        self._since_state += 1
        if chosen:
            self._decide()

    def _put(self, kept: Kept) -> None:
        try:
            self._out.rows.append(row_of(kept.seq, self._consents.as_kept(kept.record)))
        except ValueError as error:
            _log.error("%s; it was left out", error)

    def _decide(self) -> None:
        agreed = self._waiting.decide(self._consents)
        for kept in agreed:
            self._put(kept)
        if agreed:
            # Stored states from there on were made without these seats.
            self._out.forget_states_from(agreed[0].seq)

    def _let_go_of_old(self, frame: int) -> None:
        oldest = frame - int(HELD_S * self._rate)
        self._waiting.forget_before(oldest)
        self._held_marks = [mark for mark in self._held_marks if mark.frame >= oldest]

    # -- to the writer -----------------------------------------------------------------------

    def ticket(self, at_once: bool = False) -> Ticket | None:
        """What should be written now; None when there is nothing to write or to acknowledge.

        `at_once` stores where the room's clock stands even if it was stored a moment ago.
        """
        self._sort_marks()
        if self._out.wants_state or self._state_is_due():
            self._store_state()
        work = self._out.take(self._clock, CLOCK_EVERY_S * self._rate, at_once)
        n = self._may_be_forgotten()
        if work == Work() and n <= self._done.get(self._run, 0):
            return None
        return Ticket(work, self._run, n)

    def done(self, ticket: Ticket) -> None:
        """The writer finished a ticket."""
        self._done[ticket.run] = max(ticket.n, self._done.get(ticket.run, 0))

    def done_n(self, run: str) -> int:
        """Up to which number a run's events are on disk or deliberately not kept."""
        return self._done.get(run, 0)

    @property
    def run(self) -> str:
        """The run of the room that spoke last; "" before any did."""
        return self._run

    def _may_be_forgotten(self) -> int:
        run_id = self._runs.get(self._run, 0)
        held = self._waiting.first_held(run_id * RUN_STRIDE)
        if held is not None:
            return held - run_id * RUN_STRIDE - 1
        return self._received.get(self._run, 0)

    def _sort_marks(self) -> None:
        undecided = []
        for mark in (*self._held_marks, *self._fold.marks):
            consent = self._consents.of_seat(mark.seat)
            if mark.seat == EVERYBODY or consent in ("keep", "share"):
                self._out.marks.append(mark)
            elif consent == "undecided":
                undecided.append(mark)
        self._held_marks = undecided
        self._fold.marks.clear()

    def _state_is_due(self) -> bool:
        passed = self._fold.session.state.frame - self._state_frame
        long_ago = self._since_state > 0 and passed >= STATE_EVERY_S * self._rate
        return long_ago or self._since_state >= STATE_EVERY_EVENTS

    def _store_state(self) -> None:
        state = self._fold.session.state
        self._state_frame, self._since_state = state.frame, 0
        if self._fold.broken or not self._fold.opened:
            return
        private = {seat for seat in _seats_in(state) if not self._consents.keeps(seat)}
        body = encode_state(without_seats(state, private))
        run_id = self._runs.get(self._run, 0)
        acknowledged = seq_of(run_id, self._done.get(self._run, 0))
        self._out.state = StoredState(self._fold.seq, state.frame, body)
        self._out.keep_states_before = acknowledged

    # -- to the room -------------------------------------------------------------------------

    def memory(self, now_ns: int) -> Memory:
        """First word to a room, with everything that is remembered, agreed to or not."""
        clock = self._clock
        alive = clock is not None and not self._closed
        if clock is not None and not self._clock_is_ours:
            age_ns = now_ns - clock.monotonic_ns
            alive = alive and clock.boot == self._boot and 0 <= age_ns < CARRY_ON_NS
        return Memory(
            session=self._journal.path.stem,
            state=encode_state(self._fold.session.state) if self._fold.opened else b"",
            frame=clock.frame if alive and clock else 0,
            monotonic_ns=clock.monotonic_ns if alive and clock else 0,
            carry_on=alive,
            last_n=self._done.get(self._run, 0),
            run=self._run,
        )


def _seats_in(state: State) -> set[int]:
    # More than state.seats: a recorder that died may have forgotten who sat down, not who plays.
    layers = {layer.seat for layer in state.layers.values()}
    return {*state.seats, *state.past, *state.last_played, *state.pedals, *layers}


class _Outbox:
    """What has gathered for the next commit."""

    def __init__(self) -> None:
        self._stored_clock: RoomClock | None = None
        self._empty()

    def _empty(self) -> None:
        self.wants_state = False
        self.state: StoredState | None = None
        self.keep_states_before = 0
        self._forget_from: int | None = None
        self.runs: list[tuple[int, str]] = []
        self.rows: list[EventRow] = []
        self.marks: list[Mark] = []

    def forget_states_from(self, seq: int) -> None:
        """States from `seq` on are not true any more; make a new one."""
        self.wants_state = True
        self._forget_from = min(seq, self._forget_from or seq)

    def take(self, clock: RoomClock | None, every_frames: int, at_once: bool) -> Work:
        """The work that has gathered; the box is empty afterwards."""
        something = bool(self.runs or self.rows or self.marks or self.state)
        due = something or at_once or self._clock_is_due(clock, every_frames)
        work = Work(
            runs=tuple(self.runs),
            rows=tuple(self.rows),
            marks=tuple(self.marks),
            forget_states_from=self._forget_from,
            state=self.state,
            keep_states_before=self.keep_states_before if self.state else 0,
            clock=clock if due and clock != self._stored_clock else None,
        )
        if due:
            self._stored_clock = clock
        self._empty()
        return work

    def _clock_is_due(self, clock: RoomClock | None, every_frames: int) -> bool:
        if clock is None or self._stored_clock is None:
            return clock is not None
        return abs(clock.frame - self._stored_clock.frame) >= every_frames
