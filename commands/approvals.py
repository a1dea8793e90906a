"""Approvals: what others must agree to is asked for in a sentence, and decided in the thread, once, by who may.

The card hangs in the chat and with each who decides, and is edited everywhere when it is decided. What counts as a
decision is for decisions.py alone; here are the sentences that lead there, and what is told afterwards.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from commands import decisions
from commands.approval_cards import row, to_decide
from commands.approval_clock import arrange, asked_now, await_clock, dismiss, remind
from commands.approval_routes import Route, is_decider, limit_for, limit_words, quorum_for, refuse_unable, route_for
from commands.approval_words import aware, money_of, named, people, stamp
from commands.core.arguments import Prose
from commands.core.command import command, finds
from commands.core.context import Context, View
from commands.core.errors import Aside, Refused, Wanting
from commands.core.facts import on
from commands.core.reply import Code, Item, Line, Listing, Note, Part, Reply, Strong, Text
from commands.decisions import (
    ApprovalAltered,
    ApprovalClosed,
    ApprovalFact,
    ApprovalReopened,
    ApprovalVoted,
    Choice,
    Shown,
    tally_of,
)
from commands.grammar.money import Money
from commands.grammar.when import When
from commands.roles import Reach
from commands.settings import Switch
from commands.waiting import TaskResumed
from commands.words.catalog import msg
from commands.words.money import amount as amount_words
from commands.words.money import amount_with_code
from storage.approvals import Approval, ApprovalLimit, Signer, approval_numbered, asked_by, limits
from storage.people import Person
from storage.tasks import Task, end_of, released
from storage.unit import Unit
from storage.workspaces import next_number

URGED_EACH: Final = timedelta(hours=4)
LISTED: Final = 10
TITLE_CHARS: Final = 200


class Cause(StrEnum):
    """Say what kind of thing is asked for; the values are what the catalogs call it."""

    COST = "a cost"
    PLAN = "a plan"
    DESIGN = "a design"
    PRICE = "a price"
    DATE = "a date change"
    SCOPE = "a scope change"
    PURCHASE = "a purchase"
    ACCESS = "an access"
    CUSTOM = "anything else"

    @property
    def stored(self) -> str:
        """The word that the table holds."""
        return self.name.lower()


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
    people: tuple[Person, ...] = (),
    until: When | None = None,
    mode: Mode | None = None,
    task: Task | None = None,
) -> Reply:
    """Ask for an approval: what, how much, who decides, until when; alone it lists them."""
    if not (title or kind or amount or people or until or task):
        return list_(ctx)
    said = _title(ctx, title, task)
    kind = kind or (Cause.COST if amount else Cause.CUSTOM)
    if kind in SPENDS and amount is None:
        example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
        raise Wanting("amount", ctx.line("How much is it? Example: {example}", example=example))
    deadline = _deadline(ctx, until)
    route = route_for(ctx, [person.id for person in people], amount)
    number = next_number(ctx.unit, "approval")
    schedule = await_clock(ctx, number, ctx.unit.now, deadline)
    approval = ctx.unit.add(
        Approval,
        number=number,
        project_id=ctx.project,
        task_id=task.id if task is not None else None,
        requester_id=ctx.me.id,
        editor_id=ctx.me.id,
        kind=kind.stored,
        title=said,
        amount_minor=amount.minor if amount else None,
        currency=amount.currency if amount else None,
        mode=(mode or Mode.ANY).stored,
        quorum=route.quorum,
        edited_at=ctx.unit.now,
        asked_at=ctx.unit.now,
        deadline_at=deadline,
        schedule_id=schedule,
    )
    for place, person in enumerate(route.signers, start=1):
        ctx.unit.add(Signer, approval_id=approval.id, person_id=person, place=place)
    _hold_task(ctx, approval)
    remind(ctx, approval)
    return Reply(parts=tuple(_asked(ctx, approval, route)), about=ctx.ref(approval))


@command(
    "approval approve",
    may="approval.view",
    undo="approval retract",
    examples=("同意 A-1", "approve A-1"),
)
def approve(ctx: Context, approval: Approval | None = None, amount: Money | None = None) -> Reply:
    """Approve what waits for your decision; an amount that is said must be the one asked for."""
    return _decide(ctx, approval, "approve", amount=amount)


@command(
    "approval reject",
    may="approval.view",
    undo="approval retract",
    examples=("拒绝 A-1 太贵", "reject A-1 too expensive"),
)
def reject(ctx: Context, approval: Approval | None = None, reason: Prose | None = None) -> Reply:
    """Reject what waits for your decision, with the reason."""
    return _decide(ctx, approval, "reject", reason=reason)


@command(
    "approval return",
    may="approval.view",
    undo="approval retract",
    examples=("退回修改 A-1 请附报价单", "send back A-1 please add the quotes"),
)
def return_(ctx: Context, approval: Approval | None = None, reason: Prose | None = None) -> Reply:
    """Send an approval back to be changed, and say what is missing."""
    return _decide(ctx, approval, "return", reason=reason)


@command(
    "approval counter",
    may="approval.view",
    undo="approval retract",
    examples=("改金额同意 A-1 ¥20,000", "approve less A-1 $800"),
)
def counter(ctx: Context, approval: Approval, amount: Money) -> Reply:
    """Approve less than was asked for; others who must agree decide on that amount."""
    return _decide(ctx, approval, "approve", instead=amount)


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
def reopen(ctx: Context, approval: Approval, until: When | None = None) -> Reply:
    """Ask once more for what has expired, was sent back or withdrawn."""
    opened = decisions.reopen(ctx, approval, deadline_at=_deadline(ctx, until))
    line = ctx.line("Asked again: {approval}.", approval=named(ctx, opened))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(opened))


@command(
    "approval amend",
    may="approval.edit",
    undo=None,
    examples=("改审批 A-1 ¥25,000", "change approval A-1 $900"),
)
def amend(
    ctx: Context, approval: Approval, amount: Money | None = None, title: Prose | None = None, until: When | None = None
) -> Reply:
    """Change what you ask for; whoever has decided already must decide again."""
    said = title.strip()[:TITLE_CHARS] if title else None
    if not (amount or said or until):
        example = Code(ctx.say("approval amend", ctx.ref(approval).label, "¥25,000"))
        raise Wanting("amount", ctx.line("What shall it be? Example: {example}", example=example))
    money = amount or money_of(approval)
    quorum = max(approval.quorum, quorum_for(ctx, money, but=approval.id))
    if len(tally_of(ctx.unit, approval).signers) < quorum:
        example = Code(ctx.say("approval signer", ctx.ref(approval).label, ctx.t("@name")))
        raise Refused(ctx.line("From {limit} on two people must agree. Add somebody first: {example}",
                               limit=_limit(ctx), example=example))  # fmt: skip
    altered = decisions.alter(ctx, approval, title=said, money=amount, quorum=quorum, deadline_at=_deadline(ctx, until))
    line = ctx.line("Changed: {approval}. Everybody decides anew.", approval=named(ctx, altered))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(altered))


@command("approval urge", may="approval.edit", undo=None, examples=("催审批 A-1", "urge approval A-1"))
def urge(ctx: Context, approval: Approval) -> Reply:
    """Remind those for whom your approval waits; once in four hours."""
    ref = Strong(ctx.ref(approval).label)
    if ctx.me.id != approval.requester_id:
        raise Refused(decisions.not_mine(ctx, approval))
    if approval.state != "pending":
        raise Refused(ctx.line("{approval} is closed already. {stamp}.", approval=ref, stamp=stamp(ctx, approval)))
    again = aware(approval.urged_at) + URGED_EACH if approval.urged_at else None
    if again is not None and again > ctx.unit.now:
        raise Refused(ctx.line("They were reminded of {approval} a while ago; again from {at} on.", approval=ref,
                               at=ctx.clock(again)))  # fmt: skip
    reminded = remind(ctx, ctx.unit.change(approval, urged_at=ctx.unit.now))
    line = ctx.line("Reminded directly of {approval}: {people}.", approval=ref, people=people(ctx, reminded))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(approval))


@command(
    "approval transfer",
    may="approval.view",
    undo=None,
    examples=("转交审批 A-1 @赵敏", "hand on approval A-1 @kate"),
)
def transfer(ctx: Context, approval: Approval, person: Person) -> Reply:
    """Hand your decision on to somebody else; it is told who did."""
    if ctx.me.id not in tally_of(ctx.unit, approval).signers:
        raise Refused(ctx.line("Only {people} can decide {approval}.", approval=Strong(ctx.ref(approval).label),
                               people=people(ctx, tally_of(ctx.unit, approval).waiting)))  # fmt: skip
    _refuse_signer(ctx, approval, [person])
    changed = decisions.resign(ctx, approval, add=[person.id], drop=[ctx.me.id])
    message = msg("{who} handed the decision on {approval} on to {person}.")
    ctx.tell(changed.requester_id, message, about=ctx.ref(changed), who=ctx.who(ctx.me.id),
             approval=named(ctx, changed), person=ctx.who(person.id))  # fmt: skip
    return _signers_said(ctx, changed)


@command("approval signer", may="approval.view", undo=None, examples=("加签 A-1 @赵敏", "add signer A-1 @kate"))
def signer(ctx: Context, approval: Approval, people: tuple[Person, ...]) -> Reply:
    """Have others decide too; votes that were cast count no longer."""
    _refuse_signer(ctx, approval, people)
    return _signers_said(ctx, decisions.resign(ctx, approval, add=[person.id for person in people]))


@command("approval unsign", may="approval.view", undo=None, examples=("减签 A-1 @王总", "remove signer A-1 @kate"))
def unsign(ctx: Context, approval: Approval, people: tuple[Person, ...]) -> Reply:
    """Have somebody decide no longer; votes that were cast count no longer."""
    dropped = [person.id for person in people]
    if ctx.me.id != approval.requester_id and dropped != [ctx.me.id]:
        raise Refused(decisions.not_mine(ctx, approval))
    changed = decisions.resign(ctx, approval, drop=dropped)
    for person in people:
        ctx.tell(person.id, msg("You need not decide {approval} any more, says {who}."), approval=named(ctx, changed),
                 who=ctx.who(ctx.me.id), about=ctx.ref(changed))  # fmt: skip
    return _signers_said(ctx, changed)


@command("approval list", may="approval.view", reads=True, examples=("审批列表", "approvals"))
def list_(ctx: Context) -> Reply:
    """List what waits for your decision, then what you asked for."""
    mine, asked = to_decide(ctx, ctx.me.id), asked_by(ctx.unit, ctx.me.id, most=LISTED)
    title: Line = (ctx.t("Approvals"),)
    if not mine and not asked:
        example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
        line = ctx.line("Nothing waits for you. To ask for something: {example}", example=example)
        return Reply(title=title, parts=(Text(line),), to="private")
    parts: list[Part] = []
    if mine:
        parts += [_heading(ctx, msg("Your decision"), len(mine)), _rows(ctx, mine, decides=True)]
    if asked:
        parts += [_heading(ctx, msg("You asked for"), len(asked)), _rows(ctx, asked, decides=False)]
    return Reply(title=title, parts=tuple(parts), to="private")


@command(
    "approval limit",
    may="approval.limit",
    examples=("审批限额 ¥10,000", "approval limit $5,000 everywhere", "审批限额"),
)
def limit(ctx: Context, amount: Money | None = None, reach: Reach = Reach.HERE, state: Switch | None = None) -> Reply:
    """Say from which amount on two people must agree: in this project, or everywhere."""
    if amount is None and state is None:
        return Reply(parts=(Text(_limit_line(ctx)),), to="private")
    if reach is Reach.EVERYWHERE:
        ctx.must("workspace.roles")
    elif ctx.project is None:
        raise Refused(ctx.line("Say it in the project's chat, or: {everywhere}", everywhere=Code(
            ctx.say("approval limit", "¥10,000", ctx.words.forms(Reach.EVERYWHERE.value)[0]))))  # fmt: skip
    place = None if reach is Reach.EVERYWHERE else ctx.project
    known = limits(ctx.unit).get(place)
    if amount is None:
        if known is not None:
            ctx.unit.archive(known)
    elif known is not None:
        ctx.unit.change(known, amount_minor=amount.minor, currency=amount.currency)
    else:
        ctx.unit.add(ApprovalLimit, project_id=place, amount_minor=amount.minor, currency=amount.currency)
    return Reply(parts=(Text(_limit_line(ctx)),), to="private")


# -- what follows ---------------------------------------------------------------------------------------


@on(ApprovalClosed)
def after_closing(ctx: Context, fact: ApprovalFact) -> None:
    """Tell who asked, let the task go on that waited for a yes, and stop the clock."""
    approval = ctx.unit.must_get(Approval, fact.approval.id)
    dismiss(ctx.unit, approval)
    if approval.state in ("approved", "withdrawn"):
        _release_task(ctx, approval)
    if approval.state != "withdrawn":
        _write_to(ctx, approval.requester_id, lambda view: _outcome(view, approval))


@on(ApprovalVoted)
def after_a_vote(ctx: Context, fact: ApprovalVoted) -> None:
    """Where one follows the other, ask the next."""
    approval = ctx.unit.must_get(Approval, fact.approval.id)
    if approval.mode == "order":
        remind(ctx, approval)


@on(ApprovalAltered, ApprovalReopened)
def after_a_change(ctx: Context, fact: ApprovalFact) -> None:
    """Have the clock begin anew, the task wait again, and those decide who can now."""
    approval = ctx.unit.must_get(Approval, fact.approval.id)
    approval = ctx.unit.change(approval, schedule_id=arrange(ctx, approval))
    _hold_task(ctx, approval)
    for person in asked_now(ctx, approval):
        if person.id != ctx.me.id:
            ctx.hang(person, approval)
    if isinstance(fact, ApprovalReopened):
        message = msg("{approval} waits for a decision again.")
        ctx.tell(approval.requester_id, message, about=ctx.ref(approval), approval=named(ctx, approval))


def _decide(
    ctx: Context,
    approval: Approval | None,
    choice: Choice,
    *,
    amount: Money | None = None,
    reason: str | None = None,
    instead: Money | None = None,
) -> Reply:
    """Pass a decision on to where it is made, with what the person saw."""
    meant = approval or _in_this_thread(ctx, choice)
    shown = Shown(ctx.call.version, amount)
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


def _refs(ctx: Context, approvals: Sequence[Approval]) -> Line:
    """Name several approvals in a row."""
    return (ctx.t(", ").join(f"{ctx.ref(each).label} {each.title}" for each in approvals[:LISTED]),)


def _title(ctx: Context, title: str | None, task: Task | None) -> str:
    said = " ".join((title or "").split())[:TITLE_CHARS]
    if said:
        return said
    if task is not None:
        return task.title
    example = Code(ctx.t("approval cost $1,200 More ads @kate by friday"))
    raise Wanting("title", ctx.line("What is it for? Example: {example}", example=example))


def _deadline(ctx: Context, until: When | None) -> datetime | None:
    """Give the instant after which nobody can decide any more."""
    if until is None:
        return None
    ends = until.at or end_of(until.on, None, ctx.zone.key)
    if ends is not None and ends <= ctx.unit.now:
        raise Refused(ctx.line("{day} has passed already. Name a day to come.", day=ctx.due(until.on, until.at)))
    return ends


def _asked(ctx: Context, approval: Approval, route: Route) -> list[Part]:
    """Say what was asked for, and who decides; those whom nobody named with the reason."""
    line = ctx.line("Asked for {approval}: {people} decides.", approval=named(ctx, approval),
                    people=people(ctx, route.signers))  # fmt: skip
    parts: list[Part] = [Text(line)]
    if route.quorum > 1:
        parts.append(Note(ctx.line("From {limit} on two people must agree.", limit=_limit(ctx))))
    return parts


def _limit(ctx: Context) -> Strong:
    known = limit_for(ctx)
    return limit_words(ctx, known) if known is not None else Strong("—")


def _limit_line(ctx: Context) -> Line:
    known = limit_for(ctx)
    if known is None:
        example = Code(ctx.say("approval limit", "¥10,000"))
        return ctx.line(
            "No limit is set: one person decides, whatever the amount. To set one: {example}", example=example
        )
    return ctx.line("From {limit} on two people must agree. What one person asks for within a day is added up.",
                    limit=limit_words(ctx, known))  # fmt: skip


def _refuse_signer(ctx: Context, approval: Approval, added: Sequence[Person]) -> None:
    if any(person.id == approval.requester_id for person in added):
        line = ctx.line("{who} asked for {approval} and cannot decide it. Name somebody else.",
                        who=ctx.who(approval.requester_id), approval=Strong(ctx.ref(approval).label))  # fmt: skip
        raise Refused(line)
    refuse_unable(ctx, [person.id for person in added if not is_decider(ctx, person)])


def _signers_said(ctx: Context, approval: Approval) -> Reply:
    line = ctx.line("{approval} is decided by {people} now. Everybody decides anew.", approval=named(ctx, approval),
                    people=people(ctx, tally_of(ctx.unit, approval).signers))  # fmt: skip
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(approval))


def _outcome(view: View, approval: Approval) -> Reply:
    """Tell who asked what became of it; silence is told as such."""
    parts: list[Part] = [Text((*named(view, approval), " · ", *stamp(view, approval)))]
    money = money_of(approval)
    if approval.asked_minor is not None and money is not None:
        asked = amount_words(Money(approval.asked_minor, money.currency))
        parts.append(Text(view.line("{amount} instead of {asked}.", amount=amount_with_code(money), asked=asked)))
    if approval.reason:
        parts.append(Text(view.line("Reason: {reason}", reason=approval.reason)))
    if approval.state == "expired":
        parts.append(Note(view.line("Nobody decided in time: that is neither a yes nor a no.")))
    ref = view.ref(approval).label
    again = approval.state in ("expired", "returned")
    buttons = (view.button(view.t("Ask again"), "approval reopen", {"approval": ref}),) if again else ()
    return Reply(parts=tuple(parts), buttons=buttons, to="direct", about=view.ref(approval))


def _write_to(ctx: Context, person: int, write: Callable[[View], Reply]) -> None:
    """Write to somebody in their language; never to the one who acts, nor to who has left."""
    who = ctx.person(person)
    if who is not None and who.id != ctx.me.id and who.archived_at is None:
        ctx.send(who, write(ctx.seen_by(who)))


def _why_held(ctx: Context, approval: Approval) -> str:
    return ctx.ref(approval).label


def _hold_task(ctx: Context, approval: Approval) -> None:
    """Have the task wait for the decision, unless something else is in its way, or it is closed."""
    task = ctx.unit.get(Task, approval.task_id) if approval.task_id is not None else None
    if task is not None and task.archived_at is None and task.status in ("todo", "doing"):
        held = {"held_for": _why_held(ctx, approval), "held_at": ctx.unit.now, "held_by": approval.requester_id}
        ctx.unit.change(task, status="blocked", **held)


def _release_task(ctx: Context, approval: Approval) -> None:
    """Let the task go on that waited for this and nothing else."""
    task = ctx.unit.get(Task, approval.task_id) if approval.task_id is not None else None
    if task is not None and task.status == "blocked" and task.held_for == _why_held(ctx, approval):
        again = ctx.unit.change(task, **released(task), status="doing" if task.started_at else "todo")
        ctx.state(TaskResumed(again))


def _heading(ctx: Context, message: str, count: int) -> Text:
    return Text((Strong(f"{ctx.t(message)} · {count}"),))


def _rows(ctx: Context, approvals: Sequence[Approval], *, decides: bool) -> Listing:
    items: tuple[Item, ...] = tuple(row(ctx, each, decides=decides) for each in approvals[:LISTED])
    return Listing(items)
