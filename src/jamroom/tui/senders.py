"""What actions send: from the present scene to a message for the room, or to a line that says why
there is nothing to send.
"""

from __future__ import annotations

from collections.abc import Callable

from jamroom.clocks import clamp_bpm
from jamroom.messages import Ask, Gate, ToRoom
from jamroom.session.events import (
    EVERYBODY,
    NOW,
    AllPlayed,
    AllStopped,
    Consent,
    ConsentChosen,
    FreeLoopChosen,
    GroupPressed,
    LayerPressed,
    LayerSoloed,
    LevelChosen,
    LockChosen,
    LoopBarsChosen,
    MicrophoneSwitched,
    OctaveChosen,
    Quantise,
    QuantiseChosen,
    Request,
    TempoChosen,
)
from jamroom.tui.scene import Asked, Scene
from jamroom.views import SeatView, Snapshot

LEVEL_STEP_DB = 3.0
SEAT_LEVELS_DB = (-40.0, 6.0)
_ROOM_LEVELS_DB = (-60.0, 0.0)
_OCTAVES = 3
_LOOP_BARS = (1, 2, 4, 8)
_QUANTISES: tuple[Quantise, ...] = ("off", "beat", "bar", "loop")

NOBODY = "Nobody is playing yet: press one of the keys of the two middle rows first."

Sender = Callable[[Scene, Asked], ToRoom | tuple[ToRoom, ...] | str]


def ask(request: Request) -> Ask:
    """A request in its envelope."""
    return Ask(request)


def for_seat(make: Callable[[SeatView, Scene, Asked], Request]) -> Sender:
    """Something of the selected player's."""

    def send(scene: Scene, asked: Asked) -> ToRoom | str:
        seat = scene.selected
        return NOBODY if seat is None else ask(make(seat, scene, asked))

    return send


def for_room(make: Callable[[Snapshot, Asked], Request]) -> Sender:
    """Something of the room's."""

    def send(scene: Scene, asked: Asked) -> ToRoom | str:
        return ask(make(scene.snapshot, asked))

    return send


# -- loops -----------------------------------------------------------------------------------


def press_slot(slot: int) -> Sender:
    """The button of one layer of the selected player."""
    return for_seat(lambda seat, _, __: LayerPressed(NOW, seat.seat, slot))


def something_waits(snapshot: Snapshot) -> bool:
    """Whether a muted layer that holds something has no change queued."""
    layers = (layer for seat in snapshot.seats for layer in seat.layers)
    return any(x.phase == "muted" and (x.notes or x.audio) and not x.queued for x in layers)


def something_plays(snapshot: Snapshot) -> bool:
    """Whether any loop plays."""
    layers = (layer for seat in snapshot.seats for layer in seat.layers)
    return any(layer.phase in ("playing", "overdubbing") for layer in layers)


def _something_begins(snapshot: Snapshot) -> bool:
    layers = (layer for seat in snapshot.seats for layer in seat.layers)
    return any(x.phase in ("armed", "recording") or x.queued == "play" for x in layers)


def play_all(scene: Scene, asked: Asked) -> ToRoom | str:
    """All loops that rest."""
    if not something_waits(scene.snapshot) or asked.base("play all", False):
        return "No loop is waiting to be played again."
    asked.ask("play all", True)
    return ask(AllPlayed(NOW))


def stop_all(scene: Scene, _: Asked) -> ToRoom | str:
    """All loops, at the end of the bar."""
    if not something_plays(scene.snapshot) and not _something_begins(scene.snapshot):
        return "No loop is playing."
    return ask(AllStopped(NOW))


def solo(scene: Scene, _: Asked) -> ToRoom | str:
    """The selected loop alone; or no longer."""
    seat = scene.selected
    if seat is None:
        return NOBODY
    if not scene.layer.bars:
        return "That layer is empty: there is nothing to hear alone."
    return ask(LayerSoloed(NOW, seat.seat, scene.slot))


def solo_player(scene: Scene, _: Asked) -> ToRoom | str:
    """All loops of the selected player alone; or no longer."""
    seat = scene.selected
    return NOBODY if seat is None else ask(LayerSoloed(NOW, seat.seat, -1))


