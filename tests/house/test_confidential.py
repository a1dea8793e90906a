"""Law: what is confidential reaches nobody who may not see it, on whatever surface it would be shown.

Tasks, approvals and a project are filled with words that stand nowhere else. Then every command is said, by several
kinds of people, in a group and directly, and the clock comes for all that it comes for; whatever leaves is read as its
readers would read it. A new command or panel is held to this without being named here. So that the law can fail, it is
run with guards removed, too, and must find each leak.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import shutil
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from adapters.markup import plain
from bot.drawing import Drawer, Drawn
from bot.house import Done, House
from bot.turn import Turn
from commands.core.command import Command, Panel, Registry
from commands.core.context import View
from commands.core.event import Event, Place, Sender
from commands.core.ports import Outgoing
from commands.core.reading import Reader
from commands.core.reply import CardNow, Part, Reply, Text
from storage.approvals import Approval, Signer, approval_numbered, signers_of
from storage.cards import hang_card, place_card
from storage.chats import Chat, Project, all_chats, all_projects
from storage.columns import Record
from storage.dependencies import Dependency
from storage.links import NamedLink
from storage.minutes import Minutes
from storage.notices import Notice
from storage.participants import Participant, participants_of
from storage.people import Person, all_people
from storage.risks import Assessment, Risk, risk_numbered
from storage.roles import give_role, roles_in
from storage.schedules import Schedule
from storage.store import Store
from storage.tasks import Comment, Task, task_numbered
from storage.unit import Unit
from storage.workspaces import Workspace, all_workspaces
from tests.fakes.memory import APP, ROOMY, TENANT
from tests.support.house import (
    ACCOUNTS,
    GUEST,
    ROOMS,
    WAR_ROOM,
    house_template,
    house_url,
    open_bot,
    shipped,
    shipped_reader,
)
from tests.support.store import WEDNESDAY, HandClock

__all__ = ["house_template", "house_url"]

REGISTRY, LANGUAGES = shipped()
_REF: Final = re.compile(rf"\b([{''.join(REGISTRY.finders)}])-\d+\b")
SECRET, OPEN, FINISHED, GRAVE, WITHIN, NEXT = 901, 912, 902, 903, 920, 930
"""Numbers: what is confidential, a task that hangs on it, a finished one, a defect, what is in the project, and what
can be finished, with NEXT + 1 behind it."""
AMOUNT: Final = 12_345_600
ROOM: Final = "secret-room"
"""The chat of the project, with its people."""
PEOPLE_OF_ROOM: Final = frozenset({"李四", "王建国"})
ALONE: Final = ("李四", GUEST.name, "周涛", "Kate")
"""One who is in it all, a guest, one who sees only their own, and one who keeps the money: each directly."""
IN_GROUP: Final = ("赵敏", "陈晨", "王建国")
"""A member, a lead and an admin: in the group of the project, in which others read too."""
THOROUGH: Final = frozenset({"李四", "赵敏"})
"""They ask for everything in each way; the others for all there is, once."""
CHINESE: Final = re.compile(r"[\u4e00-\u9fff]")
FOUND: Final = re.compile(r"zq(next|task|done|grave|appr|proj|risk|part|asks)\d|123,456|123456")
TASKS: Final = {"next": NEXT, "task": SECRET, "done": FINISHED, "grave": GRAVE, "part": WITHIN}
NOT_TEXT: Final = {
    Task: {"status", "due_zone", "source_message", "kind"},
    Approval: {"category", "kind", "currency", "mode", "state", "closed_on"},
    Project: {"country"},
}
"""Columns of letters that hold no words of people's."""


# -- what is hidden -------------------------------------------------------------------------------


def fill(unit: Unit) -> tuple[Task, Task]:
    """Make what is open: one task for what is confidential to come before, and one that comes before it."""
    people = {each.name: each for each in all_people(unit)}
    unit.change(people["周涛"], role="own-only")
    theirs = {"project_id": place_of(unit).project_id, "owner_id": people["赵敏"].id}
    after = unit.add(Task, number=OPEN, title="open", **theirs)
    hang_up(unit, place_of(unit).id, (("task", after.id),))
    unit.add(Task, number=NEXT + 1, title="behind", **theirs)
    return after, unit.add(Task, number=OPEN + 1, title="open too", **theirs)


