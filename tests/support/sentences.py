"""The tables of sentences in tests/sentences, and what the bot makes of each of them.

A line is `what must come of it | what is said`; `~` before what is said means that nobody addressed the bot.

    task done; tasks=T-12   it is done, with these arguments and no others
    asked                   a question or a refusal, which changes nothing
    asked: task done; …     a question whose first button does this
    talk                    a short answer that changes nothing
    ignored                 nothing at all
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from time import thread_time
from typing import Final

from bot.house import Done, House
from bot.turn import Turn
from commands.core.event import Args, Event, Place, Sender
from commands.core.reading import COMMAND_CHARS
from commands.core.wire import decode
from storage.chats import chat_at
from storage.mail import INBOX
from storage.people import all_people
from storage.store import Store
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import Workspace, all_workspaces, next_number
from tests.fakes.memory import APP, ROOMY, TENANT
from tests.support.house import ACCOUNTS, ROOMS, WAR_ROOM, shipped, shipped_reader
from tests.support.store import WEDNESDAY

HERE: Final = Path(__file__).parents[1] / "sentences"
LANGUAGES: Final = ("zh", "en")
SPEAKER: Final = {"zh": "陈晨", "en": "Kate"}
TASKS: Final = (
    ("首焦主图定稿", "李四"), ("详情页文案", "李娜"), ("会场页面压测", "张伟(技术)"), ("赠品清单确认", None),
    ("客服话术更新", "赵敏"), ("主图拍摄", None), ("Key visual", "Bob"),
    ("Landing page copy", "Ann"), ("Landing page layout", None),
    ("Vendor contract", "Kate"), ("预售库存锁定", None), ("直播脚本", "陈晨"), ("Email banner", None),
    ("优惠券测试", "王五"),
)  # fmt: skip
"""T-1 to T-14, all open but the last."""
HARDEST: Final = (
    "任务 加" * 1_000, "把" * COMMAND_CHARS, "请" * COMMAND_CHARS, "T-1 " * 1_000, "T-1、" * 1_000, "把主图" * 80,
    "add a task to " * 17, "i have done " * 20, "，李四周五前" * 40, " ," * 2_000,
)  # fmt: skip
"""What took longest to read when it was looked for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One line of a table."""

    language: str
    tier: str
    half: str
    """`tuned`, `held back`, `fresh` (written after the patterns were), `strangers` (by one who had not seen them)."""
    expected: str
    said: str
    is_addressed: bool


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a sentence."""

    case: Case
    came: str
    """What was done, or `asked`, `talk`, `ignored`."""
    offers: str = ""
    """What the first button of a question does."""
    has_acted: bool = False

    @property
    def is_right(self) -> bool:
        """Tell whether just what was expected came of it."""
        expected = self.case.expected
        if expected.startswith("asked: "):
            return self.came in ("asked", "talk") and _call(expected.removeprefix("asked: ")) == _call(self.offers)
        if expected == "talk":
            return self.came in ("asked", "talk")
        return _call(self.came) == _call(expected)

    @property
    def is_wrong(self) -> bool:
        """Tell whether something was done that was not meant."""
        return self.has_acted and not self.is_right

    def __str__(self) -> str:
        return f"{self.case.said} | {self.case.expected} | {self.came} {self.offers}"


def _call(written: str) -> tuple[str, frozenset[str]]:
    command, *args = written.split("; ")
    return command, frozenset(args)


def cases(language: str) -> Iterator[Case]:
    """Read the tables of a language: that of those who made the patterns, and that of strangers."""
    tier = half = ""
    files = (HERE / f"{language}.txt", HERE / f"{language}_strangers.txt")
    for line in (line for each in files for line in each.read_text(encoding="utf-8").splitlines()):
        if line.startswith("== "):
            tier, half = line.removeprefix("== ").split(", ")
        elif line and not line.startswith("#"):
            expected, said = line.split(" | ", 1)
            yield Case(language, tier, half, expected, said.removeprefix("~"), not said.startswith("~"))


