"""One controller while it is played: what is down on it, and what each release will end."""

from __future__ import annotations

from collections.abc import Callable

from jamroom.devices.boards import ANY_CHANNEL, MODIFIERS, Board, Pad, Physical, Push
from jamroom.devices.mpe import SECOND
from jamroom.devices.switches import SwitchSense, Verdict
from jamroom.session.inputs import (
    AnyInput,
    Bend,
    Button,
    ButtonName,
    Control,
    KeyDown,
    KeyUp,
    Lean,
)

Hear = Callable[[int, AnyInput], None]
_NO_KEY = -1
_HAS_MANY_NOTES = ("pad", "drum", "perc", "key", "piano", "grid", "mpd", "mpc", "apc", "synth")
_PEDAL_VELOCITY = 100
_DOWN = 64
_PEDALS = range(64, 70)  # MIDI 1.0: damper, portamento, sostenuto, soft, legato, hold


class Surface:
    """A device of one input. Used under the lock of `Controllers`, except where said.

    `painting` grows whenever all lights must be painted anew; `present`, `board`, `painting` and
    `modifiers` are replaced whole and may be read from another thread.
    """

    def __init__(self, input_id: str, board: Board | None, hear: Hear) -> None:
        self.input_id = input_id
        self.board = board
        self.present = False
        self.painting = 0
        self.modifiers: tuple[ButtonName, ...] = ()  # held now, the last one counts
        self._hear = hear
        self._senses = self._new_senses()
        self._down: dict[Physical, int] = {}  # -> the key it began, or _NO_KEY
        self._buttons: dict[Physical, ButtonName] = {}  # modifiers that are held
        self._used: set[ButtonName] = set()
        self._slot = -1  # of the layer that was asked for last

    def _new_senses(self) -> SwitchSense | None:
        """Whatever has pads or buttons of its own is no switch, nor is a keyboard we know."""
        profile = self.board.profile if self.board else None
        if profile is not None and not profile.switch:
            return None
        name = self.input_id.casefold()
        by_notes = not any(word in name for word in _HAS_MANY_NOTES)
        return SwitchSense(sure=profile is not None, by_notes=by_notes)

    @property
    def keymap(self) -> str | None:
        """What a first touch should get; None when nothing is known."""
        if self._senses is not None and self._senses.is_switch:
            return "walk"
        return self.board.profile.first_keymap if self.board else None

    # -- coming and going ----------------------------------------------------------------------

    def plug_in(self) -> None:
        """It is there; if it was not, its mode is to be set and everything painted."""
        if not self.present:
            self.present = True
            self.painting += 1

    def unplug(self) -> None:
        """It is gone, with whatever was down on it: the room ends its notes by itself."""
        self.present = False
        self.all_up()

    def all_up(self) -> None:
        """Nothing is down on it any more; what sounded has ended by itself."""
        self.modifiers = ()
        self._down.clear()
        self._buttons.clear()
        if self._senses is not None:
            self._senses.unplugged()

    def change_board(self, board: Board | None) -> None:
        """From the next press on it is another device; what is down ends as it began."""
        self.board = board
        self._senses = self._new_senses()
        self.painting += 1

    # -- what it says --------------------------------------------------------------------------

    def take(self, stamp_ns: int, said: AnyInput, channel: int) -> None:
        """Make of it what its player meant."""
        if isinstance(said, KeyDown):
            self._press(stamp_ns, Physical("note", said.key, channel), said)
        elif isinstance(said, KeyUp):
            self._release(stamp_ns, Physical("note", said.key, channel), said)
        elif isinstance(said, Control):
            self._turn(stamp_ns, Physical("control", said.controller, channel), said)
        elif isinstance(said, Lean | Bend) and said.key >= 0:
            self._lean(stamp_ns, Physical("note", said.key, channel), said)
        else:
            self._hear(stamp_ns, said)

    def only_releases(self, stamp_ns: int, said: AnyInput, channel: int) -> None:
        """End what was down before; nothing else is heard."""
        if isinstance(said, KeyUp):
            self._end(stamp_ns, Physical("note", said.key, channel), said.velocity)
        elif isinstance(said, Control) and said.value < _DOWN:
            at = Physical("control", said.controller, channel)
            if not self._end(stamp_ns, at, 0) and said.controller in _PEDALS:
                self._hear(stamp_ns, said)  # it may have gone down before

    def press_unheard(self, stamp_ns: int, at: Physical) -> None:
        """Something is pressed that shall not sound, and its release neither."""
        self._end(stamp_ns, at, 0)
        self._hold(stamp_ns, at)

    def _hold(self, stamp_ns: int, at: Physical) -> None:
        self._end_of(stamp_ns, at, 0)
        self._down[at] = _NO_KEY

    def _press(self, stamp_ns: int, at: Physical, said: KeyDown) -> None:
        # The second of two equal notes of an MPE device (`mpe`) is the same pad.
        printed = Physical("note", said.key % SECOND, at.channel)
        place = self.board.find(printed) if self.board else None
        if place is not None:
            self._play(stamp_ns, at, place, said.velocity)
            return
        if self.board and self.board.is_silent(printed):
            self._hold(stamp_ns, at)
            return
        key = said.key
        if self._senses is not None:
            verdict = self._senses.note_on(said.key, said.velocity)
            self._end_switches(stamp_ns, verdict)
            key = verdict.key if verdict.key >= 0 else key
        # Keys of two channels are told apart before they come here (`mpe`), by their numbers.
        self._begin(stamp_ns, Physical("note", said.key), key, said.velocity)

    def _release(self, stamp_ns: int, at: Physical, said: KeyUp) -> None:
        if self._senses is not None:
            self._senses.note_off(said.key)
        if not self._end(stamp_ns, at, said.velocity):
            self._hear(stamp_ns, said)

    def _turn(self, stamp_ns: int, at: Physical, said: Control) -> None:
        if said.value < _DOWN and self._end(stamp_ns, at, 0):
            return
        place = self.board.find(at) if self.board else None
        if place is not None:
            if said.value >= _DOWN and self._held_at(at) not in self._down:
                self._play(stamp_ns, at, place, said.value)
            return
        if self.board and self.board.is_silent(at):
            return
        if self._senses is not None:
            verdict = self._senses.control(said.controller, said.value)
            self._end_switches(stamp_ns, verdict)
            if verdict.key >= 0:
                self._switch(stamp_ns, verdict)
                return
        self._hear(stamp_ns, said)

    def _switch(self, stamp_ns: int, verdict: Verdict) -> None:
        at = Physical("control", -1 - verdict.key)  # no wire has such a number
        if not verdict.down:
            self._end(stamp_ns, at, 0)
        elif at not in self._down:
            self._begin(stamp_ns, at, verdict.key, _PEDAL_VELOCITY)

    def _end_switches(self, stamp_ns: int, verdict: Verdict) -> None:
        for key in verdict.ended:
            for at in [at for at, down in self._down.items() if down == key]:
                self._end(stamp_ns, at, 0)

    def _lean(self, stamp_ns: int, at: Physical, said: Lean | Bend) -> None:
        """Pressure and bend of one key go to the key that its press began."""
        key = self._down.get(self._held_at(at), said.key)
        if key != _NO_KEY:
            self._hear(stamp_ns, _of_key(said, key))

    def _held_at(self, at: Physical) -> Physical:
        """Under which name a press is known: with its channel, without, or with any."""
        if at in self._down or at.channel != ANY_CHANNEL:
            return at if at in self._down else Physical(at.kind, at.number)
        same = (one for one in self._down if (one.kind, one.number) == (at.kind, at.number))
        return next(same, at)

    # -- pads and buttons ----------------------------------------------------------------------

    def _play(self, stamp_ns: int, at: Physical, place: Pad | Push, velocity: int) -> None:
        if isinstance(place, Pad):
            self._begin(stamp_ns, at, place.key, velocity)
            return
        self._hold(stamp_ns, at)
        if place.name in MODIFIERS:
            self._buttons[at] = place.name
            self._used.discard(place.name)
            self.modifiers = (*(n for n in self.modifiers if n != place.name), place.name)
        elif place.name == "layer":
            name = self.modifiers[-1] if self.modifiers else place.name
            self._used.add(name)
            self._slot = place.slot
            self._hear(stamp_ns, Button(-1, self.input_id, name, place.slot))
        else:
            self._hear(stamp_ns, Button(-1, self.input_id, place.name))

    def _let_modifier_go(self, stamp_ns: int, name: ButtonName) -> None:
        """Undo and redo alone are of the layer asked for last; the others alone do nothing."""
        self.modifiers = tuple(held for held in self.modifiers if held != name)
        if name in ("undo", "redo") and name not in self._used and self._slot >= 0:
            self._hear(stamp_ns, Button(-1, self.input_id, name, self._slot))

    def _begin(self, stamp_ns: int, at: Physical, key: int, velocity: int) -> None:
        if self._down.get(at, key) != key:
            self._end_of(stamp_ns, at, 0)
        self._down[at] = key
        self._hear(stamp_ns, KeyDown(-1, self.input_id, key, velocity))

    def _end(self, stamp_ns: int, at: Physical, velocity: int) -> bool:
        """End what a press began; False when nothing is known of one."""
        return self._end_of(stamp_ns, self._held_at(at), velocity)

    def _end_of(self, stamp_ns: int, at: Physical, velocity: int) -> bool:
        """The same, of a press known by just this name.

        Two pads may be the same key: it sounds until both are up.
        """
        if at not in self._down:
            return False
        key = self._down.pop(at)
        if name := self._buttons.pop(at, None):
            self._let_modifier_go(stamp_ns, name)
        if key != _NO_KEY and key not in self._down.values():
            self._hear(stamp_ns, KeyUp(-1, self.input_id, key, velocity))
        return True


def _of_key(said: Lean | Bend, key: int) -> Lean | Bend:
    if isinstance(said, Lean):
        return Lean(said.frame, said.input, key, said.pressure)
    return Bend(said.frame, said.input, said.amount, key, said.reach_cents)
