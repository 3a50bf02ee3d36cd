"""The MIDI file of a session, read with other people's readers."""

from __future__ import annotations

from pathlib import Path

import mido
import pretty_midi
import pytest
import symusic
from hypothesis import given, settings
from hypothesis import strategies as st
from scribbling import (
    BEAT,
    RATE,
    TICKS,
    heard_notes,
    journal_of,
    kinds,
    note,
    opened,
    sits,
    timed,
    written,
)

from jamroom.capture.rows import Take
from jamroom.export.midi_file import ExportError, export_midi
from jamroom.session import events as ev


def exported(folder: Path, events: list[ev.AnyEvent], **how: object) -> mido.MidiFile:
    export_midi(journal_of(folder / "s.jam", events), folder / "s.mid", **how)  # type: ignore[arg-type]
    return mido.MidiFile(folder / "s.mid")


def test_notes_are_where_they_were_played(tmp_path: Path) -> None:
    file = exported(
        tmp_path, [opened(), sits(1), *note(BEAT, BEAT // 2), *note(2 * BEAT + 25, BEAT, 64)]
    )
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (1, 960, 2)
    assert file.tracks[0].name == "s"
    assert file.tracks[1].name == "blue heron (mallet)"
    assert heard_notes(file.tracks[1]) == [
        (TICKS, TICKS // 2, 60, 90),
        (2 * TICKS + 1, TICKS, 64, 90),
    ]
    offs = [m.velocity for m in file.tracks[1] if m.type == "note_off"]
    assert offs == [33, 33]


def test_other_readers_find_the_same_notes(tmp_path: Path) -> None:
    events = [opened(), sits(1), sits(2, "orange fox"), *note(0, BEAT), *note(BEAT, BEAT, 64, 2)]
    exported(tmp_path, events)
    pretty = pretty_midi.PrettyMIDI(str(tmp_path / "s.mid"))
    assert [i.name for i in pretty.instruments] == ["blue heron (mallet)", "orange fox (mallet)"]
    last = pretty.instruments[1].notes[0]
    assert (last.start, last.end, last.pitch) == (0.5, 1.0, 64)
    score = symusic.Score(str(tmp_path / "s.mid"))
    assert [(n.time, n.duration, n.pitch) for t in score.tracks for n in t.notes] == [
        (0, 960, 60),
        (960, 960, 64),
    ]


def test_the_conductor_has_tempo_metre_key_and_moments(tmp_path: Path) -> None:
    events = [
        opened(),
        sits(1),
        ev.TempoChosen(BEAT, 90.0),
        ev.MeterChosen(BEAT + 1, 7, 8),
        ev.PaletteChosen(BEAT + 2, 9, "major"),
        ev.Marked(5 * BEAT, "der Sturm ☂"),
        *note(0, BEAT),
        *note(7 * BEAT, BEAT),
    ]
    export_midi(journal_of(tmp_path / "s.jam", events), tmp_path / "s.mid")
    file = mido.MidiFile(tmp_path / "s.mid", charset="utf-8")
    found = [(tick, m) for tick, m in timed(file.tracks[0]) if m.is_meta]
    tempos = [(t, round(mido.tempo2bpm(m.tempo), 3)) for t, m in found if m.type == "set_tempo"]
    assert tempos == [(0, 120.0), (4 * TICKS, 90.0)]
    meters = [(t, m.numerator, m.denominator) for t, m in found if m.type == "time_signature"]
    assert meters == [(0, 4, 4), (4 * TICKS, 7, 8)]
    assert [(t, m.key) for t, m in found if m.type == "key_signature"] == [
        (0, "Am"),
        (4 * TICKS, "A"),
    ]
    markers = [(t, m.text) for t, m in found if m.type == "marker"]
    assert (0, "D dorian") in markers
    assert (4 * TICKS, "A major") in markers
    assert (4 * TICKS + 720, "der Sturm ☂") in markers
    sounding = heard_notes(file.tracks[1])[1]
    assert sounding[0] == 4 * TICKS + round(3 * TICKS * 90 / 120)


def test_open_notes_end_and_stray_ends_do_not_count(tmp_path: Path) -> None:
    events = [opened(), sits(1)]
    events += [ev.Released(10, 1, 62, 62, 0), ev.Played(BEAT, 1, 60, 60, 0.0, 80)]
    events += [ev.Closed(4 * BEAT)]
    assert heard_notes(exported(tmp_path, events).tracks[1]) == [(TICKS, 3 * TICKS, 60, 80)]


def test_a_panic_and_a_restart_end_what_sounds(tmp_path: Path) -> None:
    events = [
        opened(),
        sits(1),
        ev.Played(0, 1, 60, 60, 0.0, 80),
        ev.Panicked(BEAT),
        ev.Released(2 * BEAT, 1, 60, 60, 0),
        ev.Played(3 * BEAT, 1, 62, 62, 0.0, 80),
        ev.Resumed(4 * BEAT, RATE, True),
        ev.Played(5 * BEAT, 1, 62, 62, 0.0, 80),
        ev.Released(6 * BEAT, 1, 62, 62, 0),
    ]
    assert heard_notes(exported(tmp_path, events).tracks[1]) == [
        (0, TICKS, 60, 80),
        (3 * TICKS, TICKS, 62, 80),
        (5 * TICKS, TICKS, 62, 80),
    ]


def test_frames_out_of_order_keep_their_notes(tmp_path: Path) -> None:
    taken: list[tuple[int, ev.AnyEvent]] = [
        (0, opened()),
        (0, sits(1)),
        (1000, ev.Played(990, 1, 60, 60, 0.0, 80)),
        (1000, ev.Played(940, 1, 62, 62, 0.0, 70)),
        (1064, ev.Released(980, 1, 60, 60, 0)),
        (1064, ev.Released(1060, 1, 62, 62, 0)),
    ]
    written(tmp_path / "s.jam", taken)
    export_midi(tmp_path / "s.jam", tmp_path / "s.mid")
    heard = heard_notes(mido.MidiFile(tmp_path / "s.mid").tracks[1])
    assert [(number, velocity) for _, _, number, velocity in heard] == [(62, 70), (60, 80)]
    assert heard[1][1] == 1, "an end that was stamped before its beginning"


def test_controllers_bend_and_pressure(tmp_path: Path) -> None:
    moves: list[ev.AnyEvent] = [
        ev.Controlled(BEAT, 1, 64, 127),
        ev.Bent(BEAT + 100, 1, 100.0),
        ev.Leaned(BEAT + 200, 1, -1, 77),
        ev.Leaned(BEAT + 300, 1, 5, 66),
        ev.Controlled(2 * BEAT, 1, 64, 0),
    ]
    events = [opened(), sits(1), *note(BEAT, BEAT, 62, key=5), *moves]
    track = exported(tmp_path, events).tracks[1]
    assert kinds(track)["pitchwheel"] == 1
    pedals = [(t, m.value) for t, m in timed(track) if m.is_cc(64)]
    assert pedals == [(TICKS, 127), (2 * TICKS, 0)]
    assert [m.pitch for m in track if m.type == "pitchwheel"] == [4096]
    ranges = [(m.control, m.value) for m in track if m.is_cc() and m.control != 64]
    assert ranges == [(101, 0), (100, 0), (6, 2), (38, 0), (101, 127), (100, 127)]
    assert [m.value for m in track if m.type == "aftertouch"] == [77]
    assert [(m.note, m.value) for m in track if m.type == "polytouch"] == [(62, 66)]


def test_quarter_tones_that_overlap_go_to_channels_of_their_own(tmp_path: Path) -> None:
    events = [
        opened(),
        sits(1),
        sits(2, "orange fox"),
        *note(0, 4 * BEAT, 60),
        *note(BEAT, BEAT, 63, cents=50.0),
        *note(3 * BEAT, BEAT, 66, cents=50.0),
        *note(0, BEAT, 40, seat=2),
    ]
    file = exported(tmp_path, events)
    pitch = {}
    bend = dict.fromkeys(range(16), 0)
    for _, message in timed(file.tracks[1]):
        if message.type == "pitchwheel":
            bend[message.channel] = message.pitch
        if message.type == "note_on":
            pitch[message.note] = (message.channel, bend[message.channel])
    assert pitch == {60: (0, 0), 63: (1, 2048), 66: (1, 2048)}
    assert {m.channel for m in file.tracks[2] if not m.is_meta} == {2}


def test_one_number_twice_at_once_keeps_both_lengths(tmp_path: Path) -> None:
    events = [opened(), sits(1), *note(0, 4 * BEAT, key=1), *note(BEAT, BEAT, key=2)]
    assert heard_notes(exported(tmp_path, events).tracks[1]) == [
        (0, 4 * TICKS, 60, 90),
        (TICKS, TICKS, 60, 90),
    ]


def test_drums_are_on_channel_ten_and_nobody_else(tmp_path: Path) -> None:
    events = [opened(), sits(1, keymap="drums"), *note(0, BEAT, 36)]
    for seat in range(2, 25):
        events += [sits(seat, f"badge {seat}"), *note(seat, BEAT, seat=seat)]
    file = exported(tmp_path, events)
    channels = [{m.channel for m in track if not m.is_meta} for track in file.tracks[1:]]
    assert channels[0] == {9}
    assert all(9 not in found for found in channels[1:])
    ports = [m.port for track in file.tracks for m in track if m.type == "midi_port"]
    assert set(ports) == {1}
    assert len(file.tracks) == 25


def test_a_take_is_cut_from_its_bar_line(tmp_path: Path) -> None:
    events = [opened(), sits(1), ev.Controlled(BEAT, 1, 7, 99)]
    for beat in range(12):
        events += note(beat * BEAT, 2 * BEAT, 60 + beat)
    path = journal_of(
        tmp_path / "s.jam", events, takes=(Take("the storm", 5 * BEAT, 8 * BEAT - 1),)
    )
    export_midi(path, tmp_path / "s.mid", take="the storm")
    file = mido.MidiFile(tmp_path / "s.mid")
    assert file.tracks[0].name == "s: the storm"
    assert heard_notes(file.tracks[1]) == [
        (TICKS, 2 * TICKS, 65, 90),
        (2 * TICKS, 2 * TICKS, 66, 90),
        (3 * TICKS, TICKS, 67, 90),
    ]
    assert [(t, m.value) for t, m in timed(file.tracks[1]) if m.is_cc(7)] == [(TICKS, 99)]
    with pytest.raises(ExportError, match="the storm"):
        export_midi(path, tmp_path / "s.mid", take="the calm")


def test_unrolled_adds_what_the_loops_played(tmp_path: Path) -> None:
    events = [opened(), sits(1), *note(0, BEAT // 2), *note(2 * BEAT, BEAT // 2, 64)]
    events += [ev.Kept(8 * BEAT + 10, 1, 2), ev.Marked(40 * BEAT, "enough"), ev.Panicked(41 * BEAT)]
    path = journal_of(tmp_path / "s.jam", events)
    export_midi(path, tmp_path / "live.mid")
    export_midi(path, tmp_path / "all.mid", unrolled=True)
    live, everything = mido.MidiFile(tmp_path / "live.mid"), mido.MidiFile(tmp_path / "all.mid")
    assert len(live.tracks) == 2
    assert [track.name for track in everything.tracks[1:]] == [
        "blue heron (mallet)",
        "blue heron loop 1",
    ]
    loop = heard_notes(everything.tracks[2])
    assert len(loop) >= 6
    assert {(tick % (8 * TICKS), number) for tick, _, number, _ in loop[2:]} == {
        (0, 60),
        (2 * TICKS, 64),
    }
    assert all(length <= 2 * TICKS for _, length, _, _ in loop)


def test_an_empty_session_is_a_file_too(tmp_path: Path) -> None:
    file = exported(tmp_path, [opened()])
    assert len(file.tracks) == 1
    made = export_midi(tmp_path / "s.jam", tmp_path / "s.mid")
    assert (made.tracks, made.notes) == (0, 0)


def test_what_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    path = journal_of(tmp_path / "s.jam", [opened(), sits(1), *note(0, BEAT)])
    with pytest.raises(ExportError, match="could not be written"):
        export_midi(path, tmp_path / "no such folder" / "s.mid")
    (tmp_path / "s.mid").mkdir()
    with pytest.raises(ExportError, match="could not be written"):
        export_midi(path, tmp_path / "s.mid")
    with pytest.raises(ExportError, match="no session"):
        export_midi(tmp_path / "other.jam", tmp_path / "other.mid")
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"s.jam", "s.mid"}


@st.composite
def performances(draw: st.DrawFn) -> list[tuple[int, ev.AnyEvent]]:
    """Three seats play anything at all, with doubled, missing and misplaced ends."""
    taken: list[tuple[int, ev.AnyEvent]] = [(0, opened()), *((0, sits(s)) for s in (1, 2, 3))]
    at = 0
    for _ in range(draw(st.integers(0, 40))):
        at += draw(st.integers(0, 3 * BEAT))
        frame = max(0, at - draw(st.integers(0, 500)))
        seat, key = draw(st.integers(1, 3)), draw(st.integers(0, 2))
        cents = draw(st.sampled_from([0.0, 0.0, 50.0, -30.0]))
        choice = draw(st.integers(0, 9))
        event: ev.AnyEvent
        if choice < 4 and len(taken) < 18:  # more than 15 of one note would share a channel
            event = ev.Played(frame, seat, key, 60 + key // 2, cents, draw(st.integers(1, 127)))
        elif choice < 8:
            event = ev.Released(frame, seat, key, 60 + key // 2, 0)
        elif choice == 8:
            event = ev.Bent(frame, seat, draw(st.floats(-200, 200)))
        else:
            event = draw(st.sampled_from([ev.Panicked(frame), ev.TempoChosen(frame, 77.0)]))
        taken.append((at, event))
    return taken


@settings(max_examples=40, deadline=None)
@given(performances())
def test_every_note_has_one_end_whatever_was_played(
    tmp_path_factory: pytest.TempPathFactory, taken: list[tuple[int, ev.AnyEvent]]
) -> None:
    folder = tmp_path_factory.mktemp("any")
    written(folder / "s.jam", taken)
    export_midi(folder / "s.jam", folder / "s.mid")
    file = mido.MidiFile(folder / "s.mid")
    counted = 0
    for track in file.tracks[1:]:
        counts = kinds(track)
        assert counts["note_on"] == counts["note_off"]
        counted += counts["note_on"]
        assert sum(length for _, length, _, _ in heard_notes(track)) >= counts["note_on"]
    assert counted == sum(isinstance(event, ev.Played) for _, event in taken)


def test_keys_that_bend_alone_have_channels_of_their_own(tmp_path: Path) -> None:
    events = [
        opened(),
        sits(1),
        *note(0, 4 * BEAT, 60),
        *note(BEAT, 2 * BEAT, 64),
        ev.Bent(BEAT, 1, 1200.0, 64),
        ev.Bent(2 * BEAT, 1, 2400.0, 64),
        ev.Bent(2 * BEAT, 1, 99.0, 77),  # a key that nobody holds
        *note(5 * BEAT, BEAT, 67),
    ]
    file = exported(tmp_path, events)
    bend = dict.fromkeys(range(16), 0)
    heard: dict[int, list[float]] = {60: [], 64: [], 67: []}
    sounding: dict[int, int] = {}
    for _, message in timed(file.tracks[1]):
        if message.type == "pitchwheel":
            bend[message.channel] = message.pitch
            if message.channel in sounding:
                heard[sounding[message.channel]].append(message.pitch / 8192 * 24)
        if message.type == "note_on":
            sounding[message.channel] = message.note
            heard[message.note].append(bend[message.channel] / 8192 * 24)
        if message.type == "note_off":
            sounding.pop(message.channel, None)
    assert heard[60] == [0.0]
    assert heard[64] == pytest.approx([12.0, 24.0], abs=0.01)
    assert heard[67] == [0.0]
