"""A whole bot in one process: the store, dispatch, delivery and the fake platform, with a clock that stands still.

    said = await bot.say("李四", "任务 加 主图定稿 周五", chat="双11作战室")
    assert "T-1 主图定稿" in said.text

`say`, `press` and `submit` wait until everything that follows was sent, and give what was shown.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import shutil
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from adapters.markup import plain
from bot.clock import Clock
from bot.delivery import Delivery
from bot.dispatch import Dispatch
from bot.house import Done, House
from bot.observe import Meters
from bot.seed import CHATS, TEAM, TEAMS
from commands.core.command import Registry, collect
from commands.core.event import Event, Mention
from commands.core.ports import Adapter, Limits
from commands.core.reading import Reader
from commands.core.reply import (
    Button,
    Fields,
    FormErrors,
    Listing,
    Note,
    Outcome,
    Reply,
    Table,
    Text,
    Toast,
    Who,
)
from commands.words.catalog import Languages
from commands.words.catalog import load as load_words
from storage.cards import CARD
from storage.chats import open_chat
from storage.mail import OUTBOX
from storage.people import add_account, add_person, name_key, people_called
from storage.store import Store
from storage.tasks import Task, task_numbered
from storage.teams import add_team
from storage.unit import Unit
from storage.workspaces import Workspace, all_workspaces, found_workspace
from tests.fakes.memory import APP, ROOMY, TENANT, Member, Memory, Shown, buttons_of
from tests.support.store import HandClock

T = TypeVar("T")
WAR_ROOM = "双11作战室"
GUEST = Member("xiaozhou", "小周", is_guest=True)
MOST_LOOKS = 5_000

ACCOUNTS = {member.name: member.account for member in TEAM} | {GUEST.name: GUEST.account}
ROOMS = {title: native for native, title, _ in CHATS}
ELSEWHERE = {name: f"ou_{account}" for name, account in ACCOUNTS.items()}
"""The accounts of the same people on the second platform, which the store does not know yet."""
ROOM_ELSEWHERE = "oc_618"
ROOMS["618大促"] = ROOM_ELSEWHERE


@functools.cache
def shipped() -> tuple[Registry, Languages]:
    """Collect the commands and words that are shipped, once."""
    return collect(), load_words()


@functools.cache
def shipped_reader() -> Reader:
    """Build the reader of what is shipped, once."""
    return Reader(*shipped())


def enter_team(unit: Unit, platform: str) -> None:
    """Enter the demo team, its teams, a guest and the chats of one platform."""
    people: dict[str, int] = {}
    for member in TEAM:
        person = add_person(
            unit, name=member.name, role=member.role, language=member.language, timezone=member.timezone,
            aliases=member.aliases,
        )  # fmt: skip
        add_account(unit, person, platform=platform, app=APP, tenant=TENANT, native=member.account, title=member.name)
        people[member.account] = person.id
    for name, members in TEAMS:
        add_team(unit, name=name, members=[people[each] for each in members], lead=people[members[0]])
    guest = add_person(unit, name=GUEST.name, role="guest", language="zh")
    add_account(unit, guest, platform=platform, app=APP, tenant=TENANT, native=GUEST.account, title=GUEST.name)
    for native, title, language in CHATS:
        open_chat(
            unit, project_name=title, platform=platform, app=APP, tenant=TENANT, native=native, kind="group",
            title=title, language=language,
        )  # fmt: skip


def seed_house(url: str, clock: HandClock) -> None:
    """Found both workspaces, each with the team on a platform of its own."""
    store = Store(url, clock=clock)
    try:
        for name, platform in (("main", "memory"), ("demo", "annex")):
            found = functools.partial(found_workspace, name=name, language="zh", timezone="Asia/Shanghai")
            store.write_now(store.write_now(0, found), functools.partial(enter_team, platform=platform))
    finally:
        store.close()


class NotThere(AssertionError):
    """Say that a person does not see what a test has them use."""


@dataclass
class Heard:
    """What an act led to."""

    outcome: Outcome
    done: Done | None
    """None where dispatch was never asked."""
    shown: Sequence[Shown] = ()

    @property
    def text(self) -> str:
        """Everything that was shown to anybody, as plain text."""
        return "\n".join(plain(each.reply) for each in self.shown)

    @property
    def toast(self) -> str:
        """The passing line in the acknowledgement of a press; empty for none."""
        answer = self.outcome.answer
        return answer.text if isinstance(answer, Toast) else getattr(answer, "toast", "")

    @property
    def errors(self) -> Mapping[str, str]:
        """What a form was refused for, by input."""
        return self.outcome.answer.errors if isinstance(self.outcome.answer, FormErrors) else {}

    @property
    def posts(self) -> list[Shown]:
        """New messages for everybody in a group."""
        return [each for each in self.shown if each.kind == "post" and each.only_for is None and each.chat[:3] != "dm:"]

    @property
    def edits(self) -> list[Shown]:
        """Edits of cards."""
        return [each for each in self.shown if each.kind == "edit"]

    def private_to(self, name: str) -> list[Shown]:
        """What one person alone was shown, in a group or directly."""
        account = ACCOUNTS[name]
        return [each for each in self.shown if each.only_for == account or each.chat == f"dm:{account}"]

    def labels(self) -> list[str]:
        """The labels of every button that was shown."""
        return [button.label for each in self.shown for button in buttons_of(each.reply)]


@dataclass
class Bot:
    """The bot with its store and its platform, as a test works with it."""

    store: Store
    clock: HandClock
    platform: Memory
    second: Memory
    """Another platform of the same workspace, called `feishu`."""
    annex: Memory
    """A platform of the other workspace."""
    workspaces: dict[str, Workspace]
    registry: Registry
    languages: Languages
    delivery: Delivery
    dispatch: Dispatch
    meters: Meters
    ticker: Clock
    sends: bool = True
    """False where nothing is sent: every message then stays in the outbox."""
    _done: list[Done] = field(default_factory=list)

    @property
    def workspace(self) -> int:
        """The id of the workspace that `platform` belongs to."""
        return self.workspaces["main"].id

    # -- acting ---------------------------------------------------------------------------------

    async def say(
        self,
        who: str,
        text: str | Sequence[str | Mention],
        *,
        chat: str | None = WAR_ROOM,
        thread: str | None = None,
        replies_to: str | None = None,
        is_addressed: bool = True,
        key: str | None = None,
        on: Memory | None = None,
    ) -> Heard:
        """Say something in a chat, or directly to the bot (`chat=None`); `thread` is the ref of a card there."""
        platform = on or self.platform
        account = (ELSEWHERE if platform is self.second else ACCOUNTS).get(who, who)
        native = platform.direct_chat(account) if chat is None else ROOMS.get(chat, chat)
        root = self.card(thread, native, on=platform) if thread else None
        quoted = self.card(replies_to, native, on=platform) if replies_to else None
        return await self._after(
            lambda: platform.say(
                account, text, chat=native, thread=root, is_addressed=is_addressed, replies_to=quoted, key=key
            ),
            platform,
        )

    async def press(
        self,
        who: str,
        label: str,
        *,
        on: str | None = None,
        chat: str = WAR_ROOM,
        key: str | None = None,
        at: Memory | None = None,
    ) -> Heard:
        """Press a button: of the card of a ref, else the newest one of that label that the person sees."""
        platform = at or self.platform
        account = (ELSEWHERE if platform is self.second else ACCOUNTS)[who]
        message, button = self.button(who, label, on=on, chat=chat, at=platform)
        return await self._after(lambda: platform.press(account, message, button, key=key), platform)

    async def submit(self, who: str, values: Mapping[str, str] | None = None) -> Heard:
        """Send off the newest form that a person sees."""
        account = ACCOUNTS[who]
        forms = [each for each in self.platform.saw(account) if each.reply.form is not None]
        form = forms[-1].reply.form if forms else None
        if form is None:
            raise NotThere(f"{who} sees no form")
        return await self._after(
            lambda: self.platform.submit(account, forms[-1].message, form, values or {}), self.platform
        )

    async def pass_time(self, by: timedelta) -> Heard:
        """Let time pass: each slot of a schedule comes at its time, and everything that is due is sent."""
        return await self._after(lambda: self._race(self.clock.now + by), self.platform)

    async def tick(self) -> Heard:
        """Have the clock look once, at the time that it is."""
        return await self._after(self._tick, self.platform)

    async def _tick(self) -> Outcome:
        await self.ticker.tick(workspaces=[self.workspace])
        return Outcome("ok")

    async def _race(self, until: datetime) -> Outcome:
        async for _ in self.ticker.race(self.clock, until, workspace=self.workspace):
            await self.settle()
        return Outcome("ok")

    async def _after(self, act: Callable[[], object], platform: Memory) -> Heard:
        seen = [platform] if platform is self.annex else [self.platform, self.second]
        before, done = [len(each.shown) for each in seen], len(self._done)
        outcome = await act()  # type: ignore[misc] # each act is a coroutine function's call
        await self.settle()
        answered = self._done[-1] if len(self._done) > done else None
        shown = [one for each, start in zip(seen, before, strict=True) for one in each.shown[start:]]
        return Heard(outcome, answered, shown)

    async def handle(self, event: Event) -> Outcome:
        """Be the dispatch that the platforms call."""
        done = await self.dispatch.handle(event)
        self._done.append(done)
        return done.outcome

    # -- looking ----------------------------------------------------------------------------------

    def button(
        self, who: str, label: str, *, on: str | None = None, chat: str = WAR_ROOM, at: Memory | None = None
    ) -> tuple[str, Button]:
        """Find a button that somebody sees now, with the message that shows it."""
        platform, native = at or self.platform, ROOMS.get(chat, chat)
        account = (ELSEWHERE if platform is self.second else ACCOUNTS)[who]
        if on is not None:
            messages = [platform.messages[self.card(on, native, on=platform)]]
        else:
            messages = [
                each
                for place in (native, *platform.groups, platform.direct_chat(account))
                for each in platform.sees(account, place)
            ]
            order = list(platform.messages)
            messages.sort(key=lambda each: order.index(each.id))
        for message in reversed(messages):
            for button in buttons_of(message.reply) if message.reply else ():
                if button.label == label:
                    return message.id, button
        raise NotThere(f"{who} sees no button {label}")

    def card(self, ref: str, chat: str = WAR_ROOM, *, on: Memory | None = None) -> str:
        """Find the message that is the card of an object in a chat."""
        platform, native = on or self.platform, ROOMS.get(chat, chat)
        for message in reversed(platform.messages.values()):
            about = message.reply.about if message.reply else None
            if about and about.label == ref and message.chat == native and message.only_for is None:
                return message.id
        raise NotThere(f"no card of {ref} hangs in {chat}")

    def card_text(self, ref: str, chat: str = WAR_ROOM) -> str:
        """Read the card of an object as it hangs now."""
        reply = self.platform.messages[self.card(ref, chat)].reply
        assert reply is not None
        return plain(reply)

    def read(self, work: Callable[[Unit], T], workspace: str = "main") -> T:
        """Look into the store."""
        return self.store.read_now(self.workspaces[workspace].id, work)

    def promote(self, name: str, role: str) -> None:
        """Give somebody another role."""

        def work(unit: Unit) -> None:
            (person,) = people_called(unit, [name])[name_key(name)]
            unit.change(person, role=role)

        self.store.write_now(self.workspace, work)

    def task(self, number: int) -> Task:
        """Read a task from the store."""
        task = self.read(lambda unit: task_numbered(unit, number))
        assert task is not None, f"there is no T-{number}"
        return task

    def has_task(self, number: int) -> bool:
        """Tell whether there ever was a task of this number."""
        return self.read(lambda unit: task_numbered(unit, number)) is not None

    def incidents(self) -> int:
        """Count the bugs that calls have met."""
        lines = self.meters.page().decode().splitlines()
        return int(float(next(line for line in lines if line.startswith("drumbeat_incidents_total ")).split()[1]))

    # -- waiting ----------------------------------------------------------------------------------

    async def settle(self) -> None:
        """Wait until everything that can be sent now was sent."""
        await asyncio.sleep(0)  # what was held up a moment ago goes on, and counts as busy
        for _ in range(MOST_LOOKS if self.sends else 0):
            self.delivery.nudge()
            if not await self.store.write(self.workspace, self._is_busy):  # behind whatever is being noted
                return
        assert not self.sends, "the outbox does not come to rest"

    def _is_busy(self, unit: Unit) -> bool:
        """Tell whether a message waits that this process could send."""
        rows = unit.connection.execute(select(OUTBOX).where(OUTBOX.c.state == "pending").order_by(OUTBOX.c.seq)).all()
        placed = {row.id: row.message for row in unit.connection.execute(select(CARD.c.id, CARD.c.message))}
        stuck = self.platform.stuck | self.second.stuck | self.annex.stuck
        blocked: set[str] = set()
        for row in rows:
            lease = None if row.lease_until is None else row.lease_until.replace(tzinfo=UTC)
            is_others = lease is not None and row.lease_token != self.delivery.token and lease > unit.now
            is_later = row.not_before.replace(tzinfo=UTC) > unit.now
            has_no_card = row.operation == "update" and placed.get(row.card_id, "") is None
            if is_others or is_later or has_no_card or row.id in stuck or row.lane in blocked:
                blocked |= {row.lane} - {None}
                continue
            return True
        return False


async def _nothing() -> Outcome:
    return Outcome("ok")


Builder = Callable[..., "contextlib.AbstractAsyncContextManager[Bot]"]


@contextlib.asynccontextmanager
async def open_bot(
    url: str,
    clock: HandClock,
    *,
    limits: Limits = ROOMY,
    registry: Registry | None = None,
    sends: bool = True,
    store_type: type[Store] = Store,
    languages: Languages | None = None,
    platform: Memory | None = None,
    also: Sequence[Memory] = (),
) -> AsyncIterator[Bot]:
    """Open a bot over a seeded store; `sends=False` leaves every message in the outbox, without a lease.

    A `platform` that another bot had before goes on as it was. `also` are more platforms of the first workspace.
    """
    store = store_type(url, clock=clock)
    shipped_registry, words = shipped()
    registry, languages = registry or shipped_registry, languages or words
    spaces = {each.id: each for each in store.read_now(0, all_workspaces)}
    by_name = {each.name: each for each in spaces.values()}
    platform, annex = platform or Memory(clock=clock, limits=limits), Memory(clock=clock, name="annex")
    second = Memory(clock=clock, name="feishu")
    for name, account in ELSEWHERE.items():
        second.add_person(Member(account, name, is_guest=name == GUEST.name, email=f"{account[3:]}@example.com"))
    second.add_group(ROOM_ELSEWHERE, "618大促", ELSEWHERE.values())
    for memory in (platform, annex):
        for member in (*TEAM, GUEST):
            is_guest = member.account == GUEST.account
            memory.add_person(Member(member.account, member.name, is_guest=is_guest))
        for native, title, _ in CHATS:
            memory.add_group(native, title, ACCOUNTS.values())
    memories = (platform, second, annex, *also)
    adapters: dict[str, Adapter] = {each.name: each for each in memories}
    meters = Meters()
    delivery = Delivery(
        store=store, registry=registry, languages=languages, workspaces=spaces, adapters=adapters, meters=meters
    )
    house = House(
        registry=registry,
        languages=languages,
        reader=shipped_reader() if registry is shipped_registry else Reader(registry, languages),
        limits={name: adapter.limits for name, adapter in adapters.items()},
        lease_token=delivery.token if sends else None,
    )
    dispatch = Dispatch(
        store=store,
        house=house,
        workspace_of=lambda event: by_name["demo" if event.platform == annex.name else "main"],
        adapters=adapters,
        mailroom=delivery if sends else None,
        meters=meters,
    )
    ticker = Clock(store=store, house=house, workspaces=spaces, dispatch=dispatch, mailroom=delivery if sends else None)
    bot = Bot(
        store, clock, platform, second, annex, by_name, registry, languages, delivery, dispatch, meters, ticker, sends
    )  # fmt: skip
    try:
        async with asyncio.TaskGroup() as group:
            running = [group.create_task(memory.run(bot.handle)) for memory in memories]
            if sends:
                running.append(group.create_task(delivery.run()))
            await asyncio.sleep(0)
            await store.write(bot.workspace, lambda unit: None)  # behind what delivery does at its start
            yield bot
            for task in running:
                task.cancel()
    finally:
        store.close()


@pytest.fixture(scope="session")
def house_template(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Seed a SQLite file with the team, to be copied."""
    path = tmp_path_factory.mktemp("house") / "drumbeat.db"
    shutil.copyfile(sqlite_template, path)
    seed_house(f"sqlite:///{path}", HandClock())
    return path


