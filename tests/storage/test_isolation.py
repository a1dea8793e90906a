"""Every statement of the ground floor names its workspace. New subjects are found and tried by themselves."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
import types
import typing
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, cast

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel

import storage
from storage.calendars import DayRule
from storage.digests import POINTS
from storage.lists import Filter
from storage.mail import Letter, Receiver, post
from storage.people import Account
from storage.reminders import Bounds
from storage.search import sought
from storage.sight import Guard, Sight
from storage.tasks import TASK, Task
from storage.unit import StorageError, Unit
from tests.support.store import WEDNESDAY, Desk

pytestmark = pytest.mark.slow

ACROSS = {
    "mail.claim_due": "delivery serves all workspaces",
    "mail.hold": "the letter was claimed, its number is unique",
    "mail.finish": "the letter was claimed, its number is unique",
    "mail.postpone": "the letter was claimed, its number is unique",
    "mail.release": "the letter was claimed, its number is unique",
    "mail.release_all": "the one process at its start",
    "mail.waiting": "what an operator sees",
    "workspaces.all_workspaces": "the program's own start",
    "workspaces.found_workspace": "there is none before it",
}
SILENT: dict[str, str] = {}
"""Functions that ask the database nothing, each with its reason."""
EXTRA: dict[str, dict[str, Any]] = {
    "accounts.account_to_reach": {"accounts": [cast(Any, Account).model_construct(platform=each) for each in "ab"]},
    "calendars.take_notice": {"year": 2027},
    "chats.open_chat": {"platform": "slack", "app": "a", "tenant": "t", "native": "n", "kind": "group"},
    "dependencies.chain": {"start": 1, "stop": 2},
    "digests.open_by_day": {"days": [WEDNESDAY] * POINTS},
    "mail.post": {"platform": "slack", "operation": "post", "language": "zh"},
    "mail.receive": {"key": "k", "call": "c", "received_at": WEDNESDAY, "args": {}, "result": "done"},
    "participants.list_shared": {"which": "open"},
    "people.forget_name": {"name": "y"},
    "reminders.owed_by": {"bounds": Bounds(*[WEDNESDAY] * 7)},
    "cards.hung_away_from": {"objects": TASK},
    "sight.is_seen": {"sight": Sight(1, "member", "member", (Guard(Task, frozenset(), frozenset()),)), "record": Task},
    "redaction.redact": {"rows": [], "columns": {}},
    "whose.count_naming": {"record": Task},
    "whose.rows_naming": {"record": Task},
    "sight.is_own": {"record": cast(Any, Task).model_construct(id=1)},
    "tasks.list_tasks": {"whose": "person", "which": "overdue"},
    "lists.list_filtered": {"wanted": Filter(owner=1, is_late=True, labels=("x",))},
    "lists.count_filtered": {"wanted": Filter(project=1, terms=("xy",))},
    "search.rows_with": {"wanted": sought("主图定稿")},
    "search.rows_titled": {"wanted": sought("主图定稿")},
}
"""Arguments that cannot be guessed from the annotations."""
PLAIN: dict[Any, Any] = {
    int: 1,
    bytes: b"k" * 32,
    str: "x",
    bool: True,
    date: date(2026, 11, 18),
    DayRule: DayRule(date(2026, 11, 18), is_workday=False),
    datetime: WEDNESDAY,
    Receiver: Receiver(1, "slack", 1, None),
    type(None): None,
    Any: "x",
    object: "x",
}


@dataclass
class Spy:
    """Collect the statements of some engines."""

    statements: list[tuple[str, Any]] = field(default_factory=list)

    def listen(self, engine: Engine) -> None:
        """Begin to collect."""
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, _connection: object, _cursor: object, statement: str, parameters: Any, *_: object) -> None:
        if re.match(r"(SELECT|INSERT|UPDATE|DELETE|WITH)\b", statement):
            self.statements.append((statement, parameters))


MOVES = {
    "storage.transfer": "it carries a whole workspace; test_transfer.py looks that it is one, and no other",
}
"""Modules that read and write all rows of a workspace, by whatever tables there are."""


def functions() -> dict[str, Callable[..., Any]]:
    """Find the public functions that work on a unit."""
    found: dict[str, Callable[..., Any]] = {}
    for info in pkgutil.iter_modules(storage.__path__, "storage."):
        if info.name in MOVES:
            continue
        module = importlib.import_module(info.name)
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters), None)
            if function.__module__ == info.name and not name.startswith("_") and first == "unit":
                found[f"{info.name.removeprefix('storage.')}.{name}"] = function
    return found


FUNCTIONS = functions()


def arguments(unit: Unit, name: str) -> dict[str, Any]:
    """Make up arguments from the annotations."""
    function = FUNCTIONS[name]
    hints = typing.get_type_hints(function)
    given = dict(EXTRA.get(name, {}))
    for parameter in list(inspect.signature(function).parameters.values())[1:]:
        if parameter.kind is not parameter.VAR_KEYWORD and parameter.name not in given:
            given[parameter.name] = _value(unit, hints[parameter.name])
    return given


def _value(unit: Unit, kind: Any) -> Any:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return _value(unit, inner[0])
    if origin is typing.Literal:
        return inner[0]
    if origin in (Sequence, Iterable, list, tuple, set, frozenset) or (origin and issubclass(origin, Iterable)):
        if issubclass(origin, Mapping):
            return {}
        return [_value(unit, inner[0])] if inner else []
    if kind is Letter:
        return post(unit, lease_token="me", platform="slack", operation="post", language="zh")
    if inspect.isclass(kind) and issubclass(kind, SQLModel):
        columns = {name: PLAIN.get(info.annotation) for name, info in kind.model_fields.items() if info.is_required()}
        return kind.model_construct(**columns)
    return PLAIN[kind]


TOLERATED = (StorageError, LookupError, IntegrityError, ValueError, TypeError, AttributeError)
"""What made-up arguments may end in: the statement was seen all the same."""


class Enough(Exception):
    """Roll the call back."""


def watch(desk: Desk, name: str) -> Spy:
    """Call one function with made-up arguments, take it back, and give its statements."""
    spy = Spy()

    def work(unit: Unit) -> None:
        given = arguments(unit, name)
        spy.listen(desk.store.engine)
        with suppress(*TOLERATED):
            FUNCTIONS[name](unit, **given)
        raise Enough

    with pytest.raises(Enough):
        desk.write(work)
    return spy


def is_bound(statement: str) -> bool:
    """Tell whether a statement names its workspace where it counts."""
    if statement.startswith("INSERT"):
        return "workspace_id" in statement.partition("VALUES")[0]
    if "pg_advisory_xact_lock" in statement:
        return "of_workspace" in statement
    condition = statement.partition("WHERE")[2]
    return "workspace_id =" in condition or "workspace.id =" in condition


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_statement_names_its_workspace(desk: Desk, name: str) -> None:
    statements = [statement for statement, _ in watch(desk, name).statements]
    assert statements or name in SILENT, f"{name} asked nothing: tell EXTRA how to call it, or SILENT why"
    if name in ACROSS:
        assert not all(map(is_bound, statements)), f"{name} needs no exception"
    else:
        assert [statement for statement in statements if not is_bound(statement)] == []


def test_exceptions_are_functions_that_exist() -> None:
    assert [name for name in (*ACROSS, *SILENT, *EXTRA, *LONG) if name not in FUNCTIONS] == []


WHOLE = {
    "person": "all_people",
    "chat": "all_chats",
    "project": "all_projects",
    "workspace": "all_workspaces, and it is small",
    "calendar": "one row a workspace",
    "approvallimit": "one row a project at most",
    "schedule": "all_schedules, when an operator looks",
    "upcoming": "next_instant, the first entry of its index",
    "chosen": "not a table: the rows that a claim chose",
    "ranked": "not a table: the tasks of some owners that are due within days",
    "counted": "not a table: the rows, so many at most, that are counted",
    "CONSTANT": "not a table: a read of nothing but subqueries",
}
"""Tables that may be read from end to end, and by whom; they grow with the team, not with its messages."""


LONG: dict[str, str] = {
    "accounts.join_people": "whatever names one of two people, when they turn out to be one",
    "confidential.holds_secrets": "the first entry of an index of nothing but what is confidential",
    "minutes.minutes_naming": "the minutes of a project, when a task becomes confidential",
    "personal.counts_about": "whatever names one person, when they ask what is stored",
    "personal.own_rows": "whatever names one person, when they ask what is stored",
    "personal.stored_about": "whatever names one person, when the operator writes it to a file",
    "whose.count_naming": "whatever names one person",
    "whose.rows_naming": "whatever names one person",
    "mail.readdress": "what waits for one of two people, when they turn out to be one",
    "rooms.latest": "one row for each room of the playground, when a page is opened",
}
"""Functions that may read all of a workspace."""
UNBOUNDED = re.compile(r"SCAN (\w+)|SEARCH (\w+) USING (?:COVERING )?INDEX \w+ \(workspace_id=\?\)$")
"""A step of a plan that reads all rows, or all of a workspace."""
FIRST_FEW = re.compile(r"\nWHERE \w+\.workspace_id = \? ORDER BY \S+(?: DESC)?\s+LIMIT \? OFFSET \?$")
"""Narrowed by nothing but the workspace, and cut off: sorted by no step of its own, it stops after so many."""


@pytest.mark.parametrize("name", sorted(FUNCTIONS.keys() - LONG.keys()))
def test_no_statement_reads_a_growing_table_from_end_to_end(sqlite_desk: Desk, name: str) -> None:
    for statement, parameters in watch(sqlite_desk, name).statements:
        with sqlite_desk.store.engine.connect() as connection:
            plan = [row[3] for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)]
        read = [match[1] or match[2] for line in plan if (match := UNBOUNDED.match(line))]
        if re.match(r"SELECT max\(\S+\) AS \w+ \nFROM \w+ \nWHERE (?!.*GROUP BY)", statement):
            continue  # one step to the end of the index, which the plan does not show
        if len(plan) == 1 and FIRST_FEW.search(statement):
            continue  # the first entries of the index, in its own order
        whole = [table for table in read if table not in WHOLE]
        assert whole == [], (f"{whole}: give it an index that narrows it, or WHOLE a reason", statement, plan)


def test_the_law_finds_a_loose_statement() -> None:
    assert not is_bound("SELECT task.id, task.workspace_id FROM task WHERE task.id = ?")
    assert not is_bound("INSERT INTO alias (person_id, key) VALUES (?, ?)")
    assert not is_bound("DELETE FROM card WHERE card.id = ?")
    assert is_bound("UPDATE card SET message=? WHERE card.workspace_id = ? AND card.id = ?")