def place_of(unit: Unit) -> Chat:
    return next(chat for chat in all_chats(unit) if chat.title == WAR_ROOM)


def hide(unit: Unit) -> None:
    """Make what is confidential, with words in every text that people type, and have open things hang on it."""
    after, before = fill(unit)
    people = {each.name: each for each in all_people(unit)}
    li, na, wu, ann = (people[name].id for name in ("李四", "李娜", "王五", "Ann"))
    place = place_of(unit)
    common = {"project_id": place.project_id, "owner_id": li, "creator_id": na}
    late = unit.now - timedelta(days=3)
    secret = unit.add(
        Task, number=SECRET, title="zqtask1", description="zqtask2\n- [ ] zqtask3", labels=["zqtask4"],
        status="blocked", held_for="zqtask5", waits_on="zqtask6", source_link="https://zqtask7.example",
        due_on=late.date(), due_by=late, is_confidential=True, **common,
    ).id  # fmt: skip
    unit.add(Comment, task_id=secret, author_id=li, text="zqtask8")
    unit.add(NamedLink, task_id=secret, name="zqtask9", edition=1, url="https://zqtask0.example", author_id=li)
    unit.add(Participant, task_id=secret, person_id=wu, part="collaborator")
    unit.add(Participant, task_id=secret, person_id=ann, part="follower")
    unit.add(
        Task, number=FINISHED, title="zqdone1", status="done", is_open=False, closed_at=unit.now, closed_by=li,
        is_confidential=True, **common,
    )  # fmt: skip
    unit.add(
        Task, number=GRAVE, title="zqgrave1", kind="bug", severity=1, found_at=late, is_confidential=True, **common
    )
    unit.change(after, parent_id=secret)
    for one, other in ((after.id, secret), (secret, before.id)):
        unit.add(Dependency, task_id=one, after_id=other)
    hang_up(unit, place.id, (("task", secret),))
    coming = unit.add(Task, number=NEXT, title="zqnext1", is_confidential=True, **common).id
    behind = task_numbered(unit, NEXT + 1)
    assert behind is not None
    unit.add(Dependency, task_id=behind.id, after_id=coming)
    ask(
        unit,
        SECRET,
        place.project_id,
        li,
        wu,
        title="zqappr1",
        note="zqappr4",
        amount_minor=AMOUNT,
        currency="CNY",
        is_confidential=True,
    )
    ask(
        unit, FINISHED, place.project_id, li, wu, title="zqappr2", state="rejected", reason="zqappr3",
        closed_at=unit.now, closed_by=wu, is_confidential=True,
    )  # fmt: skip
    hide_project(unit, people)


def hide_project(unit: Unit, people: dict[str, Person]) -> None:
    """Make a project that is confidential, with something of each kind, and a chat for it."""
    li = people["李四"].id
    project = unit.add(Project, name="zqproj1", is_confidential=True).id
    give_role(unit, project=project, person=li, role="member")
    chat = unit.add(
        Chat, project_id=project, platform="memory", app=APP, tenant=TENANT, native=ROOM, kind="group", title="zqproj2"
    )  # fmt: skip
    late = unit.now - timedelta(days=3)
    task = unit.add(Task, number=WITHIN, title="zqpart1", project_id=project, due_by=late, due_on=late.date()).id
    unit.add(Comment, task_id=task, text="zqpart2")
    risk = unit.add(
        Risk, number=SECRET, title="zqrisk1", plan="zqrisk2", plan_when="zqrisk3", labels=["zqrisk4"], probability=5,
        impact=5, score=25, assessed_at=unit.now, project_id=project,
    ).id  # fmt: skip
    unit.add(Assessment, risk_id=risk, probability=5, impact=5, score=25, note="zqrisk5")
    ask(unit, WITHIN, project, li, people["王建国"].id, title="zqasks1")
    unit.add(
        Notice, number=SECRET, text="zqproj1", project_id=project, creator_id=li, nudge_at=unit.now,
        escalate_at=unit.now,
    )  # fmt: skip
    unit.add(Minutes, number=SECRET, title="zqproj2", author_id=li, project_id=project, zone="UTC", left=["zqproj3"])
    unit.add(
        Schedule, number=SECRET, kind="reminder", owner_id=li, chat_id=chat.id, project_id=project, rule="FREQ=DAILY",
        times=["09:30"], zone="UTC", options={"text": "zqproj4"},
    )  # fmt: skip


