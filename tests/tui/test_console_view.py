"""What the screen shows, at several sizes: everybody, nothing cut that matters, no colour alone."""

from __future__ import annotations

import msgspec
import pytest
from rich.cells import cell_len
from small_room import OPENING, Sit, a_catalogue, a_layer, a_seat, a_snapshot, until
from textual.widgets import Static

from jamroom.messages import Refused
from jamroom.music.meter import Meter
from jamroom.music.scales import SCALES
from jamroom.session.badges import BADGES
from jamroom.tui import board, foot, head
from jamroom.tui.actions import ACTIONS
from jamroom.tui.choosers import Choices
from jamroom.tui.dialogs import help_text
from jamroom.tui.empty import invitation_lines
from jamroom.tui.keys import shown_key
from jamroom.tui.paint import bar, count_lights, fit, line_cells, plain
from jamroom.tui.scene import Aside, Scene, Told
from jamroom.tui.stage import PARTS
from jamroom.tui.words import CONSENT_GLYPHS, PHASE_GLYPHS
from jamroom.views import PaletteView, PatchView

SIZES = [(80, 24), (100, 30), (120, 36), (160, 45), (220, 60)]


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_everybody_is_on_the_screen(sit: Sit, size: tuple[int, int]) -> None:
    async with sit(a_snapshot(20), size=size) as at:
        shown = at.part("board")
        for n in range(20):
            assert BADGES[n].shape in shown
        if size == (160, 45):
            assert all(BADGES[n].name in shown for n in range(20))
        await at.type(*["down"] * 19)
        assert BADGES[19].name in at.part("board")  # the board went along


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_parts_do_not_overlap_and_fill_the_screen(sit: Sit, size: tuple[int, int]) -> None:
    async with sit(a_snapshot(6, keeping="undecided"), size=size) as at:
        width, height = size
        stage = at.console.stage
        await until(lambda: stage.part("banner").size.height == 1)
        sizes = [stage.part(name).outer_size for name in PARTS]
        assert sum(size.height for size in sizes) == height
        assert all(size.width == width for size in sizes)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("seats", [1, 6, 20, 36])
def test_lines_fit_the_screen(size: tuple[int, int], seats: int) -> None:
    cells, rows = size
    snapshot = a_snapshot(
        seats,
        next_palette=PaletteView(7, "minor pentatonic"),
        next_palette_in_beats=2.5,
        midi="Launchpad Mini · " * 9,
        session="A very long name for a session in a very long room " * 2,
        notices=("long news " * 30,),
    )
    for slot in (0, 7):
        scene = Scene(snapshot, seats - 1, slot, told=(Aside("refused " * 40),))
        lines = [
            head.title_line(scene, cells),
            *head.band_lines(snapshot, cells, 3),
            *head.band_lines(snapshot, cells, 6),
            *head.status_lines(scene, cells),
            *board.board_lines(scene, cells, rows - 13),
            *foot.layer_lines(scene, cells),
            *foot.notice_lines(scene, cells, 2),
            *foot.keys_lines(scene, cells, 2),
            foot.banner_line(cells),
            board.heading_line(board.scene_shape(scene, cells, rows - 13).columns, cells),
        ]
        for line in lines:
            assert line_cells(line) <= cells, plain([line])
        assert len(board.board_lines(scene, cells, rows - 13)) <= rows - 13


@pytest.mark.parametrize("size", SIZES)
def test_names_and_layers_are_never_cut(size: tuple[int, int]) -> None:
    cells, _ = size
    longest = max(range(len(BADGES)), key=lambda n: len(BADGES[n].name))
    layers = tuple(a_layer(n, phase) for n, phase in enumerate(PHASE_GLYPHS))
    seat = a_seat(longest, layers=layers, level_db=-36.0, octave=-2, keymap="ladder")
    for lines in (1, 2, 3):
        columns = board.columns_for(cells, lines)
        first = plain(board.seat_lines(seat, columns, lines, 0, "keep")[:1])
        assert seat.badge in first
        assert "ladder-2" in first
        assert "-36" in first
        assert all(glyph in first for glyph in PHASE_GLYPHS.values())
        assert columns.slots_at + 8 * columns.slot <= cells


