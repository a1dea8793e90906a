"""Risks: what may go wrong, how likely and how bad that is, how it was assessed before, and what was proposed.

A risk is open until it is closed or has happened. Its score is probability times impact, 1 to 25, and is kept beside
them for the order of lists. Days are local days of whoever looks after it.
"""

import functools
from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import JSON, ColumnElement, Index, Select, UniqueConstraint, bindparam, case, column, func, or_, select
from sqlmodel import Field

from storage.columns import WORKSPACE, Record, table_of
from storage.unit import Unit

Which = Literal["open", "due", "closed", "all"]
"""`due`: open, and its review day has come."""


class Risk(Record, table=True):
    """Something that may go wrong."""

    __searched__ = ("title", "plan", "labels")
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_risk_project", "workspace_id", "project_id", "is_open", "score"),
        Index("ix_risk_owner", "workspace_id", "owner_id", "is_open", "score"),
        Index(
            "ix_risk_review",
            "workspace_id",
            "review_on",
            sqlite_where=column("review_on").is_not(None),
            postgresql_where=column("review_on").is_not(None),
        ),
        Index(
            "ix_risk_issue",
            "workspace_id",
            "issue_id",
            sqlite_where=column("issue_id").is_not(None),
            postgresql_where=column("issue_id").is_not(None),
        ),
        Index(
            "ix_risk_task",
            "workspace_id",
            "task_id",
            sqlite_where=column("task_id").is_not(None),
            postgresql_where=column("task_id").is_not(None),
        ),
    )
    number: int
    """What people write as R-3."""
    project_id: int | None = Field(default=None, foreign_key="project.id")
    title: str
    category: str | None = None
    """One of CATEGORIES in commands/grammar/risk.py."""
    labels: list[str] = Field(default_factory=list, sa_type=JSON)
    probability: int
    """1 rare to 5 almost certain."""
    impact: int
    """1 negligible to 5 severe."""
    score: int
    """Their product."""
    score_before: int | None = None
    """The score of the assessment before the last one; None while there was only one."""
    strategy: str | None = None
    """`avoid`, `mitigate`, `transfer` or `accept`."""
    plan: str | None = None
    """Plan B: what is done if it happens."""
    plan_when: str | None = None
    """What sets plan B off."""
    owner_id: int | None = Field(default=None, foreign_key="person.id")
    creator_id: int | None = Field(default=None, foreign_key="person.id")
    is_open: bool = True
    assessed_at: datetime
    """When somebody last said how it stands, be it unchanged."""
    assessed_by: int | None = Field(default=None, foreign_key="person.id")
    review_on: date | None = None
    """The day on which it is to be looked at again."""
    review_days: int | None = None
    """So many days the review day was chosen ahead: the rhythm in which the next ones follow."""
    asked_on: date | None = None
    """The review day for which its owner was asked."""
    closed_at: datetime | None = None
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    closed_for: str | None = None
    """Why it was closed; None where it happened."""
    task_id: int | None = Field(default=None, foreign_key="task.id")
    """The task that it threatens."""
    issue_id: int | None = Field(default=None, foreign_key="task.id")
    """The task that it became when it happened."""


class Assessment(Record, table=True):
    """How a risk was assessed at one moment; none is ever changed."""

    __table_args__ = (Index("ix_assessment_risk", "workspace_id", "risk_id", "id"),)
    risk_id: int = Field(foreign_key="risk.id")
    probability: int
    impact: int
    score: int
    note: str | None = None
    author_id: int | None = Field(default=None, foreign_key="person.id")


class Proposal(Record, table=True):
    """Somebody was asked whether what holds a task up is a risk: once for each cause."""

    __table_args__ = (
        Index("ix_proposal_task", "workspace_id", "task_id"),
        Index(
            "ix_proposal_muted",
            "workspace_id",
            "muted_until",
            sqlite_where=column("muted_until").is_not(None),
            postgresql_where=column("muted_until").is_not(None),
        ),
    )
    task_id: int = Field(foreign_key="task.id")
    cause: str
    """`late`, or `blocked: ` and the reason."""
    person_id: int = Field(foreign_key="person.id")
    """Who was asked."""
    muted_until: datetime | None = None
    """When it is proposed again if nothing has changed; None: not again."""


