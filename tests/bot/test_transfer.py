"""`drumbeat export` and `drumbeat import`: the bot works on where it was, on the other database too."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from adapters.playground import Acted, Said, Where
from bot import __main__ as program
from bot.app import App
from bot.config import Settings
from bot.observe import utc_now
from bot.seal import is_sealed
from bot.seed import SCRIPT, key_of, seed
from bot.transfer import import_from, put_into
from commands.core.event import Carried
from commands.core.reply import Toast
from storage.audit import OF_OBJECT
from storage.cards import cards_of
from storage.chats import all_chats
from storage.engine import AlreadyRunning, RunLock
from storage.mail import waiting
from storage.people import all_people, people_called
from storage.rooms import must_find
from storage.tasks import comments_on, task_numbered
from storage.teams import members_of, team_called
from storage.transfer import Document, TransferError, export
from tests.house.sources import ROOT
from tests.support.store import HandClock

pytestmark = pytest.mark.slow

WAR_ROOM = Where("war-room", "group", "双11作战室")
Run = Callable[..., int]


@pytest.fixture
def other_url(sqlite_template: Path, tmp_path: Path) -> str:
    """Lend a second migrated SQLite file."""
    path = tmp_path / "other.db"
    shutil.copyfile(sqlite_template, path)
    return f"sqlite:///{path}"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a verb of the command line against a database."""
    config = tmp_path / "drumbeat.toml"
    config.write_text("", encoding="utf-8")
    monkeypatch.setenv("DRUMBEAT_CONFIG", str(config))

    def call(url: str, *argv: str) -> int:
        monkeypatch.setenv("DRUMBEAT_DATABASE_URL", url)
        root = logging.getLogger()
        before = root.handlers[:], root.level
        try:
            return program.main(argv)
        finally:
            monkeypatch.delenv("DRUMBEAT_DATABASE_URL")  # else it would win over what a test opens
            root.handlers[:] = before[0]
            root.setLevel(before[1])

    return call


async def say(app: App, who: str, text: str, key: str) -> None:
    await app.playground.say(Said(key, who, WAR_ROOM, (text,)))
    await sent(app)


async def sent(app: App) -> None:
    for _ in range(1_000):
        app.delivery.nudge()
        due, _oldest = await app.store.read(app.by_name["demo"].id, waiting)
        if due == 0:
            return
        await asyncio.sleep(0.005)
    raise AssertionError("not everything was sent")


def demo(app: App) -> int:
    return app.by_name["demo"].id


# -- a whole move -------------------------------------------------------------------------------


