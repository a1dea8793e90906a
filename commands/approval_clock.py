"""Time and approvals: reminders, handing on to who stands in, expiry. Silence is never taken for an answer.

After half a working day those who are to decide are reminded, after one they are again and the requester is told; then,
half a day apart, it is handed on up to three times. What has a deadline expires then.
"""

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from commands.approval_words import aware, named, people
from commands.core.access import LEADS, may, rights_of, standing
from commands.core.command import routine
from commands.core.context import Context, zone_of
from commands.core.reply import Note, Reply, Text
from commands.core.timetable import instant_of
from commands.decisions import expire, hand_on, tally_of
from commands.grammar.recurrence import Recurrence
from commands.grammar.workdays import Workdays
from commands.notices import working
from commands.schedules import SLOT, Occasion
from storage.approvals import Approval, approval_numbered, signers_of
from storage.away import away_on
from storage.people import Person, all_people
from storage.roles import roles_in
from storage.schedules import Schedule, wait_for
from storage.unit import Unit
from storage.workspaces import next_number

A_DAY: Final = timedelta(hours=9)
"""Of working time: so long the approvers have."""
HALF: Final = A_DAY / 2
HOPS: Final = 3
"""How often it is handed on."""
REMINDED, OVERDUE = 1, 2
"""Stages; from the third on it is handed on."""


def moments(asked_at: datetime, deadline: datetime | None, zone: ZoneInfo, workdays: Workdays) -> list[datetime]:
    """Give the instants at which the clock comes before the deadline, one for each stage."""
    local = asked_at.astimezone(zone).replace(tzinfo=None)
    overdue = working(local, A_DAY, workdays)
    walls = [working(local, HALF, workdays), overdue]
    walls += [working(overdue, HALF * hop, workdays) for hop in range(1, HOPS + 1)]
    found = [_whole_minute(instant_of(wall, zone)) for wall in walls]
    if deadline is None or found[0] < deadline:
        return [each for each in found if deadline is None or each < deadline]
    half = _whole_minute(asked_at + (deadline - asked_at) / 2)
    return [half] if asked_at < half < deadline else []


def arrange(ctx: Context, approval: Approval) -> int:
    """Have the clock come anew for an approval, from now on; give the schedule's id."""
    dismiss(ctx.unit, approval)
    return await_clock(ctx, approval.number, aware(approval.asked_at), approval.deadline_at)


def await_clock(ctx: Context, number: int, asked_at: datetime, deadline: datetime | None) -> int:
    """Have the clock come for the approval of a number; give the schedule's id."""
    ends = aware(deadline) if deadline is not None else None
    instants = moments(asked_at, ends, ctx.zone, ctx.workdays) + ([_whole_minute(ends)] if ends is not None else [])
    walls = [each.astimezone(ctx.zone).replace(tzinfo=None) for each in instants]
    schedule = ctx.unit.add(
        Schedule,
        number=next_number(ctx.unit, "schedule"),
        kind="approval",
        rule=Recurrence("day").canonical(),
        times=sorted({f"{each:%H:%M}" for each in walls}),
        zone=ctx.zone.key,
        options={"approval": number},
    )
    wait_for(ctx.unit, schedule.id, at=instants[0], slot=walls[0].strftime(SLOT))
    return schedule.id


def dismiss(unit: Unit, approval: Approval) -> None:
    """Have the clock come no more for an approval."""
    schedule = unit.get(Schedule, approval.schedule_id) if approval.schedule_id is not None else None
    if schedule is not None and schedule.archived_at is None:
        unit.archive(schedule)


@routine("approval", may="approval.edit", within=timedelta(days=30))
def chase(ctx: Context, occasion: Occasion) -> None:
    """Remind who decides, hand it on when they do not, and let it expire in the end."""
    approval = approval_numbered(ctx.unit, int(occasion.schedule.options["approval"]))
    if approval is None or approval.archived_at is not None or approval.state != "pending":
        ctx.unit.archive(occasion.schedule)
        return
    approval = expire(ctx, approval)
    if approval.state == "expired":
        return
    deadline = aware(approval.deadline_at) if approval.deadline_at is not None else None
    come = moments(aware(approval.asked_at), deadline, ctx.zone, ctx.workdays)
    stage = sum(1 for each in come if each <= ctx.unit.now)
    if stage <= approval.stage:
        return
    handed = _handed(ctx, approval) if stage > OVERDUE else []
    before, approval = approval.stage, hand_on(ctx, approval, stage=stage, to=handed)
    if stage <= OVERDUE:
        remind(ctx, approval)
    if before < OVERDUE <= stage:
        _tell_requester(ctx, approval)
    for principal, person in handed:
        _ask(ctx, approval, principal, person)


