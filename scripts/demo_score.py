"""What the five people of the demo do: the score that make_demo.py performs.

An afternoon in 32 bars, after vision.md. Four players, who never had a lesson, and a lead at a
keyboard. Beats are quarter notes; bars and beats are counted from 0. Nobody plays on the grid:
each player has a feel (early or late), a spread, and a touch, all seeded, so that the demo is the
same every time it is made.
"""

from __future__ import annotations

import random
from typing import NamedTuple

import msgspec

from jamroom.music.keymaps import tones_for
from jamroom.music.palette import Palette
from jamroom.music.pitch import pitch_class_of_name
from jamroom.session import events as ev
from jamroom.session.inputs import AnyInput, Bend, KeyDown, KeyUp, Lean

BPM = 92.0
BAR = 4.0
END_BEAT = 32 * BAR
D_DORIAN = Palette(2, "dorian")
F_PENTATONIC = Palette(5, "major pentatonic")
NEW_PALETTE_BARS = (18, 26)
"""Downbeats that nobody anticipates: a pad pressed before one still has the old palette."""

MALLET, LEAD, PAD, DRUM, BASS = range(5)
"""Seats, in the order in which people sit down."""

DRUM_KEYS = {"D": 36, "T": 38, "K": 37, "S": 39, "J": 46}  # doum, tek, ka, slap, jingles


class Cue(NamedTuple):
    """Somebody does something at a beat. What is said has no frame yet."""

    at_beat: float
    said: AnyInput | ev.AnyEvent


class Player:
    """One pair of hands: what they play becomes cues, as a person would have played it."""

    def __init__(
        self,
        seat: int,
        place: str,
        keymap: str,
        feel_ms: float,
        spread_ms: float,
        touch: float,
    ) -> None:
        self.seat, self.input, self.keymap = seat, f"midi:{place}", keymap
        self.palette, self.octave = D_DORIAN, 0
        self.cues: list[Cue] = []
        self._feel_ms, self._spread_ms, self._touch = feel_ms, spread_ms, touch
        self._dice = random.Random(seat + 31)
        self._lift: dict[int, int] = {}  # key -> which cue lets it up

    def play(self, bar: int, text: str) -> None:
        """Play "F3+A3 0 3.5 60 | ...": notes, beat in the phrase, length in beats, velocity."""
        for item in text.split("|"):
            notes, beat, length, velocity = item.split()
            for note in notes.split("+"):
                self._strike(bar * BAR + float(beat), note, float(length), int(velocity))

    def bars(self, bar: int, *texts: str) -> None:
        """One text for each bar from `bar` on; "-" is a bar's rest."""
        for number, text in enumerate(texts):
            if text != "-":
                self.play(bar + number, text)

    def ask(self, bar: int, beat: float, request: ev.AnyEvent) -> None:
        """Somebody at the console asks for something on this player's behalf."""
        self.cues.append(Cue(bar * BAR + beat, request))

    def lean(self, bar: int, beat: float, length: float, most: int) -> None:
        """Swell: press deeper into the keys and let up again."""
        for step in range(1, 13):
            amount = most * (step / 8 if step <= 8 else (12 - step) / 4)
            at_beat = bar * BAR + beat + length * step / 12
            self.cues.append(Cue(at_beat, Lean(ev.NOW, self.input, -1, round(amount))))

    def scoop(self, bar: int, beat: float, cents: float = 45.0) -> None:
        """Come to the next note from a little below, as singers do."""
        for step in range(6):
            at_beat = bar * BAR + beat + step * 0.04
            amount = -cents / 200.0 * (1 - step / 5) ** 2
            self.cues.append(Cue(at_beat, Bend(ev.NOW, self.input, round(amount, 4))))

    def _strike(self, beat: float, note: str, length: float, velocity: int) -> None:
        key = self._key_of(note)
        late = self._feel_ms + self._spread_ms * self._roll()
        if beat in [bar * BAR for bar in NEW_PALETTE_BARS]:
            late = abs(late) + 3.0
        on_beat = beat + late * BPM / 60_000.0
        off_beat = on_beat + length * (1.0 + 0.06 * self._roll())
        force = min(120, max(12, round(velocity + self._touch * self._roll())))
        self._lift_before(key, on_beat)
        self.cues.append(Cue(on_beat, KeyDown(ev.NOW, self.input, key, force)))
        self._lift[key] = len(self.cues)
        self.cues.append(Cue(off_beat, KeyUp(ev.NOW, self.input, key, 64)))

    def _lift_before(self, key: int, on_beat: float) -> None:
        """A key must come up before it can go down again."""
        lift = self._lift.get(key)
        if lift is not None:
            up = self.cues[lift]
            self.cues[lift] = up._replace(at_beat=min(up.at_beat, on_beat - 0.04))

    def _roll(self) -> float:
        """About -1 to 1, mostly near 0. Only `random()` is promised to stay as it is."""
        return self._dice.random() + self._dice.random() - 1.0

    def _key_of(self, name: str) -> int:
        if self.keymap == "drums":
            return DRUM_KEYS[name]
        note = pitch_class_of_name(name[:-1]) + 12 * (int(name[-1]) + 1)
        for key in range(24, 97):
            if tones_for(self.keymap, self.palette, key, self.octave)[0].note == note:
                return key
        raise ValueError(f"no key of seat {self.seat} sounds {name}")


