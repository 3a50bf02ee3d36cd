"""What opens over the board for the room and its players, and what is sent when one has chosen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from jamroom.music.keymaps import KEYMAPS
from jamroom.session.events import (
    NOW,
    AudioTempo,
    AudioTempoChosen,
    BadgeChosen,
    CeilingChosen,
    ClockChosen,
    ClockSent,
    EchoChosen,
    KeymapChosen,
    MeterChosen,
    PaletteChosen,
    PatchChosen,
    Request,
    SeatsSwapped,
    TempoChosen,
)
from jamroom.tui import choices
from jamroom.tui.choosers import Choice, ListChooser
from jamroom.tui.dialogs import HelpScreen
from jamroom.tui.entries import TempoEntry
from jamroom.tui.inputs_panel import InputsPanel
from jamroom.tui.loop_openers import LOOP_OPENERS
from jamroom.tui.mix_panel import MixPanel
from jamroom.tui.opening_lists import open_list, seat_or_word
from jamroom.tui.palette_chooser import PaletteChooser

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

    scales = console.catalogue.scales if console.catalogue else ()
    console.open_over(PaletteChooser(now.root, now.scale, scales), take)


def _for_seat(
    console: Console,
    title: str,
    lines: Sequence[Choice],
    current: str,
    make: Callable[[int, str], Request],
) -> None:
    """A list for the selected player; `title` has a place for the badge."""
    seat = seat_or_word(console)
    if seat is not None:
        number, badge = seat.seat, seat.badge
        open_list(console, title.format(badge), lines, current, lambda a: make(number, a))


def choose_patch(console: Console) -> None:
    """A sound for the selected player."""
    seat = seat_or_word(console)
    if seat is None:
        return
    lines = choices.sound_choices(console.sounds())
    _for_seat(console, "A sound for {}", lines, seat.patch, lambda n, a: PatchChosen(NOW, n, a))


def choose_keymap(console: Console) -> None:
    """What the keys of the selected player mean."""
    seat = seat_or_word(console)
    if seat is None:
        return
    lines = [Choice(k.name, k.label, k.sentence) for k in KEYMAPS.values()]
    title = "What the keys of {} mean"
    _for_seat(console, title, lines, seat.keymap, lambda n, a: KeymapChosen(NOW, n, a))


def choose_badge(console: Console) -> None:
    """Another badge for the selected player."""
    seat = seat_or_word(console)
    if seat is None or console.snapshot is None:
        return
    lines = choices.badge_choices(console.snapshot, seat)
    title = "Another badge for {}"
    _for_seat(console, title, lines, seat.badge, lambda n, a: BadgeChosen(NOW, n, a))


def choose_swap(console: Console) -> None:
    """Who changes places with the selected player."""
    seat = seat_or_word(console)
    if seat is None or console.snapshot is None:
        return
    lines = choices.swap_choices(console.snapshot, seat)
    if not lines:
        console.told.add("There is nobody else to change places with.")
        return
    title = "Who changes places with {}?"
    _for_seat(console, title, lines, "", lambda n, a: SeatsSwapped(NOW, n, int(a)))


def choose_metre(console: Console) -> None:
    """How we count."""
    if console.snapshot is None:
        return

    def make(answer: str) -> Request:
        pulses, unit = (int(part) for part in answer.split("/"))
        return MeterChosen(NOW, pulses, unit)

    current = f"{console.snapshot.pulses}/{console.snapshot.unit}"
    open_list(console, "How do we count?", choices.metre_choices(), current, make)


def choose_tempo(console: Console) -> None:
    """A place to type a tempo."""
    if console.snapshot is None:
        return

    def take(answer: str | None) -> None:
        if answer is not None:
            console.ask(TempoChosen(NOW, console.asked.ask("bpm", float(answer))))

    console.open_over(TempoEntry(console.snapshot.next_bpm), take)


def choose_echo(console: Console) -> None:
    """How long the echo takes."""
    if console.snapshot is None:
        return
    now, feedback = console.snapshot.echo_beats, console.snapshot.echo_feedback
    current = min((beats for beats, _ in choices.ECHOES), key=lambda beats: abs(beats - now))
    beats_of = {f"{beats:g}": beats for beats, _ in choices.ECHOES}
    open_list(
        console, "After how long does the echo come?", choices.echo_choices(), f"{current:g}",
        lambda a: EchoChosen(NOW, beats_of[a], feedback),
    )  # fmt: skip


def choose_ceiling(console: Console) -> None:
    """How loud it may become."""
    if console.snapshot is None:
        return
    lines = [Choice(f"{db:g}", label, sentence) for db, label, sentence in choices.CEILINGS]
    current = f"{console.snapshot.ceiling_dbfs:g}"
    title = "How loud may it become at most?"
    open_list(console, title, lines, current, lambda a: CeilingChosen(NOW, float(a)))


def choose_audio_tempo(console: Console) -> None:
    """What recorded sound does at another tempo."""
    if console.snapshot is None:
        return
    ways: dict[str, AudioTempo] = {how: how for how, _, _ in choices.AUDIO_TEMPOS}
    lines = [Choice(*way) for way in choices.AUDIO_TEMPOS]
    title, now = "When the tempo changes, recorded sound ...", console.snapshot.audio_tempo
    open_list(console, title, lines, now, lambda answer: AudioTempoChosen(NOW, ways[answer]))


def choose_clock(console: Console) -> None:
    """Whose clock the room keeps."""
    if console.snapshot is None:
        return
    lines = choices.clock_choices(console.snapshot.inputs)
    current = console.snapshot.clock_input
    open_list(console, "Whose clock do we keep?", lines, current, lambda a: ClockChosen(NOW, a))


def choose_clock_out(console: Console) -> None:
    """Who gets the room's clock."""
    snapshot = console.snapshot
    if snapshot is None:
        return
    if not snapshot.outputs:
        console.told.add("No MIDI output is plugged in.")
        return
    title, sent = "Who gets the room's clock?", snapshot.clock_outputs
    lines = choices.clock_out_choices(snapshot)
    open_list(console, title, lines, "", lambda a: ClockSent(NOW, a, a not in sent))


