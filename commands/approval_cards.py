"""The one card of an approval, its rows in lists, and what it adds to the places that all share."""

from collections.abc import Iterator, Sequence
from datetime import time, timedelta
from typing import Final

from commands.approval_grounds import too_late
from commands.approval_words import (
    CHOICE,
    KIND,
    MARK,
    MODE,
    approve_button,
    aware,
    money_of,
    people,
    stamp,
    state_words,
    vote_stamp,
    who_for,
    why_words,
)
from commands.core.command import card, command, panel
from commands.core.context import Context, View, zone_of
from commands.core.event import Args
from commands.core.reply import (
    Button,
    Field,
    Fields,
    Health,
    Inline,
    Item,
    Line,
    Listing,
    Note,
    Part,
    Reply,
    Strong,
    Struck,
    Text,
)
from commands.decisions import Tally, tally_of
from commands.grammar.money import Money
from commands.task_words import HEALTH_MARK
from commands.words.money import amount, amount_with_code
from storage.approvals import Approval, pending_in, pending_of, signers_of
from storage.away import Away, stands_in
from storage.chats import Project
from storage.digests import Edition
from storage.people import Person
from storage.tasks import Task

ON_A_PAGE: Final = 10
IN_A_DIGEST: Final = 3
NOTE_CHARS: Final = 60
"""A card begins the requester's note; the view has all of it."""
TITLE_CHARS: Final = 24
"""In a digest a title is cut here, so that a row stays one on a phone."""


@card("approval")
def draw(view: View, approval: Approval) -> Reply:
    """Draw the one card of an approval."""
    return _drawn(view, approval, is_whole=False)


def _drawn(view: View, approval: Approval, *, is_whole: bool) -> Reply:
    title: Line = (f"{view.ref(approval).label} {view.t(KIND[approval.kind])} · {approval.title}",)
    if approval.archived_at is not None:
        return Reply(title=(Struck("".join(map(str, title))),), parts=(Note((view.t("Put away"),)),))
    tally = tally_of(view.unit, approval)
    added = [part for panel in view.registry.panels.get("approval", ()) for part in panel.draw(view, approval)]
    parts: list[Part] = [Fields(tuple(_facts(view, approval, tally))), *added]
    if approval.state != "pending":
        parts.append(Text(stamp(view, approval)))
    if approval.reason:
        parts.append(Text(why_words(view, approval)))
    if approval.note:
        parts.insert(1, Text((_cut(approval.note, most=None if is_whole else NOTE_CHARS),)))
    if approval.edition > 1 and approval.state == "pending":
        at = view.clock(aware(approval.edited_at))
        parts.append(Note(view.line("changed {at}: votes before count no longer", at=at)))
    health = _health(added) if approval.state == "pending" else None
    buttons = _buttons(view, approval)
    return Reply(title=title, health=health, parts=tuple(parts), buttons=buttons, about=view.ref(approval))


@command("approval show", may="approval.view", reads=True, examples=("看审批 A-1", "show approval A-1"))
def show(ctx: Context, approval: Approval) -> Reply:
    """Show an approval, and how each has decided."""
    drawn = _drawn(ctx, approval, is_whole=True)
    votes = [
        Item(vote_stamp(ctx, vote), (vote.reason,) if vote.reason else ())
        for vote in tally_of(ctx.unit, approval).votes
    ]
    listed = (Text((Strong(ctx.t("Decided so far")),)), Listing(tuple(votes))) if votes else ()
    return Reply(title=drawn.title, parts=(*drawn.parts, *listed), buttons=drawn.buttons, to="private",
                 about=ctx.ref(approval))  # fmt: skip


@command("approval more", may="approval.view", reads=True, examples=("更多审批 A-1", "more approval A-1"))
def more(ctx: Context, approval: Approval) -> Reply:
    """Offer what else can be done with an approval, by you."""
    buttons = tuple(_others(ctx, approval))
    line = ctx.line("What else you can do with {approval}:", approval=Strong(ctx.ref(approval).label))
    if not buttons:
        line = ctx.line("There is nothing for you to do with {approval}.", approval=Strong(ctx.ref(approval).label))
    return Reply(parts=(Text(line),), buttons=buttons, to="private", about=ctx.ref(approval))


def to_decide(view: View, person: int) -> list[Approval]:
    """List what waits for somebody's decision now, or for whom they stand in."""
    away = [each for each in stands_in(view.unit, person, since=view.today - timedelta(days=1)) if _is_now(view, each)]
    found = []
    for approval in pending_of(view.unit, [person, *(each.person_id for each in away)]):
        waiting = tally_of(view.unit, approval).waiting
        handed = {row.stands_for_id for row in signers_of(view.unit, approval.id) if row.person_id == person}
        covered = {each.person_id for each in away if each.covers(approval.amount_minor, approval.currency)}
        theirs = {person, *handed, *covered}
        if not theirs.isdisjoint(waiting) and person not in (approval.requester_id, approval.editor_id):
            found.append(approval)
    return found


