"""Search: which rows hold a text, newest first. What is shown of them, each subject asks for itself."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, func, select

from storage.columns import WORKSPACE
from storage.terms import TERM, folded, pairs_of, title_term
from storage.unit import Unit

LOOKED_AT: Final = 200
"""So many rows of a kind, the newest, are ranked; what is counted ends here, too."""
TERMS_OF_A_QUERY: Final = 8
"""More terms do not narrow it further."""


@dataclass(frozen=True, slots=True)
class Sought:
    """Hold what is searched for, taken apart once for all subjects."""

    text: str
    words: tuple[str, ...]
    """All of them must be there; folded."""
    terms: tuple[str, ...]
    """Empty where the text is too short to be found."""

    def is_in(self, *texts: str) -> bool:
        """Tell whether the words are there for certain: terms may stand apart."""
        whole = "\n".join(folded(text) for text in texts)
        return all(word in whole for word in self.words)


def sought(text: str) -> Sought:
    """Take a searched text apart."""
    pairs = sorted(pairs_of(text))
    step = max(1, len(pairs) // TERMS_OF_A_QUERY)
    return Sought(text, tuple(folded(text).split()), tuple(pairs[::step][:TERMS_OF_A_QUERY]))


_of_kind = (TERM.c.workspace_id == WORKSPACE, TERM.c.kind == bindparam("of_kind"))
_SIZE = select(func.count()).select_from(
    select(TERM.c.object_id).where(*_of_kind, TERM.c.term == bindparam("term")).limit(LOOKED_AT).subquery("counted")
)


def rows_with(unit: Unit, kind: str, wanted: Sought, *, most: int = LOOKED_AT) -> list[int]:
    """Give the ids of the rows of a kind that hold the text, newest first; archived ones too."""
    if not wanted.terms:
        return []
    sizes = {term: _size(unit, kind, term) for term in wanted.terms}
    rarest, *others = sorted(wanted.terms, key=lambda term: sizes[term])
    if sizes[rarest] == 0:
        return []
    values = {f"other_{number}": term for number, term in enumerate(others)}
    found = unit.rows(_matching(len(others)), of_kind=kind, term=rarest, most=most, **values)
    return [row[0] for row in found]


def rows_titled(unit: Unit, kind: str, wanted: Sought, *, most: int) -> list[int]:
    """Give the ids of the rows whose title is the text, newest first."""
    found = unit.rows(_matching(0), of_kind=kind, term=title_term(wanted.text), most=most)
    return [row[0] for row in found]


def _size(unit: Unit, kind: str, term: str) -> int:
    row = unit.row(_SIZE, of_kind=kind, term=term)
    return 0 if row is None else int(row[0])


@functools.cache
def _matching(others: int) -> Select[Any]:
    """Build the query that walks the rows of one term, newest first, and looks up the others in passing."""
    statement = select(TERM.c.object_id).where(*_of_kind, TERM.c.term == bindparam("term"))
    for number in range(others):
        other = TERM.alias()
        statement = statement.where(
            exists().where(
                other.c.workspace_id == WORKSPACE,
                other.c.term == bindparam(f"other_{number}"),
                other.c.kind == TERM.c.kind,
                other.c.object_id == TERM.c.object_id,
            )
        )
    return statement.order_by(TERM.c.object_id.desc()).limit(bindparam("most"))


def in_order(ids: Sequence[int], rows: Sequence[Any]) -> list[Any]:
    """Put rows into the order of their ids."""
    places = {id: place for place, id in enumerate(ids)}
    return sorted(rows, key=lambda row: places[row.id])
