"""The outbox pump. Sends committed messages at least once, in order per lane. Knows no commands.

A message is leased to one process at a time. It is drawn only when it is sent: a card from the
object as it is then, so that a burst of changes becomes one edit. A slot is free again once the
sending is noted, so that a kill can double at most as many posts as there are slots.
"""

import asyncio
import contextlib
import logging
import random
import secrets
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot.fit import fit
from bot.observe import Meters
from bot.seal import seal
from bot.wire import decode, encode
from commands.core.command import Registry
from commands.core.context import View, zone_of
from commands.core.ports import Adapter, Gone, Outgoing, Retry, SendError, Sent, Unsure
from commands.core.reply import Button, Field, Fields, Inline, Item, Line, Listing, Note, Part, Reply, Text, Who
from commands.words.catalog import Languages
from storage import mail
from storage.cards import card, drop_card, place_card
from storage.chats import Chat
from storage.mail import Letter
from storage.people import account_on
from storage.store import Store
from storage.unit import StorageFault, Unit
from storage.workspaces import Workspace

SLOTS: Final = 8
"""Messages under way at a time."""
SEND_S: Final = 10.0
SCAN_S: Final = 1.0
"""How often the outbox is looked at for what other processes or earlier attempts left."""
LIFE: Final = timedelta(hours=24)
MARGIN: Final = timedelta(seconds=11)
"""A lease that ends sooner than a send may take is given up, not used."""

log = logging.getLogger("drumbeat.delivery")


@dataclass(frozen=True, slots=True)
class _Drawn:
    """A message as it goes to the adapter, with what is to be noted after."""

    outgoing: Outgoing
    card_id: int | None = None
    shows_up_to: int = 0
    """The newest edit of the card that this drawing shows already."""


@dataclass(frozen=True, slots=True)
class _Skip:
    """Nothing to send: the state to close the message with."""

    state: str
    reason: str


@dataclass(frozen=True, slots=True)
class _Wait:
    """Not yet: the card that it edits is still being posted."""