def row(view: View, approval: Approval, *, decides: bool = False) -> Item:
    """Draw an approval as one row: what, how much, by when; with a button for who decides."""
    money = money_of(approval)
    head: Line = (f"{MARK[approval.state]} ", Strong(view.ref(approval).label), f" {approval.title}")
    tail = f" {amount(money)}" if money else ""
    who = view.line("from {who}", who=view.who(approval.requester_id))
    details: list[Line] = [who if decides else _for_whom(view, approval)]
    if approval.deadline_at is not None and approval.state == "pending":
        details.append(view.line("until {day}", day=deadline_words(view, approval)))
    button = approve_button(view, approval) if decides else None
    return Item((*head, tail), _joined(details), button)


def deadline_words(view: View, approval: Approval) -> str:
    """Write a deadline: at midnight the day that ends then, else the hour."""
    if approval.deadline_at is None:
        return "—"
    local = aware(approval.deadline_at).astimezone(view.zone)
    return view.due(local.date() - timedelta(days=1)) if local.time() == time() else view.due(None, local)


@panel("home", order=3)
def home_of_approvals(view: View, person: Person) -> Sequence[Part]:
    """Show somebody what waits for their decision."""
    mine = to_decide(view, person.id)
    if not mine:
        return ()
    heading = Text((Strong(f"{view.t('Your decision')} · {len(mine)}"),))
    listed = tuple(row(view, each, decides=True) for each in mine[:ON_A_PAGE])
    return (heading, Listing(listed, more=view.say("approval list")))


