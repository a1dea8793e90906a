"""The long proofs of decisions: every order in which two can meet, thousands of clicks at once, no guard too many."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bot.observe import utc_now
from storage.migrate import upgrade
from storage.store import Store
from storage.workspaces import found_workspace
from tests.proofs.clicking import click_at_once
from tests.proofs.interleaving import PAIRS, all_orders, meet
from tests.proofs.taking_away import take_all_away
from tests.proofs.told import progress, table
from tests.support.office import found
from tests.support.postgres import QUICK_NOT_SAFE, PostgresServer, find_programs, run_server
from tests.support.store import HandClock


def prove_approvals(clicks: int, seed: int) -> list[bool]:
    """Prove them one after the other; tell of each whether it held."""
    if find_programs() is None:
        sys.stdout.write("\nDecisions on PostgreSQL: NOT TRIED, for there is no PostgreSQL here\n")
        return [False, _prove_guards()]
    with run_server(QUICK_NOT_SAFE) as server:  # no kill and no crash here: what is proved is order, not what lasts
        return [_prove_orders(server), _prove_clicks(server, clicks, seed), _prove_guards()]


def _prove_orders(server: PostgresServer) -> bool:
    orders = list(all_orders())
    progress(f"{len(PAIRS)} pairs in {len(orders)} orders")
    began, clock, store = time.perf_counter(), HandClock(), Store(_migrated(server), clock=HandClock())
    try:
        workspace = store.write_now(0, lambda unit: found_workspace(unit, name="main", language="zh", timezone="UTC"))
        office = found(store, workspace, clock)
        office.open_budget()
        met = meet(office, orders)
        booked, agreed = office.booked()
    finally:
        store.close()
    table(
        f"Two connections on PostgreSQL, statement by statement: {len(orders)} orders of each pair (G6)",
        [
            *(
                (pair, ", ".join(f"{count} {state}" for state, count in met.ends[pair].items()), "")
                for pair in met.ends
            ),
            ("orders", f"{sum(each.total() for each in met.ends.values()):,}", f"{len(orders) * len(PAIRS):,}"),
            ("waited for the other's lock", f"{met.blocked:,}", ""),
            ("tried again", f"{met.retried:,}", ""),
            ("booked, agreed to", f"{booked:,}, {agreed:,}", "the same"),
            ("not as one after the other", str(len(met.faults)), "0"),
            ("took", f"{time.perf_counter() - began:.0f} s", ""),
        ],
    )
    return _held(met.faults)


def _prove_clicks(server: PostgresServer, clicks: int, seed: int) -> bool:
    progress(f"{clicks:,} clicks on two processes")
    with tempfile.TemporaryDirectory(prefix="drumbeat-proof-") as directory:
        clicked = asyncio.run(click_at_once(Path(directory), _migrated(server), clicks=clicks, seed=seed))
    table(
        "Everybody clicks at once, on two processes on PostgreSQL (G6)",
        [
            ("clicks, on approvals", f"{clicked.results.total():,}, {clicked.ends.total()}", f"{clicks:,}"),
            *((f"answered {result}", f"{count:,}", "") for result, count in sorted(clicked.results.items())),
            *((state, f"{count:,}", "") for state, count in sorted(clicked.ends.items())),
            ("booked", f"¥{clicked.booked.plain()}", "what was agreed to"),
            ("decided twice, by who may not, on something else", str(len(clicked.faults)), "0"),
            ("took", f"{clicked.took_s:.0f} s, {clicks / clicked.took_s:.0f} a second", ""),
        ],
    )
    return _held(clicked.faults) and clicked.results["failed"] == 0


def _prove_guards() -> bool:
    progress("guards taken away")
    began, taken = time.perf_counter(), take_all_away()
    table(
        "A guard taken away: its test must go red (G24)",
        [
            ("guards", str(taken.tested), ""),
            ("that no test missed", str(len(taken.unseen)), "0"),
            ("tests red with all in their place", str(len(taken.red)), "0"),
            ("took", f"{time.perf_counter() - began:.0f} s", ""),
        ],
    )
    return _held((*taken.unseen, *taken.red))


def _migrated(server: PostgresServer) -> str:
    url = server.create()
    upgrade(url, backups=None, now=utc_now())
    return url


def _held(faults: Sequence[str]) -> bool:
    sys.stdout.writelines(f"  {fault}\n" for fault in faults[:12])
    return not faults