class Delivery:
    """Send what the outbox holds, for the platforms served here."""

    def __init__(
        self,
        *,
        store: Store,
        registry: Registry,
        languages: Languages,
        workspaces: Mapping[int, Workspace],
        adapters: Mapping[str, Adapter],
        meters: Meters,
    ) -> None:
        self.token = secrets.token_hex(8)
        """Names this process in a lease."""
        self._store = store
        self._registry = registry
        self._languages = languages
        self._workspaces = workspaces
        self._adapters = adapters
        self._meters = meters
        self._lanes: dict[str, deque[Letter]] = {}
        self._ready: asyncio.Queue[str] = asyncio.Queue()
        self._wake = asyncio.Event()

    def offer(self, letters: Iterable[Letter]) -> None:
        """Take over messages that are leased to this process."""
        for letter in letters:
            lane = letter.lane or f"alone:{letter.seq}"
            if lane in self._lanes:
                self._lanes[lane].append(letter)
            else:
                self._lanes[lane] = deque((letter,))
                self._ready.put_nowait(lane)

    async def run(self) -> None:
        """Send until cancelled."""
        if self._store.is_embedded:  # the one process of its file: whatever is leased, a dead one leased
            await self._store.write(self._any(), mail.release_all)
        async with asyncio.TaskGroup() as group:
            for _ in range(SLOTS):
                group.create_task(self._work())
            group.create_task(self._scan())

    def _any(self) -> int:
        """Give some workspace, for work on messages of all."""
        return next(iter(self._workspaces))

    async def _scan(self) -> None:
        while True:
            try:
                due = await self._store.write(self._any(), self._claim)
                self.offer(due)
            except StorageFault as error:
                due = []
                log.warning("scan_failed", extra={"error": str(error)})
            if len(due) < SLOTS:
                self._wake.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(SCAN_S):
                        await self._wake.wait()

    def _claim(self, unit: Unit) -> list[Letter]:
        room = max(0, SLOTS * 4 - sum(len(lane) for lane in self._lanes.values()))
        waiting, oldest = mail.waiting(unit)
        self._meters.outbox(due=waiting, oldest_s=(unit.now - oldest).total_seconds() if oldest else 0.0)
        if not room or not self._adapters:
            return []
        return mail.claim_due(unit, token=self.token, platforms=list(self._adapters), most=room)

    async def _work(self) -> None:
        while True:
            lane = await self._ready.get()
            letter = self._lanes[lane][0]
            goes_on = await self._deliver(letter)
            queue = self._lanes[lane]
            queue.popleft()
            if queue and goes_on:
                self._ready.put_nowait(lane)
                continue
            del self._lanes[lane]
            if queue:
                await self._release(list(queue))

    async def _release(self, letters: list[Letter]) -> None:
        """Let go what waits behind a message that could not be sent now; it is claimed after it."""
        try:
            await self._store.write(self._any(), lambda unit: mail.release(unit, letters))
        except StorageFault as error:
            log.warning("not_released", extra={"error": str(error)})

    async def _deliver(self, letter: Letter) -> bool:
        """Send one message and note it; False when its lane must wait."""
        try:
            return await self._attempt(letter)
        except StorageFault as error:
            log.warning("not_noted", extra={"letter": letter.id, "error": str(error)})
            return False

    async def _attempt(self, letter: Letter) -> bool:
        write = self._store.write
        if letter.lease_until is None or letter.lease_until - self._store.clock() < MARGIN:
            return False
        drawn = await self._store.read(letter.workspace_id, lambda unit: self._draw(unit, letter))
        if isinstance(drawn, _Wait):
            await write(
                letter.workspace_id, lambda unit: self._postpone(unit, letter, unit.now, 0, "waits for its card")
            )
            return False
        if isinstance(drawn, _Skip):
            await write(letter.workspace_id, lambda unit: self._close(unit, letter, drawn))
            return True
        adapter = self._adapters[letter.platform]
        try:
            async with asyncio.timeout(SEND_S):
                sent = await adapter.send(drawn.outgoing)
        except Gone as error:
            return await self._give_up(letter, str(error))
        except Retry as error:
            return await self._try_later(letter, error, after_s=error.after_s)
        except (Unsure, TimeoutError, OSError) as error:
            return await self._try_later(letter, error, after_s=0.0)
        self._meters.sent(letter.platform, "sent")
        await write(letter.workspace_id, lambda unit: self._note(unit, letter, drawn, sent))
        if letter.operation == "post" and drawn.card_id is not None:
            self._wake.set()  # edits may have waited for this card
        return True

    # -- drawing ------------------------------------------------------------------------------

    def _draw(self, unit: Unit, letter: Letter) -> _Drawn | _Skip | _Wait:
        if letter.expires_at is not None and unit.now > letter.expires_at:
            return _Skip("expired", "its handle ran out")
        chat = unit.get(Chat, letter.chat_id) if letter.chat_id is not None else None
        if letter.card_id is None:
            return self._outgoing(unit, letter, chat, decode(letter.payload), by=None)
        hung = card(unit, letter.card_id)
        record_class = self._registry.record_of(hung.kind) if hung is not None else None
        record = unit.get(record_class, hung.object_id) if hung is not None and record_class else None
        if hung is None or record is None or chat is None:
            return _Skip("merged", "the card is gone")
        newest = mail.last_update(unit, letter.card_id)
        if letter.operation == "update":
            if hung.message is None:
                return _Wait()
            if newest < letter.seq:
                return _Skip("merged", "a later drawing showed it")
        payload = letter.payload or {}
        by = payload.get("by")
        view = View(
            unit=unit,
            registry=self._registry,
            words=self._languages[letter.language],
            zone=zone_of(chat.timezone, self._workspaces[letter.workspace_id].timezone),
            now=unit.now,
            pings=letter.operation == "post",
        )
        reply: Reply = self._registry.cards[hung.kind](view, record)
        extra = decode(payload.get("extra", [])) if newest == 0 else ()
        reply = replace(reply, buttons=(*reply.buttons, *_labelled(extra, view)))
        drawn = self._outgoing(unit, letter, chat, reply, by=by, message=hung.message)
        if isinstance(drawn, _Drawn):
            return replace(drawn, card_id=letter.card_id, shows_up_to=newest)
        return drawn

    def _outgoing(
        self, unit: Unit, letter: Letter, chat: Chat | None, reply: Reply, *, by: int | None, message: str | None = None
    ) -> _Drawn | _Skip:
        adapter = self._adapters[letter.platform]
        account = None
        if letter.person_id is not None:
            known = account_on(unit, letter.person_id, letter.platform)
            if known is None:
                return _Skip("dead", "the person has no account there")
            account = known.native
        reply = _each_line(reply, lambda line: tuple(self._resolved(unit, letter.platform, i, by) for i in line))
        reply = seal(self._workspaces[letter.workspace_id], reply)
        return _Drawn(
            Outgoing(
                id=letter.id,
                operation=letter.operation,  # type: ignore[arg-type] # only operations are ever stored
                reply=fit(reply, adapter.limits, self._languages[letter.language]),
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

    def _resolved(self, unit: Unit, platform: str, inline: Inline, by: int | None) -> Inline:
        """Give a named person their account on this platform; without one they stay a name."""
        if not isinstance(inline, Who):
            return inline
        known = account_on(unit, inline.person, platform)
        pings = inline.pings and inline.person != by
        return replace(inline, account=known.native if known else None, pings=pings and known is not None)

    # -- noting -------------------------------------------------------------------------------

    def _note(self, unit: Unit, letter: Letter, drawn: _Drawn, sent: Sent) -> None:
        held = mail.finish(unit, letter, state="sent", attempts=letter.attempts + 1, message=sent.message)
        if not held:
            log.warning("lease_lost", extra={"letter": letter.id})
            return
        if drawn.card_id is None:
            return
        if letter.operation == "post" and sent.message is not None:
            place_card(unit, drawn.card_id, sent.message)
        mail.merge_updates(unit, card=drawn.card_id, up_to=drawn.shows_up_to)

    def _close(self, unit: Unit, letter: Letter, skip: _Skip) -> None:
        mail.finish(unit, letter, state=skip.state, attempts=letter.attempts, error=skip.reason)
        if skip.state == "expired" and letter.payload is not None:
            self._say_instead(unit, letter)

    def _say_instead(self, unit: Unit, letter: Letter) -> None:
        """Send as a private text what could not be opened as a form in time."""
        reply = replace(decode(letter.payload), form=None)
        values: dict[str, Any] = {
            "platform": letter.platform,
            "operation": "private",
            "chat_id": letter.chat_id,
            "person_id": letter.person_id,
            "thread": letter.thread,
            "language": letter.language,
            "payload": encode(reply),
            "cause": letter.cause,
        }
        mail.post(unit, lease_token=None, **values)

    def _postpone(self, unit: Unit, letter: Letter, until: Any, tries: int, error: str) -> None:
        tried_at = letter.tried_at or (unit.now if tries else None)
        mail.postpone(unit, letter, until=until, attempts=letter.attempts + tries, tried_at=tried_at, error=error)

    async def _try_later(self, letter: Letter, error: SendError | Exception, *, after_s: float) -> bool:
        is_unsure = not isinstance(error, Retry)
        self._meters.sent(letter.platform, "unsure" if is_unsure else "retry")
        backoff = min(300.0, 2.0 ** min(letter.attempts, 9)) * random.uniform(0.5, 1.5)  # noqa: S311 - jitter
        wait = max(after_s, backoff)
        log.warning(
            "send_failed", extra={"letter": letter.id, "error": type(error).__name__, "again_s": round(wait, 1)}
        )

        def note(unit: Unit) -> None:
            first = letter.tried_at or unit.now
            if unit.now - first > LIFE:
                mail.finish(unit, letter, state="dead", attempts=letter.attempts + 1, error=str(error)[:200])
            else:
                until = unit.now + timedelta(seconds=wait)
                self._postpone(unit, letter, until, 1, f"{type(error).__name__}: {error}"[:200])

        await self._store.write(letter.workspace_id, note)
        return False

    async def _give_up(self, letter: Letter, reason: str) -> bool:
        """Close a message that can never be sent, and tell who asked for it."""
        self._meters.sent(letter.platform, "gone")
        log.error("send_gone", extra={"letter": letter.id, "error": reason[:200]})

        def note(unit: Unit) -> None:
            mail.finish(unit, letter, state="dead", attempts=letter.attempts + 1, error=reason[:200])
            if letter.card_id is not None:
                drop_card(unit, letter.card_id)
            row = mail.received(unit, letter.cause) if letter.cause else None
            if row is None or row.person_id is None or letter.operation == "direct":
                return
            words = self._languages[letter.language]
            told = Reply(
                parts=(Text(words.line("I could not post in that chat; am I still in it? Your change is saved.")),)
            )
            mail.post(
                unit,
                lease_token=None,
                platform=letter.platform,
                operation="direct",
                chat_id=letter.chat_id,
                person_id=row.person_id,
                language=letter.language,
                payload=encode(told),
            )

        await self._store.write(letter.workspace_id, note)
        return True


def _labelled(buttons: Iterable[Button], view: View) -> tuple[Button, ...]:
    """Put the undo button of a card into the language of its chat."""
    return tuple(replace(each, label=view.t("Undo"), typed=view.say("undo")) for each in buttons)


def _each_line(reply: Reply, change: Any) -> Reply:
    """Change every line of a reply."""

    def part(one: Part) -> Part:
        if isinstance(one, (Text, Note)):
            return replace(one, line=change(one.line))
        if isinstance(one, Fields):
            return Fields(tuple(Field(f.label, change(f.value)) for f in one.fields))
        if isinstance(one, Listing):
            return replace(one, items=tuple(Item(change(i.line), change(i.detail), i.button) for i in one.items))
        return one

    title: Line = change(reply.title)
    return replace(reply, title=title, parts=tuple(part(each) for each in reply.parts))
