"""The proofs through Slack: the real process beside a fake Slack, told much, disturbed and killed.

What people were shown is read from the fake's own log and handed, as the rooms of the playground would be, to the
checker of history.py. So one checker judges both, and a control that turns it red there holds here too.
"""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Engine, func, or_, select

from bot.delivery import SLOTS
from bot.observe import utc_now
from storage.engine import open_engine
from storage.mail import OUTBOX
from storage.rooms import BOT
from tests.fakes.record import Json
from tests.fakes.slack.driver import Channel, SlackFake, User
from tests.proofs.history import MARK, Fault, Tables, Verdict, Wished, check, inbox_key, read_tables
from tests.proofs.process import BotProcess

CHANNELS: Final = 100
PEOPLE: Final = 10
PATIENT: Final[Mapping[str, object]] = {"ack_s": 1.5, "retries_s": [0.3] * 400}
"""Settings under which the fake delivers again soon, and never gives up: what is lost then, the bot lost."""
MEAN_S: Final = 0.3
"""How long a process lives after it is connected, on average."""
DURING_START: Final = 0.1
"""How many of the kills come before it is ready."""
PER_KILL: Final = 20
PER_SECOND: Final = 60.0
DRAIN_S: Final = 60.0
MARKED: Final = re.compile(rf"{MARK} [a-z]+\d+z")
REF: Final = re.compile(r"T-(\d+) ")


class SlackBot(BotProcess):
    """The bot as a process of its own, in Socket Mode or over HTTP, on a database of its own or on one shared."""

    def __init__(
        self,
        directory: Path,
        slack: SlackFake,
        *,
        url: str | None = None,
        has_socket: bool = True,
        sabotage: str | None = None,
        **settings: str,
    ) -> None:
        directory.mkdir(exist_ok=True)
        super().__init__(directory, url=url, sabotage=sabotage)
        secret = {"APP_TOKEN": slack.app_token} if has_socket else {"SIGNING_SECRET": slack.signing_secret}
        told = {"BOT_TOKEN": slack.bot_token, "API_URL": slack.api_url, **secret}
        self._environ |= {f"DRUMBEAT_SLACK__{name}": value for name, value in told.items()}
        self._environ |= settings

    @property
    def environ(self) -> dict[str, str]:
        """The environment that it is started in."""
        return dict(self._environ)

    @property
    def pid(self) -> int:
        """The id of the process that runs now."""
        assert self._process is not None
        return self._process.pid


@dataclass(frozen=True, slots=True)
class Crowd:
    """People who talk, and the channels that they talk in."""

    people: Sequence[User]
    channels: Sequence[Channel]

    @classmethod
    async def gathered(cls, slack: SlackFake, *, channels: int = CHANNELS) -> Crowd:
        """Let them join, in channels that the bot is in already."""
        people = [await slack.add_user(f"person{number}", f"Person {number}") for number in range(PEOPLE)]
        rooms = [await slack.add_channel(f"channel-{number}", people) for number in range(channels)]
        return cls(people, rooms)

    async def add_tasks(self, slack: SlackFake, batch: str, count: int, **pace: Any) -> None:
        """Let them say from now on, one after the other, that there is something to do."""
        text = f"@{slack.bot_name} 任务 加 {MARK} {batch}{{n}}z 5天后 !高"
        await slack.storm(count, self.people, self.channels, text, **pace)


# -- judging --------------------------------------------------------------------------------------


def judge(slack: SlackFake, url: str, *, may_double: int) -> Verdict:
    """Compare what was said and shown in Slack with what the database holds; nobody may serve it now."""
    records = slack.records()
    log = _log(slack, records)
    verdict = check(log, _as_rooms(records, read_tables(url, at=utc_now()), log), kills=may_double, slots=1)
    return replace(verdict, faults=(*verdict.faults, *_protocol_faults(records)))


def _log(slack: SlackFake, records: Sequence[Json]) -> list[Wished]:
    """Give what each said, and whether any of the events that told of it was acknowledged."""
    about: dict[str, str] = {}
    acked: set[str] = set()
    for record in records:
        if record["what"] == "due" and record["type"] == "events_api":
            event = record["payload"]["event"]
            about[record["id"]] = f"{event.get('channel')}:{event.get('ts')}"
        elif record["what"] == "acked":
            acked.add(about.get(record["id"], ""))
    return [
        Wished(key=key, wish="add", mark=found[0], chat=record["channel"], is_acked=key in acked)
        for record in records
        if record["what"] == "message" and record.get("via") == "person"
        if (found := MARKED.search(record["message"]["text"]))
        for key in [f"{record['channel']}:{record['message']['ts']}"]
    ]


