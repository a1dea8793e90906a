"""What comes by itself about risks: the question on a review day, and proposals to enter what holds a task up.

A review is asked once, on the first working day from its day on, of whoever looks after the risk, or who stands in for
them. What is proposed is never entered by itself, and once for each cause.
"""

from collections.abc import Sequence
from datetime import time, timedelta
from typing import Final

from commands.core.command import More, Standing, command, routine
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.facts import on
from commands.core.reply import Button, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.reminders import IN_ONE_PART, TasksTurnedRed
from commands.reminders import standing as hours
from commands.risk_cards import assess_button, close_button, named, rated, trend
from commands.schedules import Occasion
from commands.task_words import lateness
from commands.task_words import named as task_named
from commands.waiting import TaskBlocked
from storage.away import away_on
from storage.dependencies import linked_behind
from storage.people import Person
from storage.reminders import people_at
from storage.risks import Proposal, Risk, is_anything_coming, proposals_again, proposals_on, risk_of_task, risks_to_ask
from storage.roles import leads_of
from storage.standups import Standup, checkins_of
from storage.tasks import Task
from storage.unit import Unit
from storage.workspaces import workspace_of

MUTED: Final = timedelta(days=7)
LATE: Final = "late"
BLOCKED: Final = "blocked: "
URGENT: Final = 1
"""A late task of this priority or a higher one is proposed as a risk; so is one that others wait for."""
TITLE_CHARS: Final = 200


def standing(unit: Unit) -> "Sequence[Standing]":
    """Come at the hours at which people are reminded, while there is anything to ask."""
    return list(hours(unit)) if is_anything_coming(unit) else []


@routine("risk reviews", may="risk.view", within=timedelta(hours=8), standing=standing)
def ask_reviews(ctx: Context, occasion: Occasion) -> More | None:
    """Ask on its review day how a risk stands."""
    at = time.fromisoformat(occasion.schedule.times[0])
    people = people_at(
        ctx.unit,
        zone=occasion.schedule.zone,
        usual=workspace_of(ctx.unit).timezone,
        hour=at.hour * 60 + at.minute,
        after=int(occasion.cursor or 0),
        most=IN_ONE_PART,
    )
    at_work = {each.id: each for each in people if ctx.workdays_of(each).is_workday(ctx.today)}
    for risk in risks_to_ask(ctx.unit, list(at_work), today=ctx.today):
        keeper = at_work[risk.owner_id or risk.creator_id or 0]
        _ask(ctx, risk, keeper)
    for proposal in proposals_again(ctx.unit, list(at_work)):
        _propose_again(ctx, proposal, at_work[proposal.person_id])
    return More(str(people[-1].id)) if len(people) == IN_ONE_PART else None


@on(TaskBlocked)
def propose_blocked(ctx: Context, fact: TaskBlocked) -> None:
    """Propose to enter as a risk what is in the way of a task."""
    task = fact.task
    person = _to_ask(ctx, task)
    if person is not None:
        _propose(ctx, task, BLOCKED + (task.held_for or ""), person)


@on(TasksTurnedRed)
def propose_late(ctx: Context, fact: TasksTurnedRed) -> None:
    """Propose to enter as a risk that a task is late on which much depends."""
    for task in fact.tasks:
        person = _to_ask(ctx, task) if _is_critical(ctx.unit, task) else None
        if person is not None:
            _propose(ctx, task, LATE, person)


@command("risk ignore", may="risk.edit", examples=("忽略风险 T-1", "ignore risk T-1"))
def ignore(ctx: Context, task: Task) -> Reply:
    """Not be asked for seven days whether what holds a task up is a risk."""
    until = ctx.unit.now + MUTED
    proposals = proposals_on(ctx.unit, task.id)
    for each in proposals:
        ctx.unit.change(each, muted_until=until, person_id=ctx.me.id)
    if not proposals:
        raise Refused(ctx.line("Nothing was proposed on {task}.", task=task_named(ctx, task)))
    line = ctx.line("I do not ask about {task} until {day}; then again if it still stands so.",
                    task=task_named(ctx, task), day=Strong(ctx.due(until.astimezone(ctx.zone).date())))  # fmt: skip
    return Reply(parts=(Text(line),), to="private")


@command("risk blockers", may="standup.view", reads=True, examples=("卡点风险 U-1", "risks of standup U-1"))
def blockers(ctx: Context, standup: Standup) -> Reply:
    """Offer to enter as risks what was told in a stand-up to be in the way."""
    title = (ctx.t("Which of these is a risk?"),)
    items = []
    for checkin in checkins_of(ctx.unit, standup.id):
        for text in checkin.blockers if checkin.state == "told" else ():
            items.append(
                Item((Strong(text),), (ctx.who(checkin.person_id),), _enter_button(ctx, text, checkin.tasks.get(text)))
            )
    if not items:
        return Reply(title=title, parts=(Text((ctx.t("Nothing is in anybody's way."),)),), to="private")
    return Reply(title=title, parts=(Listing(tuple(items)),), to="private")


