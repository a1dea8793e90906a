"""How approvals are spoken of: their states and kinds, who decided, and what they are about."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Final

from commands.core.context import View
from commands.core.event import Args
from commands.core.reply import Button, Inline, Line, Strong
from commands.grammar.money import Money
from commands.words.catalog import msg
from commands.words.money import amount
from storage.approvals import Approval, Vote
from storage.away import Away

MARK: Final[Mapping[str, str]] = {
    "pending": "🕓",
    "approved": "✅",
    "returned": "↩️",
    "rejected": "❌",
    "expired": "⌛",
    "withdrawn": "⬜",
}
STATE: Final[Mapping[str, str]] = {
    "pending": msg("waits for a decision"),
    "approved": msg("approved"),
    "returned": msg("sent back"),
    "rejected": msg("rejected"),
    "expired": msg("expired"),
    "withdrawn": msg("withdrawn"),
}
KIND: Final[Mapping[str, str]] = {
    "cost": msg("Cost approval"),
    "plan": msg("Plan approval"),
    "design": msg("Design approval"),
    "price": msg("Price approval"),
    "date": msg("Date change approval"),
    "scope": msg("Scope change approval"),
    "purchase": msg("Purchase approval"),
    "access": msg("Access approval"),
    "custom": msg("Approval"),
}
MODE: Final[Mapping[str, str]] = {
    "any": msg("any one of them"),
    "all": msg("all of them"),
    "majority": msg("more than half"),
    "order": msg("one after the other"),
}
SURFACE: Final[Mapping[str | None, str]] = {"slack": "Slack", "dingtalk": msg("DingTalk"), "feishu": msg("Feishu")}
CHOICE: Final[Mapping[str, str]] = {"approve": "approved", "reject": "rejected", "return": "returned"}
"""A vote -> the state that is told of it."""


def money_of(approval: Approval) -> Money | None:
    """Give the amount that is decided on; None where there is none."""
    if approval.amount_minor is None or approval.currency is None:
        return None
    return Money(approval.amount_minor, approval.currency)


def cap_of(away: Away) -> Money | None:
    """Give the amount up to which somebody's stand-in may decide; None for any."""
    if away.limit_minor is None or away.limit_currency is None:
        return None
    return Money(away.limit_minor, away.limit_currency)


def named(view: View, approval: Approval) -> Line:
    """Name an approval in a sentence: its ref, what it is about, and the amount."""
    money = money_of(approval)
    tail = f" {approval.title}" + (f" {amount(money)}" if money else "")
    return (Strong(view.ref(approval).label), tail)


def state_words(view: View, state: str) -> str:
    """Write a state with its mark, never by the mark alone."""
    return f"{MARK[state]} {view.t(STATE[state])}"


def who_for(view: View, person: int | None, principal: int | None) -> Line:
    """Name who decided, and in whose place."""
    if principal is None or principal == person:
        return (view.who(person),)
    return view.line("{who} for {principal}", who=view.who(person), principal=view.who(principal))


def surface(view: View, platform: str | None) -> str:
    """Name the platform on which something was decided; the playground is none worth a name."""
    return view.t(SURFACE[platform]) if platform in SURFACE else ""


def why_words(view: View, approval: Approval) -> Line:
    """Write the word that came with a decision."""
    if approval.state == "approved":
        return view.line("Comment: {comment}", comment=approval.reason or "")
    return view.line("Reason: {reason}", reason=approval.reason or "")


def approve_button(view: View, approval: Approval) -> Button:
    """Give the button that agrees to what is shown beside it, and to nothing else.

    Where it takes two people it takes a word why, too, which a form asks for.
    """
    ref, money = view.ref(approval).label, money_of(approval)
    args: Args = {"approval": ref, **({"amount": money.canonical()} if money else {})}
    typed = view.say("approval approve", ref, amount(money) if money else "")
    label = view.t("Approve")
    if approval.quorum > 1:
        label, args = view.t("Approve…"), {**args, "?": "comment"}
        typed = f"{typed} {view.words.forms(msg('sure'))[0]} …"
    return view.button(label, "approval approve", args, style="primary", version=approval.edition, typed=typed)


def decided_line(view: View, approval: Approval) -> Line:
    """Tell who comes second who was first: A-7 was already decided by Wang on DingTalk."""
    who, at = who_for(view, approval.closed_by, approval.closed_for), aware(approval.closed_at or approval.updated_at)
    where, state = surface(view, approval.closed_on), view.t(STATE[approval.state])
    values: dict[str, Inline | Line | int] = {
        "approval": Strong(view.ref(approval).label), "who": who, "at": view.clock(at), "state": state,
    }  # fmt: skip
    if approval.state == "withdrawn":
        return view.line("{approval} was withdrawn by {who}, {at}.", **values)
    if where:
        return view.line("{approval} was already decided by {who} on {where}, {at}: {state}.", where=where, **values)
    return view.line("{approval} was already decided by {who}, {at}: {state}.", **values)


def stamp(view: View, approval: Approval) -> Line:
    """Say what was decided, by whom, where and when: `✅ approved by Wang on DingTalk, 14:02`."""
    at = view.clock(aware(approval.closed_at or approval.updated_at))
    word = state_words(view, approval.state)
    if approval.closed_by is None:
        return (f"{word} · {at}",)
    return stamped(view, word, who_for(view, approval.closed_by, approval.closed_for), approval.closed_on, at)


def vote_stamp(view: View, vote: Vote) -> Line:
    """Say how somebody voted, where and when."""
    word = state_words(view, CHOICE[vote.choice])
    return stamped(
        view, word, who_for(view, vote.person_id, vote.for_id), vote.platform, view.clock(aware(vote.created_at))
    )


def stamped(view: View, word: str, who: Line, platform: str | None, at: str) -> Line:
    """Join a state to who brought it about, where and when."""
    where = surface(view, platform)
    if not where:
        return view.line("{state}: {who}, {at}", state=word, who=who, at=at)
    return view.line("{state}: {who} on {where}, {at}", state=word, who=who, where=where, at=at)


def people(view: View, ids: Sequence[int], *, pings: bool = False) -> Line:
    """Name people in a row."""
    names: list[Inline] = []
    for id in ids:
        names += [*([view.t(", ")] if names else []), view.who(id, pings=pings)]
    return tuple(names)


def aware(at: datetime) -> datetime:
    """Give an instant its zone, which one of the databases leaves out."""
    return at if at.tzinfo else at.replace(tzinfo=UTC)
