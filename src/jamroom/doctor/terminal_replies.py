"""What a terminal answers to questions about itself. Pure: bytes in, findings out.

The questions and where they are written down:

- `CSI c` (primary device attributes, DA1, ECMA-48/VT220): every terminal answers it, so it is
  asked last and its answer means that nothing more will come. Attribute 4 is sixel.
- `CSI ? u`: the keyboard protocol of kitty; who answers can tell when a key comes up.
- `APC G ... a=q`: kitty's graphics protocol; "OK" comes back where it is spoken.
- `CSI > q` (XTVERSION): name and version.
- `CSI ? 1006 $ p` (DECRQM): whether the mouse mode that we use is known.
- `CSI 6 n` (CPR): where the cursor is after characters of ours, so how wide they were drawn.
"""

from __future__ import annotations

import re

import msgspec

PROBE = "▁█●"
"""Characters the console draws a lot; three cells wide, where the terminal does as we expect."""

_KEYBOARD = b"\x1b[?u"
_GRAPHICS = b"\x1b_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\x1b\\"
_VERSION = b"\x1b[>0q"
_MOUSE = b"\x1b[?1006$p"
_WHERE = b"\x1b[6n"
_ATTRIBUTES = b"\x1b[c"
_WIPE = b"\r\x1b[K"

SIXEL = 4


class Replies(msgspec.Struct, frozen=True):
    """What came back. None is no answer.

    `attributes` of DA1; `keyboard` flags of kitty's protocol; `mouse` whether mode 1006 is known;
    `column` where the cursor stood after PROBE, counted from 1.
    """

    attributes: tuple[int, ...] | None = None
    keyboard: int | None = None
    graphics: bool = False
    name: str = ""
    mouse: bool | None = None
    column: int | None = None

    @property
    def sixel(self) -> bool:
        """Whether DA1 says that it draws sixel images."""
        return self.attributes is not None and SIXEL in self.attributes


def questions(*, multiplexed: bool, utf8: bool) -> bytes:
    """All questions at once. They end where they began, with that line wiped.

    In tmux and screen the graphics question is left out: they would take it for a title. The
    probe needs a terminal that reads UTF-8.
    """
    parts = [_KEYBOARD, _VERSION, _MOUSE]
    if not multiplexed:
        parts.insert(0, _GRAPHICS)
    if utf8:
        parts += [_WIPE, PROBE.encode(), _WHERE]
    return _WIPE + b"".join(parts) + _WIPE + _ATTRIBUTES


def all_answered(received: bytes) -> bool:
    """Whether the last question has its answer."""
    return re.search(rb"\x1b\[\?[\d;]*c", received) is not None


def parse_replies(received: bytes) -> Replies:
    """Sort out what came back, in any order, with keys struck meanwhile in between."""
    attributes = re.search(rb"\x1b\[\?([\d;]*)c", received)
    keyboard = re.search(rb"\x1b\[\?(\d+)u", received)
    name = re.search(rb"\x1bP>\|([^\x1b\x07]*)(?:\x1b\\|\x07)", received)
    mouse = re.search(rb"\x1b\[\?1006;(\d)\$y", received)
    where = re.search(rb"\x1b\[\d+;(\d+)R", received)
    numbers = attributes[1].split(b";") if attributes else []
    return Replies(
        tuple(int(number) for number in numbers if number) if attributes else None,
        int(keyboard[1]) if keyboard else None,
        re.search(rb"\x1b_Gi=31;OK\x1b\\", received) is not None,
        name[1].decode(errors="replace")[:60] if name else "",
        mouse[1] != b"0" if mouse else None,
        int(where[1]) if where else None,
    )
