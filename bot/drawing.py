"""Drawing a message of the outbox: the card of an object as it is now, or the reply that was stored.

Done inside a read snapshot, just before the message is sent. Mentions get the accounts of the
platform, buttons their seal, and the whole is cut to what the platform can carry.
"""

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from bot.fit import fit
from bot.readers import Readers
from bot.seal import seal
from commands.core.command import Registry
from commands.core.context import View, zone_of
from commands.core.gate import Gate, Verdict
from commands.core.ports import Limits, Outgoing
from commands.core.quiet import WAITING
from commands.core.reply import (
    Button,
    Code,
    Field,
    Fields,
    Inline,
    Item,
    Line,
    Listing,
    Note,
    Once,
    Part,
    Reply,
    Table,
    Text,
    Who,
)
from commands.core.wire import decode
from commands.words.catalog import Languages, Words
from storage import mail
from storage.cards import card
from storage.chats import Chat
from storage.mail import Letter
from storage.people import Account, Person, account_on, accounts_on
from storage.unit import Unit
from storage.workspaces import Workspace


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message as it goes to the adapter, with what is to be noted after."""

    outgoing: Outgoing
    card_id: int | None = None
    shows_up_to: int = 0
    """The newest edit of the card that this drawing shows already."""
    passed: str | None = None
    """Why it goes out in its reader's quiet hours, where these began after it was written."""


