"""The composition root: everything is made here and joined here, and nowhere else.

`App` opens the store and the two workspaces, builds dispatch, delivery, the adapters and the
web server, and runs them in one TaskGroup until it is told to stop.
"""

import asyncio
import contextlib
import gc
import logging
import signal
from collections.abc import AsyncIterator, Callable
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from adapters.playground import Playground
from bot.clock import Clock
from bot.config import ConfigError, Settings
from bot.delivery import Delivery
from bot.dispatch import Dispatch
from bot.erasing import Eraser
from bot.house import House
from bot.observe import Meters, utc_now
from bot.platforms import platforms
from bot.sealing import Sealer, audit_key
from bot.web.deps import CommandHint, PageClock, PlaygroundDeps, Readiness, WebDeps, WebSettings
from bot.web.rooms import StoredRooms
from bot.web.server import build
from commands.core.command import collect
from commands.core.event import Event, Json
from commands.core.ports import Adapter, Misconfigured
from commands.core.reading import Reader
from commands.core.workcalendar import DEFAULT_COUNTRY, WorkCalendar, country_of_zone
from commands.grammar.when import parse_when
from commands.words.catalog import load as load_words
from commands.words.pages import Pages
from storage import migrate
from storage.backup import quick_check
from storage.engine import file_of, is_sqlite, open_engine
from storage.mail import waiting
from storage.store import Store
from storage.unit import StorageFault, Unit
from storage.workspaces import Workspace, all_workspaces, found_workspace

WORKSPACES: Final = ("main", "demo")
LAG_S: Final = 60.0
"""A message that waits longer than this makes the process not ready."""
SILENT_S: Final = 90.0
"""A clock that has not ticked for longer makes it not ready, too."""
NOTED_S: Final = 2.0
YOUNG: Final = 10_000
"""New objects after which garbage is looked for: a message makes a thousand, nearly all gone with it."""

log = logging.getLogger("drumbeat.app")


def check(settings: Settings) -> None:
    """Look whether an embedded database is sound; takes a while on a large one.

    Raises:
        Corrupt: it is not; with the newest backup, and the command to run.
    """
    if is_sqlite(settings.database_url) and file_of(settings.database_url).exists():
        quick_check(settings.database_url)


def prepare(settings: Settings, *, now: datetime) -> None:
    """Bring the database into order.

    An embedded one is migrated; any other must be up to date already.

    Raises:
        StorageError: with what is wrong, and what to do.
    """
    url = settings.database_url
    if is_sqlite(url):
        migrate.upgrade(url, backups=file_of(url).parent, now=now)
        return
    engine = open_engine(url, pool_size=1)
    try:
        migrate.check(engine)
    finally:
        engine.dispose()


