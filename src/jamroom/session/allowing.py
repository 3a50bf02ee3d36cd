"""What a console asks for, checked: a request becomes facts with numbers in range, or a refusal."""

from __future__ import annotations

import math

from jamroom.clocks import MAX_BPM, MIN_BPM
from jamroom.music.keymaps import KEYMAPS
from jamroom.music.meter import Meter
from jamroom.music.palette import Palette
from jamroom.session import events as ev
from jamroom.session import free_loop, groups, keeping, scenes
from jamroom.session.arriving import (
    MICROPHONE,
    MOST_PLAYERS,
    Habits,
    microphone_seat,
    seat_in,
    taken,
)
from jamroom.session.badges import BADGES
from jamroom.session.clips import SOUND_INPUTS
from jamroom.session.letting_go import hands_off
from jamroom.session.locking import destroys
from jamroom.session.state import SLOTS, State, layer_id

LOOP_BARS = (1, 2, 4, 8, 16, 32, 64)
SEAT_LEVELS_DB = (-40.0, 6.0)
ROOM_LEVELS_DB = (-60.0, 0.0)
SENDS_DB = (-80.0, 0.0)
CEILINGS_DBFS = (-24.0, -6.0)
ECHO_BEATS = (0.125, 4.0)
MOST_FEEDBACK = 0.8
OCTAVES = (-3, 3)
GROUPS = 8

_LONGEST_NAME = 40
_LONGEST_DEVICE = 200
_MOST_DEVICES = 64
_SHAPING_AMOUNTS = {"shift": (-16.0, 16.0), "transpose": (-28.0, 28.0), "tighten": (0.0, 1.0)}


class Refusal(ValueError):
    """A request that makes no sense just now; the text is for people."""


def seven_bits(value: int) -> int:
    """A number as a MIDI data byte can hold it."""
    return min(127, max(0, value))


def allow(state: State, request: ev.AnyEvent, habits: Habits) -> tuple[ev.AnyEvent, ...]:
    """The facts that a request comes to. Raises Refusal."""
    seat = ev.seat_of(request)
    everybody_can = isinstance(request, ev.LevelChosen | ev.ConsentChosen | ev.Kept)
    if seat == ev.EVERYBODY and not everybody_can:
        raise Refusal("That is for one player at a time: choose a player first.")
    if seat is not None and seat != ev.EVERYBODY and seat not in state.seats:
        raise Refusal("That player is not here.")
    if state.locked and destroys(state, request):
        raise Refusal("The lock is on, so nothing can be lost. Take it off to do that.")
    try:
        facts = _facts(state, _checked(state, request), habits)
    except (ValueError, OverflowError) as error:
        raise Refusal(str(error)) from None
    return (*_hands_off_before(state, request), *facts)


def _hands_off_before(state: State, request: ev.AnyEvent) -> tuple[ev.AnyEvent, ...]:
    """Whoever changes places lets go first, so that no note is left with nobody to end it."""
    if isinstance(request, ev.Panicked | ev.Resumed | ev.Closed):
        seats = sorted(state.seats)
    elif isinstance(request, ev.SeatsSwapped):
        seats = [request.seat, request.other]
    elif isinstance(request, ev.InputChosen):
        other = seat_in(state, request.input)
        seats = [request.seat] if other is None else [request.seat, other.id]
    else:
        return ()
    return tuple(event for seat in seats for event in hands_off(state, seat, request.frame))


def _facts(state: State, request: ev.AnyEvent, habits: Habits) -> tuple[ev.AnyEvent, ...]:
    if not isinstance(request, ev.MicrophoneSwitched):
        for resolved in _RESOLVED:
            request = resolved(state, request)
        return (request,)
    if request.on:
        return (request, taken(microphone_seat(state, habits), request.frame))
    seat = seat_in(state, MICROPHONE)
    return (request, ev.SeatLeft(request.frame, seat.id)) if seat and seat.present else (request,)


# -- what is checked -------------------------------------------------------------------------


