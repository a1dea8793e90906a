"""Approvals: what is asked for, who may decide, and how each of them did; and from which amount on it takes two.

A vote counts for one edition: whatever changes what is asked for, or who decides, raises `edition`, and with it no vote
that was cast before counts. Votes and decisions are written by commands/decisions.py alone.
"""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar, Final, NamedTuple

from sqlalchemy import (
    BigInteger,
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Index,
    Integer,
    UniqueConstraint,
    bindparam,
    column,
    func,
    literal_column,
    or_,
    select,
)
from sqlmodel import Field

from storage.away import AWAY
from storage.columns import WORKSPACE, Record, confidential_column, confidential_index, one_of, table_of
from storage.unit import Unit

KINDS: Final = ("cost", "plan", "design", "price", "date", "scope", "purchase", "access", "custom")
MODES: Final = ("any", "all", "majority", "order")
"""Any one, all of them, more than half, or all of them one after the other."""
STATES: Final = ("pending", "approved", "rejected", "returned", "expired", "withdrawn")
CHOICES: Final = ("approve", "reject", "return")
LISTED: Final = 50
"""Approvals that one list reads at most."""


class Approval(Record, table=True):
    """Something that others must agree to before it is done."""

    __searched__ = ("title",)
    __everywhere__ = True
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index("ix_approval_state", "workspace_id", "state", "number"),
        Index("ix_approval_project", "workspace_id", "project_id", "state"),
        Index("ix_approval_kind", "workspace_id", "project_id", "kind", "number"),
        Index("ix_approval_requester", "workspace_id", "requester_id", "number"),
        Index(
            "ix_approval_task",
            "workspace_id",
            "task_id",
            "number",
            sqlite_where=column("task_id").is_not(None),
            postgresql_where=column("task_id").is_not(None),
        ),
        one_of("kind", KINDS),
        one_of("mode", MODES),
        one_of("state", STATES),
        CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
        CheckConstraint("amount_minor > 0", name="amount"),
        CheckConstraint("asked_minor > 0", name="asked"),
        CheckConstraint("(state = 'pending') = (closed_at IS NULL)", name="closed"),
        CheckConstraint("edition > 0 AND quorum > 0", name="counts"),
        confidential_index("approval"),
        Index(
            "ix_approval_task",
            "workspace_id",
            "task_id",
            "number",
            sqlite_where=column("task_id").is_not(None),
            postgresql_where=column("task_id").is_not(None),
        ),
    )
    number: int
    """What people write as A-7."""
    project_id: int | None = Field(default=None, foreign_key="project.id")
    task_id: int | None = Field(default=None, foreign_key="task.id")
    """The task that it is about, which waits for it."""
    requester_id: int = Field(foreign_key="person.id")
    editor_id: int = Field(foreign_key="person.id")
    """Who last said what is asked for; may decide on it no more than the requester."""
    kind: str
    """One of KINDS."""
    title: str
    """What is asked for, in the requester's words."""
    note: str | None = None
    """Why, and whatever helps to decide; the requester's words, too."""
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    """In minor units of `currency`: the amount that is decided on."""
    currency: str | None = None
    """An ISO code."""
    category: str | None = None
    """What it is spent on, as its requester said: one of CATEGORIES in storage/budgets.py."""
    asked_minor: int | None = Field(default=None, sa_type=BigInteger)
    """What was asked for, where an approver agrees to less; else None."""
    mode: str
    """One of MODES."""
    quorum: int
    """So many people must agree at least, as the limit was when it was asked."""
    edition: int = 1
    """Raised when what is asked for, or who decides, changes."""
    edited_at: datetime
    """When this edition began."""
    asked_at: datetime
    """From when on the approvers' time runs."""
    deadline_at: datetime | None = None
    """An instant; from then on nobody can decide."""
    state: str = "pending"
    """One of STATES."""
    ballots: int = 0
    """Votes ever cast; raised with each, so that two at once cannot both be the last."""
    closed_at: datetime | None = None
    closed_by: int | None = Field(default=None, foreign_key="person.id")
    """Who closed it; None for the clock."""
    closed_for: int | None = Field(default=None, foreign_key="person.id")
    """In whose place, where somebody stood in."""
    closed_on: str | None = None
    """The platform."""
    reason: str | None = None
    """Why it was rejected or sent back."""
    stage: int = 0
    """How often the clock came: reminded, reminded again, then handed on up to three times."""
    urged_at: datetime | None = None
    """When the requester last had the approvers reminded."""
    schedule_id: int | None = Field(default=None, foreign_key="schedule.id")
    """By which the clock comes for it."""
    is_confidential: bool = confidential_column()
    """Only those see it who ask or decide, who leads, and of money those who keep it."""

    @classmethod
    def own_to(cls, person: BindParameter[int]) -> ColumnElement[bool]:
        """Say which are a person's own: those that they asked for, or are to decide."""
        columns = table_of(cls).c
        signs = select(SIGNER.c.approval_id).where(
            SIGNER.c.workspace_id == WORKSPACE, SIGNER.c.person_id == person, SIGNER.c.archived_at.is_(None)
        )
        return or_(columns.requester_id == person, columns.id.in_(signs))

    @classmethod
    def shared_with(cls, person: BindParameter[int]) -> ColumnElement[bool]:
        """Say which a person sees even where they are confidential: also those in which they stand in for somebody."""
        absent = select(AWAY.c.person_id).where(
            AWAY.c.workspace_id == WORKSPACE,
            AWAY.c.delegate_id == person,
            AWAY.c.first_on <= bindparam("viewer_tomorrow"),
            AWAY.c.last_on >= bindparam("viewer_yesterday"),
            AWAY.c.is_over.is_(False),
            AWAY.c.archived_at.is_(None),
        )
        signs = select(SIGNER.c.approval_id).where(
            SIGNER.c.workspace_id == WORKSPACE, SIGNER.c.person_id.in_(absent), SIGNER.c.archived_at.is_(None)
        )
        return or_(cls.own_to(person), table_of(cls).c.id.in_(signs))


