"""What holds whatever anybody does: the loop engine against a small model, and a long jam."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from room_script import BAR, as_journalled, opened

from jamroom.clocks import TempoMap, frame_at_beat, tempo_map_of, with_change
from jamroom.music.meter import Meter
from jamroom.session import events as ev
from jamroom.session.decide import Refusal, decide
from jamroom.session.effects import Effect, SilenceAll, SoundOff, SoundOn
from jamroom.session.inputs import AnyInput, Bend, Control, InputGone, KeyDown, KeyUp, Lean
from jamroom.session.line import grid_of
from jamroom.session.state import (
    LIVE,
    Content,
    Layer,
    LoopNote,
    State,
)
from jamroom.session.step import Session
from jamroom.session.stored import decode_state, encode_state

RATE = 48_000
Sound = tuple[int, int, int]
"""(frame on, frame off, note)"""


# -- the loop engine against a model -----------------------------------------------------------


def model(content: Content, tempo_map: TempoMap, from_frame: int, to_frame: int) -> list[Sound]:
    """Which notes of a loop sound when, in the plainest words there are."""
    places = [place_of(content, note.start_beat) for note in content.notes]
    sounds, turn = [], -8  # a loop has always been going on, before its anchor too
    while frame_at_beat(tempo_map, content.anchor_beat + turn * content.length_beats) < to_frame:
        begin = content.anchor_beat + turn * content.length_beats
        for note, place in zip(content.notes, places, strict=True):
            on = frame_at_beat(tempo_map, begin + place)
            off = frame_at_beat(tempo_map, begin + place + note.length_beats)
            sounds.append((on, off, note.note))
        turn += 1
    return sorted(s for s in sounds if from_frame <= s[0] < to_frame)


def place_of(content: Content, start_beat: float) -> float:
    """Where in the loop an onset sounds: tightened, then from the end, then later."""
    if content.tighten:
        grid = grid_of(content)
        line = min((n * grid for n in range(130)), key=lambda x: abs(x - start_beat))
        start_beat += content.tighten * (line - start_beat)
    start_beat = -start_beat if content.reverse else start_beat
    place = (start_beat + content.shift_beats) % content.length_beats
    return place if place < content.length_beats else 0.0


@st.composite
def contents(draw: st.DrawFn) -> Content:
    length = draw(st.sampled_from((1.75, 3.5, 4.0, 8.0, 32.0)))
    spots = st.tuples(st.floats(0, 0.999), st.floats(0.01, 1.0), st.integers(30, 90))
    notes = [
        LoopNote(start * length, part * length, note, 0.0, 100, 0)
        for start, part, note in draw(st.lists(spots, min_size=1, max_size=8))
    ]
    notes.sort(key=lambda n: n.start_beat)
    return Content(
        1,
        length,
        draw(st.sampled_from((0.0, 4.0, 7.5))),
        tuple(notes),
        shift_beats=draw(st.sampled_from((0.0, 0.0, 1.0, 0.3))),
        reverse=draw(st.booleans()),
        tighten=draw(st.sampled_from((0.0, 0.0, 0.5, 1.0))),
    )


@st.composite
def tempo_maps(draw: st.DrawFn) -> TempoMap:
    tempo_map = tempo_map_of(draw(st.floats(50, 200)), Meter(), RATE)
    for _ in range(draw(st.integers(0, 4))):
        line = tempo_map.last.beat + 4.0 * draw(st.integers(1, 6))
        tempo_map = with_change(tempo_map, line, draw(st.floats(50, 200)), Meter())
    return tempo_map


def playing(content: Content, tempo_map: TempoMap, frame: int = 0) -> Session:
    """A session in which one layer plays since for ever."""
    layer = Layer(0, 0, "playing", (content,), 1)
    return Session(State(tempo_map, frame=frame, layers={layer.id: layer}))


def sounds_of(effects: list[Effect]) -> list[Sound]:
    ons = {e.voice: (e.frame, e.note) for e in effects if isinstance(e, SoundOn)}
    offs = {e.voice: e.frame for e in effects if isinstance(e, SoundOff)}
    assert len(offs) == sum(isinstance(e, SoundOff) for e in effects)
    return sorted((on, offs[voice], note) for voice, (on, note) in ons.items())


@given(contents(), tempo_maps(), st.lists(st.integers(1, 200_000), max_size=20))
def test_a_loop_sounds_as_the_model_says(content: Content, tempo_map: TempoMap, steps: list[int]):
    session, effects, end = playing(content, tempo_map), [], 40 * 4 * 24_000
    for step in steps:
        effects += session.advance(min(end, session.state.frame + step))
    effects += session.advance(end)
    layer = session.state.layers[0]
    session.state.layers[0] = Layer(0, 0, "muted", layer.takes, 1)
    effects += session.advance(end * 4)
    expected = model(content, tempo_map, 0, end)
    # Off comes with the beat it was planned for; a length as long as the loop to the last bit.
    got = sounds_of(effects)
    assert sorted((on, n) for on, _, n in got) == sorted((on, n) for on, _, n in expected)
    assert sorted(off for _, off, _ in got) == sorted(off for _, off, _ in expected)


@settings(max_examples=25)
@given(st.floats(50, 200), st.floats(0, 3.99), st.integers(0, 500))
def test_no_sample_of_drift_after_eight_hours(bpm: float, start_beat: float, late: int):
    """Live all the way, with a loop of 64 beats; against exact arithmetic."""
    content = Content(16, 64.0, 0.0, (LoopNote(start_beat, 1.0, 60, 0.0, 100, 0),))
    tempo_map = tempo_map_of(bpm, Meter(), RATE)
    session, eight_hours = playing(content, tempo_map), 8 * 3600 * RATE + late
    on = [e.frame for e in session.advance(eight_hours) if isinstance(e, SoundOn)]
    frames_per_beat = Fraction(RATE * 60) / Fraction(bpm)
    exact = [(64 * k + Fraction(start_beat)) * frames_per_beat for k in range(len(on))]
    assert len(on) > 300
    # Half a frame is what rounding to a frame is; a millionth more is the float's.
    assert max(abs(a - b) for a, b in zip(on, exact, strict=True)) <= Fraction(500_001, 10**6)


@given(contents(), tempo_maps(), st.integers(0, 3_000_000))
def test_a_loop_taken_up_anywhere_goes_on_in_phase(
    content: Content, tempo_map: TempoMap, frame: int
):
    session, end = playing(content, tempo_map, frame), frame + 500_000
    on = [(e.frame, e.note) for e in session.advance(end) if isinstance(e, SoundOn)]
    expected = model(content, tempo_map, frame, end)
    assert sorted(on) == sorted((a, note) for a, _, note in expected)


# -- a jam in which anything may happen --------------------------------------------------------

INPUTS = ("play:a", "keys:low", "midi:drum pad")
inputs = st.sampled_from(INPUTS)
seats = st.integers(0, 2)
layers = st.sampled_from(((0, 0), (0, 0), (0, 1), (1, 0), (2, 2)))
lags = st.sampled_from((0, 0, 0, 1, 30, 700, 5_000))
steps = st.sampled_from((0, 1, 63, 64, 500, 5_760, 5_761, 12_000, 24_000, 96_000)) | st.integers(
    0, 150_000
)
keys = st.sampled_from((0, 1, 2, 36, 60, 61))
moves = st.sampled_from(
    (
        Bend(0, "", -1.0),
        Bend(0, "", 0.0),
        Bend(0, "", 0.25),
        Lean(0, "", -1, 127),
        Lean(0, "", 60, 0),
        Control(0, "", 64, 127),
        Control(0, "", 64, 0),
        Control(0, "", 121, 0),
        Control(0, "", 123, 0),
        InputGone(0, ""),
    )
)
choices = st.one_of(
    st.builds(ev.TempoChosen, st.just(0), st.sampled_from((60.0, 120.0, 133.3, 240.0))),
    st.just(ev.TempoTapped(0)),
    st.sampled_from((ev.MeterChosen(0, 4, 4), ev.MeterChosen(0, 7, 8), ev.MeterChosen(0, 1, 16))),
    st.builds(
        ev.PaletteChosen, st.just(0), st.integers(0, 11), st.sampled_from(("major", "hijaz"))
    ),
    st.builds(ev.KeymapChosen, st.just(0), seats, st.sampled_from(("chords", "drums", "free"))),
    st.builds(ev.OctaveChosen, st.just(0), seats, st.integers(-3, 3)),
    st.builds(ev.LoopBarsChosen, st.just(0), st.sampled_from((1, 2, 64))),
    st.builds(ev.QuantiseChosen, st.just(0), st.sampled_from(("off", "beat", "bar", "loop"))),
    st.builds(ev.Resumed, st.just(0), st.sampled_from((48_000, 44_100)), st.booleans()),
    st.builds(ev.LockChosen, st.just(0), st.sampled_from((False, False, True))),
    st.builds(ev.FreeLoopChosen, st.just(0), st.booleans()),
    st.builds(ev.AudioTempoChosen, st.just(0), st.sampled_from(("stretch", "repitch", "wait"))),
    st.builds(ev.ClockChosen, st.just(0), st.sampled_from(("", "", "midi:clock"))),
    st.just(ev.EchoChosen(0, 0.5, 0.3)),
    st.just(ev.CeilingChosen(0, -12.0)),
)
together = st.one_of(
    st.builds(ev.GroupPressed, st.just(0), st.integers(1, 2)),
    st.just(ev.AllPlayed(0)),
    st.just(ev.AllStopped(0)),
    st.builds(ev.SceneKept, st.just(0), st.sampled_from(("", "verse", "chorus"))),
)
shapings = st.sampled_from(
    (
        *(("half", 0.0), ("double", 0.0), ("reverse", 0.0)),
        *(("shift", 1.0), ("shift", -0.5), ("shift", 7.25), ("transpose", 2.0)),
        *(("transpose", -9.0), ("follow", 1.0), ("follow", 1.0), ("follow", 0.0)),
        *(("tighten", 1.0), ("tighten", 0.4), ("tighten", 0.0)),
    )
)


class Jam(RuleBasedStateMachine):
    """One live session in odd steps of time, and one that is killed and restarted all along.

    Both must want the same things done, and in the end a third, which reads the journal in one
    go, must have come to the same bytes.
    """

    @initialize(
        bpm=st.sampled_from((120.0, 97.3, 211.7)),
        meter=st.sampled_from(((4, 4), (7, 8), (3, 4))),
        begin=st.sampled_from((0, 12_345)),
        free=st.booleans(),
    )
    def open(self, bpm: float, meter: tuple[int, int], begin: int, free: bool) -> None:
        self.session, self.double = Session(), Session()
        self.journal: list[tuple[int, ev.AnyEvent]] = []
        self.effects: list[Effect] = []
        self.on: dict[int, SoundOn] = {}
        self.begun: set[int] = set()
        self.now = begin
        self.tell(opened(begin, bpm, *meter))
        for input_ in INPUTS:
            self.strike(input_, 1, 0, 24_000)
        self.pass_time(BAR)
        if free:
            self.ask(ev.FreeLoopChosen(self.now, True))
            self.free_loop((0, 0), 77, 5_760)
        else:
            self.ask(ev.Kept(self.now, ev.EVERYBODY, 2))

    def tell(self, request: AnyInput | ev.AnyEvent) -> None:
        for event in decide(self.session.state, request):
            self.journal.append((self.now, event))
            self.watch(
                self.session.fold(self.now, event),
                self.double.fold(self.now, as_journalled(event)),
            )

    def watch(self, effects: list[Effect], others: list[Effect]) -> None:
        assert effects == others, "a restarted session wanted something else"
        self.effects += effects
        for effect in effects:
            if isinstance(effect, SoundOn):
                assert effect.voice not in self.begun
                self.begun.add(effect.voice)
                self.on[effect.voice] = effect
            elif isinstance(effect, SoundOff):
                assert effect.frame >= self.on.pop(effect.voice).frame
            elif isinstance(effect, SilenceAll):
                self.on.clear()

    def pass_time(self, frames: int) -> None:
        self.now += frames
        self.watch(self.session.advance(self.now), self.double.advance(self.now))

    @rule(frames=steps, restart=st.booleans())
    def wait(self, frames: int, restart: bool) -> None:
        self.pass_time(frames)
        if restart:
            self.double = Session(decode_state(encode_state(self.double.state)))

    @rule(input_=inputs, key=keys, lag=lags, held=steps)
    def strike(self, input_: str, key: int, lag: int, held: int) -> None:
        self.tell(KeyDown(max(0, self.now - lag), input_, key, 90))
        self.pass_time(held // 4)
        self.tell(KeyUp(max(0, self.now - lag), input_, key, 64))

    @rule(input_=inputs, key=keys, lag=lags)
    def press_key(self, input_: str, key: int, lag: int) -> None:
        self.tell(KeyDown(max(0, self.now - lag), input_, key, 90))

    @rule(input_=inputs, key=keys, lag=lags)
    def let_key_go(self, input_: str, key: int, lag: int) -> None:
        self.tell(KeyUp(max(0, self.now - lag), input_, key, 64))

    @rule(input_=inputs, what=moves, lag=lags)
    def move(self, input_: str, what: AnyInput, lag: int) -> None:
        frame = max(0, self.now - lag)
        self.tell(msgspec.structs.replace(what, frame=frame, input=input_))

    @rule(
        kind=st.sampled_from(
            (
                ev.LayerPressed,
                ev.LayerPressed,
                ev.LayerOverdubbed,
                ev.LayerCleared,
                ev.LayerUndone,
                ev.LayerRedone,
            )
        ),
        layer=layers,
        lag=lags,
    )
    def use_layer(self, kind: Any, layer: tuple[int, int], lag: int) -> None:
        self.ask(kind(max(0, self.now - lag), *layer))

    @rule(layer=layers, how=shapings)
    def shape(self, layer: tuple[int, int], how: tuple[ev.Shaping, float]) -> None:
        self.ask(ev.LayerShaped(self.now, *layer, *how))

    @rule(layer=layers, slot=st.booleans(), group=st.integers(0, 2))
    def gather(self, layer: tuple[int, int], slot: bool, group: int) -> None:
        self.ask(ev.LayerGrouped(self.now, *layer, group))
        self.ask(ev.LayerSoloed(self.now, layer[0], layer[1] if slot else -1))

    @rule(request=together, lag=lags)
    def act_together(self, request: ev.AnyEvent, lag: int) -> None:
        self.ask(msgspec.structs.replace(request, frame=max(0, self.now - lag)))

    @rule(lag=lags, index=st.integers(0, 40))
    def go_back(self, lag: int, index: int) -> None:
        if scenes := self.session.state.scenes:
            scene = scenes[index % len(scenes)].id
            self.ask(ev.SceneRecalled(max(0, self.now - lag), scene))

    @rule(layer=layers, lag=lags, step=steps)
    def free_loop(self, layer: tuple[int, int], lag: int, step: int) -> None:
        """Two presses with something played between; free if the room is, else ordinary."""
        self.ask(ev.LayerPressed(max(0, self.now - lag), *layer))
        self.strike(INPUTS[layer[0]], 2, lag, 4 * step)
        self.pass_time(step)
        self.ask(ev.LayerPressed(max(0, self.now - lag), *layer))

    @rule(lag=lags, beat=st.integers(0, 40), bpm=st.sampled_from((60.0, 119.2, 171.0)))
    def hear_clock(self, lag: int, beat: int, bpm: float) -> None:
        if beat % 2:
            self.ask(ev.ClockChosen(self.now, "midi:clock"))
        for beats in range(6):
            self.tell(ev.ClockHeard(max(0, self.now - lag), beat + beats, bpm))
            self.pass_time(round(60 * RATE / bpm))

    @rule(seat=st.just(ev.EVERYBODY) | seats, bars=st.sampled_from((1, 2, 64)), lag=lags)
    def keep(self, seat: int, bars: int, lag: int) -> None:
        self.ask(ev.Kept(max(0, self.now - lag), seat, bars))

    @rule(request=choices)
    def choose(self, request: ev.AnyEvent) -> None:
        self.ask(msgspec.structs.replace(request, frame=self.now))

    @rule(layer=layers, times=st.integers(1, 3))
    @precondition(lambda self: self.session.state.layers)
    def undo_and_redo(self, layer: tuple[int, int], times: int) -> None:
        """Exact, unless a take was under way (that is what undo takes back first)."""
        number = layer[0] * 8 + layer[1]
        before = self.session.state.layers.get(number)
        if before is None or before.phase not in ("playing", "muted", "empty"):
            return
        if self.session.state.locked:
            return
        times = min(times, before.cursor)
        for kind in [ev.LayerUndone] * times + [ev.LayerRedone] * times:
            self.ask(kind(self.now, *layer))
        after = self.session.state.layers[number]
        assert (after.content, after.phase) == (before.content, before.phase)

    @rule(
        request=st.sampled_from(
            (ev.Panicked(0), ev.Resumed(0, 48_000, True), ev.Resumed(0, 44_100, False))
        ),
        often=st.integers(0, 7),
    )
    def fall_silent(self, request: ev.AnyEvent, often: int) -> None:
        if often == 0:
            self.ask(msgspec.structs.replace(request, frame=self.now))
            assert not self.on

    def ask(self, request: ev.AnyEvent) -> None:
        try:
            self.tell(request)
        except Refusal:
            state = self.session.state
            refused = (
                *(ev.LayerShaped, ev.SceneRecalled, ev.TempoChosen, ev.TempoTapped),
                ev.FreeLoopChosen,
            )
            there = ev.seat_of(request) in (None, *state.seats)
            waits = any(x.phase == "recording" and not x.bars for x in state.layers.values())
            assert not there or state.locked or waits or isinstance(request, refused)

    @invariant()
    def the_ledger_is_what_sounds(self) -> None:
        if hasattr(self, "session"):
            assert set(self.session.state.sounding) == set(self.on)

    @invariant()
    def every_take_is_in_order(self) -> None:
        if not hasattr(self, "session"):
            return
        for layer in self.session.state.layers.values():
            assert 0 <= layer.cursor <= len(layer.takes)
            assert (layer.phase in ("playing", "muted", "overdubbing")) == bool(layer.content.notes)
            for take in layer.takes:
                starts = [note.start_beat for note in take.notes]
                assert starts == sorted(starts)
                # A doubled loop has every note twice, and they are of one origin.
                heads = {(note.origin, note.start_beat) for note in take.notes}
                assert len(heads) == len(take.notes)
                for note in take.notes:
                    assert 0.0 <= note.start_beat < take.length_beats
                    assert 0.0 < note.length_beats <= take.length_beats
                assert all(0.0 <= t.start_beat < take.length_beats for t in take.turns)

    @invariant()
    def scenes_and_solos_are_in_order(self) -> None:
        if not hasattr(self, "session"):
            return
        state = self.session.state
        takes = [take.id for layer in state.layers.values() for take in layer.takes if take.id]
        assert len(set(takes)) == len(takes), "two takes have one number"
        assert all(not state.layers[number].content.empty for number in state.solos)
        playing = {n: x.content.id for n, x in state.layers.items() if x.sounds}
        assert not playing or playing in [scene.layers for scene in state.scenes]
        assert len({scene.id for scene in state.scenes}) == len(state.scenes) <= 40
        if state.solos:
            heard = {s.layer for s in state.sounding.values()} - {LIVE}
            assert heard <= set(state.solos), "who is not solo is not heard"

    def teardown(self) -> None:
        if not hasattr(self, "session"):
            return
        self.end_it_all()
        assert not self.on, "something still sounds"
        assert not self.session.state.held
        replay, effects = Session(), []
        for at, event in self.journal:
            effects += replay.fold(at, as_journalled(event))
        effects += replay.advance(self.now)
        assert effects == self.effects
        assert encode_state(replay.state) == encode_state(self.session.state)
        assert encode_state(self.double.state) == encode_state(self.session.state)

    def end_it_all(self) -> None:
        """All keys and pedals up, all layers stopped by their own buttons."""
        for name in INPUTS:
            for key in (0, 1, 2, 36, 60, 61):
                self.tell(KeyUp(self.now, name, key, 64))
            self.tell(Control(self.now, name, 64, 0))
        assert not [on for on in self.on.values() if on.layer == LIVE]
        self.ask(ev.LockChosen(self.now, False))
        while self.session.state.keeps or self.session.state.recalled_scene:
            self.pass_time(BAR)
        self.ask(ev.QuantiseChosen(self.now, "off"))
        for layer in list(self.session.state.layers.values()):
            for _ in range(3):
                if self.session.state.layers[layer.id].phase not in ("empty", "muted"):
                    self.ask(ev.LayerUndone(self.now, layer.seat, layer.slot))
            now = self.session.state.layers[layer.id]
            if now.change:
                self.ask(ev.LayerPressed(self.now, layer.seat, layer.slot))
            if self.session.state.layers[layer.id].phase == "playing":
                self.ask(ev.LayerPressed(self.now, layer.seat, layer.slot))
        self.pass_time(16 * BAR)


Jam.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestJam = Jam.TestCase
