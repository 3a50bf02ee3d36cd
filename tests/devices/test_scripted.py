from __future__ import annotations

import struct
from pathlib import Path

import mido
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jamroom.devices.scripted import Performance, ScriptedPlayer
from jamroom.session.inputs import AnyInput, InputGone, KeyDown, KeyUp

Track = list[mido.Message | mido.MetaMessage]


def note(key: int, length: int, wait: int = 0, channel: int = 0) -> Track:
    return [
        mido.Message("note_on", note=key, velocity=80, time=wait, channel=channel),
        mido.Message("note_off", note=key, velocity=0, time=length, channel=channel),
    ]


def named(name: str) -> mido.MetaMessage:
    return mido.MetaMessage("track_name", name=name)


def tempo(bpm: float, wait: int = 0) -> mido.MetaMessage:
    return mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(bpm), time=wait)


def saved(path: Path, *tracks: Track, division: int = 480, kind: int = 1) -> Path:
    midi = mido.MidiFile(type=kind, ticks_per_beat=480, charset="utf8")
    midi.tracks.extend(mido.MidiTrack(track) for track in tracks)
    midi.save(str(path))
    raw = bytearray(path.read_bytes())
    raw[12:14] = struct.pack(">H", division & 0xFFFF)
    path.write_bytes(raw)
    return path


@pytest.fixture
def etude(tmp_path: Path) -> Path:
    return tmp_path / "etude.mid"


def test_a_file_name_that_is_not_utf8_still_makes_an_id(tmp_path: Path) -> None:
    there = saved(tmp_path / "etude.mid", [named("piano"), *note(60, 480)])
    odd = there.rename(tmp_path / "caf\udce9\n1.mid")
    assert Performance.from_file(odd).inputs == ("play:caf? 1#piano",)


def test_each_track_with_notes_is_a_player(etude: Path) -> None:
    conductor: Track = [tempo(120), mido.MetaMessage("time_signature", numerator=7, denominator=8)]
    saved(etude, conductor, [named("Flöte"), *note(60, 480)], [named(""), *note(40, 960)])
    played = Performance.from_file(etude)
    assert played.inputs == ("play:etude#Flöte", "play:etude#3")
    assert (played.bpm, played.pulses, played.unit) == (120.0, 7, 8)
    assert played.events == (
        (0.0, KeyDown(-1, "play:etude#Flöte", 60, 80)),
        (0.0, KeyDown(-1, "play:etude#3", 40, 80)),
        (0.5, KeyUp(-1, "play:etude#Flöte", 60, 0)),
        (1.0, KeyUp(-1, "play:etude#3", 40, 0)),
    )
    assert played.length_s == 1.0


def test_players_of_the_same_name_stay_distinct(etude: Path) -> None:
    saved(etude, *([named(name), *note(60, 10)] for name in ("Piano", "Piano", "Piano 2", "Piano")))
    assert Performance.from_file(etude).inputs == (
        "play:etude#Piano", "play:etude#Piano 2", "play:etude#Piano 2 2", "play:etude#Piano 3",
    )  # fmt: skip


def test_the_channels_of_a_single_track_are_players(etude: Path) -> None:
    saved(etude, [*note(60, 10), *note(36, 10, channel=9)], kind=0)
    assert Performance.from_file(etude).inputs == ("play:etude#channel 1", "play:etude#channel 10")


def test_the_tempo_map_holds_for_all_tracks(etude: Path) -> None:
    saved(etude, [tempo(60), tempo(120, wait=480), tempo(30, wait=480)], note(60, 480, wait=960))
    assert [at_s for at_s, _ in Performance.from_file(etude).events] == [1.5, 3.5]


def test_a_file_that_declares_nothing_plays_at_120_and_says_nothing(etude: Path) -> None:
    played = Performance.from_file(saved(etude, note(60, 480)))
    assert played.length_s == 0.5
    assert (played.bpm, played.pulses, played.unit) == (None, None, None)


def test_a_metre_the_room_does_not_have_is_left_out(etude: Path) -> None:
    signature = mido.MetaMessage("time_signature", numerator=21, denominator=32)
    played = Performance.from_file(saved(etude, [signature, *note(60, 10)]))
    assert (played.pulses, played.unit) == (None, None)


