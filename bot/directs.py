"""What one turn writes to people directly: each decided at the gate, and posted once the answer is.

Decided first, so that the answer can tell who acted when the others will read of it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from bot.readers import Readers
from commands.core.context import Context
from commands.core.gate import Gate, Verdict
from commands.core.ports import Limits
from commands.core.quiet import Severity
from commands.core.reply import Inline, Line, Reply, Text
from commands.core.wire import encode
from commands.why import explained, wants
from commands.words import dates
from commands.words.catalog import Languages
from storage import mail
from storage.accounts import account_to_reach
from storage.columns import Record
from storage.people import Account, Person
from storage.schedules import Schedule
from storage.workspaces import Workspace

NAMED: Final = 3
"""Receivers whom a line names; the others are counted."""


@dataclass(frozen=True, slots=True)
class _Direct:
    person: Person
    reply: Reply
    account: Account
    severity: Severity
    verdict: Verdict
    hangs: Record | None = None


class Directs:
    """Write to people directly, for one turn."""

    def __init__(
        self,
        ctx: Context,
        workspace: Workspace,
        schedule: Schedule | None,
        *,
        languages: Languages,
        limits: Mapping[str, Limits],
        lease_token: str | None,
    ) -> None:
        self._ctx = ctx
        self._languages = languages
        self._workspace = workspace
        self._schedule = schedule
        """What makes the clock come here; None where a person acts."""
        self._limits = limits
        self._lease_token = lease_token
        self._known: dict[int, Readers] = {}
        self._gate = Gate(ctx.unit, workspace)
        self._gate.meet(ctx.addressed())
        self._each = [*self._told(), *self._sent(), *self._hung()]

    @property
    def when(self) -> Line:
        """Say who reads of it later, and when; empty where nobody has to wait."""
        ctx = self._ctx
        waiting: dict[datetime, dict[int, Person]] = defaultdict(dict)
        for each in self._each:
            if each.verdict.until is not None:
                waiting[each.verdict.until][each.person.id] = each.person
        said: list[Inline] = []
        for until, people in sorted(waiting.items()):
            offsets = {until.astimezone(self._gate.quiet_of(person).zone).utcoffset() for person in people.values()}
            opens = _opens(ctx, until, is_elsewhere=offsets != {until.astimezone(ctx.zone).utcoffset()})
            names = ctx.t(", ").join(person.name for person in list(people.values())[:NAMED])
            more = f" +{len(people) - NAMED}" if len(people) > NAMED else ""
            line = ctx.line("{people} will get it: {at}.", people=f"{names}{more}", at=opens)
            said += [*([" "] if said else []), *line]
        return tuple(said)

    def post(self) -> list[mail.Letter]:
        """Write the messages to the outbox; what waits for quiet hours to end is held there."""
        return [self._post(each) for each in self._each]

    def _told(self) -> Iterator[_Direct]:
        for each in self._ctx.told:
            words = self._languages[each.person.language or self._workspace.language]
            line = words.line(each.message, **each.values)
            reply = Reply(parts=(Text(line),), to="direct", about=each.about)
            yield from self._decided(each.person, reply, each.severity, by=each.by)

    def _sent(self) -> Iterator[_Direct]:
        for each in self._ctx.sent:
            yield from self._decided(each.person, each.reply, each.severity, on=each.on)

    def _hung(self) -> Iterator[_Direct]:
        """Write the card of an object to somebody; it hangs in their direct chat once that is known."""
        ctx = self._ctx
        for each in ctx.hung:
            kind = str(each.record.__tablename__)
            readers = self._readers(each.person)
            card = readers.card(ctx.seen_by(each.person), kind, each.record.id)
            if card is not None and readers.may_see(kind, each.record.id):
                yield from self._decided(each.person, replace(card, to="direct"), each.severity, hangs=each.record)

    def _decided(
        self,
        person: Person,
        reply: Reply,
        severity: Severity,
        *,
        by: datetime | None = None,
        hangs: Record | None = None,
        on: str | None = None,
    ) -> Iterator[_Direct]:
        """Decide on one message; nothing where it is not wanted or not for them, or its reader cannot be reached.

        What comes by itself says why, and comes only to those who want it.
        """
        allowed = self._readers(person).without_secrets(reply)
        if allowed is None:
            return
        reply = allowed
        if self._schedule is not None:
            if not wants(self._ctx, self._schedule, person):
                return
            reply = explained(self._ctx.seen_by(person), self._schedule, reply)
        account = self._reached(person, on)
        verdict = self._gate.decide(person, severity, by=by) if account is not None else None
        if account is not None and verdict is not None and verdict.is_heard:
            yield _Direct(person, reply, account, severity, verdict, hangs)

    def _readers(self, person: Person) -> Readers:
        """Give what somebody may see of what is written to them."""
        if person.id not in self._known:
            self._known[person.id] = Readers(self._ctx.unit, self._ctx.registry, person=person.id)
        return self._known[person.id]

    def _reached(self, person: Person, on: str | None) -> Account | None:
        """Find where to write to somebody: on a platform that is given, else where they chose to be, or spoke last."""
        served = [each for each in self._gate.accounts(person) if each.platform in self._limits]
        if on is not None:
            return next((each for each in served if each.platform == on), None)
        return account_to_reach(self._ctx.unit, person.id, served)

    def _post(self, direct: _Direct) -> mail.Letter:
        body, hangs, until = encode(direct.reply), direct.hangs, direct.verdict.until
        return mail.post(
            self._ctx.unit,
            lease_token=self._lease_token,
            platform=direct.account.platform,
            operation="direct",
            person_id=direct.person.id,
            payload=body if hangs is None else mail.hanging(body, str(hangs.__tablename__), hangs.id),
            language=direct.person.language or self._workspace.language,
            severity=direct.severity,
            passed=direct.verdict.passed,
            state="held" if until else "pending",
            not_before=until or self._ctx.unit.now,
        )


def _opens(ctx: Context, at: datetime, *, is_elsewhere: bool) -> str:
    """Write an opening in the zone of who acts, which is named where a reader lives in another."""
    local = at.astimezone(ctx.zone)
    if is_elsewhere:
        return dates.moment(ctx.words, at, ctx.zone, today=ctx.today)
    time = f"{local:%H:%M}"
    return time if local.date() == ctx.today else f"{dates.day(ctx.words, local.date(), today=ctx.today)} {time}"
