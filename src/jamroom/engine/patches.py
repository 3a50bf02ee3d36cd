"""Patches: what a sound is made of, as data a musician can read and change.

A patch is one TOML file. Its `[sound]` names one of four ways to make sound (an allow-list: struck,
plucked, sustained, percussion) and gives it numbers; every number has a range, checked here, and
nothing in the file is ever run. A file that is wrong costs only itself.
"""

from __future__ import annotations

import math
from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=40)]
Sentence = Annotated[str, Meta(max_length=160)]
Slug = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_-]{0,23}$")]
GainDb = Annotated[float, Meta(ge=-40.0, le=24.0)]
LevelDb = Annotated[float, Meta(ge=-80.0, le=12.0)]
Hz = Annotated[float, Meta(ge=20.0, le=20000.0)]
RingS = Annotated[float, Meta(ge=0.005, le=12.0)]
SlopeS = Annotated[float, Meta(ge=0.001, le=8.0)]
Ms = Annotated[float, Meta(ge=0.1, le=3000.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Factor = Annotated[float, Meta(ge=0.25, le=1.5)]
Octaves = Annotated[float, Meta(ge=-4.0, le=4.0)]
NoteNumber = Annotated[int, Meta(ge=0, le=127)]
SoftHardHz = tuple[Hz, Hz]


class _Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a patch file: a key that nobody reads is an error, not a silent typo."""


class Partial(_Data, frozen=True, kw_only=True):
    """One ringing mode of a struck thing: a ratio of the note, or a fixed pitch of its body."""

    ratio: Annotated[float, Meta(ge=0.1, le=32.0)] | None = None
    hz: Hz | None = None
    level_db: LevelDb = 0.0
    ring_s: RingS = 1.0

    def __post_init__(self) -> None:
        if (self.ratio is None) == (self.hz is None):
            raise ValueError("a partial has either a ratio or hz")


class Struck(_Data, frozen=True, kw_only=True, tag_field="kind", tag="struck"):
    """Bars, bells, tongues: a soft or hard beater sets up to eight modes ringing."""

    partials: Annotated[tuple[Partial, ...], Meta(min_length=1, max_length=8)]
    contact_ms: tuple[Ms, Ms] = (3.0, 0.8)
    """How long the beater touches, at the softest and the hardest strike; short is bright."""
    ring_per_octave: Factor = 0.7
    """Each octave up rings this many times as long as the one below."""
    damp_s: RingS = 0.5
    """How long a note fades once it is let go."""


class Body(_Data, frozen=True, kw_only=True):
    """A resonance of the wood a string is stretched over."""

    hz: Hz
    level_db: LevelDb = -12.0
    sharpness: Annotated[float, Meta(ge=0.5, le=50.0)] = 4.0


class Plucked(_Data, frozen=True, kw_only=True, tag_field="kind", tag="plucked"):
    """A string: one period of the pluck is loaded into a loop that loses its highs."""

    pluck_at: Annotated[float, Meta(ge=0.02, le=0.5)] = 0.2
    """Where along the string: 0.5 is the middle (hollow), 0.05 near the bridge (thin)."""
    softness_db: Annotated[float, Meta(ge=0.0, le=24.0)] = 6.0
    """How much each octave of overtones is softer than the last: finger 9, plectrum 3."""
    roughness: Share = 0.3
    ring_s: RingS = 4.0
    ring_per_octave: Factor = 0.75
    bright_hz: SoftHardHz = (900.0, 5000.0)
    dark_hz: Hz = 700.0
    """Where the tone settles as it rings."""
    darken_s: SlopeS = 0.5
    body: Annotated[tuple[Body, ...], Meta(max_length=2)] = ()
    damp_s: RingS = 0.25


class Formant(_Data, frozen=True, kw_only=True):
    """A band that the throat or the wood favours, wherever the note is."""

    hz: Hz
    level_db: LevelDb = 0.0
    width_hz: Annotated[float, Meta(ge=20.0, le=4000.0)] = 100.0


class Vibrato(_Data, frozen=True, kw_only=True):
    """A slow waver of pitch that comes in after the note has begun."""

    hz: Annotated[float, Meta(ge=0.1, le=9.0)] = 5.0
    cents: Annotated[float, Meta(ge=0.0, le=60.0)] = 8.0
    after_s: Annotated[float, Meta(ge=0.0, le=5.0)] = 0.4


class Sustained(_Data, frozen=True, kw_only=True, tag_field="kind", tag="sustained"):
    """Pads, voices, reeds, basses: a rich loop, a lowpass and an envelope."""

    partials: Annotated[int, Meta(ge=1, le=64)] = 24
    slope_db: Annotated[float, Meta(ge=0.0, le=30.0)] = 9.0
    """How much softer each octave of overtones is."""
    even_db: LevelDb = 0.0
    """Level of the even partials: -80 is hollow as a clarinet."""
    octave_below_db: LevelDb = -80.0
    width_cents: Annotated[float, Meta(ge=0.0, le=80.0)] = 12.0
    """How wide a choir of it: 0 is one clean voice, 30 a section."""
    breath_db: LevelDb = -80.0
    formants: Annotated[tuple[Formant, ...], Meta(max_length=6)] = ()
    attack_s: SlopeS = 0.05
    decay_s: SlopeS = 0.5
    sustain_db: LevelDb = 0.0
    release_s: SlopeS = 0.4
    filter_hz: SoftHardHz = (900.0, 4000.0)
    """Lowpass for middle C, at the softest and the hardest touch."""
    filter_track: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.5
    """How far the lowpass follows the note: 1 is all the way."""
    sweep_octaves: Octaves = 0.0
    """Where the lowpass starts, in octaves from where it settles."""
    sweep_s: SlopeS = 0.3
    vibrato: Vibrato | None = None
    pressure_db: Annotated[float, Meta(ge=0.0, le=9.0)] = 3.0
    pressure_octaves: Annotated[float, Meta(ge=0.0, le=3.0)] = 1.0


class Mode(_Data, frozen=True, kw_only=True):
    """One ringing mode of a drum skin or a block."""

    hz: Hz
    level_db: LevelDb = 0.0
    ring_ms: Ms = 120.0
    fall_semitones: Annotated[float, Meta(ge=-12.0, le=24.0)] = 0.0
    """How far above its pitch it starts (a slack skin falls back)."""


class Rustle(_Data, frozen=True, kw_only=True):
    """A band of noise with an attack and a ring, or made of grains (seeds, sand)."""

    low_hz: Hz
    high_hz: Hz
    level_db: LevelDb = 0.0
    attack_ms: Ms = 0.5
    ring_ms: Ms = 60.0
    grains_per_s: Annotated[float, Meta(ge=0.0, le=20000.0)] = 0.0
    """Beads that hit; 0 is plain noise."""
    bursts: Annotated[int, Meta(ge=1, le=6)] = 1
    """A clap is three or four hands, some milliseconds apart."""
    spread_ms: Ms = 11.0


class Stroke(_Data, frozen=True, kw_only=True):
    """One way of hitting, and the notes that play it."""

    name: Text
    notes: Annotated[tuple[NoteNumber, ...], Meta(min_length=1)]
    level_db: LevelDb = 0.0
    modes: Annotated[tuple[Mode, ...], Meta(max_length=12)] = ()
    rustles: Annotated[tuple[Rustle, ...], Meta(max_length=4)] = ()
    bright_hz: SoftHardHz = (4000.0, 18000.0)
    """Lowpass at the softest and the hardest stroke."""
    choke: Annotated[str, Meta(max_length=24)] = ""
    """A stroke ends the last one of the same choke group on its bus (open and closed hand)."""

    def __post_init__(self) -> None:
        if not self.modes and not self.rustles:
            raise ValueError("a stroke needs at least one mode or rustle")


class Percussion(_Data, frozen=True, kw_only=True, tag_field="kind", tag="percussion"):
    """A kit: note numbers choose strokes, other notes take the nearest stroke."""

    strokes: Annotated[tuple[Stroke, ...], Meta(min_length=1, max_length=24)]


Sound = Struck | Plucked | Sustained | Percussion


class Patch(_Data, frozen=True, kw_only=True):
    """One sound: its name in files and messages, its label and sentence for people."""

    name: Slug
    label: Text
    sentence: Sentence = ""
    order: int = 100
    """Where it stands when a person browses: low numbers first."""
    gain_db: GainDb = 0.0
    """Evens patches out: all of them are equally loud at velocity 90."""
    sound: Sound


def amplitude(db: float) -> float:
    """A level in dB as a factor."""
    return float(10.0 ** (db / 20.0))


def touch(velocity: int) -> float:
    """Velocity (1 to 127) as 0 to 1, bent so that shy hands are heard. Out of range is clamped."""
    return min(127, max(1, velocity)) / 127.0


def touch_gain(velocity: int) -> float:
    """The factor a velocity gives: 1 at 127, -4 dB at 90, -15 dB at 30, never below -30 dB."""
    return float((0.1 + 0.9 * touch(velocity)) ** 1.5)


def between(pair: tuple[float, float], where: float) -> float:
    """The value `where` (0 to 1) of the way from soft to hard, in equal ratios."""
    soft, hard = pair
    return float(soft * (hard / soft) ** where)


def finite(value: float, low: float, high: float, otherwise: float = 0.0) -> float:
    """`value` within its limits; NaN and infinities become `otherwise`."""
    return min(high, max(low, value)) if math.isfinite(value) else otherwise
