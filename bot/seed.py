"""The demo that the playground opens with: a team in the last days before a 双11 launch.

Everything is said through the same dispatch as any message, at instants of the past days, and
the clock comes in between: what the page shows is what the product does. Dates are relative to the first start.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from bot.app import App
from bot.clock import SetClock
from bot.config import Settings
from bot.stage import Cue, Stage
from storage.chats import open_chat
from storage.migrate import alone
from storage.people import add_account, add_person, all_people
from storage.rooms import is_shown
from storage.tasks import task_numbered
from storage.teams import add_team
from storage.unit import Unit

PLATFORM: Final = "playground"
APP: Final = "demo"
TENANT: Final = "demo"


@dataclass(frozen=True, slots=True)
class Member:
    """One of the demo team."""

    account: str
    name: str
    role: str
    language: str = "zh"
    timezone: str = "Asia/Shanghai"
    aliases: tuple[str, ...] = ()


TEAM: Final = (
    Member("chenchen", "陈晨", "lead"),
    Member("wangjianguo", "王建国", "admin", aliases=("王总",)),
    Member("lisi", "李四", "member"),
    Member("lina", "李娜", "member"),
    Member("wangwu", "王五", "member"),
    Member("zhaomin", "赵敏", "member"),
    Member("zhoutao", "周涛", "member"),
    Member("zhangwei-tech", "张伟(技术)", "member"),
    Member("zhangwei-warehouse", "张伟(仓储)", "member"),
    Member("ann", "Ann", "member", "en", "America/Los_Angeles"),
    Member("bob", "Bob", "member", "en", "Europe/London"),
    Member("kate", "Kate", "finance", "en"),
)
TEAMS: Final = (("设计组", ("lisi", "wangwu")), ("客服组", ("zhaomin", "lina")), ("Overseas", ("ann", "bob")))
"""Each with its members, the lead first."""
BEGINS: Final = timedelta(days=7)
"""So long before the first start the team was entered."""
SPEAKER: Final = TEAM[0].name
"""Who says what is said in the demo by nobody in particular."""
CHATS: Final = (("war-room", "双11作战室", "zh"), ("daily-ops", "日常运营", "zh"), ("general", "general", "en"))
TITLES: Final[Mapping[str, str]] = {native: title for native, title, _ in CHATS}
ANSWERS: Final[Mapping[str, tuple[str, ...]]] = {
    "lisi": (
        "昨天：主图改到第三版 今天：出终版 卡点：主标题等王总确认",
        "昨天：主图第二版 今天：改文案",
        "昨天：切了三张会场图 今天：主图终版",
    ),
    "lina": ("昨天：脚本写到第二场 今天：约主播试读", "昨天：约了两位主播 今天：写第三场"),
    "zhoutao": ("今天：核对优惠券叠加规则", "昨天：对完满减 今天：对跨店券 卡点：跨店券规则还没定稿"),
    "zhaomin": ("昨天：整理常见问题 今天：写退款话术", "", "昨天：写了退款话术 今天：排培训场次"),
    "chenchen": ("昨天：对了一遍排期 今天：盯主图和压测",),
}
"""What people answer to stand-ups, by account, a day each in turn; nothing is for a day on which somebody forgets."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing said: how long before the first start, by whom, where."""

    before: timedelta
    who: str
    chat: str
    text: str


def _days(days: float) -> timedelta:
    return timedelta(days=days)


