"""The few calls of libjack that are made for every port in every cycle, without giving way.

JACK-Client lets go of the interpreter for each call. With twenty ports that is a hundred times in
a cycle of 2.7 ms, and each time another thread may take it: 1 cycle in 500 came too late on a busy
machine, with what was in it. These calls only read and write shared memory, so they keep it.
"""

from __future__ import annotations

import ctypes


class _Event(ctypes.Structure):
    """`jack_midi_event_t` (jack/midiport.h)."""

    _fields_ = (
        ("time", ctypes.c_uint32),
        ("size", ctypes.c_size_t),
        ("buffer", ctypes.c_void_p),
    )


class JackCalls:
    """For use inside the process callback only. Pointers are addresses, as integers."""

    def __init__(self, library_name: str, client: int) -> None:
        """Of the same libjack that opened the client. Raises OSError when it is not found."""
        self._client = client
        library = ctypes.PyDLL(library_name)
        frame, size, pointer, number = (
            ctypes.c_uint32,
            ctypes.c_size_t,
            ctypes.c_void_p,
            ctypes.c_int,
        )

        def call(name: str, result: type | None, *arguments: type) -> ctypes._NamedFuncPointer:
            found = library[name]
            found.restype, found.argtypes = result, arguments
            return found

        self._last_frame_time = call("jack_last_frame_time", frame, pointer)
        self._since = call("jack_frames_since_cycle_start", frame, pointer)
        self._buffer = call("jack_port_get_buffer", pointer, pointer, frame)
        self._count = call("jack_midi_get_event_count", frame, pointer)
        self._get = call("jack_midi_event_get", number, pointer, pointer, frame)
        self._clear = call("jack_midi_clear_buffer", None, pointer)
        self._write = call("jack_midi_event_write", number, pointer, frame, ctypes.c_char_p, size)
        self._event = _Event()
        self._event_at = ctypes.addressof(self._event)

    def cycle(self) -> tuple[int, int]:
        """The frame that the cycle begins with, and frames that have passed since."""
        return int(self._last_frame_time(self._client)), int(self._since(self._client))

    def events(self, port: int, frames: int) -> list[tuple[int, bytes]]:
        """What came to a port: the frame within the cycle, and the message."""
        buffer = self._buffer(port, frames)
        came = []
        for number in range(self._count(buffer)):
            if self._get(self._event_at, buffer, number):
                break
            event = self._event
            came.append((int(event.time), ctypes.string_at(event.buffer, event.size)))
        return came

    def begin(self, port: int, frames: int) -> int:
        """Empty what a port of ours sends, and say where `write` is to write to."""
        buffer = int(self._buffer(port, frames))
        self._clear(buffer)
        return buffer

    def write(self, buffer: int, offset: int, message: bytes) -> bool:
        """Send a message at a frame of the cycle, not before the last one. False when full."""
        return int(self._write(buffer, offset, message, len(message))) == 0