# -- the five ----------------------------------------------------------------------------------


def mallet() -> Player:
    """Wooden bars on sixteen pads: the first to touch anything, and the last."""
    who = Player(MALLET, "Pad Controller", "ladder", feel_ms=5.0, spread_ms=17.0, touch=8.0)
    who.play(0, "D5 .75 .4 54 | A4 1.5 .4 46 | D5 2.25 .4 42 | A4 3.25 .5 38")
    who.play(1, "F4 2 .4 44 | A4 2.75 .4 48 | D5 3.5 .5 54")
    # The lead's first phrase, given back.
    who.play(4, "A4 2.5 .4 56 | C5 3 .4 60 | D5 3.5 .4 64 | E5 4 .8 72 | D5 5.5 .4 60 | A4 6 .8 56")
    who.play(6, "G4 .5 .4 50 | A4 1 .4 54 | C5 1.5 .4 58 | A4 2 .5 52")
    ostinato = (
        "D4+A4 0 .5 76 | D5 .75 .4 64 | C5 1.5 .4 68 | A4 2.25 .4 58 | G4 3 .4 66 | A4 3.5 .4 58",
        "G4 0 .5 74 | D5 .75 .4 62 | A4 1.5 .4 68 | G4 2.25 .4 58 | D4 3 .4 66 | A3 3.5 .4 56",
    )
    who.bars(7, *ostinato)
    who.bars(
        13,
        "A5 .5 .4 62 | C6 1.25 .4 58 | A5 2.75 .4 60 | G5 3.5 .4 54",
        "A5 .5 .4 60 | F5 1.25 .4 58 | D5 2.75 .4 56 | F5 3.25 .4 50",
    )
    who.palette = F_PENTATONIC
    who.bars(
        19,
        "C5 2.5 .4 56 | F5 3 .4 62 | A5 3.5 .4 66",
        "-",
        "D5 1.5 .4 60 | F5 2 .4 64 | G5 2.5 .4 66 | A5 3 .4 70 | C6 3.5 .4 74",
        "-",
        "A5+C6 2.5 .4 70 | G5+A5 3 .4 66 | F5+A5 3.5 .4 64",
        "-",
        "C6 2 .4 68 | A5 2.5 .4 62 | G5 3 .4 58 | F5 3.5 .4 52",
    )
    who.palette = D_DORIAN
    who.play(29, "A4 1.5 .5 50 | D5 2.25 .5 46 | E5 3.5 .5 44 | D5 5 .5 42 | A4 5.75 .5 36")
    who.play(30, "D4+D5 3.25 .6 32")
    return who