def press_group(group: int) -> Sender:
    """The button of a group."""

    def send(scene: Scene, _: Asked) -> ToRoom | str:
        layers = (layer for seat in scene.snapshot.seats for layer in seat.layers)
        if all(layer.group != group for layer in layers):
            return f"Group {group} is empty. Shift+G puts the selected loop into a group."
        return ask(GroupPressed(NOW, group))

    return send


def next_loop_bars(snapshot: Snapshot, asked: Asked) -> Request:
    """1, 2, 4 or 8 bars, in turn."""
    bars = asked.base("loop bars", snapshot.loop_bars)
    longer = [b for b in _LOOP_BARS if b > bars]
    return LoopBarsChosen(NOW, asked.ask("loop bars", longer[0] if longer else _LOOP_BARS[0]))


def next_quantise(snapshot: Snapshot, asked: Asked) -> Request:
    """Where loops start and stop, in turn."""
    at = _QUANTISES.index(asked.base("quantise", snapshot.quantise))
    return QuantiseChosen(NOW, asked.ask("quantise", _QUANTISES[(at + 1) % len(_QUANTISES)]))


def toggle_free_loop(snapshot: Snapshot, asked: Asked) -> Request:
    """Whether the room's first loop sets the tempo."""
    return FreeLoopChosen(NOW, asked.ask("free", not asked.base("free", snapshot.free_loop)))


# -- players and the room --------------------------------------------------------------------


def tempo(step: float) -> Sender:
    """Some beats a minute faster."""

    def make(snapshot: Snapshot, asked: Asked) -> Request:
        bpm = clamp_bpm(asked.base("bpm", snapshot.next_bpm) + step)
        return TempoChosen(NOW, asked.ask("bpm", bpm))

    return for_room(make)


def stepped_level(asked: Asked, seat: int, current_db: float, step_db: float) -> Request:
    """A level some dB higher; of the room for EVERYBODY."""
    low, high = _ROOM_LEVELS_DB if seat == EVERYBODY else SEAT_LEVELS_DB
    name = f"level {seat}"
    level = min(high, max(low, asked.base(name, current_db) + step_db))
    return LevelChosen(NOW, seat, asked.ask(name, level))


def room_level(step_db: float) -> Sender:
    """The room louder."""
    return for_room(lambda snap, a: stepped_level(a, EVERYBODY, snap.room_level_db, step_db))


def seat_level(step_db: float) -> Sender:
    """The selected player louder."""
    return for_seat(lambda seat, _, a: stepped_level(a, seat.seat, seat.level_db, step_db))


def octave(step: int) -> Sender:
    """The selected player's keys higher."""

    def make(seat: SeatView, _: Scene, asked: Asked) -> Request:
        name = f"octave {seat.seat}"
        now = min(_OCTAVES, max(-_OCTAVES, asked.base(name, seat.octave) + step))
        return OctaveChosen(NOW, seat.seat, asked.ask(name, now))

    return for_seat(make)


def toggle_gate(scene: Scene, asked: Asked) -> ToRoom | str:
    """How letter keys end."""
    latch = not asked.base("latch", scene.snapshot.latch)
    return Gate(latch=asked.ask("latch", latch), length_s=scene.snapshot.gate_s)


def toggle_lock(snapshot: Snapshot, asked: Asked) -> Request:
    """The performance lock."""
    return LockChosen(NOW, asked.ask("lock", not asked.base("lock", snapshot.locked)))


def toggle_microphone(snapshot: Snapshot, asked: Asked) -> Request:
    """The microphone."""
    return MicrophoneSwitched(NOW, asked.ask("mic", not asked.base("mic", snapshot.microphone)))


# -- care ------------------------------------------------------------------------------------


def answer(consent: Consent) -> Sender:
    """The group's answer, while nobody has given one."""

    def send(scene: Scene, _: Asked) -> ToRoom | str:
        if scene.snapshot.keeping != "undecided":
            return 'The group has decided already. To change it: Ctrl+P, "change: today is ...".'
        return ask(ConsentChosen(NOW, EVERYBODY, consent))

    return send


def seat_consent(consent: Consent) -> Sender:
    """What may be kept of the selected player."""
    return for_seat(lambda seat, _, __: ConsentChosen(NOW, seat.seat, consent))


def room_consent(consent: Consent) -> Sender:
    """What may be kept of everybody who has not chosen."""
    return for_room(lambda _, __: ConsentChosen(NOW, EVERYBODY, consent))
