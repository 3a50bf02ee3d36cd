"""The lamps of a controller, lit as its maker says it reads messages."""

from __future__ import annotations

from jamroom.devices.controller_files import Profile


class LampDevice:
    """What each lamp shows: (channel, colour) or ("rgb", bytes), by status and number."""

    def __init__(self, profile: Profile) -> None:
        self.lamps: dict[tuple[int, int], object] = {}
        self.setup: list[bytes] = []
        self._profile = profile
        self._rgb = next(lamp.rgb for lamp in profile.lamps.values() if lamp.rgb)

    def hears(self, message: bytes) -> None:
        if message[0] != 0xF0:
            status, number, colour = message
            self.lamps[status & 0xF0, number] = (status & 0x0F, colour)
            return
        if message.hex(" ").upper() in self._profile.at_connect:
            self.setup.append(message)
            return
        head, tail = bytes.fromhex(self._rgb.before), bytes.fromhex(self._rgb.after)
        assert message.startswith(head) and message.endswith(tail)
        assert all(byte < 0x80 for byte in message[1:-1])
        size = len(self._rgb.each.split())
        body = message[len(head) : len(message) - len(tail)]
        assert len(body) % size == 0
        controls = {p for b in self._profile.buttons if b.kind == "control" for p in b.numbers}
        for at in range(0, len(body), size):
            spec = body[at : at + size]
            led = spec[1]
            self.lamps[0xB0 if led in controls else 0x90, led] = ("rgb", spec[2:])
