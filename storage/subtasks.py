"""Tasks below tasks: who is whose part, how deep, how far; every question about the tree.

The tree is in `Task.parent_id`, so there is no table of its own. It is at most DEPTH levels
deep, which keeps every walk short.
"""

from typing import Final

from sqlalchemy import bindparam, func, select

from storage.columns import WORKSPACE
from storage.people import PERSON
from storage.tasks import LISTED, TASK, Listed, Task
from storage.unit import Unit

DEPTH: Final = 5
"""Levels of a tree, its top included."""

_mine = TASK.c.workspace_id == WORKSPACE
_alive = TASK.c.archived_at.is_(None)
_CHILDREN = (
    select(*LISTED)
    .outerjoin(PERSON, PERSON.c.id == TASK.c.owner_id)
    .where(_mine, TASK.c.parent_id == bindparam("parent"), _alive)
    .order_by(TASK.c.number)
    .limit(bindparam("most"))
)
_POSITION = select(func.count(TASK.c.id)).where(
    _mine, TASK.c.parent_id == bindparam("parent"), _alive, TASK.c.number <= bindparam("upto")
)
_PARTS = select(TASK).where(_mine, TASK.c.parent_id == bindparam("parent"), _alive).order_by(TASK.c.number)


def children_of(unit: Unit, parent: int, *, most: int) -> list[Listed]:
    """List the parts of a task, oldest first, finished ones too."""
    return [Listed(**dict(row._mapping)) for row in unit.rows(_CHILDREN, parent=parent, most=most)]


def parts_of(unit: Unit, parent: int) -> list[Task]:
    """Read the parts of a task, oldest first."""
    return unit.records(Task, _PARTS, parent=parent)


def all_below(unit: Unit, parent: int) -> list[Task]:
    """List all that is below a task, level by level."""
    found, level = [], [parent]
    while level:
        parts = [part for each in level for part in parts_of(unit, each)]
        found += parts
        level = [part.id for part in parts]
    return found


def height_of(unit: Unit, top: int) -> int:
    """Count the levels of the tree that a task is the top of; 1 when it has no parts."""
    height, level = 0, [top]
    while level and height <= DEPTH:
        level = [part.id for each in level for part in parts_of(unit, each)]
        height += 1
    return height


def lineage_of(unit: Unit, id: int) -> list[Task]:
    """List a task, what it is a part of, and so on up to the top, or as far as one may see."""
    found: list[Task] = []
    above = unit.get(Task, id)
    while above is not None and len(found) <= DEPTH:
        found.append(above)
        above = unit.get(Task, above.parent_id) if above.parent_id is not None else None
    return found


def code_of(unit: Unit, id: int) -> str:
    """Give the place in the tree, such as 8.1.2: T-8's first part's second part."""
    line = lineage_of(unit, id)
    if not line:
        return ""
    *parts, top = line
    places = [top.number]
    for part in reversed(parts):
        row = unit.row(_POSITION, parent=part.parent_id, upto=part.number)
        places.append(0 if row is None else int(row[0]))
    return ".".join(map(str, places))
