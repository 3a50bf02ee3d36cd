"""The room: the imperative shell round the session core, once a block.

    inbox -> decide -> fold -> effects -> engine -> mixer -> the host's 64 frames

`block` is called by the host, in the host's thread. It does no I/O, takes no lock and logs
nothing; other threads only append to `inbox` and read frozen values out of the state.
"""

from __future__ import annotations

import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Protocol

import msgspec
import numpy as np

from jamroom.clocks import segment_at_frame
from jamroom.devices.terminal_keys import TerminalKeys
from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block, Engine
from jamroom.engine.clip_player import ClipPlayer
from jamroom.engine.mixer import Mixer
from jamroom.messages import Gate, KeysAway, Lift, Recorded, Strike
from jamroom.session import effects as fx
from jamroom.session.decide import Habits, Refusal, decide
from jamroom.session.events import EVERYBODY, AnyEvent
from jamroom.session.inputs import AnyInput
from jamroom.session.step import Session
from jamroom.stamps import StampClock

Said = AnyInput | AnyEvent | Strike | Lift | Gate | KeysAway
"""What may lie in the inbox: device inputs, requests, and what terminal keys do."""


class Source(Protocol):
    """Something that plays by itself when its time comes: a performed file, terminal gates."""

    def due(self, now_ns: int) -> None:
        """Emit whatever is due by now."""


