"""Digests: what a chat is told about its project, daily, weekly and monthly, by itself or when asked.

Each subject adds its part by `@panel("digest", order)`; the order says what it is: from 10 what needs somebody, from 20
what changed, from 30 what comes, from 35 what only surrounds that, such as who is on duty and the numbers. Without
news nothing is sent.
"""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from commands.core.arguments import Prose
from commands.core.command import command, routine
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.event import BySystem
from commands.core.facts import on
from commands.core.reply import Button, Code, Health, Item, Line, Listing, Part, Reply, Strong, Text
from commands.efficiency import report
from commands.grammar.recurrence import Recurrence, complete_recurrence
from commands.projects import LaunchMoved
from commands.schedules import LAUNCH, USUAL, WORKING, Occasion, enter, plan, rule_words, timetable_of
from commands.task_words import health_of
from commands.tasks import TaskAdded
from commands.words import dates
from commands.words.catalog import msg
from storage.chats import Project
from storage.digests import Edition, Rhythm
from storage.schedules import Schedule, log_of, schedules_in, schedules_of, waits_for
from storage.tasks import list_tasks

DAILY: Final = "digest daily"
WEEKLY: Final = "digest weekly"
MONTHLY: Final = "digest monthly"
KINDS: Final = (DAILY, WEEKLY, MONTHLY)
RULES: Final = {
    DAILY: Recurrence("workday"),
    WEEKLY: Recurrence("week", weekdays=(0,)),
    MONTHLY: Recurrence("month", nth=1, kind="workday"),
}
"""When each comes if nothing else was said: on working days, on Mondays, on the first working day."""
NAMES: Final = {DAILY: msg("Daily digest"), WEEKLY: msg("Weekly digest"), MONTHLY: msg("Monthly report")}
EXAMPLES: Final = {DAILY: msg("9am"), WEEKLY: msg("monday 9:30"), MONTHLY: msg("1st 10:00")}
"""What may be said of when each comes."""
NEWS: Final = range(10, 35)
"""The orders of panels without which there is nothing to say."""
DAILY_HOLDS: Final = (range(10), range(10, 20), range(30, 40))
"""A daily digest holds only what somebody can act on."""
WEEK: Final = timedelta(days=7)
LOOKED_BACK: Final = 20
"""Slots in which the last edition is looked for."""


class Which(StrEnum):
    """Choose a digest; the catalogs say how each is typed."""

    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class Off(StrEnum):
    """Have a digest not come any more; the catalogs say how it is typed."""

    OFF = "off"


@command(WEEKLY, may="schedule.edit", examples=("周报 周一 9:30", "digest weekly friday 17:00"))
def weekly(ctx: Context, times: Prose | None = None, repeat: Recurrence | None = None, off: Off | None = None) -> Reply:
    """Have a digest of this project each week: what needs you, what changed, what comes."""
    return _switch(ctx, WEEKLY, times, repeat, off)


@command(DAILY, may="schedule.edit", examples=("日报 9:00", "digest daily 9:00"))
def daily(ctx: Context, times: Prose | None = None, repeat: Recurrence | None = None, off: Off | None = None) -> Reply:
    """Have a brief digest on working days: only what somebody can act on today."""
    return _switch(ctx, DAILY, times, repeat, off)


@command(MONTHLY, may="schedule.edit", examples=("月报", "digest monthly"))
def monthly(
    ctx: Context, times: Prose | None = None, repeat: Recurrence | None = None, off: Off | None = None
) -> Reply:
    """Have a report each month: cycle time, what was late, where the time went."""
    return _switch(ctx, MONTHLY, times, repeat, off)


