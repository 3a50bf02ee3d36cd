"""Where loops begin: a thousand launches, eight hours, and loops of sound beside SooperLooper."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from bench.jack_server import SAMPLE_RATE, may_real_time
from bench.launches import launches
from bench.sound_loops import sound_loops
from bench.table import Table
from jamroom.session import effects as fx
from jamroom.session import events as ev
from jamroom.session.step import Session

_BPM = 92.0


def loops(count: int, hours: float, passes: int) -> list[Table]:
    """Two tables: loops of notes, and loops of sound."""
    table = Table(
        "6. loop starts",
        "Samples by which a loop begins beside its place. Launches: a loop is muted and launched"
        " at random moments, and the engine's own sound is searched for each onset. Hours: the"
        " session core's note-ons against exact arithmetic.",
        ("what", "asked", "found", "worst error"),
        target="0 samples, and every launch found",
        remarks=["FluidSynth and scsynth have no loops; SooperLooper has loops of sound: 6b."],
    )
    heard = launches(count)
    if heard is None:
        table.remarks.append("launches: not measured; the engine does not run here (pyo?)")
    else:
        table.add("launches", f"{heard.asked:,}", f"{heard.heard:,}", heard.worst_samples)
    samples, passes_found, passes_asked = drift(hours)
    what = f"passes in {hours:g} simulated hours at {_BPM:g} bpm"
    table.add(what, f"{passes_asked:,}", f"{passes_found:,}", samples)
    return [table, *sound_loops(passes, real_time=may_real_time())]


def drift(hours: float) -> tuple[int, int, int]:
    """Samples of drift of a loop's notes; passes found, and passes there should be."""
    session = Session()
    beat = Fraction(SAMPLE_RATE * 60) / Fraction(str(_BPM))
    for event in _one_loop(float(beat)):
        session.fold(event.frame, event)
    content = next(iter(session.state.layers.values())).content
    length, note = Fraction(content.length_beats) * beat, content.notes[0]
    first = (Fraction(content.anchor_beat) + Fraction(note.start_beat)) * beat
    worst, passes, frame = Fraction(0), 0, session.state.frame
    begin, end = frame, frame + round(hours * 3600 * SAMPLE_RATE)
    while frame < end:
        frame += SAMPLE_RATE
        for effect in session.advance(frame):
            if isinstance(effect, fx.SoundOn):
                nearest = round((effect.frame - first) / length)
                worst = max(worst, abs(effect.frame - first - nearest * length))
                passes += 1
    # Half a frame is the rounding of a time to a frame; drift is what goes beyond.
    asked = (frame - first) // length - (begin - first) // length
    return max(0, round(worst - Fraction(1, 2))), passes, asked


def _one_loop(beat: float) -> Iterable[ev.AnyEvent]:
    yield ev.Opened(0, 0.0, SAMPLE_RATE, _BPM, 4, 4, 2, "dorian", 2, "keep")
    yield ev.SeatTaken(0, 0, "badge", "play:one", "mallet", "free")
    yield ev.Played(round(0.37 * beat), 0, 60, 60, 0.0, 90)
    yield ev.Released(round(0.8 * beat), 0, 60, 60, 64)
    yield ev.Kept(round(8 * beat) + 1, 0, 2)
