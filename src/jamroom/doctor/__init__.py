"""`jamroom doctor`: what this machine has, what that means for a jam, and what to do about it.

Each part is looked at the way a room would use it: sound is really asked for, a disk really
written. What touches a driver runs as a process of its own (`trials`), because a driver that hangs
or crashes is exactly what a doctor must survive. Facts are frozen values; the modules named after
a part judge them.
"""

from __future__ import annotations

__all__ = ["run_doctor"]


def run_doctor() -> int:
    """Print the report; 0 if a jam is possible here, which it nearly always is, else 1."""
    from jamroom.doctor.visit import visit  # the trials, in processes of their own, need it not

    return visit()
