"""MIDI files that people bring: whole ones, odd ones and broken ones."""

from __future__ import annotations

import io
import random
import struct
from pathlib import Path

import mido
import pytest

from jamroom.capture.journal import Journal
from jamroom.capture.midi_import import ImportFault, import_midi
from jamroom.capture.replay import refold, tempo_map_of_journal
from jamroom.capture.smf_reader import MidiFileError, read_midi
from jamroom.clocks import beat_at_frame
from jamroom.export.midi_file import export_midi
from jamroom.session import events as ev
from jamroom.session.effects import SoundOn

RATE = 48_000
Meta = mido.MetaMessage
Message = mido.Message


def saved(path: Path, *tracks: list[mido.Message], ppqn: int = 480, kind: int = 1) -> Path:
    file = mido.MidiFile(type=kind, ticks_per_beat=ppqn)
    file.tracks += [mido.MidiTrack(messages) for messages in tracks]
    file.save(path)
    return path


def a_note(note: int, length: int, wait: int = 0, channel: int = 0) -> list[mido.Message]:
    return [
        Message("note_on", note=note, velocity=80, time=wait, channel=channel),
        Message("note_off", note=note, velocity=10, time=length, channel=channel),
    ]


def imported(folder: Path, path: Path) -> tuple[list[ev.AnyEvent], list[str]]:
    report = import_midi(path, folder / "new.jam")
    with Journal.open(folder / "new.jam") as journal:
        return [entry.event for entry in journal.entries()], report


