"""Two people become one: what named either names the one, and of what there is one each there is one."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import UniqueConstraint, select

import commands
from commands.core.command import collect
from storage.accounts import (
    account_to_reach,
    add_request,
    close_request,
    hear_request,
    join_people,
    part_account,
    request_said,
    request_to,
)
from storage.audit import AUDIT
from storage.columns import Record, table_of
from storage.notices import Notice, Receipt, counts_of_notices, receipts_of
from storage.participants import Participant, participants_of
from storage.people import (
    PERSON,
    Person,
    accounts_of,
    add_account,
    add_person,
    all_people,
    people_called,
    people_of_same_email,
    person_of,
)
from storage.settings import prefer, preference_of
from storage.tasks import Task
from storage.teams import add_team, members_of, teams_of
from storage.unit import Unit
from tests.support.store import Desk

AT = {"app": "app", "tenant": "team"}


def person(unit: Unit, name: str, platform: str = "slack", **values: object) -> Person:
    added = add_person(unit, name=name, **values)  # type: ignore[arg-type] # what a person may be made with
    add_account(unit, added, platform=platform, native=f"{platform}-{name}", title=name, **AT)
    return added


def test_of_what_a_person_has_one_at_most_the_class_says_so() -> None:
    collect(commands)
    for record in Record.__subclasses__():
        for rule in table_of(record).constraints:
            names = {column.name for column in rule.columns} if isinstance(rule, UniqueConstraint) else set()
            if "person_id" in names:
                others = names - {"workspace_id", "person_id"}
                assert record.__once__ is not None and set(record.__once__) <= others, record


def test_a_request_is_heard_once_and_closed_once(desk: Desk) -> None:
    ann, bob, eve = (desk.write(lambda unit, name=name: person(unit, name)).id for name in ("Ann", "Bob", "Eve"))  # type: ignore[misc] # the name is bound at once
    until = desk.clock.now + timedelta(minutes=10)
    desk.write(lambda unit: add_request(unit, person=ann, digest="old", until=until))
    desk.write(lambda unit: add_request(unit, person=ann, digest="new", until=until))
    assert desk.read(lambda unit: request_said(unit, "old")) is None
    found = desk.read(lambda unit: request_said(unit, "new"))
    assert found is not None and found.person_id == ann
    assert desk.write(lambda unit: hear_request(unit, found.id, person=bob))
    assert not desk.write(lambda unit: hear_request(unit, found.id, person=eve))
    assert desk.read(lambda unit: request_to(unit, eve)) is None
    assert desk.write(lambda unit: close_request(unit, found.id))
    assert not desk.write(lambda unit: close_request(unit, found.id))
    assert desk.read(lambda unit: request_to(unit, bob)) is None


def test_a_request_lapses(desk: Desk) -> None:
    ann, bob = (desk.write(lambda unit, name=name: person(unit, name)).id for name in ("Ann", "Bob"))  # type: ignore[misc] # the name is bound at once
    until = desk.clock.now + timedelta(minutes=10)
    desk.write(lambda unit: add_request(unit, person=ann, digest="d", other=bob, until=until))
    assert desk.read(lambda unit: request_to(unit, bob)) is not None
    desk.clock.advance(timedelta(minutes=10))
    assert desk.read(lambda unit: request_to(unit, bob)) is None
    assert desk.read(lambda unit: request_said(unit, "d")) is None


def test_all_that_named_the_one_names_the_other(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[Person, Person, Task]:
        kept, gone = person(unit, "陈晨", timezone="Asia/Shanghai"), person(unit, "Chen", "feishu", language="en")
        task = unit.add(Task, number=1, title="x", owner_id=gone.id, creator_id=gone.id, closed_by=kept.id)
        unit.actor, unit.call = kept.id, "c1"
        return join_people(unit, kept, gone, role="lead"), gone, task

    kept, gone, task = desk.write(work)
    after = desk.read(lambda unit: unit.must_get(Task, task.id))
    assert (after.owner_id, after.creator_id, after.closed_by) == (kept.id, kept.id, kept.id)
    assert (kept.role, kept.language, kept.timezone) == ("lead", "en", "Asia/Shanghai")
    assert [each.id for each in desk.read(all_people)] == [kept.id]
    assert [each.platform for each in desk.read(lambda unit: accounts_of(unit, kept.id))] == ["slack", "feishu"]
    found = desk.read(lambda unit: person_of(unit, platform="feishu", native="feishu-Chen", **AT))
    assert found is not None and found.id == kept.id
    called = desk.read(lambda unit: people_called(unit, ["Chen", "陈晨"]))
    assert {each.id for people in called.values() for each in people} == {kept.id} and len(called) == 2
    old = desk.read(lambda unit: unit.must_get(Person, gone.id))
    assert old.same_as_id == kept.id and old.archived_at is not None
    rows = desk.read(lambda unit: unit.connection.execute(select(AUDIT.c.kind).where(AUDIT.c.call == "c1")).all())
    assert {row.kind for row in rows} == {"task", "account", "person"}


def test_of_what_there_is_one_each_there_is_one_after(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[Person, int, int]:
        kept, gone = person(unit, "陈晨"), person(unit, "Chen", "feishu")
        at = {"nudge_at": unit.now, "escalate_at": unit.now}
        notice = unit.add(Notice, number=1, creator_id=kept.id, text="x", **at)
        unit.add(Receipt, notice_id=notice.id, person_id=kept.id, is_spared=True)
        unit.add(Receipt, notice_id=notice.id, person_id=gone.id, confirmed_at=unit.now)
        task = unit.add(Task, number=1, title="x")
        for each in (kept, gone):
            unit.add(Participant, task_id=task.id, person_id=each.id, part="collaborator")
            prefer(unit, person=each.id, **({"level": "loud"} if each is gone else {"remind_at": 480}))
        add_team(unit, name="设计组", members=[kept.id, gone.id], lead=gone.id)
        return join_people(unit, kept, gone, role="member"), notice.id, task.id

    kept, notice, task = desk.write(work)
    (receipt,) = desk.read(lambda unit: receipts_of(unit, notice))
    assert receipt.confirmed_at is not None and not receipt.is_spared and receipt.person_id == kept.id
    assert desk.read(lambda unit: counts_of_notices(unit, [notice])) == {notice: (1, 1)}
    assert [each.person_id for each in desk.read(lambda unit: participants_of(unit, task))] == [kept.id]
    preference = desk.read(lambda unit: preference_of(unit, person=kept.id))
    assert preference is not None and (preference.level, preference.remind_at) == ("loud", 480)
    (team,) = desk.read(lambda unit: teams_of(unit, kept.id))
    assert [each.id for each in desk.read(lambda unit: members_of(unit, team))] == [kept.id] and team.lead_id == kept.id


def test_an_account_taken_off_is_a_person_of_its_own(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[Person, Person]:
        kept, gone = person(unit, "陈晨"), person(unit, "Chen", "feishu")
        kept = join_people(unit, kept, gone, role="lead")
        return kept, part_account(unit, kept, accounts_of(unit, kept.id)[1], role="member")

    kept, apart = desk.write(work)
    assert (apart.name, apart.role) == ("Chen", "member")
    assert [each.id for each in desk.read(lambda unit: people_called(unit, ["Chen"]))["chen"]] == [apart.id]
    assert [each.id for each in desk.read(lambda unit: people_called(unit, ["陈晨"]))["陈晨"]] == [kept.id]
    assert [each.platform for each in desk.read(lambda unit: accounts_of(unit, kept.id))] == ["slack"]
    assert len(desk.read(lambda unit: unit.connection.execute(select(PERSON)).all())) == 3


def test_who_never_spoke_is_reached_where_they_joined_first_unless_they_chose(desk: Desk) -> None:
    def work(unit: Unit) -> Person:
        return join_people(unit, person(unit, "陈晨"), person(unit, "Chen", "feishu"), role="member")

    def reached(unit: Unit) -> str | None:
        account = account_to_reach(unit, kept.id, accounts_of(unit, kept.id))
        return account.platform if account else None

    kept = desk.write(work)
    assert desk.read(reached) == "slack"
    desk.write(lambda unit: unit.change(accounts_of(unit, kept.id)[1], is_chosen=True))
    assert desk.read(reached) == "feishu"
    assert desk.read(lambda unit: account_to_reach(unit, kept.id, [])) is None


def test_the_same_address_finds_others_and_never_oneself(desk: Desk) -> None:
    def work(unit: Unit) -> tuple[int, int, int]:
        people = [add_person(unit, name=name) for name in ("Ann", "Ann Lee", "Bob")]
        for each, digest in zip(people, ("a", "a", None), strict=True):
            for platform in ("slack", "feishu"):
                add_account(unit, each, platform=platform, native=f"{each.id}", email_digest=digest, **AT)
        ann, lee, bob = (each.id for each in people)
        return ann, lee, bob

    ann, lee, bob = desk.write(work)
    assert [each.id for each in desk.read(lambda unit: people_of_same_email(unit, ann))] == [lee]
    assert desk.read(lambda unit: people_of_same_email(unit, bob)) == []
