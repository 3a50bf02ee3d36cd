"""What opens over the board, and what is sent when somebody has chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from jamroom.music.keymaps import KEYMAPS
from jamroom.session.events import (
    NOW,
    KeymapChosen,
    MeterChosen,
    PaletteChosen,
    PatchChosen,
    TempoChosen,
)
from jamroom.tui.actions import NOBODY
from jamroom.tui.choosers import (
    Choice,
    ListChooser,
    PaletteChooser,
    TempoChooser,
    metre_choices,
)
from jamroom.tui.dialogs import HelpScreen

if TYPE_CHECKING:
    from jamroom.tui.app import Console


def choose_palette(console: Console) -> None:
    """Root and scale."""
    if console.snapshot is None:
        return
    now = console.snapshot.next_palette or console.snapshot.palette

    def take(answer: str | None) -> None:
        if answer is not None:
            root, scale = answer.split(" ", 1)
            console.ask(PaletteChosen(NOW, int(root), scale))

    console.open_over(PaletteChooser(now.root, now.scale), take)


def choose_patch(console: Console) -> None:
    """A sound for the selected player."""
    scene = console.scene
    seat = scene.selected if scene else None
    if scene is None or seat is None:
        console.told.add(NOBODY)
        return
    number = seat.seat

    def take(answer: str | None) -> None:
        if answer is not None:
            console.ask(PatchChosen(NOW, number, answer))

    choices = [Choice(name, name) for name in scene.snapshot.patches]
    console.open_over(ListChooser(f"A sound for {seat.badge}", choices, seat.patch), take)


def choose_keymap(console: Console) -> None:
    """What the keys of the selected player mean."""
    seat = console.scene.selected if console.scene else None
    if seat is None:
        console.told.add(NOBODY)
        return
    number = seat.seat

    def take(answer: str | None) -> None:
        if answer is not None:
            console.ask(KeymapChosen(NOW, number, answer))

    choices = [Choice(k.name, k.label, k.sentence) for k in KEYMAPS.values()]
    title = f"What the keys of {seat.badge} mean"
    console.open_over(ListChooser(title, choices, seat.keymap), take)


def choose_metre(console: Console) -> None:
    """How we count."""
    if console.snapshot is None:
        return

    def take(answer: str | None) -> None:
        if answer is not None:
            pulses, unit = (int(part) for part in answer.split("/"))
            console.ask(MeterChosen(NOW, pulses, unit))

    current = f"{console.snapshot.pulses}/{console.snapshot.unit}"
    console.open_over(ListChooser("How do we count?", metre_choices(), current), take)


def choose_tempo(console: Console) -> None:
    """A place to type a tempo."""
    if console.snapshot is None:
        return

    def take(answer: str | None) -> None:
        if answer is not None:
            console.ask(TempoChosen(NOW, console.asked.ask("bpm", float(answer))))

    console.open_over(TempoChooser(console.snapshot.next_bpm), take)


def show_help(console: Console) -> None:
    """All keys on one page."""
    console.open_over(HelpScreen(), lambda _: None)


OPENERS: dict[str, Callable[[Console], None]] = {
    "choose_palette": choose_palette,
    "choose_patch": choose_patch,
    "choose_keymap": choose_keymap,
    "choose_metre": choose_metre,
    "choose_tempo": choose_tempo,
    "help": show_help,
}
