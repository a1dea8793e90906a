"""Routes laid down by leads: who must agree to which kind of request, and from which amount on."""

from typing import Final

from commands.approval_routes import refuse_unable, unable_of
from commands.approval_words import KIND, MODE, people
from commands.approvals import Cause, Mode
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Item, Line, Listing, Note, Reply, Strong, Text
from commands.grammar.money import Money
from commands.roles import Reach, Role
from commands.settings import Switch
from commands.words.money import amount as amount_words
from storage.approval_routes import ROUTED_ROLES, ApprovalRoute, routes
from storage.people import Person

MOST: Final = 30
"""Routes of one project, or of everywhere."""


@command(
    "approval route",
    may="approval.limit",
    examples=(
        "审批路线 采购 ¥10,000 @王总 @Kate 依次",
        "approval route purchase $5,000 @ann @kate in order",
        "审批路线 采购 财务",
        "审批路线",
    ),
)
def route(
    ctx: Context,
    kind: Cause | None = None,
    amount: Money | None = None,
    approvers: tuple[Person, ...] = (),
    role: Role | None = None,
    mode: Mode | None = None,
    reach: Reach = Reach.HERE,
    state: Switch | None = None,
) -> Reply:
    """Lay down who must agree to what, and from which amount on; alone it lists."""
    if not (approvers or role or state):
        return _listed(ctx)
    place = _place(ctx, reach)
    floor = (amount.minor, amount.currency) if amount else (None, None)
    stored = kind.stored if kind else None
    known = [each for each in routes(ctx.unit) if each.project_id == place]
    same = [each for each in known if (each.kind, each.from_minor, each.currency) == (stored, *floor)]
    if state is Switch.OFF and not same:
        raise Refused(ctx.line("There is no such route. What holds here: {list}",
                               list=Code(ctx.say("approval route"))))  # fmt: skip
    if state is not Switch.OFF:
        _refuse_wrong(ctx, approvers, role, len(known))
    for each in same:
        ctx.unit.archive(each)
    if state is not Switch.OFF:
        ids = [person.id for person in approvers]
        how = (mode or Mode.ALL).stored
        ctx.unit.add(ApprovalRoute, project_id=place, kind=stored, from_minor=floor[0], currency=floor[1],
                     person_ids=ids, role=role.value if role else None, mode=how)  # fmt: skip
    return _listed(ctx)


def _place(ctx: Context, reach: Reach) -> int | None:
    if reach is Reach.EVERYWHERE:
        ctx.must("workspace.roles")
        return None
    if ctx.project is None:
        everywhere = Code(ctx.say("approval route", "…", ctx.words.forms(Reach.EVERYWHERE.value)[0]))
        raise Refused(ctx.line("Say it in the project's chat, or: {everywhere}", everywhere=everywhere))
    return ctx.project


def _refuse_wrong(ctx: Context, approvers: tuple[Person, ...], role: Role | None, known: int) -> None:
    """Refuse who may not decide, a role that does not, and more routes than anybody overlooks."""
    if not approvers and role is None:
        raise Refused(ctx.line("Who must agree? Example: {example}",
                               example=Code(ctx.t("approval route cost $5,000 @kate"))))  # fmt: skip
    if role is not None and role.value not in ROUTED_ROLES:
        able = ctx.t(", ").join(ctx.words.forms(each)[0] for each in ROUTED_ROLES)
        raise Refused(ctx.line("A route leads to people, or to one of these roles: {roles}.", roles=able))
    refuse_unable(ctx, unable_of(ctx, [person.id for person in approvers]))
    if known >= MOST:
        raise Refused(ctx.line("There are {count} routes here already. Take one away first: {list}", count=known,
                               list=Code(ctx.say("approval route"))))  # fmt: skip


def _listed(ctx: Context) -> Reply:
    """List what holds here, the project's own first."""
    found = [each for each in routes(ctx.unit) if each.project_id in (None, ctx.project)]
    example = Code(ctx.t("approval route cost $5,000 @kate"))
    title: Line = (ctx.t("Approval routes"),)
    if not found:
        line = ctx.line("No route is laid down: who asks names who decides, or the lead does. Example: {example}",
                        example=example)  # fmt: skip
        return Reply(title=title, parts=(Text(line),), to="private")
    found.sort(key=lambda each: (each.project_id is None, each.kind or "", each.from_minor or 0))
    off = ctx.words.forms(Switch.OFF.value)[0]
    note = ctx.line("The first that fits best holds: the project's own, for its kind, from the most on. "
                    "To take one away, say it with “{off}”.", off=off)  # fmt: skip
    return Reply(title=title, parts=(Listing(tuple(_row(ctx, each) for each in found)), Note(note)), to="private")


def _row(ctx: Context, route: ApprovalRoute) -> Item:
    what = ctx.t(KIND[route.kind]) if route.kind else ctx.t("Every request")
    if route.from_minor is not None and route.currency is not None:
        what = ctx.t("{what} from {amount}", what=what, amount=amount_words(Money(route.from_minor, route.currency)))
    who: Line = people(ctx, route.person_ids) if route.person_ids else ()
    role = ctx.words.forms(route.role)[0] if route.role else ""
    joined: Line = (*who, *((" + ",) if who and role else ()), role)
    where = ctx.words.forms((Reach.EVERYWHERE if route.project_id is None else Reach.HERE).value)[0]
    how = f" · {ctx.t(MODE[route.mode])}" if len(route.person_ids) + bool(role) > 1 else ""
    return Item((Strong(what), "  ", *joined), (f"{where}{how}",))
