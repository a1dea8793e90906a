"""An office where approvals are asked for and decided: each act is a transaction of its own, as in dispatch.

Nothing is said and nothing sent here: it calls what decides, and knows what a person would be told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from commands import decisions
from commands.core.access import rights_of
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import ByPerson, Call
from commands.core.reply import Line, Who
from commands.decisions import Choice, Shown
from commands.grammar.money import Money
from storage.approvals import Approval, Signer, Vote, approval_numbered, votes_of
from storage.away import Away
from storage.chats import chat_at, open_chat
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


@dataclass
class Office:
    """A store with people and approvals, in which each act is a transaction of its own."""

    store: Store
    workspace: int
    clock: HandClock
    ids: dict[str, int] = field(default_factory=dict)
    count: int = 0

    def write(self, work: Callable[[Unit], Any]) -> Any:
        return self.store.write_now(self.workspace, work)

    def context(
        self, unit: Unit, who: str | int, *, sent_at: datetime | None = None, project: int | None = None
    ) -> Context:
        """Have somebody act, with the rights of this moment."""
        id = self.ids[who] if isinstance(who, str) else who
        unit.actor, unit.call = id, f"{id:032x}"
        chat = chat_at(unit, **PLACE)
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
            work(self.context(unit, who, **how), approval)

        try:
            self.write(once)
        except (Refused, Asked) as refusal:
            return words(refusal.line)
        return ""

    def decide(self, who: str | int, number: int, choice: Choice = "approve", shown: Shown = SHOWN, **how: Any) -> str:
        sent = {"sent_at": how.pop("sent_at")} if "sent_at" in how else {}
        how.setdefault("reason", None if choice == "approve" else "too expensive")
        return self.act(who, number, lambda ctx, a: decisions.decide(ctx, a, choice, shown=shown, **how), **sent)

    def ask(self, *signers: str, mode: str = "any", quorum: int = 1, deadline: timedelta | None = HOUR) -> int:
        """Ask for something, by Ria; give its number."""
        self.count += 1
        number = self.count

        def work(unit: Unit) -> None:
            unit.actor = self.ids["Ria"]
            approval = unit.add(
                Approval, number=number, requester_id=self.ids["Ria"], editor_id=self.ids["Ria"], kind="cost",
                title="More ads", amount_minor=AMOUNT.minor, currency=AMOUNT.currency, mode=mode, quorum=quorum,
                edited_at=unit.now, asked_at=unit.now, deadline_at=unit.now + deadline if deadline else None,
            )  # fmt: skip
            for place, name in enumerate(signers, start=1):
                unit.add(Signer, approval_id=approval.id, person_id=self.ids[name], place=place)

        self.write(work)
        return number

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

    def away(self, who: str, delegate: str, *, days: int = 0) -> None:
        today = self.clock.now.date() + timedelta(days=days)
        self.count += 1
        self.write(
            lambda unit: unit.add(
                Away, number=self.count, person_id=self.ids[who], delegate_id=self.ids[delegate], first_on=today,
                last_on=today, zone="UTC",
            )
        )  # fmt: skip


def words(line: Line) -> str:
    """Write a line as a person reads it."""
    return "".join(
        each if isinstance(each, str) else each.name if isinstance(each, Who) else each.text for each in line
    )


def found(store: Store, workspace: int, clock: HandClock) -> Office:
    """Have the people come in."""
    office = Office(store, workspace, clock)

    def work(unit: Unit) -> None:
        for name, role in PEOPLE.items():
            person = add_person(unit, name=name, role=role)
            add_account(unit, person, platform="memory", app="test", tenant="test", native=name, title=name)
            office.ids[name] = person.id
        open_chat(unit, project_name=None, kind="group", title="Room", **PLACE)

    office.write(work)
    return office
