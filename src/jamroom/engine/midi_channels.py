"""One MIDI instrument as we drive it: which notes are on, in which channels, bent how far.

Two ways to tune. "MPE" (MIDI Association, MPE 1.1, 2022): a lower zone, master channel 1, each note
in a member channel of its own, whose bend is the note's tuning. "Plain": each seat has one channel;
a note can be tuned only while it is alone there, within two semitones.

Nothing is sent from here: methods give the messages, and the ledger holds exactly the notes that
are on, so that ending them needs no guessing.
"""

from __future__ import annotations

from typing import Literal

Way = Literal["mpe", "plain"]

MEMBERS = range(1, 16)
PLAIN_CHANNELS = tuple(channel for channel in range(16) if channel != 9)  # 10 is for drums
MPE_RANGE_CENTS, PLAIN_RANGE_CENTS = 4800.0, 200.0
MOST_NOTES = 128

_BEND_CENTRE, _BEND_MOST = 8192, 16383
_UNKNOWN = -1  # where a bend or a pressure stands, before it was told once
_RELEASE_VELOCITY = 64
_NOTE_OFF, _NOTE_ON, _CONTROL, _PRESSURE, _BEND = 0x80, 0x90, 0xB0, 0xD0, 0xE0
_RPN_HIGH, _RPN_LOW, _DATA, _DATA_LOW, _ALL_NOTES_OFF = 101, 100, 6, 38, 123
_RPN_BEND_RANGE, _RPN_MPE_ZONE = 0, 6


def note_off(channel: int, note: int) -> bytes:
    """The message that ends a note; channels from 0."""
    return bytes((_NOTE_OFF | channel, note, _RELEASE_VELOCITY))


def ended_of(messages: list[bytes]) -> set[tuple[int, int]]:
    """Channel and note of every note that these messages end."""
    return {(one[0] & 0x0F, one[1]) for one in messages if one[0] & 0xF0 == _NOTE_OFF}


class _On:
    """A note that is on."""

    __slots__ = ("cents", "channel", "note", "voice")

    def __init__(self, voice: int, channel: int, note: int, cents: float) -> None:
        self.voice = voice
        self.channel = channel
        self.note = note
        self.cents = cents


class _Channel:
    """A channel: what is on in it, and where its bend and pressure stand at the instrument."""

    __slots__ = ("bend", "idle_since", "notes", "pressure", "ready")

    def __init__(self) -> None:
        self.notes: list[_On] = []
        self.bend = _UNKNOWN
        self.pressure = _UNKNOWN
        self.ready = False
        self.idle_since = 0


