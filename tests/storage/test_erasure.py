"""Somebody is forgotten: nothing of theirs is left in any table, the work stays, and the trail is proven still."""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable
from datetime import date
from typing import Any, Final

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from storage.accounts import join_people
from storage.audit import AUDIT
from storage.away import Away
from storage.chats import Chat
from storage.erasure import Erasure, begin, empty, erasures_due, forget_posted, forget_received, redact_some
from storage.feedback import Feedback
from storage.guard import REFUSAL, take_down
from storage.hints import note_hint
from storage.leaves import digest_in, leaf_of
from storage.mail import post, receive
from storage.people import Person, add_account, add_person, people_called
from storage.redaction import ACTION
from storage.schedules import Schedule
from storage.seals import SETTLED, seal_next, verify
from storage.settings import prefer
from storage.standups import Checkin, Standup
from storage.tasks import Task
from storage.terms import TERM, pairs_of
from storage.transfer import Document, bring_in, check, export, put_in, tables
from storage.unit import Unit
from storage.workspaces import found_workspace, next_number
from tests.support.store import Desk

KEY: Final = b"k" * 32
CANARIES: Final = (
    "欧阳小鹿",
    "Ouyang Lulu",
    "U77LULU",
    "D77LULU",
    "Atlantic/Reykjavik",
    "陆陆大王",
    "$:LWCP:lulu",
    "猫病了",
    "想念大海",
)
"""What must be nowhere afterwards: names, ids of platforms, the zone, what was told and written."""
KEPT: Final = "给欧阳小鹿看图"
"""A title that somebody typed: the team's."""
TAMPERINGS: Final = 1_000


def fill(unit: Unit) -> Person:
    """Enter somebody with all that the bot can know of them, and a colleague."""
    boss = add_person(unit, name="陈晨", role="admin")
    unit.actor = boss.id
    lulu = add_person(unit, name="欧阳小鹿", timezone="Atlantic/Reykjavik", language="zh", aliases=["小鹿大人"])
    lulu = unit.change(lulu, country="IS")
    for platform in ("slack", "feishu"):
        add_account(unit, lulu, platform=platform, app="a", tenant="t", native="U77LULU", title="Ouyang Lulu")
    known_as = add_person(unit, name="陆陆大王")  # by another account, before the two were linked
    add_account(unit, known_as, platform="dingtalk", app="a", tenant="t", native="$:LWCP:lulu", title="Ouyang Lulu")
    lulu = join_people(unit, lulu, known_as, role="member")
    values = {"platform": "slack", "app": "a", "tenant": "t"}
    direct = unit.add(Chat, **values, native="D77LULU", kind="direct", person_id=lulu.id, title="Ouyang Lulu")
    group = unit.add(Chat, **values, native="C1", kind="group", title="双11")
    schedule = unit.add(Schedule, number=1, kind="standup", chat_id=group.id, rule="x", times=[], zone="UTC")
    unit.add(
        Schedule, number=2, kind="reminder", owner_id=lulu.id, chat_id=direct.id, rule="x", times=[], zone="UTC",
        options={"text": "猫病了"},
    )  # fmt: skip
    standup = unit.add(Standup, number=1, schedule_id=schedule.id, chat_id=group.id, day=date(2026, 11, 18))
    told = unit.add(
        Checkin, standup_id=standup.id, person_id=lulu.id, state="told", done=["猫病了"], tasks={"猫病了": 1}
    )
    unit.change(told, blockers=["想念大海"])
    unit.add(Feedback, number=1, person_id=lulu.id, text="想念大海")
    prefer(unit, person=lulu.id, quiet_from=1, quiet_until=2)
    unit.add(
        Away,
        number=1,
        person_id=lulu.id,
        zone="Atlantic/Reykjavik",
        first_on=date(2026, 11, 1),
        last_on=date(2026, 11, 2),
    )
    note_hint(unit, lulu.id, given_on=date(2026, 11, 18))
    task = unit.add(Task, number=next_number(unit, "task"), title=KEPT, owner_id=lulu.id, creator_id=boss.id)
    unit.change(task, title=KEPT, priority=2)
    write_mail(unit, lulu, boss, direct)
    return lulu