@command("digest list", may="schedule.view", reads=True, examples=("简报", "digests"))
def list_(ctx: Context) -> Reply:
    """List the digests of this chat, and how to have the others."""
    items = []
    for kind in KINDS:
        for schedule in schedules_in(ctx.unit, chat=ctx.chat.id, kind=kind):
            items.append(Item((Strong(f"{ctx.ref(schedule).label} {ctx.t(kind)}"),), (rule_words(ctx, schedule),)))
    missing = [kind for kind in KINDS if not schedules_in(ctx.unit, chat=ctx.chat.id, kind=kind)]
    parts: list[Part] = [Listing(tuple(items))] if items else []
    for kind in missing:
        how = ctx.line(
            "Not on: {name}. To have it: {example}", name=ctx.t(NAMES[kind]), example=Code(_example(ctx, kind))
        )
        parts.append(Text(how))
    buttons = (ctx.button(ctx.t("See the weekly now"), "digest now", {}),) if ctx.project is not None else ()
    return Reply(title=(ctx.t("Digests of this chat"),), parts=tuple(parts), buttons=buttons, to="private")


@command("digest now", may="project.view", reads=True, examples=("现在发周报", "digest now", "现在发 月报"))
def now(ctx: Context, which: Which = Which.WEEKLY) -> Reply:
    """Show you the digest of this chat's project as it would come now; nobody else sees it."""
    project = _project(ctx)
    if which is Which.MONTHLY:
        return report(ctx, project, *_last_month(ctx), to="private")
    kind = WEEKLY if which is Which.WEEKLY else DAILY
    schedule = next(iter(schedules_in(ctx.unit, chat=ctx.chat.id, kind=kind)), None)
    return _drawn(ctx, project, kind, schedule)[0]


@routine(WEEKLY, may="project.view", within=timedelta(hours=12), waits=True)
def send_weekly(ctx: Context, occasion: Occasion) -> Reply | None:
    """Tell a chat what needs somebody, what changed and what comes."""
    return _edition_of(ctx, occasion)


@routine(DAILY, may="project.view", within=timedelta(hours=6), waits=True)
def send_daily(ctx: Context, occasion: Occasion) -> Reply | None:
    """Tell a chat in the morning what somebody can act on."""
    for each in schedules_in(ctx.unit, chat=ctx.chat.id, kind=WEEKLY):
        if not each.is_paused and _comes_on(ctx, each, occasion.slot.local.date()):
            return None
    return _edition_of(ctx, occasion)


@routine(MONTHLY, may="project.view", within=timedelta(days=2), waits=True)
def send_monthly(ctx: Context, occasion: Occasion) -> Reply | None:
    """Tell a chat how its project went in the month that is over."""
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    return None if project is None else report(ctx, project, *_last_month(ctx))


@on(TaskAdded)
def begin_weekly(ctx: Context, fact: TaskAdded) -> None:
    """Give a new group its weekly digest with its first task, and say so to who made it."""
    if not ctx.chat.awaits_digest or ctx.project is None or isinstance(ctx.call.actor, BySystem):
        return
    call, ctx.unit.call = ctx.unit.call, None  # the house's own act: not undone with the task
    ctx.chat = ctx.unit.change(ctx.chat, awaits_digest=False)
    is_there = bool(schedules_in(ctx.unit, chat=ctx.chat.id, kind=WEEKLY))
    schedule = None if is_there else _enter(ctx, WEEKLY, RULES[WEEKLY], USUAL, by_house=True)
    ctx.unit.call = call
    if schedule is not None:
        line = ctx.line(
            "This group gets a weekly digest, {rule}. Not wanted? {off}",
            rule=rule_words(ctx, schedule),
            off=Code(_off(ctx, WEEKLY)),
        )
        ctx.also(Reply(parts=(Text(line),), to="private"))


@on(LaunchMoved)
def quicken(ctx: Context, fact: LaunchMoved) -> None:
    """Have weekly digests come more often before the new launch day."""
    for schedule in schedules_of(ctx.unit, WEEKLY):
        if schedule.project_id == fact.project.id:
            options = {**schedule.options, LAUNCH: _iso(fact.project.launch_on)}
            plan(ctx, ctx.unit.change(schedule, options=options))