class Instrument:
    """The channels of one output. Every method answers with the messages to send, in order."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """The instrument has gone: nothing is on, and it must be set up anew when it is back."""
        self._has_zone = False
        self._count = 0
        self.doubt()

    def doubt(self) -> None:
        """Nothing is on, and it may have missed any setting: it is set up anew all the same."""
        self.way: Way | None = None
        self._channels = [_Channel() for _ in range(16)]
        self._on: dict[int, _On] = {}

    @property
    def on(self) -> set[tuple[int, int]]:
        """Channel and note of every note that is on."""
        return {(one.channel, one.note) for one in self._on.values()}

    def __len__(self) -> int:
        return len(self._on)

    def __contains__(self, voice: int) -> bool:
        return voice in self._on

    def note_on(
        self, voice: int, bus: int, note: int, cents: float, velocity: int, way: Way
    ) -> list[bytes]:
        """Begin a note. A way other than the one in use waits until nothing is on."""
        out = self.note_off(voice)
        if self.way is None or (self.way != way and not self._on):
            out += self._set_up(way)
        if len(self._on) >= MOST_NOTES:
            out += self.note_off(next(iter(self._on)))
        note, velocity = min(127, max(0, note)), min(127, max(1, velocity))
        if self.way == "mpe":
            at = self._member_for(note, self._bend_value(cents), out)
        else:
            at = PLAIN_CHANNELS[bus % len(PLAIN_CHANNELS)]
            out += self._end_same(at, note)
        channel = self._channels[at]
        self._count += 1
        if not channel.ready:
            out += _rpn(at, _RPN_BEND_RANGE, round(self._range_cents / 100.0), 0)
            channel.ready = True
        if not channel.notes:
            out += self._bend_to(at, cents) + self._press_to(at, 0)
        begun = _On(voice, at, note, cents)
        channel.notes.append(begun)
        self._on[voice] = begun
        out.append(bytes((_NOTE_ON | at, note, velocity)))
        return out

    def note_off(self, voice: int) -> list[bytes]:
        """End a note; nothing for one that is not on."""
        ended = self._on.pop(voice, None)
        if ended is None:
            return []
        channel = self._channels[ended.channel]
        channel.notes.remove(ended)
        self._count += 1
        channel.idle_since = self._count
        return [note_off(ended.channel, ended.note)]

    def bend(self, voice: int, cents: float) -> list[bytes]:
        """Bend a note that is alone in its channel to `cents` from where it began."""
        one = self._on.get(voice)
        if one is None or len(self._channels[one.channel].notes) > 1:
            return []
        return self._bend_to(one.channel, one.cents + cents)

    def pressure(self, voice: int, amount: float) -> list[bytes]:
        """Lean on a note, 0 to 1: the pressure of its channel."""
        one = self._on.get(voice)
        if one is None:
            return []
        return self._press_to(one.channel, round(min(1.0, max(0.0, amount)) * 127))

    def end_all(self) -> list[bytes]:
        """End every note that is on, and say "all notes off" in the channels that were used."""
        used = sorted({one.channel for one in self._on.values()})
        out = [message for voice in tuple(self._on) for message in self.note_off(voice)]
        return out + [bytes((_CONTROL | channel, _ALL_NOTES_OFF, 0)) for channel in used]

    # -- inside ------------------------------------------------------------------------------

    @property
    def _range_cents(self) -> float:
        return MPE_RANGE_CENTS if self.way == "mpe" else PLAIN_RANGE_CENTS

    def _set_up(self, way: Way) -> list[bytes]:
        self.way = way
        for channel in self._channels:
            channel.bend, channel.pressure, channel.ready = _UNKNOWN, _UNKNOWN, False
        had_zone, self._has_zone = self._has_zone, way == "mpe"
        if way == "mpe":
            return _rpn(0, _RPN_MPE_ZONE, len(MEMBERS))
        return _rpn(0, _RPN_MPE_ZONE, 0) if had_zone else []

    def _member_for(self, note: int, bend: int, out: list[bytes]) -> int:
        """A member channel: an idle one that stands right, the one idle longest, one to share.

        With all fifteen taken and none in tune the oldest note ends: better than a wrong pitch.
        """
        idle = [at for at in MEMBERS if not self._channels[at].notes]
        if idle:
            return min(idle, key=lambda at: self._idle_rank(at, bend))
        for at in MEMBERS:
            channel = self._channels[at]
            if channel.bend == bend and all(one.note != note for one in channel.notes):
                return at
        oldest = next(iter(self._on.values()))
        for one in tuple(self._channels[oldest.channel].notes):
            out += self.note_off(one.voice)
        return oldest.channel

    def _idle_rank(self, at: int, bend: int) -> tuple[bool, int]:
        channel = self._channels[at]
        return not (channel.ready and channel.bend == bend), channel.idle_since

    def _end_same(self, at: int, note: int) -> list[bytes]:
        same = [one.voice for one in self._channels[at].notes if one.note == note]
        return [message for voice in same for message in self.note_off(voice)]

    def _bend_value(self, cents: float) -> int:
        value = _BEND_CENTRE + round(cents / self._range_cents * _BEND_CENTRE)
        return min(_BEND_MOST, max(0, value))

    def _bend_to(self, at: int, cents: float) -> list[bytes]:
        channel, value = self._channels[at], self._bend_value(cents)
        if channel.bend == value:
            return []
        channel.bend = value
        return [bytes((_BEND | at, value & 0x7F, value >> 7))]

    def _press_to(self, at: int, value: int) -> list[bytes]:
        channel = self._channels[at]
        if channel.pressure == value:
            return []
        channel.pressure = value
        return [bytes((_PRESSURE | at, value))]


def _rpn(channel: int, number: int, *data: int) -> list[bytes]:
    """A registered parameter: its number, then one or two bytes of data."""
    status = _CONTROL | channel
    select = [bytes((status, _RPN_HIGH, 0)), bytes((status, _RPN_LOW, number))]
    values = zip((_DATA, _DATA_LOW), data, strict=False)
    return select + [bytes((status, control, value)) for control, value in values]
