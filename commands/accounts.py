"""Accounts: one person on several platforms. Linking is proved on both sides; an account can be taken off again."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from commands.core.access import LEADS, RESTRICTED, best_role, people_who_may
from commands.core.arguments import Prose, Secret
from commands.core.codes import code_digest, made_code
from commands.core.command import command
from commands.core.context import Context, View
from commands.core.errors import Asked, Refused
from commands.core.facts import PeopleJoined
from commands.core.reply import Button, Code, Inline, Item, Line, Listing, Note, Once, Part, Reply, Strong, Text
from commands.grammar.tokens import normal
from commands.roles import Sure
from commands.settings import Switch
from commands.words.catalog import msg
from storage.accounts import (
    add_request,
    close_request,
    hear_request,
    join_people,
    part_account,
    request_said,
    request_to,
)
from storage.mail import count_calls
from storage.people import Account, Person, accounts_of, people_of_same_email
from storage.roles import give_role, roles_of

LIFE: Final = timedelta(minutes=10)
GROUPS: Final = 2
"""Of a code: 40 bits, for ten minutes and five tries."""
TRIES: Final = 5
"""Codes that one person may have, and may say wrongly, within an hour."""
TRIES_WITHIN: Final = timedelta(hours=1)


@command("account list", may="own.accounts", reads=True, examples=("我的账号", "accounts"))
def list_(ctx: Context) -> Reply:
    """List your accounts on all platforms, and where I write to you."""
    mine = accounts_of(ctx.unit, ctx.me.id)
    items = [Item((_named(ctx, each),), _about(ctx, each)) for each in mine]
    links = Code(ctx.say("account link"))
    parts: list[Part] = [Listing(tuple(items)), Note(ctx.line("To link one on another platform: {link}", link=links))]
    buttons = tuple(_takes_off(ctx, each) for each in mine) if len(mine) > 1 else ()
    return Reply(title=(ctx.t("Your accounts"), f" · {len(mine)}"), parts=tuple(parts), buttons=buttons, to="private")


@command(
    "account link",
    may="own.accounts",
    undo=None,
    examples=("绑定账号", "link account"),
)
def link(ctx: Context, code: Secret | None = None) -> Reply:
    """Get a code that links this account with another of yours, or say the code you got there."""
    _refuse_guests(ctx, ctx.me)
    if code is None:
        _refuse_in_group(ctx)
        _refuse_too_many(ctx, "account link", "done")
        return _give_code(ctx)
    found = request_said(ctx.unit, code_digest(ctx.unit, code))
    if ctx.chat.kind != "direct":
        if found is not None:
            close_request(ctx.unit, found.id)
        line = ctx.line("A code is said to me alone. Said here, it is void. A new one, in our direct chat: {link}",
                        link=Code(ctx.say("account link")))  # fmt: skip
        return Reply(parts=(Text(line),), to="private")
    _refuse_too_many(ctx, "account link", "refused")
    other = ctx.person(found.person_id) if found is not None else None
    if found is None or other is None or other.id == ctx.me.id or not _may_link(other):
        raise Refused(_no_good(ctx))
    _refuse_two_on_one(ctx, other)
    if not hear_request(ctx.unit, found.id, person=ctx.me.id):
        raise Refused(_no_good(ctx))
    return _ask_to_confirm(ctx, other, found.expires_at)


@command("account ask", may="own.accounts", undo=None, examples=("请另一账号确认", "ask my other account"))
def ask(ctx: Context) -> Reply:
    """Ask your account of the same e-mail address elsewhere to confirm that both are yours."""
    _refuse_guests(ctx, ctx.me)
    _refuse_in_group(ctx)
    _refuse_too_many(ctx, "account ask", "done")
    other = _same_email(ctx)
    if other is None:
        raise Refused(ctx.line("I know no other account with your e-mail address. Link it by a code: {link}",
                               link=Code(ctx.say("account link"))))  # fmt: skip
    _refuse_two_on_one(ctx, other)
    until = ctx.unit.now + LIFE
    add_request(ctx.unit, person=ctx.me.id, digest=None, other=other.id, until=until)
    view = ctx.seen_by(other)
    line = view.line(
        "{who} ({accounts}) has your e-mail address, and asks to be one person with you here. Only if both are yours: "
        "whoever uses the one can then do all that the other may.",
        who=Strong(ctx.me.name),
        accounts=_accounts(ctx, ctx.me),
    )
    lapses = Note(view.line("If not, do nothing: it lapses at {time}.", time=view.clock(until)))
    confirms = Button(view.t("Yes, both are mine"), "account confirm", {}, view.say("account confirm"), style="primary")
    ctx.send(other, Reply(parts=(Text(line), lapses), buttons=(confirms,), to="direct"), severity="asked")
    asked = ctx.line("Asked {accounts}. Confirm it there within ten minutes.", accounts=_accounts(ctx, other))
    return Reply(parts=(Text(asked),), to="private")


@command("account confirm", may="own.accounts", undo=None, examples=("确认绑定", "confirm link"))
def confirm(ctx: Context) -> Reply:
    """Confirm that both accounts are yours; tasks, settings and rights become one person's."""
    _refuse_guests(ctx, ctx.me)
    _refuse_in_group(ctx)
    found = request_to(ctx.unit, ctx.me.id)
    other = ctx.person(found.person_id) if found is not None else None
    if found is None or other is None or other.id == ctx.me.id or not _may_link(other):
        raise Refused(ctx.line("There is nothing to confirm, or not any more. Begin anew: {link}",
                               link=Code(ctx.say("account link"))))  # fmt: skip
    _refuse_two_on_one(ctx, other)
    if not close_request(ctx.unit, found.id):
        raise Refused(_no_good(ctx))
    with ctx.unit.unbounded():
        kept = _join(ctx, other)
    line = ctx.line("Linked: {accounts} are one person now, {who} ({role}).", accounts=_accounts(ctx, kept),
                    who=ctx.who(kept.id), role=ctx.t(kept.role))  # fmt: skip
    note = ctx.line("See them: {list} · take one off: {unlink}", list=Code(ctx.say("account list")),
                    unlink=Code(ctx.say("account unlink")))  # fmt: skip
    return Reply(parts=(Text(line), Note(note)), to="private")


