"""The visit: part after part is tried, judged and printed, and one sentence says what now."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import TypeVar

from jamroom.doctor import disk, midi, sound
from jamroom.doctor.facts import (
    AnyFacts,
    DiskFacts,
    EngineFacts,
    Facts,
    Failed,
    FontFacts,
    MidiFacts,
    SoundFacts,
)
from jamroom.doctor.findings import Finding, section_text, wrapped
from jamroom.doctor.fonts import font_failed, judge_font
from jamroom.doctor.machine import judge_machine, machine_facts, versions_line
from jamroom.doctor.setting import look_around
from jamroom.doctor.terminal import judge_terminal, terminal_facts
from jamroom.doctor.trials import run_trial

F = TypeVar("F", bound=Facts)


def visit() -> int:
    """Look at everything and print it as it comes. 0 if a jam is possible, else 1."""
    try:
        return _visit()
    except BrokenPipeError:  # `jamroom doctor | head` has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _visit() -> int:
    setting = look_around()
    say("jamroom doctor looks around: about five seconds, without a sound.\n\n")

    heard, engine = run_trial("sound"), run_trial("engine")
    findings = judged(
        heard, SoundFacts, lambda f: sound.judge_sound(f, setting), sound.sound_failed
    )
    findings += judged(engine, EngineFacts, sound.judge_engine, sound.engine_failed)
    findings += judged(run_trial("font"), FontFacts, judge_font, font_failed)
    _section("Sound", findings)

    played = run_trial("midi")
    _section(
        "MIDI",
        judged(played, MidiFacts, lambda f: midi.judge_midi(f, setting), midi.midi_failed),
    )

    stored = run_trial("disk")
    _section("Disk", judged(stored, DiskFacts, disk.judge_disk, disk.disk_failed))
    _section("Real time", judge_machine(machine_facts(), setting))

    terminal = terminal_facts()
    _section("Terminal", judge_terminal(terminal))

    say("Versions (for a bug report)\n")
    portaudio = heard.portaudio if isinstance(heard, SoundFacts) else ""
    say("\n".join(wrapped(versions_line(portaudio), "  ")) + "\n\n")
    sentence, possible = what_now(heard, engine, played, stored, console=terminal.size != (0, 0))
    say("\n".join(wrapped(sentence)) + "\n")
    return 0 if possible else 1


def judged(
    facts: AnyFacts,
    kind: type[F],
    judge: Callable[[F], list[Finding]],
    failed: Callable[[Failed], list[Finding]],
) -> list[Finding]:
    """Findings from a trial's facts, or from its failure."""
    if isinstance(facts, kind):
        return judge(facts)
    return failed(facts if isinstance(facts, Failed) else Failed("it gave facts of another kind"))


def what_now(
    heard: AnyFacts, engine: AnyFacts, played: AnyFacts, stored: AnyFacts, *, console: bool
) -> tuple[str, bool]:
    """One sentence on what a person can do right now, and whether a jam is possible at all."""
    if not isinstance(engine, EngineFacts):
        return "You cannot jam yet: jamroom's sounds are broken (see Sound).", False
    if isinstance(stored, DiskFacts) and (stored.meeting or not stored.there):
        return "You cannot jam yet: a room has nowhere to live (see Disk).", False
    audible = isinstance(heard, SoundFacts) and not heard.silent and heard.alive
    through = (
        f"with sound ({heard.host})" if isinstance(heard, SoundFacts) and audible else "silent"
    )
    sentence = f"You can jam now: {through}, {_hands(played, console)}."
    if isinstance(heard, Failed):
        sentence += " Open the room with --host null."
    elif not audible:
        sentence += " For sound, see the first lines."
    if not isinstance(stored, DiskFacts) or stored.refusal:
        sentence += " Nothing will be kept until the disk is put right."
    return sentence + (" Type: jamroom" if console else ""), True


def _hands(played: AnyFacts, console: bool) -> str:
    hands = ["terminal keys"] if console else []
    count = len(played.inputs) if isinstance(played, MidiFacts) else 0
    if count:
        hands.append(f"{count} MIDI input{'s' if count > 1 else ''}")
    if not hands:
        return "without a console, by files (--headless --play FILE.mid)"
    return ("with " if console else "without a console, with ") + " and ".join(hands)


def _section(title: str, findings: Sequence[Finding]) -> None:
    say(section_text(title, findings, colour=_coloured()) + "\n")


def _coloured() -> bool:
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM", "dumb") == "dumb"
    return sys.stdout.isatty() and not plain


def say(text: str) -> None:
    """Print at once, whatever the encoding can carry."""
    encoding = sys.stdout.encoding or "ascii"
    sys.stdout.write(text.encode(encoding, "replace").decode(encoding))
    sys.stdout.flush()
