"""Lights that follow the music, and never more than a cable carries.

At each tick every lamp has a wanted paint and the one it was told last. Only differences are sent:
buttons of layers and pads that sound first, then whatever has waited longest. Nothing queues up,
so after any storm a lamp goes straight to its newest state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from jamroom.devices.boards import Board, Pad, Physical, Push
from jamroom.devices.controller_files import Lamp
from jamroom.devices.controllers import Controllers
from jamroom.devices.lamp_codes import (
    DARK,
    SHORT,
    Paint,
    paint,
    rgb_length,
    rgb_message,
    shade_of,
    short_message,
)
from jamroom.devices.light_views import LightView, Look, pad_looks, push_looks
from jamroom.devices.surface import Surface

BYTES_PER_S = 2900
"""A DIN cable carries 3,125 bytes a second (MIDI 1.0); the rest is for pressure of the moment."""
MOST_AT_ONCE = 58
"""What one tick may send: 19 lamps, so all that changes together follows in two ticks or three."""

Send = Callable[[str, bytes], bool]


class Lights:
    """The lamps of all controllers. Everything here belongs to the one thread that ticks."""

    def __init__(self, controllers: Controllers, send: Send) -> None:
        """`send(input_id, message)` must not block; False means: not now, ask again."""
        self._controllers = controllers
        self._send = send
        self._panels: dict[str, Panel] = {}

    def tick(self, now_ns: int, views: Mapping[str, LightView]) -> None:
        """Send what should be sent now; about 50 times a second. `views` are by input.

        A device without a view is one where nobody sits: its pads glow and its buttons are dark.
        """
        for input_id, surface in self._controllers.surfaces().items():
            board = surface.board
            if not surface.present or board is None:
                self._panels.pop(input_id, None)
                continue
            panel = self._panels.get(input_id)
            if panel is None or panel.painting != surface.painting or panel.board is not board:
                panel = self._panels[input_id] = Panel(surface, board, now_ns)
            panel.tick(now_ns, views.get(input_id), self._send)

    def close(self) -> None:
        """Put out what is lit; before the controllers are closed."""
        for panel in self._panels.values():
            panel.put_out(self._send)
        self._panels.clear()


class Panel:
    """The lamps of one device: what they were told last, and how much may be sent now."""

    def __init__(self, surface: Surface, board: Board, now_ns: int) -> None:
        self.board = board
        self.painting = surface.painting
        self._surface = surface
        self._setup = [bytes.fromhex(message) for message in board.profile.at_connect]
        self._lamps = board.profile.lamps
        self._places: tuple[Push | Pad, ...] = (*board.pushes, *board.pads)
        self._keys = tuple(pad.key for pad in board.pads)
        self._told: list[Paint | None] = [None] * len(self._places)
        self._wanted: list[Paint] = [DARK] * len(self._places)
        self._shown_looks: tuple[Look, ...] = ()
        self._colour = ""
        self._blinking: list[int] = []
        self._behind = True  # some lamp may not be told what is wanted
        self._since = [0] * len(self._places)  # tick at which it was wanted otherwise
        self._first = [False] * len(self._places)
        self._ticks = 0
        self._free_bytes = float(MOST_AT_ONCE)
        self._then_ns = now_ns

    def tick(self, now_ns: int, view: LightView | None, send: Send) -> None:
        """Tell the lamps what has changed, as far as the cable has room."""
        earned = max(0, now_ns - self._then_ns) * BYTES_PER_S / 1e9
        self._free_bytes = min(MOST_AT_ONCE, self._free_bytes + earned)
        self._then_ns = now_ns
        self._ticks += 1
        if self._setup:  # lamps come a tick later, when the device is in its mode
            self._set_up(send)
            return
        self._want(view)
        if self._behind:
            waiting = [n for n, want in enumerate(self._wanted) if self._told[n] != want]
            waiting.sort(key=lambda n: (not self._first[n], self._since[n], n))
            self._behind = bool(waiting)
            self._tell(waiting, send)

    def _set_up(self, send: Send) -> None:
        while self._setup and self._paid(len(self._setup[0])) and self._say(self._setup[0], send):
            del self._setup[0]

    def _want(self, view: LightView | None) -> None:
        """Most ticks change nothing but the beat, and that only where something blinks."""
        looks = self._looks(view)
        colour, phase = (view.badge_colour, view.beat_phase) if view else ("#f4f4f4", 0.0)
        changed: Iterable[int] = self._blinking
        if looks != self._shown_looks or colour != self._colour:
            changed = range(len(looks))
            self._shown_looks, self._colour = looks, colour
            self._blinking = [n for n, look in enumerate(looks) if self._blinks(n, look)]
        for n in changed:
            self._want_one(n, looks[n], colour, phase)

    def _blinks(self, n: int, look: Look) -> bool:
        lamp = self._places[n].lamp
        return bool(lamp) and shade_of(self._lamps[lamp].looks, look).blinks > 0

    def _want_one(self, n: int, look: Look, colour: str, phase: float) -> None:
        place = self._places[n]
        if not place.lamp:
            self._told[n] = DARK
            return
        want = paint(self._lamps[place.lamp], look, colour, phase)
        if want != self._wanted[n]:
            self._wanted[n] = want
            self._first[n] = isinstance(place, Push) or look == "sounding"
            self._since[n] = self._ticks
            self._behind = True

    def _looks(self, view: LightView | None) -> tuple[Look, ...]:
        if view is None:
            dark: Look = "dark"
            glow: Look = "pad"
            return (*[dark] * len(self.board.pushes), *[glow] * len(self.board.pads))
        return (
            *push_looks(self.board, view, self._surface.modifiers),
            *pad_looks(self._keys, view),
        )

    def _tell(self, waiting: list[int], send: Send) -> None:
        true: dict[str, list[int]] = {}  # lamps in true colour share a message
        for n in waiting:
            place, want = self._places[n], self._wanted[n]
            if want.rgb is not None:
                true.setdefault(place.lamp, []).append(n)
            elif not self._paid(SHORT):
                return
            elif self._say(short_message(place.at, want), send):
                self._told[n] = want
        for lamp, lamps in true.items():
            self._tell_true(self._lamps[lamp], lamps, send)

    def _tell_true(self, lamp: Lamp, waiting: list[int], send: Send) -> None:
        rgb = lamp.rgb
        assert rgb is not None
        while waiting:
            several = min(len(waiting), rgb.at_once)
            while several and not self._paid(rgb_length(rgb, several)):
                several -= 1
            if not several:
                return
            some, waiting = waiting[:several], waiting[several:]
            lamps: list[tuple[Physical, Paint]] = [
                (self._places[n].at, self._wanted[n]) for n in some
            ]
            if self._say(rgb_message(rgb, lamps), send):
                for n in some:
                    self._told[n] = self._wanted[n]

    def _paid(self, size: int) -> bool:
        """Whether there is room for a message; a long one needs a tick for itself."""
        return self._free_bytes >= min(size, MOST_AT_ONCE)

    def _say(self, message: bytes, send: Send) -> bool:
        if not send(self._surface.input_id, message):
            return False
        self._free_bytes -= len(message)
        return True

    def put_out(self, send: Send) -> None:
        """All lamps dark, unless the device lights its own as it leaves its mode."""
        if self.board.profile.at_leave:
            return
        for n, place in enumerate(self._places):
            if place.lamp and self._told[n] not in (None, DARK):
                lamp = self._lamps[place.lamp]
                dark = paint(lamp, "dark", "#000000", 0.0)
                if dark.rgb is None:
                    send(self._surface.input_id, short_message(place.at, dark))
                elif lamp.rgb is not None:
                    send(self._surface.input_id, rgb_message(lamp.rgb, [(place.at, dark)]))