@command("account unlink", may="own.accounts", undo=None, examples=("解绑账号 飞书 确认", "unlink account feishu sure"))
def unlink(ctx: Context, account: Prose | None = None, sure: Sure | None = None) -> Reply:
    """Take an account off; it becomes a person of its own, and all else stays with you."""
    mine = accounts_of(ctx.unit, ctx.me.id)
    if len(mine) < 2:
        raise Refused(ctx.line("This is your only account: it cannot be taken off."))
    one = _account_said(ctx, mine, account, "account unlink")
    role = _role_apart(ctx.me)
    if sure is None:
        line = ctx.line(
            "{account} becomes a person of its own ({role}). Tasks, settings and roles stay with {who}.",
            account=_named(ctx, one),
            role=ctx.t(role),
            who=ctx.who(ctx.me.id),
        )
        args = {"account": _key(one), "sure": Sure.SURE.value}
        typed = ctx.say("account unlink", _platform(ctx, one), ctx.words.forms(Sure.SURE.value)[0])
        raise Asked(line, (Button(ctx.t("Confirm"), "account unlink", args, typed, style="danger"),))
    with ctx.unit.unbounded():
        apart = part_account(ctx.unit, ctx.me, one, role=role)
        for project, given in roles_of(ctx.unit, ctx.me.id).items():
            if given in RESTRICTED:  # what shuts somebody out goes with them
                give_role(ctx.unit, project=project, person=apart.id, role=given)
    if one.platform == ctx.chat.platform:
        ctx.become(apart)
    else:
        _tell_apart(ctx, apart)
    line = ctx.line("{account} is a person of its own now: {who} ({role}). To link it again: {link}",
                    account=_named(ctx, one), who=ctx.who(apart.id), role=ctx.t(role),
                    link=Code(ctx.say("account link")))  # fmt: skip
    return Reply(parts=(Text(line),), to="private")


@command("account reach", may="own.accounts", examples=("私信到 飞书", "write me on feishu"))
def reach(ctx: Context, account: Prose | None = None, state: Switch | None = None) -> Reply:
    """Choose the account to which I write to you; else it is the one you spoke from last."""
    mine = accounts_of(ctx.unit, ctx.me.id)
    chosen = None if state is not None else _account_said(ctx, mine, account, "account reach")
    for each in mine:
        ctx.unit.change(each, is_chosen=True if chosen is not None and each.id == chosen.id else None)
    if chosen is None:
        line = ctx.line("I write to you where you spoke to me last.")
    else:
        line = ctx.line("I write to you on {account} from now on.", account=_named(ctx, chosen))
    return Reply(parts=(Text(line),), to="private")


