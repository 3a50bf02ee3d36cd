"""Badges: who somebody is in the room, with nothing asked of them.

A badge is a colour, a shape and an animal; it says nothing about the person. The animals are ones
that nobody minds being. Shapes are one terminal cell wide and each dozen of badges uses each shape
and each colour once, so up to twelve people can be told apart without colour, or without shape.
"""

from __future__ import annotations

import msgspec


class Badge(msgspec.Struct, frozen=True):
    """One player's sign: `name` is the stable id, `colour` is #rrggbb, `shape` fills one cell."""

    name: str
    colour: str
    shape: str
    animal: str


# Bright enough for a dark terminal, with steps in lightness as well as in hue.
_COLOURS = {
    "blue": "#4f9dff",
    "orange": "#ff9640",
    "green": "#3fb765",
    "pink": "#ff86c3",
    "yellow": "#f2d149",
    "violet": "#a879f0",
    "white": "#f4f4f4",
    "red": "#f0524f",
    "teal": "#2cc5b5",
    "brown": "#b9845a",
    "lime": "#b4e04b",
    "grey": "#9aa5b1",
}

# Solid before hollow, and like shapes far apart: the first few players get the plainest signs.
_SHAPES = ("●", "▲", "■", "★", "◆", "♥", "○", "△", "□", "☆", "◇", "♣")

_ANIMALS = (
    *("heron", "fox", "frog", "flamingo", "finch", "dragonfly"),
    *("owl", "robin", "turtle", "bear", "gecko", "seal"),
    *("whale", "tiger", "parrot", "dolphin", "duckling", "butterfly"),
    *("swan", "squirrel", "kingfisher", "beaver", "lizard", "wolf"),
    *("swallow", "otter", "cricket", "starfish", "lion", "octopus"),
    *("hare", "panda", "seahorse", "deer", "hummingbird", "crane"),
)


def _badge(index: int) -> Badge:
    dozen, place = divmod(index, 12)
    colour = tuple(_COLOURS)[place]
    # Each dozen turns the shapes by five, so that no colour meets a shape twice.
    shape = _SHAPES[(place + 5 * dozen) % 12]
    animal = _ANIMALS[index]
    return Badge(f"{colour} {animal}", _COLOURS[colour], shape, animal)


BADGES: tuple[Badge, ...] = tuple(_badge(index) for index in range(len(_ANIMALS)))
"""Every badge, in the order in which they are given out."""

_BY_NAME = {badge.name: badge for badge in BADGES}


def badge_named(name: str) -> Badge:
    """The badge with this name. Raises ValueError when there is none."""
    try:
        return _BY_NAME[name]
    except KeyError:
        raise ValueError(f"there is no badge {name!r}; one of them is {BADGES[0].name!r}") from None
