"""Which rows name a person, in every table: found by the columns, so that those of a new subject are among them."""

import functools
from typing import Any, TypeVar

from sqlalchemy import Select, bindparam, func, or_, select

from storage.columns import WORKSPACE, Record, table_of
from storage.people import PERSON, Person
from storage.unit import Unit

R = TypeVar("R", bound=Record)


@functools.cache
def naming_people() -> tuple[type[Record], ...]:
    """List the tables that name people, but for that of the people themselves."""
    found = [each for each in Record.__subclasses__() if each is not Person and person_columns(each)]
    return tuple(sorted(found, key=lambda each: str(each.__tablename__)))


@functools.cache
def person_columns(record: type[Record]) -> tuple[str, ...]:
    """Name the columns of a table that point to a person."""
    columns = table_of(record).c
    return tuple(each.name for each in columns if any(key.column.table is PERSON for key in each.foreign_keys))


def rows_naming(unit: Unit, record: type[R], person: int) -> list[R]:
    """List the rows of a table that name a person in whatever column, the oldest first."""
    return unit.records(record, _naming(record), person=person)


def count_naming(unit: Unit, record: type[Record], person: int) -> int:
    """Count the rows of a table that name a person and were not put away."""
    row = unit.row(_counting(record), person=person)
    return 0 if row is None else int(row[0])


@functools.cache
def _naming(record: type[Record]) -> Select[Any]:
    table = table_of(record)
    return select(table).where(table.c.workspace_id == WORKSPACE, _named_in(record)).order_by(table.c.id)


@functools.cache
def _counting(record: type[Record]) -> Select[Any]:
    table = table_of(record)
    alive = table.c.archived_at.is_(None)
    return select(func.count(table.c.id)).where(table.c.workspace_id == WORKSPACE, alive, _named_in(record))


def _named_in(record: type[Record]) -> Any:
    return or_(*(table_of(record).c[name] == bindparam("person") for name in person_columns(record)))