# -- reviews --------------------------------------------------------------------------------------


def _ask(ctx: Context, risk: Risk, keeper: Person) -> None:
    """Ask whoever looks after a risk, or who stands in for them."""
    away = away_on(ctx.unit, keeper.id, ctx.today)
    stands_in = ctx.person(away.delegate_id) if away is not None and not away.is_over else None
    asked = stands_in if stands_in is not None and stands_in.archived_at is None else keeper
    ctx.unit.change(risk, asked_on=risk.review_on)
    view = ctx.seen_by(asked)
    lead: Line = (Strong(view.t("Is it still so?")),)
    if asked is not keeper:
        lead = (*lead, " ", *view.line("{who} is away, and you stand in.", who=keeper.name))
    ctx.send(asked, _question(view, risk, lead))


def _question(view: View, risk: Risk, lead: Line) -> Reply:
    parts: list[Part] = [Text(lead), Text((rated(view, risk.score, trend(risk)),))]
    if risk.plan:
        parts.append(Text((Strong(view.t("Plan B")), f" {risk.plan}")))
    if risk.plan_when:
        parts.append(Text((Strong(view.t("Trigger")), f" {risk.plan_when}")))
    parts.append(
        Note(view.line("assessed by {who}, {at}", who=view.who(risk.assessed_by), at=view.clock(risk.assessed_at)))
    )
    one = {"risk": view.ref(risk).label}
    same = view.button(view.t("Still the same"), "risk same", {**one}, style="primary")
    return Reply(
        title=(f"{view.t('Review')}: ", *named(view, risk)),
        parts=tuple(parts),
        buttons=(same, assess_button(view, risk), close_button(view, risk)),
        to="direct",
        about=view.ref(risk),
    )


# -- proposals ------------------------------------------------------------------------------------


def _to_ask(ctx: Context, task: Task) -> Person | None:
    """Choose one person: who acts, where it is theirs to decide; else the owner, a lead, or who asked for the task."""
    leads = leads_of(ctx.unit, task.project_id)
    if ctx.me.id in (task.owner_id, *leads):
        return ctx.me
    found = [ctx.person(id) for id in (task.owner_id, *leads, task.creator_id) if id is not None]
    return next((each for each in found if each is not None and each.archived_at is None), None)


def _is_critical(unit: Unit, task: Task) -> bool:
    return task.priority <= URGENT or any(
        link.task.is_open and not link.is_waived for link in linked_behind(unit, task.id)
    )


def _propose(ctx: Context, task: Task, cause: str, person: Person) -> None:
    """Propose once for each cause, and not where a risk says it already."""
    before = proposals_on(ctx.unit, task.id)
    is_muted = any(each.muted_until is not None and each.muted_until > ctx.unit.now for each in before)
    if is_muted or any(each.cause == cause for each in before) or risk_of_task(ctx.unit, task.id) is not None:
        return
    ctx.unit.add(Proposal, task_id=task.id, cause=cause, person_id=person.id)
    _send(ctx, task, cause, person)


def _propose_again(ctx: Context, proposal: Proposal, person: Person) -> None:
    """Propose what was put off once more, if it still stands so."""
    ctx.unit.change(proposal, muted_until=None)
    task = ctx.unit.get(Task, proposal.task_id)
    if task is None or not task.is_open or task.archived_at is not None or risk_of_task(ctx.unit, task.id) is not None:
        return
    is_late = proposal.cause == LATE and task.due_by is not None and task.due_by < ctx.unit.now
    if is_late or (task.status == "blocked" and proposal.cause == BLOCKED + (task.held_for or "")):
        _send(ctx, task, proposal.cause, person)


def _send(ctx: Context, task: Task, cause: str, person: Person) -> None:
    """Show the proposal to who acts beside the answer, to others directly."""
    if person.id == ctx.me.id:
        ctx.also(_proposal(ctx, task, cause, to_me=True))
    else:
        ctx.send(person, _proposal(ctx.seen_by(person), task, cause, to_me=False))


def _proposal(view: View, task: Task, cause: str, *, to_me: bool) -> Reply:
    why = cause.removeprefix(BLOCKED) if cause != LATE else lateness(view, task.due_by, is_open=True)
    line = view.line("Is this a risk for the project? Nothing is entered unless you do: {task}, {why}",
                     task=task_named(view, task), why=Strong(why))  # fmt: skip
    ref = view.ref(task).label
    enters = _enter_button(view, f"{task.title}: {why}", task.number)
    ignores = view.button(view.t("Ignore for 7 days"), "risk ignore", {"task": ref})
    return Reply(parts=(Text(line),), buttons=(enters, ignores), to="private" if to_me else "direct")


def _enter_button(view: View, title: str, task: int | None) -> Button:
    """Offer the form of a new risk with its title filled in."""
    args = {"title": title[:TITLE_CHARS], "?": "probability"} | ({"task": f"T-{task}"} if task is not None else {})
    return view.button(
        view.t("Enter as a risk…"), "risk add", args, typed=view.say("risk add", title[:TITLE_CHARS], "…")
    )
