"""Layers of sound: cut on bar lines, one ClipOn a pass, and otherwise like any other layer."""

from __future__ import annotations

import pytest
from room_script import BAR, BEAT, Script, opened

from jamroom.session import events as ev
from jamroom.session.clips import clips_in_use
from jamroom.session.effects import ClipOn, ClipTaken, Effect, Notice, SilenceAll, SoundOff
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state


@pytest.fixture
def room() -> Script:
    """The microphone is on and its seat is number 0."""
    script = Script()
    script.tell(ev.MicrophoneSwitched(0, True))
    return script


def taken(room: Script) -> list[tuple[int, int, int]]:
    """(which clip, counted from 1, its first frame, and the one after it)."""
    return [(nth(room, t.clip), t.from_frame, t.to_frame) for t in room.told(ClipTaken)]


def nth(room: Script, clip: int) -> int:
    """Which of the clips that were taken this number is, counted from 1; 0 for none."""
    numbers = [t.clip for t in room.told(ClipTaken)]
    assert sorted(set(numbers)) == numbers, "numbers are never given twice, and go up"
    return numbers.index(clip) + 1 if clip else 0


def passes(room: Script, since: int = 0, clip: int = 0) -> list[tuple[int, int]]:
    """(frame, skip) of every pass."""
    return [
        (p.frame, p.skip)
        for p in room.told(ClipOn)
        if p.frame >= since and clip in (0, nth(room, p.clip)) and p.seat == 0
    ]


def said(room: Script) -> str:
    return " ".join(notice.text for notice in room.told(Notice))


def record(room: Script, bars: int = 1, at: int = BAR - 1000) -> None:
    room.tell(ev.LoopBarsChosen(at, bars))
    room.press(at)
    room.advance(at + 1000 + bars * BAR + 1)


def test_a_take_is_cut_on_bar_lines_and_plays_from_the_frame_it_ends_on(room: Script) -> None:
    record(room)
    assert taken(room) == [(1, BAR, 2 * BAR)]
    clip = room.layer().content.clip
    assert clip is not None
    assert (clip.frames, clip.bpm) == (BAR, 120.0)
    room.advance(6 * BAR)
    assert passes(room) == [(turn * BAR, 0) for turn in range(2, 6)]
    first = room.told(ClipOn)[0]
    assert (first.frames, first.own_frames, first.how) == (BAR, BAR, "stretch")
    assert len({p.voice for p in room.told(ClipOn)}) == 1


def test_a_late_press_closes_behind_and_the_pass_is_taken_up_in_its_middle(room: Script) -> None:
    room.tell(ev.LoopBarsChosen(0, 4))
    room.press(BAR - 1000)
    room.press(3 * BAR + 4000)
    assert taken(room) == [(1, BAR, 3 * BAR)]
    assert passes(room) == [(3 * BAR + 4000, 4000)]
    room.advance(8 * BAR)
    assert passes(room, 3 * BAR + 4001) == [(5 * BAR, 0), (7 * BAR, 0)]


def test_a_layer_that_is_launched_in_mid_pass_comes_in_where_it_would_be(room: Script) -> None:
    record(room, bars=4)
    room.press(6 * BAR - 5000)
    room.advance(7 * BAR - 5000)
    off = room.told(SoundOff)
    assert [(o.frame, o.voice) for o in off] == [(6 * BAR, room.told(ClipOn)[0].voice)]
    room.press(7 * BAR - 5000)
    room.advance(10 * BAR)
    assert passes(room, 6 * BAR) == [(7 * BAR, 2 * BAR), (9 * BAR, 0)]


def test_an_overdub_is_a_new_clip_and_undo_plays_the_old_one(room: Script) -> None:
    record(room)
    room.dub(3 * BAR + BEAT)
    room.dub(3 * BAR + 3 * BEAT)
    dub = room.told(ClipTaken)[1]
    assert (nth(room, dub.clip), nth(room, dub.onto), dub.at_frame) == (2, 1, BEAT)
    assert (dub.from_frame, dub.to_frame) == (3 * BAR + BEAT, 3 * BAR + 3 * BEAT)
    assert passes(room, clip=2) == [(3 * BAR + 3 * BEAT, 3 * BEAT)]
    room.undo(4 * BAR + 10)
    assert nth(room, room.told(ClipOn)[-1].clip) == 1
    assert passes(room)[-1] == (4 * BAR + 10, 10)
    room.redo(5 * BAR + 10)
    assert nth(room, room.told(ClipOn)[-1].clip) == 2
    room.undo(5 * BAR + 20)
    room.undo(5 * BAR + 30)
    assert room.layer().phase == "empty"
    room.advance(8 * BAR)
    assert passes(room, 5 * BAR + 21) == []


