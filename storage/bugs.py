"""Defects: what is asked about them beyond what is asked about all tasks."""

from sqlalchemy import bindparam, func, select

from storage.columns import WORKSPACE
from storage.tasks import TASK
from storage.unit import Unit

_SEVERITIES = (
    select(TASK.c.severity, func.count())
    .where(
        TASK.c.workspace_id == WORKSPACE,
        TASK.c.project_id == bindparam("project"),
        TASK.c.is_open.is_(True),
        TASK.c.severity.is_not(None),
        TASK.c.archived_at.is_(None),
    )
    .group_by(TASK.c.severity)
)


def count_severities(unit: Unit, project: int) -> dict[int, int]:
    """Count the open defects of a project by severity; none that are not there."""
    return {severity: count for severity, count in unit.rows(_SEVERITIES, project=project)}
