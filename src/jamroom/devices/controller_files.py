"""What is known of a controller, as data: one TOML file each, in `controllers/`.

A profile says how the device is recognised, which message is which pad or button, and how its
lamps are lit. Numbers are as on the wire, channels as in manuals (1 to 16). A broken file costs
one sentence; the others still load.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from jamroom.session.inputs import ButtonName
from jamroom.toml_files import TomlError, read_toml

STILL = "The other controllers still work."
FIRST_PAD_KEY = 36
"""Key of the first pad, as the keymaps count (`music.keymaps.pad_index`)."""
SLOTS = 8
Kind = Literal["note", "control"]

_SYSEX = r"^F0( [0-7][0-9A-F])+ F7$"
_BYTES = r"^[0-9A-F]{2}( [0-9A-F]{2})*$"
_EACH = r"^([0-7][0-9A-F]|\{(led|[rgb][01]?)\})( ([0-7][0-9A-F]|\{(led|[rgb][01]?)\}))*$"
Seven = Annotated[int, Meta(ge=0, le=127)]
Channel = Annotated[int, Meta(ge=1, le=16)]
Sysex = Annotated[
    str, Meta(pattern=_SYSEX, description="a system exclusive message in hex, like F0 7E 7F F7")
]
Bytes = Annotated[str, Meta(pattern=_BYTES, description="bytes in hex, like F0 00 20")]
Each = Annotated[
    str,
    Meta(pattern=_EACH, description="bytes in hex below 80 and {led} {r} {g} {b} or {r1} {r0} ..."),
]
Hue = Annotated[str, Meta(pattern="^#[0-9a-f]{6}$", description="a colour like #ff8000")]


class Struct(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A table of a profile: what is misspelt in it is an error."""


class Shade(Struct, frozen=True):
    """How a lamp is lit: a number of the device's own colours, or true colour, or the badge's.

    `channel` is where the number is sent when it is not the lamp's (many devices pulse or flash
    by channel). `blinks` is how many times a beat jamroom itself turns it on and off.
    """

    colour: Seven | None = None
    channel: Channel | None = None
    rgb: Hue | None = None
    badge: bool = False
    level: Annotated[float, Meta(ge=0.0, le=1.0)] = 1.0
    blinks: Annotated[int, Meta(ge=0, le=4)] = 0


class Looks(Struct, frozen=True):
    """The table of states. What is left out looks as the nearest one that is there.

    Pads: `dark` is out of the palette. Layers: from `empty` to `queued`; `downbeat` is armed on
    the first beat of a bar, `seam` playing as its loop begins. Other buttons: `button`, `held`.
    """

    dark: Shade = Shade(colour=0)
    pad: Shade | None = None
    root: Shade | None = None
    sounding: Shade | None = None
    empty: Shade | None = None
    armed: Shade | None = None
    downbeat: Shade | None = None
    recording: Shade | None = None
    overdubbing: Shade | None = None
    playing: Shade | None = None
    seam: Shade | None = None
    muted: Shade | None = None
    queued: Shade | None = None
    button: Shade | None = None
    held: Shade | None = None


class Rgb(Struct, frozen=True):
    """A message that sets true colours: `before`, then `each` for every lamp, then `after`.

    In `each`, {r} {g} {b} are scaled to `most`; {r1} {r0} are the high bit and the low seven.
    """

    before: Bytes
    each: Each
    after: Bytes
    most: Annotated[int, Meta(ge=1, le=255)] = 127
    at_once: Annotated[int, Meta(ge=1, le=64)] = 1


class Lamp(Struct, frozen=True):
    """A kind of lamp: lit by the message its pad sends, with the colour as velocity or value."""

    looks: Looks
    channel: Channel = 1
    rgb: Rgb | None = None


class Pads(Struct, frozen=True):
    """A rectangle of pads to play, from the lower left: `numbers` has one row for each row.

    Without `numbers` they count from `first`, by `right` along a row and by `up` to the next.
    """

    kind: Kind = "note"
    channel: Channel | None = None
    numbers: tuple[tuple[Seven, ...], ...] = ()
    first: Seven = 36
    columns: Annotated[int, Meta(ge=1, le=16)] = 1
    rows: Annotated[int, Meta(ge=1, le=16)] = 1
    right: Annotated[int, Meta(ge=-64, le=64)] = 1
    up: Annotated[int, Meta(ge=-64, le=64)] = 8
    row: Annotated[int, Meta(ge=0, le=15)] = 0
    column: Annotated[int, Meta(ge=0, le=63)] = 0
    lamp: str = ""

    def places(self) -> Iterator[tuple[int, int, int]]:
        """Row, column and message number of each pad."""
        rows = self.numbers or tuple(
            tuple(
                self.first + row * self.up + column * self.right for column in range(self.columns)
            )
            for row in range(self.rows)
        )
        for row, numbers in enumerate(rows):
            for column, number in enumerate(numbers):
                yield self.row + row, self.column + column, number