def choose_layout(console: Console) -> None:
    """Which keyboard this is."""

    def take(answer: str | None) -> None:
        if answer is not None:
            console.choose_layout(answer)

    title = "Which keyboard is this?"
    lines = choices.layout_choices()
    console.open_over(ListChooser(title, lines, console.keys_in.layout.name), take)


def open_mix(console: Console) -> None:
    """A player's place in the sound."""
    if seat_or_word(console) is not None:
        panel = MixPanel(console.scene, console.ask, console.asked, console.other_player)
        console.open_over(panel, lambda _: None)


def open_inputs(console: Console) -> None:
    """What is plugged in."""
    panel = InputsPanel(console.scene, console.say_unlocked, console.borders, console.other_player)
    console.open_over(panel, lambda _: None)


def show_help(console: Console) -> None:
    """All keys on one page."""
    console.open_over(HelpScreen(console.keys_in.layout), lambda _: None)


OPENERS: dict[str, Callable[[Console], None]] = {
    "choose_palette": choose_palette,
    "choose_patch": choose_patch,
    "choose_keymap": choose_keymap,
    "choose_badge": choose_badge,
    "choose_swap": choose_swap,
    "choose_metre": choose_metre,
    "choose_tempo": choose_tempo,
    "choose_echo": choose_echo,
    "choose_ceiling": choose_ceiling,
    "choose_audio_tempo": choose_audio_tempo,
    "choose_clock": choose_clock,
    "choose_clock_out": choose_clock_out,
    "choose_layout": choose_layout,
    "mix": open_mix,
    "inputs": open_inputs,
    "help": show_help,
    **LOOP_OPENERS,
}
