"""When stand-ups are held and who takes part; what the clock does at the three times of a window.

A window has one schedule of three times: people are asked, those missing are asked once more, the summary is posted.
Where everybody keeps their own time, each further zone has a schedule of its own that points to the first. At each
time only what is not done yet is done, by what the store holds: it can be killed anywhere, and come late.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from commands.core.access import TEAM
from commands.core.arguments import Prose
from commands.core.command import More, command, routine
from commands.core.context import Context, View, zone_of
from commands.core.errors import Refused, Wanting
from commands.core.facts import PeopleJoined, on
from commands.core.reply import Code, Item, Line, Listing, Reply, Strong, Text
from commands.core.retyping import example_of
from commands.core.timetable import Slot
from commands.grammar.checkin import parse_window
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import add_workdays
from commands.schedules import Occasion, enter, timetable_of
from commands.standup_cards import own_buttons, sheet
from commands.words import dates
from storage.away import is_away
from storage.chats import Chat
from storage.people import Person
from storage.roles import roles_in
from storage.schedules import Schedule, schedules_in, schedules_of, wait_for
from storage.standups import (
    Checkin,
    Standup,
    at_hand,
    blocked_of,
    checkins_of,
    finished_since,
    people_working_on,
    standup_on,
    standups_before,
)
from storage.tasks import Task
from storage.teams import Team, members_of
from storage.unit import Unit
from storage.workspaces import next_number

KIND: Final = "standup"
SHORTEST: Final = 10
"""Minutes that a window lasts at least."""
NUDGED: Final = 0.8
"""After this part of the window those missing are asked once more."""
AT_ONCE: Final = 50
"""People who are asked in one transaction."""


class OwnTime(StrEnum):
    """Say that the hours are on everybody's own wall."""

    OWN = "own time"


@dataclass(frozen=True, slots=True)
class Prefilled:
    """What the tasks of somebody say by themselves."""

    done: list[str]
    plan: list[str]
    blockers: list[str]


@command(
    "standup add",
    may="standup.edit",
    examples=("站会 加 每个工作日 9:30-11:00 @客服组", "standup add every workday 9:30-11:00 @Overseas"),
)
def add(
    ctx: Context,
    window: Prose,
    repeat: Recurrence | None = None,
    team: Team | None = None,
    people: tuple[Person, ...] = (),
    zones: OwnTime | None = None,
) -> Reply:
    """Hold a stand-up in this chat: on which days, from when to when, and with whom."""
    if ctx.chat.kind != "group":
        raise Refused(ctx.line("A stand-up belongs to a group chat. Say it there: {example}", example=_example(ctx)))
    glued, times = _window(ctx, window)
    rule = repeat or glued or Recurrence("workday")
    schedule = enter(
        ctx,
        KIND,
        rule,
        *times,
        of=None,
        own=zones is not None,
        team=team.id if team else None,
        people=[person.id for person in people],
    )
    _plan(ctx, schedule)
    _follow_zones(ctx, schedule)
    first = held_on(ctx.unit, schedule, _opening(ctx, schedule).local.date())
    parts = (Text(_told(ctx, schedule)), *_unless_asked(ctx, schedule))
    return Reply(parts=parts, to="private", about=ctx.ref(first))


@command("standup list", may="standup.view", reads=True, examples=("站会列表", "list standups"))
def list_(ctx: Context) -> Reply:
    """List the stand-ups of this chat: when they are held, and with whom."""
    found = windows_here(ctx)
    title = (ctx.t("Stand-ups here"),)
    if not found:
        line = ctx.line("None yet. Hold one: {example}", example=_example(ctx))
        return Reply(title=title, parts=(Text(line),), to="private")
    items = tuple(
        Item(
            (Strong(ctx.ref(each).label), f" {rule_of(ctx, each)}"),
            (whom(ctx, each), " · ", *ctx.line("next: {next}", next=_coming(ctx, each))),
        )
        for each in found
    )
    return Reply(title=title, parts=(Listing(items),), to="private")