def test_signs_take_one_cell_and_differ() -> None:
    for signs in (PHASE_GLYPHS, CONSENT_GLYPHS):
        assert len(set(signs.values())) == len(signs)
        assert all(cell_len(sign) == 1 for sign in signs.values())


@pytest.mark.parametrize("phase", list(PHASE_GLYPHS))
def test_the_selected_layer_says_what_the_next_press_does(phase: str) -> None:
    layer = a_layer(3, phase, next_press="do the next thing", can_undo=True, can_redo=False)
    snapshot = a_snapshot(seats=1)
    snapshot = msgspec.structs.replace(snapshot, seats=(a_seat(0, layers=(layer,)),))
    said = plain(foot.layer_lines(Scene(snapshot, 0, 3), 80))
    assert "layer 4" in said
    assert "Enter  do the next thing" in said
    assert "(x redo)" in said
    assert "(z undo)" not in said


def test_a_queued_change_counts_in() -> None:
    layer = a_layer(0, waits_beats=2.2, queued="mute")
    snapshot = msgspec.structs.replace(a_snapshot(1), seats=(a_seat(0, layers=(layer,)),))
    assert "mute  [3] 2 1" in plain(foot.layer_lines(Scene(snapshot, 0, 0), 80))
    assert "[►3]" in plain(board.board_lines(Scene(snapshot, 0, 0), 80, 8))


def test_a_take_shows_how_far_it_is_although_its_end_is_queued() -> None:
    layer = a_layer(0, "recording", position=0.5, waits_beats=3.0, queued="close")
    snapshot = msgspec.structs.replace(a_snapshot(1), seats=(a_seat(0, layers=(layer,)),))
    assert "[●████" in plain(board.board_lines(Scene(snapshot, 0, 0), 160, 8))
    assert "end  [3] 2 1" in plain(foot.layer_lines(Scene(snapshot, 0, 0), 80))


def test_who_was_not_asked_gets_what_the_group_agreed() -> None:
    for keeping, sign in (("undecided", "?"), ("keep", "⌂"), ("play", "♪")):
        seats = (a_seat(0, consent="undecided"), a_seat(1, consent="share"))
        snapshot = msgspec.structs.replace(a_snapshot(2, keeping=keeping), seats=seats)
        first, second = board.board_lines(Scene(snapshot, 0, 0), 80, 8)
        assert f"● {sign} blue heron" in plain([first])
        assert "▲ ↗ orange fox" in plain([second])


@pytest.mark.parametrize("root", range(12))
@pytest.mark.parametrize("size", SIZES)
def test_the_palette_is_never_cut(root: int, size: tuple[int, int]) -> None:
    for scale in SCALES:
        snapshot = a_snapshot(0, palette=PaletteView(root, scale))
        for rows in (3, 6):
            shown = plain(head.band_lines(snapshot, size[0], rows))
            assert all(word in shown for word in scale.split(" "))


def test_count_lights() -> None:
    assert [count_lights(b) for b in (4.0, 3.01, 1.0, 0.2)] == [
        "[4] 3 2 1",
        "[4] 3 2 1",
        "[1]",
        "[1]",
    ]
    assert count_lights(7.5) == "in 8 beats"


@pytest.mark.parametrize(
    ("keeping", "recorder", "says"),
    [
        ("keep", "writing", "being kept"),
        ("share", "writing", "may be shared"),
        ("play", "writing", "nothing is kept"),
        ("play", "away", "nothing is kept"),
        ("undecided", "writing", "not decided"),
        ("keep", "behind", "behind"),
        ("keep", "failing", "NOT being written"),
        ("share", "away", "recorder is away"),
    ],
)
def test_keeping_light(keeping: str, recorder: str, says: str) -> None:
    assert says in head.keeping_light(a_snapshot(keeping=keeping, recorder=recorder)).text


