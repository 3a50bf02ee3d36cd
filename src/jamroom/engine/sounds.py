"""The ways to make sound that a patch file can choose from, and the limits of each number.

An allow-list: struck, plucked, sustained, texture, percussion. Every number has a range that is
checked when the file is read, so whatever a file says, the engine only ever gets what it can play.
"""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Text = Annotated[str, Meta(min_length=1, max_length=40)]
LevelDb = Annotated[float, Meta(ge=-80.0, le=12.0)]
Hz = Annotated[float, Meta(ge=20.0, le=20000.0)]
SlowHz = Annotated[float, Meta(ge=0.02, le=9.0)]
RingS = Annotated[float, Meta(ge=0.005, le=12.0)]
SlopeS = Annotated[float, Meta(ge=0.001, le=8.0)]
Ms = Annotated[float, Meta(ge=0.1, le=3000.0)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Factor = Annotated[float, Meta(ge=0.25, le=1.5)]
Octaves = Annotated[float, Meta(ge=-4.0, le=4.0)]
NoteNumber = Annotated[int, Meta(ge=0, le=127)]
SoftHardHz = tuple[Hz, Hz]
LeanCents = Annotated[float, Meta(ge=0.0, le=60.0)]
"""How deep the waver is that full pressure gives to what was struck or plucked."""


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of a patch file: a key that nobody reads is an error, not a silent typo."""


class Glide(Data, frozen=True, kw_only=True):
    """The pitch begins beside the note and comes to it: a pressed string, a slack skin, a scoop."""

    semitones: Annotated[float, Meta(ge=-12.0, le=12.0)]
    """From where; below zero it rises to the note."""
    after_s: Annotated[float, Meta(ge=0.0, le=2.0)] = 0.0
    settle_s: Annotated[float, Meta(ge=0.005, le=2.0)] = 0.04
    """It has come two thirds of the way after this time."""


class Buzz(Data, frozen=True, kw_only=True):
    """Something loose that rattles along: a membrane on a gourd, a thread on a bridge."""

    level_db: Annotated[float, Meta(ge=-60.0, le=24.0)] = 0.0
    hz: Hz = 1800.0
    """Where it rattles most."""
    sharpness: Annotated[float, Meta(ge=0.3, le=20.0)] = 0.8
    drive: Annotated[float, Meta(ge=0.0, le=0.99)] = 0.9
    """How soon it begins: near 1 even a soft note makes it rattle."""


class Partial(Data, frozen=True, kw_only=True):
    """One ringing mode of a struck thing: a ratio of the note, or a fixed pitch of its body."""

    ratio: Annotated[float, Meta(ge=0.1, le=32.0)] | None = None
    hz: Hz | None = None
    level_db: LevelDb = 0.0
    ring_s: RingS = 1.0

    def __post_init__(self) -> None:
        if (self.ratio is None) == (self.hz is None):
            raise ValueError("a partial has either a ratio or hz")


class Struck(Data, frozen=True, kw_only=True, tag_field="kind", tag="struck"):
    """Bars, bells, tongues, tuned skins: a soft or hard beater sets up to eight modes ringing."""

    partials: Annotated[tuple[Partial, ...], Meta(min_length=1, max_length=8)]
    contact_ms: tuple[Ms, Ms] = (3.0, 0.8)
    """How long the beater touches, at the softest and the hardest strike; short is bright."""
    ring_per_octave: Factor = 0.7
    """Each octave up rings this many times as long as the one below."""
    damp_s: RingS = 0.5
    """How long a note fades once it is let go."""
    glide: Glide | None = None
    buzz: Buzz | None = None
    lean_cents: LeanCents = 14.0


class Body(Data, frozen=True, kw_only=True):
    """A resonance of the wood a string is stretched over."""

    hz: Hz
    level_db: LevelDb = -12.0
    sharpness: Annotated[float, Meta(ge=0.5, le=50.0)] = 4.0


class Plucked(Data, frozen=True, kw_only=True, tag_field="kind", tag="plucked"):
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
    glide: Glide | None = None
    buzz: Buzz | None = None
    lean_cents: LeanCents = 20.0


class Formant(Data, frozen=True, kw_only=True):
    """A band that the throat or the wood favours, wherever the note is."""

    hz: Hz
    level_db: LevelDb = 0.0
    width_hz: Annotated[float, Meta(ge=20.0, le=4000.0)] = 100.0


class Vibrato(Data, frozen=True, kw_only=True):
    """A slow waver of pitch that comes in after the note has begun."""

    hz: Annotated[float, Meta(ge=0.1, le=9.0)] = 5.0
    cents: Annotated[float, Meta(ge=0.0, le=60.0)] = 8.0
    after_s: Annotated[float, Meta(ge=0.0, le=5.0)] = 0.4


class Swell(Data, frozen=True, kw_only=True):
    """Level and brightness that come and go for as long as a note is held: surf, tremulant."""

    hz: SlowHz = 0.1
    depth_db: Annotated[float, Meta(ge=0.0, le=24.0)] = 6.0
    """From the crest to the trough."""
    octaves: Annotated[float, Meta(ge=0.0, le=3.0)] = 0.0
    """How far the lowpass closes in the trough."""


class Held(Data, frozen=True, kw_only=True):
    """What all held sounds share: an envelope, a lowpass, and what leaning on them does."""

    attack_s: SlopeS = 0.05
    decay_s: SlopeS = 0.5
    sustain_db: LevelDb = 0.0
    release_s: SlopeS = 0.4
    filter_hz: SoftHardHz = (900.0, 4000.0)
    """Lowpass for middle C, at the softest and the hardest touch."""
    filter_track: Share = 0.5
    """How far the lowpass follows the note: 1 is all the way."""
    sweep_octaves: Octaves = 0.0
    """Where the lowpass starts, in octaves from where it settles."""
    sweep_s: SlopeS = 0.3
    vibrato: Vibrato | None = None
    swell: Swell | None = None
    glide: Glide | None = None
    pressure_db: Annotated[float, Meta(ge=0.0, le=9.0)] = 3.0
    pressure_octaves: Annotated[float, Meta(ge=0.0, le=3.0)] = 1.0


class Sustained(Held, frozen=True, kw_only=True, tag_field="kind", tag="sustained"):
    """Pads, voices, reeds, basses: a rich loop, a lowpass and an envelope."""

    partials: Annotated[int, Meta(ge=1, le=64)] = 24
    slope_db: Annotated[float, Meta(ge=0.0, le=30.0)] = 9.0
    """How much softer each octave of overtones is."""
    even_db: LevelDb = 0.0
    """Level of the even partials: -80 is hollow as a clarinet."""
    levels_db: Annotated[tuple[LevelDb, ...], Meta(max_length=24)] = ()
    """The first partials' levels one by one, as an organ's drawbars; the slope does the rest."""
    octave_below_db: LevelDb = -80.0
    width_cents: Annotated[float, Meta(ge=0.0, le=80.0)] = 12.0
    """How wide a choir of it: 0 is one clean voice, 30 a section."""
    breath_db: LevelDb = -80.0
    formants: Annotated[tuple[Formant, ...], Meta(max_length=6)] = ()


class Band(Data, frozen=True, kw_only=True):
    """Steady noise between two frequencies: wind, surf, air."""

    low_hz: Hz
    high_hz: Hz
    level_db: LevelDb = 0.0


class Drops(Data, frozen=True, kw_only=True):
    """Small ringing things that fall at random: drops, leaves, pebbles."""

    per_s: Annotated[float, Meta(ge=0.2, le=400.0)] = 20.0
    low_hz: Hz = 800.0
    high_hz: Hz = 4000.0
    ratios: Annotated[
        tuple[Annotated[float, Meta(ge=0.25, le=16.0)], ...], Meta(max_length=12)
    ] = ()
    """Tuned drops: multiples of the note (low_hz and high_hz are then not used)."""
    ring_ms: Ms = 30.0
    rise_semitones: Annotated[float, Meta(ge=-12.0, le=24.0)] = 0.0
    """A drop that falls into water rises as its bubble closes."""
    level_db: LevelDb = 0.0


class Texture(Held, frozen=True, kw_only=True, tag_field="kind", tag="texture"):
    """Rain, sea, breath: bands of noise and falling drops. The note chooses how dark or light."""

    bands: Annotated[tuple[Band, ...], Meta(max_length=6)] = ()
    drops: Annotated[tuple[Drops, ...], Meta(max_length=4)] = ()
    follow: Share = 0.0
    """How far pitch and pace follow the note: 0 not at all, 1 tuned drops are in tune."""

    def __post_init__(self) -> None:
        if not self.bands and not self.drops:
            raise ValueError("a texture needs at least one band or drops")


class Mode(Data, frozen=True, kw_only=True):
    """One ringing mode of a drum skin or a block."""

    hz: Hz
    level_db: LevelDb = 0.0
    ring_ms: Ms = 120.0
    fall_semitones: Annotated[float, Meta(ge=-12.0, le=24.0)] = 0.0
    """How far above its pitch it starts (a slack skin falls back)."""


class Rustle(Data, frozen=True, kw_only=True):
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


class Stroke(Data, frozen=True, kw_only=True):
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


class Percussion(Data, frozen=True, kw_only=True, tag_field="kind", tag="percussion"):
    """A kit: note numbers choose strokes, other notes take the nearest stroke."""

    strokes: Annotated[tuple[Stroke, ...], Meta(min_length=1, max_length=24)]
    lean_semitones: Annotated[float, Meta(ge=0.0, le=4.0)] = 1.0
    """How far a hand that presses the skin raises its pitch."""


Sound = Struck | Plucked | Sustained | Texture | Percussion
