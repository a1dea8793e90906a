"""Reminders: once a day, at each person's own hour, one message about what is late, due or awaited.

What is said follows from the tasks and the day alone, so that a slot may be missed or run again. Late tasks are
told to their owner for five working days; of what is late by more than two days the project's lead hears once, in the
thread of its card.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from commands.core.arguments import Prose
from commands.core.command import More, Standing, command, routine
from commands.core.context import Context, View, zone_of
from commands.core.errors import Refused, Wanting
from commands.core.event import Json
from commands.core.facts import Fact
from commands.core.quiet import Severity
from commands.core.reply import Button, Code, Item, Listing, Note, Part, Reply, Strong, Text, Who
from commands.core.timetable import instant_of
from commands.grammar.date_phrases import read_clock
from commands.grammar.date_words import fold
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import Workdays, add_workdays
from commands.recurrences import make_due
from commands.schedules import SLOT, Occasion
from commands.task_words import HEALTH_MARK, STATUS_MARK, all_named, health_of, lateness, named, refuse_closed
from commands.waiting import awaited_line
from commands.why import wants
from commands.words.catalog import msg
from storage.cards import cards_of
from storage.people import Person
from storage.reminders import (
    USUAL_MINUTES,
    Bounds,
    Escalation,
    Snooze,
    expired_waits,
    hours_in_use,
    owed_by,
    people_at,
    red_tasks,
    snoozes_of,
)
from storage.roles import roles_in
from storage.schedules import Schedule, wait_for
from storage.settings import prefer, preference_of
from storage.tasks import Task, end_of
from storage.unit import Unit
from storage.workspaces import next_number, workspace_of

R = TypeVar("R", Snooze, Task)
IN_ONE_PART: Final = 100
"""People who are reminded in one transaction."""
ON_A_CARD: Final = 5
"""Tasks of one kind that a reminder names; `overdue` lists all."""
REPEATED: Final = 5
"""Working days on which a late task is told of."""
RED_AFTER: Final = timedelta(days=2)
LONG: Final = timedelta(days=5)
HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)


class Later(StrEnum):
    """Choose when to be reminded again."""

    HOUR = "in an hour"
    MORNING = "tomorrow morning"


@dataclass(frozen=True)
class TasksTurnedRed(Fact):
    """Tasks have become late by more than two days, and their leads were told."""

    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Due:
    """What one person is reminded of."""

    late: Sequence[Task] = ()
    today: Sequence[Task] = ()
    soon: Sequence[Task] = ()
    waits: Sequence[Task] = ()
    """Tasks whose wait for somebody outside is over."""
    again: Sequence[Task] = ()
    """Tasks whose reminder was put off until now."""

    def all(self) -> tuple[Task, ...]:
        """List them all, the most urgent first."""
        return (*self.late, *self.waits, *self.today, *self.again, *self.soon)


def standing(unit: Unit) -> Iterator[Standing]:
    """Tell at which hours, in which zones, anybody is reminded."""
    for zone, hour in hours_in_use(unit, usual=workspace_of(unit).timezone):
        yield Standing(zone, _time(hour))


@routine("reminders", may="task.view", within=timedelta(hours=8), standing=standing)
def remind(ctx: Context, occasion: Occasion) -> More | None:
    """Remind you once a day of what is late, due or awaited."""
    if occasion.schedule.owner_id is not None:
        _remind_again(ctx, occasion.schedule)
        return None
    if not occasion.cursor:
        make_due(ctx.unit, now=ctx.now, zone=ctx.zone, workdays=ctx.workdays)
    at = time.fromisoformat(occasion.schedule.times[0])
    people = people_at(
        ctx.unit,
        zone=occasion.schedule.zone,
        usual=workspace_of(ctx.unit).timezone,
        hour=at.hour * 60 + at.minute,
        after=int(occasion.cursor or 0),
        most=IN_ONE_PART,
    )
    alike: dict[str | None, list[Person]] = defaultdict(list)
    for person in people:
        alike[person.country].append(person)
    for some in alike.values():
        workdays = ctx.workdays_of(some[0])
        if workdays.is_workday(ctx.today):
            is_chosen = at.hour * 60 + at.minute != USUAL_MINUTES
            bounds = _bounds(ctx.now, ctx.zone, workdays)
            _remind_all(ctx, occasion.schedule, some, bounds, "asked" if is_chosen else "personal")
    return More(str(people[-1].id)) if len(people) == IN_ONE_PART else None


@command("reminder hour", may="own.settings", examples=("提醒时间 8:30", "remind me at 8:30"))
def hour(ctx: Context, time: Prose) -> Reply:
    """Choose the hour at which I remind you, once a day."""
    minutes = read_clock(fold(time))
    if not minutes:
        line = ctx.line("I cannot read {time} as a time of day. Example: {example}", time=Strong(time),
                        example=Code(ctx.say("reminder hour", "8:30")))  # fmt: skip
        raise Wanting("time", line)
    prefer(ctx.unit, person=ctx.me.id, remind_at=minutes[0])
    line = ctx.line("I remind you at {time} on working days, where anything is late or due.",
                    time=Strong(f"{_time(minutes[0]):%H:%M}"))  # fmt: skip
    return Reply(parts=(Text(line),), to="private")


@command("task later", may="task.view", examples=("稍后 T-1", "稍后 T-1 明早", "remind me later T-1"))
def later(ctx: Context, tasks: tuple[Task, ...], how: Later = Later.HOUR) -> Reply:
    """Put off the reminder of a task, by an hour or to the morning; its due date stays."""
    for task in tasks:
        refuse_closed(ctx, task)
        if not task.is_open:
            raise Refused(ctx.line("{task} is closed.", task=Strong(ctx.ref(task).label)))
    until = _morning(ctx) if how is Later.MORNING else (ctx.unit.now + HOUR).replace(second=0, microsecond=0)
    known = {snooze.task_id: snooze for snooze in snoozes_of(ctx.unit, [ctx.me.id])}
    for task in tasks:
        if task.id in known:
            ctx.unit.change(known[task.id], until=until)
        else:
            ctx.unit.add(Snooze, person_id=ctx.me.id, task_id=task.id, until=until)
    if how is Later.HOUR:
        _come_at(ctx, until)
    line = ctx.line("I remind you of {tasks} again: {at}. The due date stays.", tasks=all_named(ctx, tasks),
                    at=Strong(ctx.due(None, until, zone=ctx.me.timezone)))  # fmt: skip
    return Reply(parts=(Text(line),), to="private")


# -- who is reminded of what ------------------------------------------------------------------


def _remind_all(ctx: Context, schedule: Schedule, people: Sequence[Person], bounds: Bounds, severity: Severity) -> None:
    ids = [person.id for person in people]
    owed, waits = owed_by(ctx.unit, ids, bounds, most=ON_A_CARD), expired_waits(ctx.unit, ids, oldest=bounds.oldest)
    snoozes = _of_each(snoozes_of(ctx.unit, ids), "person_id")
    tasks, waiting = _of_each(owed, "owner_id"), _of_each(waits, "owner_id")
    for person in people:
        put_off = {snooze.task_id for snooze in snoozes[person.id] if snooze.until > ctx.unit.now}
        mine = [task for task in tasks[person.id] if task.id not in put_off]
        listed = {task.id for task in (*mine, *waiting[person.id])}
        due = Due(
            late=[task for task in mine if _by(task) <= bounds.now],
            today=[task for task in mine if bounds.now < _by(task) <= bounds.today],
            soon=[task for task in mine if _by(task) > bounds.today],
            waits=[task for task in waiting[person.id] if task.id not in put_off][:ON_A_CARD],
            again=[task for task in _come_again(ctx, snoozes[person.id]) if task.id not in listed][:ON_A_CARD],
        )
        _send(ctx, person, due, severity)
    _tell_leads(ctx, schedule, red_tasks(ctx.unit, ids, oldest=bounds.oldest, before=bounds.now - RED_AFTER))


def _remind_again(ctx: Context, schedule: Schedule) -> None:
    """Remind the one person who asked for it; the schedule is put away once there is nothing left to say."""
    again = _come_again(ctx, snoozes_of(ctx.unit, [ctx.me.id]))
    if again:
        _send(ctx, ctx.me, Due(again=again), "asked")
    else:
        ctx.unit.archive(schedule)


def _send(ctx: Context, person: Person, due: Due, severity: Severity) -> None:
    """Write to one person; what comes at an hour that they chose comes in their quiet hours, too."""
    if due.soon:
        level = preference_of(ctx.unit, person=person.id)
        if level is not None and level.level == "quiet":
            due = Due(due.late, due.today, (), due.waits, due.again)
    if due.all():
        ctx.send(person, _drawn(ctx.seen_by(person), due), severity=severity)


def _come_again(ctx: Context, snoozes: Iterable[Snooze]) -> list[Task]:
    """Give the open tasks whose reminder was put off until now, which is over with that."""
    found = []
    for snooze in snoozes:
        if snooze.until <= ctx.unit.now:
            ctx.unit.archive(snooze)
            task = ctx.unit.get(Task, snooze.task_id)
            if task is not None and task.is_open and task.archived_at is None:
                found.append(task)
    return found


def _tell_leads(ctx: Context, schedule: Schedule, tasks: Sequence[Task]) -> None:
    """Tell each lead once of what is long overdue, below its card, or directly where it has none in a group."""
    told: dict[int, list[Task]] = defaultdict(list)
    for task in tasks:
        leads = [lead for lead in map(ctx.person, _leads_of(ctx.unit, task)) if lead and lead.archived_at is None]
        chat = _hangs_in(ctx.unit, task)
        if chat is not None:
            _call(ctx, schedule, task, leads, chat)
        else:
            for lead in leads:
                told[lead.id].append(task)
        ctx.unit.add(Escalation, task_id=task.id, due_by=_by(task), person_id=task.owner_id)
    if tasks:
        ctx.state(TasksTurnedRed(tasks))
    for lead_id, those in told.items():
        if person := ctx.person(lead_id):
            ctx.send(person, _drawn_for_lead(ctx.seen_by(person), those))


def _call(ctx: Context, schedule: Schedule, task: Task, leads: Sequence[Person], chat: int) -> None:
    """Mention the leads below the card, but those who do not want to hear of reminders."""
    called = [Who(lead.id, lead.name, pings=True) for lead in leads if wants(ctx, schedule, lead)]
    if called:
        spaced = [piece for each in called for piece in (each, " ")][:-1]
        ctx.remark(
            ctx.ref(task),
            msg("{leads} {task} is {count} days late. {owner} has been reminded; I say this once."),
            severity="personal",
            in_chat=chat,
            leads=tuple(spaced),
            task=named(ctx, task),
            count=(ctx.unit.now - _by(task)).days + 1,
            owner=ctx.who(task.owner_id),
        )


def _hangs_in(unit: Unit, task: Task) -> int | None:
    """Give the group in which a task's card stands, that of its project before any other."""
    groups = [hung for hung in cards_of(unit, "task", task.id) if hung.chat_kind == "group" and hung.message]
    groups.sort(key=lambda hung: hung.project_id != task.project_id)
    return groups[0].chat_id if groups else None


