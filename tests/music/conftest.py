from __future__ import annotations

from hypothesis import settings

# A busy machine must not turn a slow example into a failure: no test here asserts speed.
settings.register_profile("jamroom", deadline=None)
settings.load_profile("jamroom")
