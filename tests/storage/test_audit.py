"""The trail is complete: played forward it gives the rows, played backward every earlier state."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, select

from storage.audit import AUDIT, restored
from storage.columns import WORKSPACE
from storage.tasks import TASK, Task
from storage.unit import Unit
from storage.workspaces import found_workspace
from tests.support.store import WEDNESDAY, Desk

ALL_TRACES = select(AUDIT).where(AUDIT.c.workspace_id == WORKSPACE).order_by(AUDIT.c.id)
ALL_TASKS = select(TASK).where(TASK.c.workspace_id == WORKSPACE, TASK.c.id > bindparam("after")).order_by(TASK.c.id)
KEPT_BY_THE_UNIT = {"id", "workspace_id", "version", "created_at", "updated_at"}

instants = st.integers(0, 10**9).map(lambda us: WEDNESDAY + timedelta(microseconds=us * 1_000_003))
values = st.fixed_dictionaries(
    {},
    optional={
        "title": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12),
        "status": st.sampled_from(["todo", "doing", "done"]),
        "is_open": st.booleans(),
        "labels": st.lists(st.sampled_from(["双11", "urgent", ""]), max_size=2),
        "estimate_minutes": st.none() | st.integers(0, 10_000),
        "due_on": st.none() | st.dates(date(2020, 1, 1), date(2030, 1, 1)),
        "due_by": st.none() | instants,
    },
)
step = st.tuples(st.sampled_from(["add", "change", "archive", "restore"]), st.integers(0, 3), values)


def play(unit: Unit, steps: list[tuple[str, int, dict[str, Any]]]) -> list[dict[int, dict[str, Any]]]:
    """Write as told, and give the state of all tasks after each write."""
    tasks: list[Task] = []
    states: list[dict[int, dict[str, Any]]] = []
    for action, which, given_values in steps:
        if action == "add" or not tasks:
            task = unit.add(Task, **{"number": len(tasks) + 1, "title": "t", **given_values})
            tasks.append(task)
        else:
            at = which % len(tasks)
            if action == "change":
                tasks[at] = unit.change(tasks[at], **given_values)
            elif action == "archive":
                tasks[at] = unit.archive(tasks[at])
            else:
                tasks[at] = unit.restore(tasks[at], archived_at=None, **given_values)
        states.append({task.id: task.model_dump(exclude=KEPT_BY_THE_UNIT) for task in tasks})
    return states


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(step, min_size=1, max_size=12))
def test_audit_gives_every_state_that_there_was(desk: Desk, steps: list[tuple[str, int, dict[str, Any]]]) -> None:
    workspace = desk.write(
        lambda unit: found_workspace(unit, name=str(unit.now), language="zh", timezone="Asia/Shanghai")
    )
    desk.clock.advance(timedelta(seconds=1))
    states = desk.store.write_now(workspace, lambda unit: play(unit, steps))
    rows = desk.store.read_now(workspace, lambda unit: unit.records(Task, ALL_TASKS, after=0))
    traces = desk.store.read_now(workspace, lambda unit: unit.rows(ALL_TRACES))

    assert {row.id: row.model_dump(exclude=KEPT_BY_THE_UNIT) for row in rows} == states[-1]

    blank = {
        name: field.get_default(call_default_factory=True, validated_data={})
        for name, field in Task.model_fields.items()
        if not field.is_required()
    }
    replayed: dict[int, dict[str, Any]] = {}
    passed: list[dict[int, dict[str, Any]]] = [{}]
    for trace in traces:
        was = replayed.get(trace.object_id, blank)
        replayed = {**replayed, trace.object_id: {**was, **restored(Task, trace.after)}}
        passed.append(replayed)
    assert replayed == states[-1]
    assert all(state in passed for state in states)

    for trace, earlier in zip(reversed(traces), reversed(passed[:-1]), strict=True):
        if trace.action != "add":
            back = {**replayed[trace.object_id], **restored(Task, trace.before)}
            assert back == earlier[trace.object_id]
        replayed = earlier
    assert [trace.version for trace in traces if trace.object_id == rows[0].id] == list(range(1, rows[0].version + 1))
