"""Draw the README's picture of the console: docs/console.svg, and docs/console.png beside it.

Without arguments a busy moment is made up here and shown through a real socket. With --socket the
picture is of a room that is open. The PNG needs rsvg-convert (Debian: librsvg2-bin).
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

import msgspec

from jamroom.messages import frame_message
from jamroom.tui.app import Console
from jamroom.tui.themes import LOOKS
from jamroom.views import (
    Catalogue,
    InputView,
    LayerView,
    PaletteView,
    PatchView,
    SceneView,
    SeatView,
    Snapshot,
)

DEADLINE_S = 10.0


def _layer(slot: int, phase: str, position: float = 0.0, **more: object) -> LayerView:
    next_press = {"playing": "mute", "muted": "play", "recording": "close now", "armed": "cancel"}
    values: dict[str, object] = {
        "bars": 2, "notes": 9 + 4 * slot, "waits_beats": 0.0, "queued": "",
        "next_press": next_press.get(phase, "record"), "can_undo": True, "can_redo": False,
    }  # fmt: skip
    values.update(more)
    return LayerView(slot=slot, phase=phase, position=position, **values)  # type: ignore[arg-type]


def _seat(
    number: int, badge: str, place: str, sound: str, keys: str, *layers: LayerView, **more: object
) -> SeatView:
    values: dict[str, object] = {
        "octave": 0, "level_db": 0.0, "consent": "keep", "present": True,
        "notes_on": 0, "played_ago_s": 60.0,
    }  # fmt: skip
    values.update(more)
    return SeatView(
        seat=number, badge=badge, input=place, patch=sound, keymap=keys, layers=layers, **values
    )  # type: ignore[arg-type]


SCENES = (
    SceneView(1, "", 12, 2, False, False), SceneView(2, "rain on the roof", 24, 4, False, False),
    SceneView(3, "", 33, 5, False, False), SceneView(4, "", 41, 6, True, False),
)  # fmt: skip
INPUTS = (
    InputView("keys:low", "keys, low row", 0, 1, False),
    InputView("midi:Launchpad Mini", "Launchpad Mini", 1, 1, True),
    InputView("midi:MPD218", "MPD218", 2, 1, True),
    InputView("midi:KeyLab 49", "KeyLab 49", 3, 2, False),
    InputView("midi:KeyLab 49/2", "KeyLab 49, player 2", 4, 2, False),
    InputView("midi:nanoPAD2", "nanoPAD2", -1, 1, False),
)
SOUNDS = Catalogue(
    tuple(
        PatchView(f"{family} {n}", label, family, "A round wooden sound; carries a melody.")
        for family, labels in (
            ("mallets", "marimba,kalimba,balafon"), ("bells", "bell,singing bowl,glass"),
            ("plucked", "harp,oud,guzheng,nylon guitar"), ("voices", "choir ah,choir oo"),
            ("drums", "frame drum,darbuka,cajon"), ("SoundFont", "cello,violin,clarinet"),
        )
        for n, label in enumerate(labels.split(","))
    ),
    (),
)  # fmt: skip


def busy_moment() -> Snapshot:
    """Seven people in the second half of a session."""
    beat = 0.31
    seats = (
        _seat(
            0, "blue heron", "keys, low row", "bell", "ladder",
            _layer(0, "playing", beat), _layer(1, "playing", beat / 2, bars=4),
            notes_on=1, played_ago_s=0.0,
        ),
        _seat(
            1, "orange fox", "Launchpad Mini", "marimba", "ladder",
            _layer(0, "playing", beat, can_redo=True, waits_beats=2.6, queued="mute"),
            _layer(1, "muted", beat), _layer(2, "playing", beat, group=1),
            level_db=-3.0, pan=-0.4, echo_send_db=-16.0,
        ),
        _seat(
            2, "green frog", "MPD218", "frame drum", "drums",
            _layer(0, "playing", beat, group=1),
            _layer(1, "overdubbing", beat, next_press="stop adding"),
            notes_on=2, played_ago_s=0.0,
        ),
        _seat(
            3, "pink flamingo", "KeyLab 49, low", "strings", "chords",
            _layer(0, "recording", 0.62, bars=4, notes=5), played_ago_s=0.8, consent="share",
        ),
        _seat(
            4, "yellow finch", "KeyLab 49, high", "glass", "white",
            _layer(0, "muted", beat), _layer(3, "armed", waits_beats=2.6, queued="record"),
            octave=1,
        ),
        _seat(
            5, "violet dragonfly", "one switch", "singing bowl", "ladder",
            _layer(0, "playing", beat / 4, bars=8), present=False, consent="play",
        ),
        _seat(
            6, "white owl", "microphone", "voice", "free",
            _layer(0, "playing", beat, audio=True, notes=0, shaping="1 beat later"),
        ),
    )  # fmt: skip
    return Snapshot(
        session="Thursday in the library", frame=0, sample_rate=48_000,
        bar=47, pulse=2, pulse_phase=0.4, bpm=92.0, next_bpm=92.0, pulses=4, unit=4,
        palette=PaletteView(2, "dorian"), next_palette=PaletteView(7, "mixolydian"),
        next_palette_in_beats=2.6, seats=seats, loop_bars=2, quantise="bar",
        room_level_db=-3.0, peak_dbfs=-14.0, keeping="keep", recorder="writing",
        latch=False, gate_s=0.5, host="JACK 48 kHz, 128 frames",
        midi="Launchpad Mini · MPD218 · KeyLab 49", missed=0,
        notices=("green frog: 2 bars kept", "orange fox: mute on the next bar"),
        demo=False, loudness_lufs=-23.4, scenes=SCENES, inputs=INPUTS,
        **({"patches": ()} if "patches" in Snapshot.__struct_fields__ else {}),
    )  # fmt: skip


def close_moment() -> Snapshot:
    """The same room with all that is rarely on: locked, microphone, one loop alone, gentle."""
    snapshot = busy_moment()
    first = snapshot.seats[0]
    layers = tuple(
        msgspec.structs.replace(x, solo=n == 0, unheard=n > 0, group=1, shaping="backwards")
        for n, x in enumerate(first.layers)
    )
    seats = (msgspec.structs.replace(first, layers=layers), *snapshot.seats[1:])
    return msgspec.structs.replace(
        snapshot, seats=seats, locked=True, microphone=True, microphone_dbfs=-20.0,
        ceiling_dbfs=-12.0, clock="clock of KeyLab 49", clock_input="midi:KeyLab 49",
        free_loop=True, learning="nanoPAD2: 3 of 16 pads learned; press the next one",
    )  # fmt: skip


async def _serve(path: Path, snapshot: Snapshot) -> asyncio.AbstractServer:
    async def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            while not reader.at_eof():
                writer.write(frame_message(SOUNDS) + frame_message(snapshot))
                await asyncio.sleep(0.1)

    return await asyncio.start_unix_server(welcome, str(path))


async def _picture(socket: Path, size: tuple[int, int], look: str, keys: list[str]) -> str:
    console = Console(socket)
    async with console.run_test(size=size) as pilot:
        try:
            async with asyncio.timeout(DEADLINE_S):
                while console.snapshot is None:
                    await pilot.pause(0.05)
        except TimeoutError:
            raise SystemExit(f"No room answers at {socket}: is it open?") from None
        console.theme = look
        await pilot.press(*keys)
        await pilot.pause(0.3)
        svg = console.export_screenshot(title="jamroom")
    # Without this, renderers drop the blanks at either end of a text, and chips lose their edges.
    return svg.replace("<text ", '<text xml:space="preserve" ')


async def _main(args: argparse.Namespace) -> int:
    look = next(name for name in LOOKS if name.endswith(args.look))
    with tempfile.TemporaryDirectory(prefix="jamroom-") as folder:
        socket = args.socket
        if socket is None:
            socket = Path(folder) / "room"
            await _serve(socket, close_moment() if args.close else busy_moment())
        svg = await _picture(socket, (args.columns, args.rows), look, args.press)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    args.out.write_text(svg, encoding="utf-8")
    if converter := shutil.which("rsvg-convert"):
        png = args.out.with_suffix(".png")
        subprocess.run([converter, "--zoom", "1", "-o", png, args.out], check=True)
    else:
        print("rsvg-convert is not installed: there is the SVG, but no PNG", file=sys.stderr)
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--socket", type=Path, help="a room that is open")
    parser.add_argument("--out", type=Path, default=Path("docs/console.svg"))
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--rows", type=int, default=36)
    parser.add_argument("--look", choices=["calm", "stark"], default="calm")
    parser.add_argument("--close", action="store_true", help="show what is rarely on")
    parser.add_argument("--press", nargs="*", default=[], help="keys to press before the picture")
    return asyncio.run(_main(parser.parse_args()))


if __name__ == "__main__":
    sys.exit(main())
