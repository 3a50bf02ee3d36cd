"""A layer as consoles draw it, and the words on its button."""

from __future__ import annotations

from jamroom.clocks import beat_at_frame
from jamroom.session.solos import is_heard
from jamroom.session.state import Change, Content, Layer, State
from jamroom.views import LayerPhase, LayerView

_NEXT_PRESS = {
    "empty": "record {bars}",
    "armed": "cancel",
    "recording": "end at the next bar",
    "playing": "mute",
    "muted": "play",
    "overdubbing": "stop adding",
}


def bars_text(bars: int) -> str:
    """ "1 bar", "2 bars"."""
    return "1 bar" if bars == 1 else f"{bars} bars"


def next_press(layer: Layer, loop_bars: int) -> str:
    """What the layer's button does next, in the room's words."""
    if layer.change in ("play", "mute"):
        return "stay " + ("muted" if layer.phase == "muted" else "playing")
    if _is_free(layer):
        return "end here: it sets the tempo"
    return _NEXT_PRESS[layer.phase].format(bars=bars_text(loop_bars))


def shaping_text(take: Content) -> str:
    """How a loop sounds otherwise than it was played: "reversed, 1 beat later, follows"."""
    beats, degrees = take.shift_beats, take.degrees
    if beats > take.length_beats / 2:  # round the seam it is nearer
        beats -= take.length_beats
    said = [
        "reversed" if take.reverse else "",
        f"{abs(beats):g} beat{'s' * (abs(beats) != 1)} {'later' if beats > 0 else 'earlier'}"
        if beats
        else "",
        f"{abs(degrees)} {'higher' if degrees > 0 else 'lower'}" if degrees else "",
        "follows" if take.follow else "",
        f"tight {take.tighten:.0%}" if take.tighten else "",
    ]
    return ", ".join(word for word in said if word)


def _is_free(layer: Layer) -> bool:
    """True for the first loop while it is played freely: nobody knows its length yet."""
    return layer.phase == "recording" and layer.bars == 0


def _while_recording(state: State, layer: Layer, beat: float) -> tuple[int, float, int]:
    """Bars, how far it is (0 to 1) and the notes so far."""
    length = max(layer.change_beat - layer.record_beat, 1e-9)
    past = state.past.get(layer.seat)
    recent = list(past.notes) if past else []
    notes = sum(note.start_beat >= layer.record_beat for note in recent)
    position = 0.0 if _is_free(layer) else (beat - layer.record_beat) / length
    return layer.bars, position, notes


def layer_view(state: State, layer: Layer, frame: int, unheard_because: str = "") -> LayerView:
    """One layer, as it stands at a frame; `unheard_because` says why a sound loop is silent."""
    beat = beat_at_frame(state.tempo_map, frame)
    take = layer.content
    position, bars, notes = 0.0, take.bars, len(take.notes)
    if layer.phase == "recording":
        bars, position, notes = _while_recording(state, layer, beat)
    elif take.length_beats:
        position = (beat - take.anchor_beat) / take.length_beats % 1.0
    phase: LayerPhase = layer.phase
    coming: Change = "" if _is_free(layer) else layer.change
    return LayerView(
        slot=layer.slot,
        phase=phase,
        next_press=next_press(layer, state.loop_bars),
        bars=layer.bars if phase == "armed" else bars,
        notes=notes,
        position=min(1.0, max(0.0, position)),
        waits_beats=max(0.0, layer.change_beat - beat) if coming else 0.0,
        queued=coming,
        can_undo=layer.cursor > 0 or phase in ("armed", "recording", "overdubbing"),
        can_redo=layer.cursor < len(layer.takes),
        group=layer.group,
        solo=layer.id in state.solos,
        unheard=not is_heard(state, layer.id),
        audio=take.clip is not None,
        shaping=", ".join(word for word in (shaping_text(take), unheard_because) if word),
    )
