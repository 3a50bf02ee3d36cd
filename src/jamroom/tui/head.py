"""The head of the screen: session and keeping light, palette, beat, tempo, room level.

The beat moves by filling, never by flashing: each block fills once a bar, so no place on the
screen changes faster than the bars do (three flashes a second is the limit of WCAG 2.3.1).
"""

from __future__ import annotations

from jamroom.music.meter import Meter
from jamroom.tui.bigtype import big
from jamroom.tui.paint import Line, Span, bar, count_lights, cropped, fit, padded, spread
from jamroom.tui.scene import Scene
from jamroom.tui.words import QUANTISE_WORDS, bars_words, keys_words, level_words, palette_words
from jamroom.views import Snapshot

_LOUDNESS_DB = (-48.0, 0.0)  # ends of the peak meter
_NEAR_CEILING_DB = 1.0
_MICROPHONE_DB = 48.0
_SILENT_LUFS = -70.0  # the gate of ITU-R BS.1770: below it there is nothing to measure
_CELLS_BESIDE = 19  # what the longest scale names need beside the root's letters
_RECORDER_TROUBLE = {
    "behind": "▲ the recorder is behind; it catches up",
    "failing": "▲ NOT being written: the disk refuses",
    "away": "▲ the recorder is away; it is coming back",
}


def keeping_light(snapshot: Snapshot) -> Span:
    """Whether anything is being kept: a sign and words, and a warning before all else."""
    keeps = snapshot.keeping in ("keep", "share")
    if keeps and snapshot.recorder != "writing":
        return Span(f" {_RECORDER_TROUBLE[snapshot.recorder]} ", "alarm", "alarm")
    if snapshot.keeping == "keep":
        return Span(" ⌂ being kept for us ", "ok", "chip")
    if snapshot.keeping == "share":
        return Span(" ↗ being kept, may be shared ", "ok", "chip")
    if snapshot.keeping == "play":
        return Span(" ♪ play only: nothing is kept ", "text", "chip")
    return Span(" ? not decided: nothing is kept yet ", "warn", "ask")


def title_line(scene: Scene, cells: int) -> Line:
    """The top line."""
    snapshot = scene.snapshot
    demo: Line = (
        (Span("  demo", "warn", "bar"),) if snapshot.demo and snapshot.session != "demo" else ()
    )
    left = (
        Span(" jamroom ", "accent", "bar"),
        Span(" " + snapshot.session, "strong", "bar"),
        *demo,
    )
    signs = room_signs(snapshot)
    right = (*signs, keeping_light(snapshot), Span(" ", "text", "bar"))
    return spread(left, right, cells, "bar")


def room_signs(snapshot: Snapshot) -> Line:
    """What everybody must see: that a microphone listens, that the lock is on."""
    signs: list[Span] = []
    if snapshot.microphone:
        level = bar(1 + snapshot.microphone_dbfs / _MICROPHONE_DB, 4, "·")
        signs += [Span(f" ◉ microphone {level} ", "recording", "alarm"), Span(" ", "text", "bar")]
    if snapshot.locked:
        signs += [Span(" ▣ locked ", "warn", "ask"), Span(" ", "text", "bar")]
    return tuple(signs)


