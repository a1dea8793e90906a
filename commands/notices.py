"""Notices: tell people something, and count who confirms it, instead of reading forty lines that do.

Those who have not confirmed are reminded directly after two working hours, and one working day later the author is told
who they are; what is urgent waits a quarter of an hour and an hour. Who is away is left out, and told when back.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Final

from commands.core.access import LEADS
from commands.core.arguments import Prose
from commands.core.command import card, command, finds, panel, routine
from commands.core.context import Context, View, zone_of
from commands.core.errors import Refused
from commands.core.event import Args
from commands.core.quiet import Severity
from commands.core.reply import Button, Code, Inline, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.timetable import instant_of
from commands.grammar.recurrence import Every, Recurrence
from commands.grammar.workdays import Workdays
from commands.schedules import SLOT, Occasion
from storage.away import Away, is_away
from storage.notices import (
    Notice,
    Receipt,
    counts_of_notices,
    newest_notices,
    notice_numbered,
    receipt_of,
    receipts_of,
    spared_notices,
)
from storage.people import Person
from storage.schedules import Schedule, wait_for
from storage.unit import Unit
from storage.workspaces import next_number

NUDGED_AFTER: Final = timedelta(hours=2)
"""Of working time."""
URGENT_AFTER: Final = (timedelta(minutes=15), timedelta(hours=1))
"""When an urgent notice is reminded of, and when its author is told; at any hour."""
WORK_BEGINS: Final = time(9)
WORK_ENDS: Final = time(18)
URGED_EACH: Final = timedelta(hours=4)
LISTED: Final = 15
NAMED: Final = 15
"""People whom a card names; the others are counted."""
ROW_CHARS: Final = 40


@finds("notice", letter="N", record=Notice)
def find(unit: Unit, number: int) -> Notice | None:
    """Find a notice by number."""
    return notice_numbered(unit, number)


@command(
    "notice add",
    may="notice.edit",
    examples=("通知 优惠券规则改为不可叠加 @客服组", "notice Coupons no longer stack @ann @bob"),
)
def add(ctx: Context, text: Prose, people: tuple[Person, ...]) -> Reply:
    """Tell people or teams something, and see who has confirmed it."""
    return _issue(ctx, text, people, is_urgent=False)


@command(
    "notice urgent",
    may="notice.edit",
    examples=("紧急通知 全店停用满减券 @客服组", "urgent notice Stop all coupons now @ann @bob"),
)
def urgent(ctx: Context, text: Prose, people: tuple[Person, ...]) -> Reply:
    """Tell people something that cannot wait: they are reminded after a quarter of an hour."""
    return _issue(ctx, text, people, is_urgent=True)


@command("notice confirm", may="notice.comment", examples=("收到 N-1", "got it N-1"))
def confirm(ctx: Context, notice: Notice) -> Reply:
    """Confirm that you know of a notice."""
    receipt, ref = receipt_of(ctx.unit, notice.id, ctx.me.id), Strong(ctx.ref(notice).label)
    if receipt is None:
        line = ctx.line("Nobody waits for you to confirm {notice}.", notice=ref)
        return Reply(parts=(Text(line),), to="private", about=ctx.ref(notice))
    if receipt.confirmed_at is not None:
        at = ctx.clock(receipt.confirmed_at)
        line = ctx.line("You confirmed {notice} at {at} already.", notice=ref, at=at)
        return Reply(parts=(Text(line),), to="private", about=ctx.ref(notice))
    ctx.unit.change(receipt, confirmed_at=ctx.unit.now, is_spared=False)
    ctx.unit.touch("notice", notice.id)
    confirmed, asked = counts_of_notices(ctx.unit, [notice.id]).get(notice.id, (1, 1))
    line = ctx.line("Confirmed {notice}: {confirmed} of {asked}.", notice=ref, confirmed=confirmed, asked=asked)
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(notice))


@command("notice urge", may="notice.comment", undo=None, examples=("催确认 N-1", "urge N-1"))
def urge(ctx: Context, notice: Notice) -> Reply:
    """Remind those who have not confirmed a notice; once in four hours."""
    ref, missing = Strong(ctx.ref(notice).label), _missing(ctx.unit, notice)
    if not _may_urge(ctx, notice):
        line = ctx.line("Only {who}, who sent {notice}, or a lead can remind them.", who=ctx.who(notice.creator_id),
                        notice=ref)  # fmt: skip
        raise Refused(line)
    if not missing:
        raise Refused(ctx.line("Everybody has confirmed {notice}.", notice=ref))
    again = notice.urged_at + URGED_EACH if notice.urged_at else None
    if again is not None and again > ctx.unit.now:
        raise Refused(ctx.line("They were reminded of {notice} a while ago; again from {at} on.", notice=ref,
                               at=ctx.clock(again)))  # fmt: skip
    reminded = _remind(ctx, notice, missing)
    if not reminded:
        raise Refused(ctx.line("All who have not confirmed {notice} are away.", notice=ref))
    ctx.unit.change(notice, urged_at=ctx.unit.now)
    line = ctx.line("Reminded directly of {notice}: {people}.", notice=ref, people=_names(ctx, reminded))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(notice))


@command("notice list", may="notice.view", reads=True, examples=("通知列表", "notices"))
def list_(ctx: Context) -> Reply:
    """List the newest notices, and how many have confirmed each."""
    notices = newest_notices(ctx.unit, most=LISTED)
    title = (ctx.t("Notices"),)
    if not notices:
        example = Code(ctx.t("notice Coupons no longer stack @ann"))
        line = ctx.line("There are no notices yet. Send one: {example}", example=example)
        return Reply(title=title, parts=(Text(line),), to="private")
    counts = counts_of_notices(ctx.unit, [each.id for each in notices])
    items = tuple(_item(ctx, each, *counts.get(each.id, (0, 0))) for each in notices)
    return Reply(title=title, parts=(Listing(items),), to="private")


@command("notice show", may="notice.view", reads=True, examples=("谁没确认 N-1", "show notice N-1"))
def show(ctx: Context, notice: Notice) -> Reply:
    """Show who has confirmed a notice, who has not, and who is away."""
    receipts = receipts_of(ctx.unit, notice.id)
    parts: list[Part] = [Text((notice.text,))]
    for heading, those in (
        (ctx.t("Not confirmed"), [each for each in receipts if each.confirmed_at is None and not each.is_spared]),
        (ctx.t("Confirmed"), [each for each in receipts if each.confirmed_at is not None]),
        (ctx.t("Away"), [each for each in receipts if each.confirmed_at is None and each.is_spared]),
    ):
        if those:
            people = [each.person_id for each in those]
            parts.append(Text((Strong(f"{heading} · {len(those)}"), " ", *_names(ctx, people, most=len(people)))))
    mine = receipt_of(ctx.unit, notice.id, ctx.me.id)
    buttons: tuple[Button, ...] = (
        (_confirm_button(ctx, notice),) if mine is not None and mine.confirmed_at is None else ()
    )
    if _missing(ctx.unit, notice) and _may_urge(ctx, notice):
        buttons += (ctx.button(ctx.t("Remind them"), "notice urge", {"notice": ctx.ref(notice).label}),)
    return Reply(title=_title(ctx, notice), parts=tuple(parts), buttons=buttons, to="private", about=ctx.ref(notice))


@routine("chase", may="notice.edit", within=timedelta(hours=12))
def chase(ctx: Context, occasion: Occasion) -> None:
    """Remind those who have not confirmed; the second time tell the author who they are."""
    notice = ctx.unit.get(Notice, int(occasion.schedule.options["notice"]))
    missing = _missing(ctx.unit, notice) if notice is not None and notice.archived_at is None else []
    if notice is None or not missing:
        ctx.unit.archive(occasion.schedule)
        return
    if notice.nudges == 0:
        _remind(ctx, notice, missing)
    else:
        ctx.unit.archive(occasion.schedule)
        author = ctx.person(notice.creator_id)
        if author is not None:
            ctx.send(author, _escalated(ctx.seen_by(author), notice, missing), severity=_severity(notice))
    ctx.unit.change(notice, nudges=notice.nudges + 1)


@card("notice")
def draw(view: View, notice: Notice) -> Reply:
    """Draw the one card of a notice, with the live count."""
    if notice.archived_at is not None:
        return Reply(title=_title(view, notice), parts=(Note((view.t("Taken back"),)),), about=view.ref(notice))
    receipts = receipts_of(view.unit, notice.id)
    asked = [each for each in receipts if not each.is_spared]
    missing = [each.person_id for each in asked if each.confirmed_at is None]
    confirmed = len(asked) - len(missing)
    count = view.line("Confirmed: {confirmed}/{asked}", confirmed=confirmed, asked=len(asked))
    if missing:
        count = (*count, *view.line(", not yet: {people}", people=_names(view, missing, pings=True)))
    elif asked:
        count = ("✅ ", *count)
    spared = [each.person_id for each in receipts if each.is_spared and each.confirmed_at is None]
    parts: list[Part] = [Text((notice.text,)), Text(count)]
    if spared:
        parts.append(Note(view.line("Away, told when back: {people}", people=_names(view, spared))))
    parts.append(Note(_origin(view, notice, bool(missing))))
    return Reply(
        title=_title(view, notice),
        health="red" if notice.is_urgent and missing else None,
        parts=tuple(parts),
        buttons=(_confirm_button(view, notice),) if missing or spared else (),
        about=view.ref(notice),
    )


@panel("return", order=20)
def missed(view: View, away: Away) -> Sequence[Part]:
    """Show somebody who is back which notices came meanwhile."""
    items = tuple(_missed(view, each) for each in spared_notices(view.unit, away.person_id))
    return (Text((Strong(f"{view.t('Notices')} · {len(items)}"),)), Listing(items)) if items else ()


def _issue(ctx: Context, text: str, people: Sequence[Person], *, is_urgent: bool) -> Reply:
    asked = [person for person in people if person.id != ctx.me.id]
    if not asked:
        raise Refused(ctx.line("Nobody but you is named. Name people or a team with @."))
    first, second = _times(ctx, is_urgent=is_urgent)
    notice = ctx.unit.add(
        Notice,
        number=next_number(ctx.unit, "notice"),
        project_id=ctx.project,
        creator_id=ctx.me.id,
        text=text,
        is_urgent=is_urgent,
        nudge_at=instant_of(first, ctx.zone),
        escalate_at=instant_of(second, ctx.zone),
    )
    rows = [{"notice_id": notice.id, "person_id": each.id, "is_spared": _is_off(ctx, each)} for each in asked]
    for row in rows:
        ctx.unit.add(Receipt, **row)
    _await_nudge(ctx, notice, first, second)
    return Reply(about=ctx.ref(notice), parts=(Text(ctx.line("Sent {notice}.", notice=Strong(ctx.ref(notice).label))),))


def _times(ctx: Context, *, is_urgent: bool) -> tuple[datetime, datetime]:
    """Give the two moments on the wall of this chat at which the clock comes for a notice."""
    now = ctx.unit.now.astimezone(ctx.zone).replace(tzinfo=None, second=0, microsecond=0)
    if is_urgent:
        first, second = (now + after for after in URGENT_AFTER)
        return first, second
    first = working(now, NUDGED_AFTER, ctx.workdays)
    day = Recurrence("workday").next_after(first.date(), ctx.workdays)
    return first, datetime.combine(day, first.time())


def working(local: datetime, span: timedelta, workdays: Workdays) -> datetime:
    """Add working time to a time on the wall: nine to six, on working days.

    >>> from commands.grammar.workdays import WEEKDAYS
    >>> working(datetime(2026, 11, 20, 17), timedelta(hours=2), WEEKDAYS)  # a Friday
    datetime.datetime(2026, 11, 23, 10, 0)
    """
    while True:
        begins, ends = (datetime.combine(local.date(), each) for each in (WORK_BEGINS, WORK_ENDS))
        local = max(local, begins)
        room = max(ends - local, timedelta(0)) if workdays.is_workday(local.date()) else timedelta(0)
        if span <= room:
            return local + span
        span -= room
        local = datetime.combine(local.date() + timedelta(days=1), WORK_BEGINS)


def _await_nudge(ctx: Context, notice: Notice, first: datetime, second: datetime) -> None:
    """Have the clock come at both moments; the rule leads from the first to the second."""
    every: Every = "day" if notice.is_urgent else "workday"
    schedule = ctx.unit.add(
        Schedule,
        number=next_number(ctx.unit, "schedule"),
        kind="chase",
        rule=Recurrence(every).canonical(),
        times=sorted({f"{each:%H:%M}" for each in (first, second)}),
        zone=ctx.zone.key,
        options={"notice": notice.id},
    )
    wait_for(ctx.unit, schedule.id, at=instant_of(first, ctx.zone), slot=first.strftime(SLOT))


def _missing(unit: Unit, notice: Notice) -> list[int]:
    receipts = receipts_of(unit, notice.id)
    return [each.person_id for each in receipts if each.confirmed_at is None and not each.is_spared]


def _remind(ctx: Context, notice: Notice, people: Sequence[int]) -> list[int]:
    """Write to each who has not confirmed and is not away; give whom."""
    reminded = []
    for id in people:
        person = ctx.person(id)
        if person is None or person.archived_at is not None or _is_off(ctx, person):
            continue
        view = ctx.seen_by(person)
        line = view.line("{who} waits for you to confirm this:", who=view.who(notice.creator_id))
        ctx.send(
            person,
            Reply(
                title=_title(view, notice),
                parts=(Text(line), Text((notice.text,))),
                buttons=(_confirm_button(view, notice),),
                to="direct",
                about=view.ref(notice),
            ),
            severity=_severity(notice),
        )
        reminded.append(id)
    return reminded


def _escalated(view: View, notice: Notice, missing: Sequence[int]) -> Reply:
    """Tell the author who has not confirmed in spite of a reminder."""
    line = view.line("Not confirmed yet by {people}. They were reminded once.", people=_names(view, missing))
    urges = view.button(view.t("Remind them"), "notice urge", {"notice": view.ref(notice).label})
    parts = (Text((notice.text,)), Text(line))
    return Reply(title=_title(view, notice), parts=parts, buttons=(urges,), to="direct", about=view.ref(notice))


def _severity(notice: Notice) -> Severity:
    return "urgent" if notice.is_urgent else "personal"


def _may_urge(ctx: Context, notice: Notice) -> bool:
    return ctx.me.id == notice.creator_id or ctx.rights.role in LEADS


def _is_off(ctx: Context, person: Person) -> bool:
    today = ctx.unit.now.astimezone(zone_of(person.timezone, ctx.zone.key)).date()
    return is_away(ctx.unit, person.id, today)


def _title(view: View, notice: Notice) -> Line:
    kind = view.t("Urgent notice") if notice.is_urgent else view.t("Notice")
    return (f"{view.ref(notice).label} {kind}",)


def _origin(view: View, notice: Notice, is_waiting: bool) -> Line:
    line = view.line("sent by {who}, {at}", who=view.who(notice.creator_id), at=view.clock(notice.created_at))
    if not is_waiting or notice.nudges > 1:
        return line
    if notice.nudges == 0:
        return (
            *line,
            " · ",
            *view.line("who has not confirmed is reminded at {at}", at=view.clock(_aware(notice.nudge_at))),
        )
    return (*line, " · ", *view.line("reminded; {who} is told {at}", who=view.who(notice.creator_id),
                                     at=view.clock(_aware(notice.escalate_at))))  # fmt: skip


def _confirm_button(view: View, notice: Notice) -> Button:
    args: Args = {"notice": view.ref(notice).label}
    return view.button(view.t("Got it"), "notice confirm", args, style="primary")


def _item(ctx: Context, notice: Notice, confirmed: int, asked: int) -> Item:
    head: Line = (Strong(ctx.ref(notice).label), f" {_short(notice.text)}")
    detail = ctx.line("Confirmed: {confirmed}/{asked}", confirmed=confirmed, asked=asked)
    return Item(head, (*detail, " · ", *ctx.line("sent by {who}, {at}", who=ctx.who(notice.creator_id),
                                                  at=ctx.clock(notice.created_at))))  # fmt: skip


def _missed(view: View, notice: Notice) -> Item:
    head: Line = (Strong(view.ref(notice).label), f" {_short(notice.text)}")
    return Item(head, button=_confirm_button(view, notice))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= ROW_CHARS else line[: ROW_CHARS - 1] + "…"


def _names(view: View, people: Sequence[int], *, most: int = NAMED, pings: bool = False) -> Line:
    names: list[Inline] = []
    for id in people[:most]:
        names += [*([view.t(", ")] if names else []), view.who(id, pings=pings)]
    left = len(people) - most
    return (*names, *([f" +{left}"] if left > 0 else []))


def _aware(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=UTC)
