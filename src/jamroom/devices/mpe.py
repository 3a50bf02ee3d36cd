"""Keys of one input and what belongs to each: MPE, and what it needs of plain MIDI. Pure.

MPE (MIDI Polyphonic Expression, M1-100-UM): every sounding key has a member channel of its own, on
which bend, pressure and controller 74 are that key's alone; the zone's manager channel (1 or 16)
speaks for all. A zone is told by registered parameter 6 on its manager channel.

Key numbers. Two channels may hold the same note number, so the second one's key is the note number
plus 128 while the first is held. `key & 127` is the note number always.
"""

from __future__ import annotations

from jamroom.devices.midi_bytes import Unplayed, bend_amount, parse_midi
from jamroom.session.inputs import AnyInput, Bend, Control, KeyDown, KeyUp, Lean

SECOND = 128
"""Added to the number of a key that is held on another channel already."""
BEND_CENTS = 200.0
MPE_BEND_CENTS = 4800.0
"""What bend reaches on a member channel until registered parameter 0 says otherwise (the spec)."""

_LOWER, _UPPER = 0, 15  # manager channels of the two zones
_RPN_MSB, _RPN_LSB, _DATA_MSB, _DATA_LSB = 101, 100, 6, 38
_BEND_RANGE, _MPE_ZONE, _NO_RPN = (0, 0), (0, 6), (127, 127)
_TIMBRE = 74
ALL_OFF = (120, 123, 124, 125, 126, 127)
"""Controllers that end every note of their port."""
_SURE_CHANNELS, _SURE_MOVED = 3, 2


class _Channel:
    __slots__ = ("bend", "coarse", "fine", "held", "pressure", "reach_cents", "rpn")

    def __init__(self) -> None:
        self.held: dict[int, int] = {}  # note number -> key
        self.bend = 0.0
        self.pressure = 0
        self.rpn = _NO_RPN
        self.coarse = self.fine = 0
        self.reach_cents = 0.0  # 0: never told