def ask(unit: Unit, number: int, project: int | None, asks: int, signs: int, **values: Any) -> None:
    made = unit.add(
        Approval, number=number, project_id=project, requester_id=asks, editor_id=asks, kind="cost", mode="any",
        quorum=1, edited_at=unit.now, asked_at=unit.now, **values,
    )  # fmt: skip
    unit.add(Signer, approval_id=made.id, person_id=signs, place=1)


def hang_up(unit: Unit, chat: int, what: Sequence[tuple[str, int]]) -> None:
    for kind, id in what:
        place_card(unit, hang_card(unit, kind=kind, object_id=id, chat_id=chat, thread=None), f"m{kind}{id}")


# -- who may see it, worked out in another way ------------------------------------------------------


def allowed(unit: Unit, word: str) -> set[str]:
    """Tell who may read a word, by the rule as it is written for people, not as the store reads."""
    people = {each.id: each for each in all_people(unit)}
    leads: set[int | None] = {each.id for each in people.values() if each.role in ("admin", "lead")}
    project = next(each for each in all_projects(unit) if each.name.startswith("zqproj"))
    ids: set[int | None]
    inside: set[int | None] = {id for id, role in roles_in(unit, project.id).items() if role != "guest"}
    inside |= {each.id for each in people.values() if each.role == "admin"}
    if word in TASKS:
        ids = {*(inside if word == "part" else leads), *parts_of_task(unit, TASKS[word])}
    elif word == "appr":
        ids = {*leads, *(each.id for each in people.values() if each.role == "finance")}
        ids |= parts_of_approval(unit, SECRET) | parts_of_approval(unit, FINISHED)
    else:
        risk = risk_numbered(unit, SECRET)
        assert risk is not None
        ids = inside | {"asks": parts_of_approval(unit, WITHIN), "risk": {risk.owner_id}}.get(word, set())
    return {people[id].name for id in ids if id in people}


def parts_of_task(unit: Unit, number: int) -> set[int | None]:
    task = task_numbered(unit, number)
    assert task is not None
    return {task.owner_id, task.creator_id, *(each.person_id for each in participants_of(unit, task.id))}


def parts_of_approval(unit: Unit, number: int) -> set[int | None]:
    approval = approval_numbered(unit, number)
    assert approval is not None
    return {approval.requester_id, *(each.person_id for each in signers_of(unit, approval.id))}


# -- what leaves --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Leak:
    """What somebody read who may not."""

    after: str
    word: str
    readers: frozenset[str]

    def __str__(self) -> str:
        return f"{self.after}: {self.word} was read by {', '.join(sorted(self.readers))}"


class Enough(Exception):
    """Take everything back."""


class Surfaces:
    """Say, press and open things as people do, and read what leaves as its readers would."""

    def __init__(
        self, url: str, registry: Registry, filled: Callable[[Unit], object], reader: Reader | None = None
    ) -> None:
        self.store = Store(url, clock=HandClock())
        spaces = self.store.read_now(0, all_workspaces)
        self.workspace: Workspace = next(each for each in spaces if each.name == "main")
        self.registry = registry
        self.house = House(registry, LANGUAGES, reader or shipped_reader(), {"memory": ROOMY}, None)
        self.drawer = Drawer(
            registry=registry, languages=LANGUAGES, workspaces={each.id: each for each in spaces},
            limits={"memory": ROOMY},
        )  # fmt: skip
        self.store.write_now(self.workspace.id, filled)
        self.leaks: list[Leak] = []
        self.read: set[tuple[str, str]] = set()
        """Which words were read by whom, as they may."""

    def say(self, who: str, text: str, chat: str | None) -> list[str]:
        """Have somebody say something in a group, or directly (None), and give what is shown; it is taken back."""
        return self.take(who, text, chat, kind="said", text=(text,))

    def take(self, who: str, after: str, chat: str | None, **values: Any) -> list[str]:
        account = ACCOUNTS[who]
        place = Place(chat, "group", chat) if chat else Place(f"dm:{account}", "direct", who)
        sender = Sender(account, who, is_guest=who == GUEST.name)
        event = Event("key", "memory", APP, TENANT, sender=sender, place=place, sent_at=WEDNESDAY, **values)
        reader = self.house.reader
        turn = Turn(
            self.house, self.workspace, event, reader.read(reader.tokens(event.text)) if event.text else None
        )  # fmt: skip
        turn.profiles = {}
        shown: list[str] = []

        def work(unit: Unit) -> None:
            done = turn.write(unit)
            assert isinstance(done, Done)
            for letter in done.letters:
                drawn = self.drawer.draw(unit, letter)
                if isinstance(drawn, Drawn):
                    shown.append(plain(drawn.outgoing.reply))
                    self.look(unit, f"{who} in {chat}: {after}", drawn.outgoing.reply, readers_of(drawn.outgoing))
            answer = done.outcome.answer
            if answer is not None:
                self.look(unit, after, answer, everybody_in(chat) if isinstance(answer, CardNow) else {who})
            raise Enough

        with pytest.raises(Enough):
            self.store.write_now(self.workspace.id, work)
        return shown

    def look(self, unit: Unit, after: str, shown: object, readers: Collection[str]) -> None:
        """Find each word in what is shown, to its last attribute, and hold its readers to the rule."""
        for word in {each[1] or "appr" for each in FOUND.finditer(repr(shown))}:
            may = allowed(unit, word)
            if not set(readers) <= may:
                self.leaks.append(Leak(after, word, frozenset(set(readers) - may)))
            self.read |= {(word, each) for each in readers if each in may}


