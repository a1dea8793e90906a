"""What a proof writes while it runs, and what it found."""

from __future__ import annotations

import sys


def progress(line: str) -> None:
    """Say what is done at the moment, in place of what was said before."""
    sys.stderr.write(f"\r\x1b[K{line}")
    sys.stderr.flush()


def table(title: str, rows: list[tuple[str, str, str]]) -> None:
    """Write figures: what, how much, and how much is allowed."""
    sys.stderr.write("\r\x1b[K")
    widths = [max(len(row[column]) for row in rows) for column in range(2)]
    sys.stdout.write(f"\n{title}\n")
    for name, value, goal in rows:
        sys.stdout.write(f"  {name:<{widths[0]}}  {value:>{widths[1]}}  {goal}\n")
    sys.stdout.flush()
