"""The vectorised writer against mido's reader."""

from __future__ import annotations

import io

import mido
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from jamroom.clocks import beat_at_frame, frame_at_beat, tempo_map_of, with_change
from jamroom.export import smf
from jamroom.export.conductor import key_of_palette_text
from jamroom.export.timing import Ticks
from jamroom.music.meter import Meter

DELTAS = st.one_of(
    st.integers(0, 200),
    st.sampled_from([127, 128, 16_383, 16_384, 2_097_151, 2_097_152, smf.LONGEST_DELTA]),
)
ROWS = st.tuples(DELTAS, st.sampled_from([0x80, 0x93, 0xB5]), *[st.integers(0, 127)] * 2)


def read(data: bytes) -> mido.MidiFile:
    return mido.MidiFile(file=io.BytesIO(data), charset="utf-8")


@given(st.lists(ROWS, max_size=40))
def test_what_is_written_is_what_mido_reads(rows: list[tuple[int, int, int, int]]) -> None:
    columns = np.array(rows, dtype=np.int64).reshape(-1, 4)
    events = smf.channel_events(np.cumsum(columns[:, 0]), *columns[:, 1:].T)
    track = read(smf.file_bytes([smf.track_chunk(events)])).tracks[0]
    assert [(m.time, *m.bytes()) for m in track if not m.is_meta] == [tuple(row) for row in rows]


@given(st.lists(st.tuples(st.integers(0, 300), st.text(max_size=300)), max_size=20))
def test_texts_and_their_order_survive(texts: list[tuple[int, str]]) -> None:
    parts = [smf.text(tick, smf.MARKER, words) for tick, words in texts]
    events = smf.joined(parts)
    ordered = smf.reordered(events, np.argsort(events.ticks, kind="stable"))
    track = read(smf.file_bytes([smf.track_chunk(ordered, 500)])).tracks[0]
    expected = [words for _, words in sorted(texts, key=lambda pair: pair[0])]
    assert [m.text for m in track if m.type == "marker"] == [
        words.encode("utf-8", "replace").decode() for words in expected
    ]
    assert sum(m.time for m in track) == 500


def test_a_pause_too_long_for_the_format_is_cut() -> None:
    events = smf.channel_events(np.array([0, 1 << 40]), 0x90, np.array([60, 61]), 1)
    track = read(smf.file_bytes([smf.track_chunk(events)])).tracks[0]
    assert track[1].time == smf.LONGEST_DELTA


def test_metas() -> None:
    parts = [
        smf.tempo(0, 97.3),
        smf.time_signature(0, 7, 8),
        smf.key_signature(0, -3, minor=True),
        smf.port(2),
    ]
    track = read(smf.file_bytes([smf.track_chunk(smf.joined(parts))])).tracks[0]
    assert round(mido.tempo2bpm(track[0].tempo), 3) == 97.3
    assert (track[1].numerator, track[1].denominator) == (7, 8)
    assert track[2].key == "Cm"
    assert track[3].port == 2


def test_keys_of_palettes() -> None:
    assert key_of_palette_text("D dorian") == (0, True)
    assert key_of_palette_text("A major") == (3, False)
    assert key_of_palette_text("Eb major") == (-3, False)
    assert key_of_palette_text("G minor") == (-2, True)
    assert key_of_palette_text("E major pentatonic") == (4, False)
    assert key_of_palette_text("F lydian") == (0, False)
    assert key_of_palette_text("D rast") is None
    assert key_of_palette_text("nonsense") is None


@given(st.lists(st.tuples(st.integers(1, 40), st.floats(20, 300)), max_size=8), st.data())
def test_ticks_are_those_of_the_clock(
    changes: list[tuple[int, float]], data: st.DataObject
) -> None:
    tempo_map = tempo_map_of(100.0, Meter(3, 4), 44_100, frame=500)
    bar = 0
    for bars, bpm in changes:
        bar += bars
        tempo_map = with_change(tempo_map, bar * 3.0, bpm, Meter(3, 4))
    frames = data.draw(st.lists(st.integers(500, 60 * 44_100), min_size=1))
    expected = [round(beat_at_frame(tempo_map, frame) * smf.PPQN) for frame in frames]
    found = Ticks(tempo_map).at_frames(frames).tolist()
    assert all(abs(a - b) <= 1 for a, b in zip(found, expected, strict=True))
    assert Ticks(tempo_map, 3.0).at_frame(frame_at_beat(tempo_map, 6.0)) in (2879, 2880, 2881)
