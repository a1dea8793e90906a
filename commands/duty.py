"""The duty roster: who is on duty when, who is now, and who swaps with whom."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from commands.core.arguments import Prose
from commands.core.command import command, panel
from commands.core.context import Context, View
from commands.core.dates import read_date, read_span
from commands.core.errors import Asked, Refused, Wanting
from commands.core.event import Json
from commands.core.reply import Button, Code, Item, Line, Listing, Part, Reply, Strong, Text
from commands.grammar.date_meanings import Uncertain
from commands.grammar.spans import Span
from commands.words import dates
from commands.words.catalog import msg
from storage.digests import Edition
from storage.duty import Shift, shifts_between, shifts_of
from storage.people import Person
from storage.teams import Team, members_of, teams_of

WEEKS: Final = 12
"""How far a rotation is written down."""
_PICKS: Final = 5
_IN_DIGEST: Final = 2


@command(
    "duty",
    may="duty.edit",
    examples=(
        "值班 客服组 周五~周日 @赵敏",
        "duty Overseas next mon to next fri @bob",
        "值班 今晚 @陈晨",
        "值班 明晚 @陈晨",
    ),
)
def duty(ctx: Context, team: Team | None = None, who: Person | None = None, days: Prose | None = None) -> Reply:
    """Put somebody on duty; without a name, show the roster of the week."""
    if who is None:
        return _roster(ctx, team, _span(ctx, days) if days else _this_week(ctx))
    if days is None:
        return _of_person(ctx, who)
    span = _span(ctx, days)
    team = team or _team_of(ctx, who)
    for other in shifts_of(ctx.unit, who.id, after=span.since):
        if other.since < span.until and other.team_id == (team.id if team else None):
            raise Refused(ctx.line("{who} is on duty then already: {when}.", who=who.name, when=_when(ctx, other)))
    shift = ctx.unit.add(Shift, team_id=team.id if team else None, person_id=who.id, since=span.since, until=span.until)
    when = Strong(_when(ctx, shift))
    ctx.tell(who.id, msg("{who} put you on duty: {when}."), who=ctx.who(ctx.me.id), when=when)
    line = ctx.line("On duty: {who}, {when}{team}.", who=ctx.who(who.id), when=when, team=_for(ctx, team))
    return Reply(parts=(Text(line),))


@command("duty now", may="duty.view", reads=True, examples=("谁值班", "who is on duty", "谁值班 客服组"))
def now(ctx: Context, team: Team | None = None, days: Prose | None = None) -> Reply:
    """Tell who is on duty now, or on the days named, and who is next."""
    if days is not None:
        return _roster(ctx, team, _span(ctx, days))
    id = team.id if team else None
    coming = shifts_between(ctx.unit, ctx.now, ctx.now + timedelta(days=31), team=id)
    running = [shift for shift in coming if shift.since <= ctx.now]
    following = [shift for shift in coming if shift.since > ctx.now][:3]
    parts: list[Part] = [_listing(ctx, running)] if running else [Text((ctx.t("Nobody is on duty now."),))]
    if following:
        parts += [Text((Strong(ctx.t("Next")),)), _listing(ctx, following)]
    elif not running:
        parts.append(Text(ctx.line("Put somebody on duty: {example}", example=_example(ctx))))
    return Reply(title=(ctx.t("On duty now"), *_for(ctx, team)), parts=tuple(parts), to="private")


@command("duty swap", may="duty.edit", examples=("换班 @赵敏", "swap duty @bob"))
def swap(ctx: Context, who: Person, days: Prose | None = None) -> Reply:
    """Swap your next shift with somebody's, or hand it over where they have none."""
    mine = _next_of(ctx, ctx.me, days)
    if who.id == ctx.me.id:
        example = Code(ctx.say("duty swap", ctx.t("@name")))
        raise Refused(ctx.line("A shift is swapped with somebody else. Name them: {example}", example=example))
    others = [each for each in shifts_of(ctx.unit, who.id, after=ctx.now) if each.team_id == mine.team_id]
    ctx.unit.change(mine, person_id=who.id)
    given = Strong(_when(ctx, mine))
    if not others:
        ctx.tell(who.id, msg("{who} hands a shift over to you: {when}."), who=ctx.who(ctx.me.id), when=given)
        line = ctx.line("{who} takes over from {me}: {when}.", who=ctx.who(who.id), me=ctx.me.name, when=given)
        return Reply(parts=(Text(line),))
    ctx.unit.change(others[0], person_id=ctx.me.id)
    taken = Strong(_when(ctx, others[0]))
    ctx.tell(who.id, msg("{who} swapped shifts with you: yours is {when} now."), who=ctx.who(ctx.me.id), when=given)
    line = ctx.line(
        "Swapped: {who} is on duty {when}, {me} {then}.", who=ctx.who(who.id), when=given, me=ctx.me.name, then=taken
    )
    return Reply(parts=(Text(line),))


