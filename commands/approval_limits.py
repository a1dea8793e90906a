"""The limit from which on two people must agree: said here, shown here; routes.py asks for the second one."""

from commands.approval_routes import limit_for, limit_words
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Line, Reply, Text
from commands.grammar.money import Money
from commands.roles import Reach
from commands.settings import Switch
from storage.approvals import ApprovalLimit, limit_row


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
    known = limit_row(ctx.unit, place)
    if amount is None:
        if known is not None and known.archived_at is None:
            ctx.unit.archive(known)
    elif known is not None:
        ctx.unit.change(known, amount_minor=amount.minor, currency=amount.currency, archived_at=None)
    else:
        ctx.unit.add(ApprovalLimit, project_id=place, amount_minor=amount.minor, currency=amount.currency)
    return Reply(parts=(Text(_limit_line(ctx)),), to="private")


# -- what follows ---------------------------------------------------------------------------------------


def _limit_line(ctx: Context) -> Line:
    known = limit_for(ctx)
    if known is None:
        example = Code(ctx.say("approval limit", "¥10,000"))
        return ctx.line(
            "No limit is set: one person decides, whatever the amount. To set one: {example}", example=example
        )
    return ctx.line("From {limit} on two people must agree. What one person asks for within a day is added up.",
                    limit=limit_words(ctx, known))  # fmt: skip