class Room:
    """One room. Everything in it happens in `block`."""

    def __init__(
        self,
        session: Session,
        engine: Engine,
        mixer: Mixer,
        sample_rate: int,
        habits: Habits,
        clips: ClipPlayer | None = None,
    ) -> None:
        """`clips` plays sound loops; without it they are silent."""
        self.session = session
        self.engine = engine
        self.mixer = mixer
        self.clips = clips
        self.sample_rate = sample_rate
        self.output_delay_ns = 0
        """From the making of a block until it is heard, as the host tells it."""
        self.habits = habits
        self.inbox: deque[tuple[int, Said]] = deque()
        self.outbox: deque[Recorded] = deque()
        self.notices: deque[tuple[int, str]] = deque(maxlen=6)
        self.sources: list[Source] = []
        self.script: Iterator[tuple[int, AnyEvent]] = iter(())
        self.frame = session.state.frame
        self.now_ns = 0
        self.faults = 0
        self.last_fault = ""
        self.take_over_from: tuple[int, int] | None = None
        self.on_beat: Callable[[int], None] = lambda _: None
        self.on_block: Callable[[Room], None] = lambda _: None
        self.last_block: Block = np.zeros((BLOCK_FRAMES, 2), np.float32)
        self._stamps = StampClock(sample_rate)
        self._count = 0
        self._cue: tuple[int, AnyEvent] | None = None
        self.keys = TerminalKeys(self.hear)
        self.sources.append(self.keys)
        self.restore_mix()

    # -- what other threads may call -----------------------------------------------------

    def hear(self, stamp_ns: int, said: Said) -> None:
        """Put something into the inbox; `stamp_ns` is when it happened (monotonic)."""
        self.inbox.append((stamp_ns, said))

    def notice(self, text: str) -> None:
        """One line for the consoles."""
        self.notices.append((time.monotonic_ns(), text))

    # -- one block -------------------------------------------------------------------------

    def block(self) -> Block:
        """The next 64 frames of the room, float32 of shape (64, 2)."""
        now_ns = self.now_ns = time.monotonic_ns()
        if self.take_over_from:
            self._take_over(now_ns)
        self._stamps.tick(self.frame, now_ns)
        self.on_beat(now_ns)
        try:
            self._listen(now_ns)
            self._carry_out(self.session.advance(self.frame + BLOCK_FRAMES))
        except Exception:  # the music goes on whatever one moment does to us
            self._note_fault()
        block = self.engine.render()
        self._add_clips(block)
        out = self.mixer.mix(block)
        if self.mixer.poisoned_buses:
            self.engine.recover(self.mixer.poisoned_buses)
        self.last_block = out
        try:
            self.on_block(self)
        except Exception:  # time must go on in any case
            self._note_fault()
        self.frame += BLOCK_FRAMES
        return out

    def _add_clips(self, block: Block) -> None:
        try:
            if self.clips:
                self.clips.add_into(block, self.frame)
        except Exception:  # a loop of sound that cannot be played leaves all others alone
            self._note_fault()

    def clock_line(self) -> tuple[int, int]:
        """A frame, and the monotonic nanosecond that belongs to it."""
        return self._stamps.line()

    def heard_at(self, offset: int) -> int:
        """The monotonic nanosecond at which a frame of the next block is heard."""
        return self._stamps.ns_at(self.frame + offset) + self.output_delay_ns

    def _take_over(self, now_ns: int) -> None:
        """Go on where the music would be at this very block, had no room died."""
        assert self.take_over_from is not None
        frame, then_ns = self.take_over_from
        self.take_over_from = None
        target = frame + round((now_ns - then_ns) * self.sample_rate / 1e9)
        if target > self.frame:
            self.frame = target
            self._carry_out(self.session.advance(target))

    def _listen(self, now_ns: int) -> None:
        for source in self.sources:
            source.due(now_ns)
        self._follow_script()
        self._empty_inbox(now_ns)

    def _note_fault(self) -> None:
        self.faults += 1
        self.last_fault = traceback.format_exc(limit=-6)

    def _empty_inbox(self, now_ns: int) -> None:
        inbox = self.inbox
        while inbox:
            stamp_ns, said = inbox.popleft()
            try:
                self._take(stamp_ns, said, now_ns)
            except Refusal as refusal:
                self.notice(str(refusal))
            except Exception:  # nor does one input spoil the next
                self._note_fault()

    def _take(self, stamp_ns: int, said: Said, now_ns: int) -> None:
        if isinstance(said, Strike):
            self.keys.strike(said.row, said.key, now_ns, said.held)
        elif isinstance(said, Lift):
            self.keys.lift(said.row, said.key, now_ns)
        elif isinstance(said, Gate):
            self.keys.set_gate(said.latch, said.length_s)
        elif isinstance(said, KeysAway):
            self.keys.away(now_ns)
        else:
            frame = self._stamps.frame_at(stamp_ns, self.frame)
            self.happen(msgspec.structs.replace(said, frame=frame))

    def happen(self, said: AnyInput | AnyEvent) -> None:
        """Take in something that is stamped: decide, fold, keep, sound."""
        for event in decide(self.session.state, said, self.habits):
            at = self.session.state.frame
            self._carry_out(self.session.fold(at, event))
            self._count += 1
            self.outbox.append(Recorded(self._count, at, event))

    def _follow_script(self) -> None:
        """Perform a journal: its events are facts already, so they go straight to the fold."""
        end = self.frame + BLOCK_FRAMES
        while True:
            if self._cue is None:
                self._cue = next(self.script, None)
            if self._cue is None or self._cue[0] >= end:
                return
            at, event = self._cue
            self._cue = None
            self._carry_out(self.session.fold(max(at, self.session.state.frame), event))

    def restore_mix(self) -> None:
        """Tell the mixer everything that the state holds of the mix."""
        self.set_mix(EVERYBODY)
        for seat in self.session.state.seats:
            self.set_mix(seat)

    def set_mix(self, seat: int) -> None:
        """Tell the mixer what the state holds of one seat, or of the whole mix."""
        state, mixer = self.session.state, self.mixer
        if seat == EVERYBODY:
            mixer.set_room_level(state.room_level_db)
            mixer.set_ceiling(state.ceiling_dbfs)
            mixer.set_echo(state.echo_beats * 60.0 / self.bpm, state.echo_feedback)
        elif known := state.seats.get(seat):
            bus = seat % BUSES
            mixer.set_level(bus, known.level_db)
            mixer.set_send(bus, known.room_send_db)
            mixer.set_echo_send(bus, known.echo_send_db)
            if known.pan is not None:
                mixer.set_pan(bus, known.pan)

    @property
    def bpm(self) -> float:
        """The tempo at the frame that the state has reached."""
        state = self.session.state
        return segment_at_frame(state.tempo_map, state.frame).bpm

    # -- effects ---------------------------------------------------------------------------

    def _carry_out(self, effects: Iterable[fx.Effect]) -> None:
        """Each for itself: one that fails must not leave the ends of other notes undone."""
        for effect in effects:
            try:
                self._carry_out_one(effect)
            except Exception:
                self._note_fault()

    def _carry_out_one(self, effect: fx.Effect) -> None:
        if type(effect) is fx.SoundOn:
            self.engine.note_on(
                effect.voice,
                effect.seat % BUSES,
                effect.patch,
                effect.note,
                effect.cents,
                effect.velocity,
                self._offset(effect.frame),
            )
        elif type(effect) is fx.SoundOff:
            self.engine.note_off(effect.voice, self._offset(effect.frame))
            if effect.layer >= 0 and self.clips:
                self.clips.stop(effect.voice, effect.layer, effect.frame)
        else:
            self._carry_out_rare(effect)

    def _carry_out_rare(self, effect: fx.Effect) -> None:
        match effect:
            case fx.SoundBend():
                self.engine.bend(effect.voice, effect.cents)
            case fx.SoundPressure():
                self.engine.pressure(effect.voice, effect.amount)
            case fx.SilenceAll():
                self.engine.silence()
                self.mixer.silence()
                if self.clips:
                    self.clips.silence()
            case fx.ClipTaken() if self.clips:
                self.clips.take(effect)
            case fx.ClipOn() if self.clips:
                self.clips.play(effect)
            case fx.MixChanged():
                self.set_mix(effect.seat)
            case fx.Notice():
                self.notice(effect.text)

    def _offset(self, frame: int) -> int:
        return min(BLOCK_FRAMES - 1, max(0, frame - self.frame))