def test_an_overdub_that_goes_on_is_one_take_however_many_passes(room: Script) -> None:
    record(room)
    room.dub(3 * BAR + BEAT)
    room.advance(6 * BAR + 100)
    room.dub(6 * BAR + 2 * BEAT)
    dubs = [
        (nth(room, d.onto), d.at_frame, d.to_frame - d.from_frame) for d in room.told(ClipTaken)[1:]
    ]
    assert dubs == [(1, BEAT, 3 * BEAT), (2, 0, BAR), (3, 0, BAR), (4, 0, 2 * BEAT)]
    assert len(room.layer().takes) == 2
    needed, others = clips_in_use(room.state)
    assert [nth(room, clip) for clip in (*needed, *others)] == [5, 1]


def test_clear_and_undo_bring_sound_back(room: Script) -> None:
    record(room)
    room.tell(ev.LayerCleared(3 * BAR + 7, 0, 0))
    assert room.layer().phase == "empty"
    room.advance(5 * BAR)
    assert passes(room, 3 * BAR + 1) == []
    room.undo(5 * BAR + 11)
    assert passes(room, 5 * BAR) == [(5 * BAR + 11, 11)]


def test_keep_that_takes_bars_out_of_the_microphones_memory(room: Script) -> None:
    room.keep(4 * BAR + 100, bars=2)
    assert taken(room) == [(1, 2 * BAR, 4 * BAR)]
    assert passes(room) == [(4 * BAR + 100, 100)]
    room.keep(4 * BAR + 200, bars=2)
    assert "kept already" in said(room)
    assert len(taken(room)) == 1


def test_keep_that_late_in_a_bar_waits_for_its_end(room: Script) -> None:
    room.keep(3 * BAR + 3 * BEAT, bars=1)
    assert taken(room) == []
    room.advance(4 * BAR + 1)
    assert taken(room) == [(1, 3 * BAR, 4 * BAR)]


def test_nothing_is_kept_from_before_the_microphone_was_on() -> None:
    room = Script()
    room.tell(ev.MicrophoneSwitched(3 * BAR + 50, True))
    room.keep(4 * BAR + 50, bars=2)
    room.advance(5 * BAR + 1)
    assert taken(room) == []
    assert "not been on for so long" in said(room)
    room.tell(ev.MicrophoneSwitched(6 * BAR, False))
    room.tell(ev.Kept(7 * BAR, ev.EVERYBODY, 1))
    assert taken(room) == []


def test_more_than_the_microphone_remembers_is_refused_with_words(room: Script) -> None:
    room.tell(ev.TempoChosen(0, 20.0))
    room.tell(ev.LoopBarsChosen(BAR, 64))
    room.press(BAR + 1000)
    room.advance(2 * BAR + 66 * 24 * BEAT)
    assert taken(room) == []
    assert "290 seconds" in said(room)
    assert room.layer().phase == "empty"


def test_another_tempo_is_told_with_every_pass_and_at_once(room: Script) -> None:
    record(room, bars=2)
    room.tell(ev.TempoChosen(3 * BAR + 10, 96.0))
    room.advance(20 * BAR)
    slower = BAR * 120 // 96
    told = [p for p in room.told(ClipOn) if p.frame >= 4 * BAR]
    assert (told[0].frame, told[0].skip) == (4 * BAR, slower)  # half of a pass is over
    assert {(p.frames, p.own_frames) for p in told} == {(2 * slower, 2 * BAR)}
    assert [p.frame for p in told[1:4]] == [4 * BAR + slower * (1 + 2 * n) for n in range(3)]
    assert all(p.skip == 0 for p in told[1:])


def test_what_other_tempos_do_can_be_chosen_while_it_plays(room: Script) -> None:
    record(room)
    room.tell(ev.AudioTempoChosen(3 * BAR + 77, "wait"))
    last = room.told(ClipOn)[-1]
    assert (last.frame, last.skip, last.how) == (3 * BAR + 77, 77, "wait")
    room.advance(5 * BAR)
    assert [p.how for p in room.told(ClipOn)[-1:]] == ["wait"]


def test_sound_is_added_at_its_own_tempo_only(room: Script) -> None:
    record(room)
    room.tell(ev.TempoChosen(3 * BAR, 90.0))
    room.advance(4 * BAR + 10)
    room.dub(4 * BAR + 20)
    room.dub(5 * BAR)
    assert len(taken(room)) == 1
    assert "recorded at 120 bpm" in said(room)
    assert room.layer().phase == "playing"