def _checked(state: State, request: ev.AnyEvent) -> ev.AnyEvent:
    """The request with numbers in range. Raises ValueError where there is no nearest sense."""
    if isinstance(request, _OF_LOOPS):
        return _checked_loop(state, request)
    if isinstance(request, _OF_SEATS):
        return _checked_seat(state, request)
    return _checked_room(state, request)


def _checked_room(state: State, request: ev.AnyEvent) -> ev.AnyEvent:
    match request:
        case ev.PaletteChosen(_, root, scale):
            Palette(root, scale)
        case ev.MeterChosen(_, pulses, unit):
            Meter(pulses, unit)
        case ev.TempoChosen() | ev.TempoTapped() if state.clock_input:
            clock = state.clock_input.partition(":")[2]
            raise ValueError(f"The tempo comes from {clock}. Choose the room's own clock first.")
        case ev.TempoChosen(_, bpm) if not MIN_BPM <= bpm <= MAX_BPM:  # true for NaN
            raise ValueError(f"A tempo lies between {MIN_BPM:g} and {MAX_BPM:g} beats a minute.")
        case ev.FreeLoopChosen(_, True) if _holds_loops(state):
            raise ValueError(
                "There are loops already, so the tempo stands. In a room without loops the first"
                " one can set it."
            )
        case ev.LoopBarsChosen(_, bars) if bars not in LOOP_BARS:
            raise ValueError(_WHICH_BARS)
        case ev.EchoChosen(frame, beats, feedback):
            feedback = _within(feedback, (0.0, MOST_FEEDBACK))
            return ev.EchoChosen(frame, _within(beats, ECHO_BEATS), feedback)
        case ev.CeilingChosen(frame, ceiling_dbfs):
            return ev.CeilingChosen(frame, _within(ceiling_dbfs, CEILINGS_DBFS))
        case ev.KeyboardSplit(frame, input_id, lowest):
            _check_input(input_id)
            if lowest and input_id not in state.splits and len(state.splits) >= _MOST_DEVICES:
                raise ValueError("So many keyboards are shared already.")
            return ev.KeyboardSplit(frame, input_id, _split_points(lowest))
        case ev.ClockChosen(_, input_id):
            _check_name(input_id, "clock")
        case ev.ClockSent(_, output, on):
            _check_name(output, "output")
            if (
                on
                and output not in state.clock_outputs
                and len(state.clock_outputs) >= _MOST_DEVICES
            ):
                raise ValueError("So many outputs get the clock already.")
        case ev.Marked(frame, text):
            return ev.Marked(frame, text[:200])
    return request


def _holds_loops(state: State) -> bool:
    return any(not layer.content.empty for layer in state.layers.values())


def _split_points(lowest: tuple[int, ...]) -> tuple[int, ...]:
    points = tuple(sorted(set(lowest)))
    if len(points) >= MOST_PLAYERS or any(not 0 < point < 128 for point in points):
        raise ValueError(f"A keyboard has room for {MOST_PLAYERS} players, each with a key.")
    return points


def _checked_seat(state: State, request: ev.AnyEvent) -> ev.AnyEvent:
    match request:
        case ev.KeymapChosen(_, _, keymap) if keymap not in KEYMAPS:
            raise ValueError(f"There is no keymap {keymap!r}.")
        case ev.LevelChosen(frame, seat, level_db):
            limits = ROOM_LEVELS_DB if seat == ev.EVERYBODY else SEAT_LEVELS_DB
            return ev.LevelChosen(frame, seat, _within(level_db, limits))
        case ev.PanChosen(frame, seat, pan):
            return ev.PanChosen(frame, seat, _within(pan, (-1.0, 1.0)))
        case ev.SendChosen(frame, seat, effect, send_db):
            return ev.SendChosen(frame, seat, effect, _within(send_db, SENDS_DB))
        case ev.OctaveChosen(frame, seat, octave):
            return ev.OctaveChosen(frame, seat, min(OCTAVES[1], max(OCTAVES[0], octave)))
        case ev.BadgeChosen(_, seat, badge):
            _check_badge(state, seat, badge)
        case ev.InputChosen(_, seat, input_id):
            _check_input(input_id)
            _check_not_sound(input_id, state.seats[seat].input)
        case ev.SeatsSwapped(_, _, other) if other not in state.seats:
            raise ValueError("That player is not here.")
        case ev.SeatsSwapped(_, seat, other):
            _check_not_sound(state.seats[seat].input, state.seats[other].input)
        case ev.PatchChosen(_, _, patch):
            _check_name(patch, "sound")
    return request


