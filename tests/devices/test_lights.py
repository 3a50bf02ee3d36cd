"""Lights in ticks of 20 ms: they follow, they never flood, and they always end up right."""

from __future__ import annotations

import random
from pathlib import Path

import msgspec
import pytest
from lamp_device import LampDevice

from jamroom.devices.controller_files import find_profile, load_controllers
from jamroom.devices.controllers import Controllers
from jamroom.devices.light_views import LayerLight, LightView
from jamroom.devices.lights import Lights
from jamroom.music.palette import Palette
from jamroom.session.inputs import InputGone

PROFILES, _ = load_controllers([Path(__file__).parents[2] / "controllers"])
LAUNCHPAD = "midi:Launchpad Mini MK3 LPMiniMK3 MI"
APC = "midi:APC mini mk2 Control"
LIT = (LAUNCHPAD, "midi:LPX MIDI", "midi:LPProMK3 MIDI", APC)
TICK_NS = 20_000_000
CABLE_BYTES_PER_S = 3125
FREE = LightView(Palette(2, "dorian"), "ladder", badge_colour="#ff9640")
LOUD = msgspec.structs.replace


class Stage:
    """One device, ticked."""

    def __init__(self, input_id: str) -> None:
        profile = find_profile(PROFILES, input_id)
        assert profile is not None
        self.device = LampDevice(profile)
        self.input_id = input_id
        self.sent: list[tuple[int, bytes]] = []
        self.now_ns = 10**12
        self.reachable = True
        self.controllers = Controllers(PROFILES, lambda *_: None, self.send)
        self.lights = Lights(self.controllers, self.send)
        self.controllers.came(input_id)

    def send(self, output: str, message: bytes) -> bool:
        assert output == self.input_id
        if self.reachable:
            self.sent.append((self.now_ns, message))
            self.device.hears(message)
        return self.reachable

    def tick(self, view: LightView | None, times: int = 1) -> int:
        """Bytes sent."""
        before = len(self.sent)
        for _ in range(times):
            self.lights.tick(self.now_ns, {self.input_id: view} if view else {})
            self.now_ns += TICK_NS
        return sum(len(message) for _, message in self.sent[before:])

    def settle(self, view: LightView) -> int:
        """Ticks until all lamps are told."""
        for ticks in range(200):
            if self.tick(view) == 0:
                return ticks
        raise AssertionError("it never comes to rest")

    def busiest_second(self) -> int:
        most = 0
        for first, (then_ns, _) in enumerate(self.sent):
            within = (len(m) for at, m in self.sent[first:] if at < then_ns + 1_000_000_000)
            most = max(most, sum(within))
        return most


def layers(**phases: str) -> tuple[LayerLight, ...]:
    return tuple(
        LayerLight(int(slot[1:]), phase, progress=0.5)  # type: ignore[arg-type]
        for slot, phase in phases.items()
    )


@pytest.fixture(params=LIT)
def stage(request: pytest.FixtureRequest) -> Stage:
    return Stage(request.param)


def test_after_plugging_in_the_mode_is_set_first_and_then_all_is_painted(stage: Stage) -> None:
    stage.settle(FREE)
    profile = stage.controllers.profile_of(stage.input_id)
    assert profile is not None
    assert [m.hex(" ").upper() for m in stage.device.setup] == list(profile.at_connect)
    if profile.at_connect:
        assert stage.sent[0][1] == stage.device.setup[0]
    surface = stage.controllers.surfaces()[stage.input_id]
    assert surface.board is not None
    lit = [place for place in (*surface.board.pads, *surface.board.pushes) if place.lamp]
    assert len(stage.device.lamps) == len(lit)


def test_a_whole_repaint_takes_no_more_than_the_cable_carries(stage: Stage) -> None:
    ticks = stage.settle(FREE)
    assert ticks <= 20, "0.4 s"
    assert stage.busiest_second() <= CABLE_BYTES_PER_S


def test_a_repainted_device_looks_like_one_that_was_never_away(stage: Stage) -> None:
    stage.settle(FREE)
    before = dict(stage.device.lamps)
    stage.controllers.heard(1, InputGone(-1, stage.input_id))
    assert stage.tick(FREE, 5) == 0
    stage.device.lamps.clear()
    stage.controllers.came(stage.input_id)
    stage.settle(FREE)
    assert stage.device.lamps == before


@pytest.mark.parametrize("phase", ["armed", "recording", "playing", "muted", "overdubbing"])
def test_a_layers_new_state_is_told_at_the_next_tick(stage: Stage, phase: str) -> None:
    stage.settle(FREE)
    view = LOUD(FREE, layers=layers(s0=phase))
    bytes_sent = stage.tick(view)
    assert 3 <= bytes_sent <= 16
    assert stage.tick(view) == 0


def test_sixteen_changes_at_once_follow_within_two_ticks(stage: Stage) -> None:
    """Eight layers and eight keys: 40 ms, and nothing is left for the third."""
    stage.settle(FREE)
    view = LOUD(
        FREE,
        layers=tuple(LayerLight(slot, "playing", progress=0.5) for slot in range(8)),
        keys_on=frozenset(range(37, 43)),
    )
    stage.tick(view, 2)
    shown = dict(stage.device.lamps)
    stage.settle(view)
    assert stage.device.lamps == shown