def test_each_part_takes_a_seat_and_plays_its_notes(tmp_path: Path) -> None:
    melody = [Meta("track_name", name="Anna"), *a_note(60, 480), *a_note(62, 240, 480)]
    drums = a_note(36, 10, 960, channel=9)
    conductor = [Meta("set_tempo", tempo=500_000), Meta("marker", text="the storm", time=960)]
    events, report = imported(tmp_path, saved(tmp_path / "a.mid", conductor, melody, drums))
    assert isinstance(events[0], ev.Opened)
    assert (events[0].bpm, events[0].pulses, events[0].unit) == (120.0, 4, 4)
    seats = [event for event in events if isinstance(event, ev.SeatTaken)]
    assert [(seat.input, seat.keymap) for seat in seats] == [
        ("play:a.mid#1", "free"),
        ("play:a.mid#2", "drums"),
    ]
    assert [event for event in events if isinstance(event, ev.Played)] == [
        ev.Played(0, 1, 60, 60, 0.0, 80),
        ev.Played(RATE, 1, 62, 62, 0.0, 80),
        ev.Played(RATE, 2, 36, 36, 0.0, 80),
    ]
    assert ev.Released(RATE // 2, 1, 60, 60, 10) in events
    assert ev.Marked(RATE, "the storm") in events
    assert isinstance(events[-1], ev.Closed)
    assert report == ["3 notes in 2 parts, 1 s."]
    assert not any("Anna" in str(event) for event in events)


def test_it_can_be_folded_and_exported_again(tmp_path: Path) -> None:
    rows = [(60 + n % 12, 100 + n % 37, n % 3 * 111) for n in range(60)]
    track = [message for row in rows for message in a_note(*row)]
    pedal = [Message("control_change", control=64, value=127, time=5)]
    tempos = [Meta("time_signature", numerator=7, denominator=8), Meta("set_tempo", tempo=612_345)]
    tempos += [Meta("set_tempo", tempo=444_444, time=7 * 240 * 2)]
    path = saved(tmp_path / "a.mid", tempos, track + pedal)
    imported(tmp_path, path)
    with Journal.open(tmp_path / "new.jam") as journal:
        sounded = [effect for effect in refold(journal) if isinstance(effect, SoundOn)]
        assert journal.stored_state() is not None
    assert [effect.note for effect in sounded] == [note for note, _, _ in rows]
    export_midi(tmp_path / "new.jam", tmp_path / "again.mid")
    ours, theirs = mido.MidiFile(tmp_path / "again.mid"), mido.MidiFile(path)

    def onsets(file: mido.MidiFile) -> list[tuple[float, int]]:
        at, found = 0, []
        for message in next(t for t in file.tracks if any(m.type == "note_on" for m in t)):
            at += message.time
            if message.type == "note_on":
                found.append((at / file.ticks_per_beat, message.note))
        return found

    for (ours_at, note), (theirs_at, other) in zip(onsets(ours), onsets(theirs), strict=True):
        assert note == other
        assert ours_at == pytest.approx(theirs_at, abs=1 / 480)
    tempo = [round(60e6 / m.tempo, 2) for m in ours.tracks[0] if m.type == "set_tempo"]
    assert tempo == [97.98, 135.0]


def test_a_slowing_within_bars_keeps_bar_lines_and_exact_notes(tmp_path: Path) -> None:
    tempos = [Meta("set_tempo", tempo=500_000)]
    tempos += [Meta("set_tempo", tempo=500_000 + 20_000 * n, time=480) for n in range(1, 12)]
    tempos += [Meta("set_tempo", tempo=500_000, time=480)]
    clicks = [message for _ in range(24) for message in a_note(60, 240, 240)]
    clicks[0] = clicks[0].copy(time=0)
    clicks[1] = clicks[1].copy(time=480 // 2)
    path = saved(tmp_path / "rit.mid", tempos, clicks)
    events, report = imported(tmp_path, path)
    assert any("within bars" in line for line in report)
    with Journal.open(tmp_path / "new.jam") as journal:
        tempo_map = tempo_map_of_journal(journal)
    played = [event.frame for event in events if isinstance(event, ev.Played)]
    exact_s, expected = 0.0, []
    for beat in range(24):
        expected.append(round(exact_s * RATE))
        exact_s += (500_000 + 20_000 * beat if beat < 12 else 500_000) / 1e6
    assert played[0] == 0
    # The first click is a quarter; all others begin on the second eighth of their beat.
    assert len(played) == 24
    downbeats = [beat_at_frame(tempo_map, expected[beat]) for beat in (4, 8, 12, 16, 20)]
    assert downbeats == pytest.approx([4, 8, 12, 16, 20], abs=1e-3)
    assert len(tempo_map.segments) <= 6


def test_an_even_tempo_is_one_segment(tmp_path: Path) -> None:
    notes = [message for _ in range(400) for message in a_note(60, 240, 240)]
    track = [Meta("set_tempo", tempo=618_557), *notes]
    imported(tmp_path, saved(tmp_path / "a.mid", track, kind=0))
    with Journal.open(tmp_path / "new.jam") as journal:
        assert len(tempo_map_of_journal(journal).segments) == 1


def test_bends_pressure_and_doubled_notes(tmp_path: Path) -> None:
    track = [
        Message("control_change", control=101, value=0),
        Message("control_change", control=100, value=0),
        Message("control_change", control=6, value=12),
        Message("pitchwheel", pitch=4096),
        Message("aftertouch", value=50),
        Message("polytouch", note=60, value=40),
        Message("control_change", control=1, value=99),
        Message("note_on", note=60, velocity=1),
        Message("note_on", note=60, velocity=2),
        Message("note_off", note=61, time=10),
        Message("note_on", note=60, velocity=0, time=10),
    ]
    events, _ = imported(tmp_path, saved(tmp_path / "a.mid", track))
    assert [event for event in events if event.frame == 0][2:] == [
        ev.Bent(0, 1, 600.0),
        ev.Leaned(0, 1, -1, 50),
        ev.Leaned(0, 1, 60, 40),
        ev.Controlled(0, 1, 1, 99),
        ev.Played(0, 1, 60, 60, 0.0, 1),
        ev.Played(0, 1, 60, 60, 0.0, 2),
    ]
    assert sum(isinstance(event, ev.Released) for event in events) == 2


def chunk(name: bytes, body: bytes, length: int | None = None) -> bytes:
    return name + struct.pack(">I", len(body) if length is None else length) + body


def header(kind: int = 1, tracks: int = 1, division: int = 480) -> bytes:
    return chunk(b"MThd", struct.pack(">HHH", kind, tracks, division & 0xFFFF))


NOTE = bytes.fromhex("00903c50 8360803c00")
END = bytes.fromhex("00ff2f00")


def of_bytes(folder: Path, data: bytes) -> tuple[list[ev.AnyEvent], list[str]]:
    (folder / "a.mid").write_bytes(data)
    return imported(folder, folder / "a.mid")


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not a MIDI file"),
        (b"Dear Anna", "not a MIDI file"),
        (header()[:10], "not a MIDI file"),
        (header(division=0) + chunk(b"MTrk", NOTE + END), "division"),
        (header(division=0xE700) + chunk(b"MTrk", NOTE + END), "division"),
        (header(division=0x8119) + chunk(b"MTrk", NOTE + END), "division"),
        (header(), "no notes"),
        (header() + chunk(b"MTrk", END), "no notes"),
        (header() + chunk(b"MTrk", b"\x00\xf4"), "no notes"),
    ],
)
def test_what_is_no_music_is_one_clear_error(tmp_path: Path, data: bytes, says: str) -> None:
    with pytest.raises(ImportFault, match=says):
        of_bytes(tmp_path, data)
    assert not (tmp_path / "new.jam").exists()


