"""What the lamps of a controller should say about its player, as names of looks. Pure.

A look is a row of the table of states (`controller_files.Looks`); how it is lit is the profile's
affair. Nothing here knows a colour, a message or a clock.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

import msgspec

from jamroom.devices.boards import MODIFIERS, Board, Push
from jamroom.music.keymaps import tones_for
from jamroom.music.palette import (
    Palette,
    Tone,
    contains,
    period_of,
    pitch_cents,
    root_at_or_above,
)
from jamroom.session.badges import BADGES, badge_named
from jamroom.session.inputs import ButtonName
from jamroom.session.state import Layer, Phase, Seat, State

Look = Literal[
    "dark",
    "pad",
    "root",
    "sounding",
    "empty",
    "armed",
    "downbeat",
    "recording",
    "overdubbing",
    "playing",
    "seam",
    "muted",
    "queued",
    "button",
    "held",
]
_BY_KEY = ("free", "magnet")  # keymaps whose keys are themselves, in the palette or out of it
_WITHOUT_PALETTE = ("drums", "walk", "phrases")
_SEAM = 1 / 16
_SAME_CENTS = 1.0
_DESTROY: frozenset[ButtonName] = frozenset({"overdub", "undo", "redo", "clear", "stop all"})


class LayerLight(msgspec.Struct, frozen=True):
    """A layer as its button shows it. `progress` is 0 to 1 through the loop."""

    slot: int
    phase: Phase
    queued: bool = False
    progress: float = 0.0


class LightView(msgspec.Struct, frozen=True):
    """All that lamps show of a seat. Slots in use only; the others are empty.

    `keys_on` are the keys that are held, `notes_on` the MIDI notes that the seat's loops sound.
    `beat_phase` is 0 to 1 through the beat, `downbeat` says that it is the first of a bar.
    """

    palette: Palette
    keymap: str
    octave: int = 0
    layers: tuple[LayerLight, ...] = ()
    badge_colour: str = "#f4f4f4"
    beat_phase: float = 0.0
    downbeat: bool = False
    keys_on: frozenset[int] = frozenset()
    notes_on: frozenset[int] = frozenset()
    locked: bool = False
    learning: bool = False


def view_of(
    state: State,
    seat: Seat,
    beat: float,
    downbeat: bool,
    *,
    learning: bool = False,
) -> LightView:
    """What a seat's lamps show at a beat of the session (which may lie in the past of the state).

    May be called beside the thread that folds: it takes copies of what that thread changes.
    """
    held = tuple(state.held)
    sounding = tuple(state.sounding.values())
    layers = tuple(state.layers.values())
    solos = tuple(state.solos)
    colour = badge_named(seat.badge).colour if seat.badge in _BADGES else "#f4f4f4"
    return LightView(
        palette=state.palette,
        keymap=seat.keymap,
        octave=seat.octave,
        layers=tuple(_layer(one, solos, beat) for one in layers if one.seat == seat.id),
        badge_colour=colour,
        beat_phase=beat % 1.0,
        downbeat=downbeat,
        keys_on=frozenset(hold % 256 for hold in held if hold // 256 == seat.id),
        notes_on=frozenset(one.note for one in sounding if one.seat == seat.id and one.layer >= 0),
        locked=state.locked,
        learning=learning,
    )


_BADGES = frozenset(badge.name for badge in BADGES)


def _layer(layer: Layer, solos: tuple[int, ...], beat: float) -> LayerLight:
    """A layer that plays while others are solo is not heard, so it looks muted."""
    unheard = layer.phase == "playing" and solos and layer.id not in solos
    length, anchor = layer.content.length_beats, layer.content.anchor_beat
    progress = (beat - anchor) % length / length if length > 0.0 else 0.0
    phase = "muted" if unheard else layer.phase
    return LayerLight(layer.slot, phase, bool(layer.change), progress)


# -- pads --------------------------------------------------------------------------------------


def pad_looks(keys: tuple[int, ...], view: LightView) -> tuple[Look, ...]:
    """How the pads of these keys look, in their order."""
    on = view.keys_on
    if view.learning:
        return tuple("sounding" if key in on else "dark" for key in keys)
    resting = resting_looks(keys, view.palette, view.keymap, view.octave)
    if view.notes_on:
        notes = notes_of(keys, view.palette, view.keymap, view.octave)
        on = on.union(key for key, own in zip(keys, notes, strict=True) if own & view.notes_on)
    if not on:
        return resting
    return tuple("sounding" if key in on else look for key, look in zip(keys, resting, strict=True))


@lru_cache(maxsize=256)
def resting_looks(
    keys: tuple[int, ...], palette: Palette, keymap: str, octave: int
) -> tuple[Look, ...]:
    """How pads look that nobody touches: roots alike, and dark what is not in the palette."""
    return tuple(_resting(key, palette, keymap, octave) for key in keys)


def _resting(key: int, palette: Palette, keymap: str, octave: int) -> Look:
    if keymap in _WITHOUT_PALETTE:
        return "pad"
    if keymap in _BY_KEY:
        return _in_palette(palette, Tone(key + 12 * octave, 0.0))
    tones = _tones(keymap, palette, key, octave)
    return _in_palette(palette, tones[0]) if tones else "pad"


def _in_palette(palette: Palette, tone: Tone) -> Look:
    if not contains(palette, *tone):
        return "dark"
    period = period_of(palette)
    above = (pitch_cents(tone) - root_at_or_above(palette, 48) * 100.0) % period
    return "root" if min(above, period - above) < _SAME_CENTS else "pad"


@lru_cache(maxsize=256)
def notes_of(
    keys: tuple[int, ...], palette: Palette, keymap: str, octave: int
) -> tuple[frozenset[int], ...]:
    """The MIDI notes that each key would sound."""
    return tuple(frozenset(t.note for t in _tones(keymap, palette, key, octave)) for key in keys)


def _tones(keymap: str, palette: Palette, key: int, octave: int) -> tuple[Tone, ...]:
    try:
        return tones_for(keymap, palette, key, octave)
    except ValueError:  # a keymap whose notes depend on more than the key
        return ()


# -- buttons -----------------------------------------------------------------------------------


def push_looks(board: Board, view: LightView, held: tuple[ButtonName, ...]) -> tuple[Look, ...]:
    """How the buttons of a board look, in their order."""
    if view.learning:
        return tuple("dark" for _ in board.pushes)
    layers = {layer.slot: layer for layer in view.layers}
    return tuple(_push(push, layers, view, held) for push in board.pushes)


def _push(
    push: Push, layers: dict[int, LayerLight], view: LightView, held: tuple[ButtonName, ...]
) -> Look:
    if push.name == "layer":
        return layer_look(layers.get(push.slot), view.downbeat)
    if view.locked and push.name in _DESTROY:
        return "dark"
    return "held" if push.name in MODIFIERS and push.name in held else "button"


def layer_look(layer: LayerLight | None, downbeat: bool) -> Look:
    """How a layer's button looks. What waits to be armed counts in: the downbeat differs."""
    if layer is None or layer.phase == "empty":
        return "queued" if layer and layer.queued else "empty"
    if layer.phase == "armed":
        return "downbeat" if downbeat else "armed"
    if layer.queued and layer.phase in ("playing", "muted"):
        return "queued"
    if layer.phase == "playing" and layer.progress < _SEAM:
        return "seam"
    return layer.phase
