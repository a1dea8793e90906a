"""What follows when an approval is decided, changed or opened again: who is told, and the task that waits for it."""

from collections.abc import Callable
from typing import Final

from commands.approval_clock import arrange, asked_now, dismiss, remind
from commands.approval_words import money_of, named, stamp, why_words
from commands.core.context import Context, View
from commands.core.facts import PeopleJoined, on
from commands.core.reply import Note, Part, Reply, Text
from commands.decisions import (
    ApprovalAltered,
    ApprovalClosed,
    ApprovalFact,
    ApprovalReopened,
    ApprovalVoted,
    count_once,
    tally_of,
)
from commands.grammar.money import Money
from commands.waiting import TaskResumed
from commands.words.catalog import msg
from commands.words.money import amount as amount_words
from commands.words.money import amount_with_code
from storage.approvals import Approval, pending_of
from storage.tasks import Task, released

MANY: Final = 10_000
"""More than one person ever has to decide at once."""


@on(ApprovalClosed)
def after_closing(ctx: Context, fact: ApprovalFact) -> None:
    """Tell who asked, let the task go on that waited for a yes, and stop the clock."""
    approval = ctx.unit.must_get(Approval, fact.approval.id)
    dismiss(ctx.unit, approval)
    if approval.state in ("approved", "withdrawn"):
        _release_task(ctx, approval)
    if approval.state != "withdrawn":
        write_to(ctx, approval.requester_id, lambda view: _outcome(view, approval))


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
    hold_task(ctx, approval)
    for person in asked_now(ctx, approval):
        if person.id != ctx.me.id:
            ctx.hang(person, approval)
    if isinstance(fact, ApprovalReopened):
        message = msg("{approval} waits for a decision again.")
        ctx.tell(approval.requester_id, message, about=ctx.ref(approval), approval=named(ctx, approval))


@on(PeopleJoined)
def after_two_are_one(ctx: Context, fact: PeopleJoined) -> None:
    """Have it decided anew where two turned out to be one: one person is one vote.

    Who asked is told where too few are left.
    """
    for approval in pending_of(ctx.unit, [fact.kept], most=MANY):
        anew = count_once(ctx, approval, fact.kept)
        if anew.edition != approval.edition and len(tally_of(ctx.unit, anew).signers) < anew.quorum:
            message = msg("{approval} needs {count} people who may decide. Add somebody first.")
            ctx.tell(anew.requester_id, message, about=ctx.ref(anew), approval=named(ctx, anew), count=anew.quorum)


def _outcome(view: View, approval: Approval) -> Reply:
    """Tell who asked what became of it; silence is told as such."""
    parts: list[Part] = [Text((*named(view, approval), " · ", *stamp(view, approval)))]
    money = money_of(approval)
    if approval.asked_minor is not None and money is not None:
        asked = amount_words(Money(approval.asked_minor, money.currency))
        parts.append(Text(view.line("{amount} instead of {asked}.", amount=amount_with_code(money), asked=asked)))
    if approval.reason:
        parts.append(Text(why_words(view, approval)))
    if approval.state == "expired":
        parts.append(Note(view.line("Nobody decided in time: that is neither a yes nor a no.")))
    ref = view.ref(approval).label
    again = approval.state in ("expired", "returned")
    buttons = (view.button(view.t("Ask again"), "approval reopen", {"approval": ref}),) if again else ()
    return Reply(parts=tuple(parts), buttons=buttons, to="direct", about=view.ref(approval))


def write_to(ctx: Context, person: int, write: Callable[[View], Reply]) -> None:
    """Write to somebody in their language; never to the one who acts, nor to who has left."""
    who = ctx.person(person)
    if who is not None and who.id != ctx.me.id and who.archived_at is None:
        ctx.send(who, write(ctx.seen_by(who)))


def _why_held(ctx: Context, approval: Approval) -> str:
    return ctx.ref(approval).label


def hold_task(ctx: Context, approval: Approval) -> None:
    """Have the task wait, unless it is closed, or something else is in its way."""
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
