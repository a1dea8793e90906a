"""Who decides where nobody was named, and from which amount on it takes two people."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from commands.approval_words import people
from commands.core.access import LEADS, may, rights_of, standing
from commands.core.context import Context, View
from commands.core.errors import Refused
from commands.core.reply import Code, Strong
from commands.grammar.money import Money
from commands.price_checks import red_of
from commands.words.money import amount
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


def route_for(ctx: Context, named: Sequence[int], money: Money | None, *, but: int = 0, least: int = 1) -> Route:
    """Choose who decides on what the person who acts asks for.

    `but` leaves one approval out of the sum of a day; `least` people must agree, whatever the amount.

    Raises:
        Refused: there is nobody, or not enough, who may.
    """
    signers = [each for each in dict.fromkeys(named) if each != ctx.me.id]
    if named and not signers:
        raise Refused(ctx.line("You cannot decide what you ask for yourself. Name somebody else with @, or nobody: "
                               "then I ask who leads the project."))  # fmt: skip
    able = {person.id for person in _deciders(ctx)}
    refuse_unable(ctx, [each for each in signers if each not in able])
    quorum = max(quorum_for(ctx, money, but=but), least)
    others = [each for each in _by_role(ctx) if each not in signers]
    added = others[: max(quorum - len(signers), 0)]
    if len(signers) + len(added) < quorum:
        line = ctx.line("Nobody here may decide this: it needs {count}, and there is no lead or admin beside you. "
                        "Name somebody with @, or have one made lead: {role}", count=quorum,
                        role=Code(ctx.say("role", ctx.t("@name"), ctx.words.forms("lead")[0])))  # fmt: skip
        raise Refused(line)
    return Route((*signers, *added), quorum, tuple(added))


def refuse_unable(ctx: Context, unable: Sequence[int]) -> None:
    """Refuse people who are named and may not decide anything.

    Raises:
        Refused: there are some.
    """
    if unable:
        line = ctx.line("{people} may not decide here. Name somebody of the team.", people=people(ctx, unable))
        raise Refused(line)


def is_decider(ctx: Context, person: Person) -> bool:
    """Tell whether somebody may decide in this project."""
    return person.archived_at is None and may(rights_of(ctx.unit, person, here=ctx.project), "approval.decide")


def quorum_for(ctx: Context, money: Money | None, *, but: int = 0) -> int:
    """Tell how many must agree to an amount that the person who acts asks for.

    Amounts of a day are added up; one of another currency than the limit's cannot be compared, and takes two.
    """
    limit = limit_for(ctx)
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


def limit_for(ctx: Context) -> ApprovalLimit | None:
    """Give the limit that counts here: the project's own, else the one for everywhere."""
    known = limits(ctx.unit)
    return known.get(ctx.project) or known.get(None)


def limit_words(ctx: Context, limit: ApprovalLimit) -> Strong:
    """Write a limit."""
    return Strong(amount(Money(limit.amount_minor, limit.currency)))


def limit_here(ctx: Context) -> Strong:
    """Write the limit that counts here; a dash for none."""
    known = limit_for(ctx)
    return limit_words(ctx, known) if known is not None else Strong("—")


def _deciders(ctx: Context) -> list[Person]:
    return [person for person in all_people(ctx.unit) if is_decider(ctx, person)]


def _by_role(ctx: Context) -> list[int]:
    """List who decides by role: who leads the project, other leads, admins, finance; who is away comes last."""
    given = roles_in(ctx.unit, ctx.project) if ctx.project is not None else {}
    ranked = []
    for person in _deciders(ctx):
        role = standing(person, given.get(person.id))
        if person.id == ctx.me.id or (role not in LEADS and role != "finance"):
            continue
        is_off = is_away(ctx.unit, person.id, ctx.today)
        ranked.append((is_off, given.get(person.id) != "lead", ("lead", "admin", "finance").index(role), person.id))
    return [id for *_, id in sorted(ranked)]