def write_mail(unit: Unit, lulu: Person, boss: Person, direct: Chat) -> None:
    said = {"text": "欧阳小鹿 想念大海"}
    kept = {"received_at": unit.now, "command": "done", "args": said, "result": "done", "reply": said, "answer": said}
    receive(unit, **kept, key="slack:D77LULU:1", call="1" * 32, person_id=lulu.id, chat_id=direct.id)
    receive(unit, **kept, key="slack:C1:2", call="2" * 32, person_id=boss.id)
    letter: dict[str, Any] = {"platform": "slack", "operation": "post", "language": "zh", "lease_token": None}
    post(unit, **letter, person_id=lulu.id, payload=said)
    post(unit, **letter, person_id=boss.id, payload=said, state="sent")
    post(unit, **letter, person_id=boss.id, payload={"text": "欧阳小鹿 finished U77LULUX"})


def everything(unit: Unit) -> str:
    """Write down all rows of all tables."""
    rows = [dict(row._mapping) for table in tables() for row in unit.connection.execute(select(table))]
    return json.dumps(rows, ensure_ascii=False, default=str)


def seal_all(desk: Desk) -> None:
    while desk.write(lambda unit: seal_next(unit, KEY, most=20)) is not None:
        pass


def forget(desk: Desk, person: int) -> Erasure:
    """Ask for somebody to be forgotten, as themself, and wait until the answer is sent."""

    def ask(unit: Unit) -> Erasure:
        unit.actor = person
        return begin(unit, unit.must_get(Person, person), named="已注销成员 #{number}")

    erasure = desk.write(ask)
    assert desk.read(erasures_due) == []
    desk.clock.advance(SETTLED)
    return erasure


def carry_out(desk: Desk, erasure: Erasure, key: bytes | None = KEY) -> int:
    """Take every step as the pump does; give how many rows of the trail were blanked."""
    for step in (forget_received, forget_posted):
        after: int | None = 0
        while after is not None:
            after = desk.write(lambda unit, step=step, after=after: step(unit, erasure, after=after))  # type: ignore[misc]
    desk.write(lambda unit: empty(unit, erasure))
    assert not desk.write(lambda unit: redact_some(unit, erasure, key))  # not sealed yet
    desk.clock.advance(SETTLED)
    if key is not None:
        seal_all(desk)
    while desk.write(lambda unit: redact_some(unit, erasure, key)):
        pass
    desk.clock.advance(SETTLED)
    if key is not None:
        seal_all(desk)
    return desk.read(lambda unit: sum(row.erased_leaf is not None for row in unit.connection.execute(select(AUDIT))))


def test_nothing_of_a_person_is_left_and_the_work_stays(desk: Desk) -> None:
    lulu = desk.write(fill)
    assert all(each in desk.read(everything) for each in CANARIES)
    erasure = forget(desk, lulu.id)
    person = desk.read(lambda unit: unit.must_get(Person, lulu.id))
    assert (person.name, person.timezone, person.archived_at is not None) == ("已注销成员 #1", None, True)
    assert desk.read(lambda unit: people_called(unit, ["欧阳小鹿", "小鹿大人"])) == {}
    assert carry_out(desk, erasure) > 10
    left = desk.read(everything)
    assert KEPT in left
    assert "已注销成员 #1 finished U77LULUX" in left  # on its way to somebody else
    left = left.replace(KEPT, "").replace("U77LULUX", "")
    assert [each for each in CANARIES if each in left] == []
    assert desk.read(erasures_due) == []
    found = desk.read(
        lambda unit: set(unit.connection.execute(select(TERM.c.term).where(TERM.c.kind == "person")).scalars())
    )
    assert found == pairs_of("陈晨") | pairs_of("已注销成员 #1")


@pytest.mark.slow
def test_letters_that_may_mean_somebody_else_of_that_name_stay(desk: Desk) -> None:
    said = {"text": "欧阳小鹿 有新任务"}

    def more(unit: Unit) -> Person:
        lulu = fill(unit)
        other = add_person(unit, name="欧阳小鹿")
        post(
            unit,
            lease_token=None,
            platform="slack",
            operation="direct",
            language="zh",
            person_id=other.id,
            payload=said,
        )
        return lulu

    lulu = desk.write(more)
    carry_out(desk, forget(desk, lulu.id))
    assert "欧阳小鹿 有新任务" in desk.read(everything)


def test_trail_is_proven_after_an_erasure_and_tells_who_asked(desk: Desk) -> None:
    lulu = desk.write(fill)
    desk.clock.advance(SETTLED)
    seal_all(desk)
    erasure = forget(desk, lulu.id)
    count = carry_out(desk, erasure)
    verdict = desk.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and verdict.unsealed == 0
    assert len(verdict.erased) == count and {each.by for each in verdict.erased} == {lulu.id}
    assert all(each.is_proven for each in verdict.erased)
    assert desk.read(lambda unit: unit.must_get(Erasure, erasure.id)).state == "done"