@command(
    "standup move",
    may="standup.edit",
    examples=("调整站会 U-1 10:00-11:30", "move standup U-1 10:00-11:30"),
)
def move(
    ctx: Context,
    window: Prose | None = None,
    schedule: Schedule | None = None,
    standup: Standup | None = None,
    repeat: Recurrence | None = None,
    team: Team | None = None,
    people: tuple[Person, ...] = (),
) -> Reply:
    """Change when a stand-up is held, or with whom."""
    before = _the_window(ctx, schedule, standup)
    changes: dict[str, object] = {}
    if window:
        glued, times = _window(ctx, window)
        repeat = repeat or glued
        changes["times"] = [f"{each:%H:%M}" for each in times]
    if repeat:
        changes["rule"] = replace(repeat, at=None).canonical()
    if team or people:
        who = {"team": team.id if team else None, "people": [person.id for person in people]}
        changes["options"] = {**before.options, **who}
    if not changes:
        _window(ctx, "")
    after = ctx.unit.change(before, **changes)
    _plan(ctx, after)
    for other in _others(ctx.unit, after):
        ctx.unit.archive(other)
    _follow_zones(ctx, after)
    return Reply(parts=(Text(_told(ctx, after)),), to="private")


@command("standup drop", may="standup.edit", examples=("取消站会 U-1", "drop standup U-1"))
def drop(ctx: Context, schedule: Schedule | None = None, standup: Standup | None = None) -> Reply:
    """Hold a stand-up of this chat no longer."""
    found = _the_window(ctx, schedule, standup)
    for each in (*_others(ctx.unit, found), found):
        ctx.unit.archive(each)
    line = ctx.line(
        "{schedule} is held no longer: {rule}.", schedule=Strong(ctx.ref(found).label), rule=rule_of(ctx, found)
    )
    return Reply(parts=(Text(line),), to="private")