def _leads_of(unit: Unit, task: Task) -> list[int]:
    given = roles_in(unit, task.project_id) if task.project_id is not None else {}
    leads = [person for person, role in given.items() if role == "lead"]
    asked = [task.creator_id] if task.creator_id is not None else []
    return [person for person in leads or asked if person != task.owner_id]


def _of_each(records: Iterable[R], column: str) -> dict[int, list[R]]:
    found: dict[int, list[R]] = defaultdict(list)
    for record in records:
        found[getattr(record, column)].append(record)
    return found


def _by(task: Task) -> datetime:
    return task.due_by or datetime.max.replace(tzinfo=UTC)


# -- days and hours ---------------------------------------------------------------------------


def _bounds(now: datetime, zone: ZoneInfo, workdays: Workdays) -> Bounds:
    today = now.astimezone(zone).date()

    def end(day: date) -> datetime:
        return end_of(day, None, zone.key) or now

    third = end(add_workdays(today, 3, workdays))
    return Bounds(
        oldest=end(add_workdays(today, -REPEATED, workdays) - DAY),
        now=now,
        today=end(today),
        soon=end(add_workdays(today, 1, workdays)),
        before_third=end(add_workdays(today, 2, workdays)),
        third=third,
        begun=third - LONG,
    )


def _morning(ctx: Context) -> datetime:
    """Give the person's hour on their next working day."""
    mine = preference_of(ctx.unit, person=ctx.me.id)
    hour = USUAL_MINUTES if mine is None or mine.remind_at is None else mine.remind_at
    zone = zone_of(ctx.me.timezone, workspace_of(ctx.unit).timezone)
    day = add_workdays(ctx.now.astimezone(zone).date(), 1, ctx.workdays_of(ctx.me))
    return instant_of(datetime.combine(day, _time(hour)), zone)