def _check_input(input_id: str) -> None:
    if not input_id:
        raise ValueError("Choose something to play on.")
    _check_name(input_id, "input")


def _check_not_sound(*inputs: str) -> None:
    if any(input_id.startswith(SOUND_INPUTS) for input_id in inputs):
        raise ValueError("The microphone stays with its own player.")


def _check_name(name: str, what: str) -> None:
    if len(name) > _LONGEST_DEVICE:
        raise ValueError(f"There is no {what} with so long a name.")


def _check_badge(state: State, seat: int, badge: str) -> None:
    if all(one.name != badge for one in BADGES):
        raise ValueError(f"There is no badge {badge!r}.")
    if any(one.badge == badge and one.id != seat for one in state.seats.values()):
        raise ValueError(f"Somebody else is the {badge} already.")


def _checked_loop(state: State, request: ev.AnyEvent) -> ev.AnyEvent:
    slot = getattr(request, "slot", 0)
    if not (-1 if isinstance(request, ev.LayerSoloed) else 0) <= slot < SLOTS:
        raise ValueError(f"A player has {SLOTS} layers.")
    match request:
        case ev.Kept(_, _, bars) if bars not in LOOP_BARS:
            raise ValueError(_WHICH_BARS)
        case ev.LayerGrouped(_, _, _, group) if not 0 <= group <= GROUPS:
            raise ValueError(f"There are {GROUPS} groups.")
        case ev.GroupPressed(_, group) if not 1 <= group <= GROUPS:
            raise ValueError(f"There are {GROUPS} groups.")
        case ev.SceneRecalled(_, scene) if all(one.id != scene for one in state.scenes):
            raise ValueError("That moment is forgotten; choose another one.")
        case ev.SceneKept(frame, name):
            return ev.SceneKept(frame, " ".join(name.split())[:_LONGEST_NAME])
        case ev.LayerShaped(frame, seat, slot, shaping, amount):
            layer = state.layers.get(layer_id(seat, slot))
            if layer is None or layer.content.empty:
                raise ValueError("That layer is empty: there is nothing to change yet.")
            limits = _SHAPING_AMOUNTS.get(shaping, (0.0, 1.0))
            return ev.LayerShaped(frame, seat, slot, shaping, _within(amount, limits))
    return request


def _within(value: float, limits: tuple[float, float]) -> float:
    return min(limits[1], max(limits[0], value if math.isfinite(value) else 0.0))


_RESOLVED = (free_loop.resolved, groups.resolved, keeping.resolved, scenes.resolved)
_WHICH_BARS = "A loop is 1, 2, 4, 8, 16, 32 or 64 bars long."
_OF_SEATS = (
    ev.PatchChosen
    | ev.KeymapChosen
    | ev.OctaveChosen
    | ev.LevelChosen
    | ev.PanChosen
    | ev.SendChosen
    | ev.BadgeChosen
    | ev.InputChosen
    | ev.SeatsSwapped
)
_OF_LOOPS = (
    ev.LayerPressed
    | ev.LayerOverdubbed
    | ev.LayerCleared
    | ev.LayerUndone
    | ev.LayerRedone
    | ev.LayerShaped
    | ev.LayerSoloed
    | ev.LayerGrouped
    | ev.GroupPressed
    | ev.SceneKept
    | ev.SceneRecalled
    | ev.Kept
)
