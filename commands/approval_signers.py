"""Who decides on an approval, changed while it is open: handed on, one more, one less. Votes start anew."""

from collections.abc import Sequence

from commands import decisions
from commands.approval_routes import is_decider, refuse_unable
from commands.approval_words import named, people
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Reply, Strong, Text
from commands.decisions import tally_of
from commands.words.catalog import msg
from storage.approvals import Approval
from storage.people import Person


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


def _refuse_signer(ctx: Context, approval: Approval, added: Sequence[Person]) -> None:
    if any(person.id == approval.requester_id for person in added):
        line = ctx.line("{who} asked for {approval} and cannot decide it. Name somebody else.",
                        who=ctx.who(approval.requester_id), approval=Strong(ctx.ref(approval).label))  # fmt: skip
        raise Refused(line)
    refuse_unable(ctx, [person.id for person in added if not is_decider(ctx, person, of=approval)])


def _signers_said(ctx: Context, approval: Approval) -> Reply:
    line = ctx.line("{approval} is decided by {people} now. Everybody decides anew.", approval=named(ctx, approval),
                    people=people(ctx, tally_of(ctx.unit, approval).signers))  # fmt: skip
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(approval))
