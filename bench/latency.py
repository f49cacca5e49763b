"""Start-up and assessment times, beside a bare Python: ``make bench``."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import kg

EXAMPLE = Path(__file__).parent.parent / "examples" / "abnormal-radiograph.json"


def seconds(work: Callable[[], object], rounds: int) -> list[float]:
    """Time some work.

    Args:
        work: What to do.
        rounds: How often.

    Returns:
        Seconds of each round, sorted.
    """
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return sorted(times)


def process(*arguments: str) -> Callable[[], object]:
    """A whole process of this Python.

    Args:
        arguments: Its arguments.

    Returns:
        Something to call.
    """
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)


def main() -> None:
    """Measure and print."""
    rows = {
        "bare python -c pass": process("-c", "pass"),
        "nextstudy --help": process("-m", "kg.command", "--help"),
        "nextstudy recommend": process("-m", "kg.command", "recommend", str(EXAMPLE)),
    }
    for name, work in rows.items():
        work()  # warm the disk
        times = seconds(work, 15)
        print(f"{name:24} median {statistics.median(times):.3f} s  ({times[0]:.3f} to {times[-1]:.3f})")
    guide, case = kg.load(), kg.Case.read(EXAMPLE)
    guide.assess(case)
    times = seconds(lambda: guide.assess(case), 1000)
    print(f"{'assess, warm':24} p50 {times[500] * 1000:.2f} ms  p99 {times[990] * 1000:.2f} ms")


if __name__ == "__main__":
    main()
