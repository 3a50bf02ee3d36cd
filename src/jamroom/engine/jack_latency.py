"""How long JACK says a sound takes to and from its ports. JACK-Client does not offer this call.

https://jackaudio.org/api/group__LatencyFunctions.html
"""

from __future__ import annotations

import ctypes
from typing import Any

CAPTURE, PLAYBACK = 0, 1


class _Range(ctypes.Structure):
    _fields_ = (("min", ctypes.c_uint32), ("max", ctypes.c_uint32))


def latency_frames(jack: Any, port: Any, direction: int) -> int:
    """The longest way from a microphone to this port (CAPTURE), or from it to a loudspeaker.

    0 where the library cannot say. `jack` is the imported module, `port` one of its own ports.
    """
    try:
        ask = ctypes.CDLL(jack._libname).jack_port_get_latency_range
        handle = int(jack._ffi.cast("uintptr_t", port._ptr))
    except (AttributeError, OSError):
        return 0
    ask.argtypes = (ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Range))
    ask.restype = None
    found = _Range()
    ask(handle, direction, ctypes.byref(found))
    return int(found.max)
