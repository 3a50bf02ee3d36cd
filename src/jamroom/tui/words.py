"""Words and signs for people, in one place: phases of a layer, what is kept, when changes happen.

Every sign takes one cell and can be told from the others without colour.
"""

from __future__ import annotations

from jamroom.messages import (
    Ask,
    Gate,
    Learn,
    ToRoom,
)
from jamroom.music.palette import Palette, describe
from jamroom.session import events as ev
from jamroom.session.events import Consent, Quantise
from jamroom.tui.layouts import Layout
from jamroom.views import LayerPhase, LayerView, PaletteView

PHASE_GLYPHS: dict[LayerPhase, str] = {
    "empty": "·",
    "armed": "◌",
    "recording": "●",
    "playing": "►",
    "muted": "‖",
    "overdubbing": "✚",
}

SOLO_GLYPH = "◎"
UNHEARD_GLYPH = "▷"
WAVE = "≈"
"""What fills the bar of a layer of recorded sound."""
_GROUP_GLYPHS = " ₁₂₃₄₅₆₇₈"

PHASE_WORDS: dict[LayerPhase, str] = {
    "empty": "empty",
    "armed": "ready",
    "recording": "recording",
    "playing": "playing",
    "muted": "muted",
    "overdubbing": "adding",
}

MORE_SIGNS = (
    (SOLO_GLYPH, "heard alone"),
    (UNHEARD_GLYPH, "playing, but another is heard alone"),
    (WAVE, "recorded sound"),
    ("₁ ₂ …", "its group"),
)

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
LOCKED = "Locked: what was made stays as it is. Shift+L takes the lock off."
BANNER_NOTE = "(nothing is stored until then)"
KEEPS_EARLIER = "Y keeps what was played since the room opened, too."


def consent_in_force(consent: Consent, keeping: Consent) -> Consent:
    """A player's own choice; the session's as long as they have made none."""
    return keeping if consent == "undecided" else consent


def to_answer(layout: Layout) -> str:
    """What to press to answer the banner, on this keyboard."""
    return f"To answer: Shift+{layout.printed('Y')} keep, Shift+{layout.printed('N')} play only"


def gate_words(latch: bool, gate_s: float) -> str:
    """How terminal notes end, as the screen says it."""
    return "keys stay until pressed again" if latch else f"keys ring {gate_s:g} s"


def keys_words(held: bool, latch: bool, gate_s: float) -> str:
    """How this window's letter keys end. `held`: its terminal tells when a key comes up."""
    return "keys sound while held" if held and not latch else gate_words(latch, gate_s)


def confirmation(message: ToRoom) -> str:
    """What to say when a message was sent that the room itself answers with no word; else ""."""
    match message:
        case Gate(latch=latch, length_s=length_s):
            return gate_words(latch, length_s)
        case Learn(input=named):
            return "Press its pads in order, then l again." if named else "Learned."
        case Ask(request=request):
            return _request_words(request)
    return ""


def _request_words(request: ev.Request) -> str:
    match request:
        case ev.QuantiseChosen(quantise=quantise):
            return f"changes happen {QUANTISE_WORDS[quantise]}"
        case ev.LoopBarsChosen(bars=bars):
            return f"new loops have {bars_words(bars)}"
        case ev.Marked():
            return "Marked this moment."
        case ev.LockChosen(locked=True):
            return "Locked: what was made stays. Play, mute and silence work as always."
        case ev.LockChosen():
            return "Unlocked."
        case ev.FreeLoopChosen(free=True):
            return "The first loop sets the tempo: press a layer, play, press it again."
        case ev.FreeLoopChosen():
            return "Loops keep to the room's tempo."
        case ev.MicrophoneSwitched(on=on):
            return "The microphone is on." if on else "The microphone is off."
        case ev.AllStopped():
            return "All loops rest from the next bar on."
        case ev.SceneKept(name=name):
            return f"Kept this moment as {name}." if name else "Kept this moment."
        case ev.SceneRecalled():
            return "Back to that moment at the next bar."
        case ev.EchoChosen(beats=beats):
            return f"the echo comes after {beats:g} beats"
        case ev.CeilingChosen(ceiling_dbfs=ceiling):
            return f"the ceiling is {ceiling:g} dBFS: nothing becomes louder"
        case ev.ClockSent(on=on):
            return "It gets the room's clock." if on else "It gets the room's clock no longer."
        case ev.ClockChosen(input=named):
            return "The room follows that clock." if named else "The room keeps its own time."
    return ""


def palette_words(view: PaletteView) -> tuple[str, str]:
    """A palette as its root and its scale: ("D", "dorian")."""
    try:
        root, _, scale = describe(Palette(view.root, view.scale)).partition(" ")
    except ValueError:  # a room newer than this console may know more scales
        return "", view.scale
    return root, scale


def layer_glyph(layer: LayerView) -> str:
    """The sign of a layer: its phase, unless one of them is heard alone."""
    if layer.phase == "playing" and layer.solo:
        return SOLO_GLYPH
    if layer.phase == "playing" and layer.unheard:
        return UNHEARD_GLYPH
    return PHASE_GLYPHS[layer.phase]


def group_glyph(group: int) -> str:
    """A small number, or a blank."""
    return _GROUP_GLYPHS[group] if 0 <= group < len(_GROUP_GLYPHS) else " "


def loops_words(loops: int) -> str:
    """A number of loops: "1 loop", "3 loops"."""
    return "nothing" if not loops else f"{loops} loop" if loops == 1 else f"{loops} loops"


def queued_words(queued: str) -> str:
    """What will happen to a layer at the end of its count-in."""
    return {"close": "end", "": "change"}.get(queued, queued)


def bars_words(bars: int) -> str:
    """A number of bars: "1 bar", "2 bars"."""
    return f"{bars} bar" if bars == 1 else f"{bars} bars"


def level_words(level_db: float) -> str:
    """A level: "-3 dB", "0 dB", "+6 dB"."""
    return f"{level_db:+.0f} dB" if round(level_db) else "0 dB"
