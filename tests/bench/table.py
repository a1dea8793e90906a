"""The table that the bench prints, and the small statistics behind it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import perf_counter

from storage.engine import driver


@dataclass(frozen=True, slots=True)
class Row:
    """One figure beside its floor."""

    what: str
    ours: str
    floor: str = ""
    ratio: float | None = None
    goal: str = ""


def ms(seconds: float) -> str:
    """Write a time."""
    return f"{seconds * 1000:.3f} ms" if seconds < 0.01 else f"{seconds * 1000:.1f} ms"


def rate(per_second: float) -> str:
    """Write a rate."""
    return f"{per_second:,.0f}/s"


def timed(work: Callable[[int], object], numbers: Sequence[int]) -> float:
    """Do work for each number, and give the median time of one."""
    took = []
    for number in numbers:
        began = perf_counter()
        work(number)
        took.append(perf_counter() - began)
    return median(took)


def machine() -> str:
    """Say what this ran on."""
    sqlite = driver()
    return (
        f"{_processor()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; "
        f"Python {platform.python_version()}, SQLite {sqlite.sqlite_version} ({sqlite.__name__})"
    )


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def print_table(title: str, rows: Sequence[Row]) -> None:
    """Print rows under a title."""
    cells = [("", "ours", "floor", "ratio", "goal")]
    cells += [
        (row.what, row.ours, row.floor, "" if row.ratio is None else f"{row.ratio:.2f}", row.goal) for row in rows
    ]
    widths = [max(len(line[column]) for line in cells) for column in range(4)]
    sys.stdout.write(f"\n{title}\n")
    for what, ours, floor, ratio, goal in cells:
        line = f"  {what:<{widths[0]}}  {ours:>{widths[1]}}  {floor:>{widths[2]}}  {ratio:>{widths[3]}}  {goal}"
        sys.stdout.write(line.rstrip() + "\n")
    sys.stdout.flush()
