"""Away: say from which day to which, have somebody stand in, and take everything back at the end.

Whoever stands in gets one card, edited in place, on which they take over or decline what is open. What they took over
changes its owner for the time. On the morning after the last day the clock hands it back, but for what was finished or
given on meanwhile.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from commands.approval_words import cap_of
from commands.core.arguments import Prose
from commands.core.command import card, command, finds, routine
from commands.core.context import Context, View, zone_of
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Args
from commands.core.facts import TakenBack, on
from commands.core.reply import Button, Code, Inline, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.timetable import instant_of
from commands.grammar.money import Money
from commands.grammar.recurrence import Recurrence
from commands.grammar.spans import Span, parse_span
from commands.schedules import SLOT, Occasion
from commands.task_words import STATUS_MARK, all_named
from commands.tasks import TaskAdded, TaskAssigned, TaskFact, gathered
from commands.words.catalog import msg
from commands.words.money import amount_with_code
from storage.away import Away, Handed, absences, absences_of, away_numbered, handed_of, stands_in
from storage.duty import Shift, shifts_of
from storage.people import Person, name_key, people_called
from storage.schedules import Schedule, wait_for
from storage.tasks import Listed, Task, list_tasks
from storage.unit import Unit
from storage.workspaces import next_number, workspace_of

HANDED_BACK_AT: Final = time(8, 30)
"""On the day after the last, on the wall of whoever was away."""
LONGEST: Final = timedelta(days=366)
TASKS: Final = 200
"""Open tasks of one person that are handed over at most."""
ON_A_CARD: Final = 6
_NAMED: Final = re.compile(r"\s*[^\s=]{1,12}\s*=\s*@?(?P<who>[^\s@=]+)")


class Duties(StrEnum):
    """Mean the shifts on duty, which have no refs."""

    SHIFTS = "shifts on duty"


@dataclass(frozen=True, slots=True)
class Pack:
    """What there is to take over, and what became of it so far."""

    due: Sequence[Listed]
    """To be taken over, due before the absence ends."""
    later: Sequence[Listed]
    shifts: Sequence[Shift]
    """To be taken over, within the absence."""
    taken: Sequence[Task]
    taken_shifts: Sequence[Shift]
    declined: Sequence[Task]

    @property
    def is_open(self) -> bool:
        """Say whether anything still waits for an answer."""
        return bool(self.due or self.later or self.shifts)


@finds("away", letter="H", record=Away)
def find(unit: Unit, number: int) -> Away | None:
    """Find an absence by number."""
    return away_numbered(unit, number)


@command(
    "away add",
    may="away.edit",
    examples=(
        "请假 下周一到周三 @李四",
        "away 12-21 to 12-23 cover @bob",
        "请假",
        "请假 12-07 到 12-09 @李四 限额 ¥50,000",
    ),
)
def add(ctx: Context, days: Prose | None = None, delegate: Person | None = None, limit: Money | None = None) -> Reply:
    """Say when you are away, who stands in and how far; alone it tells who is away."""
    said, delegate = _plain(ctx, days or "", delegate)
    if limit is not None and delegate is None:
        raise Wanting("delegate", ctx.line("A limit is for who stands in. Name somebody with @."))
    if not said:
        return _have_stand_in(ctx, delegate, limit) if delegate is not None else list_(ctx)
    first, last = _days(ctx, said)
    _refuse_overlap(ctx, first, last)
    _refuse_delegate(ctx, delegate, first, last)
    away = ctx.unit.add(
        Away,
        number=next_number(ctx.unit, "away"),
        person_id=ctx.me.id,
        delegate_id=delegate.id if delegate else None,
        **_capped(limit),
        first_on=first,
        last_on=last,
        zone=_zone(ctx, ctx.me).key,
    )
    _await_return(ctx, away)
    line = ctx.line("{who} is away {days}.", who=ctx.me.name, days=Strong(_span(ctx, away)))
    if delegate is None:
        example = Code(ctx.say("away add", ctx.t("@name")))
        note = Note(ctx.line("Nobody stands in. To name somebody: {example}", example=example))
        return Reply(parts=(Text(line), note))
    return Reply(parts=(Text(line), _handing_over(ctx, away, delegate)))


@command("away list", may="away.view", reads=True, examples=("谁请假", "who is away"))
def list_(ctx: Context) -> Reply:
    """List who is away, now or later, and who stands in."""
    title = (ctx.t("Away"),)
    rows = [each for each in absences(ctx.unit, since=ctx.today) if not each.is_over]
    if not rows:
        example = Code(ctx.t("away mon to wed cover @bob"))
        line = ctx.line("Nobody is away. When you will be: {example}", example=example)
        return Reply(title=title, parts=(Text(line),), to="private")
    rows.sort(key=lambda each: (each.person_id != ctx.me.id, each.first_on))
    mine = [each for each in rows if each.person_id == ctx.me.id]
    backs = (ctx.button(ctx.t("End it"), "away back", {}),) if mine else ()
    return Reply(title=title, parts=(Listing(tuple(_item(ctx, each) for each in rows)),), buttons=backs, to="private")


@command("away back", may="away.edit", examples=("回来了", "I am back"))
def back(ctx: Context) -> Reply:
    """End your absence early; what was taken over comes back to you."""
    today = ctx.now.astimezone(_zone(ctx, ctx.me)).date()
    mine = [each for each in absences_of(ctx.unit, ctx.me.id, since=today) if not each.is_over]
    if not mine:
        example = Code(ctx.t("away mon to wed cover @bob"))
        raise Refused(ctx.line("You are not away. When you will be: {example}", example=example))
    away = mine[0]
    is_begun = away.first_on <= today
    returned = _hand_back(ctx, away, min(away.last_on, today - timedelta(days=1)))
    delegate = returned.delegate_id
    if delegate is not None:
        message = msg("{who} is back; you no longer stand in.")
        ctx.tell(delegate, message, severity="news", who=ctx.who(ctx.me.id))
    if is_begun:
        return _welcome(ctx, returned)
    line = ctx.line("You are not away {days} after all.", days=Strong(_span(ctx, away)))
    return Reply(parts=(Text(line),), to="private")


@command("away accept", may="away.edit", examples=("接手", "take over"))
def accept(ctx: Context, away: Away | None = None, tasks: tuple[Task, ...] = (), duties: Duties | None = None) -> Reply:
    """Take over what somebody hands to you while they are away: all, or what you name."""
    away = _meant(ctx, away, tasks)
    if away is None:
        return Reply(parts=(Text((ctx.t("Nobody hands anything over to you now."),)),), to="private")
    pack = pack_of(ctx, away)
    chosen, shifts = _chosen(ctx, away, pack, tasks, duties)
    for task in chosen:
        _answer(ctx, away, "accepted", task=task)
        ctx.state(TaskAssigned(ctx.unit.change(task, owner_id=ctx.me.id), task.owner_id))
    for shift in shifts:
        _answer(ctx, away, "accepted", shift=shift)
        ctx.unit.change(shift, person_id=ctx.me.id)
    ctx.unit.touch("away", away.id)
    return _told(ctx, away, (msg("{who} took over {what}."), msg("You take over {what}.")), chosen, shifts)


@command("away decline", may="away.edit", examples=("不接手", "decline the rest"))
def decline(
    ctx: Context, away: Away | None = None, tasks: tuple[Task, ...] = (), duties: Duties | None = None
) -> Reply:
    """Decline what somebody hands to you, or give it back: all that is open, or what you name."""
    away = _meant(ctx, away, tasks)
    if away is None:
        return Reply(parts=(Text((ctx.t("Nobody hands anything over to you now."),)),), to="private")
    pack = pack_of(ctx, away)
    given = [task for task in tasks if task.id in {each.id for each in pack.taken}]
    for task in given:
        ctx.unit.change(task, owner_id=away.person_id)
    chosen, shifts = _chosen(ctx, away, pack, [task for task in tasks if task not in given], duties, also=given)
    for task in (*given, *chosen):
        _answer(ctx, away, "declined", task=task)
    for shift in shifts:
        _answer(ctx, away, "declined", shift=shift)
    ctx.unit.touch("away", away.id)
    messages = msg("{who} does not take over {what}; it stays with you."), msg("{what} stays with {owner}.")
    return _told(ctx, away, messages, [*given, *chosen], shifts)


@routine("hand back", may="away.edit", within=timedelta(days=2))
def hand_back(ctx: Context, occasion: Occasion) -> None:
    """Give everything back on the morning after the last day, and tell what happened."""
    away = ctx.unit.get(Away, int(occasion.schedule.options["away"]))
    ctx.unit.archive(occasion.schedule)
    if away is None or away.archived_at is not None or away.is_over:
        return
    over = _hand_back(ctx, away, away.last_on)
    person = ctx.person(over.person_id)
    if person is not None:
        ctx.send(person, _welcome(ctx.seen_by(person), over))


@card("away")
def draw(view: View, away: Away) -> Reply:
    """Draw what is handed over, for the one who stands in."""
    title = view.line("{ref} For {who}: {days}", ref=view.ref(away).label, who=view.who(away.person_id),
                      days=_span(view, away))  # fmt: skip
    if away.archived_at is not None or away.is_over:
        over = view.t("Called off") if away.archived_at is not None else view.t("Over; what you took over went back.")
        return Reply(title=title, parts=(Note((over,)),), about=view.ref(away))
    pack = pack_of(view, away)
    parts = [*_offered(view, away, pack), *_decided(view, away, pack)]
    for panel in view.registry.panels.get("handover", ()):
        parts += panel.draw(view, away)
    if not parts:
        parts = [Text((view.t("Nothing is open. What comes meanwhile is yours to look after."),))]
    if cap := _up_to(view, away):
        parts.append(Note(cap[1:]))
    return Reply(title=title, parts=tuple(parts), buttons=_buttons(view, away, pack), about=view.ref(away))


@on(TaskAdded, TaskAssigned)
def say_who_is_away(ctx: Context, fact: TaskFact) -> None:
    """Say that a task was given to somebody who is away, and offer who stands in."""
    _say_away(ctx, gathered(ctx, fact))


@on(TakenBack)
def hand_back_what_was_called_off(ctx: Context, fact: TakenBack) -> None:
    """Give everything back when an absence was undone."""
    away = ctx.unit.get(Away, fact.id) if fact.kind == "away" else None
    if away is not None and away.archived_at is not None:
        _give_back(ctx, away)


def pack_of(view: View, away: Away) -> Pack:
    """Read what there is to take over, and what became of it so far."""
    unit, rows = view.unit, handed_of(view.unit, away.id)
    first, ends = (_midnight(day, away.zone) for day in (away.first_on, away.last_on + timedelta(days=1)))
    answered = {each.task_id for each in rows} | {None}
    listed = list_tasks(unit, whose="person", id=away.person_id, which="open", most=TASKS)
    offered = [each for each in listed if each.id not in answered]
    due = [each for each in offered if each.due_by is not None and each.due_by <= ends]
    coming = [each for each in shifts_of(unit, away.person_id, after=max(first, view.now)) if each.since < ends]
    declined_shifts = {each.shift_id for each in rows}
    tasks = {each.id: unit.must_get(Task, each.task_id) for each in rows if each.task_id is not None}
    shifts = {each.id: unit.must_get(Shift, each.shift_id) for each in rows if each.shift_id is not None}
    return Pack(
        due=due,
        later=[each for each in offered if each not in due],
        shifts=[each for each in coming if each.id not in declined_shifts],
        taken=[tasks[each.id] for each in rows if each.id in tasks and each.state == "accepted"],
        taken_shifts=[shifts[each.id] for each in rows if each.id in shifts and each.state == "accepted"],
        declined=[tasks[each.id] for each in rows if each.id in tasks and each.state == "declined"],
    )


# -- saying it --------------------------------------------------------------------------------------


def _plain(ctx: Context, said: str, delegate: Person | None) -> tuple[str, Person | None]:
    """Take out who stands in (`cover=@bob`) and the words that only join it to the days."""
    said = unicodedata.normalize("NFKC", said)
    named = _NAMED.search(said)
    if named is not None and delegate is None:
        people = people_called(ctx.unit, [named["who"]]).get(name_key(named["who"]), [])
        if len(people) != 1:
            line = ctx.line("I cannot tell who {name} is. Name who stands in with @.", name=Strong(named["who"]))
            raise Wanting("delegate", line)
        delegate, said = people[0], said[: named.start()] + said[named.end() :]
    joins, limits = ctx.words.forms("stands in"), ctx.forms(msg("up to a limit"))
    words = [word for word in said.split() if word.casefold().strip("=:,") not in limits]
    while words and words[-1].casefold().strip("=:,") in joins:
        words.pop()
    return " ".join(words), delegate


def _days(ctx: Context, said: str) -> tuple[date, date]:
    """Read the first day and the last, in the zone of whoever is away."""
    zone = _zone(ctx, ctx.me)
    found = parse_span(said, now=ctx.now, zone=zone, launch=ctx.launch, workdays=ctx.workdays_of(ctx.me))
    if not isinstance(found, Span):
        example = Code(ctx.t("away mon to wed cover @bob"))
        line = ctx.line("I cannot read {days} as days to come. For example: {example}", days=Strong(said),
                        example=example)  # fmt: skip
        raise Wanting("days", line)
    days = found.since.astimezone(zone).date(), (found.until - timedelta(seconds=1)).astimezone(zone).date()
    if days[1] - days[0] > LONGEST:
        raise Refused(ctx.line("That is more than a year. Say it in parts, or have an admin look after the account."))
    return days


def _refuse_overlap(ctx: Context, first: date, last: date) -> None:
    for other in absences_of(ctx.unit, ctx.me.id, since=first):
        if other.first_on <= last and not other.is_over:
            backs = ctx.button(ctx.t("End it"), "away back", {})
            line = ctx.line("You are away {days} already. To change that, end it first.", days=_span(ctx, other))
            raise Refused(line, (backs,))


def _refuse_delegate(ctx: Context, delegate: Person | None, first: date, last: date) -> None:
    """Refuse somebody who cannot stand in: oneself, or who is away too."""
    if delegate is None:
        return
    if delegate.id == ctx.me.id:
        raise Refused(ctx.line("Somebody else stands in for you. Name them with @."))
    for other in absences_of(ctx.unit, delegate.id, since=first):
        if other.first_on <= last and not other.is_over:
            line = ctx.line("{who} is away {days} too. Name somebody else.", who=delegate.name, days=_span(ctx, other))
            raise Refused(line)


def _capped(limit: Money | None) -> dict[str, object]:
    """Give the columns of the amount up to which somebody stands in."""
    return {"limit_minor": limit.minor if limit else None, "limit_currency": limit.currency if limit else None}


def _have_stand_in(ctx: Context, delegate: Person, limit: Money | None) -> Reply:
    """Name somebody who stands in for an absence that was said before."""
    mine = [each for each in absences_of(ctx.unit, ctx.me.id, since=ctx.today) if not each.is_over]
    if not mine:
        example = Code(ctx.t("away mon to wed cover @bob"))
        raise Wanting("days", ctx.line("From which day to which? For example: {example}", example=example))
    _refuse_delegate(ctx, delegate, mine[0].first_on, mine[0].last_on)
    if mine[0].delegate_id is not None:
        _give_back(ctx, mine[0])
    away = ctx.unit.change(mine[0], delegate_id=delegate.id, **_capped(limit))
    line = ctx.line("{who} is away {days}.", who=ctx.me.name, days=Strong(_span(ctx, away)))
    return Reply(parts=(Text(line), _handing_over(ctx, away, delegate)))


def _handing_over(ctx: Context, away: Away, delegate: Person) -> Part:
    """Send who stands in the card, and say so."""
    ctx.hang(delegate, away)
    with ctx.aloud():
        pack = pack_of(ctx, away)
    tasks = len(pack.due) + len(pack.later)
    counts = [ctx.tn("{count} task", "{count} tasks", tasks)] if tasks else []
    counts += [ctx.tn("{count} shift", "{count} shifts", len(pack.shifts))] if pack.shifts else []
    what = ctx.t(", ").join(counts) or ctx.t("nothing open yet")
    line = ctx.line("{who} stands in and was asked to take over: {what}.", who=ctx.who(delegate.id), what=what)
    return Text((*line, *_up_to(ctx, away)))


def _up_to(view: View, away: Away) -> Line:
    """Say up to which amount who stands in decides on approvals; nothing where on any."""
    cap = cap_of(away)
    return () if cap is None else (" ", *view.line("Decides on approvals up to {limit}.", limit=amount_with_code(cap)))


def _await_return(ctx: Context, away: Away) -> None:
    """Have the clock hand everything back on the morning after the last day.

    The rule is daily, so that a morning that was slept through is made good on the next; the first one puts it away.
    """
    local = datetime.combine(away.last_on + timedelta(days=1), HANDED_BACK_AT)
    schedule = ctx.unit.add(
        Schedule,
        number=next_number(ctx.unit, "schedule"),
        kind="hand back",
        rule=Recurrence("day").canonical(),
        times=[f"{HANDED_BACK_AT:%H:%M}"],
        zone=away.zone,
        options={"away": away.id},
    )
    wait_for(ctx.unit, schedule.id, at=instant_of(local, ZoneInfo(away.zone)), slot=local.strftime(SLOT))


# -- answering --------------------------------------------------------------------------------------


def _meant(ctx: Context, away: Away | None, tasks: Sequence[Task]) -> Away | None:
    """Find the absence that an answer is about; None where nobody hands anything over.

    Raises:
        Refused: it is not theirs to answer, or over.
        Asked: it can be one of several.
    """
    if away is not None:
        if away.delegate_id != ctx.me.id:
            who = ctx.who(away.delegate_id)
            raise Refused(ctx.line("Only {who}, who stands in, can answer this.", who=who))
        if away.is_over:
            raise Refused(ctx.line("{who} is back; there is nothing to take over.", who=ctx.who(away.person_id)))
        return away
    mine = stands_in(ctx.unit, ctx.me.id, since=ctx.today - timedelta(days=1))
    owners = {task.owner_id for task in tasks}
    fitting = [each for each in mine if each.person_id in owners] or list(mine)
    if len(fitting) > 1:
        picks = tuple(_again(ctx, each) for each in fitting[:5])
        raise Asked(ctx.line("You stand in for several people. For whom?"), picks)
    return fitting[0] if fitting else None


def _again(ctx: Context, away: Away) -> Button:
    ref, who = ctx.ref(away).label, ctx.person(away.person_id)
    args: Args = {**ctx.call.args, "away": ref}
    return ctx.button(who.name if who else ref, ctx.call.command, args, typed=ctx.say(ctx.call.command, ref))


def _chosen(
    ctx: Context,
    away: Away,
    pack: Pack,
    tasks: Sequence[Task],
    duties: Duties | None,
    *,
    also: Sequence[Task] = (),
) -> tuple[list[Task], list[Shift]]:
    """Give what an answer is about: what was named, else all that is open."""
    if tasks or duties or also:
        for task in tasks:
            if task.owner_id != away.person_id or not task.is_open:
                who = ctx.who(away.person_id)
                raise Refused(ctx.line("{task} is no open task of {who}.", task=Strong(ctx.ref(task).label), who=who))
        return list(tasks), list(pack.shifts) if duties else []
    if not pack.is_open:
        raise Refused(ctx.line("Nothing is left to answer: all of it was taken over or declined."))
    return [ctx.unit.must_get(Task, each.id) for each in (*pack.due, *pack.later)], list(pack.shifts)


def _answer(ctx: Context, away: Away, state: str, *, task: Task | None = None, shift: Shift | None = None) -> None:
    """Keep what was said to one thing, in place of what was said before."""
    task_id, shift_id = task.id if task else None, shift.id if shift else None
    for row in handed_of(ctx.unit, away.id):
        if (row.task_id, row.shift_id) == (task_id, shift_id):
            ctx.unit.change(row, state=state)
            return
    ctx.unit.add(Handed, away_id=away.id, task_id=task_id, shift_id=shift_id, state=state)


def _told(ctx: Context, away: Away, messages: tuple[str, str], tasks: Sequence[Task], shifts: Sequence[Shift]) -> Reply:
    """Tell who is away what became of it, and confirm."""
    what: list[Inline] = [*all_named(ctx, tasks)]
    if shifts:
        what += [*([ctx.t(", ")] if what else []), ctx.tn("{count} shift", "{count} shifts", len(shifts))]
    theirs, mine = messages
    ctx.tell(away.person_id, theirs, about=ctx.ref(away), who=ctx.who(ctx.me.id), what=tuple(what))
    line = ctx.line(mine, what=tuple(what), owner=ctx.who(away.person_id))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(away))


# -- coming back ------------------------------------------------------------------------------------


def _hand_back(ctx: Context, away: Away, last: date) -> Away:
    """End an absence on a day: what was taken over goes back to whom it belongs."""
    _give_back(ctx, away)
    return ctx.unit.change(away, is_over=True, last_on=last)


def _give_back(ctx: Context, away: Away) -> None:
    """Give back what was taken over, but for what was finished, given on or is over."""
    pack = pack_of(ctx, away)
    for task in pack.taken:
        if task.archived_at is None and task.is_open and task.owner_id == away.delegate_id:
            ctx.unit.change(task, owner_id=away.person_id)
    for shift in pack.taken_shifts:
        if shift.archived_at is None and shift.person_id == away.delegate_id and _aware(shift.since) > ctx.now:
            ctx.unit.change(shift, person_id=away.person_id)


def _welcome(view: View, away: Away) -> Reply:
    """Tell somebody who is back what happened: what was finished, what is theirs again, what others have now."""
    taken = [view.unit.must_get(Task, each.id) for each in pack_of(view, away).taken]
    done = [each for each in taken if not each.is_open]
    again = [each for each in taken if each.is_open and each.owner_id == away.person_id]
    on = [each for each in taken if each.is_open and each.owner_id != away.person_id]
    parts: list[Part] = []
    for heading, tasks in ((view.t("Finished"), done), (view.t("Yours again"), again), (view.t("With others now"), on)):
        if tasks:
            items = tuple(Item(_row(view, each)) for each in tasks[:ON_A_CARD])
            parts += [Text((Strong(f"{heading} · {len(tasks)}"),)), Listing(items)]
    for panel in view.registry.panels.get("return", ()):
        parts += panel.draw(view, away)
    if not parts:
        parts = [Text((view.t("All is as you left it."),))]
    mine = view.button(view.t("My tasks"), "task list", {}, typed=view.say("task list"))
    return Reply(title=(view.t("Welcome back"),), parts=tuple(parts), buttons=(mine,), to="private")


# -- drawing ----------------------------------------------------------------------------------------


def _offered(view: View, away: Away, pack: Pack) -> Iterator[Part]:
    """List what waits for an answer, what is due within the time first."""
    who = view.person(away.person_id)
    more = view.say("task list", f"@{who.name}" if who else "")
    for heading, tasks, most in (
        (view.t("Due up to {day}", day=view.due(away.last_on)), pack.due, ON_A_CARD),
        (view.t("Also open"), pack.later, ON_A_CARD // 2 if pack.due else ON_A_CARD),
    ):
        if tasks:
            items = tuple(_offer(view, away, each) for each in tasks[:most])
            yield Text((Strong(f"{heading} · {len(tasks)}"),))
            yield Listing(items)
            if len(tasks) > most:
                yield Note(view.line("{count} more: {all}", count=len(tasks) - most, all=Code(more)))
    if pack.shifts:
        args: Args = {"away": view.ref(away).label, "duties": Duties.SHIFTS.value}
        typed = view.say("away accept", view.ref(away).label, view.words.forms(Duties.SHIFTS.value)[0])
        takes = view.button(view.t("Take over"), "away accept", args, typed=typed)
        yield Text((Strong(f"{view.t('On duty')} · {len(pack.shifts)}"),))
        yield Listing((Item((view.t(", ").join(_shift(view, each) for each in pack.shifts),), button=takes),))


def _offer(view: View, away: Away, task: Listed) -> Item:
    ref = f"T-{task.number}"
    args: Args = {"away": view.ref(away).label, "tasks": [ref]}
    takes = view.button(view.t("Take over"), "away accept", args, typed=view.say("away accept", ref))
    due = view.due(task.due_on, task.due_at, zone=task.due_zone) if task.due_on else ""
    return Item((f"{STATUS_MARK[task.status]} ", Strong(ref), f" {task.title}"), (due,) if due else (), takes)


def _decided(view: View, away: Away, pack: Pack) -> Iterator[Part]:
    """List what was taken over, and note what was declined."""
    if pack.taken or pack.taken_shifts:
        items = [_taken(view, away, each) for each in pack.taken[:ON_A_CARD]]
        items += [Item((f"✅ {_shift(view, each)}",)) for each in pack.taken_shifts[:ON_A_CARD]]
        yield Text((Strong(f"{view.t('Taken over')} · {len(pack.taken) + len(pack.taken_shifts)}"),))
        yield Listing(tuple(items))
    if pack.declined:
        refs = view.t(", ").join(view.ref(each).label for each in pack.declined[: ON_A_CARD * 2])
        yield Note(view.line("Stays with {who}: {tasks}", who=view.who(away.person_id), tasks=refs))


def _taken(view: View, away: Away, task: Task) -> Item:
    if not task.is_open or task.owner_id != away.delegate_id:
        return Item(_row(view, task))
    ref = view.ref(task).label
    args: Args = {"away": view.ref(away).label, "tasks": [ref]}
    return Item(
        _row(view, task),
        button=view.button(view.t("Give back"), "away decline", args, typed=view.say("away decline", ref)),
    )


def _row(view: View, task: Task) -> Line:
    return (f"{STATUS_MARK[task.status]} ", Strong(view.ref(task).label), f" {task.title}")


def _buttons(view: View, away: Away, pack: Pack) -> tuple[Button, ...]:
    if not pack.is_open:
        return ()
    ref = view.ref(away).label
    return (
        view.button(view.t("Take over all"), "away accept", {"away": ref}, style="primary"),
        view.button(view.t("Decline the rest"), "away decline", {"away": ref}),
    )


def _item(ctx: Context, away: Away) -> Item:
    who: Line = (Strong(ctx.me.name if away.person_id == ctx.me.id else _name(ctx, away.person_id)),)
    stands = ctx.line("{who} stands in", who=ctx.who(away.delegate_id)) if away.delegate_id else ()
    cap = _up_to(ctx, away)
    return Item((*who, f" · {_span(ctx, away)}"), (*stands, *((" ·", *cap) if cap else ())))


def _say_away(ctx: Context, tasks: Iterable[Task]) -> None:
    """Say of each new owner who is away, once; offer to give the tasks to who stands in."""
    by_owner: dict[int, list[Task]] = {}
    for task in tasks:
        if task.owner_id not in (None, ctx.me.id):
            by_owner.setdefault(task.owner_id or 0, []).append(task)
    for owner, theirs in by_owner.items():
        away = _absence_at(ctx, owner, theirs)
        if away is None:
            continue
        refs = [ctx.ref(task).label for task in theirs]
        line = ctx.line("{who} is away {days}.", who=_name(ctx, owner), days=Strong(_span(ctx, away)))
        buttons: tuple[Button, ...] = ()
        if away.delegate_id is not None:
            name = _name(ctx, away.delegate_id)
            args: Args = {"tasks": [*refs], "owner": away.delegate_id}
            typed = ctx.say("task assign", *refs, f"@{name}")
            buttons = (ctx.button(ctx.t("Give to {who}, who stands in", who=name), "task assign", args, typed=typed),)
        ctx.also(Reply(parts=(Text(line),), buttons=buttons, to="private", about=ctx.ref(theirs[0])))


def _absence_at(ctx: Context, owner: int, tasks: Sequence[Task]) -> Away | None:
    """Find the absence of somebody that runs now, or in which one of the tasks is due."""
    person = ctx.person(owner)
    today = ctx.now.astimezone(_zone(ctx, person)).date() if person else ctx.today
    days = [today, *(task.due_on for task in tasks if task.due_on is not None)]
    coming = [each for each in absences_of(ctx.unit, owner, since=today) if not each.is_over]
    return next((each for each in coming if any(each.first_on <= day <= each.last_on for day in days)), None)


def _name(view: View, person: int) -> str:
    found = view.person(person)
    return found.name if found else "—"


def _span(view: View, away: Away) -> str:
    first, last = view.due(away.first_on), view.due(away.last_on)
    return first if away.last_on <= away.first_on else f"{first} – {last}"


def _shift(view: View, shift: Shift) -> str:
    since = _aware(shift.since).astimezone(view.zone)
    return view.due(since.date()) + (f" {since:%H:%M}" if since.time() != time() else "")


def _zone(ctx: Context, person: Person) -> ZoneInfo:
    return zone_of(person.timezone, workspace_of(ctx.unit).timezone)


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
