"""pyo, imported the way jamroom needs it: in double precision, quietly, without a window toolkit.

With 32-bit samples a position inside a long table is rounded by cents; the 64-bit build costs the
same. pyo chooses by a flag among the builtins (that is what its own `pyo64` package sets).
"""

from __future__ import annotations

import builtins
import contextlib
import io
import os

os.environ.setdefault("PYO_GUI_WX", "0")
setattr(builtins, "pyo_use_double", True)

with contextlib.redirect_stdout(io.StringIO()):
    import pyo

__all__ = ["pyo"]
