"""What waited for somebody's quiet hours, what went out in spite of them, and a lead's order not to wait.

commands/core/gate.py decides what waits, bot/opening.py joins it into one message when they end.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from commands.core.access import LEADS
from commands.core.arguments import Prose
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import LeftOver, Refused
from commands.core.gate import Gate, quiet_here
from commands.core.quiet import Quiet
from commands.core.reply import Button, Code, Divider, Item, Line, Listing, Part, Reply, Strong, Text, Who
from commands.core.wire import decode
from commands.words.catalog import msg
from storage import mail
from storage.mail import Receiver
from storage.people import Person
from storage.workspaces import workspace_of

SEND_NOW: Final = "quiet pass"
WAITED: Final = "quiet waited"
LOGGED: Final = 15
SHOWN: Final = 20
"""Messages of one opening that are shown in full at once."""
LOOKED_BACK: Final = timedelta(days=1)
REASONS: Final[Mapping[str, str]] = {
    "urgent": msg("it was urgent"),
    "deadline": msg("it was due before the quiet hours end"),
    "duty": msg("on duty"),
    "campaign": msg("on duty in a campaign"),
    "order": msg("a lead had it sent at once"),
}
"""Why something went out in quiet hours."""
_CALL: Final = re.compile(r"[0-9a-f]{32}")


@command(SEND_NOW, may="quiet.pass", undo=None, examples=("现在就送", "send now"))
def send_now(ctx: Context, call: Prose | None = None) -> Reply:
    """Have what your last act here wrote sent at once to those who have their quiet hours."""
    said = call if call and _CALL.fullmatch(call) else None
    if call and said is None:
        example = Code(ctx.say(SEND_NOW))
        raise LeftOver(
            ctx.line(
                "I do not know what to do with {words} here. Example: {example}", words=Strong(call), example=example
            )
        )
    since = ctx.unit.now - LOOKED_BACK
    row = (
        mail.received(ctx.unit, said)
        if said
        else mail.last_done(ctx.unit, person=ctx.me.id, chat=ctx.chat.id, since=since)
    )
    people = mail.order(ctx.unit, row.call) if row is not None and row.person_id == ctx.me.id else []
    if not people:
        raise Refused(ctx.line("Nothing of your last act here waits: it was sent, or nobody has their quiet hours."))
    names = ctx.t(", ").join(person.name for id in dict.fromkeys(people) if (person := ctx.person(id)) is not None)
    return Reply(parts=(Text(ctx.line("Sent at once to {people}, and logged.", people=Strong(names))),), to="private")


@command(WAITED, may="own.help", reads=True, examples=("免打扰期间的消息", "what waited"))
def what_waited(ctx: Context) -> Reply:
    """Show in full what the last message of your quiet hours told in short."""
    letters = mail.last_merged(ctx.unit, person=ctx.me.id)[:SHOWN]
    if not letters:
        line = ctx.line(
            "Nothing has waited for your quiet hours yet. See: {settings}", settings=Code(ctx.say("settings"))
        )
        return Reply(parts=(Text(line),), to="private")
    parts: list[Part] = []
    buttons: dict[str, Button] = {}
    for letter in letters:
        reply: Reply = decode(mail.body_of(letter))
        parts += [Divider()] if parts else []
        parts += [*([Text((Strong(_plain(reply.title)),))] if reply.title else []), *reply.parts]
        buttons |= {each.typed: each for each in reply.buttons}
    title = (ctx.t("What came in your quiet hours"),)
    return Reply(title=title, parts=tuple(parts), buttons=tuple(buttons.values()), to="private")


@command("quiet log", may="own.settings", reads=True, examples=("免打扰记录", "quiet log"))
def log(ctx: Context) -> Reply:
    """Show what went out in quiet hours, and why; leads see it of everybody."""
    is_lead = ctx.rights.role in LEADS
    rows = mail.passed_quiet(ctx.unit, most=LOGGED, person=None if is_lead else ctx.me.id)
    title = (ctx.t("Sent in quiet hours"),)
    if not rows:
        return Reply(title=title, parts=(Text((ctx.t("Nothing has gone out in quiet hours."),)),), to="private")
    items = []
    for row in rows:
        reply: Reply = decode(mail.reply_of(row.payload))
        why = ctx.t(REASONS[row.passed])
        items.append(Item((ctx.clock(row.at), " · ", *headline(reply)), (ctx.who(row.person_id), f" · {why}")))
    return Reply(title=title, parts=(Listing(tuple(items)),), to="private")


def headline(reply: Reply) -> Line:
    """Give the one line that says what a message is about: its title, else its first words."""
    first = next((part.line for part in reply.parts if isinstance(part, Text)), ())
    return reply.title or first


def hold_anew(ctx: Context, person: Person) -> None:
    """Let what is held for a person wait by the quiet hours that they have now."""
    quiet = Gate(ctx.unit, workspace_of(ctx.unit)).quiet_of(person)
    _hold_on(ctx, quiet, mail.held_for(ctx.unit, person=person.id))


def hold_anew_here(ctx: Context) -> None:
    """Let what is held for this chat wait by the quiet hours that it has now."""
    _hold_on(ctx, quiet_here(ctx, ctx.chat), mail.held_for(ctx.unit, chat=ctx.chat.id))


def _hold_on(ctx: Context, quiet: Quiet, receivers: Sequence[Receiver]) -> None:
    for receiver in receivers:
        mail.hold_on(ctx.unit, receiver, until=quiet.opening(ctx.unit.now))


def _plain(line: Line) -> str:
    return "".join(
        each if isinstance(each, str) else each.name if isinstance(each, Who) else each.text for each in line
    )