def remind(ctx: Context, approval: Approval) -> list[int]:
    """Write to those for whom it waits, with the card as it is now; give whom."""
    asked = []
    for person in asked_now(ctx, approval):
        ctx.hang(person, approval)
        asked.append(person.id)
    return asked


def asked_now(ctx: Context, approval: Approval) -> list[Person]:
    """List who can decide at this moment: those for whom it waits, and who stands in for them."""
    tally = tally_of(ctx.unit, approval)
    found: dict[int, Person] = {}
    stand_ins = [row for row in signers_of(ctx.unit, approval.id) if row.stands_for_id in tally.waiting]
    for id in (*tally.waiting, *(row.person_id for row in stand_ins)):
        person = ctx.person(id)
        delegate = _delegate_of(ctx, person, approval) if person is not None else None
        for each in (person, delegate):
            is_theirs = each is not None and each.id == approval.requester_id
            if each is not None and each.archived_at is None and not is_theirs:
                found[each.id] = each
    return list(found.values())


def _handed(ctx: Context, approval: Approval) -> list[tuple[int, int]]:
    """Pair each for whom it waits with who decides in their place: who stands in, else the next lead or admin.

    Nobody is asked twice, so that it cannot go round in a circle.
    """
    known = {row.person_id for row in signers_of(ctx.unit, approval.id)} | {approval.requester_id, approval.editor_id}
    pairs = []
    for principal in tally_of(ctx.unit, approval).waiting:
        person = ctx.person(principal)
        delegate = _delegate_of(ctx, person, approval) if person is not None else None
        chain = [*([delegate] if delegate is not None else []), *_leads(ctx, approval)]
        heir = next((each for each in chain if each.id not in known and _may_decide(ctx, approval, each)), None)
        if heir is not None:
            known.add(heir.id)
            pairs.append((principal, heir.id))
    return pairs


def _leads(ctx: Context, approval: Approval) -> list[Person]:
    """List the leads of the project, then other leads, then admins; nobody who is away."""
    given = roles_in(ctx.unit, approval.project_id) if approval.project_id is not None else {}
    ranked = []
    for person in all_people(ctx.unit):
        role = standing(person, given.get(person.id))
        if role in LEADS and not _is_off(ctx, person):
            ranked.append((given.get(person.id) != "lead", role != "lead", person.id, person))
    return [person for *_, person in sorted(ranked, key=lambda one: one[:3])]


def _may_decide(ctx: Context, approval: Approval, person: Person) -> bool:
    rights = rights_of(ctx.unit, person, here=approval.project_id)
    return person.archived_at is None and may(rights, "approval.decide", approval)


def _delegate_of(ctx: Context, person: Person, approval: Approval) -> Person | None:
    """Find who stands in for somebody who is away today, on their own wall, and may decide on this amount."""
    away = away_on(ctx.unit, person.id, _today_of(ctx, person))
    if away is None or away.is_over or not away.covers(approval.amount_minor, approval.currency):
        return None
    return ctx.person(away.delegate_id)


def _is_off(ctx: Context, person: Person) -> bool:
    return away_on(ctx.unit, person.id, _today_of(ctx, person)) is not None


def _today_of(ctx: Context, person: Person) -> date:
    return ctx.unit.now.astimezone(zone_of(person.timezone, ctx.zone.key)).date()


def _whole_minute(at: datetime) -> datetime:
    """Round an instant up to a minute, for slots have no seconds."""
    return at if at.second == at.microsecond == 0 else at.replace(second=0, microsecond=0) + timedelta(minutes=1)


def _tell_requester(ctx: Context, approval: Approval) -> None:
    """Tell who asked that nobody has decided, and who is being asked."""
    requester = ctx.person(approval.requester_id)
    if requester is None or requester.archived_at is not None:
        return
    view = ctx.seen_by(requester)
    waiting = people(view, tally_of(ctx.unit, approval).waiting)
    line = view.line("{approval} is not decided yet: it waits for {people}, who were reminded twice.",
                     approval=named(view, approval), people=waiting)  # fmt: skip
    note = Note(view.line("Half a working day from now I ask who stands in for them."))
    ctx.send(requester, Reply(parts=(Text(line), note), to="direct", about=view.ref(approval)))


def _ask(ctx: Context, approval: Approval, principal: int, person: int) -> None:
    """Hang the card with who decides in somebody's place, and tell the others that it went there."""
    heir = ctx.person(person)
    if heir is None:
        return
    view = ctx.seen_by(heir)
    line = view.line("{who} has not decided {approval} in time. You can decide in their place:",
                     who=view.who(principal), approval=named(view, approval))  # fmt: skip
    ctx.send(heir, Reply(parts=(Text(line),), to="direct", about=view.ref(approval)))
    ctx.hang(heir, approval)