class Buttons(Struct, frozen=True):
    """Buttons that play no note. Several for "layer" are the slots from `slot` on."""

    does: ButtonName
    numbers: Annotated[tuple[Seven, ...], Meta(min_length=1, max_length=SLOTS)]
    kind: Kind = "control"
    channel: Channel | None = None
    slot: Annotated[int, Meta(ge=0, le=SLOTS - 1)] = 0
    lamp: str = ""


class Silent(Struct, frozen=True):
    """What the device sends that nobody should hear: a shift button, faders that do nothing."""

    numbers: tuple[Seven, ...]
    kind: Kind = "control"


class Profile(Struct, frozen=True):
    """One controller. `match` are patterns for the name of its port, "*" for anything.

    `row_step` is how many degrees a row lies above the one below it. `generic` profiles are tried
    after all others. A `switch` plays one or two keys with whatever it sends; of a `deaf` port
    nothing is heard (it is for recording programs). `checked` says honestly how far anybody has
    seen it work.
    """

    name: str
    match: Annotated[tuple[str, ...], Meta(min_length=1)]
    checked: str
    source: tuple[str, ...] = ()
    first_keymap: Literal["ladder", "white", "drums", "chords", "walk"] | None = None
    row_step: Annotated[int, Meta(ge=1, le=16)] = 8
    generic: bool = False
    mpe: bool = False
    switch: bool = False
    deaf: bool = False
    at_connect: tuple[Sysex, ...] = ()
    at_leave: tuple[Sysex, ...] = ()
    pads: tuple[Pads, ...] = ()
    buttons: tuple[Buttons, ...] = ()
    silent: tuple[Silent, ...] = ()
    lamps: dict[str, Lamp] = {}

    def __post_init__(self) -> None:
        for lamp in self.lamps_used():
            if lamp not in self.lamps:
                raise ValueError(f"there is no table lamps.{lamp}")
        for buttons in self.buttons:
            if buttons.does == "layer" and buttons.slot + len(buttons.numbers) > SLOTS:
                raise ValueError(f"there are {SLOTS} layers, and more buttons for them")
        for pads in self.pads:
            for row, column, number in pads.places():
                if not 0 <= number <= 127:
                    raise ValueError(f"a pad has the number {number}, allowed is 0 to 127")
                if self.key_at(row, column) > 127:
                    raise ValueError("pads beyond key 127: a smaller row_step is needed")
        for kind in self.lamps.values():
            _check_lamp(kind)

    def key_at(self, row: int, column: int) -> int:
        """The key the room hears for a pad."""
        return FIRST_PAD_KEY + row * self.row_step + column

    def matches(self, port: str) -> bool:
        """Whether a port of this name is such a device."""
        return any(fnmatchcase(port.casefold(), pattern.casefold()) for pattern in self.match)

    def lamps_used(self) -> tuple[str, ...]:
        """Names of the kinds of lamp that pads and buttons have."""
        parts = (*(pads.lamp for pads in self.pads), *(one.lamp for one in self.buttons))
        return tuple(lamp for lamp in parts if lamp)

    @property
    def has_lights(self) -> bool:
        """Whether any lamp of it can be lit."""
        return bool(self.lamps_used())


def _check_lamp(lamp: Lamp) -> None:
    for look in Looks.__struct_fields__:
        shade: Shade | None = getattr(lamp.looks, look)
        if shade is None:
            continue
        if lamp.rgb is None and shade.rgb is not None:
            raise ValueError(f"the look {look!r} has rgb, and the lamp has no table rgb")
        if shade.colour is None and shade.rgb is None and not (shade.badge and lamp.rgb):
            raise ValueError(f"the look {look!r} has neither colour nor rgb")


def load_controllers(folders: Sequence[Path]) -> tuple[tuple[Profile, ...], tuple[str, ...]]:
    """Profiles in the order they are tried, and one sentence per file that is wrong.

    A later folder (the user's own) is tried before an earlier one; in each, deaf ports come first.
    Generic profiles come after all. A folder that does not exist is skipped.
    """
    found: list[Profile] = []
    errors: list[str] = []
    for folder in reversed(folders):
        here: list[Profile] = []
        for path in sorted(folder.glob("*.toml")) if folder.is_dir() else []:
            try:
                here.append(read_toml(path, Profile, STILL))
            except TomlError as error:
                errors.append(str(error))
        found += sorted(here, key=lambda profile: not profile.deaf)
    return tuple(sorted(found, key=lambda profile: profile.generic)), tuple(errors)


def plain_port(input_id: str) -> str:
    """A port's name without what tells two of a kind apart: "X" for "midi:X #2"."""
    return re.sub(r" #\d+$", "", input_id.removeprefix("midi:"))


def find_profile(profiles: Iterable[Profile], input_id: str) -> Profile | None:
    """The first profile that knows this input; None for what is unknown, or no MIDI port."""
    if not input_id.startswith("midi:"):
        return None
    port = plain_port(input_id)
    return next((profile for profile in profiles if profile.matches(port)), None)


def exact_pattern(port: str) -> str:
    """A pattern that matches this name and no other."""
    return re.sub(r"([*?\[])", r"[\1]", port)