def lead() -> Player:
    """A musician at a keyboard: a plucked low D, then a voice."""
    who = Player(LEAD, "Stage Piano", "white", feel_ms=6.0, spread_ms=14.0, touch=5.0)
    who.play(1, "D2 0 7.6 66 | D3 0 7 44")
    who.keymap = "free"
    opening = (
        "D3 0 11.4 50 | A3 1 1.45 64 | C4 2.5 .5 60 | D4 3 1 68",
        "E4 0 1.5 76 | F4 1.5 .5 70 | E4 2 .75 67 | D4 2.75 .3 60 | C4 3 1 64",
        "B3 0 1.25 68 | G3 1.25 .72 58 | A3 2 3.4 66",
    )
    who.bars(2, *opening)
    who.lean(4, 2.2, 3.0, 70)
    who.play(6, "D3 0 3.8 48 | A3 0 3.8 52")
    who.bars(
        8,
        "A3 3 .5 62 | C4 3.5 .48 66",
        "D4 0 1.5 74 | F4 1.5 .5 70 | E4 2 1 72 | C4 3 .95 66",
        "D4 0 1.95 74 | B3 2 .75 66 | C4 2.75 .25 60 | D4 3 .9 68",
        "A4 0 1.5 84 | G4 1.5 .5 74 | F4 2 .98 74 | E4 3 .5 68 | F4 3.5 .45 70",
        "G4 0 1.95 80 | E4 2 1 70 | D4 3 1.8 68",
    )
    who.scoop(11, 0)
    who.lean(12, 0.2, 1.7, 60)
    who.bars(
        14,
        "F4 3 .5 66 | G4 3.5 .45 70",
        "C5 0 1.5 84 | A4 1.5 .5 76 | G4 2 1 76 | F4 3 .95 70",
        "G4 0 1 74 | E4 1 .5 68 | D4 1.5 .5 66 | E4 2 1.9 72",
        "D3 0 3.7 54 | D4 0 2.9 66 | C4 3 .48 64 | F4 3.5 .45 70",
    )
    who.scoop(15, 0)
    who.lean(17, 0.2, 2.6, 80)
    who.bars(
        18,
        "A4 0 1 80 | C5 1 .5 78 | D5 1.5 1.5 88 | C5 3 .95 78",
        "A4 0 1.5 78 | G4 1.5 .5 72 | A4 2 1.8 76",
        "F4 0 1 74 | G4 1 .5 74 | A4 1.5 1.5 82 | C5 3 .95 80",
        "G4 0 2.8 80 | A4 3 .5 76 | C5 3.5 .45 80",
        "A4+C5 0 1 80 | A4+D5 1 .5 80 | C5+F5 1.5 1.45 88 | A4+D5 3 .95 80",
        "F4+C5 0 1.5 82 | F4+A4 1.5 .48 74 | A4+C5 2 1.8 80",
        "F4+A4 0 1 76 | A4+C5 1 .5 78 | A4+D5 1.5 1.45 86 | F4+A4 3 .95 74",
        "C4+G4 0 1.45 76 | C4+F4 1.5 .48 68 | D4+G4 2 1.8 68",
    )
    who.lean(21, 0.2, 2.4, 80)
    # The first phrase again, from further away.
    for number, text in enumerate(opening):
        softer = (item.split() for item in text.split("|"))
        items = (f"{n} {b} {length} {int(v) - 12}" for n, b, length, v in softer)
        who.play(26 + number, " | ".join(items))
    who.play(29, "D2 2 6 58 | A2 2.5 5.5 50 | D3 3 5 54 | A3 3.5 4.5 46")
    return who


def pad() -> Player:
    """A warm pad: held chords, each a small step from the last."""
    who = Player(PAD, "Mini Keys Pad", "ladder", feel_ms=8.0, spread_ms=22.0, touch=5.0)
    who.bars(3, "A3+D4 0 3.8 48", "G3+B3+D4 0 2.8 50", "F3+A3+C4+E4 0 7.8 50")
    who.bars(7, "F3+A3+C4+E4 0 3.85 54", "G3+B3+D4 0 3.3 52")
    who.bars(
        9,
        "F3+A3+C4+E4 0 3.9 60",
        "G3+B3+D4 0 3.9 58",
        "A3+C4+G4 0 3.9 60",
        "G3+C4+D4+G4 0 3.85 60",
    )
    who.palette = F_PENTATONIC
    who.bars(
        18,
        "F3+C4+F4+A4 0 3.9 66",
        "F3+C4+D4+A4 0 3.9 64",
        "F3+A3+D4+F4 0 3.9 64",
        "G3+C4+D4+G4 0 3.85 66",
    )
    who.palette = D_DORIAN
    who.bars(27, "A3+C4+E4 0 3.9 50", "G3+B3+D4 0 3.9 46", "D3+A3+D4+E4 0 6.5 44")
    return who