def readers_of(outgoing: Outgoing) -> set[str]:
    """Tell who reads a message: one person, else all who are in the chat."""
    names = {account: name for name, account in ACCOUNTS.items()}
    if outgoing.account is not None:
        return {names[outgoing.account]}
    chat = outgoing.chat or ""
    return {names[chat.removeprefix("dm:")]} if chat.startswith("dm:") else everybody_in(chat)


def everybody_in(chat: str | None) -> set[str]:
    return set(PEOPLE_OF_ROOM if chat == ROOM else ACCOUNTS)


def said_of(command: Command) -> Iterator[str]:
    """Give the examples of a command: of what is confidential, of what hangs on it, and as they are."""
    for example in dict.fromkeys((command.examples[0], *filter(CHINESE.search, command.examples))):
        if _REF.search(example):
            yield _REF.sub(rf"\1-{SECRET}", example)
            yield _REF.sub(rf"\1-{WITHIN}", example)
            yield _REF.sub(rf"\1-{OPEN}", example)
        else:
            yield example


def drive_reads(surfaces: Surfaces) -> None:
    """Ask for everything that can be asked for, in a group and directly."""
    commands = [each for each in surfaces.registry.commands.values() if each.reads]
    for who, chat in (*((who, None) for who in ALONE), *((who, ROOMS[WAR_ROOM]) for who in IN_GROUP)):
        for command in commands:
            for text in list(said_of(command))[: None if who in THOROUGH else 1]:
                surfaces.say(who, text, chat)
        for text in ALSO:
            surfaces.say(who, text, chat)
        surfaces.take(who, "home", None, kind="opened_home")


# -- the law ------------------------------------------------------------------------------------------


@pytest.fixture
def surfaces(house_url: str) -> Iterator[Surfaces]:
    made = Surfaces(house_url, REGISTRY, hide)
    yield made
    made.store.close()


def told(leaks: Sequence[Leak]) -> str:
    return "\n".join(dict.fromkeys(map(str, leaks)))


@pytest.mark.slow
def test_nothing_that_is_asked_for_shows_what_is_confidential(surfaces: Surfaces) -> None:
    drive_reads(surfaces)
    assert not surfaces.leaks, told(surfaces.leaks)
    expected = {
        *((word, who) for word in ("task", "done", "grave") for who in ("李四", "陈晨")),
        ("task", "王建国"),
        *(("appr", who) for who in ("李四", "陈晨", "王建国", "Kate")),
        *((word, who) for word in ("proj", "part", "risk", "asks") for who in ("李四", "王建国")),
    }
    assert expected <= surfaces.read, expected - surfaces.read


SCHEDULED: Final = (
    "日报 9:00", "周报 周四 9:10", "站会 加 每个工作日 9:30-11:00", "大促模式 11-18 20:00~11-20 02:00 确认",
)  # fmt: skip
ALSO: Final = ("搜 zq", "搜 zqtask", "搜 zqproj", "任务 项目", "现在发 月报", "现在发 日报", f"看 T-{FINISHED}")


