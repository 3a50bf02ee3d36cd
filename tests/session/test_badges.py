from __future__ import annotations

import re

import pytest
from rich.cells import cell_len

from jamroom.session.badges import BADGES, Badge, badge_named


def test_enough_for_a_full_room_and_all_different() -> None:
    assert len(BADGES) >= 32
    for values in ([b.name for b in BADGES], [b.animal for b in BADGES]):
        assert len(set(values)) == len(BADGES)
    assert len({(b.colour, b.shape) for b in BADGES}) == len(BADGES)


def test_each_dozen_differs_in_colour_and_in_shape() -> None:
    for start in range(0, len(BADGES), 12):
        dozen = BADGES[start : start + 12]
        assert len({b.name.split()[0] for b in dozen}) == len(dozen)
        assert len({b.colour for b in dozen}) == len(dozen)
        assert len({b.shape for b in dozen}) == len(dozen)


@pytest.mark.parametrize("badge", BADGES, ids=lambda b: b.name)
def test_badge_is_well_made(badge: Badge) -> None:
    assert re.fullmatch(r"#[0-9a-f]{6}", badge.colour)
    assert cell_len(badge.shape) == 1 == len(badge.shape)
    assert badge.name.split() == [badge.name.split()[0], badge.animal]
    assert badge_named(badge.name) is badge


@pytest.mark.parametrize("badge", BADGES, ids=lambda b: b.name)
def test_colours_can_be_read_on_a_dark_screen(badge: Badge) -> None:
    channels = [int(badge.colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (
        c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    # WCAG 2 contrast against #1e1e1e, the lightest of the usual dark backgrounds.
    assert (luminance + 0.05) / (0.0130 + 0.05) >= 4.5


def test_unknown_badge() -> None:
    with pytest.raises(ValueError, match="there is no badge"):
        badge_named("purple people eater")