@pytest.mark.postgres
async def test_the_bot_works_on_after_sqlite_to_postgres_and_back(
    sqlite_url: str, migrated_postgres_url: str, other_url: str, tmp_path: Path, run: Run,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    await seed(Settings(database_url=sqlite_url), now=utc_now())
    first, second, third = (str(tmp_path / f"{number}.jsonl") for number in (1, 2, 3))

    async def verb(*argv: str) -> None:
        assert await asyncio.to_thread(run, *argv) == 0, capsys.readouterr().err

    await verb(sqlite_url, "export", first)
    await verb(migrated_postgres_url, "import", first)
    await verb(migrated_postgres_url, "export", second)
    await verb(other_url, "import", second)
    await verb(other_url, "export", third)
    assert body_of(first) == body_of(second) == body_of(third)
    assert mode_of(first) == 0o600, "it holds the key of the buttons"
    for url in (migrated_postgres_url, other_url):
        await _works_on(url)


def body_of(path: str) -> str:
    """Read a document but for its first line, which tells when it was written."""
    return Path(path).read_text(encoding="utf-8").split("\n", 1)[1]


def mode_of(path: str) -> int:
    return Path(path).stat().st_mode & 0o777


async def _works_on(url: str) -> None:
    app = App(Settings(database_url=url))
    try:
        async with app.working():
            space = demo(app)

            def number_1(unit: Any) -> Any:
                return task_numbered(unit, 1)

            (hung,) = app.store.read_now(space, lambda unit: cards_of(unit, "task", number_1(unit).id))
            await say(app, "lisi", "改名 T-1 首焦主图终稿", f"move-1-{url}")
            shown = app.store.read_now(space, lambda unit: must_find(unit, int(hung.message)))
            assert "首焦主图终稿" in json.dumps(shown.body, ensure_ascii=False), "the card is edited in place"
            await say(app, "lisi", "撤销", f"move-2-{url}")
            assert app.store.read_now(space, number_1).title == "首焦主图定稿"
            await say(app, SCRIPT[2].who, SCRIPT[2].text, key_of(2, SCRIPT))
            assert "任务 加" in SCRIPT[2].text, "an event from before the move, delivered again, is known"
            assert app.store.read_now(space, lambda unit: task_numbered(unit, 13)) is None
            await say(app, "lisi", "任务 加 新的一件", f"move-3-{url}")
            assert app.store.read_now(space, lambda unit: task_numbered(unit, 13)) is not None
            await _old_button_works(app, shown)
    finally:
        app.close()


async def _old_button_works(app: App, shown: Any) -> None:
    button = next(each for each in shown.body["reply"]["buttons"] if each["command"] == "task done")
    carried = Carried(button["command"], button["args"], button["version"], button["mac"])
    assert is_sealed(app.by_name["demo"], carried)
    pressed = Acted("pressed", f"press-{app.store.url}", "lisi", WAR_ROOM, str(shown.id), carried)
    outcome = await app.playground.act(pressed)
    assert outcome.ack == "ok" and not (isinstance(outcome.answer, Toast) and "T-1" not in outcome.answer.text)
    assert app.store.read_now(demo(app), lambda unit: task_numbered(unit, 1)).status == "done"  # type: ignore[union-attr] # it was there before


async def test_move_beside_another_team_maps_people_in_replies_and_arguments(
    sqlite_url: str, other_url: str, tmp_path: Path, run: Run
) -> None:
    """The ids of the target are taken: nothing of the old numbering may be left."""
    now = utc_now()
    await seed(Settings(database_url=sqlite_url), now=now)
    app = App(Settings(database_url=other_url))
    by_hand(app, [{"person": {"name": f"P{number}"}} for number in range(20)], workspace="main")
    app.close()
    target = str(tmp_path / "demo.jsonl")
    assert await asyncio.to_thread(run, sqlite_url, "export", "--workspace", "demo", target) == 0
    assert await asyncio.to_thread(run, other_url, "import", target) == 0
    app = App(Settings(database_url=other_url))
    try:
        people = app.store.read_now(demo(app), all_people)
        known = {person.id for person in people}
        assert min(known) > 20 and len(known) == 12
        bodies = exported_rows(app)
        named = {each for row in bodies for each in people_in(row)}
        assert named and named <= known
        await _works_on(other_url)
    finally:
        app.close()


def exported_rows(app: App) -> list[dict[str, Any]]:
    lines: list[str] = []
    app.store.read_now(demo(app), lambda unit: export(unit, lines.append))
    return [json.loads(line) for line in lines]


def people_in(value: Any) -> list[int]:
    """Find every id of a person in replies, letters and arguments."""
    if isinstance(value, list):
        return [each for one in value for each in people_in(one)]
    if not isinstance(value, dict):
        return []
    found = [each for one in value.values() for each in people_in(one)]
    if str(value.get("type")).lower() == "who":
        found.append(value["person"])
    found += [value[name] for name in ("owner", "by", "person_id", "actor_id") if isinstance(value.get(name), int)]
    return found


# -- by hand ------------------------------------------------------------------------------------


def document_of(rows: list[dict[str, Any]], **head: Any) -> Document:
    lines = [{"drumbeat": {"format": 1, **head}}, *rows]
    return Document(io.BytesIO("\n".join(json.dumps(each, ensure_ascii=False) for each in lines).encode()))


def by_hand(app: App, rows: list[dict[str, Any]], *, workspace: str = "demo", **head: Any) -> dict[str, int]:
    document = document_of(rows, **head)
    try:
        return put_into(app, app.by_name[workspace], document)
    finally:
        document.close()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(request: pytest.FixtureRequest) -> Any:
    """Open a program on an empty database of each kind in turn."""
    name = "sqlite_url" if request.param == "sqlite" else "migrated_postgres_url"
    opened = App(Settings(database_url=request.getfixturevalue(name)), clock=HandClock())
    yield opened
    opened.close()


HAND: list[dict[str, Any]] = [
    {"task": {"ref": "T-7", "title": "主图定稿", "owner": "四哥", "creator": "Ann", "project": "双11",
              "due": "2026-11-27", "priority": "high", "labels": ["设计"], "chat": "作战室"}},
    {"task": {"title": "Booth", "owner": "@ann", "due": "2026-11-27T18:00:00+08:00", "status": "doing"}},
    {"comment": {"task": "T-7", "author": "Ann", "text": "files are in the drive"}},
    {"person": {"name": "李四", "aliases": ["四哥"], "created_at": "2026-11-01T09:00:00+08:00"}},
    {"person": {"name": "Ann", "role": "lead", "language": "en", "accounts": {"slack": "U123"}}},
    {"project": {"name": "双11"}},
    {"chat": {"title": "作战室", "project": "双11"}},
    {"chat": {"title": "general"}},
]  # fmt: skip


async def test_document_by_hand_is_entered_and_worked_with(app: App) -> None:
    counts = by_hand(app, HAND, timezone="Asia/Shanghai", language="en")
    assert counts == {"person": 2, "project": 1, "chat": 2, "task": 2, "comment": 1}
    space = demo(app)
    task, booth = (app.store.read_now(space, lambda unit, n=n: task_numbered(unit, n)) for n in (7, 8))  # type: ignore[misc] # n is an int
    assert task is not None and booth is not None
    people = {person.name: person for person in app.store.read_now(space, all_people)}
    assert (task.owner_id, task.creator_id, task.priority) == (people["李四"].id, people["Ann"].id, 1)
    assert str(task.due_by).startswith("2026-11-27 16:00")  # midnight in Shanghai
    assert str(booth.due_at).startswith("2026-11-27 10:00") and booth.due_on is not None and booth.status == "doing"
    assert [text for text, _, who in app.store.read_now(space, lambda unit: comments_on(unit, task.id, most=5))] == [
        "files are in the drive"
    ]
    assert len(app.store.read_now(space, lambda unit: people_called(unit, ["四哥"]))["四哥"]) == 1
    chats = {chat.title: chat for chat in app.store.read_now(space, all_chats)}
    assert chats["作战室"].project_id == task.project_id and chats["general"].project_id is not None
    trace = app.store.read_now(space, lambda unit: unit.rows(OF_OBJECT, kind="task", object=task.id))
    assert [(each.action, each.version, each.actor_id) for each in trace] == [("add", 1, None)]
    assert str(people["李四"].created_at).startswith("2026-11-01 01:00")
    async with app.working():
        where = Where(chats["作战室"].native, "group", "作战室")
        outcome = await app.playground.say(Said("k", "ann", where, ("任务 加 下一件",)))
        assert outcome.ack == "ok"
    assert app.store.read_now(space, lambda unit: task_numbered(unit, 9)) is not None


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"task": {"title": "x", "owner": "王二"}}, "line 6: task: owner: there is no person '王二' in the document"),
        ({"task": {"title": "x", "owner": "张伟"}}, "line 6: task: owner: several of person are called '张伟'"),
        ({"task": {"title": "x", "project": "Mars"}}, "line 6: task: project: there is no project 'Mars'"),
        ({"comment": {"task": "T-99", "text": "x"}}, "line 6: comment: task: there is no task 'T-99'"),
        ({"comment": {"text": "x"}}, "line 6: comment: task is missing"),
        ({"task": {"ref": "T-1", "title": "x"}}, "line 6: number 1 stands in line 5 already"),
        ({"task": {"ref": "R-1", "title": "x"}}, "line 6: task: 'R-1' is no ref such as T-12"),
        ({"task": {"title": ""}}, "line 6: task: title is empty"),
        ({"task": {"title": "x", "due": "soon"}}, "line 6: task: due_at must be an instant"),
        ({"task": {"title": "x", "priority": "super"}}, "line 6: task: priority must be a whole number"),
        ({"task": {"title": "x", "labels": "a"}}, "line 6: task: labels must be a list of texts"),
        ({"task": {"title": "x", "version": 3}}, "line 6: task: a row by hand has version 1"),
        ({"task": {"title": "x", "workspace_id": 1}}, "line 6: task has no 'workspace_id'"),
        ({"person": {"name": "Kim", "role": "king"}}, "line 6: person: role must be one of"),
        ({"person": {"name": "Kim", "accounts": [{"native": 1}]}}, "line 6: person: an account is"),
        ({"chat": {"title": "x", "platform": "slack"}}, "line 6: chat: app is missing"),
        ({"team": {"name": "T", "members": ["Kim"]}}, "line 6: team: members: there is no person 'Kim'"),
        ({"team": {"name": "T", "members": "张伟(技术)"}}, "line 6: team: members must be a list of names"),
        ({"audit": {"id": 1}}, "line 6: 'audit' cannot be written by hand; known: "),
        ({"vendor": {"name": "x"}}, "line 6: 'vendor' cannot be written by hand"),
    ],
)
def test_mistake_by_hand_names_its_line(sqlite_url: str, row: dict[str, Any], told: str) -> None:
    app = App(Settings(database_url=sqlite_url), clock=HandClock())
    rows = [
        {"person": {"name": "张伟(技术)"}},
        {"person": {"name": "张伟(仓储)"}},
        {"project": {"name": "双11"}},
        {"task": {"ref": "T-1", "title": "主图"}},
        row,
    ]
    try:
        with pytest.raises(TransferError) as caught:
            by_hand(app, rows)
        assert any(told in str(each) for each in caught.value.problems), str(caught.value)
        assert app.store.read_now(demo(app), all_people) == []
    finally:
        app.close()