@dataclass(frozen=True, slots=True)
class Skip:
    """Nothing to send: the state to close the message with."""

    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class Held:
    """Not before its reader's quiet hours end, which began after it was written."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Wait:
    """Not yet, and why."""

    reason: str


class Drawer:
    """Draw messages for the platforms whose limits are given."""

    def __init__(
        self,
        *,
        registry: Registry,
        languages: Languages,
        workspaces: Mapping[int, Workspace],
        limits: Mapping[str, Limits],
    ) -> None:
        self._registry = registry
        self._languages = languages
        self._workspaces = workspaces
        self._limits = limits

    def draw_late(self, unit: Unit, letter: Letter) -> Drawn | Held | Skip | Wait:
        """Draw a message that was not sent at once: its reader may have their quiet hours by now."""
        verdict = self._verdict(unit, letter)
        if verdict is not None and verdict.until is not None:
            return Held(verdict.until)
        drawn = self.draw(unit, letter)
        return replace(drawn, passed=verdict.passed) if isinstance(drawn, Drawn) and verdict is not None else drawn

    def _verdict(self, unit: Unit, letter: Letter) -> Verdict | None:
        """Ask at the gate again; not for what passed it in quiet hours, nor what may have been read already."""
        severity = next((each for each in WAITING if each == letter.severity), None)
        if severity is None or letter.passed is not None or letter.tried_at is not None or letter.person_id is None:
            return None
        person = unit.get(Person, letter.person_id)
        if person is None:
            return None
        return Gate(unit, self._workspaces[letter.workspace_id]).decide(person, severity)

    def draw(self, unit: Unit, letter: Letter, *, is_new: bool = False) -> Drawn | Skip | Wait:
        """Draw one message, or say why there is nothing to send, or nothing yet.

        A message is new in the transaction that wrote it: no edit of its card can be due.
        """
        if letter.expires_at is not None and unit.now > letter.expires_at:
            return Skip("expired", "its handle ran out")
        chat = unit.get(Chat, letter.chat_id) if letter.chat_id is not None else None
        readers = Readers(unit, self._registry, person=letter.person_id, chat=chat)
        if letter.card_id is None:
            reply = decode(mail.body_of(letter))
            is_told = letter.severity is not None or (
                letter.person_id is None and chat is not None and chat.kind == "group"
            )
            written = readers.without_secrets(reply) if is_told else readers.answer(reply)
            if written is None:
                return Skip("merged", "it is confidential for its readers by now")
            return self._outgoing(unit, letter, chat, written, by=None)
        hung = card(unit, letter.card_id)
        if hung is None or chat is None:
            return Skip("merged", "the card is gone")
        newest, planned = (0, 0) if is_new else mail.last_update(unit, letter.card_id)
        if letter.operation == "update":
            if hung.message is None:
                return Wait("waits for its card")
            if newest < letter.seq:
                return Skip("merged", "a later drawing showed it")
        payload = letter.payload or {}
        by = payload.get("by")
        view = View(
            unit=unit,
            registry=self._registry,
            words=self._languages[letter.language],
            zone=zone_of(chat.timezone, self._workspaces[letter.workspace_id].timezone),
            now=unit.now,
            pings=letter.operation == "post",
            place=chat,
        )
        reply = readers.card(view, hung.kind, hung.object_id)
        if reply is None:
            return Skip("merged", "the card is gone")
        extra = decode(payload.get("extra", [])) if newest == 0 else ()
        reply = replace(reply, buttons=(*reply.buttons, *_labelled(extra, view)))
        told_on = payload.get("told_on")
        drawn = self._outgoing(unit, letter, chat, reply, by=by, message=hung.message, told_on=told_on)
        if isinstance(drawn, Drawn):
            return replace(
                drawn, card_id=letter.card_id, shows_up_to=planned if letter.operation == "update" else newest
            )
        return drawn

    def _outgoing(
        self,
        unit: Unit,
        letter: Letter,
        chat: Chat | None,
        reply: Reply,
        *,
        by: int | None,
        message: str | None = None,
        told_on: str | None = None,
    ) -> Drawn | Skip:
        account = None
        if letter.person_id is not None:
            known = account_on(unit, letter.person_id, letter.platform)
            if known is None:
                return Skip("dead", "the person has no account there")
            account = known.native
        dressed = dress(
            unit,
            self._workspaces[letter.workspace_id],
            reply,
            platform=letter.platform,
            limits=self._limits[letter.platform],
            words=self._languages[letter.language],
            by=by,
            told_on=told_on,
        )
        return Drawn(
            Outgoing(
                id=letter.id,
                operation=letter.operation,  # type: ignore[arg-type] # only operations are ever stored
                reply=dressed,
                language=letter.language,
                chat=chat.native if chat is not None else None,
                thread=letter.thread,
                account=account,
                message=message if letter.operation == "update" else None,
                trigger=letter.trigger,
                attempt=letter.attempts + 1,
                first_tried_at=letter.tried_at,
            )
        )


def dress(
    unit: Unit,
    workspace: Workspace,
    reply: Reply,
    *,
    platform: str,
    limits: Limits,
    words: Words,
    by: int | None = None,
    told_on: str | None = None,
) -> Reply:
    """Make a reply ready for a platform: with accounts and seals, cut to its limits.

    Who acts is not notified (`by`), nor who is on a platform where the same is said already (`told_on`).
    """
    named = {each.person for line in _lines(reply) for each in line if isinstance(each, Who)}
    if named:
        accounts = accounts_on(unit, named, platform)
        unnotified = {by, *(accounts_on(unit, named, told_on) if told_on else ())}
        reply = _each_line(reply, lambda line: tuple(_resolved(accounts, each, unnotified) for each in line))
    return fit(seal(workspace, reply), limits, words)


def said_once(reply: Reply) -> Reply:
    """Give a reply with the words that are kept nowhere; the same reply where it has none."""
    if not any(isinstance(each, Once) for part in reply.parts if isinstance(part, Text) for each in part.line):
        return reply
    return _each_line(reply, lambda line: tuple(Code(each.words) if isinstance(each, Once) else each for each in line))


def _resolved(accounts: Mapping[int, Account], inline: Inline, unnotified: Container[int | None]) -> Inline:
    """Give a named person their account on this platform; without one they stay a name."""
    if not isinstance(inline, Who):
        return inline
    known = accounts.get(inline.person)
    pings = inline.pings and known is not None and inline.person not in unnotified
    return replace(inline, account=known.native if known else None, pings=pings)


def _labelled(buttons: Iterable[Button], view: View) -> tuple[Button, ...]:
    """Put the undo button of a card into the language of its chat."""
    return tuple(replace(each, label=view.t("Undo"), typed=view.say("undo")) for each in buttons)


def _lines(reply: Reply) -> Iterator[Line]:
    """Give every line of a reply."""
    yield reply.title
    for part in reply.parts:
        if isinstance(part, (Text, Note)):
            yield part.line
        elif isinstance(part, Fields):
            yield from (each.value for each in part.fields)
        elif isinstance(part, Listing):
            yield from (line for each in part.items for line in (each.line, each.detail))
        elif isinstance(part, Table):
            yield from (cell for row in part.rows for cell in row)


def _each_line(reply: Reply, change: Callable[[Line], Line]) -> Reply:
    """Change every line of a reply."""

    def part(one: Part) -> Part:
        if isinstance(one, (Text, Note)):
            return replace(one, line=change(one.line))
        if isinstance(one, Fields):
            return Fields(tuple(Field(f.label, change(f.value)) for f in one.fields))
        if isinstance(one, Listing):
            return replace(one, items=tuple(Item(change(i.line), change(i.detail), i.button) for i in one.items))
        if isinstance(one, Table):
            return replace(one, rows=tuple(tuple(change(cell) for cell in row) for row in one.rows))
        return one

    return replace(reply, title=change(reply.title), parts=tuple(part(each) for each in reply.parts))
