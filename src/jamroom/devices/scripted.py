"""A MIDI file played as if somebody sat at a controller: for rehearsals, demonstrations, tests.

Each track with notes is a player of its own. What it plays goes the way of every other input, so
a scripted player can do nothing that a person could not.
"""

from __future__ import annotations

import bisect
import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import mido
import msgspec

from jamroom.devices.midi_bytes import Unplayed, parse_midi
from jamroom.devices.port_names import clean_name
from jamroom.music.meter import Meter
from jamroom.session.inputs import AnyInput, InputGone

OnInput = Callable[[int, AnyInput], None]

MOST_BYTES = 32 * 1024 * 1024
_NAME_LENGTH = 40
_DEFAULT_TEMPO_US = 500_000  # 120 beats a minute, where a file does not say


class Performance(msgspec.Struct, frozen=True):
    """What a MIDI file's players do, in order of time.

    `events` are (seconds from the start, input with frame -1); `inputs` are the players' ids,
    "play:etude#piano". `bpm`, `pulses` and `unit` are the first the file declares, or None.
    """

    name: str
    events: tuple[tuple[float, AnyInput], ...]
    inputs: tuple[str, ...]
    bpm: float | None = None
    pulses: int | None = None
    unit: int | None = None

    @classmethod
    def from_file(cls, path: Path) -> Performance:
        """Read a Standard MIDI File. Raises ValueError in one line for people."""
        tracks, division = _read(path)
        name = clean_name(path.stem)
        events: list[tuple[float, AnyInput]] = []
        inputs: list[str] = []
        for part in _parts(tracks, division):
            input_id = _free_id(f"play:{name}#{part.name}", inputs)
            inputs.append(input_id)
            events += part.played_by(input_id)
        if not inputs:
            raise ValueError(f"{path.name} has no notes to play")
        events.sort(key=lambda event: event[0])  # stable: a track keeps its order
        bpm, meter = _first_time(tracks)
        pulses, unit = (meter.pulses, meter.unit) if meter else (None, None)
        return cls(name, tuple(events), tuple(inputs), bpm, pulses, unit)

    @property
    def length_s(self) -> float:
        """When the last thing happens."""
        return self.events[-1][0] if self.events else 0.0


class ScriptedPlayer:
    """Plays performances when told what time it is. `on_input` gets each input's exact time."""

    def __init__(
        self, performances: tuple[Performance, ...], on_input: OnInput, start_ns: int
    ) -> None:
        """All begin at `start_ns` (monotonic)."""
        script: list[tuple[float, AnyInput]] = []
        for performance in performances:
            script += performance.events
            end_s = performance.length_s
            script += ((end_s, InputGone(-1, input_id)) for input_id in performance.inputs)
        script.sort(key=lambda event: event[0])
        self._script = [(start_ns + round(at_s * 1e9), event) for at_s, event in script]
        self._on_input = on_input
        self._next = 0

    @property
    def finished(self) -> bool:
        """Whether everything has been played and the players have left."""
        return self._next >= len(self._script)

    def due(self, now_ns: int) -> None:
        """Play whatever is due. Costs a comparison when nothing is."""
        while self._next < len(self._script) and self._script[self._next][0] <= now_ns:
            at_ns, event = self._script[self._next]
            self._next += 1
            self._on_input(at_ns, event)

    def skip_to(self, now_ns: int) -> None:
        """Pass over what was due before; players who should have left by then leave."""
        while self._next < len(self._script) and self._script[self._next][0] < now_ns:
            event = self._script[self._next][1]
            self._next += 1
            if isinstance(event, InputGone):
                self._on_input(now_ns, event)

    def stop(self, now_ns: int) -> None:
        """Leave in the middle: the players who are still there go."""
        rest, self._next = self._script[self._next :], len(self._script)
        for _, event in rest:
            if isinstance(event, InputGone):
                self._on_input(now_ns, event)


# -- reading ---------------------------------------------------------------------------------


class _Part(NamedTuple):
    name: str
    messages: list[tuple[float, mido.Message]]

    def played_by(self, input_id: str) -> Iterator[tuple[float, AnyInput]]:
        """What the room can use of it."""
        for at_s, message in self.messages:
            parsed = parse_midi(message.bytes(), input_id)
            if not isinstance(parsed, Unplayed):
                yield at_s, parsed


