"""The first track: tempo, metre, keys and the moments of the session."""

from __future__ import annotations

import numpy as np

from jamroom.clocks import TempoMap, segment_at_beat
from jamroom.export import smf
from jamroom.export.timing import Ticks
from jamroom.music.palette import Palette, palette_from_text
from jamroom.music.scales import scale_named
from jamroom.session.effects import Mark

_MAJOR = (0, 2, 4, 5, 7, 9, 11)


def conductor_track(
    name: str,
    tempo_map: TempoMap,
    marks: list[Mark],
    ticks: Ticks,
    from_beat: float,
    end_tick: int,
) -> bytes:
    """The conductor's chunk. `marks` are in order of time; those before the start set the key."""
    parts = [smf.text(0, smf.TRACK_NAME, name), *_tempo_events(tempo_map, ticks, from_beat)]
    parts += _mark_events(marks, ticks, end_tick)
    events = smf.joined(parts)
    return smf.track_chunk(smf.reordered(events, np.argsort(events.ticks, kind="stable")), end_tick)


def _tempo_events(tempo_map: TempoMap, ticks: Ticks, from_beat: float) -> list[smf.Events]:
    first = segment_at_beat(tempo_map, from_beat)
    events: list[smf.Events] = []
    meter, bpm = None, None
    for segment in (first, *(s for s in tempo_map.segments if s.beat > from_beat)):
        tick = ticks.at_beat(max(segment.beat, from_beat))
        if segment.meter != meter:
            meter = segment.meter
            events.append(smf.time_signature(tick, meter.pulses, meter.unit))
        if segment.bpm != bpm:
            bpm = segment.bpm
            events.append(smf.tempo(tick, bpm))
    return events


def _mark_events(marks: list[Mark], ticks: Ticks, end_tick: int) -> list[smf.Events]:
    events = []
    signature = None
    for mark in marks:
        tick = min(ticks.at_frame(mark.frame), end_tick)
        if mark.kind == "palette" and (new := key_of_palette_text(mark.text)) != signature:
            signature = new
            if new is not None:
                events.append(smf.key_signature(tick, *new))
        events.append(smf.text(tick, smf.MARKER, marker_text(mark)))
    return events


def marker_text(mark: Mark) -> str:
    """A moment in words: "launch blue heron 1", "D dorian", "the storm"."""
    if mark.kind in ("palette", "tempo"):
        return mark.text
    if mark.kind == "moment":
        return mark.text or "moment"
    return f"{mark.kind} {mark.text}".strip()


def key_of_palette_text(words: str) -> tuple[int, bool] | None:
    """Key signature (sharps, minor) of "D dorian"; None where none would help the reader."""
    try:
        return key_signature_of(palette_from_text(words))
    except ValueError:
        return None


def key_signature_of(palette: Palette) -> tuple[int, bool] | None:
    """Sharps (below zero: flats) and whether the third is minor.

    None unless the scale has at least five notes, all of one major scale. Among several, the
    one whose tonic is the palette's root, else the one with the fewest signs.
    """
    cents = scale_named(palette.scale).cents
    if len(cents) < 5 or any(step % 100 for step in cents):
        return None
    minor = 300.0 in cents and 400.0 not in cents
    notes = {(palette.root + round(step / 100)) % 12 for step in cents}
    fitting = [sharps for sharps in range(-5, 7) if notes <= _notes_of(sharps)]
    tonic = (palette.root + (3 if minor else 0)) % 12
    fitting.sort(key=lambda sharps: (sharps * 7 % 12 != tonic, abs(sharps)))
    return (fitting[0], minor) if fitting else None


def _notes_of(sharps: int) -> set[int]:
    return {(sharps * 7 + step) % 12 for step in _MAJOR}
