"""The first admin: whoever says, to the bot alone, the code that was printed at the first start."""

import hmac
from datetime import timedelta
from typing import Final

from commands.core.arguments import Secret
from commands.core.codes import code_digest, made_code
from commands.core.command import command
from commands.core.context import Context
from commands.core.errors import Refused
from commands.core.reply import Code, Reply, Text
from storage.claims import add_claim, close_claim, open_claims
from storage.columns import AnyRow
from storage.mail import count_calls
from storage.people import all_people
from storage.unit import Unit

GROUPS: Final = 4
LIFE: Final = timedelta(days=1)
TRIES: Final = 5
TRIES_WITHIN: Final = timedelta(hours=1)


def new_code(unit: Unit) -> str | None:
    """Make a code and keep its digest; None where there is an admin or an open code."""
    if _has_admin(unit) or open_claims(unit):
        return None
    code = made_code(GROUPS)
    add_claim(unit, digest=code_digest(unit, code), until=unit.now + LIFE)
    return code


@command("claim", may="own.request", undo=None, examples=("认领码 4F7K-9QWD-2MXA-T6RB", "claim 4F7K-9QWD-2MXA-T6RB"))
def claim(ctx: Context, code: Secret) -> Reply:
    """Become the first admin, with the code that was printed at the first start."""
    grants = Code("drumbeat admin grant")
    found = next((each for each in open_claims(ctx.unit) if _is(ctx.unit, each, code)), None)
    if ctx.chat.kind != "direct":
        if found is not None:
            close_claim(ctx.unit, found.id)
        line = ctx.line("A code is said to me alone. Said here, it is void; who runs me can use {grant}.", grant=grants)
        return Reply(parts=(Text(line),), to="private")
    since = ctx.unit.now - TRIES_WITHIN
    wrong = count_calls(ctx.unit, person=ctx.me.id, command="claim", result="refused", since=since)
    if wrong >= TRIES:
        raise Refused(ctx.line("Too many codes. Try again in an hour, or have who runs me use {grant}.", grant=grants))
    if found is None or _has_admin(ctx.unit) or not close_claim(ctx.unit, found.id):
        raise Refused(
            ctx.line("This code is not good: mistyped, used, or more than a day old. Also: {grant}", grant=grants)
        )
    ctx.unit.change(ctx.me, role="admin", archived_at=None)
    line = ctx.line("You are the admin now. Who else is here: {members}", members=Code(ctx.say("members")))
    return Reply(parts=(Text(line),), to="private")


def _has_admin(unit: Unit) -> bool:
    return any(person.role == "admin" for person in all_people(unit))


def _is(unit: Unit, one: AnyRow, code: str) -> bool:
    return hmac.compare_digest(str(one.digest), code_digest(unit, code))
