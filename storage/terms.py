"""The index of words: which rows hold which two characters, so that 主图 is found in any text.

A record class that is searched names its columns in `__searched__`; the unit keeps the terms of
a row in the same transaction as the row (ADR 0005). The same table on every database; it can be
made anew from the rows at any time, and is not exported.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from typing import Final, cast

from sqlalchemy import Connection, Integer, Table, bindparam, column, select, table
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, Record, table_of
from storage.prepared import insert_many

TITLE_CHARS: Final = 40
"""A whole title of this length can be found at once; of a longer one its beginning."""
BATCH: Final = 2_000
_RUN = re.compile(r"\w+")


class Term(SQLModel, table=True):
    """One term of one row: two neighbouring characters, `#label`, or `=the whole title`."""

    __table_args__ = {"sqlite_with_rowid": False}
    workspace_id: int = Field(foreign_key="workspace.id", primary_key=True)
    term: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)
    """The table of the row."""
    object_id: int = Field(primary_key=True)


TERM = table_of(Term)
_INSERT = TERM.insert()
_DELETE = TERM.delete().where(
    TERM.c.workspace_id == WORKSPACE,
    TERM.c.term == bindparam("gone"),
    TERM.c.kind == bindparam("of_kind"),
    TERM.c.object_id == bindparam("object"),
)


_WORKSPACES: Final = select(column("id", Integer)).select_from(table("workspace"))


def folded(text: str) -> str:
    """Fold width and case, to match by."""
    return unicodedata.normalize("NFKC", text).casefold()


def label_term(label: str) -> str:
    """Give the term of a label."""
    return "#" + folded(label)


def title_term(title: str) -> str:
    """Give the term of a whole title."""
    return "=" + " ".join(folded(title).split())[:TITLE_CHARS]


def pairs_of(text: str) -> set[str]:
    """Give the pairs of neighbouring characters in the words of a text.

    >>> sorted(pairs_of("主图定稿 v2"))
    ['v2', '主图', '图定', '定稿']
    """
    return {run[at : at + 2] for run in _RUN.findall(folded(text)) for at in range(len(run) - 1)}


def terms_of(values: Mapping[str, object], columns: Collection[str]) -> set[str]:
    """Give the terms of a row: of its texts, of lists as labels, of its title also the whole."""
    terms: set[str] = set()
    for name in columns:
        value = values.get(name)
        if isinstance(value, str):
            terms |= pairs_of(value)
            terms |= {title_term(value)} if name == "title" else set()
        elif isinstance(value, list):
            for label in value:
                terms |= {label_term(str(label)), *pairs_of(str(label))}
    return terms


def keep_terms(
    connection: Connection, *, workspace: int, kind: str, id: int, before: set[str], after: set[str]
) -> None:
    """Bring the terms of one row up to date."""
    gone, new = before - after, after - before
    if gone:
        connection.execute(
            _DELETE, [{"workspace": workspace, "gone": term, "of_kind": kind, "object": id} for term in sorted(gone)]
        )
    if new:
        add_terms(connection, workspace, kind, [(id, new)])


def add_terms(connection: Connection, workspace: int, kind: str, rows: Iterable[tuple[int, Collection[str]]]) -> None:
    """Enter the terms of rows that have none yet."""
    found = [
        {"workspace_id": workspace, "term": term, "kind": kind, "object_id": id}
        for id, terms in rows
        for term in sorted(terms)
    ]
    if found:
        insert_many(connection, _INSERT, found)


def index_all(connection: Connection, workspace: int) -> None:
    """Make the index of a workspace that has none, as after an import."""
    for record in Record.__subclasses__():
        if not record.__searched__:
            continue
        rows_of: Table = table_of(record)
        columns = [rows_of.c[name] for name in record.__searched__]
        found = connection.execute(select(rows_of.c.id, *columns).where(rows_of.c.workspace_id == workspace))
        for rows in found.partitions(BATCH):
            entries = [(cast(int, row.id), terms_of(row._asdict(), record.__searched__)) for row in rows]
            add_terms(connection, workspace, rows_of.name, entries)


def index_missing(connection: Connection) -> None:
    """Make the index of each workspace that has none, as after an upgrade."""
    indexed = {row[0] for row in connection.execute(select(TERM.c.workspace_id).distinct())}
    for (workspace,) in connection.execute(_WORKSPACES).all():
        if workspace not in indexed:
            index_all(connection, workspace)