@pytest.mark.parametrize(
    ("data", "complaint"),
    [
        (header(tracks=9) + chunk(b"MTrk", NOTE + END), "announces 9 tracks and has 1"),
        (header(tracks=0) + chunk(b"MTrk", NOTE + END), "announces 0 tracks"),
        (header() + chunk(b"MTrk", NOTE, 5000), None),
        (header() + chunk(b"MTrk", NOTE + b"\x00\x90\x3c"), "breaks off"),
        (header() + chunk(b"MTrk", NOTE + b"\x00\xff\x51\x7f\x07"), "breaks off"),
        (header() + chunk(b"MTrk", NOTE + b"\xff\xff\xff\xff\xff"), "breaks off"),
        (header() + chunk(b"XFIH", b"?") + chunk(b"MTrk", NOTE + END), None),
        (header() + chunk(b"MTrk", bytes.fromhex("00ff510100 00ff5103000000") + NOTE), None),
        (header() + chunk(b"MTrk", bytes.fromhex("00ff58020105") + NOTE), "no metre"),
        (header() + chunk(b"MTrk", bytes.fromhex("00ff5901ff 00ff590200") + NOTE), "breaks off"),
        (header() + chunk(b"MTrk", b"\x00\xf0\x02\x01\xf7" + NOTE + END), None),
        (header(kind=2) + chunk(b"MTrk", NOTE + END), "separate pieces"),
    ],
)
def test_what_can_be_understood_is_taken(
    tmp_path: Path, data: bytes, complaint: str | None
) -> None:
    if complaint == "breaks off" and b"\x59" in data:
        data = data.replace(b"\x00\xff\x59\x02\x00", b"")  # only the short key signature
        complaint = None
    events, report = of_bytes(tmp_path, data)
    assert sum(isinstance(event, ev.Played) for event in events) == 1
    assert sum(isinstance(event, ev.Released) for event in events) == 1
    assert len(report) == (1 if complaint is None else 2)
    assert complaint is None or complaint in report[1]


def test_time_code_is_read_in_seconds(tmp_path: Path) -> None:
    # 25 frames a second, 40 ticks a frame: a tick is a millisecond.
    track = chunk(b"MTrk", bytes.fromhex("8768903c50 8768803c00") + END)
    events, report = of_bytes(tmp_path, header(division=0xE728) + track)
    assert ev.Played(RATE, 1, 60, 60, 0.0, 80) in events
    assert ev.Released(2 * RATE, 1, 60, 60, 0) in events
    assert any("time code" in line for line in report)


def test_a_tempo_beyond_ours_keeps_the_notes(tmp_path: Path) -> None:
    track = [Meta("set_tempo", tempo=60_000), *a_note(60, 480 * 40), *a_note(62, 480)]
    events, _ = imported(tmp_path, saved(tmp_path / "a.mid", track))
    assert ev.Played(round(40 * 0.06 * RATE), 1, 62, 62, 0.0, 80) in events


def test_it_does_not_write_over_a_session(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.mid", a_note(60, 480))
    imported(tmp_path, path)
    with pytest.raises(ImportFault, match="there already"):
        import_midi(path, tmp_path / "new.jam")
    with pytest.raises(ImportFault, match="could not be read"):
        import_midi(tmp_path / "missing.mid", tmp_path / "other.jam")


@pytest.mark.parametrize("seed", range(8))
def test_spoiled_bytes_never_hang_or_surprise(seed: int) -> None:
    chance = random.Random(seed)
    whole = io.BytesIO()
    file = mido.MidiFile(ticks_per_beat=480)
    for _ in range(3):
        file.tracks.append(
            mido.MidiTrack(
                [Meta("set_tempo", tempo=500_000), Meta("key_signature", key="Eb"), *a_note(60, 9)]
                * 10
            )
        )
    file.save(file=whole)
    for _ in range(200):
        data = bytearray(whole.getvalue())
        for _ in range(chance.randrange(1, 12)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        del data[chance.randrange(len(data) // 2, len(data) + 1) :]
        try:
            found = read_midi(bytes(data))
        except MidiFileError:
            continue
        assert sum(len(track) for track in found.tracks) < len(data)
