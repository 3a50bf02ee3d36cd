"""Everything that is written can be read: contrast is computed, not believed."""

from __future__ import annotations

import re

import pytest
from rich.color import Color
from small_room import Sit, a_layer, a_seat, a_snapshot

from jamroom.session.badges import BADGES
from jamroom.tui.bigtype import big
from jamroom.tui.themes import (
    CALM,
    LOOKS,
    READABLE,
    STARK,
    Look,
    contrast,
    style_of,
    textual_theme,
)
from jamroom.views import PaletteView


def _hex(colour: Color | None) -> str:
    assert colour is not None
    assert colour.triplet is not None
    return colour.triplet.hex


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_every_role_is_readable_on_every_ground(look: Look) -> None:
    for ground, behind in look.grounds.items():
        for role in (*look.roles, *(badge.colour for badge in BADGES)):
            style = style_of(look.name, role, ground)
            assert _hex(style.bgcolor) == behind
            assert contrast(_hex(style.color), behind) >= READABLE, (role, ground)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WCAG's own example


def test_the_stark_look_has_more_contrast() -> None:
    for role in CALM.roles:
        calm = contrast(CALM.roles[role], CALM.grounds["bg"])
        assert contrast(STARK.roles[role], STARK.grounds["bg"]) > min(calm, 12.0)


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_dialogs_are_readable_too(look: Look) -> None:
    theme = textual_theme(look)
    assert theme.foreground is not None
    for ground in (theme.background, theme.surface, theme.panel):
        assert ground is not None
        for ink in (theme.foreground, theme.accent, theme.variables["text-muted"]):
            assert ink is not None
            assert contrast(ink, ground) >= READABLE
    cursor = theme.variables["block-cursor-foreground"], theme.variables["block-cursor-background"]
    assert contrast(*cursor) >= READABLE


async def test_f2_goes_from_one_look_to_the_other(sit: Sit) -> None:
    async with sit() as at:
        assert at.console.theme == CALM.name
        await at.pilot.press("f2")
        assert at.console.theme == STARK.name
        assert STARK.roles["beat"] in at.console.export_screenshot()
        await at.pilot.press("f2")
        assert at.console.theme == CALM.name


_RULE = re.compile(r"\.[\w-]+-r(\d+) \{ fill: (#[0-9a-f]{6})")


async def test_drawn_text_is_one_of_ours(sit: Sit) -> None:
    """No style of Textual's own gets into the stage: all fills are colours of the look."""
    phases = ("empty", "armed", "recording", "playing", "muted", "overdubbing")
    layers = tuple(a_layer(n, phase) for n, phase in enumerate(phases))
    async with sit(a_snapshot(1)) as at:
        at.room.change(seats=(a_seat(0, layers=layers),), next_palette=PaletteView(7, "minor"))
        await at.pilot.pause()
        fills = {fill for _, fill in _RULE.findall(at.console.export_screenshot())}
        badges = {
            _hex(style_of(CALM.name, b.colour, g).color) for b in BADGES for g in CALM.grounds
        }
        assert fills <= {*CALM.roles.values(), *badges, "#c5c8c6"}  # the last is the frame's


def test_big_letters() -> None:
    for text in ("C#", "Bb", "F", "128", "E♭", "F♯"):
        for tall, rows in ((False, 3), (True, 6)):
            drawn = big(text, tall)
            assert len(drawn) == rows
            assert len({len(row) for row in drawn}) == 1
    assert big("H?") == ("", "", "")
