"""A process that plays some of a journal's seats, as fast as it can, into a pipe.

    python -m jamroom.rendering.player PART FD

There is one sound engine in a process, and one process uses one core: several share out the
seats. Each folds the whole journal, and sends its own buses as 32-bit floats, frame by frame.
"""

from __future__ import annotations

import sys

import msgspec

from jamroom.engine import base
from jamroom.rendering.score import Part

_BUFFER = 1 << 18


def main(arguments: list[str]) -> int:
    """Play until the score ends, or nobody listens any more."""
    part = msgspec.json.decode(arguments[0], type=Part)
    # Nobody waits for these blocks, and larger ones take half the time. Notes begin at the same
    # frames as in the room, and end at the nearest block. Nothing of the engine is imported yet.
    base.BLOCK_FRAMES = part.frames
    from jamroom.rendering.playing import play

    with open(int(arguments[1]), "wb", buffering=_BUFFER) as pipe:  # noqa: PTH123
        try:
            play(part, pipe)
            pipe.flush()
        except BrokenPipeError:
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
