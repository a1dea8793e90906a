"""Schedules: what comes by itself, when it comes next, what became of it, and how to stop it.

Each subject makes schedules of its own kinds and says in a routine what happens at a slot; here
they are listed, looked at, paused and run. What is due is run by bot/clock.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, Final

from commands.core.arguments import Prose
from commands.core.command import Registry, Routine, Standing, command, finds, routine
from commands.core.context import Context, View, zone_of
from commands.core.reply import Button, Code, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.timetable import DAILY, TWICE_A_WEEK, Slot, Timetable
from commands.grammar.recurrence import Recurrence
from commands.grammar.when import When
from commands.grammar.workdays import WEEKDAYS
from commands.words import dates
from commands.words.catalog import msg
from storage.chats import Chat
from storage.schedules import (
    Occurrence,
    Schedule,
    all_schedules,
    log_of,
    schedule_numbered,
    schedules_of,
    wait_for,
    waits_for,
)
from storage.unit import Unit
from storage.workspaces import next_number

USUAL: Final = time(9, 30)
"""When something comes for which no time of day was said."""
PREVIEWED: Final = 5
LOGGED: Final = 10
LAUNCH: Final = "launch"
"""The option that holds a day, as ISO text: before it the schedule comes more often."""
WORKING: Final = "working"
"""The option that is true for what comes on working days only, whatever its rule."""
SLOT: Final = "%Y-%m-%dT%H:%M"
REASONS: Final[Mapping[str, str]] = {
    "dropped": msg("it was put away"),
    "paused": msg("it was paused"),
    "rest": msg("no working day"),
    "late": msg("it would have come too late"),
    "missed": msg("a later one took its place"),
    "rights": msg("its owner may not do this any more"),
    "chat": msg("its chat is gone"),
    "quiet": msg("nothing to tell"),
    "bug": msg("a fault of mine, number {more}"),
}
"""Why a slot was skipped or failed. Behind a colon stands what belongs to the reason."""


@dataclass(frozen=True, slots=True)
class Occasion:
    """What a routine is told: which slot of which schedule it is, and how late."""

    schedule: Schedule
    slot: Slot
    late: timedelta
    cursor: str
    """Empty at first; then what the part before handed on by `More`."""


@finds("schedule", letter="S", record=Schedule)
def find(unit: Unit, number: int) -> Schedule | None:
    """Find a schedule by number."""
    return schedule_numbered(unit, number)


def timetable_of(schedule: Schedule) -> Timetable:
    """Give the slots of a schedule."""
    times = tuple(time.fromisoformat(each) for each in schedule.times)
    launch = launch_of(schedule)
    is_working = bool(schedule.options.get(WORKING))
    rule = Recurrence.from_canonical(schedule.rule)
    return Timetable(rule, times, zone_of(schedule.zone), launch=launch, is_working=is_working)


def launch_of(schedule: Schedule) -> date | None:
    """Give the launch towards which a schedule comes more often; None where it keeps its rule."""
    launch = schedule.options.get(LAUNCH)
    return date.fromisoformat(launch) if isinstance(launch, str) else None


def enter(
    ctx: Context,
    kind: str,
    rule: Recurrence,
    *times: time,
    chat: Chat | None = None,
    by_house: bool = False,
    **options: Any,
) -> Schedule:
    """Make a schedule for the person who acts, or the house, and await its first slot."""
    where = chat or ctx.chat
    schedule = ctx.unit.add(
        Schedule,
        number=next_number(ctx.unit, "schedule"),
        kind=kind,
        owner_id=None if by_house else ctx.me.id,
        chat_id=where.id,
        project_id=where.project_id,
        rule=replace(rule, at=None).canonical(),
        times=[f"{each:%H:%M}" for each in sorted(times or ((rule.at,) if rule.at else ()))],
        zone=ctx.zone.key,
        options=options,
    )
    plan(ctx, schedule)
    return schedule


def plan(ctx: View, schedule: Schedule) -> None:
    """Have a schedule wait for its next slot, such as after its rule has changed."""
    slot = timetable_of(schedule).first(ctx.unit.now, ctx.workdays)
    wait_for(ctx.unit, schedule.id, at=slot.at, slot=slot.label)


def keep_up(unit: Unit, registry: Registry) -> None:
    """Make the schedules that the house itself needs, and put away the others."""
    for each in registry.routines.values():
        if any(_amiss(unit, each)):
            next_number(unit, "schedule")  # one process at a time from here on, and each looks again
            missing, idle = _amiss(unit, each)
            for standing in missing:
                _stand(unit, each, standing)
            for schedule in idle:
                unit.archive(schedule)


def is_kept_up(unit: Unit, registry: Registry) -> bool:
    """Tell whether the house has all the schedules that it needs, and no other."""
    return not any(any(_amiss(unit, each)) for each in registry.routines.values())


def _amiss(unit: Unit, routine: Routine) -> tuple[list[Standing], list[Schedule]]:
    """Give the times at which nothing stands, and what stands at other times."""
    if routine.standing is None:
        return [], []
    wanted = set(routine.standing(unit))
    kept = {
        Standing(each.zone, time.fromisoformat(each.times[0])): each
        for each in schedules_of(unit, routine.kind)
        if each.owner_id is None
    }
    return sorted(wanted - kept.keys()), [each for standing, each in kept.items() if standing not in wanted]


def _stand(unit: Unit, routine: Routine, standing: Standing) -> None:
    schedule = unit.add(
        Schedule,
        number=next_number(unit, "schedule"),
        kind=routine.kind,
        rule=Recurrence("day").canonical(),
        times=[f"{standing.at:%H:%M}"],
        zone=standing.zone,
    )
    slot = timetable_of(schedule).first(unit.now, WEEKDAYS)
    wait_for(unit, schedule.id, at=slot.at, slot=slot.label)


@command(
    "schedule add",
    may="schedule.edit",
    examples=("提醒 每周五17点 交周报", "remind every friday 17:00 Send the weekly report"),
)
def add(ctx: Context, text: Prose, repeat: Recurrence) -> Reply:
    """Have me say something in this chat again and again."""
    schedule = enter(ctx, "reminder", repeat, repeat.at or USUAL, text=text)
    return _coming(ctx, schedule)


@routine("reminder", may="schedule.edit", within=timedelta(hours=12))
def remind(ctx: Context, occasion: Occasion) -> Reply:
    """Say what somebody wanted to be said again and again."""
    note = ctx.line(
        "{who} had me say this: {schedule}", who=ctx.me.name, schedule=Code(ctx.ref(occasion.schedule).label)
    )
    return Reply(parts=(Text((str(occasion.schedule.options["text"]),)), Note(note)))


@command("schedule list", may="schedule.view", reads=True, examples=("定时列表", "list schedules"))
def list_(ctx: Context) -> Reply:
    """List what comes by itself in this chat."""
    mine = [(each, at) for each, at in all_schedules(ctx.unit) if each.chat_id == ctx.chat.id]
    title = (ctx.t("What comes by itself"),)
    if not mine:
        line = ctx.line("Nothing is scheduled in this chat. What I can do: {help}", help=Code(ctx.say("help")))
        return Reply(title=title, parts=(Text(line),), to="private")
    items = tuple(_item(ctx, schedule, at) for schedule, at in mine)
    return Reply(title=title, parts=(Listing(items),), to="private")


@command("schedule show", may="schedule.view", reads=True, examples=("S-1", "show schedule S-1"))
def show(ctx: Context, schedule: Schedule) -> Reply:
    """Show when a schedule comes, the next five times in words."""
    coming = islice(timetable_of(schedule).upcoming(ctx.unit.now, ctx.workdays), PREVIEWED)
    zone = zone_of(schedule.zone)
    times = tuple(Item((dates.moment(ctx.words, slot.at, zone, today=ctx.today),)) for slot in coming)
    parts: list[Part] = [Text((rule_words(ctx, schedule), *_paused(ctx, schedule))), Listing(times)]
    return Reply(title=_title(ctx, schedule), parts=tuple(parts), buttons=_buttons(ctx, schedule), to="private")


@command("schedule log", may="schedule.view", reads=True, examples=("定时记录 S-1", "schedule log S-1"))
def log(ctx: Context, schedule: Schedule) -> Reply:
    """Show what became of the last times of a schedule, also of those that were skipped."""
    rows = log_of(ctx.unit, schedule.id, most=LOGGED)
    parts: tuple[Part, ...] = (Listing(tuple(_logged(ctx, schedule, row) for row in rows)),)
    if not rows:
        parts = (Text((ctx.t("It has not come yet."),)),)
    return Reply(title=_title(ctx, schedule), parts=parts, to="private")


@command("schedule pause", may="schedule.edit", examples=("暂停 S-1", "pause S-1", "暂停 S-1 到下周一"))
def pause(ctx: Context, schedule: Schedule, until: When | None = None) -> Reply:
    """Stop a schedule, for a while or until it is resumed."""
    ends = until and (until.at or datetime.combine(until.on, time(), tzinfo=ctx.zone).astimezone(UTC))
    ctx.unit.change(schedule, is_paused=True, paused_until=ends)
    name = Strong(ctx.ref(schedule).label)
    if until is None:
        line = ctx.line("{schedule} is paused. Go on: {resume}", schedule=name, resume=_typed(ctx, "resume", schedule))
    else:
        line = ctx.line("{schedule} is paused until {day}.", schedule=name, day=ctx.due(until.on, until.at))
    return Reply(parts=(Text(line),), to="private")


@command("schedule resume", may="schedule.edit", examples=("恢复定时 S-1", "resume schedule S-1"))
def resume(ctx: Context, schedule: Schedule) -> Reply:
    """Go on with a schedule that was paused."""
    schedule = ctx.unit.change(schedule, is_paused=False, paused_until=None)
    plan(ctx, schedule)
    line = ctx.line(
        "{schedule} goes on; next: {next}.", schedule=Strong(ctx.ref(schedule).label), next=_next(ctx, schedule)
    )
    return Reply(parts=(Text(line),), to="private")


@command("schedule run", may="schedule.edit", undo=None, examples=("立即运行 S-1", "run S-1"))
def run(ctx: Context, schedule: Schedule) -> Reply:
    """Have a schedule come now, once more than it would."""
    now = ctx.unit.now
    wait_for(ctx.unit, schedule.id, at=now, slot=now.astimezone(zone_of(schedule.zone)).strftime(SLOT))
    line = ctx.line("{schedule} comes within a few seconds.", schedule=Strong(ctx.ref(schedule).label))
    return Reply(parts=(Text(line),), to="private")


@command(
    "schedule change", may="schedule.edit", examples=("改定时 S-1 每周五 17:00", "change schedule S-1 every friday 5pm")
)
def change(ctx: Context, schedule: Schedule, repeat: Recurrence) -> Reply:
    """Have a schedule come on other days, or at another time."""
    times = _moved(schedule.times, repeat.at) if repeat.at else schedule.times
    schedule = ctx.unit.change(schedule, rule=replace(repeat, at=None).canonical(), times=times)
    plan(ctx, schedule)
    return _coming(ctx, schedule)


@command("schedule drop", may="schedule.edit", examples=("删除定时 S-1", "drop schedule S-1"))
def drop(ctx: Context, schedule: Schedule) -> Reply:
    """Put a schedule away for good."""
    ctx.unit.archive(schedule)
    line = ctx.line("{schedule} will not come again.", schedule=Strong(ctx.ref(schedule).label))
    return Reply(parts=(Text(line),), to="private")


def _coming(ctx: Context, schedule: Schedule) -> Reply:
    """Say when a schedule comes, and when next."""
    line = ctx.line(
        "{schedule}: {rule}. Next: {next}.",
        schedule=Strong(ctx.ref(schedule).label),
        rule=rule_words(ctx, schedule),
        next=_next(ctx, schedule),
    )
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(schedule))


def rule_words(view: View, schedule: Schedule) -> str:
    """Write when a schedule comes: `every workday 09:30 (Beijing)`."""
    rule = dates.recurrence(view.words, Recurrence.from_canonical(schedule.rule))
    written = f"{rule} {view.t(', ').join(schedule.times)} ({dates.city(view.words, schedule.zone)})"
    launch = launch_of(schedule)
    if launch is None or launch < view.today:
        return written
    beat = view.t(
        "twice a week from {twice} on, every working day from {daily} on, until the launch",
        twice=view.due(launch - TWICE_A_WEEK),
        daily=view.due(launch - DAILY),
    )
    return f"{written} · {beat}"


def _moved(times: Sequence[str], first: time) -> list[str]:
    """Give times of day that begin at another, the later ones as far behind it as before, on the same day."""
    minutes = [at.hour * 60 + at.minute for at in map(time.fromisoformat, times)]
    moved = [each - minutes[0] + first.hour * 60 + first.minute for each in minutes]
    return [f"{each // 60:02}:{each % 60:02}" for each in moved if each < 24 * 60]


def _title(ctx: Context, schedule: Schedule) -> Line:
    return (f"{ctx.ref(schedule).label} {ctx.t(schedule.kind)}",)


def _item(ctx: Context, schedule: Schedule, at: datetime | None) -> Item:
    name: Line = (Strong(ctx.ref(schedule).label), f" {ctx.t(schedule.kind)}")
    coming = ctx.line("next: {next}", next=_moment(ctx, schedule, at)) if at and not schedule.is_paused else ()
    detail: Line = (rule_words(ctx, schedule), *((" · ", *coming) if coming else ()), *_paused(ctx, schedule))
    return Item(name, detail)


def _paused(ctx: Context, schedule: Schedule) -> Line:
    if not schedule.is_paused:
        return ()
    if schedule.paused_until is None:
        return (" · ", ctx.t("paused"))
    return (" · ", *ctx.line("paused until {day}", day=_moment(ctx, schedule, schedule.paused_until)))


def _buttons(ctx: Context, schedule: Schedule) -> tuple[Button, ...]:
    args = {"schedule": ctx.ref(schedule).label}
    return (
        ctx.button(ctx.t("Go on"), "schedule resume", {**args})
        if schedule.is_paused
        else ctx.button(ctx.t("Pause"), "schedule pause", {**args}),
        ctx.button(ctx.t("Run now"), "schedule run", {**args}),
        ctx.button(ctx.t("Log"), "schedule log", {**args}),
    )


def _logged(ctx: Context, schedule: Schedule, row: Occurrence) -> Item:
    zone = zone_of(schedule.zone)
    at = datetime.fromisoformat(row.slot).replace(tzinfo=zone)
    state = {
        "running": ctx.t("going on"),
        "done": ctx.t("done"),
        "skipped": ctx.t("skipped"),
        "failed": ctx.t("failed"),
    }[row.state]
    late = timedelta(seconds=row.late_s)
    details = [state]
    if row.reason:
        word, _, more = row.reason.partition(":")
        details.append(ctx.t(REASONS[word], more=more) + (f" ({more})" if more and word != "bug" else ""))
    if row.state == "done" and late >= timedelta(minutes=2):
        details.append(ctx.tn("{count} minute late", "{count} minutes late", int(late.total_seconds() // 60)))
    return Item((dates.moment(ctx.words, at, zone, today=ctx.today),), (" · ".join(details),))


def _next(ctx: Context, schedule: Schedule) -> str:
    coming = waits_for(ctx.unit, schedule.id)
    return "—" if coming is None else _moment(ctx, schedule, coming.at)


def _moment(ctx: Context, schedule: Schedule, at: datetime) -> str:
    return dates.moment(ctx.words, at, zone_of(schedule.zone), today=ctx.today)


def _typed(ctx: Context, verb: str, schedule: Schedule) -> Code:
    return Code(ctx.say(f"schedule {verb}", ctx.ref(schedule).label))