@pytest.mark.slow
def test_row_that_was_blanked_and_holds_its_values_again_is_found(desk: Desk) -> None:
    lulu = desk.write(fill)
    former = desk.read(lambda unit: unit.connection.execute(select(AUDIT).where(AUDIT.c.kind == "feedback")).one())
    carry_out(desk, forget(desk, lulu.id))
    desk.write(lambda unit: take_down(unit.connection))
    desk.write(lambda unit: write(unit, former.id, before=former.before, after=former.after, erased_leaf=None))
    assert [(each.fault, each.row) for each in desk.read(lambda unit: verify(unit, KEY)).broken] == [
        ("changed", former.id)
    ]


def test_without_a_key_the_trail_is_blanked_too(desk: Desk) -> None:
    lulu = desk.write(fill)
    assert carry_out(desk, forget(desk, lulu.id), key=None) > 10
    seal_all(desk)  # a key was named later
    verdict = desk.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and verdict.erased and not any(each.is_proven for each in verdict.erased)


@pytest.mark.slow
def test_import_with_other_ids_brings_along_what_was_blanked_and_who_asked(desk: Desk) -> None:
    lulu = desk.write(fill)
    count = carry_out(desk, forget(desk, lulu.id))
    lines: list[str] = []
    desk.read(lambda unit: export(unit, lines.append))
    other = desk.store.write_now(0, lambda unit: found_workspace(unit, name="demo", language="zh", timezone="UTC"))
    document = Document(io.BytesIO("".join(lines).encode()))
    checked = check(document, languages=("zh", "en"))
    moving = {"redraw": lambda value, _moved, _command: value}
    bring_in(desk.store, other, lambda unit: put_in(unit, document, checked, **moving), dry_run=False)
    document.close()
    moved = Desk(desk.store, other, desk.clock)
    desk.clock.advance(SETTLED)
    seal_all(moved)
    verdict = moved.read(lambda unit: verify(unit, KEY))
    assert verdict.broken == () and len(verdict.erased) == count and min(each.row for each in verdict.erased) > count
    assert not any(each.is_proven for each in verdict.erased)


# -- what passes for an erasure, and what does not ------------------------------------------------


def blank(values: dict[str, Any], name: str | None = None) -> dict[str, Any]:
    return {each: None if name in (None, each) else value for each, value in values.items()}


LEAF: Final = "0" * 32


@pytest.mark.parametrize(
    "change",
    [
        {"before": {}, "after": {}, "erased_leaf": LEAF},
        {"after": {"name": "别人"}, "erased_leaf": LEAF},
        {"erased_leaf": None, "after": {}},
        {"erased_leaf": "short"},
        {"erased_leaf": LEAF, "actor_id": 99},
        {"erased_leaf": LEAF, "call": "d" * 32},
        {"erased_leaf": LEAF, "action": "restore"},
    ],
)
def test_guard_lets_nothing_pass_but_values_that_are_blanked(desk: Desk, change: dict[str, Any]) -> None:
    desk.write(fill)

    def tried(unit: Unit) -> None:
        row = unit.connection.execute(select(AUDIT).where(AUDIT.c.kind == "account").limit(1)).one()
        this = AUDIT.update().where(AUDIT.c.id == row.id)
        with pytest.raises(IntegrityError, match=REFUSAL), unit.attempt():
            unit.connection.execute(this.values(**change))
        unit.connection.execute(this.values(after=blank(row.after, "native"), erased_leaf=LEAF))
        for again in (
            {"erased_leaf": "1" * 32},
            {"after": blank(row.after), "erased_leaf": LEAF},
            {"erased_leaf": None},
        ):
            with pytest.raises(IntegrityError, match=REFUSAL), unit.attempt():
                unit.connection.execute(this.values(**again))

    desk.write(tried)


@pytest.fixture
def erased(desk: Desk) -> Desk:
    """A sealed trail in which somebody was forgotten, whose guard an insider took down."""
    lulu = desk.write(fill)
    carry_out(desk, forget(desk, lulu.id))
    desk.write(lambda unit: take_down(unit.connection))
    return desk


Rows = list[Any]
Way = Callable[[Unit, random.Random, Rows, Rows], "tuple[str, int]"]


def write(unit: Unit, row: int, **values: object) -> None:
    unit.connection.execute(AUDIT.update().where(AUDIT.c.id == row).values(**values))


def own_words(unit: Unit, luck: random.Random, plain: Rows, _blank: Rows) -> tuple[str, int]:
    """Blank a row that nobody asked to have blanked, with its own digest beside it."""
    row = luck.choice(plain)
    leaf = luck.choice(sealed_leaf(unit, row.id))
    write(unit, row.id, before=blank(row.before), after=blank(row.after), erased_leaf=leaf)
    return "blanked", row.id