@command("duty cancel", may="duty.edit", examples=("取消值班 @赵敏 周五", "cancel duty @bob"))
def cancel(ctx: Context, who: Person | None = None, days: Prose | None = None) -> Reply:
    """Take somebody off duty: their next shift, or that of the day named."""
    shift = _next_of(ctx, who or ctx.me, days)
    ctx.unit.archive(shift)
    when = Strong(_when(ctx, shift))
    ctx.tell(shift.person_id, msg("{who} took you off duty: {when}."), who=ctx.who(ctx.me.id), when=when)
    return Reply(parts=(Text(ctx.line("Off duty: {who}, {when}.", who=ctx.who(shift.person_id), when=when)),))


@command("duty rotate", may="duty.edit", examples=("轮值 客服组 @赵敏 @李娜", "rotate duty Overseas"))
def rotate(ctx: Context, team: Team, people: tuple[Person, ...] = ()) -> Reply:
    """Have people take weekly turns, twelve weeks ahead; all of a team if none are named."""
    turns = people or tuple(members_of(ctx.unit, team))
    if not turns:
        joins = Code(ctx.say("team join", team.name))
        raise Refused(ctx.line("Nobody is in {team} yet. To join: {join}", team=team.name, join=joins))
    monday = ctx.today - timedelta(days=ctx.today.weekday() - 7)
    ends = monday + timedelta(weeks=WEEKS)
    since, until = _start(ctx, monday), _start(ctx, ends)
    replaced = [each for each in shifts_between(ctx.unit, since, until, team=team.id) if each.since >= since]
    for shift in replaced:
        ctx.unit.archive(shift)
    for week in range(WEEKS):
        begins, who = monday + timedelta(weeks=week), turns[week % len(turns)]
        span = Span(_start(ctx, begins), _start(ctx, begins + timedelta(weeks=1)))
        ctx.unit.add(Shift, team_id=team.id, person_id=who.id, since=span.since, until=span.until)
    line = ctx.line(
        "{team} takes weekly turns from {since} to {until}. First: {who}.",
        team=Strong(team.name),
        since=ctx.due(monday),
        until=ctx.due(ends - timedelta(days=1)),
        who=ctx.who(turns[0].id),
    )
    if not replaced:
        return Reply(parts=(Text(line),))
    gone = ctx.tn("{count} shift of then was replaced.", "{count} shifts of then were replaced.", len(replaced))
    return Reply(parts=(Text(line), Text((gone,))))


@panel("home", order=5)
def home_of_duty(view: View, person: Person) -> Sequence[Part]:
    """Remind of a duty that runs, or begins within a day."""
    coming = shifts_of(view.unit, person.id, after=view.now)
    if not coming or coming[0].since > view.now + timedelta(days=1):
        return ()
    return (Text(view.line("You are on duty: {when}", when=Strong(_when(view, coming[0])))),)


@panel("digest", order=36)
def duty_in_digest(view: View, edition: Edition) -> Sequence[Part]:
    """Tell who is on duty until the next digest."""
    shifts = shifts_between(view.unit, view.now, edition.until)[:_IN_DIGEST]
    turns = (f"{_when(view, each)} {person.name}" for each in shifts if (person := view.person(each.person_id)))
    said = " · ".join(turns)
    return (Text(view.line("On duty: {turns}", turns=said)),) if said else ()


def _roster(ctx: Context, team: Team | None, span: Span) -> Reply:
    shifts = shifts_between(ctx.unit, span.since, span.until, team=team.id if team else None)
    title: Line = (f"{ctx.t('On duty')} · {_written(ctx, span.since, span.until)}", *_for(ctx, team))
    if not shifts:
        line = ctx.line("Nobody is on duty then. Put somebody on: {example}", example=_example(ctx))
        return Reply(title=title, parts=(Text(line),), to="private")
    return Reply(title=title, parts=(_listing(ctx, shifts),), to="private")


