"""Who decides: by the routes that were laid down, else who is named, else by role; and when it takes two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from commands.approval_words import people
from commands.core.access import may, rights_of, standing
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.reply import Code, Strong
from commands.grammar.money import Money
from commands.price_checks import red_of
from commands.words.money import amount
from storage.approval_routes import ROUTED_ROLES, ApprovalRoute, routes
from storage.approvals import Approval, ApprovalLimit, asked_since, limits
from storage.away import is_away
from storage.people import Person, all_people
from storage.roles import roles_in

FOUR_EYES: Final = 2
SPLIT_WITHIN: Final = timedelta(hours=24)
"""What one person asks for within this time is added up, so that no limit is passed in slices."""


@dataclass(frozen=True, slots=True)
class Route:
    """Who decides, and how many of them must agree at least."""

    signers: tuple[int, ...]
    quorum: int
    added: tuple[int, ...] = ()
    """Those of the signers whom nobody named."""
    required: tuple[int, ...] = ()
    """Those whom a route that was laid down asks for: without enough of them nothing is agreed to."""
    mode: str | None = None
    """How many must agree, as that route has it; None where there is none."""


def route_for(
    ctx: Context, named: Sequence[int], money: Money | None, *, kind: str = "custom", but: int = 0, least: int = 1
) -> Route:
    """Choose who decides on what the person who acts asks for.

    `kind` is one of KINDS; `but` leaves one approval out of the sum of a day; `least` people must agree, whatever
    the amount.

    Raises:
        Refused: there is nobody, or not enough, who may.
    """
    laid = route_of(ctx, kind, money)
    required = required_by(ctx, laid) if laid is not None else []
    signers = [each for each in dict.fromkeys((*required, *named)) if each != ctx.me.id]
    if named and not signers:
        raise Refused(ctx.line("You cannot decide what you ask for yourself. Name somebody else with @, or nobody: "
                               "then I ask who leads the project."))  # fmt: skip
    refuse_unable(ctx, unable_of(ctx, signers))
    quorum = max(quorum_for(ctx, money, but=but), least)
    others = [each for each in _by_role(ctx) if each not in signers]
    added = others[: max(quorum - len(signers), 0)]
    if len(signers) + len(added) < quorum:
        line = ctx.line("Nobody here may decide this: it needs {count}, and there is no lead or admin beside you. "
                        "Name somebody with @, or have one made lead: {role}", count=quorum,
                        role=Code(ctx.say("role", ctx.t("@name"), ctx.words.forms("lead")[0])))  # fmt: skip
        raise Refused(line)
    unnamed = tuple(each for each in (*required, *added) if each not in named)
    return Route((*signers, *added), quorum, unnamed, tuple(required), laid.mode if laid is not None else None)


def route_of(ctx: Context, kind: str, money: Money | None, *, of: Approval | None = None) -> ApprovalRoute | None:
    """Find the route that holds for a request, which is `of` where it is asked already.

    The project's own goes before one for everywhere, then one for its kind, then the one from the most on.
    An amount in another currency than a route's cannot be compared with it: then the route holds.
    """
    found = [
        each
        for each in routes(ctx.unit)
        if each.project_id in (None, _project(ctx, of)) and each.kind in (None, kind) and _reaches(each, money)
    ]
    return max(found, key=_precision, default=None)


def required_by(ctx: Context, route: ApprovalRoute, *, of: Approval | None = None) -> list[int]:
    """List who must agree by a route, but for who asks.

    Those who may not decide any more are left out.

    Raises:
        Refused: nobody is left.
    """
    able = {person.id for person in _deciders(ctx, of)} - {ctx.me.id}
    known = [person.id for id in route.person_ids if (person := ctx.person(id)) is not None]
    found = [each for each in dict.fromkeys(known) if each in able]
    if route.role is not None:
        found += [each for each in _by_role(ctx, only=route.role, of=of) if each not in found][:1]
    if not found:
        change = Code(ctx.say("approval route", ctx.t("@name")))
        raise Refused(ctx.line("The route for this leads to nobody who may decide it beside you. Who leads here can "
                               "lay down another: {change}", change=change))  # fmt: skip
    return found


def _reaches(route: ApprovalRoute, money: Money | None) -> bool:
    if route.from_minor is None:
        return True
    return money is not None and (money.currency != route.currency or money.minor >= route.from_minor)


def _precision(route: ApprovalRoute) -> tuple[bool, bool, int, int]:
    return (route.project_id is not None, route.kind is not None, route.from_minor or 0, route.id)


def refuse_unable(ctx: Context, unable: Sequence[int]) -> None:
    """Refuse people who are named and may not decide anything.

    Raises:
        Refused: there are some.
    """
    if unable:
        line = ctx.line("{people} may not decide here. Name somebody of the team.", people=people(ctx, unable))
        raise Refused(line)


def unable_of(ctx: Context, ids: Sequence[int]) -> list[int]:
    """List those of some people who may not decide here."""
    able = {person.id for person in _deciders(ctx)}
    return [each for each in ids if each not in able]


def is_decider(ctx: Context, person: Person, *, of: Approval | None = None) -> bool:
    """Tell whether somebody may decide in the project of a request, or in this one."""
    rights = rights_of(ctx.unit, person, here=_project(ctx, of))
    return person.archived_at is None and may(rights, "approval.decide")


def quorum_for(ctx: Context, money: Money | None, *, but: int = 0, of: Approval | None = None) -> int:
    """Tell how many must agree to an amount that the person who acts asks for.

    Amounts of a day are added up; one of another currency than the limit's cannot be compared, and takes two.
    """
    limit = limit_for(ctx, of=of)
    if limit is None or money is None:
        return 1
    since = ctx.unit.now - SPLIT_WITHIN
    with ctx.unit.unbounded():  # a limit counts what is confidential, too
        asked = asked_since(ctx.unit, ctx.me.id, money.currency, since=since, but=but)
    is_small = money.currency == limit.currency and money.minor + asked < limit.amount_minor
    return 1 if is_small else FOUR_EYES


def needed_quorum(view: View, approval: Approval, *, title: str | None = None, money: Money | None = None) -> int:
    """Tell how many must agree to a request, as it is or would be changed to.

    As many as when it was asked, or more by the price rules of this moment.
    """
    is_red = bool(red_of(view, approval, title=title, money=money))
    return max(approval.quorum, FOUR_EYES if is_red else 1)


def limit_for(ctx: Context, *, of: Approval | None = None) -> ApprovalLimit | None:
    """Give the limit for a request, or here: the project's own, else that for everywhere."""
    known = limits(ctx.unit)
    return known.get(_project(ctx, of)) or known.get(None)


