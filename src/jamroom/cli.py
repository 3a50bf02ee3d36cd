"""The command line: what people type, and the only place where the parts are put together."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from jamroom import __version__

MOST_MIC_MS = 500.0
COMMANDS = ("jam", "demo", "sessions", "export", "import", "doctor")

_DESCRIPTION = """\
jamroom: one room, a few pads and keys, and everybody plays.

`jamroom` alone opens your last session, or a new one. Inside, press ? for help."""

_EXAMPLES = """\
examples:
  jamroom                               open the last session, or a new one
  jamroom jam tuesday                   open (or begin) the session "tuesday"
  jamroom jam --play cello.mid          a file plays along as if somebody sat there
  jamroom demo                          watch and hear four players and a lead
  jamroom demo --to demo.flac           the same into a file, as fast as the machine can
  jamroom export tuesday --to out.mid   what was played, a track for each player
  jamroom export tuesday --stems out    what was heard, and a file for each player
  jamroom doctor                        what this machine has, and what to do about it"""


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    top = argparse.ArgumentParser(
        prog="jamroom",
        description=_DESCRIPTION,
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="version", version=f"jamroom {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    _add_jam(commands)
    _add_demo(commands)
    commands.add_parser("sessions", help="list the sessions on this machine")
    _add_export(commands)
    _add_import(commands)
    commands.add_parser("doctor", help="check sound, MIDI, disk and terminal, and say what to do")
    return top


def _add_jam(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    jam = commands.add_parser("jam", help="open a room and play")
    jam.add_argument("session", nargs="?", help="its name; left out: the last one, or a new one")
    _add_host(jam)
    jam.add_argument(
        "--headless", action="store_true", help="no console: one line of state a second"
    )
    jam.add_argument(
        "--for",
        dest="seconds",
        type=_seconds,
        metavar="SECONDS",
        help="close the room after this long",
    )
    jam.add_argument(
        "--mic-ms",
        type=_mic_ms,
        default=0.0,
        metavar="MS",
        help="loops from the microphone come late? put them so many milliseconds earlier",
    )
    jam.add_argument(
        "--play",
        type=Path,
        nargs="+",
        action="extend",
        default=[],
        metavar="FILE.mid",
        help="perform MIDI files live, as if somebody sat there: each track a player (put it last)",
    )


def _add_host(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--host",
        choices=("auto", "jack", "null"),
        default="auto",
        help="what carries the sound: auto (JACK or the sound card), jack, or null (silent)",
    )


def _add_demo(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    demo = commands.add_parser("demo", help="replay a jam that ships with jamroom")
    _add_host(demo)
    demo.add_argument("--to", type=Path, metavar="FILE", help="into OUT.wav, .flac or .mid instead")
    demo.add_argument("--headless", action="store_true", help=argparse.SUPPRESS)
    demo.add_argument(
        "--for", dest="seconds", type=_seconds, metavar="SECONDS", help=argparse.SUPPRESS
    )


def _add_export(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    export = commands.add_parser("export", help="write a session to a file")
    export.add_argument("session", help="its name, as `jamroom sessions` lists it")
    export.add_argument("--take", metavar="NAME", help="MIDI: only this take")
    export.add_argument("--to", type=Path, metavar="FILE", help="OUT.mid, OUT.wav or OUT.flac")
    export.add_argument(
        "--stems",
        type=Path,
        metavar="FOLDER",
        help="the mix, and each player who agreed as a file of their own: mono, dry, before"
        " level and pan, all of the same length",
    )
    export.add_argument("--flac", action="store_true", help="stems: FLAC files instead of WAV")
    export.add_argument(
        "--unrolled", action="store_true", help="MIDI: add the loops as they sounded, as tracks"
    )


def _add_import(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    bring = commands.add_parser("import", help="make a session of a MIDI file")
    bring.add_argument("file", type=Path, metavar="FILE.mid")
    bring.add_argument("--session", metavar="SESSION", help="what to call it")


def _seconds(text: str) -> float:
    value = float(text)
    if not 0 < value < 1e7:
        raise argparse.ArgumentTypeError("a number of seconds above 0")
    return value


def _mic_ms(text: str) -> float:
    value = float(text)
    if not abs(value) <= MOST_MIC_MS:  # true for NaN
        raise argparse.ArgumentTypeError(f"a number between -{MOST_MIC_MS:g} and {MOST_MIC_MS:g}")
    return value


def _as_meant(words: list[str]) -> list[str]:
    """`jamroom` alone is `jamroom jam`; so is `jamroom SESSION` where there is that session."""
    if not words:
        return ["jam"]
    if words[0] in COMMANDS or words[0].startswith("-"):
        return words
    from jamroom.capture.sessions import session_path

    try:
        known = session_path(words[0]).exists()
    except ValueError:
        known = False
    return ["jam", *words] if known else words


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; the exit code (0 done, 1 could not be done, 2 not understood)."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    given = parser().parse_args(_as_meant(words))
    # Only what a command needs is imported: help and lists come at once.
    from jamroom import commands

    try:
        return commands.COMMANDS[given.command](given)
    except commands.CommandError as error:
        print(f"jamroom: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        print(f"jamroom: {error.strerror or error}{where}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