# -- turning on and off ---------------------------------------------------------------------------


def _switch(ctx: Context, kind: str, times: str | None, repeat: Recurrence | None, off: Off | None) -> Reply:
    there = next(iter(schedules_in(ctx.unit, chat=ctx.chat.id, kind=kind)), None)
    if off is not None:
        return _switch_off(ctx, kind, there)
    _project(ctx)
    said = _said(ctx, kind, times, repeat)
    if there is None:
        rule = said or RULES[kind]
        schedule = _enter(ctx, kind, _on_days(rule, RULES[kind]), rule.at or USUAL)
    elif said is None:
        schedule = there
    else:
        rule = _on_days(said, Recurrence.from_canonical(there.rule))
        clock = [f"{said.at:%H:%M}"] if said.at else there.times
        schedule = ctx.unit.change(there, rule=rule.canonical(), times=clock)
        plan(ctx, schedule)
    return Reply(parts=(Text(_told(ctx, kind, schedule)),), buttons=(_preview(ctx, kind),), to="private")


def _told(ctx: Context, kind: str, schedule: Schedule) -> Line:
    coming = waits_for(ctx.unit, schedule.id)
    zone = timetable_of(schedule).zone
    return ctx.line(
        "{digest} of this chat: {rule}. Next: {next}. Off: {off}",
        digest=Strong(ctx.t(NAMES[kind])),
        rule=rule_words(ctx, schedule),
        next=dates.moment(ctx.words, coming.at, zone, today=ctx.today) if coming else "—",
        off=Code(_off(ctx, kind)),
    )


def _said(ctx: Context, kind: str, times: str | None, repeat: Recurrence | None) -> Recurrence | None:
    """Read when it shall come; None where nothing was said."""
    if times is None or repeat is not None:
        return repeat
    rule = complete_recurrence(times, RULES[kind].every)
    if rule is None:
        example = Code(ctx.say(kind, ctx.t(EXAMPLES[kind])))
        raise Refused(
            ctx.line(
                "I cannot read {times} as a day or a time. For example: {example}", times=Strong(times), example=example
            )
        )
    return rule


def _on_days(rule: Recurrence, usual: Recurrence) -> Recurrence:
    """Give the days of a rule; those that are usual where it names only the time."""
    names_days = rule.weekdays or rule.days or rule.nth or rule.every != usual.every or rule.interval > 1
    return replace(rule if names_days else usual, at=None)


def _switch_off(ctx: Context, kind: str, there: Schedule | None) -> Reply:
    name = Strong(ctx.t(NAMES[kind]))
    if there is None:
        raise Refused(ctx.line("{digest} is not on here. To have it: {on}", digest=name, on=Code(_example(ctx, kind))))
    ctx.unit.archive(there)
    line = ctx.line("{digest} does not come any more. Again: {on}", digest=name, on=Code(ctx.say(kind)))
    return Reply(parts=(Text(line),), to="private")


def _enter(ctx: Context, kind: str, rule: Recurrence, clock: time, *, by_house: bool = False) -> Schedule:
    options: dict[str, Any] = {WORKING: True}
    if kind == WEEKLY:
        options[LAUNCH] = _iso(ctx.launch)
    return enter(ctx, kind, rule, clock, by_house=by_house, **options)


def _project(ctx: Context) -> Project:
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if project is None:
        raise Refused(ctx.line("This chat has no project to tell about. Say it in the project's group."))
    return project


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _example(ctx: Context, kind: str) -> str:
    return ctx.say(kind, f"{USUAL:%H:%M}") if kind == DAILY else ctx.say(kind)


def _off(ctx: Context, kind: str) -> str:
    return ctx.say(kind, ctx.words.forms(Off.OFF.value)[0])


# -- drawing --------------------------------------------------------------------------------------


def _edition_of(ctx: Context, occasion: Occasion) -> Reply | None:
    project = ctx.unit.get(Project, ctx.project) if ctx.project is not None else None
    if project is None:
        return None
    reply, is_news = _drawn(ctx, project, occasion.schedule.kind, occasion.schedule)
    return Reply(reply.parts, reply.title, reply.health, reply.buttons) if is_news else None


