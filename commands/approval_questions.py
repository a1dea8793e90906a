"""A question about an approval, and its answer: from who decides to who asked for it, and back, wherever they sit."""

from commands.approval_clock import asked_now
from commands.approval_effects import write_to
from commands.approval_words import named, people
from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.reply import Reply, Strong, Text
from commands.words.catalog import msg
from storage.approvals import Approval
from storage.cards import cards_of
from storage.people import Person


@command(
    "approval ask",
    may="approval.comment",
    undo=None,
    examples=("提问 A-1 报价单在哪里", "ask about A-1 where are the quotes"),
)
def ask(ctx: Context, approval: Approval, text: Prose) -> Reply:
    """Ask about an approval whoever wants it; if that is you, answer who decides."""
    receivers = _receivers(ctx, approval)
    if not receivers:
        raise Refused(ctx.line("There is nobody here any more to ask about {approval}.",
                               approval=Strong(ctx.ref(approval).label)))  # fmt: skip
    said = text.strip()
    for person in receivers:
        write_to(ctx, person.id, lambda view: _passed_on(view, ctx, approval, said))
    if ctx.chat.kind == "direct":  # in a group they all can read it
        _tell_groups(ctx, approval, said)
    line = ctx.line("Passed on to {people}.", people=people(ctx, [person.id for person in receivers]))
    return Reply(parts=(Text(line),), to="private", about=ctx.ref(approval))


def _tell_groups(ctx: Context, approval: Approval, said: str) -> None:
    """Say it below the card in the groups where it hangs."""
    hangs = cards_of(ctx.unit, "approval", approval.id)
    for chat in sorted({hung.chat_id for hung in hangs if hung.chat_kind == "group"}):
        message = msg("{who} on {approval}: {text}")
        ctx.remark(ctx.ref(approval), message, in_chat=chat, who=ctx.who(ctx.me.id), approval=named(ctx, approval),
                   text=said)  # fmt: skip


def _receivers(ctx: Context, approval: Approval) -> list[Person]:
    """Find who is meant: the requester; if that is who speaks, those who can decide, or who did."""
    if ctx.me.id != approval.requester_id:
        found = [ctx.person(approval.requester_id)]
    else:
        found = [*asked_now(ctx, approval)] or [ctx.person(approval.closed_by)]
    return [each for each in found if each is not None and each.id != ctx.me.id and each.archived_at is None]


def _passed_on(view: View, ctx: Context, approval: Approval, said: str) -> Reply:
    """Write what was said, with a button that answers it."""
    ref = view.ref(approval).label
    line = view.line("{who} on {approval}: {text}", who=view.who(ctx.me.id), approval=named(view, approval), text=said)
    answers = view.button(view.t("Answer…"), "approval ask", {"approval": ref, "?": "text"},
                          typed=view.say("approval ask", ref, "…"))  # fmt: skip
    shows = view.button(view.t("Look at {approval}", approval=ref), "approval show", {"approval": ref})
    return Reply(parts=(Text(line),), buttons=(answers, shows), to="direct", about=view.ref(approval))
