"""What people were hinted at, so that it is not said again and again. Not audited: nothing follows from it."""

from datetime import date

from sqlalchemy import bindparam, select
from sqlmodel import Field, SQLModel

from storage.columns import WORKSPACE, table_of
from storage.unit import Unit


class Hint(SQLModel, table=True):
    """The last hint that one person was given."""

    person_id: int = Field(primary_key=True, foreign_key="person.id")
    workspace_id: int = Field(foreign_key="workspace.id")
    given_on: date | None = None
    """The person's local day."""
    is_off: bool = False
    """True where they want none."""


HINT = table_of(Hint)
_OF = select(HINT).where(HINT.c.workspace_id == WORKSPACE, HINT.c.person_id == bindparam("person"))
_FIRST = HINT.insert().values(
    workspace_id=WORKSPACE, person_id=bindparam("person"), given_on=bindparam("as_day"), is_off=bindparam("as_off")
)
_NOTE = (
    HINT.update()
    .where(HINT.c.workspace_id == WORKSPACE, HINT.c.person_id == bindparam("person"))
    .values(given_on=bindparam("as_day"), is_off=bindparam("as_off"))
)


def hint_of(unit: Unit, person: int) -> Hint | None:
    """Read the last hint that a person was given; None before the first."""
    row = unit.row(_OF, person=person)
    return None if row is None else Hint.model_construct(**dict(row._mapping))


def note_hint(unit: Unit, person: int, *, given_on: date | None, is_off: bool = False) -> None:
    """Remember that a hint was given on a local day, or that none is wanted."""
    if not unit.do(_NOTE, person=person, as_day=given_on, as_off=is_off):
        unit.do(_FIRST, person=person, as_day=given_on, as_off=is_off)