def drum() -> Player:
    """A frame drum on four pads: the rhythm that makes everybody laugh."""
    who = Player(DRUM, "Drum Pads", "drums", feel_ms=-1.0, spread_ms=9.0, touch=9.0)
    rhythm = (
        "D 0 .3 84 | T .5 .2 68 | K 1 .1 40 | T 1.5 .2 72 | D 2 .3 78 | K 2.5 .1 44"
        " | T 3 .2 74 | K 3.5 .1 46 | K 3.75 .1 38",
        "D 0 .3 84 | T .5 .2 66 | K .75 .1 38 | T 1.5 .2 74 | D 2 .3 76 | D 2.5 .3 62"
        " | T 3 .2 74 | S 3.5 .2 84",
    )
    who.play(4, "K 2 .1 36 | K 3 .1 44 | T 3.5 .1 52")
    who.bars(5, *rhythm)
    # Still playing when somebody says "keep that"; then the hands stop and the rhythm does not.
    who.play(7, "D 0.02 .3 82")
    jingles = "J .5 .2 58 | J 1.5 .2 66 | J 2.5 .2 58 | J 3.5 .2 68"
    who.bars(11, jingles, jingles + " | K 3.75 .1 44")
    who.bars(15, "-", "S 3.5 .2 60")
    who.play(17, "K 2 .1 42 | K 2.5 .1 48 | T 2.75 .1 54 | K 3 .1 56 | T 3.25 .1 64 | T 3.5 .1 74")
    who.bars(18, "J 0 .3 84", "-", "-", "T 3.5 .2 66 | T 3.75 .2 72", "J 0 .3 80")
    who.bars(23, "K 2.75 .1 56 | S 3.5 .2 72", "-", "K 3 .1 52 | K 3.25 .1 46 | T 3.5 .2 50")
    who.play(28, "J 0 .4 34 | D 2 .3 46")
    return who


def bass() -> Player:
    """The ground, which finds its octave first."""
    who = Player(BASS, "Sequencer Keys", "white", feel_ms=6.0, spread_ms=11.0, touch=6.0)
    who.play(7, "D3 1 .6 66")
    who.octave = -1
    who.bars(7, "D2 2 1.2 70 | A2 3.5 .4 62", "G2 0 1.7 72 | D2 2 1.2 66")
    who.bars(
        9,
        "D2 0 1.2 84 | D2 1.5 .35 68 | A2 2 .8 76 | C3 3 .4 70 | A2 3.5 .35 64",
        "G2 0 1.2 82 | G2 1.5 .35 68 | D3 2 .8 74 | B2 3 .4 70 | G2 3.5 .35 66",
        "F2 0 1.2 84 | F2 1.5 .35 68 | C3 2 .8 76 | A2 3 .4 70 | F2 3.5 .35 64",
        "C3 0 1.2 80 | C3 1.5 .35 66 | G2 2 .8 76 | G2 3 .4 68 | E2 3.5 .35 70",
    )
    who.palette = F_PENTATONIC
    who.bars(
        18,
        "F2 0 1.4 86 | F2 1.5 .35 70 | C3 2 .8 78 | D3 3 .4 72 | C3 3.5 .35 68",
        "A2 0 1.4 82 | A2 1.5 .35 68 | C3 2 .8 76 | A2 3 .4 70 | G2 3.5 .35 66",
        "D2 0 1.4 86 | D2 1.5 .35 70 | A2 2 .8 78 | C3 3 .4 72 | A2 3.5 .35 66",
        "C3 0 1.4 82 | C3 1.5 .35 68 | G2 2 .8 76 | C3 3 .4 70 | G2 3.5 .35 68",
    )
    who.palette = D_DORIAN
    who.bars(26, "D2 0 3.7 62", "D2 0 3.7 58", "G2 0 3.7 56", "D2 0 6 52")
    return who


