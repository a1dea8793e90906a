"""Approvals: what others must agree to is asked for in a sentence, and decided in the thread, once, by who may.

The card hangs in the chat and with each who decides, and is edited everywhere when it is decided. What counts as a
decision is for decisions.py alone; here are the sentences that lead there, and what is told afterwards.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from commands import decisions
from commands.approval_cards import row, to_decide
from commands.approval_clock import await_clock, remind
from commands.approval_effects import hold_task
from commands.approval_routes import (
    FOUR_EYES,
    Route,
    limit_here,
    needed_quorum,
    quorum_for,
    required_by,
    route_for,
    route_of,
)
from commands.approval_words import aware, money_of, named, people, stamp
from commands.budget_words import Category, category_in
from commands.core.arguments import Lines, Prose, Seen
from commands.core.command import command, finds
from commands.core.context import Context
from commands.core.errors import Aside, Asked, Refused, Wanting
from commands.core.event import Json
from commands.core.reply import Button, Code, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.core.retyping import retyped
from commands.decisions import (
    Choice,
    Shown,
    tally_of,
)
from commands.discretion import without_marked_word
from commands.grammar.money import Money
from commands.grammar.offers import is_offer, read_offer
from commands.grammar.when import When
from commands.price_checks import Request, note_trips, red_of, trip_line, trips_of
from commands.price_guards import Knowing, refuse_too_few
from commands.words.catalog import msg
from commands.words.money import amount as amount_words
from storage.approvals import Approval, Signer, approval_numbered, asked_by
from storage.people import Person
from storage.tasks import Task, end_of
from storage.unit import Unit
from storage.workspaces import next_number

URGED_EACH: Final = timedelta(hours=4)
LISTED: Final = 10
TITLE_CHARS: Final = 200
NOTE_CHARS: Final = 2_000


class Cause(StrEnum):
    """Say what kind of thing is asked for; the values are what the catalogs call it."""

    COST = "a cost"
    PLAN = "a plan"
    DESIGN = "a design"
    PRICE = "a price"
    COUPON = "a coupon"
    DATE = "a date change"
    SCOPE = "a scope change"
    PURCHASE = "a purchase"
    ACCESS = "an access"
    CUSTOM = "anything else"

    @property
    def stored(self) -> str:
        """The word that the table holds; a coupon is a price."""
        return "price" if self is Cause.COUPON else self.name.lower()


class Mode(StrEnum):
    """Say how many must agree; the values are what the catalogs call it."""

    ANY = "any signer"
    ALL = "every signer"
    MAJORITY = "most signers"
    ORDER = "signers in order"

    @property
    def stored(self) -> str:
        """The word that the table holds."""
        return self.name.lower()


SPENDS: Final = frozenset({Cause.COST, Cause.PURCHASE})
"""What cannot be decided without an amount."""


@finds("approval", letter="A", record=Approval)
def find(unit: Unit, number: int) -> Approval | None:
    """Find an approval by number."""
    return approval_numbered(unit, number)


@command(
    "approval add",
    may="approval.edit",
    examples=("审批 费用 ¥30,000 追加抖音投放 @王总 周五前", "approval cost $1,200 More ads @kate by friday"),
)
def add(
    ctx: Context,
    title: Prose | None = None,
    kind: Cause | None = None,
    amount: Money | None = None,
    approvers: tuple[Person, ...] = (),
    deadline: When | None = None,
    mode: Mode | None = None,
    task: Task | None = None,
    category: Category | None = None,
    note: Lines | None = None,
) -> Reply:
    """Ask for an approval: what, how much, who decides, until when; alone it lists them."""
    here = None if task is not None else _of_this_thread(ctx)
    if not (title or kind or amount or approvers or deadline or task):
        if here is None:
            return list_(ctx)
        raise _what_for(ctx, here)
    task = task or here
    first, _, rest = (title or "").strip().partition("\n")
    category = category or category_in(ctx, Prose(first))[0]
    said = _title(ctx, first, task)
    kind = kind or _kind_of(ctx, said, amount)
    if kind is Cause.COUPON and not read_offer(said).is_coupon:
        said = f"{ctx.words.forms(kind.value)[0]} {said}"[:TITLE_CHARS]
    if kind in SPENDS and amount is None:
        example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
        raise Wanting("amount", ctx.line("How much is it? Example: {example}", example=example))
    said, is_marked = without_marked_word(ctx, said)
    ends = _deadline(ctx, deadline)
    red = trips_of(ctx, Request(ctx.project, said, amount)) if kind.stored == "price" else []
    route = route_for(ctx, [person.id for person in approvers], amount, kind=kind.stored,
                      least=FOUR_EYES if red else 1)  # fmt: skip
    number = next_number(ctx.unit, "approval")
    schedule = await_clock(ctx, number, ctx.unit.now, ends)
    approval = ctx.unit.add(
        Approval,
        number=number,
        project_id=ctx.project,
        task_id=task.id if task is not None else None,
        requester_id=ctx.me.id,
        editor_id=ctx.me.id,
        kind=kind.stored,
        title=said,
        note=_note(note or rest),
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else None,
        category=category.stored if category else None,
        mode=route.mode or (mode or Mode.ANY).stored,
        quorum=route.quorum,
        edited_at=ctx.unit.now,
        asked_at=ctx.unit.now,
        deadline_at=ends,
        schedule_id=schedule,
        is_confidential=is_marked or (task is not None and task.is_confidential),
    )
    for place, person in enumerate(route.signers, start=1):
        is_required = person in route.required
        ctx.unit.add(Signer, approval_id=approval.id, person_id=person, place=place, is_required=is_required)
    note_trips(ctx, approval)
    hold_task(ctx, approval)
    remind(ctx, approval)
    if approval.is_confidential and ctx.chat.kind == "group":  # where its card cannot hang
        ctx.hang(ctx.me, approval, severity="asked")
    return Reply(parts=tuple(_asked(ctx, approval, route)), about=ctx.ref(approval))


@command(
    "approval approve",
    may="approval.view",
    undo="approval retract",
    examples=("同意 A-1", "approve A-1", "同意 A-1 确认 预算内", "approve A-1 sure within budget"),
)
def approve(
    ctx: Context,
    approval: Approval | None = None,
    amount: Seen | None = None,
    comment: Prose | None = None,
    sure: decisions.Sure | None = None,
    knowing: Knowing | None = None,
) -> Reply:
    """Approve; above the limit with a word why."""
    is_sure = sure is not None or ctx.call.version is not None  # a form and a button were read; words may limit a yes
    shown = Shown(ctx.call.version, amount, is_sure or knowing is not None, is_red=knowing is not None)
    return _decide(ctx, approval, "approve", shown, reason=comment)


@command(
    "approval reject",
    may="approval.view",
    undo="approval retract",
    examples=("拒绝 A-1 太贵", "reject A-1 too expensive"),
)
def reject(ctx: Context, approval: Approval | None = None, reason: Prose | None = None) -> Reply:
    """Reject what waits for your decision, with the reason."""
    return _decide(ctx, approval, "reject", Shown(ctx.call.version), reason=reason)


@command(
    "approval return",
    may="approval.view",
    undo="approval retract",
    examples=("退回修改 A-1 请附报价单", "send back A-1 please add the quotes"),
)
def return_(ctx: Context, approval: Approval | None = None, reason: Prose | None = None) -> Reply:
    """Send an approval back to be changed, and say what is missing."""
    return _decide(ctx, approval, "return", Shown(ctx.call.version), reason=reason)


@command(
    "approval counter",
    may="approval.view",
    undo="approval retract",
    examples=("改金额同意 A-1 ¥20,000 先投一半", "approve less A-1 $800 half of it first"),
)
def counter(
    ctx: Context, approval: Approval, amount: Money, comment: Prose | None = None, knowing: Knowing | None = None
) -> Reply:
    """Approve less than was asked for; others who must agree decide on that amount."""
    shown = Shown(ctx.call.version, is_red=knowing is not None)
    return _decide(ctx, approval, "approve", shown, reason=comment, instead=amount)


@command("approval retract", may="approval.view", undo=None, examples=("撤回结论 A-1", "take back decision A-1"))
def retract(ctx: Context, approval: Approval) -> Reply:
    """Take back your decision on an approval, within ten minutes."""
    again = decisions.take_back(ctx, approval)
    line = ctx.line("Taken back: {approval} waits for a decision again.", approval=named(ctx, again))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(again))


@command("approval withdraw", may="approval.edit", undo=None, examples=("撤回审批 A-1", "withdraw approval A-1"))
def withdraw(ctx: Context, approval: Approval) -> Reply:
    """Withdraw what you asked for."""
    closed = decisions.withdraw(ctx, approval)
    again = ctx.button(ctx.t("Ask again"), "approval reopen", {"approval": ctx.ref(closed).label})
    line = ctx.line("Withdrawn: {approval}.", approval=named(ctx, closed))
    return Reply(parts=(Text(line),), buttons=(again,), to="private", about=ctx.ref(closed))


@command(
    "approval reopen",
    may="approval.edit",
    undo=None,
    examples=("重新发起 A-1 下周五前", "ask again A-1 by next friday", "重新发起 A-1"),
)
def reopen(ctx: Context, approval: Approval, deadline: When | None = None) -> Reply:
    """Ask once more for what has expired, was sent back or withdrawn."""
    opened = decisions.reopen(ctx, approval, deadline_at=_deadline(ctx, deadline))
    line = ctx.line("Asked again: {approval}.", approval=named(ctx, opened))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(opened))


@command(
    "approval amend",
    may="approval.edit",
    undo=None,
    examples=("改审批 A-1 ¥25,000", "change approval A-1 $900"),
)
def amend(
    ctx: Context,
    approval: Approval,
    amount: Money | None = None,
    title: Prose | None = None,
    deadline: When | None = None,
    note: Lines | None = None,
) -> Reply:
    """Change what you ask for; whoever has decided already must decide again."""
    said = title.strip()[:TITLE_CHARS] if title else None
    if not (amount or said or deadline or note):
        example = Code(ctx.say("approval amend", ctx.ref(approval).label, "¥25,000"))
        raise Wanting("amount", ctx.line("What shall it be? Example: {example}", example=example))
    money = amount or money_of(approval)
    quorum, signers = needed_quorum(ctx, approval, title=said, money=amount), tally_of(ctx.unit, approval).signers
    red = red_of(ctx, approval, title=said, money=amount)
    refuse_too_few(ctx, approval, red, able=len(signers), needed=quorum if red else 1)
    quorum = max(quorum, quorum_for(ctx, money, but=approval.id, of=approval))
    if len(signers) < quorum:
        example = Code(ctx.say("approval signer", ctx.ref(approval).label, ctx.t("@name")))
        raise Refused(ctx.line("From {limit} on two people must agree. Add somebody first: {example}",
                               limit=limit_here(ctx, of=approval), example=example))  # fmt: skip
    ends = _deadline(ctx, deadline)
    route = route_of(ctx, approval.kind, money, of=approval)
    required, mode = (required_by(ctx, route, of=approval), route.mode) if route is not None else ((), None)
    altered = decisions.alter(ctx, approval, title=said, note=_note(note), money=amount, quorum=quorum,
                              deadline_at=ends, required=required, mode=mode)  # fmt: skip
    line = ctx.line("Changed: {approval}. Everybody decides anew.", approval=named(ctx, altered))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(altered))


@command("approval urge", may="approval.edit", undo=None, examples=("催审批 A-1", "urge approval A-1"))
def urge(ctx: Context, approval: Approval) -> Reply:
    """Remind those for whom your approval waits; once in four hours."""
    ref = Strong(ctx.ref(approval).label)
    if ctx.me.id != approval.requester_id:
        raise Refused(decisions.not_mine(ctx, approval))
    if approval.state != "pending":
        raise Refused(decisions.closed_line(ctx, approval))
    again = aware(approval.urged_at) + URGED_EACH if approval.urged_at else None
    if again is not None and again > ctx.unit.now:
        raise Refused(ctx.line("They were reminded of {approval} a while ago; again from {at} on.", approval=ref,
                               at=ctx.clock(again)))  # fmt: skip
    reminded = remind(ctx, ctx.unit.change(approval, urged_at=ctx.unit.now))
    line = ctx.line("Reminded directly of {approval}: {people}.", approval=ref, people=people(ctx, reminded))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(approval))


@command("approval list", may="approval.view", reads=True, examples=("审批列表", "approvals"))
def list_(ctx: Context) -> Reply:
    """List what waits for your decision, then what you asked for."""
    mine, asked = to_decide(ctx, ctx.me.id), asked_by(ctx.unit, ctx.me.id, most=LISTED)
    title: Line = (ctx.t("Approvals"),)
    if not mine and not asked:
        example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
        line = ctx.line("Nothing waits for you. To ask for something: {example}", example=example)
        return Reply(title=title, parts=(Text(line),), buttons=(_begins(ctx),), to="private")
    parts: list[Part] = []
    if mine:
        parts += [_heading(ctx, msg("Your decision"), len(mine)), _rows(ctx, mine, decides=True)]
    if asked:
        parts += [_heading(ctx, msg("You asked for"), len(asked)), _rows(ctx, asked, decides=False)]
    return Reply(title=title, parts=tuple(parts), buttons=(_begins(ctx),), to="private")


def _begins(ctx: Context) -> Button:
    """Give the button that opens the form of a request."""
    example = ctx.t("approval cost $1,200 More ads @kate by friday")
    return ctx.button(ctx.t("Ask for approval…"), "approval add", {"?": "title"}, typed=example)


def _decide(
    ctx: Context,
    approval: Approval | None,
    choice: Choice,
    shown: Shown,
    *,
    reason: str | None = None,
    instead: Money | None = None,
) -> Reply:
    """Pass a decision on to where it is made, with what the person saw."""
    meant = approval or _in_this_thread(ctx, choice)
    decided = decisions.decide(ctx, meant, choice, shown=shown, reason=reason, instead=instead)
    if decided.state == "pending":
        waiting = people(ctx, tally_of(ctx.unit, decided).waiting)
        line = ctx.line("Your decision on {approval} is noted. It waits for {people} too.",
                        approval=named(ctx, decided), people=waiting)  # fmt: skip
    else:
        line = ctx.line("{approval} · {stamp}. You can take it back within ten minutes.", approval=named(ctx, decided),
                        stamp=stamp(ctx, decided))  # fmt: skip
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(decided))


def _in_this_thread(ctx: Context, choice: Choice) -> Approval:
    """Find the approval in whose thread this was said; what was shown last is not enough for a decision.

    Raises:
        Aside: it was said elsewhere.
    """
    thread = ctx.thread
    found = ctx.unit.get(Approval, thread.id) if thread is not None and thread.kind == "approval" else None
    if found is not None:
        ctx.must("approval.view", found)
        return found
    mine = to_decide(ctx, ctx.me.id)
    if not mine:
        raise Aside(ctx.line("Nothing waits for your decision. See what there is: {list}",
                             list=Code(ctx.say("approval list"))))  # fmt: skip
    buttons = tuple(
        ctx.button(ctx.t("Look at {approval}", approval=ctx.ref(each).label), "approval show",
                   {"approval": ctx.ref(each).label})
        for each in mine[:LISTED // 2]
    )  # fmt: skip
    refs = _refs(ctx, mine)
    line = ctx.line("Which one is meant? Say it in the thread of the card, or with its number: {refs}", refs=refs)
    raise Aside(line, buttons)


def _of_this_thread(ctx: Context) -> Task | None:
    """Find the task in whose thread, or on whose card, this was said; it must be open to this person."""
    thread = ctx.thread
    found = ctx.unit.get(Task, thread.id) if thread is not None and thread.kind == "task" else None
    if found is None or found.archived_at is not None:
        return None
    ctx.must("approval.edit", found)
    return found


def _what_for(ctx: Context, task: Task) -> Wanting:
    """Ask what shall be approved for a task, by a form that keeps the task."""
    example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
    line = ctx.line("What shall be approved for {task}? Example: {example}", example=example,
                    task=(Strong(ctx.ref(task).label), f" {task.title}"))  # fmt: skip
    return Wanting("title", line, read={"task": ctx.ref(task).label, "title": task.title})


def _refs(ctx: Context, approvals: Sequence[Approval]) -> Line:
    """Name several approvals in a row."""
    return (ctx.t(", ").join(f"{ctx.ref(each).label} {each.title}" for each in approvals[:LISTED]),)


def _kind_of(ctx: Context, title: str, amount: Money | None) -> Cause:
    """Tell what kind of thing is asked for where nobody said it.

    Raises:
        Asked: the amount may be a new price, which other rules hold for than for a cost.
    """
    if not is_offer(title):
        return Cause.COST if amount else Cause.CUSTOM
    if amount is None:
        return Cause.PRICE
    buttons = []
    for kind in (Cause.PRICE, Cause.COST):
        args: dict[str, Json] = {**ctx.call.args, "kind": kind.value}
        buttons.append(Button(ctx.words.forms(kind.value)[0], "approval add", args, retyped(ctx, "approval add", args)))
    line = ctx.line("Is {amount} the new price, or what it costs?", amount=Strong(amount_words(amount)))
    raise Asked(line, tuple(buttons))


def _title(ctx: Context, title: str | None, task: Task | None) -> str:
    said = " ".join((title or "").split())[:TITLE_CHARS]
    if said:
        return said
    if task is not None:
        return task.title
    example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
    raise Wanting("title", ctx.line("What is it for? Example: {example}", example=example))


def _note(said: str | None) -> str | None:
    """Give what is added to a title, cut; None for nothing."""
    return (said or "").strip()[:NOTE_CHARS] or None


def _deadline(ctx: Context, deadline: When | None) -> datetime | None:
    """Give the instant after which nobody can decide any more."""
    if deadline is None:
        return None
    ends = deadline.at or end_of(deadline.on, None, ctx.zone.key)
    if ends is not None and ends <= ctx.unit.now:
        raise Refused(ctx.line("{day} has passed already. Name a day to come.", day=ctx.due(deadline.on, deadline.at)))
    return ends


def _asked(ctx: Context, approval: Approval, route: Route) -> list[Part]:
    """Say what was asked for, and who decides; those whom nobody named with the reason."""
    line = ctx.line("Asked for {approval}: {people} decides.", approval=named(ctx, approval),
                    people=people(ctx, route.signers))  # fmt: skip
    parts: list[Part] = [Text(line)]
    if route.required:
        parts.append(Note(ctx.line("By the route for it, {people} must agree.", people=people(ctx, route.required))))
    red = red_of(ctx, approval)
    parts += [Text(("🔴 ", *trip_line(ctx, each))) for each in red]
    if route.quorum > 1 and not red:
        parts.append(Note(ctx.line("From {limit} on two people must agree.", limit=limit_here(ctx))))
    return parts


def _heading(ctx: Context, message: str, count: int) -> Text:
    return Text((Strong(f"{ctx.t(message)} · {count}"),))


def _rows(ctx: Context, approvals: Sequence[Approval], *, decides: bool) -> Listing:
    items: tuple[Item, ...] = tuple(row(ctx, each, decides=decides) for each in approvals[:LISTED])
    return Listing(items)
