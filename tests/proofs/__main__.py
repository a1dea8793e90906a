"""Run the long proofs and print their figures: `make prove`. Exit code 1 when anything did not hold."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import functools
import math
import os
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import date
from pathlib import Path
from typing import Final

from bot.observe import utc_now
from storage.migrate import upgrade
from tests.proofs.approvals import prove_approvals
from tests.proofs.controls import CONTROLS, SLACK_CONTROLS, Control
from tests.proofs.history import Verdict
from tests.proofs.kills import MEAN_S, Killed, kill_often
from tests.proofs.redelivery import opened, storm
from tests.proofs.slack import SlackKilled, kill_through_slack, nothing, rows_of, talk
from tests.proofs.slots import Compared, all_zones, compare
from tests.proofs.ticking import tick_and_kill
from tests.proofs.told import progress, table
from tests.support.postgres import find_programs, run_server

SERIES: Final = 50
"""Kills on one database; then the next series begins on a new one."""


def main() -> int:
    """Run all, or fewer kills where asked to."""
    parser = argparse.ArgumentParser(prog="python -m tests.proofs", description=__doc__)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--slack-kills", type=int, default=1_000, help="on each database, through Slack")
    parser.add_argument("--clicks", type=int, default=10_000, help="on approvals, at once")
    parser.add_argument("--only", choices=("slack", "clock", "approvals"), help="one part alone")
    arguments = parser.parse_args()
    held = []
    if arguments.only is None:
        held += [_prove_kills(arguments.kills, arguments.seed), _prove_controls(), _prove_storm()]
    if arguments.only in (None, "approvals"):
        held += prove_approvals(arguments.clicks, arguments.seed)
    if arguments.only in (None, "clock"):
        held += [_prove_slots(), _prove_clocks(arguments.seed)]
    if arguments.only in (None, "slack"):
        held += [
            _prove_slack(arguments.slack_kills, arguments.seed, processes=1),
            _prove_slack(arguments.slack_kills, arguments.seed, processes=2),
            _prove_acks(),
        ]
    sys.stdout.write("\nEverything held.\n" if all(held) else "\nNOT everything held.\n")
    return 0 if all(held) else 1


def _prove_kills(kills: int, seed: int) -> bool:
    series: list[Killed] = []
    for number in range(math.ceil(kills / SERIES)):
        wanted = min(SERIES, kills - number * SERIES)
        before = number * SERIES
        with tempfile.TemporaryDirectory(prefix="drumbeat-proof-") as directory:
            series.append(
                asyncio.run(
                    kill_often(
                        Path(directory),
                        kills=wanted,
                        seed=seed + number,
                        tell=functools.partial(_tell, before, kills),
                    )
                )
            )
    verdicts = [each.verdict for each in series]
    starts = sorted(took for each in series for took in each.starts_s)
    doubled, bound = (sum(getattr(each, name) for each in verdicts) for name in ("posts_doubled", "posts_bound"))
    drained = [each.drained_s for each in series]
    table(
        f"SIGKILL at random, {MEAN_S * 1000:.0f} ms after ready on average (G1, G2 by chance)",
        [
            ("kills", str(sum(each.kills for each in series)), ""),
            ("messages acknowledged", str(sum(each.acked for each in verdicts)), ""),
            ("not acknowledged (stored or not)", str(sum(each.unacked for each in verdicts)), ""),
            ("acknowledged and lost", _count(series, "acked but lost", "acked but unseen", "half done"), "0"),
            ("effects doubled", _count(series, "doubled effect", "received twice"), "0"),
            (
                "effects nobody asked for",
                _count(series, "effect nobody asked for", "effect without its inbox row", "posted from nowhere"),
                "0",
            ),
            ("disagreements of the audit", _count(series, "audit disagrees"), "0"),
            ("letters not sent", _count(series, "not sent", "marked but not sent"), "0"),
            ("cards missing or doubled", _count(series, "card missing", "card doubled"), "0"),
            ("posts out of order", _count(series, "out of order"), "0"),
            ("posts sent twice", f"{doubled} of {sum(each.posts for each in verdicts)}", f"≤ {bound}"),
            (
                "backlog gone, slowest",
                "never" if None in drained else f"{max(t or 0 for t in drained):.1f} s",
                "≤ 60 s",
            ),
            ("ready again p50", f"{_quantile(starts, 0.5):.2f} s", ""),
            ("ready again p99", f"{_quantile(starts, 0.99):.2f} s", "≤ 3 s"),
        ],
    )
    for each in verdicts:
        if not each.is_sound:
            sys.stdout.write(each.told() + "\n")
    return all(each.is_sound for each in verdicts) and None not in drained


def _tell(before: int, kills: int, done: int) -> None:
    progress(f"kill {before + done} of {kills}")


def _prove_controls() -> bool:
    rows, held = [], True
    for control in (*CONTROLS, *SLACK_CONTROLS):
        progress(f"without a guard: {control.sabotage}")
        with tempfile.TemporaryDirectory(prefix="drumbeat-proof-") as directory:
            found = asyncio.run(_without_guard(Path(directory), control)).count(*control.kinds)
        held = held and found > 0
        rows.append((control.sabotage, f"{found} × {control.kinds[0]}", "red" if found else "GREEN: it sees nothing"))
    rows.append(("synchronous=OFF", "cannot be seen", "a SIGKILL leaves the system alive, which still writes"))
    table("A guard taken away: the checker must go red", rows)
    return held


async def _without_guard(directory: Path, control: Control) -> Verdict:
    kills, sabotage = control.kills, control.sabotage
    if control in SLACK_CONTROLS:
        return (await kill_through_slack(directory, kills=kills, seed=1, sabotage=sabotage, drain_s=5)).verdict
    killed = await kill_often(directory, kills=kills, mean_s=control.mean_s, seed=1, sabotage=sabotage, drain_s=5)
    return killed.verdict


def _prove_storm() -> bool:
    progress("redelivery")
    with tempfile.TemporaryDirectory(prefix="drumbeat-proof-") as directory, opened(Path(directory)) as app:
        stormed = asyncio.run(storm(app, events=20_000, ids=2_000))
    table(
        "The same events again and again, 16 in flight (G4)",
        [
            ("events, of ids", f"{stormed.events}, {stormed.ids}", ""),
            ("effects", str(stormed.effects), str(stormed.ids)),
            ("inbox rows", str(stormed.received), str(stormed.ids)),
            ("ids with two effects", str(stormed.doubled), "0"),
            ("not acknowledged", str(stormed.again), "0"),
            ("events per second", f"{stormed.events / stormed.took_s:.0f}", ""),
            ("p50", f"{stormed.latency_s(0.5) * 1000:.1f} ms", ""),
            ("p99", f"{stormed.latency_s(0.99) * 1000:.1f} ms", "≤ 150 ms"),
            ("max", f"{stormed.latency_s(1) * 1000:.1f} ms", "≤ 1,000 ms"),
        ],
    )
    return (stormed.effects, stormed.received, stormed.doubled, stormed.again) == (stormed.ids, stormed.ids, 0, 0)


def _prove_slack(kills: int, seed: int, *, processes: int) -> bool:
    """Kill through Slack: one process on SQLite, or several on PostgreSQL."""
    name = "SQLite" if processes == 1 else f"PostgreSQL with {processes} processes"
    with contextlib.ExitStack() as stack:
        if processes > 1 and find_programs() is None:
            sys.stdout.write(f"\nThrough Slack on {name}: NOT TRIED, for there is no PostgreSQL here\n")
            return False
        server = stack.enter_context(run_server()) if processes > 1 else None
        series: list[SlackKilled] = []
        for number in range(math.ceil(kills / SERIES)):
            progress(f"through Slack on {name}: kill {number * SERIES} of {kills}")
            directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drumbeat-proof-")))
            url = None if server is None else server.create()
            if url is not None:
                upgrade(url, backups=None, now=utc_now())
            wanted = min(SERIES, kills - number * SERIES)
            series.append(
                asyncio.run(
                    kill_through_slack(directory, kills=wanted, seed=seed + number, url=url, processes=processes)
                )
            )
    table(f"SIGKILL at random through Slack, on {name}", rows_of(series))
    for each in series:
        if not each.verdict.is_sound:
            sys.stdout.write(each.verdict.told() + "\n")
    return all(each.verdict.is_sound and each.drained_s is not None for each in series)


def _prove_slots() -> bool:
    """Compare the slots of ten years with the wall of every zone that there is."""
    began, found = time.perf_counter(), list[Compared]()
    asked = functools.partial(compare, begin=date(2023, 1, 1), days=3653)
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for each in pool.map(asked, all_zones(), chunksize=4):
            found.append(each)
            progress(f"ten years of {each.zone}")
    faults = [f"{each.zone}: {fault}" for each in found for fault in each.faults]
    table(
        "Ten years of slots, at eight times of day, in every zone (R9)",
        [
            ("zones", str(len(found)), ""),
            ("slots", f"{sum(each.slots for each in found):,}", ""),
            ("missing, doubled or at another instant", str(len(faults)), "0"),
            ("took", f"{time.perf_counter() - began:.0f} s", ""),
        ],
    )
    sys.stdout.writelines(f"  {fault}\n" for fault in faults[:12])
    return not faults


def _prove_clocks(seed: int) -> bool:
    """Let two years pass over two processes on PostgreSQL."""
    if find_programs() is None:
        sys.stdout.write("\nTwo clocks on PostgreSQL: NOT TRIED, for there is no PostgreSQL here\n")
        return False
    began = time.perf_counter()
    progress("two years of two clocks on PostgreSQL")
    with run_server() as server, tempfile.TemporaryDirectory(prefix="drumbeat-proof-") as directory:
        url = server.create()
        upgrade(url, backups=None, now=utc_now())
        ticked = asyncio.run(tick_and_kill(Path(directory), url, days=730, seed=seed, mean_s=3.0))
    table(
        "Two years in 12 zones, two clocks on PostgreSQL, one killed at random (R9)",
        [
            ("kills", str(ticked.kills), ""),
            ("slots", f"{ticked.expected:,}", ""),
            ("missing", str(len(ticked.missing)), "0"),
            ("twice", str(len(ticked.doubled)), "0"),
            ("at another instant", str(len(ticked.strange)), "0"),
            ("skipped, failed or left half", str(ticked.not_done), "0"),
            ("took", f"{time.perf_counter() - began:.0f} s", ""),
        ],
    )
    return ticked.is_sound


def _prove_acks() -> bool:
    progress("a hundred messages a second through Slack")
    with tempfile.TemporaryDirectory(prefix="drumbeat-proof-") as directory:
        talked = asyncio.run(talk(Path(directory), nothing, messages=2_000, channels=400, per_second=100))
    table(
        "A hundred messages a second through Slack: acknowledged after the commit",
        [
            ("messages", str(talked.said), ""),
            ("p50", f"{talked.ack_ms(0.5):.1f} ms", ""),
            ("p99", f"{talked.ack_ms(0.99):.1f} ms", "≤ 50 ms"),
            ("max", f"{talked.ack_ms(1):.1f} ms", ""),
            ("found", talked.verdict.told(), "sound"),
        ],
    )
    return talked.verdict.is_sound and talked.drained_s is not None


def _count(series: list[Killed], *kinds: str) -> str:
    return str(sum(each.verdict.count(*kinds) for each in series))


def _quantile(ordered: list[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


if __name__ == "__main__":
    sys.exit(main())
