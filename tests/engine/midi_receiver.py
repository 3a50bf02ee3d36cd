"""An instrument at the other end of the cable: what it would sound, by its own reading of bytes."""

from __future__ import annotations


class Receiver:
    """Holds a set of outputs and reads what is sent to each as the MIDI and MPE texts say."""

    def __init__(self, *outputs: str) -> None:
        self.outputs = outputs
        self.sent: list[tuple[str, bytes, int]] = []
        self.full = False
        self.strict = True
        self.hushed = 0
        self.members = 0
        self.range_cents = [200.0] * 16
        self.bend = [0.0] * 16
        self.pressure = [0] * 16
        self.on: list[tuple[int, int]] = []
        self._rpn = [(127, 127)] * 16

    def send(self, output_id: str, message: bytes, at_ns: int = 0) -> bool:
        if output_id not in self.outputs or self.full:
            return False
        self.sent.append((output_id, message, at_ns))
        assert all(byte < 0x80 for byte in message[1:])
        kind, channel = message[0] & 0xF0, message[0] & 0x0F
        if kind == 0x90 and message[2]:
            assert (channel, message[1]) not in self.on, "a number twice in one channel"
            self.on.append((channel, message[1]))
        elif kind in (0x80, 0x90):
            if self.strict or (channel, message[1]) in self.on:
                self.on.remove((channel, message[1]))  # raises for a note that is not on
        elif kind == 0xE0:
            value = message[1] + (message[2] << 7)
            self.bend[channel] = (value - 8192) / 8192 * self.range_cents[channel]
        elif kind == 0xD0:
            self.pressure[channel] = message[1]
        elif kind == 0xB0:
            self._control(channel, message[1], message[2])
        return True

    def _control(self, channel: int, number: int, value: int) -> None:
        high, low = self._rpn[channel]
        if number == 101:
            self._rpn[channel] = (value, low)
        elif number == 100:
            self._rpn[channel] = (high, value)
        elif number == 6 and (high, low) == (0, 0):
            self.range_cents[channel] = value * 100.0
        elif number == 6 and (high, low) == (0, 6):
            assert channel == 0, "a lower zone is made on channel 1"
            self.members = value
            self.range_cents = [200.0] + [4800.0] * value + [200.0] * (15 - value)
            self.bend = [0.0] * 16

    def hush(self) -> None:
        """What was to come is dropped, and what is on ends."""
        self.hushed += 1
        self.on.clear()

    def replug(self) -> None:
        """Power off and on: it knows nothing of what it was told."""
        self.__init__(*self.outputs)  # type: ignore[misc]
        self.strict = False  # it is told to end what it sounded before

    def pitches(self) -> list[float]:
        """What sounds, in cents above MIDI note 0."""
        return sorted(note * 100.0 + self.bend[channel] for channel, note in self.on)
