"""What is shown before anybody has played: an invitation and a picture of the keys."""

from __future__ import annotations

from jamroom.tui.keys import HIGH_ROW, LOW_ROW, row_shown
from jamroom.tui.layouts import QWERTY, Layout
from jamroom.tui.paint import Line, Span, cropped, fit
from jamroom.views import Snapshot

_INVITATION = "Press a key: {}. It sounds at once, and it fits."


def keys_picture(layout: Layout = QWERTY) -> list[str]:
    """The two rows of playing keys, as they lie on a keyboard."""
    return [
        "┌" + "───┬" * 7 + "───┐",
        "│" + "".join(f" {key} │" for key in row_shown(HIGH_ROW, layout)) + " higher",
        "└┬──" + "┴┬──" * 7 + "┴┐",
        " │" + "".join(f" {key} │" for key in row_shown(LOW_ROW, layout)) + " lower ",
        " └" + "───┴" * 7 + "───┘",
    ]


def invitation_lines(
    snapshot: Snapshot, cells: int, rows: int, layout: Layout = QWERTY
) -> list[Line]:
    """The invitation in the middle of the board."""
    picture = keys_picture(layout)
    invitation = _INVITATION.format(" ".join(row_shown(LOW_ROW, layout)))
    widest = max(len(row) for row in picture)
    body: list[Line] = [
        (Span(fit(invitation, cells, "centre"), "strong"),),
        (),
        *((Span(fit(fit(row, widest), cells, "centre"), "accent"),) for row in picture),
        (),
        (Span(fit(snapshot.midi or "no MIDI device is plugged in", cells, "centre"), "text"),),
        (Span(fit("Everybody who plays gets a sign, a colour and an animal.", cells, "centre"),
              "quiet"),),
    ]  # fmt: skip
    if rows < len(body):
        body = [line for line in body if line]
    above = max(0, (rows - len(body)) // 2)
    return [cropped(line, cells) for line in ([()] * above + body)[:rows]]
