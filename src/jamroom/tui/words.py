"""Words and signs for people, in one place: phases of a layer, what is kept, when changes happen.

Every sign takes one cell and can be told from the others without colour.
"""

from __future__ import annotations

from jamroom.messages import Ask, Gate, LayerPhase, PaletteView, ToRoom
from jamroom.music.palette import Palette, describe
from jamroom.session.events import Consent, LoopBarsChosen, Marked, Quantise, QuantiseChosen

PHASE_GLYPHS: dict[LayerPhase, str] = {
    "empty": "·",
    "armed": "◌",
    "recording": "●",
    "playing": "►",
    "muted": "‖",
    "overdubbing": "✚",
}

PHASE_WORDS: dict[LayerPhase, str] = {
    "empty": "empty",
    "armed": "ready",
    "recording": "recording",
    "playing": "playing",
    "muted": "muted",
    "overdubbing": "adding",
}

CONSENT_GLYPHS: dict[Consent, str] = {"undecided": "?", "play": "♪", "keep": "⌂", "share": "↗"}

CONSENT_WORDS: dict[Consent, str] = {
    "undecided": "not asked yet",
    "play": "play only",
    "keep": "kept for us",
    "share": "may be shared",
}

QUANTISE_WORDS: dict[Quantise, str] = {
    "off": "at once",
    "beat": "on the beat",
    "bar": "on the bar",
    "loop": "on the loop",
}

BANNER = ("Has the group agreed that today is kept?", "Is today kept?", "?")  # what fits
BANNER_KEYS = (("Y", "keep, earlier too"), ("N", "play only"))
BANNER_NOTE = "(nothing is stored until then)"
KEEPS_EARLIER = "Y keeps what was played since the room opened, too."


def consent_in_force(consent: Consent, keeping: Consent) -> Consent:
    """A player's own choice; the session's as long as they have made none."""
    return keeping if consent == "undecided" else consent


def gate_words(latch: bool, gate_s: float) -> str:
    """How terminal notes end, as the screen says it."""
    return "keys stay until pressed again" if latch else f"keys ring {gate_s:g} s"


def confirmation(message: ToRoom) -> str:
    """What to say when a message was sent that the room itself answers with no word; else ""."""
    match message:
        case Gate(latch=latch, length_s=length_s):
            return gate_words(latch, length_s)
        case Ask(request=QuantiseChosen(quantise=quantise)):
            return f"changes happen {QUANTISE_WORDS[quantise]}"
        case Ask(request=LoopBarsChosen(bars=bars)):
            return f"new loops have {bars_words(bars)}"
        case Ask(request=Marked()):
            return "Marked this moment."
    return ""


def palette_words(view: PaletteView) -> tuple[str, str]:
    """A palette as its root and its scale: ("D", "dorian")."""
    try:
        root, _, scale = describe(Palette(view.root, view.scale)).partition(" ")
    except ValueError:  # a room newer than this console may know more scales
        return "", view.scale
    return root, scale


def queued_words(queued: str) -> str:
    """What will happen to a layer at the end of its count-in."""
    return {"close": "end", "": "change"}.get(queued, queued)


def bars_words(bars: int) -> str:
    """A number of bars: "1 bar", "2 bars"."""
    return f"{bars} bar" if bars == 1 else f"{bars} bars"


def level_words(level_db: float) -> str:
    """A level: "-3 dB", "0 dB", "+6 dB"."""
    return f"{level_db:+.0f} dB" if round(level_db) else "0 dB"