@pytest.mark.slow
def test_what_is_hidden_is_answered_as_what_is_absent(surfaces: Surfaces) -> None:
    for command in surfaces.registry.commands.values():
        if not _REF.search(command.examples[0]):
            continue
        hidden, absent = (_REF.sub(rf"\1-{number}", command.examples[0]) for number in (SECRET, SECRET + 98))
        for_hidden, for_absent = (surfaces.say("赵敏", text, ROOMS[WAR_ROOM]) for text in (hidden, absent))
        letters = {match[1] for match in _REF.finditer(command.examples[0])}
        if letters <= {"T", "A", "R", "N"}:
            expected = [text.replace(str(SECRET + 98), str(SECRET)) for text in for_absent]
            assert for_hidden == expected, hidden


@pytest.mark.slow
def test_for_who_may_not_see_it_all_is_as_if_it_were_not_there(house_url: str, tmp_path: Path) -> None:
    """Counts, sums and pictures too: every answer is the same to the letter, with what is confidential and without."""
    shutil.copyfile(house_url.removeprefix("sqlite:///"), tmp_path / "bare.db")
    commands = [each for each in REGISTRY.commands.values() if each.reads]
    texts = [*(_REF.sub(rf"\1-{OPEN}", each.examples[0]) for each in commands), *ALSO]
    told_to: list[dict[tuple[str, str], list[str]]] = []
    aloud = dataclasses.replace(REGISTRY, commands={**REGISTRY.commands, "status": said_aloud("status")})
    reader = Reader(aloud, LANGUAGES)
    for url, filled in ((house_url, hide), (f"sqlite:///{tmp_path / 'bare.db'}", fill)):
        surfaces = Surfaces(url, aloud, filled, reader)
        asked = [*(("赵敏", text) for text in texts), *((who, "进度") for who in ("李四", "陈晨", "王建国"))]
        told_to.append({(who, text): surfaces.say(who, text, ROOMS[WAR_ROOM]) for who, text in asked})
        surfaces.store.close()
    for question, answer in told_to[0].items():
        assert answer == told_to[1][question], question


@pytest.mark.slow
def test_who_names_what_is_confidential_in_a_group_is_answered_alone(house_url: str) -> None:
    """Whatever the answer says: here a command that gives the title, and no ref by which it could be known."""
    show = REGISTRY.commands["task show"]
    shows_title = dataclasses.replace(show, function=lambda ctx, task: Reply(parts=(Text((task.title,)),)))
    registry = dataclasses.replace(REGISTRY, commands={**REGISTRY.commands, "task show": shows_title})
    surfaces = Surfaces(house_url, registry, hide, Reader(registry, LANGUAGES))
    assert surfaces.say("李四", f"看 T-{SECRET}", ROOMS[WAR_ROOM]) == ["zqtask1"]
    surfaces.store.close()
    assert not surfaces.leaks, told(surfaces.leaks)


def said_aloud(name: str) -> Command:
    """Have a command that reads answer the whole group."""
    private = REGISTRY.commands[name]
    return dataclasses.replace(
        private, function=lambda ctx, **values: dataclasses.replace(private.function(ctx, **values), to="here")
    )


@pytest.mark.slow
async def test_the_clock_brings_nothing_of_it_to_others(house_url: str, tmp_path: Path) -> None:
    """Nor does it count there: what it posts in a group is the same to the letter without what is confidential."""
    shutil.copyfile(house_url.removeprefix("sqlite:///"), tmp_path / "bare.db")
    posted = []
    for url, filled in ((house_url, hide), (f"sqlite:///{tmp_path / 'bare.db'}", fill)):
        async with open_bot(url, HandClock()) as bot:
            await bot.store.write(bot.workspace, filled)
            bot.platform.add_group(ROOM, "zqproj", [ACCOUNTS[name] for name in PEOPLE_OF_ROOM])
            for text in SCHEDULED:
                await bot.say("陈晨", text)
                await bot.say("王建国", text, chat=ROOM)
            await bot.say("李四", "提醒时间 8:30", chat=None)
            handed_over = await bot.say("李四", "请假 11-19 到 11-20 @赵敏")
            assert not re.search(r"\d 个任务", handed_over.text), "those that are confidential were counted"
            await bot.pass_time(timedelta(hours=32))
            assert bot.incidents() == 0
            if filled is hide:
                await bot.store.read(bot.workspace, functools.partial(look_at_all, bot.platform.attempts))
            posts = (each for each in bot.platform.attempts if each.account is None and each.chat == ROOMS[WAR_ROOM])
            posted.append([plain(each.reply) for each in posts])
    assert posted[0] == posted[1] and len(posted[0]) > 3


