"""Run the bot with one of its guards taken away, to see that the checker goes red.

`python -m tests.proofs.sabotage NAME MODULE …` runs a module with its arguments. Each act replaces functions of the
product by name, from outside; a name that is no longer there ends the process at once, so that no control passes by
accident. synchronous=OFF is not among them: a SIGKILL does not lose what the system holds to write, so no kill test
sees it.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import runpy
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any, Final

from commands.core.reply import Outcome
from storage.mail import INBOX, OUTBOX, Letter

Made = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Act:
    """Replace one name: `module:attribute.path`, by what `make` builds of the original."""

    name: str
    make: Made


class NameGone(Exception):
    """Say that what was to be replaced is not there any more."""


def _nothing_was_seen(_original: Any) -> Any:
    return lambda unit, key: None


def _receive_over(original: Any) -> Any:
    """Let a second delivery write over the first one's row, for the table itself refuses two."""

    def receive(unit: Any, **values: Any) -> None:
        unit.connection.execute(INBOX.delete().where(INBOX.c.key == values["key"]))
        original(unit, **values)

    return receive


def _acknowledge_first(original: Any) -> Any:
    """Answer, and do the work in a task that dies with the process."""
    tasks: set[asyncio.Task[Any]] = set()

    async def say(self: Any, said: Any) -> Outcome:
        task = asyncio.create_task(original(self, said))
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        return Outcome("ok")

    return say


def _acknowledge_slack_first(_original: Any) -> Any:
    """Acknowledge an envelope, and do the work in a task that dies with the process."""

    async def ask(self: Any, dispatch: Any, event: Any) -> Outcome:
        task = asyncio.ensure_future(dispatch(event))
        self.under_way.add(task)
        task.add_done_callback(self._done)
        return Outcome("ok")

    return ask


def _answer_before_commit(_original: Any) -> Any:
    """Tell every caller at once, and commit twice a second."""
    store = importlib.import_module("storage.store")
    began: list[float] = []

    def commit_together(self: Any, connection: Any, batch: list[Any]) -> Any:
        connection = connection or self._store.engine.connect()
        if not began:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            began.append(time.perf_counter())
        store._settle_all([(job, *self._run_one(connection, job)) for job in batch])
        if time.perf_counter() - began[0] > 0.5:
            connection.exec_driver_sql("COMMIT")
            began.clear()
        return connection

    return commit_together


def _never_marked(_original: Any) -> Any:
    return lambda unit, letter, **_: True


def _leases_ignored(original: Any) -> Any:
    """Take back every lease, also those of letters that are being sent, before claiming."""

    def claim_due(unit: Any, **values: Any) -> list[Letter]:
        unit.connection.execute(
            OUTBOX.update().where(OUTBOX.c.state == "pending").values(lease_token=None, lease_until=None)
        )
        return list(original(unit, **values))

    return claim_due


def _always_now(_original: Any) -> Any:
    return lambda unit, letter: "now"


def _always_nudged(_original: Any) -> Any:
    """Look at the outbox again and again, as a second sender would."""

    async def scan(self: Any) -> None:
        while True:
            self.offer(await self._store.write(self._any(), self._claim))
            await asyncio.sleep(0.005)

    return scan


_numbers = itertools.count(1)


def _only_in_memory(_original: Any) -> Any:
    """Give delivery the letter, and write nothing."""

    def post(unit: Any, *, lease_token: str | None, **values: Any) -> Letter:
        number = -next(_numbers)
        row = {
            **dict.fromkeys(Letter.__dataclass_fields__),
            "seq": number,
            "id": f"memory{number}.{unit.call}",
            "workspace_id": unit.workspace,
            "attempts": 0,
            "cause": unit.call,
            "lease_token": lease_token,
            "lease_until": unit.now.replace(year=unit.now.year + 1),
            **values,
        }
        return Letter(**{name: row[name] for name in Letter.__dataclass_fields__})

    return post


def _always_true(_original: Any) -> Any:
    return lambda *_, **__: True


def _never(_original: Any) -> Any:
    return lambda *_, **__: False


def _never_known(_original: Any) -> Any:
    return lambda *_, **__: None


def _monday_to_friday(_original: Any) -> Any:
    return lambda self, day: day.weekday() < 5


def _second_time(_original: Any) -> Any:
    """Take the second of two instants that show the same on the wall."""
    return lambda local, zone: local.replace(tzinfo=zone, fold=1).astimezone(UTC)


ACTS: Final[Mapping[str, Sequence[Act]]] = {
    "inbox-not-asked": (
        Act("storage.mail:seen", _nothing_was_seen),
        Act("storage.mail:receive", _receive_over),
    ),
    "acknowledged-first": (Act("adapters.playground:Playground.say", _acknowledge_first),),
    "slack-acknowledged-first": (Act("adapters.intake:Intake.ask", _acknowledge_slack_first),),
    "answered-before-commit": (Act("storage.store:_OneWriter._commit_together", _answer_before_commit),),
    "never-marked-sent": (Act("storage.mail:finish", _never_marked),),
    "leases-ignored": (
        Act("storage.mail:claim_due", _leases_ignored),
        Act("storage.mail:turn_of", _always_now),
        Act("bot.delivery:Delivery._scan", _always_nudged),
    ),
    "outbox-in-memory": (
        Act("storage.mail:post", _only_in_memory),
        Act("storage.mail:finish", _never_marked),
        Act("storage.mail:turn_of", _always_now),
    ),
    "slots-not-claimed": (
        Act("bot.occasion:hold", _always_true),
        Act("bot.occasion:occurrence", _never_known),
        Act("bot.occasion:claim", _always_true),
        Act("storage.mail:receive", _receive_over),
    ),
    "holidays-ignored": (Act("commands.core.workcalendar:WorkCalendar.is_workday", _monday_to_friday),),
    "quiet-hours-ignored": (Act("commands.core.quiet:Quiet.is_quiet", _never),),
    "second-instant-counts": (Act("commands.core.timetable:instant_of", _second_time),),
}


def commit(name: str) -> None:
    """Replace what a sabotage replaces, in this process.

    Raises:
        NameGone: naming what is not there.
    """
    for act in ACTS[name]:
        module, _, path = act.name.partition(":")
        owner: Any = importlib.import_module(module)
        *around, last = path.split(".")
        try:
            for step in around:
                owner = getattr(owner, step)
            original = getattr(owner, last)
        except AttributeError as error:
            raise NameGone(f"{name}: there is no {act.name} any more; a guard has moved, and this with it") from error
        setattr(owner, last, act.make(original))


if __name__ == "__main__":
    commit(sys.argv[1])
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
