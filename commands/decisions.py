"""The one way in: nothing but this module writes a vote, or what became of an approval.

Whatever was true when a card was drawn is read again in the transaction that decides; any doubt refuses, with the
reason. The row's version is compared and set with each vote, so that of two at once the second reads what the first
wrote. Who may speak at all is decided before, by access.py; what is said to whom afterwards follows from the facts.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final, Literal

from commands.approval_routes import FOUR_EYES, needed_quorum
from commands.approval_words import approve_button, aware, cap_of, decided_line, money_of, named, people, vote_stamp
from commands.core.access import may, rights_of
from commands.core.arguments import Consent
from commands.core.context import RECENT_S, Context, zone_of
from commands.core.errors import Aside, Asked, Refused
from commands.core.event import Args
from commands.core.facts import Fact
from commands.core.reply import Code, Line, Strong
from commands.grammar.money import Money
from commands.price_checks import Trip, red_of
from commands.price_guards import ask_knowing, refuse_too_few
from commands.words.money import amount, amount_with_code
from storage.approvals import Approval, Signer, Vote, signers_of, votes_of
from storage.away import Away, stands_in
from storage.people import Person
from storage.unit import Unit

Choice = Literal["approve", "reject", "return"]
DECIDED: Final = {"approve": "approved", "reject": "rejected", "return": "returned"}
REGRET: Final = timedelta(seconds=RECENT_S)
"""So long a decision can be taken back by whoever made it."""


class Sure(Consent):
    """Say that a yes with words behind it is one to all that is asked for."""

    SURE = "sure"


@dataclass(frozen=True)
class ApprovalFact(Fact):
    """Something became of an approval."""

    approval: Approval


@dataclass(frozen=True)
class ApprovalVoted(ApprovalFact):
    """Somebody decided, and others have yet to."""

    vote: Vote


@dataclass(frozen=True)
class ApprovalClosed(ApprovalFact):
    """It was decided, withdrawn, or has expired."""


@dataclass(frozen=True)
class ApprovalReopened(ApprovalFact):
    """It is open again: a decision was taken back, or it is asked once more."""


@dataclass(frozen=True)
class ApprovalAltered(ApprovalFact):
    """What is asked for, or who decides, is another; no vote that was cast before counts."""

    voted: tuple[int, ...]
    """Whose votes count no longer."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What the pressed button carried, or the sentence said; None for what it did not."""

    edition: int | None = None
    money: Money | None = None
    is_sure: bool = True
    """False where words stood behind the yes that may limit it: "approve half of it"."""
    is_red: bool = False
    """True where they were told which price rule it trips, and said to go on."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Who is to decide on the edition of the moment, and how they did."""

    signers: tuple[int, ...]
    """People in their own right, in their order, each once; neither the requester nor who edited it last."""
    votes: tuple[Vote, ...]
    mode: str
    quorum: int
    required: tuple[int, ...] = ()
    """Those whom a route asks for: enough of them must agree, whoever else does."""

    @property
    def waiting(self) -> tuple[int, ...]:
        """List for whose decision it waits now; where one follows the other, the next alone."""
        voted = {vote.for_id for vote in self.votes}
        left = tuple(each for each in self.signers if each not in voted)
        return left[:1] if self.mode == "order" else left

    def outcome(self, choice: Choice, principal: int, actor: int) -> str | None:
        """Give the state that one more vote leads to; None while others have yet to decide."""
        if choice == "return":
            return "returned"
        cast = [(vote.for_id, vote.person_id, vote.choice) for vote in self.votes] + [(principal, actor, choice)]
        agreed = {who for who, _, what in cast if what == "approve"} & set(self.signers)
        hands = {hand for _, hand, what in cast if what == "approve"}
        refused = {who for who, _, what in cast if what == "reject"}
        if refused and (self.mode != "majority" or 2 * len(refused) >= len(self.signers)):
            return "rejected"
        is_agreed = self._are_enough(agreed, self.signers) and self._are_enough(agreed, self.required)
        return "approved" if is_agreed and len(hands) >= self.quorum else None

    def _are_enough(self, agreed: set[int], people: tuple[int, ...]) -> bool:
        total = len(people)
        needed = {"any": min(1, total), "majority": total // 2 + 1 if total else 0}.get(self.mode, total)
        return len(agreed.intersection(people)) >= needed


def decide(
    ctx: Context,
    approval: Approval,
    choice: Choice,
    *,
    shown: Shown,
    reason: str | None = None,
    instead: Money | None = None,
) -> Approval:
    """Cast the vote of the person who acts; give the approval as it is then.

    `reason` is the word with a yes, too: it takes one where it takes two people, and against somebody's no.
    `instead` agrees to less than was asked for.

    Raises:
        Aside: they have no part in it, or it is not certain that it is a yes.
        Refused: it cannot be decided by them, now, or as it was shown to them.
        Asked: no reason was given, where it takes one.
    """
    ctx.must_be_there()
    tally = tally_of(ctx.unit, approval)
    _refuse_closed(ctx, approval)
    principal = _principal(ctx, approval, tally)
    _refuse_second_vote(ctx, approval, tally, principal)
    _refuse_unseen(ctx, approval, shown)
    red = red_of(ctx, approval, money=instead) if choice == "approve" else []
    quorum = _quorum_by_rules(ctx, approval, tally, red)
    if not reason and (choice != "approve" or _takes_a_word(quorum, tally)):
        raise _ask_why(ctx, approval, choice, instead)
    if reason and not shown.is_sure:
        raise _ask_whether(ctx, approval, reason)
    if red and not shown.is_red:
        raise ask_knowing(ctx, approval, red, reason=reason, instead=instead)
    if instead is not None:
        approval, tally = _agree_to_less(ctx, approval, tally, instead)
    state = replace(tally, quorum=quorum).outcome(choice, principal, ctx.me.id)
    closes = {} if state is None else _closing(ctx, state, principal=principal, reason=reason)
    decided = ctx.unit.change(approval, ballots=approval.ballots + 1, **closes)
    vote = ctx.unit.add(
        Vote,
        approval_id=approval.id,
        edition=approval.edition,
        person_id=ctx.me.id,
        for_id=principal,
        choice=choice,
        reason=reason,
        platform=ctx.chat.platform,
        amount_minor=approval.amount_minor,
    )
    ctx.state(ApprovalVoted(decided, vote) if state is None else ApprovalClosed(decided))
    return decided


def take_back(ctx: Context, approval: Approval) -> Approval:
    """Take back one's own vote, and the decision that it led to, within ten minutes.

    Raises:
        Refused: it is not theirs, too old, or was built on since.
    """
    ctx.must_be_there()
    mine = [vote for vote in votes_of(ctx.unit, approval.id) if vote.edition == approval.edition]
    vote = next((each for each in mine if each.person_id == ctx.me.id), None)
    ref = Strong(ctx.ref(approval).label)
    if vote is None:
        raise Refused(ctx.line("You have no vote on {approval} to take back.", approval=ref))
    is_last = approval.state == "pending" or (
        approval.closed_by == ctx.me.id and approval.state == DECIDED[vote.choice] and mine[-1].id == vote.id
    )
    if not is_last:
        raise Refused(closed_line(ctx, approval))
    if ctx.unit.now - aware(vote.created_at) > REGRET:
        line = "More than ten minutes have passed since you decided {approval}. Ask for it anew instead."
        raise Refused(ctx.line(line, approval=ref))
    if _is_over(ctx, approval):
        raise Refused(_too_late(ctx, approval))
    again = ctx.unit.change(approval, ballots=approval.ballots + 1, **OPEN, **_asked_again(ctx, approval, mine))
    ctx.unit.archive(vote)
    ctx.state(ApprovalReopened(again))
    return again


def withdraw(ctx: Context, approval: Approval) -> Approval:
    """Withdraw what one asked for oneself, while nobody has decided it.

    Raises:
        Refused: somebody else asked for it, or it is closed.
    """
    _refuse_not_mine(ctx, approval)
    _refuse_closed(ctx, approval)
    return _close(ctx, approval, _closing(ctx, "withdrawn"))


def expire(ctx: Context, approval: Approval) -> Approval:
    """Have an approval expire whose deadline has passed: neither a yes nor a no."""
    if approval.state != "pending" or not _is_over(ctx, approval):
        return approval
    return _close(ctx, approval, {**_closing(ctx, "expired"), "closed_by": None, "closed_on": None})


def alter(
    ctx: Context,
    approval: Approval,
    *,
    title: str | None = None,
    note: str | None = None,
    money: Money | None = None,
    quorum: int | None = None,
    deadline_at: datetime | None = None,
    required: Sequence[int] = (),
    mode: str | None = None,
) -> Approval:
    """Change what is asked for, by who asked; votes start anew, and it is open again.

    `required` are those whom the route for it asks for now, in `mode`; those whom it asked for before stay.

    Raises:
        Refused: somebody else asked for it, or it was agreed to already.
    """
    _refuse_not_mine(ctx, approval)
    if approval.state in ("approved", "rejected"):
        raise Refused(closed_line(ctx, approval))
    values: dict[str, object] = {"editor_id": ctx.me.id}
    values |= {name: said for name, said in (("title", title), ("note", note)) if said is not None}
    if money is not None:
        values |= {"amount_minor": money.minor, "currency": money.currency, "asked_minor": None}
    if deadline_at is not None:
        values["deadline_at"] = deadline_at
    if mode is not None:
        values["mode"] = mode
    _require(ctx, approval, required)
    return _begin_anew(ctx, approval, values | ({"quorum": quorum} if quorum else {}))


def resign(
    ctx: Context,
    approval: Approval,
    *,
    add: Sequence[int] = (),
    drop: Sequence[int] = (),
    quorum: int | None = None,
) -> Approval:
    """Change who decides, by who asked or one of those who decide; votes start anew.

    Raises:
        Refused: they are neither, it is closed, or too few would be left.
    """
    _refuse_closed(ctx, approval)
    ctx.must_be_there()
    rows = signers_of(ctx.unit, approval.id)
    if ctx.me.id not in (approval.requester_id, *(row.person_id for row in rows)):
        raise Refused(_only(ctx, approval, tally_of(ctx.unit, approval)))
    if ctx.me.id != approval.requester_id and {*drop} - {ctx.me.id}:
        raise Refused(not_mine(ctx, approval))
    inherits = _refuse_way_round(ctx, approval, rows, add, drop)
    for row in rows:
        if row.person_id in drop or row.stands_for_id in drop:
            ctx.unit.archive(row)
    kept = [row for row in rows if row.person_id not in drop and row.stands_for_id not in drop]
    gone = [row.place for row in rows if row not in kept and row.stands_for_id is None]
    place = gone[0] - 1 if len(gone) == len(add) == 1 else max((row.place for row in rows), default=0)
    present = {row.person_id for row in kept if row.stands_for_id is None}
    for person in dict.fromkeys(add):
        if person not in present:
            place += 1
            ctx.unit.add(Signer, approval_id=approval.id, person_id=person, place=place)
    _require(ctx, approval, add if inherits else ())
    needed = max(quorum or approval.quorum, needed_quorum(ctx, approval))
    able = [each for each in tally_of(ctx.unit, approval).signers if _is_able(ctx, approval, each)]
    if len(able) < needed:
        raise Refused(ctx.line("{approval} needs {count} people who may decide. Add somebody first.",
                               approval=Strong(ctx.ref(approval).label), count=needed))  # fmt: skip
    return _begin_anew(ctx, approval, {"quorum": needed})


def hand_on(ctx: Context, approval: Approval, *, stage: int, to: Sequence[tuple[int, int]] = ()) -> Approval:
    """Note that the clock came; `to` pairs those who did not decide with who does instead."""
    for principal, person in to:
        ctx.unit.add(Signer, approval_id=approval.id, person_id=person, place=0, stands_for_id=principal)
    return ctx.unit.change(approval, stage=stage)


def count_once(ctx: Context, approval: Approval, person: int) -> Approval:
    """Have somebody who was two people here sign once, and all decide anew.

    Nothing changes where they were one, or where it is over.
    """
    rows = [row for row in signers_of(ctx.unit, approval.id) if row.person_id == person]
    own = [row for row in rows if row.stands_for_id is None]
    for_others = [vote for vote in votes_of(ctx.unit, approval.id) if vote.person_id == person != vote.for_id]
    parts = len(rows) + len(for_others) + (person in (approval.requester_id, approval.editor_id))
    if parts < 2 or approval.state != "pending" or _is_over(ctx, approval):
        return approval
    for row in own[1:]:
        ctx.unit.archive(row)
    _require(ctx, approval, [person] if any(row.is_required for row in own) else ())
    return _begin_anew(ctx, approval, {})


def reopen(ctx: Context, approval: Approval, *, deadline_at: datetime | None) -> Approval:
    """Ask once more for what has expired, was sent back or withdrawn; votes start anew.

    Raises:
        Refused: somebody else asked for it, or it is open, or decided.
    """
    _refuse_not_mine(ctx, approval)
    if approval.state not in ("expired", "withdrawn", "returned"):
        raise Refused(closed_line(ctx, approval))
    return _begin_anew(ctx, approval, {"deadline_at": deadline_at})


def tally_of(unit: Unit, approval: Approval) -> Tally:
    """Read who is to decide, and the votes that count."""
    barred = {approval.requester_id, approval.editor_id}
    rows = [row for row in signers_of(unit, approval.id) if row.stands_for_id is None]
    signers = tuple(dict.fromkeys(row.person_id for row in rows if row.person_id not in barred))
    votes: dict[int, Vote] = {}
    for vote in votes_of(unit, approval.id):
        if vote.edition == approval.edition and vote.person_id not in barred and vote.for_id in signers:
            votes.setdefault(vote.for_id, vote)
    required = tuple(row.person_id for row in rows if row.is_required)  # who asks or edits counts, and cannot agree
    return Tally(signers, tuple(votes.values()), approval.mode, approval.quorum, required)


OPEN: Final[Mapping[str, object]] = {
    "state": "pending",
    "closed_at": None,
    "closed_by": None,
    "closed_for": None,
    "closed_on": None,
    "reason": None,
}
"""What a closed approval becomes when it is opened again."""


def _refuse_way_round(
    ctx: Context, approval: Approval, rows: Sequence[Signer], add: Sequence[int], drop: Sequence[int]
) -> bool:
    """Refuse to leave out whom a route asks for; tell whether who is added takes the place of such a one.

    Raises:
        Refused: they would be left out; they can but hand it on themselves.
    """
    required = [row.person_id for row in rows if row.is_required and row.person_id in drop]
    if not required:
        return False
    if list(drop) != [ctx.me.id] or len(add) != 1:
        how = Code(ctx.say("approval transfer", ctx.ref(approval).label, ctx.t("@name")))
        raise Refused(ctx.line("A route asks for {people}, who can but hand it on: {how}",
                               people=people(ctx, required), how=how))  # fmt: skip
    return True


def _require(ctx: Context, approval: Approval, required: Sequence[int]) -> None:
    """Have people be asked whom a route asks for, whether they sign already or not."""
    rows = {row.person_id: row for row in signers_of(ctx.unit, approval.id) if row.stands_for_id is None}
    place = max((row.place for row in rows.values()), default=0)
    for person in required:
        if person not in rows:
            place += 1
            ctx.unit.add(Signer, approval_id=approval.id, person_id=person, place=place, is_required=True)
        elif not rows[person].is_required:
            ctx.unit.change(rows[person], is_required=True)


def _begin_anew(ctx: Context, approval: Approval, values: dict[str, object]) -> Approval:
    """Begin a new edition: open, and without a vote."""
    before = tally_of(ctx.unit, approval)
    deadline = values.get("deadline_at", approval.deadline_at)
    if isinstance(deadline, datetime) and aware(deadline) <= ctx.unit.now:  # what is opened again has time again
        values = {**values, "deadline_at": None}
    was_closed = approval.state != "pending"
    fresh = {"edition": approval.edition + 1, "edited_at": ctx.unit.now, "asked_at": ctx.unit.now, "stage": 0}
    altered = ctx.unit.change(approval, **OPEN, **fresh, **values)
    voted = () if was_closed else tuple(dict.fromkeys(vote.person_id for vote in before.votes))
    ctx.state(ApprovalReopened(altered) if was_closed else ApprovalAltered(altered, voted))
    return altered


def _closing(ctx: Context, state: str, *, principal: int | None = None, reason: str | None = None) -> dict[str, object]:
    return {
        "state": state,
        "closed_at": ctx.unit.now,
        "closed_by": ctx.me.id,
        "closed_for": None if principal == ctx.me.id else principal,
        "closed_on": ctx.chat.platform,
        "reason": reason,
    }


def _close(ctx: Context, approval: Approval, values: dict[str, object]) -> Approval:
    closed = ctx.unit.change(approval, **values)
    ctx.state(ApprovalClosed(closed))
    return closed


def _asked_again(ctx: Context, approval: Approval, votes: Sequence[Vote]) -> dict[str, object]:
    """Give back the amount that was asked for, where the one vote that is taken back agreed to less."""
    if approval.asked_minor is None or len(votes) > 1 or votes[0].choice != "approve":
        return {}
    anew = {"edition": approval.edition + 1, "edited_at": ctx.unit.now}
    return {"amount_minor": approval.asked_minor, "asked_minor": None, **anew}


def _agree_to_less(ctx: Context, approval: Approval, tally: Tally, instead: Money) -> tuple[Approval, Tally]:
    """Put a lower amount in place of the one that was asked for; what others agreed to counts no longer."""
    asked = money_of(approval)
    if asked is None or instead.currency != asked.currency or instead.minor >= asked.minor:
        line = ctx.line("{amount} is not less than the {asked} asked for. More has to be asked for by {who}.",
                        amount=_written(instead), asked=_written(asked),
                        who=ctx.who(approval.requester_id))  # fmt: skip
        raise Refused(line)
    less = ctx.unit.change(
        approval,
        amount_minor=instead.minor,
        asked_minor=approval.asked_minor or asked.minor,
        edition=approval.edition + 1,
        edited_at=ctx.unit.now,
    )
    voted = tuple(vote.person_id for vote in tally.votes)
    if voted:
        ctx.state(ApprovalAltered(less, voted))
    return less, tally_of(ctx.unit, less)


# -- what is read again -----------------------------------------------------------------------------


def _refuse_closed(ctx: Context, approval: Approval) -> None:
    """Refuse what is no longer open; the clock need not have come for a deadline to count."""
    if approval.archived_at is not None or approval.state != "pending":
        raise Refused(closed_line(ctx, approval))
    if _is_over(ctx, approval):
        raise Refused(_too_late(ctx, approval))


def _is_over(ctx: Context, approval: Approval) -> bool:
    return approval.deadline_at is not None and aware(approval.deadline_at) <= ctx.unit.now


def _refuse_not_mine(ctx: Context, approval: Approval) -> None:
    if approval.requester_id != ctx.me.id:
        raise Refused(not_mine(ctx, approval))


def not_mine(ctx: Context, approval: Approval) -> Line:
    """Say who alone can do something, because they asked for it."""
    return ctx.line("Only {who}, who asked for {approval}, can do this.", who=ctx.who(approval.requester_id),
                    approval=Strong(ctx.ref(approval).label))  # fmt: skip


def _principal(ctx: Context, approval: Approval, tally: Tally) -> int:
    """Find in whose place the person who acts decides: mostly their own.

    Raises:
        Aside: in nobody's.
        Refused: they may not, though they are named.
    """
    me, ref = ctx.me.id, Strong(ctx.ref(approval).label)
    rows = signers_of(ctx.unit, approval.id)
    own = [row for row in rows if row.person_id == me and row.stands_for_id is None]
    handed = [row.stands_for_id for row in rows if row.person_id == me and row.stands_for_id is not None]
    if me in (approval.requester_id, approval.editor_id):
        line = ctx.line("You asked for {approval} yourself: somebody else decides it, here {people}.", approval=ref,
                        people=_people_or_nobody(ctx, tally.waiting))  # fmt: skip
        raise Aside(line)
    if own and not _is_able(ctx, approval, me):
        raise Refused(ctx.line("You were named for {approval}, but may not decide any more.", approval=ref))
    absences = _stood_in_for(ctx)
    covered = [each.person_id for each in absences if each.covers(approval.amount_minor, approval.currency)]
    places = [me] if own else [each for each in (*handed, *covered) if each in tally.signers]
    voted = {vote.for_id for vote in tally.votes}
    open_places = [each for each in places if each in tally.waiting]
    able = [each for each in open_places if _is_able(ctx, approval, each)] if _is_able(ctx, approval, me) else []
    if able:
        return able[0]
    if not places:
        capped = next((each for each in absences if each.person_id in tally.waiting), None)
        raise Aside(_only(ctx, approval, tally)) if capped is None else Refused(_beyond(ctx, approval, capped))
    if places[0] not in voted and not open_places:
        raise Refused(ctx.line("It is not your turn on {approval} yet: {people} first.", approval=ref,
                               people=people(ctx, tally.waiting)))  # fmt: skip
    if places[0] in voted:
        return places[0]
    raise Refused(ctx.line("You were named for {approval}, but may not decide any more.", approval=ref))


def _stood_in_for(ctx: Context) -> list[Away]:
    """List in which absences the person who acts stands in, of those of this moment on their own wall."""
    found = []
    for away in stands_in(ctx.unit, ctx.me.id, since=ctx.unit.now.date() - timedelta(days=1)):
        today = ctx.unit.now.astimezone(zone_of(away.zone)).date()
        if away.first_on <= today <= away.last_on:
            found.append(away)
    return found


def _beyond(ctx: Context, approval: Approval, away: Away) -> Line:
    """Say that an amount is more than who stands in may decide on."""
    return ctx.line("You stand in for {who} up to {limit} only; {approval} asks for {amount}.",
                    who=ctx.who(away.person_id), limit=_written(cap_of(away)), amount=_written(money_of(approval)),
                    approval=Strong(ctx.ref(approval).label))  # fmt: skip


def _written(money: Money | None) -> str:
    return amount_with_code(money) if money is not None else "—"


def _is_able(ctx: Context, approval: Approval, person: int) -> bool:
    """Tell whether somebody is still here and may decide on this, by the roles of this moment."""
    who = ctx.unit.get(Person, person)
    if who is None or who.archived_at is not None:
        return False
    return may(rights_of(ctx.unit, who, here=approval.project_id), "approval.decide", approval)


def _refuse_second_vote(ctx: Context, approval: Approval, tally: Tally, principal: int) -> None:
    mine = next((v for v in tally.votes if ctx.me.id == v.person_id or principal == v.for_id), None)
    if mine is not None:
        line = ctx.line("{approval}: {stamp}. One vote each.", approval=Strong(ctx.ref(approval).label),
                        stamp=vote_stamp(ctx, mine))  # fmt: skip
        raise Refused(line)


def _refuse_unseen(ctx: Context, approval: Approval, shown: Shown) -> None:
    """Refuse to decide on something other than what the person saw, or could have seen when they spoke."""
    money = money_of(approval)
    is_old = shown.edition is not None and shown.edition != approval.edition
    is_other = shown.money is not None and shown.money != money
    is_early = shown.edition is None and ctx.call.now < aware(approval.edited_at)
    if not (is_old or is_other or is_early):
        return
    if shown.edition is None and is_other:  # they said an amount of their own
        line = ctx.line("{approval} asks for {amount}, not {said}. Decide on what is asked for:",
                        approval=Strong(ctx.ref(approval).label), amount=_written(money),
                        said=_written(shown.money))  # fmt: skip
        raise Refused(line, (approve_button(ctx, approval),))
    since = ctx.clock(aware(approval.edited_at))
    line = ctx.line("{approval} is another than the one you saw: changed at {at}. As it is now: {now}. Decide again:",
                    approval=Strong(ctx.ref(approval).label), at=since, now=named(ctx, approval))  # fmt: skip
    raise Refused(line, (approve_button(ctx, approval),))


def _quorum_by_rules(ctx: Context, approval: Approval, tally: Tally, red: Sequence[Trip]) -> int:
    """Tell how many must agree by the rules of this moment.

    Raises:
        Refused: fewer may decide than that.
    """
    if not red:
        return approval.quorum
    needed = max(approval.quorum, FOUR_EYES)
    able = sum(_is_able(ctx, approval, each) for each in tally.signers)
    refuse_too_few(ctx, approval, red, able=able, needed=needed)
    return needed


def _takes_a_word(quorum: int, tally: Tally) -> bool:
    """Tell whether a yes takes a word why: where it takes two people, or somebody has said no."""
    return quorum > 1 or any(vote.choice == "reject" for vote in tally.votes)


def _ask_why(ctx: Context, approval: Approval, choice: Choice, instead: Money | None) -> Asked:
    """Ask for the reason, by a form that keeps the edition and the amount on which it is decided."""
    ref = ctx.ref(approval).label
    if choice != "approve":
        command = f"approval {choice}"
        gives = ctx.button(ctx.t("Give the reason…"), command, {"approval": ref, "?": "reason"},
                           version=approval.edition, typed=ctx.say(command, ref, "…"))  # fmt: skip
        line = ctx.line("Say in a few words why, so that {who} can act on it.", who=ctx.who(approval.requester_id))
        return Asked(line, (gives,))
    command = "approval approve" if instead is None else "approval counter"
    money = instead or money_of(approval)
    args: Args = {"approval": ref, **({"amount": money.canonical()} if money else {}), "?": "comment"}
    sure = ctx.words.forms(Sure.SURE.value)[0] if instead is None else ""
    typed = ctx.say(command, ref, amount(money) if money else "", sure, ctx.t("your words"))
    gives = ctx.button(ctx.t("Approve, with a word why…"), command, args, version=approval.edition, typed=typed)
    line = ctx.line("A yes to {approval} takes a word why: {typed}", approval=named(ctx, approval), typed=Code(typed))
    return Asked(line, (gives,))


def _ask_whether(ctx: Context, approval: Approval, comment: str) -> Aside:
    """Ask whether it is a yes to all of it; among people it is talk."""
    ref, money = ctx.ref(approval).label, money_of(approval)
    args: Args = {"approval": ref, **({"amount": money.canonical()} if money else {}), "comment": comment}
    sure = ctx.words.forms(Sure.SURE.value)[0]
    typed = ctx.say("approval approve", ref, amount(money) if money else "", sure, comment)
    agrees = ctx.button(ctx.t("Yes, approve"), "approval approve", args, style="primary", version=approval.edition,
                        typed=typed)  # fmt: skip
    line = ctx.line("Do you approve all of {approval}, with the words “{comment}”?", approval=named(ctx, approval),
                    comment=comment)  # fmt: skip
    return Aside(line, (agrees,))


def closed_line(ctx: Context, approval: Approval) -> Line:
    """Say what became of an approval, and by whom, to who comes second."""
    ref = Strong(ctx.ref(approval).label)
    if approval.archived_at is not None:
        return ctx.line("{approval} was taken back by {who}.", approval=ref, who=ctx.who(approval.requester_id))
    if approval.state == "pending":
        return ctx.line("{approval} is still open.", approval=ref)
    if approval.state == "expired":
        return _too_late(ctx, approval)
    return decided_line(ctx, approval)


def _too_late(ctx: Context, approval: Approval) -> Line:
    at = ctx.due(None, aware(approval.deadline_at or ctx.unit.now))
    again = Code(ctx.say("approval reopen", ctx.ref(approval).label))
    return ctx.line("{approval} has expired at {at}: neither agreed to nor rejected. {who} can open it again: {reopen}",
                    approval=Strong(ctx.ref(approval).label), at=at, who=ctx.who(approval.requester_id),
                    reopen=again)  # fmt: skip


def _only(ctx: Context, approval: Approval, tally: Tally) -> Line:
    who = _people_or_nobody(ctx, tally.waiting or tally.signers)
    return ctx.line("Only {people} can decide {approval}.", people=who, approval=Strong(ctx.ref(approval).label))


def _people_or_nobody(ctx: Context, ids: Sequence[int]) -> Line:
    return people(ctx, ids) or (ctx.t("nobody"),)