@panel("status", order=15)
def status_of_approvals(view: View, project: Project) -> Sequence[Part]:
    """Show what of a project waits for a decision."""
    waiting = pending_in(view.unit, project.id, most=ON_A_PAGE // 2)
    if not waiting:
        return ()
    return (Text((Strong(view.t("Waits for a decision")),)), Listing(tuple(row(view, each) for each in waiting)))


@panel("digest", order=11)
def approvals_that_need_somebody(view: View, edition: Edition) -> Sequence[Part]:
    """Name what waits for a decision, for whose, and since when."""
    waiting = pending_in(view.unit, edition.project, most=IN_A_DIGEST)
    if not waiting:
        return ()
    items = tuple(_needing(view, each) for each in waiting)
    return (Text((f"{MARK['pending']} ", Strong(view.t("Waits for a decision")))), Listing(items))


@panel("handover", order=20)
def handover_of_approvals(view: View, subject: Person | Away) -> Sequence[Part]:
    """Show what somebody leaves undecided."""
    person = subject.person_id if isinstance(subject, Away) else subject.id
    waiting = [
        each
        for each in pending_of(view.unit, [person])
        if person in tally_of(view.unit, each).waiting
        and (not isinstance(subject, Away) or subject.covers(each.amount_minor, each.currency))
    ]
    if not waiting:
        return ()
    heading = Text((Strong(f"{view.t('Waits for a decision')} · {len(waiting)}"),))
    return (heading, Listing(tuple(row(view, each, decides=isinstance(subject, Away)) for each in waiting[:ON_A_PAGE])))


def _health(added: Sequence[Part]) -> Health | None:
    """Give the card the colour of the gravest line that a subject adds: what trips a rule makes it red."""
    begins = {str(part.line[0])[:1] for part in added if isinstance(part, Text) and part.line}
    graver: tuple[Health, ...] = ("red", "yellow")
    return next((each for each in graver if HEALTH_MARK[each] in begins), None)


def _facts(view: View, approval: Approval, tally: Tally) -> Iterator[Field]:
    yield Field(view.t("Status"), _status(view, approval))
    money = money_of(approval)
    if money is not None:
        yield Field(view.t("Amount"), _amount(approval, money))
    asked = view.clock(aware(approval.created_at))
    yield Field(view.t("Asked by"), (view.who(approval.requester_id), f" · {asked}"))
    task = view.unit.get(Task, approval.task_id) if approval.task_id is not None else None
    if task is not None:
        yield Field(view.t("For"), (Strong(f"T-{task.number}"), f" {task.title}"))
    yield Field(view.t("Decided by"), _route(view, approval, tally))


def _status(view: View, approval: Approval) -> Line:
    """Write the state, and until when it can be decided."""
    state = state_words(view, approval.state)
    if approval.state != "pending" or approval.deadline_at is None:
        return (state,)
    late = too_late(view, approval)
    until = view.line("until {day}", day=deadline_words(view, approval))
    return (f"{state} · ", *until, *([f" {late}"] if late else []))


def _amount(approval: Approval, money: Money) -> Line:
    if approval.asked_minor is None:
        return (Strong(amount_with_code(money)),)
    return (Strong(amount_with_code(money)), " ", Struck(amount(Money(approval.asked_minor, money.currency))))


def _route(view: View, approval: Approval, tally: Tally) -> Line:
    """Name who decides, each with a tick or a clock, and how many of them it takes."""
    voted = {vote.for_id: vote for vote in tally.votes}
    names: list[Line] = []
    for signer in tally.signers:
        vote = voted.get(signer)
        mark = MARK[CHOICE[vote.choice]] if vote else MARK["pending"]
        who = who_for(view, vote.person_id, signer) if vote else (view.who(signer, pings=approval.state == "pending"),)
        names.append((f"{mark} ", *who))
    if len(tally.signers) < 2:
        return _joined(names)
    how = view.t(MODE[approval.mode])
    if approval.mode == "any" and approval.quorum > 1:
        how = view.tn("{count} of them", "{count} of them", approval.quorum)
    return (*_joined(names), f" ({how})")


def _buttons(view: View, approval: Approval) -> tuple[Button, ...]:
    ref = view.ref(approval).label
    if approval.state in ("expired", "returned", "withdrawn"):
        again = view.button(view.t("Ask again"), "approval reopen", {"approval": ref}, version=approval.edition)
        return (again,)
    if approval.state != "pending":
        return ()
    why: Args = {"approval": ref, "?": "reason"}
    return (
        approve_button(view, approval),
        view.button(view.t("Send back…"), "approval return", {**why}, version=approval.edition,
                    typed=view.say("approval return", ref, "…")),
        view.button(view.t("Reject…"), "approval reject", {**why}, style="danger", version=approval.edition,
                    typed=view.say("approval reject", ref, "…")),
        view.button(view.t("More…"), "approval more", {"approval": ref}),
    )  # fmt: skip


def _others(ctx: Context, approval: Approval) -> Iterator[Button]:
    """Give what the card keeps behind one button, for the person who asks."""
    ref, edition = ctx.ref(approval).label, approval.edition
    signers = {row.person_id for row in signers_of(ctx.unit, approval.id)}
    if approval.state != "pending":
        yield from _buttons(ctx, approval)
    elif ctx.me.id == approval.requester_id:
        yield ctx.button(ctx.t("Remind them"), "approval urge", {"approval": ref})
        yield ctx.button(ctx.t("Change it…"), "approval amend", {"approval": ref, "?": "amount"}, version=edition,
                         typed=ctx.say("approval amend", ref, "…"))  # fmt: skip
        yield _who_else(ctx, ref)
        yield _asks(ctx, ref, ctx.t("Write to them…"))
        yield ctx.button(ctx.t("Withdraw it"), "approval withdraw", {"approval": ref})
    elif ctx.me.id in signers:
        if approval.amount_minor is not None:
            yield ctx.button(ctx.t("Approve less…"), "approval counter", {"approval": ref, "?": "amount"},
                             version=edition, typed=ctx.say("approval counter", ref, "…"))  # fmt: skip
        yield _asks(ctx, ref, ctx.t("Ask a question…"))
        yield ctx.button(ctx.t("Hand it on…"), "approval transfer", {"approval": ref, "?": "person"},
                         typed=ctx.say("approval transfer", ref, ctx.t("@name")))  # fmt: skip
        yield _who_else(ctx, ref)


def _asks(ctx: Context, ref: str, label: str) -> Button:
    return ctx.button(label, "approval ask", {"approval": ref, "?": "text"}, typed=ctx.say("approval ask", ref, "…"))


def _who_else(ctx: Context, ref: str) -> Button:
    return ctx.button(ctx.t("Ask somebody else too…"), "approval signer", {"approval": ref, "?": "people"},
                      typed=ctx.say("approval signer", ref, ctx.t("@name")))  # fmt: skip


def _cut(note: str, *, most: int | None) -> str:
    """Give a note whole, or its beginning in one paragraph."""
    if most is None:
        return note
    said = " ".join(note.split())
    return said if len(said) <= most else said[: most - 1] + "…"


def _needing(view: View, approval: Approval) -> Item:
    money = money_of(approval)
    title = approval.title if len(approval.title) <= TITLE_CHARS else approval.title[: TITLE_CHARS - 1] + "…"
    head: Line = (Strong(view.ref(approval).label), f" {title}", f" {amount(money)}" if money else "")
    hours = int((view.now - aware(approval.asked_at)).total_seconds() // 3600)
    since = view.tn("for {count} hour", "for {count} hours", hours) if hours else view.t("just now")
    return Item(head, (*_for_whom(view, approval, pings=True), f" · {since}"))


def _for_whom(view: View, approval: Approval, *, pings: bool = False) -> Line:
    if approval.state != "pending":
        return stamp(view, approval)
    return view.line("waits for {people}", people=people(view, tally_of(view.unit, approval).waiting, pings=pings))


def _is_now(view: View, away: Away) -> bool:
    return away.first_on <= view.now.astimezone(zone_of(away.zone)).date() <= away.last_on


def _joined(lines: Sequence[Line]) -> Line:
    joined: list[Inline] = []
    for line in lines:
        joined += [*([" · "] if joined else []), *line]
    return tuple(joined)