def _of_person(ctx: Context, who: Person) -> Reply:
    shifts = shifts_of(ctx.unit, who.id, after=ctx.now)
    title = (f"{ctx.t('On duty')} · {who.name}",)
    if not shifts:
        line = ctx.line("No shift is to come. Put somebody on: {example}", example=_example(ctx))
        return Reply(title=title, parts=(Text(line),), to="private")
    return Reply(title=title, parts=(_listing(ctx, shifts),), to="private")


def _listing(ctx: Context, shifts: Sequence[Shift]) -> Listing:
    items = []
    for shift in shifts:
        team = ctx.unit.get(Team, shift.team_id) if shift.team_id is not None else None
        person = ctx.person(shift.person_id)
        line = (f"{_when(ctx, shift)} · ", Strong(person.name if person else "—"), f" · {team.name}" if team else "")
        items.append(Item(line))
    return Listing(tuple(items))


def _next_of(ctx: Context, who: Person, days: str | None) -> Shift:
    """Find somebody's next shift, or the first that touches the days named."""
    span = _span(ctx, days) if days else None
    coming = shifts_of(ctx.unit, who.id, after=span.since if span else ctx.now)
    found = [each for each in coming if span is None or each.since < span.until]
    if not found:
        raise Refused(
            ctx.line("{who} has no shift then. The roster: {duty}", who=ctx.who(who.id), duty=Code(ctx.say("duty")))
        )
    return found[0]


def _team_of(ctx: Context, who: Person) -> Team | None:
    """Give the team for which somebody is on duty: their only one; ask where they have several."""
    teams = teams_of(ctx.unit, who.id)
    if len(teams) > 1:
        buttons = tuple(_again(ctx, team.name, team=team.id) for team in teams[:_PICKS])
        raise Asked(ctx.line("{who} is in several teams. For which one?", who=who.name), buttons)
    return teams[0] if teams else None


def _span(ctx: Context, days: str) -> Span:
    found = read_span(ctx, days)
    if isinstance(found, Span):
        return found
    said, example = Strong(days), Code(ctx.t("mon to fri"))
    doubt = read_date(ctx, days)
    candidates = doubt.candidates[:_PICKS] if isinstance(doubt, Uncertain) else ()
    if found is None:
        line = ctx.line("I cannot read {days} as days or hours. For example: {example}", days=said, example=example)
    else:
        line = ctx.line("{days} is not a clear day. Write it as {example}, or as 11-20.", days=said, example=example)
    raise Wanting("days", line, tuple(_again(ctx, ctx.due(each.on), days=each.on.isoformat()) for each in candidates))


def _again(ctx: Context, label: str, **changes: Json) -> Button:
    """Make a button that says the same once more, but for what changes."""
    args = {**ctx.call.args, **changes}
    team_id, who_id = args.get("team"), args.get("who")
    team = ctx.unit.get(Team, team_id) if isinstance(team_id, int) else None
    who = ctx.person(who_id) if isinstance(who_id, int) else None
    pieces = (team.name if team else None, args.get("days"), f"@{who.name}" if who else None)
    return ctx.button(label, ctx.call.command, args, typed=ctx.say(ctx.call.command, *pieces))


def _this_week(ctx: Context) -> Span:
    monday = ctx.today - timedelta(days=ctx.today.weekday())
    return Span(_start(ctx, monday), _start(ctx, monday + timedelta(days=7)))


def _start(view: View, day: date) -> datetime:
    return datetime.combine(day, time(), view.zone).astimezone(UTC)


def _for(ctx: Context, team: Team | None) -> Line:
    return (f" · {team.name}",) if team else ()


def _example(ctx: Context) -> Code:
    return Code(ctx.t("duty tonight @ann"))


def _when(view: View, shift: Shift) -> str:
    return _written(view, shift.since, shift.until)


def _written(view: View, since: datetime, until: datetime) -> str:
    """Write a span in the reader's zone: days where it is of whole days, else hours with the city."""
    first, last = (_aware(each).astimezone(view.zone) for each in (since, until))
    if first.time() == last.time() == time():
        ends = last.date() - timedelta(days=1)
        return view.due(first.date()) if ends == first.date() else f"{view.due(first.date())} – {view.due(ends)}"
    city = dates.city(view.words, view.zone.key)
    end = f"{last:%H:%M}" if last.date() == first.date() else f"{view.due(last.date())} {last:%H:%M}"
    return f"{view.due(first.date())} {first:%H:%M} – {end} ({city})"


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
