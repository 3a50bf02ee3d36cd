"""The stage: all lines of the console from top to bottom, and what a click on them means."""

from __future__ import annotations

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from jamroom.tui import board, foot, head
from jamroom.tui.empty import invitation_lines
from jamroom.tui.paint import Line, Painted, Span, fit
from jamroom.tui.scene import Scene

PARTS = (
    *("title", "band", "status", "heading", "board"),
    *("layer", "notices", "banner", "keys"),
)  # from top to bottom
_LEAST_CELLS, _LEAST_ROWS = 60, 15


class Clicked(Message):
    """A click on the stage: an action of the table, or a player and a layer (-1 for none)."""

    def __init__(self, action: str = "", seat: int = -1, slot: int = -1, second: bool = False):
        super().__init__()
        self.action = action
        self.seat = seat
        self.slot = slot
        self.second = second


class Stage(Vertical):
    """Head, board and foot."""

    def __init__(self) -> None:
        super().__init__(id="stage")
        self._scene: Scene | None = None
        self._why_down = ""
        self._parts = {name: Painted(id=name) for name in PARTS}

    def compose(self) -> ComposeResult:
        """From top to bottom."""
        yield from self._parts.values()

    def on_resize(self) -> None:
        """Draw anew in the new size, once the parts have theirs."""
        self.call_after_refresh(self.draw, self._scene, self._why_down)

    def part(self, name: str) -> Painted:
        """One part of the stage."""
        return self._parts[name]

    def draw(self, scene: Scene | None, why_down: str) -> None:
        """Draw a scene; before the first snapshot, say what we wait for."""
        self._scene, self._why_down = scene, why_down
        if not self.is_attached:
            return
        if scene is None:
            self._draw_waiting(why_down)
            return
        undecided = scene.snapshot.keeping == "undecided"
        self.part("banner").display = undecided
        cells = self.size.width
        for name, lines in self._lines(scene, cells).items():
            self.part(name).show(lines)

    def _lines(self, scene: Scene, cells: int) -> dict[str, list[Line]]:
        def rows(name: str) -> int:
            return self.part(name).size.height

        snapshot = scene.snapshot
        columns = board.scene_shape(scene, cells, rows("board")).columns
        if snapshot.seats:
            middle = board.board_lines(scene, cells, rows("board"))
        else:
            middle = invitation_lines(snapshot, cells, rows("board"), scene.layout)
        return {
            "title": [head.title_line(scene, cells)],
            "band": head.band_lines(snapshot, cells, 6 if rows("band") >= 6 else 3),
            "status": head.status_lines(scene, cells),
            "heading": [self._small() or board.heading_line(columns, cells)],
            "board": middle,
            "layer": foot.layer_lines(scene, cells),
            "notices": foot.notice_lines(scene, cells, rows("notices")),
            "banner": [foot.banner_line(cells, scene.layout)],
            "keys": foot.keys_lines(scene, cells, rows("keys")),
        }

    def _small(self) -> Line | None:
        cells, rows = self.size
        if cells >= _LEAST_CELLS and rows >= _LEAST_ROWS:
            return None
        words = f" make the window bigger: {_LEAST_CELLS} × {_LEAST_ROWS} at least"
        return (Span(fit(words, cells), "warn"),)

    def _draw_waiting(self, why_down: str) -> None:
        self.part("banner").display = False
        cells, rows = self.size.width, self.part("board").size.height
        words = f"◌ {why_down or 'waiting for the room'} …"
        middle = [()] * (rows // 2) + [(Span(fit(words, cells, "centre"), "strong"),)]
        self.part("board").show(middle)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Find out what was clicked. The press counts, not the release: it is music."""
        scene = self._scene
        if scene is None:
            return
        for name in ("board", "band", "title"):
            region = self.part(name).region
            if region.contains(event.screen_x, event.screen_y):
                x, y = event.screen_x - region.x, event.screen_y - region.y
                clicked = self._meaning(scene, name, x, y, event)
                if clicked is not None:
                    event.stop()
                    self.post_message(clicked)

    def _meaning(
        self, scene: Scene, name: str, x: int, y: int, event: events.MouseDown
    ) -> Clicked | None:
        cells = self.size.width
        if name == "band":
            left, middle, _ = head.band_widths(cells, scene.snapshot.bpm)
            action = "palette" if x < left else "tap" if x < left + middle else "tempo"
            return Clicked(action=action)
        if name == "board":
            found = board.hit(scene, x, y, cells, self.part("board").size.height)
            if found is not None:
                second = event.button == 3 or event.ctrl
                return Clicked(seat=found[0], slot=found[1], second=second)
        return None