SCRIPT: Final = (
    Line(_days(6.2), "wangjianguo", "war-room", "各位，双11作战室今天起每天对一次进度，有卡点当场说。"),
    Line(_days(6.19), "chenchen", "war-room", "收到王总。任务都记在鼓点里，谁的事谁自己更新 👌"),
    Line(_days(6.18), "chenchen", "war-room", "任务 加 首焦主图定稿 @李四 2天后 !高 #设计 ~2d"),
    Line(_days(6.175), "chenchen", "war-room", "项目 上线 18天后"),
    Line(_days(6.173), "chenchen", "war-room", "站会 加 每个工作日 9:30-10:30"),
    Line(_days(6.172), "chenchen", "war-room", "@鼓点 周报 周一 9:30"),
    Line(_days(6.17), "chenchen", "war-room", "任务 加 会场页面压测 @张伟(技术) 5天后18点 !紧急 #技术"),
    Line(_days(6.16), "chenchen", "war-room", "任务 加 预售库存锁定 @张伟(仓储) 3天后 !高 #仓储"),
    Line(_days(6.1), "wangjianguo", "war-room", "@鼓点 预算 营销 ¥200,000"),
    Line(_days(6.09), "wangjianguo", "war-room", "@鼓点 预算 物流 ¥60,000"),
    Line(_days(5.9), "lina", "war-room", "任务 加 直播脚本终稿 @李娜 10天后 #内容 ~1d"),
    Line(_days(5.2), "zhangwei-tech", "war-room", "开始 T-2"),
    Line(_days(4.3), "lisi", "war-room", "开始 T-1"),
    Line(_days(4.1), "zhaomin", "war-room", "任务 加 客服话术培训 @赵敏 6天后 #客服"),
    Line(_days(3.4), "zhangwei-warehouse", "war-room", "完成 T-3"),
    Line(_days(3.3), "lisi", "war-room", "备注 T-1 文案改了两版，等王总确认主标题"),
    Line(_days(2.2), "zhoutao", "war-room", "任务 加 优惠券叠加规则自查 @周涛 3天后 !高 #运营"),
    Line(_days(2.1), "wangwu", "daily-ops", "任务 加 退货率周报 @王五 4天后 #数据"),
    Line(_days(2.0), "wangwu", "daily-ops", "任务 加 详情页错别字修正 @李四 1天后 #设计"),
    Line(_days(1.9), "lisi", "daily-ops", "完成 T-8"),
    Line(_days(1.5), "ann", "general", 'task add "Overseas landing page copy" @ann in 4 days !high #content'),
    Line(_days(1.4), "bob", "general", "task add Confirm customs documents @bob in 2 days #logistics"),
    Line(_days(1.3), "kate", "general", "task add Reconcile the ad invoices @kate in 6 days #finance"),
    Line(_days(1.2), "kate", "war-room", "@鼓点 spend ¥118,000 marketing First wave of ads https://example.com/r/1"),
    Line(_days(1.19), "kate", "war-room", "@鼓点 spend ¥43,200 logistics Express freight https://example.com/r/2"),
    Line(_days(1.1), "ann", "general", "start T-9"),
    Line(_days(0.4), "zhangwei-tech", "war-room", "压测到 8 万 QPS 时登录接口有点抖，今天加一台机器再跑一轮。"),
    Line(_days(0.39), "wangjianguo", "war-room", "好，晚上给我结果。主图什么时候能定？"),
    Line(_days(0.3), "chenchen", "war-room", "任务 加 大促当晚值班表 @陈晨 2天后18点 !高 #运营"),
    Line(_days(0.2), "lisi", "war-room", "主图今晚出终版，我改完就点完成。"),
)


def enter_team(unit: Unit) -> None:
    """Enter the demo team, its teams and its chats, unless they are there."""
    if all_people(unit):
        return
    people: dict[str, int] = {}
    for member in TEAM:
        person = add_person(
            unit,
            name=member.name,
            role=member.role,
            language=member.language,
            timezone=member.timezone,
            aliases=member.aliases,
        )
        add_account(unit, person, platform=PLATFORM, app=APP, tenant=TENANT, native=member.account, title=member.name)
        people[member.account] = person.id
    for name, members in TEAMS:
        add_team(unit, name=name, members=[people[each] for each in members], lead=people[members[0]])
    for native, title, language in CHATS:
        open_chat(
            unit,
            project_name=title,
            platform=PLATFORM,
            app=APP,
            tenant=TENANT,
            native=native,
            kind="group",
            title=title,
            language=language,
        )


async def seed(settings: Settings, *, now: datetime, script: Sequence[Line] = SCRIPT) -> bool:
    """Seed the demo once; False when it was there already. `now` is an aware instant.

    A process that starts at the same time waits until it is done. One that was killed on the way is gone on with:
    what was said is known by its key, and the dates count from when it began.
    """
    with alone(settings.database_url):
        return await _seed_alone(settings, now, script)


async def _seed_alone(settings: Settings, now: datetime, script: Sequence[Line]) -> bool:
    hands = SetClock(now - BEGINS)
    app = App(settings, clock=hands)
    try:
        demo = app.by_name["demo"].id
        begun, left = app.store.read_now(demo, lambda unit: _left(unit, script))
        if not left:
            return False
        now = begun or now
        hands.now = now - BEGINS
        app.store.write_now(demo, enter_team)
        stage = Stage(app, hands, titles=TITLES, answers=ANSWERS)
        async with app.working():
            await stage.play(_cues(script, left, now), now)
    finally:
        app.close()
    return True


def _cues(script: Sequence[Line], numbers: range, now: datetime) -> Iterator[Cue]:
    for number in numbers:
        line = script[number]
        yield Cue(now - line.before, key_of(number, script), line.who, line.chat, line.text)


def key_of(number: int, script: Sequence[Line]) -> str:
    """Name a line; the demo of an earlier release, with another script, knows none of these."""
    return f"seed-{len(script)}-{number}"


def _left(unit: Unit, script: Sequence[Line]) -> tuple[datetime | None, range]:
    """Tell when the seeding began, if it did, and which lines are still to be said."""
    people = all_people(unit)
    said = sum(is_shown(unit, key_of(number, script)) for number in range(len(script)))
    if people and not said and task_numbered(unit, 1) is not None:
        return None, range(0)
    return (people[0].created_at + BEGINS if people else None), range(said, len(script))
