"""Play the quarter, and tell what differs; exit code 1 when anything does."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from tests.proofs.quarter.play import play
from tests.proofs.quarter.rules import END
from tests.proofs.quarter.script import BEGIN, DAYS, Day


def main() -> int:
    """Play all of it, or its first days."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs.quarter", description=__doc__)
    parser.add_argument("--days", type=int, default=DAYS)
    until = min(END, BEGIN + parser.parse_args().days * Day)
    with tempfile.TemporaryDirectory(prefix="drumbeat-quarter-") as directory:
        played = play(Path(directory), until=until)
    counts = f"{played.expected} messages, {played.cuts} deaths, {played.unsent} unsent"
    sys.stdout.write(f"{counts}, {len(played.disturbing)} in quiet hours\n{played.told()}\n")
    return 0 if played.is_sound else 1


if __name__ == "__main__":
    sys.exit(main())
