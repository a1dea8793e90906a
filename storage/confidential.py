"""Whether anything is confidential at all: where nothing is, no read is narrowed for it, and it costs nothing."""

from typing import Any

from sqlalchemy import Table, exists, or_, select

from storage.approvals import APPROVAL
from storage.chats import PROJECT
from storage.columns import WORKSPACE, is_confidential
from storage.tasks import TASK
from storage.unit import Unit


def _any(table: Table) -> Any:
    return exists(select(table.c.id).where(table.c.workspace_id == WORKSPACE, is_confidential(table.c)).limit(1))


_ANY = select(or_(_any(TASK), _any(PROJECT), _any(APPROVAL)).label("is_any"))


def holds_secrets(unit: Unit) -> bool:
    """Tell whether anything is confidential, put away or not; asked once in a transaction."""
    if unit.holds_secrets is None:
        with unit.unbounded():  # what this person may not see counts above all
            row = unit.row(_ANY)
        unit.holds_secrets = row is not None and bool(row.is_any)
    return unit.holds_secrets
