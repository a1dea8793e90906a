"""Statements run on the driver's own cursor give, write and fail as SQLAlchemy's own way does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Executable, bindparam, event, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage import prepared
from storage.audit import AUDIT
from storage.chats import PROJECT, Project
from storage.columns import WORKSPACE
from storage.mail import INBOX, receive
from storage.unit import Unit
from storage.workspaces import COUNTER, SPACE
from tests.support.store import Desk

_PROJECTS = select(PROJECT).where(PROJECT.c.workspace_id == WORKSPACE).order_by(PROJECT.c.id)
_TWICE = (
    select(PROJECT.c.name, SPACE.c.name, PROJECT.c.created_at, PROJECT.c.archived_at.is_(None))
    .join(SPACE, SPACE.c.id == PROJECT.c.workspace_id)
    .where(PROJECT.c.workspace_id == WORKSPACE)
)
_TRACES = select(AUDIT).where(AUDIT.c.workspace_id == WORKSPACE).order_by(AUDIT.c.id)
_NAMED = select(PROJECT.c.id).where(
    PROJECT.c.workspace_id == WORKSPACE, PROJECT.c.name.in_(bindparam("names", expanding=True))
)
_FIRST = COUNTER.insert()
_NEXT = (
    COUNTER.update()
    .where(COUNTER.c.workspace_id == WORKSPACE, COUNTER.c.kind == bindparam("of_kind"))
    .values(last=COUNTER.c.last + 1)
    .returning(COUNTER.c.last)
)
_DROP = COUNTER.delete().where(COUNTER.c.workspace_id == WORKSPACE)


def add(name: str) -> Callable[[Unit], Project]:
    return lambda unit: unit.add(Project, name=name)


def both(unit: Unit, statement: Executable, **values: object) -> tuple[list[Any], list[Any]]:
    """Read by our way and by SQLAlchemy's."""
    values["workspace"] = unit.workspace
    ours = prepared.rows(unit.connection, statement, values)
    theirs = list(unit.connection.execute(statement, values))
    assert [dict(row._mapping) for row in ours] == [dict(row._mapping) for row in theirs]
    return ours, theirs


@pytest.mark.parametrize("statement", [_PROJECTS, _TWICE, _TRACES], ids=["columns", "one name twice", "JSON"])
def test_rows_are_those_of_sqlalchemy(desk: Desk, statement: Executable) -> None:
    for name in ("甲", "乙"):
        desk.write(add(name))
    ours, theirs = desk.write(lambda unit: both(unit, statement))
    assert len(ours) == 2
    assert [tuple(row) for row in ours] == [tuple(row) for row in theirs]
    assert [type(value) for row in ours for value in row] == [type(value) for row in theirs for value in row]


def test_first_row_is_read_alone(desk: Desk) -> None:
    def first(unit: Unit) -> Any:
        return prepared.first(unit.connection, _PROJECTS, {"workspace": unit.workspace})

    assert desk.write(first) is None
    for name in ("甲", "乙"):
        desk.write(add(name))
    assert desk.write(first).name == "甲"


def test_list_of_any_length_is_read_too(desk: Desk) -> None:
    ids = [desk.write(add(name)).id for name in ("甲", "乙", "丙")]
    found = desk.write(lambda unit: both(unit, _NAMED, names=["甲", "丙"]))[0]
    assert [row.id for row in found] == [ids[0], ids[2]]


def test_writes_count_what_they_met_and_give_ids(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[int, int, int, Any]:
        prepared.insert_many(
            unit.connection, _FIRST, [{"workspace_id": unit.workspace, "kind": kind, "last": 1} for kind in ("a", "b")]
        )
        values = {"workspace": unit.workspace}
        raised = prepared.first(unit.connection, _NEXT, values | {"of_kind": "b"})
        none = prepared.do(unit.connection, _DROP, {"workspace": unit.workspace + 1})
        return unit.add(Project, name="甲").id, prepared.do(unit.connection, _DROP, values), none, raised

    id, dropped, none, raised = desk.write(work)
    assert (dropped, none, tuple(raised)) == (2, 0, (2,))
    assert desk.read(lambda unit: unit.must_get(Project, id)).name == "甲"


def test_driver_error_is_told_as_sqlalchemy_tells_it(desk: Desk) -> None:
    def twice(unit: Unit) -> None:
        for _ in range(2):
            receive(unit, key="secret words", call="c", received_at=unit.now, args={}, result="done")

    with pytest.raises(IntegrityError) as caught:
        desk.write(twice)
    assert not caught.value.connection_invalidated
    assert "secret words" not in repr(caught.value.params)
    with pytest.raises(DBAPIError, match="nowhere"):
        desk.write(lambda unit: prepared.command(unit.connection, "SELECT 1 FROM nowhere"))
    assert desk.read(lambda unit: prepared.rows(unit.connection, select(INBOX), {})) == []


def test_missing_value_is_a_mistake_not_null(desk: Desk) -> None:
    with pytest.raises(KeyError, match="of_kind"):
        desk.write(lambda unit: prepared.first(unit.connection, _NEXT, {"workspace": unit.workspace}))


def test_who_listens_hears_each_statement(desk: Desk) -> None:
    heard: list[str] = []

    def note(*given: Any) -> None:
        heard.append(given[2])

    def work(unit: Unit) -> None:
        event.listen(unit.connection, "before_cursor_execute", note)
        with unit.attempt():
            unit.add(Project, name="甲")
        event.remove(unit.connection, "before_cursor_execute", note)

    desk.write(work)
    assert [said.split()[0] for said in heard] == ["SAVEPOINT", "INSERT", "INSERT", "RELEASE"]


def test_text_without_known_columns_is_read(desk: Desk) -> None:
    assert [tuple(row) for row in desk.read(lambda unit: prepared.rows(unit.connection, text("SELECT 1"), {}))] == [
        (1,)
    ]


def test_snapshot_ends_with_the_read(postgres_desk: Desk) -> None:
    """A reader that went on in its transaction would not see what is written after."""
    for count in range(6):
        assert len(postgres_desk.read(lambda unit: unit.rows(_PROJECTS))) == count
        postgres_desk.write(add("甲"))