async def test_banner_stays_until_answered_and_playing_goes_on(sit: Sit) -> None:
    async with sit(a_snapshot(keeping="undecided"), size=(110, 30)) as at:
        assert "Has the group agreed that today is kept?" in at.part("banner")
        assert "nothing is stored until then" in at.part("banner")
        stage = at.console.stage
        assert await at.says("a")
        assert stage.part("banner").display
        await at.shows(msgspec.structs.replace(at.room.snapshot, keeping="play"))
        await until(lambda: not stage.part("banner").display)


@pytest.mark.parametrize("size", [(80, 24), (160, 45)])
async def test_before_anybody_plays_it_invites(sit: Sit, size: tuple[int, int]) -> None:
    async with sit(a_snapshot(0, midi="Launchpad Mini"), size=size) as at:
        shown = at.part("board")
        assert "a s d f g h j k" in shown
        assert "│ q │ w │" in shown
        assert "│ a │ s │" in shown
        assert "Launchpad Mini" in shown
        assert size[0] >= max(map(cell_len, shown.splitlines()))


def test_the_invitation_fits_a_low_screen() -> None:
    assert len(invitation_lines(a_snapshot(0), 80, 9)) <= 9


def test_help_lists_every_action_and_key() -> None:
    text = help_text()
    for action in ACTIONS:
        if action.id.startswith(("press_", "group_")):
            continue
        assert action.label in text
        assert all(shown_key(key) in text for key in action.keys)
    assert text.count("Ctrl+P,") == 1  # one heading, not one word in each row
    assert "1 to 8" in text
    assert all(sign in text for sign in (*PHASE_GLYPHS.values(), *CONSENT_GLYPHS.values()))


async def test_help_opens_and_closes(sit: Sit) -> None:
    async with sit() as at:
        for key in ("question_mark", "f1"):
            await at.pilot.press(key)
            await until(lambda: len(at.console.screen_stack) == 2)
            await at.pilot.press("escape")
            await until(lambda: len(at.console.screen_stack) == 1)


async def test_notices_and_refusals(sit: Sit) -> None:
    async with sit(a_snapshot(notices=("older news", "green frog: 2 bars kept"))) as at:
        assert "green frog: 2 bars kept" in at.part("notices")
        at.room.tell(Refused("That layer is empty: there is nothing to undo."))
        await until(lambda: "nothing to undo" in at.part("notices"))


async def test_what_a_line_says_goes_when_it_is_no_longer_true(sit: Sit) -> None:
    async with sit(a_snapshot(0)) as at:
        await at.pilot.press("enter")
        assert "Nobody is playing yet" in at.part("notices")
        await at.shows(a_snapshot(1))
        assert "Nobody is playing yet" not in at.part("notices")