def _come_at(ctx: Context, at: datetime) -> None:
    """Have this person's reminders come once at an instant."""
    zone = zone_of(ctx.me.timezone, workspace_of(ctx.unit).timezone)
    local = at.astimezone(zone)
    schedule = ctx.unit.add(
        Schedule,
        number=next_number(ctx.unit, "schedule"),
        kind="reminders",
        owner_id=ctx.me.id,
        rule=Recurrence("day").canonical(),
        times=[f"{local:%H:%M}"],
        zone=zone.key,
    )
    wait_for(ctx.unit, schedule.id, at=at, slot=local.strftime(SLOT))


def _time(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


# -- what is shown ----------------------------------------------------------------------------


def _drawn(view: View, due: Due) -> Reply:
    sections = (
        (view.t("Overdue"), due.late),
        (view.t("Has it come?"), due.waits),
        (view.t("Due today"), due.today),
        (view.t("To be reminded of"), due.again),
        (view.t("Due soon"), due.soon),
    )
    parts: list[Part] = []
    for title, tasks in sections:
        if tasks:
            parts += [Text((Strong(title),)), Listing(tuple(_row(view, task) for task in tasks))]
    count = len(due.all())
    title = view.tn("⏰ {count} task of yours", "⏰ {count} tasks of yours", count)
    return Reply(title=(title,), parts=tuple(parts), buttons=_buttons(view, due), to="direct")


def _row(view: View, task: Task) -> Item:
    health = health_of(task.is_open, task.due_by, view.now)
    mark = HEALTH_MARK[health] if health in ("yellow", "red") else STATUS_MARK[task.status]
    pieces = [lateness(view, task.due_by, is_open=True)] if task.status != "waiting" else []
    if task.due_on:
        pieces.append(view.due(task.due_on, task.due_at, zone=task.due_zone))
    detail = " · ".join(each for each in pieces if each)
    args = {"tasks": [view.ref(task).label]}
    if task.status == "waiting":
        waits = view.button(view.t("It has come"), "task resume", {**args}, version=task.version)
        return Item((f"{STATUS_MARK['waiting']} ", *named(view, task)), awaited_line(view, task), waits)
    finish = view.button(view.t("Finish"), "task done", {**args}, version=task.version)
    return Item((f"{mark} ", *named(view, task)), (detail,) if detail else (), finish)


def _buttons(view: View, due: Due) -> tuple[Button, ...]:
    """Offer what can be said of the most urgent task, and to be reminded later of all."""
    buttons: list[Button] = []
    others = [task for task in due.all() if task.status != "waiting"]
    for task in (*others[:1], *due.waits[:1]):
        buttons += _buttons_of(view, task, is_one=len(due.all()) == 1)
    refs = [view.ref(task).label for task in due.all()]
    typed = view.say("task later", *refs)
    put_off = {"tasks": refs, "how": Later.HOUR.value}
    buttons.append(view.button(view.t("In an hour"), "task later", {**put_off}, typed=typed))
    morning = view.words.forms(Later.MORNING.value)[0]
    put_off = {"tasks": refs, "how": Later.MORNING.value}
    buttons.append(view.button(view.t("Tomorrow morning"), "task later", {**put_off}, typed=f"{typed} {morning}"))
    return tuple(buttons)


def _buttons_of(view: View, task: Task, *, is_one: bool) -> Iterator[Button]:
    ref = view.ref(task).label
    before = "" if is_one else f"{ref} "
    due = {"tasks": [ref]}
    wait = view.t("Wait longer…") if task.status == "waiting" else view.t("Wait…")
    awaited: dict[str, Json] = {"task": ref}
    if task.status == "waiting":
        whom = f" @{task.waits_on}" if task.waits_on else ""
        awaited |= {"what": f"{task.held_for or ''}{whom}", "?": "until"}
    yield view.button(before + wait, "task wait", awaited, typed=view.say("task wait", ref, "…"))
    yield view.button(
        before + view.t("Move date…"), "task due", {**due}, typed=view.say("task due", ref, view.t("fri"))
    )
    if task.status not in ("waiting", "blocked"):
        yield view.button(
            before + view.t("Blocked…"), "task block", {"task": ref}, typed=view.say("task block", ref, "…")
        )


def _drawn_for_lead(view: View, tasks: Sequence[Task]) -> Reply:
    title = view.tn(
        "🔴 {count} task is late by more than two days", "🔴 {count} tasks are late by more than two days", len(tasks)
    )
    rows = []
    for task in tasks[: ON_A_CARD * 2]:
        late = lateness(view, task.due_by, is_open=True)
        due = view.due(task.due_on, task.due_at, zone=task.due_zone)
        rows.append(Item(named(view, task), (view.who(task.owner_id), f" · {late} · {due}")))
    note = Note((view.t("I tell you once of each; its owner has been reminded."),))
    return Reply(title=(title,), parts=(Listing(tuple(rows), more=view.say("task list")), note), to="direct")