def judge_all(store: Store) -> dict[str, list[Judged]]:
    """Say every sentence of every language to a seeded house."""
    main = next(each for each in store.read_now(0, all_workspaces) if each.name == "main")

    def say(unit: Unit) -> dict[str, list[Judged]]:
        judge = Judge(unit, main)
        return {language: [judge.judge(case) for case in cases(language)] for language in LANGUAGES}

    return store.write_now(main.id, say)


class Judge:
    """Say sentences, each in a transaction that is taken back, in a project with a few tasks."""

    def __init__(self, unit: Unit, workspace: Workspace) -> None:
        registry, languages = shipped()
        self._unit = unit
        self._workspace = workspace
        self._house = House(registry, languages, shipped_reader(), {"memory": ROOMY}, None)
        self._names = {person.id: person.name for person in all_people(unit)}
        self._keys = count()
        self._enter_tasks()

    def judge(self, case: Case) -> Judged:
        """Say one sentence, and look what comes of it."""
        savepoint = self._unit.connection.begin_nested()
        try:
            return self._say(case)
        finally:
            savepoint.rollback()
            self._unit.changed.clear()

    def _say(self, case: Case) -> Judged:
        event = Event(
            key=f"sentence-{next(self._keys)}",
            platform="memory",
            app=APP,
            tenant=TENANT,
            kind="said",
            sender=Sender(ACCOUNTS[SPEAKER[case.language]]),
            place=Place(ROOMS[WAR_ROOM], "group"),
            text=(case.said,),
            is_addressed=case.is_addressed,
            sent_at=WEDNESDAY,
        )
        reading = self._house.reader.read(self._house.reader.tokens(event.text))
        if not case.is_addressed and (reading is None or not reading.is_explicit):
            return Judged(case, "ignored")
        done = Turn(self._house, self._workspace, event, reading).write(self._unit)
        assert isinstance(done, Done)
        if done.result == "ignored":
            return Judged(case, "ignored")
        command = self._house.registry.commands.get(done.command or "")
        if done.result == "done" and command is not None:
            return Judged(case, self._call(command.name, done.args), has_acted=not command.reads)
        row = self._unit.connection.execute(INBOX.select().where(INBOX.c.call == done.call)).one()
        first = next(iter(decode(row.reply).buttons), None)
        came = "asked" if done.result in ("asked", "refused") else "talk"
        return Judged(case, came, self._call(first.command, first.args) if first else "")

    def _call(self, command: str, args: Args) -> str:
        return "; ".join(
            [
                command,
                *(f"{name}={self._value(name, value)}" for name, value in args.items() if value not in (None, [])),
            ]
        )

    def _value(self, name: str, value: object) -> str:
        if name == "owner" and isinstance(value, int):
            return self._names[value]
        return ",".join(map(str, value)) if isinstance(value, list) else str(value)

    def _enter_tasks(self) -> None:
        ids = {name: id for id, name in self._names.items()}
        project = self._project()
        for title, owner in TASKS:
            is_open = title != TASKS[-1][0]
            self._unit.add(
                Task,
                number=next_number(self._unit, "task"),
                project_id=project,
                title=title,
                owner_id=ids.get(owner or ""),
                status="todo" if is_open else "done",
                is_open=is_open,
                closed_at=None if is_open else self._unit.now,
            )
        self._unit.changed.clear()

    def _project(self) -> int | None:
        chat = chat_at(self._unit, platform="memory", app=APP, tenant=TENANT, native=ROOMS[WAR_ROOM])
        assert chat is not None
        return chat.project_id


def reading_s(text: str) -> float:
    """Measure the pure part of understanding a text: tokens, command, and what would be proposed; in CPU seconds."""
    reader = shipped_reader()
    began = thread_time()
    tokens = reader.tokens([text])
    if reader.read(tokens) is None:
        reader.is_greeting(tokens)
        reader.is_small_talk(tokens)
        reader.suggest(tokens)
    return thread_time() - began