def _read(path: Path) -> tuple[list[mido.MidiTrack], int]:
    """Tracks and division of a file, whatever encoding its names are in."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"{path.name} is too big for a MIDI file (over 32 MB)")
        try:
            midi = mido.MidiFile(str(path), charset="utf8", clip=True)
        except UnicodeDecodeError:
            midi = mido.MidiFile(str(path), charset="latin1", clip=True)
    except FileNotFoundError:
        raise ValueError(f"there is no file {path.name}") from None
    except PermissionError:
        raise ValueError(f"{path.name} may not be read") from None
    except ValueError as error:
        if path.name in str(error):
            raise
        raise ValueError(f"{path.name} is no MIDI file, or a broken one ({error})") from None
    except Exception as error:  # mido raises nearly anything for broken bytes
        why = str(error) or type(error).__name__
        raise ValueError(f"{path.name} is no MIDI file, or a broken one ({why})") from None
    if midi.ticks_per_beat == 0:
        raise ValueError(f"{path.name} is broken: it has 0 ticks to a beat")
    if midi.ticks_per_beat < 0 and _smpte_tick_s(midi.ticks_per_beat) is None:
        raise ValueError(f"{path.name} is broken: it counts film frames of no film")
    if midi.type == 2:
        # Its tracks are pieces of their own, one after the other or not at all.
        return midi.tracks[:1], midi.ticks_per_beat
    return midi.tracks, midi.ticks_per_beat


def _parts(tracks: list[mido.MidiTrack], division: int) -> Iterator[_Part]:
    """A part for each track with notes; a lone track of several channels gives one for each."""
    seconds = _Seconds(tracks, division)
    for number, track in enumerate(tracks, start=1):
        messages = [
            (seconds.at_tick(tick), message)
            for tick, message in _ticked(track)
            if not message.is_meta and hasattr(message, "channel")
        ]
        channels = sorted({m.channel for _, m in messages if m.type == "note_on" and m.velocity})
        name = clean_name(track.name, _NAME_LENGTH) or str(number)
        if len(tracks) == 1 and len(channels) > 1:
            for channel in channels:
                part = [(at_s, m) for at_s, m in messages if m.channel == channel]
                yield _Part(f"channel {channel + 1}", part)
        elif channels:
            yield _Part(name, messages)


def _ticked(track: mido.MidiTrack) -> Iterator[tuple[int, mido.Message]]:
    tick = 0
    for message in track:
        tick += int(message.time)
        yield tick, message


class _Seconds:
    """A file's tempo map: ticks to seconds."""

    def __init__(self, tracks: list[mido.MidiTrack], division: int) -> None:
        self._segments: list[tuple[int, float, float]]  # tick, seconds, seconds in a tick
        film_tick_s = _smpte_tick_s(division) if division < 0 else None
        if film_tick_s is not None:
            self._segments = [(0, 0.0, film_tick_s)]
            return
        self._segments = [(0, 0.0, _DEFAULT_TEMPO_US / 1e6 / division)]
        tempos = [
            (tick, message.tempo)
            for track in tracks
            for tick, message in _ticked(track)
            if message.type == "set_tempo"
        ]
        for tick, tempo_us in sorted(tempos, key=lambda change: change[0]):
            self._segments.append((tick, self.at_tick(tick), tempo_us / 1e6 / division))

    def at_tick(self, tick: int) -> float:
        """Seconds from the start."""
        index = bisect.bisect(self._segments, tick, key=lambda segment: segment[0]) - 1
        start_tick, start_s, tick_s = self._segments[index]
        return start_s + (tick - start_tick) * tick_s


def _smpte_tick_s(division: int) -> float | None:
    """Seconds in a tick of a file that counts film frames (SMF 1.0: -fps in the high byte).

    None when there are no such frames.
    """
    fps, ticks_in_frame = -(division >> 8), division & 0xFF
    if ticks_in_frame == 0 or fps not in (24, 25, 29, 30):
        return None
    return 1 / ((30_000 / 1001 if fps == 29 else fps) * ticks_in_frame)


def _first_time(tracks: list[mido.MidiTrack]) -> tuple[float | None, Meter | None]:
    """The first tempo and metre the file declares, where the room has such a metre."""
    metas = sorted(
        ((tick, m) for track in tracks for tick, m in _ticked(track) if m.is_meta),
        key=lambda placed: placed[0],
    )
    tempo = next((m.tempo for _, m in metas if m.type == "set_tempo" and m.tempo > 0), None)
    signature = next((m for _, m in metas if m.type == "time_signature"), None)
    meter = None
    if signature is not None:
        with contextlib.suppress(ValueError):
            meter = Meter(signature.numerator, signature.denominator)
    return (None if tempo is None else 60e6 / tempo), meter


def _free_id(wanted: str, taken: list[str]) -> str:
    number, input_id = 1, wanted
    while input_id in taken:
        number += 1
        input_id = f"{wanted} {number}"
    return input_id
