"""Two processes on one PostgreSQL, and everybody clicks at once: each approval is decided once, and by who may.

`python -m tests.proofs.clicking SHARE OF CLICKS SEED` is one process of the bot that takes every OF-th click through
dispatch, from the moment on that the harness lets go of a lock.
"""

from __future__ import annotations

import asyncio
import functools
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, func, select

from bot.app import App
from bot.config import Settings
from bot.observe import utc_now
from bot.seal import seal
from bot.seed import APP, PLATFORM, TENANT
from commands.core.event import Args, Carried, Event, Place, Sender
from commands.core.reply import Button, Reply
from commands.grammar.money import Money
from storage.approvals import Vote
from storage.chats import open_chat
from storage.engine import open_engine
from storage.mail import INBOX
from storage.unit import Unit
from storage.workspaces import Workspace
from tests.proofs.process import READY, BotProcess
from tests.support.office import AMOUNT, PEOPLE, Office, found, states_of
from tests.support.store import HandClock

SIGNERS: Final = ("Ann", "Bob", "Kate")
MODES: Final = ("any", "all", "majority", "order")
EACH: Final = 100
"""Clicks on one approval."""
AT_ONCE: Final = 16
GO: Final = 7
"""The number of the lock for which the processes wait."""
STUCK_S: Final = 60.0
LOOK_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Click:
    """One press of a button that this workspace drew."""

    key: str
    who: str
    command: str
    args: Args
    version: int
    is_stale: bool
    """True where it shows another edition, or another amount, than is asked for."""


@dataclass(frozen=True, slots=True)
class Clicked:
    """What a storm of clicks came to."""

    clicks: int
    approvals: int
    results: Counter[str]
    """How often each was answered how."""
    ends: Counter[str]
    """What became of the approvals."""
    booked: Money
    took_s: float
    faults: tuple[str, ...]


def clicks_of(count: int, seed: int) -> Iterator[Click]:
    """Give the clicks of a storm, the same for a seed: EACH on one approval after the other."""
    chance = random.Random(seed)
    for number in range(count):
        approval = f"A-{1 + number // EACH}"
        edition, money = chance.choice([(1, AMOUNT)] * 6 + [(2, AMOUNT), (1, Money(AMOUNT.minor + 1, "CNY"))])
        is_stale = (edition, money) != (1, AMOUNT)
        if chance.random() < 0.7:
            command, args = "approval approve", {"amount": money.canonical(), "comment": "ok"}
        else:
            command, args, is_stale = "approval reject", {"reason": "no"}, edition != 1
        yield Click(
            f"click:{number}", chance.choice([*PEOPLE]), command, {"approval": approval, **args}, edition, is_stale
        )


