"""What the disk trial means for a session's journal, in plain words. Pure."""

from __future__ import annotations

import statistics

from jamroom.doctor.facts import DiskFacts, Failed
from jamroom.doctor.findings import Finding

COMMIT_MS = 50.0
"""The recorder commits this often (architecture.md, 'Journal')."""

SLOW_MS = 500.0
MB = 1_000_000
LITTLE_BYTES = 100 * MB
SOME_BYTES = 1000 * MB
_NETWORKS = {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "ncpfs", "afs", "ceph"}
_IN_RAM = {"tmpfs", "ramfs"}
_ELSEWHERE = "Name a folder for the sessions on another disk:"
_ELSEWHERE_RUN = "export JAMROOM_HOME=/path/to/folder"


def judge_disk(facts: DiskFacts) -> list[Finding]:
    """Where sessions live, whether they can, and how soon what was played is safe."""
    if facts.refusal:
        found = [
            Finding(
                "problem",
                f"{facts.folder} cannot be {'written' if facts.there else 'made'}: "
                f"{facts.refusal}.",
                "The room plays, but nothing is kept." if facts.there else "No room can open.",
                _ELSEWHERE,
                _ELSEWHERE_RUN,
            )
        ]
    else:
        found = [_place(facts), *_filesystem(facts), _durability(facts.fsync_ms)]
    if facts.meeting:
        found.append(
            Finding(
                "problem",
                f"A room and its console cannot meet: {facts.meeting}.",
                "No room can open.",
                "Put that right, or give temporary files another folder:",
                "mkdir -m 700 ~/.jam; XDG_RUNTIME_DIR=~/.jam jamroom",
            )
        )
    return found


def _place(facts: DiskFacts) -> Finding:
    text = f"sessions live in {facts.folder}; {size(facts.free_bytes)} free"
    if facts.free_bytes < LITTLE_BYTES:
        means = "The disk may fill up during a session; then music goes on, and is not kept."
        return Finding("problem", text, means, "Make room, or: " + _ELSEWHERE, _ELSEWHERE_RUN)
    if facts.free_bytes < SOME_BYTES:
        return Finding("note", text, "Enough for notes; tight for sound files (WAV).")
    return Finding("ok", text)


def size(count: int) -> str:
    """Bytes for people: "12 GB"."""
    for unit, many in (("TB", MB * MB), ("GB", 1000 * MB), ("MB", MB)):
        if count >= many:
            return f"{count / many:.{0 if count >= 10 * many else 1}f} {unit}"
    return f"{count // 1000} kB"


def _filesystem(facts: DiskFacts) -> list[Finding]:
    kind = facts.filesystem
    if kind in _NETWORKS:
        means = "SQLite cannot promise to keep a journal whole over a network."
        return [Finding("problem", f"this is a network disk ({kind})", means, _ELSEWHERE,
                        _ELSEWHERE_RUN)]  # fmt: skip
    if kind in _IN_RAM:
        means = "Sessions are gone when the machine is switched off."
        return [Finding("note", f"this is not a disk but memory ({kind})", means, _ELSEWHERE,
                        _ELSEWHERE_RUN)]  # fmt: skip
    return []


def _durability(times_ms: tuple[float, ...]) -> Finding:
    middle_ms, worst_ms = statistics.median(times_ms), max(times_ms)
    text = (
        f"a durable write takes {_ms(middle_ms)} ({_ms(worst_ms)} at the worst of "
        f"{len(times_ms)}): "
    )
    if middle_ms <= COMMIT_MS and worst_ms <= SLOW_MS:
        safe_ms = COMMIT_MS + middle_ms
        return Finding("ok", f"{text}what is played is safe within about {safe_ms:.0f} ms")
    return Finding(
        "note",
        f"{text}slow",
        f"A power cut may take the last {max(worst_ms, COMMIT_MS) / 1000:.1f} s. "
        "The music never waits for the disk.",
        _ELSEWHERE,
        _ELSEWHERE_RUN,
    )


def _ms(milliseconds: float) -> str:
    if milliseconds < 0.1:
        return "under 0.1 ms"
    return f"{milliseconds:.{1 if milliseconds < 10 else 0}f} ms"


def disk_failed(failed: Failed) -> list[Finding]:
    """For when the disk gave no answer at all."""
    return [
        Finding(
            "problem",
            f"The folder of the sessions could not be tried: {failed.why}.",
            "The room plays, but what is played may not be kept.",
            _ELSEWHERE,
            _ELSEWHERE_RUN,
        )
    ]
