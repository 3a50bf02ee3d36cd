"""What a new room begins with: the `[opening]` of a score in scores/*.toml."""

from __future__ import annotations

import tomllib
from pathlib import Path

import msgspec

from jamroom.clocks import MAX_BPM, MIN_BPM
from jamroom.music.meter import meter_from_text
from jamroom.music.pitch import pitch_class_of_name
from jamroom.music.scales import scale_named
from jamroom.session.allowing import LOOP_BARS
from jamroom.session.events import Consent, Opened


class ScoreError(ValueError):
    """A score that cannot be used; the text names the file and what is wrong in it."""


class Opening(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Root and scale by name, tempo in quarter notes a minute, metre as text."""

    root: str = "D"
    scale: str = "dorian"
    bpm: float = 92.0
    meter: str = "4/4"
    loop_bars: int = 2

    def opened(self, wall_s: float, sample_rate: int, consent: Consent) -> Opened:
        """The session's first event. Raises ValueError where a value makes no sense."""
        meter = meter_from_text(self.meter)
        if not MIN_BPM <= self.bpm <= MAX_BPM:
            raise ValueError(f"bpm = {self.bpm:g}: a tempo lies between 20 and 300")
        if self.loop_bars not in LOOP_BARS:
            raise ValueError(f"loop_bars = {self.loop_bars}: a loop is 1, 2, 4 or 8 bars long")
        return Opened(
            0,
            wall_s,
            sample_rate,
            self.bpm,
            meter.pulses,
            meter.unit,
            pitch_class_of_name(self.root),
            scale_named(self.scale).name,
            self.loop_bars,
            consent,
        )


def read_opening(path: Path) -> Opening:
    """The opening of a score. Raises ScoreError for a file that is none."""
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        opening = msgspec.convert(table.get("opening", {}), Opening)
        opening.opened(0.0, 48_000, "undecided")
    except (OSError, ValueError) as error:
        raise ScoreError(f"{path.name}: {error}") from error
    return opening