def limit_words(ctx: Context, limit: ApprovalLimit) -> Strong:
    """Write a limit."""
    return Strong(amount(Money(limit.amount_minor, limit.currency)))


def limit_here(ctx: Context, *, of: Approval | None = None) -> Strong:
    """Write the limit that counts for a request, or here; a dash for none."""
    known = limit_for(ctx, of=of)
    return limit_words(ctx, known) if known is not None else Strong("—")


def _project(ctx: Context, of: Approval | None) -> int | None:
    """Give the project whose rules hold: of a request its own, wherever it is spoken of."""
    return ctx.project if of is None else of.project_id


def _deciders(ctx: Context, of: Approval | None = None) -> list[Person]:
    return [person for person in all_people(ctx.unit) if is_decider(ctx, person, of=of)]


def _by_role(ctx: Context, *, only: str | None = None, of: Approval | None = None) -> list[int]:
    """List who decides by role: who leads the project, other leads, admins, finance; who is away comes last."""
    project = _project(ctx, of)
    given = roles_in(ctx.unit, project) if project is not None else {}
    ranked = []
    for person in _deciders(ctx, of):
        role = standing(person, given.get(person.id))
        if person.id == ctx.me.id or role not in (ROUTED_ROLES if only is None else (only,)):
            continue
        is_off = is_away(ctx.unit, person.id, ctx.today)
        ranked.append((is_off, given.get(person.id) != "lead", ("lead", "admin", "finance").index(role), person.id))
    return [id for *_, id in sorted(ranked)]