@pytest.mark.parametrize(("fps", "seconds"), [(25, 0.48), (30, 0.4), (24, 0.5), (29, 0.4004)])
def test_a_file_that_counts_film_frames(etude: Path, fps: int, seconds: float) -> None:
    saved(etude, note(60, 480), division=-fps << 8 | 40)
    assert Performance.from_file(etude).length_s == pytest.approx(seconds)


def test_names_in_an_old_encoding_are_read(etude: Path) -> None:
    saved(etude, [named("Fl__te"), *note(60, 10)])
    etude.write_bytes(etude.read_bytes().replace(b"Fl__te", b"Fl\xf6\xf6te"))
    assert Performance.from_file(etude).inputs == ("play:etude#Flööte",)


@pytest.mark.parametrize("division", [0, -25 << 8, -99 << 8 | 4])
def test_impossible_divisions_are_one_clear_line(etude: Path, division: int) -> None:
    saved(etude, note(60, 480), division=division)
    with pytest.raises(ValueError, match="etude") as refused:
        Performance.from_file(etude)
    assert "\n" not in str(refused.value)


def test_what_is_no_midi_file_is_one_clear_line(tmp_path: Path) -> None:
    for content in (b"", b"RIFF", b"MThd", b"MThd\0\0\0\6\0\1\0\1\1\xe0MTrk\0\0\xff\xff\0"):
        path = tmp_path / "broken.mid"
        path.write_bytes(content)
        with pytest.raises(ValueError, match=r"broken\.mid") as refused:
            Performance.from_file(path)
        assert "\n" not in str(refused.value)
    with pytest.raises(ValueError, match=r"there is no file nowhere\.mid"):
        Performance.from_file(tmp_path / "nowhere.mid")
    with pytest.raises(ValueError, match=r"silent\.mid has no notes to play"):
        Performance.from_file(saved(tmp_path / "silent.mid", [tempo(90)]))


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_damaged_file_plays_or_is_refused(etude: Path, data: st.DataObject) -> None:
    saved(etude, [tempo(90), named("x"), *note(60, 480)], note(64, 300, wait=100))
    raw = bytearray(etude.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    etude.write_bytes(raw[: data.draw(st.integers(0, len(raw)))])
    try:
        played = Performance.from_file(etude)
    except ValueError as refused:
        assert "\n" not in str(refused)
    else:
        times = [at_s for at_s, _ in played.events]
        assert times == sorted(times)
        assert all(at_s >= 0 for at_s in times)


class Stage:
    def __init__(self) -> None:
        self.heard: list[tuple[int, AnyInput]] = []

    def __call__(self, stamp_ns: int, event: AnyInput) -> None:
        self.heard.append((stamp_ns, event))


SECOND_NS = 1_000_000_000


def test_a_player_plays_what_is_due_at_its_exact_time_and_leaves(etude: Path) -> None:
    stage = Stage()
    played = Performance.from_file(saved(etude, note(60, 480)))
    player = ScriptedPlayer((played,), stage, start_ns=7 * SECOND_NS)
    player.due(7 * SECOND_NS - 1)
    assert stage.heard == []
    player.due(7 * SECOND_NS + 5)
    assert stage.heard == [(7 * SECOND_NS, KeyDown(-1, "play:etude#1", 60, 80))]
    assert not player.finished
    player.due(100 * SECOND_NS)
    assert stage.heard[1:] == [
        (7_500_000_000, KeyUp(-1, "play:etude#1", 60, 0)),
        (7_500_000_000, InputGone(-1, "play:etude#1")),
    ]
    assert player.finished


def test_players_who_are_stopped_leave_at_once(etude: Path) -> None:
    stage = Stage()
    played = Performance.from_file(saved(etude, note(60, 480), note(64, 960)))
    player = ScriptedPlayer((played,), stage, start_ns=0)
    player.due(0)
    player.stop(123)
    assert stage.heard[2:] == [
        (123, InputGone(-1, "play:etude#1")),
        (123, InputGone(-1, "play:etude#2")),
    ]
    assert player.finished
    player.due(100 * SECOND_NS)
    assert len(stage.heard) == 4