# -- what must be so -------------------------------------------------------------------------


def _may_link(person: Person) -> bool:
    return person.role != "guest" and person.archived_at is None


def _refuse_guests(ctx: Context, person: Person) -> None:
    if not _may_link(person):
        raise Refused(ctx.line("A guest's account is linked to none. Ask to be let in first: {join}",
                               join=Code(ctx.say("join"))))  # fmt: skip


def _refuse_in_group(ctx: Context) -> None:
    if ctx.chat.kind != "direct":
        raise Refused(ctx.line("Accounts are linked in our direct chat only. Write to me there: {link}",
                               link=Code(ctx.say("account link"))))  # fmt: skip


def _refuse_too_many(ctx: Context, name: str, result: str) -> None:
    since = ctx.unit.now - TRIES_WITHIN
    if count_calls(ctx.unit, person=ctx.me.id, command=name, result=result, since=since) >= TRIES:
        raise Refused(ctx.line("Too many codes. Try again in an hour."))


def _refuse_two_on_one(ctx: Context, other: Person) -> None:
    """Keep to one account on each platform: a mention, and a private answer, mean that one."""
    theirs = {each.platform: each for each in accounts_of(ctx.unit, other.id)}
    double = next((each for each in accounts_of(ctx.unit, ctx.me.id) if each.platform in theirs), None)
    if double is not None:
        line = ctx.line(
            "One person has one account on each platform; here there would be two: {one} and {other}. "
            "Take one off first: {unlink}",
            one=_named(ctx, double),
            other=_named(ctx, theirs[double.platform]),
            unlink=Code(ctx.say("account unlink")),
        )
        raise Refused(line)


def _no_good(ctx: Context) -> Line:
    return ctx.line("This code is not good: mistyped, used, or older than ten minutes. A new one, on the other "
                    "platform: {link}", link=Code(ctx.say("account link")))  # fmt: skip


# -- linking ---------------------------------------------------------------------------------


def _give_code(ctx: Context) -> Reply:
    code = made_code(GROUPS)
    add_request(ctx.unit, person=ctx.me.id, digest=code_digest(ctx.unit, code), until=ctx.unit.now + LIFE)
    again = ctx.say("account link")
    line = ctx.line(
        "Within ten minutes, write to me on the other platform, in a direct chat: {code}",
        code=Once(ctx.t("(shown only once; a new one: {link})", link=again), ctx.say("account link", code)),
    )
    note = ctx.line("Give this code to nobody: it makes whoever says it the same person as you.")
    other = _same_email(ctx)
    if other is None:
        return Reply(parts=(Text(line), Note(note)), to="private")
    line_of_other = ctx.line("{who} ({accounts}) has your e-mail address. If that is you, it takes no code.",
                             who=Strong(other.name), accounts=_accounts(ctx, other))  # fmt: skip
    asks = Button(ctx.t("Ask there"), "account ask", {}, ctx.say("account ask"))
    return Reply(parts=(Text(line), Note(note), Text(line_of_other)), buttons=(asks,), to="private")


def _same_email(ctx: Context) -> Person | None:
    """Find the one other person with an e-mail address of this one; None for nobody, and for several."""
    found = people_of_same_email(ctx.unit, ctx.me.id)
    return found[0] if len(found) == 1 and _may_link(found[0]) else None


def _ask_to_confirm(ctx: Context, other: Person, until: datetime) -> Reply:
    line = ctx.line(
        "Are both yours? {mine} and {theirs} become one person, with the tasks, settings and rights of both ({role}). "
        "Whoever uses the one can then do all that the other may.",
        mine=_accounts(ctx, ctx.me),
        theirs=_accounts(ctx, other),
        role=ctx.t(best_role(ctx.me.role, other.role)),
    )
    lapses = Note(ctx.line("If not, do nothing: it lapses at {time}.", time=ctx.clock(until)))
    confirms = Button(ctx.t("Yes, both are mine"), "account confirm", {}, ctx.say("account confirm"), style="primary")
    return Reply(parts=(Text(line), lapses), buttons=(confirms,), to="private")


