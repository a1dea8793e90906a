"""A workspace as one document: written whole, read whole or not at all, on SQLite and on PostgreSQL."""

from __future__ import annotations

import io
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Integer, select

from storage import mail, rooms
from storage.approvals import Approval
from storage.audit import AUDIT
from storage.budgets import Benefit, BudgetLine, Commitment, PlanChange, Spend
from storage.calendars import COMPANY, DayRule, choose_country, set_days
from storage.cards import hang_card, place_card
from storage.chats import open_chat
from storage.columns import WORKSPACE
from storage.migrations.known import known_versions
from storage.people import add_account, add_person
from storage.store import Store
from storage.tasks import Comment, Task
from storage.transfer import (
    BY_KIND,
    HEAD,
    LINE_BYTES,
    MOST_PROBLEMS,
    POINTERS,
    Document,
    Moved,
    TransferError,
    bring_in,
    check,
    export,
    put_in,
    tables,
)
from storage.unit import Unit
from storage.workspaces import all_workspaces, found_workspace, next_number, workspace_of
from tests.support.store import Desk, HandClock

CALL, LETTER = "c" * 32, "d" * 32
LANGUAGES = ("en", "zh")
Lines = list[dict[str, Any]]


@pytest.fixture
def empty_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Lend a second migrated SQLite file."""
    path = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


def fill(unit: Unit) -> None:
    """Write a little of everything."""
    unit.call = CALL
    boss = add_person(unit, name="陈晨", role="lead", timezone="Asia/Shanghai", aliases=("晨姐",))
    unit.actor = boss.id
    add_account(unit, boss, platform="playground", app="demo", tenant="demo", native="chenchen")
    chat = open_chat(
        unit, project_name="双11", platform="playground", app="demo", tenant="demo", native="war", kind="group",
        title="双11", language="zh",
    )  # fmt: skip
    said, _ = rooms.hold(unit, key="k", chat="war", thread=None, sender="chenchen", body={"nodes": ["任务 加 主图"]})
    shown = rooms.post(
        unit, outbox_id=LETTER, chat="war", thread=said.id, only_for=None,
        body={"reply": {"type": "who", "person": boss.id}, "language": "zh"},
    )  # fmt: skip
    task = unit.add(
        Task, number=next_number(unit, "task"), title="主图", owner_id=boss.id, creator_id=boss.id, labels=["设计"],
        project_id=chat.project_id, source_chat_id=chat.id, source_message=str(said.id), due_on=unit.now.date(),
        due_by=unit.now,
    )  # fmt: skip
    unit.change(task, title="主图定稿")
    choose_country(unit, "CN")
    set_days(unit, COMPANY, [DayRule(unit.now.date(), False, "年会")])
    unit.add(Comment, task_id=task.id, author_id=boss.id, text="快了")
    card = hang_card(unit, kind="task", object_id=task.id, chat_id=chat.id, thread=None)
    place_card(unit, card, str(shown))
    mail.receive(
        unit, key="playground:k", call=CALL, received_at=unit.now, person_id=boss.id, chat_id=chat.id,
        command="task add", args={"owner": boss.id}, result="done", reply={"type": "Reply"}, ref_kind="task",
        ref_id=task.id, ref_label="T-1", writes=2,
    )  # fmt: skip
    values: dict[str, Any] = {"platform": "playground", "chat_id": chat.id, "card_id": card, "language": "zh"}
    sent = mail.post(unit, lease_token="dead", operation="post", lane=f"chat:{chat.id}:{said.id}", **values)
    mail.finish(unit, sent, state="sent", attempts=1, message=str(shown))
    mail.post(unit, lease_token="dead", operation="update", lane=f"card:{card}", **values)
    fill_budget(unit, boss.id, chat.project_id or 0)


def fill_budget(unit: Unit, person: int, project: int) -> None:
    """Plan a line, with something agreed to, spent and changed on it."""
    asked: dict[str, Any] = {"requester_id": person, "editor_id": person, "edited_at": unit.now, "asked_at": unit.now}
    money = {"amount_minor": 3_000_000_000_000, "currency": "CNY"}  # more than fits into 32 bits
    approval = unit.add(
        Approval, number=next_number(unit, "approval"), project_id=project, kind="cost", title="投放", mode="any",
        quorum=1, category="marketing", **asked, **money,
    ).id  # fmt: skip
    line = unit.add(BudgetLine, project_id=project, category="marketing", plan_minor=9_000_000_000_000, currency="CNY")
    line = unit.change(line, committed_minor=money["amount_minor"], spent_minor=100, drawn_minor=100)
    on = {"project_id": project, "budget_id": line.id, "approval_id": approval}
    unit.add(Commitment, drawn_minor=100, **on, **money)
    unit.add(Spend, number=next_number(unit, "spend"), amount_minor=100, note="样品", creator_id=person, **on)
    unit.add(PlanChange, before_minor=5, after_minor=9_000_000_000_000, applied_at=unit.now, **on)
    unit.add(Benefit, project_id=project, note="毛利", author_id=person, **money)


def written(store: Store, workspace: int) -> list[str]:
    lines: list[str] = []
    store.read_now(workspace, lambda unit: export(unit, lines.append))
    return lines


def put(store: Store, workspace: int, text: str | bytes, *, dry_run: bool = False) -> dict[str, int]:
    document = Document(io.BytesIO(text.encode() if isinstance(text, str) else text))
    try:
        checked = check(document, languages=LANGUAGES)
        return bring_in(
            store, workspace, lambda unit: put_in(unit, document, checked, redraw=moved_owner), dry_run=dry_run
        )
    finally:
        document.close()


def moved_owner(value: Any, moved: Moved, command: str | None) -> Any:
    return {**value, "owner": moved.id("person", value["owner"])} if command == "task add" else value


def all_rows(store: Store, workspace: int) -> dict[str, list[dict[str, Any]]]:
    """Read a workspace as its document shows it, by kind."""
    found: dict[str, list[dict[str, Any]]] = {}
    for line in written(store, workspace)[1:-1]:
        ((kind, row),) = json.loads(line).items()
        found.setdefault(kind, []).append(row)
    return found


def found(store: Store, name: str = "main") -> int:
    return store.write_now(0, lambda unit: found_workspace(unit, name=name, language="en", timezone="UTC"))


@contextmanager
def opened(url: str, clock: HandClock) -> Iterator[Store]:
    store = Store(url, clock=clock)
    try:
        yield store
    finally:
        store.close()


def changed(lines: list[str], change: Callable[[Lines], None]) -> str:
    """Give a document after somebody had a hand in it; the number in its last line is kept right."""
    bodies = [json.loads(line) for line in lines]
    change(bodies)
    bodies[-1] = {"end": {"rows": len(bodies) - 2}}
    return "".join(json.dumps(each) + "\n" for each in bodies)


def refusal(store: Store, text: str | bytes) -> TransferError:
    with pytest.raises(TransferError) as caught:
        put(store, found(store, "other"), text)
    return caught.value


# -- whole ------------------------------------------------------------------------------------


def test_document_comes_back_as_it_was(desk: Desk, empty_url: str) -> None:
    desk.write(fill)
    lines = written(desk.store, desk.workspace)
    with opened(empty_url, desk.clock) as target:
        space = found(target)
        counts = put(target, space, "".join(lines))
        assert written(target, space) == lines
        assert sum(counts.values()) == len(lines) - 2
        before, after = desk.read(workspace_of), target.read_now(space, workspace_of)
    assert (after.seal_key, after.language, after.timezone) == (before.seal_key, "zh", "Asia/Shanghai")


@pytest.mark.postgres
def test_sqlite_moves_to_postgres_and_back(sqlite_desk: Desk, migrated_postgres_url: str, empty_url: str) -> None:
    sqlite_desk.write(fill)
    lines = written(sqlite_desk.store, sqlite_desk.workspace)
    with opened(migrated_postgres_url, sqlite_desk.clock) as middle:
        space = found(middle)
        put(middle, space, "".join(lines))
        through = written(middle, space)
        added = middle.write_now(space, lambda unit: add_person(unit, name="Ann"))
        assert added.id == 2, "the sequence goes on after the ids that came along"
    assert through == lines
    with opened(empty_url, sqlite_desk.clock) as last:
        space = found(last)
        put(last, space, "".join(through))
        assert written(last, space) == lines


def test_what_was_sent_stays_and_a_lease_does_not_come_along(desk: Desk) -> None:
    desk.write(fill)
    (letter,) = all_rows(desk.store, desk.workspace)["outbox"]
    assert letter["operation"] == "update" and "lease_token" not in letter
    assert letter["tried_at"] == letter["created_at"], "it may have gone out"


def test_numbers_go_on_where_they_stood(desk: Desk, empty_url: str) -> None:
    desk.write(fill)
    lines = [line for line in written(desk.store, desk.workspace) if not line.startswith('{"counter"')]
    with opened(empty_url, desk.clock) as target:
        space = found(target)
        put(target, space, changed(lines, lambda bodies: None))
        assert target.write_now(space, lambda unit: next_number(unit, "task")) == 2


def test_ids_that_are_taken_move_everywhere(desk: Desk) -> None:
    """The copy stands beside its original: every id, call and letter of it must give way."""
    desk.write(fill)
    other = found(desk.store, "demo")
    put(desk.store, other, "".join(written(desk.store, desk.workspace)))
    old, new = all_rows(desk.store, desk.workspace), all_rows(desk.store, other)
    assert {kind: len(rows) for kind, rows in new.items()} == {kind: len(rows) for kind, rows in old.items()}
    for kind in new:
        if "id" in new[kind][0]:
            assert {row["id"] for row in new[kind]}.isdisjoint(row["id"] for row in old[kind])
    (person,), (chat,), (task,), (card,) = new["person"], new["chat"], new["task"], new["card"]
    (said, shown), (inbox,), (letter,) = new["room_message"], new["inbox"], new["outbox"]
    assert (task["owner_id"], task["source_chat_id"], task["source_message"]) == (
        person["id"], chat["id"], str(said["id"]),
    )  # fmt: skip
    assert (card["object_id"], card["message"], card["chat_id"]) == (task["id"], str(shown["id"]), chat["id"])
    assert (inbox["person_id"], inbox["ref_id"], inbox["args"]) == (person["id"], task["id"], {"owner": person["id"]})
    assert (letter["card_id"], letter["lane"], letter["cause"]) == (card["id"], f"card:{card['id']}", inbox["call"])
    assert shown["thread"] == said["id"]
    added = next(row for row in new["audit"] if row["kind"] == "task" and row["action"] == "add")
    assert (added["actor_id"], added["object_id"], added["call"]) == (person["id"], task["id"], inbox["call"])
    assert added["after"]["owner_id"] == person["id"]
    assert added["after"]["source_message"] == str(said["id"])
    assert desk.store.read_now(other, workspace_of).seal_key != desk.read(workspace_of).seal_key


# -- or not at all ----------------------------------------------------------------------------


def test_an_export_holds_nothing_of_another_workspace(desk: Desk) -> None:
    desk.write(fill)
    other = desk.store.write_now(0, lambda unit: found_workspace(unit, name="beside", language="en", timezone="UTC"))
    desk.store.write_now(other, lambda unit: add_person(unit, name="Nobody of ours"))
    lines: list[str] = []
    desk.store.read_now(other, lambda unit: export(unit, lines.append))
    assert any("Nobody of ours" in line for line in lines) and not any("陈晨" in line for line in lines)
    lines.clear()
    desk.read(lambda unit: export(unit, lines.append))
    assert any("陈晨" in line for line in lines) and not any("Nobody of ours" in line for line in lines)


def test_workspace_that_holds_something_is_left_alone(desk: Desk) -> None:
    desk.write(fill)
    lines = written(desk.store, desk.workspace)
    with pytest.raises(TransferError, match=r"not empty: it holds .*1 person"):
        put(desk.store, desk.workspace, "".join(lines))
    assert written(desk.store, desk.workspace) == lines


def test_dry_run_writes_nothing(desk: Desk, empty_url: str) -> None:
    desk.write(fill)
    with opened(empty_url, desk.clock) as target:
        space = found(target)
        assert put(target, space, "".join(written(desk.store, desk.workspace)), dry_run=True)["task"] == 1
        assert all_rows(target, space) == {}


def test_document_that_was_cut_off_is_refused(sqlite_desk: Desk) -> None:
    sqlite_desk.write(fill)
    lines = written(sqlite_desk.store, sqlite_desk.workspace)
    with pytest.raises(TransferError, match="not whole: its last line is missing"):
        put(sqlite_desk.store, sqlite_desk.workspace, "".join(lines[:-1]))
    del lines[3]
    told = refusal(sqlite_desk.store, "".join(lines))
    assert "not whole: its last line" in str(told)


def test_every_problem_is_told_by_its_line(sqlite_desk: Desk) -> None:
    sqlite_desk.write(fill)
    lines = written(sqlite_desk.store, sqlite_desk.workspace)
    where = {next(iter(json.loads(line))): number for number, line in enumerate(lines)}

    def spoil(bodies: Lines) -> None:
        def row(kind: str) -> dict[str, Any]:
            body: dict[str, Any] = bodies[where[kind]][kind]
            return body

        row("person").update(role="king", timezone="Asia/Nowhere")
        row("task").update(owner_id=99, status="lost", version="1", colour="red")
        row("comment").pop("text")
        row("chat")["created_at"] = "yesterday"
        row("card")["object_id"] = 2**40
        bodies.insert(-1, {"vendor": {"id": 1}})
        bodies.insert(-1, {"person": bodies[where["person"]]["person"]})

    told = refusal(sqlite_desk.store, changed(lines, spoil))
    wanted = [
        ("person", "role must be one of"),
        ("person", "is no IANA time zone"),
        ("task", "there is no person 99"),
        ("task", "status must be one of"),
        ("task", "version must be a whole number"),
        ("task", "task has no 'colour'"),
        ("comment", "text is missing"),
        ("chat", "created_at must be an instant"),
        ("card", "object_id must be a whole number"),
    ]
    for kind, text in wanted:
        assert any(each.line == where[kind] + 1 and text in each.text for each in told.problems), (kind, text)
    assert any("'vendor' is not known here" in each.text for each in told.problems)
    assert any("id 1 stands twice" in each.text for each in told.problems)
    other = next(each.id for each in sqlite_desk.store.read_now(0, all_workspaces) if each.name == "other")
    assert all_rows(sqlite_desk.store, other) == {}


def test_twenty_problems_are_told_and_the_rest_counted(sqlite_desk: Desk) -> None:
    head = json.dumps({HEAD: {"format": 1, "schema": known_versions()[-1]}})
    rows = "".join(json.dumps({"person": {"id": n}}) + "\n" for n in range(1, 31))
    told = refusal(sqlite_desk.store, f"{head}\n{rows}" + json.dumps({"end": {"rows": 30}}))
    assert len(told.problems) == MOST_PROBLEMS
    assert str(told).endswith("and 130 more")
    assert [each.line for each in told.problems] == sorted(each.line for each in told.problems)


HEADED = b'{"drumbeat": {"format": 1}}\n'


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        (b"", 0, "the document is empty"),
        (b'{"person": {"name": "Ann"}}', 1, "the first line must be"),
        (b'{"drumbeat": {"format": 7}}', 1, "format 7 is not known"),
        (b'{"drumbeat": {"schema": "9999"}}', 1, "a later release"),
        (b'{"drumbeat": {"seal_key": "short"}}', 1, "64 hexadecimal digits"),
        (b'{"drumbeat": {"timezone": "Mars/Base"}}', 1, "no IANA time zone"),
        (b'{"drumbeat": {"colour": "red"}}', 1, "knows no 'colour'"),
        (HEADED + b"nonsense", 2, "is no JSON"),
        (HEADED + b"[1, 2]", 2, "a row is written"),
        (HEADED + b'{"person": {"name": "\xff"}}', 2, "is not UTF-8"),
        (HEADED + b'{"person": {"name": "\\u0000"}}', 2, "cannot be stored"),
        (HEADED + b'{"person": {"name": "\\ud800"}}', 2, "cannot be stored"),
        (HEADED + b'{"person": {"n": NaN}}', 2, "no number"),
        (HEADED + b'{"person": {"n": 1e999}}', 2, "too large"),
        (HEADED + b'{"person": {"n": ' + b"9" * 5000 + b"}}", 2, "digits"),
        (HEADED + b'{"person": {"a": 1, "a": 2}}', 2, "stands twice"),
        (HEADED + b'{"person": ' + b"[" * 100 + b"]" * 100 + b"}", 2, "nested more than"),
        (HEADED + b'{"person": ' + b"[" * 400_000, 2, "nested more than"),
        (HEADED + b'{"person": {"name": "' + b"x" * LINE_BYTES + b'"}}\n{', 2, "longer than 1,000,000 bytes"),
    ],
)
def test_line_that_is_no_row_is_told(text: bytes, line: int, what: str) -> None:
    document = Document(io.BytesIO(text))
    document.close()
    assert any(each.line == line and what in each.text for each in document.problems.first), document.problems.first


def test_long_line_is_never_held_whole_and_the_next_keeps_its_number() -> None:
    huge = HEADED + b"x" * (5 * LINE_BYTES) + b"\nnonsense\n"
    document = Document(io.BytesIO(huge))
    document.close()
    assert [each.line for each in document.problems.first] == [2, 3]


def test_every_column_that_points_somewhere_is_known() -> None:
    """A new subject that points without a foreign key would lose its way in a move."""
    for table in tables():
        for column in table.c:
            if isinstance(column.type, Integer) and (column.name.endswith("_id") or column.name.endswith("_by")):
                named = (table.name, column.name)
                assert column.foreign_keys or named in POINTERS or named in BY_KIND, named


def test_trace_is_carried_whole(desk: Desk, empty_url: str) -> None:
    desk.write(fill)
    every = select(AUDIT).where(AUDIT.c.workspace_id == WORKSPACE).order_by(AUDIT.c.id)
    with opened(empty_url, desk.clock) as target:
        space = found(target)
        put(target, space, "".join(written(desk.store, desk.workspace)))
        before, after = desk.read(lambda unit: unit.rows(every)), target.read_now(space, lambda unit: unit.rows(every))
    assert [(r.kind, r.object_id, r.version, r.before, r.after) for r in before] == [
        (r.kind, r.object_id, r.version, r.before, r.after) for r in after
    ]


@pytest.mark.slow
def test_ten_thousand_rows_are_carried(desk: Desk) -> None:
    desk.write(fill)

    def many(bodies: Lines) -> None:
        task = next(body["task"] for body in bodies if "task" in body)
        bodies[-1:-1] = [{"task": {**task, "id": n, "number": n}} for n in range(2, 10_001)]

    text = changed(written(desk.store, desk.workspace), many)
    other = found(desk.store, "demo")
    assert put(desk.store, other, text)["task"] == 10_000
    assert desk.store.write_now(other, lambda unit: next_number(unit, "task")) == 10_001
