"""What is confidential is read by those in it alone, on every database; where nothing is, nothing is narrowed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from commands.core.access import rights_of, sight, sight_aloud, sight_of_all
from storage.approvals import APPROVAL, Approval, Signer
from storage.audit import newest_traces
from storage.away import Away
from storage.chats import Chat, Project, open_chat
from storage.columns import WORKSPACE
from storage.confidential import holds_secrets
from storage.participants import Participant
from storage.people import Person, add_person
from storage.roles import give_role
from storage.search import rows_with, sought
from storage.tasks import COMMENT, TASK, Comment, Task, counts_of
from storage.unit import Unit
from tests.support.store import Desk

pytestmark = pytest.mark.slow

GUARDED = (Task, Approval)
_TASKS = select(TASK.c.title).where(TASK.c.workspace_id == WORKSPACE).order_by(TASK.c.id)
_APPROVALS = select(APPROVAL.c.title).where(APPROVAL.c.workspace_id == WORKSPACE).order_by(APPROVAL.c.id)
_COMMENTS = select(func.count(COMMENT.c.id)).where(COMMENT.c.workspace_id == WORKSPACE)


@dataclass(frozen=True)
class Made:
    people: dict[str, int]
    chat: int
    closed: int
    """The project that is confidential."""


@pytest.fixture
def made(desk: Desk) -> Made:
    """Make in each project an open task and a confidential one; approvals with an amount and without."""

    def work(unit: Unit) -> Made:
        roles = {"admin": "admin", "lead": "lead", "finance": "finance"}
        names = ("admin", "lead", "finance", "owner", "follower", "within", "shut", "other", "deputy", "signer")
        people = {name: add_person(unit, name=name, role=roles.get(name, "member")).id for name in names}
        closed = unit.add(Project, name="closed", is_confidential=True).id
        place = {"platform": "memory", "app": "a", "tenant": "t", "kind": "group", "title": "open"}
        chat = open_chat(unit, project_name="open", native="c", **place)
        give_role(unit, project=closed, person=people["within"], role="member")
        give_role(unit, project=closed, person=people["shut"], role="guest")
        numbers = iter(range(1, 9))
        for project, title in ((chat.project_id, "open"), (closed, "closed")):
            for suffix, is_confidential in (("", False), (" secret", True)):
                task = unit.add(
                    Task, number=next(numbers), title=title + suffix, project_id=project,
                    owner_id=people["owner"] if is_confidential else None, is_confidential=is_confidential,
                )  # fmt: skip
                unit.add(Comment, task_id=task.id, text="said")
                if is_confidential:
                    unit.add(Participant, task_id=task.id, person_id=people["follower"], part="follower")
        for number, title, money in ((1, "plan", {}), (2, "cost", {"amount_minor": 100, "currency": "CNY"})):
            approval = unit.add(
                Approval, number=number, title=title, project_id=chat.project_id, requester_id=people["owner"],
                editor_id=people["owner"], kind="plan", mode="any", quorum=1, edited_at=unit.now, asked_at=unit.now,
                is_confidential=True, **money,
            )  # fmt: skip
            unit.add(Signer, approval_id=approval.id, person_id=people["signer"], place=1)
        today = unit.now.date()
        unit.add(
            Away, number=1, person_id=people["signer"], delegate_id=people["deputy"], first_on=today,
            last_on=today + timedelta(days=2), zone="UTC",
        )  # fmt: skip
        return Made(people, chat.id, closed)

    return desk.write(work)


def titles(unit: Unit, made: Made, name: str) -> tuple[list[str], list[str]]:
    person = unit.must_get(Person, made.people[name])
    with unit.seen_as(sight(rights_of(unit, person, here=None), GUARDED)):
        return [row.title for row in unit.rows(_TASKS)], [row.title for row in unit.rows(_APPROVALS)]


ALL = ["open", "open secret", "closed", "closed secret"]


@pytest.mark.parametrize(
    ("name", "tasks", "approvals"),
    [
        ("admin", ALL, ["plan", "cost"]),
        ("lead", ["open", "open secret"], ["plan", "cost"]),
        ("finance", ["open"], ["cost"]),
        ("owner", ["open", "open secret", "closed secret"], ["plan", "cost"]),
        ("follower", ["open", "open secret", "closed secret"], []),
        ("within", ["open", "closed"], []),
        ("shut", ["open"], []),
        ("other", ["open"], []),
        ("signer", ["open"], ["plan", "cost"]),
        ("deputy", ["open"], ["plan", "cost"]),
    ],
)
def test_each_sees_what_they_have_a_part_in(
    desk: Desk, made: Made, name: str, tasks: list[str], approvals: list[str]
) -> None:
    assert desk.read(lambda unit: titles(unit, made, name)) == (tasks, approvals)


def test_who_stands_in_sees_it_while_they_do(desk: Desk, made: Made) -> None:
    desk.clock.advance(timedelta(days=9))
    assert desk.read(lambda unit: titles(unit, made, "deputy"))[1] == []


def test_aloud_it_is_not_there_nor_counted_but_what_the_group_is_for(desk: Desk, made: Made) -> None:
    def look(unit: Unit) -> None:
        chat = unit.must_get(Chat, made.chat)
        with unit.seen_as(sight_of_all(unit, GUARDED, chat)):
            assert [row.title for row in unit.rows(_TASKS)] == ["open"]
            assert unit.rows(_COMMENTS)[0][0] == 1
            assert counts_of(unit, chat.project_id or 0).open == 1
            assert unit.get(Project, made.closed) is None
        admin = unit.must_get(Person, made.people["admin"])
        with unit.seen_as(sight_aloud(rights_of(unit, admin, here=None), GUARDED, chat)):
            assert [row.title for row in unit.rows(_TASKS)] == ["open"]
        theirs = unit.change(chat, project_id=made.closed)
        with unit.seen_as(sight_of_all(unit, GUARDED, theirs)):
            assert [row.title for row in unit.rows(_TASKS)] == ["open", "closed"]
            assert unit.get(Project, made.closed) is not None

    desk.write(look)


def test_the_trail_and_the_index_of_words_are_narrowed_with_it(desk: Desk, made: Made) -> None:
    def look(unit: Unit) -> list[tuple[int, int]]:
        found = []
        for name in ("admin", "other"):
            person = unit.must_get(Person, made.people[name])
            with unit.seen_as(sight(rights_of(unit, person, here=None), GUARDED)):
                traces = [each for each in newest_traces(unit, most=500) if each.kind in ("task", "comment", "signer")]
                found.append((len(rows_with(unit, "task", sought("secret"))), len(traces)))
        return found

    assert desk.read(look) == [(2, 10), (0, 2)]


def test_where_nothing_is_confidential_no_read_is_narrowed(desk: Desk, made: Made) -> None:
    def look(unit: Unit) -> tuple[bool, object]:
        other = unit.must_get(Person, made.people["other"])
        return holds_secrets(unit), sight(rights_of(unit, other, here=None), GUARDED)

    assert desk.read(look)[0] is True

    def lift(unit: Unit) -> None:
        for record, ids in ((Task, (2, 4)), (Approval, (1, 2)), (Project, (made.closed,))):
            for id in ids:
                assert holds_secrets(unit)
                unit.change(unit.must_get(record, id), is_confidential=False)

    desk.write(lift)
    assert desk.read(look) == (False, None)


def test_who_lifts_all_that_they_see_lifts_not_what_they_do_not(desk: Desk, made: Made) -> None:
    def work(unit: Unit) -> bool:
        owner = unit.must_get(Person, made.people["owner"])
        unit.add(Task, number=9, title="another's", is_confidential=True)
        unit.change(unit.must_get(Project, made.closed), is_confidential=False)
        with unit.seen_as(sight(rights_of(unit, owner, here=None), GUARDED)):
            for record, ids in ((Task, (2, 4)), (Approval, (1, 2))):
                for id in ids:
                    unit.change(unit.must_get(record, id), is_confidential=False)
            return holds_secrets(unit)

    assert desk.write(work)


def test_the_first_confidential_row_counts_in_the_transaction_that_writes_it(desk: Desk) -> None:
    def work(unit: Unit) -> list[bool]:
        before = holds_secrets(unit)
        task = unit.add(Task, number=1, title="x")
        unit.change(task, is_confidential=True)
        return [before, holds_secrets(unit)]

    assert desk.write(work) == [False, True]