def _join(ctx: Context, other: Person) -> Person:
    """Make the two one: the one who came first, with the roles that either had."""
    kept, gone = sorted((ctx.me, other), key=lambda person: person.id)
    role = best_role(kept.role, gone.role)
    given, theirs = roles_of(ctx.unit, kept.id), roles_of(ctx.unit, gone.id)
    is_more = ctx.me.role != other.role and role in LEADS
    mine, others = accounts_of(ctx.unit, ctx.me.id), accounts_of(ctx.unit, other.id)
    joined = join_people(ctx.unit, kept, gone, role=role)
    for project in sorted({*given, *theirs}):
        best = best_role(given.get(project, kept.role), theirs.get(project, gone.role))
        if best != given.get(project, role):
            give_role(ctx.unit, project=project, person=joined.id, role=best)
    ctx.become(joined)
    ctx.state(PeopleJoined(kept=joined.id, gone=gone.id))
    _warn(ctx, joined, others, mine)
    if is_more:
        _tell_admins(ctx, joined, role)
    return joined


def _tell_admins(ctx: Context, joined: Person, role: str) -> None:
    """Have the admins know that an account may more than it did."""
    for admin in people_who_may(ctx.rights, "workspace.roles"):
        if admin.id != joined.id:
            ctx.tell(admin.id, msg("{who} linked their accounts {accounts}: each may now do what {role} may."),
                     who=ctx.who(joined.id), accounts=_accounts(ctx, joined), role=ctx.t(role))  # fmt: skip


def _warn(ctx: Context, joined: Person, other: Sequence[Account], mine: Sequence[Account]) -> None:
    """Have the other side know, so that a code that was given away does not go unnoticed."""
    view = ctx.seen_by(joined)
    here = next(each for each in mine if each.platform == ctx.chat.platform)
    off = view.say("account unlink", view.words.forms(here.platform)[0])
    line = view.line("Linked with {account}: one person with you now. If that is not you, at once: {unlink}",
                     account=_named(view, here), unlink=Code(off))  # fmt: skip
    for platform in dict.fromkeys(each.platform for each in other):
        ctx.send(joined, Reply(parts=(Text(line),), to="direct"), severity="urgent", on=platform)


def _tell_apart(ctx: Context, apart: Person) -> None:
    view = ctx.seen_by(apart)
    line = view.line("This account was taken off {who}: it is a person of its own now.", who=Strong(ctx.me.name))
    ctx.send(apart, Reply(parts=(Text(line),), to="direct"))


def _role_apart(person: Person) -> str:
    """Give the role of an account that is taken off: never more than a member's, and not more than it had."""
    return person.role if person.role in RESTRICTED else "member"


# -- naming accounts -------------------------------------------------------------------------


def _named(ctx: View, account: Account) -> Strong:
    return Strong(f"{_platform(ctx, account)} · {account.title or account.native}")


def _platform(ctx: View, account: Account) -> str:
    return ctx.words.forms(account.platform)[0]


def _accounts(ctx: Context, person: Person) -> tuple[Inline, ...]:
    named: list[Inline] = []
    for each in accounts_of(ctx.unit, person.id):
        named += [*([ctx.t(", ")] if named else []), _named(ctx, each)]
    return tuple(named) or (Strong(person.name),)


def _about(ctx: Context, account: Account) -> Line:
    """Say of an account whether it is this one, and whether it was chosen."""
    said = [ctx.t("this one")] if account.platform == ctx.chat.platform else []
    said += [ctx.t("I write to you here")] if account.is_chosen else []
    return (" · ".join(said),) if said else ()


def _takes_off(ctx: Context, account: Account) -> Button:
    name = _platform(ctx, account)
    label = ctx.t("Take off {platform}…", platform=name)
    return Button(label, "account unlink", {"account": _key(account)}, ctx.say("account unlink", name))


def _key(account: Account) -> str:
    return f"{account.platform}:{account.native}"


def _account_said(ctx: Context, mine: Sequence[Account], said: str | None, name: str) -> Account:
    """Find which account is meant: by its platform in any language, its name or its id; ask where it is not clear."""
    wanted = normal(said or "")
    found = [
        each
        for each in mine
        if wanted in {normal(word) for word in (_key(each), each.native, each.title or "", each.platform,
                                                *ctx.forms(each.platform))}
    ]  # fmt: skip
    if len(found) == 1 and wanted:
        return found[0]
    line = (
        ctx.line("You have no account {name}. Which one is meant?", name=Strong(said))
        if said
        else ctx.line("Which account is meant?")
    )
    buttons = tuple(
        Button(f"{_platform(ctx, each)} · {each.title or each.native}", name, {"account": _key(each)},
               ctx.say(name, _platform(ctx, each)))
        for each in mine
    )  # fmt: skip
    raise Asked(line, buttons)
