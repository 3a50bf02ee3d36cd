"""The lines of all lists: plain functions from what the room says to choices."""

from __future__ import annotations

from collections.abc import Iterable

from jamroom.music.meter import Meter
from jamroom.session.badges import BADGES
from jamroom.session.events import AudioTempo, Shaping
from jamroom.tui.choosers import Choice
from jamroom.tui.layouts import LAYOUTS
from jamroom.tui.paint import fit
from jamroom.tui.words import bars_words, loops_words
from jamroom.views import (
    InputView,
    LayerView,
    PatchView,
    SceneView,
    SeatView,
    Snapshot,
)

METRES = ("2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "9/8", "12/8")
LOOP_BARS = (1, 2, 4, 8, 16, 32, 64)
_FAMILY = 12

ECHOES: tuple[tuple[float, str], ...] = (
    (0.25, "a quarter of a beat"), (1 / 3, "a third of a beat"), (0.5, "half a beat"),
    (2 / 3, "two thirds of a beat"), (0.75, "three quarters of a beat"), (1.0, "one beat"),
    (1.5, "one and a half beats"), (2.0, "two beats"), (4.0, "four beats"),
)  # fmt: skip

CEILINGS: tuple[tuple[float, str, str], ...] = (
    (-6.0, "as a rule (-6 dBFS)", "For a room where people come to play."),
    (-12.0, "gentle: hospital, hearing aids, small children (-12 dBFS)",
     "Nothing becomes louder than half of the usual. Set the amplifier with a sound-level meter."),
)  # fmt: skip

AUDIO_TEMPOS: tuple[tuple[AudioTempo, str, str], ...] = (
    (
        "stretch",
        "goes along, at its own pitch",
        "It is stretched; far from its tempo one hears it.",
    ),
    ("repitch", "goes along, higher or lower", "Like a tape that runs faster or slower."),
    ("wait", "waits for its own tempo", "It is silent until the room is back at its tempo."),
)

_SHAPINGS: tuple[tuple[Shaping, float, str, str], ...] = (
    ("half", 1, "half as long", "Only its first half, again and again."),
    ("double", 1, "twice as long", "Everything twice: then one half can be changed."),
    ("reverse", 1, "backwards, or forwards again", "From its end to its beginning."),
    ("shift", -1, "one beat earlier", "It answers sooner."),
    ("shift", 1, "one beat later", "It answers later."),
    ("shift", -0.5, "half a beat earlier", "Off the beat, or back on it."),
    ("shift", 0.5, "half a beat later", "Off the beat, or back on it."),
    ("transpose", 1, "one step higher", "Up one note of those that fit."),
    ("transpose", -1, "one step lower", "Down one note of those that fit."),
    ("tighten", 0, "not tightened", "Exactly the hands' own time."),
    ("tighten", 0.5, "nearer to the beat", "Half way to the grid: the hands can still be heard."),
    ("tighten", 1, "on the beat", "All the way to the grid."),
)  # fmt: skip

_FOLLOWS = ("follow", 1, "follow the notes that fit", "It changes along when we change notes.")
_STAYS = ("follow", 0, "keep its own notes", "It stays as it was played when we change notes.")


def metre_choices() -> tuple[Choice, ...]:
    """The metres, each with a picture of how it is felt."""
    out = []
    for text in METRES:
        pulses, unit = (int(part) for part in text.split("/"))
        picture = "  ".join("■" * group for group in Meter(pulses, unit).groups)
        out.append(Choice(text, f"{text:<6}{picture}", "From the next bar on."))
    return tuple(out)


def sound_choices(patches: Iterable[PatchView]) -> list[Choice]:
    """All sounds, family by family; a family's name stands beside its first sound."""
    families: dict[str, list[PatchView]] = {}
    for patch in patches:
        families.setdefault(patch.family, []).append(patch)
    if list(families) == [""]:
        return [Choice(p.name, p.label, p.sentence) for p in families[""]]
    return [
        Choice(p.name, f"{fit('' if n else family, _FAMILY)} {p.label}", p.sentence)
        for family, members in families.items()
        for n, p in enumerate(members)
    ]


def shape_choices(layer: LayerView) -> list[Choice]:
    """What can be done to a loop."""
    notes = _STAYS if "follows" in layer.shaping else _FOLLOWS
    rows = (*_SHAPINGS[:9], notes, *_SHAPINGS[9:])
    return [Choice(f"{what} {amount:g}", label, about) for what, amount, label, about in rows]


def scene_label(scene: SceneView) -> str:
    """One earlier moment in a line."""
    state = "  comes at the next bar" if scene.comes else ""
    name = f"  {scene.name}" if scene.name else ""
    return f"bar {scene.bar:<5}{loops_words(scene.layers):<9}{name}{state}"


def scene_choices(snapshot: Snapshot) -> list[Choice]:
    """Earlier moments, the newest first."""
    sentence = "From the next bar on, just this."
    return [
        Choice(str(scene.scene), scene_label(scene), sentence)
        for scene in sorted(snapshot.scenes, key=lambda one: (one.bar, one.scene), reverse=True)
    ]


def group_choices(snapshot: Snapshot, groups: int) -> list[Choice]:
    """The groups, with how many loops are in each."""
    counts = dict.fromkeys(range(groups + 1), 0)
    for seat in snapshot.seats:
        for layer in seat.layers:
            counts[layer.group] = counts.get(layer.group, 0) + 1
    rows = [Choice("0", "no group", "Its own button only.")]
    for group in range(1, groups + 1):
        held = loops_words(counts[group]) if counts[group] else "empty"
        rows.append(
            Choice(str(group), f"group {group}   {held}", f"F{group + 4} mutes and plays it.")
        )
    return rows


def loop_bars_choices() -> list[Choice]:
    """Lengths of new loops."""
    return [Choice(str(bars), bars_words(bars)) for bars in LOOP_BARS]


def echo_choices() -> list[Choice]:
    """How long the echo takes."""
    return [Choice(f"{beats:g}", label) for beats, label in ECHOES]


def badge_choices(snapshot: Snapshot, seat: SeatView) -> list[Choice]:
    """The badges that nobody has, and the player's own."""
    taken = {s.badge for s in snapshot.seats} - {seat.badge}
    return [Choice(b.name, f"{b.shape} {b.name}") for b in BADGES if b.name not in taken]


def swap_choices(snapshot: Snapshot, seat: SeatView) -> list[Choice]:
    """The other players."""
    return [
        Choice(str(s.seat), f"{s.badge}, {s.input}") for s in snapshot.seats if s.seat != seat.seat
    ]


def clock_choices(inputs: Iterable[InputView]) -> list[Choice]:
    """The room's own clock, and every MIDI input."""
    own = Choice("", "the room's own", "The tempo is set and tapped here.")
    heard = "The room follows its MIDI clock: tempo, start and stop come from there."
    return [own, *(Choice(i.input, i.label, heard) for i in inputs if i.input.startswith("midi:"))]


def clock_out_choices(snapshot: Snapshot) -> list[Choice]:
    """The MIDI outputs, and whether they get the room's clock; what is chosen changes that."""
    sent = {True: ("  gets our clock", "Enter: no longer."), False: ("", "Enter: send it there.")}
    return [
        Choice(output, output.partition(":")[2] + words, sentence)
        for output in snapshot.outputs
        for words, sentence in (sent[output in snapshot.clock_outputs],)
    ]


def layout_choices() -> list[Choice]:
    """Keyboards."""
    sentence = "The keys play where they lie; the screen shows what is printed on them."
    return [
        Choice(x.name, f"{x.label:<9}{x.rows[1][:6].upper()}", sentence) for x in LAYOUTS.values()
    ]