def test_lines_fade(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr("jamroom.tui.scene.time.monotonic", lambda: now)
    told = Told()
    told.add("no")
    told.confirm("keys ring 0.4 s", "gate")
    told.confirm("keys stay", "gate")
    assert told.lines() == (Aside("no"), Aside("keys stay", "✓"))
    now = 105.1
    assert told.lines() == ()


async def test_what_the_room_does_not_announce_is_confirmed(sit: Sit) -> None:
    async with sit() as at:
        for key, words in (
            ("l", "keys stay until pressed again"),
            ("n", "changes happen on the loop"),
            ("b", "new loops have 4 bars"),
            ("S", "Marked this moment."),
        ):
            await at.pilot.press(key)
            assert f"✓ {words}" in at.part("notices")
        await at.shows(msgspec.structs.replace(at.room.snapshot, notices=("a newer word",)))
        assert "a newer word" in at.part("notices")


async def test_a_small_window_asks_to_be_made_bigger(sit: Sit) -> None:
    async with sit(size=(60, 15)) as at:
        assert "bigger" not in at.screen
        await at.pilot.resize_terminal(59, 15)
        await until(lambda: "make the window bigger" in at.part("heading"))


@pytest.mark.parametrize("size", [(40, 12), (60, 15), (80, 24), (160, 45)])
async def test_what_opens_fits_the_window(sit: Sit, size: tuple[int, int]) -> None:
    async with sit(a_snapshot(keeping="undecided"), size=size) as at:
        at.console.catalogue = a_catalogue(
            tuple(PatchView(f"s{n}", f"sound {n}", f"kin {n // 4}", "It helps.") for n in range(30))
        )
        for key in (*OPENING, "T", "question_mark", "ctrl+q"):
            await at.type(key)
            screen = at.console.screen
            box = screen.query_one("#box")
            await until(lambda box=box: box.region.height, f"{key} opens")  # type: ignore[misc]
            assert screen.region.contains_region(box.region), key
            for part in box.query("*"):
                if part.parent is box:
                    assert box.region.contains_region(part.region), (key, part)
                    assert part.region.height >= 1, (key, part)
            for rows in screen.query(Choices):
                assert rows.region.height >= 2, key
            await at.type("escape")


async def test_the_line_in_use_is_told_without_colour(sit: Sit) -> None:
    async with sit() as at:
        await at.pilot.press("p", "down", "right", "down")
        for rows, at_row in (("roots", 3), ("scales", list(SCALES).index("phrygian"))):
            options = at.console.screen.query_one(f"#{rows}", Choices).options
            signed = [n for n, o in enumerate(options) if str(o.prompt).startswith("▸ ")]
            assert signed == [at_row]
        heads = at.console.screen.query_one("#heads", Static)
        assert str(heads.content).split("  ")[-1].strip() == "[ scale ]"


def test_a_demo_is_called_so_once() -> None:
    for session, words in (("demo", "demo"), ("Thursday", "Thursday  demo")):
        line = plain([head.title_line(Scene(a_snapshot(session=session, demo=True), 0, 0), 80)])
        assert f"jamroom  {words}   " in line


@pytest.mark.parametrize("cells", [40, 60, 80, 110, 160])
def test_the_banner_always_shows_its_keys(cells: int) -> None:
    shown = plain([foot.banner_line(cells)])
    assert "Y  keep, earlier too" in shown
    assert "N  play" in shown


async def test_resizing_lays_out_anew(sit: Sit) -> None:
    async with sit(a_snapshot(6), size=(80, 24)) as at:
        assert "kept for us ·" not in at.part("board")
        await at.pilot.resize_terminal(160, 45)
        await until(lambda: "kept for us ·" in at.part("board"))
        await at.pilot.resize_terminal(60, 15)
        await until(lambda: max(map(cell_len, at.screen.splitlines())) <= 60)


async def test_only_what_changed_is_drawn(sit: Sit) -> None:
    async with sit(a_snapshot(6)) as at:
        stage = at.console.stage
        parts = {name: stage.part(name) for name in PARTS}
        await until(lambda: "\n" in at.part("keys"), "the parts have their sizes")
        before = {name: part.redrawn for name, part in parts.items()}
        seats = list(at.room.snapshot.seats)
        seats[4] = msgspec.structs.replace(seats[4], notes_on=1)
        await at.shows(msgspec.structs.replace(at.room.snapshot, seats=tuple(seats), frame=1))
        at.console.draw()
        after = {name: part.redrawn - before[name] for name, part in parts.items()}
        assert after == {**dict.fromkeys(PARTS, 0), "board": 1}


async def test_clicks(sit: Sit) -> None:
    async with sit(a_snapshot(3), size=(100, 30)) as at:
        stage = at.console.stage
        columns = board.columns_for(100, 1)
        third = columns.slots_at + 2 * columns.slot + 1
        await at.pilot.click(stage.part("board"), offset=(third, 1))
        await until(lambda: at.room.requests)
        await at.pilot.mouse_down(stage.part("board"), offset=(third, 2), button=3)
        await until(lambda: len(at.room.requests) == 2)
        await at.pilot.mouse_down(stage.part("board"), offset=(third, 0), control=True)
        await until(lambda: len(at.room.requests) == 3)
        await at.pilot.click(stage.part("band"), offset=(50, 1))
        await until(lambda: len(at.room.requests) == 4)
        assert [(type(r).__name__, getattr(r, "seat", None)) for r in at.room.requests] == [
            ("LayerPressed", 1),
            ("LayerOverdubbed", 2),
            ("LayerOverdubbed", 0),
            ("TempoTapped", None),
        ]
        await at.pilot.click(stage.part("board"), offset=(10, 2))
        assert at.console.selection.seat == 2
        assert len(at.room.requests) == 4
        await at.pilot.click(stage.part("band"), offset=(3, 1))
        await until(lambda: len(at.console.screen_stack) == 2)


@pytest.mark.parametrize("text", ["2/4", "3/4", "4/4", "5/4", "6/8", "7/8", "12/8", "16/16"])
@pytest.mark.parametrize("cells", [30, 38, 80, 120])
def test_the_beat_shows_every_pulse(text: str, cells: int) -> None:
    pulses, unit = map(int, text.split("/"))
    width, gaps = head.pulse_cells(Meter(pulses, unit), cells)
    assert width >= 1
    assert len(gaps) == pulses
    for pulse in range(1, pulses + 1):
        snapshot = a_snapshot(0, pulses=pulses, unit=unit, pulse=pulse, pulse_phase=1.0)
        blocks = plain(head.beat_lines(snapshot, cells, 3)[:1])
        assert blocks.count("█") == width
        assert blocks.count("▒") == width * (pulse - 1)
        assert blocks.count("░") == width * (pulses - pulse)


def test_the_beat_only_fills_within_a_bar() -> None:
    """No cell goes dark again before the bar is over: nothing flashes, whatever the tempo."""
    rank = {"░": 0, " ": 0, **dict.fromkeys("▏▎▍▌▋▊▉█", 1), "▒": 2}
    last: list[int] = []
    for pulse in range(1, 5):
        for phase in range(11):
            snapshot = a_snapshot(0, pulse=pulse, pulse_phase=phase / 10)
            now = [rank[c] for c in plain(head.beat_lines(snapshot, 43, 3)[:1]).ljust(43)]
            assert all(a <= b for a, b in zip(last, now, strict=False))
            last = now


def test_fast_playing_keeps_the_lamp_lit() -> None:
    assert board.lamp(a_seat(0, notes_on=1, played_ago_s=5.0)) == "██"
    assert board.lamp(a_seat(0, played_ago_s=1 / 3)) == "██"  # so it cannot blink above 3 Hz
    assert board.lamp(a_seat(0, played_ago_s=1.0)) == "▒▒"
    assert board.lamp(a_seat(0, played_ago_s=60.0)) == "  "


def test_wide_letters_are_measured_in_cells() -> None:
    assert cell_len(fit("音楽の部屋", 6)) == 6
    assert cell_len(fit("音楽", 6)) == 6
    assert bar(0.5, 4, "·") == "██··"
    assert bar(2.0, 4) == "████"
    assert bar(float("-inf"), 3, "·") == "···"


async def test_the_meter_rises_at_once_and_falls_slowly(sit: Sit) -> None:
    async with sit(a_snapshot(peak_dbfs=-30.0)) as at:
        await at.shows(msgspec.structs.replace(at.room.snapshot, peak_dbfs=-3.0))
        assert at.console.peak_dbfs == -3.0
        at.room.hold_still()
        quiet = msgspec.structs.replace(at.room.snapshot, peak_dbfs=-30.0)
        at.room.tell(quiet)
        await until(lambda: at.console.peak_dbfs == -4.0, "one step down")
        at.room.tell(quiet)
        await until(lambda: at.console.peak_dbfs == -5.0, "another")