# -- what is asked of the room -----------------------------------------------------------------


def wishes() -> list[Cue]:
    """Buttons that people press, at the console or on their own layers."""
    now = ev.NOW
    asked: list[tuple[int, float, ev.AnyEvent]] = [
        (1, 1.5, ev.KeymapChosen(now, LEAD, "free")),
        (1, 2.5, ev.PatchChosen(now, LEAD, "choir")),
        (3, 1.0, ev.ConsentChosen(now, LEAD, "share")),
        (7, 1.65, ev.OctaveChosen(now, BASS, -1)),
        # The drum was never armed.
        (7, 0.35, ev.Kept(now, DRUM, 2)),
        (7, 0.4, ev.Marked(now, "keep that!")),
        (6, 2.7, ev.LayerPressed(now, MALLET, 0)),
        (8, 1.2, ev.LoopBarsChosen(now, 4)),
        (8, 2.4, ev.LayerPressed(now, PAD, 0)),
        (8, 2.9, ev.LayerPressed(now, BASS, 0)),
        (10, 3.6, ev.LayerOverdubbed(now, DRUM, 0)),
        (12, 3.7, ev.LayerOverdubbed(now, MALLET, 0)),
        (13, 0.2, ev.LayerOverdubbed(now, DRUM, 0)),
        (15, 0.2, ev.LayerOverdubbed(now, MALLET, 0)),
        (15, 2.6, ev.LayerUndone(now, MALLET, 0)),
        (15, 3.2, ev.LayerPressed(now, BASS, 0)),
        (15, 3.5, ev.LayerPressed(now, PAD, 0)),
        (16, 2.8, ev.LayerPressed(now, DRUM, 0)),
        (17, 0.9, ev.PaletteChosen(now, F_PENTATONIC.root, F_PENTATONIC.scale)),
        (17, 1.4, ev.TempoChosen(now, 96.0)),
        (17, 2.3, ev.LayerPressed(now, PAD, 1)),
        (17, 2.7, ev.LayerPressed(now, BASS, 1)),
        (17, 3.1, ev.LayerPressed(now, DRUM, 0)),
        (18, 0.6, ev.Marked(now, "the figure in white")),
        (21, 3.85, ev.LayerRedone(now, MALLET, 0)),
        (25, 1.2, ev.PaletteChosen(now, D_DORIAN.root, D_DORIAN.scale)),
        (25, 1.8, ev.TempoChosen(now, 88.0)),
        (25, 2.8, ev.LayerPressed(now, BASS, 1)),
        (26, 0.5, ev.Marked(now, "softer, one by one")),
        (26, 2.6, ev.LayerPressed(now, PAD, 1)),
        (27, 0.3, ev.LayerUndone(now, MALLET, 0)),
        (27, 2.6, ev.LayerPressed(now, DRUM, 0)),
        (28, 2.7, ev.LayerPressed(now, MALLET, 0)),
        (29, 1.5, ev.PatchChosen(now, LEAD, "string")),
    ]
    return [Cue(bar * BAR + beat, request) for bar, beat, request in asked]


LEVELS_DB = {MALLET: -3.0, LEAD: -1.0, PAD: -7.0, DRUM: -4.5, BASS: -2.0}


def levels() -> list[Cue]:
    """Somebody listens from the middle of the room and sets the levels, a beat after each sits."""
    sits_at = {MALLET: 1.0, LEAD: 4.6, PAD: 12.5, DRUM: 18.6, BASS: 29.3}
    return [
        Cue(sits_at[seat], ev.LevelChosen(ev.NOW, seat, level_db))
        for seat, level_db in LEVELS_DB.items()
        if level_db
    ]


def cues() -> list[Cue]:
    """Everything, in order of time."""
    people = (mallet(), lead(), pad(), drum(), bass())
    everything = [cue for person in people for cue in person.cues]
    everything += [*wishes(), *levels(), Cue(END_BEAT, ev.Closed(ev.NOW))]
    return sorted(everything, key=lambda cue: cue.at_beat)


def said_at(cue: Cue, frame: int) -> AnyInput | ev.AnyEvent:
    """What the cue says, stamped."""
    return msgspec.structs.replace(cue.said, frame=frame)