def test_team_by_hand_comes_with_its_people(app: App) -> None:
    rows: list[dict[str, Any]] = [
        {"team": {"name": "客服组", "lead": "Ann", "members": ["四哥", "@Ann"]}},
        {"person": {"name": "李四", "aliases": ["四哥"]}},
        {"person": {"name": "Ann"}},
    ]
    assert by_hand(app, rows) == {"person": 2, "team": 1}
    members = app.store.read_now(demo(app), lambda unit: members_of(unit, team_called(unit, ["客服组"])["客服组"][0]))
    assert [person.name for person in members] == ["Ann", "李四"]


@pytest.mark.slow
def test_ten_thousand_rows_by_hand_are_brought_in(app: App) -> None:
    rows: list[dict[str, Any]] = [{"person": {"name": "Ann"}}]
    rows += [{"task": {"title": f"piece {number}", "owner": "Ann"}} for number in range(9_999)]
    assert by_hand(app, rows)["task"] == 9_999


# -- the verbs ----------------------------------------------------------------------------------


def test_verbs_name_what_is_in_use_and_refuse_what_is_not_empty(
    sqlite_url: str, other_url: str, tmp_path: Path, run: Run, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(sqlite_url, "say", "任务") == 0
    capsys.readouterr()
    assert run(sqlite_url, "export") == 0
    written = capsys.readouterr()
    assert written.err.startswith("exported demo: ")
    path = tmp_path / "demo.jsonl"
    path.write_text(written.out, encoding="utf-8")
    assert run(other_url, "import", "--dry-run", str(path)) == 0
    assert capsys.readouterr().out.startswith("would import demo: ")
    assert run(other_url, "import", str(path)) == 0
    assert capsys.readouterr().out.startswith("imported demo: ")
    assert run(other_url, "import", str(path)) == 2
    assert "the workspace is not empty: it holds 4 counter, 12 person" in capsys.readouterr().err
    assert run(sqlite_url, "export", str(path)) == 2
    assert "exists already" in capsys.readouterr().err
    assert run(f"sqlite:///{tmp_path / 'none.db'}", "export") == 2
    assert "there is no database" in capsys.readouterr().err
    assert not (tmp_path / "none.db").exists()
    assert run(other_url, "import", str(tmp_path / "gone.jsonl")) == 2
    assert "could not be read" in capsys.readouterr().err


def test_file_that_cannot_be_written_leaves_nothing(sqlite_url: str, tmp_path: Path, run: Run) -> None:
    assert run(sqlite_url, "say", "任务") == 0
    assert run(sqlite_url, "export", str(tmp_path / "no" / "where.jsonl")) == 2
    assert not list(tmp_path.glob("**/*.part"))


def test_import_waits_until_no_bot_serves_the_file(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "hand.jsonl"
    path.write_text('{"drumbeat": {"format": 1}}\n{"person": {"name": "Ann"}}\n', encoding="utf-8")
    with RunLock(sqlite_url), pytest.raises(AlreadyRunning):
        import_from(Settings(database_url=sqlite_url), workspace="main", source=str(path), dry_run=False)


def test_example_of_the_manual_can_be_imported(sqlite_url: str, tmp_path: Path, run: Run) -> None:
    manual = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    path = tmp_path / "example.jsonl"
    path.write_text(next(part for part in manual.split("```") if part.startswith('\n{"drumbeat"')), encoding="utf-8")
    assert run(sqlite_url, "import", "--workspace", "demo", str(path)) == 0
    assert run(sqlite_url, "say", "--as", "四哥", "完成 T-7") == 0


def test_workspace_that_is_not_there_is_named(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "hand.jsonl"
    path.write_text('{"drumbeat": {"format": 1, "workspace": "mars"}}\n', encoding="utf-8")
    with pytest.raises(TransferError, match="no workspace 'mars' here"):
        import_from(Settings(database_url=sqlite_url), workspace=None, source=str(path), dry_run=False)