class Decided(NamedTuple):
    """An approval that somebody agreed to or rejected, as a list of the past shows it."""

    number: int
    title: str
    state: str
    amount_minor: int | None
    currency: str | None
    closed_by: int | None
    closed_at: datetime


class Signer(Record, table=True):
    """Somebody who is to decide, as it was when it was asked; archived when taken off."""

    __table_args__ = (
        Index("ix_signer_approval", "workspace_id", "approval_id"),
        Index("ix_signer_person", "workspace_id", "person_id", "archived_at"),
    )
    approval_id: int = Field(foreign_key="approval.id")
    person_id: int = Field(foreign_key="person.id")
    place: int
    """Their turn, where one follows the other."""
    stands_for_id: int | None = Field(default=None, foreign_key="person.id")
    """For whom the clock handed it on to them; None for a signer in their own right."""
    is_required: bool = Field(default=False, sa_column_kwargs={"server_default": literal_column("false")})
    """A route asks for them: without enough of these it is not agreed to, whoever else signs."""


class Vote(Record, table=True):
    """How somebody decided; kept for ever, archived when they took it back."""

    __once__: ClassVar[tuple[str, ...]] = ("approval_id", "edition")
    __table_args__ = (
        Index("ix_vote_approval", "workspace_id", "approval_id"),
        Index(
            "ix_vote_person",
            "workspace_id",
            "approval_id",
            "edition",
            "person_id",
            unique=True,
            sqlite_where=column("archived_at").is_(None),
            postgresql_where=column("archived_at").is_(None),
        ),
        one_of("choice", CHOICES),
    )
    approval_id: int = Field(foreign_key="approval.id")
    edition: int
    """What it counts for."""
    person_id: int = Field(foreign_key="person.id")
    """Who decided."""
    for_id: int = Field(foreign_key="person.id")
    """In whose place: the signer, which mostly are they themselves."""
    choice: str
    """One of CHOICES."""
    reason: str | None = None
    platform: str
    amount_minor: int | None = Field(default=None, sa_type=BigInteger)
    """What they agreed to, in minor units."""


class ApprovalLimit(Record, table=True):
    """From which amount on two people must agree: in a project, or everywhere."""

    __table_args__ = (UniqueConstraint("workspace_id", "project_id"),)
    project_id: int | None = Field(default=None, foreign_key="project.id")
    """None for everywhere."""
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str


