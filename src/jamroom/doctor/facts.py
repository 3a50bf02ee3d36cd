"""What was found out: frozen values between the trials that measure and the parts that judge."""

from __future__ import annotations

import msgspec


class Facts(msgspec.Struct, frozen=True):
    """Any of the facts below."""


class SoundFacts(Facts, frozen=True, tag=True):
    """A second of silence through the host that a room would take.

    `promised_ms` is the latency the driver reported before the start, `period_ms` what it took at
    a time; `gap_ms` and `worst_gap_ms` are the median and longest time between two askings.
    `silent` without a card; `why` is the host's own line about it.
    """

    host: str
    silent: bool
    why: str
    sample_rate: int
    promised_ms: float
    period_frames: int
    gap_ms: float
    worst_gap_ms: float
    blocks: int
    missed: int
    alive: bool
    failure: str
    devices: tuple[str, ...]
    portaudio: str

    @property
    def period_ms(self) -> float:
        """How much sound is taken at a time."""
        return 1000 * self.period_frames / self.sample_rate


class EngineFacts(Facts, frozen=True, tag=True):
    """`voices` notes of all patches for `seconds` of sound, as fast as the machine can."""

    patches: int
    broken: tuple[str, ...]
    voices: int
    seconds: float
    took_s: float
    worst_block_ms: float
    block_ms: float


class FontFacts(Facts, frozen=True, tag=True):
    """Sounds of a SoundFont, and one line on which one it is, or what is missing."""

    sounds: int
    told: str


class MidiFacts(Facts, frozen=True, tag=True):
    """`system` is "" when there is none. Names of inputs are for people."""

    system: str
    inputs: tuple[str, ...]


class DiskFacts(Facts, frozen=True, tag=True):
    """The folder of the sessions: `there` when it exists (looking makes it), `refusal` why it
    cannot be written ("" if it can). `meeting` is why room and console cannot meet, or "".
    """

    folder: str
    there: bool
    refusal: str
    free_bytes: int
    filesystem: str
    fsync_ms: tuple[float, ...]
    meeting: str


class Failed(Facts, frozen=True, tag=True):
    """A trial that gave no facts, and why, in one line."""

    why: str


AnyFacts = SoundFacts | EngineFacts | FontFacts | MidiFacts | DiskFacts | Failed