def sealed_leaf(unit: Unit, row: int) -> list[str]:
    """Give what the seal holds of a row: everybody can read that; and one that is wrong."""
    found = unit.connection.execute(select(AUDIT).where(AUDIT.c.id == row)).one()
    return [digest_in(leaf_of(found._asdict())), LEAF]


def forged_trace(unit: Unit, luck: random.Random, plain: Rows, blanked: Rows) -> tuple[str, int]:
    """Blank a row, and tell of it in a trace like that of the house, with a proof from elsewhere."""
    row = luck.choice(plain)
    leaf = sealed_leaf(unit, row.id)[0]
    values = {"before": blank(row.before), "after": blank(row.after), "erased_leaf": leaf}
    write(unit, row.id, **values)
    remains = digest_in(leaf_of({**row._asdict(), **values}))
    trace = unit.connection.execute(select(AUDIT).where(AUDIT.c.action == ACTION)).first()
    assert trace is not None
    told = {"rows": [[row.id, leaf, remains]], "proof": luck.choice([trace.after["proof"], "", "f" * 64, None])}
    new = {name: value for name, value in trace._asdict().items() if name != "id"}
    unit.connection.execute(AUDIT.insert().values(**{**new, "after": told}))
    return "blanked", row.id


def more_blanked(unit: Unit, luck: random.Random, _plain: Rows, blanked: Rows) -> tuple[str, int]:
    """Change what was left of a row that was blanked rightly."""
    row = luck.choice(blanked)
    changes: list[dict[str, Any]] = [
        {"after": {**row.after, "role": "admin"}}, {"actor_id": 99}, {"object_id": 7}, {"erased_leaf": LEAF},
        {"at": unit.now}, {"after": {"name": "别人"}}, {"kind": "task"},
    ]  # fmt: skip
    write(unit, row.id, **luck.choice(changes))
    return "blanked", row.id


def filled_again(unit: Unit, luck: random.Random, _plain: Rows, blanked: Rows) -> tuple[str, int]:
    """Take the sign of a redaction away."""
    row = luck.choice(blanked)
    write(unit, row.id, erased_leaf=None)
    return "changed", row.id


@pytest.mark.slow
def test_a_thousand_changes_that_pass_for_an_erasure_are_each_found(erased: Desk) -> None:
    luck = random.Random(20261122)
    ways: list[Way] = [own_words, forged_trace, more_blanked, filled_again]

    def tamper(unit: Unit) -> int:
        rows = unit.connection.execute(select(AUDIT).where(AUDIT.c.action != ACTION).order_by(AUDIT.c.id)).all()
        plain = [row for row in rows if row.erased_leaf is None and row.after]
        blanked = [row for row in rows if row.erased_leaf is not None]
        found = 0
        for number in range(TAMPERINGS):
            unit.connection.exec_driver_sql("SAVEPOINT tampering")
            fault = ways[number % len(ways)](unit, luck, plain, blanked)
            broken = verify(unit, KEY).broken
            unit.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT tampering")
            found += [(each.fault, each.row) for each in broken] == [fault]
        return found

    assert erased.write(tamper) == TAMPERINGS
    assert erased.read(lambda unit: verify(unit, KEY)).broken == ()


def test_trace_of_an_erasure_cannot_be_changed_or_taken_away(erased: Desk) -> None:
    def tamper(unit: Unit, **values: object) -> list[str]:
        found = unit.connection.execute(select(AUDIT).where(AUDIT.c.action == ACTION)).first()
        assert found is not None
        named = len(found.after["rows"])
        unit.connection.exec_driver_sql("SAVEPOINT tampering")
        this = AUDIT.c.id == found.id
        unit.connection.execute(AUDIT.update().where(this).values(**values) if values else AUDIT.delete().where(this))
        faults = [each.fault for each in verify(unit, KEY).broken]
        unit.connection.exec_driver_sql("ROLLBACK TO SAVEPOINT tampering")
        assert faults.count("blanked") == named
        return sorted(set(faults))

    assert erased.write(tamper) == ["blanked", "removed"]
    assert erased.write(lambda unit: tamper(unit, actor_id=1)) == ["blanked", "changed"]
    assert erased.write(lambda unit: tamper(unit, after={"rows": "none"})) == ["blanked", "changed"]
    assert erased.write(lambda unit: tamper(unit, after={"rows": [[1, 2, 3]]})) == ["blanked", "changed"]
