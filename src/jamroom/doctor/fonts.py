"""What was found of SoundFonts, in plain words. Pure."""

from __future__ import annotations

from jamroom.doctor.facts import Failed, FontFacts
from jamroom.doctor.findings import Finding

_WITHOUT = "jamroom's own sounds play; cello, violin and the others of an orchestra do not."
_INSTALL = "sudo apt install libfluidsynth3 fluid-soundfont-gm"


def judge_font(facts: FontFacts) -> list[Finding]:
    """Whether layers can be heard as the instruments of an orchestra."""
    if facts.sounds:
        return [Finding("ok", f"SoundFont: {facts.told}")]
    why = facts.told.partition(" For cello")[0]
    return [Finding("note", why, _WITHOUT, "On Debian or Ubuntu:", _INSTALL)]


def font_failed(failed: Failed) -> list[Finding]:
    """For when loading a SoundFont broke: a room does without it."""
    text = f"The SoundFont could not be loaded: {failed.why}."
    return [
        Finding("note", text, _WITHOUT, "Take it out of the folder, or install another:", _INSTALL)
    ]
