"""All that is stored about one person, from every table: what they may ask to see, and to take with them."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Select, bindparam, func, select

from storage.accounts import joined_to
from storage.audit import AUDIT, image
from storage.columns import WORKSPACE, Record
from storage.hints import HINT
from storage.mail import INBOX, OUTBOX
from storage.people import ALIAS, Person
from storage.unit import Unit
from storage.whose import count_naming, naming_people, rows_naming

Rows = list[dict[str, Any]]
_OTHERS: tuple[tuple[str, Select[Any]], ...] = tuple(
    (table.name, select(table).where(table.c.workspace_id == WORKSPACE, column == bindparam("person")).order_by(column))
    for table, column in (
        (ALIAS, ALIAS.c.person_id),
        (HINT, HINT.c.person_id),
        (INBOX, INBOX.c.person_id),
        (OUTBOX, OUTBOX.c.person_id),
        (AUDIT, AUDIT.c.actor_id),
    )
)
"""Tables that are not records: names, hints, what they said, what was written to them, what they caused."""
_SAID = select(func.count(INBOX.c.id)).where(
    INBOX.c.workspace_id == WORKSPACE, INBOX.c.person_id == bindparam("person")
)


def stored_about(unit: Unit, person: Person) -> dict[str, Rows]:
    """Give every row that names a person, as JSON, by its table; also rows that were put away."""
    people = [person, *joined_to(unit, person.id)]
    found: dict[str, Rows] = {"person": [_plain(each) for each in people]}
    for record in naming_people():
        found[str(record.__tablename__)] = [_plain(row) for row in _once(unit, record, people)]
    for name, statement in _OTHERS:
        rows = (row for each in people for row in unit.rows(statement, person=each.id))
        found[name] = [image(row._asdict()) for row in rows]
    return {kind: rows for kind, rows in found.items() if rows}


def counts_about(unit: Unit, person: Person) -> dict[str, int]:
    """Count by its table what names a person and was not put away; `inbox` is what they said."""
    found = {str(record.__tablename__): count_naming(unit, record, person.id) for record in naming_people()}
    said = unit.row(_SAID, person=person.id)
    found["inbox"] = int(said[0]) if said else 0
    return {kind: count for kind, count in found.items() if count}


def own_rows(unit: Unit, person: Person, *, most: int) -> list[Record]:
    """List the newest rows that tell of a person: accounts, settings, what they told."""
    found: list[Record] = []
    for record in naming_people():
        if record.__personal__:
            rows = [row for row in rows_naming(unit, record, person.id) if getattr(row, "person_id", None) == person.id]
            found += [row for row in rows if row.archived_at is None][-most:]
    return found


def _once(unit: Unit, record: type[Record], people: Sequence[Person]) -> Iterable[Record]:
    """Give the rows that name any of these, each once."""
    return {row.id: row for each in people for row in rows_naming(unit, record, each.id)}.values()


def _plain(row: Record) -> dict[str, Any]:
    return image(dict(row))
