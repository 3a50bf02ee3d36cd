"""A MIDI device that is a JACK client: what it sends and what it is sent is known by frame."""

from __future__ import annotations

from collections import deque

from bench.jack_server import jack_module

_LEAD_FRAMES = 480  # what is pressed now leaves this much later, at a frame of our choice


class Gear:
    """One device with an input and an output; use it as a context manager.

    `heard` holds what came: (frame of the server, message). Frames are those of its server.
    """

    def __init__(self, server: str, name: str) -> None:
        self.name = name
        self.heard: deque[tuple[int, bytes]] = deque()
        self.xrun_frames: list[int] = []
        self._jack = jack_module()
        self._client = self._jack.Client(name, no_start_server=True, servername=server)
        self._out = self._client.midi_outports.register("out")
        self._in = self._client.midi_inports.register("in")
        self._due: deque[tuple[int, bytes]] = deque()
        self._left: dict[int, int] = {}
        self._client.set_process_callback(self._cycle)
        self._client.set_xrun_callback(self._xrun)

    def __enter__(self) -> Gear:
        self._client.activate()
        return self

    def __exit__(self, *_: object) -> None:
        self._client.deactivate()
        self._client.close()

    def _cycle(self, frames: int) -> None:
        self._out.clear_buffer()
        begin = self._client.last_frame_time
        for offset, data in self._in.incoming_midi_events():
            self.heard.append((begin + offset, bytes(data)))
        due = self._due
        while due and due[0][0] < begin + frames:
            at, message = due.popleft()
            left = max(begin, at)
            self._left[at] = left
            self._out.write_midi_event(left - begin, message)

    def _xrun(self, _delayed_us: float) -> None:
        self.xrun_frames.append(self.frame_now())

    def frame_now(self) -> int:
        """The server's frame at this moment."""
        return int(self._client.frame_time)

    def play(self, message: bytes, later_frames: int = 0) -> int:
        """Send a message a little later (after all that was asked before); its frame."""
        at = self.frame_now() + _LEAD_FRAMES + later_frames
        if self._due:
            at = max(at, self._due[-1][0])
        self._due.append((at, message))
        return at

    def left(self, at: int) -> int:
        """The frame at which a message really left that was to leave at `at`."""
        return self._left.get(at, at)

    def connect_from(self, pattern: str) -> bool:
        """Hear a port that does not look for devices itself; False while that cannot be."""
        try:
            self._client.connect(self._ports(pattern)[0], self._in)
        except (IndexError, self._jack.JackError):
            return False
        return True

    def _ports(self, pattern: str) -> list[str]:
        found = self._client.get_ports(pattern, is_midi=True, is_output=True)
        return [port.name for port in found]

    def roll(self, rolling: bool) -> None:
        """Start or stop the server's transport."""
        if rolling:
            self._client.transport_start()
        else:
            self._client.transport_stop()
