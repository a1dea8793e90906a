"""What is asked before somebody agrees to a price or a coupon that trips a rule: two people, each of whom was told."""

from collections.abc import Sequence

from commands.approval_words import money_of
from commands.core.arguments import Consent
from commands.core.context import Context
from commands.core.errors import Asked, Refused
from commands.core.event import Json
from commands.core.reply import Code, Line, Strong
from commands.grammar.money import Money
from commands.price_checks import Trip, trip_line
from commands.words.money import amount
from storage.approvals import Approval


class Knowing(Consent):
    """Say that one agrees although a rule is tripped."""

    YES = "in spite of the rule"


def refuse_too_few(ctx: Context, approval: Approval, red: Sequence[Trip], *, able: int, needed: int) -> None:
    """Refuse to agree to what trips a rule while fewer may decide than must agree.

    Raises:
        Refused: there are too few; anybody who decides may add others.
    """
    if able >= needed:
        return
    ref = ctx.ref(approval).label
    example = ctx.say("approval signer", ref, ctx.t("@name"))
    add = ctx.button(
        ctx.t("Ask somebody else too…"), "approval signer", {"approval": ref, "?": "people"}, typed=example
    )
    line = ctx.line("{approval} trips a price rule, so two people must agree: {rules}. Add somebody first: {example}",
                    approval=Strong(ref), rules=_joined(ctx, red), example=Code(example))  # fmt: skip
    raise Refused(line, (add,))


def ask_knowing(
    ctx: Context, approval: Approval, red: Sequence[Trip], *, reason: str | None, instead: Money | None
) -> Asked:
    """Say what is wrong before somebody agrees; the button keeps all else that was said."""
    ref, money = ctx.ref(approval).label, instead or money_of(approval)
    name = "approval counter" if instead is not None else "approval approve"
    args: dict[str, Json] = {"approval": ref, "comment": reason, "knowing": Knowing.YES.value}
    args |= {"amount": money.canonical()} if money else {}
    knowing = ctx.words.forms(Knowing.YES.value)[0]
    typed = ctx.say(name, ref, amount(money) if money else "", knowing, reason)
    button = ctx.button(ctx.t("Agree all the same"), name, args, style="danger", version=approval.edition, typed=typed)
    line = ctx.line("🔴 {approval}: {rules}. Do you agree all the same?", approval=Strong(ref), rules=_joined(ctx, red))
    return Asked(line, (button,))


def _joined(ctx: Context, red: Sequence[Trip]) -> Line:
    """Write what is tripped in a row."""
    line: Line = ()
    for trip in red:
        line = (*line, *(("; ",) if line else ()), *trip_line(ctx, trip))
    return line