APPROVAL = table_of(Approval)
SIGNER = table_of(Signer)
VOTE = table_of(Vote)
LIMIT = table_of(ApprovalLimit)
_mine = APPROVAL.c.workspace_id == WORKSPACE
_alive = APPROVAL.c.archived_at.is_(None)
_pending = APPROVAL.c.state == "pending"
_BY_NUMBER = select(APPROVAL).where(_mine, APPROVAL.c.number == bindparam("of_number"))
_SIGNERS = (
    select(SIGNER)
    .where(SIGNER.c.workspace_id == WORKSPACE, SIGNER.c.approval_id == bindparam("of"), SIGNER.c.archived_at.is_(None))
    .order_by(SIGNER.c.place, SIGNER.c.id)
)
_VOTES = (
    select(VOTE)
    .where(VOTE.c.workspace_id == WORKSPACE, VOTE.c.approval_id == bindparam("of"), VOTE.c.archived_at.is_(None))
    .order_by(VOTE.c.id)
)
_TO_DECIDE = (
    select(APPROVAL)
    .where(
        _mine,
        _alive,
        _pending,
        APPROVAL.c.id.in_(
            select(SIGNER.c.approval_id).where(
                SIGNER.c.workspace_id == WORKSPACE,
                SIGNER.c.person_id.in_(bindparam("people", expanding=True)),
                SIGNER.c.archived_at.is_(None),
            )
        ),
    )
    .order_by(APPROVAL.c.number)
    .limit(bindparam("most"))
)
_ASKED = (
    select(APPROVAL)
    .where(_mine, _alive, APPROVAL.c.requester_id == bindparam("person"), APPROVAL.c.state != "withdrawn")
    .order_by(APPROVAL.c.number.desc())
    .limit(bindparam("most"))
)
_OF_PROJECT = (
    select(APPROVAL)
    .where(_mine, _alive, _pending, APPROVAL.c.project_id == bindparam("project"))
    .order_by(APPROVAL.c.number)
    .limit(bindparam("most"))
)
_DECIDED = (
    select(*(APPROVAL.c[name] for name in Decided._fields))
    .where(
        _mine,
        _alive,
        APPROVAL.c.project_id == bindparam("project"),
        APPROVAL.c.kind == bindparam("of_kind"),
        APPROVAL.c.state.in_(("approved", "rejected")),
        APPROVAL.c.id != bindparam("but"),
    )
    .order_by(APPROVAL.c.number.desc())
    .limit(LISTED)
)
_SUM = select(func.sum(APPROVAL.c.amount_minor)).where(
    _mine,
    _alive,
    APPROVAL.c.requester_id == bindparam("person"),
    APPROVAL.c.state.in_(("pending", "approved")),
    APPROVAL.c.currency == bindparam("of_currency"),
    APPROVAL.c.created_at > bindparam("since"),
    APPROVAL.c.id != bindparam("but"),
)
_ABOUT = select(APPROVAL).where(_mine, _alive, APPROVAL.c.task_id == bindparam("task"))
_LIMIT_OF = select(LIMIT).where(
    LIMIT.c.workspace_id == WORKSPACE, LIMIT.c.project_id.is_not_distinct_from(bindparam("project", type_=Integer))
)
_LIMITS = select(LIMIT).where(LIMIT.c.workspace_id == WORKSPACE, LIMIT.c.archived_at.is_(None))


def approval_numbered(unit: Unit, number: int) -> Approval | None:
    """Find an approval by the number of its ref, archived or not."""
    return unit.record(Approval, _BY_NUMBER, of_number=number)


def signers_of(unit: Unit, approval: int) -> list[Signer]:
    """List who is to decide, in their order, each with those who stand in for them."""
    return unit.records(Signer, _SIGNERS, of=approval)


def votes_of(unit: Unit, approval: int) -> list[Vote]:
    """List the votes that were not taken back, of every edition, the oldest first."""
    return unit.records(Vote, _VOTES, of=approval)


def pending_of(unit: Unit, people: Collection[int], *, most: int = LISTED) -> list[Approval]:
    """List what is open and signed by one of these people, oldest first."""
    return unit.records(Approval, _TO_DECIDE, people=list(people), most=most) if people else []


def asked_by(unit: Unit, person: int, *, most: int) -> list[Approval]:
    """List what somebody asked for, the newest first, but for what they withdrew."""
    return unit.records(Approval, _ASKED, person=person, most=most)


def pending_in(unit: Unit, project: int, *, most: int) -> list[Approval]:
    """List what is open in a project, the oldest first."""
    return unit.records(Approval, _OF_PROJECT, project=project, most=most)


def decided_in(unit: Unit, project: int, kind: str, *, but: int) -> list[Decided]:
    """List what of one kind was agreed to or rejected in a project, the newest first.

    LISTED at most.
    """
    return [Decided(*row) for row in unit.rows(_DECIDED, project=project, of_kind=kind, but=but)]


def asked_since(unit: Unit, person: int, currency: str, *, since: datetime, but: int = 0) -> int:
    """Add up what somebody asked for since an instant, open or agreed to, in minor units."""
    row = unit.row(_SUM, person=person, of_currency=currency, since=since, but=but)
    return int(row[0] or 0) if row is not None else 0


def approvals_about(unit: Unit, task: int) -> list[Approval]:
    """List what was ever asked for a task, but for what was put away."""
    return unit.records(Approval, _ABOUT, task=task)


def limit_row(unit: Unit, project: int | None) -> ApprovalLimit | None:
    """Find the one row of a place's limit, archived where none holds; None: everywhere."""
    return unit.record(ApprovalLimit, _LIMIT_OF, project=project)


def limits(unit: Unit) -> dict[int | None, ApprovalLimit]:
    """Give the limits by project; under None the one for everywhere."""
    return {each.project_id: each for each in unit.records(ApprovalLimit, _LIMITS)}
