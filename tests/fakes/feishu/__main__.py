"""Run the fake Feishu: `python -m tests.fakes.feishu --log FILE`. Prints its addresses as one JSON line.

Loopback only. With `--with-parent` it ends when its standard input does, so that a killed test leaves
nothing behind.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import sys
from pathlib import Path

from tests.fakes.feishu.control import Controlled


def main() -> None:
    """Read the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fakes.feishu", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="of everything; 0 picks one")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--with-parent", action="store_true", help="end with the standard input")
    asyncio.run(_run(parser.parse_args()))


async def _run(arguments: argparse.Namespace) -> None:
    server = Controlled(arguments.log)
    await server.start(arguments.port)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.stopped.set)
    if arguments.with_parent:
        loop.add_reader(sys.stdin, lambda: None if os.read(0, 1) else server.stopped.set())
    print(json.dumps(server.ready()), flush=True)
    await server.stopped.wait()
    loop.remove_reader(sys.stdin)
    server.close_log()
    await server.stop()


if __name__ == "__main__":
    main()
