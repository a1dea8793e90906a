"""An office where approvals are asked for and decided: each act is a transaction of its own, as in dispatch.

Nothing is said and nothing sent here: it calls what decides, and knows what a person would be told.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from commands import decisions
from commands.core.access import rights_of
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import ByPerson, Call
from commands.core.reply import Line, Who
from commands.decisions import Choice, Shown
from commands.grammar.money import Money
from storage.approvals import APPROVAL, Approval, Signer, Vote, approval_numbered, votes_of
from storage.audit import AUDIT
from storage.away import Away
from storage.budgets import BudgetLine
from storage.chats import Project, chat_at, open_chat
from storage.columns import WORKSPACE
from storage.people import Person, add_account, add_person
from storage.store import Store
from storage.unit import Unit
from tests.support.house import shipped
from tests.support.store import HandClock

AMOUNT = Money(3_000_000, "CNY")
LESS = Money(2_000_000, "CNY")
HOUR = timedelta(hours=1)
PLACE = {"platform": "memory", "app": "test", "tenant": "test", "native": "room"}
PEOPLE = {"Ria": "member", "Ann": "lead", "Bob": "lead", "Kate": "finance", "Dan": "member", "Zoe": "member"}
"""Ria asks; Ann and Bob decide; Zoe has no part in it."""
SHOWN = Shown()
CATEGORY = "marketing"
_AGREED = select(func.sum(APPROVAL.c.amount_minor)).where(
    APPROVAL.c.workspace_id == WORKSPACE, APPROVAL.c.state == "approved"
)
_TRAIL = (
    select(AUDIT.c.after)
    .where(AUDIT.c.workspace_id == WORKSPACE, AUDIT.c.kind == "approval", AUDIT.c.object_id == bindparam("approval"))
    .where(AUDIT.c.action != "add")
    .order_by(AUDIT.c.id)
)


@dataclass
class Office:
    """A store with people and approvals, in which each act is a transaction of its own."""

    store: Store
    workspace: int
    clock: HandClock
    ids: dict[str, int] = field(default_factory=dict)
    count: int = 0
    reacts: bool = False
    """True to have other subjects react to what is decided, as in dispatch."""
    place: Mapping[str, str] = field(default_factory=lambda: PLACE)
    """The chat in which all is said."""
    line: int | None = None
    """The budget line on which all counts that is asked for."""
    project: int | None = None

    def write(self, work: Callable[[Unit], Any]) -> Any:
        return self.store.write_now(self.workspace, work)

    def context(
        self, unit: Unit, who: str | int, *, sent_at: datetime | None = None, project: int | None = None
    ) -> Context:
        """Have somebody act, with the rights of this moment."""
        id = self.ids[who] if isinstance(who, str) else who
        unit.actor, unit.call = id, f"{id:032x}"
        chat = chat_at(unit, **self.place)
        assert chat is not None
        return Context(
            unit=unit,
            registry=shipped()[0],
            words=shipped()[1]["en"],
            zone=ZoneInfo("UTC"),
            call=Call("approval approve", {}, ByPerson(id), cause="test", now=sent_at or unit.now),
            rights=rights_of(unit, unit.must_get(Person, id), here=project),
            languages=shipped()[1],
            chat=chat,
            project=project,
        )

    def act(self, who: str | int, number: int, work: Callable[[Context, Approval], object], **how: Any) -> str:
        """Do something with an approval; empty when it was done, else why it was refused."""

        def once(unit: Unit) -> None:
            approval = approval_numbered(unit, number)
            assert approval is not None
            ctx = self.context(unit, who, **how)
            work(ctx, approval)
            if self.reacts:
                follow(ctx)

        try:
            self.write(once)
        except (Refused, Asked) as refusal:
            return words(refusal.line)
        return ""

    def decide(self, who: str | int, number: int, choice: Choice = "approve", shown: Shown = SHOWN, **how: Any) -> str:
        sent = {"sent_at": how.pop("sent_at")} if "sent_at" in how else {}
        how.setdefault("reason", None if choice == "approve" else "too expensive")
        return self.act(who, number, lambda ctx, a: decisions.decide(ctx, a, choice, shown=shown, **how), **sent)

    def ask(
        self,
        *signers: str,
        mode: str = "any",
        quorum: int = 1,
        deadline: timedelta | None = HOUR,
        required: Sequence[str] = (),
    ) -> int:
        """Ask for something, by Ria; give its number."""
        self.count += 1
        number = self.count

        def work(unit: Unit) -> None:
            unit.actor = self.ids["Ria"]
            approval = unit.add(
                Approval, number=number, requester_id=self.ids["Ria"], editor_id=self.ids["Ria"], kind="cost",
                title="More ads", amount_minor=AMOUNT.minor, currency=AMOUNT.currency, mode=mode, quorum=quorum,
                project_id=self.project, category=CATEGORY if self.project else None, edited_at=unit.now,
                asked_at=unit.now, deadline_at=unit.now + deadline if deadline else None,
            )  # fmt: skip
            for place, name in enumerate(signers, start=1):
                unit.add(Signer, approval_id=approval.id, person_id=self.ids[name], place=place,
                         is_required=name in required)  # fmt: skip

        self.write(work)
        return number

    def open_budget(self) -> None:
        """Have all that is asked for from now on count on one line of a project, which takes it all."""

        def work(unit: Unit) -> tuple[int, int]:
            project = unit.add(Project, name="双11").id
            line = unit.add(BudgetLine, project_id=project, category=CATEGORY, plan_minor=10**15, currency="CNY")
            return project, line.id

        self.reacts = True
        self.project, self.line = self.write(work)

    def booked(self) -> tuple[int, int]:
        """Add up what is booked on the line, and what was agreed to; the two must be the same."""

        def work(unit: Unit) -> tuple[int, int]:
            row = unit.row(_AGREED)
            return unit.must_get(BudgetLine, self.line or 0).committed_minor, int(row[0] or 0) if row else 0

        sums: tuple[int, int] = self.write(work)
        return sums

    def approval(self, number: int) -> Approval:
        found: Approval = self.write(lambda unit: approval_numbered(unit, number))
        return found

    def votes(self, number: int) -> list[Vote]:
        found: list[Vote] = self.write(lambda unit: votes_of(unit, self.approval_id(unit, number)))
        return found

    def approval_id(self, unit: Unit, number: int) -> int:
        approval = approval_numbered(unit, number)
        assert approval is not None
        return approval.id

    def change_person(self, who: str, **values: Any) -> None:
        self.write(lambda unit: unit.change(unit.must_get(Person, self.ids[who]), **values))

    def away(self, who: str, delegate: str, *, days: int = 0, limit: Money | None = None) -> None:
        today = self.clock.now.date() + timedelta(days=days)
        self.count += 1
        self.write(
            lambda unit: unit.add(
                Away, number=self.count, person_id=self.ids[who], delegate_id=self.ids[delegate], first_on=today,
                last_on=today, zone="UTC", limit_minor=limit.minor if limit else None,
                limit_currency=limit.currency if limit else None,
            )
        )  # fmt: skip


def follow(ctx: Context) -> None:
    """Have others react to what was stated, and to what they state."""
    for fact in ctx.facts:  # the list grows while it is read
        for reaction in ctx.registry.reactions.get(type(fact), ()):
            reaction(ctx, fact)


def words(line: Line) -> str:
    """Write a line as a person reads it."""
    return "".join(
        each if isinstance(each, str) else each.name if isinstance(each, Who) else each.text for each in line
    )


def found(store: Store, workspace: int, clock: HandClock, *, place: Mapping[str, str] = PLACE) -> Office:
    """Have the people come in, each with an account of their name."""
    office = Office(store, workspace, clock, place=place)
    at = {name: place[name] for name in ("platform", "app", "tenant")}

    def work(unit: Unit) -> None:
        for name, role in PEOPLE.items():
            person = add_person(unit, name=name, role=role)
            add_account(unit, person, **at, native=name, title=name)
            office.ids[name] = person.id
        open_chat(unit, project_name=None, kind="group", title="Room", **place)

    office.write(work)
    return office


# -- what may meet ------------------------------------------------------------------------------------------


ACTS: dict[str, Callable[[Office, int], str]] = {
    "approve": lambda office, number: office.decide("Ann", number, shown=Shown(1, AMOUNT)),
    "approve too": lambda office, number: office.decide("Bob", number, shown=Shown(1, AMOUNT)),
    "approve beside": lambda office, number: office.decide("Bob", number + 1, shown=Shown(1, AMOUNT)),
    "reject": lambda office, number: office.decide("Bob", number, "reject", shown=Shown(1, AMOUNT)),
    "edit amount": lambda office, number: office.act(
        "Ria", number, lambda ctx, a: decisions.alter(ctx, a, money=Money(9_000_000, "CNY"))
    ),
    "remove approver": lambda office, number: office.act(
        "Ria", number, lambda ctx, a: decisions.resign(ctx, a, drop=[office.ids["Ann"]])
    ),
    "expire": lambda office, number: office.act("Ria", number, expire_now),
    "withdraw": lambda office, number: office.act("Ria", number, lambda ctx, a: decisions.withdraw(ctx, a)),
}
PAIRS = list(itertools.product([act for act in ACTS if act != "approve beside"], repeat=2))
CLOSES = {
    "approve": "approved",
    "approve too": "approved",
    "reject": "rejected",
    "expire": "expired",
    "withdraw": "withdrawn",
}


def expire_now(ctx: Context, approval: Approval) -> None:
    """Have it expire at this moment, as if its deadline were now."""
    if approval.state == "pending":
        decisions.expire(ctx, ctx.unit.change(approval, deadline_at=ctx.unit.now))


def outcomes(first: str, second: str) -> tuple[str, bool]:
    """Say what an approval is after two acts in this order, and whether the second was done."""
    if first in CLOSES:
        reopens = second == "edit amount" and first in ("expire", "withdraw")
        does_nothing = second == "expire"  # the clock comes, and finds it closed
        return ("pending" if reopens else CLOSES[first]), reopens or does_nothing
    stale = second in ("approve", "approve too", "reject")
    twice = first == second == "remove approver"
    return ("pending" if stale or twice else CLOSES.get(second, "pending")), not stale


def faults_of(office: Office, number: int) -> list[str]:
    """Say what of an approval does not follow from votes that count: from one decision, and no more."""
    approval, votes = office.approval(number), office.votes(number)
    counting = [vote for vote in votes if vote.edition == approval.edition]
    decided = {"approved": "approve", "rejected": "reject"}.get(approval.state)
    faults = [f"{vote.choice} of {vote.person_id} counts" for vote in counting if vote.choice != decided]
    if decided is not None and len(counting) != (2 if approval.mode == "all" else 1):
        faults.append(f"{approval.state} by {len(counting)} votes")
    if not {vote.person_id for vote in votes} <= {office.ids["Ann"], office.ids["Bob"]}:
        faults.append("a vote of who has none")
    states = office.write(lambda unit: states_of(unit, approval.id))
    if any(before != "pending" != after for before, after in itertools.pairwise(states)):
        faults.append(f"closed twice: {states}")
    return faults


def states_of(unit: Unit, approval: int) -> list[str]:
    """List what became of an approval one after the other, by the trail of what was written."""
    rows = unit.rows(_TRAIL, approval=approval)
    return ["pending", *(row.after["state"] for row in rows if "state" in row.after)]