@pytest.fixture
def house_url(house_template: Path, tmp_path: Path) -> str:
    """Lend a seeded SQLite file to one test."""
    path = tmp_path / "house.db"
    shutil.copyfile(house_template, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def each_house_url(request: pytest.FixtureRequest, clock: HandClock) -> str:
    """Lend a seeded database to one test, of each kind in turn."""
    if request.param == "sqlite":
        return str(request.getfixturevalue("house_url"))
    url = str(request.getfixturevalue("migrated_postgres_url"))
    seed_house(url, clock)
    return url


@pytest.fixture
async def bot(house_url: str, clock: HandClock) -> AsyncIterator[Bot]:
    """Run the bot on SQLite."""
    async with open_bot(house_url, clock) as opened:
        yield opened


@pytest.fixture
async def each_bot(each_house_url: str, clock: HandClock) -> AsyncIterator[Bot]:
    """Run the bot on each kind of database in turn."""
    async with open_bot(each_house_url, clock) as opened:
        yield opened


@pytest.fixture
def sparse_limits() -> Limits:
    """State the limits of a platform that can do next to nothing."""
    return replace(
        ROOMY, text_chars=200, parts=8, items=5, buttons=0, can_edit=False, can_whisper=False, can_ask=False,
        can_thread=False, can_picture=False,
    )  # fmt: skip


def told(reply: Reply) -> str:
    """Write a reply and its buttons and form as a person sees them."""
    lines = plain(reply).splitlines()
    if reply.buttons:
        lines.append(" ".join(f"[{button.label}]" for button in reply.buttons))
    if reply.form is not None:
        lines.append(f"<{reply.form.title}>")
        for each in reply.form.inputs:
            star = "*" if each.required else ""
            choices = f" ({' | '.join(choice.label for choice in each.choices)})" if each.choices else ""
            lines.append(f"  {each.label}{star}{choices}: {each.value}".rstrip())
        lines.append(f"  <{reply.form.submit}>")
    return "\n".join(lines)


def pinged(shown: Iterable[Shown]) -> set[str]:
    """Name the accounts that what was shown notifies."""
    return {each.account or "" for one in shown for each in people_in(one.reply) if each.pings}


def people_in(reply: Reply) -> list[Who]:
    """List everybody whom a reply names."""
    lines = [reply.title]
    for part in reply.parts:
        if isinstance(part, (Text, Note)):
            lines.append(part.line)
        elif isinstance(part, Fields):
            lines += [each.value for each in part.fields]
        elif isinstance(part, Listing):
            lines += [line for item in part.items for line in (item.line, item.detail)]
        elif isinstance(part, Table):
            lines += [cell for row in part.rows for cell in row]
    return [each for line in lines for each in line if isinstance(each, Who)]
