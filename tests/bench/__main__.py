"""Measure, and print: `make bench`."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from bot.observe import log_to
from tests.bench.adds import (
    measure_adds,
    measure_commits,
    measure_posted,
    measure_redelivered,
    measure_statements,
)
from tests.bench.dates import measure_dates, score_dates
from tests.bench.digest import measure_digest
from tests.bench.files import SAID, make_template
from tests.bench.overdue import measure_overdue
from tests.bench.replay import capture
from tests.bench.search import measure_search
from tests.bench.sentences import measure_sentences
from tests.bench.slack import measure_slack
from tests.bench.sweep import measure_acks, measure_sweep
from tests.bench.table import machine, print_table


def main() -> int:
    """Measure everything on databases in a temporary directory."""
    log_to(level="ERROR")
    sys.stdout.write(
        f"{machine()}\nThe floor is raw sqlite3 on a file of its own: same driver, WAL, synchronous=FULL.\n"
    )
    with tempfile.TemporaryDirectory(prefix="drumbeat-bench-") as directory:
        template = make_template(Path(directory))
        captured = capture(template)
        rows = [*measure_statements(template, captured), *measure_adds(template, captured)]
        print_table(f"`{SAID}`", [*rows, *measure_redelivered(template), *measure_posted(template)])
        print_table("Commits shared", measure_commits(template))
        print_table("Dates: phrases read right, and none read wrong", score_dates())
        print_table("Dates: one phrase", measure_dates())
        print_table("Sentences understood", measure_sentences(Path(directory)))
        print_table("My overdue tasks", measure_overdue(template))
        print_table("Who must be reminded of what", measure_sweep(template))
        print_table("Messages while everybody is reminded", measure_acks(template))
        print_table("The weekly digest; the floor is its own statements by the driver", measure_digest(template))
        print_table("Search; the floor is LIKE by the driver", measure_search(template))
        print_table("Through Slack; the floor is bare Bolt with one insert", measure_slack(Path(directory)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