def _drawn(ctx: Context, project: Project, kind: str, schedule: Schedule | None) -> tuple[Reply, bool]:
    """Draw a digest as it is now, and tell whether it says anything new."""
    edition = _edition(ctx, project, "daily" if kind == DAILY else "weekly", schedule)
    parts: list[Part] = []
    is_news = False
    for each in ctx.registry.panels.get("digest", ()):
        if edition.rhythm == "daily" and not any(each.order in held for held in DAILY_HOLDS):
            continue
        drawn = each.draw(ctx, edition)
        parts += drawn
        is_news |= bool(drawn) and each.order in NEWS
    title: Line = (f"📊 {project.name} · {ctx.t(NAMES[kind])} · {ctx.due(ctx.today)}",)
    if not is_news:
        parts.append(Text((ctx.t("Nothing needs anybody, and nothing changed: on its day it would not be sent."),)))
    health = _health(ctx, project)
    return Reply(tuple(parts), title, health=health, buttons=_buttons(ctx, health), to="private"), is_news


def _edition(ctx: Context, project: Project, rhythm: Rhythm, schedule: Schedule | None) -> Edition:
    usual = timedelta(days=1) if rhythm == "daily" else WEEK
    last = schedule and _last_sent(ctx, schedule)
    until = ctx.now + WEEK
    if rhythm == "daily":
        until = datetime.combine(ctx.today + timedelta(days=1), time(), tzinfo=ctx.zone).astimezone(UTC)
    elif schedule is not None:
        until = timetable_of(schedule).first(ctx.now + timedelta(minutes=1), ctx.workdays).at
    return Edition(project.id, rhythm, last or ctx.now - usual, until)


def _last_sent(view: View, schedule: Schedule) -> datetime | None:
    """Give the instant at which a digest last said something."""
    rows = log_of(view.unit, schedule.id, most=LOOKED_BACK)
    sent = next((row.at for row in rows if row.state == "done" and not row.reason), None)
    return sent if sent is None or sent.tzinfo else sent.replace(tzinfo=UTC)


def _comes_on(view: View, schedule: Schedule, day: date) -> bool:
    table = timetable_of(schedule)
    midnight = datetime.combine(day, time(), tzinfo=table.zone).astimezone(UTC)
    return table.first(midnight, view.workdays).local.date() == day


def _last_month(ctx: Context) -> tuple[date, date]:
    """Give the first day of the month that is over, and of the one after it."""
    ends = ctx.today.replace(day=1)
    return (ends - timedelta(days=1)).replace(day=1), ends


def _health(view: View, project: Project) -> Health:
    """Tell how a project stands by its latest task."""
    late = list_tasks(view.unit, whose="project", id=project.id, which="overdue", most=1)
    return (late and health_of(True, late[0].due_by, view.now)) or "green"


def _buttons(ctx: Context, health: Health) -> tuple[Button, ...]:
    overdue = ctx.words.forms("overdue")[0]
    all_ = ctx.words.forms("everyone's")[0]
    late = ctx.button(
        ctx.t("Overdue"),
        "task list",
        {"which": "overdue", "scope": "everyone's"},
        typed=ctx.say("task list", overdue, all_),
    )
    mine = ctx.button(ctx.t("My tasks"), "task list", {})
    return (*((late,) if health != "green" else ()), ctx.button(ctx.t("Status of the project"), "status", {}), mine)


def _preview(ctx: Context, kind: str) -> Button:
    which = {DAILY: Which.DAILY, WEEKLY: Which.WEEKLY, MONTHLY: Which.MONTHLY}[kind]
    typed = ctx.say("digest now", ctx.words.forms(which.value)[0])
    return ctx.button(ctx.t("Preview"), "digest now", {"which": which.value}, typed=typed)
