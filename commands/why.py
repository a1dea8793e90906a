"""Why did I get this? The button below everything that comes by itself, and the way to stop it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import islice
from typing import Final

from commands.core.command import command
from commands.core.context import Context, View, zone_of
from commands.core.reply import Button, Field, Fields, Part, Reply, Strong, Text
from commands.grammar.when import When
from commands.schedules import rule_words, timetable_of
from commands.words import dates
from storage.mutes import Mute, mutes_of
from storage.people import Person
from storage.schedules import Schedule

COMING: Final = 3
A_WEEK: Final = timedelta(days=7)


def explained(view: View, schedule: Schedule, reply: Reply) -> Reply:
    """Put the question below an automatic message, in its reader's language."""
    ref = view.ref(schedule).label
    asks = view.button(view.t("Why do I get this?"), "why", {"schedule": ref})
    return replace(reply, buttons=(*reply.buttons, asks))


def wants(ctx: Context, schedule: Schedule, person: Person) -> bool:
    """Tell whether a person wants to hear from a schedule."""
    return not mutes_of(ctx.unit, person=person.id, kind=schedule.kind, schedule=schedule.id)


@command("why", may="own.help", reads=True, examples=("为什么收到 S-1", "explain S-1"))
def why(ctx: Context, schedule: Schedule) -> Reply:
    """Tell why a message came by itself, when it comes next, and how to stop it."""
    zone = zone_of(schedule.zone)
    coming = islice(timetable_of(schedule).upcoming(ctx.unit.now, ctx.workdays), COMING)
    times = ctx.t(", ").join(dates.moment(ctx.words, slot.at, zone, today=ctx.today) for slot in coming)
    does = ctx.registry.routines[schedule.kind].help if schedule.kind in ctx.registry.routines else ""
    fields = [
        Field(ctx.t("Rule"), (rule_words(ctx, schedule),)),
        Field(ctx.t("Set by"), (ctx.who(schedule.owner_id) if schedule.owner_id else "Drumbeat",)),
        Field(ctx.t("Next times"), (times,)),
    ]
    muted = mutes_of(ctx.unit, person=ctx.me.id, kind=schedule.kind, schedule=schedule.id)
    parts: list[Part] = [*([Text((ctx.t(does),))] if does else []), Fields(tuple(fields))]
    parts += [Text((_muted_words(ctx, muted),))] if muted else []
    title = (f"{ctx.ref(schedule).label} {ctx.t(schedule.kind)}",)
    return Reply(title=title, parts=tuple(parts), buttons=_buttons(ctx, schedule, muted), to="private")


@command("mute", may="own.settings", examples=("静音 S-1 到下周一", "mute S-1 until next mon", "静音 S-1"))
def mute(ctx: Context, schedule: Schedule, until: When | None = None) -> Reply:
    """Not hear from a schedule any more, or not until a day; others still do."""
    ends = until and (until.at or datetime.combine(until.on, time(), tzinfo=ctx.zone).astimezone(UTC))
    for before in mutes_of(ctx.unit, person=ctx.me.id, kind=schedule.kind, schedule=schedule.id):
        ctx.unit.archive(before)
    ctx.unit.add(
        Mute,
        person_id=ctx.me.id,
        kind=schedule.kind,
        schedule_id=schedule.id if schedule.owner_id else None,
        until=ends,
    )
    name = Strong(f"{ctx.ref(schedule).label} {ctx.t(schedule.kind)}")
    if until is None:
        line = ctx.line("{schedule} does not write to you any more.", schedule=name)
    else:
        line = ctx.line("{schedule} does not write to you until {day}.", schedule=name, day=ctx.due(until.on, until.at))
    return Reply(parts=(Text(line),), to="private")


@command("unmute", may="own.settings", examples=("取消静音 S-1", "unmute S-1"))
def unmute(ctx: Context, schedule: Schedule) -> Reply:
    """Hear from a schedule again."""
    for before in mutes_of(ctx.unit, person=ctx.me.id, kind=schedule.kind, schedule=schedule.id):
        ctx.unit.archive(before)
    name = Strong(f"{ctx.ref(schedule).label} {ctx.t(schedule.kind)}")
    return Reply(parts=(Text(ctx.line("{schedule} writes to you again.", schedule=name)),), to="private")


def _buttons(ctx: Context, schedule: Schedule, muted: Sequence[Mute]) -> tuple[Button, ...]:
    ref = {"schedule": ctx.ref(schedule).label}
    if muted:
        mine = [ctx.button(ctx.t("Hear it again"), "unmute", {**ref})]
    elif ctx.chat.kind == "direct":
        week = (ctx.today + A_WEEK).isoformat()
        mine = [
            ctx.button(ctx.t("Mute for 7 days"), "mute", {**ref, "until": week}),
            ctx.button(ctx.t("Not to me any more"), "mute", {**ref}),
        ]
    else:  # what everybody reads is stopped for everybody
        mine = []
    if schedule.owner_id and ctx.may("schedule.edit", schedule):
        mine += [] if ctx.chat.kind == "direct" else [ctx.button(ctx.t("Pause"), "schedule pause", {**ref})]
        mine.append(ctx.button(ctx.t("Change the time…"), "schedule change", {**ref, "?": "repeat"}))
    return tuple(mine)


def _muted_words(ctx: Context, muted: Sequence[Mute]) -> str:
    until = max((each.until for each in muted if each.until), default=None)
    if until is None or any(each.until is None for each in muted):
        return ctx.t("It does not write to you.")
    return ctx.t("It does not write to you until {day}.", day=ctx.due(until.astimezone(ctx.zone).date()))
