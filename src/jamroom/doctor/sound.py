"""What the sound trials mean, in plain words. Pure."""

from __future__ import annotations

from jamroom.doctor.facts import EngineFacts, Failed, SoundFacts
from jamroom.doctor.findings import Finding
from jamroom.doctor.packages import install, join_group
from jamroom.doctor.setting import Setting

TIGHT_MS = 15.0
"""From a key to its sound: what hands do not notice."""

LOOSE_MS = 30.0
"""Above this, playing together begins to drag."""

HEAVY_SHARE = 0.5
_MOST_NAMES = 6


def judge_sound(facts: SoundFacts, setting: Setting) -> list[Finding]:
    """What carries the sound, how late it is and how steady, and what else there is."""
    if facts.silent:
        return [*_silent(facts, setting), *_devices(facts)]
    if not facts.alive or facts.blocks == 0:
        return [
            Finding(
                "problem",
                f"{facts.host} opened, but takes no sound.",
                "The room would go on in silence and try again every two seconds.",
                "Close programs that may hold it, or restart the sound server; then ask again.",
            ),
            *_devices(facts),
        ]
    found = [_host(facts), _latency(facts, setting), _steadiness(facts)]
    if facts.failure:
        found.append(Finding("problem", f"The sound callback failed: {facts.failure}"))
    return [*found, *_devices(facts)]


def _host(facts: SoundFacts) -> Finding:
    text = (
        f"{facts.host}: {facts.sample_rate} Hz, periods of {facts.period_frames} frames "
        f"({facts.period_ms:.1f} ms)"
    )
    return Finding("ok", text)


def _latency(facts: SoundFacts, setting: Setting) -> Finding:
    late_ms = facts.period_ms + facts.promised_ms
    text = (
        f"a key is heard at most {late_ms:.1f} ms later: it waits up to a period "
        f"({facts.period_ms:.1f} ms), and the driver reports {facts.promised_ms:.1f} ms"
    )
    if late_ms <= TIGHT_MS:
        return Finding("ok", text)
    means = "Fast playing feels a little soft."
    if late_ms > LOOSE_MS:
        means = "Notes feel late; slow music and loops are fine."
    if facts.host == "JACK":
        return Finding("note", text, means, "Start JACK with a smaller period (128 frames).")
    if setting.pipewire:
        do = "Ask PipeWire for shorter periods, through its JACK side: pw-jack -p 128 jamroom"
        if setting.pw_jack:
            return Finding("note", text, means, do)
        do += ", once this is installed:"
        return Finding("note", text, means, do, install(setting.family, "pipewire-jack"))
    return Finding("note", text, means, "Start a JACK server: jamroom takes it by itself.")


def _steadiness(facts: SoundFacts) -> Finding:
    late_ms = max(0.0, facts.worst_gap_ms - facts.gap_ms)
    text = (
        f"a second of silence: asked every {facts.gap_ms:.1f} ms, at the worst "
        f"{late_ms:.1f} ms late; {_count(facts.missed, 'deadline')} missed"
    )
    if facts.missed == 0:
        return Finding("ok", text)
    if facts.silent:
        means = "The machine is busy: with a sound card these could click."
    else:
        means = "Each missed deadline can be a click."
    return Finding(
        "note",
        text,
        means,
        "Close busy programs, plug in the power supply, or use a longer period; "
        "see 'Real time' below.",
    )


def _count(number: int, noun: str) -> str:
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def _silent(facts: SoundFacts, setting: Setting) -> list[Finding]:
    means = "A room plays in silence: it keeps time, shows, records and exports everything."
    text = facts.why.removesuffix(" The room goes on without sound.") or "No sound card."
    do, run = _cure(facts, setting)
    found = [Finding("note", text, means, do, run)]
    if facts.missed:
        found.append(_steadiness(facts))
    return found


def _cure(facts: SoundFacts, setting: Setting) -> tuple[str, str]:
    if not facts.portaudio:
        return "Install PortAudio, then ask again.", install(setting.family, "portaudio")
    if not setting.linux:
        return "Plug in or choose a sound card in the system's settings, then ask again.", ""
    if not setting.cards:
        return (
            "The system knows no sound card. Plug one in (USB works at once), or start a "
            "JACK server; a running room takes it within two seconds.",
            "",
        )
    if setting.cards_barred:
        return (
            f"{setting.cards[0]} is there, but you may not open it. Join the group audio, "
            "and log in again:",
            join_group("audio", setting.user),
        )
    if not facts.devices:
        return (
            f"The kernel knows {setting.cards[0]}, PortAudio does not; a piece that joins "
            "ALSA to your sound server may be missing:",
            install(setting.family, "alsa-plugins"),
        )
    return "Another program may hold the card: close it, or play through JACK or PipeWire.", ""


def _devices(facts: SoundFacts) -> list[Finding]:
    if len(facts.devices) < 2:
        return []
    shown = "; ".join(facts.devices[:_MOST_NAMES])
    more = len(facts.devices) - _MOST_NAMES
    return [Finding("ok", f"outputs: {shown}{f'; and {more} more' if more > 0 else ''}")]


def sound_failed(failed: Failed) -> list[Finding]:
    """For when the trial of the sound card itself broke: a room may break on it too."""
    return [
        Finding(
            "problem",
            f"The sound card could not be tried: {failed.why}.",
            "A room that opens it may stop; one without sound works.",
            "Restart the sound server, or open a silent room:",
            "jamroom jam --host null",
        )
    ]


def judge_engine(facts: EngineFacts) -> list[Finding]:
    """Whether jamroom's own sounds are there, and what they cost."""
    found = [Finding("problem", f"A patch is left out. {line}") for line in facts.broken]
    share = facts.took_s / facts.seconds
    text = (
        f"sounds: {facts.patches} patches; {facts.voices} voices cost {share:.0%} of one core "
        f"(slowest block {facts.worst_block_ms:.1f} ms, of {facts.block_ms:.1f})"
    )
    if share <= HEAVY_SHARE:
        return [Finding("ok", text), *found]
    means = "Many notes at once may click."
    return [Finding("note", text, means, "Close busy programs; then ask again."), *found]


def engine_failed(failed: Failed) -> list[Finding]:
    """For when pyo or its patches are not there: the one thing a room cannot do without."""
    return [
        Finding(
            "problem",
            f"jamroom's sounds could not be built: {failed.why}.",
            "No room can open, not even a silent one.",
            "Install jamroom again, with its dependencies:",
            "python3 -m pip install --force-reinstall jamroom",
        )
    ]
