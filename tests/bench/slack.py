"""How fast the real process is through Slack, beside bare slack-bolt with one insert in the same run.

Each has a fake Slack of its own, and they take turns. Times are the fake's: from when somebody said it until the
answer stood there. The goals are ratios, as everywhere in the bench.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any, Final

from tests.bench.table import Row, ms, rate
from tests.fakes.slack.driver import SlackFake
from tests.house.sources import ROOT
from tests.proofs.slack import PATIENT, Crowd, SlackBot

ROUNDS: Final = 5
CHANNELS: Final = 400
"""So many that the one post a second, which Slack asks for in each channel, holds nobody up."""
ALONE: Final = 40
"""Messages of a round that wait for the answer to the one before."""
MANY: Final = 400
IN_FLIGHT: Final = 64
LASTING: Final = 10_000
"""Messages after which nothing should grow any more."""
FAR_S: Final = 0.1
SAID: Final = "任务 加 主图定稿{n} @person0 周五 !高 #设计"
IMPORTS: Final = "import bot.app, bot.platforms, adapters.slack.adapter, sqlalchemy.dialects.sqlite.pysqlite"


class BareBolt(SlackBot):
    """The floor, started and stopped as the bot is."""

    def __init__(self, directory: Path, slack: SlackFake) -> None:
        super().__init__(directory, slack)
        self._arguments = ("tests.bench.bare_bolt",)


@dataclass
class Contender:
    """One program, and the Slack that it serves."""

    slack: SlackFake
    program: SlackBot
    crowd: Crowd
    ready_s: float = 0.0
    """Spawn to first answer."""
    start_kb: int = 0
    rounds: dict[str, list[float]] = field(default_factory=dict)
    """What each round gave, by the name of the figure."""

    def note(self, **figures: float) -> None:
        """Keep what a round gave."""
        for name, value in figures.items():
            self.rounds.setdefault(name, []).append(value)

    async def alone(self, count: int) -> float:
        """Say one thing after the other; give the median time to an answer."""
        took = []
        for number in range(count):
            channel = self.crowd.channels[number % len(self.crowd.channels)]
            text = f"@{self.slack.bot_name} {SAID.format(n=number)}"
            said = await self.slack.say(self.crowd.people[0], channel, text)
            answer = await self.slack.reply_to(said, timeout_s=30)
            took.append(float(answer.ts) - float(said.ts))
        return median(took)

    async def many(self, count: int, *, lost: bool = False, **pace: Any) -> tuple[float, int]:
        """Let a crowd talk; give how many answers came a second, and how many there were."""
        before = await self.slack.counts()
        began = time.time()
        await self.slack.storm(count, self.crowd.people, self.crowd.channels, f"@drumbeat {SAID}", **pace)

        deadline = began + (6 if lost else 40)  # a floor that loses answers never comes to its end
        while time.time() < deadline:
            counts = await self.slack.counts()
            due = counts["due"] - before["due"]
            # each is a message, a mention, and the echo of its answer
            if due >= 3 * count and counts["due"] == counts["ended"] and counts["posts"] - before["posts"] >= count:
                break
            await asyncio.sleep(0.1)  # seldom: whoever looks takes processor time from all
        posts = await self.slack.posts(since=before["n"])
        last = max((post.at for post in posts), default=began)
        return len(posts) / max(0.001, last - began), len(posts)

    @property
    def cpu_s(self) -> float:
        """The processor time that the program took so far."""
        fields = Path(f"/proc/{self.program.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    @property
    def rss_kb(self) -> int:
        """The memory that it holds."""
        return _rss_kb(Path(f"/proc/{self.program.pid}/status").read_text(encoding="utf-8"))


def measure_slack(directory: Path) -> list[Row]:
    """Compare the whole way through Slack with the floor."""
    return asyncio.run(_measure(directory))


async def _measure(directory: Path) -> list[Row]:
    async with _running(directory / "ours", SlackBot) as ours, _running(directory / "base", BareBolt) as base:
        both = (ours, base)
        for each in both:
            await each.many(MANY, window=IN_FLIGHT)  # everybody and every channel is known now
        for _ in range(ROUNDS):
            for each in both:
                cpu = each.cpu_s
                per_s, count = await each.many(MANY, window=IN_FLIGHT)
                each.note(per_s=per_s, cpu_s=(each.cpu_s - cpu) / max(1, count))
            for each in both:
                each.note(alone_s=await each.alone(ALONE))
        rows = [*_compared(ours, base), *await _started(ours, base)]
        for each in both:
            each.note(ack_s=await _ack_p99(each))
        rows.append(_row("acknowledged, p99 at 100/s", "ack_s", ours, base, "≤ 50 ms"))
        rows += await _disturbed(ours, base)
        rows.append(await _grown(ours))
    return rows


def _compared(ours: Contender, base: Contender) -> list[Row]:
    return [
        _row("1 in flight, p50 to the answer", "alone_s", ours, base, "≤ 1.75 (stretch 1.25)"),
        _row(f"{IN_FLIGHT} in flight, answers", "per_s", ours, base, "≥ 0.85 (stretch 1.2)"),
        _row("processor time of a message", "cpu_s", ours, base, "≤ 1.5 (stretch 1.25)"),
    ]


async def _started(ours: Contender, base: Contender) -> list[Row]:
    bare = await _imports_kb()
    ready = Row(
        "spawn to first answer",
        ms(ours.ready_s),
        ms(base.ready_s),
        ours.ready_s / base.ready_s,
        "≤ 2.5 (stretch 2.0)",
    )
    held = Row("memory, beside its imports alone", _mb(ours.start_kb), _mb(bare), ours.start_kb / bare, "≤ 1.25 (1.1)")
    bolt = Row("memory, beside bare Bolt", _mb(ours.start_kb), _mb(base.start_kb), ours.start_kb / base.start_kb)
    return [ready, held, bolt]


async def _grown(ours: Contender) -> Row:
    """Talk on until there were ten thousand messages, and see what they left behind."""
    while (count := (await ours.slack.counts())["posts"]) < LASTING:
        await ours.many(MANY, window=IN_FLIGHT)
    what, now = f"memory after {count:,} messages, beside the start", ours.rss_kb
    return Row(what, _mb(now), _mb(ours.start_kb), now / ours.start_kb, "≤ 1.06 (1.03)")


async def _ack_p99(each: Contender) -> float:
    known = len(await each.slack.latencies("events_api"))
    await each.many(MANY, per_second=100)
    fresh = sorted((await each.slack.latencies("events_api"))[known:])
    return fresh[int(0.99 * len(fresh))] / 1_000


async def _disturbed(ours: Contender, base: Contender) -> list[Row]:
    """Redeliver, limit and delay, each beside the same without, or beside the floor."""
    rows = []
    plain, again, doubles = [], [], 0
    for _ in range(3):
        plain.append((await ours.many(MANY, window=IN_FLIGHT))[0])
        await ours.slack.spoil_deliveries("repeat", probability=0.2, copies=1, new_envelope=True)
        per_s, count = await ours.many(MANY, window=IN_FLIGHT)
        again.append(per_s)
        doubles += count - MANY
        await ours.slack.heal()
    ratio = median(a / b for a, b in zip(again, plain, strict=True))
    what = f"20 % redelivered, beside none ({doubles} doubled)"
    rows.append(Row(what, rate(median(again)), rate(median(plain)), ratio, "≥ 0.8 (0.9), 0 doubled"))
    lost = []
    for each in (ours, base):
        await each.slack.limit("chat.postMessage", probability=0.05)
        lost.append(MANY - (await each.many(MANY, window=IN_FLIGHT, lost=each is base))[1])
        await each.slack.heal()
    rows.append(Row(f"5 % of posts answered 429: lost of {MANY}", str(lost[0]), str(lost[1]), None, "0"))
    for each in (ours, base):
        await each.slack.spoil("delay", "chat.postMessage", seconds=FAR_S)
        each.note(far_per_s=(await each.many(MANY, window=IN_FLIGHT))[0])
        await each.slack.heal()
    rows.append(_row(f"far Slack ({FAR_S * 1000:.0f} ms), answers", "far_per_s", ours, base, "≥ 0.8 (1.0)"))
    return rows


def _row(what: str, name: str, ours: Contender, base: Contender, goal: str) -> Row:
    mine, theirs = ours.rounds[name], base.rounds[name]
    write = rate if name.endswith("per_s") else ms
    ratio = median(a / b for a, b in zip(mine, theirs, strict=True))
    return Row(what, write(median(mine)), write(median(theirs)), ratio, goal)


@contextlib.asynccontextmanager
async def _running(directory: Path, make: type[SlackBot] | type[BareBolt]) -> AsyncIterator[Contender]:
    """Start a fake Slack and a program beside it, and let it answer once."""
    async with SlackFake.started(directory.with_suffix(".log"), **PATIENT) as slack:
        crowd = await Crowd.gathered(slack, channels=CHANNELS)
        each = Contender(slack, make(directory, slack), crowd)
        began = time.perf_counter()
        await each.program.start()
        try:
            await slack.connected()
            said = await slack.mention(crowd.people[0], crowd.channels[0], SAID.format(n="x"))
            await slack.reply_to(said, timeout_s=30)
            each.ready_s, each.start_kb = time.perf_counter() - began, each.rss_kb
            yield each
        finally:
            await each.program.stop()
            await each.program.kill()


async def _imports_kb() -> int:
    """Give the memory of a process that imports the same and does nothing."""
    code = f"{IMPORTS}; print(open('/proc/self/status').read())"
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", code), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    return _rss_kb(said.decode())


def _rss_kb(status: str) -> int:
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def _mb(kb: int) -> str:
    return f"{kb / 1024:.0f} MB"
