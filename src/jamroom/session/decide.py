"""What an input or a request comes to: checked, resolved, stamped events. Reads the state only.

Here a key becomes the notes that sound (keymap and palette at this moment), a first touch becomes
a seat, and a console's wish becomes a fact or a refusal. What was decided stands in the journal,
so a replay needs neither keymaps nor devices.
"""

from __future__ import annotations

import math
from typing import assert_never

import msgspec

from jamroom.clocks import MAX_BPM, MIN_BPM
from jamroom.music.keymaps import KEYMAPS, tones_for
from jamroom.music.meter import Meter
from jamroom.music.palette import Palette
from jamroom.session import events as ev
from jamroom.session.badges import BADGES
from jamroom.session.hands import PEDAL_DOWN, SUSTAIN
from jamroom.session.inputs import AnyInput, Bend, Control, InputGone, KeyDown, KeyUp, Lean
from jamroom.session.state import SLOTS, Seat, State, hold_of, part_of

BEND_CENTS = 200.0
"""What a pitch wheel reaches, as on nearly every keyboard."""
ALL_OFF = (120, 123, 124, 125, 126, 127)
"""Controllers that end every note: all sound off, all notes off, and the four modes."""
RESET = 121
"""The controller that puts pedal and wheel back to rest."""
LOOP_BARS = (1, 2, 4, 8)
SEAT_LEVELS_DB = (-40.0, 6.0)
ROOM_LEVELS_DB = (-60.0, 0.0)
OCTAVES = (-3, 3)

_PAD_WORDS = ("pad", "apc", "mpd", "beatstep", "maschine", "grid", "keys:")
_DRUM_WORDS = ("drum", "perc")


class Refusal(ValueError):
    """A request that makes no sense just now; the text is for people."""


class Habits(msgspec.Struct, frozen=True):
    """What a new seat gets when nobody said anything."""

    patches: tuple[str, ...] = ("mallet", "string", "pad", "bass", "choir")
    drum_patch: str = "frame-drum"
    first_seat: int = 0


def decide(
    state: State, request: AnyInput | ev.AnyEvent, habits: Habits | None = None
) -> tuple[ev.AnyEvent, ...]:
    """The events that an input, or a stamped request, comes to.

    Raises Refusal when a console asks for what cannot be.
    """
    if isinstance(request, ev.Event):
        return _allow(state, request)
    return _hear(state, request, habits or Habits())


# -- devices ---------------------------------------------------------------------------------


def _hear(state: State, heard: AnyInput, habits: Habits) -> tuple[ev.AnyEvent, ...]:
    seat = next((s for s in state.seats.values() if s.input == heard.input), None)
    if isinstance(heard, KeyDown):
        arrival: tuple[ev.AnyEvent, ...] = ()
        if seat is None or not seat.present:
            seat, arrival = _sit_down(state, heard, seat, habits)
        return (*arrival, *_press(state, seat, heard))
    if seat is None:
        return ()
    if isinstance(heard, KeyUp):
        return _let_go(state, seat.id, heard.key, heard.frame, heard.velocity)
    if isinstance(heard, Bend):
        amount = min(1.0, max(-1.0, heard.amount))
        return (ev.Bent(heard.frame, seat.id, round(amount * BEND_CENTS, 3)),)
    if isinstance(heard, Lean):
        return (ev.Leaned(heard.frame, seat.id, heard.key, _seven_bits(heard.pressure)),)
    if isinstance(heard, Control):
        return _turn(state, seat.id, heard)
    if isinstance(heard, InputGone):
        # Without a key a seat is not taken, but a pedal may be down on it.
        left = (ev.SeatLeft(heard.frame, seat.id),) if seat.present else ()
        return (*_hands_off(state, seat.id, heard.frame), *left)
    assert_never(heard)


def _sit_down(
    state: State, heard: KeyDown, known: Seat | None, habits: Habits
) -> tuple[Seat, tuple[ev.AnyEvent, ...]]:
    if known is None:
        number = max((habits.first_seat - 1, *state.seats)) + 1
        name = heard.input.lower()
        drums = any(word in name for word in _DRUM_WORDS)
        melodic = sum(s.keymap != "drums" for s in state.seats.values())
        patch = habits.drum_patch if drums else habits.patches[melodic % len(habits.patches)]
        badge = BADGES[number % len(BADGES)].name
        known = Seat(number, badge, heard.input, patch, _first_keymap(name, drums))
    event = ev.SeatTaken(heard.frame, known.id, known.badge, known.input, known.patch, known.keymap)
    return known, (event,)


def _first_keymap(input_name: str, drums: bool) -> str:
    if drums:
        return "drums"
    if input_name.startswith("play:"):
        return "free"
    return "ladder" if any(word in input_name for word in _PAD_WORDS) else "white"


