"""Links of tasks: editions count up under one name, and are never given twice."""

from __future__ import annotations

from storage.links import NamedLink, editions_of, links_of, links_with, newest_edition
from storage.tasks import Task
from storage.workspaces import found_workspace
from tests.support.store import Desk


def add(desk: Desk, task: int, name: str, edition: int) -> NamedLink:
    return desk.write(
        lambda unit: unit.add(NamedLink, task_id=task, name=name, edition=edition, url=f"https://example.com/{edition}")
    )


def test_links_are_listed_newest_first_and_editions_are_not_given_twice(desk: Desk) -> None:
    task = desk.write(lambda unit: unit.add(Task, number=1, title="主图")).id
    add(desk, task, "主图", 1)
    second = add(desk, task, "主图", 2)
    other = add(desk, task, "详情页", 1)
    desk.write(lambda unit: unit.archive(second))
    shown = desk.read(lambda unit: links_of(unit, task))
    assert [(link.name, link.edition) for link in shown] == [("详情页", 1), ("主图", 1)]
    assert desk.read(lambda unit: newest_edition(unit, task, "主图")) == 2
    assert desk.read(lambda unit: newest_edition(unit, task, "海报")) == 0
    assert [each.edition for each in desk.read(lambda unit: editions_of(unit, task, "主图"))] == [1]
    found = desk.read(lambda unit: links_with(unit, [second.id, other.id]))
    assert [(number, link.name) for number, link in found] == [(1, "详情页")]


def test_other_workspace_has_no_such_links(desk: Desk) -> None:
    task = desk.write(lambda unit: unit.add(Task, number=1, title="主图")).id
    link = add(desk, task, "主图", 1)
    other = desk.write(lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    elsewhere = Desk(desk.store, other, desk.clock)
    assert elsewhere.read(lambda unit: links_of(unit, task)) == []
    assert elsewhere.read(lambda unit: links_with(unit, [link.id])) == []