def _as_rooms(records: Sequence[Json], tables: Tables, log: Sequence[Wished]) -> Tables:
    """Write what stands in Slack as the rooms of the playground would be written, and the keys likewise."""
    posts: dict[str, list[Json]] = {}
    whispers = 0
    for record in records:
        marker = ((record.get("message") or {}).get("metadata") or {}).get("event_payload", {}).get("id")
        if record["what"] == "message" and marker is not None:
            posts.setdefault(marker, []).append(record)
        whispers += record["what"] == "ephemeral"
    tasks = {row["number"]: row["id"] for row in tables.records["task"]}
    rooms = [_room(marker, copies, tasks) for marker, copies in posts.items()]
    said = [_said(each) for each in log]
    places = {(copy["channel"], copy["message"]["ts"]): copies[0]["n"] for copies in posts.values() for copy in copies}
    chats = {row["id"]: row["native"] for row in tables.records["chat"]}
    cards = [
        {**row, "message": row["message"] and places.get((chats[row["chat_id"]], row["message"]), -1)}
        for row in tables.cards
    ]
    private = [row["id"] for row in tables.outbox if (row["operation"], row["state"]) == ("private", "sent")]
    outbox = [row for row in tables.outbox if row["id"] not in private[:whispers]]
    inbox = [{**row, "key": _key(row["key"])} for row in tables.inbox]
    return replace(tables, rooms=[*rooms, *said], cards=cards, outbox=outbox, inbox=inbox)


def _room(marker: str, copies: Sequence[Json], tasks: Mapping[int, int]) -> Json:
    first = copies[0]
    shown = REF.match(first["message"]["text"])
    about = {"kind": "task", "id": tasks.get(int(shown[1]))} if shown else None
    return {
        "id": first["n"],
        "outbox_id": marker,
        "deliveries": len(copies),
        "sender": BOT,
        "only_for": None,
        "removed_at": None,
        "chat": first["channel"],
        "body": {"reply": {"about": about}},
        "client_key": None,
        "is_shown": True,
    }


def _said(each: Wished) -> Json:
    return {
        "client_key": each.key,
        "is_shown": True,
        "outbox_id": None,
        "deliveries": 1,
        "sender": "person",
        "only_for": None,
        "id": 0,
    }


def _key(stored: str) -> str:
    """Write the key of a Slack message as the checker knows keys."""
    return inbox_key(":".join(stored.rsplit(":", 2)[1:]))


def _protocol_faults(records: Sequence[Json]) -> list[Fault]:
    return [Fault("against the protocol", str(each)[:200]) for each in records if each["what"] == "violation"]


# -- waiting --------------------------------------------------------------------------------------


async def all_settled(slack: SlackFake, url: str, said: int, *, within_s: float = DRAIN_S) -> float | None:
    """Wait until so many mentions are acknowledged and all letters sent; give the seconds, None when never."""
    began = time.perf_counter()

    def is_over(counts: Mapping[str, int]) -> bool:  # each is a message, a mention, and the echo of its card
        return counts["due"] >= 3 * said and counts["ended"] == counts["due"]

    engine = open_engine(url, pool_size=1, may_write=False)
    try:
        async with asyncio.timeout(within_s):
            while not is_over(await slack.counts()):  # noqa: ASYNC110 - the fake is another process
                await asyncio.sleep(0.2)  # seldom: whoever looks takes processor time from all
            while await asyncio.to_thread(_unsent, engine):
                await slack.do("changed", since=(await slack.counts())["n"], timeout_s=0.1)
    except TimeoutError:
        return None
    finally:
        engine.dispose()
    return time.perf_counter() - began


def _unsent(engine: Engine) -> int:
    """Count what is still to be sent, but for edits that were written for later."""
    due = or_(OUTBOX.c.operation != "update", OUTBOX.c.attempts > 0, OUTBOX.c.not_before <= utc_now())
    with engine.connect() as connection:
        asked = select(func.count()).select_from(OUTBOX).where(OUTBOX.c.state == "pending", due)
        return int(connection.execute(asked).scalar_one())


