"""`python -m jamroom.tui --socket PATH`: a console for a room that is already open."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from jamroom.tui.app import run


def main() -> int:
    """Read the command line and run the console."""
    parser = argparse.ArgumentParser(prog="jamroom.tui", description="A console of a jamroom.")
    parser.add_argument("--socket", type=Path, required=True, help="the room's Unix socket")
    return run(parser.parse_args().socket)


if __name__ == "__main__":
    sys.exit(main())
