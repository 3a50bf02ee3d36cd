"""`python -m bench`: measure, and print tables. Nothing here passes or fails; it always exits 0."""

from __future__ import annotations

import argparse
import datetime
import signal
import sys
import traceback
from collections.abc import Callable

from bench import deadlines, figures, latency, recovery, startup
from bench.proc import machine
from bench.table import Table

Measure = Callable[[], list[Table]]


def measures(quick: bool, full: bool) -> dict[str, Measure]:
    """What can be measured, by name, in the order of the report."""
    periods = (64, 128, 256) if full else (128,)
    return {
        "latency": lambda: latency.latency(30 if quick else 250, periods),
        "deadlines": lambda: deadlines.deadlines(8.0 if quick else 60.0),
        "startup": lambda: startup.startup(2 if quick else 5),
        "recovery": lambda: recovery.recovery(1 if quick else 3),
        "offline": lambda: figures.figures(
            0.2 if quick else 3.0, 0.5 if quick else 8.0, 4.0 if quick else 20.0
        ),
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
    for name, measure in measures(given.quick, given.full).items():
        if name in chosen:
            _report(name, measure)
    return 0


def _report(name: str, measure: Measure) -> None:
    try:
        tables = measure()
    except KeyboardInterrupt:
        raise SystemExit(0) from None
    except Exception:
        print(f"{name}: broke off\n{traceback.format_exc()}", flush=True)
        return
    for table in tables:
        print(table.text(), flush=True)


if __name__ == "__main__":
    sys.exit(main())
