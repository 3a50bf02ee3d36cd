"""Twenty players for a loaded room: a MIDI file each, none of them resting."""

from __future__ import annotations

import random
from pathlib import Path

import mido

BPM = 92
_TICKS = 480
_NOTES = (48, 50, 52, 53, 55, 57, 59, 60, 62, 64, 65, 67, 69, 71, 72)


def write_players(folder: Path, count: int, seconds: float, seed: int = 1) -> list[Path]:
    """Files whose players strike about two notes a second, now and then three at once."""
    paths = []
    for number in range(count):
        chance = random.Random(seed * 1000 + number)
        drums = number % 5 == 4
        track = _track(chance, drums, round(seconds * BPM / 60))
        track.insert(0, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(BPM)))
        path = folder / f"{'drums' if drums else 'player'}-{number + 1}.mid"
        mido.MidiFile(type=0, ticks_per_beat=_TICKS, tracks=[track]).save(str(path))
        paths.append(path)
    return paths


def _track(chance: random.Random, drums: bool, beats: int) -> mido.MidiTrack:
    events: list[tuple[int, mido.Message]] = []
    for step in range(beats * 2):
        if chance.random() > 0.6:
            continue
        begin = step * _TICKS // 2 + chance.randrange(30)
        end = begin + chance.randrange(_TICKS // 4, _TICKS * 3 // 4)
        base = chance.choice((36, 37, 38, 42, 46)) if drums else chance.choice(_NOTES)
        chord = (0, 4, 7) if not drums and chance.random() < 0.1 else (0,)
        for above in chord:
            velocity = chance.randrange(50, 110)
            events.append((begin, mido.Message("note_on", note=base + above, velocity=velocity)))
            events.append((end, mido.Message("note_off", note=base + above)))
    track, now = mido.MidiTrack(), 0
    for tick, message in sorted(events, key=lambda placed: placed[0]):
        track.append(message.copy(time=tick - now))
        now = tick
    return track
