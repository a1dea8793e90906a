"""Campaign mode: nights before a launch are worked, and the beat is shorter.

While it runs its chat gets a digest every two hours, day and night, in which what is late is counted in hours. Whoever
is on duty is told at the same times what of theirs is late, and everything reaches them in their quiet hours and on
days of rest. Everybody else keeps their quiet hours. It ends by itself.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from commands.core.arguments import Prose
from commands.core.command import command, panel, routine
from commands.core.context import Context, View
from commands.core.dates import read_span
from commands.core.errors import Asked, Refused, Wanting
from commands.core.reply import Button, Code, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.digests import Off
from commands.grammar.recurrence import Recurrence
from commands.grammar.spans import Span
from commands.roles import Sure
from commands.schedules import Occasion, enter, timetable_of
from commands.words import dates
from storage.campaigns import Campaign, campaigns_of
from storage.chats import Project
from storage.duty import shifts_between
from storage.schedules import schedules_in, wait_for
from storage.tasks import Listed, list_tasks

KIND: Final = "campaign"
BEAT: Final = timedelta(hours=2)
LONGEST: Final = timedelta(days=14)
NAMED: Final = 6
"""Tasks under each heading, and people on duty, that are named."""


@command(
    KIND,
    may="campaign.edit",
    examples=("大促模式 11-20 20:00~11-22 02:00 确认", "campaign 11-24 20:00~11-26 02:00 sure", "大促模式"),
)
def campaign(ctx: Context, days: Prose | None = None, off: Off | None = None, sure: Sure | None = None) -> Reply:
    """Work nights for a while: digests every two hours, who is on duty is reached."""
    project = _project(ctx)
    if off is not None:
        return _end(ctx, project)
    if days is None:
        return _shown(ctx, project)
    span = _span(ctx, days)
    for other in campaigns_of(ctx.unit, project.id):
        if other.since < span.until and span.since < other.until:
            raise Refused(ctx.line("There is one then already: {when}. To end it: {off}", when=_when(ctx, other),
                                   off=_off(ctx)))  # fmt: skip
    if sure is None:
        raise Asked(_preview(ctx, span), (_confirm(ctx, days),))
    made = ctx.unit.add(
        Campaign, project_id=project.id, chat_id=ctx.chat.id, creator_id=ctx.me.id, since=span.since, until=span.until
    )
    _await(ctx, made)
    line = ctx.line(
        "Campaign mode: {when}. It ends by itself; before: {off}", when=Strong(_when(ctx, made)), off=_off(ctx)
    )
    return Reply(parts=(Text(line),))


@routine(KIND, may="project.view", within=timedelta(hours=1))
def beat(ctx: Context, occasion: Occasion) -> Reply | None:
    """Tell in a campaign what is late, and who is on duty what of theirs is."""
    made = ctx.unit.get(Campaign, int(occasion.schedule.options["campaign"]))
    if made is None or made.archived_at is not None or made.until <= ctx.unit.now:
        ctx.unit.archive(occasion.schedule)
        is_over = made is not None and made.archived_at is None
        return _said(ctx, ctx.line("Campaign mode is over: quiet hours hold for all again.")) if is_over else None
    if occasion.slot.label not in _beats(occasion, made):
        return None
    for person in _on_duty(ctx):
        late = _late(ctx, "person", person)
        who = ctx.person(person)
        if late and who is not None and who.archived_at is None:
            view = ctx.seen_by(who)
            title = view.tn("🔴 {count} task of yours is late", "🔴 {count} tasks of yours are late", len(late))
            ctx.send(who, Reply(title=(title,), parts=(_listing(view, late, names_owner=False),), to="direct"))
    return _digest(ctx, made)


@panel("status", order=4)
def status_of_campaign(view: View, project: Project) -> Sequence[Part]:
    """Tell that a campaign runs or comes."""
    return tuple(
        Text(view.line("Campaign mode: {when}", when=Strong(_when(view, each))))
        for each in campaigns_of(view.unit, project.id)[:1]
    )


# -- beginning and ending -------------------------------------------------------------------------


def _project(ctx: Context) -> Project:
    project = ctx.unit.get(Project, ctx.project) if ctx.chat.kind == "group" and ctx.project is not None else None
    if project is None:
        raise Refused(ctx.line("Say it in the group of the project that works nights."))
    return project


def _span(ctx: Context, days: str) -> Span:
    found = read_span(ctx, days)
    example = Code(ctx.say(KIND, "11-10 20:00~11-12 02:00"))
    if not isinstance(found, Span):
        line = ctx.line("I cannot read {days} as from when to when. For example: {example}", days=Strong(days),
                        example=example)  # fmt: skip
        raise Wanting("days", line)
    if found.until <= ctx.now:
        raise Refused(ctx.line("{days} is over already. For example: {example}", days=Strong(days), example=example))
    if found.until - found.since > LONGEST:
        raise Refused(ctx.line("At most {count} days: nobody works nights for longer.", count=LONGEST.days))
    return found


def _preview(ctx: Context, span: Span) -> Line:
    line = ctx.line(
        "Campaign mode {when}: a digest here every two hours, late tasks counted in hours. Who is on duty then has no "
        "quiet hours and no days of rest; all others keep theirs. It ends by itself.",
        when=Strong(_written(ctx, span.since, span.until)),
    )
    shifts = shifts_between(ctx.unit, span.since, span.until)
    names = list(dict.fromkeys(each.person_id for each in shifts))[:NAMED]
    if not names:
        duty = Code(ctx.say("duty", "22:00-02:00", ctx.t("@name")))
        return (*line, " ", *ctx.line("Nobody is on duty then; to put somebody on: {duty}", duty=duty))
    people = ctx.t(", ").join(person.name for id in names if (person := ctx.person(id)) is not None)
    return (*line, " ", *ctx.line("On duty: {people}.", people=Strong(people)))


def _confirm(ctx: Context, days: str) -> Button:
    sure = ctx.words.forms(Sure.SURE.value)[0]
    typed = ctx.say(KIND, days, sure)
    return Button(ctx.t("Confirm"), KIND, {"days": days, "sure": Sure.SURE.value}, typed, style="primary")


def _await(ctx: Context, made: Campaign) -> None:
    """Have the clock come every two hours from its beginning on, and at its end."""
    zone = ctx.zone
    first = made.since.astimezone(zone)
    start = datetime.combine(first.date(), first.time().replace(second=0, microsecond=0))
    beats = {(start + count * BEAT).time() for count in range(12)} | {made.until.astimezone(zone).time()}
    schedule = enter(ctx, KIND, Recurrence("day"), *beats, campaign=made.id)
    slot = timetable_of(schedule).first(max(made.since, ctx.unit.now), ctx.workdays)
    wait_for(ctx.unit, schedule.id, at=slot.at, slot=slot.label)


def _beats(occasion: Occasion, made: Campaign) -> set[str]:
    """Name the slots of this day at which something is told; its end is a slot, too."""
    zone = timetable_of(occasion.schedule).zone
    first = made.since.astimezone(zone).replace(tzinfo=None, second=0, microsecond=0)
    since_start = occasion.slot.local - first
    return {occasion.slot.label} if since_start % BEAT == timedelta(0) else set()


def _end(ctx: Context, project: Project) -> Reply:
    found = campaigns_of(ctx.unit, project.id)
    if not found:
        raise Refused(ctx.line("There is no campaign to end. To begin one: {example}", example=Code(
            ctx.say(KIND, "11-10 20:00~11-12 02:00"))))  # fmt: skip
    ids = {each.id for each in found}
    for each in found:
        ctx.unit.archive(each)
    for schedule in schedules_in(ctx.unit, chat=found[0].chat_id, kind=KIND):
        if schedule.options["campaign"] in ids:
            ctx.unit.archive(schedule)
    return Reply(parts=(Text(ctx.line("Campaign mode is off: quiet hours hold for all again.")),))


def _shown(ctx: Context, project: Project) -> Reply:
    found = campaigns_of(ctx.unit, project.id)
    title = (ctx.t("Campaign mode"),)
    if not found:
        example = Code(ctx.say(KIND, "11-10 20:00~11-12 02:00"))
        line = ctx.line("None runs or is to come. To begin one: {example}", example=example)
        return Reply(title=title, parts=(Text(line),), to="private")
    items = tuple(
        Item((Strong(_when(ctx, each)),), (ctx.t("by {who}", who=_name(ctx, each.creator_id)),)) for each in found
    )
    note = Note(ctx.line("To end it: {off}", off=_off(ctx)))
    return Reply(title=title, parts=(Listing(items), note), to="private")


# -- what is told ---------------------------------------------------------------------------------


def _digest(ctx: Context, made: Campaign) -> Reply | None:
    late = _late(ctx, "project", made.project_id)
    soon = [
        each
        for each in list_tasks(ctx.unit, whose="project", id=made.project_id, which="upcoming", most=NAMED)
        if each.due_by is not None and each.due_by <= ctx.now + BEAT
    ]
    if not late and not soon:
        return None
    parts: list[Part] = []
    if late:
        parts += [Text(("🔴 ", Strong(ctx.t("Overdue")))), _listing(ctx, late)]
    if soon:
        parts += [Text((Strong(ctx.t("Due within two hours")),)), _listing(ctx, soon)]
    names = ctx.t(", ").join(_name(ctx, each) for each in _on_duty(ctx))
    if names:
        parts.append(Text(ctx.line("On duty: {turns}", turns=names)))
    ends = dates.clock(made.until, ctx.zone, now=ctx.now)
    title = ctx.line("📊 Campaign · {now} · until {end}", now=dates.clock(ctx.now, ctx.zone, now=ctx.now), end=ends)
    return Reply(parts=tuple(parts), title=title, health="red" if late else "yellow")


def _listing(view: View, tasks: Sequence[Listed], *, names_owner: bool = True) -> Listing:
    return Listing(tuple(_row(view, each, names_owner=names_owner) for each in tasks))


def _row(view: View, task: Listed, *, names_owner: bool) -> Item:
    owner = f" · {task.owner}" if names_owner and task.owner else ""
    by = task.due_by or view.now
    hours = -((by - view.now) // timedelta(hours=1))  # an hour that has begun counts
    late = (
        view.tn("{count} hour late", "{count} hours late", hours)
        if by <= view.now
        else dates.clock(by, view.zone, now=view.now)
    )
    return Item((Strong(f"T-{task.number}"), f" {task.title}"), (f"{late}{owner}",))


def _late(ctx: Context, whose: str, id: int) -> list[Listed]:
    return list_tasks(ctx.unit, whose=whose, id=id, which="overdue", most=NAMED)


def _on_duty(view: View) -> list[int]:
    now = view.unit.now
    running = [each for each in shifts_between(view.unit, now, now + timedelta(seconds=1)) if each.since <= now]
    return list(dict.fromkeys(each.person_id for each in running))[:NAMED]


def _said(ctx: Context, line: Line) -> Reply:
    return Reply(parts=(Text(line),))


def _name(view: View, id: int) -> str:
    person = view.person(id)
    return person.name if person is not None else "—"


def _off(ctx: Context) -> Code:
    return Code(ctx.say(KIND, ctx.words.forms(Off.OFF.value)[0]))


def _when(view: View, made: Campaign) -> str:
    return _written(view, _aware(made.since), _aware(made.until))


def _written(view: View, since: datetime, until: datetime) -> str:
    first, last = since.astimezone(view.zone), until.astimezone(view.zone)
    begins = f"{dates.day(view.words, first.date(), today=view.today)} {first:%H:%M}"
    ends = f"{dates.day(view.words, last.date(), today=view.today)} {last:%H:%M}"
    return f"{begins} – {ends} ({dates.city(view.words, view.zone.key)})"


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