class Keys:
    """What the messages of one input mean, one after the other, with frame -1.

    `mpe` says what a profile or a person knows: True, False, or None to find out, by the zone it
    announces or by what only MPE does: three keys at once on as many channels, and movement on
    more than one of them.
    """

    def __init__(self, input_id: str, mpe: bool | None = None) -> None:
        self.input_id = input_id
        self.mpe = mpe
        self.broken = 0
        self._channels = [_Channel() for _ in range(16)]
        self._sizes = {_LOWER: 0, _UPPER: 0}
        self._members: frozenset[int] = frozenset()
        self._found = False
        self._moved: set[int] = set()
        self._last_channel = -1

    @property
    def is_mpe(self) -> bool:
        """Whether keys have channels of their own, as far as is known by now."""
        return (self._found or bool(self._members)) if self.mpe is None else self.mpe

    def read(self, message: bytes) -> tuple[AnyInput, ...]:
        """What a message means: nothing, an input, or several at the same moment."""
        parsed = parse_midi(message, self.input_id)
        if isinstance(parsed, Unplayed):
            self.broken += parsed is Unplayed.BROKEN
            return ()
        number = message[0] & 0x0F
        channel = self._channels[number]
        if isinstance(parsed, KeyDown):
            return self._press(number, channel, parsed)
        if isinstance(parsed, KeyUp):
            return self._release(number, channel, parsed)
        if isinstance(parsed, Bend):
            return self._bend(number, channel, message[1] | message[2] << 7)
        if isinstance(parsed, Lean):
            return self._lean(number, channel, parsed)
        if isinstance(parsed, Control):
            return self._control(number, channel, parsed)
        return (parsed,)

    def let_go(self) -> None:
        """Everything that was held has ended: the device was unplugged."""
        for channel in self._channels:
            channel.held.clear()
            channel.bend, channel.pressure = 0.0, 0

    # -- keys --------------------------------------------------------------------------------

    def _press(self, number: int, channel: _Channel, down: KeyDown) -> tuple[AnyInput, ...]:
        note = down.key
        self._last_channel = number
        if not self._alone(number):
            channel.held[note] = note
            return (down,)
        before: tuple[AnyInput, ...] = ()
        holders = [c for c in self._channels if c is not channel and note in c.held]
        keys = {c.held[note] for c in holders}
        key = channel.held.get(note, SECOND + note if note in keys else note)
        if key in keys:  # the third of the same: it takes the place of the second
            for holder in holders:
                if holder.held[note] == key:
                    del holder.held[note]
            before = (KeyUp(-1, self.input_id, key, 64),)
        channel.held[note] = key
        pressed: list[AnyInput] = [KeyDown(-1, self.input_id, key, down.velocity)]
        # A finger's place is told before its key; there was nothing then that it could move.
        if channel.bend:
            reach = self._reach_cents(number)
            pressed.append(Bend(-1, self.input_id, channel.bend, key, reach))
        if channel.pressure:
            pressed.append(Lean(-1, self.input_id, key, channel.pressure))
        return (*before, *pressed)

    def _release(self, number: int, channel: _Channel, up: KeyUp) -> tuple[AnyInput, ...]:
        key = channel.held.pop(up.key, None)
        if key is None:  # ended by a third of the same, or by all notes off
            return () if self._alone(number) else (up,)
        return (KeyUp(-1, self.input_id, key, up.velocity),)

    # -- what moves --------------------------------------------------------------------------

    def _bend(self, number: int, channel: _Channel, wheel: int) -> tuple[AnyInput, ...]:
        channel.bend = bend_amount(wheel)
        self._find_out(number, channel, channel.bend != 0.0)
        reach = self._reach_cents(number)
        if not self._alone(number):
            return (Bend(-1, self.input_id, channel.bend, -1, reach),)
        keys = channel.held.values()
        return tuple(Bend(-1, self.input_id, channel.bend, key, reach) for key in keys)

    def _lean(self, number: int, channel: _Channel, lean: Lean) -> tuple[AnyInput, ...]:
        if lean.key >= 0:
            key = channel.held.get(lean.key, lean.key)
            return (Lean(-1, self.input_id, key, lean.pressure),)
        channel.pressure = lean.pressure
        self._find_out(number, channel, lean.pressure > 0)
        if not self._alone(number):
            return (lean,)
        keys = channel.held.values()
        return tuple(Lean(-1, self.input_id, key, lean.pressure) for key in keys)

    def _reach_cents(self, number: int) -> float:
        usual = MPE_BEND_CENTS if self._alone(number) else BEND_CENTS
        return self._channels[number].reach_cents or usual

    def _alone(self, number: int) -> bool:
        """Whether the channel is a member of a zone: its keys are alone on it."""
        if not self.is_mpe:
            return False
        return number in self._members if self._members else number != _LOWER

    def _find_out(self, number: int, channel: _Channel, moved: bool) -> None:
        if self.mpe is not None or self._found or self._members or number == _LOWER:
            return
        if not (moved and len(channel.held) == 1):
            return
        self._moved.add(number)
        held = [n for n, c in enumerate(self._channels) if n != _LOWER and len(c.held) == 1]
        moved_now = self._moved.intersection(held)
        self._found = len(held) >= _SURE_CHANNELS and len(moved_now) >= _SURE_MOVED

    # -- controllers ---------------------------------------------------------------------------

    def _control(self, number: int, channel: _Channel, control: Control) -> tuple[AnyInput, ...]:
        what, value = control.controller, control.value
        if what == _RPN_MSB:
            channel.rpn = (value, channel.rpn[1])
            return ()
        if what == _RPN_LSB:
            channel.rpn = (channel.rpn[0], value)
            return ()
        if what in (_DATA_MSB, _DATA_LSB) and channel.rpn in (_BEND_RANGE, _MPE_ZONE):
            self._parameter(number, channel, what, value)
            return ()
        if what in ALL_OFF:
            for each in self._channels:
                each.held.clear()
        if what == _TIMBRE and self._alone(number) and number != self._last_channel:
            return ()  # one value for the seat: that of the key which was pressed last
        return (control,)

    def _parameter(self, number: int, channel: _Channel, what: int, value: int) -> None:
        if channel.rpn == _MPE_ZONE:
            if what == _DATA_MSB and number in (_LOWER, _UPPER):
                self._zone(number, value)
            return
        if what == _DATA_MSB:
            channel.coarse, channel.fine = value, 0
        else:
            channel.fine = value
        reach = channel.coarse * 100.0 + channel.fine
        # What is told on one member holds for all of its zone (the spec).
        for told in self._members if number in self._members else (number,):
            self._channels[told].reach_cents = reach

    def _zone(self, manager: int, size: int) -> None:
        """A zone is announced with so many members; none ends it. The newer zone has its way."""
        other = _UPPER - manager
        self._sizes[manager] = size = min(15, size)
        self._sizes[other] = min(self._sizes[other], max(0, 14 - size))
        lower, upper = self._sizes[_LOWER], self._sizes[_UPPER]
        members = frozenset((*range(1, lower + 1), *range(15 - upper, 15)))
        for number in members ^ self._members:
            self._channels[number].reach_cents = 0.0
        self._members = members
        self._found = False