async def click_at_once(directory: Path, url: str, *, clicks: int, seed: int, processes: int = 2) -> Clicked:
    """Have several processes take the clicks of a storm together, and judge what came of it."""
    office = _enter(url, clicks // EACH)
    bots = []
    for share in range(processes):
        place = directory / f"process-{share}"
        place.mkdir()
        arguments = ("tests.proofs.clicking", *map(str, (share, processes, clicks, seed)))
        bots.append(BotProcess(place, url=url, arguments=arguments))
    engine = open_engine(url, pool_size=2)
    try:
        with engine.connect() as gate:
            gate.exec_driver_sql(f"SELECT pg_advisory_lock({GO})")
            for bot in bots:
                await bot.start()
            began = time.perf_counter()
            gate.exec_driver_sql(f"SELECT pg_advisory_unlock({GO})")
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            await _wait_for(connection, clicks)
        return _judge(office, clicks, seed, time.perf_counter() - began)
    finally:
        for bot in bots:
            await bot.kill()
        engine.dispose()
        office.store.close()


def _enter(url: str, approvals: int) -> Office:
    """Enter people, a budget and what they are asked for."""
    app = App(Settings(database_url=url), serves=False)
    at = {"platform": PLATFORM, "app": APP, "tenant": TENANT, "native": "room"}
    office = found(app.store, app.by_name["demo"].id, HandClock(utc_now()), place=at)

    def direct_chats(unit: Unit) -> None:
        for name, person in office.ids.items():
            open_chat(unit, project_name=None, kind="direct", title=name, person_id=person, **{**at, "native": name})

    office.write(direct_chats)
    office.open_budget()
    for number in range(approvals):
        office.ask(*SIGNERS, mode=MODES[number % len(MODES)])
    return office


async def _wait_for(connection: Connection, clicks: int) -> None:
    """Wait until all are in; what stands still for long is stuck."""
    asked = select(func.count(INBOX.c.id)).where(INBOX.c.key.like("click:%"))
    before, since = 0, time.monotonic()
    while before < clicks:
        await asyncio.sleep(LOOK_S)
        count = await asyncio.to_thread(lambda: connection.execute(asked).scalar_one())
        if count > before:
            before, since = count, time.monotonic()
        if time.monotonic() - since > STUCK_S:
            raise TimeoutError(f"{before} of {clicks} clicks were taken")


def _judge(office: Office, clicks: int, seed: int, took_s: float) -> Clicked:
    by_key = {click.key: click for click in clicks_of(clicks, seed)}
    done, faults, ends = Counter[str](), list[str](), Counter[str]()
    for key, result in office.write(_answers):
        done[result] += 1
        if result == "done" and (by_key[key].is_stale or by_key[key].who not in SIGNERS):
            faults.append(f"{by_key[key]} was done")
    votes = 0
    for number in range(1, clicks // EACH + 1):
        approval, cast = office.approval(number), office.votes(number)
        votes += len(cast)
        ends[approval.state] += 1
        faults += [f"A-{number}: {fault}" for fault in _faults(office, approval.mode, approval.state, cast)]
        states = office.write(functools.partial(states_of, approval=approval.id))
        if len(states) != 1 + (approval.state != "pending"):
            faults.append(f"A-{number} was closed more than once: {states}")
    if votes != done["done"]:
        faults.append(f"{done['done']} were told that they decided, {votes} did")
    booked, agreed = office.booked()
    if booked != agreed or booked != ends["approved"] * AMOUNT.minor:
        faults.append(f"{booked} is booked, {agreed} was agreed to, in {ends['approved']} approvals")
    return Clicked(clicks, ends.total(), done, ends, Money(booked, "CNY"), took_s, tuple(faults))


def _answers(unit: Unit) -> list[tuple[str, str]]:
    asked = select(INBOX.c.key, INBOX.c.result).where(
        INBOX.c.workspace_id == unit.workspace, INBOX.c.key.like("click:%")
    )
    return [(row.key, row.result) for row in unit.connection.execute(asked)]


def _faults(office: Office, mode: str, state: str, votes: list[Vote]) -> Iterator[str]:
    """Follow the votes in their order, by rules of our own, and say where the approval does not."""
    names = {id: name for name, id in office.ids.items()}
    cast = [names[vote.person_id] for vote in votes]
    if len({*cast}) != len(cast) or not {*cast} <= {*SIGNERS}:
        yield f"votes of {cast}"
    if mode == "order" and cast != [*SIGNERS[: len(cast)]]:
        yield f"out of turn: {cast}"
    ended = "pending"
    for place, vote in enumerate(votes, start=1):
        if ended != "pending":
            yield f"a vote after it was {ended}"
        if vote.amount_minor != AMOUNT.minor or vote.edition != 1 or vote.for_id != vote.person_id:
            yield f"{vote} is on something else"
        said = Counter(each.choice for each in votes[:place])
        enough = {"any": 1, "majority": 2}.get(mode, len(SIGNERS))
        too_many = 2 if mode == "majority" else 1
        ended = "rejected" if said["reject"] >= too_many else "approved" if said["approve"] >= enough else "pending"
    if state != ended:
        yield f"{state}, though its votes make it {ended}"


async def _click(app: App, share: int, of: int, clicks: int, seed: int) -> None:
    """Take a share of the clicks, several at a time."""
    workspace, room = app.by_name["demo"], asyncio.Semaphore(AT_ONCE)

    async def take(click: Click) -> None:
        try:
            await app.dispatch(_event(workspace, click))
        finally:
            room.release()

    async with asyncio.TaskGroup() as group:
        for place, click in enumerate(clicks_of(clicks, seed)):
            if place % of == share:
                await room.acquire()
                group.create_task(take(click))


def _event(workspace: Workspace, click: Click) -> Event:
    button = Button("", click.command, click.args, "", version=click.version)
    mac = seal(workspace, Reply(buttons=(button,))).buttons[0].mac
    return Event(
        key=click.key,
        platform=PLATFORM,
        app=APP,
        tenant=TENANT,
        kind="pressed",
        sender=Sender(click.who, click.who),
        place=Place(click.who, "direct"),
        sent_at=utc_now(),
        carried=Carried(click.command, click.args, click.version, mac),
        trigger=click.key,
    )


async def _play(app: App, url: str, share: list[int]) -> None:
    engine = open_engine(url, pool_size=1)
    with engine.connect() as gate:
        sys.stdout.write(f"{READY}\n")
        sys.stdout.flush()
        await asyncio.to_thread(gate.exec_driver_sql, f"SELECT pg_advisory_lock_shared({GO})")
        await _click(app, *share)
    await asyncio.Event().wait()  # until it is killed


def main(share: list[int]) -> None:
    """Be one process."""
    url = os.environ["DRUMBEAT_DATABASE_URL"]
    asyncio.run(_play(App(Settings(database_url=url), serves=False), url, share))


if __name__ == "__main__":
    main([int(each) for each in sys.argv[1:]])