@pytest.mark.parametrize("bpm", [97.3, 133.7, 61.1])
def test_passes_lie_on_the_grid_after_hours_at_any_tempo(bpm: float) -> None:
    room = Script(opened(bpm=bpm))
    room.tell(ev.MicrophoneSwitched(0, True))
    room.press(100)
    room.advance(48_000 * 60 * 60 * 2)
    beat = 48_000 * 60 / bpm
    frames = [p.frame for p in room.told(ClipOn)]
    assert frames == [round(4 * beat * (turn + 1)) for turn in range(len(frames))]
    assert len(frames) > 1000
    own = room.told(ClipOn)[0].own_frames
    assert all(abs(p.frames - own) <= 1 for p in room.told(ClipOn))


def test_solo_silences_sound_and_brings_it_back_in_phase(room: Script) -> None:
    record(room)
    room.note(3 * BAR + 100, 3 * BAR + 5000, seat=1)
    room.keep(4 * BAR + 100, seat=1)
    room.tell(ev.LayerSoloed(4 * BAR + 500, 1, 0))
    assert room.told(SoundOff)[-1].frame == 4 * BAR + 500
    room.advance(6 * BAR + 300)
    assert passes(room, 4 * BAR + 501) == []
    room.tell(ev.LayerSoloed(6 * BAR + 300, 1, 0))
    assert passes(room, 4 * BAR + 501) == [(6 * BAR + 300, 300)]


def test_panic_and_play_again(room: Script) -> None:
    record(room)
    room.tell(ev.Panicked(3 * BAR + 10))
    assert room.told(SilenceAll)
    room.advance(5 * BAR)
    assert passes(room, 3 * BAR + 1) == []
    room.press(6 * BAR - 10)
    room.advance(7 * BAR + 1)
    assert passes(room, 3 * BAR + 1) == [(6 * BAR, 0), (7 * BAR, 0)]


def test_a_room_that_takes_over_plays_on_in_the_middle_of_the_pass(room: Script) -> None:
    record(room, bars=2)
    room.advance(4 * BAR + 300)
    again = Session(decode_state(encode_state(room.state)))
    effects: list[Effect] = again.fold(4 * BAR + 300, ev.Resumed(4 * BAR + 300, 48_000, True))
    effects += again.advance(8 * BAR)
    told = [(p.frame, p.skip) for p in effects if isinstance(p, ClipOn)]
    assert told == [(4 * BAR + 300, BAR + 300), (5 * BAR, 0), (7 * BAR, 0)]
    assert not again.state.microphone


def test_a_replay_in_one_jump_gives_the_same(room: Script) -> None:
    record(room)
    room.dub(3 * BAR + BEAT)
    room.advance(5 * BAR + 100)
    room.tell(ev.TempoChosen(5 * BAR + 100, 100.0))
    room.undo(8 * BAR)
    room.advance(12 * BAR)
    again = Session()
    effects: list[Effect] = []
    for at, event in room.journal:
        effects += again.fold(at, event)
    effects += again.advance(12 * BAR)
    assert effects == room.effects
    assert encode_state(again.state) == encode_state(room.state)


def test_a_free_first_loop_of_sound_sets_the_tempo_to_the_frame(room: Script) -> None:
    room.tell(ev.FreeLoopChosen(10, True))
    room.press(1000)
    room.press(1000 + 90_001)
    assert taken(room) == [(1, 1000, 91_001)]
    room.advance(400_000)
    frames = [frame for frame, _ in passes(room)]
    assert frames == [1000 + 90_001 * turn for turn in range(1, len(frames) + 1)]
    assert all(p.frames == 90_001 == p.own_frames for p in room.told(ClipOn))


def test_a_clip_has_its_number_also_when_the_journal_lacks_those_before(room: Script) -> None:
    record(room)
    there = len(room.journal)
    room.tell(ev.LayerPressed(5 * BAR - 1000, 0, 1))
    room.advance(7 * BAR)
    room.dub(8 * BAR)
    room.advance(9 * BAR)
    again = Script()
    for at, event in [*room.journal[1:][: there - 1], *room.journal[there:]]:
        if at == BAR - 1000 and isinstance(event, ev.LayerPressed):
            continue  # the first loop was not to be kept
        again.effects += again.session.fold(at, event)
    again.advance(9 * BAR)
    assert len(room.told(ClipTaken)) > 1
    assert again.told(ClipTaken) == room.told(ClipTaken)[1:]


def test_an_overdub_has_nothing_of_before_the_microphone_was_on_again(room: Script) -> None:
    record(room)
    room.dub(3 * BAR + 1000)
    room.tell(ev.MicrophoneSwitched(3 * BAR + 2000, False))
    room.tell(ev.MicrophoneSwitched(3 * BAR + 2 * BEAT, True))
    room.dub(3 * BAR + 3 * BEAT)
    dub = room.told(ClipTaken)[-1]
    assert (dub.from_frame, dub.to_frame) == (3 * BAR + 2 * BEAT, 3 * BAR + 3 * BEAT)
    assert dub.at_frame == 2 * BEAT