# -- killing --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SlackKilled:
    """What a series of kills came to."""

    kills: int
    verdict: Verdict
    starts_s: tuple[float, ...]
    """Spawn to connected, after each kill."""
    drained_s: float | None
    """How long the backlog took after the last kill; None when some was never sent."""


async def kill_through_slack(
    directory: Path,
    *,
    kills: int,
    seed: int,
    url: str | None = None,
    processes: int = 1,
    sabotage: str | None = None,
    drain_s: float = DRAIN_S,
    tell: Callable[[int], None] = lambda _: None,
) -> SlackKilled:
    """Kill a process at random moments while people talk to the bot in Slack, and judge what came of it."""
    chance, killed, said = random.Random(seed), 0, 0
    starts: list[float] = []
    async with SlackFake.started(directory / "slack.log", **PATIENT) as slack:
        crowd = await Crowd.gathered(slack)
        url = url or f"sqlite:///{directory / 'drumbeat.db'}"
        bots = [
            SlackBot(directory / f"process-{number}", slack, url=url, sabotage=sabotage) for number in range(processes)
        ]
        try:
            for bot in bots:
                await bot.start()
            await slack.connected(processes)
            while killed < kills:
                await crowd.add_tasks(slack, _word(said), PER_KILL, per_second=PER_SECOND)
                said += PER_KILL
                await asyncio.sleep(chance.expovariate(1 / MEAN_S))
                bot = chance.choice(bots)
                await bot.kill()
                killed += 1
                while killed < kills and chance.random() < DURING_START:
                    await bot.start_and_kill(after_s=chance.uniform(0, 1.5))
                    killed += 1
                began = time.perf_counter()
                await bot.start()
                await slack.connected(processes)
                starts.append(time.perf_counter() - began)
                tell(killed)
            drained = await all_settled(slack, url, said, within_s=drain_s)
            for bot in bots:
                await bot.stop()
        finally:
            for bot in bots:
                await bot.kill()
    verdict = judge(slack, url, may_double=SLOTS * killed)
    return SlackKilled(killed, verdict, tuple(starts), drained)


def rows_of(series: Sequence[SlackKilled]) -> list[tuple[str, str, str]]:
    """Write what series of kills came to: what, how much, and the goal."""
    verdicts = [each.verdict for each in series]
    starts = sorted(took for each in series for took in each.starts_s)
    drained = [each.drained_s for each in series]

    def count(*kinds: str) -> str:
        return str(sum(each.count(*kinds) for each in verdicts))

    posts, twice, bound = (
        sum(getattr(each, name) for each in verdicts) for name in ("posts", "posts_doubled", "posts_bound")
    )
    return [
        ("kills", str(sum(each.kills for each in series)), ""),
        ("messages acknowledged", str(sum(each.acked for each in verdicts)), ""),
        ("never acknowledged", str(sum(each.unacked for each in verdicts)), "0"),
        ("acknowledged and lost", count("acked but lost", "acked but unseen", "half done"), "0"),
        ("applied twice", count("doubled effect", "received twice"), "0"),
        ("anything else amiss", str(sum(len(each.faults) for each in verdicts)), "0"),
        ("posts that stand twice", f"{twice} of {posts}", f"≤ {bound}"),
        ("backlog gone, slowest", "never" if None in drained else f"{max(t or 0 for t in drained):.1f} s", "≤ 60 s"),
        ("connected again p50", f"{starts[len(starts) // 2]:.2f} s" if starts else "", ""),
        ("connected again p99", f"{starts[int(len(starts) * 0.99)]:.2f} s" if starts else "", "≤ 3 s"),
    ]


def _word(number: int) -> str:
    """Name a batch by letters alone, which make no word."""
    letters = "bcdfghjklm"
    return "q" + "".join(letters[int(digit)] for digit in str(number))


# -- disturbing -----------------------------------------------------------------------------------

Disturb = Callable[[SlackFake], Coroutine[None, None, None]]
"""Spoil something, now or when so much was acknowledged."""