def look_at_all(attempts: Sequence[Outgoing], unit: Unit) -> None:
    leaks: list[Leak] = []
    read: set[tuple[str, str]] = set()
    for each in attempts:
        for word in {match[1] or "appr" for match in FOUND.finditer(repr(each.reply))}:
            readers, may = readers_of(each), allowed(unit, word)
            read.update((word, name) for name in readers & may)
            if not readers <= may:
                leaks.append(Leak(plain(each.reply)[:60], word, frozenset(readers - may)))
    assert {("task", "李四"), ("proj", "王建国"), ("part", "王建国")} <= read
    assert not leaks, told(leaks)


LIFTS: Final = frozenset({"disclose"})
"""Commands that open what was confidential to all, which is what they are for."""


@pytest.mark.slow
def test_nothing_that_is_done_tells_others_of_it(surfaces: Surfaces) -> None:
    for name, command in surfaces.registry.commands.items():
        if command.reads or name in LIFTS:
            continue
        for text in list(said_of(command))[:3]:
            surfaces.say("李四", text, ROOMS[WAR_ROOM])
        for who, chat in (("李四", None), ("赵敏", ROOMS[WAR_ROOM])):
            surfaces.say(who, next(said_of(command)), chat)
    for chat in (ROOMS[WAR_ROOM], None):  # what others wait for
        for text in (f"完成 T-{NEXT}", f"完成 T-{NEXT} T-{OPEN + 1}", f"取消 T-{NEXT} 不做了", f"归档 T-{NEXT}"):
            surfaces.say("李四", text, chat)
    assert not surfaces.leaks, told(surfaces.leaks)


def test_every_text_of_what_is_confidential_holds_such_a_word(surfaces: Surfaces) -> None:
    def look(unit: Unit) -> dict[type[Record], set[str]]:
        rows: list[Record] = [
            *(task for number in (SECRET, FINISHED) if (task := task_numbered(unit, number))),
            *(approval for number in (SECRET, FINISHED) if (approval := approval_numbered(unit, number))),
            *(each for each in all_projects(unit) if each.is_confidential),
        ]
        held: dict[type[Record], set[str]] = {}
        for row in rows:
            held.setdefault(type(row), set()).update(n for n, value in row if FOUND.search(str(value)))
        return held

    for record, held in surfaces.store.read_now(surfaces.workspace.id, look).items():
        typed = {n for n, f in record.model_fields.items() if f.annotation in (str, str | None, list[str])}
        assert typed - NOT_TEXT[record] <= held, (record, typed - held)


# -- that it can fail ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unguarded(Registry):
    """The registry with one kind that is not guarded."""

    without: str = ""

    @property
    def guarded(self) -> tuple[type[Record], ...]:
        return tuple(each.record for each in self.finders.values() if each.kind != self.without)


def unguarded(kind: str) -> Registry:
    fields = {each.name: getattr(REGISTRY, each.name) for each in dataclasses.fields(Registry)}
    return Unguarded(**fields, without=kind)


def blurt(view: View, _project: Project) -> Sequence[Part]:
    """Show what is confidential to all, past every guard."""
    with view.unit.unbounded():
        secret = task_numbered(view.unit, SECRET)
    return (Text((secret.title if secret else "",)),)


def leaking() -> Registry:
    panels = {**REGISTRY.panels, "status": (*REGISTRY.panels["status"], Panel("status", 99, blurt))}
    return dataclasses.replace(REGISTRY, panels=panels)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: unguarded("task"), "task"),
        (lambda: unguarded("approval"), "appr"),
        (leaking, "task"),
    ],
    ids=("tasks", "approvals", "a panel"),
)
def test_a_guard_that_is_removed_is_found(house_url: str, make: Callable[[], Registry], word: str) -> None:
    surfaces = Surfaces(house_url, make(), hide)
    try:
        for text in (f"看 T-{SECRET}", f"看审批 A-{SECRET}", "进度"):
            surfaces.say("赵敏", text, ROOMS[WAR_ROOM])
    finally:
        surfaces.store.close()
    assert word in {each.word for each in surfaces.leaks}