def _press(state: State, seat: Seat, heard: KeyDown) -> tuple[ev.AnyEvent, ...]:
    again = _let_go(state, seat.id, heard.key, heard.frame, 64)
    velocity = max(1, _seven_bits(heard.velocity))
    octave = seat.octave + (1 if seat.input == "keys:high" else 0)
    tones = tones_for(seat.keymap, state.palette, heard.key, octave)
    notes = (ev.Played(heard.frame, seat.id, heard.key, t.note, t.cents, velocity) for t in tones)
    return (*again, *notes)


def _turn(state: State, seat: int, heard: Control) -> tuple[ev.AnyEvent, ...]:
    controller, value = _seven_bits(heard.controller), _seven_bits(heard.value)
    before: tuple[ev.AnyEvent, ...] = ()
    if controller in ALL_OFF:
        before = _hands_off(state, seat, heard.frame)
    elif controller == RESET:
        before = _at_rest(state, seat, heard.frame)
    return (*before, ev.Controlled(heard.frame, seat, controller, value))


def _let_go(
    state: State, seat: int, key: int, frame: int, velocity: int
) -> tuple[ev.AnyEvent, ...]:
    voices = state.held.get(hold_of(seat, key), ())
    return tuple(
        ev.Released(frame, seat, key, state.sounding[v].note, velocity)
        for v in voices
        if v in state.sounding
    )


def _hands_off(state: State, seat: int, frame: int) -> tuple[ev.AnyEvent, ...]:
    keys = sorted({h % 256 for h in state.held if h // 256 == seat})
    offs = (e for key in keys for e in _let_go(state, seat, key, frame, 64))
    return (*offs, *_at_rest(state, seat, frame))


def _at_rest(state: State, seat: int, frame: int) -> tuple[ev.AnyEvent, ...]:
    offs: list[ev.AnyEvent] = []
    if seat in state.pedals:
        offs.append(ev.Controlled(frame, seat, SUSTAIN, PEDAL_DOWN - 64))
    if state.bends.get(part_of(seat)):
        offs.append(ev.Bent(frame, seat, 0.0))
    return tuple(offs)


def _seven_bits(value: int) -> int:
    return min(127, max(0, value))


# -- consoles --------------------------------------------------------------------------------


def _allow(state: State, request: ev.AnyEvent) -> tuple[ev.AnyEvent, ...]:
    seat = ev.seat_of(request)
    everybody_can = isinstance(request, ev.LevelChosen | ev.ConsentChosen | ev.Kept)
    if seat == ev.EVERYBODY and not everybody_can:
        raise Refusal("That is for one player at a time: choose a player first.")
    if seat is not None and seat != ev.EVERYBODY and seat not in state.seats:
        raise Refusal("That player is not here.")
    if isinstance(request, ev.Panicked | ev.Resumed | ev.Closed):
        everybody = (_hands_off(state, s, request.frame) for s in sorted(state.seats))
        return (*(event for offs in everybody for event in offs), request)
    try:
        return (_checked(request),)
    except (ValueError, OverflowError) as error:
        raise Refusal(str(error)) from None


def _checked(request: ev.AnyEvent) -> ev.AnyEvent:
    """The request with numbers in range. Raises ValueError where there is no nearest sense."""
    if isinstance(request, ev.PaletteChosen):
        Palette(request.root, request.scale)
    elif isinstance(request, ev.MeterChosen):
        Meter(request.pulses, request.unit)
    elif isinstance(request, ev.TempoChosen):
        if not math.isfinite(request.bpm) or not MIN_BPM <= request.bpm <= MAX_BPM:
            raise ValueError(f"A tempo lies between {MIN_BPM:g} and {MAX_BPM:g} beats a minute.")
    elif isinstance(request, ev.LoopBarsChosen | ev.Kept):
        if request.bars not in LOOP_BARS:
            raise ValueError("A loop is 1, 2, 4 or 8 bars long.")
    elif isinstance(request, ev.KeymapChosen):
        if request.keymap not in KEYMAPS:
            raise ValueError(f"There is no keymap {request.keymap!r}.")
    elif isinstance(request, ev.LevelChosen):
        limits = ROOM_LEVELS_DB if request.seat == ev.EVERYBODY else SEAT_LEVELS_DB
        return ev.LevelChosen(request.frame, request.seat, _within(request.level_db, limits))
    elif isinstance(request, ev.OctaveChosen):
        octave = min(OCTAVES[1], max(OCTAVES[0], request.octave))
        return ev.OctaveChosen(request.frame, request.seat, octave)
    elif hasattr(request, "slot") and not 0 <= request.slot < SLOTS:
        raise ValueError(f"A player has {SLOTS} layers.")
    elif isinstance(request, ev.Marked):
        return ev.Marked(request.frame, request.text[:200])
    return request


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(limits[1], max(limits[0], value)) if math.isfinite(value) else 0.0