RISK = table_of(Risk)
ASSESSMENT = table_of(Assessment)
PROPOSAL = table_of(Proposal)
_mine = RISK.c.workspace_id == WORKSPACE
_alive = RISK.c.archived_at.is_(None)
_WHICH: dict[Which, tuple[ColumnElement[bool], ...]] = {
    "open": (RISK.c.is_open.is_(True),),
    "due": (RISK.c.is_open.is_(True), RISK.c.review_on <= bindparam("today")),
    "closed": (RISK.c.is_open.is_(False),),
    "all": (),
}
_BY_NUMBER = select(RISK).where(_mine, RISK.c.number == bindparam("of_number"))
_WITH_IDS = select(RISK).where(_mine, _alive, RISK.c.id.in_(bindparam("ids", expanding=True)))
_OF_TASK = select(RISK).where(_mine, _alive, RISK.c.task_id == bindparam("task"), RISK.c.is_open.is_(True))
_OF_ISSUE = select(RISK).where(_mine, _alive, RISK.c.issue_id == bindparam("issue"))
_LEVELS = (
    select(RISK.c.score, func.count())
    .where(_mine, _alive, RISK.c.project_id == bindparam("project"), RISK.c.is_open.is_(True))
    .group_by(RISK.c.score)
)
_keeper = func.coalesce(RISK.c.owner_id, RISK.c.creator_id)
_UNASKED = (
    _mine,
    _alive,
    RISK.c.is_open.is_(True),
    RISK.c.review_on.is_not(None),
    or_(RISK.c.asked_on.is_(None), RISK.c.asked_on < RISK.c.review_on),
)
_TO_ASK = (
    select(RISK)
    .where(*_UNASKED, RISK.c.review_on <= bindparam("today"), _keeper.in_(bindparam("people", expanding=True)))
    .order_by(RISK.c.score.desc(), RISK.c.id)
)
_ANY_TO_ASK = select(RISK.c.id).where(*_UNASKED).limit(1)
_HISTORY = (
    select(ASSESSMENT)
    .where(
        ASSESSMENT.c.workspace_id == WORKSPACE,
        ASSESSMENT.c.risk_id == bindparam("risk"),
        ASSESSMENT.c.archived_at.is_(None),
    )
    .order_by(ASSESSMENT.c.id.desc())
    .limit(bindparam("most"))
)
_proposed = (PROPOSAL.c.workspace_id == WORKSPACE, PROPOSAL.c.archived_at.is_(None))
_PROPOSALS = select(PROPOSAL).where(*_proposed, PROPOSAL.c.task_id == bindparam("task")).order_by(PROPOSAL.c.id)
_AGAIN = (
    select(PROPOSAL)
    .where(
        *_proposed,
        PROPOSAL.c.muted_until <= bindparam("now"),
        PROPOSAL.c.person_id.in_(bindparam("people", expanding=True)),
    )
    .order_by(PROPOSAL.c.id)
)
_ANY_MUTED = select(PROPOSAL.c.id).where(*_proposed, PROPOSAL.c.muted_until.is_not(None)).limit(1)


def risk_numbered(unit: Unit, number: int) -> Risk | None:
    """Find a risk by the number of its ref, archived or not."""
    return unit.record(Risk, _BY_NUMBER, of_number=number)


def risks_with(unit: Unit, ids: Sequence[int]) -> list[Risk]:
    """Read risks by id, in no order."""
    return unit.records(Risk, _WITH_IDS, ids=list(ids)) if ids else []


def list_risks(
    unit: Unit, *, project: int | None = None, owner: int | None = None, which: Which = "open", today: date, most: int
) -> list[Risk]:
    """List the risks of a project, a person or both: open ones first, then by score."""
    given = {"of_project": project, "of_owner": owner, "today": today if which == "due" else None}
    values = {name: value for name, value in given.items() if value is not None}
    return unit.records(Risk, _listing(frozenset(values), which), most=most, **values)


@functools.cache
def _listing(named: frozenset[str], which: Which) -> Select[Any]:
    columns = {"of_project": RISK.c.project_id, "of_owner": RISK.c.owner_id}
    whose = [column == bindparam(name) for name, column in columns.items() if name in named]
    order = (case((RISK.c.is_open.is_(True), 0), else_=1), RISK.c.score.desc(), RISK.c.number.desc())
    return select(RISK).where(_mine, _alive, *whose, *_WHICH[which]).order_by(*order).limit(bindparam("most"))


def risk_of_task(unit: Unit, task: int) -> Risk | None:
    """Find an open risk that threatens a task."""
    return unit.record(Risk, _OF_TASK, task=task)


def risks_naming(unit: Unit, task: int) -> list[Risk]:
    """List the risks whose cards name a task: it is threatened, or is what happened."""
    found = [*unit.records(Risk, _OF_TASK, task=task), *unit.records(Risk, _OF_ISSUE, issue=task)]
    return list({each.id: each for each in found}.values())


def risk_of_issue(unit: Unit, issue: int) -> Risk | None:
    """Find the risk that became a task."""
    return unit.record(Risk, _OF_ISSUE, issue=issue)


def count_scores(unit: Unit, project: int) -> dict[int, int]:
    """Count the open risks of a project by score; none that are not there."""
    return {score: count for score, count in unit.rows(_LEVELS, project=project)}


def history_of(unit: Unit, risk: int, *, most: int) -> list[Assessment]:
    """List how a risk was assessed, newest first."""
    return unit.records(Assessment, _HISTORY, risk=risk, most=most)


def risks_to_ask(unit: Unit, people: Collection[int], *, today: date) -> list[Risk]:
    """List the risks that people are to be asked of now, also those that are nobody's."""
    return unit.records(Risk, _TO_ASK, people=list(people), today=today)


def is_anything_coming(unit: Unit) -> bool:
    """Tell whether any review is to come, or any proposal that was put off."""
    return unit.row(_ANY_TO_ASK) is not None or unit.row(_ANY_MUTED) is not None


def proposals_on(unit: Unit, task: int) -> list[Proposal]:
    """List what was proposed on a task, in order."""
    return unit.records(Proposal, _PROPOSALS, task=task)


def proposals_again(unit: Unit, people: Collection[int]) -> list[Proposal]:
    """List the proposals to people that were put off until now."""
    return unit.records(Proposal, _AGAIN, people=list(people), now=unit.now)