class App:
    """One process of the bot.

    `clock` gives aware UTC instants; `page_clock` is shown on the page where it is no real one.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = utc_now,
        serves: bool = True,
        page_clock: PageClock | None = None,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.page_clock = page_clock
        self.meters = Meters()
        self.store = Store(settings.database_url, clock=clock)
        self.workspaces = self._open_workspaces()
        self.by_name = {each.name: each for each in self.workspaces.values()}
        self.registry = collect()
        self.languages = load_words(pages=Pages(settings.templates))
        self.rooms = StoredRooms(self.store, self.by_name["demo"].id)
        self.playground = Playground(self.rooms, names=self.languages.forms("Drumbeat"), clock=clock)
        self.adapters = {
            each.name: each for each in (self.playground, *platforms(settings, self.languages, clock=clock))
        }
        self.delivery = Delivery(
            store=self.store,
            registry=self.registry,
            languages=self.languages,
            workspaces=self.workspaces,
            adapters=self.adapters,
            meters=self.meters,
        )
        house = House(
            registry=self.registry,
            languages=self.languages,
            reader=Reader(self.registry, self.languages),
            limits={name: adapter.limits for name, adapter in self.adapters.items()},
            lease_token=self.delivery.token if serves else None,
        )
        self.dispatch = Dispatch(
            store=self.store,
            house=house,
            workspace_of=self.workspace_of,
            adapters=self.adapters,
            mailroom=self.delivery if serves else None,
            meters=self.meters,
        )
        self.ticker = Clock(
            store=self.store,
            house=house,
            workspaces=self.workspaces,
            dispatch=self.dispatch,
            mailroom=self.delivery if serves else None,
        )

    def workspace_of(self, event: Event) -> Workspace:
        """Choose the workspace: the playground is `demo`, every real platform `main`."""
        return self.by_name["demo" if event.platform == self.playground.name else "main"]

    @property
    def serves_platforms(self) -> bool:
        """Tell whether there is more than the playground."""
        return len(self.adapters) > 1

    def close(self) -> None:
        """Close the store; what was committed stays."""
        self.store.close()

    @contextlib.asynccontextmanager
    async def working(self) -> AsyncIterator[None]:
        """Receive and send, without the web server, while the block runs."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._receive(each)) for each in self.adapters.values()]
            tasks += [group.create_task(self.delivery.run()), group.create_task(self.ticker.run())]
            key = audit_key(self.settings, makes=True)
            if key is None:
                log.warning("audit_not_sealed", extra={"remedy": "set DRUMBEAT_AUDIT_KEY"})
            else:
                tasks.append(group.create_task(Sealer(self.store, self.workspaces, key).run()))
            tasks.append(group.create_task(Eraser(self.store, self.workspaces, key).run()))
            try:
                await asyncio.sleep(0)
                yield
            finally:
                for task in tasks:
                    task.cancel()

    async def _receive(self, adapter: Adapter) -> None:
        """Run one adapter; credentials that its platform refuses stop the start."""
        try:
            await adapter.run(self.dispatch)
        except Misconfigured as error:
            raise ConfigError([f"{adapter.name}: {error}"]) from error

    async def run(self, *, ready: Callable[[str], None]) -> None:
        """Serve until SIGTERM or SIGINT; `ready` is told the page's address."""
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        async with self.working():
            await asyncio.to_thread(self._warm_up_grammar)
            runner = web.AppRunner(build(self._web()), access_log=None)
            await runner.setup()
            try:
                site = web.TCPSite(runner, self.settings.web.host, self.settings.web.port, shutdown_timeout=2.0)
                await site.start()
                ready(self._address(runner))
                await asyncio.to_thread(self._warm_up_calendar)
                gc.freeze()  # all this stays: it need not be looked through again and again
                gc.set_threshold(YOUNG)
                await stop.wait()
            finally:
                await runner.cleanup()

    def _warm_up_grammar(self) -> None:
        """Read one date: the grammar of the first takes longer than any message after it."""
        when = parse_when("Friday", now=self.clock(), zone=ZoneInfo(self.settings.timezone))
        log.debug("grammar_warm", extra={"read": when is not None})

    def _warm_up_calendar(self) -> None:
        """Look at one day's holidays, which few messages ask for; the first of them would wait."""
        calendar = WorkCalendar(lambda: country_of_zone(self.settings.timezone) or DEFAULT_COUNTRY)
        log.debug("calendar_warm", extra={"is_workday": calendar.is_workday(self.clock().date())})

    async def readiness(self) -> Readiness:
        """Tell whether the database takes writes and messages go out."""
        checks: dict[str, Json] = {}
        try:
            async with asyncio.timeout(NOTED_S):
                due, oldest = await self.store.write(self.by_name["main"].id, _prove_and_count)
        except (StorageFault, TimeoutError) as error:
            return Readiness(is_ready=False, checks={"database": f"does not take writes: {error}"})
        lag = (self.clock() - oldest) if oldest else timedelta(0)
        checks["database"] = "ok"
        paused = {each.name: f"paused: {each.trouble}" for each in self.adapters.values() if each.trouble}
        checks |= paused  # told, and no more: the other platforms are served, and nothing is lost
        checks["outbox"] = {"due": due, "oldest_s": round(lag.total_seconds(), 1)}
        since = self.ticker.since_tick_s()
        checks["clock"] = {"last_tick_s": since}
        return Readiness(is_ready=lag.total_seconds() < LAG_S and since < SILENT_S, checks=checks)

    def hints(self, language: str) -> list[CommandHint]:
        """List the commands for the page's composer."""
        words = self.languages[language]
        found = []
        for command in self.registry.commands.values():
            mine = [e for e in command.examples if e.isascii() == (language != "zh")]
            found.append(CommandHint(words.forms(command.name)[0], words.t(command.help), (mine or [""])[0]))
        return sorted(found, key=lambda hint: hint.words)

    def _web(self) -> WebDeps:
        settings = self.settings.web
        password = settings.password.get_secret_value() if settings.password else None
        return WebDeps(
            settings=WebSettings(
                settings.host, settings.port, password, names=settings.names, language=self.settings.language
            ),
            words=lambda language: self.languages[language].t,
            readiness=self.readiness,
            metrics=self.meters.page,
            hooks={name: each.routes() for name, each in self.adapters.items()},
            playground=PlaygroundDeps(
                self.playground, self.rooms, self.hints, workspace="Drumbeat", clock=self.page_clock
            )
            if self.settings.serves_playground
            else None,
        )

    def _address(self, runner: web.AppRunner) -> str:
        host = self.settings.web.host
        port = next((address[1] for address in runner.addresses), self.settings.web.port)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}/"

    def _open_workspaces(self) -> dict[int, Workspace]:
        found = self.store.read_now(0, all_workspaces)
        if _missing(found):
            found = self.store.write_now(0, self._found)
        return {each.id: each for each in found}

    def _found(self, unit: Unit) -> list[Workspace]:
        """Found what is missing; asked again inside, for another process may start at the same moment."""
        for name in _missing(all_workspaces(unit)):
            found_workspace(unit, name=name, language=self.settings.language, timezone=self.settings.timezone)
        return all_workspaces(unit)


def _prove_and_count(unit: Unit) -> tuple[int, datetime | None]:
    unit.prove()
    return waiting(unit)


def _missing(found: list[Workspace]) -> list[str]:
    names = {each.name for each in found}
    return [name for name in WORKSPACES if name not in names]
