"""Loops in a MIDI file are as they sounded, also where one of their notes bends alone."""

from __future__ import annotations

from pathlib import Path

import mido
import pytest
from scribbling import BEAT, TICKS, journal_of, kinds, note, opened, sits, timed

from jamroom.capture.journal import Journal
from jamroom.capture.replay import refold
from jamroom.export.midi_file import export_midi
from jamroom.session import events as ev
from jamroom.session.effects import SoundBend, SoundOn

Heard = dict[tuple[int, int], list[tuple[int, float]]]
"""(tick, note) -> (tick, cents) whenever what bends it changes, from its beginning on."""


def unrolled(folder: Path, events: list[ev.AnyEvent]) -> mido.MidiFile:
    export_midi(journal_of(folder / "s.jam", events), folder / "s.mid", unrolled=True)
    return mido.MidiFile(folder / "s.mid")


def bends_of(track: mido.MidiTrack) -> Heard:
    ranges, bend = dict.fromkeys(range(16), 2), dict.fromkeys(range(16), 0)
    sounding: dict[tuple[int, int], list[tuple[int, float]]] = {}
    heard: Heard = {}
    for tick, message in timed(track):
        if message.type == "control_change" and message.control == 6:
            ranges[message.channel] = message.value
        elif message.type == "note_on":
            cents = bend[message.channel] / 8192 * ranges[message.channel] * 100
            told = heard[tick, message.note] = [(tick, cents)]
            sounding[message.channel, message.note] = told
        elif message.type == "note_off":
            del sounding[message.channel, message.note]
        elif message.type == "pitchwheel":
            bend[message.channel] = message.pitch
            cents = message.pitch / 8192 * ranges[message.channel] * 100
            for (channel, _), told in sounding.items():
                if channel == message.channel:
                    told.append((tick, cents))
    return heard


def bends_wanted(journal: Path, layer: int) -> Heard:
    """The same from what the session had done."""
    wanted: Heard = {}
    by_voice: dict[int, list[tuple[int, float]]] = {}
    with Journal.open(journal) as opened_journal:
        effects = list(refold(opened_journal, opened_journal.end_frame()))
    for effect in effects:
        if isinstance(effect, SoundOn) and effect.layer == layer:
            tick = round(effect.frame / BEAT * TICKS)
            by_voice[effect.voice] = wanted[tick, effect.note] = [(tick, 0.0)]
        elif isinstance(effect, SoundBend) and effect.voice in by_voice:
            told, tick = by_voice[effect.voice], round(effect.frame / BEAT * TICKS)
            if told[-1][0] == tick:
                told.pop()
            if not told or told[-1][1] != effect.cents:
                told.append((tick, effect.cents))
    return wanted


def agree(heard: Heard, wanted: Heard) -> None:
    assert heard.keys() == wanted.keys()
    for place, told in wanted.items():
        # Of several on one tick the last is what is heard.
        last = dict(heard[place])
        assert last.keys() >= {tick for tick, _ in told}, place
        for tick, cents in last.items():
            now = [c for t, c in told if t <= tick][-1]
            assert cents == pytest.approx(now, abs=2.0), (place, tick)


def test_notes_of_a_loop_bend_alone_in_the_file_as_they_did_in_the_room(tmp_path: Path) -> None:
    events: list[ev.AnyEvent] = [opened(), sits(1)]
    events += [*note(0, 3 * BEAT, 60), *note(0, 3 * BEAT, 64), *note(4 * BEAT, 2 * BEAT, 67)]
    events += [ev.Bent(BEAT, 1, 700.0, 64), ev.Bent(BEAT + 6000, 1, -50.0, 60)]
    events += [ev.Bent(2 * BEAT, 1, 100.0), ev.Bent(5 * BEAT, 1, 0.0)]  # and the wheel
    events += [ev.Kept(8 * BEAT + 10, 1, 2), ev.Marked(40 * BEAT, "enough")]
    file = unrolled(tmp_path, events)
    wanted = bends_wanted(tmp_path / "s.jam", 8)
    assert len(wanted) > 6
    assert max(c for told in wanted.values() for _, c in told) == 800.0
    agree(bends_of(file.tracks[2]), wanted)


def test_a_loop_that_begins_again_unbent_is_unbent_in_the_file(tmp_path: Path) -> None:
    events: list[ev.AnyEvent] = [opened(), sits(1), ev.QuantiseChosen(0, "off")]
    events += [*note(0, BEAT, 60), *note(4 * BEAT, 2 * BEAT, 67)]
    events += [ev.Bent(4 * BEAT + 100, 1, 150.0), ev.Bent(7 * BEAT, 1, 0.0)]
    events += [ev.Kept(8 * BEAT + 10, 1, 2)]
    # Muted while it is bent, and played again where it is not.
    events += [ev.LayerPressed(13 * BEAT, 1, 0), ev.LayerPressed(15 * BEAT + 9000, 1, 0)]
    events += [ev.Marked(30 * BEAT, "enough")]
    file = unrolled(tmp_path, events)
    agree(bends_of(file.tracks[2]), bends_wanted(tmp_path / "s.jam", 8))


def test_pressure_on_one_note_of_a_loop_stays_on_it(tmp_path: Path) -> None:
    events: list[ev.AnyEvent] = [opened(), sits(1)]
    events += [*note(0, 3 * BEAT, 60), *note(0, 3 * BEAT, 64), ev.Leaned(BEAT, 1, 64, 99)]
    events += [ev.Kept(8 * BEAT + 10, 1, 2), ev.Marked(30 * BEAT, "enough")]
    track = unrolled(tmp_path, events).tracks[2]
    pressed = [(m.note, m.value) for _, m in timed(track) if m.type == "polytouch"]
    assert pressed
    assert set(pressed) == {(64, 99)}
    assert kinds(track)["aftertouch"] == 0


def test_loops_of_drums_are_on_channel_ten(tmp_path: Path) -> None:
    events: list[ev.AnyEvent] = [opened(), sits(1, keymap="drums"), sits(2, "red fox")]
    events += [*note(0, BEAT // 2, 36), *note(BEAT, BEAT // 2, 60, seat=2)]
    events += [ev.Kept(8 * BEAT + 10, ev.EVERYBODY, 2), ev.Marked(30 * BEAT, "enough")]
    file = unrolled(tmp_path, events)
    channels = {
        track.name: {m.channel for m in track if m.type == "note_on"} for track in file.tracks[1:]
    }
    assert channels["blue heron loop 1"] == {9}
    assert 9 not in channels["red fox loop 1"]