def test_a_state_that_changes_during_a_repaint_goes_first(stage: Stage) -> None:
    stage.tick(FREE)
    view = LOUD(FREE, layers=layers(s0="recording"))
    before = len(stage.sent)
    stage.tick(view)
    if stage.device.setup:
        stage.tick(view)
    numbers = [message[1] for _, message in stage.sent[before:] if message[0] != 0xF0]
    surface = stage.controllers.surfaces()[stage.input_id]
    assert surface.board is not None
    first = next(push for push in surface.board.pushes if push.name == "layer")
    assert first.at.number in numbers


def test_a_pad_is_lit_while_it_sounds(stage: Stage) -> None:
    stage.settle(FREE)
    before = dict(stage.device.lamps)
    assert stage.tick(LOUD(FREE, keys_on=frozenset({37}))) > 0
    assert stage.device.lamps != before
    stage.tick(FREE)
    assert stage.device.lamps == before


def test_armed_layers_count_in_with_the_beat_and_the_downbeat_differs(stage: Stage) -> None:
    stage.settle(FREE)
    surface = stage.controllers.surfaces()[stage.input_id]
    assert surface.board is not None
    at = next(push for push in surface.board.pushes if push.name == "layer").at
    lamp = (0x90 if at.kind == "note" else 0xB0, at.number)
    seen = []
    for beat in range(4):
        for eighth in range(8):
            view = LOUD(FREE, layers=layers(s0="armed"), beat_phase=eighth / 8, downbeat=beat == 0)
            stage.tick(view, 2)
            seen.append(stage.device.lamps[lamp])
    one, two = seen[:8], seen[8:16]
    assert two == seen[16:24] == seen[24:]
    assert len(set(two)) == 2 and two[0] != two[4]
    assert one[0] != two[0]


def test_a_storm_stays_in_budget_and_ends_right(stage: Stage) -> None:
    """Everything changes at every tick, for three seconds; then it rests."""
    chance = random.Random(11)
    for _ in range(150):
        view = LOUD(
            FREE,
            palette=Palette(chance.randrange(12), "major"),
            keys_on=frozenset(chance.sample(range(36, 64), 12)),
            layers=tuple(
                LayerLight(slot, chance.choice(["armed", "recording", "playing", "muted"]))
                for slot in range(8)
            ),
            beat_phase=chance.random(),
        )
        stage.tick(view)
    assert stage.busiest_second() <= CABLE_BYTES_PER_S
    ticks = stage.settle(FREE)
    assert ticks <= 20
    calm = Stage(stage.input_id)
    calm.settle(FREE)
    assert stage.device.lamps == calm.device.lamps


def test_what_cannot_be_sent_now_is_sent_later(stage: Stage) -> None:
    stage.reachable = False
    assert stage.tick(FREE, 10) == 0
    stage.reachable = True
    stage.settle(FREE)
    calm = Stage(stage.input_id)
    calm.settle(FREE)
    assert stage.device.lamps == calm.device.lamps
    assert stage.device.setup == calm.device.setup


def test_a_clock_that_stands_or_goes_back_does_no_harm(stage: Stage) -> None:
    stage.settle(FREE)
    stage.now_ns -= 10**11
    stage.tick(LOUD(FREE, layers=layers(s0="playing")))
    stage.now_ns += 10**12
    stage.settle(FREE)
    assert stage.busiest_second() <= CABLE_BYTES_PER_S


def test_closing_darkens_and_leaves_the_device_as_it_was(stage: Stage) -> None:
    stage.settle(FREE)
    stage.lights.close()
    profile = stage.controllers.profile_of(stage.input_id)
    assert profile is not None
    if not profile.at_leave:
        assert set(stage.device.lamps.values()) <= {(6, 0), (0, 0)}
    stage.sent.clear()
    stage.device.hears = lambda _message: None  # type: ignore[method-assign]
    stage.controllers.close()
    assert [m.hex(" ").upper() for _, m in stage.sent] == list(profile.at_leave)


def test_where_nobody_sits_pads_glow_and_buttons_are_dark() -> None:
    stage = Stage(LAUNCHPAD)
    for _ in range(20):
        stage.tick(None)
    assert stage.device.lamps[0x90, 11] == (0, 1)
    assert stage.device.lamps[0xB0, 91] == (0, 0)


def test_the_bytes_of_a_launchpad() -> None:
    stage = Stage(LAUNCHPAD)
    stage.settle(FREE)
    stage.sent.clear()
    stage.tick(LOUD(FREE, layers=layers(s1="recording"), keys_on=frozenset({37})))
    assert {message.hex(" ") for _, message in stage.sent} == {"b2 5c 05", "90 0c 03"}
    stage.sent.clear()
    stage.tick(LOUD(FREE, badge_colour="#ffffff"))
    true = [m for _, m in stage.sent if m[0] == 0xF0]
    assert true and true[0].hex(" ").startswith("f0 00 20 29 02 0d 03 03 ")
    assert true[0][9:12] == bytes((127, 127, 127)) and true[0][-1] == 0xF7


def test_the_bytes_of_an_apc_mini() -> None:
    stage = Stage(APC)
    stage.settle(FREE)
    stage.sent.clear()
    stage.tick(LOUD(FREE, layers=layers(s1="recording"), badge_colour="#ff8001"))
    short = [m.hex(" ") for _, m in stage.sent if m[0] != 0xF0]
    assert short == ["99 39 05", "90 65 02"]
    true = next(m for _, m in stage.sent if m[0] == 0xF0)
    assert true.hex(" ") == "f0 47 7f 4f 24 00 08 00 00 01 7f 01 00 00 01 f7"