@dataclass(frozen=True, slots=True)
class Talked:
    """What became of a crowd's messages while something went wrong."""

    said: int
    verdict: Verdict
    lost_answers: int
    """Posts that Slack took, and whose answer it lost."""
    happened: int
    """How often something went wrong."""
    is_in_order: bool
    """Whether the cards of each channel stand as they were asked for."""
    acks_ms: tuple[float, ...]
    """What each acknowledgement took, ascending."""
    drained_s: float | None

    def ack_ms(self, share: float) -> float:
        """Give a quantile of the acknowledgements."""
        return self.acks_ms[min(len(self.acks_ms) - 1, int(share * len(self.acks_ms)))]


async def talk(
    directory: Path,
    disturb: Disturb,
    *,
    messages: int,
    channels: int = CHANNELS,
    url: str | None = None,
    processes: int = 1,
    **pace: Any,
) -> Talked:
    """Let a crowd talk to the bot while something goes wrong, and judge what came of it."""
    url = url or f"sqlite:///{directory / 'drumbeat.db'}"
    async with SlackFake.started(directory / "slack.log", **PATIENT) as slack:
        crowd = await Crowd.gathered(slack, channels=channels)
        bots = [SlackBot(directory / f"process-{number}", slack, url=url) for number in range(processes)]
        try:
            for bot in bots:
                await bot.start()
            await slack.connected(processes)
            async with asyncio.TaskGroup() as group:
                group.create_task(disturb(slack))
                await crowd.add_tasks(slack, "q", messages, **pace)
            drained = await all_settled(slack, url, messages)
            happened = await slack.faults()
            latencies = await slack.latencies("events_api")
            for bot in bots:
                await bot.stop()
        finally:
            for bot in bots:
                await bot.kill()
    lost = sum(one["happened"] for one in happened if one.get("accepts"))
    return Talked(
        said=messages,
        verdict=judge(slack, url, may_double=lost),
        lost_answers=lost,
        happened=sum(one["happened"] for one in happened),
        is_in_order=_is_in_order(slack.records("message")),
        acks_ms=tuple(sorted(latencies)),
        drained_s=drained,
    )


def _is_in_order(messages: Sequence[Json]) -> bool:
    """Compare, channel by channel, what was said with the cards that stand below."""
    said: dict[str, list[str]] = {}
    shown: dict[str, list[str]] = {}
    for record in messages:
        if found := MARKED.search(record["message"]["text"]):
            side = said if record.get("via") == "person" else shown
            marks = side.setdefault(record["channel"], [])
            if found[0] not in marks:
                marks.append(found[0])
    return said == shown


async def nothing(slack: SlackFake) -> None:
    """Disturb nothing."""


async def repeat_all(slack: SlackFake) -> None:
    """Deliver every envelope twice, beside the two events that each mention is."""
    await slack.spoil_deliveries("repeat", copies=1, new_envelope=True)


async def limit_some(slack: SlackFake) -> None:
    """Answer 429 to one post in twenty."""
    await slack.limit("chat.postMessage", probability=0.05)


async def cut_sockets(slack: SlackFake) -> None:
    """Cut the socket by RST, twice, under load."""
    for acked in (100, 300):
        await _acked(slack, acked)
        await slack.cut()
        await slack.connected()


async def refuse_upgrades(slack: SlackFake) -> None:
    """Cut the socket, and refuse the next two."""
    await _acked(slack, 100)
    await slack.spoil("status", "socket", times=2, status=503)
    await slack.cut()


async def hang_for_seconds(slack: SlackFake) -> None:
    """Answer nothing at all for three seconds, then all again."""
    await _acked(slack, 100)
    await slack.spoil("hang", seconds=3, times=24)


async def swallow_answers(slack: SlackFake) -> None:
    """Take one post in twenty, and cut the connection before its answer."""
    await slack.swallow("chat.postMessage", probability=0.05)


DISTURBANCES: Final[Mapping[str, Disturb]] = {
    "nothing goes wrong": nothing,
    "each envelope comes twice": repeat_all,
    "5 % of posts are answered 429": limit_some,
    "the socket is cut": cut_sockets,
    "upgrades are refused": refuse_upgrades,
    "the Web API hangs": hang_for_seconds,
    "answers are swallowed": swallow_answers,
}


async def _acked(slack: SlackFake, count: int) -> None:
    await slack.until(slack.counts, lambda counts: counts["acked"] >= count, timeout_s=30)
