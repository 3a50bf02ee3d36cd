"""pyo the way jamroom needs it: double precision, quiet, no window toolkit, no audio host.

With 32-bit samples a position inside a long table is rounded by cents; the 64-bit build costs the
same. pyo chooses by a flag among the builtins (that is what its own `pyo64` package sets).
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import io
import os
from typing import Any

import numpy as np

from jamroom.engine.base import BLOCK_FRAMES, BUSES, Block

os.environ.setdefault("PYO_GUI_WX", "0")
vars(builtins)["pyo_use_double"] = True

with contextlib.redirect_stdout(io.StringIO()):
    import pyo

__all__ = ["output_of", "pyo", "start_server"]

_SEED = 1


def start_server(sample_rate: int) -> Any:
    """A pyo server that renders a block of BUSES channels whenever `process()` is called."""
    server = pyo.Server(
        sr=sample_rate, nchnls=BUSES, buffersize=BLOCK_FRAMES, duplex=0, audio="manual"
    )
    server.setVerbosity(1)
    server.deactivateMidi()
    server.setGlobalSeed(_SEED)
    server.boot()
    server.setAmp(1.0)
    server.start()
    for _ in range(sample_rate // 100 // BLOCK_FRAMES + 1):  # pyo fades its own start in, over 5 ms
        server.process()
    return server


def output_of(server: Any) -> Block:
    """pyo's own output buffer as an array, without a copy."""
    count = BLOCK_FRAMES * BUSES
    buffer = (ctypes.c_float * count).from_address(int(server.getOutputAddr(), 16))
    output: Block = np.ctypeslib.as_array(buffer).reshape(BLOCK_FRAMES, BUSES)
    return output
