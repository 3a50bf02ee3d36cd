from __future__ import annotations

import pytest
from hypothesis import settings
from room_script import Script

# A busy machine must not turn a slow example into a failure: no test here asserts speed.
settings.register_profile("jamroom", deadline=None)
settings.load_profile("jamroom")


@pytest.fixture
def script() -> Script:
    """An open session at 120 bpm in 4/4, frame 0, loops of one bar, nobody there yet."""
    return Script()
