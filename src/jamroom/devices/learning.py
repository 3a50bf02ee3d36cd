"""Learning a controller that no profile knows: press its pads in order, then the first again.

What was learned is a profile like any other, in a file that people may look at and change.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path

from jamroom.devices.boards import Physical
from jamroom.devices.controller_files import STILL, Pads, Profile, exact_pattern, plain_port
from jamroom.devices.switches import MOST_SWITCHES
from jamroom.toml_files import TomlError, read_toml

MOST_PADS = 64


class Learner:
    """Pads of one input, in the order in which they were pressed."""

    def __init__(self, input_id: str) -> None:
        self.input_id = input_id
        self.pads: list[Physical] = []
        self.finished = False

    def press(self, pad: Physical) -> bool:
        """Take a pad in; True when that was the last: the first one again, or as many as can be."""
        if self.finished or (self.pads and pad == self.pads[0]):
            self.finished = True
        elif pad not in self.pads:
            self.pads.append(pad)
            self.finished = len(self.pads) == MOST_PADS
        return self.finished

    @property
    def status(self) -> str:
        """One line for the console."""
        name = plain_port(self.input_id)
        if not self.pads:
            return f"{name}: press its pads in order, from low to high"
        return f"{name}: {self.count} so far; press them in order, then the first one again"

    @property
    def count(self) -> str:
        """How many there are, in words: "1 pad", "5 pads"."""
        return f"{len(self.pads)} {'pad' if len(self.pads) == 1 else 'pads'}"

    def profile(self, known: Profile | None = None) -> Profile:
        """What was learned. Raises ValueError when no pad was pressed.

        Of what was `known` before, the mode stays in which its pads send what they sent.
        """
        if not self.pads:
            raise ValueError("no pad was pressed, so there is nothing to learn")
        name = plain_port(self.input_id)
        return Profile(
            name=name,
            match=(exact_pattern(name),),
            checked="learned by pressing its pads",
            first_keymap="walk" if len(self.pads) <= MOST_SWITCHES else "ladder",
            row_step=8,
            at_connect=known.at_connect if known else (),
            at_leave=known.at_leave if known else (),
            pads=tuple(_runs(self.pads)),
        )


def _runs(pads: Sequence[Physical]) -> Iterator[Pads]:
    """One table for each run of pads that send the same kind of message on the same channel."""
    column = 0
    for (kind, channel), run in groupby(pads, key=lambda pad: (pad.kind, pad.channel)):
        numbers = tuple(pad.number for pad in run)
        yield Pads(kind=kind, channel=channel or None, numbers=(numbers,), column=column)
        column += len(numbers)


def save_learned(folder: Path, profile: Profile) -> Path:
    """Write a learned profile into the user's folder; it replaces what was learned before.

    Raises OSError when nothing can be written there.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = _path_for(folder, profile)
    fresh = path.with_suffix(".new")
    fresh.write_text(profile_text(profile), encoding="utf-8")
    fresh.replace(path)
    return path


def _path_for(folder: Path, profile: Profile) -> Path:
    """A file of its own for each name, though file systems and names differ in what they allow."""
    slug = re.sub(r"[^a-z0-9]+", "-", profile.name.lower()).strip("-") or "controller"
    number = 1
    while True:
        path = folder / (f"{slug}.toml" if number == 1 else f"{slug}-{number}.toml")
        if not path.exists():
            return path
        try:
            if read_toml(path, Profile, STILL).name == profile.name:
                return path
        except TomlError:  # somebody's broken file is theirs to mend
            pass
        number += 1


def profile_text(profile: Profile) -> str:
    """A learned profile as TOML."""
    lines = [
        "# Learned by pressing the pads in order. Change it as you like; remove it to forget it.",
        f"name = {_text(profile.name)}",
        f"match = [{', '.join(map(_text, profile.match))}]",
        f"checked = {_text(profile.checked)}",
        f"row_step = {profile.row_step}",
    ]
    if profile.first_keymap is not None:
        lines.append(f"first_keymap = {_text(profile.first_keymap)}")
    for key, messages in (("at_connect", profile.at_connect), ("at_leave", profile.at_leave)):
        if messages:
            lines.append(f"{key} = [{', '.join(map(_text, messages))}]")
    for pads in profile.pads:
        lines += ["", "[[pads]]", f"kind = {_text(pads.kind)}"]
        if pads.channel is not None:
            lines.append(f"channel = {pads.channel}")
        rows = (f"[{', '.join(map(str, row))}]" for row in pads.numbers)
        lines += [f"numbers = [{', '.join(rows)}]", f"column = {pads.column}"]
    return "\n".join(lines) + "\n"


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # TOML's basic strings escape what JSON's do