@routine(KIND, may="standup.edit", within=timedelta(hours=3))
def hold(ctx: Context, occasion: Occasion) -> Reply | More | None:
    """Ask everybody for what they have to tell; then those missing; then post the summary."""
    schedule = _first(ctx.unit, occasion.schedule)
    if schedule is None or schedule.is_paused:
        return None
    times = [time.fromisoformat(each) for each in occasion.schedule.times]
    nudges, closes = times[len(times) // 2], times[-1]
    day, at = occasion.slot.local.date(), occasion.slot.local.time()
    if at >= closes:
        is_last = occasion.schedule.id == schedule.id  # what is told in other zones later, is written in
        return _close(ctx, standup_on(ctx.unit, schedule.id, day)) if is_last else None
    standup = held_on(ctx.unit, schedule, day)
    if standup.opened_at is None:
        ctx.unit.change(standup, opened_at=ctx.unit.now)
    if not occasion.cursor and occasion.schedule.id == schedule.id:
        _follow_zones(ctx, schedule)
        _report_missed(ctx, schedule, standup)
    is_more = _ask(ctx, occasion, schedule, standup, nudges=at >= nudges)
    return More(f"{int(occasion.cursor or 0) + 1}") if is_more else None


def held_on(unit: Unit, schedule: Schedule, day: date) -> Standup:
    """Give the stand-up of a schedule on a day, entered where nobody spoke of it yet."""
    found = standup_on(unit, schedule.id, day)
    if found is not None:
        return found
    where = {"chat_id": schedule.chat_id, "project_id": schedule.project_id}
    return unit.add(Standup, number=next_number(unit, "standup"), schedule_id=schedule.id, day=day, **where)


def windows_here(ctx: Context) -> list[Schedule]:
    """List the stand-ups of this chat; said directly, all in which one takes part."""
    if ctx.chat.kind == "group":
        found = schedules_in(ctx.unit, chat=ctx.chat.id, kind=KIND)
        return [each for each in found if each.options["of"] is None]
    found = [each for each in schedules_of(ctx.unit, KIND) if each.options["of"] is None]
    return [each for each in found if ctx.me.id in {person.id for person in taking_part(ctx.unit, each)}]


def taking_part(unit: Unit, schedule: Schedule) -> list[Person]:
    """List who takes part: those named, a team, or all who work on the chat's project."""
    team = unit.get(Team, schedule.options["team"]) if schedule.options["team"] else None
    named = [unit.must_get(Person, id) for id in schedule.options["people"]]
    found = [*named, *(members_of(unit, team) if team and team.archived_at is None else ())]
    if not named and team is None and schedule.project_id is not None:
        found = people_working_on(unit, schedule.project_id)
    people = {each.id: each for each in found if each.archived_at is None and each.role in TEAM}
    return list(people.values())


def next_day(ctx: Context, schedule: Schedule, since: date) -> date:
    """Give the first day from one on, on which a stand-up is held."""
    table = timetable_of(schedule)
    start = datetime.combine(since, time(), table.zone).astimezone(UTC)
    slot: Slot = next(iter(table.upcoming(start, ctx.workdays)))
    return slot.local.date()


def prefilled(ctx: Context, person: Person, standup: Standup) -> Prefilled:
    """Read from the tasks what somebody did since the last working day, is at, is kept from."""
    view = ctx.seen_by(person)
    since = add_workdays(standup.day, -1, ctx.workdays_of(person))
    start = datetime.combine(since, time(), view.zone).astimezone(UTC)
    ends = datetime.combine(standup.day + timedelta(days=1), time(), view.zone).astimezone(UTC)
    blocked = blocked_of(ctx.unit, person.id, standup.project_id)
    return Prefilled(
        [_task(each) for each in finished_since(ctx.unit, person.id, standup.project_id, start)],
        [_task(each) for each in at_hand(ctx.unit, person.id, standup.project_id, ends)],
        [view.t("{task}: {reason}", task=_task(each), reason=each.held_for or "—") for each in blocked],
    )


def rule_of(view: View, schedule: Schedule) -> str:
    """Write when a stand-up is held: `every workday 09:30–11:00 (Beijing)`."""
    rule = dates.recurrence(view.words, Recurrence.from_canonical(schedule.rule))
    where = view.t("everybody's own time") if schedule.options["own"] else dates.city(view.words, schedule.zone)
    return f"{rule} {schedule.times[0]}–{schedule.times[-1]} ({where})"


def whom(view: View, schedule: Schedule) -> str:
    """Say who takes part, and how many they are."""
    people = taking_part(view.unit, schedule)
    count = view.tn("{count} person", "{count} people", len(people))
    team = view.unit.get(Team, schedule.options["team"]) if schedule.options["team"] else None
    if team is not None:
        return f"{team.name} ({count})"
    if schedule.options["people"]:
        return view.t(", ").join(person.name for person in people)
    return view.t("everybody with work here ({count})", count=count)


# -- the three times of a window -------------------------------------------------------------------


def _ask(ctx: Context, occasion: Occasion, schedule: Schedule, standup: Standup, *, nudges: bool) -> bool:
    """Ask those who were not asked yet, and again those who told nothing; True while some are left."""
    known = {each.person_id: each for each in checkins_of(ctx.unit, standup.id)}
    due = []
    for person in _here(ctx.unit, schedule, occasion.schedule):
        checkin = known.get(person.id)
        is_new = checkin is None or checkin.state == "drafted"
        if is_new or (nudges and checkin and checkin.state == "asked" and checkin.nudged_at is None):
            due.append((person, checkin))
    for person, checkin in due[:AT_ONCE]:
        if checkin is not None and checkin.state == "asked":
            ctx.unit.change(checkin, nudged_at=ctx.unit.now)
            ctx.send(person, _nudge(ctx.seen_by(person), standup, occasion.schedule))
        else:
            _ask_one(ctx, person, standup, checkin, nudges=nudges)
    return len(due) > AT_ONCE


def _ask_one(ctx: Context, person: Person, standup: Standup, drafted: Checkin | None, *, nudges: bool) -> None:
    """Send somebody what they would tell, to be submitted by one tap; not on their day of rest, nor while away."""
    checkin = drafted or ctx.unit.add(Checkin, standup_id=standup.id, person_id=person.id, state="drafted")
    if not ctx.workdays_of(person).is_workday(standup.day) or is_away(ctx.unit, person.id, standup.day):
        ctx.unit.change(checkin, state="resting")
        return
    filled = prefilled(ctx, person, standup)
    now = ctx.unit.now
    asked = ctx.unit.change(
        checkin, state="asked", asked_at=now, nudged_at=now if nudges else None,
        done=filled.done, plan=filled.plan, blockers=filled.blockers,
    )  # fmt: skip
    view = ctx.seen_by(person)
    ctx.send(person, sheet(view, standup, asked, lead=(view.t("Is this right? One tap submits it."),)))


def _nudge(view: View, standup: Standup, schedule: Schedule) -> Reply:
    chat = view.unit.get(Chat, standup.chat_id)
    closes = time.fromisoformat(schedule.times[-1])
    at = datetime.combine(standup.day, closes, zone_of(schedule.zone)).astimezone(view.zone)
    line = view.line(
        "The stand-up of {chat} closes at {at}. Yours is still missing.",
        chat=Strong(chat.title if chat and chat.title else "—"),
        at=f"{at:%H:%M}",
    )
    return Reply(parts=(Text(line),), buttons=own_buttons(view, standup, is_told=False))


def _close(ctx: Context, standup: Standup | None) -> Reply | None:
    """Post the summary, once."""
    if standup is None or standup.opened_at is None or standup.closed_at is not None:
        return None
    checkins = checkins_of(ctx.unit, standup.id)
    ctx.unit.change(standup, closed_at=ctx.unit.now)
    if all(each.state in ("resting", "drafted") for each in checkins):
        return None
    return Reply(parts=(Text((ctx.t("The stand-up is closed."),)),), about=ctx.ref(standup))


def _report_missed(ctx: Context, schedule: Schedule, standup: Standup) -> None:
    """Tell the leads, once and in private, who was missing the last two times."""
    last = standups_before(ctx.unit, schedule.id, standup.day, most=2)
    if len(last) < 2:
        return
    newest, before = ({c.person_id: c for c in checkins_of(ctx.unit, s.id) if c.state == "asked"} for s in last)
    missed = [newest[id] for id in newest if id in before and not newest[id].is_reported]
    names: dict[int, str] = {}
    for checkin in missed:
        ctx.unit.change(checkin, is_reported=True)
        person = ctx.person(checkin.person_id)
        if person is not None and not before[person.id].is_reported:  # else it goes on, and was told
            names[person.id] = person.name
    chat = ctx.unit.get(Chat, standup.chat_id)
    for lead in _leads(ctx, schedule):
        others = [name for id, name in names.items() if id != lead.id]
        if not others:
            continue
        view = ctx.seen_by(lead)
        line = view.line(
            "Missing at the last two stand-ups of {chat}: {names}. Only you are told.",
            chat=Strong(chat.title if chat and chat.title else "—"),
            names=view.t(", ").join(others),
        )
        ctx.send(lead, Reply(parts=(Text(line),)), severity="news")


def _leads(ctx: Context, schedule: Schedule) -> list[Person]:
    """Find who answers for those who take part: the team's lead, else the project's, else who made the stand-up."""
    team = ctx.unit.get(Team, schedule.options["team"]) if schedule.options["team"] else None
    roles = roles_in(ctx.unit, schedule.project_id) if schedule.project_id is not None else {}
    ids = [team.lead_id] if team else [id for id, role in roles.items() if role == "lead"]
    people = [ctx.unit.get(Person, id) for id in ids or [schedule.owner_id] if id is not None]
    return [each for each in people if each is not None and each.archived_at is None]


# -- zones -----------------------------------------------------------------------------------------


def _first(unit: Unit, schedule: Schedule) -> Schedule | None:
    """Give the schedule that a stand-up is entered under; None when it was put away."""
    of = schedule.options["of"]
    first = schedule if of is None else unit.get(Schedule, of)
    return None if first is None or first.archived_at is not None else first


def _others(unit: Unit, schedule: Schedule) -> list[Schedule]:
    """List the schedules of the further zones."""
    return [each for each in schedules_of(unit, KIND) if each.options["of"] == schedule.id]


def _here(unit: Unit, first: Schedule, schedule: Schedule) -> list[Person]:
    """List those taking part whose time a schedule keeps."""
    people = taking_part(unit, first)
    if not first.options["own"]:
        return people
    return [each for each in people if (each.timezone or first.zone) == schedule.zone]


def _follow_zones(ctx: Context, schedule: Schedule) -> None:
    """Have a schedule for each zone of those who take part, where everybody keeps their own time."""
    if not schedule.options["own"]:
        return
    there = {schedule.zone, *(each.zone for each in _others(ctx.unit, schedule))}
    zones = {each.timezone for each in taking_part(ctx.unit, schedule) if each.timezone}
    columns = ("kind", "owner_id", "chat_id", "project_id", "rule", "times")
    for zone in sorted(zones - there):
        more = ctx.unit.add(
            Schedule,
            number=next_number(ctx.unit, "schedule"),
            zone=zone,
            options={**schedule.options, "of": schedule.id},
            **{name: getattr(schedule, name) for name in columns},
        )
        _plan(ctx, more)


# -- words -----------------------------------------------------------------------------------------


def _window(ctx: Context, said: str) -> tuple[Recurrence | None, tuple[time, time, time]]:
    """Read the hours of a window: when it opens, when those missing are asked, when it closes."""
    found = parse_window(said) if said else None
    if found is None:
        line = ctx.line("From when to when? For example: {example}", example=_example(ctx))
        raise Wanting("window", line)
    rule, (since, until) = found
    if until - since < SHORTEST:
        line = ctx.line(
            "A stand-up lasts {count} minutes at least, and ends on the day it begins. For example: {example}",
            count=SHORTEST,
            example=_example(ctx),
        )
        raise Wanting("window", line)
    nudged = since + int((until - since) * NUDGED)
    opens, nudges, closes = (time(*divmod(minutes, 60)) for minutes in (since, nudged, until))
    return rule, (opens, nudges, closes)


def _the_window(ctx: Context, schedule: Schedule | None, standup: Standup | None) -> Schedule:
    """Give the window that is meant: the one named, that of a stand-up named, or the only one here."""
    if standup is not None:
        schedule = ctx.unit.must_get(Schedule, standup.schedule_id)
    found = [schedule] if schedule and schedule.kind == KIND else windows_here(ctx)
    if len(found) == 1:
        first = _first(ctx.unit, found[0])
        return first or found[0]
    if not found:
        raise Refused(no_window(ctx))
    names = ctx.t(", ").join(f"{ctx.ref(each).label} {rule_of(ctx, each)}" for each in found)
    example = Code(ctx.say(ctx.call.command, ctx.ref(found[0]).label))
    raise Refused(ctx.line("There are several: {names}. Name one, such as {example}", names=names, example=example))


def no_window(ctx: Context) -> Line:
    """Say that no stand-up is held, and how to hold one."""
    if ctx.chat.kind == "group":
        return ctx.line("No stand-up is held in this chat yet. Hold one: {example}", example=_example(ctx))
    return ctx.line("You take part in no stand-up yet. In a group, say: {example}", example=_example(ctx))


def _told(ctx: Context, schedule: Schedule) -> Line:
    return ctx.line(
        "{schedule}, stand-up: {rule}, {who}. Next: {next}.",
        schedule=Strong(ctx.ref(schedule).label),
        rule=Strong(rule_of(ctx, schedule)),
        who=whom(ctx, schedule),
        next=_coming(ctx, schedule),
    )


def _unless_asked(ctx: Context, schedule: Schedule) -> Sequence[Text]:
    """Warn where nobody would be asked."""
    if taking_part(ctx.unit, schedule):
        return ()
    return (Text((ctx.t("Nobody has an open task here yet: who has one when it begins is asked."),)),)


def _coming(ctx: Context, schedule: Schedule) -> str:
    at = _opening(ctx, schedule).at
    return dates.moment(ctx.words, at, zone_of(schedule.zone), today=ctx.today)


def _opening(ctx: Context, schedule: Schedule) -> Slot:
    """Give the next slot at which a window opens."""
    opens = time.fromisoformat(schedule.times[0])
    slots = timetable_of(schedule).upcoming(ctx.unit.now, ctx.workdays)
    return next(slot for slot in slots if slot.local.time() == opens)


def _plan(ctx: Context, schedule: Schedule) -> None:
    """Have a window begin when it opens next, not in its middle."""
    slot = _opening(ctx, schedule)
    wait_for(ctx.unit, schedule.id, at=slot.at, slot=slot.label)


def _example(ctx: Context) -> Code:
    return Code(example_of(ctx, ctx.registry.commands["standup add"]))


def _task(task: Task) -> str:
    return f"T-{task.number} {task.title}"


@on(PeopleJoined)
def keep_their_places(ctx: Context, fact: PeopleJoined) -> None:
    """Have somebody who was named under another account take part, once."""
    for schedule in schedules_of(ctx.unit, KIND):
        people = schedule.options["people"]
        if fact.gone in people:
            now = list(dict.fromkeys(fact.kept if each == fact.gone else each for each in people))
            ctx.unit.change(schedule, options={**schedule.options, "people": now})
