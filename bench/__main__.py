"""`python -m bench`: measure, and print tables. Nothing here passes or fails; it always exits 0."""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
import time
import traceback
from collections.abc import Callable

from bench import (
    clock,
    controllers,
    deadlines,
    figures,
    lamps,
    latency,
    loops,
    recovery,
    rendering,
    startup,
)
from bench.proc import machine
from bench.table import Table

Measure = Callable[[], list[Table]]
_QUICK = {
    "latency": lambda: latency.latency(12, short=True),
    "deadlines": lambda: deadlines.deadlines(4.0, short=True),
    "startup": lambda: startup.startup(1),
    "recovery": lambda: recovery.recovery(1, short=True),
    "offline": lambda: figures.figures(0.2, 3.0),
    "voices": lambda: figures.voice_tables(("mallet",)),
    "loops": lambda: loops.loops(50, 0.5, 4),
    "lights": lambda: lamps.lamps(2, rooms=(20,)),
    "clock": lambda: clock.clock(3.0),
    "controllers": lambda: controllers.controllers(4.0),
    "rendering": lambda: rendering.rendering(12.0),
}


def measures(quick: bool, full: bool) -> dict[str, Measure]:
    """What can be measured, by name, in the order of the report."""
    if quick:
        return dict(_QUICK)
    strikes, periods = (100, (64, 128, 256)) if full else (150, (128,))
    return {
        "latency": lambda: latency.latency(strikes, periods),
        "deadlines": lambda: deadlines.deadlines(30.0),
        "startup": lambda: startup.startup(5),
        "recovery": lambda: recovery.recovery(2),
        "offline": lambda: figures.figures(3.0, 20.0),
        "voices": figures.voice_tables,
        "loops": lambda: loops.loops(1000, 8.0, 30),
        "lights": lambda: lamps.lamps(8),
        "clock": lambda: clock.clock(30.0),
        "controllers": lambda: controllers.controllers(60.0),
        "rendering": lambda: rendering.rendering(120.0),
    }


def main() -> int:
    """Measure what was asked for; a measurement that breaks does not stop the others."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    names = list(measures(False, False))
    parser.add_argument("--only", help="some of: " + ",".join(names), default=",".join(names))
    parser.add_argument("--quick", action="store_true", help="short runs, to see that it works")
    parser.add_argument("--full", action="store_true", help="latency at periods 64, 128 and 256")
    given = parser.parse_args()
    chosen = given.only.split(",")
    if unknown := set(chosen) - set(names):
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(names)}")
    # Whatever ends this run also ends what it started.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"jamroom, measured on {datetime.date.today():%d %b %Y}, {machine()}\n", flush=True)
    began = time.monotonic()
    for name, measure in measures(given.quick, given.full).items():
        if name in chosen:
            _report(name, measure)
    print(f"All of it took {(time.monotonic() - began) / 60:.1f} minutes.")
    return 0


def _report(name: str, measure: Measure) -> None:
    began = time.monotonic()
    try:
        tables = measure()
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except Exception:
        print(f"{name}: broke off\n{traceback.format_exc()}", flush=True)
        return
    for table in tables:
        print(table.text(), flush=True)
    print(f"({name}: {time.monotonic() - began:.0f} s)\n", flush=True)


if __name__ == "__main__":
    sys.exit(main())