def pulse_cells(meter: Meter, cells: int) -> tuple[int, list[int]]:
    """Width of one pulse block, and the gap after each pulse (wider between felt groups)."""
    gaps: list[int] = []
    wide = cells >= 6 * meter.pulses and len(meter.groups) < meter.pulses
    for group in meter.groups:
        gaps += [1] * (group - 1) + [3 if wide else 2]
    gaps[-1] = 0
    if len(meter.groups) == meter.pulses:
        gaps = [1] * (meter.pulses - 1) + [0]
    return max(1, (cells - sum(gaps)) // meter.pulses), gaps


def beat_lines(snapshot: Snapshot, cells: int, rows: int) -> list[Line]:
    """The bar as blocks that fill: `rows` - 1 lines of blocks, and a line of numbers."""
    meter = Meter(snapshot.pulses, snapshot.unit)
    width, gaps = pulse_cells(meter, cells)
    blocks: list[Span] = []
    numbers: list[Span] = []
    for index, gap in enumerate(gaps):
        pulse = index + 1
        now = pulse == snapshot.pulse
        if pulse < snapshot.pulse:
            blocks.append(Span("▒" * width, "beat_past"))
        elif now:
            blocks.append(Span(bar(snapshot.pulse_phase, width, "░"), "beat"))
        else:
            blocks.append(Span("░" * width, "beat_next"))
        name = (
            f"[{pulse}]" if now and width >= 3 else str(pulse) if width >= len(str(pulse)) else ""
        )
        numbers.append(Span(fit(name, width, "centre"), "beat" if now else "quiet"))
        if gap:
            blocks.append(Span(" " * gap))
            numbers.append(Span(" " * gap))
    return [padded(tuple(blocks), cells)] * (rows - 1) + [padded(tuple(numbers), cells)]


def palette_lines(snapshot: Snapshot, cells: int, rows: int) -> list[Line]:
    """The palette: its root in big letters, its scale beside it, what comes next below."""
    root, scale = palette_words(snapshot.palette)
    room_for_tall = cells >= _CELLS_BESIDE + 11 * len(root)
    letters = big(root, tall=rows >= 6 and room_for_tall)
    letters = ("",) * ((rows - len(letters)) // 2) + letters
    width = 3 + max((len(row) for row in letters), default=0)
    names = [scale] if len(scale) <= cells - width else scale.split(" ")
    beside = [*((Span(name, "strong"),) for name in names), *_coming(snapshot)]
    start = (rows - len(beside)) // 2 if rows >= 6 else 0
    out: list[Line] = []
    for y in range(rows):
        letter = letters[y] if y < len(letters) else ""
        left: Line = (Span(" "), Span(fit(letter, width - 3), "accent"), Span("  "))
        right: Line = beside[y - start] if 0 <= y - start < len(beside) else ()
        out.append(padded(cropped((*left, *right), cells), cells))
    return out


def _coming(snapshot: Snapshot) -> list[Line]:
    if snapshot.next_palette is None:
        return []
    root, scale = palette_words(snapshot.next_palette)
    lights = count_lights(snapshot.next_palette_in_beats)
    return [(Span(f"→ {root} {scale}", "warn"),), (Span(lights, "warn"),)]


def tempo_lines(snapshot: Snapshot, cells: int, rows: int) -> list[Line]:
    """Tempo in big digits, metre and bar beside it."""
    digits = big(f"{snapshot.bpm:.0f}", tall=rows >= 6 and cells >= 46)
    width = max(len(row) for row in digits)
    pending = snapshot.next_bpm != snapshot.bpm
    beside: list[Line] = [
        (Span(f"{snapshot.pulses}/{snapshot.unit}", "strong"),),
        (Span(f"bar {snapshot.bar}", "text"),),
        (Span(f"→ {snapshot.next_bpm:g}", "warn"),)
        if pending
        else (Span("clock" if snapshot.clock_input else "bpm", "quiet"),),
    ]
    start = (rows - len(digits)) // 2
    out: list[Line] = []
    for y in range(rows):
        at = y - start
        left = digits[at] if 0 <= at < len(digits) else " " * width
        side = (rows - len(beside)) // 2
        right: Line = beside[y - side] if 0 <= y - side < len(beside) else ()
        out.append(padded(cropped((Span(left, "text"), Span("  "), *right), cells), cells))
    return out


def peak_meter(peak_dbfs: float, cells: int, ceiling_dbfs: float = -6.0) -> Span:
    """How loud it is now, as a bar between brackets; warm when the ceiling holds it."""
    low, high = _LOUDNESS_DB
    full = (peak_dbfs - low) / (high - low) if peak_dbfs > low else 0.0
    hot = peak_dbfs > ceiling_dbfs - _NEAR_CEILING_DB
    return Span(bar(full, cells, "·"), "warn" if hot else "meter", "bar")


def status_lines(scene: Scene, cells: int) -> list[Line]:
    """Two lines: how loud and how loops go; how the keys ring and what carries sound and MIDI."""
    snapshot = scene.snapshot
    wide = cells >= 110
    loud = (
        Span(" room ", "quiet", "bar"),
        Span(fit(level_words(snapshot.room_level_db), 7), "strong", "bar"),
        Span("▕", "quiet", "bar"),
        peak_meter(scene.peak_dbfs, 24 if wide else 10, snapshot.ceiling_dbfs),
        Span("▏", "quiet", "bar"),
        Span(fit(loudness_words(snapshot.loudness_lufs), 9), "text", "bar"),
        Span(_ceiling_words(snapshot, wide), "quiet", "bar"),
    )
    length = "free" if snapshot.free_loop else bars_words(snapshot.loop_bars)
    loops = (
        Span("new loops ", "quiet", "bar"),
        Span(length, "strong", "bar"),
        Span("  change ", "quiet", "bar"),
        Span(QUANTISE_WORDS[snapshot.quantise] + " ", "strong", "bar"),
    )
    carriers = "  ".join(w for w in (snapshot.clock, snapshot.host, snapshot.midi) if w)
    late = f"  {snapshot.missed} late" if snapshot.missed else ""
    below = (
        Span(" " + keys_words(scene.held_keys, snapshot.latch, snapshot.gate_s), "text", "bar"),
        Span("   " + carriers, "quiet", "bar"),
    )
    return [
        spread(loud, loops, cells, "bar"),
        spread(below, (Span(late + " ", "warn", "bar"),), cells, "bar"),
    ]


def loudness_words(lufs: float) -> str:
    """How loud the last three seconds were to an ear."""
    return f"{lufs:.0f} LUFS" if lufs > _SILENT_LUFS else "  – LUFS"


def _ceiling_words(snapshot: Snapshot, wide: bool) -> str:
    """Only a ceiling that was lowered is told."""
    if snapshot.ceiling_dbfs >= -6.0:
        return ""
    return f" at most {snapshot.ceiling_dbfs:g} dBFS" if wide else f" max {snapshot.ceiling_dbfs:g}"


def band_widths(cells: int, bpm: float) -> tuple[int, int, int]:
    """Widths of palette, beat and tempo in the band; a tempo of three digits wants more."""
    if cells >= 120:
        side = min(46, cells // 4)
        tempo = 46 if cells >= 140 else 34
        return side, cells - side - tempo - 2, tempo
    side = max(14, cells * 26 // 80)
    beside = len("  bar 999")
    tempo = max(15, cells * 20 // 80, 6 * len(f"{bpm:.0f}") + beside)
    return side, cells - side - tempo - 2, tempo


def band_lines(snapshot: Snapshot, cells: int, rows: int) -> list[Line]:
    """Palette, beat and tempo side by side."""
    left, middle, right = band_widths(cells, snapshot.bpm)
    columns = zip(
        palette_lines(snapshot, left, rows),
        beat_lines(snapshot, max(4, middle), rows),
        tempo_lines(snapshot, right, rows),
        strict=True,
    )
    return [(*a, *b, Span("  "), *c) for a, b, c in columns]
