"""What was found of MIDI, in plain words. Pure."""

from __future__ import annotations

from jamroom.doctor.facts import Failed, MidiFacts
from jamroom.doctor.findings import Finding
from jamroom.doctor.packages import join_group
from jamroom.doctor.setting import Setting

_WITHOUT = "Terminal keys and MIDI files play; controllers do not."


def judge_midi(facts: MidiFacts, setting: Setting) -> list[Finding]:
    """The MIDI system, and who is plugged in."""
    if not facts.system:
        return [_none(setting)]
    through_jack = facts.system.casefold() == "jack"
    text = f"{_name(facts.system)} carries MIDI"
    if not through_jack:
        found = [Finding("ok", f"{text}; no bridge (a2jmidid) is needed")]
    elif setting.linux and setting.sequencer != "there":
        do, run = _sequencer(setting)
        means = "Controllers that are plugged into USB come through ALSA, and will not be seen."
        found = [Finding("note", f"{text}; there is no ALSA sequencer", means, do, run)]
    else:
        found = [Finding("ok", text)]
    return [*found, _inputs(facts.inputs)]


def _name(system: str) -> str:
    return {"alsa": "ALSA's sequencer", "jack": "JACK"}.get(system.casefold(), system)


def _inputs(inputs: tuple[str, ...]) -> Finding:
    if inputs:
        plural = "s" if len(inputs) > 1 else ""
        return Finding("ok", f"{len(inputs)} input{plural} plugged in: {', '.join(inputs)}")
    return Finding(
        "note",
        "no controller is plugged in",
        "The keys of the terminal play.",
        "Plug one in whenever you like: a room notices within half a second.",
    )


def _none(setting: Setting) -> Finding:
    if not setting.linux:
        return Finding("note", "no MIDI on this machine", _WITHOUT)
    text = "no MIDI here: neither an ALSA sequencer nor a JACK server"
    return Finding("note", text, _WITHOUT, *_sequencer(setting))


def _sequencer(setting: Setting) -> tuple[str, str]:
    if setting.sequencer == "barred":
        return (
            "/dev/snd/seq is there, but you may not open it. Join the group audio, and log in "
            "again:",
            join_group("audio", setting.user),
        )
    return "Load ALSA's sequencer (a container needs it from its host):", "sudo modprobe snd-seq"


def midi_failed(failed: Failed) -> list[Finding]:
    """For when looking for MIDI itself broke."""
    return [
        Finding(
            "problem",
            f"MIDI could not be looked at: {failed.why}.",
            _WITHOUT,
            "Restart the sound server, or unplug the controllers one by one; then ask again.",
        )
    ]
