"""Letters that can be read across the room: five pixels by six, two pixels to a cell.

Only what the head of the screen needs: note names and digits.
"""

from __future__ import annotations

_GLYPHS = {
    "A": " ### #   ##   #######   ##   #",
    "B": "#### #   ##### #   ##   ##### ",
    "C": " #####    #    #    #     ####",
    "D": "#### #   ##   ##   ##   ##### ",
    "E": "######    #### #    #    #####",
    "F": "######    #### #    #    #    ",
    "G": " #####    #  ###   ##   # ### ",
    "#": " # # ##### # #  # # ##### # # ",
    "b": "#    #    ###  #  # #  # ###  ",
    "0": " ### #   ##   ##   ##   # ### ",
    "1": "  #   ##    #    #    #   ### ",
    "2": " ### #   #   #   #   #   #####",
    "3": "####     # ###     #    ##### ",
    "4": "#  # #  # #  # #####   #    # ",
    "5": "######    ####     #    ##### ",
    "6": " ### #    #### #   ##   # ### ",
    "7": "#####    #   #   #   #    #   ",
    "8": " ### #   # ### #   ##   # ### ",
    "9": " ### #   ##   # ####    # ### ",
}
_WIDE, _HIGH = 5, 6
_HALVES = {(False, False): " ", (True, False): "▀", (False, True): "▄", (True, True): "█"}


def big(text: str, tall: bool = False) -> tuple[str, ...]:
    """Rows of `text` in big letters: 3 rows of 5 cells each, or 6 rows of 10 when `tall`.

    Characters it does not know are left out; letters are one (two when tall) cells apart.
    """
    known = [_GLYPHS[c] for c in text.replace("♯", "#").replace("♭", "b") if c in _GLYPHS]
    rows = [[glyph[y * _WIDE : (y + 1) * _WIDE] for glyph in known] for y in range(_HIGH)]
    if tall:
        return tuple(" ".join(row).translate({35: "██", 32: "  "}) for row in rows)
    return tuple(
        " ".join(map(_halved, upper, lower))
        for upper, lower in zip(rows[::2], rows[1::2], strict=True)
    )


def _halved(upper: str, lower: str) -> str:
    return "".join(_HALVES[u == "#", low == "#"] for u, low in zip(upper, lower, strict=True))
